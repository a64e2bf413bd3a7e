"""Two censuses of one area compared: who came and went between them, by sex and age, and as yearly rates.

People are (..., sex, age) in single years, sexes male and female, ages 0 to 100+.
"""

from __future__ import annotations

import numpy as np

from sim.demography.base_population import noise_by_age, sd_by_age
from sim.demography.life_tables import SINGLE

SMOOTHNESS = 0.05
# Ages of study, and ages before and after that tell who would be there without it. China enters university at 18 and leaves it with
# a first degree at 22, with a second at 25.
STUDENT_AGES, STUDENT_EDGES = range(17, 25), (range(13, 16), range(27, 31))
STUDENT_TOWN = (
    0.15  # of those ages. Assumption: where they are fewer, workers who come as young cannot be told from them
)
CHILDREN = 10  # below this age children move with their mothers; censuses miss too many of them to tell
MOTHERS = slice(27, 40)
# Who makes a place grow faster or slower than others: yearly net migration rate by age over that of all people, at knots
# with straight lines between. Slopes of the cohort changes of 1,606 counties on their growth, 2010-2020 (county books of
# the sixth and seventh censuses), sexes alike within .1; children under ten from births and mothers (.5 to .8).
GROWTH_AGES = (0, 9, 12, 15, 18, 20, 22, 24, 27, 30, 33, 40, 50, 60, 70, 100)
GROWTH_RATES = (0.65, 0.70, 1.2, 2.3, 2.7, 2.6, 1.95, 1.25, 1.05, 1.3, 1.25, 0.88, 0.70, 0.64, 0.55, 0.65)
FADING = 0.96  # of an area's own ages of moves, a year: universities and factories stay where they are. Assumption
# How far cohorts of a place changed otherwise than those of any place that grew as fast, 2010-2020, by the age reached: the
# 80 % spread of logs over ten years, `benchmarks/learn_moves.py`. From 60 on it is local mortality and misstated age rather
# than moves; what the life tables of the draws hold of it is taken off.
OWN_AGES_FROM = (0, 15, 20, 25, 30, 35, 40, 50, 60, 65, 70, 75, 80, 85)
OWN_AGES = {
    "nation": (0.0,) * len(OWN_AGES_FROM),
    "province": (0.140, 0.068, 0.162, 0.135, 0.065, 0.039, 0.021, 0.031, 0.028, 0.041, 0.045, 0.065, 0.083, 0.163),
    "city": (0.151, 0.117, 0.196, 0.146, 0.118, 0.055, 0.036, 0.035, 0.046, 0.053, 0.061, 0.077, 0.084, 0.154),
    "district": (0.176, 0.216, 0.309, 0.200, 0.164, 0.091, 0.055, 0.053, 0.064, 0.073, 0.077, 0.090, 0.087, 0.153),
}
TOGETHER = 0.9  # correlation of the rates of neighbouring ages
DECADE = 10
PATTERN_DOUBT = (
    0.5  # of OWN_AGES where the ages of 2010-2020 are known: how far they change by the next decade. Assumption
)
STAYING = 65  # from this age on hardly anybody moves; what is left there is mortality and misstated age


def growth_profile() -> np.ndarray:
    """Relative net migration rates by age where a Chinese place gains or loses people: (age,), everyone's being 1.

    >>> growth_profile().shape
    (101,)
    """
    return np.interp(SINGLE, GROWTH_AGES, GROWTH_RATES)


def students_of(people: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Of the people of a place those who are there to study: (sex, age), persons; none where they are too few to tell.

    people, like: (sex, age) of the place and of a larger area around it at the same time. They are what ages STUDENT_AGES hold
    beyond a straight line, of the place's share in the area, between the ages before and after. Where they are fewer than
    STUDENT_TOWN of those ages, they go with the moves of any place.

    >>> like = np.full((2, 101), 1000.0)
    >>> town = like / 10
    >>> town[:, 18:22] += 200.0
    >>> students_of(town, like)[0, [17, 18, 21, 22]].round()
    array([  0., 200., 200.,   0.])
    """
    share = people / np.maximum(like, 1e-9)
    (before, after), ages = STUDENT_EDGES, np.array(SINGLE)
    at = [share[:, list(edge)].mean(axis=1) for edge in (before, after)]
    middle = [float(np.mean(edge)) for edge in (before, after)]
    usual = at[0][:, None] + (at[1] - at[0])[:, None] * (ages - middle[0]) / (middle[1] - middle[0])
    inside = np.isin(ages, list(STUDENT_AGES))
    found = np.where(inside, np.maximum(people - usual * like, 0.0), 0.0)
    return found if found.sum() > STUDENT_TOWN * people[:, inside].sum() else np.zeros_like(found)


def closed(start: np.ndarray, survival: np.ndarray) -> np.ndarray:
    """The people of `start` who would be there at the end if nobody moved: (..., sex, age); ages born since are 0.

    survival: (step, ..., sex, age), by the age reached in each year between the censuses.

    >>> start = np.full((2, 101), 100.0)
    >>> survivors = closed(start, np.full((10, 2, 101), 0.99))
    >>> survivors[0, [9, 10]].round(1)
    array([ 0. , 90.4])
    """
    people = np.asarray(start, dtype=float)
    for lived in survival:
        reached = np.zeros_like(people)
        reached[..., 1:] = people[..., :-1]
        reached[..., -1] += people[..., -1]
        people = reached * lived
    return people


def cohort_change(start: np.ndarray, end: np.ndarray, survival: np.ndarray, least: float = 1.0) -> np.ndarray:
    """Log of the people found over those expected in a closed population, by the age reached: (..., sex, age).

    Zero for ages born since the start, and where fewer than `least` people were expected.

    >>> start, survival = np.full((2, 101), 100.0), np.ones((10, 2, 101))
    >>> round(float(cohort_change(start, 1.1 * start, survival)[0, 30]), 3)
    0.095
    """
    expected = closed(start, survival)
    found = np.maximum(np.asarray(end, dtype=float), 0.5)
    return np.where(expected >= least, np.log(found / np.maximum(expected, 0.5)), 0.0)


def yearly_rates(change: np.ndarray, years: int, smoothness: float = SMOOTHNESS) -> np.ndarray:
    """Net migration per person and year by the age reached, whose sums along cohorts are `change`: (..., sex, age).

    change: log cohort changes over `years`, by the age reached at the end (`cohort_change`). The yearly rate of an age
    is the same for all cohorts that pass it; of the many schedules that add up, the smoothest is taken (second
    differences, weight `smoothness`), so students who come at 18 and leave at 22 stay apart. Cohorts under five at the
    start are left out, as they were undercounted.
    """
    ages = len(SINGLE)
    passed = np.zeros((ages - years, ages))
    for row in range(5, ages - years):
        passed[row, row + 1 : row + years + 1] = 1.0
    bend = np.diff(np.eye(ages), n=2, axis=0)
    # Smoothness is per decade of sums, so that it acts alike on five and on ten years.
    normal = passed.T @ passed + smoothness * years**2 * bend.T @ bend + 1e-9 * np.eye(ages)
    rates = np.linalg.solve(normal, passed.T @ np.moveaxis(change[..., years:], -1, 0).reshape(ages - years, -1))
    return np.moveaxis(rates.reshape(ages, *change.shape[:-1]), 0, -1)


def migration_rates(
    start: np.ndarray, end: np.ndarray, survival: np.ndarray, smoothness: float = SMOOTHNESS
) -> np.ndarray:
    """Yearly net migration rates by sex and the age reached, from two censuses: (..., sex, age).

    Children under ten have the mean rate of women of 27 to 39; from 65 on the rates are zero.
    start, end: people at both censuses. survival: (year, ..., sex, age), one entry for each year between them.
    """
    rates = yearly_rates(cohort_change(start, end, survival), len(survival), smoothness)
    rates[..., :CHILDREN] = rates[..., 1:, MOTHERS].mean(axis=-1, keepdims=True)
    rates[..., STAYING:] = 0.0
    return rates


def migration_pattern(
    start: np.ndarray, end: np.ndarray, survival: np.ndarray, smoothness: float = SMOOTHNESS
) -> np.ndarray:
    """What sets the moves of a place apart from those of any place that grows as fast: yearly rates, (..., sex, age).

    `migration_rates` less that multiple of `growth_profile` which leaves nobody gained or lost among the people of `end`
    under 65. A university town gains at 18 and loses at 23 whatever its growth.
    """
    rates, people = migration_rates(start, end, survival, smoothness), np.asarray(end, dtype=float)
    usual = np.where(np.arange(len(SINGLE)) < STAYING, growth_profile(), 0.0)
    level = (rates * people).sum(axis=(-2, -1)) / (usual * people).sum(axis=(-2, -1))
    return rates - level[..., None, None] * usual


def own_ages(level: str, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of what may set a place's moves apart from those of any place that grows as fast: yearly rates, (draw, 1, 1, age).

    level: nation, province, city or district. Errors of neighbouring ages go together (first-order autoregression); their
    sums along cohorts of ten years, fading, have the spread of OWN_AGES. Children under ten move with their mothers.

    >>> own_ages("district", 200, np.random.default_rng(1)).shape
    (200, 1, 1, 101)
    """
    decade = sd_by_age(dict(zip(OWN_AGES_FROM, OWN_AGES[level], strict=True)))
    fading = FADING ** np.arange(DECADE)
    apart = np.abs(np.subtract.outer(np.arange(DECADE), np.arange(DECADE)))
    summed = np.sqrt(fading @ TOGETHER**apart @ fading)  # spread of a cohort's ten years over that of one
    rates = decade / summed * noise_by_age(draws, rng, TOGETHER)
    rates[:, :CHILDREN] = rates[:, MOTHERS].mean(axis=-1, keepdims=True)
    return rates[:, None, None]
