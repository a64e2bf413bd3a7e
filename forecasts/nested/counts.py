"""Rates of few events: the tree gives level and trend, the count its noise.

A published rate rests on a number of events. Its measurement carries the noise of that count, so that a zero in a district
is no rate of zero, and a forecast of a published rate draws the count again.
"""

from __future__ import annotations

import numpy as np

from forecasts.nested.measurements import Measurement, Path

HALF = 0.5  # events added before a log: the mean of log of a Poisson count is closest to that of log(count + 1/2)
FEWEST_EVENTS = (
    400.0  # expected, from which the count moves a rate by less than 5 % and is left to the tree's own noise
)


def counted(path: Path, year: int, rate: float, exposure: float, per: float, unit: float = 0.0) -> Measurement:
    """A rate as a measurement with the noise of its count: variance 1/(events + 1/2) on the log scale.

    exposure: persons (births) at risk in the year; per: what the rate is per, 1,000 or 100,000.

    >>> counted((), 2020, 0.0, 2000, 100_000).value
    25.0
    """
    events = rate * exposure / per
    return Measurement(path, year, (events + HALF) * per / exposure if events < FEWEST_EVENTS else rate, unit,
                       float(1 / np.sqrt(events + HALF)))  # fmt: skip


def share_counted(path: Path, year: int, percent: float, group: float, unit: float = 0.0) -> Measurement:
    """A percentage of a finite group as a measurement: variance 1/(n p (1 - p)) on the logit scale."""
    share = (percent / 100 * group + HALF) / (group + 2 * HALF)
    return Measurement(path, year, 100 * share, unit, float(1 / np.sqrt(group * share * (1 - share))))


def counted_draws(rates: np.ndarray, exposure: np.ndarray, per: float, rng: np.random.Generator) -> np.ndarray:
    """Published rates drawn around expected ones: (draw, year) each; exposure: (draw, year) or (year,), at risk.

    Overdispersion of what is left after the trend is in the yearly shock of the tree (its variance is fitted), so the
    count is Poisson around the draw.
    """
    expected = np.clip(rates * exposure / per, 0.0, 1e15)
    return rng.poisson(expected) * per / exposure


def share_draws(percent: np.ndarray, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Percentages of a finite group drawn around expected ones: (draw, year)."""
    people = np.maximum(np.round(group), 1).astype(np.int64)
    return 100 * rng.binomial(people, np.clip(percent / 100, 0, 1)) / people
