"""Total fertility as it may go, on the log scale: the level from births and women, the pace from the nation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from forecasts import declared_effects
from forecasts.vital.paths import Gap, Trend, gap_paths, pace_of, random, top_paths

AGES = 101

# Stated beforehand. The pace is shared with forecasts/pooled.py (0.39 and 0.61). A yearly surprise of 6 % that carries
# on by a third is what the nation's total fertility has shown since 1990; the pace dies away within a decade, as
# fertility so far below one child a woman has nowhere been seen to keep falling at a constant rate.
NATION = Trend(long=0.39, damping=0.80, shock=0.06, persistence=0.3, trend_sd=0.02)
# Provinces around the nation, birth rates 2010-2023: the gap moves by 6 % a year with heavy tails and does not return.
GAPS = {
    "nation": Gap(0.06, 5, 1.0, 0.30, 0.02),
    "province": Gap(0.06, 5, 1.0, 0.20, 0.02),
    "city": Gap(0.06, 5, 1.0, 0.15, 0.03),
    "district": Gap(0.07, 5, 1.0, 0.15, 0.03),
}
# Births follow marriages: weights of the marriages of one to four years before, a judgement from first births within two years for
# the most part; and how far the log of total fertility goes with their log: about the share of first births, and what leaves the
# yearly changes of 2006-20 the least spread (policy years left out; .042 for .049 without).
MARRIAGE_LAGS = (0.4, 0.3, 0.2, 0.1)
WITH_MARRIAGES = 0.5
MARRIAGE_STEP = 0.06  # of the log, a year, around its pace: changes of 2014-20, and a little for those to come
CHILD_GAP_SD = 0.07  # a gap read from a census's infants and women instead of births


def exposed(women: np.ndarray, shape: np.ndarray) -> float:
    """Births a year of these women at a total fertility of one.

    women: (age,), persons at mid-year. shape: (age,), fertility by age that adds up to one.

    >>> round(exposed(np.full(101, 1000.0), np.full(101, 1 / 101)), 6)
    1000.0
    """
    women, shape = np.asarray(women, dtype=float), np.asarray(shape, dtype=float)
    if women.shape[-1] != AGES or shape.shape != (AGES,) or not np.isclose(shape.sum(), 1, atol=1e-6):
        raise ValueError(
            f"Women {women.shape} and fertility {shape.shape} by single age 0-100 were expected, the latter with sum 1; "
            f"found a sum of {shape.sum():.4f}."
        )
    return float(women @ shape)


def women_in(years: Sequence[int], tables: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Women by age at the middle of each year: cohorts followed through the tables, {year: (age,)}.

    tables: women by single age at the end of a year. Between two tables a cohort changes evenly on the log scale;
    outside them it only ages (women of childbearing age hardly die, and moves are not known).
    """
    if not tables:
        raise ValueError("No table of women by age is known; births cannot be turned into fertility.")
    known = sorted(tables)
    logs = {year: np.log(np.maximum(np.asarray(tables[year], dtype=float), 1e-9)) for year in known}
    ages = np.arange(AGES)

    def at(end: float) -> np.ndarray:
        born = end - ages
        before = max((y for y in known if y <= end), default=known[0])
        after = min((y for y in known if y >= end), default=known[-1])
        then = {y: np.interp(y - born, ages, logs[y]) for y in {before, after}}
        if before == after:
            return then[before]
        share = (end - before) / (after - before)
        unborn = before - born < 0
        return np.where(unborn, then[after], (1 - share) * then[before] + share * then[after])

    return {year: np.exp(at(year - 0.5)) for year in years}


def observed(births: dict[int, float], women: dict[int, float]) -> dict[int, float]:
    """Total fertility of the years in which births and the women exposed to them are known: {year: children a woman}.

    >>> observed({2020: 1100.0, 2021: 900.0}, {2020: 1000.0})
    {2020: 1.1}
    """
    return {year: births[year] / women[year] for year in sorted(births) if year in women and women[year] > 0}


def nation_paths(
    known: dict[int, float],
    years: Sequence[int],
    draws: int,
    seed: int,
    region: str,
    as_of: date | None = None,
    marriages: Mapping[int, float] | None = None,
) -> np.ndarray:
    """Paths of log total fertility at the top of the tree: (draw, year) over consecutive `years`.

    known: total fertility by year. marriages: registrations by year; what fertility owes them is taken out before its pace is
    learned and put back for the years ahead (`from_marriages`). Raises ValueError where nothing is known, or `years` start after the known years
    have ended by more than one year.
    """
    years = list(years)
    if not known:
        raise ValueError(f"{region}: no total fertility is known, and there is no parent to lean on.")
    when = sorted(known)
    if years[0] > when[-1] + 1:
        years = list(range(when[-1] + 1, years[-1] + 1))
    rng = random(seed, region, "fertility")
    usual = np.log([known[y] for y in when]) - declared_effects.expected("fertility", when, as_of)
    usual = usual - from_marriages(marriages or {}, when)[0]
    pace = pace_of(when, usual, NATION.long)
    paths = np.empty((draws, len(years)))
    ahead = [i for i, year in enumerate(years) if year > when[-1]]
    for column, year in enumerate(years):
        if year <= when[-1]:
            paths[:, column] = np.interp(year, when, np.log([known[y] for y in when]))
    if ahead:
        later = [years[i] for i in ahead]
        moved = top_paths(usual[-1], pace, NATION, len(later), draws, rng)
        moved = moved + from_marriages(marriages or {}, later, random(seed, region, "marriages"), draws)
        paths[:, ahead] = moved + declared_effects.drawn("fertility", later, draws, rng, as_of)
    return paths


def from_marriages(
    marriages: Mapping[int, float], years: Sequence[int], rng: np.random.Generator | None = None, draws: int = 1
) -> np.ndarray:
    """What the log of total fertility owes to the marriages of the years before, beside the first known: (draw, year).

    marriages: registrations by year; before the first they are held, after the last they go on at the mean yearly pace of the
    last three, fading as the nation's own (`NATION.damping`), and with `rng` by steps of MARRIAGE_STEP. Zero where none are known.

    >>> from_marriages({2020: 100.0, 2021: 80.0, 2022: 80.0}, [2021, 2022]).round(3)
    array([[ 0.   , -0.042]])
    """
    if not marriages:
        return np.zeros((draws, len(years)))
    known = sorted(marriages)
    logs = np.log([marriages[y] for y in known])
    recent = [y for y in known if y >= known[-1] - 3]
    pace = (logs[-1] - logs[-len(recent)]) / max(recent[-1] - recent[0], 1)
    ahead = range(known[-1] + 1, max(*years, known[-1] + 1) + 1)
    steps = pace * NATION.damping ** np.arange(1, len(ahead) + 1) + np.zeros((draws, 1))
    if rng is not None:
        steps = steps + MARRIAGE_STEP * rng.standard_normal(steps.shape)
    later = logs[-1] + np.cumsum(steps, axis=1)

    def at(year: int) -> np.ndarray:
        return later[:, year - ahead[0]] if year > known[-1] else np.full(draws, np.interp(year, known, logs))

    before = [sum(w * np.exp(at(y - 1 - lag)) for lag, w in enumerate(MARRIAGE_LAGS)) for y in years]
    return WITH_MARRIAGES * (np.log(np.stack(before, axis=1)) - logs[0])


def area_paths(
    known: dict[int, float],
    parent_known: dict[int, float],
    parent_paths: np.ndarray,
    years: Sequence[int],
    level: str,
    draws: int,
    seed: int,
    region: str,
    child_gap: float | None = None,
) -> np.ndarray:
    """Paths of log total fertility of an area beside its parent: (draw, year), over the parent's `years`.

    known, parent_known: total fertility by year. child_gap: log of the area's children per woman over its parent's,
    from a census, used where no births are known.
    """
    gaps = {y: float(np.log(known[y] / parent_known[y])) for y in known if y in parent_known}
    start = None if child_gap is None else (child_gap, CHILD_GAP_SD)
    rng = random(seed, region, "fertility")
    gap = gap_paths(years, gaps, GAPS[level], draws, rng, start)
    return parent_paths + gap
