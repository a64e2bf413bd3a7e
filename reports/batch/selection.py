"""Selections: the regions that a run file asks for, by name, code, level or parent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planning.catalogue import Catalogue
from planning.errors import DataError, InvalidData, NotKnown, nearest
from planning.loading.levers import read_levers
from planning.loading.scenarios import read_scenario
from planning.loading.text_files import table_of
from planning.own_figures import OwnFigure, given
from planning.regions import LEVELS, Region
from reports.parameters import RunFile

OWN_COLUMNS = ("region", "indicator", "year", "value")
CHILDREN = re.compile(r"children of (?P<parent>.+)", re.I)
LEVEL = re.compile(r"level (?P<level>\w+)(?: in (?P<within>.+))?", re.I)


def chosen(run: RunFile, catalogue: Catalogue) -> list[Region]:
    """The regions of a run, each once, in the order asked. Raises InvalidData with every region and scenario unknown."""
    faults: list[DataError] = []
    regions: dict[str, Region] = {}
    for asked in run.regions:
        try:
            regions |= {r.key: r for r in select(asked, catalogue)}
        except (NotKnown, ValueError) as error:
            faults.append(DataError("run file", None, "regions", asked, str(error)))
    levers = read_levers(catalogue.folders)
    for scenario in run.scenarios:
        try:
            read_scenario(scenario, catalogue.folders, levers)
        except NotKnown as error:
            faults.append(DataError("run file", None, "scenarios", scenario, str(error)))
    if faults:
        raise InvalidData(faults)
    return list(regions.values())


def own_figures(run: RunFile, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The own figures of a run by region key, checked. Raises InvalidData with every region, indicator and value that cannot
    be, and FileNotFoundError where the file that it names is not there."""
    faults: list[DataError] = []
    found: dict[str, list[OwnFigure]] = {}
    for place, row, region, figures in _rows_of(run, faults):
        try:
            key = catalogue.find(region).key
            found.setdefault(key, []).extend(given(figures, catalogue))
        except (NotKnown, ValueError) as error:
            faults.append(DataError(place, row, "own", region, str(error)))
    if faults:
        raise InvalidData(faults)
    return {key: tuple(str(f) for f in given(figures, catalogue)) for key, figures in found.items()}


def _rows_of(run: RunFile, faults: list[DataError]) -> Iterator[tuple[str, int | None, str, list[str]]]:
    """Where it stands, its row, the region as named, and the figures in words."""
    if run.own_file is None:
        assert not isinstance(run.own, str)
        yield from (("run file", None, region, list(words)) for region, words in run.own.items())
        return
    if not run.own_file.is_file():
        raise FileNotFoundError(f"There is no file {run.own} of own figures, neither here nor beside the run file.")
    table = table_of(run.own_file, list(OWN_COLUMNS), list(OWN_COLUMNS), faults)
    for number, row in table.rows() if table is not None else ():
        if row["value"]:  # a region without the figure leaves its cell empty
            word = f"{row['indicator']}={row['value']}@{row['year']}"
            yield str(run.own_file), number, row["region"], [word]


def select(asked: str, catalogue: Catalogue) -> list[Region]:
    """The regions meant by one entry: a name or code, `children of X`, `level L`, `level L in X`.

    Raises NotKnown for an unknown region, ValueError for an unknown level or where none is meant.
    """
    if match := CHILDREN.fullmatch(asked):
        return _some(catalogue.children(catalogue.find(match["parent"])), asked)
    if match := LEVEL.fullmatch(asked):
        level = match["level"].lower()
        if level not in LEVELS:
            raise ValueError(f"a level of {', '.join(LEVELS)}; nearest: {', '.join(nearest(level, LEVELS))}")
        today = [r for r in catalogue.regions if r.level == level and not r.boundary.end]
        if match["within"]:
            above = catalogue.find(match["within"]).code
            today = [r for r in today if above in {a.code for a in catalogue.ancestors(r)}]
        return _some(today, asked)
    return [catalogue.find(asked)]


def _some(regions: list[Region], asked: str) -> list[Region]:
    if not regions:
        raise ValueError(f"at least one region for {asked!r}; there is none in data/regions.csv")
    return regions
