"""Dabiao on one page: will this region reach its targets, with what chance, on what evidence?

    "瓯海区" -> Region -> what is known -> RegionModel -> Outlooks -> Verdicts -> an Assessment that the report's sections show

Read this first. Every line is a step that a package below takes: `planning` says what we plan, `forecasts` moves single
series, `sim` moves people, places and staff; `dabiao.region_model` asks each engine for what it knows best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dabiao.outcomes import settled
from dabiao.people import RegionPopulation
from dabiao.region_model import RegionModel, region_model
from planning.catalogue import Catalogue
from planning.loading.scenarios import read_scenario
from planning.observations import Conflict
from planning.outlooks import Outlook
from planning.own_figures import Own, words_of
from planning.populations import Projection
from planning.regions import Region
from planning.scenarios import Scenario, check_region
from planning.targets import Target
from planning.verdicts import Verdict


@dataclass(frozen=True)
class Assessment:
    """All there is to say of one region under one scenario; the only thing a report section sees.

    model: of the region, without levers. people, outlooks, verdicts: under the scenario.
    """

    model: RegionModel
    scenario: Scenario
    people: RegionPopulation | None
    outlooks: dict[str, Outlook]
    verdicts: tuple[Verdict, ...]

    @property
    def region(self) -> Region:
        return self.model.region

    @property
    def catalogue(self) -> Catalogue:
        return self.model.catalogue

    @property
    def as_of(self) -> date:
        return self.model.as_of

    @property
    def to(self) -> int:
        return self.model.to

    @property
    def draws(self) -> int:
        return self.model.draws

    @property
    def seed(self) -> int:
        return self.model.seed

    @property
    def projection(self) -> Projection | None:
        """The people by year, sex and age; None where they cannot be projected."""
        return None if self.people is None else self.people.projection

    @property
    def missing_reasons(self) -> dict[str, str]:
        """Why an indicator has no outlook, by indicator."""
        return self.model.missing_reasons

    def conflicts(self) -> list[Conflict]:
        """Published values of this region that contradict the ones used."""
        return [c for id in self.outlooks for c in self.catalogue.conflicts(self.region, id)]


def assess(
    region: str,
    scenario: str = "baseline",
    to: int | None = None,
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
    own: Own = None,
) -> Assessment:
    """Judge every target of a region.

    region: a Chinese or English name, or a code. to: the last year of the outlook (by default the last deadline, at
    least 2030). as_of: only what was published by that day is seen (by default everything). data: a folder laid over
    the shipped data. own: figures of the region typed in beside what is published, as {indicator: {year: value}} or words
    INDICATOR=VALUE@YEAR, such as "gps_per_10000=4.8@2024". The same seed gives the same answer. Raises NotKnown, with what is near, for an unknown region or
    scenario; InvalidData for faulty data; ValueError for a year out of reach.

    >>> assessment = assess("瓯海区", to=2027, draws=20)
    >>> {verdict.word for verdict in assessment.verdicts} <= {"attained", "likely", "uncertain", "unlikely", "missed", "needs a figure", "not quantitative"}
    True
    """
    model = region_model(region, to, as_of, draws, seed, data, own=own)
    plan = read_scenario(scenario, model.catalogue.folders, model.levers)
    check_region(plan, model.region)
    if plan.own:
        model = region_model(region, to, as_of, draws, seed, data, own=(*plan.own, *words_of(own)))
    verdicts = tuple(judged(target, model, plan) for target in model.targets)
    return Assessment(model, plan, model.people(plan), model.outlooks_under(plan), verdicts)


def judged(target: Target, model: RegionModel, scenario: Scenario) -> Verdict:
    """The verdict of one target: on what is known today or, for a deadline past, on what was known when it was set, with what
    came of it where that is published."""
    verdict = settled(model_of(target, model).verdict(target, scenario), model.catalogue)
    if verdict.outcome is None and information_date(target, model.as_of) != model.as_of:
        return replace(verdict, chance_now=model.elsewhere(target.key).chance(target, scenario))
    return verdict


def model_of(target: Target, model: RegionModel) -> RegionModel:
    """The model that a target is judged on: of its own region, on its own information date."""
    day = information_date(target, model.as_of)
    if day == model.as_of:
        return model.elsewhere(target.key)
    alike = tuple(t for t in model.targets if t.key == target.key and information_date(t, model.as_of) == day)
    return model.elsewhere(target.key, day, max(t.year for t in (target, *alike)), targets=alike or (target,))


def information_date(target: Target, as_of: date) -> date:
    """The day on whose knowledge a target is judged: today, or for a deadline already past the plan's own date.

    Where a document looks back on a deadline that was past when it came out, the day is the end of the first year of
    the five that led to it, when plans for them are made.
    """
    if not target.past(as_of) or target.region != target.document.region:
        return as_of  # a goal of the regions above was set without looking at this one
    if target.past(target.document.published):
        return date(target.year - 4, 12, 31)
    return target.document.published
