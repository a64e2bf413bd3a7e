"""Two scenarios side by side: what changes, and which lever changes it, on the same draws and adding up exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dabiao.decompose import decompose
from dabiao.region_model import RegionModel
from planning.indicators import Indicator
from planning.scenarios import Scenario, check_region, differing
from planning.targets import Target

# What is shown of a region besides its targets, at the last year.
ALWAYS_SHOWN = (
    "population", "births", "children_under_3", "nursery_places_per_1000", "nursery_places_per_100_under3",
    "gps_per_10000", "physicians_per_1000", "nurses_per_1000", "beds_per_1000",
)  # fmt: skip
CHANCE_PLACES = 4


@dataclass(frozen=True)
class Change:
    """What one lever changes, on top of those before it, in the units of the figures: by is after less before, as printed."""

    lever: str
    median: float
    chance: float | None


@dataclass(frozen=True)
class Effect:
    """One figure under two scenarios. target: the promise it is judged on, or None for a figure shown besides.

    before, after: medians at the end of `year`; chance_before, chance_after: of the target. All are rounded to `places`
    (chances to four), and the changes, each the difference of two rounded figures, add up to the whole exactly.
    """

    about: Indicator
    year: int
    target: Target | None
    before: float
    after: float
    chance_before: float | None
    chance_after: float | None
    changes: tuple[Change, ...]
    places: int

    @property
    def moved(self) -> bool:
        return any(c.median or c.chance for c in self.changes)


@dataclass(frozen=True)
class Comparison:
    """Two scenarios for one region. levers: those whose settings differ, in the order in which they are changed."""

    model: RegionModel
    one: Scenario
    other: Scenario
    levers: tuple[str, ...]
    effects: tuple[Effect, ...]


def compared(model: RegionModel, one: Scenario, other: Scenario) -> Comparison:
    """The way from one scenario to the other, lever by lever in the order of the other, for every target still ahead.

    Raises ElsewhereOnly where either was made for other regions.
    """
    for scenario in (one, other):
        check_region(scenario, model.region)
    start, end = model.settled(one), model.settled(other)
    levers = differing(start, end)

    def plan(changed: Sequence[str]) -> Scenario:
        scenario = start
        for lever in changed:
            scenario = replace(scenario.with_steps(lever, end.steps(lever)), regions=())
        return scenario

    effects = [_effect(model, plan, levers, t.indicator, t.year, t) for t in model.targets_ahead()]
    for id in ALWAYS_SHOWN:
        told = any((e.about.id, e.year) == (id, model.to) for e in effects)
        if not told and id in model.outlooks and model.to in model.outlooks[id].years:
            effects.append(_effect(model, plan, levers, id, model.to, None))
    return Comparison(model, one, other, levers, tuple(effects))


def _effect(
    model: RegionModel,
    plan: Callable[[Sequence[str]], Scenario],
    levers: Sequence[str],
    id: str,
    year: int,
    target: Target | None,
) -> Effect:
    about = model.catalogue.indicator(id)
    places = 0 if about.unit in ("persons", "places", "beds") else about.decimals + 1

    def figures(changed: Sequence[str]) -> tuple[int, int | None]:
        """The median and the chance, as whole numbers of their last decimal place."""
        median = _rounded(float(np.median(model.outlook(id, plan(changed)).at(year))), places)
        chance = None if target is None else model.chance(target, plan(changed))
        return median, None if chance is None else _rounded(chance, CHANCE_PLACES)

    changes = []
    for c in decompose(levers, figures):
        (m0, c0), (m1, c1) = c.before, c.after
        by = None if c0 is None or c1 is None else _back(c1 - c0, CHANCE_PLACES)
        changes.append(Change(c.lever, _back(m1 - m0, places), by))
    (m0, c0), (m1, c1) = figures(()), figures(levers)
    first, last = (None if c is None else _back(c, CHANCE_PLACES) for c in (c0, c1))
    return Effect(about, year, target, _back(m0, places), _back(m1, places), first, last, tuple(changes), places)


def _rounded(value: float, places: int) -> int:
    """A figure as a whole number of its last decimal place, so that differences are exact."""
    return round(value * 10**places)


def _back(whole: int, places: int) -> float:
    return round(whole / 10**places, places)
