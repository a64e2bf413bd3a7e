"""What is missing for the verdicts on a region: the figures that a planner can bring, and why each is asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from planning.catalogue import Catalogue
from planning.regions import Region

# What every report stands on: the indicator, how many recent years help, and what it is for.
CORE = (
    ("population", 5, "人口推算的总量控制；人均指标的分母"),
    ("births", 5, "生育水平、3岁以下儿童与托位需求"),
    ("deaths", 3, "死亡水平与老龄化"),
    ("life_expectancy", 1, "生命表"),
    ("nursery_places_per_1000", 3, "托位目标"),
    ("gps_per_10000", 3, "全科医生目标"),
    ("first_births_share", 1, "分孩次出生"),
    ("second_births_share", 1, "分孩次出生"),
)
SAME_AS = {"births": "crude_birth_rate", "deaths": "crude_death_rate"}
CENSUS_YEARS = (2020, 2010)
ENOUGH_FOR_A_TREND = 2
COUNTED_UP = ("count_in_year", "cumulative")  # kinds of targets that are done with at their deadline


@dataclass(frozen=True)
class Need:
    """An indicator of which values are missing: the years to fill in, what is there, and what it is for."""

    indicator: str
    years: tuple[int, ...]
    there: tuple[int, ...]
    why: str


def needs(catalogue: Catalogue, region: Region, today: date | None = None) -> list[Need]:
    """The values that the verdicts on a region still want, those every report stands on first.

    Asked for are the years since the newest known figure up to last year, and recent ones where fewer are known than help; of
    what a plan counts up by a year (beds added), none after that year. today: the calendar's day by default.
    """
    latest = (today or date.today()).year - 1
    asked: dict[str, tuple[int, int, list[str]]] = {id: (count, latest, [why]) for id, count, why in CORE}
    for target in catalogue.in_force(region):
        if target.region != region.code or not target.numeric or target.duplicate_of:
            continue
        about = catalogue.indicator(target.indicator)
        if about.family == "not_quantitative":
            continue
        parts = [p for p in (about.numerator, about.denominator) if p]
        until = min(target.year, latest) if target.kind in COUNTED_UP else latest
        for id in (target.indicator, *parts):
            count, last, why = asked.get(id, (ENOUGH_FOR_A_TREND, until, []))
            asked[id] = count, max(last, until), [*why, f"目标：{about.zh}（{target.year}年）"]
    found = []
    for id, (count, last, why) in asked.items():
        there = years_of(catalogue, region, id)
        if id in SAME_AS:
            there = tuple(sorted({*there, *years_of(catalogue, region, SAME_AS[id])}))
        since = max(there) + 1 if there else last - count + 1
        years = list(range(since, last + 1))
        if lacking := max(count - len(there) - len(years), 0):
            earlier = [y for y in range(last - count + 1, since) if y not in there]
            years = [*earlier[-lacking:], *years]
        if years:
            found.append(Need(id, tuple(years), there, "；".join(dict.fromkeys(why))))
    return found


def census_needed(catalogue: Catalogue, region: Region) -> tuple[int, ...]:
    """The censuses of which the region has no table, nor can have one from its predecessors."""
    return tuple(y for y in CENSUS_YEARS if catalogue.census(region, y) is None)


def years_of(catalogue: Catalogue, region: Region, indicator: str) -> tuple[int, ...]:
    """The years of which a value is known, on the basis of the indicator."""
    series = catalogue.series(region, indicator)
    return () if series is None else tuple(series.years)


def usual_period(catalogue: Catalogue, indicator: str) -> str:
    """The period at which an indicator is published most."""
    counts = Counter(o.period for o in catalogue.observations if o.indicator == indicator)
    return counts.most_common(1)[0][0] if counts else "year_end"
