"""Health needs: the people whom a share of each age makes patients, elderly in want of help, or mothers, and people per post.

Shares by age come from data/tables/schedule_health_needs_prevalence.csv, each with its source or marked as an assumption.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planning.bilingual import Bilingual
from planning.outlooks import Outlook
from planning.populations import AGES, Projection
from planning.priors import Prior

TABLE = "schedule_health_needs_prevalence"
OLD = 60  # the age from which Chinese surveys of the elderly count
ELDERLY = 65

# Sixty and over living alone, China: 14.9 % in 2021 (59.7 % without children at home, a quarter of them without a
# spouse: fifth Sample Survey of the Living Conditions of the Elderly, Ministry of Civil Affairs and others 2024); eighty
# and over 21.6 % in 2020 (7.72 million: Tao, Jin and Guo 2023, 人口研究 47(1), 58-71). A straight line over age through
# both, level after 85. That women live alone a quarter more often than men of their age is an assumption.
ALONE_AT_60, ALONE_BY_YEAR, ALONE_UNTIL = 0.099, 0.005, 85
ALONE_BY_SEX = np.array([0.88, 1.10])

ALONE_NOTE = Bilingual(
    "独居比例按年龄、性别取全国水平（第五次中国城乡老年人生活状况抽样调查 2021 年；陶涛等 2023），{low:g}–{high:g} 倍为假设",
    "living "
    "alone by age and sex as in the nation (fifth Sample Survey of the Living Conditions of the Elderly, 2021; Tao, Jin and Guo "
    "2023), times {low:g}-{high:g} (assumption)",
)


@dataclass(frozen=True)
class Shares:
    """The share of people of each age who have a need. low, high: (age,), between which every draw lies; priors: their origin."""

    need: str
    low: np.ndarray
    high: np.ndarray
    priors: tuple[Prior, ...]

    def draws(self, count: int, seed: int) -> np.ndarray:
        """Shares by draw and age, all ages of a draw at the same place in their ranges: (draw, age)."""
        place = np.random.default_rng([seed, zlib.crc32(self.need.encode())]).uniform(size=(count, 1))
        return self.low + place * (self.high - self.low)

    def sentence(self, zh: str, en: str) -> str:
        """The shares by age with their source, as `中文 / English`."""
        spans = [_span(p.id) for p in self.priors]
        ranges = [f"{100 * p.low:.3g}–{100 * p.high:.3g}%" for p in self.priors]
        listed = [f"{span} {each}" for span, each in zip(spans, ranges, strict=True)]
        source = next((p.source for p in self.priors if p.source), "")
        origin = (f"依据 {source}，区间为假设", f"after {source}; the ranges are an assumption")
        if not source:
            origin = ("假设", "assumption")
        return Bilingual(
            f"{zh}（各年龄起）：{'、'.join(listed)}（{origin[0]}）",
            f"{en}, from age: {', '.join(listed)} ({origin[1]})",
        )


def shares_of(need: str, priors: Mapping[str, Prior]) -> Shares:
    """The shares of one need by single age from the priors `need.AGE`, each good to the next one's age; none below the first.

    Raises KeyError with the table to mend where there are none.
    """
    rows = sorted((p for id, p in priors.items() if id.startswith(f"{need}.")), key=lambda p: _first_age(p.id))
    if not rows:
        raise KeyError(f"No row {need}.AGE gives the share of people with {need}; add them to data/tables/{TABLE}.csv.")
    low, high = np.zeros(len(AGES)), np.zeros(len(AGES))
    for row in rows:
        low[_first_age(row.id) :], high[_first_age(row.id) :] = row.low, row.high
    return Shares(need, low, high, tuple(rows))


def people_with(projection: Projection, shares: np.ndarray) -> np.ndarray:
    """People with a need at the year ends after the base: (draw, year). shares: (draw, age) or (draw, sex, age)."""
    by_sex = shares[:, None] if shares.ndim == 2 else shares
    return np.einsum("dysa,dsa->dy", projection.people[:, 1:], np.broadcast_to(by_sex, _cells(projection)))


def conditions(projection: Projection, priors: Mapping[str, Prior], seed: int) -> dict[str, Outlook]:
    """Adults with hypertension and with diabetes, known to the services or not."""
    told = (
        ("adults_with_hypertension", "hypertension", "高血压患病率", "adults with hypertension"),
        ("adults_with_diabetes", "diabetes", "糖尿病患病率", "adults with diabetes"),
    )
    found = {}
    for id, need, zh, en in told:
        shares = shares_of(need, priors)
        paths = people_with(projection, shares.draws(projection.draws, seed))
        note = shares.sentence(zh, en)
        origin = tuple(dict.fromkeys(p.source for p in shares.priors if p.source))
        found[id] = _outlook(projection, id, paths, "residents aged 18 and over x prevalence by age", (note,), origin)
    return found


def disabled(
    projection: Projection, at_sixty: np.ndarray, priors: Mapping[str, Prior], note: str, sources: tuple[str, ...] = ()
) -> Outlook:
    """Disabled and partly disabled people of sixty and over. at_sixty: (draw,), the share of them at 60-64; note: its origin."""
    gradient = shares_of("disabled_elderly", priors).low
    shares = np.minimum(at_sixty[:, None] * gradient, 1.0)
    listed = ", ".join(f"{_span(p.id)} {p.low:g}" for p in shares_of("disabled_elderly", priors).priors)
    slope = Bilingual(
        f"失能半失能率随年龄上升，60–64岁为 1，各年龄起为 {listed}（假设）",
        f"disability rises with age, 60-64 being 1, from age: {listed} (assumption)",
    )
    paths = people_with(projection, shares)
    return _outlook(
        projection, "disabled_elderly", paths, "residents aged 60 and over x share by age", (note, slope), sources
    )


def at_sixty(share: np.ndarray | float, people: np.ndarray, priors: Mapping[str, Prior]) -> np.ndarray:
    """The share of disabled people at 60-64 by which, over these people, a share of all of sixty and over are: (draw,).

    people: (sex, age), of the area and near the time that the share was counted in.
    """
    gradient = shares_of("disabled_elderly", priors).low
    old = np.asarray(people).sum(0)[OLD:]
    return np.asarray(share) * old.sum() / (old @ gradient[OLD:])


def living_alone() -> np.ndarray:
    """Share of people living alone at the start: (sex, age), none below 60."""
    ages = np.array(AGES)
    line = ALONE_AT_60 + ALONE_BY_YEAR * (np.minimum(ages, ALONE_UNTIL) - 60)
    return np.where(ages >= 60, line, 0.0) * ALONE_BY_SEX[:, None]


def alone(projection: Projection, priors: Mapping[str, Prior], seed: int) -> Outlook:
    """People of ELDERLY and over who live alone, at the shares with which the agents start."""
    level = priors["elderly_living_alone_level"]
    shares = np.where(np.arange(len(AGES)) >= ELDERLY, living_alone(), 0.0)
    paths = people_with(projection, level.draws(projection.draws, seed)[:, None, None] * shares)
    note = ALONE_NOTE.format(low=level.low, high=level.high)
    return _outlook(
        projection,
        "elderly_living_alone",
        paths,
        "residents aged 65 and over x share living alone by age and sex",
        (note,),
    )


def mothers(births: Outlook, priors: Mapping[str, Prior], seed: int) -> Outlook:
    """Women giving birth in a year: live births by the births for each delivery."""
    each = priors["births_per_delivery"]
    paths = births.paths / each.draws(births.draws, seed)[:, None]
    return Outlook(
        region=births.region,
        indicator="mothers",
        unit="persons",
        years=births.years,
        paths=paths,
        method="births / births for each delivery",
        grade=births.grade,
        sources=births.sources,
        assumptions=(*births.assumptions, each.sentence()),
    )


def residents_per(id: str, population: Outlook, rate: Outlook, per: float) -> Outlook:
    """Residents for each post, bed or device, from the posts by `per` residents, over the years that both have.

    Where a draw has less than one post, all residents share one.
    """
    years, residents, rates = _together(population, rate)
    return _shared(id, population, rate, years, residents, rates * residents / per)


def residents_per_each(id: str, population: Outlook, stock: Outlook) -> Outlook:
    """The same from the number of posts, beds or devices itself."""
    return _shared(id, population, stock, *_together(population, stock))


def _together(population: Outlook, stock: Outlook) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    years = tuple(y for y in population.years if y in stock.years)
    residents, other = (np.stack([o.at(y) for y in years], axis=1) for o in (population, stock))
    return years, residents, other


def _shared(
    id: str, population: Outlook, stock: Outlook, years: tuple[int, ...], residents: np.ndarray, posts: np.ndarray
) -> Outlook:
    return Outlook(
        region=population.region,
        indicator=id,
        unit="persons",
        years=years,
        paths=residents / np.maximum(posts, 1.0),
        method=f"residents / {stock.indicator}",
        grade=max(population.grade, stock.grade),
        sources=tuple(dict.fromkeys((*stock.sources, *population.sources))),
        assumptions=stock.assumptions,
    )


def _outlook(
    projection: Projection,
    id: str,
    paths: np.ndarray,
    method: str,
    notes: tuple[str, ...],
    sources: tuple[str, ...] = (),
) -> Outlook:
    return Outlook(
        region=projection.region,
        indicator=id,
        unit="persons",
        years=projection.years[1:],
        paths=paths,
        method=method,
        grade="D",
        sources=tuple(dict.fromkeys((*sources, *projection.sources))),
        assumptions=(*projection.assumptions, *notes),
    )


def _cells(projection: Projection) -> tuple[int, ...]:
    return projection.draws, *projection.people.shape[2:]


def _first_age(prior: str) -> int:
    return int(prior.rpartition(".")[2])


def _span(prior: str) -> str:
    return f"{_first_age(prior)}+"
