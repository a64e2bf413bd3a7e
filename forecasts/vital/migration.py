"""Net migration as it may go, per 1,000 residents: the last years' rate, fading, moving with the parent's.

Where an area publishes no yearly totals, its rate is its parent's and a gap: read from two censuses, else expected from its
kind and its young adults (`expected_gap`). `corrections` are what the next census will change of totals published since the
last one. All spreads are of 80 % intervals, as standard deviations of a normal distribution that has the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecasts.vital.paths import random
from planning.series import Series


@dataclass(frozen=True)
class MigrationModel:
    """How a net migration rate moves, per mille.

    passing: standard deviation of a year's own noise, gone the year after. step: of the yearly change of what lasts.
    unknown: of the gap to the parent where the area has no figure. error: of a published rate around the truth.
    correction: of what a census changes, for each year since the census before, beyond what reaches the area from its
    parent. df: degrees of freedom of the t distribution of both noises.
    """

    passing: float
    step: float
    unknown: float
    error: float
    correction: float
    df: float = 6.0


# passing: from the year-end populations of 31 provinces and some cities and districts, growth less natural increase,
# 2017-2023: a rate and the next year's differ by 3 to 4 per mille in provinces, 3 to 7 in cities, 12 in districts, and most
# of the difference is gone again a year later. step: so that 77 to 79 of 100 totals published since the census of 2020 fall
# into the 80 % interval made one to three years before (`benchmarks/census_backtest.py`; by what was published to 2019 alone,
# less than half as large, only 62 in provinces did: that series is smoothed between two censuses). unknown, and the correction
# of provinces: `benchmarks/learn_moves.py`, from the censuses of 2010 and 2020. The corrections of cities and districts are a
# judgement: too few published totals of 2010-19 are at hand to be held against the census.
LEVELS = {
    "nation": MigrationModel(0.05, 0.05, 0.2, 0.05, 0.5),
    "province": MigrationModel(2.2, 2.4, 8.7, 0.5, 7.8),
    "city": MigrationModel(3.5, 2.8, 11.7, 0.7, 6.0),
    "district": MigrationModel(7.0, 3.0, 15.7, 1.5, 8.0),
}
# Share of a rate kept to the next year. Growth of 26 cities in 2021-23 was .54 of their mean growth in 2010-20, 5 to 8
# years earlier by the middle of each, and ranked them almost alike (correlation .91).
PULL = 0.92
WITH_PARENT = 0.9  # of a parent's surprise reaches an area: slopes of .93 (cities) and .88 (districts) in 2010-20
LAST_YEARS = 3
BETWEEN_CENSUSES, SURVEY_EVERY = 10, 5
# Share of what five years went wrong that the survey of 1 % finds. Assumption: it counts the people of places drawn, so that provinces
# are told to about 1 %, as against the few per cent that samples of 1 in 1,000 strayed by 2020.
SURVEYED = 0.4


@dataclass(frozen=True)
class GapRule:
    """Expected gap of a net migration rate to the parent's, per mille, by what the base census shows.

    other, urban, town: of counties and banners, of districts (区) and of county-level cities (市). young: for each unit of
    log share of residents aged 20-34 over the parent's.
    """

    other: float
    urban: float
    town: float
    young: float


# `benchmarks/learn_moves.py`: 192 cities and 1,631 counties whose boundary held from 2010 to 2020.
EXPECTED = {"city": GapRule(-1.0, -1.0, -1.0, 61.4), "district": GapRule(-9.5, 5.6, -0.8, 32.0)}


def expected_gap(level: str, kind: str, young: float) -> float:
    """What a place without yearly totals gains beside its parent, per mille a year, at the time of its base census.

    kind: the last character of its name in Chinese. young: log of its share of residents aged 20-34 over its parent's.

    >>> bool(expected_gap("district", "区", 0.1) > expected_gap("district", "区", 0.0))
    True
    """
    rule = EXPECTED.get(level)
    if rule is None:
        return 0.0
    return {"区": rule.urban, "市": rule.town}.get(kind, rule.other) + rule.young * young


def end_of_decade(mean: float, years: int = BETWEEN_CENSUSES) -> float:
    """The present rate where `mean` is that of the last `years`: their middle lies half as far back, and rates fade.

    >>> round(end_of_decade(10.0), 2)
    6.59
    """
    return mean * PULL ** (years / 2)


def observed(population: Series | None, natural: dict[int, float]) -> dict[int, float]:
    """Net migration per 1,000 of the mean population, as growth less natural increase: {year: per mille}.

    population: at year ends. natural: rate of natural increase by year, per mille. Years at which the series does not
    chain, or without a neighbour, give nothing.
    """
    if population is None:
        return {}
    people = dict(zip(population.years, population.values, strict=True))
    rates = {}
    for year, now in people.items():
        before = people.get(year - 1)
        if before is None or year in population.breaks or year not in natural:
            continue
        rates[year] = 2000 * (now - before) / (now + before) - natural[year]
    return rates


def area_paths(
    known: Mapping[int, float],
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
    parent: np.ndarray | None = None,
    start: tuple[float, float] | None = None,
    gap: float = 0.0,
) -> np.ndarray:
    """Paths of the net migration rate, per mille: (draw, year) over consecutive `years`.

    known: observed rates. parent: (draw, year), the parent's paths over the same years; its surprises reach the area,
    draw by draw. start: mean and sd of the present rate where none is observed. gap: to the parent's rate where neither
    is. An area without observed rates keeps its gap to the parent's, fading.
    """
    years, model = list(years), LEVELS[level]
    rng = random(seed, region, "migration")
    unit = np.sqrt((model.df - 2) / model.df)
    lasting = model.step * unit * rng.standard_t(model.df, (draws, len(years)))
    passing = model.passing * unit * rng.standard_t(model.df, (draws, len(years)))
    own_error = rng.standard_normal(draws)
    parents = np.zeros((draws, len(years))) if parent is None else parent
    usual = parents.mean(axis=0)
    shared = WITH_PARENT * (parents - usual)
    if not known:
        mean, sd = (gap, model.unknown) if start is None else (start[0] - usual[:LAST_YEARS].mean(), start[1])
        return usual + shared + _fading(mean + sd * own_error, lasting) + passing
    mean, sd, last = _present(known, model)
    paths = np.empty((draws, len(years)))
    for column, year in enumerate(years):
        if year <= last:
            paths[:, column] = known[year] + model.error * own_error if year in known else mean + sd * own_error
    ahead = np.array([year > last for year in years])
    rate = (mean + sd * own_error) * PULL ** max(years[0] - 1 - last, 0)
    paths[:, ahead] = _fading(rate, lasting[:, ahead]) + passing[:, ahead] + shared[:, ahead]
    return paths


def corrections(
    known: Mapping[int, float],
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
    parent: np.ndarray | None = None,
) -> np.ndarray:
    """What censuses ahead will change of an area's published totals, per mille of residents: (draw, year), mostly zeros.

    Between censuses totals are published from samples and registers, and the next census sets them right: for 2010-19 by up
    to 15 % of a province. The survey of 1 % of the people in the fifth year after it, such as 2025's, comes first and takes its part
    (SURVEYED); the census then corrects what is left. known: observed rates; an area whose totals were not published in the ten years
    before a census is not corrected but by its parent's correction. parent: the parent's, which reaches the area as its moves do.
    """
    model, rng = LEVELS[level], random(seed, region, "census")
    found = np.zeros((draws, len(years)))
    for column, year in enumerate(years):
        # Evenly spaced over the normal distribution: so large a correction must not move the median by the luck of the draws.
        own = rng.permutation(ndtri((np.arange(draws) + 0.5) / draws))
        since = year % BETWEEN_CENSUSES or BETWEEN_CENSUSES
        published = any(year - since < y < year for y in known)
        if published and year not in known and year % SURVEY_EVERY == 0:
            whole, survey = BETWEEN_CENSUSES * model.correction, SURVEYED * SURVEY_EVERY * model.correction
            found[:, column] = own * (survey if since == SURVEY_EVERY else np.sqrt(whole**2 - survey**2))
    return found if parent is None else found + WITH_PARENT * parent


def _fading(start: np.ndarray, lasting: np.ndarray) -> np.ndarray:
    """A rate that fades and is moved by lasting steps: start (draw,), steps (draw, year) -> (draw, year)."""
    paths, rate = np.empty_like(lasting), start
    for column in range(lasting.shape[1]):
        rate = PULL * rate + lasting[:, column]
        paths[:, column] = rate
    return paths


def _present(known: Mapping[int, float], model: MigrationModel) -> tuple[float, float, int]:
    """Mean and sd of the present rate, and the last year that is known."""
    last = max(known)
    recent = [known[y] for y in sorted(known) if y > last - LAST_YEARS]
    weights = np.arange(1, len(recent) + 1)
    share = np.square(weights / weights.sum()).sum()
    return float(np.average(recent, weights=weights)), float(np.hypot(model.step, model.passing * share**0.5)), last
