"""The people of a small area to start from: single years of age at a year end, with how uncertain they are.

Everything takes plain arrays. Sexes are ordered male, female; ages are 0..99 and an open 100+ (101 entries).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.demography.census_ages import AGES, GROUPS, REMAINDER, cohort_pattern, graduate, match_total, to_year_end
from sim.demography.fitting import (
    FERTILITY_SD,
    fit_to_margins,
    reconcile_children,
    reconcile_women,
    survivors_of_births,
)
from sim.demography.life_tables import survival_ratios

# Standard deviations of log counts from an age on. CENSUS_SD is a judgement: a census counts settled adults well, young
# children and people on the move less well. FITTED_SD is measured: the 2020 counties of more than 50,000 people fitted
# from the rest of their province, with nothing but the total known and with ages 0-14, 15-59, 60-64 and 65+ known.
CENSUS_SD = {0: 0.05, 1: 0.03, 5: 0.015, 15: 0.025, 35: 0.012, 60: 0.010, 85: 0.03}
FITTED_SD = {0: 0.17, 5: 0.24, 15: 0.26, 25: 0.18, 40: 0.13, 60: 0.21, 75: 0.26, 85: 0.30}
FITTED_BROAD_SD = {0: 0.14, 5: 0.08, 15: 0.25, 25: 0.15, 40: 0.11, 55: 0.17, 60: 0.03, 65: 0.07, 80: 0.13, 85: 0.18}
# Infants missing from a census: 13.8 million counted in 2010 against 15.7 million survivors of the published births,
# 11.99 against 12.4 million in 2020.
UNDERCOUNT_AGE_0 = {2010: 0.12, 2020: 0.03}


@dataclass(frozen=True)
class BasePopulation:
    """The people of one area on 31 December.

    central: (sex, age), persons. people: (draw, sex, age), the same with its uncertainty.
    notes: sentences in Chinese ("zh") and English ("en") on what was done and what did not agree.
    """

    region: str
    year: int
    central: np.ndarray
    people: np.ndarray
    notes: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"zh": (), "en": ()})
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.central.shape != (2, AGES) or self.people.ndim != 3 or self.people.shape[1:] != (2, AGES):
            raise ValueError(
                f"Base population of {self.region}: (2, {AGES}) and (draw, 2, {AGES}) were expected, "
                f"found {self.central.shape} and {self.people.shape}."
            )
        if not (np.isfinite(self.people).all() and (self.people >= 0).all()):
            raise ValueError(f"Base population of {self.region} holds negative or missing numbers of people.")

    def totals(self) -> np.ndarray:
        """All people, by draw."""
        return self.people.sum(axis=(1, 2))


def sd_by_age(steps: dict[int, float]) -> np.ndarray:
    """Standard deviations given from an age on, as one value per age: (101,).

    >>> sd_by_age({0: 0.05, 20: 0.02})[[0, 19, 20, 100]]
    array([0.05, 0.05, 0.02, 0.02])
    """
    lows = sorted(steps)
    return np.array([steps[lows[i]] for i in np.searchsorted(lows, np.arange(AGES), side="right") - 1])


def noise_by_age(draws: int, rng: np.random.Generator, autocorrelation: float) -> np.ndarray:
    """Standard normal draws for each age, (draw, age), neighbours correlated by `autocorrelation` (first-order autoregression).

    >>> noise = noise_by_age(20_000, np.random.default_rng(1), autocorrelation=0.9)
    >>> noise.shape, round(float(np.corrcoef(noise[:, 30], noise[:, 31])[0, 1]), 1)
    ((20000, 101), 0.9)
    """
    noise = rng.standard_normal((draws, AGES))
    for age in range(1, AGES):
        noise[:, age] = autocorrelation * noise[:, age - 1] + np.sqrt(1 - autocorrelation**2) * noise[:, age]
    return noise


def draws_around(
    people: np.ndarray,
    sd: np.ndarray,
    rng: np.random.Generator,
    draws: int,
    total_sd: float = 0.0,
    autocorrelation: float = 0.9,
) -> np.ndarray:
    """Draws of a population: (draw, sex, age), their mean total being the given one.

    sd: (101,), of the log count at each age, common to the sexes. Errors of neighbouring ages go together (first-order
    autoregression, `autocorrelation`). The total keeps its own uncertainty, total_sd of its log: an error at one age is
    made up for by the others.

    >>> people = np.full((2, 101), 100.0)
    >>> drawn = draws_around(people, np.full(101, 0.02), np.random.default_rng(1), draws=500)
    >>> drawn.shape, round(float(drawn.sum(axis=(1, 2)).mean()))
    ((500, 2, 101), 20200)
    """
    noise = noise_by_age(draws, rng, autocorrelation)
    sd = np.asarray(sd)
    drawn = people * np.exp(sd * noise - sd**2 / 2)[:, None, :]
    level = np.exp(total_sd * rng.standard_normal(draws) - total_sd**2 / 2)
    return drawn * (level * people.sum() / drawn.sum(axis=(1, 2)))[:, None, None]


def from_census(
    region: str,
    year: int,
    groups: np.ndarray,
    person_years: np.ndarray,
    national_births: dict[int, float],
    draws: int,
    rng: np.random.Generator,
    births: dict[int, float] | None = None,
    fertility: np.ndarray | None = None,
    year_end_total: float | None = None,
    lows: Sequence[int] = GROUPS,
    sources: tuple[str, ...] = (),
) -> BasePopulation:
    """The base population of an area with a census table by age and sex, at the end of the census year.

    groups: (sex, group), persons on census day. person_years: (sex, 101), the area's life table at that time.
    national_births: by year since 1949, for the single ages within groups. births: the area's own, by year, for ages
    0-4, and with fertility, (101,) births per woman by age at the parent's level, for women 20-39. year_end_total:
    published. Raises ValueError where the published total cannot belong to the census table.
    """
    births = births or {}
    zh, en = [], []
    pattern = cohort_pattern(person_years, national_births, year)
    counted = graduate(groups, pattern, person_years, lows)
    missed = UNDERCOUNT_AGE_0.get(year, UNDERCOUNT_AGE_0[max(UNDERCOUNT_AGE_0)])
    counted[:, 0] /= 1 - missed
    en.append(f"Infants raised by {missed / (1 - missed):.0%} for those the census missed.")
    zh.append(f"0岁人口按普查漏登上调{missed / (1 - missed):.0%}。")
    lived = person_years[:, 0].mean()
    newborn = REMAINDER * (births[year] * lived if year in births else counted[:, 0].sum())
    people = to_year_end(counted, survival_ratios(person_years), newborn)
    sd = sd_by_age(CENSUS_SD)
    people, sd[:5] = reconcile_children(people, survivors_of_births(births, person_years, year), sd[:5])
    if any(year - age in births for age in range(5)):
        en.append("Ages 0-4 lie between the census count and the survivors of published births, by their precision.")
        zh.append("0-4岁人口按精度在普查登记数与已公布出生数的存活数之间取值。")
    if year in births and fertility is not None:
        people, sd, factor = _with_women(people, sd, births[year], fertility)
        en.append(f"Women 20-39 reconciled with the births of {year}: fertility is {factor:.2f} times the parent's.")
        zh.append(f"20-39岁女性与{year}年出生数相协调：生育水平为上级地区的{factor:.2f}倍。")
    total_sd = 0.005
    if year_end_total is not None:
        gap = year_end_total / people.sum() - 1
        people = match_total(people, year_end_total)
        total_sd = 0.002
        en.append(f"Matched to the published year-end total {year_end_total:,.0f} ({gap:+.2%} taken as moves).")
        zh.append(f"与公布的年末人口{year_end_total:,.0f}人对齐（差额{gap:+.2%}视为迁移）。")
    people_draws = draws_around(people, sd, rng, draws, total_sd)
    return BasePopulation(region, year, people, people_draws, {"zh": tuple(zh), "en": tuple(en)}, sources)


def from_parent(
    region: str,
    year: int,
    shape: np.ndarray,
    total: float,
    person_years: np.ndarray,
    draws: int,
    rng: np.random.Generator,
    broad: dict[tuple[int, int], float] | None = None,
    sexes: tuple[float, float] | None = None,
    births: dict[int, float] | None = None,
    fertility: np.ndarray | None = None,
    sources: tuple[str, ...] = (),
) -> BasePopulation:
    """The base population of an area without a census table, at a year end.

    shape: (sex, age) of the parent at that year end. total, broad, sexes: local figures, as in `fit_to_margins`.
    births: local, by year; fertility: (101,), births per woman by age at the parent's level. With births, ages 0-4 are
    their survivors; with fertility too, women 20-39 are reconciled.
    """
    births = births or {}
    fitted = fit_to_margins(shape, total, broad, sexes)
    sd = sd_by_age(FITTED_BROAD_SD if broad else FITTED_SD)
    en = ["No census table by age and sex: the parent's age-sex shape fitted to local totals."]
    zh = ["本地无分年龄性别普查表：以上级地区年龄性别结构拟合本地总数。"]
    fitted, sd[:5] = reconcile_children(fitted, survivors_of_births(births, person_years, year), sd[:5])
    if year in births and fertility is not None:
        fitted, sd, factor = _with_women(fitted, sd, births[year], fertility)
        en.append(f"Women 20-39 scaled to {births[year]:,.0f} births; fertility is {factor:.2f} times the parent's.")
        zh.append(f"按{births[year]:,.0f}名出生调整20-39岁女性；生育水平为上级地区的{factor:.2f}倍。")
    fitted *= total / fitted.sum()
    people = held_to(draws_around(fitted, sd, rng, draws, total_sd=0.01), broad or {})
    return BasePopulation(region, year, fitted, people, {"zh": tuple(zh), "en": tuple(en)}, sources)


def held_to(people: np.ndarray, broad: dict[tuple[int, int], float]) -> np.ndarray:
    """Draws (draw, sex, age) whose broad ages have the given numbers of people; other ages are left alone.

    >>> drawn = np.full((3, 2, 101), 100.0)
    >>> held_to(drawn, {(0, 2): 900.0})[:, :, :3].sum(axis=(1, 2))
    array([900., 900., 900.])
    """
    held = people.copy()
    for (low, high), number in broad.items():
        ages = slice(low, high + 1)
        held[..., ages] *= (number / held[..., ages].sum(axis=(1, 2)))[:, None, None]
    return held


def _with_women(
    people: np.ndarray, sd: np.ndarray, births: float, fertility: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Women 20-39 reconciled with births, the doubt left about those ages, and the factor on fertility."""
    women_sd = float(sd[20:40].mean())
    people, factor = reconcile_women(people, births, fertility, women_sd)
    sd = sd.copy()
    sd[20:40] *= FERTILITY_SD / np.hypot(FERTILITY_SD, women_sd)
    return people, sd, factor
