"""The pooled local-trend model: a short series borrows its pace and its spread from the same indicator elsewhere.

On the scale of the indicator, the yearly change of a region is `loading` times the path common to the other regions
plus a zero-mean Gaussian process: a constant drift, an AR(1) slope, a random-walk level and observation noise. The
forecast is the exact conditional distribution given the changes that were observed, so missing years and broken
stretches only drop rows. The unknown variance has an inverse-gamma prior centred on the other regions, hence Student t
(Gelman and others 2013, Bayesian Data Analysis, 3rd ed., sec. 14.2, for the conjugate algebra).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecasts.calibration import Constants, Process


@dataclass(frozen=True)
class Predictive:
    """Joint Student t of several series on their scale, `horizon` years ahead of each one's last value.

    centre: (series, year). spread: (series, year, year), lower Cholesky factor of the scale matrix, calibration
    included. freedom: (series,), degrees of freedom. own, common: (series, year), the parts of the change since the
    last value that come from the region's own points and from the common path. prior_share: (series,), how much of the
    spread rests on other regions.
    """

    centre: np.ndarray
    spread: np.ndarray
    freedom: np.ndarray
    own: np.ndarray
    common: np.ndarray
    prior_share: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """Marginal scale of the t: (series, year)."""
        return np.sqrt((self.spread**2).sum(axis=-1))

    def draw(self, row: int, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Paths of one series, on the scale: (draw, year)."""
        shape = self.spread[row].shape[0]
        normal = rng.standard_normal((draws, shape)) @ self.spread[row].T
        freedom = self.freedom[row]
        return self.centre[row] + normal * np.sqrt(freedom / rng.chisquare(freedom, draws))[:, None]


@dataclass(frozen=True)
class Kernel:
    """What the observed changes say of the future ones, per unit of variance.

    weights: (year, change). covariance: (year, year) of the change since the last value. precision: (change, change),
    inverse covariance of the observed changes. log_det: of that covariance.
    """

    weights: np.ndarray
    covariance: np.ndarray
    precision: np.ndarray
    log_det: float


@lru_cache(maxsize=4096)
def kernel(process: Process, changes: tuple[tuple[int, int], ...], ahead: tuple[int, ...]) -> Kernel:
    """Condition the process on `changes`, pairs of years counted from the last value (0), for the years `ahead`."""
    first = min((a for a, _ in changes), default=0)
    years = np.arange(first, max(ahead) + 1)
    yearly = years[1:]
    damping = np.where(yearly > 0, process.drift_damping ** np.maximum(yearly, 0), 1.0)
    gap = np.abs(yearly[:, None] - yearly[None, :])
    covariance = process.drift * np.outer(damping, damping) + process.slope * process.persistence**gap
    covariance = covariance + process.level * np.eye(len(yearly))
    pairs = list(changes) + [(0, h) for h in ahead]
    spans = np.array([[a < year <= b for year in yearly] for a, b in pairs], dtype=float)
    ends = np.array([[float(year == b) - float(year == a) for year in years] for a, b in pairs])
    joint = spans @ covariance @ spans.T + process.noise * ends @ ends.T
    n = len(changes)
    if n == 0:
        return Kernel(np.zeros((len(ahead), 0)), joint, np.zeros((0, 0)), 0.0)
    precision = np.linalg.inv(joint[:n, :n])
    weights = joint[n:, :n] @ precision
    remaining = joint[n:, n:] - weights @ joint[:n, n:]
    return Kernel(weights, remaining, precision, float(np.linalg.slogdet(joint[:n, :n])[1]))


def median_of_others(changes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every series and year the median change of the other series, and how many those are.

    changes: (series, year) with NaN. Returns two arrays of the same shape; the median is 0 where nobody else is known.
    """
    rows = len(changes)
    order = np.sort(changes, axis=0)  # NaN last
    known = np.isfinite(changes)
    count = known.sum(axis=0)
    rank = np.where(known, np.argsort(np.argsort(changes, axis=0, kind="stable"), axis=0, kind="stable"), rows)
    others = count[None, :] - known

    def nth(position):
        position = np.minimum(position + (position >= rank), rows - 1)
        return np.take_along_axis(order, position, axis=0)

    low, high = nth(np.maximum((others - 1) // 2, 0)), nth(np.maximum(others // 2, 0))
    return np.where(others > 0, (low + high) / 2, 0.0), others


def common_paths(changes: np.ndarray) -> np.ndarray:
    """The path common to the other regions, shrunk m / (m + 1) for m regions: (series, year)."""
    median, others = median_of_others(changes)
    return np.where(others > 0, median * others / (others + 1.0), 0.0)


def common_ahead(path: np.ndarray, known: np.ndarray, horizon: int, constants: Constants) -> tuple[np.ndarray, float]:
    """Forecast of a common path (year,), where `known`: yearly changes (horizon,) and its variance between years."""
    seen = path[known]
    if seen.size == 0:
        return np.zeros(horizon), 0.0
    pace = constants.common_long * seen.mean() + (1 - constants.common_long) * seen[-3:].mean()
    variance = float(seen.var(ddof=1)) if seen.size > 1 else 0.0
    return pace * constants.common_damping ** np.arange(1, horizon + 1), variance


@dataclass(frozen=True)
class Group:
    """Series of one indicator on their scale, side by side.

    scaled: (series, year) with NaN where unknown, years without gaps. breaks: for each series the columns whose value
    does not chain with the one before. default_variance: of a yearly change where no other region is known.
    """

    scaled: np.ndarray
    breaks: tuple[tuple[int, ...], ...] = ()
    default_variance: float = 0.01
    floor: float = 1e-8

    def stretches(self, row: int) -> list[tuple[int, int]]:
        """Pairs of columns with a known change between them, none across a break."""
        known = np.flatnonzero(np.isfinite(self.scaled[row]))
        cuts = self.breaks[row] if self.breaks else ()
        return [
            (int(a), int(b)) for a, b in zip(known, known[1:], strict=False) if not any(a < cut <= b for cut in cuts)
        ]


def changes_by_year(group: Group) -> np.ndarray:
    """Change into each year, (series, year - 1), spread evenly over missing years; NaN across breaks and outside."""
    changes = np.full((group.scaled.shape[0], group.scaled.shape[1] - 1), np.nan)
    for row in range(len(changes)):
        for a, b in group.stretches(row):
            changes[row, a:b] = (group.scaled[row, b] - group.scaled[row, a]) / (b - a)
    return changes


def predict(group: Group, rows, ahead: tuple[int, ...], constants: Constants) -> Predictive:
    """The predictive distribution of `rows`, for each of the years `ahead` counted from the row's own last value.

    Raises ValueError where a row has no value at all.
    """
    rows = list(rows)
    changes = changes_by_year(group)
    path = common_paths(changes)
    reach = max(ahead)
    columns = group.scaled.shape[1]
    process = constants.process
    squares = np.full(len(group.scaled), np.nan)
    observed = []
    for row in range(len(group.scaled)):
        pairs = group.stretches(row)
        change = np.array([group.scaled[row, b] - group.scaled[row, a] for a, b in pairs])
        shared = np.array([path[row, a:b].sum() for a, b in pairs]) * constants.common_loading
        observed.append((pairs, change - shared))
        if pairs:
            unit = np.array([unit_variance(process, b - a) for a, b in pairs])
            squares[row] = max(np.mean((change - shared) ** 2 / unit), group.floor)
    logs = np.log(squares)
    parts = {name: [] for name in ("centre", "spread", "freedom", "own", "common", "prior_share")}
    for row in rows:
        known = np.flatnonzero(np.isfinite(group.scaled[row]))
        if not known.size:
            raise ValueError(f"Series {row} of the group has no value, so there is nothing to forecast from.")
        last = int(known[-1])
        pairs, residual = observed[row]
        shape = kernel(process, tuple((a - last, b - last) for a, b in pairs), ahead)
        others = np.delete(logs, row)
        others = others[np.isfinite(others)]
        typical = np.exp(others.mean()) if others.size else group.default_variance
        weight = constants.prior_weight
        fit = float(residual @ shape.precision @ residual) if len(residual) else 0.0
        freedom = weight + len(residual)
        variance = (weight * constants.prior_scale * typical + fit) / freedom
        pace, pace_variance = common_ahead(path[row], changes_known(changes, row), reach, constants)
        known_later = path[row, last : columns - 1][:reach]
        yearly = np.concatenate([known_later, pace[: reach - len(known_later)]])
        common = constants.common_loading * np.cumsum(yearly)[np.array(ahead) - 1]
        own = shape.weights @ residual
        steps = np.array(ahead, dtype=float)
        shock = constants.common_variance * pace_variance * np.minimum.outer(steps, steps)
        factor, freedom_calibrated = constants.calibration.at(len(residual))
        spread = np.linalg.cholesky(factor**2 * (variance * shape.covariance + shock))
        parts["centre"].append(group.scaled[row, last] + own + common)
        parts["spread"].append(spread)
        parts["freedom"].append(freedom_calibrated)
        parts["own"].append(own)
        parts["common"].append(common)
        parts["prior_share"].append(
            weight * constants.prior_scale * typical / (weight * constants.prior_scale * typical + fit)
        )
    return Predictive(**{name: np.array(value) for name, value in parts.items()})


@lru_cache(maxsize=1024)
def unit_variance(process: Process, gap: int) -> float:
    """Variance of the change over `gap` years, per unit of variance, before the last value."""
    return float(1.0 / kernel(process, ((-gap, 0),), (1,)).precision[0, 0])


def changes_known(changes: np.ndarray, row: int) -> np.ndarray:
    """Years in which at least one other series changed: (year - 1,) of bool."""
    return np.isfinite(np.delete(changes, row, axis=0)).any(axis=0)
