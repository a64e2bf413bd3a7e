"""A Series is what is known of one indicator in one region: the published values, one a year, with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """Values of one indicator by year, all on one basis.

    years rise strictly; values are in `unit`. breaks: the first year of each stretch that does not chain with the one
    before it (boundary, definition or census revision). shocks: years that are declared not to be a trend (2022 and
    2023 for mortality). precision: the rounding unit of the published values (0.01 for two decimals), 0 if unknown.
    grade: the poorest grade among the sources, A to C.
    """

    region: str
    indicator: str
    unit: str
    years: tuple[int, ...]
    values: tuple[float, ...]
    sources: tuple[str, ...] = ()
    basis: str = "resident"
    grade: str = "B"
    breaks: tuple[int, ...] = ()
    shocks: tuple[int, ...] = ()
    precision: float = 0.0

    def __post_init__(self) -> None:
        if len(self.years) != len(self.values):
            raise ValueError(
                f"{self.indicator} for {self.region}: {len(self.years)} years but {len(self.values)} values."
            )
        if any(b <= a for a, b in zip(self.years, self.years[1:], strict=False)):
            raise ValueError(f"{self.indicator} for {self.region}: years must rise strictly, found {self.years}.")

    def __len__(self) -> int:
        return len(self.years)

    def last_stretch(self) -> Series:
        """The values since the newest break: all that chain with the present."""
        start = max((b for b in self.breaks if b <= (self.years[-1] if self.years else 0)), default=None)
        return self if start is None else self.since(start)

    def since(self, year: int) -> Series:
        """The values from `year` on; breaks at or before it are forgotten."""
        kept = [i for i, y in enumerate(self.years) if y >= year]
        return self._take(kept, tuple(b for b in self.breaks if b > year))

    def until(self, year: int) -> Series:
        """The values up to and including `year`."""
        kept = [i for i, y in enumerate(self.years) if y <= year]
        return self._take(kept, tuple(b for b in self.breaks if b <= year))

    def _take(self, kept: Sequence[int], breaks: tuple[int, ...]) -> Series:
        return Series(
            self.region,
            self.indicator,
            self.unit,
            tuple(self.years[i] for i in kept),
            tuple(self.values[i] for i in kept),
            self.sources,
            self.basis,
            self.grade,
            breaks,
            self.shocks,
            self.precision,
        )


def values(series: Series | None) -> dict[int, float]:
    """A series as year: value; empty where there is none."""
    return {} if series is None else dict(zip(series.years, series.values, strict=True))
