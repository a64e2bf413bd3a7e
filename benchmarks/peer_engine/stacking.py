"""Stacking: several methods' chances made one, with weights learned on other indicators (Wolpert 1992; Ranjan and
Gneiting 2010 on why pooled chances need recalibrating).

The log odds are added with weights that are never negative. So the result is again a distribution: a harder target never
gets a better chance, and paths, charts and chances come from one thing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

SOFTENING = 0.01
TAIL = 0.005


@dataclass(frozen=True)
class Stacking:
    """Learned weights. windows: (class,), the usual number of comparable windows of each class of peers, rising.

    points: (point,), numbers of own points. peers: (class, point, method + 1) and alone: (point, own method + 1),
    weights of the log odds with the constant last.
    """

    windows: np.ndarray
    points: np.ndarray
    peers: np.ndarray
    alone: np.ndarray

    def with_peers(self, windows: int, points: int) -> np.ndarray:
        """Weights between the learned classes, straight in the log of the numbers: (method + 1,)."""
        by_class = _between(np.log(self.points), self.peers.swapaxes(0, 1), np.log(points))
        return _between(np.log(self.windows), by_class, np.log(max(windows, 1)))

    def without_peers(self, points: int) -> np.ndarray:
        """Weights for own points only: (own method + 1,)."""
        return _between(np.log(self.points), self.alone, np.log(points))


def _between(at: np.ndarray, values: np.ndarray, where: float) -> np.ndarray:
    """Linear interpolation along the first axis of `values`, flat outside."""
    if len(at) == 1:
        return values[0]
    where = float(np.clip(where, at[0], at[-1]))
    after = int(np.clip(np.searchsorted(at, where), 1, len(at) - 1))
    apart = at[after] - at[after - 1]
    # Where a panel has few peers, two classes may have seen as many windows; they then count alike.
    share = (where - at[after - 1]) / apart if apart > 0 else 0.5
    return (1 - share) * values[after - 1] + share * values[after]


def odds(parts: np.ndarray) -> np.ndarray:
    """Softened log odds of the methods' chances, with a column of ones: (case, method) -> (case, method + 1).

    >>> odds([[0.5]])
    array([[0., 1.]])
    """
    softened = logit(SOFTENING + (1 - 2 * SOFTENING) * np.asarray(parts, dtype=float))
    return np.concatenate([softened, np.ones((*softened.shape[:-1], 1))], axis=-1)


def pooled(parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The stacked chance: parts (..., method), weights (method + 1,) or (..., method + 1).

    Softening leaves no chance below about one in a hundred; where even the mean of the methods is below TAIL the chance
    falls with it, so that paths do not scatter over impossible values.

    >>> round(float(pooled([0.6, 0.6], np.array([0.5, 0.5, 0.0]))), 2)
    0.6
    """
    parts = np.asarray(parts, dtype=float)
    chance = expit((odds(parts) * weights).sum(axis=-1))
    mean = parts.mean(axis=-1)
    chance = chance * np.minimum(1.0, mean / TAIL)
    return 1.0 - (1.0 - chance) * np.minimum(1.0, (1.0 - mean) / TAIL)


@lru_cache
def shipped() -> dict:
    """What ships with the package: weights, what they were learned from, and the indicator-wide error."""
    return json.loads(Path(__file__).with_name("stacking.json").read_text(encoding="utf-8"))


@lru_cache
def shipped_stacking() -> Stacking:
    """The shipped weights.

    >>> shipped_stacking().points
    array([1., 2., 3., 5., 8.])
    """
    table = shipped()
    return Stacking(*(np.array(table[name], dtype=float) for name in ("windows", "points", "peers", "alone")))
