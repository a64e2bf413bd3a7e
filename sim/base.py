"""The people of a small area to start from: single years of age at a year end, with how uncertain they are.

Everything takes plain arrays. Sexes are ordered male, female; ages are 0..99 and an open 100+ (101 entries).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.graduation import monotone_spline, open_last_group
from sim.lifetables import survival_ratios

MALE, FEMALE = 0, 1
AGES = 101
GROUPS = (0, 1, *range(5, 90, 5))  # first ages of the printed census groups; the last is open
CENSUS_MONTH = 10  # full months before census day, 1 November
REMAINDER = 61 / 366  # of the year 2020 after census day; 61 / 365 in 2010

# Above 71 the births behind a cohort are not known. Chinese cohorts thin out by 4 % a year of age against the period
# life table, because each younger cohort was larger and lived longer: fitted to WPP 2019 and 2024, ages 80-99, 2020.
OLD_COHORT_GROWTH = 0.04

# Standard deviations of log counts from an age on. CENSUS_SD is a judgement: a census counts settled adults well, young
# children and people on the move less well. FITTED_SD is measured: the 2020 counties of more than 50,000 people fitted
# from the rest of their province, with nothing but the total known and with ages 0-14, 15-59, 60-64 and 65+ known.
CENSUS_SD = {0: 0.05, 1: 0.03, 5: 0.015, 15: 0.025, 35: 0.012, 60: 0.010, 85: 0.03}
FITTED_SD = {0: 0.17, 5: 0.24, 15: 0.26, 25: 0.18, 40: 0.13, 60: 0.21, 75: 0.26, 85: 0.30}
FITTED_BROAD_SD = {0: 0.14, 5: 0.08, 15: 0.25, 25: 0.15, 40: 0.11, 55: 0.17, 60: 0.03, 65: 0.07, 80: 0.13, 85: 0.18}
BIRTHS_SD = 0.04  # births from a published rate times a population
CHILD_MOVES_SD = 0.02  # children who move in or out, per year of age
UNDERCOUNT_AGE_0 = 0.03  # 11.99 million infants counted in 2020 against 12.4 million survivors of the births
FERTILITY_SD = 0.10  # log total fertility of an area around its parent's


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

    def __post_init__(self):
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


# ---------------------------------------------------------------- ages


def group_of_age(lows=GROUPS) -> np.ndarray:
    """The index of the age group of every single age: (101,)."""
    return np.searchsorted(np.asarray(lows), np.arange(AGES), side="right") - 1


def in_groups(people: np.ndarray, lows=GROUPS) -> np.ndarray:
    """Single ages added up to groups: (..., 101) -> (..., group)."""
    return np.add.reduceat(people, np.asarray(lows), axis=-1)


def cohort_pattern(person_years: np.ndarray, births: dict[int, float], year: int, month: int = CENSUS_MONTH):
    """How many people of each single age the births of the past would leave: (sex, age), up to a factor.

    person_years: (sex, age), life-table L(x) per birth. births: national births by calendar year. month: full months
    of `year` gone by (10 for 1 November, 12 for the year end). Keeps the real spikes: the hollow of 1959-61, the
    waves of 1963, 1987 and 2016. Ages beyond the oldest birth year thin out by OLD_COHORT_GROWTH a year.
    """
    gone = month / 12
    known = sorted(births)
    if not known:
        cohorts = np.exp(-OLD_COHORT_GROWTH * np.maximum(np.arange(AGES) - 71, 0))
        return np.asarray(person_years) * cohorts
    last = known[-1]
    cohorts = np.full(AGES, np.nan)
    for age in range(AGES):
        newer, older = year - age, year - age - 1
        if older < known[0]:
            break
        cohorts[age] = gone * births.get(min(newer, last), np.nan) + (1 - gone) * births.get(min(older, last), np.nan)
    oldest = np.flatnonzero(np.isfinite(cohorts))
    if not len(oldest) or not np.isfinite(cohorts[: oldest[-1] + 1]).all():
        missing = [y for y in range(known[0], last + 1) if y not in births]
        raise ValueError(f"Births by year have gaps: {missing or 'none of them falls in the lifetimes asked for'}.")
    reach = oldest[-1]
    typical = cohorts[max(reach - 4, 0) : reach + 1].mean()
    beyond = np.arange(reach + 1, AGES)
    cohorts[beyond] = typical * np.exp(-OLD_COHORT_GROWTH * (beyond - reach))
    return np.asarray(person_years) * cohorts


def graduate(groups: np.ndarray, pattern: np.ndarray, person_years: np.ndarray, lows=GROUPS) -> np.ndarray:
    """Age groups to single years 0..100+, group totals kept exactly: (..., sex, group) -> (..., sex, 101).

    A monotone spline through the cumulated people, drawn not over age but over the cumulated `pattern` (sex, age):
    where the area follows the pattern the result is the pattern, spikes and all. The open group is opened as a stable
    population with the life table's `person_years` (sex, age).
    """
    groups, pattern = np.asarray(groups, dtype=float), np.asarray(pattern, dtype=float)
    if groups.shape[-1] != len(lows) or pattern.shape != (2, AGES):
        raise ValueError(f"Found groups {groups.shape} and pattern {pattern.shape}; {len(lows)} groups were expected.")
    if (groups < 0).any() or not np.isfinite(groups).all():
        raise ValueError("Age groups hold negative or missing numbers of people.")
    open_age = lows[-1]
    single = np.empty((*groups.shape[:-1], AGES))
    for sex in (MALE, FEMALE):
        reached = np.concatenate([[0.0], np.cumsum(pattern[sex])])
        people = np.concatenate([np.zeros((*groups.shape[:-2], 1)), np.cumsum(groups[..., sex, :-1], axis=-1)], axis=-1)
        curve = monotone_spline(reached[list(lows)], people, reached[: open_age + 1])
        single[..., sex, :open_age] = np.diff(curve, axis=-1)
        single[..., sex, open_age:] = open_last_group(groups[..., sex, -2:], person_years[sex], open_age)
    return np.maximum(single, 0.0)


# ---------------------------------------------------------------- from census day to the year end


def to_year_end(people: np.ndarray, survival: np.ndarray, newborn: float, part: float = REMAINDER) -> np.ndarray:
    """Census-day people moved on by `part` of a year, nobody moving house: (..., sex, age).

    survival: (sex, age) over a full year by the age reached, from `sim.lifetables.survival_ratios`. newborn: births in
    between who live at the end; they are shared between the sexes as the infants counted. A birthday falls in the part
    for that share of every cohort.
    """
    onward = np.concatenate([survival[..., 1:], survival[..., -1:]], axis=-1)
    kept = people * onward**part
    moved = kept * (1 - part)
    moved[..., 1:] += kept[..., :-1] * part
    moved[..., -1] += kept[..., -1] * part
    infants = people[..., 0]
    moved[..., 0] += newborn * infants / infants.sum(axis=-1, keepdims=True)
    return moved


def match_total(people: np.ndarray, total: float, profile: np.ndarray | None = None, most: float = 0.10) -> np.ndarray:
    """The difference to a published total, taken as moves by `profile` (sex, age; default: everyone alike).

    Raises ValueError where the difference is more than `most`: then the two speak of different areas or bases.
    """
    gap = total - people.sum()
    if abs(gap) > most * people.sum():
        raise ValueError(
            f"The published total {total:,.0f} differs by {gap / people.sum():+.1%} from the {people.sum():,.0f} people "
            f"carried forward. Look for another boundary or population basis before using it."
        )
    weights = people if profile is None else np.asarray(profile, dtype=float)
    moves = gap * weights / weights.sum()
    return people + np.maximum(moves, -0.9 * people) if gap < 0 else people + moves


# ---------------------------------------------------------------- reconciling with births


def survivors_of_births(births: dict[int, float], person_years: np.ndarray, year: int, sex_ratio: float = 1.11):
    """Children 0..4 at the end of `year` whom the births of their years leave: (sex, 5), NaN where births are unknown."""
    boys = sex_ratio / (1 + sex_ratio)
    share = np.array([boys, 1 - boys])[:, None]
    by_age = np.array([births.get(year - age, np.nan) for age in range(5)])
    return share * by_age * person_years[:, :5]


def reconcile_children(people: np.ndarray, expected: np.ndarray, counted_sd) -> tuple[np.ndarray, np.ndarray]:
    """Ages 0-4 between what was counted and what the births leave, each by its precision on the log scale.

    people: (sex, age) at the year end. expected: (sex, 5) from `survivors_of_births`. counted_sd: (5,), of log counts.
    Returns the people with new ages 0-4, and the standard deviation of the log count left at each age (5,).
    """
    counted = people[:, :5]
    children_sd = np.hypot(BIRTHS_SD, CHILD_MOVES_SD * np.arange(5))
    weight = 1 / children_sd**2 / (1 / children_sd**2 + 1 / np.asarray(counted_sd) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log(np.nansum(expected, axis=0) / counted.sum(axis=0))
    known = np.isfinite(expected).all(axis=0) & np.isfinite(ratio)
    shift = np.where(known, weight * np.where(known, ratio, 0.0), 0.0)
    left = np.where(known, np.sqrt(1 - weight) * np.asarray(counted_sd), counted_sd)
    adjusted = people.copy()
    adjusted[:, :5] = counted * np.exp(shift)
    return adjusted, left


def reconcile_women(
    people: np.ndarray, births: float, fertility: np.ndarray, women_sd: float, fertility_sd: float = FERTILITY_SD
) -> tuple[np.ndarray, float]:
    """Women 20-39 and total fertility brought to agree with the births, each giving way by its own uncertainty.

    people: (sex, age) at mid-year or near it. births: known births of that year. fertility: (101,), births per woman by
    age as expected here (the parent's level). women_sd, fertility_sd: of the logs. Returns the people and the factor by
    which fertility must be multiplied; women x fertility then gives the births.
    """
    young = slice(20, 40)
    expected = people[FEMALE] @ fertility
    if expected <= 0 or births <= 0:
        raise ValueError(f"Births {births:,.0f} against {expected:,.0f} expected: both must be positive.")
    variance = women_sd**2 + fertility_sd**2
    share = women_sd**2 / variance if variance else 0.0
    factor = (births / expected) ** share
    adjusted = people.copy()
    adjusted[FEMALE, young] *= factor
    return adjusted, births / (adjusted[FEMALE] @ fertility)


# ---------------------------------------------------------------- areas without a census table


def fit_to_margins(
    shape: np.ndarray,
    total: float,
    broad: dict[tuple[int, int], float] | None = None,
    sexes: tuple[float, float] | None = None,
    rounds: int = 200,
) -> np.ndarray:
    """A parent's (sex, age) shape fitted to local totals by iterative proportional fitting (Deming and Stephan 1940).

    broad: people by (first age, last age), for instance {(0, 14): ..., (65, 100): ...}; they may cover a part of the
    ages and must not overlap; the rest takes what the total leaves. sexes: males, females. Raises ValueError where the
    figures contradict each other.
    """
    fitted = np.asarray(shape, dtype=float) * (total / np.sum(shape))
    broad = broad or {}
    taken = np.zeros(AGES, dtype=bool)
    for low, high in broad:
        if taken[low : high + 1].any():
            raise ValueError(f"Broad ages overlap at {low}-{high}: {sorted(broad)}.")
        taken[low : high + 1] = True
    rest = total - sum(broad.values())
    if rest < 0 or (taken.all() and abs(rest) > 0.005 * total):
        raise ValueError(f"Broad ages add up to {total - rest:,.0f}, but the total is {total:,.0f}.")
    if sexes is not None and abs(sum(sexes) - total) > 0.005 * total:
        raise ValueError(f"Males and females add up to {sum(sexes):,.0f}, but the total is {total:,.0f}.")
    for _ in range(rounds):
        before = fitted.copy()
        for (low, high), people in broad.items():
            fitted[:, low : high + 1] *= people / fitted[:, low : high + 1].sum()
        if not taken.all():
            fitted[:, ~taken] *= rest / fitted[:, ~taken].sum()
        if sexes is not None:
            fitted *= (np.asarray(sexes) / fitted.sum(axis=1))[:, None]
        if np.abs(fitted - before).max() <= 1e-10 * total:
            break
    return fitted


def add_up(parts: list[np.ndarray], total: float | None = None) -> np.ndarray:
    """A new area as the sum of its predecessors, scaled to its published total where they only partly add up."""
    if not parts:
        raise ValueError("No predecessor has a table by age and sex; nothing can be added up.")
    people = np.sum(parts, axis=0)
    return people if total is None else people * (total / people.sum())


# ---------------------------------------------------------------- uncertainty


def sd_by_age(steps: dict[int, float]) -> np.ndarray:
    """Standard deviations given from an age on, as one value per age: (101,)."""
    lows = sorted(steps)
    return np.array([steps[lows[i]] for i in np.searchsorted(lows, np.arange(AGES), side="right") - 1])


def draws_around(people, sd, rng, draws, total_sd=0.0, togetherness=0.9) -> np.ndarray:
    """Draws of a population: (draw, sex, age), their mean total being the given one.

    sd: (101,), of the log count at each age, common to the sexes. Errors of neighbouring ages go together (first-order
    autoregression, `togetherness`). The total keeps its own uncertainty, total_sd of its log: an error at one age is
    made up for by the others.
    """
    noise = rng.standard_normal((draws, AGES))
    for age in range(1, AGES):
        noise[:, age] = togetherness * noise[:, age - 1] + np.sqrt(1 - togetherness**2) * noise[:, age]
    sd = np.asarray(sd)
    drawn = people * np.exp(sd * noise - sd**2 / 2)[:, None, :]
    level = np.exp(total_sd * rng.standard_normal(draws) - total_sd**2 / 2)
    return drawn * (level * people.sum() / drawn.sum(axis=(1, 2)))[:, None, None]


# ---------------------------------------------------------------- the two roads to a base


def from_census(
    region: str,
    year: int,
    groups: np.ndarray,
    person_years: np.ndarray,
    national_births: dict[int, float],
    draws: int,
    rng: np.random.Generator,
    births: dict[int, float] | None = None,
    year_end_total: float | None = None,
    lows=GROUPS,
    sources: tuple[str, ...] = (),
) -> BasePopulation:
    """The base population of an area with a census table by age and sex, at the end of the census year.

    groups: (sex, group), persons on census day. person_years: (sex, 101), the area's life table at that time.
    national_births: by year since 1949, for the single ages within groups. births: the area's own, by year, for ages
    0-4; year_end_total: published. Raises ValueError where the published total cannot belong to the census table.
    """
    births = births or {}
    zh, en = [], []
    pattern = cohort_pattern(person_years, national_births, year)
    counted = graduate(groups, pattern, person_years, lows)
    own = births.get(year)
    infants = counted[:, 0].sum() / (1 - UNDERCOUNT_AGE_0) / (person_years[:, 0].mean())
    newborn = (own if own is not None else infants) * REMAINDER * person_years[:, 0].mean()
    people = to_year_end(counted, survival_ratios(person_years), newborn)
    sd = sd_by_age(CENSUS_SD)
    people, sd[:5] = reconcile_children(people, survivors_of_births(births, person_years, year), sd[:5])
    if any(year - age in births for age in range(5)):
        en.append(
            "Ages 0-4 lie between the census count and the survivors of the published births, by their precision."
        )
        zh.append("0-4岁人口按精度在普查登记数与已公布出生数的存活数之间取值。")
    else:
        people[:, 0] /= 1 - UNDERCOUNT_AGE_0
        en.append(f"Infants raised by {UNDERCOUNT_AGE_0:.0%} for the census undercount; no local births are published.")
        zh.append(f"本地无出生数,0岁人口按普查漏登上调{UNDERCOUNT_AGE_0:.0%}。")
    total_sd = 0.005
    if year_end_total is not None:
        gap = year_end_total / people.sum() - 1
        people = match_total(people, year_end_total)
        total_sd = 0.002
        en.append(f"Matched to the published year-end total {year_end_total:,.0f} ({gap:+.2%} taken as moves).")
        zh.append(f"与公布的年末人口{year_end_total:,.0f}人对齐(差额{gap:+.2%}视为迁移)。")
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
    zh = ["本地无分年龄性别普查表:以上级地区年龄性别结构拟合本地总数。"]
    fitted, sd[:5] = reconcile_children(fitted, survivors_of_births(births, person_years, year), sd[:5])
    if year in births and fertility is not None:
        women_sd = float(sd[20:40].mean())
        fitted, factor = reconcile_women(fitted, births[year], fertility, women_sd)
        left = FERTILITY_SD / np.hypot(FERTILITY_SD, women_sd)
        sd[20:40] *= left
        en.append(
            f"Women 20-39 scaled to the {births[year]:,.0f} births; fertility is {factor:.2f} times the parent's."
        )
        zh.append(f"按{births[year]:,.0f}名出生调整20-39岁女性;生育水平为上级地区的{factor:.2f}倍。")
    fitted *= total / fitted.sum()
    people = draws_around(fitted, sd, rng, draws, total_sd=0.01)
    return BasePopulation(region, year, fitted, people, {"zh": tuple(zh), "en": tuple(en)}, sources)
