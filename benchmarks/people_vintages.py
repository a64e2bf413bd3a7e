"""People, births, deaths and ageing as they would have been told at the ends of past years, beside what was published since.

    python benchmarks/people_vintages.py [--data DIR] [--wpp FOLDER] [--origins YEAR ...] [--regions CODE ...]
        [--draws N] [--seed N] [--json]

As of the last day of each origin the people of every region with figures of later years are projected as its report projects
them (`dabiao.people.people_ahead`), from what had been published by that day, and scored on every later value up to
`FARTHEST` years on: continuous ranked probability score, and how often the 80 % interval held. Beside it, on the same cases and by
absolute error: the last value known that day; that value carried on by the mean yearly change of up to ten years before; and
the United Nations' medium of the vintage, scaled to the region's last value. Populations, births, deaths and rates in percent
of the published value, shares in percentage points.

--data DIR: a folder in the form of data/ laid over the shipped one. --wpp FOLDER: with `wpp2022_indicators_annual.csv` and
`wpp2024_indicators_annual.csv` (country_code, year, births, deaths, cbr, cdr), and `wpp2022_population_5y_bothsexes_midyear.csv`
(year, age, pop_thousand), drawn from United Nations, Department of Economic and Social Affairs, Population Division (2022,
2024), World Population Prospects. Exit status 2 for unusable input.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

# Run as a script, this folder comes first on the path, where forecasts.py hides the package of that name.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.births_backtest import crps  # noqa: E402
from dabiao.people import NoPeople, outlooks_of_population, people_ahead  # noqa: E402
from forecasts.vital.drivers import LEVELS  # noqa: E402
from planning.catalogue import Catalogue  # noqa: E402
from planning.loading.folder import load_catalogue  # noqa: E402
from planning.loading.levers import read_levers  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.scenarios import BASELINE  # noqa: E402
from planning.series import values  # noqa: E402

ORIGINS = (2020, 2021, 2022, 2023, 2024)
FARTHEST = 5  # years from the last value known
PACE_OVER = 10  # years of history that the drift is read from
SHARES = ("aged_60_share", "aged_65_share")
KINDS = ("population", "births", "deaths", "crude_birth_rate", "crude_death_rate", *SHARES)
# More than a tenth a year apart, a published total belongs to another boundary or basis and no forecast is at fault.
APART = 0.10
GOAL_OF_DRIFT, GOAL_HELD = 0.35, (75.0, 88.0)
PUBLISHED = {2022: (2022, 2023), 2024: (2024,)}  # revision: origins at whose end it was the newest


@dataclass(frozen=True)
class Case:
    """One value told and then published. told: draws' quantiles .1, .5, .9; score, last, drift, united_nations: errors, in percent
    of the truth or percentage points, the last None where no medium of the vintage is at hand."""

    region: str
    level: str
    kind: str
    origin: int
    year: int
    truth: float
    told: tuple[float, float, float]
    score: float
    last: float
    drift: float
    united_nations: float | None

    @property
    def held(self) -> bool:
        return self.told[0] <= self.truth <= self.told[2]


def united_nations(folder: Path | None) -> dict[int, dict[str, dict[int, float]]]:
    """The medium variant for China by origin, kind and year, from a folder of World Population Prospects; empty without one."""
    if folder is None:
        return {}
    found: dict[int, dict[str, dict[int, float]]] = {}
    columns = {"births": "births", "deaths": "deaths", "crude_birth_rate": "cbr", "crude_death_rate": "cdr"}
    for revision, origins in PUBLISHED.items():
        file = folder / f"wpp{revision}_indicators_annual.csv"
        if not file.is_file():
            raise ValueError(f"{file} is not there; --wpp takes a folder that holds it.")
        table = pd.read_csv(file).query("country_code == 156").set_index("year")
        medium = {kind: table[column].to_dict() for kind, column in columns.items()}
        medium |= _aged(folder / f"wpp{revision}_population_5y_bothsexes_midyear.csv")
        found |= dict.fromkeys(origins, medium)
    return found


def _aged(file: Path) -> dict[str, dict[int, float]]:
    """Shares aged 60 and 65 and over at year ends, percent, from mid-years; empty where the file is not there."""
    if not file.is_file():
        return {}
    people = pd.read_csv(file)
    people["low"] = people["age"].str.extract(r"(\d+)").astype(int)
    table = people.pivot_table(index="year", columns="low", values="pop_thousand")
    ends = (table + table.shift(-1)) / 2
    return {
        kind: (100 * ends.loc[:, low:].sum(axis=1) / ends.sum(axis=1)).to_dict()
        for kind, low in zip(SHARES, (60, 65), strict=True)
    }


def drifting(known: dict[int, float], year: int) -> float:
    """The last value carried on by its mean yearly change over up to PACE_OVER years.

    >>> drifting({2020: 10.0, 2022: 12.0}, 2024)
    14.0
    """
    last = max(known)
    first = min(y for y in known if y >= last - PACE_OVER)
    return known[last] + (0.0 if first == last else (known[last] - known[first]) / (last - first)) * (year - last)


def comparable(kind: str, before: float, truth: float, years: int) -> bool:
    """Whether a later value can belong to the same people as the last one known."""
    return kind not in ("population", "births", "deaths") or abs(np.log(truth / before)) <= APART * (
        years if kind == "population" else 2 * years + 1
    )


def cases_of(
    now: Catalogue,
    then: Catalogue,
    region: Region,
    origin: int,
    draws: int,
    seed: int,
    medium: dict[str, dict[int, float]],
) -> list[Case]:
    """Every later value of one region at one origin, scored; none where nothing can be told."""
    waiting = []
    for kind in KINDS:
        known, later = (values(c.series(region, kind)) for c in (then, now))
        if known:
            last = max(known)
            waiting += [
                (kind, year, known, later[year])
                for year in sorted(later)
                if max(last, origin - 1) < year <= last + FARTHEST
                and comparable(kind, known[last], later[year], year - last)
            ]
    if not waiting:
        return []
    try:
        people = people_ahead(
            then, region, max(y for _, y, *_ in waiting), draws, seed, BASELINE, read_levers(then.folders)
        )
    except (NoPeople, ValueError):
        return []
    outlooks = outlooks_of_population(then, region, people)
    found = []
    level = region.level if region.level in LEVELS else "district"
    for kind, year, known, truth in waiting:
        if year not in outlooks[kind].years:
            continue
        drawn, last = outlooks[kind].at(year), max(known)
        scale = 1.0 if kind in SHARES else 100 / truth
        by_medium = medium.get(kind, {})
        united = known[last] * by_medium[year] / by_medium[last] if {year, last} <= set(by_medium) else None
        found.append(
            Case(
                region.key,
                level,
                kind,
                origin,
                year,
                truth,
                tuple(float(q) for q in np.quantile(drawn, [0.1, 0.5, 0.9])),
                scale * crps(drawn, truth),
                scale * abs(known[last] - truth),
                scale * abs(drifting(known, year) - truth),
                None if united is None else scale * abs(united - truth),
            )
        )
    return found


def cases(
    catalogue: Catalogue,
    origins: tuple[int, ...],
    draws: int,
    seed: int,
    wpp: Path | None,
    regions: tuple[str, ...] = (),
) -> list[Case]:
    """Every forecast that can be scored. regions: codes, all unless told."""
    scored = sorted({s.region for kind in KINDS for s in catalogue.all_series(kind)})
    scored = [key for key in scored if not regions or key in regions]
    mediums = united_nations(wpp)
    found = []
    for origin in origins:
        then = catalogue.known_by(date(origin, 12, 31))
        for key in scored:
            about = (catalogue, then, catalogue.region(key), origin, draws, seed)
            found += cases_of(*about, mediums.get(origin, {}))
    return found


def score(chosen: list[Case]) -> dict:
    """Scores of a set of cases of one kind, and errors of what stands beside."""
    ours, last, drift = (float(np.mean([getattr(c, n) for c in chosen])) for n in ("score", "last", "drift"))
    seen = [c for c in chosen if c.united_nations is not None]
    found = {
        "cases": len(chosen),
        "crps": ours,
        "last_value": last,
        "drift": drift,
        "of_last_value": ours / last,
        "of_drift": ours / drift,
        "cover_80": 100 * float(np.mean([c.held for c in chosen])),
        "bias": float(np.median([_error(c) for c in chosen])),
    }
    if seen:
        found |= {
            "cases_with_united_nations": len(seen),
            "crps_there": float(np.mean([c.score for c in seen])),
            "united_nations": float(np.mean([c.united_nations for c in seen])),
        }
    return {k: v if isinstance(v, int) else round(v, 3) for k, v in found.items()}


def _error(case: Case) -> float:
    error = case.told[1] - case.truth
    return error if case.kind in SHARES else 100 * error / case.truth


def benchmark(
    catalogue: Catalogue,
    origins: tuple[int, ...],
    draws: int,
    seed: int,
    wpp: Path | None = None,
    regions: tuple[str, ...] = (),
) -> dict:
    """The whole comparison as one object (ARCHITECTURE, section 8). Raises ValueError where nothing can be scored."""
    found = cases(catalogue, origins, draws, seed, wpp, regions)
    if not found:
        raise ValueError("No region has a figure of its people published after one of these years.")
    groups: dict[str, dict[str, dict]] = {}
    goals = []
    for kind in KINDS:
        of_kind = [c for c in found if c.kind == kind]
        if not of_kind:
            continue
        sets = {"all": of_kind}
        sets |= {level: [c for c in of_kind if c.level == level] for level in LEVELS}
        sets |= {f"end of {origin}": [c for c in of_kind if c.origin == origin] for origin in origins}
        groups[kind] = {name: score(chosen) for name, chosen in sets.items() if chosen}
        whole = groups[kind]["all"]
        goals += [
            {
                "name": f"CRPS over the error of drift, {kind}",
                "measured": whole["of_drift"],
                "goal": GOAL_OF_DRIFT,
                "better": "lower",
                "ok": whole["of_drift"] <= GOAL_OF_DRIFT,
                "peer": "last value, over the error of drift",
                "peer_measured": round(whole["last_value"] / whole["drift"], 3),
            },
            {
                "name": f"80 % interval held, {kind}, percent",
                "measured": whole["cover_80"],
                "goal": list(GOAL_HELD),
                "better": "inside",
                "ok": GOAL_HELD[0] <= whole["cover_80"] <= GOAL_HELD[1],
            },
        ]
    return {
        "benchmark": "people_vintages",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {
            "origins": list(origins),
            "draws": draws,
            "seed": seed,
            "kinds": groups,
            "regions": [
                {**vars(c), "told": list(c.told)}
                for c in found
                if c.region[:6] in ("000000", "330000", "230000", "330100", "330300")
            ],
            "remarks": [
                "Forecasts of one origin share the nation's path: a surprise there moves all regions together.",
                "Constants of fertility and migration were stated with years up to 2023 in view.",
            ],
        },
    }


def show(result: dict) -> None:
    about = result["details"]
    print(f"As of the ends of {', '.join(map(str, about['origins']))}; {about['draws']} draws.")
    print(
        f"{'kind':18}{'of':14}{'cases':>6}{'CRPS':>8}{'last':>8}{'drift':>8}{'/last':>7}{'/drift':>7}{'held':>7}{'bias':>8}{'UN':>14}"
    )
    for kind, table in about["kinds"].items():
        for name, s in table.items():
            united = f"{s['crps_there']:.2f}:{s['united_nations']:.2f}" if "united_nations" in s else ""
            print(
                f"{kind:18}{name:14}{s['cases']:6d}{s['crps']:8.2f}{s['last_value']:8.2f}{s['drift']:8.2f}{s['of_last_value']:7.2f}"
                f"{s['of_drift']:7.2f}{s['cover_80']:7.1f}{s['bias']:8.2f}{united:>14}"
            )


def main(arguments: list[str] | None = None) -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--data", help="a folder in the form of data/ laid over the shipped one")
    words.add_argument("--wpp", type=Path, metavar="FOLDER", help="files of World Population Prospects 2022 and 2024")
    words.add_argument("--origins", type=int, nargs="+", default=list(ORIGINS), metavar="YEAR")
    words.add_argument("--regions", nargs="+", default=[], metavar="CODE", help="score these only")
    words.add_argument("--draws", type=int, default=200)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--json", action="store_true", help="print one JSON object")
    asked = words.parse_args(arguments)
    if asked.draws < 10:
        words.error(f"--draws {asked.draws}: at least ten are needed")
    try:
        catalogue = load_catalogue(asked.data)
        result = benchmark(catalogue, tuple(asked.origins), asked.draws, asked.seed, asked.wpp, tuple(asked.regions))
    except ValueError as why:
        print(why, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=1)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
