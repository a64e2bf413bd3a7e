"""A workbench: one region held ready, so that a scenario is answered at once.

What no lever bends (base, drivers, trends, the flows that trends imply) is reckoned once. A scenario runs the people again
from the last published year on, and the one stock that is asked for. The answers are those of `dabiao.assess`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from dabiao import lever_model, region_data
from dabiao.assess import HORIZON, judged
from dabiao.needs import INPUTS, health_needs
from dabiao.people import RegionPopulation
from dabiao.region import Futures, outlooks_of_population, project_region
from forecasts.forecast import BIRTHS_PER, trend
from planning.catalogue import Catalogue
from planning.outlooks import Outlook
from planning.populations import Population, Projection
from planning.priors import read_priors
from planning.randomness import generator
from planning.regions import Region
from planning.scenarios import BASELINE, Lever, Scenario, read_levers
from planning.sources import information_day
from planning.targets import Target
from planning.verdicts import Verdict
from sim.demography.intercensal import FADING
from sim.demography.observed import Published, project_observed
from sim.services.staff import STAFF, StaffModel
from sim.services.stock import ServicePopulation, bends_people, population_levers

KEPT_PEOPLE = 1  # projections kept, some 30 MB each at 500 draws and ten years
KEPT_HEADS = 40  # what places and staff need of a projection: 0.3 MB each
KEPT_SAID = 8  # what a projection says of people, births and ageing: 1 MB each
KEPT_OUTLOOKS = 300  # 40 kB each


@dataclass
class Workbench:
    """One region with its futures under the baseline and all that levers act on. It keeps its last answers; nothing else
    changes."""

    catalogue: Catalogue
    futures: Futures
    levers: dict[str, Lever]
    ground: lever_model.LeverModel
    to: int
    draws: int
    seed: int
    kept_people: OrderedDict = field(default_factory=OrderedDict, repr=False)
    kept_heads: OrderedDict = field(default_factory=OrderedDict, repr=False)
    kept_said: OrderedDict = field(default_factory=OrderedDict, repr=False)
    kept_outlooks: OrderedDict = field(default_factory=OrderedDict, repr=False)

    @property
    def region(self) -> Region:
        return self.futures.region

    @property
    def as_of(self) -> date:
        return self.catalogue.as_of

    @property
    def first_year(self) -> int:
        """The first year that a lever can still bend."""
        return self.as_of.year

    def targets(self) -> tuple[Target, ...]:
        """The region's own targets that are still ahead, print a number and have an outlook."""
        own = (self.region.key, self.region.code)
        return tuple(
            t
            for t in self.catalogue.in_force(self.region)
            if t.key in own and t.numeric and not t.past(self.as_of) and t.indicator in self.futures.outlooks
        )

    def statuses(self, indicator: str) -> dict[int, str]:
        """How each published value of an indicator came about, by year: observed, estimated, derived ..."""
        return {o.year: o.status for o in self.catalogue.rows(self.region, indicator)}

    def settled(self, scenario: Scenario) -> Scenario:
        """The part of a scenario that can bend what is ahead of this region."""
        within = scenario.within(self.region).since(self.first_year)
        pulled = [(id, s) for id, s in within.settings if any(v != self.levers[id].neutral for _, v in s)]
        return replace(within, settings=tuple(pulled))

    def outlook(self, indicator: str, scenario: Scenario = BASELINE) -> Outlook:
        """One indicator under a scenario. KeyError where no engine speaks of it."""
        usual = self.futures.outlooks[indicator]
        scenario = self.settled(scenario)
        moving = tuple((id, s) for id, s in scenario.settings if self.moves(self.levers[id], indicator))
        if not moving:
            return usual
        scenario = replace(scenario, settings=moving)
        key = (indicator, scenario.fingerprint)
        return _kept(self.kept_outlooks, key, KEPT_OUTLOOKS, lambda: self._reckoned(indicator, scenario))

    def verdict(self, target: Target, scenario: Scenario = BASELINE) -> Verdict:
        """The verdict on a target under a scenario, as `assess` judges it."""
        outlook = self.outlook(target.indicator, scenario)
        own = replace(self.futures, outlooks={target.indicator: outlook})

        def futures_of(key: str, *_: Any) -> Futures:
            return own if key == self.region.key else self._elsewhere(key, target.indicator)

        return judged(target, self.catalogue, futures_of, self.region.key, self.as_of, self.to)

    def chance(self, target: Target, scenario: Scenario = BASELINE) -> float | None:
        return self.verdict(target, scenario).chance

    def contributions(self, target: Target, scenario: Scenario) -> list[tuple[str, float]]:
        """What each lever adds to the chance, pulled one after the other in the order of the scenario; they add up exactly."""
        found, before = [], self.chance(target) or 0.0
        so_far = replace(scenario, settings=())
        for lever, steps in scenario.settings:
            so_far = so_far.with_steps(lever, steps)
            after = self.chance(target, so_far) or 0.0
            found.append((lever, after - before))
            before = after
        return found

    def people(self, scenario: Scenario = BASELINE) -> RegionPopulation | None:
        """The people under a scenario; None where they cannot be projected."""
        expected, plan = self.futures.expected, self._on_people(scenario)
        if expected is None or plan is None:
            return expected
        return _kept(self.kept_people, plan.fingerprint, KEPT_PEOPLE, lambda: self._resumed(expected, plan))

    def heads(self, scenario: Scenario = BASELINE) -> ServicePopulation | None:
        """The people that places and staff are for, under a scenario; None where they cannot be projected."""
        plan = self._on_people(scenario)
        if self.ground.expected is None or plan is None:
            return self.ground.expected
        return _kept(
            self.kept_heads, plan.fingerprint, KEPT_HEADS, lambda: ServicePopulation.of(self.people(plan).projection)
        )

    def of_people(self, scenario: Scenario = BASELINE) -> dict[str, Outlook]:
        """What the projection says under a scenario, by indicator."""
        plan = self._on_people(scenario) or BASELINE
        return _kept(
            self.kept_said,
            plan.fingerprint,
            KEPT_SAID,
            lambda: outlooks_of_population(self.catalogue, self.region, self.people(plan)),
        )

    def _on_people(self, scenario: Scenario) -> Scenario | None:
        """The part of a scenario that bends the people, or None where it leaves them alone."""
        settled = self.settled(scenario)
        return population_levers(settled, self.levers) if bends_people(settled, self.levers) else None

    def moves(self, lever: Lever, indicator: str) -> bool:
        """Whether a lever can move an indicator."""
        if indicator in lever.indicators:
            return True
        if self._is_need(indicator):
            return any(self.moves(lever, id) for id in INPUTS[indicator])
        on_people = any(act.startswith("people.") for act in lever.acts) and self.ground.expected is not None
        stock = self.stock_of(indicator)
        if stock is not None:
            return on_people or any(act.startswith(_acts(stock)) for act in lever.acts)
        by_births = self.catalogue.indicator(indicator).unit in BIRTHS_PER
        return on_people and (by_births or indicator == "nursery_demand" or indicator in self._of_people)

    def stock_of(self, indicator: str) -> Any:
        """The stock of places, beds or staff that moves an indicator, or None."""
        stock = self.ground.stock_of(indicator, {})
        if stock is None or isinstance(stock, lever_model.ProgrammeModel):
            return None
        published = indicator in self.ground.outlooks and indicator != stock.rate.indicator
        return None if published else stock

    @property
    def nursery(self) -> lever_model.NurseryModel:
        """The stock of nursery places. Raises ValueError where none is known."""
        stock = self.ground.stocks.get(lever_model.NURSERY)
        if not isinstance(stock, lever_model.NurseryModel):
            raise ValueError(f"{self.region.key} publishes no nursery places, so there is no stock of them to move.")
        return stock

    def _is_need(self, indicator: str) -> bool:
        """Whether an indicator follows from others as a need, and has no outlook of its own."""
        return indicator in INPUTS and indicator not in self.futures.trends

    @cached_property
    def _of_people(self) -> frozenset[str]:
        """What the projection speaks of and levers on people can move."""
        return frozenset(self.of_people()) - {"life_expectancy"} if self.futures.expected else frozenset()

    def _reckoned(self, indicator: str, scenario: Scenario) -> Outlook:
        if self._is_need(indicator):
            inputs = {"births", "population", *INPUTS[indicator]}
            outlooks = {id: self.outlook(id, scenario) for id in inputs}
            return health_needs(self.catalogue, self.region, self.people(scenario), outlooks)[indicator]
        stock = self.stock_of(indicator) or self.ground.stock_of(indicator, self.levers)
        if stock is not None:
            return stock.under(self.heads(scenario), stock.settings(scenario, self.levers))[indicator]
        people = self.of_people(scenario)
        if indicator == "nursery_demand":
            return self.nursery.demand(people["children_under_3"], self.heads(scenario))
        if indicator in people:
            return people[indicator]
        return trend(self.catalogue, self.region, indicator, self.to, self.draws, self.seed, people["births"])[0]

    def _elsewhere(self, key: str, indicator: str) -> Futures:
        """The futures of the region that a relative target is compared with."""
        about = (self.catalogue, self.catalogue.region(key), {indicator})
        return project_region(*about, self.to, self.draws, self.seed, BASELINE, self.levers)

    def _resumed(self, expected: RegionPopulation, plan: Scenario) -> RegionPopulation:
        """The people from the first year on that the levers bend: all before it is as without them."""
        gone = max(self.first_year - 1, *expected.known, expected.base.year)
        done = gone - expected.base.year
        if not 0 < done < len(expected.drivers.years):
            return lever_model.people_under(expected, self.catalogue, self.region, plan, self.levers)
        drivers = lever_model._by_order(expected, plan, self.levers)
        years, before = drivers.years[done:], expected.projection
        fertility = plan.by_year(self.levers["fertility"], years)
        migration = plan.by_year(self.levers["migration"], years)
        ahead = project_observed(
            Population(self.region.key, gone, before.people[:, done]),
            drivers.total_fertility.paths[:, done:] * fertility,
            np.stack([drivers.life_expectancy_male.paths, drivers.life_expectancy_female.paths], axis=-1)[:, done:],
            (drivers.net_migration.paths + drivers.census_corrections)[:, done:] + migration,
            years,
            self._published,
            expected.by_age * FADING**done,
        )
        return replace(expected, drivers=drivers, projection=_joined(before, ahead, done))

    @cached_property
    def _published(self) -> Published:
        """Births and deaths published for the years that levers could bend; they stay as they are."""
        record = region_data.vital_statistics(self.catalogue, self.region, None, self.futures.expected.drivers.level)
        deaths = region_data.deaths_of(self.catalogue, self.region, record.population)
        gone = max(self.first_year - 1, *self.futures.expected.known, self.futures.expected.base.year)
        births, died = ({y: v for y, v in of.items() if gone < y <= self.to} for of in (record.births, deaths))
        return Published({}, births, died)


def workbench(
    region: str,
    to: int | None = None,
    as_of: str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
) -> Workbench:
    """The workbench of a region; asked for again, the same one. Arguments and errors as of `dabiao.assess.assess`."""
    return _workbench(known(data, as_of).find(region).key, to, as_of, draws, seed, data)


def forget() -> None:
    """Forget every workbench and catalogue, because figures have changed."""
    _workbench.cache_clear()
    known.cache_clear()


@lru_cache(maxsize=4)
def known(data: str | None, as_of: str | None) -> Catalogue:
    """The catalogue of a data folder as it was known on a day."""
    everything = Catalogue.load(data)
    return everything.known_by(information_day(as_of) if as_of else everything.newest_publication)


@lru_cache(maxsize=2)
def _workbench(key: str, to: int | None, as_of: str | None, draws: int, seed: int, data: str | None) -> Workbench:
    catalogue = known(data, as_of)
    place = catalogue.region(key)
    levers = read_levers(catalogue.folders)
    ahead = [t for t in catalogue.in_force(place) if not t.past(catalogue.as_of)]
    last = to or max([HORIZON, *(t.year for t in ahead)])
    wanted = {t.indicator for t in ahead if catalogue.region(t.key).key == place.key}
    wanted |= {lever_model.NURSERY, lever_model.BEDS, *(per for per, *_ in STAFF.values())} & set(catalogue.indicators)
    futures = project_region(catalogue, place, wanted, last, draws, seed, BASELINE, levers)
    heads = None if futures.expected is None else ServicePopulation.of(futures.expected.projection)
    ground = lever_model.build_lever_model(
        futures.trends, heads, generator(seed, place, "structure"), read_priors(catalogue.folders)
    )
    return Workbench(catalogue, futures, levers, ground, last, draws, seed)


def _acts(stock: Any) -> str:
    """How the acts of levers on a stock begin."""
    if isinstance(stock, StaffModel):
        return f"staff.{stock.cadre.id}."
    return "nursery." if stock.rate.indicator == lever_model.NURSERY else "beds."


def _joined(before: Projection, ahead: Projection, done: int) -> Projection:
    def both(name: str, upto: int) -> np.ndarray:
        return np.concatenate([getattr(before, name)[:, :upto], getattr(ahead, name)], axis=1)

    return replace(
        before, people=both("people", done), births=both("births", done), deaths=both("deaths", done),
        migrants=both("migrants", done),
    )  # fmt: skip


def _kept(store: OrderedDict, key: Any, most: int, make: Callable) -> Any:
    """What was made before for this key, or made now; the longest unasked gives way."""
    if key not in store:
        store[key] = make()
    store.move_to_end(key)
    while len(store) > most:
        store.popitem(last=False)
    return store[key]
