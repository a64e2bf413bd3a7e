"""Scales: where changes of an indicator are comparable between regions and between years.

Shares use a started logit, log((y + c) / (100 + c - y)), and other non-negative figures a started log, log(y + start).
The starts (Tukey 1977, Exploratory Data Analysis, ch. 3) keep a change at 1 % or at two deaths from counting as a
revolution; with plain logs and t tails, intervals explode. A trend is fitted with c = 5 and half the mean of the series.
Peers are compared from like levels, so c = 1 and a quarter of their median suffice, and up is turned to be better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from planning.indicators import Indicator

LOGIT_START = 5.0  # percentage points
LOG_START = 0.5  # in units of the mean of the series
PEER_LOGIT_START = 1.0  # percentage points
PEER_LOG_START = 0.25  # in units of the median of region and peers
FARTHEST = 50.0  # on log and logit scales; beyond it a figure is at its bound or past counting


@dataclass(frozen=True)
class Scale:
    """One transformation and the natural range behind it.

    name: log, logit, plain or relative (in units of the series' own size). low, high: the range no forecast leaves, in
    the unit of the indicator. start: the started log's constant or the size of each series, (series, 1). logit_start:
    percentage points added at both ends before the logit. sign: -1 where the scale is turned over, so that up is better.

    >>> share = Scale("logit", 0.0, 100.0, np.ones((1, 1)))
    >>> share.forward([50.0]), share.inverse(share.forward([99.0]))
    (array([0.]), array([99.]))
    """

    name: str
    low: float
    high: float
    start: np.ndarray
    logit_start: float = LOGIT_START
    sign: int = 1

    def of(self, rows: np.ndarray | slice | list[int]) -> Scale:
        """The scale of some of the series."""
        return replace(self, start=self.start[rows])

    def forward(self, values: ArrayLike) -> np.ndarray:
        """From the unit to the scale: (series, ...); NaN stays NaN."""
        values = np.asarray(values, dtype=float)
        if self.name == "log":
            scaled = np.log(np.maximum(values, 0.0) + self._start(values))
        elif self.name == "logit":
            share = np.clip(values, 0.0, 100.0)
            scaled = np.log((share + self.logit_start) / (100.0 + self.logit_start - share))
        elif self.name == "relative":
            scaled = values / self._start(values)
        else:
            scaled = values
        return self.sign * scaled

    def inverse(self, scaled: ArrayLike) -> np.ndarray:
        """From the scale back to the unit, held inside the natural range: (series, ...)."""
        scaled = self.sign * np.asarray(scaled, dtype=float)
        if self.name == "log":
            values = np.exp(np.minimum(scaled, FARTHEST)) - self._start(scaled)
        elif self.name == "logit":
            width = 100.0 + 2 * self.logit_start
            values = width / (1.0 + np.exp(-np.clip(scaled, -FARTHEST, FARTHEST))) - self.logit_start
        elif self.name == "relative":
            values = scaled * self._start(scaled)
        else:
            values = scaled
        return np.clip(values, self.low, self.high)

    def _start(self, values: np.ndarray) -> np.ndarray:
        return self.start.reshape((-1,) + (1,) * (values.ndim - 1))


def log_start(values: ArrayLike) -> np.ndarray:
    """Half the mean of each series: (series, year) with NaN gaps -> (series, 1).

    A series of zeros only borrows the mean of the others, and if all are zero one unit, so that the log exists.

    >>> log_start([[2.0, 4.0], [10.0, np.nan]])
    array([[1.5],
           [5. ]])
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    known = np.isfinite(values)
    total = np.where(known, np.maximum(values, 0.0), 0.0).sum(axis=1)
    mean = total / np.maximum(known.sum(axis=1), 1)
    positive = mean[mean > 0]
    typical = np.exp(np.log(positive).mean()) if positive.size else 2.0
    return LOG_START * np.where(mean > 0, mean, typical)[:, None]


def peer_scale(name: str, better_up: bool, values: ArrayLike, low: float = -np.inf, high: float = np.inf) -> Scale:
    """The scale on which peers are compared, the same for all of them, turned so that up is better.

    name: logit for shares in percent, log for other figures at or above zero, plain for the rest. values: own and peers',
    any shape, up to the origin. Raises ValueError for another name.

    >>> infant_deaths = peer_scale("log", better_up=False, values=[4.0, 2.0, 1.0], low=0.0)
    >>> bool(np.all(np.diff(infant_deaths.forward([4.0, 2.0, 1.0])) > 0))
    True
    """
    if name not in ("logit", "log", "plain"):
        raise ValueError(f"No scale is called {name!r}; known are logit, log and plain.")
    if name != "plain":
        low, high = max(low, 0.0), min(high, 100.0) if name == "logit" else high
    known = np.asarray(values, dtype=float)
    positive = known[known > 0]  # NaN is not
    typical = float(np.median(positive)) if positive.size else 1.0
    start = np.full((1, 1), PEER_LOG_START * typical)
    return Scale(name, low, high, start, PEER_LOGIT_START, 1 if better_up else -1)


def single_scale(values: np.ndarray, low: float, high: float, start: float) -> Scale:
    """The scale of series without peers, (series, year): log(y + start times the mean), for shares as well.

    With four changes to judge by, a spread on a log or logit that is curved within the reach of its own t tails explodes;
    a large start is almost the plain scale in units of the series. Series with negative values are taken relative.

    >>> single_scale(np.array([[2.0, 4.0]]), 0.0, np.inf, start=20.0).start
    array([[60.]])
    """
    if np.nanmin(values) < 0 or low < 0:
        size = log_start(np.abs(values)) / LOG_START
        return Scale("relative", low, high, size)
    return Scale("log", low, high, start / LOG_START * log_start(values))


def relative_step(scale: Scale, start: float) -> float:
    """How far a change by its own size moves a series on its scale, to first order.

    start: of a log, in units of the mean. A share is taken half way, a plain scale in the size it has.

    >>> relative_step(Scale("log", 0.0, np.inf, np.ones((1, 1))), start=1.0)
    0.5
    """
    if scale.name == "plain":
        return float(np.mean(scale.start)) / LOG_START
    if scale.name == "logit":
        return 50.0 * (1 / (50 + LOGIT_START) + 1 / (50 + LOGIT_START))
    return 1.0 if scale.name == "relative" else 1 / (1 + start)


def indicator_scale(indicator: Indicator, values: ArrayLike) -> Scale:
    """The scale of a registered Indicator: its own `scale` and `range`, started from the values: (series, year).

    >>> beds = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 40), 2, "capacity")
    >>> indicator_scale(beds, [[4.0, 6.0]])
    Scale(name='log', low=0, high=40, start=array([[2.5]]), logit_start=5.0, sign=1)
    """
    low, high = indicator.range
    if indicator.unit == "percent":
        low, high = max(low, 0.0), min(high, 100.0)
    start = log_start(values)
    if indicator.scale == "logit" and indicator.unit == "percent":
        return Scale("logit", low, high, start)
    if indicator.scale in ("log", "count", "logit"):
        return Scale("log", max(low, 0.0), high, start)
    if indicator.scale == "plain":
        return Scale("plain", low, high, start)
    raise ValueError(
        f"Indicator {indicator.id} has scale {indicator.scale!r}; known are log, logit, plain and count. "
        "Scales are set in data/indicators.yaml."
    )


def common_levels(scale: Scale, latest: np.ndarray, middle: float) -> np.ndarray:
    """Latest values (series,) on one scale for all, so that levels compare: the log starts at half of `middle`.

    >>> log = Scale("log", 0.0, np.inf, np.ones((1, 1)))
    >>> bool(np.diff(common_levels(log, np.array([4.0, 6.0]), middle=5.0))[0] > 0)
    True
    """
    shared = replace(scale, start=np.full((len(latest), 1), LOG_START * middle if middle > 0 else 1.0))
    return shared.forward(latest)


def rounding_variance(scale: Scale, latest: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Variance that rounding alone gives to a change on the scale: two roundings, each the unit squared over twelve.

    latest: (series,), the values near which it counts. steps: (series,), the units they are rounded to, 0 if unknown.

    >>> plain = Scale("plain", -np.inf, np.inf, np.ones((1, 1)))
    >>> rounding_variance(plain, np.array([5.0]), np.array([0.1])) * 6
    array([0.01])
    """
    around = np.stack([latest - steps / 2, latest + steps / 2], axis=1)
    low, high = scale.forward(around).T
    return (high - low) ** 2 / 6


def rounding_steps(values: np.ndarray, share: float = 1.0) -> np.ndarray:
    """The decimal step each series seems rounded to: (series, year) -> (series,), 1, 0.1, ... 0.001, or 0 if finer.

    share: of its known values that must be multiples of the step.

    >>> rounding_steps(np.array([[12.0, 30.0], [1.2, 3.0], [1.23456, 2.0]]))
    array([1. , 0.1, 0. ])
    """
    steps = np.zeros(len(values))
    known = np.isfinite(values).sum(axis=1)
    for decimals in (3, 2, 1, 0):
        scaled = values * 10**decimals
        fits = np.isclose(scaled, np.round(scaled), rtol=0, atol=1e-6) & np.isfinite(values)
        steps[fits.sum(axis=1) >= share * known] = 10.0**-decimals
    return steps
