"""One region held ready: prepared once without levers, then asked for any scenario on the same draws.

    region_model("瓯海区") -> people, trends, stocks of places and staff -> outlook, verdict, values under levers

What no lever bends (base, drivers, trends, the flows that trends imply) is reckoned once. A scenario runs the people again
from the last published year on, and the one stock that is asked for. `assess` judges with it, `reach` searches on it, the
planner's page moves its levers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

import numpy as np

from dabiao import region_data
from dabiao.cache import READY, Cache
from dabiao.decompose import decompose
from dabiao.lever_model import LeverModel, bend_births_by_order, build_lever_model, people_under
from dabiao.needs import INPUTS, health_needs
from dabiao.people import NoPeople, RegionPopulation, outlooks_of_population, people_ahead
from forecasts.forecast import BIRTHS_PER, forecast
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.loading.folder import load_catalogue
from planning.loading.levers import read_levers
from planning.loading.priors import read_priors
from planning.outlooks import Outlook
from planning.own_figures import Own, given, with_own
from planning.populations import Population, Projection
from planning.randomness import generator
from planning.regions import Region
from planning.scenarios import BASELINE, Scenario
from planning.sources import information_day
from planning.targets import Target
from planning.verdicts import Verdict, judge
from sim.demography.observed import Published, project_observed
from sim.services.nursery import BEDS, NURSERY
from sim.services.programmes import ProgrammeModel
from sim.services.staff import STAFF
from sim.services.stock import ServicePopulation, StockModel, bends_people, population_levers

HORIZON = 2030  # a model reaches at least to the end of this year, that of the plans now in force
NURSERY_INDICATORS = (NURSERY, "nursery_places", "nursery_places_per_100_under3", "nursery_demand")
GP_INDICATORS = ("gps_per_10000", "gps")
ALWAYS = (NURSERY, "gps_per_10000")  # reports show them, whatever the region's plans ask for
EVERY_STOCK = (
    NURSERY,
    BEDS,
    *(per_head for per_head, *_ in STAFF.values()),
)  # what levers move, wherever it is published
KEPT = {  # answers that a model keeps, by kind, at 500 draws and ten years
    "people": 1,  # projections, some 30 MB each
    "heads": 40,  # what places and staff need of a projection: 0.3 MB each
    "population": 8,  # what a projection says of people, births and ageing: 1 MB each
    "needs": 4,  # 1 MB each
    "outlook": 300,  # 40 kB each
    "ratios": 8,  # people at three settings of a lever, beside those expected: 1 MB each
}


@dataclass(eq=False)
class RegionModel:
    """One region on what was known by a day, with what lies ahead of it without levers and all that levers act on.

    targets: those in force; to: the last year. expected: the people without levers, None where they cannot be projected.
    trends: every outlook before the levers' structure; outlooks: every outlook without levers, by indicator;
    missing_reasons: why an indicator has none. It keeps its last answers and the models of other regions and days that its targets are held
    against; nothing else changes.
    """

    catalogue: Catalogue
    region: Region
    targets: tuple[Target, ...]
    levers: dict[str, Lever]
    to: int
    draws: int
    seed: int
    wanted: frozenset[str]
    expected: RegionPopulation | None
    trends: dict[str, Outlook]
    outlooks: dict[str, Outlook]
    missing_reasons: dict[str, str]
    lever_model: LeverModel
    cache: Cache = field(default_factory=lambda: Cache(KEPT), repr=False)
    others: dict[tuple, RegionModel] = field(default_factory=dict, repr=False)

    @classmethod
    def prepare(
        cls,
        catalogue: Catalogue,
        region: Region,
        targets: Collection[Target],
        to: int,
        draws: int,
        seed: int,
        also: Collection[str] = (),
    ) -> RegionModel:
        """The model of a region on a catalogue as known by a day: its people, and every indicator that its targets or
        `also` name and some engine can speak of."""
        levers, priors = read_levers(catalogue.folders), read_priors(catalogue.folders)
        starts = {t.indicator: started(t) for t in targets if t.kind == "cumulative"}
        wanted = frozenset({*_asked_of(region, targets, catalogue), *also})
        outlooks: dict[str, Outlook] = {}
        reasons: dict[str, str] = {}
        expected: RegionPopulation | None = None
        try:
            expected = people_ahead(catalogue, region, to, draws, seed, BASELINE, levers)
            outlooks.update(outlooks_of_population(catalogue, region, expected))
        except NoPeople as error:
            reasons.update(dict.fromkeys(("population", *NURSERY_INDICATORS), error.args[0]))
        for id in sorted(wanted - {*outlooks, *NURSERY_INDICATORS, *GP_INDICATORS} | {*ALWAYS}):
            outlook, reason = forecast(catalogue, region, id, to, draws, seed, outlooks.get("births"), starts.get(id))
            if outlook is None:
                reasons[id] = reason
                continue
            outlooks[id] = outlook
        heads = None if expected is None else ServicePopulation.of(expected.projection)
        lever_model = build_lever_model(outlooks, heads, generator(seed, region, "structure"), priors)
        trends = dict(outlooks)
        outlooks.update(lever_model.outlooks_under(heads, BASELINE, levers))
        if lever_model.nursery is not None and "children_under_3" in outlooks:
            outlooks["nursery_demand"] = lever_model.nursery.demand(outlooks["children_under_3"], heads)
        if expected is not None:
            # What a plan promises is judged by the engine of its own indicator, never by what follows from another's.
            found = health_needs(catalogue, region, expected, outlooks)
            outlooks.update({id: o for id, o in found.items() if id not in outlooks and id not in wanted})
        return cls(
            catalogue, region, tuple(targets), levers, to, draws, seed, wanted, expected, trends, outlooks, reasons,
            lever_model,
        )  # fmt: skip

    def elsewhere(
        self,
        key: str,
        day: date | None = None,
        to: int | None = None,
        also: Iterable[str] = (),
        targets: tuple[Target, ...] | None = None,
    ) -> RegionModel:
        """The model of another region, or of an earlier day, that some targets (by default all) are held against; made once."""
        day, to, also = day or self.as_of, to or self.to, frozenset(also)
        region = self.catalogue.region(key)
        if (region.key, day, to) == (self.region.key, self.as_of, self.to) and also <= self.wanted:
            return self
        if (region.key, day, to, also) not in self.others:
            seen = self.catalogue.known_by(day)
            held = self.targets if targets is None else targets
            made = RegionModel.prepare(seen, region, held, to, self.draws, self.seed, also)
            self.others[region.key, day, to, also] = made
        return self.others[region.key, day, to, also]

    @property
    def as_of(self) -> date:
        return self.catalogue.as_of

    @property
    def first_year(self) -> int:
        """The first year whose end a lever can still bend: the year of the information date, or the next after its last day."""
        return self.as_of.year + ((self.as_of.month, self.as_of.day) == (12, 31))

    def targets_ahead(self) -> tuple[Target, ...]:
        """The region's own targets that are still ahead, print a number and have an outlook."""
        own = (self.region.key, self.region.code)
        return tuple(
            t
            for t in self.targets
            if t.key in own and t.numeric and not t.past(self.as_of)
            if t.indicator in self.outlooks and t.year in self.outlooks[t.indicator].years
        )

    def first_target(self) -> Target | None:
        """The target ahead to begin with, None without any: one that levers move, of its own plan before the goals of the
        regions above, of places or staff before a programme's, and the last of those."""

        def rank(target: Target) -> tuple[bool, bool, bool]:
            stock, own = self.stock_of(target.indicator), target.document.region == self.region.code
            movable = any(self.moves(lever, target.indicator) for lever in self.levers.values())
            return movable, own, stock is not None and not isinstance(stock, ProgrammeModel)

        return max(reversed(self.targets_ahead()), key=rank, default=None)

    def statuses(self, indicator: str) -> dict[int, str]:
        """How each published value of an indicator came about, by year: observed, estimated, derived ..."""
        return {o.year: o.status for o in self.catalogue.rows(self.region, indicator)}

    # ---------------------------------------------------------------- scenarios

    def settled(self, scenario: Scenario) -> Scenario:
        """The part of a scenario that can bend what is ahead of this region."""
        within = scenario.within(self.region).since(self.first_year)
        pulled = [(id, s) for id, s in within.settings if any(v != self.levers[id].neutral for _, v in s)]
        return replace(within, settings=tuple(pulled))

    def with_settings(self, settings: Mapping[str, float], scenario: Scenario = BASELINE) -> Scenario:
        """A scenario with some levers set from the first open year on."""
        for id, value in settings.items():
            scenario = scenario.with_steps(id, ((self.first_year, float(value)),))
        return scenario

    def moves(self, lever: Lever, indicator: str) -> bool:
        """Whether a lever can move an indicator."""
        if indicator in lever.indicators:
            return True
        if self._is_need(indicator):
            return any(self.moves(lever, id) for id in INPUTS[indicator])
        on_people = any(act.startswith("people.") for act in lever.acts) and self.expected is not None
        stock = self.stock_of(indicator)
        if stock is not None:
            return on_people or stock.bent_by(lever)
        by_births = self.catalogue.indicator(indicator).unit in BIRTHS_PER
        return on_people and (by_births or indicator == "nursery_demand" or indicator in self._of_people)

    # ---------------------------------------------------------------- answers

    def outlook(self, indicator: str, scenario: Scenario = BASELINE) -> Outlook:
        """One indicator under a scenario. KeyError where no engine speaks of it."""
        usual = self.outlooks[indicator]
        scenario = self.settled(scenario)
        moving = tuple((id, s) for id, s in scenario.settings if self.moves(self.levers[id], indicator))
        if not moving:
            return usual
        scenario = replace(scenario, settings=moving)
        return self.cache.keep("outlook", (indicator, scenario.fingerprint), lambda: self._bent(indicator, scenario))

    def outlooks_under(self, scenario: Scenario) -> dict[str, Outlook]:
        """Every outlook under a scenario, by indicator."""
        return {id: self.outlook(id, scenario) for id in self.outlooks}

    def verdict(self, target: Target, scenario: Scenario = BASELINE) -> Verdict:
        """The verdict on a target under a scenario, on what was known by the model's day."""
        about, day = self.catalogue.indicator(target.indicator), self.as_of.isoformat()
        reason = self.missing_reasons.get(target.indicator, "")
        return judge(
            target,
            self.outlook(target.indicator, scenario) if target.indicator in self.outlooks else None,
            about.decimals,
            reason=reason,
            goal=self.goal_elsewhere(target, scenario),
            as_of=day,
        )

    def contributions(self, target: Target, scenario: Scenario) -> list[tuple[str, float]]:
        """What each lever adds to the chance, pulled one after the other in the order of the scenario; they add up exactly."""

        def chance(pulled: Collection[str]) -> float:
            settings = tuple((id, steps) for id, steps in scenario.settings if id in pulled)
            return self.chance(target, replace(scenario, settings=settings)) or 0.0

        return [(c.lever, c.after - c.before) for c in decompose(scenario.pulled(), chance)]

    def chance(self, target: Target, scenario: Scenario = BASELINE) -> float | None:
        """The chance that a target is met under a scenario, as stated; None without a verdict."""
        return self.verdict(target, scenario).chance

    def goal_elsewhere(self, target: Target, scenario: Scenario = BASELINE) -> np.ndarray | None:
        """For a target relative to another region, that region's own outlook at the deadline, draw by draw."""
        if target.comparison != "relative" or not target.relative_to:
            return None
        other = self.elsewhere(target.relative_to)
        outlook = other.outlook(target.indicator, scenario) if target.indicator in other.outlooks else None
        return outlook.at(target.year) if outlook is not None and target.year in outlook.years else None

    def values(
        self, indicator: str, year: int, settings: Mapping[str, float], scenario: Scenario = BASELINE
    ) -> np.ndarray:
        """An indicator at the end of a year with some levers set from the first open year on, on top of a scenario: (draw,).

        The people are interpolated between projections, so that many settings can be tried (`interpolated_heads`).
        """
        plan, stock = self.with_settings(settings, scenario), self.stock_of(indicator)
        if stock is None or stock.rate.indicator != indicator:
            return self.outlook(indicator, plan).at(year)
        near, heads = stock.until(year), self.interpolated_heads(settings, scenario)
        return near.paths(heads, near.settings(self.settled(plan), self.levers))[:, -1]

    # ---------------------------------------------------------------- people, places and staff

    def people(self, scenario: Scenario = BASELINE) -> RegionPopulation | None:
        """The people under a scenario; None where they cannot be projected."""
        expected, plan = self.expected, self._on_people(scenario)
        if expected is None or plan is None:
            return expected
        return self.cache.keep("people", plan.fingerprint, lambda: self._resumed(expected, plan))

    def heads(self, scenario: Scenario = BASELINE) -> ServicePopulation | None:
        """The people that places and staff are for, under a scenario; None where they cannot be projected."""
        expected, plan = self.lever_model.expected, self._on_people(scenario)
        if expected is None or plan is None:
            return expected
        return self.cache.keep("heads", plan.fingerprint, lambda: ServicePopulation.of(self.people(plan).projection))

    def interpolated_heads(
        self, settings: Mapping[str, float], scenario: Scenario = BASELINE
    ) -> ServicePopulation | None:
        """`heads` with some levers set from the first open year on, by a curve through the projections at the ends of a
        lever's range and between."""
        fixed = replace(scenario, settings=tuple((id, s) for id, s in scenario.settings if id not in settings))
        heads = self.heads(fixed)
        for id, value in settings.items() if heads is not None else ():
            lever = self.levers[id]
            if value != lever.neutral and bends_people(self.with_settings({id: value}), self.levers):
                heads = heads.times(self._curve(lever, value))
        return heads

    def outlooks_of_people(self, scenario: Scenario = BASELINE) -> dict[str, Outlook]:
        """What the projection says under a scenario, by indicator."""
        plan = self._on_people(scenario) or BASELINE
        about = self.catalogue, self.region
        return self.cache.keep(
            "population", plan.fingerprint, lambda: outlooks_of_population(*about, self.people(plan))
        )

    def stock_of(self, indicator: str) -> StockModel | None:
        """The stock of places, beds or staff, or the programme, that moves an indicator; None where no lever's does."""
        return self.lever_model.stock_of(indicator, self.levers)

    def _is_need(self, indicator: str) -> bool:
        """Whether an indicator follows from others as a need, and has no outlook of its own."""
        return indicator in INPUTS and indicator not in self.trends and indicator not in self.wanted

    @cached_property
    def _of_people(self) -> frozenset[str]:
        """What the projection speaks of and levers on people can move."""
        return frozenset(self.outlooks_of_people()) - {"life_expectancy"} if self.expected else frozenset()

    def _on_people(self, scenario: Scenario) -> Scenario | None:
        """The part of a scenario that bends the people, or None where it leaves them alone."""
        settled = self.settled(scenario)
        return population_levers(settled, self.levers) if bends_people(settled, self.levers) else None

    def _bent(self, indicator: str, scenario: Scenario) -> Outlook:
        if self._is_need(indicator):
            return self.cache.keep("needs", scenario.fingerprint, lambda: self._needs(scenario))[indicator]
        stock = self.stock_of(indicator)
        if stock is not None:
            found = stock.under(self.heads(scenario), stock.settings(scenario, self.levers))
            for id in set(found) & set(self.outlooks):  # what is reckoned anyway is kept
                if id != indicator and self.stock_of(id) is stock:
                    self.cache.keep("outlook", (id, scenario.fingerprint), partial(found.__getitem__, id))
            return found[indicator]
        people = self.outlooks_of_people(scenario)
        if indicator == "nursery_demand":
            return self.lever_model.nursery.demand(people["children_under_3"], self.heads(scenario))
        if indicator in people:
            return people[indicator]
        return forecast(self.catalogue, self.region, indicator, self.to, self.draws, self.seed, people["births"])[0]

    def _needs(self, scenario: Scenario) -> dict[str, Outlook]:
        inputs = {id for ids in INPUTS.values() for id in ids} & set(self.outlooks)
        outlooks = {id: self.outlook(id, scenario) for id in inputs}
        return health_needs(self.catalogue, self.region, self.people(scenario), outlooks)

    def _curve(self, lever: Lever, value: float) -> ServicePopulation:
        """The people as a multiple of those expected, at one setting of a lever, by a parabola through low, neutral, high."""
        at = sorted({lever.low, lever.neutral, lever.high})
        expected = self.lever_model.expected
        plans = [self.with_settings({lever.id: x}) for x in at]
        ratios = self.cache.keep("ratios", lever.id, lambda: [self.heads(plan).over_those(expected) for plan in plans])
        weights = [float(np.prod([(value - b) / (a - b) for b in at if b != a])) for a in at]
        # A rate that is added moves the log of people evenly, a multiple of births the people themselves.
        return ServicePopulation.mixed(ratios, weights, logs=lever.neutral == 0)

    def _resumed(self, expected: RegionPopulation, plan: Scenario) -> RegionPopulation:
        """The people from the first year on that the levers bend: all before it is as without them."""
        done = self._last_published - expected.base.year
        if not 0 < done < len(expected.drivers.years):
            return people_under(expected, self.catalogue, self.region, plan, self.levers)
        drivers = bend_births_by_order(expected, plan, self.levers)
        years, before, ways = drivers.years[done:], expected.projection, expected.ways.since(done)
        fertility = plan.by_year(self.levers["fertility"], years)
        migration = plan.by_year(self.levers["migration"], years)
        ahead = project_observed(
            Population(self.region.key, self._last_published, before.people[:, done]),
            drivers.total_fertility.paths[:, done:] * fertility,
            np.stack([drivers.life_expectancy_male.paths, drivers.life_expectancy_female.paths], axis=-1)[:, done:],
            (drivers.net_migration.paths + drivers.census_corrections)[:, done:] + migration,
            years,
            self._published,
            ways.by_age,
            start=ways.fit,
            students=ways.students,
            boys_per_girl=ways.boys_per_girl,
        )
        return replace(expected, drivers=drivers, projection=_joined(before, ahead, done))

    @cached_property
    def _last_published(self) -> int:
        """The last year that is over or whose total of people is published."""
        return max(self.first_year - 1, *self.expected.known, self.expected.base.year)

    @cached_property
    def _published(self) -> Published:
        """Births and deaths published for the years that levers could bend; they stay as they are."""
        record = region_data.vital_statistics(self.catalogue, self.region, None, self.expected.drivers.level)
        deaths = region_data.deaths_of(self.catalogue, self.region, record.population)
        births, died = (
            {y: v for y, v in of.items() if self._last_published < y <= self.to} for of in (record.births, deaths)
        )
        return Published({}, births, died)


def region_model(
    region: str,
    to: int | None = None,
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
    also: Iterable[str] = (),
    own: Own = None,
) -> RegionModel:
    """The model of a region; asked for again on the same figures, the same one.

    also: indicators besides those that its targets name. own: figures of the region typed in beside what is published, as
    {indicator: {year: value}} or words INDICATOR=VALUE@YEAR. The rest, and errors, as of `dabiao.assessment.assess`.

    >>> model = region_model("瓯海区", to=2027, draws=20)
    >>> model.outlook("births").years[-1]
    2027
    """
    everything = load_catalogue(data)
    catalogue = everything.known_by(information_day(as_of) if as_of else everything.newest_publication)
    place = catalogue.find(region)
    figures = given(own, everything)
    if figures:
        day = catalogue.as_of
        catalogue = with_own(everything, place, figures).known_by(day)
    targets = [t for t in catalogue.in_force(place) if t.document.published <= catalogue.as_of]
    last = to or max([HORIZON, *(t.year for t in targets)])
    also = frozenset(also) & set(catalogue.indicators) - _asked_of(place, targets, catalogue)
    key = (everything.fingerprint, catalogue.as_of, place.key, last, draws, seed, also, figures)
    return READY.keep("model", key, lambda: RegionModel.prepare(catalogue, place, targets, last, draws, seed, also))


def started(target: Target) -> int:
    """The year end at which what a target adds up stood at nought: its base year, else the year before its document."""
    return target.base_year if target.base_year is not None else target.document.published.year - 1


def _asked_of(region: Region, targets: Iterable[Target], catalogue: Catalogue) -> set[str]:
    """The indicators that targets name for a region, or hold another region's against."""
    key = region.key
    own = {t.indicator for t in targets if catalogue.region(t.key).key == key}
    return own | {t.indicator for t in targets if t.relative_to and catalogue.region(t.relative_to).key == key}


def _joined(before: Projection, ahead: Projection, done: int) -> Projection:
    def both(name: str) -> np.ndarray:
        return np.concatenate([getattr(before, name)[:, :done], getattr(ahead, name)], axis=1)

    return replace(
        before, people=both("people"), births=both("births"), deaths=both("deaths"), migrants=both("migrants")
    )
