"""Weights of the stacking, learned from what several methods said and what happened."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls
from scipy.special import expit

from benchmarks.peer_engine.stacking import odds

RIDGE = 0.01
STEPS = 25


def fit_weights(
    parts: np.ndarray, hit: np.ndarray, case_weights: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Weights that make the stacked chances likeliest: parts (case, method), hit and case_weights (case,).

    Logistic regression by Newton steps, each a least-squares problem with non-negative method weights; drawn slightly
    towards the plain mean of the log odds. start: weights to begin from. Returns (method + 1,).
    """
    features = odds(parts)
    methods = features.shape[1] - 1
    share = case_weights / case_weights.sum()
    towards = np.append(np.full(methods, 1.0 / methods), 0.0)
    least = np.append(np.zeros(methods), -10.0)
    weights = towards if start is None else start
    for _ in range(STEPS):
        chance = expit(features @ weights)
        slope = features.T @ (share * (chance - hit)) + RIDGE * (weights - towards)
        curve = (features * (share * chance * (1 - chance))[:, None]).T @ features + RIDGE * np.eye(methods + 1)
        root = np.linalg.cholesky(curve).T
        aim = np.linalg.solve(root.T, curve @ weights - slope)
        moved = least + nnls(root, aim - root @ least)[0]
        if np.abs(moved - weights).max() < 1e-4:
            return moved
        weights = moved
    raise RuntimeError(f"The stacking weights did not settle in {STEPS} steps; last change {moved - weights}.")
