"""Learning the stacking weights on some indicators and applying them to others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peer_engine.peer_methods import OWN_METHODS
from benchmarks.peer_engine.stacking import Stacking, pooled
from benchmarks.peer_engine.stacking_weights import fit_weights
from benchmarks.verdict_chances import CHANCE_ARRAYS, Chances, Judged
from benchmarks.verdict_scoring import cell_weights

# Few, some and many peers: the situations whose weights are learned, fewest windows first.
CLASSES = ("10", "30", "rich")
MIDDLE_POINTS = 3


def learn(judged: Judged, taken: np.ndarray, points: Sequence[int], start: Stacking | None = None) -> Stacking:
    """The weights learned on the cases `taken`: boolean (case,). start: weights to begin from, for speed only."""
    hit, weights = judged.cases["hit"].to_numpy(), cell_weights(judged.cases)
    windows, peers, alone = [], [], []
    for number, situation in enumerate(CLASSES):
        middle = judged.ours[situation, MIDDLE_POINTS]
        windows.append(float(np.median(middle.windows[taken & middle.known])))
        row = []
        for place, count in enumerate(points):
            chances = judged.ours[situation, count]
            used = taken & chances.known
            begin = None if start is None else start.peers[number, place]
            row.append(fit_weights(chances.parts[used], hit[used], weights[used], begin))
        peers.append(row)
    for place, count in enumerate(points):
        own = judged.ours["none", count].parts[taken, -len(OWN_METHODS) :]
        alone.append(fit_weights(own, hit[taken], weights[taken], None if start is None else start.alone[place]))
    return Stacking(np.array(windows), np.array(points, dtype=float), np.array(peers), np.array(alone))


def stated(stacking: Stacking, chances: Chances, points: int, peers: bool = True) -> np.ndarray:
    """The stacked chance of each case: (case,); the turn of the common trend included, NaN where peers say nothing."""
    if not peers:
        return pooled(chances.parts[:, -len(OWN_METHODS) :], stacking.without_peers(points))
    counts, where = np.unique(chances.windows, return_inverse=True)
    weights = np.array([stacking.with_peers(count, points) for count in counts])[where]
    stacked = pooled(chances.parts, weights)
    return (1 - chances.turning) * stacked + chances.turning * chances.after_turning


def leave_one_out(judged: Judged, points: Sequence[int]) -> dict[int, Stacking]:
    """For every indicator (by number) the weights learned on all others."""
    everything = np.ones(len(judged.cases), dtype=bool)
    whole = learn(judged, everything, points)
    indicator = judged.cases["indicator"].to_numpy()
    return {int(held): learn(judged, indicator != held, points, whole) for held in np.unique(indicator)}


def stated_by(stackings: dict[int, Stacking], judged: Judged, situation: str, points: int) -> np.ndarray:
    """The stacked chance of each case with its indicator's own weights: (case,)."""
    chances, indicator = judged.ours[situation, points], judged.cases["indicator"].to_numpy()
    result = np.full(len(indicator), np.nan)
    for number in np.unique(indicator):
        held = indicator == number
        part = Chances(*(getattr(chances, name)[held] for name in CHANCE_ARRAYS))
        result[held] = stated(stackings[int(number)], part, points, situation != "none")
    return result
