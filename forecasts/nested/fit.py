"""Fit of the variances: the mode of marginal likelihood times prior, with the analytic gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from forecasts.nested.components import NUGGET, Components
from forecasts.nested.measurements import Rows
from forecasts.nested.prior import Prior

LOWEST, HIGHEST = -16.0, 4.0  # bounds of log variances
ITERATIONS = 40
TOLERANCE = 1e-5  # relative, of the objective; a further digit moves no forecast
OUTLYING = 2.5  # leave-one-out standard deviations from which a figure gets noise of its own
MOST_FITTED = 600  # rows; beyond, variances are fitted on a sample and all rows are conditioned on
SAMPLE = 400


@dataclass(frozen=True)
class Fitted:
    """Variances of one strength of convergence. theta: log variances. evidence: log of likelihood times prior at them.

    extra: (row,), variance given to outlying rows beyond their noise.
    """

    theta: np.ndarray
    evidence: float
    extra: np.ndarray


@dataclass(frozen=True)
class Objective:
    """Minus the log of marginal likelihood times prior, as a function of log variances, with its gradient.

    packed: (component, pair), the components' covariances in the lower triangle, whose indices are `lower`. fixed: (row, row), covariance
    without unknowns. residual: (row,). mean, precision: the prior.
    """

    packed: np.ndarray
    lower: tuple[np.ndarray, np.ndarray]
    fixed: np.ndarray
    residual: np.ndarray
    mean: np.ndarray
    precision: np.ndarray

    def covariance(self, theta: np.ndarray) -> np.ndarray:
        """(row, row): the covariance of the rows, lower triangle only."""
        total = self.fixed.copy()
        total[self.lower] += np.exp(theta) @ self.packed
        return total

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Value and gradient: .5 tr((K^-1 - a a') B_j) exp(theta_j) + precision (theta - mean), a = K^-1 residual."""
        try:
            factor = linalg.cholesky(self.covariance(theta), lower=True, overwrite_a=True, check_finite=False)
        except linalg.LinAlgError:
            return 1e10, np.zeros(len(theta))
        alpha = linalg.cho_solve((factor, True), self.residual, check_finite=False)
        log_det = 2 * float(np.log(factor.diagonal()).sum())
        away = theta - self.mean
        pull = self.precision @ away
        value = 0.5 * self.residual @ alpha + 0.5 * log_det + 0.5 * away @ pull
        inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
        inner = 2 * (inverse - np.outer(alpha, alpha))
        inner[np.diag_indices_from(inner)] /= 2
        traces = self.packed @ inner[self.lower]
        return float(value), 0.5 * np.exp(theta) * traces + pull


def inverse_of(covariance: np.ndarray) -> tuple[np.ndarray, float]:
    """The inverse of a covariance and the log of its determinant, by Cholesky. Raises LinAlgError if not definite."""
    if not len(covariance):
        return np.zeros((0, 0)), 0.0
    factor = linalg.cholesky(covariance, lower=True, check_finite=False)
    log_det = 2 * float(np.log(factor.diagonal()).sum())
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    return np.tril(inverse) + np.tril(inverse, -1).T, log_det


def objective(rows: Rows, parts: Components, prior: Prior, centre: float, extra: np.ndarray) -> Objective:
    """The objective of some rows. centre: the mean of the whole tree on the scale; extra: (row,), further noise."""
    fixed = parts.fixed(rows.ids, rows.year, rows.ids, rows.year)
    fixed[np.diag_indices_from(fixed)] += rows.noise + extra + NUGGET
    blocks = parts.blocks(rows.ids, rows.year, rows.ids, rows.year)
    lower = np.tril_indices(len(rows))
    return Objective(blocks[:, lower[0], lower[1]], lower, fixed, rows.z - centre, prior.mean, prior.precision)


def fit(
    rows: Rows,
    parts: Components,
    prior: Prior,
    centre: float,
    down_weight: bool = False,
    start: np.ndarray | None = None,
) -> Fitted:
    """The mode of the log variances. down_weight: give outlying rows noise of their own and fit again.

    start: where the search begins, by default the prior's mean.
    """
    extra = np.zeros(len(rows))
    if not len(rows):
        return Fitted(prior.mean.copy(), 0.0, extra)
    sample = sample_of(rows)
    some = Rows(rows.ids[sample], rows.year[sample], rows.z[sample], rows.noise[sample])
    begin = prior.mean if start is None else start
    theta, evidence = _mode(objective(some, parts, prior, centre, extra[sample]), begin)
    if down_weight:
        extra = outlying(rows, parts, theta, centre)
        if extra.any():
            theta, evidence = _mode(objective(some, parts, prior, centre, extra[sample]), theta)
    return Fitted(theta, evidence, extra)


def _mode(target: Objective, start: np.ndarray) -> tuple[np.ndarray, float]:
    found = optimize.minimize(
        target, start, jac=True, method="L-BFGS-B", bounds=[(LOWEST, HIGHEST)] * len(start),
        options={"maxiter": ITERATIONS, "ftol": TOLERANCE},
    )  # fmt: skip
    return found.x, -float(found.fun)


def outlying(rows: Rows, parts: Components, theta: np.ndarray, centre: float) -> np.ndarray:
    """(row,): variance to add to rows whose leave-one-out residual lies beyond OUTLYING standard deviations.

    A residual of u deviations gets sd^2 (u^2 - OUTLYING^2) / 4, so that it counts about as one at the bound would.
    """
    covariance = parts.covariance(theta, rows.ids, rows.year, rows.ids, rows.year)
    covariance[np.diag_indices_from(covariance)] += rows.noise + NUGGET
    inverse, _ = inverse_of(covariance)
    variance = 1 / inverse.diagonal()
    residual = (inverse @ (rows.z - centre)) ** 2 * variance
    return variance * np.maximum(residual - OUTLYING**2, 0.0) / 4


def sample_of(rows: Rows) -> np.ndarray:
    """Indices of the rows the variances are fitted on: all up to MOST_FITTED, else the outer depths and every so many."""
    if len(rows) <= MOST_FITTED:
        return np.arange(len(rows))
    deepest = np.where((rows.ids >= 0).any(axis=1), rows.ids.shape[1] - (rows.ids[:, ::-1] >= 0).argmax(axis=1), 0)
    outer = np.flatnonzero(deepest <= 1)[:SAMPLE]
    rest = np.setdiff1d(np.arange(len(rows)), outer)
    area = np.lexsort((rows.year[rest], *rows.ids[rest].T))
    wanted = SAMPLE - len(outer)
    picked = rest[area[np.linspace(0, len(rest) - 1, wanted).astype(int)]] if wanted > 0 else rest[:0]
    return np.sort(np.concatenate([outer, np.unique(picked)]))


def theta_covariance(target: Objective, theta: np.ndarray) -> np.ndarray:
    """Laplace covariance of the log variances: inverse of their Fisher information plus the prior's precision."""
    inverse, _ = inverse_of(target.covariance(theta))
    moved = []
    for packed in target.packed:
        block = np.zeros_like(inverse)
        block[target.lower] = packed
        moved.append(inverse @ (block + np.tril(block, -1).T))
    scaled = np.stack(moved) * np.exp(theta)[:, None, None]
    information = 0.5 * np.einsum("iab,jba->ij", scaled, scaled, optimize=True)
    return np.linalg.inv(information + target.precision)
