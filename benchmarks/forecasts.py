"""Score short-series forecasts on a panel: rolling windows, each family of indicators left out in turn.

    python benchmarks/forecasts.py --panel FILE [--peers] [--json]

The panel is a CSV (also .gz) with the columns unique_id, indicator, region, kind, unit, ds, y. Windows have 5, 8 or 12
training years and five test years, at most three origins five years apart for each series. Speeds are in processor time, so that other work on the machine does not count. The pooled model sees the
histories of the other regions up to the origin and constants learned on the other families. With --peers, statsforecast,
statsmodels and Prophet answer the same windows in the same run, each alone and as it comes; Prophet a sample of them.
"""
# ruff: noqa: E402 - this script bears the name of the package it measures, so the path is mended before the imports

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.peer_models import PEERS, half_drift_quantiles, naive_quantiles
from forecasts.calibration import shipped
from forecasts.training import scores
from forecasts.training.backtest import TRAINING, Windows
from forecasts.training.backtest_cache import AHEAD, Ledger
from forecasts.training.evaluation import (
    BacktestResult,
    by_horizon,
    by_indicator,
    by_pooled,
    by_quantiles,
    by_single,
    learned_without_family,
    recorded,
    table_of,
)
from forecasts.training.panels import ahead_of, past_of, read_panel, tables
from forecasts.training.refit import refit

GOALS = {  # name: (goals by n, better)
    "WQL": ((0.86, 0.85, 0.88), "lower"),
    "ASE": ((1.42, 1.43, 1.49), "lower"),
    "MSIS95": ((12.8, 12.4, None), "lower"),
    "Brier": ((0.155, None, None), "lower"),
    "calibration": ((0.04, None, None), "lower"),
}
COVERS = {"cover80": (0.78, 0.82), "cover95": (0.93, 0.96)}
SLOW = {"Prophet": 12}  # windows of each indicator and length that a method too slow for all of them answers
LONE = (0.97, 0.95, None)


def goal(name: str, measured: float, wanted: float, better: str, peer: tuple[str, float] | None) -> dict:
    """One line of the goals, in the form shared by all benchmarks."""
    measured = round(measured, 4)
    ok = measured <= wanted if better == "lower" else measured >= wanted
    line = {"name": name, "measured": measured, "goal": wanted, "better": better, "ok": bool(ok)}
    return line | ({"peer": peer[0], "peer_measured": round(peer[1], 4)} if peer else {})


def ours(method: str) -> bool:
    """Whether a method is one of this toolkit's."""
    return method.startswith(("pooled", "lone"))


def best_peer(rows: dict, measure: str, points: int) -> tuple[str, float] | None:
    """The peer that does best on one measure and length."""
    found = [
        (row[measure], method)
        for (method, n), row in rows.items()
        if n == points and not ours(method) and method not in SLOW
    ]
    return (min(found)[1], min(found)[0]) if found else None


def goals_of(rows: dict, speed: float, refit_seconds: float, peer_speed: tuple[str, float] | None) -> list[dict]:
    """Every goal beside what was measured, and beside the best peer of this run."""
    lines = []
    for measure, (wanted, better) in GOALS.items():
        for n, value in zip(TRAINING, wanted, strict=True):
            if value is not None and ("pooled", n) in rows:
                measured = rows["pooled", n][measure]
                lines.append(goal(f"{measure} n={n}", measured, value, better, best_peer(rows, measure, n)))
    for measure, (low, high) in COVERS.items():
        for n in TRAINING:
            if ("pooled", n) not in rows:
                continue
            measured, nominal = rows["pooled", n][measure], float(measure[5:]) / 100
            others = [
                (abs(row[measure] - nominal), m, row[measure])
                for (m, k), row in rows.items()
                if k == n and not ours(m) and m not in SLOW
            ]
            peer = min(others)[1:] if others else None
            line = goal(f"{measure} n={n}", measured, low, "higher", peer)
            lines.append(line | {"goal": [low, high], "better": "inside", "ok": bool(low <= line["measured"] <= high)})
    for n, value in zip(TRAINING, LONE, strict=True):
        if value is not None and ("lone", n) in rows:
            lines.append(
                goal(f"lone series WQL n={n}", rows["lone", n]["WQL"], value, "lower", best_peer(rows, "WQL", n))
            )
    lines.append(goal("series forecast per second", speed, 10_000, "higher", peer_speed))
    lines.append(goal("seconds to refit the panel", refit_seconds, 60, "lower", None))
    return lines


def speed_of(panel_tables, constants) -> float:
    """Series per second of processor time: every series of the panel from its whole history, with its quantiles."""
    best = np.inf
    for _ in range(3):
        began, count = time.process_time(), 0
        for table in panel_tables:
            past = past_of(table, len(table.years) - 1, constants)
            count += len(ahead_of(past, past.rows, None, AHEAD, constants).quantiles(scores.LEVELS))
        best = min(best, (time.process_time() - began) / count)
    return 1 / best


def losses_to_peers(records: dict[tuple[str, int], BacktestResult]) -> list[dict]:
    """Where a peer has the better WQL, by indicator and length."""
    found = []
    for n in TRAINING:
        if ("pooled", n) not in records:
            continue
        pooled = by_indicator(records["pooled", n])
        for (method, points), record in records.items():
            if points != n or ours(method) or method in SLOW:
                continue
            for name, row in by_indicator(record).items():
                if row["WQL"] < pooled[name]["WQL"]:
                    found.append({"indicator": name, "n": n, "peer": method, "peer_WQL": round(row["WQL"], 3),
                                  "ours": round(pooled[name]["WQL"], 3)})  # fmt: skip
    return found


def run(path: str, with_peers: bool, out=sys.stderr) -> dict:
    """Score the panel: the object that --json prints."""
    frame = read_panel(path)
    panel_tables = tables(frame)
    ledger = Ledger(panel_tables)
    began = time.process_time()
    own = refit(frame, {"learned from": os.path.basename(path), "learned on": date.today().isoformat()})
    refit_seconds = time.process_time() - began
    print(f"refit of {frame['unique_id'].nunique()} series: {refit_seconds:.1f} s", file=out)
    try:
        constants, learned = learned_without_family(ledger), "on the other families of the panel"
    except ValueError as error:
        print(f"{error} The shipped constants are scored instead.", file=out)
        constants, learned = dict.fromkeys(ledger.scored(), shipped()), "the shipped ones"
    speed = speed_of(panel_tables, own)
    says = {
        "pooled": by_pooled(ledger, constants),
        "pooled, shipped constants": by_pooled(ledger, dict.fromkeys(constants, shipped())),
        "lone": by_single(constants),
        "half-drift": by_quantiles(half_drift_quantiles),
        "naive": by_quantiles(naive_quantiles),
    }
    missing, speeds = [], {}
    for name, load in PEERS.items() if with_peers else ():
        try:
            says[name] = by_quantiles(load())
        except ImportError as error:
            missing.append(f"{name}: not installed ({error.name})")
            print(missing[-1], file=out)
    records: dict[tuple[str, int], BacktestResult] = {}
    for name, say in says.items():
        began, count = time.process_time(), 0
        for n in TRAINING:
            batches = [w for table in panel_tables for w in ledger.windows[table.indicator, n]]
            if not batches:
                continue
            if name in SLOW:
                batches = thinned(batches, SLOW[name])
                same = f"pooled, on the windows of {name}"
                records[same, n] = recorded(same, n, batches, says["pooled"])
            records[name, n] = recorded(name, n, merged(batches) if name in PEERS else batches, say)
            count += len(records[name, n].size)
        speeds[name] = count / (time.process_time() - began)
        print(f"{name}: {count} windows, {speeds[name]:,.0f} a second", file=out)
    rows = {key: table_of(record) for key, record in records.items()}
    fastest = max(((speeds[name], name) for name in PEERS if name in speeds), default=None)
    return {
        "benchmark": "forecasts",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals_of(rows, speed, refit_seconds, (fastest[1], fastest[0]) if fastest else None),
        "details": {
            "panel": {"series": int(frame["unique_id"].nunique()), "indicators": len(panel_tables)},
            "constants learned": learned,
            "methods": [{"method": m, "n": n} | {k: _round(v) for k, v in row.items()} for (m, n), row in rows.items()],
            "not installed": missing,
            "series a second": {name: round(value, 1) for name, value in speeds.items()},
            "cover by years ahead": {f"n={n}": by_horizon(records["pooled", n]) for n in TRAINING if ("pooled", n) in records},
            "reliability": {f"n={n}": scores.reliability(r.chances.ravel(), r.outcome.ravel())
                            for (m, n), r in records.items() if m == "pooled"},
            "by indicator": {f"n={n}": by_indicator(records["pooled", n]) for n in TRAINING if ("pooled", n) in records},
            "where a peer is better": losses_to_peers(records),
        },
    }  # fmt: skip


def thinned(batches: list[Windows], most: int) -> list[Windows]:
    """At most so many windows of each indicator, evenly over its windows: for methods too slow to answer all."""
    total: dict[str, int] = {}
    for batch in batches:
        total[batch.table.indicator] = total.get(batch.table.indicator, 0) + len(batch.rows)
    seen: dict[str, int] = dict.fromkeys(total, 0)
    kept = []
    for batch in batches:
        name = batch.table.indicator
        place = seen[name] + np.arange(len(batch.rows))
        seen[name] += len(batch.rows)
        share = min(most / total[name], 1.0)
        chosen = np.floor((place + 1) * share) > np.floor(place * share)
        if chosen.any():
            parts = {part: getattr(batch, part)[chosen] for part in ("rows", "training", "future", "size")}
            kept.append(replace(batch, **parts))
    return kept


def merged(batches: list[Windows]) -> Iterator[Windows]:
    """Batches of one indicator in one, so that a slow starter starts once: peers do not look at other regions."""
    by_table = {}
    for batch in batches:
        by_table.setdefault(batch.table.indicator, []).append(batch)
    for group in by_table.values():
        first = group[0]
        parts = {
            part: np.concatenate([getattr(b, part) for b in group]) for part in ("rows", "training", "future", "size")
        }
        yield replace(first, **parts)


def _round(value):
    return round(value, 4) if isinstance(value, float) else value


def show(result: dict) -> None:
    """Print the goals and the methods as two tables."""
    print(f"{'goal':32} {'measured':>10} {'goal':>14}  ok   best peer of this run")
    for line in result["goals"]:
        wanted = "-".join(map(str, line["goal"])) if isinstance(line["goal"], list) else line["goal"]
        peer = f"{line['peer']} {line['peer_measured']:,}" if "peer" in line else ""
        print(f"{line['name']:32} {line['measured']:>10,} {wanted!s:>14}  {'yes' if line['ok'] else 'no ':3}  {peer}")
    columns = (*scores.MEASURES, "Brier", "calibration", "windows")
    print(f"\n{'method':34} {'n':>3} " + " ".join(f"{c:>11}" for c in columns))
    for row in result["details"]["methods"]:
        print(f"{row['method']:34} {row['n']:>3} " + " ".join(f"{row[c]:>11}" for c in columns))
    for line in result["details"]["not installed"]:
        print(line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--panel", required=True, help="CSV in the long layout")
    parser.add_argument("--peers", action="store_true", help="let other packages answer the same windows")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    asked = parser.parse_args()
    try:
        result = run(asked.panel, asked.peers)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
