"""Paths drawn from the stacked distribution, so that charts and every comparison agree with the chances."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from forecasts.peer_case import PeerPrediction

MOST_CANDIDATES = 3000
GRID = 801
FARTHEST_SPREADS = 40


def paths(futures: list[PeerPrediction], draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draw, year) in the unit, rounded as published. futures: one for every year ahead, in order."""
    ranks = _ranks(draws, len(futures), rng)
    return np.column_stack([_values(future, rank) for future, rank in zip(futures, ranks.T, strict=True)])


def _ranks(draws: int, years: int, rng: np.random.Generator) -> np.ndarray:
    """Ranks of coherent futures, 0 worst to 1 best: (draw, year); evenly spread in the last year, tied to it by a
    Brownian bridge."""
    end = ndtri((rng.permutation(draws) + 0.5) / draws) * np.sqrt(years)
    walk = np.cumsum(rng.standard_normal((draws, years)), axis=1)
    steps = np.arange(1, years + 1)
    bridge = walk + steps / years * (end - walk[:, -1])[:, None]
    return ndtr(bridge / np.sqrt(steps))


def _values(future: PeerPrediction, ranks: np.ndarray) -> np.ndarray:
    """Values of one year at the given ranks: (draw,)."""
    case = future.case
    candidates = _candidates(future)
    edges = np.clip(candidates - case.scale.sign * case.unit / 2, case.scale.low, case.scale.high)
    reach = future.reach(case.scale.forward(edges) - case.own[0, -1])
    below = 1.0 - np.minimum.accumulate(reach)
    below[0] = 0.0
    return candidates[np.searchsorted(below, ranks, side="right") - 1]


def _candidates(future: PeerPrediction) -> np.ndarray:
    """The values a year can take, from worst to best: every printable one where they are not too many."""
    case = future.case
    if case.field is None or future.evidence is None:
        reach = 6.0 * future.horizon
    else:
        reach = FARTHEST_SPREADS * np.sqrt(future.horizon) * case.field.yearly_spread
        reach += np.abs(future.evidence.as_was).max()
    now = case.own[0, -1]
    low, high = np.sort(np.round(case.scale.inverse(now + np.array([-reach, reach])) / case.unit))
    if high - low < MOST_CANDIDATES:
        values = np.arange(low, high + 1) * case.unit
    else:
        steps = np.sinh(np.linspace(-8, 8, GRID)) / np.sinh(8) * reach
        values = np.unique(np.round(case.scale.inverse(now + steps) / case.unit)) * case.unit
    values = np.unique(np.clip(np.round(values, 10), case.scale.low, case.scale.high))
    return values if case.better_up else values[::-1]
