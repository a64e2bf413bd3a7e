"""What is published of the people of a region, gathered from the catalogue: censuses, births, deaths, moves and shares by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecasts.vital import births as birth_orders
from forecasts.vital import drivers as vital
from forecasts.vital import fertility, migration, mortality
from planning.catalogue import Catalogue, CensusTable
from planning.regions import Region
from planning.series import Series, values
from sim.demography import base_population as bases
from sim.demography import fertility as schedules
from sim.demography.fitting import less_a_part
from sim.demography.life_tables import life_table
from sim.demography.mortality import GAP, e0_by_sex, mx_for

CENSUS_YEARS = (2020, 2010)
# Life expectancy of China in the census years, for areas of which none is published: 74.83 and 77.93 (National Bureau
# of Statistics; the census of 2010 and of 2020).
NATIONAL_E0 = {2010: 74.83, 2020: 77.93}
# First, second, later births in a hundred: the long form of the census of 2010 (中国2010年人口普查资料), rounded.
NATIONAL_ORDERS = {2010: (62.0, 31.5, 6.5)}
ORDERS_PUBLISHED = ("first_births_share", "second_births_share", "third_births_share", "third_plus_births_share")
ORDERS_REGISTERED = tuple(f"birth_registrations_{order}" for order in ("first", "second", "third"))
START_MIGRATION_SD = {
    "province": 4.0,
    "city": 6.0,
    "district": 9.0,
}  # with `forecasts.vital.migration.MigrationModel.step`
# Between two figures of life expectancy on one basis, years at once and for each year between: the provinces that gained most
# between the censuses of 2010 and 2020 (Yunnan, Tibet) gained about half a year a year; .4 is what rounding and a sample err.
MOST_CHANGE = (0.4, 0.5)
LONGEST_GAP = 5  # years between two published totals from which a mean yearly migration is still read


def vital_statistics(
    catalogue: Catalogue, region: Region, parent: vital.Drivers | None, level: str
) -> vital.VitalStatistics:
    """What is published of a region's births, deaths and moves, as forecasts.vital.drivers takes it."""
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
    tables = [
        catalogue.series(region, i)
        for i in ("population", "births", "crude_birth_rate", "life_expectancy", "marriages")
    ]
    sources = tuple(dict.fromkeys(s for t in tables if t for s in t.sources))
    return vital.VitalStatistics(
        births=by_year,
        exposed=exposed,
        population=population,
        natural=natural,
        life_expectancy=expectancy,
        order_shares=orders,
        child_gap=child_gap(catalogue, region) if not exposed else None,
        net_migration=moves,
        start_migration=None if moves else start_migration(catalogue, region, level),
        migration_gap=0.0 if moves else migration_gap(catalogue, region, level),
        marriages=values(catalogue.series(region, "marriages")) if level == "nation" else {},
        sources=sources,
    )


def _recent(catalogue: Catalogue, region: Region, id: str) -> dict[int, float]:
    """The values of a long series since 2000, where today's women were already grown up."""
    return {y: v for y, v in values(catalogue.series(region, id)).items() if y >= 2000}


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
    return {y: single_years(catalogue, region, y, t)[1] for y, t in tables.items() if t is not None}


def single_years(catalogue: Catalogue, region: Region, year: int, table: CensusTable) -> np.ndarray:
    """People of a census table by single years of age: (sex, age), persons."""
    person_years = lived(catalogue, region, year)
    pattern = bases.cohort_pattern(person_years, national_births(catalogue), year)
    return bases.graduate(table.people.T, pattern, person_years, tuple(int(a) for a in table.low))


def lived(catalogue: Catalogue, region: Region, year: int) -> np.ndarray:
    """Person-years lived at each age per birth, by the life expectancy of the region or the nearest above it: (sex, age)."""
    both = np.array(expectancy_of(catalogue, region, year))
    return life_table(mx_for(e0_by_sex(both, GAP))).person_years


def expectancy_of(catalogue: Catalogue, region: Region, year: int) -> float:
    """Life expectancy in a census year, both sexes, years: of the region, of one above, else of the nation."""
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
    """Life expectancy of residents by year, all on the basis of the census: what mortality is projected from.

    Figures beyond a declared break, or apart by more than mortality can do, are of another basis and carried on from the
    census's by their own changes (`on_one_basis`). Those of registered people, which cities publish, stay out.
    """
    series = catalogue.series(region, "life_expectancy")
    return on_one_basis(values(series), series.breaks if series is not None else ())


def on_one_basis(known: dict[int, float], breaks: Sequence[int] = ()) -> dict[int, float]:
    """Life expectancies by year moved to the basis of the stretch that holds the newest census year, else the first one.

    A stretch ends before a year of `breaks`, and where two figures lie further apart than MOST_CHANGE. The others join it at
    the pace of `forecasts.vital.mortality.GAIN`, keeping their own changes.

    >>> {y: round(v, 2) for y, v in on_one_basis({2020: 80.2, 2021: 82.2, 2025: 82.5}).items()}
    {2020: 80.2, 2021: 80.45, 2025: 80.75}
    """
    stretches: list[list[int]] = []
    for year in sorted(known):
        before = stretches[-1][-1] if stretches else None
        once, a_year = MOST_CHANGE
        joined = before is not None and not any(before < b <= year for b in breaks)
        if joined and abs(known[year] - known[before]) <= once + a_year * (year - before):
            stretches[-1].append(year)
        else:
            stretches.append([year])
    kept = next((i for c in CENSUS_YEARS for i, s in enumerate(stretches) if c in s), 0)
    found = {y: known[y] for y in stretches[kept]} if stretches else {}
    for stretch, near in [
        *((s, stretches[i + kept][-1]) for i, s in enumerate(stretches[kept + 1 :])),
        *((s, stretches[kept - i][0]) for i, s in enumerate(reversed(stretches[:kept]))),
    ]:
        meets = stretch[0] if stretch[0] > near else stretch[-1]
        shift = found[near] + mortality.GAIN * (meets - near) - known[meets]
        found.update({y: known[y] + shift for y in stretch})
    return dict(sorted(found.items()))


def published_expectancy(catalogue: Catalogue, region: Region) -> tuple[dict[int, float], str]:
    """Life expectancy by year as the area prints it, and its basis: of residents, else of the registered, which cities publish."""
    residents = values(catalogue.series(region, "life_expectancy"))
    registered = values(catalogue.series(region, "life_expectancy", "registered"))
    first = min(residents, default=9999)
    joined = {**{y: v for y, v in registered.items() if y < first}, **residents}
    return joined, "registered" if joined and not residents else "resident"


def deaths_of(catalogue: Catalogue, region: Region, population: Series | None) -> dict[int, float]:
    """Deaths by year: published, else the death rate times the mean population."""
    deaths, rate = (catalogue.series(region, i) for i in ("deaths", "crude_death_rate"))
    return birth_orders.births_by_year(deaths, rate, population)


def aged_shares(catalogue: Catalogue, region: Region, population: Series | None) -> dict[int, dict[int, float]]:
    """Published shares of those aged 60 and 65 and over at year ends, between 0 and 1: {age: {year: share}}."""
    found: dict[int, dict[int, float]] = {}
    totals = values(population)
    for age in (60, 65):
        people, share = (values(catalogue.series(region, f"aged_{age}{end}")) for end in ("", "_share"))
        known = {y: v / totals[y] for y, v in people.items() if y in totals}
        known |= {y: v / 100 for y, v in share.items()}
        if known:
            found[age] = dict(sorted(known.items()))
    return found


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
    """The present net migration rate, from what births and deaths leave of the growth between two censuses: per mille, with
    its spread."""
    if level == "nation":
        return (0.0, 0.3)
    tables = {y: census_of(catalogue, region, y) for y in CENSUS_YEARS}
    if any(t is None for t in tables.values()):
        return None
    growth = 100 * np.log(tables[2020].people.sum() / tables[2010].people.sum())
    natural = natural_of(catalogue, region) or natural_of(catalogue, (catalogue.ancestors(region) or [region])[0])
    usual = [v for y, v in natural.items() if 2010 < y <= 2020]
    mean = float(growth - (np.mean(usual) if usual else 0.0))
    return migration.end_of_decade(mean), START_MIGRATION_SD.get(level, 9.0)


def migration_gap(catalogue: Catalogue, region: Region, level: str) -> float:
    """What the newest census table of a region and of the one above lets expect of its moves beside the other's, per mille."""
    above = catalogue.ancestors(region)
    for year in CENSUS_YEARS if above else ():
        own, parent = census_of(catalogue, region, year), census_of(catalogue, above[0], year)
        if own is not None and parent is not None:
            young = float(np.log(young_share(own) / young_share(parent)))
            return migration.expected_gap(level, region.name_zh[-1:], young)
    return migration.expected_gap(level, region.name_zh[-1:], 0.0)


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

    first, second = published(ORDERS_PUBLISHED[0]), published(ORDERS_PUBLISHED[1])
    third = published(*ORDERS_PUBLISHED[2:])
    found = {}
    for year in sorted({*first, *second, *third}):
        shares = [s.get(year) for s in (first, second, third)]
        if shares.count(None) <= 1:
            rest = 100 - sum(s for s in shares if s is not None)
            first_one, second_one, third_one = (max(rest, 0.3) if s is None else s for s in shares)
            found[year] = (first_one, second_one, third_one)
    if found:
        return found
    one, two, three = (published(id) for id in ORDERS_REGISTERED)
    return {y: (one[y], two[y], three[y]) for y in sorted(set(one) & set(two) & set(three))}


def orders_elsewhere(catalogue: Catalogue) -> dict[int, tuple[float, float, float]]:
    """Where the nation's shares by birth order are not published: the mean of the areas where they are, by year."""
    ids = [id for id in (*ORDERS_PUBLISHED, *ORDERS_REGISTERED) if id in catalogue.indicators]
    told = {series.region for id in ids for series in catalogue.all_series(id)}
    found: dict[int, list] = {}
    for region in (r for r in catalogue.regions if r.key in told):
        for year, shares in orders_of(catalogue, region).items():
            found.setdefault(year, []).append(np.array(shares) / sum(shares))
    return {year: tuple(100 * np.mean(shares, axis=0)) for year, shares in sorted(found.items())}


def _out_by(catalogue: Catalogue, year: int) -> bool:
    return catalogue.as_of is None or catalogue.as_of.year >= year


def _children_per_woman(table: CensusTable) -> float:
    children = table.people[table.low < 5].sum()
    women = table.people[(table.low >= 20) & (table.low < 40), 1].sum()
    return float(children / women)


def young_share(table: CensusTable) -> float:
    """The share of residents aged 20-34."""
    return float(table.people[(table.low >= 20) & (table.low < 35)].sum() / table.people.sum())
