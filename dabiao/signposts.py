"""Rules for success and signposts on the way: what the draws that reach a target have in common, and what to watch when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

PEEL = 0.08  # share of the points taken off in one step
LEAST = 0.06  # share of the points that a rule still holds
MOST_LIMITS = 2


Box = tuple[np.ndarray, np.ndarray]  # the lowest and the highest of each variable


@dataclass(frozen=True)
class Rule:
    """Limits within which a target is mostly reached. limits: name, low, high (None: open), the tightest first.

    coverage: share of all successes that lie within; density: share of successes among what lies within; support: share of
    all points within; base: share of successes everywhere.
    """

    limits: tuple[tuple[str, float | None, float | None], ...]
    coverage: float
    density: float
    support: float
    base: float


@dataclass(frozen=True)
class Signpost:
    """What to watch by the end of a year. danger: on the wrong side of it the chance is below a third; safe: on the right
    side it is above two thirds; None where no value in reach says so. odds: the chance of being on the wrong side of danger.
    """

    year: int
    danger: float | None
    safe: float | None
    odds: float | None
    median: float


def success_rules(
    points: np.ndarray,
    success: np.ndarray,
    names: Sequence[str],
    helps: Mapping[str, int] | None = None,
    count: int = 2,
) -> tuple[Rule, ...]:
    """Up to `count` rules with at most two limits each, by patient peeling (PRIM; Friedman and Fisher 1999).

    points: (point, name). success: (point,), booleans. helps: +1 where more of a name can only help, -1 where it can only
    harm: such a name is limited on one side only. A second rule is sought among what the first leaves. None where
    everything or nothing succeeds, or where no box is denser than the whole.
    """
    points, success = np.asarray(points, dtype=float), np.asarray(success, dtype=bool)
    rules, open_ = [], np.ones(len(points), dtype=bool)
    for _ in range(count):
        if not (0 < success[open_].mean() < 1 if open_.any() else False):
            break
        rule, inside = _one_rule(points, success, open_, names, helps or {})
        if rule is None:
            break
        rules.append(rule)
        open_ &= ~inside
    return tuple(rules)


def signposts(
    paths: np.ndarray, years: Sequence[int], success: np.ndarray, upwards: bool, until: int, since: int
) -> tuple[Signpost, ...]:
    """For each year from `since` before `until`, the values that decide. paths: (draw, year). success: (draw,).

    The chance given a value is the isotonic regression of success on it, so it only rises towards the target.
    """
    found = []
    for t, year in enumerate(years):
        if not since <= year < until or success.all() or not success.any():
            continue
        value = paths[:, t]
        order = np.argsort(value, kind="stable")
        chance = isotonic_regression(success[order].astype(float), increasing=upwards).x
        ranked = value[order]
        if upwards:
            danger = _last(ranked, chance < 1 / 3)
            safe = _first(ranked, chance >= 2 / 3)
            wrong = value <= danger if danger is not None else None
        else:
            danger = _first(ranked, chance < 1 / 3)
            safe = _last(ranked, chance >= 2 / 3)
            wrong = value >= danger if danger is not None else None
        if danger is not None or safe is not None:
            odds = None if wrong is None else float(wrong.mean())
            found.append(Signpost(int(year), danger, safe, odds, float(np.median(value))))
    return tuple(found)


def holds(rule: Rule, point: Mapping[str, float]) -> bool:
    """Whether a point lies within a rule."""
    return all(
        (low is None or point[name] >= low) and (high is None or point[name] <= high) for name, low, high in rule.limits
    )


def _first(ranked: np.ndarray, where: np.ndarray) -> float | None:
    return float(ranked[np.argmax(where)]) if where.any() else None


def _last(ranked: np.ndarray, where: np.ndarray) -> float | None:
    return float(ranked[::-1][np.argmax(where[::-1])]) if where.any() else None


def _one_rule(
    points: np.ndarray, success: np.ndarray, open_: np.ndarray, names: Sequence[str], helps: Mapping[str, int]
) -> tuple[Rule | None, np.ndarray]:
    boxes, inside = [], open_.copy()
    low, high = np.full(points.shape[1], -np.inf), np.full(points.shape[1], np.inf)
    while inside.sum() > max(LEAST * len(points), 5) and success[inside].mean() < 1:
        best = None
        for j in range(points.shape[1]):
            column = points[inside, j]
            for side, q in ((0, PEEL), (1, 1 - PEEL)):
                if helps.get(names[j], 0) == (-1 if side == 0 else 1):
                    continue
                edge = np.quantile(column, q)
                kept = inside & (points[:, j] > edge if side == 0 else points[:, j] < edge)
                if not 0 < kept.sum() < inside.sum():
                    continue
                gain = (success[kept].mean() - success[inside].mean()) / (inside.sum() - kept.sum())
                if best is None or gain > best[0]:
                    best = (gain, j, side, edge, kept)
        if best is None or best[0] <= 0:
            break
        _, j, side, edge, inside = best
        (low if side == 0 else high)[j] = edge
        boxes.append((low.copy(), high.copy()))
    if not boxes:
        return None, inside
    whole = success[open_].sum()
    chosen = max(
        (_simplest(points, success, open_, box) for box in boxes), key=lambda b: _worth(points, success, open_, b)
    )
    inside = open_ & _within(points, chosen)
    if success[inside].mean() <= max(success[open_].mean(), success.mean()) * 1.02:
        return None, inside
    limits = tuple(
        (name, None if np.isinf(a) else float(a), None if np.isinf(b) else float(b))
        for name, a, b in zip(names, *chosen, strict=True)
        if np.isfinite(a) or np.isfinite(b)
    )
    hit = success[inside].sum()
    return (
        Rule(
            limits,
            float(hit / success.sum()),
            float(hit / inside.sum()),
            float(inside.mean()),
            float(success.mean()) if whole else 0.0,
        ),
        inside,
    )


def _within(points: np.ndarray, box: Box) -> np.ndarray:
    low, high = box
    return np.all((points >= low) & (points <= high), axis=1)


def _worth(points: np.ndarray, success: np.ndarray, open_: np.ndarray, box: Box) -> float:
    """Density and coverage together: their harmonic mean."""
    inside = open_ & _within(points, box)
    if not inside.any() or not success[inside].any():
        return 0.0
    density, coverage = success[inside].mean(), success[inside].sum() / success[open_].sum()
    return float(2 * density * coverage / (density + coverage))


def _simplest(points: np.ndarray, success: np.ndarray, open_: np.ndarray, box: Box) -> Box:
    """The box with only the limits that matter most, at most MOST_LIMITS names limited."""
    low, high = box[0].copy(), box[1].copy()
    while True:
        limited = [j for j in range(len(low)) if np.isfinite(low[j]) or np.isfinite(high[j])]
        if len(limited) <= MOST_LIMITS:
            return low, high
        without = []
        for j in limited:
            a, b = low.copy(), high.copy()
            a[j], b[j] = -np.inf, np.inf
            without.append((_worth(points, success, open_, (a, b)), j))
        _, j = max(without)
        low[j], high[j] = -np.inf, np.inf
