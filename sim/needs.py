"""Needs: what the projected people turn into, each an Outlook with its denominator named."""

from __future__ import annotations

import numpy as np

from planning.outlooks import Outlook
from planning.populations import Projection

# The share of parents of a child under 3 who want a place. The national surveys say "more than three in ten" (NHC,
# 2021), a lower bound; between a quarter and a half is an assumption.
WILLINGNESS = (0.25, 0.50)


def people_outlooks(projection: Projection, orders: np.ndarray, grade: str, observed=None) -> dict[str, Outlook]:
    """What the projection says of people, births and ageing, by indicator.

    orders: (draw, year, 3), shares of first, second, third and later births. observed: (year, value) pairs by indicator.
    Stocks are at year ends; rates divide by the mean of two year ends.
    """
    people = projection.people[:, 1:]  # (draw, year, sex, age)
    middle = (projection.people[:, 1:] + projection.people[:, :-1]).sum((2, 3)) / 2
    births = projection.births.sum(2)
    deaths = projection.deaths.sum((2, 3))
    total = people.sum((2, 3))

    def aged(low, high=None):
        return people[..., low:high].sum((2, 3))

    working = aged(15, 65)
    values = {
        "population": total,
        "births": births,
        "deaths": deaths,
        "crude_birth_rate": 1000 * births / middle,
        "crude_death_rate": 1000 * deaths / middle,
        "natural_increase_rate": 1000 * (births - deaths) / middle,
        "aged_60_share": 100 * aged(60) / total,
        "aged_65_share": 100 * aged(65) / total,
        "aged_80_share": 100 * aged(80) / total,
        "children_under_3": aged(0, 3),
        "children_0_14": aged(0, 15),
        "women_15_49": people[:, :, 1, 15:50].sum(-1),
        "dependency_ratio": 100 * (aged(0, 15) + aged(65)) / working,
        "births_first": births * orders[..., 0],
        "births_second": births * orders[..., 1],
        "births_third_plus": births * orders[..., 2],
    }
    units = {
        "crude_birth_rate": "per_1000",
        "crude_death_rate": "per_1000",
        "natural_increase_rate": "per_1000",
        "aged_60_share": "percent",
        "aged_65_share": "percent",
        "aged_80_share": "percent",
        "dependency_ratio": "percent",
    }
    years = tuple(projection.years[1:])
    return {
        id: Outlook(
            region=projection.region,
            indicator=id,
            unit=units.get(id, "persons"),
            years=years,
            paths=paths,
            method="cohort component",
            grade=grade,
            observed=tuple((observed or {}).get(id, ())),
            sources=tuple(projection.sources),
            assumptions=tuple(projection.assumptions),
        )
        for id, paths in values.items()
    }


def nursery_demand(under3: Outlook, rng: np.random.Generator) -> Outlook:
    """Children under 3 whose parents want a place: the children times a willingness drawn once a draw.

    The willingness is uniform over WILLINGNESS, an assumption that the report lists.
    """
    willing = rng.uniform(*WILLINGNESS, size=(under3.draws, 1))
    low, high = (f"{100 * w:.0f} %" for w in WILLINGNESS)
    return Outlook(
        region=under3.region,
        indicator="nursery_demand",
        unit="persons",
        years=under3.years,
        paths=under3.paths * willing,
        method="children under 3 x willingness",
        grade="D",
        sources=under3.sources,
        assumptions=(
            *under3.assumptions,
            f"入托意愿 {low}–{high}（假设；国家卫生健康委 2021 年称“三成以上”）/ {low}-{high} of parents want a place "
            "(assumption; the National Health Commission's 2021 survey says more than three in ten)",
        ),
    )
