"""Conditioning a process of yearly changes on the changes that were observed: exact, and shared by all series with the
same years.

Changes are pairs of years counted from the last value (0): ((-3, -1), (-1, 0)) is a series with one year missing.
Missing years and broken stretches only leave pairs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecasts.calibration import Process

Changes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Kernel:
    """What the observed changes say of the future ones, for each candidate process and per unit of variance.

    weights: (candidate, year, change). covariance: (candidate, year, year) of the change since the last value.
    precision: (candidate, change, change), inverse covariance of the observed changes; log_det: (candidate,) of that
    covariance. unit: (change,), the variance of each observed change, mean over candidates.
    """

    weights: np.ndarray
    covariance: np.ndarray
    precision: np.ndarray
    log_det: np.ndarray
    unit: np.ndarray

    def misfit(self, changes: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis length of observed changes: (series, change) -> (candidate, series)."""
        return ((changes @ self.precision) * changes).sum(axis=-1)


@lru_cache(maxsize=4096)
def kernel(processes: tuple[Process, ...], changes: Changes, ahead: tuple[int, ...]) -> Kernel:
    """Condition each process on `changes` for the years `ahead` of the last value.

    >>> walk = Process(drift=0.0, slope=0.0, persistence=0.0, level=1.0, noise=0.0)
    >>> found = kernel((walk,), ((-2, -1), (-1, 0)), (1, 5))
    >>> found.covariance[0].diagonal(), float(np.abs(found.weights).max())
    (array([1., 5.]), 0.0)
    """
    first = min((a for a, _ in changes), default=0)
    years = np.arange(first, max(ahead) + 1)
    yearly = years[1:]
    pairs = [*changes, *((0, h) for h in ahead)]
    spans = np.array([(a < yearly) & (yearly <= b) for a, b in pairs], dtype=float)
    ends = np.array([(years == b).astype(float) - (years == a) for a, b in pairs])
    shares = np.array([(p.drift, p.slope, p.persistence, p.level, p.noise, p.drift_damping) for p in processes])
    drift, slope, persistence, level, noise, damping = (column[:, None, None] for column in shares.T)
    damped = damping[:, :, 0] ** np.maximum(yearly, 0)
    gap = np.abs(yearly[:, None] - yearly[None, :])
    steps = drift * damped[:, :, None] * damped[:, None, :] + slope * persistence**gap + level * np.eye(len(yearly))
    joint = spans @ steps @ spans.T + noise * (ends @ ends.T)
    n = len(changes)
    precision = np.linalg.inv(joint[:, :n, :n])
    weights = joint[:, n:, :n] @ precision
    remaining = joint[:, n:, n:] - weights @ joint[:, :n, n:]
    unit = joint[:, :n, :n].diagonal(axis1=1, axis2=2).mean(axis=0)
    return Kernel(weights, remaining, precision, np.linalg.slogdet(joint[:, :n, :n])[1], unit)
