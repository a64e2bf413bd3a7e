"""A made-up country lived through, district by district, 2010 to 2023. Nothing here is of any real place.

The rates are round numbers of about the size that Chinese districts show, varied at random; people survive, age, give birth
and move by the same tables as in `sim`, so that censuses, births and deaths agree with one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.demography.fertility import schedule
from sim.demography.life_tables import life_table
from sim.demography.mortality import e0_by_sex, mx_for, survival_for

FIRST, LAST = 2010, 2023
YEARS = tuple(range(FIRST, LAST + 1))
AGES = 101
GIRLS = 100 / 207  # of all born
MOVERS = np.exp(-0.5 * ((np.arange(AGES) - 25) / 7.0) ** 2) + 0.12  # most move in their twenties


@dataclass(frozen=True)
class Lives:
    """One district's people at the ends of years, (year, sex, age) in whole persons; births and deaths by year; and life
    expectancy of both sexes by year. All from FIRST to LAST; births and deaths of FIRST are not lived and are zero."""

    people: np.ndarray
    births: np.ndarray
    deaths: np.ndarray
    life_expectancy: np.ndarray


def live(rng: np.random.Generator) -> Lives:
    """One district's lives: its size, fertility, life expectancy and moves drawn from `rng`."""
    size = np.exp(rng.normal(np.log(240_000), 0.5))
    fertility = np.exp(rng.normal(np.log(1.45), 0.12))
    moves = rng.normal(0.0, 0.006)
    start_e0 = rng.normal(76.0, 1.0)
    e0 = start_e0 + 0.22 * np.arange(len(YEARS)) + np.cumsum(rng.normal(0, 0.05, len(YEARS)))
    people = [_start(size, start_e0, rng)]
    births, deaths = [0], [0]
    mothers = schedule()
    for i in range(1, len(YEARS)):
        before = people[-1].astype(float)
        level = fertility * (1.0 - 0.035 * max(0, YEARS[i] - 2016)) * np.exp(rng.normal(0, 0.03))
        born = np.rint(level * (mothers @ before[1]))
        ratio = survival_for(e0_by_sex(e0[i]))
        entering = np.concatenate([np.array([[born * (1 - GIRLS)], [born * GIRLS]]), before[:, :-1]], axis=1)
        entering[:, -1] += before[:, -1]
        there = np.rint(entering * ratio)
        deaths.append(round(entering.sum() - there.sum()))
        births.append(int(born))
        share = MOVERS / (before.sum(0) @ MOVERS) * before.sum()
        people.append(np.maximum(np.rint(there * (1 + moves * share)), 0).astype(np.int64))
    return Lives(np.array(people), np.array(births), np.array(deaths), np.round(e0, 2))


def together(parts: list[Lives]) -> Lives:
    """Several places as one: counts add up exactly, life expectancy is the mean by people."""
    weights = np.array([p.people.sum((1, 2)) for p in parts], dtype=float)
    e0 = (np.array([p.life_expectancy for p in parts]) * weights).sum(0) / weights.sum(0)
    people, births, deaths = (np.sum([getattr(p, n) for p in parts], axis=0) for n in ("people", "births", "deaths"))
    return Lives(people, births, deaths, np.round(e0, 2))


def _start(size: float, e0: float, rng: np.random.Generator) -> np.ndarray:
    """People at the end of 2010: a life table under a history of births that swelled and ebbed."""
    lived = life_table(mx_for(e0_by_sex(np.array(e0)))).person_years
    age = np.arange(AGES)
    waves = 1 + 0.28 * np.cos(2 * np.pi * (age - 22 + rng.normal(0, 1)) / 25) - 0.35 * (age < 18)
    shape = lived * np.array([[1.06], [1.0]]) * waves * np.exp(-0.010 * age)
    return np.rint(size * shape / shape.sum()).astype(np.int64)
