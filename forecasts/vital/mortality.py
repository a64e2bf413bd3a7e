"""Life expectancy as it may go, in years: a steady gain at the top, a wandering gap below, the shock years declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from forecasts import declared_effects
from forecasts.vital.paths import Gap, Trend, gap_paths, random, top_paths

# A quarter of a year a year, the pace at which the highest life expectancy of any country has risen since 1840 (Oeppen and
# Vaupel 2002, Broken Limits to Life Expectancy, Science 296), counts as five years; the nation's own mean gain over all years
# known as what they are. It gained .34 a year in 2000-10, .31 in 2010-20, .27 in 2020-24, and so is not damped.
GAIN, GAIN_WEIGHT = 0.25, 5.0
NATION = Trend(long=1.0, damping=1.0, shock=0.10, persistence=0.0, trend_sd=0.05)
# Gaps: provinces lie within about 1.8 years of the nation (census 2020: 75 to 83 without the extremes), districts of
# one city within 1.5; from census to census those of provinces close by a fifth (Zhejiang +2.9 to +2.3, Jiangsu +1.8 to +1.4).
# A published figure is off by half a year, as its basis (resident or registered) is often unsaid.
GAPS = {
    "nation": Gap(0.10, 8, 1.0, 1.8, 0.1),
    "province": Gap(0.10, 8, 0.98, 1.8, 0.3),
    "city": Gap(0.15, 8, 0.99, 1.2, 0.4),
    "district": Gap(0.20, 8, 0.98, 1.5, 0.5),
}
# Published deaths over those that the model tables give at the published life expectancy, as logs (`factor_paths`): spreads and
# what is kept of a gap after a year, from deaths of 26 provinces in 2011 and 2015 over projections from the census of 2010 with what
# was out by 2020: logs of the ratios differ by .075 over four years (.03 a year and .03 for what a sample survey errs), lie
# .10 around their mean, and .73 of a gap is left after four years, with the error of both in it. What the nation's deaths
# take together: the ratio was .976, .975 and .952 in 2011, 2015 and 2018.
FACTORS = {
    "nation": Gap(0.025, 5, 0.97, 0.07, 0.02),
    "province": Gap(0.03, 5, 0.96, 0.10, 0.03),
    "city": Gap(0.03, 5, 0.96, 0.12, 0.03),
    "district": Gap(0.03, 5, 0.96, 0.14, 0.03),
}
# Of the nation where no deaths are published since the base: between that of published deaths, -.03, and -.17, with which the
# people of 45 and over in the census of 2010 come to be as many as were counted ten years on in 2020, at every age alike.
NATION_FACTOR = -0.10
# By how much, as a log, provinces' published deaths fell short beside the nation's between two censuses, by the census they set out
# from: the mean gap of 26 provinces in 2011 and 2015. It cannot be one of mortality, since provinces add up to the nation.
MISSED_DEATHS = {2010: -0.12}
BETWEEN_CENSUSES = 10
FACTOR_MEMORY = 3  # published years whose mean, the newest weighing most, the factor sets out from

SEX_GAP, SEX_GAP_SD = 5.5, 0.5  # women 80.88, men 75.37 in the census of 2020 (National Bureau of Statistics)
AREA_SEX_GAP_SD = 0.7
# Years: what the model tables of `sim.demography.mortality` reach, and where draws begin to bend towards it.
SIGHT, BENDS = (60.0, 97.0), (64.0, 93.0)
MALE_SHARE = 0.512  # of births, when the sexes are put together


def nation_paths(
    known: dict[int, float], years: Sequence[int], draws: int, seed: int, region: str, as_of: date | None = None
) -> np.ndarray:
    """Paths of life expectancy, both sexes, at the top of the tree: (draw, year) over consecutive `years`.

    known: by year. A declared shock year does not set the pace; where its value is published the path passes through
    it (China's published life expectancy shows no dip), where it is not, the declared effect is drawn.
    """
    years = list(years)
    if not known:
        raise ValueError(f"{region}: no life expectancy is known, and there is no parent to lean on.")
    shock_years = {e.year for e in declared_effects.in_years("life_expectancy", range(1900, 2200), as_of)}
    when = [y for y in sorted(known) if y not in shock_years] or sorted(known)
    values = [known[y] for y in when]
    rng = random(seed, region, "life_expectancy")
    span = when[-1] - when[0]
    pace = (values[-1] - values[0] + GAIN_WEIGHT * GAIN) / (span + GAIN_WEIGHT)
    ahead = range(when[-1] + 1, max(years[-1], when[-1] + 1) + 1)
    trend = top_paths(values[-1], pace, NATION, len(ahead), draws, rng)
    trend = trend + declared_effects.drawn("life_expectancy", ahead, draws, rng, as_of)
    paths = np.empty((draws, len(years)))
    for column, year in enumerate(years):
        if year in known:
            paths[:, column] = known[year]
        elif year < ahead[0]:
            paths[:, column] = np.interp(year, when, values)
        else:
            paths[:, column] = trend[:, year - ahead[0]]
    return paths


def area_paths(
    known: dict[int, float],
    parent_known: dict[int, float],
    parent_paths: np.ndarray,
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
) -> np.ndarray:
    """Paths of life expectancy of an area beside its parent: (draw, year). known, parent_known: by year."""
    middle = dict(zip(years, np.median(parent_paths, axis=0), strict=True))
    gaps = {year: value - _parent_in(year, parent_known, middle) for year, value in known.items()}
    rng = random(seed, region, "life_expectancy")
    return parent_paths + gap_paths(years, gaps, GAPS[level], draws, rng, None)


def _parent_in(year: int, known: dict[int, float], middle: dict[int, float]) -> float:
    """The parent's life expectancy in a year: between its published ones, else its middle path, else by the usual gain."""
    when = sorted(known)
    if when and when[0] <= year <= when[-1]:
        return float(np.interp(year, when, [known[y] for y in when]))
    if year in middle:
        return float(middle[year])
    anchors = {**middle, **known}
    near = min(anchors, key=lambda y: abs(y - year))
    return anchors[near] + GAIN * (year - near)


def factor_paths(
    known: Mapping[int, float],
    parent_known: Mapping[int, float],
    parent_paths: np.ndarray | None,
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
    start: int = 2020,
) -> np.ndarray:
    """Logs of the factor on the force of mortality by which an area's deaths differ from the model tables': (draw, year).

    known, parent_known: that of published deaths, by year. In known years it is as known; after them it sets out from the
    mean of the last FACTOR_MEMORY, beside the parent's. Without any it is the parent's, with the spread usual between
    neighbours; without a parent, NATION_FACTOR. start: the year of the base; the next census takes off what samples missed.
    """
    middle = np.zeros(len(years)) if parent_paths is None else np.median(parent_paths, axis=0)
    above = {y: parent_known.get(y, float(m)) for y, m in zip(years, middle, strict=True)}
    gaps = {y: v - above[y] for y, v in known.items() if y in above}
    last = sorted(gaps)[-FACTOR_MEMORY:]
    unknown = None
    if gaps:
        weights = np.arange(1, len(last) + 1)
        smoothed = {**gaps, last[-1]: float(np.average([gaps[y] for y in last], weights=weights))}
    else:
        smoothed = {}
        unknown = (NATION_FACTOR, FACTORS[level].unknown) if parent_paths is None else None
    rng = random(seed, region, "mortality_factor")
    paths = gap_paths(years, smoothed, FACTORS[level], draws, rng, unknown)
    if level == "province" and gaps:
        right = (np.array(years) >= start + BETWEEN_CENSUSES) & (last[-1] < start + BETWEEN_CENSUSES)
        paths = paths - MISSED_DEATHS.get(start, 0.0) * right
    # What is published of the years ahead will err again.
    paths = paths + FACTORS[level].error * rng.standard_normal(paths.shape)
    paths = paths if parent_paths is None else parent_paths + paths
    for column, year in enumerate(years):
        if known and year <= max(known):
            paths[:, column] = np.interp(year, sorted(known), [known[y] for y in sorted(known)])
    return paths


def by_sex(both: np.ndarray, sex_gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Male and female life expectancy from that of both and the gap between them, draw by draw.

    both: (draw, year), years. sex_gap: (draw,), women minus men. The rare draw far out is bent back, see `within_sight`.

    >>> men, women = by_sex(np.array([[78.0]]), np.array([5.0]))
    >>> bool(men[0, 0] < 78.0 < women[0, 0])
    True
    """
    gap = np.asarray(sex_gap)[:, None]
    male = both - (1 - MALE_SHARE) * gap
    return within_sight(male), within_sight(male + gap)


def within_sight(e0: np.ndarray) -> np.ndarray:
    """Life expectancies as they are up to `BENDS`, beyond it ever nearer to `SIGHT`, years: no area lives outside.

    The gap of an area is drawn with heavy tails, so that among thousands of areas a few draws would pass all that is known
    of mortality. Rises throughout, so that the order of draws stays.

    >>> bool(within_sight(np.array([120.0]))[0] < 100.0), within_sight(np.array([78.0]))
    (True, array([78.]))
    """
    (low, high), (from_low, from_high) = SIGHT, BENDS
    over, under = np.maximum(e0 - from_high, 0.0), np.maximum(from_low - e0, 0.0)
    bent = np.clip(e0, from_low, from_high)
    bent = bent + (high - from_high) * np.tanh(over / (high - from_high))
    return bent - (from_low - low) * np.tanh(under / (from_low - low))


def sex_gaps(known: float | None, parent: np.ndarray | None, draws: int, seed: int, region: str) -> np.ndarray:
    """Draws of women's lead over men in life expectancy, years: (draw,). known: the published lead, if there is one."""
    noise = random(seed, region, "sex_gap").standard_normal(draws)
    if known is not None:
        return known + 0.3 * noise
    if parent is None:
        return SEX_GAP + SEX_GAP_SD * noise
    return parent + AREA_SEX_GAP_SD * noise
