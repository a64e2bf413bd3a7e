"""The pooled local-trend model: a short series borrows its pace and its spread from the same indicator elsewhere.

On the scale of the indicator, the yearly change of a region is a share of the path common to the other regions, a pull
to their median level, and a zero-mean Gaussian process of the region's own: drift, slope, level and noise. How noisy
and how persistent an indicator is, is read off the whole histories of the regions by their marginal likelihood. The
unknown variance of a region has an inverse-gamma prior centred on the others, hence Student t (Gelman and others 2013,
Bayesian Data Analysis, 3rd ed., ch. 3, for the conjugate algebra).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from forecasts.calibration import Constants
from forecasts.commons import common_ahead, median_without, trusted
from forecasts.histories import Group, Histories, by_pattern, evidence_of_others, residuals, typical_variances
from forecasts.kernels import Kernel, kernel

FEWEST_LEVELS = 3  # regions from which a median level means something


@dataclass(frozen=True)
class Predictive:
    """Joint Student t of several series on their scale.

    centre: (series, year). spread: (series, year, year), the scale matrix of the t, calibration included. freedom:
    (series,). own, common, pull: (series, year), the parts of the change since the last value that come from the
    region's own points, from the common path and from the peers' level. borrowed: (series,), the share of the variance
    that rests on other regions.
    """

    centre: np.ndarray
    spread: np.ndarray
    freedom: np.ndarray
    own: np.ndarray
    common: np.ndarray
    pull: np.ndarray
    borrowed: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """Marginal scale of the t: (series, year)."""
        return np.sqrt(self.spread.diagonal(axis1=1, axis2=2))

    def quantiles(self, levels) -> np.ndarray:
        """(series, year, level), on the scale."""
        t = special.stdtrit(self.freedom[:, None], np.asarray(levels)[None, :])
        return self.centre[:, :, None] + self.scale[:, :, None] * t[:, None, :]

    def below(self, year: int, values: np.ndarray) -> np.ndarray:
        """Chance of a value below `values` (series,) in the year at that position: (series,)."""
        return special.stdtr(self.freedom, (values - self.centre[:, year]) / self.scale[:, year])

    def draw(self, row: int, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Paths of one series, on the scale: (draw, year). Every second path mirrors the one before, so that the middle
        of few draws is the middle of the distribution."""
        half = (draws + 1) // 2
        factor = np.linalg.cholesky(self.spread[row])
        normal = rng.standard_normal((half, len(factor))) @ factor.T
        stretched = normal * np.sqrt(self.freedom[row] / rng.chisquare(self.freedom[row], half))[:, None]
        return self.centre[row] + np.stack([stretched, -stretched], axis=1).reshape(2 * half, -1)[:draws]


def pull_to_peers(
    targets: Group, told: Histories, skip: np.ndarray, typical: np.ndarray, steps: np.ndarray, constants: Constants
) -> np.ndarray:
    """Change by the pull to the median level of the other regions: (target, year).

    In a steady state the variance between levels times twice the yearly pull is the variance of changes; the learned
    `convergence` is the part of that pull which is real.
    """
    levels = told.group.levels
    middle, others = median_without(levels[:, None], skip)
    known = np.isfinite(levels)
    left_out = (skip >= 0) & known[skip] if len(levels) else np.zeros(len(skip), dtype=bool)
    around = np.where(known, levels - np.nanmean(levels), 0.0) if known.any() else np.zeros(len(levels))
    own = np.where(left_out, around[skip], 0.0) if len(levels) else np.zeros(len(skip))
    count = np.maximum(others[:, 0], 2)
    squares = (around**2).sum() - own**2
    variance = (squares - (around.sum() - own) ** 2 / count) / (count - 1)
    gap = (targets.levels - middle[:, 0]) * count / (count + 1)
    yearly = np.minimum(constants.convergence * typical / np.maximum(variance, 1e-6), constants.convergence_cap)
    pulled = -gap[:, None] * (1 - (1 - yearly[:, None]) ** steps)
    return np.where(((others[:, 0] >= FEWEST_LEVELS) & np.isfinite(gap))[:, None], pulled, 0.0)


def predict(
    targets: Group,
    told: Histories,
    skip: np.ndarray,
    ahead: tuple[int, ...],
    constants: Constants,
    floor: float,
    lone_variance: float = np.nan,
) -> Predictive:
    """The predictive distribution of each target for the years `ahead` of its own last value.

    targets and told share their years. skip: (target,), the region that is the target itself, -1 if it is not among
    them. floor: the least believable variance of a yearly change. lone_variance: the usual one, on the scale, for
    targets that no other region tells how much it moves; ValueError if they need it and it is not given.
    """
    last = targets.last()
    patterns = by_pattern(targets, last)
    paths, others = told.paths_of(skip)
    pathless = ~np.isfinite(paths).any(axis=1)
    typical = typical_variances(told, skip, patterns, last, floor)
    paths = trusted(paths, others, typical)
    alone = ~np.isfinite(typical)
    if alone.any() and not np.isfinite(lone_variance):
        raise ValueError(
            f"Series {np.flatnonzero(alone).tolist()} have no other region to tell their spread and no usual variance was given."
        )
    steps = np.array(ahead, dtype=float)
    common, common_covariance = common_ahead(paths, last, ahead, constants)
    common[pathless] = constants.lone_pace * steps
    shared = np.where(pathless[:, None], constants.lone_pace, constants.loading * paths)
    typical = np.where(alone, lone_variance, typical)
    weight = np.where(alone, constants.lone_weight, constants.prior_weight)
    lent = weight * np.where(alone, typical, constants.prior_scale * typical)
    prior = np.where(alone, np.array(constants.lone_prior)[:, None], np.array(constants.prior)[:, None])
    belief = evidence_of_others(told, skip) + np.log(prior)
    size, years = len(targets), len(ahead)
    own, spread = np.zeros((size, years)), np.zeros((size, years, years))
    changes, borrowed = np.zeros(size, dtype=int), np.ones(size)
    for pattern, rows in patterns:
        shape = kernel(constants.candidates, pattern, ahead)
        left = residuals(targets, rows, pattern, last, shared)
        own[rows], spread[rows], borrowed[rows] = conditioned(shape, left, lent[rows], weight[rows], belief[:, rows])
        changes[rows] = len(pattern)
    pull = pull_to_peers(targets, told, skip, typical, steps, constants)
    factor, freedom = constants.calibration.at(changes)
    lone_factor, lone_freedom = constants.lone_calibration.at(changes)
    factor, freedom = np.where(alone, lone_factor, factor), np.where(alone, lone_freedom, freedom)
    spread = factor[:, None, None] ** 2 * (spread + common_covariance)
    value = np.take_along_axis(targets.scaled, last[:, None], axis=1)
    return Predictive(value + own + common + pull, spread, freedom, own, common, pull, borrowed)


def conditioned(
    shape: Kernel, left: np.ndarray, lent: np.ndarray, weight: np.ndarray, belief: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre (series, year), scale matrix (series, year, year) and borrowed share (series,) of the change to come.

    left: (series, change), observed changes less what is shared. lent, weight: (series,), sum of squares and degrees of
    freedom from elsewhere. belief: (candidate, series), log prior of the processes, which their likelihood weighs.
    """
    explained = lent + shape.misfit(left)
    freedom = weight + left.shape[1]
    share = belief - 0.5 * shape.log_det[:, None] - freedom / 2 * np.log(explained)
    share = np.exp(share - share.max(axis=0))
    share /= share.sum(axis=0)
    centres = left @ shape.weights.transpose(0, 2, 1)
    centre = (share[:, :, None] * centres).sum(axis=0)
    away = (centres - centre).transpose(1, 2, 0)
    between = (away * share.T[:, None, :]) @ away.transpose(0, 2, 1)
    within = (share * explained / freedom).T @ shape.covariance.reshape(len(share), -1)
    return centre, within.reshape(between.shape) + between, (share * lent / explained).sum(axis=0)
