"""The evidence grade of an outlook: A (best) to D (hardly anything of the region's own)."""

from __future__ import annotations

from collections.abc import Sequence

from planning.outlooks import GRADES

# Steps of judgement, not learned: own values that chain with the present, and other regions that show how far the
# indicator moves. They order outlooks by how much is known; how good a forecast is, the scores say.
MANY_POINTS, SOME_POINTS, FEW_POINTS = 8, 3, 2
ENOUGH_REGIONS = 5
MANY_REGIONS = 10
CENSUS_YEARS = 3  # totals since the census from which a population is graded A


def series_grade(points: int, regions: int, source: str = "B", faults: int = 0) -> str:
    """A to D for the outlook of a series.

    points: own values since the newest break; eight earn an A, three a B, two a C, one a D, and one point beside ten
    regions counts as two. One step lower each: fewer than five regions, a source of grade C, and every one of `faults`
    (an older stretch cut off, mixed population bases).

    >>> series_grade(points=9, regions=8), series_grade(points=9, regions=2), series_grade(points=1, regions=0)
    ('A', 'B', 'D')
    >>> series_grade(points=1, regions=40), series_grade(points=3, regions=40, faults=1)
    ('C', 'C')
    """
    if regions >= MANY_REGIONS:
        points = max(points, FEW_POINTS)
    step = 0 if points >= MANY_POINTS else 1 if points >= SOME_POINTS else 2 if points >= FEW_POINTS else 3
    step += (regions < ENOUGH_REGIONS) + (source == "C") + faults
    return GRADES[min(step, len(GRADES) - 1)]


def vital_grade(known: Sequence[int], first: int) -> str:
    """A to D for a rate that moves with the region above: four known years earn an A, two a B, one a C, none a D.

    A step lower where the last known year lies more than three before `first`, the first year asked for.

    >>> vital_grade([2017, 2018, 2019, 2020], 2021), vital_grade([2015], 2021), vital_grade([], 2021)
    ('A', 'D', 'D')
    """
    if not known:
        return "D"
    step = 0 if len(known) >= 4 else 1 if len(known) >= 2 else 2
    return GRADES[min(step + (max(known) < first - 3), len(GRADES) - 1)]


def population_grade(totals: int) -> str:
    """A to C for the people of a region, by how many yearly totals since its census are known; never D, a census is.

    >>> population_grade(3), population_grade(1), population_grade(0)
    ('A', 'B', 'C')
    """
    return "A" if totals >= CENSUS_YEARS else "B" if totals else "C"


def at_best(grade: str, limit: str) -> str:
    """The grade, or the limit where that is worse.

    >>> at_best("A", "C"), at_best("D", "C")
    ('C', 'D')
    """
    return max(grade, limit)
