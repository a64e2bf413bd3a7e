"""Score the nested engine on published Chinese figures, one region left out at a time.

    python benchmarks/chinese.py [--data DIR] [--indicators a,b] [--ahead 1,2,3] [--fewest N] [--json]

The newest figure of every region is forecast from what was published for years at least one (two, three) before it: once
without any figure of the region ("no own figure"), once with its older ones ("own figures"). The nation is forecast from its
own and everybody's figures, each of its years since 2018. Variances are fitted once for an indicator and a last year known.
A case that no rival can answer, for want of any figure of the region or above, is not scored.
Rivals in the same run, on the same cases: the last value (of the region, else of the nearest area above it), the same moved
on by its own mean yearly change ("drift"), and the engine for single series (of the region, else of the nearest area above,
widened by the usual distance between areas). CRPS is in the unit of the indicator. Figures later revised are used as they stand.
"""
# ruff: noqa: E402 - a script beside this one bears the name of our package, so the path is mended before the imports

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import special

sys.path[0] = str(Path(__file__).resolve().parents[1])

from forecasts.nested import Measurement, Nested
from forecasts.nested.china import TREE_LEVELS, chinese_measurements, declared_steps, scale_of
from forecasts.nested.measurements import Path as TreePath
from forecasts.nested.related import product_measurements
from forecasts.series_forecast import forecast_series
from forecasts.trees import PRODUCTS
from planning.catalogue import Catalogue
from planning.errors import NotKnown
from planning.indicators import Indicator
from planning.loading.folder import load_catalogue
from planning.series import Series

LEVELS = np.arange(1, 40) / 40
DRAWS = 1000
AREA_SPREAD = 0.25  # log, a step of levels: how far areas lie from the one above them, as the old engine assumed
RIVAL_SPREAD = 0.06  # log, a year: spread of last value and drift, the usual yearly change of the shipped figures
NATION_SINCE = 2018  # year of the nation's first figure that is forecast
KINDS = {(True, False): "no own figure", (True, True): "own figures", (False, True): "nation", (False, False): "nation"}
FEWEST_CASES = 6  # of an indicator and kind, to be shown
GOALS = {"nursery_places_per_1000": 0.42, "gps_per_10000": 0.61, "physicians_per_1000": 0.30}  # CRPS without own figure
NATION_GOALS = {  # mean error of the median, one to three years ahead
    "staff, beds, nursery places": (0.028, ("physicians_per_1000", "nurses_per_1000", "hospital_beds_per_1000", "beds_per_1000",
                                            "nursery_places_per_1000", "gps_per_10000")),
    "mortality of mothers and children": (0.04, ("maternal_mortality", "infant_mortality", "under5_mortality")),
}  # fmt: skip


@dataclass(frozen=True)
class Scored:
    """One forecast of one figure. error: of the median, relative to the truth. inside: whether the 80 % interval holds."""

    indicator: str
    kind: str
    method: str
    ahead: int
    crps: float
    error: float
    inside: bool


def scored(indicator: str, kind: str, method: str, ahead: int, quantiles: np.ndarray, truth: float) -> Scored:
    """A forecast's score from its quantiles at LEVELS, in the unit."""
    away = truth - quantiles
    crps = float(2 * np.mean(np.maximum(LEVELS * away, (LEVELS - 1) * away)))
    median = quantiles[len(LEVELS) // 2]
    return Scored(indicator, kind, method, ahead, crps, float((median - truth) / truth) if truth else 0.0,
                  bool(quantiles[3] <= truth <= quantiles[35]))  # fmt: skip


def cases_of(catalogue: Catalogue, about: Indicator, ahead: Sequence[int], fewest: int) -> list[Scored]:
    """Every forecast of one indicator that can be scored."""
    measurements = chinese_measurements(catalogue, about.id)
    if len(measurements) < fewest:
        return []
    scale, steps = scale_of(about), declared_steps(catalogue, about.id)
    newest: dict[TreePath, Measurement] = {}
    for m in measurements:
        if m.path not in newest or m.year > newest[m.path].year:
            newest[m.path] = m
    nation = [m for m in measurements if not m.path and m.year >= NATION_SINCE]
    truths = [*nation, *(m for path, m in newest.items() if path)]
    to = max(m.year for m in measurements)
    found: list[Scored] = []
    models: dict[int, Nested] = {}
    for truth, h in product(truths, ahead):
        path, cut = truth.path, truth.year - h
        known = [m for m in measurements if m.year <= cut]
        own = [m for m in known if m.path == path]
        others = [m for m in known if m.path != path]
        for mine in [[], own] if path and own else [own]:
            beside = rivals(about, path, truth, mine, others, h, KINDS[bool(path), bool(mine)])
            if not beside:
                continue
            if cut not in models:
                models[cut] = Nested.fit([*known, *products(catalogue, about.id, known, cut, to)], scale, indicator=about.id, family="china", depths=TREE_LEVELS,
                                         steps=steps, to=to)  # fmt: skip
            said = models[cut].ask(path, [truth.year], mine if path else None)
            quantiles = said.quantiles(LEVELS)[:, 0]
            found += [scored(about.id, beside[0].kind, "nested", h, quantiles, truth.value), *beside]
    return found


def products(
    catalogue: Catalogue, indicator: str, known: Sequence[Measurement], cut: int, to: int
) -> list[Measurement]:
    """What the product of two other indicators says of this one up to a year, where nothing is published of it."""
    if indicator not in PRODUCTS:
        return []
    share, of, factor = PRODUCTS[indicator]
    figures, others = ([m for m in chinese_measurements(catalogue, id) if m.year <= cut] for id in (share, of))
    if not figures or not others:
        return []
    other = Nested.fit(others, scale_of(catalogue.indicator(of)), indicator=of, family="china", depths=TREE_LEVELS,
                       steps=declared_steps(catalogue, of), first=min(m.year for m in figures), to=to)  # fmt: skip
    have = {(m.path, m.year) for m in known}
    return [m for m in product_measurements(figures, other, factor) if (m.path, m.year) not in have]


def rivals(
    about: Indicator,
    path: TreePath,
    truth: Measurement,
    own: list[Measurement],
    others: list[Measurement],
    h: int,
    kind: str,
) -> list[Scored]:
    """Last value, drift and the engine for single series, from the region's own figures or the nearest area's above."""
    source, steps_up = own, 0
    above = path
    while not source and above:
        above, steps_up = above[:-1], steps_up + 1
        source = [m for m in others if m.path == above]
    if not source:
        return []
    source = sorted({m.year: m for m in source}.values(), key=lambda m: m.year)
    years, values = np.array([m.year for m in source]), np.array([m.value for m in source])
    gap = truth.year - years[-1]
    pace = np.log(values[-1] / values[0]) / (years[-1] - years[0]) if len(values) > 1 and values.min() > 0 else 0.0
    spread = np.hypot(RIVAL_SPREAD * np.sqrt(gap), AREA_SPREAD * steps_up)
    normal = special.ndtri(LEVELS)
    found = [
        scored(about.id, kind, "last value", h, values[-1] * np.exp(spread * normal), truth.value),
        scored(about.id, kind, "drift", h, values[-1] * np.exp(pace * gap + spread * normal), truth.value),
    ]
    series = Series(str(above), about.id, about.unit, tuple(map(int, years)), tuple(map(float, values)))
    paths: dict[TreePath, list[Measurement]] = defaultdict(list)
    for m in others:
        if m.path and m.path != above:
            paths[m.path].append(m)
    peers = []
    for key, rows in paths.items():
        once = sorted({m.year: m for m in rows}.values(), key=lambda m: m.year)
        peers.append(Series(str(key), about.id, about.unit, tuple(m.year for m in once), tuple(m.value for m in once)))
    drawn = forecast_series(series, about, truth.year, peers=peers, draws=DRAWS).at(truth.year)
    if steps_up:
        drawn = drawn * np.exp(AREA_SPREAD * steps_up * np.random.default_rng(0).standard_normal(len(drawn)))
    found.append(scored(about.id, kind, "single series", h, np.quantile(drawn, LEVELS), truth.value))
    return found


def run(data: str | None, wanted: Sequence[str] | None, ahead: Sequence[int], fewest: int) -> dict:
    """Score every rate, share and index of the data folder, or those wanted: the object that --json prints."""
    catalogue = load_catalogue(data)
    ids = wanted or [
        id for id, about in sorted(catalogue.indicators.items())
        if about.kind in ("rate", "share", "index") and about.scale != "plain"
    ]  # fmt: skip
    found: list[Scored] = []
    for id in ids:
        found += cases_of(catalogue, catalogue.indicator(id), ahead, fewest)
    if not found:
        raise ValueError("No indicator of the data folder has figures enough to leave one out.")
    groups: dict[tuple[str, str, int], dict[str, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    for s in found:
        groups[s.indicator, s.kind, s.ahead][s.method].append(s)
    table = []
    for (indicator, kind, h), methods in sorted(groups.items()):
        if len(methods["nested"]) < (FEWEST_CASES if kind != "nation" else 1):
            continue
        for method, cases in methods.items():
            table.append(
                {"indicator": indicator, "kind": kind, "ahead": h, "method": method, "cases": len(cases),
                 "CRPS": round(float(np.mean([c.crps for c in cases])), 4),
                 "cover80": round(float(np.mean([c.inside for c in cases])), 3),
                 "error": round(float(np.mean([abs(c.error) for c in cases])), 4),
                 "bias": round(float(np.mean([c.error for c in cases])), 4)}
            )  # fmt: skip
    goals = []
    for indicator, goal in GOALS.items():
        rows = [
            r for r in table if r["indicator"] == indicator and r["kind"] == "no own figure" and r["ahead"] == ahead[0]
        ]
        by = {r["method"]: r["CRPS"] for r in rows}
        if "nested" in by:
            others = {m: v for m, v in by.items() if m != "nested"}
            best = min(others, key=lambda m: others[m]) if others else None
            line = {"name": f"{indicator}, no own figure: CRPS", "measured": by["nested"], "goal": goal,
                    "better": "lower", "ok": by["nested"] <= goal}  # fmt: skip
            goals.append(line | ({"peer": best, "peer_measured": others[best]} if best else {}))
    for name, (goal, members) in NATION_GOALS.items():
        of_it = [s for s in found if s.kind == "nation" and s.indicator in members]
        error = {m: float(np.mean([abs(s.error) for s in of_it if s.method == m])) for m in {s.method for s in of_it}}
        if "nested" in error:
            peer = min(error.keys() - {"nested"}, key=lambda m: error[m])
            goals.append(
                {"name": f"nation, {name}: error", "measured": round(error["nested"], 4), "goal": goal, "better": "lower",
                 "ok": error["nested"] <= goal, "peer": peer, "peer_measured": round(error[peer], 4)}
            )  # fmt: skip
    return {
        "benchmark": "chinese",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {"rows": table, "forecasts": len([s for s in found if s.method == "nested"])},
    }


def show(result: dict) -> None:
    """Print the goals and the rows."""
    for line in result["goals"]:
        print(f"{line['name']:50} {line['measured']:>8}  wanted {line['goal']}  {'yes' if line['ok'] else 'no'}")
    for row in result["details"]["rows"]:
        print("  ".join(f"{k} {v}" for k, v in row.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="a folder laid over the shipped data")
    parser.add_argument("--indicators", type=lambda text: text.split(","), help="some only, by id; all if left out")
    parser.add_argument("--ahead", type=lambda text: [int(t) for t in text.split(",")], default=[1, 2, 3])
    parser.add_argument("--fewest", type=int, default=12, help="figures of an indicator from which it is scored")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    asked = parser.parse_args()
    try:
        result = run(asked.data, asked.indicators, asked.ahead, asked.fewest)
    except (OSError, ValueError, NotKnown) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
