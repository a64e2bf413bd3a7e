"""People made to agree with what else is known of them: births, women and fertility, local totals, predecessors.

Arrays are (sex, age), sexes male and female, ages 0..99 and an open 100+.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.demography.census_ages import AGES, FEMALE

BIRTHS_SD = 0.04  # births from a published rate times a population
CHILD_MOVES_SD = 0.02  # children who move in or out, per year of age
FERTILITY_SD = 0.10  # log total fertility of an area around its parent's


def survivors_of_births(
    births: dict[int, float], person_years: np.ndarray, year: int, sex_ratio: float = 1.11
) -> np.ndarray:
    """Children 0..4 at the end of `year` whom the births of their years leave: (sex, 5), NaN where births are unknown.

    >>> lived = np.ones((2, 101))
    >>> survivors_of_births({2020: 211.0}, lived, 2020, sex_ratio=1.11)[:, :2]
    array([[111.,  nan],
           [100.,  nan]])
    """
    boys = sex_ratio / (1 + sex_ratio)
    share = np.array([boys, 1 - boys])[:, None]
    by_age = np.array([births.get(year - age, np.nan) for age in range(5)])
    return share * by_age * person_years[:, :5]


def reconcile_children(
    people: np.ndarray, expected: np.ndarray, counted_sd: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Ages 0-4 between what was counted and what the births leave, each by its precision on the log scale.

    people: (sex, age) at the year end. expected: (sex, 5) from `survivors_of_births`. counted_sd: (5,), of log counts.
    Returns the people with new ages 0-4, and the standard deviation of the log count left at each age (5,).

    >>> people, expected = np.full((2, 101), 100.0), np.full((2, 5), 121.0)
    >>> found, left = reconcile_children(people, expected, counted_sd=0.05)
    >>> bool(((found[:, :5] > 100) & (found[:, :5] < 121)).all())
    True
    """
    counted = people[:, :5]
    children_sd = np.hypot(BIRTHS_SD, CHILD_MOVES_SD * np.arange(5))
    weight = 1 / children_sd**2 / (1 / children_sd**2 + 1 / np.asarray(counted_sd) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log(np.nansum(expected, axis=0) / counted.sum(axis=0))
    known = np.isfinite(expected).all(axis=0) & np.isfinite(ratio)
    shift = np.where(known, weight * np.where(known, ratio, 0.0), 0.0)
    left = np.where(known, np.sqrt(1 - weight) * np.asarray(counted_sd), counted_sd)
    adjusted = people.copy()
    adjusted[:, :5] = counted * np.exp(shift)
    return adjusted, left


def reconcile_women(
    people: np.ndarray, births: float, fertility: np.ndarray, women_sd: float, fertility_sd: float = FERTILITY_SD
) -> tuple[np.ndarray, float]:
    """Women 20-39 and total fertility brought to agree with the births, each giving way by its own uncertainty.

    people: (sex, age) at mid-year or near it. births: known births of that year. fertility: (101,), births per woman by
    age as expected here (the parent's level). women_sd, fertility_sd: of the logs. Returns the people and the factor by
    which fertility must be multiplied; women x fertility then gives the births.

    >>> people, rates = np.full((2, 101), 100.0), np.zeros(101)
    >>> rates[20:40] = 0.05
    >>> moved, factor = reconcile_women(people, births=121.0, fertility=rates, women_sd=0.05)
    >>> bool(100 < moved[1, 30] < 121 and 1 < factor < 1.21)
    True
    """
    young = slice(20, 40)
    expected = people[FEMALE] @ fertility
    if expected <= 0 or births <= 0:
        raise ValueError(f"Births {births:,.0f} against {expected:,.0f} expected: both must be positive.")
    variance = women_sd**2 + fertility_sd**2
    share = women_sd**2 / variance if variance else 0.0
    factor = (births / expected) ** share
    adjusted = people.copy()
    adjusted[FEMALE, young] *= factor
    return adjusted, births / (adjusted[FEMALE] @ fertility)


def fit_to_margins(
    shape: np.ndarray,
    total: float,
    broad: dict[tuple[int, int], float] | None = None,
    sexes: tuple[float, float] | None = None,
    rounds: int = 200,
) -> np.ndarray:
    """A parent's (sex, age) shape fitted to local totals by iterative proportional fitting (Deming and Stephan 1940).

    broad: people by (first age, last age), for instance {(0, 14): ..., (65, 100): ...}; they may cover a part of the
    ages and must not overlap; the rest takes what the total leaves. sexes: males, females. Raises ValueError where the
    figures contradict each other.

    >>> town = fit_to_margins(np.ones((2, 101)), 1000.0, {(0, 14): 200.0}, sexes=(520.0, 480.0))
    >>> round(float(town[:, :15].sum()), 6), town.sum(axis=1).round(6)
    (200.0, array([520., 480.]))
    """
    fitted = np.asarray(shape, dtype=float) * (total / np.sum(shape))
    broad = broad or {}
    taken = np.zeros(AGES, dtype=bool)
    for low, high in broad:
        if taken[low : high + 1].any():
            raise ValueError(f"Broad ages overlap at {low}-{high}: {sorted(broad)}.")
        taken[low : high + 1] = True
    rest = total - sum(broad.values())
    if rest < 0 or (taken.all() and abs(rest) > 0.005 * total):
        raise ValueError(f"Broad ages add up to {total - rest:,.0f}, but the total is {total:,.0f}.")
    if sexes is not None and abs(sum(sexes) - total) > 0.005 * total:
        raise ValueError(f"Males and females add up to {sum(sexes):,.0f}, but the total is {total:,.0f}.")
    for _ in range(rounds):
        before = fitted.copy()
        for (low, high), people in broad.items():
            fitted[:, low : high + 1] *= people / fitted[:, low : high + 1].sum()
        if not taken.all():
            fitted[:, ~taken] *= rest / fitted[:, ~taken].sum()
        if sexes is not None:
            fitted *= (np.asarray(sexes) / fitted.sum(axis=1))[:, None]
        if np.abs(fitted - before).max() <= 1e-10 * total:
            break
    return fitted


def less_a_part(people: np.ndarray, leaving: float, like: np.ndarray) -> np.ndarray:
    """Those who stay when a part of an area goes to another and only its size is known: (sex, age).

    people: (sex, age), the whole area. leaving: persons in the part. like: (sex, age), a neighbour whose age structure
    is taken for that of the people who stay, as far as there are enough of them at each age. A part that is unlike the
    rest (a university town, an industrial zone) thus takes its own ages with it. Raises ValueError where more would
    leave than live there.

    >>> whole = np.full((2, 101), 10.0)
    >>> whole[:, 18:22] += 100.0
    >>> stays = less_a_part(whole, leaving=800.0, like=np.full((2, 101), 1.0))
    >>> round(float(stays.sum()), 6), stays[0, [10, 20]].round(2)
    (2020.0, array([10., 10.]))
    """
    people, like = np.asarray(people, dtype=float), np.asarray(like, dtype=float)
    stay = people.sum() - leaving
    if leaving < 0 or stay <= 0 or stay > people.sum():
        raise ValueError(f"{leaving:,.0f} of {people.sum():,.0f} people cannot be the part that leaves.")
    low, high = 0.0, people.sum() / like.sum()
    while np.minimum(high * like, people).sum() < stay:
        high *= 2
    for _ in range(100):
        factor = (low + high) / 2
        enough = np.minimum(factor * like, people).sum() >= stay
        low, high = (low, factor) if enough else (factor, high)
    kept = np.minimum(high * like, people)
    return kept * (stay / kept.sum())
