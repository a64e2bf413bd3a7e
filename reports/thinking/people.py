"""The people of one region: base population, drivers and projection, seen beside the regions above it.

The records of all levels are gathered from the catalogue here; the reckoning is forecasts.vital's and sim's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasts import births as birth_orders
from forecasts import fertility, vital
from planning.catalogue import Catalogue, CensusTable
from planning.populations import Projection
from planning.regions import Region
from planning.scenarios import Lever, Scenario
from planning.series import Series
from sim import base as bases
from sim import fertility as schedules
from sim.base import BasePopulation
from sim.fitting import less_a_part
from sim.intercensal import migration_pattern
from sim.lifetables import life_table
from sim.mortality import GAP, e0_by_sex, mx_for, survival_for
from sim.observed import Published, project_observed

CENSUS_YEARS = (2020, 2010)
# Life expectancy of China in the census years, for areas of which none is published: 74.83 and 77.93 (National Bureau
# of Statistics; the census of 2010 and of 2020).
NATIONAL_E0 = {2010: 74.83, 2020: 77.93}
# First, second, later births in a hundred: the long form of the census of 2010 (中国2010年人口普查资料), rounded.
NATIONAL_ORDERS = {2010: (62.0, 31.5, 6.5)}
START_MIGRATION_SD = {"province": 3.0, "city": 5.0, "district": 8.0}
LONGEST_GAP = 5  # years between two published totals from which a mean yearly migration is still read


class NoPeople(LookupError):
    """Raised where a region's people cannot be projected, with the figure that is missing."""


@dataclass(frozen=True)
class People:
    """base, drivers and projection of one region; known: published year-end totals that the projection meets."""

    base: BasePopulation
    drivers: vital.Drivers
    projection: Projection
    known: dict[int, float]
    seed: int


def people_ahead(
    catalogue: Catalogue,
    region: Region,
    to: int,
    draws: int,
    seed: int,
    scenario: Scenario,
    levers: Mapping[str, Lever],
) -> People:
    """The people of a region to the end of `to`.

    Raises NoPeople where neither the region's census table nor its predecessors' is known.
    """
    line = [*reversed([r for r in catalogue.ancestors(region) if r.level in vital.LEVELS]), region]
    start = next((y for y in CENSUS_YEARS if has_base(catalogue, region, y)), None)
    if start is None:
        raise NoPeople(
            f"{region.name_zh} 既无分年龄、性别的普查表，也无常住人口总数，无法推算人口 / neither a census table by age and "
            f"sex nor a total of residents is known of {region.name_en}, so its people cannot be projected"
        )
    if to <= start:
        raise ValueError(
            f"An outlook to {to} was asked for, but the people of {region.name_en} start from the end of {start}. Ask for "
            f"{start + 1} or later."
        )
    years = tuple(range(start + 1, to + 1))
    chain: list[vital.Drivers] = []
    for place in line:
        level = place.level if place.level in vital.LEVELS else "district"
        parent = chain[-1] if chain else None
        record = record_of(catalogue, place, parent, level)
        if parent is None and not (record.exposed and record.order_shares and record.life_expectancy):
            raise NoPeople(
                f"截至信息日没有{place.name_zh}的出生数、孩次或期望寿命，无法推算人口 / births, their order or the life "
                f"expectancy of {place.name_en} are not known by then, so people cannot be projected"
            )
        chain.append(
            vital.drivers(
                place.key,
                level,
                years,
                record,
                parent=parent,
                draws=draws,
                seed=seed,
                as_of=catalogue.as_of,
            )
        )
    base = base_of(catalogue, region, start, draws, seed)
    projection, known = project_people(catalogue, region, base, chain[-1], scenario, levers)
    return People(base, chain[-1], projection, known, seed)


def record_of(catalogue: Catalogue, region: Region, parent: vital.Drivers | None, level: str) -> vital.Record:
    """What is published of a region's births, deaths and moves, as forecasts.vital takes it."""
    population = catalogue.series(region, "population")
    births, rate = (catalogue.series(region, i) for i in ("births", "crude_birth_rate"))
    by_year = {
        **_recent(catalogue, region, "births_historical"),
        **birth_orders.births_by_year(births, rate, population),
    }
    women = women_of(catalogue, region)
    exposed = {}
    if women and by_year:
        shape = np.zeros(bases.AGES)
        shape[: len(schedules.schedule())] = schedules.schedule()
        for year, table in fertility.women_in(sorted(by_year), women).items():
            exposed[year] = fertility.exposed(table, shape)
    natural = natural_of(catalogue, region)
    moves = moves_between(population, natural, parent)
    expectancy = life_expectancy_of(catalogue, region)
    orders = orders_of(catalogue, region)
    if level == "nation":
        expectancy = expectancy or {y: v for y, v in NATIONAL_E0.items() if _out_by(catalogue, y + 2)}
        orders = orders or orders_elsewhere(catalogue) or NATIONAL_ORDERS
    tables = [catalogue.series(region, i) for i in ("population", "births", "crude_birth_rate", "life_expectancy")]
    sources = tuple(dict.fromkeys(s for t in tables if t for s in t.sources))
    return vital.Record(
        births=by_year,
        exposed=exposed,
        population=population,
        natural=natural,
        life_expectancy=expectancy,
        order_shares=orders,
        child_gap=child_gap(catalogue, region) if not exposed else None,
        net_migration=moves,
        start_migration=None if moves else start_migration(catalogue, region, level),
        sources=sources,
    )


def _recent(catalogue: Catalogue, region: Region, id: str) -> dict[int, float]:
    """The values of a long series since 2000, where today's women were already grown up."""
    return {y: v for y, v in values(catalogue.series(region, id)).items() if y >= 2000}


def has_base(catalogue: Catalogue, region: Region, year: int) -> bool:
    """Whether a base population can be had: from the region's census table, or a total and a parent with a table."""
    if census_of(catalogue, region, year) is not None:
        return True
    return total_at(catalogue, region, year) is not None and any(
        census_of(catalogue, r, year) is not None for r in catalogue.ancestors(region)
    )


def base_of(catalogue: Catalogue, region: Region, year: int, draws: int, seed: int) -> BasePopulation:
    """The base population at the end of a census year: from the region's census table, else fitted from its parent's."""
    table = census_of(catalogue, region, year)
    population = catalogue.series(region, "population")
    births = birth_orders.births_by_year(
        catalogue.series(region, "births"), catalogue.series(region, "crude_birth_rate"), population
    )
    births = {y: b for y, b in births.items() if y <= year}
    rng = np.random.default_rng([seed, int(region.code), year])
    if table is None:
        parent = next(r for r in catalogue.ancestors(region) if census_of(catalogue, r, year) is not None)
        shape = base_of(catalogue, parent, year, 1, seed)
        return bases.from_parent(
            region.key,
            year,
            shape.central,
            total_at(catalogue, region, year),
            lived(catalogue, region, year),
            draws,
            rng,
            births=births,
            sources=(*(population.sources if population else ()), *shape.sources),
        )
    total = values(population).get(year)
    if total is not None and abs(total / float(table.people.sum()) - 1) > 0.08:
        total = None
    return bases.from_census(
        region.key,
        year,
        table.people.T,
        lived(catalogue, region, year),
        national_births(catalogue),
        draws,
        rng,
        births=births,
        year_end_total=total,
        lows=tuple(int(a) for a in table.low),
        sources=(table.source,),
    )


def total_at(catalogue: Catalogue, region: Region, year: int) -> float | None:
    """The published residents of a year, or of the nearest within three years of it."""
    known = values(catalogue.series(region, "population"))
    near = [y for y in known if abs(y - year) <= 3]
    return known[min(near, key=lambda y: abs(y - year))] if near else None


def census_of(catalogue: Catalogue, region: Region, year: int) -> CensusTable | None:
    """The census table of a region; where its predecessors hold more, theirs less the part that went elsewhere.

    Of that part only the size is known, from the published total; it takes its own ages with it, as far as those who stay
    are like the city around.
    """
    table = catalogue.census(region, year)
    if table is not None or not region.boundary.predecessors or region.boundary.whole:
        return table
    parts = [catalogue.census(catalogue.region(k), year) for k in region.boundary.predecessors]
    counted = [o for o in catalogue.rows(region, "population") if o.year == year and o.period == "census_day"]
    if any(p is None for p in parts) or not counted:
        return None
    people = np.sum([p.people for p in parts], axis=0)
    leaving = people.sum() - counted[0].value
    like = catalogue.census(catalogue.region(region.parent), year) if region.parent else None
    if not 0 < leaving < 0.6 * people.sum() or like is None or len(like.low) != len(parts[0].low):
        return None
    sources = "; ".join(dict.fromkeys([p.source for p in parts] + [counted[0].source.cited()]))
    return replace(
        parts[0],
        region=region.code,
        edition=region.boundary.edition,
        people=less_a_part(people.T, leaving, like.people.T).T,
        source=sources,
    )


def women_of(catalogue: Catalogue, region: Region) -> dict[int, np.ndarray]:
    """Women by single age at the ends of the census years known: {year: (age,)}."""
    tables = {y: census_of(catalogue, region, y) for y in CENSUS_YEARS}
    return {y: _single_years(catalogue, region, y, t)[1] for y, t in tables.items() if t is not None}


def _single_years(catalogue: Catalogue, region: Region, year: int, table: CensusTable) -> np.ndarray:
    person_years = lived(catalogue, region, year)
    pattern = bases.cohort_pattern(person_years, national_births(catalogue), year)
    return bases.graduate(table.people.T, pattern, person_years, tuple(int(a) for a in table.low))


def lived(catalogue: Catalogue, region: Region, year: int) -> np.ndarray:
    """Person-years lived at each age per birth, by the life expectancy of the region or the nearest above it: (sex, age)."""
    both = np.array(_expectancy(catalogue, region, year))
    return life_table(mx_for(e0_by_sex(both, GAP))).person_years


def _expectancy(catalogue: Catalogue, region: Region, year: int) -> float:
    for place in (region, *catalogue.ancestors(region)):
        known = life_expectancy_of(catalogue, place)
        near = [y for y in known if abs(y - year) <= 3]
        if near:
            return known[min(near, key=lambda y: abs(y - year))]
    return NATIONAL_E0[year]


def national_births(catalogue: Catalogue) -> dict[int, float]:
    """The nation's births by year, for the single ages within census groups; only an unbroken run of years is used."""
    nation = catalogue.region("000000")
    known = {**values(catalogue.series(nation, "births_historical")), **values(catalogue.series(nation, "births"))}
    run: dict[int, float] = {}
    for year in sorted(known, reverse=True):
        if run and year != min(run) - 1:
            break
        run[year] = known[year]
    return dict(sorted(run.items())) if len(run) > 20 else {}


def life_expectancy_of(catalogue: Catalogue, region: Region) -> dict[int, float]:
    """Life expectancy by year: of residents, and before their first value of the registered, which cities publish longer."""
    residents = values(catalogue.series(region, "life_expectancy"))
    registered = values(catalogue.series(region, "life_expectancy", "registered"))
    first = min(residents, default=9999)
    return {**{y: v for y, v in registered.items() if y < first}, **residents}


def deaths_of(catalogue: Catalogue, region: Region, population: Series | None) -> dict[int, float]:
    """Deaths by year: published, else the death rate times the mean population."""
    deaths, rate = (catalogue.series(region, i) for i in ("deaths", "crude_death_rate"))
    return birth_orders.births_by_year(deaths, rate, population)


def natural_of(catalogue: Catalogue, region: Region) -> dict[int, float]:
    """Natural increase by year, per mille: published, else birth rate less death rate."""
    births = values(catalogue.series(region, "crude_birth_rate"))
    deaths = values(catalogue.series(region, "crude_death_rate"))
    found = {y: births[y] - deaths[y] for y in births if y in deaths}
    found.update(values(catalogue.series(region, "natural_increase_rate")))
    return found


def moves_between(
    population: Series | None, natural: dict[int, float], parent: vital.Drivers | None
) -> dict[int, float]:
    """Mean net migration between published totals up to LONGEST_GAP years apart, per mille, for each year between.

    Where a year's natural increase is not published, that of the nearest year is taken, else none.
    """
    if population is None:
        return {}
    found = {}
    for (y0, v0), (y1, v1) in zip(
        zip(population.years, population.values, strict=True),
        list(zip(population.years, population.values, strict=True))[1:],
        strict=False,
    ):
        if y1 - y0 > LONGEST_GAP or any(y0 < b <= y1 for b in population.breaks):
            continue
        growth = 1000 * np.log(v1 / v0) / (y1 - y0)
        for year in range(y0 + 1, y1 + 1):
            near = min(natural, key=lambda y: abs(y - year), default=None)
            usual = natural[near] if near is not None and abs(near - year) <= 3 else 0.0
            found[year] = growth - usual
    return found


def start_migration(catalogue: Catalogue, region: Region, level: str) -> tuple[float, float] | None:
    """The net migration rate that the growth between two censuses leaves over, per mille, with its spread."""
    if level == "nation":
        return (0.0, 0.3)
    tables = {y: census_of(catalogue, region, y) for y in CENSUS_YEARS}
    if any(t is None for t in tables.values()):
        return None
    growth = 100 * np.log(tables[2020].people.sum() / tables[2010].people.sum())
    natural = natural_of(catalogue, region) or natural_of(catalogue, (catalogue.ancestors(region) or [region])[0])
    usual = [v for y, v in natural.items() if 2010 < y <= 2020]
    return float(growth - (np.mean(usual) if usual else 0.0)), START_MIGRATION_SD.get(level, 8.0)


def child_gap(catalogue: Catalogue, region: Region) -> float | None:
    """Log of the region's children 0-4 per woman 20-39 over its parent's, from the newest census both are known in."""
    above = catalogue.ancestors(region)
    if not above:
        return None
    for year in CENSUS_YEARS:
        own, parent = census_of(catalogue, region, year), census_of(catalogue, above[0], year)
        if own is not None and parent is not None:
            return float(np.log(_children_per_woman(own) / _children_per_woman(parent)))
    return None


def orders_of(catalogue: Catalogue, region: Region) -> dict[int, tuple[float, float, float]]:
    """Shares of births by order, by year, where two of the three are published; else those of birth registrations."""

    def published(*ids: str) -> dict[int, float]:
        return {
            y: v for id in ids if id in catalogue.indicators for y, v in values(catalogue.series(region, id)).items()
        }

    first, second = published("first_births_share"), published("second_births_share")
    third = published("third_births_share", "third_plus_births_share")
    found = {}
    for year in sorted({*first, *second, *third}):
        shares = [s.get(year) for s in (first, second, third)]
        if shares.count(None) <= 1:
            rest = 100 - sum(s for s in shares if s is not None)
            first_one, second_one, third_one = (max(rest, 0.3) if s is None else s for s in shares)
            found[year] = (first_one, second_one, third_one)
    if found:
        return found
    counts = [published(f"birth_registrations_{order}") for order in ("first", "second", "third")]
    one, two, three = counts
    return {y: (one[y], two[y], three[y]) for y in sorted(set(one) & set(two) & set(three))}


def orders_elsewhere(catalogue: Catalogue) -> dict[int, tuple[float, float, float]]:
    """Where the nation's shares by birth order are not published: the mean of the areas where they are, by year."""
    found: dict[int, list] = {}
    for region in catalogue.regions:
        for year, shares in orders_of(catalogue, region).items():
            found.setdefault(year, []).append(np.array(shares) / sum(shares))
    return {year: tuple(100 * np.mean(shares, axis=0)) for year, shares in sorted(found.items())}


def _out_by(catalogue: Catalogue, year: int) -> bool:
    return catalogue.as_of is None or catalogue.as_of.year >= year


def values(series: Series | None) -> dict[int, float]:
    """A series as year: value; empty where there is none."""
    return {} if series is None else dict(zip(series.years, series.values, strict=True))


def _children_per_woman(table: CensusTable) -> float:
    children = table.people[table.low < 5].sum()
    women = table.people[(table.low >= 20) & (table.low < 40), 1].sum()
    return float(children / women)


def project_people(
    catalogue: Catalogue,
    region: Region,
    base: BasePopulation,
    drivers: vital.Drivers,
    scenario: Scenario,
    levers: Mapping[str, Lever],
) -> tuple[Projection, dict[int, float]]:
    """The projection of a region from its base and drivers under a scenario, and the published totals that it meets."""
    years = drivers.years
    record = record_of(catalogue, region, None, drivers.level)
    totals = values(record.population)
    known = Published(
        totals={y: v for y, v in totals.items() if y in years and _chains(base, y, v)},
        births={y: v for y, v in record.births.items() if y in years},
        deaths={y: v for y, v in deaths_of(catalogue, region, record.population).items() if y in years},
    )
    gone = max(known.totals, default=base.year)  # a lever bends what is ahead, never what is published
    projection = project_observed(
        base,
        drivers.total_fertility.paths * _bent(scenario, levers, "fertility", years, gone),
        np.stack([drivers.life_expectancy_male.paths, drivers.life_expectancy_female.paths], axis=-1),
        drivers.net_migration.paths + _bent(scenario, levers, "migration", years, gone),
        years,
        known,
        pattern_of_moves(catalogue, region) if base.year == 2020 else None,
        assumptions=_assumptions(drivers),
        sources=drivers.sources,
    )
    return projection, dict(known.totals)


def pattern_of_moves(catalogue: Catalogue, region: Region) -> np.ndarray | None:
    """Yearly net migration rates by sex and age between the two censuses, or None where one is not known."""
    tables = {y: census_of(catalogue, region, y) for y in (2010, 2020)}
    if any(t is None for t in tables.values()):
        return None
    ends = {y: _single_years(catalogue, region, y, t) for y, t in tables.items()}
    before, after = (_expectancy(catalogue, region, y) for y in (2010, 2020))
    expectancy = np.linspace(before, after, 11)[1:]
    return migration_pattern(ends[2010], ends[2020], survival_for(e0_by_sex(expectancy, GAP)))


def _bent(scenario: Scenario, levers: Mapping[str, Lever], id: str, years: Sequence[int], gone: int) -> np.ndarray:
    """The setting of a lever by year, neutral up to the year `gone`."""
    lever = levers[id]
    return np.where(np.array(years) > gone, scenario.by_year(lever, years), lever.neutral)


def _chains(base: BasePopulation, year: int, value: float) -> bool:
    """Whether a published total can belong to the same people as the base: within a tenth a year, a quarter at most."""
    return abs(np.log(value / base.central.sum())) <= min(0.1 * (year - base.year), 0.25)


def _assumptions(drivers: vital.Drivers) -> tuple[str, ...]:
    zh, en = drivers.explanation["zh"], drivers.explanation["en"]
    return tuple(f"{a} / {b}" for a, b in zip(zh, en, strict=False)) + drivers.assumptions
