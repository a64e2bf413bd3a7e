"""How much each thing that is not known matters to a target's value: its share of the variance over the draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import chi2

BINS = 10


def variance_share(values: np.ndarray, cause: np.ndarray, bins: int = BINS) -> float:
    """The share of the variance of `values` that the mean given `cause` explains, 0 to 1. Both: (draw,).

    The correlation ratio over bins of equal size, less what chance alone would give: (eta2 - e) / (1 - e) with
    e = (bins - 1) / (n - 1) (Pearson 1905; the correction is epsilon squared of Kelley 1935). It equals the first-order index
    of Sobol where causes are independent, and needs no further runs.
    """
    values, cause = np.asarray(values, dtype=float), np.asarray(cause, dtype=float)
    spread = values.var()
    count = len(values)
    if spread == 0 or cause.var() == 0 or count <= bins:
        return 0.0
    order = np.argsort(cause, kind="stable")
    groups = np.array_split(values[order], bins)
    between = sum(len(g) * (g.mean() - values.mean()) ** 2 for g in groups) / count
    by_chance = (bins - 1) / (count - 1)
    return float(np.clip((between / spread - by_chance) / (1 - by_chance), 0.0, 1.0))


def shares(values: np.ndarray, causes: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The variance shares of all causes that stand out from chance, the largest first.

    A cause without any influence reaches the limit once in a hundred times.
    """
    found = {name: variance_share(values, cause) for name, cause in causes.items()}
    count = max(len(values), BINS + 2)
    least = (chi2.ppf(0.99, BINS - 1) - (BINS - 1)) / (count - BINS)
    return dict(sorted(((n, s) for n, s in found.items() if s >= least), key=lambda pair: -pair[1]))
