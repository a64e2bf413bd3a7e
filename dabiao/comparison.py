"""Two scenarios side by side: what changes, and which lever changes it, on the same draws and adding up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dabiao.region_model import Workbench
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

    bench: Workbench
    one: Scenario
    other: Scenario
    levers: tuple[str, ...]
    effects: tuple[Effect, ...]


def compared(bench: Workbench, one: Scenario, other: Scenario) -> Comparison:
    """The way from one scenario to the other, lever by lever in the order of the other, for every target still ahead.

    Raises ElsewhereOnly where either was made for other regions.
    """
    for scenario in (one, other):
        check_region(scenario, bench.region)
    levers = differing(bench.settled(one), bench.settled(other))
    way = on_the_way(bench.settled(one), bench.settled(other), levers)
    effects = [_effect(bench, way, levers, t.indicator, t.year, t) for t in bench.targets()]
    for id in ALWAYS_SHOWN:
        if id in bench.futures.outlooks and bench.to in bench.futures.outlooks[id].years:
            effects.append(_effect(bench, way, levers, id, bench.to, None))
    return Comparison(bench, one, other, levers, tuple(effects))


def on_the_way(one: Scenario, other: Scenario, levers: Sequence[str]) -> list[Scenario]:
    """One scenario, then the same with each lever in turn set as in the other, to the other."""
    way = [one]
    for lever in levers:
        way.append(replace(way[-1].with_steps(lever, other.steps(lever)), regions=()))
    return way


def _effect(
    bench: Workbench, way: Sequence[Scenario], levers: Sequence[str], id: str, year: int, target: Target | None
) -> Effect:
    about = bench.catalogue.indicator(id)
    places = 0 if about.unit in ("persons", "places", "beds") else about.decimals + 1
    medians = [_rounded(float(np.median(bench.outlook(id, s).at(year))), places) for s in way]
    chances: list[int | None] = [None] * len(way)
    if target is not None:
        said = [bench.chance(target, s) for s in way]
        chances = [None if c is None else _rounded(c, CHANCE_PLACES) for c in said]
    changes = []
    for lever, m0, m1, c0, c1 in zip(levers, medians, medians[1:], chances, chances[1:], strict=False):
        by = None if c0 is None or c1 is None else _back(c1 - c0, CHANCE_PLACES)
        changes.append(Change(lever, _back(m1 - m0, places), by))
    first, last = (None if c is None else _back(c, CHANCE_PLACES) for c in (chances[0], chances[-1]))
    ends = _back(medians[0], places), _back(medians[-1], places)
    return Effect(about, year, target, *ends, first, last, tuple(changes), places)


def _rounded(value: float, places: int) -> int:
    """A figure as a whole number of its last decimal place, so that differences are exact."""
    return round(value * 10**places)


def _back(whole: int, places: int) -> float:
    return round(whole / 10**places, places)
