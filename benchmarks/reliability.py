"""What was said and what happened, by decile of the chance, for the tree of regions: writes forecasts/nested/reliability.csv.

    python benchmarks/reliability.py [--panel FILE --indicators FILE] [--only a,b] [--seed N] [--write] [--json]

Three bodies of evidence. trees: pseudo-targets of regions and indicators of the panel (laid out as benchmarks/nested.py
says), each indicator with a prior that leaves it out; without a panel its rows stay as they are. china: the newest figure
of every region and every national figure since 2018, one to three years ahead from what was known then, against levels set
from the last figure known. plans: targets of the plans whose outcome is published, with the chance said beforehand.
"""
# ruff: noqa: E402 - scripts beside this one bear the names of our packages, so the path is mended before the imports

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from dabiao.assessment import assess
from forecasts.nested import Nested, prior
from forecasts.nested.china import TREE_LEVELS, chinese_measurements, declared_steps, scale_of
from forecasts.nested.reliability import FIELDS, SHIPPED, Decile, deciles, shipped
from forecasts.training.nested import Answered, answer, chances, collected, even
from forecasts.training.panel_trees import cases, read_trees
from planning.catalogue import Catalogue
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue

CALIBRATION = 0.065  # expected calibration error to be reached
AHEAD = (1, 2, 3)
FEWEST = 12  # figures of an indicator, from which it is scored
NATION_SINCE = 2018
LEVELS = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5)  # of the last figure known, at which pseudo-targets are set


def of_trees(panel: str, indicators: str, seed: int) -> list[Decile]:
    """The deciles of the trees of the panel, every indicator weighing alike."""
    trees = [t for t in read_trees(panel, indicators) if t.family == "tree"]
    constants = prior.shipped()
    rows = [row for i, tree in enumerate(trees) for case in cases(tree, seed) for row in answer(case, i, constants)]
    questions = collected(rows)
    stated = stated_of(questions, constants)
    known = np.isfinite(questions.outcome) & np.isfinite(stated)
    weights = np.broadcast_to(even(questions)[:, None], known.shape)[known]
    return deciles("trees", stated[known], questions.outcome[known], weights)


def stated_of(questions: Answered, constants: prior.Constants) -> np.ndarray:
    """(question, kind): chances as they are stated, calibrated at their ends."""
    stated = np.full(questions.edges.shape, np.nan)
    for own in np.unique(questions.own):
        some = questions.own == own
        factors = np.ones(len(questions))
        factors[some] = prior.spread_factor(constants, "tree", int(own), questions.horizon[some])
        raw = chances(questions, factors)[some]
        ends = prior.ends_for(constants, "tree", int(own))
        stated[some] = np.where(np.isfinite(raw), np.interp(raw, *ends) if ends else raw, np.nan)
    return stated


def of_china(catalogue: Catalogue, only: Sequence[str] | None = None) -> list[Decile]:
    """The deciles of Chinese figures one to three years ahead, of all indicators or of some."""
    stated, outcome = [], []
    for about in [catalogue.indicator(id) for id in only or catalogue.indicators]:
        measurements = chinese_measurements(catalogue, about.id)
        if about.better == "none" or len(measurements) < FEWEST:
            continue
        newest = {m.path: m for m in sorted(measurements, key=lambda m: m.year) if m.path}
        truths = [*(m for m in measurements if not m.path and m.year >= NATION_SINCE), *newest.values()]
        models: dict[int, Nested] = {}
        for truth in truths:
            for ahead in AHEAD:
                cut = truth.year - ahead
                known = [m for m in measurements if m.year <= cut]
                source = [m for k in range(len(truth.path), -1, -1) for m in known if m.path == truth.path[:k]]
                if not source:
                    continue
                if cut not in models:
                    models[cut] = Nested.fit(known, scale_of(about), indicator=about.id, family="china", depths=TREE_LEVELS,
                                             steps=declared_steps(catalogue, about.id), to=truth.year + 3)  # fmt: skip
                said = models[cut].ask(truth.path, [truth.year])
                last = max((m for m in source if len(m.path) == len(source[0].path)), key=lambda m: m.year)
                for level in LEVELS:
                    goal = level * last.value
                    if about.unit != "percent" or goal < 100:
                        up = about.better == "up"
                        stated.append(said.chance(goal, truth.year, up, truth.unit))
                        outcome.append(truth.value >= goal if up else truth.value <= goal)
    return deciles("china", np.array(stated), np.array(outcome, dtype=float))


def of_plans(catalogue: Catalogue) -> list[Decile]:
    """The deciles of the plans' own targets whose outcome is published, once each."""
    said: dict[str, tuple[float, bool]] = {}
    for key in sorted({f"{d.region}@{d.edition}" if d.edition else d.region for d in catalogue.documents.values()}):
        for v in assess(key).verdicts:
            if (
                v.word in ("attained", "missed")
                and v.chance is not None
                and v.target.document.region == v.target.region
            ):
                said[v.target.id] = v.chance, v.word == "attained"
    stated, outcome = np.array(list(said.values()), dtype=float).T
    return deciles("plans", stated, outcome)


def write(rows: Iterable[Decile], path: Path = SHIPPED) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(FIELDS)
        out.writerows([r.evidence, r.low, r.high, round(r.said, 3), round(r.happened, 3), r.cases] for r in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--panel", help="source, indicator, region, year, value as CSV")
    parser.add_argument("--indicators", help="source, indicator, direction, bound as CSV")
    parser.add_argument("--seed", type=int, default=29, help="of the cases; the constants were learned with 11")
    parser.add_argument("--only", type=lambda text: text.split(","), help="Chinese indicators, by id; no plans then")
    parser.add_argument("--write", action="store_true", help=f"write {SHIPPED.name}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    try:
        everything = load_catalogue()
        catalogue = everything.known_by(everything.newest_publication)
        if asked.panel:
            rows = of_trees(asked.panel, asked.indicators, asked.seed)
        else:
            rows = [r for r in shipped() if r.evidence == "trees"]
        rows = [*rows, *of_china(catalogue, asked.only), *(of_plans(catalogue) if not asked.only else [])]
    except (OSError, ValueError, NotKnown) as error:
        print(error, file=sys.stderr)
        return 2
    if asked.write:
        write(rows)
    print(json.dumps(result_of(rows), ensure_ascii=False)) if asked.json else show(result_of(rows))
    return 0


def result_of(rows: Sequence[Decile]) -> dict:
    """The object that --json prints: the calibration error of each body of evidence, and its deciles."""
    goals = []
    for evidence in dict.fromkeys(r.evidence for r in rows):
        some = [r for r in rows if r.evidence == evidence]
        error = sum(r.cases * abs(r.said - r.happened) for r in some) / sum(r.cases for r in some)
        goals.append({"name": f"{evidence}: calibration error", "measured": round(error, 4), "goal": CALIBRATION,
                      "better": "lower", "ok": error <= CALIBRATION})  # fmt: skip
    return {
        "benchmark": "reliability",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {"deciles": [asdict(r) for r in rows]},
    }


def show(result: dict) -> None:
    """Print the goals and the deciles."""
    for line in result["goals"]:
        print(f"{line['name']:32} {line['measured']:>8}  wanted {line['goal']}  {'yes' if line['ok'] else 'no'}")
    for r in result["details"]["deciles"]:
        where = f"{r['evidence']:<8}{r['low']:.1f}-{r['high']:.1f}"
        print(f"{where}  said {r['said']:.3f}  happened {r['happened']:.3f}  {r['cases']:>6} cases")


if __name__ == "__main__":
    sys.exit(main())
