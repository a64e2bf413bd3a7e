"""What a scenario takes: the places or staff behind a target, who waits, and what the levers cost, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dabiao.region_model import RegionModel
from planning.levers import Lever
from planning.scenarios import Scenario
from planning.targets import Target
from sim.services.stock import StockModel, real_units


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


def lines(model: RegionModel, target: Target, scenario: Scenario) -> tuple[Line, ...]:
    """What stands behind a target under a scenario; empty where no stock of places, beds or staff moves it."""
    stock = model.stock_of(target.indicator)
    if stock is None or not stock.unit:
        return ()
    scenario = model.settled(scenario)
    heads = model.heads(scenario).over(stock.years)
    found = []
    if target.value is not None and target.indicator == stock.rate.indicator:
        found.append(Line("needed", stock.unit, stock.years, target.value * heads.group(stock.of) / stock.per))
    counts = stock.counts(heads, stock.settings(scenario, model.levers))
    return (*found, *(Line(key, unit, stock.years, values) for key, (unit, values) in counts.items()))


def costs(model: RegionModel, target: Target, scenario: Scenario) -> tuple[Cost, ...]:
    """What each lever of a scenario costs the budget to the deadline, beyond the baseline, where a cost is known."""
    stock = model.stock_of(target.indicator)
    if stock is None:
        return ()
    years = tuple(y for y in stock.years if model.first_year <= y <= target.year)
    plan, found = model.settled(scenario), []
    for id in plan.pulled():
        lever = model.levers[id]
        units = units_by_year(stock, lever, plan, model.levers, years)
        if lever.cost is not None and units is not None:
            found.append(Cost(lever, years, units, units * lever.cost.yuan))
    return tuple(found)


def units_by_year(
    stock: StockModel, lever: Lever, plan: Scenario, levers: Mapping[str, Lever], years: Sequence[int]
) -> np.ndarray | None:
    """The real units that a lever comes to in each year, beyond none: (year,); None where they cannot be counted.

    Units per head are counted on the people expected; multiples of a flow, and what is converted, on the median of the draws:
    flows are skewed, so that a mean would follow a few draws, and every other figure told is a median.
    """
    values, columns = plan.by_year(lever, years), [stock.years.index(y) for y in years]
    if lever.per is not None:
        return np.asarray(real_units(lever, values, stock.base))
    for act, flow in stock.flows().items():
        if act in lever.acts:
            return (values - lever.neutral) * np.median(flow[:, columns], axis=0)
    started = stock.started(lever, stock.settings(plan, levers))
    return None if started is None else np.median(started[:, columns], axis=0)
