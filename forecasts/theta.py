"""The dynamic optimised Theta model, for many series of one length at once.

It is Fiorucci and others (2016), Models for optimising the theta method and their relationship to
state space models, International Journal of Forecasting 32: 1151-1161, equations 12 to 17, here with the start of the
level in closed form (the residuals are linear in it) and the other two parameters searched on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTHING = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
THETAS = np.array([1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0])


@dataclass(frozen=True)
class Fitted:
    """Centre (series, year ahead), variance of the error at each step ahead (series, year ahead), freedom left."""

    centre: np.ndarray
    variance: np.ndarray
    df: int


def dynamic_optimised_theta(values: np.ndarray, horizon: int) -> Fitted:
    """The dynamic optimised Theta model: (series, year), three values or more.

    >>> dynamic_optimised_theta(np.full((1, 8), 4.0), 3).centre
    array([[4., 4., 4.]])
    """
    smoothing, theta = (grid.ravel() for grid in np.meshgrid(SMOOTHING, THETAS))
    offset, slope = _one_step(values, smoothing, theta)
    errors = values[:, :, None] - offset
    start = (errors[:, 1:] * slope[1:]).sum(axis=1) / (slope[1:] ** 2).sum(axis=0)
    errors = errors - start[:, None, :] * slope
    squares = (errors[:, 1:] ** 2).sum(axis=1)
    best = squares.argmin(axis=1)
    rows = np.arange(len(values))
    df = max(values.shape[1] - 3, 1)
    variance = squares[rows, best][:, None] / df
    steps = np.arange(horizon)
    spread = 1 + steps * smoothing[best][:, None] ** 2
    centre = _ahead(values, smoothing[best], theta[best], start[rows, best], horizon)
    return Fitted(centre, variance * spread, df)


def _one_step(values: np.ndarray, smoothing: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One-step forecasts as offset + slope * first level: (series, year, candidate) and (year, candidate)."""
    series, years = values.shape
    level, carried = np.zeros((series, len(theta))), np.ones(len(theta))
    mean, lean = np.zeros(series), np.zeros(series)
    offset, slope = np.zeros((series, years, len(theta))), np.zeros((years, len(theta)))
    for t in range(1, years + 1):
        value = values[:, t - 1]
        offset[:, t - 1] = level + _drifted(t, mean, lean, smoothing, theta)
        slope[t - 1] = carried
        level, carried = smoothing * value[:, None] + (1 - smoothing) * level, (1 - smoothing) * carried
        mean, lean = _updated(t, value, mean, lean)
    return offset, slope


def _ahead(values: np.ndarray, smoothing: np.ndarray, theta: np.ndarray, start: np.ndarray, horizon: int) -> np.ndarray:
    """Forecasts with one candidate for each series, fed back as if observed: (series, year ahead)."""
    level, mean, lean = start.copy(), np.zeros(len(values)), np.zeros(len(values))
    years = values.shape[1]
    path = []
    for t in range(1, years + horizon + 1):
        if t <= years:
            value = values[:, t - 1]
        else:
            value = level + _drifted(t, mean, lean, smoothing, theta, matched=True)
            path.append(value)
        level = smoothing * value + (1 - smoothing) * level
        mean, lean = _updated(t, value, mean, lean)
    return np.stack(path, axis=1)


def _drifted(
    t: int, mean: np.ndarray, lean: np.ndarray, smoothing: np.ndarray, theta: np.ndarray, matched: bool = False
) -> np.ndarray:
    """What the line of the first t - 1 values adds to the level, equation 13."""
    intercept = mean - t / 2 * lean
    if not matched:
        intercept, lean = intercept[:, None], lean[:, None]
    kept = (1 - smoothing) ** (t - 1)
    return (1 - 1 / theta) * (kept * intercept + (1 - kept * (1 - smoothing)) / smoothing * lean)


def _updated(t: int, value: np.ndarray, mean: np.ndarray, lean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and slope of the line through the first t values, from those of the first t - 1, equations 15 and 16."""
    new_lean = ((t - 2) * lean + 6 / t * (value - mean)) / (t + 1) if t > 1 else np.zeros_like(value)
    return ((t - 1) * mean + value) / t, new_lean
