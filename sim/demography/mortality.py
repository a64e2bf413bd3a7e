"""Model mortality: death rates by single year of age whose life expectancy is exactly the one asked for.

The pattern is Chinese. For each sex two curves, one of high and one of low mortality, were fitted to the death rates of
World Prospects 2024 for China; log rates run on the straight line through both, as in Lee and Carter (1992), and the
place on the line is where life expectancy is right. Only the parameters below are kept, not the tables.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from sim.demography.life_tables import SINGLE, life_expectancy, survival

# Rows: high mortality, low mortality; for males, then for females. Columns: A, B, C of childhood, D, E, F of the middle
# ages (Heligman and Pollard 1980, J. Inst. Actuaries 107), the level, slope and bend of old age around 70 (a Gompertz
# curve on tens of years, with a square term), and the open group's rate over the curve's rate at 100.
# Fitted to China, 2015-2020 to 2050-2055, in: United Nations, Department of Economic and Social Affairs, Population
# Division (2024), World Population Prospects 2024. Error against the same tables at the same e0, 2015-2020 to 2055-2060:
# rates off by 3 to 4 % weighted by deaths and 4 to 9 % over ages (root mean squares), infants by at most 10 %, yearly
# survival under 90 by at most .007. Outside, 2000-2015 and 2060-2100: 3 to 18 % weighted by deaths, infants by half,
# survival by .018.
CURVES = np.array(
    [
        [
            [7.6145, 0.0001, 0.047085, 0.00027608, 14.047, 23.343, -3.4764, 1.0084, 0.019473, 0.94774],
            [8.1197, 0.33522, 0.28026, 8.8425e-05, 21.041, 23.633, -4.1854, 1.0886, 0.04801, 0.80217],
        ],
        [
            [7.5214, 0.00026406, 0.047879, 0.00023744, 13.348, 24.591, -4.0551, 1.1174, 0.026389, 0.85745],
            [8.327, 0.001275, 0.050776, 0.00028728, 1.5879, 45, -4.6901, 1.2701, 0.012175, 0.93953],
        ],
    ]
)

REACH = (60.0, 97.0)
"""Life expectancies the curves are used for, years. Fitted from 74.8 to 82.0 for males and 80.4 to 85.6 for females."""

GAP = 5.51
"""Years by which women outlive men in China, census 2020: 80.88 - 75.37 (National Bureau of Statistics)."""


def mx_for(e0: ArrayLike) -> np.ndarray:
    """Death rates by single year of age with the given life expectancy: (..., sex, age).

    e0: (..., sex), years, male and female. Exact to 1e-6 years by the life table of `sim.demography.life_tables`. ValueError
    outside `REACH`.

    >>> from sim.demography.life_tables import life_expectancy
    >>> life_expectancy(mx_for(np.array([75.0, 80.0]))).round(2)
    array([75., 80.])
    """
    e0 = np.asarray(e0, dtype=float)
    _check_expectancy(e0)
    level, change = _line()
    places = _places()
    rates = np.empty(e0.shape + (len(SINGLE),))
    for sex in (0, 1):
        place = places[sex](e0[..., sex])
        np.multiply(place[..., None], change[sex], out=rates[..., sex, :])
    rates += level
    return np.exp(rates, out=rates)


def survival_for(e0: ArrayLike) -> np.ndarray:
    """Survival ratios by the age reached, with the given life expectancy: (..., sex, age). e0: (..., sex).

    >>> survival_for(np.array([75.0, 80.0])).shape
    (2, 101)
    """
    e0 = np.asarray(e0, dtype=float)
    ratios = np.empty(e0.shape + (len(SINGLE),))
    tables, wanted = ratios.reshape(-1, 2, len(SINGLE)), e0.reshape(-1, 2)
    # In blocks that stay in the processor's cache: three times faster for thousands of regions.
    for first in range(0, len(tables), 1000):
        block = slice(first, first + 1000)
        tables[block] = survival(mx_for(wanted[block]))
    return ratios


def e0_by_sex(both: ArrayLike, gap: ArrayLike = GAP, boys_per_girl: float = 1.06) -> np.ndarray:
    """Life expectancy of males and females from that of both: (..., sex), years.

    both: (...), years. gap: female less male, years. Both is near enough the mean weighted by births.

    >>> men, women = e0_by_sex(78.0, gap=5.0)
    >>> bool(men < 78.0 < women), round(float(women - men), 6)
    (True, 5.0)
    """
    both, gap = np.asarray(both, dtype=float), np.asarray(gap, dtype=float)
    girls = 1 / (1 + boys_per_girl)
    return np.stack([both - gap * girls, both + gap * (1 - girls)], axis=-1)


def model_curve(parameters: np.ndarray, ages: ArrayLike) -> np.ndarray:
    """Death rates at `ages` by the nine-parameter curve, without the open group. parameters: one row of `CURVES`."""
    a, b, c, d, e, f, level, slope, bend = parameters[:9]
    ages = np.asarray(ages, dtype=float)
    tens = (ages - 70) / 10
    childhood = np.exp(-a * (ages + b) ** c)
    middle = d * np.exp(-e * np.log(np.maximum(ages, 0.5) / f) ** 2)
    return childhood + middle + np.exp(level + slope * tens + bend * tens**2)


@cache
def _line() -> tuple[np.ndarray, np.ndarray]:
    """Where the log rates start and how they change along the line: (sex, age) each."""
    curves = np.array([[np.log(model_curve(row, SINGLE)) for row in sex] for sex in CURVES])
    curves[..., -1] += np.log(CURVES[..., 9])
    return curves[:, 0], curves[:, 1] - curves[:, 0]


@cache
def _places() -> list[CubicSpline]:
    """The place on the line as a smooth function of life expectancy, one function for each sex."""
    level, change = _line()
    places = np.linspace(-3.0, 5.0, 1601)
    e0 = life_expectancy(np.exp(level + places[:, None, None] * change))
    return [CubicSpline(e0[:, sex], places) for sex in (0, 1)]


def _check_expectancy(e0: np.ndarray) -> None:
    if e0.ndim < 1 or e0.shape[-1] != 2:
        raise ValueError(f"Life expectancy has shape {e0.shape}; (..., sex) with male and female was expected.")
    low, high = REACH
    if not (np.isfinite(e0).all() and (e0 >= low).all() and (e0 <= high).all()):
        raise ValueError(
            f"Life expectancies from {np.nanmin(e0):.1f} to {np.nanmax(e0):.1f} years were asked for; the model tables "
            f"cover {low:.0f} to {high:.0f}. Check the unit and the draws of life expectancy."
        )
