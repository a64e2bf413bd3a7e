"""Physicians, general practitioners, nurses, paediatricians and physicians of Chinese medicine of one region, as people with ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planning.bilingual import Bilingual
from planning.methods import Method
from planning.outlooks import Outlook
from planning.priors import Prior
from sim.services import workforce
from sim.services.nursery import stock_ahead
from sim.services.pipeline import per_head
from sim.services.stock import HeadCountModel, LeverSettings, ServicePopulation

# Per-head indicator, indicator of heads, people of the denominator, per so many of them.
STAFF = {
    "gps": ("gps_per_10000", "gps", "residents", 10_000),
    "physicians": ("physicians_per_1000", "physicians", "residents", 1000),
    "nurses": ("nurses_per_1000", "nurses", "residents", 1000),
    "paediatricians": ("paediatricians_per_1000_children", "", "children_0_14", 1000),
    "tcm_physicians": ("tcm_physicians_per_1000", "", "residents", 1000),
}
WAYS = {  # way of entering: years, prior of the odds, ages
    "residency": (workforce.RESIDENCY, "residency_completed", workforce.ENTRY),
    "transfer": (workforce.TRANSFER, "transfer_registered", workforce.RETRAINED),
    "directed": (workforce.DIRECTED, "directed_served", workforce.ENTRY),
    "recruited": (0.0, "recruited_settled", workforce.RETRAINED),
}
SHARED = ("staff_leaving", "staff_stay_on", "entrants_women", "staff_full_time", "staff_practising")


@dataclass(frozen=True)
class StaffModel(HeadCountModel):
    """One kind of staff without levers. start: (draw, sex, age), before the first of `years`; kept: who stays in each of
    them, (year, draw, sex, age)."""

    cadre: workforce.Cadre
    rate: Outlook
    years: tuple[int, ...]
    start: np.ndarray
    profile: np.ndarray
    pace: workforce.StaffPace
    kept: np.ndarray
    expected: ServicePopulation
    drawn: Mapping[str, np.ndarray]
    priors: Mapping[str, Prior]
    unit = "persons"

    @classmethod
    def prepare(
        cls,
        id: str,
        rate: Outlook,
        expected: ServicePopulation,
        drawn: Mapping[str, np.ndarray],
        priors: Mapping[str, Prior],
    ) -> StaffModel | None:
        """From the outlook per head and the people expected; None where they share no year."""
        cadre = workforce.CADRES[id]
        _, _, of, per = STAFF[id]
        start, stock, years = stock_ahead(rate, expected.group(of), expected.years, per)
        if not years:
            return None
        ids = (*SHARED, cadre.women, *(odds for _, odds, _ in WAYS.values()))
        used = {k: drawn[k] for k in ids}
        heads = workforce.staff_at_start(start, cadre, used[cadre.women])
        women = used[cadre.women] if id == "nurses" else used["entrants_women"]
        profile = workforce.entry_profile(women, workforce.ENTRY)
        leaving = _leaving(used, np.ones(len(years)), np.zeros(len(years)))
        pace = workforce.implied(stock, heads, profile, leaving, years)
        kept = workforce.stays(leaving, years)
        used_priors = {k: priors[k] for k in ids}
        return cls(cadre, rate, years, heads, profile, pace, kept, expected.over(years), used, used_priors)

    @property
    def acts(self) -> str:
        return f"staff.{self.cadre.id}."

    @property
    def moved(self) -> tuple[str, ...]:
        return tuple(id for id in STAFF[self.cadre.id][:2] if id)

    @property
    def of(self) -> str:
        return STAFF[self.cadre.id][2]

    @property
    def per(self) -> float:
        return STAFF[self.cadre.id][3]

    @property
    def active(self) -> tuple[str, ...]:
        """The priors that matter while no lever is pulled."""
        return ("staff_leaving", "staff_stay_on", "entrants_women", self.cadre.women)

    def used(self, settings: LeverSettings) -> tuple[str, ...]:
        """The priors that matter under the levers pulled."""
        return (*self.active, *(odds for way, (_, odds, _) in WAYS.items() if settings.pulled(self.acts + way)))

    def until(self, year: int) -> StaffModel:
        """The same to the end of a year."""
        span = sum(y <= year for y in self.years)
        years = self.years[:span]
        pace = workforce.StaffPace(self.pace.entering[:, :span], self.pace.fewer[:, :span])
        return replace(self, years=years, pace=pace, kept=self.kept[:span], expected=self.expected.over(years))

    def total(self, heads: ServicePopulation, settings: LeverSettings) -> np.ndarray:
        """Persons in post, whoever they are for."""
        return self.flow(settings).total

    def counts(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, tuple[str, np.ndarray]]:
        """Those in post, and who enters and leaves in a year."""
        flow = self.flow(settings)
        return {
            key: ("persons", v)
            for key, v in (("there", flow.total), ("entering", flow.entered), ("leaving", flow.left))
        }

    def equivalents(self) -> dict[str, np.ndarray]:
        """What one person in post comes to in full-time and in practising persons."""
        return {id: self.drawn[id] for id in ("staff_full_time", "staff_practising")}

    def flow(self, settings: LeverSettings) -> workforce.StaffFlow:
        """The staff under the levers."""
        about = self.acts
        entering = [(self.pace.entering * settings.times(about + "entering"), self.profile)]
        for way, (years, odds, ages) in WAYS.items():
            admitted = settings.added(about + way)
            if admitted.any():
                women = (
                    self.drawn[self.cadre.women] if way in ("transfer", "recruited") else self.drawn["entrants_women"]
                )
                ready = workforce.trained(admitted, years, self.drawn[odds])
                entering.append((ready, workforce.entry_profile(women, ages)))
        times, later = settings.times(about + "leaving"), settings.added(about + "retirement")
        as_usual = (times == 1).all() and not later.any()
        leaving = _leaving(self.drawn, times, later)
        kept = self.kept if as_usual else None
        return workforce.run_staff(self.start, entering, leaving, self.years, self.pace.fewer, kept)

    def under(self, heads: ServicePopulation, settings: LeverSettings) -> dict[str, Outlook]:
        """The outlooks of this staff under the levers."""
        per_id, heads_id, of, per = STAFF[self.cadre.id]
        total, rate = self.flow(settings).total, self.rate
        shape = Bilingual(
            f"{self.cadre.zh}的年龄结构与分年龄离职率未公布，取假设值",
            f"the ages of {self.cadre.en} and the share that leaves at each age are not published: assumed",
        )
        kw: dict[str, Any] = {
            "region": rate.region,
            "years": self.years,
            "grade": rate.grade,
            "sources": rate.sources,
            "method": Method.STOCK_AND_FLOW.named(f"stock and flow by sex and age; pace: {rate.method}"),
            "assumptions": (*rate.assumptions, shape, *(self.priors[id].sentence() for id in self.used(settings))),
        }
        paths = per_head(total, heads.over(self.years).group(of), per)
        found = {
            per_id: Outlook(
                indicator=per_id,
                unit=rate.unit,
                paths=paths,
                observed=rate.observed,
                drivers=rate.drivers,
                evidence=rate.evidence,
                **kw,
            )
        }
        if heads_id:
            found[heads_id] = Outlook(indicator=heads_id, unit="persons", paths=total, **kw)
        return found

    def flows(self) -> dict[str, np.ndarray]:
        """Who enters without levers, by the act that multiplies it: (draw, year)."""
        return {f"{self.acts}entering": self.pace.entering}


def _leaving(drawn: Mapping[str, np.ndarray], times: np.ndarray, later: np.ndarray) -> workforce.Leaving:
    return workforce.Leaving(drawn["staff_leaving"][:, None] * times, later, drawn["staff_stay_on"])
