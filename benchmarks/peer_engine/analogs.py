"""Analogs: the windows of peers that stood and moved most like the region, and what became of them.

Nearest neighbours in level, last change and slope (compare k-nearest-neighbour forecasting, Yakowitz 1987). The own
pace enters only as likeness; nothing is extrapolated.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peer_engine.peer_field import Standing, Windows

NEAREST_SHARE = 0.1
FEWEST = 40
LIKENESS = {"level": 1.0, "relative": 0.5, "last_change": 1.0, "slope": 1.0}
FARTHEST = 9.0
LEAST_WEIGHT = 0.05


def likeness(windows: Windows, standing: Standing, own: np.ndarray | None = None) -> np.ndarray:
    """Weights of the windows for each region: (region, window); 0 outside the nearest 10 per cent (at least forty).

    The weight falls with the squared distance over level, relative level, last change and slope, each in units of its
    spread among the windows, none counting for more than three spreads; a feature that a window or the region lacks
    counts as one. own: (region,), rows of the field that are the regions themselves and are left out.
    """
    distance = np.zeros((standing.level.size, len(windows)))
    for name, weight in LIKENESS.items():
        theirs, ours = getattr(windows.standing, name), getattr(standing, name)
        known = theirs[np.isfinite(theirs)]
        if known.size < 10:
            continue
        low, high = np.quantile(known, [0.16, 0.84])
        apart = (ours[:, None] - theirs) / ((high - low) / 2 + 1e-9)
        squared = np.minimum(apart**2, FARTHEST)
        distance += weight * np.where(np.isfinite(squared), squared, 1.0)
    if own is not None:
        distance[windows.peer[None, :] == own[:, None]] = np.inf
    nearest = int(min(len(windows) - 1, max(FEWEST, NEAREST_SHARE * len(windows))))
    reach = np.partition(distance, nearest, axis=1)[:, nearest]
    finite = np.isfinite(reach)
    farthest_known = np.where(np.isfinite(distance), distance, 0.0).max(axis=1)
    reach = np.maximum(np.where(finite, reach, farthest_known), 1e-9)
    share = distance / reach[:, None]
    return np.where(share <= 1, 1 - share + LEAST_WEIGHT, 0.0)
