"""Scores of stated chances: Brier score, skill against the base rate, calibration error, log score, words."""

from __future__ import annotations

import numpy as np
import pandas as pd

CELL = ["indicator", "horizon", "kind"]
BINS = 10
LEAST_LOG_CHANCE = 0.001
BOOTSTRAPS = 1000
WORDS = (("unlikely", 0.0, 1 / 3), ("uncertain", 1 / 3, 2 / 3), ("likely", 2 / 3, 1.0))


def cell_weights(cases: pd.DataFrame) -> np.ndarray:
    """Weights by which every cell (indicator, horizon, kind) counts the same: (case,)."""
    return (1.0 / cases.groupby(CELL)["hit"].transform("size")).to_numpy()


def base_rate(cases: pd.DataFrame) -> np.ndarray:
    """The share reached of that kind and horizon over the other indicators, cells counting the same: (case,).

    NaN for an indicator that has no other beside it.
    """
    cells = cases.groupby(CELL)["hit"].mean().reset_index()
    group = cells.groupby(["horizon", "kind"])["hit"]
    others = group.transform("size") - 1
    cells["base"] = (group.transform("sum") - cells["hit"]) / others.where(others > 0)
    return cases[CELL].merge(cells, on=CELL, how="left")["base"].to_numpy()


def score(cases: pd.DataFrame, chance: np.ndarray, base: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Brier, skill, calibration error over ten equal bins, log score (in nats, chances held to .001-.999), cases."""
    hit = cases["hit"].to_numpy()
    brier = np.average((chance - hit) ** 2, weights=weights)
    against = np.average((base - hit) ** 2, weights=weights)
    held = np.clip(chance, LEAST_LOG_CHANCE, 1 - LEAST_LOG_CHANCE)
    log = -np.average(hit * np.log(held) + (1 - hit) * np.log(1 - held), weights=weights)
    table = reliability(chance, hit, weights)
    return {
        "brier": float(brier),
        "skill": float(1 - brier / against),
        "calibration_error": sum(row["share"] * abs(row["said"] - row["happened"]) for row in table),
        "log_score": float(log),
        "cases": len(hit),
    }


def reliability(chance: np.ndarray, hit: np.ndarray, weights: np.ndarray) -> list[dict]:
    """For every tenth of the chances said: mean said, share that happened, cases and their share of the weight."""
    edges = np.linspace(0, 1, BINS + 1)
    return _by_bins(chance, hit, weights, [(f"{a:.1f}-{b:.1f}", a, b) for a, b in zip(edges, edges[1:], strict=False)])


def words_table(chance: np.ndarray, hit: np.ndarray, weights: np.ndarray) -> list[dict]:
    """The same for the words."""
    return _by_bins(chance, hit, weights, WORDS)


def _by_bins(chance, hit, weights, bins) -> list[dict]:
    rows = []
    for name, low, high in bins:
        inside = (chance >= low - 1e-12) & ((chance < high - 1e-12) | (high == 1.0))
        if inside.any():
            rows.append(
                {
                    "bin": name,
                    "low": float(low),
                    "high": float(high),
                    "said": float(np.average(chance[inside], weights=weights[inside])),
                    "happened": float(np.average(hit[inside], weights=weights[inside])),
                    "cases": int(inside.sum()),
                    "share": float(weights[inside].sum() / weights.sum()),
                }
            )
    return rows


def score_by(cases: pd.DataFrame, chance, base, weights, column: str) -> dict[str, dict]:
    """Scores for every value of a column."""
    return {
        str(value): score(cases[inside], chance[inside], base[inside], weights[inside])
        for value in cases[column].unique()
        if (inside := (cases[column] == value).to_numpy()).any()
    }


def bootstrap(cases: pd.DataFrame, chance, base, weights, seed: int = 0) -> dict[str, list[float]]:
    """90 % intervals of Brier and skill when indicators are drawn with replacement."""
    hit = cases["hit"].to_numpy()
    losses = pd.DataFrame(
        {
            "indicator": cases["indicator"].to_numpy(),
            "ours": weights * (chance - hit) ** 2,
            "base": weights * (base - hit) ** 2,
            "weight": weights,
        }
    )
    sums = losses.groupby("indicator").sum().to_numpy()
    drawn = np.random.default_rng(seed).integers(0, len(sums), (BOOTSTRAPS, len(sums)))
    ours, against, weight = sums[drawn].sum(axis=1).T
    return {
        "brier": np.quantile(ours / weight, [0.05, 0.95]).tolist(),
        "skill": np.quantile(1 - ours / against, [0.05, 0.95]).tolist(),
    }


def indicator_wide_error(cases: pd.DataFrame, chance: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """How far the chances of one indicator, origin and horizon are off together: median and ninth decile of |bias|."""
    off = pd.DataFrame(
        {
            **{name: cases[name].to_numpy() for name in ("indicator", "origin", "horizon")},
            "off": weights * (chance - cases["hit"].to_numpy()),
            "weight": weights,
        }
    )
    together = off.groupby(["indicator", "origin", "horizon"])[["off", "weight"]].sum()
    bias = (together["off"] / together["weight"]).abs()
    return {"median": float(bias.median()), "one_in_ten": float(bias.quantile(0.9))}
