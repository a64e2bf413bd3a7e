"""Score the nested forecast engine on a panel of trees: sparse cases, regions with 0, 1, 2 and 3 own figures.

    python benchmarks/nested.py --panel FILE --indicators FILE [--seed N] [--only a,b] [--without-engines] [--json]

The files are laid out as forecasts/training/panel_trees.py says. At three origins an indicator and three sparsities,
twelve regions are asked for their value one to five years ahead, and for the chances of eight kinds of pseudo-target.
CRPS is in units of the standard deviation between regions at the origin; every indicator weighs alike. Skill of chances is
against the base rate by kind and horizon over the other indicators. Rivals answer the same questions in the same run: the
parent's last value; the own value moved as the nation moved (without one: the parent's); both with spreads calibrated
on the other indicators; and the engines for single series, pooled and alone. The prior of an indicator leaves it out.
"""
# ruff: noqa: E402 - a script beside this one bears the name of our package, so the path is mended before the imports

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import special

sys.path[0] = str(Path(__file__).resolve().parents[1])

from forecasts.nested import prior
from forecasts.nested.model import carried_on
from forecasts.nested.predictive import edge, mixture_quantiles
from forecasts.series_forecast import forecast_series
from forecasts.training.nested import Answered, answer, chances, collected, even, taken
from forecasts.training.panel_trees import KINDS, Case, Tree, cases, pseudo_targets, read_trees
from planning.indicators import Indicator
from planning.series import Series

LEVELS = np.arange(1, 40) / 40
DRAWS = 400  # of the engines that answer in draws
OWN = range(4)
GROUPS = ((1, 2), (3, 5))
GOALS = {  # measure: by family, own figures -> goal
    "tree": {
        "CRPS": ((0.59, 0.41, 0.42, 0.43), "lower"),
        "skill": ((0.0, 0.20, 0.20, 0.19), "higher"),
        "calibration": ((0.065,) * 4, "lower"),
        "cover80": (((0.77, 0.85),) * 4, "inside"),
    },
    "flat": {"CRPS": ((None, 0.224, 0.267, 0.255), "lower")},
}


@dataclass(frozen=True)
class Answers:
    """One method's answers. quantiles: (question, level), in the unit; stated: (question, kind), NaN where none."""

    quantiles: np.ndarray
    stated: np.ndarray


@dataclass(frozen=True)
class Simple:
    """A rival's centre and rough spread, on the scale, before the spread is calibrated: (question,) each."""

    centre: np.ndarray
    spread: np.ndarray


def nested_answers(trees: Sequence[Tree], questions: Answered) -> Answers:
    """The engine's quantiles and calibrated chances."""
    constants = prior.shipped()
    factors, stated = np.ones(len(questions)), np.full(questions.edges.shape, np.nan)
    family = np.array([t.family for t in trees])[questions.tree]
    for name in np.unique(family):
        for own in OWN:
            some = (family == name) & (questions.own == own)
            factors[some] = prior.spread_factor(constants, name, own, questions.horizon[some])
    raw = chances(questions, factors)
    for name in np.unique(family):
        for own in OWN:
            some, ends = (family == name) & (questions.own == own), prior.ends_for(constants, name, own)
            stated[some] = np.interp(raw[some], *ends) if ends else raw[some]
    stated[~np.isfinite(raw)] = np.nan
    z = mixture_quantiles(LEVELS, questions.weights, questions.means, questions.deviations * factors[:, None])
    return Answers(in_unit(trees, questions, z), stated)


def averaged(one: Answers, other: Answers) -> Answers:
    """Mean of two methods' quantiles and chances; the first alone where the second has none."""
    both = [(one.quantiles, other.quantiles), (one.stated, other.stated)]
    return Answers(*(np.where(np.isfinite(b), (a + b) / 2, a) for a, b in both))


def in_unit(trees: Sequence[Tree], questions: Answered, z: np.ndarray) -> np.ndarray:
    """Quantiles from the scale to the unit of each question's indicator."""
    found = np.empty_like(z)
    for i in np.unique(questions.tree):
        rows = questions.tree == i
        found[rows] = trees[i].scale.inverse(z[rows])
    return found


def robust_spread(values: Sequence[float]) -> float:
    """Median absolute deviation as a standard deviation, at least half the plain one; NaN below four values."""
    x = np.asarray(values)
    if len(x) < 4:
        return np.nan
    return float(max(1.4826 * np.median(np.abs(x - np.median(x))), 0.5 * x.std(), 1e-3))


def simple_rows(case: Case) -> list[tuple[float, float, float, float]]:
    """For each question of a case: the parent's last value, its spread; own (or parent's) with the nation's growth, and
    its spread: all on the scale."""
    tree, scale, column = case.tree, case.tree.scale, case.tree.column(case.origin)
    z = {row: float(scale.forward(tree.measured(*row).value)) for row in case.base}
    nation = {y: v for (kind, _, y), v in z.items() if kind == "nation"}
    years = np.arange(tree.years[0], case.origin + 6)
    moved = dict(zip(years.tolist(), carried_on(nation, years), strict=True))
    last: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for (kind, number, year), v in z.items():
        last.setdefault((kind, number), []).append((year, v))

    def parent(region: int) -> tuple[int, float]:
        series = last.get(("parent", int(tree.group[region]))) or last["nation", 0]
        return max(series)

    others = {n: max(series) for (kind, n), series in last.items() if kind == "region"}
    flat = robust_spread([v - parent(n)[1] for n, (_, v) in others.items()])
    grown = robust_spread([v - parent(n)[1] - moved[y] + moved[parent(n)[0]] for n, (y, v) in others.items()])
    pairs = [sorted(s) for (kind, _), s in last.items() if kind == "region" and len(s) > 1]
    own_spread = robust_spread([((b[1] - a[1]) - (moved[b[0]] - moved[a[0]])) / np.sqrt(b[0] - a[0]) for a, b in pairs])
    found = []
    for region, own in case.asked:
        year, above = parent(region)
        for h in range(1, 6):
            if column + h >= len(tree.years) or not np.isfinite(tree.values[region, column + h]):
                continue
            ahead = case.origin + h
            if own:
                start = float(scale.forward(tree.values[region, tree.column(own[-1])]))
                found.append(
                    (above, flat, start + moved[ahead] - moved[own[-1]], own_spread * np.sqrt(ahead - own[-1]))
                )
            else:
                found.append((above, flat, above + moved[ahead] - moved[year], grown))
    return found


def simple_answers(trees: Sequence[Tree], questions: Answered, rival: Simple) -> Answers:
    """A rival with a t spread whose factor and degrees of freedom are learned on the other indicators."""
    spread = rival.spread.copy()
    scales = np.array([trees[i].scale.name for i in questions.tree])
    depths = np.array([trees[i].depths for i in questions.tree])
    for depth in np.unique(depths):
        for scale in np.unique(scales):
            same = (depths == depth) & (scales == scale)
            known = same & np.isfinite(spread)
            spread[same & ~np.isfinite(spread)] = np.median(spread[known]) if known.any() else 0.3
    miss = (questions.z - rival.centre) / spread
    factor, df = np.ones(len(questions)), np.full(len(questions), 8.0)
    for own in OWN:
        for low, high in GROUPS:
            some = (questions.own == own) & (questions.horizon >= low) & (questions.horizon <= high)
            for i in np.unique(questions.tree[some]):
                others = some & (questions.tree != i) if len(np.unique(questions.tree[some])) > 1 else some
                rows = some & (questions.tree == i)
                factor[rows], df[rows] = fitted_t(miss[others], even(taken(questions, others)))
    spread = spread * factor
    z = rival.centre[:, None] + spread[:, None] * special.stdtrit(df[:, None], LEVELS)
    below = special.stdtr(df[:, None], (np.nan_to_num(questions.edges) - rival.centre[:, None]) / spread[:, None])
    stated = np.where(questions.direction[:, None] > 0, 1 - below, below)
    return Answers(in_unit(trees, questions, z), np.where(np.isfinite(questions.edges), stated, np.nan))


def fitted_t(misses: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Scale and degrees of freedom that put 80 and 95 % of the misses where a t has them."""
    order = np.argsort(np.abs(misses))
    at80, at95 = np.interp([0.8, 0.95], np.cumsum(weights[order]) / weights.sum(), np.abs(misses)[order])
    dfs = np.array([3.0, 4, 5, 6, 8, 10, 15, 30])
    ratio = special.stdtrit(dfs, 0.975) / special.stdtrit(dfs, 0.9)
    df = float(dfs[np.argmin(np.abs(np.log(ratio) - np.log(max(at95 / max(at80, 1e-9), 1.0))))])
    return float(max(at80, 1e-9) / special.stdtrit(df, 0.9)), df


def engine_rows(case: Case) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """The pooled engine and the lone series, for each question: quantiles and chances of both, NaN without own figures."""
    tree, column = case.tree, case.tree.column(case.origin)
    percent = tree.scale.name == "logit"
    about = Indicator(tree.name, tree.name, tree.name, "percent" if percent else "per_1000", "share" if percent else "rate",
                      "logit" if percent else "log", "up" if tree.direction > 0 else "down", "resident",
                      (0.0, 100.0) if percent else (0.0, np.inf), 6, "other")  # fmt: skip
    known: dict[tuple[str, int], dict[int, float]] = {}
    for row in case.base:
        known.setdefault(row[:2], {})[row[2]] = tree.measured(*row).value

    def series(key: tuple[str, int], values: dict[int, float]) -> Series:
        years = tuple(sorted(values))
        return Series(
            f"{key[0]} {key[1]}", tree.name, about.unit, years, tuple(values[y] for y in years), precision=tree.unit
        )

    peers = [series(k, v) for k, v in known.items() if k[0] == "region"]
    nation = series(("nation", 0), known["nation", 0])
    nothing = (np.full(len(LEVELS), np.nan), np.full(len(KINDS), np.nan))
    found = []
    for region, own in case.asked:
        ahead = [
            h for h in range(1, 6) if column + h < len(tree.years) and np.isfinite(tree.values[region, column + h])
        ]
        if not ahead:
            continue
        outlooks = []
        if own:
            mine = series(("region", region), {y: float(tree.values[region, tree.column(y)]) for y in own})
            to = case.origin + ahead[-1]
            outlooks = [
                forecast_series(mine, about, to, peers=peers, parent=nation, draws=DRAWS),
                forecast_series(mine, about, to, draws=DRAWS),
            ]
        targets, d = pseudo_targets(tree, case.origin, region), tree.direction
        for h in ahead:
            row: list[np.ndarray] = []
            for outlook in outlooks:
                paths = outlook.at(case.origin + h)
                edges = [edge(x, tree.unit, d > 0) if np.isfinite(x) else np.nan for x in targets[:, h - 1]]
                stated = [np.mean(d * (paths - e) >= -1e-9) if np.isfinite(e) else np.nan for e in edges]
                row += [np.quantile(paths, LEVELS), np.array(stated)]
            found.append(tuple(row) if row else (*nothing, *nothing))
    return found


def crps(quantiles: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """CRPS as twice the mean pinball loss over LEVELS: (question,)."""
    away = truth[:, None] - quantiles
    return 2 * np.mean(np.maximum(LEVELS * away, (LEVELS - 1) * away), axis=1)


def base_rates(questions: Answered) -> np.ndarray:
    """(question, kind): how often targets of the kind and horizon are met on the other indicators."""
    found = np.full(questions.outcome.shape, 0.5)
    for h in np.unique(questions.horizon):
        for kind in range(len(KINDS)):
            rows = (questions.horizon == h) & np.isfinite(questions.outcome[:, kind])
            numbers = np.unique(questions.tree[rows])
            rates = np.array([questions.outcome[rows & (questions.tree == i), kind].mean() for i in numbers])
            for i in np.unique(questions.tree):
                others = rates[numbers != i] if (numbers != i).any() else rates
                if len(others):
                    found[(questions.horizon == h) & (questions.tree == i), kind] = others.mean()
    return found


def summary(answers: Answers, questions: Answered, rows: np.ndarray, base: np.ndarray) -> dict | None:
    """Mean measures of some questions, indicators weighing alike; None with fewer than 30."""
    rows = rows & np.isfinite(answers.quantiles[:, 0])
    if rows.sum() < 30:
        return None
    some = taken(questions, rows)
    weights, q, truth = even(some), answers.quantiles[rows], some.truth
    known = np.isfinite(some.outcome) & np.isfinite(answers.stated[rows])
    wide = np.broadcast_to(weights[:, None], known.shape)[known]
    stated, outcome, usual = answers.stated[rows][known], some.outcome[known], base[rows][known]
    brier, reference = wide @ (stated - outcome) ** 2, wide @ (usual - outcome) ** 2

    def held(level: float) -> float:
        return float(weights @ ((truth >= q[:, _at(1 - level)]) & (truth <= q[:, _at(level)])))

    def happened(which: np.ndarray) -> float:
        return float(wide[which] @ outcome[which] / wide[which].sum()) if which.any() else float("nan")

    return {
        "questions": int(rows.sum()),
        "CRPS": float(weights @ (crps(q, truth) / some.size)),
        "cover80": held(0.9),
        "cover95": held(0.975),
        "skill": float(1 - brier / reference),
        "calibration": weighted_calibration(stated, outcome, wide),
        "happened when said .95": happened(stated >= 0.95),
        "happened when said .05": happened(stated <= 0.05),
        "said .95": float(wide[stated >= 0.95].sum() / wide.sum()),
    }


def weighted_calibration(stated: np.ndarray, outcome: np.ndarray, weights: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over even bins of the stated chance."""
    place = np.minimum((stated * bins).astype(int), bins - 1)
    return float(sum(abs(weights[place == b] @ (stated - outcome)[place == b]) for b in range(bins)) / weights.sum())


def _at(level: float) -> int:
    return int(np.argmin(np.abs(LEVELS - level)))


def run(panel: str, indicators: str, seed: int, only: Sequence[str] | None, engines: bool) -> dict:
    """Every method on every question of the panel: the object that --json prints."""
    trees = [t for t in read_trees(panel, indicators) if not only or t.name in only]
    if not trees:
        raise ValueError("The panel holds no indicator with regions enough to be asked.")
    constants, rows, simple, old = prior.shipped(), [], [], []
    spent = {"nested": 0.0, "engines": 0.0}
    for i, tree in enumerate(trees):
        for case in cases(tree, seed):
            start = time.process_time()
            rows += answer(case, i, constants)
            spent["nested"] += time.process_time() - start
            simple += simple_rows(case)
            start = time.process_time()
            old += engine_rows(case) if engines else []
            spent["engines"] += time.process_time() - start
    if not rows:
        raise ValueError("No indicator of the panel has years and regions enough for a case.")
    questions = collected(rows)
    up, up_spread, own, own_spread = np.array(simple).T
    methods = {
        "nested": nested_answers(trees, questions),
        "parent's last value": simple_answers(trees, questions, Simple(up, up_spread)),
        "own value, nation's growth": simple_answers(trees, questions, Simple(own, own_spread)),
    }
    if engines:
        columns = [np.array(c) for c in zip(*old, strict=True)]
        methods["pooled series"] = Answers(*columns[:2])
        methods["lone series"] = Answers(*columns[2:])
        methods["nested and pooled, half each"] = averaged(methods["nested"], methods["pooled series"])
    return result_of(trees, questions, methods, spent)


def result_of(trees: Sequence[Tree], questions: Answered, methods: dict[str, Answers], spent: dict[str, float]) -> dict:
    """Goals and details from every method's answers."""
    base = base_rates(questions)
    family = np.array([t.family for t in trees])[questions.tree]
    table, by_indicator, goals = [], [], []
    for name in np.unique(family):
        for own in OWN:
            rows = (family == name) & (questions.own == own)
            found = {m: s for m, a in methods.items() if (s := summary(a, questions, rows, base))}
            table += [{"family": str(name), "own": own, "method": m} | _rounded(s) for m, s in found.items()]
            goals += goals_of(str(name), own, found)
        for i in np.unique(questions.tree[family == name]):
            for own in OWN:
                rows = (questions.tree == i) & (questions.own == own)
                scores = {m: s["CRPS"] for m, a in methods.items() if (s := summary(a, questions, rows, base))}
                by_indicator.append({"indicator": trees[i].name, "own": own} | _rounded(scores))
        rows = family == name
        ends = summary(methods["nested"], questions, rows, base)
        if ends:
            for measure, goal, better in (
                ("happened when said .95", 0.93, "higher"),
                ("happened when said .05", 0.06, "lower"),
            ):
                goals.append(_goal(f"{name}: {measure}", ends[measure], goal, better))
    return {
        "benchmark": "nested",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": [g for g in goals if g["measured"] is not None and np.isfinite(g["measured"])],
        "details": {
            "methods": table,
            "by indicator": by_indicator,
            "indicators": len(trees),
            "questions": len(questions),
            "seconds": {k: round(v, 1) for k, v in spent.items()},
        },
    }


def goals_of(family: str, own: int, found: dict[str, dict]) -> list[dict]:
    """The goals of one family and number of own figures, beside the best rival."""
    lines = []
    for measure, (wanted, better) in GOALS.get(family, {}).items():
        if wanted[own] is None or "nested" not in found:
            continue
        rivals = {m: s[measure] for m, s in found.items() if not m.startswith("nested") and np.isfinite(s[measure])}
        best = (min if better == "lower" else max)(rivals, key=lambda m: rivals[m]) if rivals else None
        line = _goal(f"{family}, own figures {own}: {measure}", found["nested"][measure], wanted[own], better)
        lines.append(line | ({"peer": best, "peer_measured": round(rivals[best], 4)} if best else {}))
    return lines


def _goal(name: str, measured: float, wanted, better: str) -> dict:
    measured = round(measured, 4)
    ok = {
        "lower": lambda: measured <= wanted,
        "higher": lambda: measured >= wanted,
        "inside": lambda: wanted[0] <= measured <= wanted[1],
    }[better]()
    goal = list(wanted) if isinstance(wanted, tuple) else wanted
    return {"name": name, "measured": measured, "goal": goal, "better": better, "ok": bool(ok)}


def _rounded(row: dict) -> dict:
    """Figures to four decimals; None for what too few questions leave open."""
    return {k: (round(float(v), 4) if np.isfinite(v) else None) if isinstance(v, float) else v for k, v in row.items()}


def show(result: dict) -> None:
    """Print the goals and the methods as tables."""
    for line in result["goals"]:
        peer = f"  {line['peer']} {line['peer_measured']}" if "peer" in line else ""
        print(
            f"{line['name']:40} {line['measured']:>8}  wanted {line['goal']!s:>13}  {'yes' if line['ok'] else 'no '}{peer}"
        )
    for row in result["details"]["methods"]:
        print("  ".join(f"{k} {v}" for k, v in row.items()))
    print(result["details"]["seconds"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--panel", required=True, help="source, indicator, region, year, value as CSV")
    parser.add_argument("--indicators", required=True, help="source, indicator, direction, bound as CSV")
    parser.add_argument("--seed", type=int, default=29, help="of the cases; the constants were learned with 11")
    parser.add_argument("--only", type=lambda text: text.split(","), help="some indicators only, by name")
    parser.add_argument(
        "--without-engines", action="store_true", help="leave out the engines for single series, which are slow"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    asked = parser.parse_args()
    try:
        result = run(asked.panel, asked.indicators, asked.seed, asked.only, not asked.without_engines)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
