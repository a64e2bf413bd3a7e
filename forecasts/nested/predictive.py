"""Predictive distributions: a mixture of Student t on the scale, read in the unit of the indicator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forecasts.nested.scale import TreeScale

DF = 8.0  # degrees of freedom of each part: variances are estimated, and some surprises are larger than usual
BISECTIONS = 28


def t_cdf(x: np.ndarray) -> np.ndarray:
    """Distribution function of Student's t with DF = 8 degrees of freedom, any shape.

    For even degrees of freedom it is a polynomial (Abramowitz and Stegun 1972, Handbook of Mathematical Functions,
    26.7.4), many times faster than the incomplete beta function.
    """
    cos2 = DF / (DF + x * x)
    return 0.5 + 0.5 * x * np.sqrt(cos2 / DF) * (1 + cos2 * (1 / 2 + cos2 * (3 / 8 + cos2 * 5 / 16)))


def mixture_cdf(z: np.ndarray, weights: np.ndarray, means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Probability below z of a mixture of t: z (..., value), the others (..., part) -> (..., value)."""
    standard = (z[..., :, None] - means[..., None, :]) / deviations[..., None, :]
    return (t_cdf(standard) * weights[..., None, :]).sum(axis=-1)


def mixture_quantiles(levels: np.ndarray, weights: np.ndarray, means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Quantiles of a mixture of t by bisection between those of its parts: (..., part) -> (..., level)."""
    standard = special.stdtrit(DF, levels)
    each = means[..., None, :] + deviations[..., None, :] * standard[:, None]
    low, high = each.min(axis=-1), each.max(axis=-1)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        below = mixture_cdf(middle, weights, means, deviations) < levels
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Predictive:
    """The distribution of one area's published values in some years.

    weights: (part,). means: (part, year) and covariances: (part, year, year) on the scale; spread factors are applied.
    own: how many own figures it rests on. ends: stated and observed chances, by which `chance` is calibrated.
    """

    years: tuple[int, ...]
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    scale: TreeScale
    own: int = 0
    ends: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def deviations(self) -> np.ndarray:
        """Standard deviations of the parts: (part, year)."""
        return np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))

    def column(self, year: int) -> int:
        """Where a year stands. Raises KeyError naming the years at hand."""
        if year not in self.years:
            raise KeyError(f"The predictive is for {self.years[0]}-{self.years[-1]}, not for {year}.")
        return self.years.index(year)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (year,) and covariance (year, year) of the whole mixture on the scale."""
        mean = self.weights @ self.means
        away = self.means - mean
        inside = np.tensordot(self.weights, self.covariances, 1)
        return mean, inside + np.einsum("p,pa,pb->ab", self.weights, away, away)

    def cdf(self, value: ArrayLike, year: int) -> np.ndarray:
        """Probability of a value below `value` in `year`, before calibration of the ends: shape of `value`."""
        column = self.column(year)
        z = np.atleast_1d(self.scale.forward(value))
        below = mixture_cdf(z, self.weights, self.means[:, column], self.deviations[:, column])
        inside = np.clip(below, 0.0, 1.0).reshape(np.shape(value))
        values = np.asarray(value, dtype=float)
        return np.where(values <= self.scale.low, 0.0, np.where(values > self.scale.high, 1.0, inside))

    def quantiles(self, levels: ArrayLike) -> np.ndarray:
        """Quantiles by year in the unit: (level, year)."""
        weights = np.broadcast_to(self.weights, (len(self.years), len(self.weights)))
        z = mixture_quantiles(np.asarray(levels, dtype=float), weights, self.means.T, self.deviations.T)
        return self.scale.inverse(z).T

    def chance(self, target: float, year: int, at_least: bool = True, unit: float = 0.0) -> float:
        """Calibrated probability that the value printed for `year` meets the target.

        unit: what values are rounded to; the target counts from half a unit before the first value that meets it.
        """
        raw = float(self.cdf(edge(target, unit, at_least), year))
        return float(self.calibrated(1 - raw if at_least else raw))

    def calibrated(self, chance: ArrayLike) -> np.ndarray:
        """Chances as they came true on other indicators: monotone, learned by isotonic regression."""
        stated = np.asarray(chance, dtype=float)
        if self.ends is None:
            return stated
        return np.where((stated > 0) & (stated < 1), np.interp(stated, *self.ends), stated)


def edge(target: float, unit: float, at_least: bool) -> float:
    """Where values begin that print as meeting the target.

    >>> edge(2.5, 0.1, True), edge(2.5, 0.0, True)
    (2.45, 2.5)
    """
    if not unit:
        return target
    steps = np.round(target / unit, 6)
    return float(round((np.ceil(steps) - 0.5 if at_least else np.floor(steps) + 0.5) * unit, 9))
