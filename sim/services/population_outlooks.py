"""Needs: what the projected people turn into, each an Outlook with its denominator named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from planning.bilingual import Bilingual
from planning.methods import Method
from planning.outlooks import Outlook
from planning.populations import Projection

YOUNGEST = 6  # months; hardly a nursery takes younger children. An assumption
FULLY_WANTED = 24  # months from which parents want a place as often as they ever will. An assumption
WILLING_AT_MOST = 0.95
MONTHS_NOTE = Bilingual(
    f"入托意愿自{YOUNGEST}月龄起逐月上升，{FULLY_WANTED}月龄后不变（假设）",
    f"the wish for a place rises from {YOUNGEST} to {FULLY_WANTED} months of age and stays (assumption)",
)
# Ouhai's plan of 2023 asks for each ambulance one doctor, one driver and two assistants; a crew per shift.
AMBULANCE_CREW = {"doctors": 1.0, "drivers": 1.0, "assistants": 2.0}
RESIDENTS_PER_AMBULANCE = 30_000  # National Health Commission and others, opinion on prehospital care, September 2020


def people_outlooks(
    projection: Projection,
    orders: np.ndarray,
    grade: str,
    observed: Mapping[str, Sequence[tuple[int, float]]] | None = None,
) -> dict[str, Outlook]:
    """What the projection says of people, births and ageing, by indicator.

    orders: (draw, year, 3), shares of first, second, third and later births. observed: (year, value) pairs by indicator.
    Stocks are at year ends; rates divide by the mean of two year ends.
    """
    people = projection.people[:, 1:]  # (draw, year, sex, age)
    by_age = people.sum(2)
    middle = (projection.people[:, 1:] + projection.people[:, :-1]).sum((2, 3)) / 2
    births = projection.births.sum(2)
    deaths = projection.deaths.sum((2, 3))
    total = by_age.sum(-1)

    def aged(low: int, high: int | None = None) -> np.ndarray:
        return by_age[..., low:high].sum(-1)

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
        "aged_60": aged(60),
        "aged_65": aged(65),
        "aged_80": aged(80),
        "adults_18": aged(18),
        "children_aged_0": aged(0, 1),
        "children_aged_1": aged(1, 2),
        "children_aged_2": aged(2, 3),
        "children_under_3": aged(0, 3),
        "children_under_7": aged(0, 7),
        "children_0_14": aged(0, 15),
        "women_15_49": people[:, :, 1, 15:50].sum(-1),
        "dependency_ratio": 100 * (aged(0, 15) + aged(65)) / working,
        "child_dependency_ratio": 100 * aged(0, 15) / working,
        "old_age_dependency_ratio": 100 * aged(65) / working,
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
        "child_dependency_ratio": "percent",
        "old_age_dependency_ratio": "percent",
    }
    years = tuple(projection.years[1:])
    return {
        id: Outlook(
            region=projection.region,
            indicator=id,
            unit=units.get(id, "persons"),
            years=years,
            paths=paths,
            method=Method.COHORT.named(),
            grade=grade,
            observed=tuple((observed or {}).get(id, ())),
            sources=tuple(projection.sources),
            assumptions=tuple(projection.assumptions),
        )
        for id, paths in values.items()
    }


def children_seeking_place(
    children: np.ndarray, willing: np.ndarray, fee: np.ndarray, elasticity: np.ndarray
) -> np.ndarray:
    """Children under 3 whose parents want a place: (draw, year).

    children: (draw, year, 3), of age 0, 1 and 2, spread evenly over the months of a year. willing: (draw,), share of the
    parents of all children under 3 who want one if the children's ages were even. fee: (year,), times the usual; the
    willingness changes by its power, -elasticity (draw,). No more than WILLING_AT_MOST of the children of any month.
    """
    fee = np.asarray(fee, dtype=float)
    share = willing[:, None] * (fee[None, :] ** -elasticity[:, None] if (fee != 1).any() else np.ones_like(fee))
    if share.max(initial=0.0) * _WANTED_BY_MONTH.max() <= WILLING_AT_MOST:
        return share * (children @ _WANTED_BY_MONTH.reshape(3, 12).mean(axis=1))
    by_month = np.minimum(share[..., None] * _WANTED_BY_MONTH, WILLING_AT_MOST)
    return (np.repeat(children / 12, 12, axis=-1) * by_month).sum(-1)


def old_enough(children: np.ndarray) -> np.ndarray:
    """Children under 3 old enough for a nursery: (draw, year) from (draw, year, 3)."""
    return children.sum(-1) - children[..., 0] * YOUNGEST / 12


def nursery_demand(under3: Outlook, children: np.ndarray, willing: np.ndarray, notes: tuple[str, ...]) -> Outlook:
    """Children under 3 whose parents want a place at the usual fee, as an Outlook over the years of `under3`.

    children: (draw, year, 3), of age 0, 1 and 2. willing: (draw,), a share. notes: what is assumed of it.
    """
    years = len(under3.years)
    return Outlook(
        region=under3.region,
        indicator="nursery_demand",
        unit="persons",
        years=under3.years,
        paths=children_seeking_place(children, willing, np.ones(years), np.zeros(len(willing))),
        method="children under 3 by month of age x willingness",
        grade="D",
        sources=under3.sources,
        assumptions=(*under3.assumptions, *notes, MONTHS_NOTE),
    )


def staff_by_norm(units: np.ndarray | float, norm: dict[str, float], shifts: float = 1.0) -> dict[str, np.ndarray]:
    """The staff that so many ambulances or centres need by a norm for each, in so many shifts: persons by post."""
    return {post: np.asarray(units) * each * shifts for post, each in norm.items()}


def ambulances_by_norm(residents: np.ndarray | float) -> np.ndarray:
    """The ambulances that so many residents need: one for each RESIDENTS_PER_AMBULANCE, rounded up."""
    return np.ceil(np.asarray(residents) / RESIDENTS_PER_AMBULANCE)


def wish_by_month() -> np.ndarray:
    """How often parents want a place at each month of age, over how often they ever will: (36,), between 0 and 1.

    >>> float(wish_by_month()[-1])
    1.0
    """
    month = np.arange(36) + 0.5
    return np.clip((month - YOUNGEST) / (FULLY_WANTED - YOUNGEST), 0.0, 1.0)


def _wanted_by_month() -> np.ndarray:
    return wish_by_month() / wish_by_month().mean()


_WANTED_BY_MONTH = _wanted_by_month()
