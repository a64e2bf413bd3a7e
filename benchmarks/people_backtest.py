"""A report's own projection of people, from the census of 2010 and what was published by 2013, beside the census of 2020.

    python benchmarks/people_backtest.py [--data FOLDER] [--regions 150] [--draws 200] [--seed 1] [--json]

FOLDER: made by `dabiao import-census --all` from books of both censuses; without one, the fictional country of `dabiao
synth`, which shows that the script runs and nothing more. What is projected here is exactly what a report projects, drivers
and spreads included; `census_backtest.py` asks what the cohort engine can do with spreads learned from other provinces.
Regions of each level are picked by chance. Exit status 2 where the folder has no region with both censuses.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from planning.catalogue import Catalogue  # noqa: E402
from planning.levers import read_levers  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.scenarios import BASELINE  # noqa: E402
from reports.thinking.people import people_ahead  # noqa: E402

KNOWN_BY = date(2013, 12, 31)  # the books of the census of 2010 are printed by then
AGES = {"total": (0, 200), "0-4": (0, 5), "60+": (60, 200), "65+": (65, 200)}
LEVELS = {"district": "county", "city": "prefecture", "province": "province"}
HELD = [75, 85]


def picked(whole: Catalogue, known: Catalogue, level: str, most: int, seed: int) -> list[Region]:
    """Regions of a level that have a table of 2010 to start from and one of 2020 to be held against."""
    both = [
        r
        for r in known.regions
        if r.level == level
        and not r.boundary.end
        and known.census(r, 2010) is not None
        and whole.census(r, 2020) is not None
    ]
    order = np.random.default_rng(seed).permutation(len(both))
    return [both[i] for i in order[:most]]


def against(whole: Catalogue, known: Catalogue, region: Region, draws: int) -> np.ndarray:
    """Whether the 80 % interval held, the log error of the median, and the log width: (measure, 3)."""
    projection = people_ahead(known, region, 2020, draws, 0, BASELINE, read_levers(known.folders)).projection
    people = projection.people[:, projection.years.index(2020)].sum(1)
    counted = whole.census(region, 2020)
    truth = counted.people.sum(1)  # by age group
    found = []
    for low, high in AGES.values():
        told = np.quantile(people[:, low:high].sum(-1), [0.1, 0.5, 0.9])
        true = truth[(counted.low >= low) & (counted.low < high)].sum()
        found.append((told[0] <= true <= told[2], np.log(told[1] / true), np.log(told[2] / told[0])))
    return np.array(found, dtype=float)


def measured(data: Path, regions: int, draws: int, seed: int) -> dict:
    """The object that --json prints."""
    whole = Catalogue.load(data)
    known = whole.known_by(KNOWN_BY)
    goals, details = [], {"draws": draws, "known by": KNOWN_BY.isoformat()}
    for level, called in LEVELS.items():
        places = picked(whole, known, level, regions, seed)
        if not places:
            continue
        found = np.stack([against(whole, known, r, draws) for r in places])
        details[called] = {"regions": len(places)}
        for i, ages in enumerate(AGES):
            held = round(100 * found[:, i, 0].mean(), 1)
            goals.append(
                {
                    "name": f"80 % interval held, {called}, {ages}",
                    "measured": held,
                    "goal": HELD,
                    "better": "inside",
                    "ok": bool(HELD[0] <= held <= HELD[1]),
                }
            )
            details[called][ages] = {
                "mean absolute log error": round(float(np.abs(found[:, i, 1]).mean()), 4),
                "mean log error": round(float(found[:, i, 1].mean()), 4),
                "median log width": round(float(np.median(found[:, i, 2])), 4),
            }
    if not goals:
        print(f"No region of {data} has census tables of both 2010 and 2020.", file=sys.stderr)
        raise SystemExit(2)
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    return {"benchmark": "people_backtest", "machine": machine, "goals": goals, "details": details}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--data", type=Path)
    words.add_argument("--regions", type=int, default=150, help="of each level, at most")
    words.add_argument("--draws", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    if asked.data is not None and not asked.data.is_dir():
        words.error(f"{asked.data} is not a folder; `dabiao import-census` makes one.")
    with tempfile.TemporaryDirectory() as scratch:
        data = asked.data
        if data is None:
            from reports.workbooks import synth

            data = Path(scratch) / "country"
            synth.write(synth.country(1, 1, 3, seed=0), data, seed=0)
        result = measured(data, asked.regions, asked.draws, asked.seed)
    if asked.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for goal in result["goals"]:
        print(f"{'ok' if goal['ok'] else 'short':<6}{goal['name']}: {goal['measured']} (75 to 85)")


if __name__ == "__main__":
    main()
