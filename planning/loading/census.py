"""Census tables by age and sex, read column by column: a hundred thousand rows in a second, faults still row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from planning import schemas
from planning.catalogue import CensusTable
from planning.errors import DataError
from planning.loading.columns import Columns, columns_of
from planning.loading.text_files import Table
from planning.sources import Source

OLDEST_OPEN = 60  # an open group that begins later than this would hide the old


def census_tables(
    path: Path,
    table: Table,
    sources: Mapping[str, Source | None],
    unknown: Callable[[str, str], tuple[str, str]],
    faults: list[DataError],
) -> dict[tuple[str, str, int], CensusTable]:
    """The census tables of one file, by region, edition and year. Faulty ones are left out and told in `faults`.

    unknown: says what was expected of a region and edition that is not known, and what is near; empty if it is known.
    """
    columns = columns_of(path, table, schemas.CensusRow, faults)
    if not table.numbers:
        return {}
    people = np.array([columns.values["male"], columns.values["female"]], dtype=float).T
    good = columns.good & _whole(path, columns, people, faults)
    good &= _known(path, columns, good, sources, unknown, faults)
    ages = columns.values["age"]
    lows = np.array([low_of(a) if a else -1 for a in ages], dtype=int)
    key = np.stack([columns.words[n] for n in ("region", "edition", "year")])
    order = np.lexsort((lows, *key[::-1]))
    starts = np.flatnonzero(np.r_[True, (np.diff(key[:, order], axis=1) != 0).any(axis=0)]) if len(order) else order
    found: dict[tuple[str, str, int], CensusTable] = {}
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        rows = order[start:end]
        # A table with a faulty row is left out whole: its other rows would not make up a population.
        if not good[rows].all():
            continue
        region, edition, year = (columns.values[n][rows[0]] for n in ("region", "edition", "year"))
        named = {columns.values["source"][r] for r in rows}
        fault = age_fault([ages[r] for r in rows], rows) or _other_fault(named, people[rows], rows)
        if fault:
            row, column, value, expected = fault
            number = int(columns.numbers[row])
            faults.append(DataError(str(path), number, column, value, f"{expected} ({region} {year})"))
            continue
        source = sources[next(iter(named))]
        if source is None:  # its entry is told already
            continue
        found[region, edition, year] = CensusTable(
            region, edition, year, lows[rows], people[rows], source.cited(), source.published
        )
    return found


def _whole(path: Path, columns: Columns, people: np.ndarray, faults: list[DataError]) -> np.ndarray:
    """Which rows hold whole persons; the others are told."""
    whole = (people == np.floor(people)).all(axis=1)
    for row in np.flatnonzero(columns.good & ~whole):
        value = people[row][people[row] != np.floor(people[row])][0]
        faults.append(DataError(str(path), int(columns.numbers[row]), "male, female", f"{value:g}", "whole persons"))
    return whole


def _known(
    path: Path,
    columns: Columns,
    good: np.ndarray,
    sources: Mapping[str, Source | None],
    unknown: Callable[[str, str], tuple[str, str]],
    faults: list[DataError],
) -> np.ndarray:
    """Which rows speak of a region and a source that are known; the others are told, once a region and source."""
    known = np.ones(len(good), dtype=bool)
    pairs, which = np.unique(np.stack([columns.words["region"], columns.words["edition"]]), axis=1, return_inverse=True)
    rows_of = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(np.bincount(which.ravel()))[:-1])
    for rows in rows_of if pairs.size else []:
        rows = rows[good[rows]]
        if not len(rows):
            continue
        code, edition = columns.values["region"][rows[0]], columns.values["edition"][rows[0]]
        expected, near = unknown(code, edition)
        if expected:
            asked = f"{code}@{edition}" if edition else code
            number = int(columns.numbers[rows[0]])
            faults.append(DataError(str(path), number, "region", asked, expected + _also(rows), near))
            known[rows] = False
    names = columns.values["source"]
    strangers: dict[str, list[int]] = {}
    for row in np.flatnonzero(good & known):
        if names[row] not in sources:
            strangers.setdefault(names[row], []).append(int(row))
    for name, lines in strangers.items():
        expected = f"a source of {path.stem}.yaml ({', '.join(sources) or 'it names none'})"
        faults.append(DataError(str(path), int(columns.numbers[lines[0]]), "source", name, expected + _also(lines)))
        known[lines] = False
    return known


def _also(rows: np.ndarray | list[int]) -> str:
    return f"; so in {len(rows)} rows" if len(rows) > 1 else ""


def age_fault(ages: list[str], rows: Sequence[int] | np.ndarray) -> tuple | None:
    """The first fault in the age groups of one table, in order of age: (row, column, found, expected)."""
    for before, group, row in zip(ages, ages[1:], rows[1:], strict=False):
        if low_of(group) == low_of(before):
            return row, "age", group, f"each age group once; {before} stands here too"
        if before.endswith("+"):
            return row, "age", group, f"no group above the open group {before}"
        follows = int(before.split("-")[-1]) + 1
        if low_of(group) != follows:
            return row, "age", group, f"the group from {follows} on, as {before} comes before"
    if low_of(ages[0]) != 0:
        return rows[0], "age", ages[0], "all ages, from 0"
    if not ages[-1].endswith("+"):
        return rows[-1], "age", ages[-1], "all ages, up to an open group such as 85+"
    if low_of(ages[-1]) < OLDEST_OPEN:
        return rows[-1], "age", ages[-1], f"an open group from {OLDEST_OPEN} on or later"
    return None


def low_of(group: str) -> int:
    return int(group.split("-")[0].rstrip("+"))


def _other_fault(named: set[str], people: np.ndarray, rows: np.ndarray) -> tuple | None:
    if len(named) > 1:
        return rows[0], "source", ", ".join(sorted(named)), "one source for all ages of a table"
    if not people.sum():
        return rows[0], "male, female", "0", "people"
    return None
