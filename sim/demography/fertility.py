"""Fertility: births per woman by single year of age from a total and a schedule, by birth order, by sex of the child.

Rates are (..., age) over ages 0 to 100+, births per woman and year, zero outside the ages given.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from sim.demography.graduation import monotone_spline
from sim.demography.life_tables import SINGLE

FERTILE = slice(15, 50)

# Mode, spread before it and spread after it, years, of the curve of Peristera and Kostaki (2007, Demographic Research
# 16, 141-194, eq. 1). Fitted to China 2025 in: United Nations, Department of Economic and Social Affairs, Population
# Division (2024), World Population Prospects 2024; the curve places 1.9 % of births at another age.
CHINA_2025 = (26.55, 5.644, 10.283)
MEAN_AGE = 29.2
"""Mean age at childbearing in China in 2025 by the same source, years."""

# First, second, third and later births: share of the TFR and the same three parameters each. Fitted to the 2020 census
# of Fuzhou (2020年福州市人口普查年鉴, table 6-3; total .590 + .517 + .105), which stands in for a national table; the curves
# place 3 to 6 % of births at another age.
FUZHOU_2020 = (
    (0.590, (26.138, 4.384, 6.469)),
    (0.517, (29.027, 5.270, 8.488)),
    (0.105, (32.385, 6.861, 6.590)),
)
FUZHOU_MEAN_AGE = 29.36

BOYS_PER_GIRL = 1.10
"""Sex ratio at birth, about that of China in 2025 (World Population Prospects 2024: 1.098)."""


# Of the ratio of all births without choice, and what is left of a ratio beyond it after a year: 117.9 boys for 100 girls were born in
# 2010 and 111.3 in 2020 (National Bureau of Statistics, censuses), of 1.06 and more .93 a year.
NORMAL_RATIO, RATIO_KEPT = 1.06, 0.93
RATIO_SPREAD = (
    0.04  # of its log between counties beyond chance: 80 % of 2,800 counties' ages 0-4 in 2020 lie within .07
)


def ratio_at_birth(boys: float, girls: float, above: float, years: ArrayLike, census: int) -> np.ndarray:
    """Boys born for each girl in `years`, from the youngest that a census counted: (year,).

    boys, girls: aged 0 to 4. above: boys for each girl in the area above, which few children are drawn to (by the variances of a
    place's own ratio, by chance, and between places, RATIO_SPREAD). What is beyond NORMAL_RATIO fades by RATIO_KEPT a year.

    >>> ratio_at_birth(56_000, 50_000, 1.11, [2020, 2030, 2060], 2020).round(2)
    array([1.12, 1.09, 1.06])
    """
    chance = 1 / boys + 1 / girls if min(boys, girls) > 0 else np.inf
    trust = RATIO_SPREAD**2 / (RATIO_SPREAD**2 + chance)
    own = np.log(boys / girls) if trust > 0 else 0.0
    level = np.exp(trust * own + (1 - trust) * np.log(above))
    return NORMAL_RATIO + (level - NORMAL_RATIO) * RATIO_KEPT ** (np.asarray(years, dtype=float) - census)


def schedule(mean_age: ArrayLike = MEAN_AGE) -> np.ndarray:
    """The share of total fertility at each age, with the given mean age of mothers: (..., age), summing to one.

    mean_age: (...), years, exact ages. The Chinese curve of 2025 is moved along; it does not change its spread.
    ValueError outside 25 to 35.

    >>> shares = schedule(29.0)
    >>> round(float(shares.sum()), 6), round(float(mean_age_of_mothers(shares)), 2)
    (1.0, 29.0)
    """
    mean_age = np.asarray(mean_age, dtype=float)
    if not ((mean_age >= 25) & (mean_age <= 35)).all():
        raise ValueError(
            f"Mean ages at childbearing from {mean_age.min():.1f} to {mean_age.max():.1f} were asked for; 25 to 35 are "
            f"covered. Give the schedule itself where it is another."
        )
    shift = _shift_for()(mean_age)
    mode, before, after = CHINA_2025
    return _on_fertile_ages(_curve(_middles(), mode + shift[..., None], before, after))


def asfr(tfr: ArrayLike, shares: ArrayLike | None = None) -> np.ndarray:
    """Births per woman and year at each age, summing to the total fertility rate: (..., age).

    tfr: (...), children per woman. shares: (..., age), summing to one; `schedule()` if left out.

    >>> round(float(asfr(1.1).sum()), 6)
    1.1
    """
    shares = schedule() if shares is None else np.asarray(shares, dtype=float)
    if shares.shape[-1] != len(SINGLE) or (shares < 0).any() or not np.allclose(shares.sum(axis=-1), 1, atol=1e-6):
        raise ValueError(
            f"A fertility schedule must hold {len(SINGLE)} shares, none negative, that sum to one; found shape "
            f"{shares.shape} with sums from {shares.sum(axis=-1).min():.6f} to {shares.sum(axis=-1).max():.6f}."
        )
    return np.asarray(tfr, dtype=float)[..., None] * shares


def shifted(rates: ArrayLike, years: float) -> np.ndarray:
    """The same fertility at ages later by `years` (earlier if negative), with the same TFR: (..., age).

    Read off the spline on cumulated fertility, so that a part of a year is a part of a year. What leaves the fertile
    ages is spread over those that stay.

    >>> later = shifted(asfr(1.1, schedule(28.0)), 1.0)
    >>> round(float(later.sum()), 3), round(float(mean_age_of_mothers(later)), 1)
    (1.1, 29.0)
    """
    rates = np.asarray(rates, dtype=float)
    edges = np.arange(rates.shape[-1] + 1)
    cumulated = np.concatenate([np.zeros_like(rates[..., :1]), np.cumsum(rates, axis=-1)], axis=-1)
    moved = np.diff(monotone_spline(edges, cumulated, np.clip(edges - years, 0, edges[-1])), axis=-1)
    return moved * (rates.sum(axis=-1) / moved.sum(axis=-1))[..., None]


def mean_age_of_mothers(rates: ArrayLike) -> np.ndarray:
    """Mean age at childbearing of a schedule, exact years: (...).

    >>> rates = np.zeros(101)
    >>> rates[30] = 1.0
    >>> float(mean_age_of_mothers(rates))
    30.5
    """
    rates = np.asarray(rates, dtype=float)
    return rates @ (np.arange(rates.shape[-1]) + 0.5) / rates.sum(axis=-1)


def by_order(rates: ArrayLike, shares: ArrayLike, women: ArrayLike | None = None) -> np.ndarray:
    """Fertility split into first, second, third and later births: (..., order, age), adding up to `rates` at each age.

    rates: (..., age). shares: (..., order), of all births, summing to one, as published or registered locally. women:
    (..., age), by which the births are reckoned; everyone alike if left out. Which order prevails at which age is
    Fuzhou's of 2020, carried along with the mean age of the rates; local shares enter by iterative proportional fitting
    (Deming and Stephan 1940). RuntimeError if it does not settle.

    >>> rates = asfr(1.1)
    >>> orders = by_order(rates, np.array([0.5, 0.35, 0.15]))
    >>> orders.shape, bool(np.allclose(orders.sum(axis=0), rates))
    ((3, 101), True)
    """
    rates, shares = np.asarray(rates, dtype=float), np.asarray(shares, dtype=float)
    if shares.shape[-1] != len(FUZHOU_2020) or (shares < 0).any() or not np.allclose(shares.sum(axis=-1), 1, atol=1e-6):
        raise ValueError(f"Shares of first, second, third and later births must sum to one; found {shares}.")
    weights = rates if women is None else rates * np.asarray(women, dtype=float)
    wanted = shares * weights.sum(axis=-1)[..., None]
    leaning = _order_pattern(mean_age_of_mothers(rates) - FUZHOU_MEAN_AGE)
    factors = np.ones(np.broadcast_shapes(leaning.shape[:-1], shares.shape))
    for _ in range(500):
        mixed = factors[..., None] * leaning
        part = mixed / mixed.sum(axis=-2, keepdims=True)
        found = (part * weights[..., None, :]).sum(axis=-1)
        if np.allclose(found, wanted, rtol=1e-10, atol=1e-12 * weights.max()):
            return part * rates[..., None, :]
        factors = factors * np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
    raise RuntimeError("Birth orders could not be fitted to these shares.")


def births_by_sex(births: ArrayLike, boys_per_girl: ArrayLike = BOYS_PER_GIRL) -> np.ndarray:
    """Births split into boys and girls: (..., sex).

    >>> births_by_sex(206.0, boys_per_girl=1.06)
    array([106., 100.])
    """
    births, ratio = np.asarray(births, dtype=float), np.asarray(boys_per_girl, dtype=float)
    girls = births / (1 + ratio)
    return np.stack([births - girls, girls], axis=-1)


def _middles() -> np.ndarray:
    return np.arange(FERTILE.start, FERTILE.stop) + 0.5


def _curve(ages: np.ndarray, mode: np.ndarray | float, before: float, after: float) -> np.ndarray:
    return np.exp(-(((ages - mode) / np.where(ages < mode, before, after)) ** 2))


def _on_fertile_ages(values: np.ndarray) -> np.ndarray:
    """Values on the fertile ages, made to sum to one, on all ages: (..., age)."""
    whole = np.zeros(values.shape[:-1] + (len(SINGLE),))
    whole[..., FERTILE] = values / values.sum(axis=-1, keepdims=True)
    return whole


@cache
def _shift_for() -> CubicSpline:
    """How far the curve moves for a mean age: it is cut off at 15 and 50, so the mean moves less than the mode."""
    mode, before, after = CHINA_2025
    shifts = np.linspace(-8, 15, 461)
    moved = _on_fertile_ages(_curve(_middles(), mode + shifts[:, None], before, after))
    return CubicSpline(mean_age_of_mothers(moved), shifts)


def _order_pattern(shift: np.ndarray) -> np.ndarray:
    """Births by order and age up to a factor: (..., order, age). Ages far from every curve keep a trace of each."""
    ages = np.arange(len(SINGLE)) + 0.5 - np.asarray(shift)[..., None]
    curves = [share * _curve(ages, *curve) / (curve[1] + curve[2]) for share, curve in FUZHOU_2020]
    return np.stack(curves, axis=-2) + 1e-12
