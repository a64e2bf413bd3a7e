"""What a predictive rests on: shares of variance by depth, weights by area and year, and the grade of evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.nested.fit import objective, theta_covariance
from forecasts.nested.measurements import Path
from forecasts.nested.model import Nested

GRADES = "ABCD"
PRIOR_BOUND = 0.8  # posterior over prior standard deviation of a log variance, from which the prior has decided it


@dataclass(frozen=True)
class Weight:
    """How much one figure moves the median: `weight` is its share in the level on the scale, all figures summing to 1."""

    path: Path
    year: int
    value: float
    weight: float


@dataclass(frozen=True)
class Evidence:
    """What the predictive of an area in a year rests on.

    grade: A to D. reasons: why it is not better, short words. variance: by depth ("nation", then 1, 2, 3 for the depths
    below), shares of the predictive variance, summing to 1. weights: every figure, heaviest first. areas: by path, the
    share in the level and the newest year of its figures, heaviest first.
    """

    grade: str
    reasons: tuple[str, ...]
    variance: dict[str, float]
    weights: tuple[Weight, ...]
    areas: dict[Path, tuple[float, int]]


def evidence(model: Nested, path: Path, year: int) -> Evidence:
    """What the predictive of an area in `year` rests on: variance by depth, weights by area and year, grade.

    Read off the likeliest strength of convergence, liveliness 1. Raises ValueError for a year outside the range of the model.
    """
    model.checked([year])
    part = model.parts[int(np.argmax(model.weights))]
    ids, depth = model.place(path)
    at, when = ids[None, :], np.array([year])
    rows, parts, theta = part.rows, part.parts, part.theta
    cross = parts.covariance(theta, at, when, rows.ids, rows.year)
    pull = (cross @ part.inverse)[0]
    weights = sorted(
        (Weight(m.path, m.year, m.value, float(w)) for m, w in zip(model.measurements, pull, strict=True)),
        key=lambda w: -abs(w.weight),
    )
    return Evidence(
        *_grade(model, path, ids, depth), _shares(model, ids, depth, year, cross, pull), tuple(weights), _areas(weights)
    )


def _areas(weights: list[Weight]) -> dict[Path, tuple[float, int]]:
    """By area: the magnitude of the sum of its weights, shares of one, and its newest year; heaviest first."""
    paths = list(dict.fromkeys(w.path for w in weights))
    sums = {p: abs(sum(w.weight for w in weights if w.path == p)) for p in paths}
    newest = {p: max(w.year for w in weights if w.path == p) for p in paths}
    total = sum(sums.values()) or 1.0
    return {p: (sums[p] / total, newest[p]) for p in sorted(paths, key=lambda p: -sums[p])}


def _shares(
    model: Nested, ids: np.ndarray, depth: int, year: int, cross: np.ndarray, pull: np.ndarray
) -> dict[str, float]:
    """Covariance of each depth's contribution with the value, over the variance of the value: shares that sum to 1."""
    part = model.parts[int(np.argmax(model.weights))]
    rows, parts, theta = part.rows, part.parts, part.theta
    when = np.array([year])
    names = ["nation", *(str(d + 1) for d in range(depth + 1) if ids[d] >= 0)]
    found = []
    top = np.full((1, len(ids)), -1)
    for name in names:
        upto = top.copy()
        if name != "nation":
            upto[0, : int(name)] = ids[: int(name)]
        prior = parts.covariance(theta, upto, when, ids[None, :], when)[0, 0]
        found.append(prior - float(parts.covariance(theta, upto, when, rows.ids, rows.year)[0] @ pull))
    contributions = np.diff([0.0, *found])
    if depth >= 0:
        contributions[-1] += model.publication_noise**2
    total = contributions.sum()
    return {name: float(c / total) for name, c in zip(names, contributions, strict=True)}


def _grade(model: Nested, path: Path, ids: np.ndarray, depth: int) -> tuple[str, tuple[str, ...]]:
    """A: three own figures, the newest at most two years old; B: one or two, at most three; C: own older, or the parent's
    at most three years old and four siblings; D otherwise. One worse if the nation's newest is more than two years old,
    if the variances of the deepest depth are the prior's, or if an outlier touches the area or its parent."""
    rows = model.rows
    newest_year = int(rows.year.max())
    mine = (rows.ids == ids).all(axis=1)
    nation = (rows.ids < 0).all(axis=1)
    last = int(rows.year[nation].max()) if nation.any() else newest_year
    reasons = []
    if depth < 0 or (mine.sum() and last - rows.year[mine].max() <= (2 if mine.sum() >= 3 else 3)):
        earned = 0 if mine.sum() >= 3 else 1
    else:
        above = ids.copy()
        above[depth] = -1
        parent = (rows.ids == above).all(axis=1)
        siblings = np.unique(rows.ids[(rows.ids[:, depth] >= 0), depth])
        fresh = parent.any() and last - rows.year[parent].max() <= 3
        earned = 2 if mine.any() or (fresh and len(siblings) - bool(mine.any()) >= 4) else 3
        reasons.append("own figures are old" if mine.any() else "no own figure")
    worse = 0
    if newest_year - last > 2 or not nation.any():
        worse, reasons = 1, [*reasons, "the nation's newest figure is old or missing"]
    if depth >= 0 and prior_bound(model, depth):
        worse, reasons = 1, [*reasons, "the spread of such areas is assumed from other indicators"]
    touched = {m.path for m, _ in model.outliers()}
    if path in touched or path[:-1] in touched:
        worse, reasons = 1, [*reasons, "a figure of the area or its parent is out of line"]
    return GRADES[min(earned + worse, 3)], tuple(reasons)


def prior_bound(model: Nested, depth: int) -> bool:
    """Whether the data say little of the variances of a depth: posterior beyond PRIOR_BOUND of the prior deviation."""
    part = model.parts[0]
    target = objective(part.rows, part.parts, model.prior, part.centre, part.fitted.extra)
    posterior = theta_covariance(target, part.theta).diagonal()
    first = 4 + 4 * depth
    ratio = np.sqrt(posterior / model.prior.covariance.diagonal())[first : first + 4]
    return bool(np.median(ratio) > PRIOR_BOUND)
