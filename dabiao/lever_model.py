"""The structure behind the numbers: places, beds, staff and programmes of one region under the levers of a scenario.

The pace of every stock is its own outlook's, from the series and its peers; the denominators are the projected people. With
no lever pulled a stock is what its outlook says of the people expected, but that nursery places find no children beyond
those who want one. Levers bend the flows, on the same draws: no lever changes a random number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dabiao import people as of_region
from dabiao.people import RegionPopulation
from forecasts.vital.drivers import Drivers
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.priors import Prior
from planning.regions import Region
from planning.scenarios import BASELINE, Scenario
from sim.services.nursery import BEDS, NURSERY, BedsModel, NurseryModel
from sim.services.programmes import ProgrammeModel
from sim.services.staff import STAFF, StaffModel
from sim.services.stock import ServicePopulation, StockModel, bends_people, population_levers

ORDERS = ("first", "second", "third")


@dataclass(frozen=True)
class LeverModel:
    """What levers act on, prepared once. stocks: by the indicator that each is prepared from, nursery and staff (by cadre) among
    them, where there are such; outlooks: of the region, as without levers; expected: the people without levers; drawn: every prior, (draw,)."""

    stocks: Mapping[str, StockModel]
    nursery: NurseryModel | None
    staff: Mapping[str, StaffModel]
    outlooks: Mapping[str, Outlook]
    expected: ServicePopulation | None
    drawn: Mapping[str, np.ndarray]
    priors: Mapping[str, Prior]

    def stock_of(self, indicator: str, levers: Mapping[str, Lever]) -> StockModel | None:
        """What moves an indicator: a stock, a programme that some lever bends, or None.

        What a region publishes of itself keeps its own outlook, even where another stock would move it.
        """
        for stock in self.stocks.values():
            own = indicator == stock.rate.indicator
            if own or (indicator in stock.moved and indicator not in self.outlooks):
                return stock
        if indicator in self.outlooks and any(indicator in lever.indicators for lever in levers.values()):
            return ProgrammeModel(self.outlooks[indicator])
        return None

    def outlooks_under(
        self, heads: ServicePopulation | None, scenario: Scenario, levers: Mapping[str, Lever]
    ) -> dict[str, Outlook]:
        """Every outlook that has a structure, under the levers and over the people `heads`, by indicator."""
        found: dict[str, Outlook] = {}
        for stock in self.stocks.values():
            own = stock.under(heads, stock.settings(scenario, levers))
            # What a region publishes of itself is not replaced by what follows from another stock.
            found.update({id: o for id, o in own.items() if id == stock.rate.indicator or id not in self.outlooks})
        pulled = {i for lever in scenario.pulled() for i in levers[lever].indicators}
        for id in sorted(pulled & set(self.outlooks) - set(found)):
            programme = ProgrammeModel(self.outlooks[id])
            found.update(programme.under(heads, programme.settings(scenario, levers)))
        return found


def build_lever_model(
    outlooks: Mapping[str, Outlook],
    expected: ServicePopulation | None,
    rng: np.random.Generator,
    priors: Mapping[str, Prior],
) -> LeverModel:
    """What levers act on: every prior drawn, and for each stock its start and the flows its outlook implies.

    outlooks: of the region, each by its own engine, as without levers. expected: the people without levers, for whom what
    opens is planned; without them there are no stocks. The same rng gives the same draws, whatever else is asked.
    """
    seed = int(rng.integers(2**31))
    draws = next((o.draws for o in outlooks.values()), 0)
    drawn = {id: prior.draws(draws, seed) for id, prior in priors.items()}
    nursery: NurseryModel | None = None
    staff: dict[str, StaffModel] = {}
    stocks: dict[str, StockModel | None] = {}
    if expected is not None:
        if NURSERY in outlooks:
            stocks[NURSERY] = nursery = NurseryModel.prepare(outlooks[NURSERY], expected, drawn, priors)
        if BEDS in outlooks:
            stocks[BEDS] = BedsModel.prepare(outlooks[BEDS], expected, drawn, priors)
        for id, (per_head, *_) in STAFF.items():
            if per_head in outlooks:
                stock = StaffModel.prepare(id, outlooks[per_head], expected, drawn, priors)
                if stock is not None:
                    stocks[per_head] = staff[id] = stock
    there = {id: stock for id, stock in stocks.items() if stock is not None}
    return LeverModel(there, nursery, staff, dict(outlooks), expected, drawn, priors)


def people_under(
    expected: RegionPopulation, catalogue: Catalogue, region: Region, scenario: Scenario, levers: Mapping[str, Lever]
) -> RegionPopulation:
    """The people of a region under a scenario, on the draws of the people expected; the same where no lever bends them.

    Levers on births of one order bend total fertility by that order's share, draw by draw, and the shares with it.
    """
    if not bends_people(scenario, levers):
        return expected
    drivers = bend_births_by_order(expected, scenario, levers)
    plan = population_levers(scenario, levers)
    projection, known = of_region.project_people(catalogue, region, expected.base, drivers, expected.ways, plan, levers)
    return replace(expected, drivers=drivers, projection=projection, known=known)


def as_published(
    expected: RegionPopulation, catalogue: Catalogue, region: Region, scenario: Scenario, levers: Mapping[str, Lever]
) -> RegionPopulation:
    """The people under a scenario without what a census ahead will change of published totals: nobody comes or goes by a count.

    Those whom agents stand for.
    """
    if expected.drivers.census_corrections.any():
        drivers = replace(expected.drivers, census_corrections=np.zeros_like(expected.drivers.census_corrections))
        about = (catalogue, region, expected.base, drivers, expected.ways)
        projection, known = of_region.project_people(*about, BASELINE, levers)
        expected = replace(expected, drivers=drivers, projection=projection, known=known)
    return people_under(expected, catalogue, region, scenario, levers)


def bend_births_by_order(expected: RegionPopulation, scenario: Scenario, levers: Mapping[str, Lever]) -> Drivers:
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
