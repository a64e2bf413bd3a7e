"""Levers at work: what the settings of a scenario come to, year by year, in the words and real units of the engines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from planning.levers import Lever
from planning.outlooks import Outlook
from planning.populations import Projection
from planning.scenarios import BASELINE, Scenario
from sim.services.pipeline import per_head

PEOPLE = ("people.fertility", "people.migration")  # what bends the people themselves


@dataclass(frozen=True)
class ServicePopulation:
    """The people that places and staff are for, at year ends. residents, kindergarten, children_0_14: (draw, year);
    under3: (draw, year, 3), of age 0, 1 and 2. kindergarten: children of 3 to 5."""

    years: tuple[int, ...]
    residents: np.ndarray
    under3: np.ndarray
    kindergarten: np.ndarray
    children_0_14: np.ndarray

    @classmethod
    def of(cls, projection: Projection) -> ServicePopulation:
        """The heads of a projection, its base year included."""
        both = projection.people.sum(2)
        return cls(
            tuple(projection.years),
            both.sum(-1),
            both[..., :3],
            both[..., 3:6].sum(-1),
            both[..., :15].sum(-1),
        )

    def over(self, years: tuple[int, ...]) -> ServicePopulation:
        """The same over some of its years; one before its first is taken as its first."""
        index = [max(y, self.years[0]) - self.years[0] for y in years]
        return ServicePopulation(tuple(years), *(a[:, index] for a in self._groups))

    def times(self, ratios: ServicePopulation) -> ServicePopulation:
        """The same people in other numbers."""
        return ServicePopulation(self.years, *(a * b for a, b in zip(self._groups, ratios._groups, strict=True)))

    def over_those(self, others: ServicePopulation) -> ServicePopulation:
        """The people as a multiple of others over the same years."""
        return ServicePopulation(self.years, *(a / b for a, b in zip(self._groups, others._groups, strict=True)))

    @staticmethod
    def mixed(ratios: Sequence[ServicePopulation], weights: Sequence[float], logs: bool) -> ServicePopulation:
        """A weighted sum of ratios, or of their logs."""
        to, back = (np.log, np.exp) if logs else (np.asarray, np.asarray)
        parts = zip(*(r._groups for r in ratios), strict=True)
        mixed = (back(sum(w * to(a) for w, a in zip(weights, part, strict=True))) for part in parts)
        return ServicePopulation(ratios[0].years, *mixed)

    @property
    def _groups(self) -> tuple[np.ndarray, ...]:
        return self.residents, self.under3, self.kindergarten, self.children_0_14

    def group(self, of: str) -> np.ndarray:
        """The people named in a lever: (draw, year)."""
        return self.under3.sum(-1) if of == "children_under_3" else getattr(self, of)


@dataclass(frozen=True)
class LeverSettings:
    """The levers of one scenario over some years. base: persons of each group, for levers in units per head."""

    scenario: Scenario
    levers: Mapping[str, Lever]
    years: tuple[int, ...]
    base: Mapping[str, float]

    def pulled(self, act: str) -> list[tuple[Lever, np.ndarray]]:
        """The levers that act so and are not neutral throughout, with their settings (year,)."""
        found = []
        for id in self.scenario.pulled():
            lever = self.levers[id]
            if act in lever.acts:
                values = self.scenario.by_year(lever, self.years)
                if (values != lever.neutral).any():
                    found.append((lever, values))
        return found

    def times(self, act: str) -> np.ndarray:
        """By what a flow is multiplied: (year,)."""
        return np.prod([values for _, values in self.pulled(act)] or [np.ones(len(self.years))], axis=0)

    def added(self, act: str) -> np.ndarray:
        """What is added, in the lever's unit; levers in units per head come in real units: (year,)."""
        total = np.zeros(len(self.years))
        for lever, values in self.pulled(act):
            total = total + (values if lever.per is None else real_units(lever, values, self.base))
        return total


def real_units(lever: Lever, values: ArrayLike, base: Mapping[str, float]) -> np.ndarray:
    """The setting of a lever in units per head as a number a year: 0.5 per 1,000 of 980,000 residents are 490."""
    return np.asarray(values, dtype=float) / lever.per * base[lever.of]


class StockModel(ABC):
    """What moves an indicator under levers: a stock of places, beds or staff over the people it is for, or a programme.

    rate: the outlook it is prepared from, without levers; years: those it runs over; expected: the people expected in them
    without levers, None where it does not depend on people. unit: of what is counted, "" where nothing is; of, per: the rate
    counts it per so many people of a group; users: the group it serves.
    """

    rate: Outlook
    years: tuple[int, ...]
    expected: ServicePopulation | None
    drawn: Mapping[str, np.ndarray]

    @property
    def unit(self) -> str:
        return ""

    @property
    def of(self) -> str:
        return "residents"

    @property
    def per(self) -> float:
        return 1000

    @property
    def users(self) -> str:
        return self.of

    @property
    @abstractmethod
    def acts(self) -> str:
        """How the acts of the levers that bend it begin."""

    @property
    @abstractmethod
    def moved(self) -> tuple[str, ...]:
        """The indicators it moves, the one it is prepared from first."""

    @abstractmethod
    def under(self, heads: ServicePopulation | None, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlooks of what it moves, over the people `heads` and under the levers."""

    @abstractmethod
    def until(self, year: int) -> Self:
        """The same to the end of a year."""

    @abstractmethod
    def paths(self, heads: ServicePopulation | None, settings: LeverSettings) -> np.ndarray:
        """The indicator it is prepared from under the levers: (draw, year)."""

    def used(self, settings: LeverSettings) -> tuple[str, ...]:
        """The priors that matter under the levers pulled."""
        return ()

    def counts(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, tuple[str, np.ndarray]]:
        """What can be counted of it year by year, each with its unit: (draw, year). `there` is the stock at year ends."""
        return {}

    def flows(self) -> dict[str, np.ndarray]:
        """What opens or enters without levers, by the act that multiplies it: (draw, year)."""
        return {}

    def started(self, lever: Lever, settings: LeverSettings) -> np.ndarray | None:
        """What a lever starts that is neither set in units per head nor multiplies a flow: (draw, year), or None."""
        return None

    def equivalents(self) -> dict[str, np.ndarray]:
        """What one unit comes to by other counts: (draw,)."""
        return {}

    def bent_by(self, lever: Lever) -> bool:
        """Whether a lever acts on it; levers on people act on everything that depends on them."""
        return any(act.startswith(self.acts) for act in lever.acts)

    def settings(self, scenario: Scenario, levers: Mapping[str, Lever]) -> LeverSettings:
        """The levers of a scenario over the years of the stock."""
        return LeverSettings(scenario, levers, self.years, self.base)

    @cached_property
    def base(self) -> dict[str, float]:
        """Persons of each group in the first year, the median of the draws, for levers in units per head."""
        if self.expected is None:
            return {}
        groups = ("residents", "children_0_14", "children_under_3")
        return {of: float(np.median(self.expected.group(of)[:, 0])) for of in groups}


class HeadCountModel(StockModel):
    """A stock of places, beds or persons per head of the people it is for."""

    expected: ServicePopulation

    @abstractmethod
    def total(self, heads: ServicePopulation, settings: LeverSettings) -> np.ndarray:
        """The stock at year ends under the levers: (draw, year)."""

    def paths(self, heads: ServicePopulation | None, settings: LeverSettings) -> np.ndarray:
        """The stock per head of its people under the levers: (draw, year)."""
        heads = self.expected if heads is None else heads
        return per_head(self.total(heads, settings), heads.over(self.years).group(self.of), self.per)


def bends_people(scenario: Scenario, levers: Mapping[str, Lever]) -> bool:
    """Whether a scenario pulls a lever on the people themselves."""
    return any(
        act.startswith(PEOPLE) and any(v != levers[id].neutral for _, v in steps)
        for id, steps in scenario.settings
        for act in levers[id].acts
    )


def population_levers(scenario: Scenario, levers: Mapping[str, Lever]) -> Scenario:
    """The part of a scenario that bends the people."""
    kept = tuple((id, s) for id, s in scenario.settings if any(a.startswith(PEOPLE) for a in levers[id].acts))
    return Scenario(BASELINE.name, settings=kept)
