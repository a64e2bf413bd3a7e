"""Life tables: from death rates by age to survivors, person-years, survival from year to year, life expectancy.

Every function takes whole arrays, (..., sex, age) with sexes in the order male, female, and works on the last axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

SINGLE = tuple(range(101))
"""Lower bounds of single years of age, 0 to 100 and over."""

ABRIDGED = (0, 1, *range(5, 101, 5))
"""Lower bounds of the abridged table: 0, 1-4, 5-9, ..., 95-99, 100 and over."""


@dataclass(frozen=True)
class LifeTable:
    """One life table per leading index. All arrays but `ages` are (..., sex, age).

    ages: lower bounds, the last one open. mx: deaths per person-year. ax: years lived in the interval by those who die
    in it. qx: chance of dying in the interval. lx: survivors to the lower bound, of one birth. person_years: Lx, years
    lived in the interval per birth.
    """

    ages: tuple[int, ...]
    mx: np.ndarray
    ax: np.ndarray
    qx: np.ndarray
    lx: np.ndarray
    person_years: np.ndarray

    @cached_property
    def expectation(self) -> np.ndarray:
        """Remaining years of life at each lower bound, ex: (..., sex, age)."""
        years_ahead = np.cumsum(self.person_years[..., ::-1], axis=-1)[..., ::-1]
        return years_ahead / self.lx

    @property
    def e0(self) -> np.ndarray:
        """Life expectancy at birth: (..., sex), years."""
        return self.person_years.sum(axis=-1)

    def survival(self) -> np.ndarray:
        """Survival ratios by age reached, on equal widths: (..., sex, age). See `survival_ratios`.

        An abridged table starting 0, 1-4 is first joined to 0-4.
        """
        lived, width = self.person_years, self.ages[-1] - self.ages[-2]
        if self.ages[1] != width:
            lived = np.concatenate([lived[..., :2].sum(axis=-1, keepdims=True), lived[..., 2:]], axis=-1)
        return survival_ratios(lived, width)


def life_table(mx: ArrayLike, ages: Sequence[int] = SINGLE) -> LifeTable:
    """The life table that belongs to death rates by age.

    mx: (..., sex, age), deaths per person-year, all positive. ages: lower bounds, `SINGLE`, `ABRIDGED` or an abridged
    table that opens earlier.
    qx = n m / (1 + (n - a) m) (Greville 1943; Preston, Heuveline and Guillot 2001, eq. 3.7) and L = l / m in the open
    group. ValueError when rates and ages do not match, or a rate is not positive.

    >>> table = life_table(np.full((2, 101), 0.02))
    >>> table.e0.round(1)
    array([50., 50.])
    """
    mx = np.asarray(mx, dtype=float)
    _check_rates(mx, ages)
    widths = np.diff(ages)
    ax = years_lived_by_the_dying(mx, ages)
    closed = mx[..., :-1]
    qx = np.ones_like(mx)
    # A rate so high that the formula passes one means that nobody reaches the next age.
    np.minimum(widths * closed / (1 + (widths - ax[..., :-1]) * closed), 1.0, out=qx[..., :-1])
    lx = np.ones_like(mx)
    np.cumprod(1 - qx[..., :-1], axis=-1, out=lx[..., 1:])
    # Deaths over their rate: n l[x+n] + a d in the closed groups, and l / m in the open one.
    return LifeTable(tuple(ages), mx, ax, qx, lx, lx * qx / mx)


def years_lived_by_the_dying(mx: np.ndarray, ages: Sequence[int] = SINGLE) -> np.ndarray:
    """ax: (..., sex, age), years; in the open group 1 / m.

    Under one year, and from one to four where the table has that group: Coale and Demeny (1983), model West, by sex.
    From 15 on: Greville (1943), ax = n/2 - n^2/12 (m[x] - k), where k is the slope of log m between the neighbours, the
    open group being the last one's neighbour. In between, half the interval. This is the United Nations' practice.

    >>> years_lived_by_the_dying(np.full((2, 101), 0.02))[0, [30, 100]].round(2)
    array([ 0.5, 50. ])
    """
    widths = np.diff(ages)
    ax = np.empty_like(mx)
    ax[..., :-1] = widths / 2
    ax[..., -1] = 1 / mx[..., -1]
    infant, child = _coale_demeny(mx[..., 0])
    ax[..., 0] = infant
    if tuple(ages[:3]) == (0, 1, 5):
        ax[..., 1] = child
    first = list(ages).index(15)
    n = widths[first]
    slopes = np.log(mx[..., first + 1 :] / mx[..., first - 1 : -2]) / (2 * n)
    ax[..., first:-1] = n / 2 - n**2 / 12 * (mx[..., first:-1] - slopes)
    return ax


def survival_ratios(person_years: ArrayLike, width: int = 1) -> np.ndarray:
    """The share of people who live on to the next age, by the age they reach: (..., age).

    person_years: Lx on ages of equal `width`, the last one open. At index 0 the share of the births of an interval
    who live at its end, L0 / n; at x, L[x] / L[x-n]; at the open age, L[open] / (L[open-n] + L[open]), for both the
    people who enter it and those who were in it (United Nations, 1983, Manual X; Preston et al. 2001, ch. 6).

    >>> survival_ratios([1.0, 0.9, 0.45, 0.45])
    array([1. , 0.9, 0.5, 0.5])
    """
    lived = np.asarray(person_years, dtype=float)
    ratios = np.empty_like(lived)
    ratios[..., 0] = lived[..., 0] / width
    ratios[..., 1:-1] = lived[..., 1:-1] / lived[..., :-2]
    ratios[..., -1] = lived[..., -1] / (lived[..., -2] + lived[..., -1])
    return ratios


def survival(mx: ArrayLike, ages: Sequence[int] = SINGLE) -> np.ndarray:
    """Survival ratios by age reached, straight from death rates: (..., sex, age).

    >>> round(float(survival(np.full((2, 101), 0.02))[0, 31]), 4)
    0.9802
    """
    return life_table(mx, ages).survival()


def life_expectancy(mx: ArrayLike, ages: Sequence[int] = SINGLE) -> np.ndarray:
    """Life expectancy at birth, straight from death rates: (..., sex), years.

    >>> life_expectancy(np.full((2, 101), 0.0125)).round(1)
    array([80., 80.])
    """
    return life_table(mx, ages).e0


def _coale_demeny(infant_rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a0 and 4a1 from the infants' death rate, (..., sex): Coale and Demeny 1983, as in Preston et al. 2001, table 3.3."""
    high = infant_rate >= 0.107
    male = np.array([True, False])
    infant = np.where(
        male,
        np.where(high, 0.33, 0.045 + 2.684 * infant_rate),
        np.where(high, 0.35, 0.053 + 2.800 * infant_rate),
    )
    child = np.where(
        male,
        np.where(high, 1.352, 1.651 - 2.816 * infant_rate),
        np.where(high, 1.361, 1.522 - 1.518 * infant_rate),
    )
    return infant, child


def _check_rates(mx: np.ndarray, ages: Sequence[int]) -> None:
    if mx.ndim < 2 or mx.shape[-2] != 2 or mx.shape[-1] != len(ages):
        raise ValueError(
            f"Death rates have shape {mx.shape}; (..., sex, age) with 2 sexes (male, female) and {len(ages)} ages "
            f"from {ages[0]} to {ages[-1]}+ was expected."
        )
    if not (np.isfinite(mx).all() and (mx > 0).all()):
        wrong = np.argwhere(~(np.isfinite(mx) & (mx > 0)))[0]
        raise ValueError(
            f"Death rates must be positive; found {mx[tuple(wrong)]} at index {tuple(int(i) for i in wrong)} of "
            f"(..., sex, age). Take a model table (sim.demography.mortality) where too few people died to observe a rate."
        )
