"""Conditioning: what the tree says of one area, and the mixture over how gaps close and how lively the area is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasts.nested.components import NUGGET, Components
from forecasts.nested.fit import Fitted, inverse_of
from forecasts.nested.measurements import Rows

# How strongly gaps close as the nation rises, and how usual that is; and how much an area moves by itself, in units of
# its siblings' movement. Priors: shares of the posterior over the training indicators.
KAPPAS, KAPPA_PRIOR = (0.0, 0.5, 1.0), (0.5, 0.3, 0.2)
LIVELINESS, LIVELINESS_PRIOR = (0.2, 0.5, 1.0, 1.8), (0.12, 0.36, 0.31, 0.21)
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Part:
    """The tree under one strength of convergence, conditioned on all its rows."""

    rows: Rows
    parts: Components
    fitted: Fitted
    centre: float

    @property
    def theta(self) -> np.ndarray:
        return self.fitted.theta

    @cached_property
    def noise(self) -> np.ndarray:
        """(row,): variance of each row beyond the tree's components."""
        return self.rows.noise + self.fitted.extra + NUGGET

    @cached_property
    def inverse(self) -> np.ndarray:
        """(row, row): inverse covariance of the rows."""
        covariance = self.parts.covariance(self.theta, self.rows.ids, self.rows.year, self.rows.ids, self.rows.year)
        covariance[np.diag_indices_from(covariance)] += self.noise
        return inverse_of(covariance)[0]

    @cached_property
    def alpha(self) -> np.ndarray:
        return self.inverse @ (self.rows.z - self.centre)

    def given(self, ids: np.ndarray, years: np.ndarray, but: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean (year,) and covariance (year, year) of one area's path given the rows, those of `but` (indices) left out."""
        at = np.tile(ids, (len(years), 1))
        prior = self.parts.covariance(self.theta, at, years, at, years)
        if not len(self.rows):
            return np.full(len(years), self.centre), prior
        cross = self.parts.covariance(self.theta, at, years, self.rows.ids, self.rows.year)
        if but is None or not len(but):
            return self.centre + cross @ self.alpha, prior - cross @ self.inverse @ cross.T
        inverse, alpha = self.without(but)
        kept = np.delete(cross, but, axis=1)
        return self.centre + kept @ alpha, prior - kept @ inverse @ kept.T

    def without(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inverse covariance and its product with the residual, of all rows but some: by the inverse of a partition."""
        kept = np.setdiff1d(np.arange(len(self.rows)), rows)
        across = self.inverse[np.ix_(kept, rows)]
        own = self.inverse[np.ix_(rows, rows)]
        inverse = self.inverse[np.ix_(kept, kept)] - across @ np.linalg.solve(own, across.T)
        return inverse, inverse @ (self.rows.z[kept] - self.centre)

    def log_density(self, rows: np.ndarray) -> float:
        """Log density of some rows given all others, without the constant."""
        if not len(rows):
            return 0.0
        precision = self.inverse[np.ix_(rows, rows)]
        error = np.linalg.solve(precision, self.alpha[rows])
        return float(-0.5 * error @ self.alpha[rows] + 0.5 * np.linalg.slogdet(precision)[1])


def conditioned(
    mean: np.ndarray, covariance: np.ndarray, z: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Condition a joint Gaussian whose first len(z) entries are measured with noise variances.

    Returns mean and covariance of the rest, and the log density of what was measured, without the constant.
    """
    own = len(z)
    if not own:
        return mean, covariance, 0.0
    inner = covariance[:own, :own] + np.diag(noise)
    weights = np.linalg.solve(inner, covariance[:own, own:]).T
    error = z - mean[:own]
    log_density = -0.5 * error @ np.linalg.solve(inner, error) - 0.5 * np.linalg.slogdet(inner)[1]
    return mean[own:] + weights @ error, covariance[own:, own:] - weights @ covariance[:own, own:], float(log_density)


@dataclass(frozen=True)
class Mixture:
    """Log weights (part,), means (part, year), covariances (part, year, year); labels (part,): kappa, liveliness."""

    log_weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    labels: tuple[tuple[float, float], ...]

    @property
    def weights(self) -> np.ndarray:
        """(part,), summing to one."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        return weights / weights.sum()


@dataclass(frozen=True)
class Own:
    """What is measured of the area itself: years, values on the scale, noise variances."""

    years: np.ndarray
    z: np.ndarray
    noise: np.ndarray


def mixture(
    parts: Sequence[Part],
    log_prior: np.ndarray,
    ids: np.ndarray,
    depth: int,
    years: np.ndarray,
    own: Own,
    but: np.ndarray,
    lively: bool,
) -> Mixture:
    """The area's path in `years`, given the tree without its rows `but`, then its own measurements.

    An area's own deviation touches nothing else in the tree as long as nothing below it is measured, so its liveliness
    scales its moving part after the fact (`lively`); otherwise it counts as 1. log_prior: (part,), evidence of the tree.
    """
    everything = np.concatenate([own.years, years])
    log_weights, means, covariances, labels = [], [], [], []
    choices = list(zip(LIVELINESS, LIVELINESS_PRIOR, strict=True)) if lively else [(1.0, 1.0)]
    for kappa, part, weight in zip(KAPPAS, parts, log_prior, strict=False):
        mean, covariance = part.given(ids, everything, but)
        moving = part.parts.moving_covariance(part.theta, depth, everything, everything) if lively else 0.0
        for liveliness, usual in choices:
            scaled = covariance + (liveliness**2 - 1) * moving
            scaled[np.diag_indices_from(scaled)] = np.maximum(scaled.diagonal(), LEAST_VARIANCE)
            m, c, density = conditioned(mean, scaled, own.z, own.noise + NUGGET)
            log_weights.append(weight - part.log_density(but) + np.log(usual) + density)
            means.append(m)
            covariances.append(c)
            labels.append((kappa, liveliness))
    return Mixture(np.array(log_weights), np.array(means), np.array(covariances), tuple(labels))
