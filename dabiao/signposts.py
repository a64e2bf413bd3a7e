"""Signposts on the way to a target: what to watch when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression


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


def _first(ranked: np.ndarray, where: np.ndarray) -> float | None:
    return float(ranked[np.argmax(where)]) if where.any() else None


def _last(ranked: np.ndarray, where: np.ndarray) -> float | None:
    return float(ranked[::-1][np.argmax(where[::-1])]) if where.any() else None
