"""An Outlook is one indicator's future: what every engine returns and every verdict, chart and score reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from planning.bilingual import Bilingual

GRADES = "ABCD"
LAST_YEAR = 2060  # no outlook reaches further. A judgement


@dataclass(frozen=True)
class Outlook:
    """The possible futures of one indicator in one region.

    paths: (draw, year), in `unit`. A path is one coherent future; quantiles are taken from the paths, never stored.
    observed: (year, value) pairs that the engine had seen. grade: evidence, A (best) to D (peers only).
    drivers: a sentence on what moves the outlook and how wide it is, where the model gives one.
    """

    region: str
    indicator: str
    unit: str
    years: tuple[int, ...]
    paths: np.ndarray
    method: str
    grade: str
    observed: tuple[tuple[int, float], ...] = ()
    sources: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    drivers: Bilingual | None = None

    def __post_init__(self) -> None:
        paths = np.array(self.paths, dtype=float)
        if paths.ndim != 2 or paths.shape[1] != len(self.years):
            raise ValueError(
                f"Outlook of {self.indicator} for {self.region}: paths have shape {paths.shape}, "
                f"but (draw, year) with {len(self.years)} years was expected."
            )
        if not np.isfinite(paths).all():
            raise ValueError(f"Outlook of {self.indicator} for {self.region} holds values that are not finite.")
        if list(self.years) != sorted(set(self.years)):
            raise ValueError(f"Outlook of {self.indicator} for {self.region}: years must rise, found {self.years}.")
        if self.grade not in GRADES:
            raise ValueError(f"Evidence grade {self.grade!r} is not one of A, B, C, D.")
        paths.flags.writeable = False
        object.__setattr__(self, "paths", paths)

    @property
    def draws(self) -> int:
        return self.paths.shape[0]

    def at(self, year: int) -> np.ndarray:
        """All draws in one year: (draw,). Raises KeyError with the years at hand when the year is out of reach."""
        if year not in self.years:
            raise KeyError(
                f"{self.indicator} for {self.region} is known for {self.years[0]}-{self.years[-1]}, not for {year}."
            )
        return self.paths[:, self.years.index(year)]

    def quantiles(self, probabilities: ArrayLike) -> np.ndarray:
        """Quantiles by year: (probability, year)."""
        return np.quantile(self.paths, np.asarray(probabilities, dtype=float), axis=0)

    def scaled(self, factor: float, **changes: Any) -> Outlook:
        """The same futures in another unit: every path and observed value times `factor`."""
        observed = tuple((y, v * factor) for y, v in self.observed)
        return replace(self, paths=self.paths * factor, observed=observed, **changes)
