"""Net migration as it may go, per 1,000 residents: the last years' rate, fading, moving with the parent's."""

from __future__ import annotations

import numpy as np

from forecasts.paths import Gap, random
from planning.series import Series

# A year's surprise (per mille) and how much of a rate is kept to the next year, by level. Stated beforehand.
GAPS = {
    "nation": Gap(0.1, 8, 0.9, 0.2, 0.05),
    "province": Gap(1.5, 6, 0.92, 3.0, 0.5),
    "city": Gap(2.5, 6, 0.92, 6.0, 0.7),
    "district": Gap(5.0, 5, 0.92, 12.0, 1.5),
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
    years,
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
    years, model = list(years), GAPS[level]
    rng = random(seed, region, "migration")
    noise = (
        rng.standard_t(model.freedom, (draws, len(years))) * model.step / np.sqrt(model.freedom / (model.freedom - 2))
    )
    level_noise = rng.standard_normal(draws)
    shared = np.zeros((draws, len(years))) if parent is None else WITH_PARENT * (parent - parent.mean(axis=0))
    if known:
        recent = [known[y] for y in sorted(known) if y > max(known) - LAST_YEARS]
        weights = np.arange(1, len(recent) + 1)
        mean, sd, last = float(np.average(recent, weights=weights)), model.error, max(known)
        sd = float(np.hypot(sd, model.step / np.sqrt(len(recent))))
    elif start is not None:
        (mean, sd), last = start, years[0] - 1
    elif parent is not None:
        mean, sd, last = float(parent[:, 0].mean()), model.unknown, years[0] - 1
    else:
        mean, sd, last = 0.0, model.unknown, years[0] - 1
    rate = (mean + sd * level_noise) * model.pull ** max(years[0] - 1 - last, 0)
    carried = np.zeros(draws)
    paths = np.empty((draws, len(years)))
    for column, year in enumerate(years):
        if year <= last:
            seen = known.get(year)
            paths[:, column] = mean + sd * level_noise if seen is None else seen + model.error * level_noise
            continue
        rate = model.pull * rate
        carried = model.pull * carried + noise[:, column]
        paths[:, column] = rate + carried + shared[:, column]
    return paths
