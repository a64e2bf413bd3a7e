"""Consistency: figures against the day they were published, the basis of their series, and the regions above and beside.

What only looks odd is accepted as soon as its row carries a note that explains it; what cannot be is a fault all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from planning.catalogue import Break
from planning.indicators import PRINTED_GOAL, Indicator
from planning.loading.checks import RESIDENTS, UNLESS_NOTED, fits_after
from planning.observations import Observation
from planning.regions import Region, ancestors, newest_by_code

EARLY_MONTH = 12  # a figure for the end of a year, or for all of it, does not come out before this month of it
WITHOUT_THE_WHOLE_YEAR = ("census_day", "mid_year", "unstated")
FORESEEN = ("preliminary", "estimated")
MOST_GAP = 3  # years between two figures of one series that still follow one another
NEARBY = 2  # years by which the figures of two regions may lie apart to be compared
FEWEST_NEAR = 2  # regions above or beside with a figure, to compare with
# How many times more or less than all of them a figure must be to look a power of ten off; none in our data is 3 times. The
# people of regions differ by more: those of our city regions by 23 times.
MOST_APART, MOST_APART_PEOPLE = 4.0, 50.0


def inconsistencies(
    observations: Sequence[Observation],
    known: Sequence[Observation],
    regions: Mapping[str, Region],
    indicators: Mapping[str, Indicator],
    breaks: Sequence[Break],
) -> list[tuple[int, str, str]]:
    """What does not agree: the position in `observations`, the column, and what was expected.

    known: what other folders hold. regions: by key. breaks: declared in this folder or another.
    """
    found: list[tuple[int, str, str]] = []
    newest = newest_by_code(regions.values())
    for position, o in enumerate(observations):
        if o.status == "suspect":
            continue
        if expected := before_its_time(o):
            found.append((position, "year", expected))
        if expected := nobody(o):
            found.append((position, "value", expected))
    ours = {id(o): position for position, o in enumerate(observations)}
    everything = [o for o in (*known, *observations) if o.status != "suspect"]
    for o, expected in changed_bases(everything, newest, breaks):
        if id(o) in ours and not o.note:
            found.append((ours[id(o)], "basis", expected))
    for o, expected in powers_off(everything, newest, indicators, {id(o) for o in observations if not o.note}):
        found.append((ours[id(o)], "value", expected))
    return sorted(found)


def before_its_time(o: Observation) -> str:
    """What was expected of a figure published before its year was over; empty where it was not."""
    if o.indicator.endswith(PRINTED_GOAL):
        return ""
    published = o.source.published
    if o.year > published.year:
        return f"a year up to {published.year}, when it was published ({published}); a goal is no observation"
    over = o.period in WITHOUT_THE_WHOLE_YEAR or o.status in FORESEEN or published.month >= EARLY_MONTH
    if o.year == published.year and not over and not o.note:
        return (
            f"a year up to {published.year - 1}: it was published on {published}, before {o.year} was over; else the period "
            f"mid_year or census_day, the status preliminary, {UNLESS_NOTED}"
        )
    return ""


def nobody(o: Observation) -> str:
    """What was expected of a region without people; empty where there are some."""
    return "people; where no figure is published there is no row" if o.indicator in RESIDENTS and o.value == 0 else ""


def changed_bases(
    observations: Iterable[Observation], newest: Mapping[str, Region], breaks: Sequence[Break]
) -> Iterator[tuple[Observation, str]]:
    """The first figures of a series after it changed from one population basis to another, where no break is declared.

    Two bases published side by side are two series; a change is where one begins as the other ends.
    """
    bases: dict[tuple, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for o in observations:
        bases[o.region, o.edition, o.indicator][o.basis].append(o)
    for (code, _, indicator), by_basis in bases.items():
        spans = sorted(
            (min(o.year for o in rows), max(o.year for o in rows), basis) for basis, rows in by_basis.items()
        )
        for (_, last, before), (first, _, after) in zip(spans, spans[1:], strict=False):
            if last < first <= last + MOST_GAP and not _declared(code, indicator, first, newest, breaks):
                for o in by_basis[after]:
                    if o.year == first:
                        yield o, f"{before}, as in the years to {last}; a break in breaks.yaml, {UNLESS_NOTED}"


def _declared(code: str, indicator: str, year: int, newest: Mapping[str, Region], breaks: Sequence[Break]) -> bool:
    line = {code, *(r.code for r in ancestors(newest[code], newest))} if code in newest else {code}
    return any(
        indicator in b.indicators
        and b.year == year
        and (b.regions is None or code in b.regions)
        and (b.within is None or b.within in line)
        for b in breaks
    )


def powers_off(
    observations: Sequence[Observation],
    newest: Mapping[str, Region],
    indicators: Mapping[str, Indicator],
    asked: set[int],
) -> Iterator[tuple[Observation, str]]:
    """Figures that a power of ten would bring among those of the region above and those beside, of the same level; counts per resident.

    asked: the identities of the observations to look at.
    """
    wanted = {(newest[o.region].parent, o.indicator) for o in observations if id(o) in asked and o.region in newest}
    families: dict[tuple, list[tuple[Observation, float]]] = defaultdict(list)
    people = _people(observations)
    for o in observations:
        region = newest.get(o.region)
        if region is None or o.edition not in ("", region.boundary.edition):
            continue
        for key in {(region.parent, o.indicator), (o.region, o.indicator)} & wanted:
            value = _comparable(o, indicators[o.indicator], people)
            if value is not None:
                families[key].append((o, value))
    for (parent, indicator), family in families.items():
        apart = MOST_APART_PEOPLE if indicator in RESIDENTS else MOST_APART
        middle = float(np.median([v for _, v in family]))
        for o, value in family:
            if id(o) not in asked or o.region == parent or middle / apart <= value <= middle * apart:
                continue
            beside = {p.region for p, _ in family if newest[p.region].level == newest[o.region].level} | {parent}
            beside.discard(o.region)
            near = [(p, v) for p, v in family if p.region in beside and abs(p.year - o.year) <= NEARBY]
            if indicator in RESIDENTS:
                near = [(p, v) for p, v in near if p.region != parent]
            low, high = min((v for _, v in near), default=value), max((v for _, v in near), default=value)
            if len({p.region for p, _ in near}) < FEWEST_NEAR or low / apart <= value <= high * apart:
                continue
            if meant := fits_after(value, low / 1.5, high * 1.5).partition(", as")[0]:
                closest = sorted((p for p, _ in near), key=lambda p: (abs(p.year - o.year), p.region == parent))
                others = ", ".join(f"{newest[p.region].name_zh} {p.value:.10g}" for p in closest[:3])
                each = "" if value == o.value else ", for each resident,"
                yield o, f"a figure{each} of the size of those near ({others}); {meant}; {UNLESS_NOTED}"


def _people(observations: Iterable[Observation]) -> dict[str, dict[int, float]]:
    """Residents by region and year."""
    people: dict[str, dict[int, float]] = defaultdict(dict)
    for o in observations:
        if o.indicator == "population" and o.value > 0:
            people[o.region].setdefault(o.year, o.value)
    return people


def _comparable(o: Observation, about: Indicator, people: Mapping[str, Mapping[int, float]]) -> float | None:
    """A figure as regions of different size are compared: a rate itself, a count for each resident; None if it is neither."""
    if o.value <= 0 or about.scale not in ("log", "logit", "count") or about.family in ("programme", "rare_events"):
        return None
    if about.kind not in ("count", "cumulative") or about.id in RESIDENTS:
        return o.value
    known = people.get(o.region)
    if not known:
        return None
    nearest = min(known, key=lambda year: abs(year - o.year))
    return o.value / known[nearest] if abs(nearest - o.year) <= MOST_GAP else None
