"""Net migration as it may go, per 1,000 residents: the last years' rate, fading, moving with the parent's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.paths import random
from planning.series import Series


@dataclass(frozen=True)
class Moves:
    """How a net migration rate moves, per mille.

    passing: standard deviation of a year's own noise, gone the year after. step: of the yearly change of what lasts.
    pull: share of a rate kept to the next year. unknown: of the rate where the area has no figure. error: of a
    published rate around the truth. freedom: degrees of freedom of the t distribution of both noises.
    """

    passing: float
    step: float
    pull: float
    unknown: float
    error: float
    freedom: float = 6.0


# From the year-end populations of 31 provinces and some cities and districts, growth less natural increase, 2017-2023:
# a rate and the next year's differ by 3 to 4 per mille in provinces, 3 to 7 in cities, 12 in districts, and about half to
# seven tenths of a rate is kept; most of the difference is gone again a year later.
LEVELS = {
    "nation": Moves(0.05, 0.05, 0.9, 0.2, 0.05),
    "province": Moves(2.2, 0.9, 0.92, 3.0, 0.5),
    "city": Moves(3.5, 1.4, 0.92, 6.0, 0.7),
    "district": Moves(7.0, 2.5, 0.92, 12.0, 1.5),
}
WITH_PARENT = 0.7  # of a parent's surprise reaches an area
LAST_YEARS = 3


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
    known: dict[int, float],
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
    parent: np.ndarray | None = None,
    start: tuple[float, float] | None = None,
) -> np.ndarray:
    """Paths of the net migration rate, per mille: (draw, year) over consecutive `years`.

    known: observed rates. parent: (draw, year), the parent's paths over the same years; its surprises reach the area,
    draw by draw. start: mean and sd of the present rate where none is observed; without it the area has the parent's.
    """
    years, model = list(years), LEVELS[level]
    rng = random(seed, region, "migration")
    unit = np.sqrt((model.freedom - 2) / model.freedom)
    lasting = model.step * unit * rng.standard_t(model.freedom, (draws, len(years)))
    passing = model.passing * unit * rng.standard_t(model.freedom, (draws, len(years)))
    doubt = rng.standard_normal(draws)
    mean, sd, last = _start(known, years, model, parent, start)
    shared = 0.0 if parent is None else WITH_PARENT * (parent - parent.mean(axis=0))
    rate = (mean + sd * doubt) * model.pull ** max(years[0] - 1 - last, 0)
    paths = np.empty((draws, len(years)))
    for column, year in enumerate(years):
        if year <= last:
            paths[:, column] = known[year] + model.error * doubt if year in known else mean + sd * doubt
            continue
        rate = model.pull * rate + lasting[:, column]
        paths[:, column] = rate + passing[:, column]
    ahead = np.array([year > last for year in years])
    return paths + shared * ahead


def _start(
    known: Mapping[int, float],
    years: Sequence[int],
    model: Moves,
    parent: np.ndarray | None,
    start: tuple[float, float] | None,
) -> tuple[float, float, int]:
    """Mean and sd of the present rate, and the last year that is known."""
    if known:
        last = max(known)
        recent = [known[y] for y in sorted(known) if y > last - LAST_YEARS]
        weights = np.arange(1, len(recent) + 1)
        share = np.square(weights / weights.sum()).sum()
        return float(np.average(recent, weights=weights)), float(np.hypot(model.step, model.passing * share**0.5)), last
    if start is not None:
        return (*start, years[0] - 1)
    if parent is not None:
        return float(parent[:, 0].mean()), model.unknown, years[0] - 1
    return 0.0, model.unknown, years[0] - 1
