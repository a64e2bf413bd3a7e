"""Dabiao on one page: will this region reach its targets, with what chance, on what evidence?

    "瓯海区" -> Region -> what is known -> Outlooks -> Verdicts -> an Assessment that the report's sections show

Read this first. Every line is a step that a package below takes: `planning` says what we plan, `forecasts` moves single
series, `sim` moves people, places and staff; `dabiao.region` asks each engine for what it knows best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from dabiao.region import Futures, project_region
from dabiao.track_record import judge_by_record, track_record
from planning.catalogue import Catalogue
from planning.levers import read_levers
from planning.observations import Conflict
from planning.regions import Region
from planning.scenarios import Scenario, check_region, read_scenario
from planning.sources import information_day
from planning.targets import Target
from planning.verdicts import Verdict, judge

HORIZON = 2030


@dataclass(frozen=True)
class Assessment:
    """All there is to say of one region under one scenario; the only thing a report section sees.

    futures: of the region itself. above: by key, of the regions whose targets its documents also print.
    """

    region: Region
    scenario: Scenario
    as_of: date
    to: int
    draws: int
    seed: int
    catalogue: Catalogue
    futures: Futures
    verdicts: tuple[Verdict, ...]
    above: dict[str, Futures] = field(default_factory=dict)

    def conflicts(self) -> list[Conflict]:
        """Published values of this region that contradict the ones used."""
        return [c for id in self.futures.outlooks for c in self.catalogue.conflicts(self.region, id)]


def assess(
    region: str,
    scenario: str = "baseline",
    to: int | None = None,
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
) -> Assessment:
    """Judge every target of a region.

    region: a Chinese or English name, or a code. to: the last year of the outlook (by default the last deadline, at
    least 2030). as_of: only what was published by that day is seen (by default everything). data: a folder laid over
    the shipped data. The same seed gives the same answer. Raises NotKnown, with what is near, for an unknown region or
    scenario; DataFault for faulty data; ValueError for a year out of reach.
    """
    everything = Catalogue.load(data)
    catalogue = everything.known_by(information_day(as_of) if as_of else everything.newest_publication)
    place = catalogue.find(region)
    levers = read_levers(catalogue.folders)
    plan = read_scenario(scenario, catalogue.folders, levers)
    check_region(plan, place)
    targets = [t for t in catalogue.in_force(place) if t.document.published <= catalogue.as_of]
    last = to or max([HORIZON, *(t.year for t in targets)])

    ahead: dict[tuple[str, date, int], Futures] = {}

    def futures_of(key: str, day: date, until: int) -> Futures:
        if (key, day, until) not in ahead:
            seen = catalogue.known_by(day)
            wanted = {t.indicator for t in targets if catalogue.region(t.key).key == key}
            ahead[key, day, until] = project_region(seen, seen.region(key), wanted, until, draws, seed, plan, levers)
        return ahead[key, day, until]

    own = futures_of(place.key, catalogue.as_of, last)
    verdicts = []
    for target in targets:
        key = catalogue.region(target.key).key
        day = information_date(target, catalogue.as_of)
        verdict = judged(target, catalogue, futures_of, key, day, last if day == catalogue.as_of else target.year)
        if day != catalogue.as_of and verdict.outcome is None:
            today = judged(target, catalogue, futures_of, key, catalogue.as_of, last)
            verdict = replace(verdict, chance_now=today.chance)
        verdicts.append(verdict)
    above = {key: f for (key, day, _), f in ahead.items() if day == catalogue.as_of and key != place.key}
    return Assessment(place, plan, catalogue.as_of, last, draws, seed, catalogue, own, tuple(verdicts), above)


def judged(
    target: Target,
    catalogue: Catalogue,
    futures_of: Callable[[str, date, int], Futures],
    key: str,
    day: date,
    until: int,
) -> Verdict:
    """The verdict of one target on what was known on a day."""
    futures = futures_of(key, day, until)
    about = catalogue.indicator(target.indicator)
    outlook, reason = futures.outlook(target)
    if outlook is None and target.numeric and about.family != "not_quantitative":
        return judge_by_record(target, track_record(catalogue.known_by(day)), reason, day.isoformat())
    return judge(
        target,
        outlook,
        about.decimals,
        reason=reason,
        goal=goal_elsewhere(target, catalogue, futures_of, day, until),
        outcome=outcome_of(target, catalogue),
        capped=futures.alone(target.indicator),
        as_of=day.isoformat(),
    )


def information_date(target: Target, as_of: date) -> date:
    """The day on whose knowledge a target is judged: today, or for a deadline already past the plan's own date.

    Where a document looks back on a deadline that was past when it came out, the day is the end of the first year of
    the five that led to it, when plans for them are made.
    """
    if not target.past(as_of):
        return as_of
    if target.past(target.document.published):
        return date(target.year - 4, 12, 31)
    return target.document.published


def outcome_of(target: Target, catalogue: Catalogue) -> float | None:
    """The value published for a deadline that is past, where there is one."""
    if not target.past(catalogue.as_of):
        return None
    series = catalogue.series(catalogue.region(target.key), target.indicator)
    return None if series is None else dict(zip(series.years, series.values, strict=True)).get(target.year)


def goal_elsewhere(
    target: Target, catalogue: Catalogue, futures_of: Callable[[str, date, int], Futures], day: date, last: int
) -> np.ndarray | None:
    """For a target relative to another region, that region's own outlook at the deadline, draw by draw."""
    if target.comparison != "relative" or not target.relative_to:
        return None
    other = futures_of(catalogue.region(target.relative_to).key, day, last)
    outlook, _ = other.outlook(target)
    return outlook.at(target.year) if outlook is not None and target.year in outlook.years else None
