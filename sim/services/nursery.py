"""Nursery places and beds of one region: what the forecast pace implies, and what levers make of it.

Each stock is prepared once from its own outlook and the people expected without levers; under levers only the flows that
they bend are run again, on the same draws.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from planning.bilingual import Bilingual
from planning.levers import Lever
from planning.methods import Method
from planning.outlooks import Outlook
from planning.priors import Prior
from sim.services import pipeline, population_outlooks
from sim.services.stock import HeadCountModel, LeverSettings, ServicePopulation

NURSERY = "nursery_places_per_1000"
BEDS = "beds_per_1000"
NURSERY_PRIORS = (
    "nursery_closing", "nursery_public_share", "nursery_subsidised_share", "nursery_willing", "nursery_tolerance",
    "nursery_excess_closing", "nursery_takeup", "nursery_fee_elasticity", "nursery_subsidy_response", "nursery_lag_public",
    "nursery_lag_subsidised", "nursery_lag_private", "nursery_lag_converted", "nursery_approved", "nursery_completed",
    "kindergarten_enrolment", "places_per_kindergarten_seat",
)  # fmt: skip
BEDS_PRIORS = ("beds_closing", "beds_lag", "beds_approved", "beds_completed")
ALWAYS = 6  # of NURSERY_PRIORS, the first six matter without any lever
DENOMINATOR_NOTE = Bilingual(
    "托位按计划数开放，与常住人口或儿童数的意外变化无关，人均数因此随分母变动",
    "places open by number as planned, whatever "
    "happens to the numbers of residents and children, so figures per head move with the denominator",
)


@dataclass(frozen=True)
class PlacesModel(HeadCountModel):
    """A stock of places without levers. years: of the outlook and the people; start: (draw,), places before the first of them."""

    PRIORS: ClassVar[tuple[str, ...]]
    CLOSING: ClassVar[str]  # which of them is the share that closes in a year

    rate: Outlook
    years: tuple[int, ...]
    start: np.ndarray
    pace: pipeline.ImpliedFlows
    expected: ServicePopulation
    drawn: Mapping[str, np.ndarray]
    priors: Mapping[str, Prior]

    @classmethod
    def prepare(
        cls, rate: Outlook, expected: ServicePopulation, drawn: Mapping[str, np.ndarray], priors: Mapping[str, Prior]
    ) -> Self | None:
        """From the outlook of places per 1,000 and the people expected; None where they share no year."""
        start, stock, years = stock_ahead(rate, expected.residents, expected.years, 1000)
        if not years:
            return None
        pace = pipeline.implied(stock, start, drawn[cls.CLOSING])
        used = {id: drawn[id] for id in cls.PRIORS}
        return cls(rate, years, start, pace, expected.over(years), used, {id: priors[id] for id in cls.PRIORS})

    def until(self, year: int) -> Self:
        """The same to the end of a year."""
        span = sum(y <= year for y in self.years)
        years = self.years[:span]
        pace = pipeline.ImpliedFlows(self.pace.opened[:, :span], self.pace.fewer[:, :span])
        return replace(self, years=years, pace=pace, expected=self.expected.over(years))

    @abstractmethod
    def flow(self, heads: ServicePopulation, settings: LeverSettings) -> pipeline.PlacesFlow:
        """The places under the levers."""

    def total(self, heads: ServicePopulation, settings: LeverSettings) -> np.ndarray:
        """All that is open under the levers: (draw, year)."""
        return self.flow(heads, settings).total

    def counts(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, tuple[str, np.ndarray]]:
        """What is open, and what opens and closes in a year."""
        flow = self.flow(heads, settings)
        found = {"there": flow.total, "opening": flow.opened.sum(-1), "closing": flow.closed.sum(-1)}
        return {key: (self.unit, values) for key, values in found.items()}


class NurseryModel(PlacesModel):
    """Nursery places without levers."""

    PRIORS = NURSERY_PRIORS
    CLOSING = "nursery_closing"
    unit = "places"
    users = "children_under_3"
    acts = "nursery."
    moved = (NURSERY, "nursery_places", "nursery_places_per_100_under3", "inclusive_nursery_places", "nursery_children",
             "nursery_enrolment_rate")  # fmt: skip

    @property
    def active(self) -> tuple[str, ...]:
        """The priors that matter while no lever is pulled."""
        return NURSERY_PRIORS[:ALWAYS]

    def used(self, settings: LeverSettings) -> tuple[str, ...]:
        """The priors that matter under the levers pulled."""
        ids = list(self.active)
        ways = [k for k in pipeline.KINDS if settings.pulled(f"nursery.started.{k}")]
        if settings.pulled("nursery.converted"):
            ids += ["nursery_lag_converted", "kindergarten_enrolment", "places_per_kindergarten_seat"]
        if ways:
            ids += [f"nursery_lag_{k}" for k in ways] + ["nursery_approved", "nursery_completed"]
        if settings.pulled("nursery.fee"):
            ids.append("nursery_fee_elasticity")
        if settings.pulled("nursery.subsidy"):
            ids.append("nursery_subsidy_response")
        return tuple(ids)

    def shares(self) -> np.ndarray:
        """Shares of the kinds of places: (draw, kind)."""
        public, subsidised = self.drawn["nursery_public_share"], self.drawn["nursery_subsidised_share"]
        return np.stack([public, subsidised, 1 - public - subsidised], axis=-1)

    def pipelines(self, settings: LeverSettings, heads: ServicePopulation) -> dict[str, pipeline.Pipeline]:
        """What levers start, on its way, by kind and converted from kindergartens."""
        draws, ways = len(self.start), {}
        odds = self.drawn["nursery_approved"], self.drawn["nursery_completed"]
        for kind in pipeline.KINDS:
            started = settings.added(f"nursery.started.{kind}")
            if started.any():
                started = np.broadcast_to(started, (draws, len(self.years)))
                ways[kind] = pipeline.run_pipeline(started, self.drawn[f"nursery_lag_{kind}"], *odds)
        share = settings.added("nursery.converted")
        if share.any():
            enrolled = self.drawn["kindergarten_enrolment"][:, None]
            seats = (self.expected.kindergarten[:, :1] * enrolled)[:, 0]
            freed = pipeline.freed_places(
                seats, heads.kindergarten * enrolled, share, self.drawn["places_per_kindergarten_seat"]
            )
            ones = np.ones(draws)
            ways["converted"] = pipeline.run_pipeline(freed, self.drawn["nursery_lag_converted"], ones, ones)
        return ways

    def started(self, lever: Lever, settings: LeverSettings) -> np.ndarray | None:
        """Places that freed kindergarten seats turn into: (draw, year)."""
        if "nursery.converted" not in lever.acts:
            return None
        ways = self.pipelines(settings, self.expected)
        return ways["converted"].started if "converted" in ways else np.zeros_like(self.pace.opened)

    def flow(self, heads: ServicePopulation, settings: LeverSettings) -> pipeline.PlacesFlow:
        """Places over the people `heads` under the levers."""
        heads = heads.over(self.years)
        opened = (self.pace.opened * settings.times("nursery.opened"))[..., None] * self.shares()[:, None, :]
        subsidy = settings.added("nursery.subsidy")
        if subsidy.any():
            gained = 1 + self.drawn["nursery_subsidy_response"][:, None] * subsidy
            opened = opened * np.stack([np.ones_like(gained), gained, gained], axis=-1)
        for name, way in self.pipelines(settings, heads).items():
            kind = pipeline.KINDS.index("subsidised" if name == "converted" else name)
            opened = opened + way.opened[..., None] * (np.arange(len(pipeline.KINDS)) == kind)
        closing = np.clip(self.drawn["nursery_closing"][:, None] * settings.times("nursery.closing"), 0, 1)
        return pipeline.run_places(
            self.start[:, None] * self.shares(),
            opened,
            closing,
            self.years,
            fewer=self.pace.fewer,
            room=self.wanting(heads, settings) * self.tolerance[:, None],
            most=population_outlooks.old_enough(heads.under3),
            excess_closing=self.drawn["nursery_excess_closing"],
        )

    @cached_property
    def tolerance(self) -> np.ndarray:
        """Places opened for each child who wants one before openings stop: (draw,).

        Places that are there found room, so in no draw have they passed the share of the room from which openings slow.
        """
        wanting = population_outlooks.children_seeking_place(
            self.expected.under3[:, :1], self.drawn["nursery_willing"], np.ones(1), self.drawn["nursery_fee_elasticity"]
        )[:, 0]
        return np.maximum(self.drawn["nursery_tolerance"], self.start / (pipeline.SOFT * wanting))

    def wanting(self, heads: ServicePopulation, settings: LeverSettings) -> np.ndarray:
        """Children whose parents want a place at the fee of the scenario: (draw, year)."""
        elasticity = self.drawn["nursery_fee_elasticity"]
        return population_outlooks.children_seeking_place(
            heads.under3, self.drawn["nursery_willing"], settings.times("nursery.fee"), elasticity
        )

    def counts(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, tuple[str, np.ndarray]]:
        """Besides the places: children under 3, those who want a place and take it at its fee, who is in, who waits, the use."""
        found, people = super().counts(heads, settings), heads.over(self.years)
        takers = self.wanting(people, settings) * self.drawn["nursery_takeup"][:, None]
        inside, used, waiting = pipeline.use(found["there"][1], takers)
        persons = {"under3": people.under3.sum(-1), "wanting": takers, "inside": inside, "waiting": waiting}
        return found | {key: ("persons", v) for key, v in persons.items()} | {"used": ("percent", 100 * used)}

    def under(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlooks of places and of their use under the levers."""
        flow, people = self.flow(heads, settings), heads.over(self.years)
        places, under3 = flow.total, people.under3.sum(-1)
        takers = self.wanting(people, settings) * self.drawn["nursery_takeup"][:, None]
        inside, _, _ = pipeline.use(places, takers)
        rate = self.rate
        notes = (*rate.assumptions, *(self.priors[id].sentence() for id in self.used(settings)), DENOMINATOR_NOTE)
        by_use = (*notes, self.priors["nursery_takeup"].sentence())
        kw: dict[str, Any] = {"region": rate.region, "years": self.years, "sources": rate.sources}
        method = Method.STOCK_AND_FLOW.named(f"stock and flow over people; pace: {rate.method}")
        inclusive = flow.open[..., :2].sum(-1)

        def of(
            id: str, unit: str, paths: np.ndarray, notes: tuple[str, ...] = notes, grade: str = rate.grade, **more: Any
        ) -> Outlook:
            return Outlook(
                indicator=id, unit=unit, paths=paths, grade=grade, method=method, assumptions=notes, **kw, **more
            )

        seen: dict[str, Any] = {"observed": rate.observed, "drivers": rate.drivers, "evidence": rate.evidence}
        found = (
            of(NURSERY, "per_1000", pipeline.per_head(places, people.residents, 1000), **seen),
            of("nursery_places", "places", places),
            of("nursery_places_per_100_under3", "percent", pipeline.per_head(places, under3, 100)),
            of("inclusive_nursery_places", "places", inclusive, grade="D"),
            of("nursery_children", "persons", inside, by_use, "D"),
            of("nursery_enrolment_rate", "percent", 100 * inside / under3, by_use, "D"),
        )
        return {o.indicator: o for o in found}

    def demand(self, under3: Outlook, heads: ServicePopulation) -> Outlook:
        """Children under 3 whose parents want a place at the usual fee."""
        note = (self.priors["nursery_willing"].sentence(),)
        return population_outlooks.nursery_demand(
            under3, heads.over(under3.years).under3, self.drawn["nursery_willing"], note
        )

    def flows(self) -> dict[str, np.ndarray]:
        """What opens without levers, by the act that multiplies it: (draw, year)."""
        return {"nursery.opened": self.pace.opened}


class BedsModel(PlacesModel):
    """Beds without levers: as nursery places, with one kind and no end of demand."""

    PRIORS = BEDS_PRIORS
    CLOSING = "beds_closing"
    unit = "beds"
    acts = "beds."
    moved = (BEDS, "beds")

    @property
    def active(self) -> tuple[str, ...]:
        """The priors that matter while no lever is pulled."""
        return BEDS_PRIORS[:1]

    def used(self, settings: LeverSettings) -> tuple[str, ...]:
        """The priors that matter under the levers pulled."""
        return BEDS_PRIORS if settings.pulled("beds.started") else self.active

    def flow(self, heads: ServicePopulation, settings: LeverSettings) -> pipeline.PlacesFlow:
        """Beds under the levers."""
        opened = self.pace.opened * settings.times("beds.opened")
        started = settings.added("beds.started")
        if started.any():
            started = np.broadcast_to(started, opened.shape)
            odds = self.drawn["beds_approved"], self.drawn["beds_completed"]
            opened = opened + pipeline.run_pipeline(started, self.drawn["beds_lag"], *odds).opened
        closing = np.clip(self.drawn["beds_closing"][:, None] * settings.times("beds.closing"), 0, 1)
        return pipeline.run_places(self.start[:, None], opened[..., None], closing, self.years, fewer=self.pace.fewer)

    def under(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlooks of beds under the levers."""
        beds, rate = self.flow(heads, settings).total, self.rate
        kw: dict[str, Any] = {
            "region": rate.region,
            "years": self.years,
            "sources": rate.sources,
            "grade": rate.grade,
            "method": Method.STOCK_AND_FLOW.named(f"stock and flow over people; pace: {rate.method}"),
            "assumptions": (*rate.assumptions, *(self.priors[id].sentence() for id in self.used(settings))),
        }
        per_1000 = pipeline.per_head(beds, heads.over(self.years).residents, 1000)
        return {
            BEDS: Outlook(
                indicator=BEDS,
                unit="per_1000",
                paths=per_1000,
                observed=rate.observed,
                drivers=rate.drivers,
                evidence=rate.evidence,
                **kw,
            ),
            "beds": Outlook(indicator="beds", unit="beds", paths=beds, **kw),
        }

    def flows(self) -> dict[str, np.ndarray]:
        """What opens without levers, by the act that multiplies it: (draw, year)."""
        return {"beds.opened": self.pace.opened}


def stock_ahead(
    rate: Outlook, people: np.ndarray, years: tuple[int, ...], per: float
) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """The stock that an outlook per head has in mind, on the people expected: (draw,) at the start, (draw, year), years.

    people: (draw, year) over `years`. The stock is the rate times the median of the people, so that a surprise in the
    number of people does not change how much is built. The start is the outlook's year before, else the last observed value.
    """
    shared = tuple(y for y in rate.years if y in years[1:])
    if not shared:
        return np.empty(0), np.empty((0, 0)), ()
    middle = np.median(people, axis=0)
    paths = rate.paths[:, [rate.years.index(y) for y in shared]] / per
    before = shared[0] - 1
    first = paths[:, 0]
    if before in rate.years:
        first = rate.at(before) / per
    elif before in dict(rate.observed):
        first = np.full(rate.draws, dict(rate.observed)[before] / per)
    start = first * middle[max(before - years[0], 0)]
    return start, paths * middle[[years.index(y) for y in shared]], shared
