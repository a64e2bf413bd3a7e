"""The structure behind the numbers: places, beds, staff and programmes of one region under the levers of a scenario.

The pace of every stock is its own outlook's, from the series and its peers; the denominators are the projected people. With
no lever pulled a stock is what its outlook says of the people expected, but that nursery places find no children beyond
those who want one. Levers bend the flows, on the same draws: no lever changes a random number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dabiao import people as of_region
from dabiao.people import RegionPopulation
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.loading.priors import read_priors
from planning.outlooks import Outlook
from planning.priors import Prior
from planning.regions import Region
from planning.scenarios import BASELINE, Scenario
from sim.services.nursery import BEDS, NURSERY, BedsModel, NurseryModel
from sim.services.programmes import ProgrammeModel
from sim.services.staff import STAFF, StaffModel
from sim.services.stock import ServicePopulation, bends_people, population_levers

ORDERS = ("first", "second", "third")


@dataclass(frozen=True)
class LeverModel:
    """What levers act on, prepared once. stocks: by the indicator that each is prepared from; expected: the people without
    levers; drawn: every prior, (draw,)."""

    stocks: Mapping[str, NurseryModel | BedsModel | StaffModel]
    outlooks: Mapping[str, Outlook]
    expected: ServicePopulation | None
    drawn: Mapping[str, np.ndarray]
    priors: Mapping[str, Prior]

    def stock_of(
        self, indicator: str, levers: Mapping[str, Lever]
    ) -> NurseryModel | BedsModel | StaffModel | ProgrammeModel | None:
        """What moves an indicator: a stock, a programme that some lever bends, or None.

        What a region publishes of itself keeps its own outlook, even where another stock would move it.
        """
        for stock in self.stocks.values():
            own = indicator == stock.rate.indicator
            if own or (indicator in MOVED[stock.rate.indicator] and indicator not in self.outlooks):
                return stock
        apply_levers = {id for lever in levers.values() for id in lever.indicators}
        return (
            ProgrammeModel(self.outlooks[indicator])
            if indicator in apply_levers and indicator in self.outlooks
            else None
        )


# What each stock moves besides the indicator it is prepared from.
MOVED = {
    NURSERY: (NURSERY, "nursery_places", "nursery_places_per_100_under3", "inclusive_nursery_places", "nursery_children",
              "nursery_enrolment_rate"),
    BEDS: (BEDS, "beds"),
    **{per: (per, heads) for per, heads, _, _ in STAFF.values()},
}  # fmt: skip


def structural(
    outlooks: Mapping[str, Outlook],
    people: RegionPopulation | None,
    scenario: Scenario,
    levers: Mapping[str, Lever],
    rng: np.random.Generator,
    expected: RegionPopulation | None = None,
    priors: Mapping[str, Prior] | None = None,
) -> dict[str, Outlook]:
    """The outlooks of places, beds, staff and programmes under a scenario, by indicator.

    outlooks: of the region, each by its own engine, as without levers. people: under the scenario; expected: without it (the
    same where left out), for what opens is planned for the people expected. Without people only programmes are bent. The
    same rng gives the same draws whatever the scenario and whatever else is asked.
    """
    if people is None:
        ground = build_lever_model(outlooks, None, rng, priors)
        return apply_levers(ground, None, scenario, levers)
    ground = build_lever_model(outlooks, ServicePopulation.of((expected or people).projection), rng, priors)
    heads = ground.expected if expected is None else ServicePopulation.of(people.projection)
    found = apply_levers(ground, heads, scenario, levers)
    nursery = ground.stocks.get(NURSERY)
    if isinstance(nursery, NurseryModel) and "children_under_3" in outlooks:
        found["nursery_demand"] = nursery.demand(outlooks["children_under_3"], heads)
    return found


def build_lever_model(
    outlooks: Mapping[str, Outlook],
    expected: ServicePopulation | None,
    rng: np.random.Generator,
    priors: Mapping[str, Prior] | None = None,
) -> LeverModel:
    """The ground that levers act on: every prior drawn, and for each stock its start and the flows its outlook implies."""
    priors = read_priors() if priors is None else priors
    seed = int(rng.integers(2**31))
    draws = next((o.draws for o in outlooks.values()), 0)
    drawn = {id: prior.draws(draws, seed) for id, prior in priors.items()}
    stocks: dict[str, NurseryModel | BedsModel | StaffModel] = {}
    if expected is not None:
        makers: dict[str, Callable[..., Any]] = {NURSERY: NurseryModel.prepare, BEDS: BedsModel.prepare}
        for id, (per, _, _, _) in STAFF.items():
            makers[per] = lambda *given, id=id: StaffModel.prepare(id, *given)
        for indicator, make in makers.items():
            if indicator in outlooks:
                stock = make(outlooks[indicator], expected, drawn, priors)
                if stock is not None:
                    stocks[indicator] = stock
    return LeverModel(stocks, dict(outlooks), expected, drawn, priors)


def apply_levers(
    ground: LeverModel, heads: ServicePopulation | None, scenario: Scenario, levers: Mapping[str, Lever]
) -> dict[str, Outlook]:
    """Every outlook that has a structure, under the levers and over the people `heads`."""
    found: dict[str, Outlook] = {}
    for stock in ground.stocks.values():
        own = stock.under(heads, stock.settings(scenario, levers))
        # What a region publishes of itself is not replaced by what follows from another stock.
        found.update({id: o for id, o in own.items() if id == stock.rate.indicator or id not in ground.outlooks})
    pulled = {i for lever in scenario.pulled() for i in levers[lever].indicators}
    for id in sorted(pulled & set(ground.outlooks) - set(found)):
        programme = ProgrammeModel(ground.outlooks[id])
        found.update(programme.under(heads, programme.settings(scenario, levers)))
    return found


def people_under(
    expected: RegionPopulation, catalogue: Catalogue, region: Region, scenario: Scenario, levers: Mapping[str, Lever]
) -> RegionPopulation:
    """The people of a region under a scenario, on the draws of the people expected; the same where no lever bends them.

    Levers on births of one order bend total fertility by that order's share, draw by draw, and the shares with it.
    """
    if not bends_people(scenario, levers):
        return expected
    drivers = _by_order(expected, scenario, levers)
    plan = population_levers(scenario, levers)
    projection, known = of_region.project_people(
        catalogue, region, expected.base, drivers, expected.by_age, plan, levers
    )
    return replace(expected, drivers=drivers, projection=projection, known=known)


def as_published(
    expected: RegionPopulation, catalogue: Catalogue, region: Region, scenario: Scenario, levers: Mapping[str, Lever]
) -> RegionPopulation:
    """The people under a scenario without what a census ahead will change of published totals: nobody comes or goes by a count.

    Those whom agents stand for.
    """
    if expected.drivers.census_corrections.any():
        drivers = replace(expected.drivers, census_corrections=np.zeros_like(expected.drivers.census_corrections))
        about = (catalogue, region, expected.base, drivers, expected.by_age)
        projection, known = of_region.project_people(*about, BASELINE, levers)
        expected = replace(expected, drivers=drivers, projection=projection, known=known)
    return people_under(expected, catalogue, region, scenario, levers)


def _by_order(expected: RegionPopulation, scenario: Scenario, levers: Mapping[str, Lever]) -> Any:
    """The drivers with fertility of each order bent, in the years after the last that is published."""
    drivers = expected.drivers
    times = np.ones((len(drivers.years), len(ORDERS)))
    for id in scenario.pulled():
        for order, name in enumerate(ORDERS):
            if f"people.fertility.{name}" in levers[id].acts:
                times[:, order] *= scenario.by_year(levers[id], drivers.years)
    gone = max(expected.known, default=expected.base.year)
    times[np.array(drivers.years) <= gone] = 1
    if (times == 1).all():
        return drivers
    shares = drivers.order_shares() * times
    level = shares.sum(-1)
    orders = {
        f"births_{name}": replace(getattr(drivers, f"births_{name}"), paths=100 * shares[..., i] / level)
        for i, name in enumerate(ORDERS)
    }
    total = replace(drivers.total_fertility, paths=drivers.total_fertility.paths * level)
    return replace(drivers, total_fertility=total, **orders)
