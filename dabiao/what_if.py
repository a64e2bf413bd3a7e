"""What if: one target's chance under any lever settings, on the same draws, running again only what the levers bend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from dabiao.assess import HORIZON, Assessment, goal_elsewhere, information_date
from dabiao.lever_model import LeverModel, build_lever_model, people_under
from dabiao.region import Futures, outlooks_of_population, project_region
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.loading.errors import not_known
from planning.outlooks import Outlook
from planning.priors import read_priors
from planning.randomness import generator
from planning.regions import Region
from planning.scenarios import BASELINE, Lever, Scenario, read_levers
from planning.sources import information_day
from planning.targets import Target
from planning.verdicts import Verdict, judge, lower_is_the_aim, met
from sim.services.population_outlooks import AMBULANCE_CREW, ambulances_by_norm, staff_by_norm
from sim.services.stock import ServicePopulation, bends_people

MOVES = 5e-3  # of the median; a lever that moves it by less at either end of its range is left out


class NothingToReach(ValueError):
    """Raised where a target cannot be reached or missed by number: none is printed, or nothing is known of its indicator."""


@dataclass(frozen=True)
class WhatIf:
    """One target, the ground that its indicator stands on, and the levers that can bend it.

    day: on whose knowledge it is answered; asked: the day of the question; first_year: the first year that a lever can still bend. goal: what the value is
    compared with, a number or (draw,). lonely: no peers, so that no report states a chance above .66; the chances here are
    the model's own.
    """

    region: Region
    target: Target
    about: Indicator
    catalogue: Catalogue
    levers: Mapping[str, Lever]
    day: date
    asked: date
    first_year: int
    futures: Futures
    ground: LeverModel
    goal: np.ndarray | float | None
    base: float | None
    seed: int
    _people: dict = field(default_factory=dict, compare=False, repr=False)
    _ratios: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def lonely(self) -> bool:
        return self.futures.alone(self.about.id)

    @cached_property
    def stock(self) -> Any:
        """The stock or programme that moves the indicator, or None where it is a trend alone."""
        return self.ground.stock_of(self.about.id, self.levers)

    @property
    def past(self) -> bool:
        """Whether the deadline was over on the day of the question, so that it is answered as of its plan."""
        return self.asked != self.day

    @property
    def years(self) -> tuple[int, ...]:
        """Years from the first that lies open to the deadline."""
        return tuple(range(self.first_year, self.target.year + 1))

    def scenario(self, settings: Mapping[str, float]) -> Scenario:
        """The scenario of settings that all hold from the first open year."""
        steps = tuple((id, ((self.first_year, float(value)),)) for id, value in settings.items())
        return replace(BASELINE, settings=steps)

    def outlook(self, settings: Mapping[str, float] | Scenario) -> Outlook:
        """The target's indicator under the levers."""
        plan = settings if isinstance(settings, Scenario) else self.scenario(settings)
        stock = self.stock
        if stock is None:
            return self._of_people(plan)
        return stock.under(self.heads(settings), stock.settings(plan, self.levers))[self.about.id]

    def heads(self, settings: Mapping[str, float] | Scenario) -> ServicePopulation | None:
        """The people under the levers; between projections at the ends of a lever's range by a curve through three points."""
        if self.ground.expected is None:
            return None
        if isinstance(settings, Scenario):
            return ServicePopulation.of(self.people(settings).projection)
        heads = self.ground.expected
        for id, value in settings.items():
            lever = self.levers[id]
            if value != lever.neutral and bends_people(self.scenario({id: value}), self.levers):
                heads = _times(heads, self._curve(lever, value))
        return heads

    def people(self, plan: Scenario) -> Any:
        """The people under a scenario, projected once for each setting of the levers that bend them."""
        key = tuple((id, s) for id, s in plan.settings if bends_people(replace(plan, settings=((id, s),)), self.levers))
        if key not in self._people:
            self._people[key] = people_under(self.futures.expected, self.catalogue, self.region, plan, self.levers)
        return self._people[key]

    def values(self, settings: Mapping[str, float] | Scenario) -> np.ndarray:
        """The indicator at the deadline: (draw,)."""
        stock = self._near
        if stock is None:
            return self.outlook(settings).at(self.target.year)
        plan = settings if isinstance(settings, Scenario) else self.scenario(settings)
        return stock.per_head(self.heads(settings), stock.settings(plan, self.levers))[:, -1]

    @cached_property
    def _near(self) -> Any:
        """The stock to the deadline alone, where it is the target's own figure per head: all that a chance needs."""
        stock = self.stock
        own = hasattr(stock, "expected") and stock.rate.indicator == self.about.id
        return stock.until(self.target.year) if own else None

    def hits(self, values: np.ndarray) -> np.ndarray:
        """Whether values at the deadline meet the target: (draw,)."""
        return met(self.target, values, self.about.decimals, goal=self.goal, base=self.base)

    def chance(self, settings: Mapping[str, float] | Scenario) -> float:
        """The share of draws that meet the target."""
        return float(self.hits(self.values(settings)).mean())

    def margin(self, values: np.ndarray) -> np.ndarray:
        """How far values lie on the good side of what is asked, in the unit: (draw,)."""
        t = self.target
        if t.comparison == "between":
            return np.minimum(values - t.low, t.high - values)
        aim = self.goal if self.goal is not None else t.value if t.value is not None else self.base
        if t.comparison == "equal":
            return -np.abs(values - aim)
        return aim - values if lower_is_the_aim(t) else values - aim

    def verdict(self) -> Verdict:
        """The verdict without levers."""
        outlook, reason = self.futures.outlook(self.target)
        day = self.day.isoformat()
        return judge(
            self.target, outlook, self.about.decimals, reason=reason, goal=self.goal, capped=self.lonely, as_of=day
        )

    def candidates(self, asked: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The levers that move the indicator at the deadline, of those asked for or of all that stand for themselves.

        Births of one order move it as all births do, so they are tried only when asked for.
        """
        for id in asked:
            if id not in self.levers:
                raise not_known("lever", id, self.levers, "Levers are listed in data/levers.yaml.")
        plain = self.values({})
        middle = float(np.median(plain))
        found = []
        for id in asked or self.levers:
            lever = self.levers[id]
            if not asked and any(act.startswith("people.fertility.") for act in lever.acts):
                continue
            if not self._may_move(lever):
                continue
            ends = [self.values({id: end}) for end in (lever.low, lever.high) if end != lever.neutral]
            moved = max(abs(float(np.median(v)) - middle) for v in ends)
            if moved > MOVES * abs(middle) or any((self.hits(v) != self.hits(plain)).any() for v in ends):
                found.append(id)
        return tuple(found)

    def _may_move(self, lever: Lever) -> bool:
        """A quick look at the words of a lever, so that what is of another kind is not run."""
        stock = self.stock
        if any(act.startswith("people.") for act in lever.acts):
            return self.ground.expected is not None and (stock is None or hasattr(stock, "expected"))
        if stock is None:
            return False
        if hasattr(stock, "trend"):
            return self.about.id in lever.indicators
        kind = {"nursery_places_per_1000": "nursery.", "beds_per_1000": "beds."}.get(stock.rate.indicator)
        return any(act.startswith(kind or f"staff.{stock.cadre.id}.") for act in lever.acts)

    def _of_people(self, plan: Scenario) -> Outlook:
        """An indicator without a structure of its own: from the people where it is theirs, else as it is."""
        plain = self.futures.outlooks[self.about.id]
        if plain.method != "cohort component" or not bends_people(plan, self.levers):
            return plain
        return outlooks_of_population(self.catalogue, self.region, self.people(plan))[self.about.id]

    def _curve(self, lever: Lever, value: float) -> ServicePopulation:
        """The people as a multiple of those expected, at one setting of a lever, by a parabola through low, neutral, high."""
        at = sorted({lever.low, lever.neutral, lever.high})
        if lever.id not in self._ratios:
            plans = [self.scenario({lever.id: x}) for x in at]
            self._ratios[lever.id] = [_ratio(self.heads(plan), self.ground.expected) for plan in plans]
        ratios = self._ratios[lever.id]
        weights = [float(np.prod([(value - b) / (a - b) for b in at if b != a])) for a in at]
        # A rate that is added moves the log of people evenly, a multiple of births the people themselves.
        return _mixed(ratios, weights, logs=lever.neutral == 0)


def what_if(
    region: str,
    target: str,
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
) -> WhatIf:
    """The ground of one target of a region, with the figures and draws of `dabiao.assess.assess`.

    target: its id, or its indicator by id or name. A deadline that is past is asked on the day of its plan, as in a report.
    Raises NotKnown with what is near, and NothingToReach, with the reason, where there is nothing to compare by number.
    """
    everything = Catalogue.load(data)
    catalogue = everything.known_by(information_day(as_of) if as_of else everything.newest_publication)
    place = catalogue.find(region)
    targets = catalogue.in_force(place)
    goal = find_target(target, place, targets, catalogue)
    last = max([HORIZON, *(t.year for t in targets)])
    return _prepared(goal, catalogue, last, draws, seed, {})


def what_if_in(a: Assessment, target: Target) -> WhatIf:
    """The same for a target of an assessment under the baseline, on what it holds ready. Raises NothingToReach."""
    ready = {(a.region.key, a.as_of): a.futures, **{(key, a.as_of): f for key, f in a.above.items()}}
    return _prepared(target, a.catalogue, a.to, a.draws, a.seed, ready)


def _prepared(goal: Target, catalogue: Catalogue, last: int, draws: int, seed: int, ready: dict) -> WhatIf:
    about = catalogue.indicator(goal.indicator)
    comparable = goal.numeric or goal.comparison in ("improve", "maintain", "relative")
    if about.family == "not_quantitative" or not comparable:
        raise NothingToReach(
            f"{goal.id} prints no number ({about.zh}), so nothing can be said of the pace or the levers that reach it."
        )
    levers, day = read_levers(catalogue.folders), information_date(goal, catalogue.as_of)
    until = last if day == catalogue.as_of else goal.year

    def futures_of(key: str, day: date, until: int) -> Futures:
        if (key, day) not in ready:
            seen = catalogue.known_by(day)
            ready[key, day] = project_region(
                seen, seen.region(key), {goal.indicator}, until, draws, seed, BASELINE, levers
            )
        return ready[key, day]

    own, seen = catalogue.region(goal.key), catalogue.known_by(day)
    futures = futures_of(own.key, day, until)
    elsewhere = goal_elsewhere(goal, catalogue, futures_of, day, until)
    base = _comparable(goal, about, futures, elsewhere)
    first = day.year + (day.month == 12 and day.day == 31)
    if first > goal.year:
        raise NothingToReach(f"{goal.id}: its deadline is over on {day}; ask for an earlier day with --as-of.")
    heads = ServicePopulation.of(futures.expected.projection) if futures.expected is not None else None
    rng = generator(seed, seen.region(own.key), "structure")
    ground = build_lever_model(futures.trends, heads, rng, read_priors(catalogue.folders))
    return WhatIf(own, goal, about, seen, levers, day, catalogue.as_of, first, futures, ground, elsewhere, base, seed)


def _comparable(goal: Target, about: Indicator, futures: Futures, elsewhere: np.ndarray | None) -> float | None:
    """The value that a target starts from, where it is known; NothingToReach where there is nothing to compare."""
    outlook, reason = futures.outlook(goal)
    if outlook is None or goal.year not in outlook.years:
        people = futures.outlooks.get("population")
        residents = float(np.median(people.at(goal.year))) if people is not None and goal.year in people.years else None
        why = reason or "its outlook does not reach the deadline"
        raise NothingToReach(f"{goal.id}: {why}. {missing(about, residents)}")
    before = [v for y, v in outlook.observed if y <= goal.year]
    base = goal.base_value if goal.base_value is not None else (before[-1] if before else None)
    if goal.comparison == "relative" and elsewhere is None:
        raise NothingToReach(f"{goal.id} is compared with another region of which nothing is known.")
    if goal.comparison in ("improve", "maintain") and goal.value is None and base is None:
        raise NothingToReach(f"{goal.id} asks to {goal.comparison} a value that is not known. {missing(about)}")
    return base


def find_target(asked: str, place: Region, targets: list[Target], catalogue: Catalogue) -> Target:
    """The target asked for by id or by its indicator; of several of one indicator the region's own with the last deadline."""
    for target in targets:
        if target.id == asked:
            return target
    ids = {i for i, about in catalogue.indicators.items() if asked in (i, about.zh, about.en)}
    found = [t for t in targets if t.indicator in ids]
    own = [t for t in found if catalogue.region(t.key).key == place.key] or found
    if own:
        return max(own, key=lambda t: (t.year, t.numeric))
    words = [t.id for t in targets] + [w for t in targets for w in _names(catalogue.indicator(t.indicator))]
    raise not_known("target", f"{asked} in {place.name_zh}", words, f"`dabiao targets {place.name_zh}` lists them.")


def missing(about: Indicator, residents: float | None = None) -> str:
    """What would have to be known for an answer; for ambulances and their crews, what the norm asks for."""
    norm = ""
    if residents and (about.id.startswith("ambulance") or about.id == "residents_per_ambulance"):
        vehicles = ambulances_by_norm(residents)
        crew = {k: f"{v:,.0f}" for k, v in staff_by_norm(vehicles, AMBULANCE_CREW).items()}
        norm = (
            f" By the norm {residents:,.0f} residents need {vehicles:,.0f} ambulances (one per 30,000), and one shift "
            f"{crew['doctors']} doctors, {crew['drivers']} drivers and {crew['assistants']} assistants."
        )
    return (
        f"Bring values of {about.id} ({about.zh}) for the region or for places like it: a pair in data/tables/, or a folder "
        "laid over it with --data." + norm
    )


def _names(about: Indicator) -> tuple[str, str, str]:
    return about.id, about.zh, about.en


def _fields(heads: ServicePopulation) -> tuple[np.ndarray, ...]:
    return heads.residents, heads.under3, heads.kindergarten, heads.children_0_14


def _ratio(heads: ServicePopulation, base: ServicePopulation) -> ServicePopulation:
    return ServicePopulation(base.years, *(a / b for a, b in zip(_fields(heads), _fields(base), strict=True)))


def _times(heads: ServicePopulation, ratio: ServicePopulation) -> ServicePopulation:
    return ServicePopulation(heads.years, *(a * b for a, b in zip(_fields(heads), _fields(ratio), strict=True)))


def _mixed(ratios: list[ServicePopulation], weights: list[float], logs: bool) -> ServicePopulation:
    parts = zip(*(_fields(r) for r in ratios), strict=True)
    to, back = (np.log, np.exp) if logs else (np.asarray, np.asarray)
    mixed = (back(sum(w * to(a) for w, a in zip(weights, part, strict=True))) for part in parts)
    return ServicePopulation(ratios[0].years, *mixed)
