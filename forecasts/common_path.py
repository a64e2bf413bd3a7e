"""The path common to regions: in each year the median change of the others, and where it leads."""

from __future__ import annotations

import numpy as np

from forecasts.calibration import Constants
from forecasts.gp_kernels import kernel


def median_without(changes: np.ndarray, skip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each target and year the median change over the regions other than `skip`, and how many those are.

    changes: (region, year) with NaN. skip: (target,), a region to leave out or -1 for none. Both results are
    (target, year); the median is NaN where nobody is known.

    >>> changes = np.array([[1.0], [2.0], [9.0]])
    >>> median_without(changes, np.array([2, -1]))
    (array([[1.5],
           [2. ]]), array([[2],
           [3]]))
    """
    regions, years = changes.shape
    if not regions:
        return np.full((len(skip), years), np.nan), np.zeros((len(skip), years), dtype=int)
    order = np.argsort(changes, axis=0, kind="stable")  # NaN last
    values = np.take_along_axis(changes, order, axis=0)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(regions)[:, None], axis=0)
    known = np.isfinite(changes)
    left_out = known[skip] & (skip >= 0)[:, None]
    others = known.sum(axis=0) - left_out
    gap = np.where(left_out, rank[skip], regions)

    def at(position: np.ndarray) -> np.ndarray:
        position = np.clip(position + (position >= gap), 0, regions - 1)
        return np.take_along_axis(values, position, axis=0)

    middle = (at((others - 1) // 2) + at(others // 2)) / 2
    return np.where(others > 0, middle, np.nan), others


def common_paths(changes: np.ndarray, skip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The yearly change common to the other regions, shrunk m / (m + 1) for m of them, and m: two (target, year).

    NaN where nobody else is known.

    >>> common_paths(np.array([[3.0], [3.0], [3.0]]), np.array([0]))
    (array([[2.]]), array([[2]]))
    """
    median, others = median_without(changes, skip)
    return median * others / (others + 1.0), others


def trusted(paths: np.ndarray, others: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Common paths less what is only the noise of few regions: (target, year), the positive part of James and Stein.

    The median of m regions wanders by about a region's own variance over m, `typical` (target,), even where nothing is
    common; the share of the path's mean square which that explains is taken off (James and Stein 1961, Estimation with
    quadratic loss, Fourth Berkeley Symposium 1: 361-379).
    """
    known = np.isfinite(paths)
    count = np.maximum(known.sum(axis=1), 1)
    regions = np.maximum(np.where(known, others, 0).sum(axis=1) / count, 1.0)
    whole = np.where(known, paths * (others + 1.0) / np.maximum(others, 1), 0.0)
    square = (whole**2).sum(axis=1) / count
    noise = np.where(np.isfinite(typical), typical, 0.0) / regions
    return paths * np.clip(1 - noise / np.maximum(square, 1e-12), 0.0, 1.0)[:, None]


def common_ahead(
    paths: np.ndarray, last: np.ndarray, ahead: tuple[int, ...], constants: Constants
) -> tuple[np.ndarray, np.ndarray]:
    """Change of the common path from each target's `last` column to the years `ahead`, and its covariance.

    paths: (target, year) with NaN where no other region is known. last: (target,), the column of the last value; years
    the other regions already know are taken as they were. Returns (target, year) and (target, year, year).
    """
    targets, columns = paths.shape
    steps = np.array(ahead)
    mean, covariance = np.zeros((targets, len(ahead))), np.zeros((targets, len(ahead), len(ahead)))
    if not columns:
        return mean, covariance
    known = np.isfinite(paths)
    filled = np.where(known, paths, 0.0)
    first = np.where(known.any(axis=1), known.argmax(axis=1), columns)
    end = np.where(known.any(axis=1), columns - known[:, ::-1].argmax(axis=1), 0)
    length = np.minimum(np.maximum(end - first, 0), constants.common_memory)
    total = np.concatenate([np.zeros((targets, 1)), np.cumsum(filled, axis=1)], axis=1)
    for memory, reached, since in set(zip(length.tolist(), end.tolist(), last.tolist(), strict=True)):
        if not memory:
            continue
        rows = np.flatnonzero((length == memory) & (end == reached) & (last == since))
        seen = filled[rows, reached - memory : reached]
        later = np.clip(since + steps, None, reached)
        already = np.where(later > since, total[rows][:, np.maximum(later, since)] - total[rows, since][:, None], 0.0)
        beyond = np.maximum(steps - max(reached - since, 0), 0)
        mean[rows] = constants.loading * already
        if not beyond.any():
            continue
        years = tuple(sorted({int(b) for b in beyond if b > 0}))
        shape = kernel((constants.common,), tuple((i - memory, i - memory + 1) for i in range(memory)), years)
        variance = shape.misfit(seen)[0] / memory
        column = np.array([years.index(b) if b > 0 else -1 for b in beyond])
        there = column >= 0
        future = seen @ shape.weights[0].T
        mean[rows] += constants.common_loading * np.where(there, future[:, column], 0.0)
        shared = constants.common_variance * variance[:, None, None] * shape.covariance[0][np.ix_(column, column)]
        covariance[rows] = np.where(there[:, None] & there[None, :], shared, 0.0)
    return mean, covariance
