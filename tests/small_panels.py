"""The smallest inputs that every benchmark still takes for whole: made-up panels, censuses and a made-up nation's outlook."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.demography.life_tables import ABRIDGED
from sim.demography.mortality import mx_for

AGES = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
SEXES = ("M", "F")


def series_panel(folder: Path) -> Path:
    """Series of two indicators that go their own ways, in the layout of forecasts: eight regions, eighteen years each."""
    rng = np.random.default_rng(1)
    rows = []
    for indicator, kind in (("made-up beds", "rate"), ("made-up coverage", "pct")):
        for region in range(8):
            path = np.cumsum(rng.normal(0.06, 0.15, 18))
            values = 5 * np.exp(path / 4) if kind == "rate" else 100 / (1 + np.exp(-path))
            name = f"{indicator}|{region}"
            rows += [(name, indicator, str(region), kind, "", 2000 + year, v) for year, v in enumerate(values.round(2))]
    frame = pd.DataFrame(rows, columns=["unique_id", "indicator", "region", "kind", "unit", "ds", "y"])
    frame.to_csv(folder / "series.csv", index=False)
    return folder / "series.csv"


def target_panel(folder: Path) -> tuple[Path, Path]:
    """A panel for pseudo-targets and what its indicators are: of municipalities, with deadlines before and after 2014."""
    rng = np.random.default_rng(2)
    rows, about = [], []
    for number in range(5):
        name, bound = f"made-up indicator {number}", "pos" if number % 2 else "pct"
        about.append(("kolada", name, 1 if number < 3 else -1, bound, f"family {number % 2}"))
        for region in range(11):
            path = rng.normal(0, 0.8) + np.cumsum(rng.normal(0.05, 0.15, 13))
            values = np.round(100 / (1 + np.exp(-path)), 1)
            rows += [("kolada", name, f"region {region}", 2003 + year, v) for year, v in enumerate(values)]
    pd.DataFrame(rows, columns=["source", "indicator", "region", "year", "value"]).to_csv(
        folder / "panel.csv", index=False
    )
    pd.DataFrame(about, columns=["source", "indicator", "direction", "bound", "family"]).to_csv(
        folder / "indicators.csv", index=False
    )
    return folder / "panel.csv", folder / "indicators.csv"


def tree_panel(folder: Path) -> tuple[Path, Path]:
    """Three indicators over four groups of nine regions each, with a parent named, rising together."""
    rng = np.random.default_rng(5)
    rows, about = [], []
    for number in range(3):
        name = f"made-up coverage {number}"
        about.append(("made up", name, 1, "pct"))
        nation = np.cumsum(rng.normal(0.08, 0.05, 16))
        for group in range(4):
            county = nation + rng.normal(0, 0.3) + np.cumsum(rng.normal(0, 0.05, 16))
            for place in range(9):
                path = county + rng.normal(0, 0.4) + np.cumsum(rng.normal(0, 0.08, 16))
                values = np.round(100 / (1 + np.exp(-path)), 1)
                rows += [("made up", name, f"r{group}{place}", f"g{group}", 2003 + y, v) for y, v in enumerate(values)]
    columns = ["source", "indicator", "region", "parent", "year", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "tree.csv", index=False)
    heads = ["source", "indicator", "direction", "bound"]
    pd.DataFrame(about, columns=heads).to_csv(folder / "tree_indicators.csv", index=False)
    return folder / "tree.csv", folder / "tree_indicators.csv"


def two_censuses(folder: Path) -> Path:
    """Counties of three provinces in 2010 and 2020: sixty-three, in nine cities with tables of their own, growing and shrinking by chance."""
    rng = np.random.default_rng(3)
    years = np.array([1, 4, *[5] * 16, 8])
    shape = years * np.exp(-(((np.array([0, 2, *range(7, 87, 5), 88]) - 35) / 35) ** 2))
    rows = []
    for province in ("23", "33", "34"):
        for county in range(21):
            code = f"{province}{1 + county // 7:02d}{1 + county % 7:02d}"
            place = f"Made-up {code}{'区' if county % 2 else '县'}"
            people = rng.lognormal(11, 0.5) * shape / shape.sum() * rng.lognormal(0, 0.05, (2, len(AGES)))
            for year in (2010, 2020):
                for label, (men, women) in zip(AGES, people.T.round().astype(int), strict=True):
                    rows.append((year, code, province, code[:4], place, "county", label, men, women))
                people = people * rng.lognormal(0, 0.1) * rng.lognormal(0, 0.05, people.shape)
    columns = ["year", "code", "province", "city", "region", "level", "age", "male", "female"]
    table = pd.DataFrame(rows, columns=columns)
    cities = table.groupby(["year", "province", "city", "age"], sort=False)[["male", "female"]].sum().reset_index()
    cities = cities.assign(code=cities["city"] + "00", region="Made-up " + cities["city"] + "00市", level="city")
    pd.concat([table, cities[columns]]).to_csv(folder / "census.csv", index=False)
    return folder / "census.csv"


def nation(folder: Path) -> Path:
    """A made-up nation in the layout of World Population Prospects 2019 and 2024: a folder of twelve tables."""
    folder.mkdir()
    steps, flow, fives = range(2020, 2100, 5), range(2024, 2051), range(0, 101, 5)
    abridged = mx_for(np.array([75.0, 80.0]))[:, list(ABRIDGED)]
    group = {age: 80 * np.exp(-((age / 60) ** 2)) for age in fives}
    births = {15: 0.01, 20: 0.06, 25: 0.09, 30: 0.06, 35: 0.03, 40: 0.01, 45: 0.001}
    rest = {10: 0.0001, **births, 50: 0.0001}
    periods = [f"{year}-{year + 5}" for year in steps]
    tables = {
        "wpp2019_population_5y": (
            "year,sex,age,pop_thousand",
            [(y, s, f"{a}-{a + 4}" if a < 100 else "100+", round(group[a] * (1 + (y - 2020) / 1000), 3))
             for y in (*steps, 2100) for s in SEXES for a in fives],
        ),
        "wpp2019_mx_5x5": (
            "period,sex,age,mx",
            [(p, s, a, m) for p in periods for s, of in zip(SEXES, abridged, strict=True)
             for a, m in zip(ABRIDGED, of, strict=True)],
        ),
        "wpp2019_fertility_5x5": (
            "period,age,asfr", [(p, f"{a}-{a + 4}", rate) for p in periods for a, rate in births.items()]
        ),
        "wpp2019_srb_migration_5y": ("period,srb,net_migration_thousand", [(p, 1.06, -3.0) for p in periods]),
        "RECONSTRUCTED_wpp2024_population_single_age_31Dec": (
            "year_31Dec,age,sex,pop_thousand",
            [(2023, a, s, round(16 * np.exp(-((a / 60) ** 2)), 3)) for a in range(101) for s in SEXES],
        ),
        "wpp2024_mx_5x5": (
            "period,age,mxM,mxF",
            [(f"{y}-{y + 5}", f"{a}+" if a == 100 else a, *m) for y in range(2015, 2060, 5)
             for a, m in zip(ABRIDGED, abridged.T, strict=True)],
        ),
        "wpp2024_e0_annual": ("year,e0M,e0F", [(y, 75.0, 80.0) for y in flow]),
        "wpp2024_fertility_annual_5yage": (
            "age,year,asfr", [(f"{a}-{a + 4}", y, rate) for y in flow for a, rate in rest.items()]
        ),
        "wpp2024_srb_annual": ("year,srb", [(y, 1.06) for y in flow]),
        "wpp2024_net_migration_single_age": (
            "year,age,migM,migF", [(y, a, -0.01 * (a < 60), -0.01 * (a < 60)) for y in flow for a in range(101)]
        ),
        "wpp2024_total_population_31Dec_proj": ("year,popM,popF", [(y, 850.0, 850.0) for y in flow]),
        "wpp2024_indicators_annual": ("year,births,deaths", [(y, 20.0, 10.0) for y in flow]),
    }  # fmt: skip
    for name, (columns, rows) in tables.items():
        pd.DataFrame(rows, columns=columns.split(",")).to_csv(folder / f"{name}.csv", index=False)
    return folder
