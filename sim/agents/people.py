"""Residents as columns, one row each: who lives here at the start, who is added, who is taken out.

A row is a person who lives here now: rows are contiguous and closed up in place, so nobody dead is carried along. Every
choice is the person's own luck (`sim.agents.random`), so rows may stand in any order and be split among processes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numba import njit

from sim.agents.random import hash_of, hashed, stream, uniform, uniform_of

OPEN_AGE = 100
DAYS = 365
"""Days in a year; leap days are left out."""

DURATIONS = 10
"""Years since the last birth that are told apart: 0 for a birth in the calendar year before, 9 for nine and more."""

ORDERS = 3
"""First, second, third and later births."""

FAMILY_STATES = 1 + ORDERS * DURATIONS
"""Childless, and each of one, two, three and more children by years since the last birth."""

SHORTEST_INTERVAL = 304
"""Days between two births of one mother: ten months."""

CORE = {
    "uid": np.uint64,
    "birth_year": np.int16,
    "birthday": np.int16,
    "female": np.uint8,
    "parity": np.uint8,
    "last_birth": np.int32,
    "arrived": np.int16,
}
"""Columns of everyone. birthday: day of the year from 0. parity: children born. last_birth: 365 x year + day, 0 without.
arrived: year of moving in, 0 for those here from the start or born here."""

FAMILY = {"mother": np.uint64, "household": np.int32}
"""Columns of runs with households. mother: her uid, 0 if unknown. household: a number, at least 0."""

FOUNDER, MIGRANT = 1, 2


class People:
    """The residents of one region, or of a part of it."""

    def __init__(self, families: bool = False, room: int = 0):
        self.dtypes = {**CORE, **(FAMILY if families else {})}
        self.count = self._used = 0
        self._columns = {name: np.zeros(room, dtype) for name, dtype in self.dtypes.items()}

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, name: str) -> np.ndarray:
        """The living part of one column, to read and to write: (person,)."""
        if name not in self._columns:
            raise KeyError(f"No column is called {name!r}; there are {', '.join(self._columns)}.")
        return self._columns[name][: self.count]

    def add(self, **rows: np.ndarray | int) -> None:
        """More people, in rows at the end; columns not given are 0."""
        begin = self.extend(np.size(rows["uid"]))
        for name, values in rows.items():
            self[name][begin:] = values

    def extend(self, more: int) -> int:
        """Rows of zeros at the end, for people to be filled in: the first of them."""
        self._make_room(self.count + more)
        begin, end = self.count, self.count + more
        for column in self._columns.values():
            # Rows beyond those ever used are still as they were made, zero.
            column[begin : max(begin, min(end, self._used))] = 0
        self.count, self._used = end, max(self._used, end)
        return begin

    def ages(self, year: int) -> np.ndarray:
        """Age at last birthday on 31 December of `year`, 100 for 100 and over: (person,)."""
        return np.minimum(year - self["birth_year"], OPEN_AGE)

    def by_age(self, year: int) -> np.ndarray:
        """People on 31 December of `year`: (sex, age), persons, male first."""
        counted = np.zeros((2, OPEN_AGE + 1), np.int64)
        _tally(self["female"], self["birth_year"], year, counted)
        return counted

    def close_up(self, gone_rows: np.ndarray, before: int, names: Iterable[str], engine: str) -> None:
        """Take rows out of the named columns of `before` rows, the others keeping their order."""
        if not len(gone_rows):
            return
        for name in names:
            column = self._columns[name]
            if engine == "numba":
                _squeeze(column, gone_rows, before)
            else:
                kept = np.ones(before, dtype=bool)
                kept[gone_rows] = False
                column[: before - len(gone_rows)] = column[:before][kept]

    def homes(self, rows: np.ndarray) -> np.ndarray:
        """Households of some rows, also of those the compiled pass has moved up; empty in runs without: (row,)."""
        return self._columns["household"][rows] if "household" in self._columns else np.empty(0, np.int32)

    def columns(self) -> tuple[np.ndarray, ...]:
        """The core columns with their spare room, for the passes."""
        return tuple(self._columns[name] for name in CORE)

    def _make_room(self, wanted: int) -> None:
        if wanted <= len(self._columns["uid"]):
            return
        room = wanted + wanted // 12
        for name, column in self._columns.items():
            larger = np.zeros(room, column.dtype)
            larger[: self.count] = column[: self.count]
            self._columns[name] = larger
        self._used = self.count


@njit(cache=True, nogil=True)
def _tally(female: np.ndarray, birth_year: np.ndarray, year: int, counted: np.ndarray) -> None:
    for i in range(len(female)):
        counted[female[i], min(year - birth_year[i], OPEN_AGE)] += 1


@njit(cache=True, nogil=True)
def _squeeze(column: np.ndarray, gone_rows: np.ndarray, before: int) -> None:
    write = gone_rows[0]
    for k in range(len(gone_rows)):
        end = gone_rows[k + 1] if k + 1 < len(gone_rows) else before
        for i in range(gone_rows[k] + 1, end):
            column[write] = column[i]
            write += 1


# ---------------------------------------------------------------- who is there at the start, and who comes


def largest_remainders(people: np.ndarray) -> np.ndarray:
    """Whole persons whose sum is the rounded sum, the largest remainders rounded up: (sex, age).

    >>> people = np.zeros((2, 101))
    >>> people[0, :3] = 1.5, 1.3, 1.2
    >>> largest_remainders(people)[0, :3]
    array([2, 1, 1])
    """
    people = np.asarray(people, dtype=float)
    if people.shape != (2, OPEN_AGE + 1) or not (np.isfinite(people).all() and (people >= 0).all()):
        raise ValueError(
            f"People by sex and age were given in shape {people.shape}; (2, {OPEN_AGE + 1}) without negative or missing "
            f"numbers was expected."
        )
    floor = np.floor(people)
    short = round(people.sum() - floor.sum())
    rounded = floor.astype(np.int64)
    rounded.ravel()[np.argsort(-(people - floor).ravel(), kind="stable")[:short]] += 1
    return rounded


def random_rounding(people: np.ndarray, year: int, seed: int) -> np.ndarray:
    """Whole persons whose expectation is the number given, each cell rounded up or down by luck: (sex, age).

    For many small numbers, which largest remainders would give to the same cells every year.

    >>> half = np.full((2, 101), 0.5)
    >>> sorted(set(random_rounding(half, 2024, seed=1).ravel().tolist()))
    [0, 1]
    """
    people = np.asarray(people, dtype=float)
    floor = np.floor(people)
    up = uniform(np.arange(people.size), stream(seed, year, "fraction")).reshape(people.shape) < people - floor
    return floor.astype(np.int64) + up


def identities(kind: int, year: int, counts: np.ndarray, part: tuple[int, int] = (0, 1)) -> dict[str, np.ndarray]:
    """uid, sex and age of `counts` (sex, age) people of one kind and year, cell by cell.

    The k-th person of a cell has the same uid whatever the number of others. part: (i, n) takes those with k % n == i.
    Two kinds, years, cells or numbers never share a uid: the hash is one to one.

    >>> counts = np.zeros((2, 101), dtype=int)
    >>> counts[1, 30] = 2
    >>> who = identities(FOUNDER, 2020, counts)
    >>> who["age"].tolist(), who["female"].tolist()
    ([30, 30], [1, 1])
    """
    i, parts = part
    here = np.maximum((counts - i + parts - 1) // parts, 0).ravel()
    cells = np.repeat(np.arange(here.size), here)
    firsts = np.concatenate([[0], np.cumsum(here)[:-1]])
    numbers = (np.arange(len(cells)) - firsts[cells]) * parts + i
    packed = (kind << 60) | (year << 48) | (cells.astype(np.uint64) << np.uint64(36)) | numbers.astype(np.uint64)
    sexes, ages = np.divmod(cells, counts.shape[1])
    return {"uid": hashed(packed, np.uint64(0)), "female": sexes.astype(np.uint8), "age": ages}


def settle(
    people: People, counts: np.ndarray, year: int, seed: int, part: tuple[int, int] = (0, 1), engine: str = "numba"
) -> None:
    """Add those who live here on 31 December of `year`: counts (sex, age), whole persons, without children as yet.

    Birthdays are even over the year.
    """
    counts, key = np.asarray(counts, dtype=np.int64), stream(seed, 0, "birthday")
    if engine == "numpy":
        who = identities(FOUNDER, year, counts, part)
        birthdays = (uniform(who["uid"], key) * DAYS).astype(np.int16)
        people.add(uid=who["uid"], birth_year=year - who["age"], birthday=birthdays, female=who["female"])
        return
    here = int(np.maximum((counts - part[0] + part[1] - 1) // part[1], 0).sum())
    first = people.extend(here)
    uid, birth_year, birthday, female = (people[name][first:] for name in ("uid", "birth_year", "birthday", "female"))
    label = np.uint64((FOUNDER << 60) | (year << 48))
    _fill(uid, birth_year, birthday, female, counts, year, label, key, *part)


@njit(cache=True, nogil=True)
def _fill(
    uid: np.ndarray,
    birth_year: np.ndarray,
    birthday: np.ndarray,
    female: np.ndarray,
    counts: np.ndarray,
    year: int,
    label: np.uint64,
    key: np.uint64,
    part: int,
    parts: int,
) -> None:
    row = 0
    for sex in range(counts.shape[0]):
        for age in range(counts.shape[1]):
            cell = label | (np.uint64(sex * counts.shape[1] + age) << np.uint64(36))
            for number in range(part, counts[sex, age], parts):
                uid[row] = hash_of(cell | np.uint64(number), np.uint64(0))
                birth_year[row] = year - age
                birthday[row] = int(uniform_of(uid[row], key) * DAYS)
                female[row] = sex
                row += 1
