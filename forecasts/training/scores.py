"""Scores of quantile forecasts and of stated chances.

Errors are in units of the mean absolute yearly change of the series, so that indicators can be averaged. WQL is twice the
pinball loss averaged over seven quantiles, close to the continuous ranked probability score; ASE the absolute error of
the median; MSIS95 the scaled interval score of the 95 % interval (Gneiting and Raftery 2007, Strictly proper scoring
rules, prediction, and estimation, JASA 102: 359-378, sec. 6.2).
"""

from __future__ import annotations

import numpy as np

LEVELS = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
MEASURES = ("WQL", "ASE", "MSIS95", "cover80", "cover95")
BINS = 10


def pinball(quantiles: np.ndarray, truth: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """Twice the pinball loss, mean over levels: (..., level) against (...).

    >>> float(pinball(np.array([[3.0]]), np.array([5.0]), np.array([0.5]))[0])
    2.0
    """
    error = truth[..., None] - quantiles
    return 2 * np.maximum(levels * error, (levels - 1) * error).mean(axis=-1)


def interval_score(low: np.ndarray, high: np.ndarray, truth: np.ndarray, missed: float) -> np.ndarray:
    """Width plus 2 / missed times the distance by which the truth fell outside.

    >>> round(float(interval_score(np.array(1.0), np.array(3.0), np.array(3.5), missed=0.05)), 6)
    22.0
    """
    return (high - low) + 2 / missed * (np.maximum(low - truth, 0) + np.maximum(truth - high, 0))


def score(quantiles: np.ndarray, truth: np.ndarray, size: np.ndarray) -> np.ndarray:
    """MEASURES of each window: quantiles (window, year, LEVELS), truth (window, year), size (window,) -> (window, 5)."""
    low80, high80 = quantiles[..., 1], quantiles[..., 5]
    low95, high95 = quantiles[..., 0], quantiles[..., 6]
    return np.stack(
        [
            pinball(quantiles, truth).mean(axis=1) / size,
            np.abs(truth - quantiles[..., 3]).mean(axis=1) / size,
            interval_score(low95, high95, truth, 0.05).mean(axis=1) / size,
            ((truth >= low80) & (truth <= high80)).mean(axis=1),
            ((truth >= low95) & (truth <= high95)).mean(axis=1),
        ],
        axis=1,
    )


def mean_by(labels: np.ndarray, values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Mean of values (window, ...) for each label, in the order of the labels' names.

    >>> mean_by(np.array(["b", "a", "b"]), np.array([1.0, 5.0, 3.0]))
    (['a', 'b'], array([5., 2.]))
    """
    names, place = np.unique(labels, return_inverse=True)
    total = np.zeros((len(names), *values.shape[1:]))
    np.add.at(total, place, values)
    counts = np.bincount(place).reshape((-1,) + (1,) * (values.ndim - 1))
    return names.tolist(), total / counts


def brier(chances: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Squared error of each stated chance (Brier 1950, Monthly Weather Review 78: 1-3).

    >>> brier(np.array([0.9, 0.2]), np.array([1.0, 0.0])).round(2)
    array([0.01, 0.04])
    """
    return (chances - outcome) ** 2


def calibration_error(chances: np.ndarray, outcome: np.ndarray, bins: int = BINS) -> float:
    """Mean absolute difference of stated and seen frequency over equal bins, weighted by how often each is used.

    >>> calibration_error(np.full(4, 0.75), np.array([1, 1, 1, 0]))
    0.0
    """
    place = np.minimum((chances * bins).astype(int), bins - 1)
    used = np.bincount(place, minlength=bins)
    gap = np.bincount(place, weights=chances - outcome, minlength=bins)
    return float(np.abs(gap).sum() / used.sum())


def reliability(chances: np.ndarray, outcome: np.ndarray, bins: int = BINS) -> list[dict]:
    """For a reliability diagram: each bin's mean chance, how often it happened and how many cases it holds.

    >>> reliability(np.array([0.72, 0.78, 0.75, 0.75]), np.array([1, 1, 1, 0]))
    [{'stated': 0.75, 'seen': 0.75, 'cases': 4}]
    """
    place = np.minimum((chances * bins).astype(int), bins - 1)
    return [
        {"stated": float(chances[place == b].mean()), "seen": float(outcome[place == b].mean()), "cases": int(n)}
        for b, n in enumerate(np.bincount(place, minlength=bins))
        if n
    ]
