"""The pooled local-trend model: a short series borrows its pace and its spread from the same indicator elsewhere.

On the scale of the indicator, the yearly change of a region is a share of the path common to the other regions, a pull
to their median level, and a zero-mean Gaussian process of the region's own: drift, slope, level and noise. How noisy
and how persistent an indicator is, is read off the whole histories of the regions by their marginal likelihood. The
unknown variance of a region has an inverse-gamma prior centred on the others, hence Student t (Gelman and others 2013,
Bayesian Data Analysis, 3rd ed., ch. 3, for the conjugate algebra).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy import special

from forecasts.calibration import Constants
from forecasts.commons import common_ahead, common_paths, median_without
from forecasts.kernels import Changes, kernel

HISTORY = 20  # changes of a peer that speak for the process; older ones tell of another time
FEWEST_YEARS = 4  # back from the last value in which the other regions show how much they move
FEWEST_LEVELS = 3  # regions from which a median level means something


@dataclass(frozen=True)
class Group:
    """Series of one indicator on their scale, in the same years.

    scaled: (series, year) with NaN where unknown; no year is left out. levels: (series,), the latest value on a scale
    common to all, NaN where levels do not compare (counts of regions of different size). breaks: for each series the
    columns whose value does not chain with the one before.
    """

    scaled: np.ndarray
    levels: np.ndarray
    breaks: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.scaled)

    def pairs(self, row: int) -> list[tuple[int, int]]:
        """Columns between which a change is known, none across a break."""
        known = np.flatnonzero(np.isfinite(self.scaled[row])).tolist()
        cuts = self.breaks[row]
        return [(a, b) for a, b in zip(known, known[1:], strict=False) if not any(a < cut <= b for cut in cuts)]

    def last(self) -> np.ndarray:
        """Column of the last value of each series. Raises ValueError for a series without any."""
        known = np.isfinite(self.scaled)
        if not known.any(axis=1).all():
            empty = np.flatnonzero(~known.any(axis=1)).tolist()
            raise ValueError(f"Series {empty} of the group have no value, so there is nothing to forecast from.")
        return known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)


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


@dataclass(frozen=True)
class Histories:
    """What the regions of an indicator say together, worked out once and used for every target.

    changes: (region, year), yearly. paths: (region, year), the change common to the others. squares, counted: (region,
    year + 1), running sums of squared changes around that path per unit of variance, and of how many those are.
    evidence: (candidate, region), log marginal likelihood of each region's history.
    """

    group: Group
    changes: np.ndarray
    paths: np.ndarray
    squares: np.ndarray
    counted: np.ndarray
    evidence: np.ndarray

    def paths_of(self, skip: np.ndarray) -> np.ndarray:
        """The change common to the regions other than `skip`: (target, year)."""
        if len(skip) and (skip >= 0).all():
            return self.paths[skip]
        return common_paths(self.changes, skip)

    def mean_squares(self, start: int, end: int) -> np.ndarray:
        """Mean square of each region from one column to another: (region,), NaN without a change."""
        count = self.counted[:, end] - self.counted[:, start]
        total = self.squares[:, end] - self.squares[:, start]
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def yearly_changes(group: Group) -> np.ndarray:
    """Change into each year, (series, year - 1), spread evenly over missing years; NaN across breaks and outside."""
    scaled = group.scaled
    changes = np.diff(scaled, axis=1)
    known = np.isfinite(scaled)
    inside = known.any(axis=1) & (known.sum(axis=1) < _span(known))
    for row in np.flatnonzero(inside):
        for a, b in group.pairs(row):
            if b > a + 1:
                changes[row, a:b] = (scaled[row, b] - scaled[row, a]) / (b - a)
    for row, cuts in enumerate(group.breaks):
        for cut in cuts:
            before = [a for a in np.flatnonzero(known[row]) if a < cut]
            after = [b for b in np.flatnonzero(known[row]) if b >= cut]
            if before and after:
                changes[row, before[-1] : after[0]] = np.nan
    return changes


def _span(known: np.ndarray) -> np.ndarray:
    return known.shape[1] - known.argmax(axis=1) - known[:, ::-1].argmax(axis=1)


def by_pattern(group: Group, last: np.ndarray) -> list[tuple[Changes, np.ndarray]]:
    """Series with the same observed changes, counted from each one's last value; at most the HISTORY newest changes."""
    known = np.isfinite(group.scaled)
    alike: dict[tuple, list[int]] = defaultdict(list)
    for row, (end, cuts) in enumerate(zip(last.tolist(), group.breaks, strict=True)):
        seen = known[row, : end + 1][::-1]
        whole = not cuts and end >= HISTORY and bool(seen[: HISTORY + 1].all())
        alike[() if whole else (seen.tobytes(), end if cuts else -1, cuts)].append(row)
    patterns: dict[Changes, list[int]] = defaultdict(list)
    for rows in alike.values():
        end = int(last[rows[0]])
        pairs = group.pairs(rows[0])[-HISTORY:]
        patterns[tuple((a - end, b - end) for a, b in pairs)] += rows
    return [(pattern, np.array(rows)) for pattern, rows in patterns.items()]


def residuals(group: Group, rows: np.ndarray, pattern: Changes, last: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Observed changes less the common path, (row, change). common: (series, year), already loaded, NaN as 0."""
    if not pattern:
        return np.zeros((len(rows), 0))
    at = last[rows][:, None]
    a, b = (at + side for side in np.array(pattern).T)
    total = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(np.nan_to_num(common[rows]), axis=1)], axis=1)
    take = np.take_along_axis
    return (
        take(group.scaled[rows], b, axis=1)
        - take(group.scaled[rows], a, axis=1)
        - (take(total, b, 1) - take(total, a, 1))
    )


def running(values: np.ndarray) -> np.ndarray:
    """Sums up to each column, from 0: (row, column) -> (row, column + 1)."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def histories(group: Group, constants: Constants, floor: float) -> Histories:
    """Work out what the regions say together. floor: the least believable variance of a yearly change."""
    changes = yearly_changes(group)
    paths = common_paths(changes, np.arange(len(group)))
    squares = np.full(changes.shape, np.nan)
    evidence = np.zeros((len(constants.candidates), len(group)))
    last = group.last()
    ready = []
    for pattern, rows in by_pattern(group, last):
        if not pattern:
            continue
        shape = kernel(constants.candidates, pattern, (1,))
        left = residuals(group, rows, pattern, last, constants.loading * paths)
        ready.append((rows, shape, left))
        for (a, b), square in zip(pattern, (left**2 / shape.unit).T, strict=True):
            squares[rows[:, None], last[rows][:, None] + np.arange(a, b)] = square[:, None]
    known = np.isfinite(squares)
    told = Histories(group, changes, paths, running(np.where(known, squares, 0.0)), running(known), evidence)
    logs = np.log(np.maximum(told.mean_squares(0, squares.shape[1]), floor))
    typical = np.exp(logs[np.isfinite(logs)].mean()) if np.isfinite(logs).any() else floor
    for rows, shape, left in ready:
        evidence[:, rows] = log_likelihood(shape, left, typical, constants)
    return told


def log_likelihood(shape, left: np.ndarray, typical, constants: Constants) -> np.ndarray:
    """Log marginal likelihood of observed changes, up to a constant: (candidate, series)."""
    lent = constants.prior_weight * constants.prior_scale * typical
    power = (constants.prior_weight + left.shape[1]) / 2
    return -0.5 * shape.log_det[:, None] - power * np.log(lent + shape.misfit(left))


def typical_variance(told: Histories, skip: np.ndarray, end: int, years: int, floor: float) -> np.ndarray:
    """Geometric mean over the other regions of their mean squared change in the last years: (target,).

    Where nobody changed in those years, of all years; NaN where nobody ever did.
    """
    found = np.full(len(skip), np.nan)
    for start, stop in ((max(end - years, 0), end), (0, told.squares.shape[1] - 1)):
        logs = np.log(np.maximum(told.mean_squares(start, stop), floor))
        known = np.isfinite(logs)
        left_out = (skip >= 0) & known[skip] if len(logs) else np.zeros(len(skip), dtype=bool)
        others = known.sum() - left_out
        if not others.any():
            continue
        logs = np.where(known, logs, 0.0)
        means = (logs.sum() - np.where(left_out, logs[skip], 0.0)) / np.maximum(others, 1)
        found = np.where(np.isfinite(found) | (others == 0), found, np.exp(means))
        if np.isfinite(found).all():
            break
    return found


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


def evidence_of_others(told: Histories, skip: np.ndarray) -> np.ndarray:
    """Log marginal likelihood of everyone else's history: (candidate, target)."""
    total = told.evidence.sum(axis=1, keepdims=True)
    if not len(told.group):
        return np.zeros((len(total), len(skip)))
    return total - np.where(skip >= 0, told.evidence[:, skip], 0.0)


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
    targets without any other region; ValueError if they need it and it is not given.
    """
    last = targets.last()
    steps = np.array(ahead, dtype=float)
    size, years = len(targets), len(ahead)
    paths = told.paths_of(skip)
    alone = ~np.isfinite(paths).any(axis=1)
    common, common_covariance = common_ahead(paths, last, ahead, constants)
    common[alone] = constants.lone_pace * steps
    shared = np.where(alone[:, None], constants.lone_pace, constants.loading * paths)
    others = evidence_of_others(told, skip)
    log_prior = np.where(alone, np.log(constants.lone_prior)[:, None], np.log(constants.prior)[:, None])
    own, spread = np.zeros((size, years)), np.zeros((size, years, years))
    changes, borrowed = np.zeros(size, dtype=int), np.ones(size)
    patterns = by_pattern(targets, last)
    typical = np.full(size, lone_variance)
    if alone.any() and not np.isfinite(lone_variance):
        raise ValueError(
            f"Series {np.flatnonzero(alone).tolist()} have no other region and no usual variance was given."
        )
    for pattern, rows in patterns:
        window = max(-min((a for a, _ in pattern), default=-FEWEST_YEARS), FEWEST_YEARS)
        for end in set(last[rows].tolist()):
            of_end = rows[(last[rows] == end) & ~alone[rows]]
            typical[of_end] = typical_variance(told, skip[of_end], end, window, floor)
    weight = np.where(alone, constants.lone_weight, constants.prior_weight)
    lent = weight * np.where(alone, typical, constants.prior_scale * typical)
    for pattern, rows in patterns:
        shape = kernel(constants.candidates, pattern, ahead)
        changes[rows] = len(pattern)
        left = residuals(targets, rows, pattern, last, shared)
        explained = lent[rows] + shape.misfit(left)
        freedom = weight[rows] + len(pattern)
        share = others[:, rows] + log_prior[:, rows] - 0.5 * shape.log_det[:, None] - freedom / 2 * np.log(explained)
        share = np.exp(share - share.max(axis=0))
        share /= share.sum(axis=0)
        centres = left @ shape.weights.transpose(0, 2, 1)
        own[rows] = (share[:, :, None] * centres).sum(axis=0)
        away = (centres - own[rows]).transpose(1, 2, 0)
        between = (away * share.T[:, None, :]) @ away.transpose(0, 2, 1)
        within = (share * explained / freedom).T @ shape.covariance.reshape(len(share), -1)
        spread[rows] = within.reshape(between.shape) + between
        borrowed[rows] = (share * lent[rows] / explained).sum(axis=0)
    pull = pull_to_peers(targets, told, skip, typical, steps, constants)
    factor, freedom = constants.calibration.at(changes)
    lone_factor, lone_freedom = constants.lone_calibration.at(changes)
    factor, freedom = np.where(alone, lone_factor, factor), np.where(alone, lone_freedom, freedom)
    spread = factor[:, None, None] ** 2 * (spread + common_covariance)
    value = np.take_along_axis(targets.scaled, last[:, None], axis=1)
    return Predictive(value + own + common + pull, spread, freedom, own, common, pull, borrowed)
