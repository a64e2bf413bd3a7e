"""What if: one target of a region model under any lever settings, on the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from dabiao.assessment import model_of
from dabiao.region_model import RegionModel, region_model
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.errors import not_known
from planning.indicators import Indicator
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.own_figures import Own
from planning.regions import Region
from planning.scenarios import BASELINE, Scenario
from planning.targets import Target
from planning.verdicts import Verdict, lower_is_the_aim, met
from sim.services.population_outlooks import AMBULANCE_CREW, ambulances_by_norm, staff_by_norm
from sim.services.stock import StockModel

MOVES = 5e-3  # of the median; a lever that moves it by less at either end of its range is left out


class NothingToReach(ValueError):
    """Raised where a target cannot be reached or missed by number: none is printed, or nothing is known of its indicator."""


@dataclass(frozen=True)
class WhatIf:
    """One target, asked of the model of its region on top of a scenario.

    asked: the day of the question; past deadlines are answered by a model of an earlier day. goal: what the value is compared
    with, (draw,), where it is another region's. base: the value that it starts from. Settings hold from the first open year on;
    chances are the model's own, not held down where there are no peers.
    """

    model: RegionModel
    target: Target
    scenario: Scenario
    asked: date
    goal: np.ndarray | None
    base: float | None

    @property
    def region(self) -> Region:
        return self.model.region

    @property
    def about(self) -> Indicator:
        return self.model.catalogue.indicator(self.target.indicator)

    @cached_property
    def levers(self) -> Mapping[str, Lever]:
        """The levers, each with what the scenario sets it to at the deadline as neutral: what is tried goes beyond that."""
        levers = dict(self.model.levers)
        for id in self.scenario.pulled():
            levers[id] = replace(levers[id], neutral=float(self.scenario.by_year(levers[id], [self.target.year])[0]))
        return levers

    @property
    def stock(self) -> StockModel | None:
        """The stock or programme that moves the indicator, or None where it is a trend alone."""
        return self.model.stock_of(self.about.id)

    @property
    def past(self) -> bool:
        """Whether the deadline was over on the day of the question, so that it is answered as of its plan."""
        return self.asked != self.model.as_of

    @property
    def years(self) -> tuple[int, ...]:
        """Years from the first that lies open to the deadline."""
        return tuple(range(self.model.first_year, self.target.year + 1))

    def plan(self, settings: Mapping[str, float]) -> Scenario:
        """The scenario with further settings."""
        return self.model.with_settings(self._further(settings), self.scenario)

    def outlook(self, settings: Mapping[str, float]) -> Outlook:
        """The target's indicator under the levers."""
        return self.model.outlook(self.about.id, self.plan(settings))

    def values(self, settings: Mapping[str, float]) -> np.ndarray:
        """The indicator at the deadline: (draw,)."""
        return self.model.values(self.about.id, self.target.year, self._further(settings), self.scenario)

    def hits(self, values: np.ndarray) -> np.ndarray:
        """Whether values at the deadline meet the target: (draw,)."""
        return met(self.target, values, self.about.decimals, goal=self.goal, base=self.base)

    def chance(self, settings: Mapping[str, float]) -> float:
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
        """The verdict under the scenario alone."""
        return self.model.verdict(self.target, self.scenario)

    def candidates(self, asked: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The levers that move the indicator at the deadline, of those asked for or of all that stand for themselves.

        Births of one order move it as all births do, so they are tried only when asked for; what the scenario excludes is not.
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
            if not self.model.moves(lever, self.about.id) or set(lever.excludes) & set(self.scenario.pulled()):
                continue
            ends = [self.values({id: end}) for end in (lever.low, lever.high) if end != lever.neutral]
            moved = max(abs(float(np.median(v)) - middle) for v in ends)
            if moved > MOVES * abs(middle) or any((self.hits(v) != self.hits(plain)).any() for v in ends):
                found.append(id)
        return tuple(found)

    def _further(self, settings: Mapping[str, float]) -> dict[str, float]:
        return {id: value for id, value in settings.items() if value != self.levers[id].neutral}


def what_if(
    region: str,
    target: str,
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
    own: Own = None,
) -> WhatIf:
    """One target of a region, on the figures and draws of `dabiao.assessment.assess`.

    target: its id, or its indicator by id or name. A deadline that is past is asked on the day of its plan, as in a report.
    Raises NotKnown with what is near, and NothingToReach, with the reason, where there is nothing to compare by number.

    >>> what = what_if("瓯海区", "gps_per_10000", draws=20)
    >>> 0 <= what.chance({"gp_transfer": 0.3}) <= 1
    True
    """
    model = region_model(region, None, as_of, draws, seed, data, own=own)
    goal = find_target(target, model.region, model.catalogue.in_force(model.region), model.catalogue)
    return what_if_in(model, goal, BASELINE)


def what_if_in(model: RegionModel, target: Target, scenario: Scenario) -> WhatIf:
    """One target of a model at hand, on top of a scenario. Raises NothingToReach."""
    about = model.catalogue.indicator(target.indicator)
    comparable = target.numeric or target.comparison in ("improve", "maintain", "relative")
    if about.family == "not_quantitative" or not comparable:
        raise NothingToReach(
            f"{target.id} prints no number ({about.zh}), so nothing can be said of the pace or the levers that reach it."
        )
    own = model_of(target, model)
    if target.indicator not in own.outlooks and target.indicator not in own.wanted:
        own = own.elsewhere(own.region.key, also=(target.indicator,))
    scenario = own.settled(scenario)
    goal = own.goal_elsewhere(target, scenario)
    base = _comparable(target, about, own, goal)
    if own.first_year > target.year:
        raise NothingToReach(f"{target.id}: its deadline is over on {own.as_of}; ask for an earlier day with --as-of.")
    return WhatIf(own, target, scenario, model.as_of, goal, base)


def _comparable(target: Target, about: Indicator, model: RegionModel, elsewhere: np.ndarray | None) -> float | None:
    """The value that a target starts from, where it is known; NothingToReach where there is nothing to compare."""
    outlook = model.outlooks.get(target.indicator)
    if outlook is None or target.year not in outlook.years:
        people = model.outlooks.get("population")
        known = people is not None and target.year in people.years
        residents = float(np.median(people.at(target.year))) if known else None
        why = model.missing_reasons.get(target.indicator) or "its outlook does not reach the deadline"
        zh, en = (why.zh, why.en) if isinstance(why, Bilingual) else (why, why)
        raise NothingToReach(Bilingual(f"{target.id}: {zh}", f"{en}. {missing(about, residents)}"))
    before = [v for y, v in outlook.observed if y <= target.year]
    base = target.base_value if target.base_value is not None else (before[-1] if before else None)
    if target.comparison == "relative" and elsewhere is None:
        raise NothingToReach(f"{target.id} is compared with another region of which nothing is known.")
    if target.comparison in ("improve", "maintain") and target.value is None and base is None:
        raise NothingToReach(f"{target.id} asks to {target.comparison} a value that is not known. {missing(about)}")
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
