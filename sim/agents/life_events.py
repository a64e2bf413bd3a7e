"""The passes that let people die, leave and give birth, by uniforms of their own: compiled by numba, and plain numpy.

Both give the same people bit for bit, in any order of rows, in any split, and for a year at once or month by month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sim.agents.people import CORE, DAYS, DURATIONS, OPEN_AGE, ORDERS, SHORTEST_INTERVAL, People
from sim.agents.random import hashed, stream, uniform, uniform_of

ENGINES = ("numba", "numpy")
NEVER = 2.0
"""A date, as a part of the year, that does not come."""


@dataclass(frozen=True)
class Chances:
    """What each person risks in one year. Ages are those reached, or that would be, on 31 December.

    death: (sex, age), chances of those alive at the year's start; at age 0 unused. infant_death: (sex, day), of dying
    before the year's end by day of birth. leaving: (sex, age), of moving away, of those who do not die. early, late:
    (age, family state), births per woman and year before and after her birthday. boys: share of newborns.
    """

    year: int
    death: np.ndarray
    infant_death: np.ndarray
    leaving: np.ndarray
    early: np.ndarray
    late: np.ndarray
    boys: float

    def most(self) -> np.ndarray:
        """A bound on the chance of a birth at each age reached, whatever her state and birthday: (age,)."""
        # A little more, since the weighted mean of two rates may be rounded up.
        return np.maximum(self.early, self.late).max(axis=1) * (1 + 1e-12)


@dataclass(frozen=True)
class Passed:
    """What happened to the people of one pass. Rows are those before the pass.

    gone_uids: who died or moved away. deaths, leavers: (sex, age reached). The other arrays are by birth, in the order of
    the mothers' rows: uid and year of birth of the mother, order of the birth, date as a part of the year. gone_homes,
    mother_homes: households of the two, empty in runs without.
    """

    gone_uids: np.ndarray
    deaths: np.ndarray
    leavers: np.ndarray
    mother_uids: np.ndarray
    mother_birth_years: np.ndarray
    orders: np.ndarray
    dates: np.ndarray
    gone_homes: np.ndarray
    mother_homes: np.ndarray


def pass_over(
    people: People, chances: Chances, seed: int, begin: float, until: float, first: int, engine: str
) -> Passed:
    """Let rows from `first` on live through the part of a year between `begin` and `until`; close up the columns.

    Whoever dies or leaves does so at a date that the uniform gives: u < p decides whether, u / p when. So the months of a year
    and the year at once give the same people. Those who moved in this year do not die or leave in it, as in the cohort
    component, whose migrants join at the end of the year. ValueError for an unknown engine.
    """
    if engine not in ENGINES:
        raise ValueError(f"No engine is called {engine!r}; {' and '.join(ENGINES)} are.")
    keys = np.array([stream(seed, chances.year, event) for event in ("death", "leaving", "birth", "arrival")])
    run = _pass_numba if engine == "numba" else _pass_numpy
    return run(people, chances, keys, begin, until, first)


def _pass_numba(people: People, chances: Chances, keys: np.ndarray, begin: float, until: float, first: int) -> Passed:
    before = people.count
    room = (before - first) // 16 + 4096
    row, write, gone, mothers = first, first, 0, 0
    gone_rows, gone_uids = np.empty(room, np.int64), np.empty(room, np.uint64)
    bearing: tuple[np.ndarray, ...] = tuple(np.empty(room, t) for t in (np.int64, np.uint64, np.int16, np.uint8))
    dates = np.empty(room, np.float64)
    deaths = np.zeros((2, OPEN_AGE + 1), np.int64)
    leavers = np.zeros_like(deaths)
    tables = (chances.death, chances.infant_death, chances.leaving, chances.early, chances.late)
    while True:
        row, write, gone, mothers = _live(  # type: ignore[call-arg]  # columns() has as many as _live names
            *people.columns(), before, row, write, gone, mothers, chances.year, begin, until, keys, *tables,  # type: ignore[arg-type]
            chances.most(), gone_rows, gone_uids, *bearing, dates, deaths, leavers
        )  # fmt: skip
        if row == before:
            break
        # The lists of those gone and of mothers were full; make them longer and go on where the pass stopped.
        room *= 2
        gone_rows, gone_uids, dates = (_longer(a, room) for a in (gone_rows, gone_uids, dates))
        bearing = tuple(_longer(a, room) for a in bearing)
    rows, uids, born, orders = (a[:mothers] for a in bearing)
    homes = people.homes(gone_rows[:gone]), people.homes(rows)
    people.close_up(gone_rows[:gone], before, people.dtypes.keys() - CORE.keys(), "numba")
    people.count = write
    return Passed(gone_uids[:gone], deaths, leavers, uids, born, orders, dates[:mothers], *homes)


@njit(cache=True, nogil=True)
def _live(
    uid: np.ndarray, birth_year: np.ndarray, birthday: np.ndarray, female: np.ndarray, parity: np.ndarray, last_birth: np.ndarray, arrived: np.ndarray, before: int, row: int, write: int, gone: int, mothers: int, year: int, begin: float,
    until: float, keys: np.ndarray, death: np.ndarray, infant_death: np.ndarray, leaving: np.ndarray, early: np.ndarray, late: np.ndarray, most: np.ndarray, gone_rows: np.ndarray, gone_uids: np.ndarray, mother_rows: np.ndarray, mother_uids: np.ndarray,
    mother_born: np.ndarray, orders: np.ndarray, dates: np.ndarray, deaths: np.ndarray, leavers: np.ndarray
) -> tuple[int, int, int, int]:  # fmt: skip
    """One pass: decide and close up, until the rows or the room for what happened are at an end."""
    # Held apart from the arrays, which compiled code must otherwise read again after every write.
    moves = leaving.max() > 0.0
    k_death, k_leaving, k_birth = keys[0], keys[1], keys[2]
    full_gone, full_mothers = len(gone_rows), len(mother_rows)
    for i in range(row, before):
        if gone == full_gone or mothers == full_mothers:
            return i, write, gone, mothers
        who, sex = uid[i], female[i]
        age = min(year - birth_year[i], OPEN_AGE)
        goes, dies = NEVER, False
        if arrived[i] != year:
            chance, since = death[sex, age], 0.0
            if age == 0:
                chance, since = infant_death[sex, birthday[i]], birthday[i] / DAYS
            u = uniform_of(who, k_death)
            if u < chance:
                goes, dies = since + (1.0 - since) * (u / chance), True
            elif moves and leaving[sex, age] > 0.0:
                u = uniform_of(who, k_leaving)
                if u < leaving[sex, age]:
                    goes = since + (1.0 - since) * (u / leaving[sex, age])
        if sex == 1 and most[age] > 0.0:
            u = uniform_of(who, k_birth)
            if u < most[age]:
                date = _bearing(u, year, age, birthday[i], parity[i], last_birth[i], early, late)
                came = uniform_of(who, keys[3]) if arrived[i] == year else 0.0
                if begin <= date < until and came <= date < goes:
                    parity[i] += 1
                    last_birth[i] = year * DAYS + int(date * DAYS)
                    mother_rows[mothers], mother_uids[mothers] = i, who
                    mother_born[mothers], orders[mothers] = birth_year[i], parity[i]
                    dates[mothers] = date
                    mothers += 1
        if goes < until:
            gone_rows[gone], gone_uids[gone] = i, who
            gone += 1
            if dies:
                deaths[sex, age] += 1
            else:
                leavers[sex, age] += 1
            continue
        if write != i:
            uid[write], birth_year[write], birthday[write] = who, birth_year[i], birthday[i]
            female[write], parity[write], last_birth[write] = sex, parity[i], last_birth[i]
            arrived[write] = arrived[i]
        write += 1
    return before, write, gone, mothers


@njit
def _bearing(
    u: float, year: int, age: int, day: float, children: int, last_birth: int, early: np.ndarray, late: np.ndarray
) -> float:
    """The part of the year at which a woman with the uniform `u` gives birth."""
    state, pause = 0, 0.0
    if children > 0:
        since_birth = year - 1 - last_birth // DAYS
        if since_birth < 0:
            return NEVER
        state = 1 + (min(children, ORDERS) - 1) * DURATIONS + min(since_birth, DURATIONS - 1)
        pause = max(last_birth + SHORTEST_INTERVAL - year * DAYS, 0) / DAYS
    turn = (day + 0.5) / DAYS
    sooner = turn * early[age, state]
    if not u < sooner + (1.0 - turn) * late[age, state]:
        return NEVER
    date = u / early[age, state] if u < sooner else turn + (u - sooner) / late[age, state]
    return pause + (1.0 - pause) * date


def _pass_numpy(people: People, chances: Chances, keys: np.ndarray, begin: float, until: float, first: int) -> Passed:
    before, year = people.count, chances.year
    here = {name: people[name][first:] for name in CORE}
    uid, sex = here["uid"], here["female"]
    ages = np.minimum(year - here["birth_year"], OPEN_AGE)
    came_now = here["arrived"] == year
    infant = ages == 0
    since = np.where(infant, here["birthday"] / DAYS, 0.0)
    dying = np.where(infant, chances.infant_death[sex, here["birthday"]], chances.death[sex, ages])
    u, v = uniform(uid, keys[0]), uniform(uid, keys[1])
    dies = (u < dying) & ~came_now
    moving = chances.leaving[sex, ages]
    leaves = (v < moving) & ~dies & ~came_now
    here_until = np.full(len(uid), NEVER)
    here_until[dies] = since[dies] + (1.0 - since[dies]) * (u[dies] / dying[dies])
    here_until[leaves] = since[leaves] + (1.0 - since[leaves]) * (v[leaves] / moving[leaves])

    women = np.flatnonzero((sex == 1) & (chances.most()[ages] > 0))
    bearing, dates = _births_numpy(here, women, ages, chances, keys, begin, until, here_until)
    mothers, born = uid[bearing], here["birth_year"][bearing]
    here["parity"][bearing] += 1
    here["last_birth"][bearing] = year * DAYS + (dates * DAYS).astype(np.int32)
    orders = here["parity"][bearing]

    gone = np.flatnonzero(here_until < until)
    deaths, leavers = (np.zeros((2, OPEN_AGE + 1), np.int64) for _ in range(2))
    for table, chosen in ((deaths, gone[dies[gone]]), (leavers, gone[leaves[gone]])):
        np.add.at(table, (sex[chosen], ages[chosen]), 1)
    gone_uids, homes = uid[gone], (people.homes(gone + first), people.homes(bearing + first))
    people.close_up(gone + first, before, people.dtypes, "numpy")
    people.count = before - len(gone)
    return Passed(gone_uids, deaths, leavers, mothers, born, orders, dates, *homes)


def _births_numpy(
    here: dict[str, np.ndarray],
    women: np.ndarray,
    ages: np.ndarray,
    chances: Chances,
    keys: np.ndarray,
    begin: float,
    until: float,
    here_until: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Rows of the mothers and dates of the births, as parts of the year."""
    year = chances.year
    children, last, uid = (here[name][women] for name in ("parity", "last_birth", "uid"))
    since_birth = year - 1 - last // DAYS
    known = children > 0
    duration = np.clip(since_birth, 0, DURATIONS - 1)
    state = np.where(known, 1 + (np.minimum(children.astype(np.int64), ORDERS) - 1) * DURATIONS + duration, 0)
    pause = np.where(known, np.maximum(last + SHORTEST_INTERVAL - year * DAYS, 0) / DAYS, 0.0)
    turn = (here["birthday"][women] + 0.5) / DAYS
    early, late = chances.early[ages[women], state], chances.late[ages[women], state]
    sooner = turn * early
    u = uniform(uid, keys[2])
    bears = (u < sooner + (1.0 - turn) * late) & (~known | (since_birth >= 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        date = np.where(u < sooner, u / early, turn + (u - sooner) / late)
    date = pause + (1.0 - pause) * date
    came = np.where(here["arrived"][women] == year, uniform(uid, keys[3]), 0.0)
    bears &= (begin <= date) & (date < until) & (came <= date) & (date < here_until[women])
    return women[bears], date[bears]


def _longer(array: np.ndarray, room: int) -> np.ndarray:
    longer = np.empty(room, array.dtype)
    longer[: len(array)] = array
    return longer


def newborns(passed: Passed, year: int, seed: int, boys: float) -> dict[str, np.ndarray]:
    """The rows of the children born in a pass. A mother's child of one year is the same person in every scenario."""
    key = stream(0, year, "child")
    uids = hashed(passed.mother_uids, key)
    return {
        "uid": uids,
        "birth_year": np.full(len(uids), year, dtype=np.int16),
        "birthday": (passed.dates * DAYS).astype(np.int16),
        "female": (uniform(uids, stream(seed, 0, "sex")) >= boys).astype(np.uint8),
    }
