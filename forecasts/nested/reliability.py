"""What was said and what happened: how often chances of the tree of regions came true, by decile of the chance."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

SHIPPED = Path(__file__).with_name("reliability.csv")  # measured by benchmarks/reliability.py
EVIDENCE = ("trees", "china", "plans")
FIELDS = ("evidence", "low", "high", "said", "happened", "cases")
BINS = 10


@dataclass(frozen=True)
class Decile:
    """The targets of one body of evidence that were given a chance from `low` to `high`.

    evidence: one of EVIDENCE. said: their mean chance; happened: the share that was met, both 0 to 1. cases: how many.
    """

    evidence: str
    low: float
    high: float
    said: float
    happened: float
    cases: int


def deciles(evidence: str, stated: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None = None) -> list[Decile]:
    """The deciles that hold a case, of chances stated and outcomes 0 or 1: both (case,).

    >>> [(d.low, d.happened, d.cases) for d in deciles("trees", np.array([0.05, 0.95, 0.99]), np.array([0.0, 1.0, 0.0]))]
    [(0.0, 0.0, 1), (0.9, 0.5, 2)]
    """
    weights = np.ones(len(stated)) if weights is None else weights
    place = np.clip((stated * BINS).astype(int), 0, BINS - 1)
    found = []
    for b in range(BINS):
        here = place == b
        if here.any():
            said, happened = (float(np.average(v[here], weights=weights[here])) for v in (stated, outcome))
            found.append(Decile(evidence, b / BINS, (b + 1) / BINS, said, happened, int(here.sum())))
    return found


@lru_cache
def shipped() -> tuple[Decile, ...]:
    """The shipped table.

    >>> {d.evidence for d in shipped()} <= set(EVIDENCE)
    True
    """
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Decile(
            r["evidence"], float(r["low"]), float(r["high"]), float(r["said"]), float(r["happened"]), int(r["cases"])
        )
        for r in rows
    )


def decile_of(chance: float, evidence: str) -> Decile | None:
    """The decile of a chance in one body of evidence; None where it holds no case."""
    place = min(int(chance * BINS), BINS - 1) / BINS
    return next((d for d in shipped() if d.evidence == evidence and abs(d.low - place) < 1e-9), None)
