"""Peers side by side: their values by year on one scale, and every window in which one of them can be compared."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

LONGEST_GAP = 5
SLOPE_YEARS = 5
FEWEST_WINDOWS = 30  # comparable windows from which peers' changes are worth more than a smooth trend. A judgement


@dataclass(frozen=True)
class PeerField:
    """values: (peer, year) on the peers' scale, NaN where unknown; the last column is the origin.

    Nothing later than the origin may be in it: that is what makes a chance honest about its date. observed: (peer,
    year), True where a value was published rather than filled in between two that were.
    """

    values: np.ndarray
    observed: np.ndarray

    @property
    def peers(self) -> int:
        return self.values.shape[0]

    @cached_property
    def middle(self) -> np.ndarray:
        """The peers' median level by year: (year,)."""
        return _median(self.values)

    @cached_property
    def common(self) -> np.ndarray:
        """The peers' common change by year, the median of their changes since the year before: (year - 1,)."""
        changes = np.diff(self.values, axis=1)
        return np.where(np.isfinite(changes).sum(axis=0) >= 3, _median(changes), np.nan)

    @cached_property
    def yearly_spread(self) -> float:
        """Standard deviation of a peer's yearly change around the common change, the extreme 2 % drawn in."""
        apart = np.diff(self.values, axis=1) - self.common
        apart = apart[np.isfinite(apart)]
        if apart.size < 5:
            return np.nan
        limit = np.quantile(np.abs(apart), 0.98)
        return max(float(np.sqrt(np.mean(np.clip(apart, -limit, limit) ** 2))), 1e-6)


@dataclass(frozen=True)
class Standing:
    """Where regions stand at one moment. All (region,), on the peers' scale; NaN where too few points are known.

    level: the value. relative: level less the peers' median. last_change: the change since the year before, less the
    common one. slope: the mean yearly change over up to five years, less the common one.
    """

    level: np.ndarray
    relative: np.ndarray
    last_change: np.ndarray
    slope: np.ndarray


@dataclass(frozen=True)
class Windows:
    """Every stretch of `length` years, up to the origin, over which a peer's change is known. Arrays are (window,).

    standing: where the peer stood when the window opened. change: what it did over the window on the peers' scale;
    common: the median change of all peers over the same years. peer: row in the field. opened: column in the field.
    """

    length: int
    standing: Standing
    change: np.ndarray
    common: np.ndarray
    peer: np.ndarray
    opened: np.ndarray

    def __len__(self) -> int:
        return self.change.size


def field_of(values: ArrayLike, longest_gap: int = LONGEST_GAP) -> PeerField:
    """A field from values on the peers' scale: (peer, year). Short gaps are bridged by a straight line.

    Bridged values serve as level and slope; a window still opens and closes on published values only.

    >>> field_of([[1.0, np.nan, 3.0]]).values
    array([[1., 2., 3.]])
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    observed = np.isfinite(values)
    if observed.all():
        return PeerField(values, observed)
    filled = values.copy()
    columns = np.arange(values.shape[1])
    for row, known in zip(filled, observed, strict=True):
        at = np.flatnonzero(known)
        if at.size < 2:
            continue
        bridged = np.interp(columns, at, row[at])
        before = at[np.clip(np.searchsorted(at, columns, side="right") - 1, 0, at.size - 1)]
        after = at[np.clip(np.searchsorted(at, columns, side="left"), 0, at.size - 1)]
        inside = ~known & (columns > at[0]) & (columns < at[-1]) & (after - before <= longest_gap)
        row[inside] = bridged[inside]
    return PeerField(filled, observed)


def standing_in(field: PeerField, own: np.ndarray, points: int) -> Standing:
    """Where regions stand at the origin, from their last `points` yearly values: own (region, year), last is the origin.

    >>> standing = standing_in(field_of([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [[4.0, 6.0]], points=2)
    >>> standing.relative, standing.last_change
    (array([2.]), array([1.]))
    """
    own = np.atleast_2d(np.asarray(own, dtype=float))
    return _standing(own, field.middle[-1], field.common, points)


def windows_in(field: PeerField, horizon: int, points: int) -> Windows | None:
    """The comparable windows for a forecast of `horizon` years by a region with `points` own yearly values.

    The peers' standing is described by no more points than the region itself has. Where the peers' history is too short
    for windows of the full horizon, the longest length with at least three opening years and thirty windows serves,
    failing that the length with most windows. None if no two values of a peer lie in different years.

    >>> field = field_of(np.random.default_rng(1).normal(size=(12, 10)))
    >>> found = windows_in(field, horizon=3, points=2)
    >>> found.length, len(found)
    (3, 84)
    """
    years = field.values.shape[1]
    counts = {}
    for length in range(1, min(years - 1, max(horizon, 10)) + 1):
        both = field.observed[:, :-length] & field.observed[:, length:]
        enough = both.sum(axis=0) >= min(3, field.peers)
        counts[length] = (int(both[:, enough].sum()), int(enough.sum()))
    fit = [n for n, (windows, opening) in counts.items() if n <= horizon and windows >= FEWEST_WINDOWS and opening >= 3]
    if fit:
        length = max(fit)
    else:
        length = max(counts, key=lambda n: (counts[n][0], -abs(n - horizon)), default=0)
        if not length or not counts[length][0]:
            return None
    return _windows(field, length, points)


def _windows(field: PeerField, length: int, points: int) -> Windows:
    parts = []
    for opened in range(field.values.shape[1] - length):
        known = field.observed[:, opened] & field.observed[:, opened + length]
        if known.sum() < min(3, field.peers):
            continue
        stood = _standing(field.values[known, : opened + 1], field.middle[opened], field.common[:opened], points)
        change = field.values[known, opened + length] - stood.level
        peer = np.flatnonzero(known)
        parts.append((stood, change, np.full(change.size, np.median(change)), peer, np.full(change.size, opened)))
    standings, *others = zip(*parts, strict=True)
    names = ("level", "relative", "last_change", "slope")
    together = Standing(*(np.concatenate([getattr(s, name) for s in standings]) for name in names))
    return Windows(length, together, *(np.concatenate(part) for part in others))


def published_changes(field: PeerField) -> tuple[np.ndarray, np.ndarray]:
    """Every change between two successive published values of a peer, and the years between them: (change,) each.

    >>> published_changes(field_of([[1.0, np.nan, 3.0, 4.0]]))
    (array([2., 1.]), array([2., 1.]))
    """
    changes, gaps = [], []
    for row, known in zip(field.values, field.observed, strict=True):
        at = np.flatnonzero(known)
        changes.append(np.diff(row[at]))
        gaps.append(np.diff(at))
    return np.concatenate(changes), np.concatenate(gaps).astype(float)


def _standing(values: np.ndarray, middle: float, common: np.ndarray, points: int) -> Standing:
    """values: (region, year), last is the moment; middle: the peers' level then; common: their changes up to then."""
    level = values[:, -1]
    unknown = np.full(level.shape, np.nan)
    last_change, slope = unknown, unknown
    if min(points, values.shape[1]) >= 2 and common.size:
        last_change = level - values[:, -2] - common[-1]
    back = min(points - 1, values.shape[1] - 1, common.size, SLOPE_YEARS)
    if back >= 2:
        slope = (level - values[:, -1 - back] - np.nansum(common[-back:])) / back
    return Standing(level, level - middle, last_change, slope)


def _median(values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a year without any value has no median, and says NaN
        return np.nanmedian(values, axis=0)
