"""Plausibility: what a value out of range may have meant, and values that sit oddly among those around them.

A value that only looks odd is accepted as soon as its row carries a note that explains it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from planning.indicators import Indicator
from planning.observations import Observation

POWERS = (10, 100, 1000, 10_000, 100_000_000)
RATES = {"percent": 100, "per_1000": 1000, "per_10000": 10_000, "per_100000": 100_000}
WHOLE = ("persons", "places", "beds", "institutions", "vehicles", "items", "households")
RESIDENTS = ("population", "registered_population")
# The people of an area change by less than this in a year on one basis: the largest in our data is 21 %.
MOST_GROWTH = 0.30
MOST_OFF_CENSUS = 0.15  # of the census table, within the census year; the largest in our data is 5 %
MOST_STEP = 5.0  # times the value of a neighbouring year
FEWEST_OTHERS = 30  # values of other regions from which theirs says what is usual
UNLESS_NOTED = "or a note in its row that explains it"


def out_of_range(about: Indicator, value: float) -> str:
    """What was expected of a value outside the plausible range of its indicator; empty where it lies inside."""
    low, high = about.range
    if low <= value <= high:
        return ""
    expected = f"{about.en} in {about.unit}, between {low:g} and {high:g}"
    return expected + _with(fits_after(value, low, high, about.unit))


def not_whole(about: Indicator, value: float) -> str:
    """What was expected of a count that is no whole number; empty where it is one."""
    if about.unit not in WHOLE or about.kind not in ("count", "cumulative") or float(value).is_integer():
        return ""
    return f"a whole number of {about.unit} ({value:g} times 10,000 is {value * 10_000:,.10g})"


def fits_after(value: float, low: float, high: float, unit: str = "") -> str:
    """By which power of ten a value must be multiplied or divided to lie between low and high; empty if by none."""
    for power in POWERS:
        if value and low <= value / power <= high:
            meant = _unit_of(RATES.get(unit, 0) * power)
            return f"divided by {power:,} it would fit, as {value / power:.10g}{meant}"
        if value and low <= value * power <= high:
            meant = _unit_of(RATES.get(unit, 0) / power)
            return f"multiplied by {power:,} it would fit, as {value * power:.10g}{meant}"
    return ""


def doubts(
    observations: Sequence[Observation],
    known: Sequence[Observation],
    counted: Mapping[tuple[str, str, int], float],
    indicators: Mapping[str, Indicator],
) -> list[tuple[int, str]]:
    """Values that sit oddly and carry no note: their positions in `observations`, and what was expected.

    known: what other folders hold. counted: residents of census tables by region, edition and year.
    """
    ours = {id(o): i for i, o in enumerate(observations)}
    everything = [o for o in (*known, *observations) if o.status != "suspect" and o.value > 0]
    found: dict[int, str] = {}

    def doubt(o: Observation, expected: str) -> None:
        if id(o) in ours and not o.note:
            found.setdefault(ours[id(o)], f"{expected}; {UNLESS_NOTED}")

    by_series: dict[tuple, list[Observation]] = defaultdict(list)
    by_indicator: dict[str, list[Observation]] = defaultdict(list)
    for o in everything:
        by_series[o.region, o.edition, o.indicator, o.basis].append(o)
        by_indicator[o.indicator].append(o)
    for (region, edition, id_, _), line in by_series.items():
        if not any(id(o) in ours for o in line):
            continue
        about = indicators[id_]
        line.sort(key=lambda o: o.year)
        for odd, other in _steps(line, about, ours):
            doubt(odd, _step_expected(odd, other, about))
        if id_ == "population":
            for o in line:
                people = counted.get((region, edition, o.year))
                if people and o.basis == "resident" and abs(math.log(o.value / people)) > MOST_OFF_CENSUS:
                    doubt(o, f"about the {people:,.0f} residents of the census table of {o.year}; "
                             f"another basis or boundary{_with(_near(o.value, people))}")  # fmt: skip
    for id_, line in by_indicator.items():
        about = indicators[id_]
        if len(line) < FEWEST_OTHERS or about.scale not in ("log", "logit") or about.kind in ("count", "cumulative"):
            continue
        if about.family in ("programme", "rare_events"):
            continue
        low, high = np.quantile([o.value for o in line], [0.05, 0.95])
        for o in line:
            if not low / 1.5 <= o.value <= high * 1.5 and id(o) in ours and not o.note:
                _among_others(o, line, about, doubt)
    return sorted(found.items())


def _steps(
    line: list[Observation], about: Indicator, ours: Mapping[int, int]
) -> Iterator[tuple[Observation, Observation]]:
    """Pairs of neighbouring years too far apart: the odd one, which must be one of ours, and its neighbour."""
    people = about.id in RESIDENTS
    if not people and (about.scale != "log" or about.family in ("programme", "rare_events")):
        return
    if (
        not people
        and about.kind in ("count", "cumulative")
        and (about.family, about.unit) != ("demographic", "persons")
    ):
        return
    middle = float(np.median([math.log(o.value) for o in line]))
    for before, after in zip(line, line[1:], strict=False):
        gap = after.year - before.year
        if gap > 3 or (before.status == "preliminary") != (after.status == "preliminary"):
            continue
        limit = max(gap, 1) * math.log(1 + MOST_GROWTH) if people else math.log(MOST_STEP)
        if abs(math.log(after.value / before.value)) <= limit:
            continue
        pair = sorted((after, before), key=lambda o: -abs(math.log(o.value) - middle))
        odd = next((o for o in pair if id(o) in ours), None)
        if odd is not None:
            yield odd, before if odd is after else after


def _step_expected(odd: Observation, other: Observation, about: Indicator) -> str:
    near = _with(_near(odd.value, other.value))
    if about.id in RESIDENTS:
        return (
            f"a change below {MOST_GROWTH:.0%} a year from {other.value:,.10g} in {other.year}; "
            f"resident and registered people, or two boundaries, may be mixed{near}"
        )
    return f"less than {MOST_STEP:g} times more or less than {other.value:,.10g} in {other.year}{near}"


def _among_others(
    o: Observation, line: list[Observation], about: Indicator, doubt: Callable[[Observation, str], None]
) -> None:
    others = np.array([p.value for p in line if p.region != o.region])
    if len(others) < FEWEST_OTHERS or others.min() / 1.5 <= o.value <= others.max() * 1.5:
        return
    low, high = np.quantile(others, [0.05, 0.95])
    usual = fits_after(o.value, float(low), float(high), about.unit)
    if usual:
        doubt(o, f"{about.en} in {about.unit} as elsewhere, {others.min():g} to {others.max():g}{_with(usual)}")


def _near(value: float, other: float) -> str:
    return fits_after(value, other / 2, other * 2)


def _with(hint: str) -> str:
    return f"; {hint}" if hint else ""


def _unit_of(scale: float) -> str:
    unit = next((u for u, s in RATES.items() if s == scale), "")
    return f": it looks like a figure in {unit}" if unit else ""
