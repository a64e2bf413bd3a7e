"""A census table by age group brought to single years of age and to the year end.

Arrays are (..., sex, age) or (..., sex, group), sexes male and female, ages 0..99 and an open 100+ (101 entries).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.demography.graduation import monotone_spline, open_last_group

MALE, FEMALE = 0, 1
AGES = 101
GROUPS = (0, 1, *range(5, 90, 5))  # first ages of the printed census groups; the last is open
CENSUS_MONTH = 10  # full months before census day, 1 November
REMAINDER = 61 / 366  # of the year 2020 after census day; 61 / 365 in 2010

# Above 71 the births behind a cohort are not known. Chinese cohorts thin out by 4 % a year of age against the period
# life table, because each younger cohort was larger and lived longer: fitted to WPP 2019 and 2024, ages 80-99, 2020.
OLD_COHORT_GROWTH = 0.04


def cohort_pattern(
    person_years: np.ndarray, births: dict[int, float], year: int, month: int = CENSUS_MONTH
) -> np.ndarray:
    """How many people of each single age the births of the past would leave: (sex, age), up to a factor.

    person_years: (sex, age), life-table L(x) per birth. births: national births by calendar year. month: full months
    of `year` gone by (10 for 1 November, 12 for the year end). Keeps the real spikes: the hollow of 1959-61, the
    waves of 1963, 1987 and 2016. Ages beyond the oldest birth year thin out by OLD_COHORT_GROWTH a year.

    >>> births = {year: 100.0 if year == 1961 else 200.0 for year in range(1949, 2021)}
    >>> pattern = cohort_pattern(np.ones((2, 101)), births, 2020, month=12)
    >>> round(float(pattern[0, 59] / pattern[0, 58]), 2)
    0.5
    """
    gone = month / 12
    known = sorted(births)
    if not known:
        cohorts = np.exp(-OLD_COHORT_GROWTH * np.maximum(np.arange(AGES) - 71, 0))
        return np.asarray(person_years) * cohorts
    last = known[-1]
    cohorts = np.full(AGES, np.nan)
    for age in range(AGES):
        newer, older = year - age, year - age - 1
        if older < known[0]:
            break
        cohorts[age] = gone * births.get(min(newer, last), np.nan) + (1 - gone) * births.get(min(older, last), np.nan)
    oldest = np.flatnonzero(np.isfinite(cohorts))
    if not len(oldest) or not np.isfinite(cohorts[: oldest[-1] + 1]).all():
        missing = [y for y in range(known[0], last + 1) if y not in births]
        raise ValueError(f"Births by year have gaps: {missing or 'none of them falls in the lifetimes asked for'}.")
    reach = oldest[-1]
    typical = cohorts[max(reach - 4, 0) : reach + 1].mean()
    beyond = np.arange(reach + 1, AGES)
    cohorts[beyond] = typical * np.exp(-OLD_COHORT_GROWTH * (beyond - reach))
    return np.asarray(person_years) * cohorts


def graduate(
    groups: np.ndarray, pattern: np.ndarray, person_years: np.ndarray, lows: Sequence[int] = GROUPS
) -> np.ndarray:
    """Age groups to single years 0..100+, group totals kept exactly: (..., sex, group) -> (..., sex, 101).

    A monotone spline through the cumulated people, drawn not over age but over the cumulated `pattern` (sex, age):
    where the area follows the pattern the result is the pattern, spikes and all. The open group is opened as a stable
    population with the life table's `person_years` (sex, age).

    >>> lived = np.linspace(1.0, 0.1, 101) * np.ones((2, 1))
    >>> groups = np.add.reduceat(lived, np.asarray(GROUPS), axis=-1)
    >>> single = graduate(1000 * groups, lived, lived)
    >>> single.shape, bool(np.allclose(np.add.reduceat(single, np.asarray(GROUPS), axis=-1), 1000 * groups))
    ((2, 101), True)
    """
    groups, pattern = np.asarray(groups, dtype=float), np.asarray(pattern, dtype=float)
    if groups.shape[-1] != len(lows) or pattern.shape != (2, AGES):
        raise ValueError(f"Found groups {groups.shape} and pattern {pattern.shape}; {len(lows)} groups were expected.")
    if (groups < 0).any() or not np.isfinite(groups).all():
        raise ValueError("Age groups hold negative or missing numbers of people.")
    open_age = lows[-1]
    single = np.empty((*groups.shape[:-1], AGES))
    for sex in (MALE, FEMALE):
        reached = np.concatenate([[0.0], np.cumsum(pattern[sex])])
        people = np.concatenate([np.zeros((*groups.shape[:-2], 1)), np.cumsum(groups[..., sex, :-1], axis=-1)], axis=-1)
        curve = monotone_spline(reached[list(lows)], people, reached[: open_age + 1])
        single[..., sex, :open_age] = np.diff(curve, axis=-1)
        single[..., sex, open_age:] = open_last_group(groups[..., sex, -2:], person_years[sex], open_age)
    return np.maximum(single, 0.0)


def to_year_end(people: np.ndarray, survival: np.ndarray, newborn: float, part: float = REMAINDER) -> np.ndarray:
    """Census-day people moved on by `part` of a year, nobody moving house: (..., sex, age).

    survival: (sex, age) over a full year by the age reached, from `sim.demography.life_tables.survival_ratios`. newborn: births in
    between who live at the end; they are shared between the sexes as the infants counted. A birthday falls in the part
    for that share of every cohort.

    >>> still = to_year_end(np.full((2, 101), 12.0), np.ones((2, 101)), newborn=24.0, part=0.5)
    >>> float(still.sum())
    2448.0
    """
    onward = np.concatenate([survival[..., 1:], survival[..., -1:]], axis=-1)
    kept = people * onward**part
    moved = kept * (1 - part)
    moved[..., 1:] += kept[..., :-1] * part
    moved[..., -1] += kept[..., -1] * part
    infants = people[..., 0]
    moved[..., 0] += newborn * infants / infants.sum(axis=-1, keepdims=True)
    return moved


def match_total(people: np.ndarray, total: float, profile: np.ndarray | None = None, most: float = 0.10) -> np.ndarray:
    """The difference to a published total, taken as moves by `profile` (sex, age; default: everyone alike).

    Raises ValueError where the difference is more than `most`: then the two speak of different areas or bases.

    >>> round(float(match_total(np.full((2, 101), 10.0), total=2100.0).sum()), 6)
    2100.0
    """
    gap = total - people.sum()
    if abs(gap) > most * people.sum():
        raise ValueError(
            f"The published total {total:,.0f} differs by {gap / people.sum():+.1%} from the {people.sum():,.0f} people "
            f"carried forward. Look for another boundary or population basis before using it."
        )
    weights = people if profile is None else np.asarray(profile, dtype=float)
    moves = gap * weights / weights.sum()
    return people + np.maximum(moves, -0.9 * people) if gap < 0 else people + moves
