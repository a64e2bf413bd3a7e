"""Histories: what the regions of one indicator say together, worked out once and used for every target."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from forecasts.calibration import Constants
from forecasts.common_path import common_paths
from forecasts.gp_kernels import Changes, Kernel, kernel

HISTORY = 12  # changes of a region that speak for the process; older ones add nothing that the back-test could see
SINGLE_HISTORY = 24  # changes that speak where a series has only its own
FEWEST_YEARS = 4  # back from the last value in which the other regions show how much they move


@dataclass(frozen=True)
class Group:
    """Series of one indicator on their scale, in the same years.

    scaled: (series, year) with NaN where unknown; no year is left out. levels: (series,), the latest value on a scale
    common to all, NaN where levels do not compare (counts of regions of different size). breaks: for each series the
    columns whose value does not chain with the one before. wholes: rows that are made of many regions, such as a parent:
    they show the common path, but move less than a region does and tell nothing of its spread.
    """

    scaled: np.ndarray
    levels: np.ndarray
    breaks: tuple[tuple[int, ...], ...]
    wholes: tuple[int, ...] = ()

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
class Histories:
    """What the regions of an indicator say together, worked out once and used for every target.

    changes: (region, year), yearly. paths: (region, year), the change common to the others, and of how many others it
    is. squares, counted: (region,
    year + 1), running sums of squared changes around that path per unit of variance, and of how many those are.
    evidence: (candidate, region), log marginal likelihood of each region's history.
    """

    group: Group
    changes: np.ndarray
    paths: np.ndarray
    others: np.ndarray
    squares: np.ndarray
    counted: np.ndarray
    evidence: np.ndarray

    def paths_of(self, skip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The change common to the regions other than `skip`, and of how many it is: two (target, year)."""
        if len(skip) and (skip >= 0).all():
            return self.paths[skip], self.others[skip]
        return common_paths(self.changes, skip)

    def mean_squares(self, start: int, end: int) -> np.ndarray:
        """Mean square of each region from one column to another: (region,), NaN without a change."""
        count = self.counted[:, end] - self.counted[:, start]
        total = self.squares[:, end] - self.squares[:, start]
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def yearly_changes(group: Group) -> np.ndarray:
    """Change into each year, (series, year - 1), spread evenly over missing years; NaN across breaks and outside.

    >>> yearly_changes(Group(np.array([[1.0, np.nan, 3.0, 9.0]]), np.zeros(1), ((3,),)))
    array([[ 1.,  1., nan]])
    """
    scaled = group.scaled
    changes = np.diff(scaled, axis=1)
    known = np.isfinite(scaled)
    inside = known.any(axis=1) & (known.sum(axis=1) < _span(known))
    for moved in np.flatnonzero(inside).tolist():
        for begin, end in group.pairs(moved):
            if end > begin + 1:
                changes[moved, begin:end] = (scaled[moved, end] - scaled[moved, begin]) / (end - begin)
    for row, cuts in enumerate(group.breaks):
        for cut in cuts:
            before = [a for a in np.flatnonzero(known[row]).tolist() if a < cut]
            after = [b for b in np.flatnonzero(known[row]).tolist() if b >= cut]
            if before and after:
                changes[row, before[-1] : after[0]] = np.nan
    return changes


def _span(known: np.ndarray) -> np.ndarray:
    return known.shape[1] - known.argmax(axis=1) - known[:, ::-1].argmax(axis=1)


def by_pattern(group: Group, last: np.ndarray, most: int) -> list[tuple[Changes, np.ndarray]]:
    """Series with the same observed changes, counted from each one's last value; at most the `most` newest changes."""
    known = np.isfinite(group.scaled)
    alike: dict[tuple, list[int]] = defaultdict(list)
    for row, (end, cuts) in enumerate(zip(last.tolist(), group.breaks, strict=True)):
        seen = known[row, : end + 1][::-1]
        whole = not cuts and end >= most and bool(seen[: most + 1].all())
        alike[() if whole else (seen.tobytes(), end if cuts else -1, cuts)].append(row)
    patterns: dict[Changes, list[int]] = defaultdict(list)
    for rows in alike.values():
        end = int(last[rows[0]])
        pairs = group.pairs(rows[0])[-most:]
        patterns[tuple((a - end, b - end) for a, b in pairs)] += rows
    return [(pattern, np.array(rows)) for pattern, rows in patterns.items()]


def observed_changes(group: Group, rows: np.ndarray, pattern: Changes, last: np.ndarray) -> np.ndarray:
    """Changes of some series between the years they show: (row, change)."""
    start, end = _ends(rows, pattern, last)
    return np.take_along_axis(group.scaled[rows], end, axis=1) - np.take_along_axis(group.scaled[rows], start, axis=1)


def over_changes(path: np.ndarray, rows: np.ndarray, pattern: Changes, last: np.ndarray) -> np.ndarray:
    """Sum of a yearly path, (series, year) with NaN as 0, over the same changes: (row, change)."""
    total = running(np.where(np.isfinite(path[rows]), path[rows], 0.0))
    start, end = _ends(rows, pattern, last)
    return np.take_along_axis(total, end, axis=1) - np.take_along_axis(total, start, axis=1)


def _ends(rows: np.ndarray, pattern: Changes, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns where each change starts and ends: two (row, change)."""
    pairs = np.array(pattern, dtype=int).reshape(-1, 2)
    at = last[rows][:, None]
    return at + pairs[:, 0], at + pairs[:, 1]


def running(values: np.ndarray) -> np.ndarray:
    """Sums up to each column, from 0: (row, column) -> (row, column + 1).

    >>> running(np.array([[1.0, 2.0, 3.0]]))
    array([[0., 1., 3., 6.]])
    """
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def histories(group: Group, constants: Constants, floor: float) -> Histories:
    """Work out what the regions say together. floor: the least believable variance of a yearly change."""
    changes = yearly_changes(group)
    paths, others = common_paths(changes, np.arange(len(group)))
    squares: np.ndarray = np.full(changes.shape, np.nan)
    evidence = np.zeros((len(constants.candidates), len(group)))
    last = group.last()
    ready = []
    for pattern, rows in by_pattern(group, last, HISTORY):
        if not pattern:
            continue
        shape = kernel(constants.candidates, pattern, (1,))
        shared = constants.loading * over_changes(paths, rows, pattern, last)
        left = observed_changes(group, rows, pattern, last) - shared
        ready.append((rows, shape, left))
        for (a, b), square in zip(pattern, (left**2 / shape.unit).T, strict=True):
            squares[rows[:, None], last[rows][:, None] + np.arange(a, b)] = square[:, None]
    squares[list(group.wholes)] = np.nan
    known = np.isfinite(squares)
    told = Histories(group, changes, paths, others, running(np.where(known, squares, 0.0)), running(known), evidence)
    logs = np.log(np.maximum(told.mean_squares(0, squares.shape[1]), floor))
    typical = float(np.exp(logs[np.isfinite(logs)].mean())) if np.isfinite(logs).any() else floor
    for rows, shape, left in ready:
        evidence[:, rows] = log_likelihood(shape, left, typical, constants)
    evidence[:, list(group.wholes)] = 0.0
    return told


def log_likelihood(shape: Kernel, left: np.ndarray, typical: float, constants: Constants) -> np.ndarray:
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


def typical_variances(
    told: Histories, skip: np.ndarray, patterns: list[tuple[Changes, np.ndarray]], last: np.ndarray, floor: float
) -> np.ndarray:
    """What the other regions moved in the years each target shows, at least FEWEST_YEARS: (target,)."""
    typical = np.full(len(skip), np.nan)
    for pattern, rows in patterns:
        window = max(-min((a for a, _ in pattern), default=-FEWEST_YEARS), FEWEST_YEARS)
        for end in set(last[rows].tolist()):
            of_end = rows[last[rows] == end]
            typical[of_end] = typical_variance(told, skip[of_end], end, window, floor)
    return typical


def evidence_of_others(told: Histories, skip: np.ndarray) -> np.ndarray:
    """Log marginal likelihood of everyone else's history: (candidate, target)."""
    total = told.evidence.sum(axis=1, keepdims=True)
    if not len(told.group):
        return np.zeros((len(total), len(skip)))
    return total - np.where(skip >= 0, told.evidence[:, skip], 0.0)
