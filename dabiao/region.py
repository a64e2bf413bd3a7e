"""Futures: every outlook of one region under one scenario, each from the engine that knows most about it.

People come from the cohort component, places and doctors from stock and flow over those people, everything else from
its own short series and its peers. What no engine can say stands in `silent`, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from dabiao.lever_model import people_under, structural
from dabiao.needs import health_needs
from dabiao.people import NoPeople, RegionPopulation, people_ahead
from forecasts.forecast import trend
from forecasts.vital import births as birth_orders
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.loading.priors import read_priors
from planning.outlooks import Outlook
from planning.populations import Projection
from planning.randomness import generator
from planning.regions import Region
from planning.scenarios import BASELINE, Scenario
from planning.series import values
from planning.targets import Target
from sim.demography.base_population import BasePopulation
from sim.services import population_outlooks

NURSERY = ("nursery_places_per_1000", "nursery_places", "nursery_places_per_100_under3", "nursery_demand")
DOCTORS = ("gps_per_10000", "gps")
REGISTRATIONS = ("birth_registrations", *(f"birth_registrations_{o}" for o in birth_orders.ORDERS))


@dataclass(frozen=True)
class Futures:
    """What lies ahead of a region. outlooks by indicator; silent: the reason by indicator where there is none.

    lonely: indicators whose outlook had no peers to learn from, so that no chance above .66 is stated. expected: the people
    without levers; trends: every outlook before the structure of places and staff is put under it.
    """

    region: Region
    base: BasePopulation | None
    projection: Projection | None
    outlooks: dict[str, Outlook]
    silent: dict[str, str] = field(default_factory=dict)
    lonely: frozenset[str] = frozenset()
    expected: RegionPopulation | None = None
    trends: dict[str, Outlook] = field(default_factory=dict)

    def outlook(self, target: Target) -> tuple[Outlook | None, str]:
        """The outlook a target is judged on, or None and the reason."""
        return self.outlooks.get(target.indicator), self.silent.get(target.indicator, "")

    def alone(self, indicator: str) -> bool:
        """Whether nothing but the region's own few points speaks."""
        return indicator in self.lonely


def project_region(
    catalogue: Catalogue,
    region: Region,
    wanted: Collection[str],
    to: int,
    draws: int,
    seed: int,
    scenario: Scenario,
    levers: dict[str, Lever],
) -> Futures:
    """The futures of a region: its people, and every indicator in `wanted` that some engine can speak of."""
    outlooks: dict[str, Outlook] = {}
    silent: dict[str, str] = {}
    lonely: set[str] = set()
    people: RegionPopulation | None = None
    expected: RegionPopulation | None = None  # without levers: what is built and trained is planned for them
    if catalogue.as_of is not None:
        scenario = scenario.within(region).since(catalogue.as_of.year)
    try:
        expected = people_ahead(catalogue, region, to, draws, seed, BASELINE, levers)
        people = people_under(expected, catalogue, region, scenario, levers)
        outlooks.update(outlooks_of_population(catalogue, region, people))
    except NoPeople as error:
        silent.update(dict.fromkeys(("population", *NURSERY), error.args[0]))
    moved = {*outlooks, *NURSERY, *DOCTORS}
    for id in sorted(set(wanted) - moved | {"nursery_places_per_1000", "gps_per_10000"}):
        outlook, reason, alone = trend(catalogue, region, id, to, draws, seed, outlooks.get("births"))
        if outlook is None:
            silent[id] = reason
            continue
        outlooks[id] = outlook
        if alone:
            lonely.add(id)
    trends, rng = dict(outlooks), generator(seed, region, "structure")
    outlooks.update(structural(outlooks, people, scenario, levers, rng, expected, read_priors(catalogue.folders)))
    if people is not None:
        # What a plan promises is judged by the engine of its own indicator, never by what follows from another's.
        found = health_needs(catalogue, region, people, outlooks)
        outlooks.update({id: o for id, o in found.items() if id not in outlooks and id not in wanted})
    return Futures(
        region,
        people.base if people else None,
        people.projection if people else None,
        outlooks,
        silent,
        frozenset(lonely),
        expected,
        trends,
    )


def outlooks_of_population(catalogue: Catalogue, region: Region, people: RegionPopulation) -> dict[str, Outlook]:
    """The outlooks that the projection gives: people, births, ageing."""
    ids = ("population", "births", "deaths", "crude_birth_rate", "crude_death_rate", "natural_increase_rate",
           "aged_60_share", "aged_65_share", "aged_80_share", "aged_60", "aged_65", "aged_80")  # fmt: skip
    seen = {id: tuple(values(catalogue.series(region, id)).items()) for id in ids}
    known = len(people.known)
    grade = "A" if known >= 3 else "B" if known else "C"
    found = population_outlooks.people_outlooks(people.projection, people.drivers.order_shares(), grade, seen)
    drivers = Bilingual(*(" ".join(people.drivers.explanation[lang]) for lang in ("zh", "en")))
    found["births"] = replace(found["births"], drivers=drivers)
    found.update(registrations(catalogue, region, people, found["births"]))
    found["life_expectancy"] = people.drivers.life_expectancy
    found["total_fertility_rate"] = people.drivers.total_fertility
    return found


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
