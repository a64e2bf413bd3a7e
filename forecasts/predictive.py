"""What is said of several series at once: a predictive distribution, in parts that are each on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasts import scales
from forecasts.calibration import Constants
from forecasts.combination import with_theta
from forecasts.histories import Group, histories
from forecasts.pooled import Predictive, predict

FLOOR = 1e-8  # variance of a yearly change on the log or logit scale: one hundredth of a percent


def group_of(
    values: np.ndarray, scale: scales.Scale, compare_levels: bool, breaks: tuple[tuple[int, ...], ...] | None = None
) -> Group:
    """Series in the unit, (series, year), as a Group on `scale`. compare_levels: whether one level can pull another."""
    known = np.isfinite(values)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    latest = np.take_along_axis(values, last[:, None], axis=1)[:, 0]
    levels = np.full(len(values), np.nan)
    if compare_levels and len(values):
        levels = scales.common_levels(scale, latest, float(np.nanmedian(np.maximum(latest, 0.0))))
    return Group(scale.forward(values), levels, tuple(breaks) if breaks else ((),) * len(values))


def floor_of(scale: scales.Scale, values: np.ndarray) -> float:
    """The least believable variance of a yearly change; on the plain scale relative to the level.

    >>> floor_of(scales.Scale("log", 0.0, np.inf, np.ones((1, 1))), np.ones((1, 3)))
    1e-08
    """
    return FLOOR if scale.name != "plain" else FLOOR * float(np.nanmean(np.square(values))) + 1e-12


@dataclass(frozen=True)
class Part:
    """Some rows of a prediction with the scale that leads them back to the unit. rows: their positions."""

    rows: np.ndarray
    prediction: Predictive
    scale: scales.Scale


@dataclass(frozen=True)
class PredictiveDistribution:
    """What is said of several series, in parts, because a lone series is forecast on another scale than one with peers."""

    parts: tuple[Part, ...]

    @property
    def prediction(self) -> Predictive:
        """The prediction where there is one part only."""
        (part,) = self.parts
        return part.prediction

    @property
    def scale(self) -> scales.Scale:
        """The scale where there is one part only."""
        (part,) = self.parts
        return part.scale

    def joined(self, pieces: list[np.ndarray]) -> np.ndarray:
        """One array of all series from one array for each part: (series, ...)."""
        joined = np.empty((sum(len(part.rows) for part in self.parts), *pieces[0].shape[1:]))
        for part, piece in zip(self.parts, pieces, strict=True):
            joined[part.rows] = piece
        return joined

    def quantiles(self, levels: ArrayLike) -> np.ndarray:
        """In the unit: (series, year, level)."""
        return self.joined([part.scale.inverse(part.prediction.quantiles(levels)) for part in self.parts])


def on_one_scale(prediction: Predictive, scale: scales.Scale) -> PredictiveDistribution:
    """The distribution of series that are all on the same scale."""
    return PredictiveDistribution((Part(np.arange(len(prediction.centre)), prediction, scale),))


def predict_single(
    values: np.ndarray,
    low: float,
    high: float,
    breaks: tuple[tuple[int, ...], ...],
    ahead: tuple[int, ...],
    constants: Constants,
    steps: np.ndarray | None = None,
) -> PredictiveDistribution:
    """Series without peers, (series, year) in the unit, inside their natural range.

    steps: (series,), the units they are rounded to; read off their decimals when None.

    >>> from forecasts.calibration import shipped
    >>> found = predict_single(np.array([[4.0, 4.2, 4.3]]), 0.0, np.inf, ((),), (1, 5), shipped())
    >>> low, middle, high = found.quantiles([0.1, 0.5, 0.9])[0].T
    >>> bool((low < middle).all() and (middle < high).all() and high[1] - low[1] > high[0] - low[0])
    True
    """
    scale = scales.single_scale(values, low, high, constants.single_start)
    relative = scales.relative_step(scale, constants.single_start) ** 2
    nobody = histories(Group(np.zeros((0, values.shape[1])), np.zeros(0), ()), constants, FLOOR)
    targets = Group(scale.forward(values), np.full(len(values), np.nan), breaks)
    latest = values[np.arange(len(values)), targets.last()]
    rounding = scales.rounding_variance(scale, latest, scales.rounding_steps(values) if steps is None else steps)
    skip, single = np.full(len(values), -1), np.ones(len(values), dtype=bool)
    usual = constants.single_variance * relative
    prediction = predict(targets, nobody, skip, ahead, constants, FLOOR * relative, usual, rounding)
    return on_one_scale(with_theta(prediction, values, scale, ahead, single, constants), scale)
