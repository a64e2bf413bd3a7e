"""A report's own projection of people, from the census of 2010 and what was published by 2013, beside the census of 2020.

    python benchmarks/people_backtest.py [--census FILE [FILE ...] | --data FOLDER] [--shipped] [--regions 300] [--json]
                                         [--draws 200] [--seed 1]

FILE: as `census_backtest.py` takes. FOLDER: made of such files by `dabiao import-census --all`. Without either, the fictional
country of `dabiao synth`, which shows that the script runs and nothing more.

What is projected here is exactly what a report projects, drivers and spreads included. The constants of migration that ship were learned from this very decade (`learn_moves.py`), so each half
of the provinces is projected with those learned from the other half; --shipped takes the ones that ship instead. Regions of
each level are picked by chance. Exit status 2 where the folder has no region with both censuses, or too few to learn from.

The second part asks what a report of today does: of the places with a total published after the census of 2020, all that is
dated later than 2020, 2021 or 2022 is hidden, and the totals up to three years ahead are told. The steps of migration were
set by these totals (2020-23, with the epidemic in them), so here the cover is a fit and no test.

One decade has one surprise of the nation's, and all places share it: of children under five the same is therefore also asked
beside the nation, as a place's children over the nation's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import learn_moves  # noqa: E402
from planning.catalogue import Catalogue  # noqa: E402
from planning.levers import read_levers  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.scenarios import BASELINE  # noqa: E402
from reports.thinking.people import people_ahead  # noqa: E402
from reports.thinking.records import values  # noqa: E402
from reports.workbooks import synth  # noqa: E402

KNOWN_BY = date(2013, 12, 31)  # the books of the census of 2010 are printed by then
AGES = {"total": (0, 200), "0-4": (0, 5), "60+": (60, 200), "65+": (65, 200)}
HIDDEN_AFTER, FARTHEST = (2020, 2021, 2022), 3
APART = 0.2  # of the log of a total within three years: the boundary did not hold
BESIDE = "0-4 over the nation's"
MEASURES = (*AGES, BESIDE)
LEVELS = {"district": "county", "city": "prefecture", "province": "province"}
HELD = [75, 85]
FEWEST = 20  # published totals since 2020, from which a share is told


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


def people_of(whole: Catalogue, known: Catalogue, region: Region, draws: int) -> dict[str, tuple[np.ndarray, float]]:
    """People of 2020 by AGES: projected, by draw, and counted."""
    projection = people_ahead(known, region, 2020, draws, 0, BASELINE, read_levers(known.folders)).projection
    people = projection.people[:, projection.years.index(2020)].sum(1)
    counted = whole.census(region, 2020)
    truth = counted.people.sum(1)  # by age group
    return {
        ages: (people[:, low:high].sum(-1), float(truth[(counted.low >= low) & (counted.low < high)].sum()))
        for ages, (low, high) in AGES.items()
    }


def against(whole: Catalogue, known: Catalogue, region: Region, nation: dict, draws: int) -> np.ndarray:
    """Whether the 80 % interval held, the log error of the median, and the log width: (measure, 3)."""
    people = people_of(whole, known, region, draws)
    people[BESIDE] = tuple(own / all_of_it for own, all_of_it in zip(people["0-4"], nation["0-4"], strict=True))
    found = []
    for drawn, true in people.values():
        told = np.quantile(drawn, [0.1, 0.5, 0.9])
        found.append((told[0] <= true <= told[2], np.log(told[1] / true), np.log(told[2] / told[0])))
    return np.array(found, dtype=float)


def projected(
    whole: Catalogue, known: Catalogue, picks: dict[str, list[Region]], provinces: set[str], draws: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Level and `against` of the regions picked in some provinces (two digits), under the constants in use."""
    nation = people_of(whole, known, known.region("000000"), draws)
    for level, regions in picks.items():
        for region in regions:
            if region.code[:2] in provinces:
                yield level, against(whole, known, region, nation, draws)


def since(whole: Catalogue, draws: int) -> dict[str, list[tuple[int, bool, float]]]:
    """Of each level and published total since 2020: years ahead, whether the 80 % interval held, and the log error."""
    found: dict[str, list[tuple[int, bool, float]]] = {called: [] for called in LEVELS.values()}
    for last in HIDDEN_AFTER:
        then = tuple(o for o in whole.observations if o.year <= last)
        known = replace(whole, observations=then, published=(), counted=(), _cache={})
        for region in whole.regions:
            totals = values(whole.series(region, "population"))
            later = {y: v for y, v in totals.items() if last < y <= last + FARTHEST}
            started = last == 2020 or last in totals
            if region.level not in LEVELS or region.boundary.end or not (later and started):
                continue
            if whole.census(region, 2020) is None:
                continue
            ahead = people_ahead(known, region, max(later), draws, 0, BASELINE, read_levers(known.folders)).projection
            for year, total in later.items():
                drawn = ahead.people[:, ahead.years.index(year)].sum((1, 2))
                low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9])
                if abs(np.log(middle / total)) < APART:
                    found[LEVELS[region.level]].append((year - last, low <= total <= high, np.log(middle / total)))
    return found


def goal_of(name: str, held: float) -> dict:
    return {"name": name, "measured": held, "goal": HELD, "better": "inside", "ok": bool(HELD[0] <= held <= HELD[1])}


def measured(data: Path, shipped: bool, regions: int, draws: int, seed: int) -> dict:
    """The object that --json prints."""
    whole = Catalogue.load(data)
    known = whole.known_by(KNOWN_BY)
    picks = {called: picked(whole, known, level, regions, seed) for level, called in LEVELS.items()}
    rows: list[tuple[str, np.ndarray]] = []
    if shipped:
        rows = list(projected(whole, known, picks, learn_moves.provinces_of(whole, "all"), draws))
    else:
        for taught, tested in (("even", "odd"), ("odd", "even")):
            with learn_moves.in_use(learn_moves.learn(whole, learn_moves.provinces_of(whole, taught))):
                rows += projected(whole, known, picks, learn_moves.provinces_of(whole, tested), draws)
    if not rows:
        raise ValueError(f"No region of {data} has census tables of both 2010 and 2020.")
    goals, details = [], {"draws": draws, "known by": KNOWN_BY.isoformat()}
    details["constants of migration"] = "as shipped" if shipped else "learned from the other half of the provinces"
    for called in LEVELS.values():
        places = [found for level, found in rows if level == called]
        if not places:
            continue
        found = np.stack(places)
        details[called] = {"regions": len(places)}
        for i, ages in enumerate(MEASURES):
            held = round(100 * found[:, i, 0].mean(), 1)
            goals.append(goal_of(f"80 % interval held, {called}, {ages}", held))
            details[called][ages] = {
                "mean absolute log error": round(float(np.abs(found[:, i, 1]).mean()), 4),
                "mean log error": round(float(found[:, i, 1].mean()), 4),
                "median log width": round(float(np.median(found[:, i, 2])), 4),
            }
    for called, totals in since(whole, draws).items():
        if len(totals) >= FEWEST:
            held = round(100 * float(np.mean([ok for _, ok, _ in totals])), 1)
            goals.append(goal_of(f"80 % interval held, {called}, totals since 2020 one to three years ahead", held))
            details[f"{called}, since 2020"] = {
                "totals": len(totals),
                "held by years ahead": {
                    n: round(100 * float(np.mean([ok for years, ok, _ in totals if years == n])), 1)
                    for n in sorted({years for years, _, _ in totals})
                },
                "mean absolute log error": round(float(np.mean([abs(e) for _, _, e in totals])), 4),
            }
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    return {"benchmark": "people_backtest", "machine": machine, "goals": goals, "details": details}


@contextmanager
def made_up_country() -> Iterator[Path]:
    """The folder of a small fictional country."""
    with tempfile.TemporaryDirectory() as scratch:
        synth.write(synth.country(1, 1, 3, seed=0), Path(scratch) / "country", seed=0)
        yield Path(scratch) / "country"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    learn_moves.census_words(words)
    words.add_argument("--shipped", action="store_true", help="project with the constants that ship")
    words.add_argument("--regions", type=int, default=300, help="of each level, at most")
    words.add_argument("--draws", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    made_up = asked.data is None and asked.census is None
    try:
        with made_up_country() if made_up else learn_moves.folder_of(asked) as data:
            # A fictional country has too few counties to learn from.
            result = measured(data, asked.shipped or made_up, asked.regions, asked.draws, asked.seed)
    except ValueError as why:
        print(why, file=sys.stderr)
        raise SystemExit(2) from None
    if asked.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for goal in result["goals"]:
        print(f"{'ok' if goal['ok'] else 'short':<6}{goal['name']}: {goal['measured']} (75 to 85)")


if __name__ == "__main__":
    main()
