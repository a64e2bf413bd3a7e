"""Programme coverage and counts under levers: shifts on the logit below a ceiling, and counts multiplied as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from planning.bilingual import Bilingual
from planning.levers import Lever
from planning.outlooks import Outlook
from sim.services.stock import LeverSettings, ServicePopulation, StockModel


def shifted(share: np.ndarray, shift: np.ndarray, ceiling: float) -> np.ndarray:
    """A share moved by `shift` on the logit below a ceiling, in the unit of both: (draw, year).

    p' = p e^s / (1 + (p / c)(e^s - 1)), the logistic curve with limit c (Verhulst 1838). A share at or above its ceiling
    stays where it is, and a positive shift never lowers one.
    """
    below = np.minimum(share, ceiling)
    grown = below * np.exp(shift) / (1 + below / ceiling * np.expm1(shift))
    return np.where(share >= ceiling, share, grown)


def multiplied(counts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Yearly counts times a lever, as whole numbers: (draw, year)."""
    return np.where(times == 1, counts, np.rint(counts * times))


def added_up(cumulative: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A cumulative count of which what is added each year is multiplied: (draw, year). The first year stands for itself."""
    steps = np.diff(cumulative, axis=1, prepend=cumulative[:, :1])
    return np.where(times == 1, steps, np.rint(steps * times)).cumsum(axis=1) + cumulative[:, :1]


@dataclass(frozen=True)
class ProgrammeModel(StockModel):
    """One programme indicator without levers. rate: its outlook."""

    rate: Outlook
    years: tuple[int, ...] = field(init=False)
    expected: None = None
    drawn: Mapping[str, np.ndarray] = field(default_factory=dict)
    acts = "programme."

    def __post_init__(self) -> None:
        object.__setattr__(self, "years", self.rate.years)

    @property
    def moved(self) -> tuple[str, ...]:
        return (self.rate.indicator,)

    def bent_by(self, lever: Lever) -> bool:
        """Whether a lever names the indicator."""
        return self.rate.indicator in lever.indicators

    def until(self, year: int) -> Self:
        """The same to the end of a year."""
        span = sum(y <= year for y in self.years)
        return replace(self, rate=replace(self.rate, years=self.years[:span], paths=self.rate.paths[:, :span]))

    def paths(self, heads: ServicePopulation | None, settings: LeverSettings) -> np.ndarray:
        """The coverage or count under the levers: (draw, year)."""
        paths = self.rate.paths
        for lever, values in self._pulled("coverage", settings):
            paths = shifted(paths, np.cumsum(values), lever.ceiling)
        for act, bent in (("counts", multiplied), ("cumulative", added_up)):
            for _, values in self._pulled(act, settings):
                paths = bent(paths, values)
        return paths

    def under(self, heads: ServicePopulation | None, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlook under the levers."""
        notes = (
            Bilingual(f"{lever.zh}上限取 {lever.ceiling:g}%", f"{lever.en}: a ceiling of {lever.ceiling:g} %")
            for lever, _ in self._pulled("coverage", settings)
        )
        rate = replace(self.rate, paths=self.paths(heads, settings), assumptions=(*self.rate.assumptions, *notes))
        return {rate.indicator: rate}

    def _pulled(self, act: str, settings: LeverSettings) -> list[tuple[Lever, np.ndarray]]:
        return [(lever, values) for lever, values in settings.pulled(act) if self.bent_by(lever)]
