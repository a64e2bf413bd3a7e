"""Graduation: from groups of ages to single years, by monotone splines on what has cumulated.

Rates and people are never divided evenly or repeated within a group: that would move births and ageing by months.
Every function keeps what the groups say: e0, TFR, the people of each group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from sim.demography.life_tables import ABRIDGED, SINGLE, life_expectancy, life_table


def monotone_spline(knots: ArrayLike, cumulated: ArrayLike, at: ArrayLike) -> np.ndarray:
    """Values of a smooth rising curve through (knots, cumulated), at the points `at`: (..., point).

    cumulated: (..., knot), not falling. A cubic spline with continuous curvature whose slopes are held between zero and
    three times the smaller neighbouring secant, which is enough to keep it rising (Hyman 1983, SIAM J. Sci. Stat.
    Comput. 4, 645). ValueError when the values fall somewhere.

    >>> monotone_spline([0, 5, 10], [0.0, 50.0, 80.0], [0, 5, 10])
    array([ 0., 50., 80.])
    """
    knots, cumulated = np.asarray(knots, dtype=float), np.asarray(cumulated, dtype=float)
    secants = np.diff(cumulated, axis=-1) / np.diff(knots)
    if (secants < 0).any():
        raise ValueError("Cumulated values fall: a group holds a negative number of people, births or deaths.")
    slopes = CubicSpline(knots, cumulated, axis=-1).derivative()(knots)
    edge = np.concatenate([secants[..., :1], secants, secants[..., -1:]], axis=-1)
    limit = 3 * np.minimum(edge[..., :-1], edge[..., 1:])
    slopes = np.clip(slopes, 0, limit)
    return CubicHermiteSpline(knots, cumulated, slopes, axis=-1)(at)


def graduate_people(groups: ArrayLike, bounds: ArrayLike) -> np.ndarray:
    """People by single year of age, each group keeping its people: (..., age), ages bounds[0] to bounds[-1] - 1.

    groups: (..., group), persons. bounds: the lower bound of each group and, last, the upper bound of the oldest, so one
    more than there are groups: (0, 1, 5, 10, ..., 85). An open group is opened first: `open_last_group`.

    >>> single = graduate_people([500.0, 400.0, 300.0], (0, 5, 10, 15))
    >>> single.reshape(3, 5).sum(axis=1).round(6)
    array([500., 400., 300.])
    """
    groups, bounds = np.asarray(groups, dtype=float), np.asarray(bounds)
    _check_bounds(groups, bounds)
    cumulated = np.concatenate([np.zeros_like(groups[..., :1]), np.cumsum(groups, axis=-1)], axis=-1)
    return np.diff(monotone_spline(bounds, cumulated, np.arange(bounds[0], bounds[-1] + 1)), axis=-1)


def graduate_fertility(
    asfr: np.ndarray, bounds: ArrayLike = tuple(range(15, 55, 5)), women: np.ndarray | None = None
) -> np.ndarray:
    """Births per woman by single year of age, with the same TFR: (..., age).

    asfr: (..., group), births per woman and year in each group. bounds as in `graduate_people`; the answer covers the
    ages bounds[0] to bounds[-1] - 1. The curve is drawn on cumulated fertility.
    women: (..., age) at those ages. A group's published rate is its births over its women, which is the plain mean of
    its single rates only where women are equally many at each age; with `women` the rates of the groups so reckoned
    keep their proportions, without them the plain means are kept. In China the difference moves births by up to .15 %.
    RuntimeError if the proportions do not settle.

    >>> five = np.array([0.01, 0.06, 0.09, 0.05, 0.02, 0.005, 0.0])
    >>> single = graduate_fertility(five)
    >>> single.shape, round(float(single.sum()), 3), round(5 * float(five.sum()), 3)
    ((35,), 1.175, 1.175)
    """
    asfr, bounds = np.asarray(asfr, dtype=float), np.asarray(bounds)
    _check_bounds(asfr, bounds)
    held = asfr * np.diff(bounds)
    single = graduate_people(held, bounds)
    if women is None:
        return single
    total = held.sum(axis=-1, keepdims=True)
    for _ in range(100):
        found = _rates_of_groups(single, women, bounds)
        ratio = np.divide(asfr, found, out=np.ones_like(found), where=found > 0)
        held = held * ratio
        held = held * (total / held.sum(axis=-1, keepdims=True))
        new = graduate_people(held, bounds)
        if np.abs(new - single).max() <= 1e-12 * new.max():
            return new
        single = new
    raise RuntimeError("Fertility could not be graduated so that the groups keep their proportions; are women missing?")


def _rates_of_groups(rates: np.ndarray, women: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Births over women by group: (..., group)."""
    women = np.broadcast_to(np.asarray(women, dtype=float), rates.shape)
    births = np.add.reduceat(rates * women, bounds[:-1] - bounds[0], axis=-1)
    return births / np.add.reduceat(women, bounds[:-1] - bounds[0], axis=-1)


def graduate_mortality(mx: np.ndarray, ages: Sequence[int] = ABRIDGED) -> np.ndarray:
    """Death rates by single year of age 0 to 100+, with the same e0 and survivors on the way: (..., sex, age).

    mx: (..., sex, age), abridged. From age 1 the curve is drawn on the cumulated hazard -log l(x); the infants and the
    open group keep their rate. The rest is then scaled, by a few parts in ten thousand, until e0 is the abridged
    table's to 1e-10 years.

    >>> from sim.demography.life_tables import life_expectancy
    >>> from sim.demography.mortality import mx_for
    >>> abridged = mx_for(np.array([75.0, 80.0]))[:, list(ABRIDGED)]
    >>> single = graduate_mortality(abridged)
    >>> single.shape, bool(np.allclose(life_expectancy(single), life_expectancy(abridged, ABRIDGED), atol=0.01))
    ((2, 101), True)
    """
    table = life_table(mx, ages)
    hazard = -np.log(table.lx[..., 1:])
    # The root of age stretches early childhood, where the hazard falls fastest and a spline on age would halve it.
    yearly = np.diff(monotone_spline(np.sqrt(ages[1:]), hazard, np.sqrt(np.arange(1, ages[-1] + 1))), axis=-1)
    # A year's hazard is its death rate but for terms of the third order; the scaling takes them up.
    rates = np.concatenate([table.mx[..., :1], yearly, table.mx[..., -1:]], axis=-1)
    return scaled_to_e0(rates, table.e0)


def scaled_to_e0(mx: ArrayLike, e0: ArrayLike, ages: Sequence[int] = SINGLE) -> np.ndarray:
    """The same death rates times one factor per table, so that life expectancy is `e0`: (..., sex, age).

    e0: (..., sex), years. Meant for small distances: a target far from the rates asks for a change of shape, which
    `sim.demography.mortality` has. Newton's method on the log of the factor; RuntimeError if it does not settle.

    >>> from sim.demography.life_tables import life_expectancy
    >>> life_expectancy(scaled_to_e0(np.full((2, 101), 0.02), np.array([70.0, 75.0]))).round(3)
    array([70., 75.])
    """
    mx, e0 = np.asarray(mx, dtype=float), np.asarray(e0, dtype=float)
    log_factor = np.zeros(np.broadcast_shapes(mx.shape[:-1], e0.shape))
    nudge = 1e-4
    for _ in range(30):
        off = life_expectancy(np.exp(log_factor)[..., None] * mx, ages) - e0
        if (np.abs(off) < 1e-10).all():
            return np.exp(log_factor)[..., None] * mx
        slope = (life_expectancy(np.exp(log_factor + nudge)[..., None] * mx, ages) - e0 - off) / nudge
        log_factor = log_factor - off / slope
    raise RuntimeError(
        f"No factor on the death rates gives these life expectancies; the farthest is off by {off.max()}."
    )


def open_last_group(people: ArrayLike, person_years: ArrayLike, first: int = 85) -> np.ndarray:
    """An open group spread over single years up to 100+: (..., age), ages `first` to 100+, keeping its total.

    people: (..., 2), persons in the five years below the open group (80-84) and in the open group (85+).
    person_years: (..., age), Lx by single year 0 to 100+ of a life table of that population. The spread is that of a
    stable population: Lx exp(-r x), with r such that it also has the given number in the group below, held within 10 %
    a year (small areas have odd pairs of numbers). Nobody in the group below: r is zero.

    >>> opened = open_last_group(np.array([160.0, 200.0]), np.linspace(1.0, 0.1, 101) * np.ones((2, 1)))
    >>> opened.shape, opened.sum(axis=-1).round(6)
    ((2, 16), array([200., 200.]))
    """
    below, last = np.asarray(people, float)[..., 0], np.asarray(people, float)[..., 1]
    lived = np.asarray(person_years, dtype=float)[..., first - 5 :]
    ages = np.arange(lived.shape[-1])
    wanted = np.divide(last, below, out=np.full(np.shape(last), np.nan), where=below > 0)
    low, high = np.full(np.shape(last), -0.1), np.full(np.shape(last), 0.1)
    for _ in range(40):
        growth = (low + high) / 2
        stable = lived * np.exp(-growth[..., None] * ages)
        ratio = stable[..., 5:].sum(axis=-1) / stable[..., :5].sum(axis=-1)
        low, high = np.where(ratio > wanted, growth, low), np.where(ratio > wanted, high, growth)
    growth = np.where(np.isnan(wanted), 0.0, (low + high) / 2)
    old = (lived * np.exp(-growth[..., None] * ages))[..., 5:]
    return old * (last / old.sum(axis=-1))[..., None]


def _check_bounds(groups: np.ndarray, bounds: np.ndarray) -> None:
    if groups.shape[-1] != len(bounds) - 1 or (np.diff(bounds) <= 0).any():
        raise ValueError(
            f"{groups.shape[-1]} groups need {groups.shape[-1] + 1} rising bounds (the last one the upper bound of the "
            f"oldest group); found {list(bounds)}."
        )
