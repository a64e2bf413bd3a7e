"""The scale of a tree of regions: log or started logit, on which deviations of regions add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LOGIT_START = 0.5  # percent; keeps the step from 99 to 100 % finite (Tukey 1977, Exploratory Data Analysis, ch. 3)
LEAST = 1e-6  # of a log without a start
FARTHEST = 50.0  # on the scale; exp(50) is past counting


@dataclass(frozen=True)
class TreeScale:
    """A transformation from the unit of an indicator to the scale of the model and back.

    name: log, logit (of a percentage) or plain. low, high: the natural range, which no value leaves on the way back.
    start: what is added before a log, in the unit, or before a logit at both ends, in percent; by default 0 (figures far
    from nought) and LOGIT_START.

    >>> TreeScale("logit").inverse(TreeScale("logit").forward([0.0, 50.0, 100.0])).round(6).tolist()
    [0.0, 50.0, 100.0]
    """

    name: str
    low: float = 0.0
    high: float = np.inf
    start: float | None = None

    def __post_init__(self) -> None:
        if self.name not in ("log", "logit", "plain"):
            raise ValueError(f"No scale is called {self.name!r}; known are log, logit and plain.")

    @property
    def added(self) -> float:
        """What is added before the transformation."""
        if self.start is not None:
            return self.start
        return LOGIT_START if self.name == "logit" else 0.0

    def forward(self, values: ArrayLike) -> np.ndarray:
        """From the unit to the scale: any shape; NaN stays NaN."""
        values = np.asarray(values, dtype=float)
        if self.name == "logit":
            share = np.clip(values, 0.0, 100.0)
            return np.log((share + self.added) / (100.0 + self.added - share))
        if self.name == "log":
            return np.log(np.maximum(values + self.added, LEAST))
        return values.copy()

    def inverse(self, scaled: ArrayLike) -> np.ndarray:
        """From the scale to the unit, held inside the natural range: any shape."""
        scaled = np.asarray(scaled, dtype=float)
        if self.name == "logit":
            values = (100.0 + 2 * self.added) * special.expit(scaled) - self.added
            return np.clip(values, max(self.low, 0.0), min(self.high, 100.0))
        values = np.exp(np.minimum(scaled, FARTHEST)) - self.added if self.name == "log" else scaled
        return np.clip(values, self.low, self.high)

    def rounding_variance(self, values: ArrayLike, units: ArrayLike) -> np.ndarray:
        """Variance on the scale of a value rounded to a unit: uniform over the unit, carried through the scale."""
        values, units = np.asarray(values, dtype=float), np.asarray(units, dtype=float)
        low = self.forward(values - units / 2)
        if self.name == "log":  # half a unit below a printed nought has no log
            low = np.where(values - units / 2 + self.added <= 0, self.forward(np.maximum(units / 4, LEAST)), low)
        return np.where(units > 0, (self.forward(values + units / 2) - low) ** 2 / 12, 0.0)
