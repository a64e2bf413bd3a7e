"""Births one to three years ahead, as they would have been forecast then, for every region with births or birth rates.

    python benchmarks/births_backtest.py [--data DIR] [--json] [--draws N] [--seed N]

From every year T with a value, T+1 to T+3 are forecast by forecasts.vital.drivers from what the series held at T: the region's
own births, those of the regions above it, women by age of the newest census out by then, and what was declared by then.
Beside it: last year's value; last year's value with the spread that its changes had shown; and the United Nations'
medium of that vintage, scaled to the region's last value. Scored as continuous ranked probability score in percent of
the published value, a point by its absolute error; and by how often the 80 % interval held.

--data DIR: a folder in the form of data/ laid over the shipped one, for instance with newer births.
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

# Run as a script, this folder comes first on the path, where forecasts.py hides the package of that name.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from dabiao import people, region_data  # noqa: E402
from forecasts.vital import births as birth_orders  # noqa: E402
from forecasts.vital import drivers as vital  # noqa: E402
from forecasts.vital import fertility  # noqa: E402
from planning.catalogue import Catalogue  # noqa: E402
from planning.loading.folder import load_catalogue  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.series import Series, values  # noqa: E402
from sim.demography.fertility import schedule  # noqa: E402

HORIZONS = (1, 2, 3)
FIRST_ORIGIN = 2011  # two values are the least that show a pace
NEW_CENSUS = 2021  # origin from which the women of the census of 2020 are known
PERSISTENCE_SPREAD = 0.05  # of the log, a year, where a region has shown no change yet

# Crude birth rates of China per 1,000, medium variant. 2022 and 2024: annual, as published. 2019: periods of five years
# (11.93, 10.64, 9.81 from its births and populations), read at the middle of each year between the periods' middles.
# United Nations, Department of Economic and Social Affairs, Population Division (2019, 2022, 2024). World Population
# Prospects. CC BY 3.0 IGO.
UNITED_NATIONS = {
    2019: {2018: 11.80, 2019: 11.54, 2020: 11.29, 2021: 11.03, 2022: 10.77, 2023: 10.56},
    2022: {2021: 7.633, 2022: 7.544, 2023: 7.477, 2024: 7.421, 2025: 7.330},
    2024: {2023: 6.256, 2024: 6.216, 2025: 6.150, 2026: 6.105},
}
VINTAGE = {2018: 2019, 2019: 2019, 2020: 2019, 2021: 2022, 2022: 2022, 2023: 2024}  # by origin


@dataclass(frozen=True)
class Place:
    """A region and what is known of it. values: births (nation) or birth rates by year; level as in forecasts.vital.drivers."""

    region: Region
    level: str
    values: dict[int, float]
    births: Series | None
    rate: Series | None
    population: Series | None
    women: dict[int, np.ndarray]
    marriages: Series | None


@dataclass(frozen=True)
class Case:
    """One forecast and its outcome. draws, last, spread: relative to the published value; united_nations may be None."""

    region: str
    level: str
    origin: int
    horizon: int
    draws: np.ndarray
    last: float
    spread: np.ndarray
    united_nations: float | None


def place_of(catalogue: Catalogue, region: Region) -> Place:
    """A region as the benchmark sees it: its birth rate where one is published, else its births."""
    births, rate = (catalogue.series(region, i) for i in ("births", "crude_birth_rate"))
    # The nation's rates before 2020 were revised after the census; its births are the series that provinces follow.
    scored = births if region.level == "nation" or rate is None else rate
    return Place(
        region,
        region.level if region.level in vital.LEVELS else "district",
        {} if scored is None else dict(zip(scored.years, scored.values, strict=True)),
        births,
        rate,
        catalogue.series(region, "population"),
        women_of(catalogue, region),
        catalogue.series(region, "marriages"),
    )


def women_of(catalogue: Catalogue, region: Region) -> dict[int, np.ndarray]:
    """Women by age at the censuses; where a region has no table for one, the sum of the regions below it."""
    women = region_data.women_of(catalogue, region)
    below = [region_data.women_of(catalogue, r) for r in catalogue.children(region)] if region.level == "nation" else []
    for year in people.CENSUS_YEARS:
        if year not in women and below and all(year in w for w in below):
            women[year] = np.sum([w[year] for w in below], axis=0)
    return women


def record_at(place: Place, origin: int) -> vital.VitalStatistics:
    """What was known of a place at the end of `origin`: series cut there, women by the census out by then."""
    cut = [None if s is None else s.until(origin) for s in (place.births, place.rate, place.population)]
    known = birth_orders.births_by_year(*cut)
    if place.region.level != "nation" and place.rate is not None:
        # One series only: births published beside the rates may rest on another vintage of the population.
        known = birth_orders.births_by_year(None, cut[1], cut[2])
    exposed = {y: e for y, e in exposures(place, origin).items() if y in known}
    return vital.VitalStatistics(
        births=known,
        exposed=exposed,
        life_expectancy={2010: 74.83},
        order_shares={2010: (62.0, 31.0, 7.0)},
        marriages={} if place.marriages is None else values(place.marriages.until(origin - 1)),  # out in the year after
        net_migration={origin: 0.0} if place.region.level == "nation" else {},
    )


def exposures(place: Place, origin: int) -> dict[int, float]:
    """Births at a total fertility of one, by year, from the women known at `origin`: {year: births}."""
    out = {y: w for y, w in place.women.items() if y < 2020 or origin >= NEW_CENSUS}
    if not out:
        return {}
    shape = schedule()
    years = range(2009, origin + max(HORIZONS) + 1)
    return {y: fertility.exposed(w, shape) for y, w in fertility.women_in(years, out).items()}


def forecast(line: list[Place], origin: int, draws: int, seed: int) -> np.ndarray | None:
    """Draws of the scored value of the last place, over the horizons: (draw, horizon); None where nothing can be said."""
    years = tuple(range(origin + 1, origin + 1 + max(HORIZONS)))
    known_on = date(origin + 1, 4, 1)
    drivers = None
    for place in line:
        record = record_at(place, origin)
        if drivers is None and not (record.births and record.exposed):
            return None
        drivers = vital.drivers(
            place.region.key, place.level, years, record, parent=drivers, draws=draws, seed=seed, as_of=known_on
        )
    place, ahead = line[-1], exposures(line[-1], origin)
    if not ahead:
        return None
    births = drivers.total_fertility.paths * np.array([ahead[y] for y in years])
    if place.region.level == "nation" or place.rate is None:
        return births
    return 1000 * births / mean_people(place.population, origin, years)


def mean_people(population: Series, origin: int, years) -> np.ndarray:
    """Mean population of the coming years, growing as in the year up to `origin`: (year,)."""
    known = dict(zip(population.years, population.values, strict=True))
    last = max(y for y in known if y <= origin)
    growth = known[last] / known[last - 1] if last - 1 in known and last not in population.breaks else 1.0
    ends = {y: known[last] * growth ** (y - last) for y in range(origin, years[-1] + 1)}
    return np.array([(ends[y] + ends[y - 1]) / 2 for y in years])


def crps(draws: np.ndarray, truth: float) -> float:
    """Continuous ranked probability score of a sample (Gneiting and Raftery 2007, eq. 21)."""
    ordered = np.sort(draws)
    n = len(ordered)
    pairs = 2 * np.sum(ordered * (2 * np.arange(1, n + 1) - n - 1)) / n**2
    return float(np.abs(ordered - truth).mean() - pairs / 2)


def own_spread(values: dict[int, float], origin: int) -> float:
    """Root mean square of the yearly log changes shown up to `origin`."""
    years = [y for y in sorted(values) if y <= origin]
    changes = [(np.log(values[b]) - np.log(values[a])) / np.sqrt(b - a) for a, b in zip(years, years[1:], strict=False)]
    return float(np.sqrt(np.mean(np.square(changes)))) if changes else PERSISTENCE_SPREAD


def cases(catalogue: Catalogue, draws: int, seed: int) -> list[Case]:
    """Every forecast that can be scored."""
    found = []
    places: dict[str, Place] = {}

    def place(region: Region) -> Place:
        if region.key not in places:
            places[region.key] = place_of(catalogue, region)
        return places[region.key]

    scored = {s.region for i in ("births", "crude_birth_rate") for s in catalogue.all_series(i)}
    for key in sorted(scored):
        region = catalogue.region(key)
        above = [r for r in reversed(catalogue.ancestors(region)) if r.level in vital.LEVELS]
        line = [place(r) for r in (*above, region)]
        values = line[-1].values
        for origin in sorted(y for y in values if y >= FIRST_ORIGIN):
            targets = [h for h in HORIZONS if origin + h in values]
            if not targets:
                continue
            drawn = forecast(line, origin, draws, seed)
            if drawn is None:
                continue
            rng = np.random.default_rng([seed, origin])
            step = own_spread(values, origin)
            united = UNITED_NATIONS.get(VINTAGE.get(origin, 0), {})
            for h in targets:
                truth = values[origin + h]
                usual = values[origin] / truth
                found.append(
                    Case(
                        key,
                        line[-1].level,
                        origin,
                        h,
                        drawn[:, HORIZONS.index(h)] / truth,
                        usual,
                        usual * np.exp(step * np.sqrt(h) * rng.standard_normal(draws)),
                        usual * united[origin + h] / united[origin] if origin + h in united else None,
                    )
                )
    return found


def score(chosen: list[Case]) -> dict:
    """Scores of a set of cases, percent of the published value; the United Nations on the cases of its vintages only."""
    ours = np.array([crps(c.draws, 1.0) for c in chosen])
    held = np.array([np.quantile(c.draws, 0.1) <= 1 <= np.quantile(c.draws, 0.9) for c in chosen])
    united = np.array([np.nan if c.united_nations is None else abs(c.united_nations - 1) for c in chosen])
    seen = np.isfinite(united)
    percent = {
        "cases": len(chosen),
        "crps": 100 * ours.mean(),
        "last_year": 100 * np.mean([abs(c.last - 1) for c in chosen]),
        "last_year_with_spread": 100 * np.mean([crps(c.spread, 1.0) for c in chosen]),
        "cover_80": 100 * held.mean(),
        "median_bias": 100 * np.median([np.median(c.draws) - 1 for c in chosen]),
    }
    if seen.any():
        percent |= {
            "cases_with_united_nations": int(seen.sum()),
            "crps_there": 100 * ours[seen].mean(),
            "united_nations": 100 * united[seen].mean(),
        }
    return {k: v if isinstance(v, int) else round(float(v), 2) for k, v in percent.items()}


def groups(found: list[Case]) -> dict[str, list[Case]]:
    """All cases, and those of each level, horizon and origin."""
    sets = {"all": found}
    for level in vital.LEVELS:
        sets[f"level {level}"] = [c for c in found if c.level == level]
    for h in HORIZONS:
        sets[f"horizon {h}"] = [c for c in found if c.horizon == h]
    for origin in sorted({c.origin for c in found}):
        sets[f"origin {origin}"] = [c for c in found if c.origin == origin]
    return {name: chosen for name, chosen in sets.items() if chosen}


def failures(table: dict[str, dict]) -> list[str]:
    """Where it fails: groups worse than last year's births or the United Nations, or outside 70-90 % cover."""
    said = []
    for name, s in table.items():
        if s["crps"] > s["last_year"]:
            said.append(f"{name}: CRPS {s['crps']} % is worse than last year's value ({s['last_year']} %).")
        if "united_nations" in s and s["crps_there"] > s["united_nations"]:
            said.append(
                f"{name}: CRPS {s['crps_there']} % is worse than the United Nations' medium ({s['united_nations']} %)."
            )
        if not 70 <= s["cover_80"] <= 90:
            said.append(f"{name}: the 80 % interval held in {s['cover_80']} % of {s['cases']} cases.")
    return said


def benchmark(catalogue: Catalogue, draws: int, seed: int) -> dict:
    """The whole comparison as one object (ARCHITECTURE, section 8)."""
    found = cases(catalogue, draws, seed)
    if not found:
        raise ValueError(
            "No region has births or birth rates in two years, with women by age in it and the nation above it."
        )
    table = {name: score(chosen) for name, chosen in groups(found).items()}
    whole = table["all"]
    goals = [
        {
            "name": "CRPS of births 1-3 years ahead, percent",
            "measured": whole["crps"],
            "goal": whole["last_year"],
            "better": "lower",
            "ok": whole["crps"] <= whole["last_year"],
            "peer": "last year's births",
            "peer_measured": whole["last_year"],
        },
        {
            "name": "80 % interval held, percent",
            "measured": whole["cover_80"],
            "goal": [70, 90],
            "better": "inside",
            "ok": 70 <= whole["cover_80"] <= 90,
        },
    ]
    if "united_nations" in whole:
        goals.append(
            {
                "name": "CRPS where the United Nations' medium of the vintage exists, percent",
                "measured": whole["crps_there"],
                "goal": whole["united_nations"],
                "better": "lower",
                "ok": whole["crps_there"] <= whole["united_nations"],
                "peer": "World Population Prospects 2019, 2022, 2024, medium, scaled",
                "peer_measured": whole["united_nations"],
            }
        )
    return {
        "benchmark": "births_backtest",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {
            "groups": table,
            "fails": failures(table),
            "draws": draws,
            "seed": seed,
            "remarks": [
                "Populations of 2011-2019 are those revised after the census of 2020; they enter only as yearly growth.",
                "The spread of the national pace and the declared effects were stated with the years up to 2023 in view; the "
                "effects enter only from the day they could be known, yet earlier origins are no clean test of either.",
                "Forecasts of one origin share the nation's path: a surprise there moves all provinces together.",
            ],
        },
    }


def show(result: dict) -> None:
    print(
        f"{'group':18}{'cases':>6}{'CRPS':>7}{'last':>7}{'+spread':>9}{'held %':>8}{'bias %':>8}{'there':>8}{'UN':>7}"
    )
    for name, s in result["details"]["groups"].items():
        united = f"{s['crps_there']:8.2f}{s['united_nations']:7.2f}" if "united_nations" in s else ""
        print(
            f"{name:18}{s['cases']:6d}{s['crps']:7.2f}{s['last_year']:7.2f}{s['last_year_with_spread']:9.2f}"
            f"{s['cover_80']:8.1f}{s['median_bias']:8.2f}{united}"
        )
    print("Where it fails:")
    for line in result["details"]["fails"] or ["nowhere in these groups"]:
        print("-", line)
    for remark in result["details"]["remarks"]:
        print("*", remark)


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder in the form of data/, laid over the shipped one")
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20240101)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    if asked.draws < 2:
        parser.error(f"--draws {asked.draws}: at least two are needed")
    try:
        result = benchmark(load_catalogue(asked.data), asked.draws, asked.seed)
    except (OSError, ValueError) as why:
        print(why, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=1)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
