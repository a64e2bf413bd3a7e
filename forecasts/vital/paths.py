"""The two ways in which a vital rate moves: on its own at the top, and beside its parent below.

A driver is kept on a scale on which changes add (log of fertility, years of life, per mille of migration). The nation
moves by a damped pace and persistent shocks. Every area below moves with its parent, draw by draw, plus a gap of its
own that wanders; so the draws of a district, its city and its province go together as the places do.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Trend:
    """How the top of the tree moves on, on the driver's scale.

    long: weight of the mean yearly change of all observed years against that of the last three. damping: of the pace,
    per year. shock: standard deviation of a year's surprise. persistence: share of a surprise's pace that carries into
    the next year. trend_sd: standard deviation of the pace itself.
    """

    long: float
    damping: float
    shock: float
    persistence: float
    trend_sd: float


@dataclass(frozen=True)
class Gap:
    """How an area's gap to its parent moves, on the driver's scale.

    step: standard deviation of a year's change. df: degrees of freedom of its t distribution. pull: share of the
    gap kept after a year. unknown: standard deviation of the gap where the area has no figure of its own. error: that
    of a published figure around the truth.
    """

    step: float
    df: float
    pull: float
    unknown: float
    error: float


def random(seed: int, region: str, what: str) -> np.random.Generator:
    """Randomness of one driver of one region: the same seed gives the same paths whatever else is asked."""
    return np.random.default_rng([seed, zlib.crc32(f"{region}|{what}".encode())])


def yearly_changes(years: Sequence[int], values: ArrayLike) -> np.ndarray:
    """Changes per year between neighbouring observations.

    >>> yearly_changes([2010, 2015, 2016], [1.0, 2.0, 2.5])
    array([0.2, 0.5])
    """
    return np.diff(values) / np.diff(years)


def pace_of(years: Sequence[int], values: ArrayLike, long: float) -> float:
    """The present pace: `long` x mean change + the rest x mean of the last three, with a further change of nought.

    >>> round(float(pace_of([2018, 2019, 2020], [1.0, 1.1, 1.2], long=1.0)), 3)
    0.067
    """
    changes = yearly_changes(years, values)
    if not len(changes):
        return 0.0
    seen = long * changes.mean() + (1 - long) * changes[-3:].mean()
    return len(changes) * seen / (len(changes) + 1)


def top_paths(last: float, pace: float, model: Trend, horizon: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Paths 1..horizon years after `last`: (draw, year). The pace dies away; surprises persist for a while."""
    drawn = pace + model.trend_sd * rng.standard_normal((draws, 1))
    expected = np.cumsum(drawn * model.damping ** np.arange(1, horizon + 1), axis=1)
    surprise = model.shock * rng.standard_normal((draws, horizon))
    moved = np.zeros((draws, horizon))
    carried = np.zeros(draws)
    for year in range(horizon):
        carried = model.persistence * carried + surprise[:, year]
        moved[:, year] = carried
    return last + expected + np.cumsum(moved, axis=1)


def gap_paths(
    years: Sequence[int],
    observed: dict[int, float],
    model: Gap,
    draws: int,
    rng: np.random.Generator,
    start: tuple[float, float] | None,
) -> np.ndarray:
    """Paths of an area's gap to its parent: (draw, year) over consecutive `years`.

    observed: gap by year; between observed years the gap is interpolated, before the first it is the first. start:
    mean and sd of the gap where nothing is observed (None: 0 and model.unknown).
    """
    years = list(years)
    known = sorted(observed)
    noise = rng.standard_t(model.df, (draws, len(years))) * model.step / np.sqrt(model.df / (model.df - 2))
    level = rng.standard_normal(draws)
    paths = np.zeros((draws, len(years)))
    if known:
        within = np.interp(years, known, [observed[y] for y in known])
        unseen = max(years[0] - 1 - known[-1], 0)
        gap = observed[known[-1]] * model.pull**unseen + np.hypot(model.error, model.step * np.sqrt(unseen)) * level
    else:
        mean, sd = start or (0.0, model.unknown)
        gap = mean + sd * level
    for column, year in enumerate(years):
        if known and year <= known[-1]:
            wander = 0.0 if year in observed else model.step * np.sqrt(min(abs(year - y) for y in known))
            paths[:, column] = within[column] + np.hypot(model.error, wander) * level
        else:
            gap = model.pull * gap + noise[:, column]
            paths[:, column] = gap
    return paths
