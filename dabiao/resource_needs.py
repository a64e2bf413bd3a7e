"""What a scenario takes: the places or staff behind a target, who waits, and what the levers cost, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dabiao.region_model import Workbench
from planning.levers import Lever
from planning.scenarios import Scenario
from planning.targets import Target
from sim.services.nursery import NurseryModel
from sim.services.pipeline import use
from sim.services.staff import STAFF, StaffModel
from sim.services.stock import real_units


@dataclass(frozen=True)
class Line:
    """One thing counted over the years. key: a word of reports.messages.planner; values: (draw, year)."""

    key: str
    unit: str
    years: tuple[int, ...]
    values: np.ndarray

    def at(self, year: int) -> np.ndarray:
        """All draws in one year: (draw,)."""
        return self.values[:, self.years.index(year)]


@dataclass(frozen=True)
class Cost:
    """What one lever costs the budget. units, yuan: (year,); evidence: a source, or assumption."""

    lever: Lever
    years: tuple[int, ...]
    units: np.ndarray
    yuan: np.ndarray


def lines(bench: Workbench, target: Target, scenario: Scenario) -> tuple[Line, ...]:
    """What stands behind a target under a scenario; empty where no stock of places, beds or staff moves it."""
    stock = bench.stock_of(target.indicator)
    if stock is None:
        return ()
    scenario = bench.settled(scenario)
    settings, heads = stock.settings(scenario, bench.levers), bench.heads(scenario).over(stock.years)
    if isinstance(stock, StaffModel):
        return _staff(stock, target, heads, settings)
    flow = stock.flow(heads, settings)
    unit = "places" if isinstance(stock, NurseryModel) else "beds"
    found = {
        "needed": _needed(stock, target, heads),
        "there": flow.total,
        "opening": flow.opened.sum(-1),
        "closing": flow.closed.sum(-1),
    }
    if isinstance(stock, NurseryModel):
        takers = stock.wanting(heads, settings) * stock.drawn["nursery_takeup"][:, None]
        inside, used, waiting = use(flow.total, takers)
        found["under3"] = heads.under3.sum(-1)
        found |= {"wanting": takers, "inside": inside, "waiting": waiting, "used": 100 * used}
    units = {"wanting": "persons", "inside": "persons", "waiting": "persons", "under3": "persons", "used": "percent"}
    return _listed(found, stock.years, units, unit)


def _staff(stock: StaffModel, target: Target, heads: Any, settings: Any) -> tuple[Line, ...]:
    flow = stock.flow(settings)
    found = {
        "needed": _needed(stock, target, heads),
        "there": flow.total,
        "entering": flow.entered,
        "leaving": flow.left,
    }
    return _listed(found, stock.years, {}, "persons")


def _needed(stock: Any, target: Target, heads: Any) -> np.ndarray | None:
    """The places, beds or staff that the target asks for, with the people of each year; None where it is no such number."""
    if target.value is None or target.indicator != stock.rate.indicator:
        return None
    of, per = STAFF[stock.cadre.id][2:] if isinstance(stock, StaffModel) else ("residents", 1000)
    return target.value * heads.group(of) / per


def _listed(found: dict, years: Sequence[int], units: dict[str, str], unit: str) -> tuple[Line, ...]:
    return tuple(Line(key, units.get(key, unit), tuple(years), v) for key, v in found.items() if v is not None)


def costs(bench: Workbench, target: Target, scenario: Scenario) -> tuple[Cost, ...]:
    """What each lever of a scenario costs the budget to the deadline, beyond the baseline, where a cost is known."""
    stock = bench.stock_of(target.indicator)
    if stock is None:
        return ()
    years = tuple(y for y in stock.years if bench.first_year <= y <= target.year)
    plan, found = bench.settled(scenario), []
    for id in plan.pulled():
        lever = bench.levers[id]
        units = _units(stock, lever, plan, bench.levers, years)
        if lever.cost is not None and units is not None:
            found.append(Cost(lever, years, units, units * lever.cost.yuan))
    return tuple(found)


def _units(
    stock: Any, lever: Lever, plan: Scenario, levers: Mapping[str, Lever], years: tuple[int, ...]
) -> np.ndarray | None:
    """The real units a lever comes to in each year, at the median; None where they cannot be counted."""
    values = plan.by_year(lever, years)
    if lever.per is not None:
        return np.asarray(real_units(lever, values, stock.base))
    columns = [stock.years.index(y) for y in years]
    for act, flow in stock.flows().items():
        if act in lever.acts:
            return (values - lever.neutral) * np.median(flow[:, columns], axis=0)
    if "nursery.converted" in lever.acts:
        ways = stock.pipelines(stock.settings(plan, levers), stock.expected)
        return np.median(ways["converted"].started[:, columns], axis=0) if "converted" in ways else None
    return None
