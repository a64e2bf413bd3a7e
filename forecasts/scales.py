"""Scales: where changes of an indicator are comparable between regions and between years.

Shares use a started logit, log((y + 5) / (105 - y)), and other non-negative figures a started log, log(y + start) with
start half the mean of the series. The starts (Tukey 1977, Exploratory Data Analysis, ch. 3) keep a change at 1 % or at
two deaths from counting as a revolution; with plain logs and t tails, intervals explode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOGIT_START = 5.0


@dataclass(frozen=True)
class Scale:
    """One transformation and the natural range behind it.

    name: log, logit or plain. low, high: the range no forecast leaves, in the unit of the indicator. start: the started
    log's constant, one number or one per series (series, 1).
    """

    name: str
    low: float
    high: float
    start: float | np.ndarray = 0.0

    def forward(self, values) -> np.ndarray:
        """From the unit to the scale, any shape; NaN stays NaN."""
        values = np.asarray(values, dtype=float)
        if self.name == "log":
            return np.log(np.maximum(values, 0.0) + self.start)
        if self.name == "logit":
            share = np.clip(values, 0.0, 100.0)
            return np.log((share + LOGIT_START) / (100.0 + LOGIT_START - share))
        return values.copy()

    def inverse(self, scaled) -> np.ndarray:
        """From the scale back to the unit, held inside the natural range."""
        scaled = np.asarray(scaled, dtype=float)
        if self.name == "log":
            values = np.exp(np.minimum(scaled, 700.0)) - self.start
        elif self.name == "logit":
            width = 100.0 + 2 * LOGIT_START
            values = width / (1.0 + np.exp(-np.clip(scaled, -700.0, 700.0))) - LOGIT_START
        else:
            values = scaled
        return np.clip(values, self.low, self.high)


def log_start(values) -> np.ndarray:
    """Half the mean of each series: (series, year) with NaN gaps -> (series, 1).

    A series of zeros only borrows the mean of the others, and if all are zero one unit, so that the log exists.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    known = np.isfinite(values)
    total = np.where(known, np.maximum(values, 0.0), 0.0).sum(axis=1)
    mean = total / np.maximum(known.sum(axis=1), 1)
    positive = mean[mean > 0]
    typical = np.exp(np.log(positive).mean()) if positive.size else 2.0
    return 0.5 * np.where(mean > 0, mean, typical)[:, None]


def panel_scale(kind: str, values) -> Scale:
    """The scale of an indicator known only by its `kind` and its values: (series, year), NaN where unknown.

    A share above 100 is no share of a whole, and a figure below zero has no log: the values overrule the label.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    lowest, highest = np.nanmin(values), np.nanmax(values)
    if lowest < 0:
        return Scale("plain", -np.inf, np.inf)
    if kind == "pct" and highest <= 100:
        return Scale("logit", 0.0, 100.0)
    return Scale("log", 0.0, np.inf, log_start(values))


def indicator_scale(indicator, values) -> Scale:
    """The scale of a registered Indicator: its own `scale` and `range`, started from the values at hand."""
    low, high = indicator.range
    if indicator.unit == "percent":
        low, high = max(low, 0.0), min(high, 100.0)
    if indicator.scale == "logit" and indicator.unit == "percent":
        return Scale("logit", low, high)
    if indicator.scale in ("log", "count", "logit"):
        return Scale("log", max(low, 0.0), high, log_start(values))
    if indicator.scale == "plain":
        return Scale("plain", low, high)
    raise ValueError(
        f"Indicator {indicator.id} has scale {indicator.scale!r}; known are log, logit, plain and count. "
        "Scales are set in data/indicators.yaml."
    )
