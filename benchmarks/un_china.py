"""Reproduce the United Nations' projections of China, cell by cell, and say how far off we are.

    python benchmarks/un_china.py --reference DIR [--json]

DIR is a folder with World Population Prospects 2019 and 2024 for China as CSV files (or the folder above it):
population, death rates, fertility, sex ratio at birth, net migration. Two runs:

WPP 2019, five-year ages and steps, from the UN's own base of 2020. Rows: *circular migration*, the age profile of
migrants backed out of the UN's own results and scaled to its net totals, which tests the arithmetic and nothing else;
*later migration*, the same from the steps after 2050, which the years shown do not touch; *textbook migration*, Rogers
and Castro's standard on the same totals; and two floors, common short cuts.

WPP 2024, single ages and years, from a base at the end of 2023 rebuilt from its flows, with its five-year rates
graduated here. The folder holds no published people by age for it, so sexes stand in for cells.

Errors are in per cent of the published figure; cells are weighted by size. Exit status 2 for unusable input.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from sim.demography import migration
from sim.demography.cohort import project
from sim.demography.graduation import graduate_fertility, graduate_mortality, scaled_to_e0
from sim.demography.life_tables import ABRIDGED, life_table

SHOWN = (2025, 2030, 2050)
FILES = (
    "wpp2019_population_5y.csv",
    "wpp2019_mx_5x5.csv",
    "wpp2019_fertility_5x5.csv",
    "wpp2019_srb_migration_5y.csv",
    "RECONSTRUCTED_wpp2024_population_single_age_31Dec.csv",
    "wpp2024_mx_5x5.csv",
    "wpp2024_e0_annual.csv",
    "wpp2024_fertility_annual_5yage.csv",
    "wpp2024_srb_annual.csv",
    "wpp2024_net_migration_single_age.csv",
    "wpp2024_total_population_31Dec_proj.csv",
    "wpp2024_indicators_annual.csv",
)
SEXES = ("M", "F")
MOTHERS = slice(10, 55)


# ---------------------------------------------------------------- reading


def find(reference: Path) -> Path:
    """The folder that holds the files: the one given or its `wpp_china`. SystemExit 2 with what is missing."""
    for folder in (reference, reference / "wpp_china"):
        if any((folder / name).exists() for name in FILES):
            missing = [name for name in FILES if not (folder / name).exists()]
            if missing:
                unusable(f"{folder} lacks {', '.join(missing)}.")
            return folder
    unusable(f"{reference} holds none of the files of World Population Prospects for China, such as {FILES[0]}.")


def unusable(reason: str):
    print(f"un_china: {reason}", file=sys.stderr)
    raise SystemExit(2)


def table(folder: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(folder / name)
    except (ValueError, OSError) as problem:
        unusable(f"{name} cannot be read: {problem}")
    lost = [column for column in columns if column not in frame]
    if lost:
        unusable(f"{name} has no column {', '.join(lost)}; it has {', '.join(frame.columns)}.")
    return frame


def first_age(labels: pd.Series) -> pd.Series:
    return labels.astype(str).str.extract(r"^(\d+)")[0].astype(int)


def grid(frame, rows, wanted_rows, ages, value, name) -> np.ndarray:
    """A column as an array (row, age). SystemExit 2 when a row or age is missing."""
    wide = frame.pivot(index=rows, columns="age", values=value)
    try:
        found = wide.loc[list(wanted_rows), list(ages)].to_numpy(dtype=float)
    except KeyError as problem:
        unusable(f"{name} lacks rows or ages: {problem}")
    if not np.isfinite(found).all():
        unusable(f"{name} has empty cells between {wanted_rows[0]} and {wanted_rows[-1]}.")
    return found


def by_sex(frame, rows, wanted_rows, ages, value, name) -> np.ndarray:
    """(row, sex, age) from a table with a column `sex`."""
    return np.stack([grid(frame[frame.sex == s], rows, wanted_rows, ages, value, name) for s in SEXES], axis=1)


def series(frame, rows, wanted_rows, value, name) -> np.ndarray:
    found = frame.set_index(rows)[value].reindex(list(wanted_rows)).to_numpy(dtype=float)
    if not np.isfinite(found).all():
        unusable(f"{name} lacks {value} for some of {wanted_rows[0]}-{wanted_rows[-1]}.")
    return found


# ---------------------------------------------------------------- WPP 2019, five by five


def read_2019(folder: Path, years) -> dict:
    """Everything by step: people (year, sex, age), rates (step, ...). Thousands of people, births per woman."""
    periods = [f"{y}-{y + 5}" for y in years[:-1]]
    population = table(folder, FILES[0], ("year", "sex", "age", "pop_thousand"))
    population["age"] = first_age(population.age)
    rates = table(folder, FILES[1], ("period", "sex", "age", "mx"))
    fertility = table(folder, FILES[2], ("period", "age", "asfr"))
    fertility["age"] = first_age(fertility.age)
    rest = table(folder, FILES[3], ("period", "srb", "net_migration_thousand"))
    groups = range(0, 101, 5)
    asfr = np.zeros((len(periods), len(groups)))
    asfr[:, 3:10] = grid(fertility, "period", periods, range(15, 50, 5), "asfr", FILES[2])
    return {
        "people": by_sex(population, "year", years, groups, "pop_thousand", FILES[0]),
        "mx": by_sex(rates, "period", periods, ABRIDGED, "mx", FILES[1]),
        "asfr": asfr,
        "srb": series(rest, "period", periods, "srb", FILES[3]),
        "migration": series(rest, "period", periods, "net_migration_thousand", FILES[3]),
    }


def backed_out(data: dict) -> np.ndarray:
    """Shares of migrants by sex and age, (sex, age), that the UN's own populations imply: the mean over all steps.

    Above 85 the UN moves nobody, and what is left there is rounding of the rates.
    """
    survival = life_table(data["mx"], ABRIDGED).survival()
    women = (data["people"][:-1, 1] + data["people"][1:, 1]) / 2
    births = 5 * (women * data["asfr"]).sum(axis=-1)
    girls = births / (1 + data["srb"])
    born = np.stack([births - girls, girls], axis=-1)
    left = migration.residual_migrants(data["people"][:-1], data["people"][1:], survival, born)
    left[..., 17:] = 0
    return migration.as_profile(left).mean(axis=0)


def run_2019(data: dict, profile, survival=None) -> tuple[np.ndarray, np.ndarray]:
    """People (year, sex, age) from the base on, and births (step,)."""
    survival = life_table(data["mx"], ABRIDGED).survival() if survival is None else survival
    accounts = project(
        data["people"][0][None, None],
        survival[:, None, None],
        data["asfr"][:, None, None],
        data["srb"][:, None, None],
        migration.by_number(data["migration"][:, None, None] * profile),
        interval=5,
    )
    return accounts.people[:, 0, 0], accounts.births[:, 0, 0].sum(axis=-1)


def errors_2019(data: dict, people, births, years) -> dict:
    """Errors in per cent by year shown: total, births and deaths of the five years before it, 0-4, 80+, and cells.

    The folder has no births and deaths of this edition: the UN's are what its people, rates and net moves imply.
    """
    rows, their_births = {}, 5 * ((data["people"][:-1, 1] + data["people"][1:, 1]) / 2 * data["asfr"]).sum(axis=-1)
    deaths, their_deaths = (
        born + data["migration"] - np.diff(held.sum(axis=(-2, -1)))
        for born, held in ((births, people), (their_births, data["people"]))
    )
    for year in SHOWN:
        at = list(years).index(year)
        ours, un = people[at], data["people"][at]
        rows[year] = {
            "total": off(ours.sum(), un.sum()),
            "births": off(births[at - 1], their_births[at - 1]),
            "deaths": off(deaths[at - 1], their_deaths[at - 1]),
            "age 0-4": off(ours[:, 0].sum(), un[:, 0].sum()),
            "aged 80+": off(ours[:, 16:].sum(), un[:, 16:].sum()),
            "cells weighted": 100 * np.abs(ours - un).sum() / un.sum(),
            "worst cell under 90": np.abs(off(ours[:, :18], un[:, :18])).max(),
        }
    return rows


def off(ours, published):
    """Per cent by which ours lies above the published figure."""
    return 100 * (ours / published - 1)


# ---------------------------------------------------------------- floors: common short cuts


def survival_by_lx(mx, ages) -> np.ndarray:
    """Survivors taken for person-years: l[x] / l[x-n] by the age reached, births surviving to the end of the interval."""
    lx = life_table(mx, ages).lx
    if ages == ABRIDGED:
        lx = np.delete(lx, 1, axis=-1)
    onward = lx[..., 1:] / lx[..., :-1]
    return np.concatenate([onward[..., :1], onward], axis=-1)


def with_mothers_at_start(start, survival, asfr, srb, migrants, interval) -> tuple[np.ndarray, np.ndarray]:
    """People (year, sex, age) and births (step,) with births reckoned on the women at the start of each step."""
    people, births = [start], []
    for lives, rates, ratio, moved in zip(survival, asfr, srb, migrants, strict=True):
        before = people[-1]
        born = interval * (before[1] * rates).sum()
        entering = np.concatenate([born * np.array([[ratio], [1.0]]) / (1 + ratio), before[:, :-1]], axis=1)
        entering[:, -1] += before[:, -1]
        people.append(entering * lives + moved)
        births.append(born)
    return np.array(people), np.array(births)


# ---------------------------------------------------------------- WPP 2024, by single years


def read_2024(folder: Path, years) -> dict:
    """People at the base (sex, age), rates by flow year, and the published results."""
    flow = years[1:]
    base = table(folder, FILES[4], ("year_31Dec", "age", "sex", "pop_thousand"))
    rates = table(folder, FILES[5], ("period", "age", "mxM", "mxF"))
    rates["age"] = first_age(rates.age)
    e0 = table(folder, FILES[6], ("year", "e0M", "e0F"))
    fertility = table(folder, FILES[7], ("age", "year", "asfr"))
    fertility["age"] = first_age(fertility.age)
    srb = table(folder, FILES[8], ("year", "srb"))
    moved = table(folder, FILES[9], ("year", "age", "migM", "migF"))
    totals = table(folder, FILES[10], ("year", "popM", "popF"))
    flows = table(folder, FILES[11], ("year", "births", "deaths"))
    single, name = range(101), FILES[5]
    periods = [f"{y}-{y + 5}" for y in range(flow[0] // 5 * 5 - 5, flow[-1] // 5 * 5 + 10, 5)]
    five = np.stack([grid(rates, "period", periods, ABRIDGED, f"mx{s}", name) for s in SEXES], axis=1)
    expectancy = np.stack([series(e0, "year", flow, f"e0{s}", FILES[6]) for s in SEXES], axis=1)
    return {
        "start": by_sex(base, "year_31Dec", years[:1], single, "pop_thousand", FILES[4])[0],
        "mx": yearly_rates(five, [int(p[:4]) + 2.5 for p in periods], np.array(flow) + 0.5, expectancy),
        "asfr_by_five": grid(fertility, "year", flow, range(10, 55, 5), "asfr", FILES[7]),
        "srb": series(srb, "year", flow, "srb", FILES[8]),
        "migrants": np.stack([grid(moved, "year", flow, single, f"mig{s}", FILES[9]) for s in SEXES], axis=1),
        "sexes": np.stack([series(totals, "year", flow, f"pop{s}", FILES[10]) for s in SEXES], axis=1),
        "births": series(flows, "year", flow, "births", FILES[11]),
        "deaths": series(flows, "year", flow, "deaths", FILES[11]),
    }


def yearly_rates(five, middles, moments, e0) -> np.ndarray:
    """Death rates by single year and calendar year, (year, sex, age), with the published e0 of each year.

    five: (period, sex, abridged age). Between the middles of periods log rates run straight.
    """
    after = np.clip(np.searchsorted(middles, moments), 1, len(middles) - 1)
    part = (moments - np.take(middles, after - 1)) / 5
    part = part[:, None, None]
    logs = np.log(five)
    between = np.exp((1 - part) * logs[after - 1] + part * logs[after])
    return scaled_to_e0(graduate_mortality(between), e0)


def run_2024(data: dict, migrants, asfr=None):
    """People (year, sex, age) from the base on, and births (step,), in single years.

    asfr: (year, age); if left out, the five-year rates graduated on the women of a first run. Each of these rates is
    the births of a group over its women, and China's women are far from equally many at each age.
    """
    if asfr is None:
        people, _ = run_2024(data, migrants, graduated(data))
        return run_2024(data, migrants, graduated(data, (people[:-1, 1] + people[1:, 1])[:, MOTHERS]))
    survival = life_table(data["mx"]).survival()
    accounts = project(
        data["start"][None, None],
        survival[:, None, None],
        asfr[:, None, None],
        data["srb"][:, None, None],
        migration.by_number(migrants[:, None, None]),
    )
    return accounts.people[:, 0, 0], accounts.births[:, 0, 0].sum(axis=-1)


def graduated(data: dict, women=None) -> np.ndarray:
    asfr = np.zeros((len(data["asfr_by_five"]), 101))
    asfr[:, MOTHERS] = graduate_fertility(data["asfr_by_five"], tuple(range(10, 60, 5)), women)
    return asfr


def errors_2024(data: dict, years, people, births) -> dict:
    """Errors in per cent by flow year: total, each sex, births, deaths."""
    moved = data["migrants"].sum(axis=(-2, -1))
    totals = np.concatenate([[data["start"].sum()], people.sum(axis=(-2, -1))])
    deaths = births + moved - np.diff(totals)
    rows = {}
    for at, year in enumerate(years[1:]):
        males, females = people[at].sum(axis=-1)
        rows[year] = {
            "total": off(males + females, data["sexes"][at].sum()),
            "males": off(males, data["sexes"][at, 0]),
            "females": off(females, data["sexes"][at, 1]),
            "births": off(births[at], data["births"][at]),
            "deaths": off(deaths[at], data["deaths"][at]),
        }
    return rows


# ---------------------------------------------------------------- the run


def measure(folder: Path) -> dict:
    """Both reproductions with their floors: {"WPP 2019": {row: {year: errors}}, "WPP 2024": ...}."""
    years = list(range(2020, 2051, 5))
    data = read_2019(folder, years)
    later = backed_out(read_2019(folder, list(range(2050, 2101, 5))))
    circular, textbook = backed_out(data), np.add.reduceat(migration.textbook_profile(), range(0, 101, 5), axis=-1)
    lives = life_table(data["mx"], ABRIDGED).survival()
    moved = data["migration"][:, None, None] * circular
    at_start = with_mothers_at_start(data["people"][0], lives, data["asfr"], data["srb"], moved, 5)
    five = {
        "circular migration": run_2019(data, circular),
        "later migration": run_2019(data, later),
        "textbook migration": run_2019(data, textbook),
        "floor: births from women at the start": at_start,
        "floor: lx in place of Lx": run_2019(data, circular, survival_by_lx(data["mx"], ABRIDGED)),
    }

    span = list(range(2023, 2051))
    annual = read_2024(folder, span)
    totals = annual["migrants"].sum(axis=(-2, -1))[:, None, None]
    lives = life_table(annual["mx"]).survival()
    ungrouped = graduated(annual)
    at_start_2024 = with_mothers_at_start(annual["start"], lives, ungrouped, annual["srb"], annual["migrants"], 1)
    repeated = np.zeros_like(ungrouped)
    repeated[:, MOTHERS] = np.repeat(annual["asfr_by_five"], 5, axis=-1)
    single = {
        "published migration": run_2024(annual, annual["migrants"]),
        "textbook migration": run_2024(annual, totals * migration.textbook_profile()),
        "published migration, women in groups taken as equally many": run_2024(annual, annual["migrants"], ungrouped),
        "floor: births from women at the start": at_start_2024,
        "floor: five-year rates repeated": run_2024(annual, annual["migrants"], repeated),
    }
    return {
        "WPP 2019": {row: errors_2019(data, *run, years) for row, run in five.items()},
        "WPP 2024": {row: errors_2024(annual, span, run[0][1:], run[1]) for row, run in single.items()},
    }


def goals(results: dict) -> list[dict]:
    """Each goal with its measured value and the best of the floors measured in the same run, per cent."""
    old, new = results["WPP 2019"], results["WPP 2024"]
    start, floor = "floor: births from women at the start", "births from women at the start"

    def worst(rows, years, what):
        return max(abs(rows[year][what]) for year in years)

    asked = [
        ("WPP 2019 total, circular migration", old, "circular migration", SHOWN, "total", 0.001),
        (
            "WPP 2019 worst cell under 90, circular migration",
            old,
            "circular migration",
            SHOWN,
            "worst cell under 90",
            0.005,
        ),
        ("WPP 2019 total at 2050, textbook migration", old, "textbook migration", (2050,), "total", 0.05),
        ("WPP 2024 births 2025-2027", new, "published migration", (2025, 2026, 2027), "births", 0.05),
        ("WPP 2024 total 2024-2030", new, "published migration", range(2024, 2031), "total", 0.02),
    ]
    found = []
    for name, rows, row, years, what, goal in asked:
        measured = float(worst(rows[row], years, what))
        peer = float(worst(rows[start], years, what))
        found.append(
            {
                "name": f"{name}, % off",
                "measured": measured,
                "goal": goal,
                "better": "lower",
                "ok": measured <= goal,
                "peer": floor,
                "peer_measured": peer,
            }
        )
    return found


def show(results: dict, found: list[dict]):
    for world, rows in results.items():
        print(f"\n{world}, China: error in % of the published figure")
        for row, by_year in rows.items():
            print(f"  {row}")
            for year in by_year if world == "WPP 2019" else [y for y in by_year if y <= 2030 or y == 2050]:
                cells = "  ".join(f"{what} {value:+.4f}" for what, value in by_year[year].items())
                print(f"    {year}  {cells}")
    print("\nGoals")
    for goal in found:
        mark = "met" if goal["ok"] else "NOT met"
        print(
            f"  {goal['name']}: {goal['measured']:.5f} (goal {goal['goal']}, {mark}; "
            f"{goal['peer']} {goal['peer_measured']:.4f})"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True, help="folder with World Population Prospects, China")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    asked = parser.parse_args()
    folder = find(asked.reference)
    try:
        results = measure(folder)
    except ValueError as problem:
        unusable(f"the tables in {folder} cannot be projected: {problem}")
    found = goals(results)
    if not asked.json:
        return show(results, found)
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps({"benchmark": "un_china", "machine": machine, "goals": found, "details": plain(results)}))


def plain(value):
    """The same results with what JSON can hold: text for keys, floats for values."""
    return {str(k): plain(v) for k, v in value.items()} if isinstance(value, dict) else float(value)


if __name__ == "__main__":
    main()
