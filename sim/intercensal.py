"""Two censuses of one area compared: who came and went between them, by sex and age, and as yearly rates.

People are (..., sex, age) in single years, sexes male and female, ages 0 to 100+.
"""

from __future__ import annotations

import numpy as np

from sim.lifetables import SINGLE

SMOOTHNESS = 0.05
STAYING = 65  # from this age on hardly anybody moves; what is left there is mortality and misstated age


def closed(start: np.ndarray, survival: np.ndarray) -> np.ndarray:
    """The people of `start` who would be there at the end if nobody moved: (..., sex, age); ages born since are 0.

    survival: (step, ..., sex, age), by the age reached in each year between the censuses.
    """
    people = np.asarray(start, dtype=float)
    for lived in survival:
        reached = np.zeros_like(people)
        reached[..., 1:] = people[..., :-1]
        reached[..., -1] += people[..., -1]
        people = reached * lived
    return people


def cohort_change(start, end, survival, least: float = 1.0) -> np.ndarray:
    """Log of the people found over those expected in a closed population, by the age reached: (..., sex, age).

    Zero for ages born since the start, and where fewer than `least` people were expected.
    """
    expected = closed(start, survival)
    found = np.maximum(np.asarray(end, dtype=float), 0.5)
    return np.where(expected >= least, np.log(found / np.maximum(expected, 0.5)), 0.0)


def yearly_rates(change: np.ndarray, years: int, smoothness: float = SMOOTHNESS) -> np.ndarray:
    """Net migration per person and year by the age reached, whose sums along cohorts are `change`: (..., sex, age).

    change: log cohort changes over `years`, by the age reached at the end (`cohort_change`). The yearly rate of an age
    is the same for all cohorts that pass it; of the many schedules that add up, the smoothest is taken (second
    differences, weight `smoothness`), so students who come at 18 and leave at 22 stay apart. Children born between the
    censuses get the rate of the youngest cohort seen.
    """
    ages = len(SINGLE)
    passed = np.zeros((ages - years, ages))
    for row in range(ages - years):
        passed[row, row + 1 : row + years + 1] = 1.0
    bend = np.diff(np.eye(ages), n=2, axis=0)
    # Smoothness is per decade of sums, so that it acts alike on five and on ten years.
    normal = passed.T @ passed + smoothness * years**2 * bend.T @ bend + 1e-9 * np.eye(ages)
    rates = np.linalg.solve(normal, passed.T @ np.moveaxis(change[..., years:], -1, 0).reshape(ages - years, -1))
    return np.moveaxis(rates.reshape(ages, *change.shape[:-1]), 0, -1)


def migration_rates(start, end, survival, smoothness: float = SMOOTHNESS) -> np.ndarray:
    """Yearly net migration rates by sex and the age reached, from two censuses: (..., sex, age); zero from 65 on.

    start, end: people at both censuses. survival: (year, ..., sex, age), one entry for each year between them.
    """
    rates = yearly_rates(cohort_change(start, end, survival), len(survival), smoothness)
    rates[..., STAYING:] = 0.0
    return rates
