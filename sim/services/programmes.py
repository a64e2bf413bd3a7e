"""Programme coverage and counts under levers: shifts on the logit below a ceiling, and counts multiplied as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planning.bilingual import Bilingual
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.scenarios import Scenario
from sim.services.stock import LeverSettings, ServicePopulation


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
class ProgrammeModel:
    """One programme indicator without levers."""

    trend: Outlook

    @property
    def years(self) -> tuple[int, ...]:
        return self.trend.years

    def settings(self, scenario: Scenario, levers: Mapping[str, Lever]) -> LeverSettings:
        """The levers of a scenario over the years of the outlook."""
        return LeverSettings(scenario, levers, self.years, {})

    def under(self, heads: ServicePopulation | None, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlook under the levers."""
        trend, paths = self.trend, self.trend.paths
        note: tuple[str, ...] = ()
        for lever, values in settings.pulled("coverage"):
            if trend.indicator in lever.indicators:
                paths = shifted(paths, np.cumsum(values), lever.ceiling)
                note += (
                    Bilingual(f"{lever.zh}上限取 {lever.ceiling:g}%", f"{lever.en}: a ceiling of {lever.ceiling:g} %"),
                )
        for act, bent in (("counts", multiplied), ("cumulative", added_up)):
            for lever, values in settings.pulled(act):
                if trend.indicator in lever.indicators:
                    paths = bent(paths, values)
        return {trend.indicator: replace(trend, paths=paths, assumptions=(*trend.assumptions, *note))}

    def flows(self) -> Mapping[str, np.ndarray]:
        """Nothing that is bought by the piece."""
        return {}
