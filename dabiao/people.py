"""The people of one region: base population, drivers and projection, seen beside the regions above it.

What is published of them is gathered in `dabiao.region_data`; the reckoning is forecasts.vital.drivers's and sim's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dabiao.region_data import (
    CENSUS_YEARS,
    aged_shares,
    census_of,
    deaths_of,
    expectancy_of,
    lived,
    national_births,
    published_expectancy,
    single_years,
    total_at,
    values,
    vital_statistics,
)
from forecasts.grades import population_grade, vital_grade
from forecasts.vital import births as birth_orders
from forecasts.vital import drivers as vital
from forecasts.vital import mortality
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.outlooks import LAST_YEAR, Outlook
from planning.populations import Projection
from planning.regions import Region
from planning.scenarios import Scenario
from sim.demography import base_population as bases
from sim.demography import fertility as births_of
from sim.demography.base_population import BasePopulation
from sim.demography.intercensal import FADING, PATTERN_DOUBT, STAYING, migration_pattern, own_ages, students_of
from sim.demography.mortality import GAP, e0_by_sex, survival_for
from sim.demography.observed import Fit, Published, fit_published, project_observed
from sim.services import population_outlooks

# Of a published share of old people, standard deviation of its log. Between the censuses of 2010 and 2020 the yearly samples of
# provinces strayed: from the share of 2019, carried on at its pace, to that of the census lies .087 (31 provinces). Since 2020
# the shares lie within .0044 of a straight line, and a revision moves the whole line; a census rounds to .01 points of 13.5.
SAMPLE_ERROR = 0.09
AGED_ERROR = {"nation": 0.004, "province": 0.010, "city": 0.010, "district": 0.015}
CENSUS_ERROR = 0.003
BASIS_NOTES = {
    "registered": Bilingual(
        "本地公布的期望寿命为户籍人口口径，只用于本指标；常住人口的死亡水平另由上级地区和已公布死亡数推算。",
        "The life expectancy printed here is of registered people and serves this indicator only; how many residents die follows "
        "from the area above and from published deaths.",
    ),
    "resident": Bilingual(
        "本地公布的期望寿命前后口径不一，此处按最近公布的口径；人口推算按普查口径。",
        "The life expectancy printed here is of more than one basis: told on that of the newest figure, while people are projected "
        "on that of the census.",
    ),
}
REGISTRATIONS = ("birth_registrations", *(f"birth_registrations_{o}" for o in birth_orders.ORDERS))


class NoPeople(LookupError):
    """Raised where a region's people cannot be projected, with the figure that is missing."""


@dataclass(frozen=True)
class Ways:
    """What sets the people of one region apart, whatever a lever does.

    by_age: yearly net migration rates that set its moves apart from those of any place that grows as fast, (draw, 1, sex, age).
    students: (sex, age), of whom as many are there every year. boys_per_girl: (1, year), at birth. fit: what makes the projection
    meet the published figures, and goes on after them.
    """

    by_age: np.ndarray
    students: np.ndarray
    boys_per_girl: np.ndarray
    fit: Fit

    def since(self, step: int) -> Ways:
        """The same from a later step on."""
        return Ways(self.by_age * FADING**step, self.students, self.boys_per_girl[:, step:], self.fit.since(step))


@dataclass(frozen=True)
class RegionPopulation:
    """base, drivers and projection of one region. known: published year-end totals that the projection meets. ways: what sets its
    people apart."""

    base: BasePopulation
    drivers: vital.Drivers
    projection: Projection
    known: dict[int, float]
    ways: Ways
    seed: int


def people_ahead(
    catalogue: Catalogue,
    region: Region,
    to: int,
    draws: int,
    seed: int,
    scenario: Scenario,
    levers: Mapping[str, Lever],
) -> RegionPopulation:
    """The people of a region to the end of `to`.

    Raises NoPeople where neither the region's census table nor its predecessors' is known.
    """
    line = [*reversed([r for r in catalogue.ancestors(region) if r.level in vital.LEVELS]), region]
    start = next((y for y in CENSUS_YEARS if has_base(catalogue, region, y)), None)
    if start is None:
        raise NoPeople(
            Bilingual(
                f"{region.name_zh} 既无分年龄、性别的普查表，也无常住人口总数，无法推算人口",
                f"neither a census table by age and "
                f"sex nor a total of residents is known of {region.name_en}, so its people cannot be projected",
            )
        )
    if to <= start:
        raise ValueError(
            f"An outlook to {to} was asked for, but the people of {region.name_en} start from the end of {start}. Ask for "
            f"{start + 1} or later."
        )
    if to > LAST_YEAR:
        raise ValueError(f"An outlook to {to} was asked for; outlooks reach to {LAST_YEAR} at most.")
    years = tuple(range(start + 1, to + 1))
    chain: list[vital.Drivers] = []
    deaths: dict[int, float] = {}  # of the place above: logs of published deaths over the model's
    factors: np.ndarray | None = None
    for place in line:
        level = place.level if place.level in vital.LEVELS else "district"
        parent = chain[-1] if chain else None
        record = vital_statistics(catalogue, place, parent, level)
        if parent is None and not (record.exposed and record.order_shares and record.life_expectancy):
            raise NoPeople(
                Bilingual(
                    f"截至信息日没有{place.name_zh}的出生数、孩次或期望寿命，无法推算人口",
                    f"births, their order or the life "
                    f"expectancy of {place.name_en} are not known by then, so people cannot be projected",
                )
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
        about = (years, level, draws, seed, place.key)
        own = deaths_beside_model(catalogue, place, chain[-1], start)
        deaths, factors = own, mortality.factor_paths(own, deaths, factors, *about, start=start)
    base = base_of(catalogue, region, start, draws, seed)
    by_age = moves_by_age(catalogue, region, base, chain[-1].level, seed)
    published = published_since(catalogue, region, base, chain[-1], seed)
    began = replace(Fit.none(len(years), draws), mortality=factors)
    students, ratio = students_in(catalogue, region, start), sex_ratio_of(catalogue, region, start, years)
    fit = fit_published(
        base, *_rates(chain[-1]), years, published, by_age, start=began, students=students, boys_per_girl=ratio
    )
    ways = Ways(by_age, students, ratio, fit)
    projection, known = project_people(catalogue, region, base, chain[-1], ways, scenario, levers)
    return RegionPopulation(base, chain[-1], projection, known, ways, seed)


def deaths_beside_model(catalogue: Catalogue, region: Region, drivers: vital.Drivers, start: int) -> dict[int, float]:
    """Logs of a region's published deaths over those that model tables give at its life expectancy, by year since the base of `start`.

    Read on the middle of its drivers and the middle of its base.
    """
    if not has_base(catalogue, region, start):
        return {}
    total = catalogue.series(region, "population")
    if not {y for y in deaths_of(catalogue, region, total) if y in drivers.years}:
        return {}
    base = base_of(catalogue, region, start, 1, 0)
    base = replace(base, people=base.central[None])
    published = replace(published_since(catalogue, region, base, drivers, 0), aged={})
    last = max(published.years())
    steps = drivers.years.index(last) + 1
    fertility, expectancy, moves = (np.median(of, axis=0, keepdims=True)[:, :steps] for of in _rates(drivers))
    pattern = pattern_of_moves(catalogue, region) if start == 2020 else None
    fit = fit_published(base, fertility, expectancy, moves, drivers.years[:steps], published, pattern)
    return {y: float(fit.mortality[0, drivers.years.index(y)]) for y in published.deaths}


def _rates(drivers: vital.Drivers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Total fertility (draw, year), life expectancy (draw, year, sex) and net migration per 1,000 (draw, year) of the drivers."""
    return (
        drivers.total_fertility.paths,
        np.stack([drivers.life_expectancy_male.paths, drivers.life_expectancy_female.paths], axis=-1),
        drivers.net_migration.paths + drivers.census_corrections,
    )


def outlooks_of_population(catalogue: Catalogue, region: Region, people: RegionPopulation) -> dict[str, Outlook]:
    """The outlooks that the projection gives: people, births, ageing."""
    ids = ("population", "births", "deaths", "crude_birth_rate", "crude_death_rate", "natural_increase_rate",
           "aged_60_share", "aged_65_share", "aged_80_share", "aged_60", "aged_65", "aged_80")  # fmt: skip
    seen = {id: tuple(values(catalogue.series(region, id)).items()) for id in ids}
    grade = population_grade(len(people.known))
    found = population_outlooks.people_outlooks(people.projection, people.drivers.order_shares(), grade, seen)
    drivers = Bilingual(*(" ".join(people.drivers.explanation[lang]) for lang in ("zh", "en")))
    found["births"] = replace(found["births"], drivers=drivers)
    found.update(registrations(catalogue, region, people, found["births"]))
    found["life_expectancy"] = on_published_basis(catalogue, region, people.drivers.life_expectancy)
    found["total_fertility_rate"] = people.drivers.total_fertility
    return found


def on_published_basis(catalogue: Catalogue, region: Region, expected: Outlook) -> Outlook:
    """Life expectancy as the region prints it: that of residents on the census's basis, and what the two were last apart.

    Figures of registered people or beyond a break are of another basis; how many residents die does not follow from them.
    """
    known, basis = published_expectancy(catalogue, region)
    census = dict(expected.observed)
    if not known or known == census:
        return expected
    last = max(known)
    if census:
        paths = expected.paths + known[last] - census[last]
    else:
        nearest = min(max(last, expected.years[0]), expected.years[-1])
        at_last = known[last] + mortality.GAIN * (nearest - last)
        paths = expected.paths - expected.paths[:, [expected.years.index(nearest)]] + at_last
    when = sorted(known)
    for column, year in enumerate(expected.years):
        if when[0] <= year <= last:
            paths[:, column] = np.interp(year, when, [known[y] for y in when])
    note = BASIS_NOTES[basis]
    return replace(
        expected,
        paths=paths,
        grade=vital_grade(when, expected.years[0]),
        observed=tuple(sorted(known.items())),
        assumptions=(*expected.assumptions, note),
        drivers=Bilingual(f"{expected.drivers.zh}{note.zh}", f"{expected.drivers.en} {note.en}"),
    )


def registrations(
    catalogue: Catalogue, region: Region, people: RegionPopulation, births: Outlook
) -> dict[str, Outlook]:
    """Birth registrations (生育登记) by order, tied to births by the observed ratio and lead, where a year has both."""
    total, *orders = (values(catalogue.series(region, id)) for id in REGISTRATIONS)
    known = {y: float(np.median(births.at(y))) for y in total if y in births.years}
    if not known:
        return {}
    first, second, third = orders
    shares = {y: (first[y], second[y], third[y]) for y in total if y in first and y in second and y in third}
    sources = catalogue.series(region, REGISTRATIONS[0]).sources
    return birth_orders.registration_outlooks(
        births, people.drivers.order_shares(), total, shares, known, people.seed, sources=sources
    )


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


def published_since(
    catalogue: Catalogue, region: Region, base: BasePopulation, drivers: vital.Drivers, seed: int
) -> Published:
    """What is published of a region for the years of its drivers; shares of old people by draw, with their error."""
    years = drivers.years
    record = vital_statistics(catalogue, region, None, drivers.level)
    draws, usual = len(base.people), AGED_ERROR[drivers.level] if base.year >= 2020 else SAMPLE_ERROR
    error = {y: CENSUS_ERROR if y in CENSUS_YEARS else usual for y in years}
    rng = np.random.default_rng([seed, int(region.code), 3])
    shares = {
        age: {y: v * np.exp(error[y] * rng.standard_normal(draws)) for y, v in known.items() if y in years}
        for age, known in aged_shares(catalogue, region, record.population).items()
    }
    return Published(
        totals={y: v for y, v in chained(base, values(record.population)).items() if y in years},
        births={y: v for y, v in record.births.items() if y in years},
        deaths={y: v for y, v in deaths_of(catalogue, region, record.population).items() if y in years},
        natural={y: v for y, v in record.natural.items() if y in years},
        aged={age: known for age, known in shares.items() if known},
        aged_error=error,
    )


def project_people(
    catalogue: Catalogue,
    region: Region,
    base: BasePopulation,
    drivers: vital.Drivers,
    ways: Ways,
    scenario: Scenario,
    levers: Mapping[str, Lever],
) -> tuple[Projection, dict[int, float]]:
    """The projection of a region from its base and drivers under a scenario, and the published totals that it meets.

    Births and deaths published after the last total stay as they are, whatever the levers.
    """
    years = drivers.years
    known = replace(published_since(catalogue, region, base, drivers, 0), aged={})
    gone = max(known.totals, default=base.year)  # a lever bends what is ahead, never what is published
    fertility, expectancy, moves = _rates(drivers)
    projection = project_observed(
        base,
        fertility * _bent(scenario, levers, "fertility", years, gone),
        expectancy,
        moves + _bent(scenario, levers, "migration", years, gone),
        years,
        known,
        ways.by_age,
        start=ways.fit,
        students=ways.students,
        boys_per_girl=ways.boys_per_girl,
        assumptions=_assumptions(drivers),
        sources=drivers.sources,
    )
    return projection, dict(known.totals)


def moves_by_age(catalogue: Catalogue, region: Region, base: BasePopulation, level: str, seed: int) -> np.ndarray:
    """The region's own ages of moves: as between the censuses of 2010 and 2020 where it starts from the latter, with what is
    not known of them: (draw, 1, sex, age), yearly rates."""
    pattern = pattern_of_moves(catalogue, region) if base.year == 2020 else None
    rng = np.random.default_rng([seed, int(region.code), 2])
    doubt = own_ages(level, len(base.people), rng)
    if pattern is None:
        return doubt
    # From STAYING on the two censuses tell nothing of moves, so nothing of the doubt is gone.
    return pattern + np.where(np.arange(doubt.shape[-1]) < STAYING, PATTERN_DOUBT, 1.0) * doubt


def students_in(catalogue: Catalogue, region: Region, year: int) -> np.ndarray:
    """Those who are in a region to study, by its census table beside the nation's: (sex, age), persons; none without tables."""
    nation = catalogue.region("000000")
    tables = [census_of(catalogue, r, year) for r in (region, nation)]
    if region.key == nation.key or tables[0] is None or tables[1] is None:
        return np.zeros((2, bases.AGES))
    own, all_of_them = (
        single_years(catalogue, r, year, t) for r, t in zip((region, nation), tables, strict=True) if t is not None
    )
    return students_of(own, all_of_them)


def sex_ratio_of(catalogue: Catalogue, region: Region, year: int, years: Sequence[int]) -> np.ndarray:
    """Boys born for each girl, from those under five in the census tables of a region and of those above it: (1, year)."""
    ratio = np.full((1, len(years)), births_of.BOYS_PER_GIRL)
    above = births_of.BOYS_PER_GIRL
    for place in (*reversed(catalogue.ancestors(region)), region):
        table = census_of(catalogue, place, year)
        if table is not None:
            boys, girls = (float(n) for n in table.people[table.low < 5].sum(axis=0))
            ratio = births_of.ratio_at_birth(boys, girls, above, (year, *years), year)[None]
            above, ratio = float(ratio[0, 0]), ratio[:, 1:]
    return ratio


def pattern_of_moves(catalogue: Catalogue, region: Region) -> np.ndarray | None:
    """Yearly net migration rates by sex and age between the two censuses, or None where one is not known."""
    tables = {y: census_of(catalogue, region, y) for y in (2010, 2020)}
    if any(t is None for t in tables.values()):
        return None
    ends = {y: single_years(catalogue, region, y, t) for y, t in tables.items()}
    before, after = (expectancy_of(catalogue, region, y) for y in (2010, 2020))
    expectancy = np.linspace(before, after, 11)[1:]
    # Students come and go by their number, so the rates are those of the others.
    ends = {y: people - students_in(catalogue, region, y) for y, people in ends.items()}
    return migration_pattern(ends[2010], ends[2020], survival_for(e0_by_sex(expectancy, GAP)))


def _bent(scenario: Scenario, levers: Mapping[str, Lever], id: str, years: Sequence[int], gone: int) -> np.ndarray:
    """The setting of a lever by year, neutral up to the year `gone`."""
    lever = levers[id]
    return np.where(np.array(years) > gone, scenario.by_year(lever, years), lever.neutral)


def chained(base: BasePopulation, totals: Mapping[int, float]) -> dict[int, float]:
    """The published totals since the base that can belong to the same people: each within a tenth a year of the one before.

    A census may set a total right by a fifth besides; half a log is the most at once. A total further off is of another
    boundary or basis and left out.
    """
    found: dict[int, float] = {}
    since, before = base.year, float(base.central.sum())
    for year in sorted(y for y in totals if y > base.year):
        counted = any(since < census <= year for census in CENSUS_YEARS)
        if abs(np.log(totals[year] / before)) <= min(0.1 * (year - since) + 0.2 * counted, 0.5):
            found[year] = before = totals[year]
            since = year
    return found


def _assumptions(drivers: vital.Drivers) -> tuple[str, ...]:
    zh, en = drivers.explanation["zh"], drivers.explanation["en"]
    return tuple(Bilingual(a, b) for a, b in zip(zh, en, strict=False)) + drivers.assumptions
