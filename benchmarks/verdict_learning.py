"""What ships with the package: the stacking weights, and how often chances came true, learned from a panel."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.peer_engine.verdict_scores import FIGURES, SITUATIONS
from benchmarks.verdict_chances import POINTS, Judged
from benchmarks.verdict_stacking import learn

PUBLISHERS = {
    "gapminder": "Gapminder, systema_globalis, CC BY 4.0",
    "kolada": "Kolada (RKA), Swedish municipalities; learned from, no figure carried",
    "wuenic": "WHO and UNICEF estimates of national immunization coverage (WUENIC); learned from, no figure carried",
    "ch_cantons": "Swiss cantons, hospital beds; learned from, no figure carried",
}
OF_SITUATION = dict(zip(SITUATIONS, ("rich", "30", "10", "none"), strict=True))
FEWEST_CASES = 100


def write_learned(folder: Path, judged: Judged, details: dict) -> None:
    """Write stacking.json (weights learned on every indicator) and verdict_scores.csv (scores on held-out indicators)."""
    stacking = learn(judged, np.ones(len(judged.cases), dtype=bool), POINTS)
    cases = judged.cases
    names = cases[["source", "name"]].drop_duplicates().sort_values(["source", "name"])
    table = {
        "learned_from": [PUBLISHERS.get(source, source) for source in sorted(set(names["source"]))],
        "learned_on": date.today().isoformat(),
        "with": "benchmarks/verdicts.py --learn: logistic stacking of log odds, every cell (indicator, horizon, kind of "
        "target) counting the same; scores are for indicators left out of the learning",
        "cases": len(cases),
        "score": {
            situation: {
                points: {key: round(scored[key], 4) for key in ("brier", "skill", "calibration_error", "log_score")}
                for points, scored in by_points.items()
            }
            for situation, by_points in details["situations"].items()
        },
        "indicator_wide_error": {k: round(v, 3) for k, v in details["indicator_wide_error"]["rich"].items()},
        "indicators": [f"{source}/{name}" for source, name in names.itertuples(index=False)],
        "windows": stacking.windows.tolist(),
        "points": [int(points) for points in stacking.points],
        "peers": np.round(stacking.peers, 4).tolist(),
        "alone": np.round(stacking.alone, 4).tolist(),
    }
    (folder / "stacking.json").write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with (folder / "verdict_scores.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["situation", *FIGURES, "cases"])
        for name, situation in OF_SITUATION.items():
            for row in details["reliability"][situation]:
                numbers = (f"{row[key]:.3f}" for key in ("said", "happened"))
                writer.writerow([name, f"{row['low']:.1f}", f"{row['high']:.1f}", *numbers, row["cases"]])
