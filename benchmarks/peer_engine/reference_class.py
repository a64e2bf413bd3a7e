"""The reference class: how far comparable regions really moved (Kahneman and Tversky 1979; Flyvbjerg 2008).

Changes are taken as they happened, never through a fitted density: on bounded and rounded indicators many regions do
not move at all, and the ties carry the chance of keeping a level.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

SHOCK_DF = 5
TOUCHING = 1e-9

# Nine equally likely shocks in standard units: a common shock moves all regions of an indicator together.
SHOCKS = stdtrit(SHOCK_DF, (np.arange(9) + 0.5) / 9) / np.sqrt(SHOCK_DF / (SHOCK_DF - 2))


def share_reaching(changes: np.ndarray, weights: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Weighted share of windows whose change reached what is needed: (region, target).

    changes: (window,); weights: (region, window); needed: (region, target).

    >>> share_reaching(np.array([0.0, 1.0, 1.0, 2.0]), np.ones((1, 4)), np.array([[1.0, 1.5]]))
    array([[0.75, 0.25]])
    """
    order = np.argsort(changes, kind="stable")
    weights = weights[:, order]
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
    first = np.searchsorted(changes[order], np.asarray(needed) - TOUCHING, side="left")
    total = below[:, -1:]
    return (total - np.take_along_axis(below, first, axis=1)) / total


def share_reaching_with_shock(
    changes: np.ndarray, weights: np.ndarray, needed: np.ndarray, shock_spread: float
) -> np.ndarray:
    """The same when the change shared by all regions is itself uncertain by `shock_spread` (standard deviation).

    >>> share_reaching_with_shock(np.array([0.0, 1.0, 1.0, 2.0]), np.ones((1, 4)), np.array([[1.0]]), shock_spread=0.0)
    array([[0.75]])
    """
    shares = [share_reaching(changes, weights, needed - shock_spread * shock) for shock in SHOCKS]
    return np.mean(shares, axis=0)
