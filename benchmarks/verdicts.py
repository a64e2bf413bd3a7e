"""Are chances for plan targets right as often as they say? Scored on pseudo-targets with known outcome.

    python benchmarks/verdicts.py --panel panel.csv.gz --indicators indicators.csv [--json] [--sample 15]

panel: source, indicator, region, year, value. indicators: source, indicator, direction (1 better up, -1 better down),
bound (pct, pos), family. Further columns are ignored. CAGR, linear pace, a random walk with drift and ETS are measured
on the same cases in the same run. With --learn DIR the stacking weights and scores that ship with the package are
learned from the panel and written there. Forty indicators take three minutes of one
processor; --sample is quicker.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.peer_engine.peer_methods import METHODS, OWN_METHODS
from benchmarks.peer_engine.stacking import shipped, shipped_stacking
from benchmarks.pseudo_targets import REGIONS, read_panel
from benchmarks.verdict_chances import (
    MIDTERM_POINTS,
    POINTS,
    SITUATIONS,
    Judged,
    judge_midterm,
    judge_panel,
    kind_names,
)
from benchmarks.verdict_ets import ets_name
from benchmarks.verdict_goals import goals
from benchmarks.verdict_learning import write_learned
from benchmarks.verdict_scoring import (
    base_rate,
    bootstrap,
    cell_weights,
    indicator_wide_error,
    reliability,
    score,
    score_by,
    words_table,
)
from benchmarks.verdict_stacking import CLASSES, MIDDLE_POINTS, learn, leave_one_out, stated, stated_by
from benchmarks.verdict_tables import print_report

SEED = 1
DEPLOYED = 2014
DEPLOYED_POINTS = 3
LAST_QUIET_YEAR = 2019
FEWEST_TO_LEARN = 5


def main(arguments: list[str] | None = None) -> int:
    """Score a panel and print the result; 0 whatever the scores are, 2 for input that cannot be used."""
    asked = _arguments(arguments)
    started, worked = time.perf_counter(), time.process_time()
    try:
        indicators = read_panel(asked.panel, asked.indicators)
        judged = judge_panel(indicators, asked.sample, SEED, None if asked.json else _progress)
        weights_from = _weights_from(asked.weights, judged)
    except (OSError, ValueError, pd.errors.ParserError) as fault:
        print(f"The panel cannot be scored. {fault}", file=sys.stderr)
        return 2
    midterm = judge_midterm(indicators, asked.sample, SEED)
    result = measure(judged, midterm, weights_from, asked.municipal)
    result["details"]["seconds"] = round(time.perf_counter() - started, 1)
    result["details"]["processor_seconds"] = round(time.process_time() - worked, 1)
    if asked.learn:
        write_learned(Path(asked.learn), judged, result["details"])
    if asked.json:
        print(json.dumps(_without_nan(result), ensure_ascii=False, allow_nan=False))
    else:
        print_report(result)
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panel", required=True, help="CSV of values, may be gzipped")
    parser.add_argument("--indicators", required=True, help="CSV describing the indicators")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--sample", type=int, default=REGIONS, help="regions per origin (default 60)")
    parser.add_argument("--municipal", default="kolada", help="the source whose regions are municipalities")
    parser.add_argument(
        "--weights",
        choices=("auto", "cross-fit", "shipped"),
        default="auto",
        help="auto: the shipped weights if they were learned on none of these indicators, else cross-fitted",
    )
    parser.add_argument("--learn", metavar="DIR", help="write stacking.json and verdict_scores.csv there")
    return parser.parse_args(arguments)


def _weights_from(asked: str, judged: Judged) -> str:
    """Which weights judge the panel: never ones learned on the indicator they judge, unless asked for.

    Raises ValueError if the panel is too small to learn from.
    """
    here = judged.cases[["source", "name"]].drop_duplicates()
    if asked == "auto":
        known = set(shipped()["indicators"])
        asked = "cross-fit" if known & {f"{a}/{b}" for a, b in here.itertuples(index=False)} else "shipped"
    if asked == "cross-fit":
        peopled = judged.cases["indicator"][judged.ours[CLASSES[0], MIDDLE_POINTS].known].nunique()
        if peopled < FEWEST_TO_LEARN:
            raise ValueError(
                f"Cross-fitted weights need {FEWEST_TO_LEARN} indicators with peers, found {peopled}. Use --weights shipped."
            )
    return asked


def measure(judged: Judged, midterm: dict[int, Judged], weights_from: str, municipal: str) -> dict:
    """Goals and details of a judged panel, as one JSON object (see ARCHITECTURE, benchmarks)."""
    stackings = _stackings(judged, weights_from)
    cases, weights, base = judged.cases, cell_weights(judged.cases), base_rate(judged.cases)
    said = {key: _stated(stackings, judged, *key) for key in judged.ours}
    details = {
        "weights": weights_from,
        "indicators": int(cases["indicator"].nunique()),
        "cases": len(cases),
        "situations": {},
        "methods": _methods(judged, base, weights),
        "peers": _peers(judged, said, base, weights),
        "by": _by(cases, said["rich", MIDDLE_POINTS], base, weights),
        "words": {},
        "reliability": {},
        "indicator_wide_error": {},
        "municipalities": _municipal(judged, weights_from, municipal),
        "deployed": _deployed(judged, base, weights),
        "midterm": {str(gone): _midterm(stackings, seen, MIDTERM_POINTS) for gone, seen in midterm.items()},
    }
    for (situation, points), chance in said.items():
        there = details["situations"].setdefault(situation, {})
        known = np.isfinite(chance)
        if not known.any():
            continue
        part = cases[known], chance[known], base[known], weights[known]
        there[str(points)] = {**score(*part), "interval": bootstrap(*part)}
        if situation == "none":
            there[str(points)]["before_the_cap"] = score(
                cases, stated_by(stackings, judged, situation, points), base, weights
            )
        if points == MIDDLE_POINTS:
            hit = part[0]["hit"].to_numpy()
            details["words"][situation] = words_table(part[1], hit, part[3])
            details["reliability"][situation] = reliability(part[1], hit, part[3])
            details["indicator_wide_error"][situation] = indicator_wide_error(part[0], part[1], part[3])
    rows = goals(details)
    return {
        "benchmark": "verdicts",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": [row for row in rows if row["ok"] is not None],
        "details": details | {"not_measured": [row["name"] for row in rows if row["ok"] is None]},
    }


def _stackings(judged: Judged, weights_from: str) -> dict:
    numbers = judged.cases["indicator"].unique()
    if weights_from == "shipped":
        return {int(number): shipped_stacking() for number in numbers}
    return leave_one_out(judged, POINTS)


def _stated(stackings: dict, judged: Judged, situation: str, points: int) -> np.ndarray:
    """The chance as stated."""
    return stated_by(stackings, judged, situation, points)


def _methods(judged: Judged, base: np.ndarray, weights: np.ndarray) -> dict:
    """Each method alone, and the untrained mean, by situation and points."""
    table = {}
    for (situation, points), chances in judged.ours.items():
        names = METHODS if SITUATIONS[situation] != 0 else OWN_METHODS
        parts = chances.parts[:, -len(names) :].astype(float)
        known = np.isfinite(parts).all(axis=1)
        if not known.any():
            continue
        part = judged.cases[known], base[known], weights[known]
        scored = {name: score(part[0], parts[known, k], *part[1:]) for k, name in enumerate(names)}
        scored["untrained_mean"] = score(part[0], parts[known].mean(axis=1), *part[1:])
        table.setdefault(situation, {})[str(points)] = scored
    return table


def _peers(judged: Judged, said: dict, base: np.ndarray, weights: np.ndarray) -> dict:
    """The usual methods and ours (rich peers) on the same cases, by points."""
    table = {}
    for (name, points), chance in judged.theirs.items():
        known = np.isfinite(chance) & np.isfinite(said["rich", points])
        if not known.any():
            continue
        part = judged.cases[known], base[known], weights[known]
        name = ets_name() if name == "ETS" else name
        table.setdefault(name, {})[str(points)] = {
            **score(part[0], chance[known], *part[1:]),
            "ours_same_cases": score(part[0], said["rich", points][known], *part[1:])["brier"],
        }
    return table


def _by(cases: pd.DataFrame, chance: np.ndarray, base: np.ndarray, weights: np.ndarray) -> dict:
    """Rich peers, three points: by horizon, kind, family and source."""
    known = np.isfinite(chance)
    seen = cases[known].assign(kind_name=kind_names(cases[known]))
    columns = {"horizon": "horizon", "kind": "kind_name", "family": "family", "source": "source"}
    return {
        name: score_by(seen, chance[known], base[known], weights[known], column) for name, column in columns.items()
    }


def _municipal(judged: Judged, weights_from: str, source: str) -> dict | None:
    """A world of municipalities only: learned, based and scored on them alone."""
    inside = (judged.cases["source"] == source).to_numpy()
    if judged.cases["indicator"][inside].nunique() < FEWEST_TO_LEARN:
        return None
    only = judged.where(inside)
    points = (1, MIDDLE_POINTS)
    stackings = leave_one_out(only, points) if weights_from == "cross-fit" else _stackings(only, "shipped")
    weights, base = cell_weights(only.cases), base_rate(only.cases)
    table = {}
    for count in points:
        chance = stated_by(stackings, only, "rich", count)
        known = np.isfinite(chance)
        table[str(count)] = score(only.cases[known], chance[known], base[known], weights[known])
    return table


def _deployed(judged: Judged, base: np.ndarray, weights: np.ndarray) -> dict | None:
    """Learned on what had ended before 2014, used on origins from 2014: three points, rich peers."""
    cases = judged.cases
    past = (cases["deadline"] < DEPLOYED).to_numpy()
    future = (cases["origin"] >= DEPLOYED).to_numpy()
    if min(cases["indicator"][past].nunique(), cases["indicator"][future].nunique()) < FEWEST_TO_LEARN:
        return None
    stacking = learn(judged, past, (DEPLOYED_POINTS,))
    chance = stated(stacking, judged.ours["rich", DEPLOYED_POINTS], DEPLOYED_POINTS)
    known = future & np.isfinite(chance)
    quiet = (cases["deadline"] <= LAST_QUIET_YEAR).to_numpy()
    table = {"all": known, "to_2019": known & quiet, "after_2019": known & ~quiet}
    return {
        name: score(cases[part], chance[part], base[part], weights[part]) for name, part in table.items() if part.any()
    }


def _midterm(stackings: dict, seen: Judged, points: int) -> dict:
    """Five-year targets judged on the way against their own base rate, and how the usual signs mislead."""
    chance = stated_by(stackings, seen, "rich", points)
    base, weights = base_rate(seen.cases), cell_weights(seen.cases)
    hit = seen.cases["hit"].to_numpy()
    known = np.isfinite(chance)
    above, on_time = seen.cases["above"].to_numpy(), seen.cases["on_time"].to_numpy()

    def share(part):
        return float(np.average(hit[part], weights=weights[part])) if part.any() else None

    return {
        **score(seen.cases[known], chance[known], base[known], weights[known]),
        "already_above_still_there_at_the_deadline": share(above),
        "on_time_attained": share(on_time),
        "behind_time_attained": share(~on_time),
    }


def _without_nan(value):
    """The same with None for what could not be computed, since JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _progress(done: int, total: int, name: str) -> None:
    print(f"\r{done}/{total} {name:60.60}", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
