"""The closed spec on which agent models are measured: Chinese people of 2020, deaths, births, steps of a year.

Everyone has an age in whole years and a sex. In a year each lives on with the survival ratio of the age reached; a woman
gives birth with the mean of the rates at both ages, half the first if she dies; the newborn live to the year's end with
the survival ratio of births, 110 boys for 100 girls. No moves, no birth order.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from sim.agents.rates import Rates
from sim.demography.cohort import project
from sim.demography.fertility import asfr
from sim.demography.graduation import graduate_people, open_last_group
from sim.demography.life_tables import life_table
from sim.demography.mortality import mx_for, survival_for

CENSUS = Path(__file__).resolve().parents[1] / "data" / "tables" / "census_age_sex_2020.csv"
YEAR = 2020
# Life expectancy of males and females, census 2020 (National Bureau of Statistics); 1.1 children a woman, assumed.
E0 = (75.37, 80.88)
CHILDREN_A_WOMAN = 1.1
BOYS_PER_GIRL = 1.1


def people_by_region(census: Path) -> dict[str, np.ndarray]:
    """People by code, (sex, age) in single years, of all regions of a census table. SystemExit 2 for unusable input."""
    try:
        table = pd.read_csv(census, dtype={"region": str, "age": str, "edition": str})
    except (OSError, ValueError) as error:
        unusable(f"{census} cannot be read: {error}")
    missing = {"region", "age", "male", "female"} - set(table.columns)
    if missing:
        unusable(f"{census}: the columns {', '.join(sorted(missing))} are missing.")
    person_years = life_table(mx_for(np.array(E0))).person_years
    found = {}
    for region, rows in table[table["edition"].fillna("") == ""].groupby("region"):
        lows = rows["age"].str.extract(r"(\d+)")[0].astype(int)
        rows = rows.iloc[np.argsort(lows.to_numpy())]
        bounds = sorted(lows)
        if bounds != [0, 1, *range(5, 90, 5)]:
            unusable(f"{census}, region {region}: ages 0, 1-4, 5-9 ... 85+ were expected, found {list(rows['age'])}.")
        groups = rows[["male", "female"]].to_numpy(float).T
        single = np.zeros((2, 101))
        single[:, :85] = graduate_people(groups[:, :-1], bounds)
        for sex in (0, 1):
            single[sex, 85:] = open_last_group(groups[sex, -2:], person_years[sex], 85)
        found[region] = single
    return found


def scaled(people: np.ndarray, persons: int) -> np.ndarray:
    """The same ages and sexes for another number of people: (sex, age)."""
    return people * (persons / people.sum())


def rates(years: int) -> Rates:
    """Survival and fertility, the same in each year."""
    fertility = asfr(np.full(years, CHILDREN_A_WOMAN))
    survival = survival_for(np.tile(E0, (years, 1)))
    return Rates(tuple(range(YEAR + 1, YEAR + 1 + years)), survival, fertility, BOYS_PER_GIRL)


def expected(start: np.ndarray, of: Rates) -> tuple[np.ndarray, np.ndarray, float]:
    """Births and deaths a year, and people at the end, as the cohort component expects them."""
    accounts = project(start[None, None], of.survival[:, None, None], of.fertility[:, None, None], BOYS_PER_GIRL)
    return accounts.births.sum(axis=(1, 2, 3)), accounts.deaths.sum(axis=(1, 2, 3, 4)), accounts.people[-1].sum()


def machine() -> dict:
    """The machine and how busy it is: a benchmark on a machine that others use says less."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_average_1_min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def unusable(reason: str):
    """Say why the input cannot be used, and end with status 2."""
    print(reason, file=sys.stderr)
    raise SystemExit(2)
