"""Coherent districts: the districts of a city projected each by itself, and made to add up to their city in every account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dabiao.people import NoPeople, people_ahead
from planning.catalogue import Catalogue
from planning.levers import Lever
from planning.loading.levers import read_levers
from planning.populations import Projection
from planning.regions import Region
from planning.scenarios import BASELINE
from sim.demography.reconcile import Correction, reconcile

SMALLEST_REST = 0.005  # of the city's people; a smaller remainder is a difference between counts, not a place
FLOWS = ("births", "deaths", "migrants")


@dataclass(frozen=True)
class Coherent:
    """A city and its districts, one below the other. city, parts: projections over the same years and draws.

    parts: by the district's key, adding up to the city cell by cell; `REST` where districts without a table share what the
    others leave. alone: the same before the correction. left_out: the reason by key of every district that has no part.
    """

    parent: Region
    districts: tuple[Region, ...]
    city: Projection
    parts: dict[str, Projection]
    alone: dict[str, Projection]
    correction: Correction
    left_out: dict[str, str]


REST = "rest"


def descended(catalogue: Catalogue, top: Region, to: int, draws: int = 200, seed: int = 0) -> Iterator[Coherent]:
    """The region and its parts made to agree, then each part that has parts of its own, believed as it was made to agree.

    So every place below `top` adds up to it, whatever the number of levels between; `top` itself is made to agree with its
    own parent and siblings first, where the parent's people are known. Draws and errors as in `coherent`.
    """
    levers = read_levers(catalogue.folders)
    yield from _below(catalogue, top, to, draws, seed, _as_agreed(catalogue, top, to, draws, seed, levers))


def _as_agreed(
    catalogue: Catalogue, region: Region, to: int, draws: int, seed: int, levers: Mapping[str, Lever]
) -> Projection | None:
    """The region as its parent and siblings leave it, from the nation down; None where it stands by itself."""
    parent = catalogue.region(region.parent) if region.parent else None
    if parent is None:
        return None
    try:
        people_ahead(catalogue, parent, to, draws, seed, BASELINE, levers)
    except NoPeople:
        return None
    above = _as_agreed(catalogue, parent, to, draws, seed, levers)
    return coherent(catalogue, parent, to, draws, seed, above).parts.get(region.key)  # none: it is in the rest


def _below(
    catalogue: Catalogue, top: Region, to: int, draws: int, seed: int, believed: Projection | None
) -> Iterator[Coherent]:
    made = coherent(catalogue, top, to, draws, seed, believed)
    yield made
    for region in made.districts:
        if catalogue.children(region):
            try:
                yield from _below(catalogue, region, to, draws, seed, made.parts[region.key])
            except (ValueError, NoPeople):  # nobody below is known; the place stays whole
                continue


def coherent(
    catalogue: Catalogue, parent: Region, to: int, draws: int = 200, seed: int = 0, believed: Projection | None = None
) -> Coherent:
    """The districts of a city, on today's boundaries, and the city itself to the end of `to`, made to agree.

    Any region serves as the parent whose children and own people are known: a province's cities as well. Draw by draw the
    parts share the city's luck, and the city is believed: its own projection is not moved. believed: the city's people, with
    as many draws, where they have been made to agree with a province before. Raises ValueError where the parent has no
    children or none whose people are known; NoPeople where its own are not.
    """
    below = sorted(catalogue.children(parent), key=lambda r: r.code)
    if not below:
        raise ValueError(
            f"{parent.name_zh} ({parent.name_en}) has no districts in data/regions.csv. Ask for a city or a province, "
            f"such as {_with_children(catalogue)}."
        )
    levers = read_levers(catalogue.folders)

    def ahead(region: Region) -> Projection:
        return people_ahead(catalogue, region, to, draws, seed, BASELINE, levers).projection

    city = ahead(parent) if believed is None else believed
    alone, left_out = {}, {}
    for region in below:
        try:
            alone[region.key] = ahead(region)
        except NoPeople as error:
            left_out[region.key] = error.args[0]
    if not alone:
        raise ValueError(
            f"The people of none of the {len(below)} districts of {parent.name_en} are known: {next(iter(left_out.values()))}"
        )
    start = max(p.years[0] for p in (city, *alone.values()))
    city, alone = since(city, start), {key: since(p, start) for key, p in alone.items()}
    children = dict(alone)
    if left_out and (rest := rest_of(city, list(alone.values()))) is not None:
        children[REST] = rest
    made, correction = reconcile(list(children.values()), city)
    together = tuple(r for r in below if r.key in alone)
    return Coherent(parent, together, city, dict(zip(children, made, strict=True)), alone, correction, left_out)


def since(projection: Projection, start: int) -> Projection:
    """The projection from the end of the year `start` on."""
    first = projection.years.index(start)
    flows = {name: getattr(projection, name)[:, first:] for name in FLOWS}
    return replace(projection, years=projection.years[first:], people=projection.people[:, first:], **flows)


def rest_of(city: Projection, known: Sequence[Projection]) -> Projection | None:
    """What the known districts leave of their city at its base, with the city's own ages and rates; None where nothing is left."""
    held = sum(p.people[:, 0].sum((1, 2)) for p in known)
    share = 1 - held / city.people[:, 0].sum((1, 2))
    if np.median(share) < SMALLEST_REST:
        return None
    share = np.maximum(share, 0.0)
    parts = {
        name: getattr(city, name) * share.reshape(-1, *[1] * (getattr(city, name).ndim - 1))
        for name in ("people", *FLOWS)
    }
    return replace(city, region=REST, **parts)


def figures(projection: Projection, year: int) -> dict[str, np.ndarray]:
    """What is told of a part in a year, by indicator: (draw,), persons."""
    people = projection.people[:, projection.years.index(year)].sum(1)
    return {
        "population": people.sum(-1),
        "births": projection.births_total()[:, projection.flow_years.index(year)],
        "children_under_3": people[:, :3].sum(-1),
        "aged_65": people[:, 65:].sum(-1),
    }


def _with_children(catalogue: Catalogue) -> str:
    parents = {r.parent for r in catalogue.regions}
    named = [r.name_zh for r in catalogue.regions if r.level == "city" and r.code in parents]
    return ", ".join(named[:3])
