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
from numpy.typing import ArrayLike
from scipy import special

from forecasts.calibration import Constants
from forecasts.common_path import common_ahead, median_without, trusted
from forecasts.gp_kernels import Kernel, kernel
from forecasts.histories import (
    HISTORY,
    SINGLE_HISTORY,
    Group,
    Histories,
    by_pattern,
    evidence_of_others,
    observed_changes,
    over_changes,
    typical_variances,
)

NEGLIGIBLE = 15.0  # log odds below which a process is left out
FEWEST_LEVELS = 3  # regions from which a median level means something


@dataclass(frozen=True)
class Predictive:
    """Joint Student t of several series on their scale.

    centre: (series, year). spread: (series, year, year), the scale matrix of the t, calibration included. df:
    (series,). own, common, pull: (series, year), the parts of the change since the last value that come from the
    region's own points, from the common path and from the peers' level. borrowed: (series,), the share of the variance
    that rests on other regions.
    """

    centre: np.ndarray
    spread: np.ndarray
    df: np.ndarray
    own: np.ndarray
    common: np.ndarray
    pull: np.ndarray
    borrowed: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """Marginal scale of the t: (series, year)."""
        return np.sqrt(self.spread.diagonal(axis1=1, axis2=2))

    def quantiles(self, levels: ArrayLike) -> np.ndarray:
        """(series, year, level), on the scale."""
        t = special.stdtrit(self.df[:, None], np.asarray(levels)[None, :])
        return self.centre[:, :, None] + self.scale[:, :, None] * t[:, None, :]

    def draw(self, row: int, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Paths of one series, on the scale: (draw, year). Every second path mirrors the one before, so that the middle
        of few draws is the middle of the distribution."""
        half = (draws + 1) // 2
        factor = np.linalg.cholesky(self.spread[row])
        normal = rng.standard_normal((half, len(factor))) @ factor.T
        stretched = normal * np.sqrt(self.df[row] / rng.chisquare(self.df[row], half))[:, None]
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
    single_variance: float = np.nan,
    rounding: np.ndarray | float = 0.0,
) -> Predictive:
    """The predictive distribution of each target for the years `ahead` of its own last value.

    targets and told share their years. skip: (target,), the region that is the target itself, -1 if it is not among
    them. floor: the least believable variance of a yearly change. single_variance: the usual one, on the scale, for
    targets that no other region tells how much it moves; ValueError if they need it and it is not given. rounding:
    (target,), the variance that rounding alone gives to a change, so that figures that round alike do not seem certain.
    """
    last = targets.last()
    paths, others = told.paths_of(skip)
    pathless = ~np.isfinite(paths).any(axis=1)
    patterns = by_pattern(targets, last, SINGLE_HISTORY if pathless.all() else HISTORY)
    typical = typical_variances(told, skip, patterns, last, floor)
    paths = trusted(paths, others, typical)
    single = ~np.isfinite(typical)
    if single.any() and not np.isfinite(single_variance):
        raise ValueError(
            f"Series {np.flatnonzero(single).tolist()} have no other region to tell their spread and no usual variance was given."
        )
    steps = np.array(ahead, dtype=float)
    common, common_covariance = common_ahead(paths, last, ahead, constants)
    common[pathless] = constants.single_pace * steps
    shared = np.where(pathless[:, None], constants.single_pace, constants.loading * paths)
    typical = np.where(single, single_variance, typical)
    weight = np.where(single, constants.single_weight, constants.prior_weight)
    lent = weight * np.where(single, typical, constants.prior_scale * typical)
    prior = np.where(single, np.array(constants.single_prior)[:, None], np.array(constants.prior)[:, None])
    belief = evidence_of_others(told, skip) + np.log(prior)
    pull = pull_to_peers(targets, told, skip, typical, steps, constants)
    rounding = np.broadcast_to(np.asarray(rounding, dtype=float), len(targets))
    parts = [np.zeros((len(targets), len(ahead))) for _ in range(3)]
    spread = np.zeros((len(targets), len(ahead), len(ahead)))
    changes, borrowed = np.zeros(len(targets), dtype=int), np.ones(len(targets))
    for pattern, rows in patterns:
        case = PooledCase(
            observed_changes(targets, rows, pattern, last), over_changes(shared, rows, pattern, last),
            lent[rows], weight[rows], belief[:, rows], common[rows], pull[rows], common_covariance[rows], single[rows],
            rounding[rows],
        )  # fmt: skip
        shape = kernel(constants.candidates, pattern, ahead)
        *moved, spread[rows], borrowed[rows] = conditioned(shape, case, constants)
        for part, values in zip(parts, moved, strict=True):
            part[rows] = values
        changes[rows] = len(pattern)
    factor, df = constants.calibration.at(changes)
    single_factor, single_df = constants.single_calibration.at(changes)
    factor, df = np.where(single, single_factor, factor), np.where(single, single_df, df)
    value = np.take_along_axis(targets.scaled, last[:, None], axis=1)
    own, shared_move, towards = parts
    return Predictive(value + sum(parts), factor[:, None, None] ** 2 * spread, df, own, shared_move, towards, borrowed)


@dataclass(frozen=True)
class PooledCase:
    """Series with the same observed changes, and what comes to them from elsewhere.

    changes, shared: (series, change), observed and of the common path. lent, weight: (series,), sum of squares and degrees
    of freedom from elsewhere. belief: (candidate, series), log prior of the processes. common, pull: (series, year);
    common_covariance: (series, year, year). single: (series,), nobody tells how much it moves. rounding: (series,), variance
    of a change by rounding.
    """

    changes: np.ndarray
    shared: np.ndarray
    lent: np.ndarray
    weight: np.ndarray
    belief: np.ndarray
    common: np.ndarray
    pull: np.ndarray
    common_covariance: np.ndarray
    single: np.ndarray
    rounding: np.ndarray


def conditioned(shape: Kernel, case: PooledCase, constants: Constants) -> tuple[np.ndarray, ...]:
    """What moves the series by the years ahead: own, common, pull (series, year), scale matrix, borrowed share (series,).

    A mixture over the processes, and over how quiet the region is: a region may move, with the others and by itself, at
    a fraction of what is typical, as one whose coverage is all but complete. Own changes tell. Its first two moments.
    """
    live = (case.belief > case.belief.max(axis=0) - NEGLIGIBLE).any(axis=1)
    weights, covariance = shape.weights[live], shape.covariance[live].reshape(live.sum(), -1)
    df = case.weight + case.changes.shape[1]
    logs, explained, centres, fractions = [], [], [], []
    for fraction, prior in zip(constants.quiet, constants.quiet_prior, strict=True):
        left = case.changes - fraction * case.shared
        lent = case.lent * fraction**2 + case.changes.shape[1] * case.rounding
        squares = lent + ((left @ shape.precision[live]) * left).sum(axis=-1)
        log = case.belief[live] - 0.5 * shape.log_det[live, None] - df / 2 * np.log(squares)
        log = log + case.weight / 2 * np.log(lent) + np.log(prior)
        logs.append(log)
        explained.append(squares)
        centres.append(left @ weights.transpose(0, 2, 1))
        fractions.append(np.full(len(log), fraction))
    log_share, misfit, own, reached = map(np.concatenate, (logs, explained, centres, fractions))
    share = np.exp(log_share - log_share.max(axis=0))
    share /= share.sum(axis=0)
    reach = reached @ share
    mean_own = (share[:, :, None] * own).sum(axis=0)
    elsewhere = case.common + case.pull
    away = own + reached[:, None, None] * elsewhere - mean_own - reach[:, None] * elsewhere
    away = away.transpose(1, 2, 0)
    between = (away * share.T[:, None, :]) @ away.transpose(0, 2, 1)
    by_process = (share * misfit / df).reshape(len(constants.quiet), live.sum(), -1).sum(axis=0)
    within = (by_process.T @ covariance).reshape(between.shape)
    common = (reached**2 @ share)[:, None, None] * case.common_covariance
    borrowed = (share * case.lent * reached[:, None] ** 2 / misfit).sum(axis=0)
    return mean_own, reach[:, None] * case.common, reach[:, None] * case.pull, within + between + common, borrowed
