"""Years declared not to be a trend: what is believed about them, since when, and why.

A declared effect is taken out of the observed value before a pace is learned and put back, as a draw, where it lies
ahead. Nothing here is fitted to one region; each is a stated belief with its spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class Effect:
    """A passing change of one driver in one year.

    driver: "fertility" (log of total fertility) or "life_expectancy" (years). known_from: the day from which a
    forecaster could have held this belief; before it the effect is not used.
    """

    driver: str
    year: int
    mean: float
    sd: float
    known_from: date
    zh: str
    en: str


# Provinces' median change of the birth rate: +2.2 % in the Dragon year 2012 and -1.0 % after it, -0.3 % in the Goat
# year 2015; the national yearbook's revised rates move by about 10 % in both. The belief lies in between. The calendar is known
# for ever, and that births follow it in Chinese populations since the Dragon years 1976 and 1988 (Goodkind 1991, Creating New
# Traditions in Modern Chinese Populations: Aiming for Birth in the Year of the Dragon, Population and Development Review 17).
DRAGON = (0.05, 0.03)
GOAT = (-0.03, 0.03)
ALWAYS = date(1991, 12, 31)

EFFECTS = (
    Effect("fertility", 2012, *DRAGON, ALWAYS, "2012年龙年", "Dragon year 2012"),
    Effect("fertility", 2015, *GOAT, ALWAYS, "2015年羊年", "Goat year 2015"),
    Effect(
        "fertility", 2016, 0.05, 0.03, date(2015, 11, 1), "全面两孩政策第一年", "first year of the two-child policy"
    ),
    Effect(
        "fertility", 2017, 0.04, 0.03, date(2015, 11, 1), "全面两孩政策第二年", "second year of the two-child policy"
    ),
    Effect("fertility", 2024, *DRAGON, ALWAYS, "2024年龙年", "Dragon year 2024"),
    Effect("fertility", 2027, *GOAT, ALWAYS, "2027年羊年", "Goat year 2027"),
    Effect("fertility", 2036, *DRAGON, ALWAYS, "2036年龙年", "Dragon year 2036"),
    Effect("fertility", 2039, *GOAT, ALWAYS, "2039年羊年", "Goat year 2039"),
    Effect(
        "life_expectancy",
        2022,
        -0.1,
        0.1,
        date(2023, 1, 17),
        "2022年底疫情带来的超额死亡",
        "excess deaths at the end of 2022",
    ),
    Effect("life_expectancy", 2023, -0.4, 0.2, date(2023, 1, 17), "2023年初的超额死亡", "excess deaths of early 2023"),
)


def in_years(driver: str, years: Sequence[int], as_of: date | None = None) -> list[Effect]:
    """The effects on a driver in these years that were known by `as_of` (None: all).

    >>> [effect.en for effect in in_years("fertility", [2012, 2013])]
    ['Dragon year 2012']
    """
    wanted = set(years)
    return [e for e in EFFECTS if e.driver == driver and e.year in wanted and (as_of is None or e.known_from <= as_of)]


def expected(driver: str, years: Sequence[int], as_of: date | None = None) -> np.ndarray:
    """The expected effect in each year, zero where nothing is declared: (year,).

    >>> expected("fertility", [2012, 2013])
    array([0.05, 0.  ])
    """
    found = {e.year: e.mean for e in in_years(driver, years, as_of)}
    return np.array([found.get(year, 0.0) for year in years])


def drawn(
    driver: str, years: Sequence[int], draws: int, rng: np.random.Generator, as_of: date | None = None
) -> np.ndarray:
    """Draws of the effect in each year: (draw, year).

    >>> effects = drawn("fertility", [2012, 2013], 1000, np.random.default_rng(1))
    >>> effects.shape, round(float(effects[:, 0].mean()), 2), float(np.abs(effects[:, 1]).max())
    ((1000, 2), 0.05, 0.0)
    """
    effects = np.zeros((draws, len(years)))
    known = {e.year: e for e in in_years(driver, years, as_of)}
    for column, year in enumerate(years):
        noise = rng.standard_normal(draws)
        if year in known:
            effects[:, column] = known[year].mean + known[year].sd * noise
    return effects
