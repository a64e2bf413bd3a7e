"""Needs of one region: its people and what the evidence nearest to it says of their health, and people per post."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dabiao.people import RegionPopulation, base_of
from dabiao.region_data import census_of
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.loading.priors import read_priors
from planning.outlooks import Outlook
from planning.priors import Prior
from planning.regions import Region
from sim.services import health_needs as needs

DISABLED = "disabled_aged_60_share"
FARTHEST_CENSUS = 6  # years between a published share of disabled elderly and the census whose ages it is read on
# Residents for each of these, from its rate by so many residents.
RATES = {
    "residents_per_gp": ("gps_per_10000", 10_000),
    "residents_per_physician": ("physicians_per_1000", 1_000),
    "residents_per_nurse": ("nurses_per_1000", 1_000),
    "residents_per_bed": ("beds_per_1000", 1_000),
    "residents_per_aed": ("aeds_per_10000", 10_000),
}
STOCKS = {"residents_per_ambulance": "ambulances"}
# By need, the outlooks that it follows from.
INPUTS = {
    "mothers": ("births",),
    **dict.fromkeys(
        ("elderly_living_alone", "disabled_elderly", "adults_with_hypertension", "adults_with_diabetes"),
        ("population",),
    ),
    **{id: ("population", rate) for id, (rate, _) in RATES.items()},
    **{id: ("population", stock) for id, stock in STOCKS.items()},
}


def health_needs(
    catalogue: Catalogue, region: Region, people: RegionPopulation, outlooks: Mapping[str, Outlook]
) -> dict[str, Outlook]:
    """Mothers, patients, disabled and lonely elderly, and residents per post where the posts have an outlook.

    outlooks: of this people, births and population at least.
    """
    priors = read_priors(catalogue.folders, needs.TABLE)
    found = needs.conditions(people.projection, priors, people.seed)
    found["mothers"] = needs.mothers(outlooks["births"], priors, people.seed)
    found["elderly_living_alone"] = needs.alone(people.projection, priors, people.seed)
    found["disabled_elderly"] = disabled_elderly(catalogue, region, people, priors)
    population = outlooks["population"]
    for id, (rate, per) in RATES.items():
        if rate in outlooks:
            found[id] = needs.residents_per(id, population, outlooks[rate], per)
    for id, stock in STOCKS.items():
        if stock in outlooks:
            found[id] = needs.residents_per_each(id, population, outlooks[stock])
    return found


def disabled_elderly(
    catalogue: Catalogue, region: Region, people: RegionPopulation, priors: Mapping[str, Prior]
) -> Outlook:
    """Disabled and partly disabled elderly from the share published nearest: here, above, else the nation's range."""
    count, seed = people.projection.draws, people.seed
    for place in (region, *catalogue.ancestors(region)):
        series = catalogue.series(place, DISABLED)
        year = None if series is None else _census_near(catalogue, place, series.years[-1])
        if year is None:
            continue
        level = priors["disabled_elderly_level"]
        share = series.values[-1] / 100 * level.draws(count, seed)
        ages = base_of(catalogue, place, year, 1, seed).central
        note = Bilingual(
            f"60岁及以上失能半失能率：{place.name_zh} {series.years[-1]} 年公布 {series.values[-1]:g}%，乘以 {level.low:g}–{level.high:g}"
            f"（假设）",
            f"disabled or partly disabled of those aged 60 and over: {series.values[-1]:g}% published for "
            f"{place.name_en} {series.years[-1]}, times {level.low:g}-{level.high:g} (assumption)",
        )
        return needs.disabled(people.projection, needs.at_sixty(share, ages, priors), priors, note, series.sources)
    nation = priors["disabled_elderly_nation"]
    china = catalogue.region("000000")
    year = _census_near(catalogue, china, people.base.year)
    ages = people.base.central if year is None else base_of(catalogue, china, year, 1, seed).central
    start = needs.at_sixty(nation.draws(count, seed), np.asarray(ages), priors)
    return needs.disabled(people.projection, start, priors, nation.sentence(), (nation.source,))


def _census_near(catalogue: Catalogue, place: Region, year: int) -> int | None:
    """The census year nearest to `year` of which a table by age is known, or None where none is near."""
    known = [y for y in (2020, 2010) if census_of(catalogue, place, y) is not None]
    best = min(known, key=lambda y: abs(y - year), default=None)
    return None if best is None or abs(best - year) > FARTHEST_CENSUS else best


# The needs that a report lists, each with the people that its rate is counted among.
COUNTED_AMONG = {
    "births": "population",
    "mothers": "births",
    "children_under_3": "population",
    "nursery_demand": "children_under_3",
    "children_under_7": "population",
    "aged_65": "population",
    "disabled_elderly": "aged_60",
    "elderly_living_alone": "aged_65",
    "adults_with_hypertension": "adults_18",
    "adults_with_diabetes": "adults_18",
    **dict.fromkeys((*RATES, *STOCKS), "population"),
}
