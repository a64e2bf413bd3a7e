"""Levers at work: what the settings of a scenario come to, year by year, in the words and real units of the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from planning.levers import Lever
from planning.populations import Projection
from planning.scenarios import BASELINE, Scenario

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
        return ServicePopulation(
            tuple(years), *(a[:, index] for a in (self.residents, self.under3, self.kindergarten, self.children_0_14))
        )

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


class StockModel:
    """What every stock of places, beds or staff has in common: its years, and the people expected in them without levers."""

    years: tuple[int, ...]
    expected: ServicePopulation

    def settings(self, scenario: Scenario, levers: Mapping[str, Lever]) -> LeverSettings:
        """The levers of a scenario over the years of the stock."""
        return LeverSettings(scenario, levers, self.years, self.base)

    @cached_property
    def base(self) -> dict[str, float]:
        """Persons of each group in the first year, the median of the draws, for levers in units per head."""
        groups = ("residents", "children_0_14", "children_under_3")
        return {of: float(np.median(self.expected.group(of)[:, 0])) for of in groups}


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
