"""Shrunken drift with convergence: a region follows its peers' common change, closes part of its distance from them and
keeps a small part of its own slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from benchmarks.peer_engine.peer_field import PeerField, Standing, Windows

# The common change ahead: so much of its mean, the rest of its last three years, damped every year.
MEAN_SHARE = 0.39
DAMPING = 0.97
# The variance of the common change: three years' worth of a prior with this share of a region's own yearly spread.
SHOCK_SHARE = 0.3
SHOCK_PRIOR_YEARS = 3
SHOCK_TREND = 0.139
# Before any window has been seen: per year of horizon, the part of the distance to the peers that closes and the part
# of the own slope that goes on; and the part of the last change that is taken back. The spreads say how firmly.
CLOSING, CLOSING_SPREAD = -0.03, 0.03
KEEPING, KEEPING_SPREAD = 0.15, 0.15
REVERSAL, REVERSAL_SPREAD = -0.1, 0.2
DF = 5
# A common trend may turn. Seen to hold for so many years, it turns in the next with this chance over years + 1, and then
# runs back at half its pace: one indicator in some forty did so unannounced, and took all its regions along.
TURN = 0.15
TURNED_PACE = -0.5
LENGTH_POWER = 0.85


@dataclass(frozen=True)
class CommonChange:
    """The change shared by all peers over the horizon: its centre and standard deviation, on the peers' scale."""

    centre: float
    spread: float


@dataclass(frozen=True)
class Drift:
    """The fitted drift. centre: (region,), change expected around the common one. residuals: (window,), what the
    windows did beyond it, stretched to the horizon. spread: their standard deviation, the extreme 1 % drawn in."""

    centre: np.ndarray
    residuals: np.ndarray
    spread: float


def common_change(field: PeerField, horizon: int) -> CommonChange:
    """What the peers will do together, from their common yearly changes up to the origin.

    >>> from benchmarks.peer_engine.peer_field import field_of
    >>> rising = np.cumsum(np.random.default_rng(1).normal(0.1, 0.05, (20, 11)), axis=1)
    >>> ahead = common_change(field_of(rising), 3)
    >>> bool(0.15 < ahead.centre < 0.35 and ahead.spread > 0)
    True
    """
    yearly = field.common[np.isfinite(field.common)]
    prior = (SHOCK_SHARE * field.yearly_spread) ** 2
    mean = yearly.mean() if yearly.size else 0.0
    recent = yearly[-3:].mean() if yearly.size else 0.0
    pace = (MEAN_SHARE * mean + (1 - MEAN_SHARE) * recent) * yearly.size / (yearly.size + 1)
    variance = (((yearly - mean) ** 2).sum() + SHOCK_PRIOR_YEARS * prior) / (yearly.size + SHOCK_PRIOR_YEARS)
    spread = np.sqrt(variance * (horizon + SHOCK_TREND * horizon**2))
    return CommonChange(float(pace * (DAMPING ** np.arange(1, horizon + 1)).sum()), float(spread))


def turned(common: CommonChange) -> CommonChange:
    """The common change if the trend turns at once.

    >>> turned(CommonChange(centre=0.2, spread=0.1))
    CommonChange(centre=-0.1, spread=0.1)
    """
    return CommonChange(TURNED_PACE * common.centre, common.spread)


def chance_of_turning(field: PeerField, horizon: int) -> float:
    """Chance that the peers' common trend turns within the horizon, from how long it has been watched.

    >>> from benchmarks.peer_engine.peer_field import field_of
    >>> field = field_of(np.cumsum(np.full((5, 11), 0.1), axis=1))
    >>> round(chance_of_turning(field, 1), 4), round(chance_of_turning(field, 5), 4)
    (0.0136, 0.0663)
    """
    watched = int(np.isfinite(field.common).sum())
    return 1.0 - (1.0 - TURN / (watched + 1)) ** horizon


def relative_changes(windows: Windows, horizon: int) -> np.ndarray:
    """Changes around the common one, stretched to the horizon where the windows are shorter or longer: (window,)."""
    return (windows.change - windows.common) * (horizon / windows.length) ** LENGTH_POWER


def fit_drift(windows: Windows, standing: Standing, horizon: int) -> Drift:
    """Ridge regression of the windows' relative change on distance from the peers, own slope and last change.

    Overlapping windows of one region repeat each other, so the prior counts as if there were `length` times fewer.
    """
    changes = relative_changes(windows, horizon)
    limit = np.quantile(np.abs(changes), 0.99) + 1e-9
    winsorised = np.clip(changes, -limit, limit)
    features = _features(windows.standing)
    prior = np.array([0.0, CLOSING * horizon, KEEPING * horizon, REVERSAL])
    prior_sd = np.array([0.0, CLOSING_SPREAD * horizon, KEEPING_SPREAD * horizon, REVERSAL_SPREAD])
    repeats = min(windows.length, len(windows))
    penalty = np.full(4, 1e-6)
    penalty[1:] = (np.mean(winsorised**2) + 1e-12) / prior_sd[1:] ** 2 * repeats
    weights = np.linalg.solve(features.T @ features + np.diag(penalty), features.T @ winsorised + penalty * prior)
    residuals = changes - features @ weights
    spread = np.sqrt(np.mean(np.clip(residuals, -limit, limit) ** 2)) + 1e-9
    return Drift(_features(standing) @ weights, residuals, float(spread))


def chance_by_drift(drift: Drift, common: CommonChange, needed: np.ndarray) -> np.ndarray:
    """Chance of at least the needed change, Student t with five degrees of freedom: needed (region, target)."""
    spread = np.hypot(drift.spread, common.spread) * np.sqrt((DF - 2) / DF)
    return stdtr(DF, -(needed - common.centre - drift.centre[:, None]) / spread)


def _features(standing: Standing) -> np.ndarray:
    ones = np.ones(standing.level.size)
    known = [np.nan_to_num(part, nan=0.0) for part in (standing.relative, standing.slope, standing.last_change)]
    return np.column_stack([ones, *known])
