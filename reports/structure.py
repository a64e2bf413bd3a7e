"""Places and doctors over the projected people: the stock and flow of one region, fed by the forecast pace and the levers."""

from __future__ import annotations

import numpy as np

from planning.outlooks import Outlook
from planning.populations import Projection
from planning.scenarios import Scenario
from reports.people import People
from sim import capacity, needs, workforce


def nursery(outlooks: dict[str, Outlook], people: People, scenario: Scenario, levers, rng) -> dict[str, Outlook]:
    """Places as a stock over the projected people: what opens follows the forecast pace, what closes is assumed."""
    rate, population, under3 = (outlooks[k] for k in ("nursery_places_per_1000", "population", "children_under_3"))
    years = tuple(y for y in rate.years if y in population.years)
    if not years:
        return {}
    paths = rate.paths[:, [rate.years.index(y) for y in years]] / 1000
    residents = population.paths[:, [population.years.index(y) for y in years]]
    kids = under3.paths[:, [under3.years.index(y) for y in years]]
    before = _people_at(people.projection, years[0] - 1)
    start_rate = np.full(rate.draws, rate.observed[-1][1] / 1000) if rate.observed else paths[:, 0]
    closing = rng.uniform(*capacity.CLOSING, size=rate.draws)
    opened = capacity.openings_for(paths, start_rate, np.median(residents, axis=0), np.median(before), closing)
    opened = opened * scenario.by_year(levers["nursery_openings"], years)
    closes = closing[:, None] * scenario.by_year(levers["nursery_closings"], years)
    flow = capacity.run_places(start_rate * before, opened, closes, years)
    low, high = (f"{c:.0%}" for c in capacity.CLOSING)
    notes = (
        *rate.assumptions,
        f"托位每年关停 {low}–{high}（假设） / {low}-{high} of places close in a year (assumption)",
    )
    shared = {"region": rate.region, "years": years, "grade": rate.grade, "sources": rate.sources,
              "assumptions": notes, "method": f"stock and flow over people; pace: {rate.method}"}  # fmt: skip
    observed = rate.observed
    return {
        "nursery_places": Outlook(indicator="nursery_places", unit="places", paths=flow.open, **shared),
        "nursery_places_per_1000": Outlook(indicator="nursery_places_per_1000", unit="per_1000", observed=observed,
                                           paths=1000 * flow.open / residents, drivers=rate.drivers, **shared),
        "nursery_places_per_100_under3": Outlook(indicator="nursery_places_per_100_under3", unit="percent",
                                                 paths=100 * flow.open / kids, **shared),
        "nursery_demand": needs.nursery_demand(under3, rng),
    }  # fmt: skip


def doctors(outlooks: dict[str, Outlook], people: People, scenario: Scenario, levers) -> dict[str, Outlook]:
    """General practitioners as a stock by age: entries follow the forecast pace and make up for those who leave."""
    rate, population = outlooks["gps_per_10000"], outlooks["population"]
    years = tuple(y for y in rate.years if y in population.years)
    if not years:
        return {}
    paths = rate.paths[:, [rate.years.index(y) for y in years]] / 10000
    residents = population.paths[:, [population.years.index(y) for y in years]]
    before = _people_at(people.projection, years[0] - 1)
    start_rate = np.full(rate.draws, rate.observed[-1][1] / 10000) if rate.observed else paths[:, 0]
    start = (start_rate * before)[:, None] * workforce.SHAPE
    entering = workforce.entering_for(paths * np.median(residents, axis=0), start, years)
    entering = entering * scenario.by_year(levers["gp_entries"], years)
    extra = float(scenario.by_year(levers["gp_leaving"], years).mean())
    flow = workforce.run_staff(start, entering, years, extra)
    notes = (
        *rate.assumptions,
        "全科医生年龄结构与离职率未公布，取假设值 / the ages of GPs and the share that leaves are not published: assumed",
    )
    shared = {"region": rate.region, "years": years, "grade": rate.grade, "sources": rate.sources,
              "assumptions": notes, "method": f"stock and flow by age; pace: {rate.method}"}  # fmt: skip
    return {
        "gps": Outlook(indicator="gps", unit="persons", paths=flow.total, **shared),
        "gps_per_10000": Outlook(indicator="gps_per_10000", unit="per_10000", observed=rate.observed,
                                 paths=10000 * flow.total / residents, drivers=rate.drivers, **shared),
    }  # fmt: skip


def _people_at(projection: Projection, year: int) -> np.ndarray:
    """All people at the end of a year, by draw; before the base year, the base's."""
    index = max(year - projection.years[0], 0)
    return projection.people[:, index].sum((1, 2))
