"""Migration: who moves, by age and sex, when only a total, a rate or a schedule is known.

A `Move` is called once a year with the people expected at its end if nobody moved, and answers with net migrants.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sim.demography.life_tables import SINGLE

Move = Callable[[int, np.ndarray], np.ndarray]
"""(step from 0, expected people (draw, region, sex, age)) -> net migrants, of a shape that broadcasts to the same."""

# a1, alpha1 of children; a2, alpha2, mu2, lambda2 of young workers; c of everyone. The standard of Rogers and Castro
# (1981), Model Migration Schedules, IIASA Research Report RR-81-30.
ROGERS_CASTRO = (0.02, 0.10, 0.06, 0.10, 20.0, 0.40, 0.003)


def rogers_castro(ages: ArrayLike, parameters: tuple[float, ...] = ROGERS_CASTRO) -> np.ndarray:
    """Migration by age up to a factor, at exact `ages`: children with their parents, a peak of young workers, a floor.

    m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2))) + c (Rogers and Castro 1981, eq. 1,
    without the retirement hump).

    >>> ages = np.arange(101)
    >>> int(ages[np.argmax(rogers_castro(ages))])
    23
    """
    a1, alpha1, a2, alpha2, mu2, lambda2, c = parameters
    x = np.asarray(ages, dtype=float)
    return a1 * np.exp(-alpha1 * x) + a2 * np.exp(-alpha2 * (x - mu2) - np.exp(-lambda2 * (x - mu2))) + c


def textbook_profile(oldest: int = 85) -> np.ndarray:
    """Shares of migrants by sex and single year, summing to one: (sex, age). Sexes alike; nobody from `oldest` on.

    >>> shares = textbook_profile()
    >>> shares.shape, round(float(shares.sum()), 6), float(shares[:, 85:].sum())
    ((2, 101), 1.0, 0.0)
    """
    ages = np.array(SINGLE)
    values = np.where(ages < oldest, rogers_castro(ages + 0.5), 0.0)
    return as_profile(np.stack([values, values]))


def as_profile(migrants: ArrayLike) -> np.ndarray:
    """Migrants by sex and age as shares of their total: (..., sex, age). ValueError when the total is zero.

    For an observed schedule: net migrants of one period, backed out by `residual_migrants` or published.

    >>> as_profile(np.array([[30.0, 10.0], [20.0, 40.0]]))
    array([[0.3, 0.1],
           [0.2, 0.4]])
    """
    migrants = np.asarray(migrants, dtype=float)
    total = migrants.sum(axis=(-2, -1), keepdims=True)
    if (total == 0).any():
        raise ValueError("Migrants sum to zero, so they have no shares; give them as numbers (`by_number`).")
    return migrants / total


def residual_migrants(start: np.ndarray, end: np.ndarray, survival: np.ndarray, births: np.ndarray) -> np.ndarray:
    """Net migrants of one interval, as what births and deaths leave unexplained: (..., sex, age).

    start, end: people one interval apart, (..., sex, age). survival: by age reached. births: (..., sex), in the
    interval. Errors of counts and rates end up here too (the census survival method; United Nations 1970, Manual VI).

    >>> residual_migrants([[100.0, 50.0]], [[10.0, 160.0]], np.ones((1, 2)), [8.0])
    array([[ 2., 10.]])
    """
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    entering = np.concatenate([np.asarray(births, dtype=float)[..., None], start[..., :-1]], axis=-1)
    entering[..., -1] += start[..., -1]
    return end - entering * survival


def nobody(step: int, expected: np.ndarray) -> np.ndarray:
    """A closed population.

    >>> float(nobody(0, np.full((1, 1, 2, 101), 100.0)))
    0.0
    """
    return np.zeros(())


def by_number(migrants: ArrayLike) -> Move:
    """Net migrants as given: (step, ..., sex, age), persons, broadcast to draws and regions.

    >>> arrivals = np.full((1, 1, 1, 2, 101), 2.0)
    >>> float(by_number(arrivals)(0, np.full((1, 1, 2, 101), 100.0)).sum())
    404.0
    """
    migrants = np.asarray(migrants, dtype=float)
    return lambda step, expected: migrants[step]


def by_total(total: ArrayLike, arriving: np.ndarray | None = None, leaving: np.ndarray | None = None) -> Move:
    """Net migrants from their total, persons: (step, draw, region).

    Where more arrive than leave, they come in the shares `arriving`, (..., sex, age) summing to one. Where more leave,
    they are taken from the people who live there by the relative rates `leaving`, (..., sex, age), so that no age is
    emptied below zero by those who are no longer there. Both are the textbook schedule if left out.

    >>> people = np.full((1, 1, 2, 101), 100.0)
    >>> moved = by_total(np.full((1, 1, 1), -500.0))(0, people)
    >>> round(float(moved.sum()), 6), bool((moved <= 0).all())
    (-500.0, True)
    """
    total = np.asarray(total, dtype=float)
    return lambda step, expected: _shared_out(total[step], expected, arriving, leaving)


def _shared_out(
    total: np.ndarray, expected: np.ndarray, arriving: np.ndarray | None, leaving: np.ndarray | None
) -> np.ndarray:
    arriving = textbook_profile() if arriving is None else arriving
    total = np.broadcast_to(total, expected.shape[:-2])[..., None, None]
    if (total >= 0).all():
        return total * arriving
    at_risk = expected * (textbook_profile() if leaving is None else leaving)
    at_risk /= at_risk.sum(axis=(-2, -1), keepdims=True)
    return total * np.where(total >= 0, arriving, at_risk)
