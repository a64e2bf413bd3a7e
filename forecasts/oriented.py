"""The scale on which peers are compared: log or logit, turned so that up is always better.

The starts (Tukey 1977, Exploratory Data Analysis, ch. 3) keep the step from 99 to 100 %, or from no case to one, finite.
They are smaller than those of the trend models because changes are compared with changes from the same level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

LOGIT_START = 1.0
LOG_START = 0.25


@dataclass(frozen=True)
class OrientedScale:
    """One transformation. name: logit, log or plain. sign: 1 where more is better, -1 where less is.

    start: what is added before the log or, at both ends of the percentage, before the logit. low, high: the natural
    range in the unit, never left on the way back.
    """

    name: str
    sign: int
    start: float
    low: float = -np.inf
    high: float = np.inf

    def forward(self, values: ArrayLike) -> np.ndarray:
        """From the unit to the scale, any shape; NaN stays NaN."""
        values = np.asarray(values, dtype=float)
        if self.name == "log":
            scaled = np.log(np.maximum(values, 0.0) + self.start)
        elif self.name == "logit":
            share = np.clip(values, 0.0, 100.0)
            scaled = np.log((share + self.start) / (100.0 + self.start - share))
        else:
            scaled = values
        return self.sign * scaled

    def inverse(self, scaled: ArrayLike) -> np.ndarray:
        """From the scale back to the unit, held inside the natural range."""
        scaled = self.sign * np.asarray(scaled, dtype=float)
        if self.name == "log":
            values = np.exp(np.minimum(scaled, 700.0)) - self.start
        elif self.name == "logit":
            values = (100.0 + 2 * self.start) / (1.0 + np.exp(-np.clip(scaled, -700.0, 700.0))) - self.start
        else:
            values = scaled
        return np.clip(values, self.low, self.high)


def oriented_scale(
    name: str, better_up: bool, values: ArrayLike, low: float = -np.inf, high: float = np.inf
) -> OrientedScale:
    """The scale for an indicator, started from the values at hand (own and peers', any shape, up to the origin).

    name: logit for shares in percent, log for other figures at or above zero, plain for the rest.
    """
    sign = 1 if better_up else -1
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if name == "logit":
        return OrientedScale("logit", sign, LOGIT_START, max(low, 0.0), min(high, 100.0))
    if name == "log":
        positive = known[known > 0]
        typical = float(np.median(positive)) if positive.size else 1.0
        return OrientedScale("log", sign, LOG_START * typical, max(low, 0.0), high)
    if name == "plain":
        return OrientedScale("plain", sign, 0.0, low, high)
    raise ValueError(f"No scale is called {name!r}; known are logit, log and plain.")


def rounding_unit(values: ArrayLike) -> float:
    """The unit to which values were rounded when published, read off the values; 0 where they show none."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if known.size < 3:
        return 0.0
    for unit in (10.0, 1.0, 0.1, 0.01, 0.001):
        steps = known / unit
        if np.mean(np.abs(steps - np.round(steps)) < 1e-6) > 0.98:
            return unit
    return 0.0
