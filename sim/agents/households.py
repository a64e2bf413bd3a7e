"""Households: who lives with whom at the start, and who lives alone after deaths, births, moves and leaving home.

A household is a number and a count of members. Composition at the start is an assumption wherever no census table of it
is published; the constants below say where each came from.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planning.populations import FEMALE, MALE, OPEN_AGE
from sim.agents.people import DAYS, DURATIONS, People
from sim.agents.random import stream, uniform
from sim.services.health_needs import ELDERLY, living_alone

AGES = np.arange(OPEN_AGE + 1)


COUPLES_ONLY = 0.58
"""Of couples of sixty and over, those without anyone else at home: 44.8 % of the elderly in 2021 (same survey) of some
77 % who have a spouse."""

PARTNERED = {
    22: (0.12, 0.25), 25: (0.45, 0.60), 30: (0.77, 0.85), 35: (0.90, 0.92), 60: (0.90, 0.87), 65: (0.88, 0.80),
    70: (0.84, 0.70), 75: (0.77, 0.56), 80: (0.58, 0.30)
}  # fmt: skip
"""Men and women living with a partner, from an age on. Assumptions in the manner of the census of 2020."""

GENERATION = 27
WITH_PARENTS = {18: 0.60, 30: 0.20, 60: 0.0}
"""Adults without a partner who live with their parents, from an age on. Assumption."""

LEAVING_HOME, LEAVING_AGES = 0.12, (20, 35)
"""Chance a year to leave the parents' home, at these ages. Assumption."""

IN_PAIRS = 0.6
"""Of those who leave, the share who set up house as a couple. Assumption."""

MOVING_IN, MOVING_FROM = 0.05, 70
"""Chance a year that someone of seventy and over who lives alone moves in with a younger household. Assumption."""

NO_HOUSEHOLD = -1


class Households:
    """The households of one region. members: (household,), persons. head_born: (household,), birth year of the head."""

    def __init__(self, people: People, year: int, seed: int):
        self.seed = seed
        homes, mothers, self.head_born = composed(people, year, seed)
        people["household"][:] = homes
        people["mother"][:] = mothers
        self.members = np.bincount(homes, minlength=len(self.head_born)).astype(np.int32)

    def depart(self, homes: np.ndarray) -> None:
        """Members who died or moved away, by household: (person,)."""
        _count(self.members, homes, -1)

    def join(self, homes: np.ndarray) -> None:
        """Newborn in their mothers' households, or others who move in: (person,)."""
        _count(self.members, homes, 1)

    def found(self, head_born: np.ndarray) -> np.ndarray:
        """New households of one person each, by birth year: their numbers."""
        first = len(self.members)
        self.members = np.concatenate([self.members, np.ones(len(head_born), np.int32)])
        self.head_born = np.concatenate([self.head_born, np.asarray(head_born, self.head_born.dtype)])
        return np.arange(first, len(self.members))

    def receive(self, ages: np.ndarray, female: np.ndarray, birth_year: np.ndarray) -> np.ndarray:
        """Households of people who move in, by their number: adults each their own, children with a woman among them."""
        homes = self.found(birth_year)
        women = np.flatnonzero((np.asarray(female) == FEMALE) & (ages >= 22) & (ages < 50))
        children = np.flatnonzero(ages < 18)
        if len(women) and len(children):
            self.depart(homes[children])
            homes[children] = homes[np.resize(women, len(children))]
            self.join(homes[children])
        return homes

    def year_end(self, people: People, year: int) -> None:
        """Some of the young leave home, some of the old who live alone move in with the young."""
        homes, born = people["household"], people["birth_year"]
        low, high = LEAVING_AGES
        at_home, solitary = _candidates(
            born, people["parity"], homes, self.members, self.head_born, year - high, year - low, year - MOVING_FROM
        )
        going = uniform(people["uid"][at_home], stream(self.seed, year, "leaving_home")) < LEAVING_HOME
        self._set_up_house(people, at_home[going])
        # Every so many rows are enough to find hosts in a large region.
        step = max(1, len(people) // 200_000)
        ages = year - born[::step]
        hosts = np.flatnonzero((people["female"][::step] == FEMALE) & (ages >= 35) & (ages < 60)) * step
        if len(hosts):
            u = uniform(people["uid"][solitary], stream(self.seed, year, "moving_in"))
            moving = u < MOVING_IN
            chosen = (u[moving] / MOVING_IN * len(hosts)).astype(np.int64)
            self._move_in(people, solitary[moving], homes[hosts[chosen]])

    def alone(self, people: People, year: int, age: int = ELDERLY) -> np.ndarray:
        """People of `age` and over who live alone, by sex: (sex,)."""
        old = np.flatnonzero(people.ages(year) >= age)
        solitary = self.members[people["household"][old]] == 1
        return np.bincount(people["female"][old], weights=solitary, minlength=2)

    def mean_size(self) -> float:
        """Persons in a household that has any."""
        return float(self.members.sum() / max((self.members > 0).sum(), 1))

    def _set_up_house(self, people: People, rows: np.ndarray) -> None:
        """Each a new household, but for couples of a man and a woman near in age, who share hers."""
        self.depart(people["household"][rows])
        homes = self.found(people["birth_year"][rows])
        by_age = np.argsort(people["birth_year"][rows], kind="stable")
        men, women = (by_age[people["female"][rows[by_age]] == sex] for sex in (MALE, FEMALE))
        pairs = int(IN_PAIRS * min(len(men), len(women)))
        men, women = (one[np.arange(pairs) * len(one) // max(pairs, 1)] for one in (men, women))
        self.depart(homes[men])
        self.join(homes[women])
        homes[men] = homes[women]
        people["household"][rows] = homes

    def _move_in(self, people: People, rows: np.ndarray, homes: np.ndarray) -> None:
        self.depart(people["household"][rows])
        self.join(homes)
        people["household"][rows] = homes


@njit(cache=True)
def _candidates(
    born: np.ndarray,
    parity: np.ndarray,
    homes: np.ndarray,
    members: np.ndarray,
    head_born: np.ndarray,
    after: float,
    until: float,
    old: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the childless, born from `after` + 1 to `until`, in a parent's home, and of the old, born by `old`, alone."""
    at_home, solitary = [], []
    for i in range(len(born)):
        if born[i] <= old:
            if members[homes[i]] == 1:
                solitary.append(i)
        elif (
            after < born[i] <= until
            and parity[i] == 0
            and members[homes[i]] > 1
            and head_born[homes[i]] <= born[i] - 18
        ):
            at_home.append(i)
    return np.array(at_home, dtype=np.int64), np.array(solitary, dtype=np.int64)


@njit(cache=True)
def _count(members: np.ndarray, homes: np.ndarray, change: int) -> None:
    for home in homes:
        members[home] += change


def composed(people: People, year: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Households at the start: the number of each person's, the uid of each child's mother, birth years of the heads.

    The old who live alone; couples, paired by rank of age; the old and the young without a partner, with heads a
    generation younger or older; children with mothers, those whose last birth was in the child's year first; everyone
    else alone.
    """
    ages, sex, born = people.ages(year), people["female"], people["birth_year"]
    jitter = uniform(people["uid"], stream(seed, 0, "partner"))
    homes = np.full(len(people), NO_HOUSEHOLD, dtype=np.int32)
    alone = uniform(people["uid"], stream(seed, 0, "alone")) < living_alone()[sex, ages]
    wives, husbands = couples(ages, sex, jitter, alone)
    units = np.concatenate([wives, np.flatnonzero(alone)])
    homes[units] = np.arange(len(units))
    homes[husbands] = homes[wives]
    head_born = born[units].copy()

    single = (homes == NO_HOUSEHOLD) & (ages >= 18)
    at_home = uniform(people["uid"], stream(seed, 0, "leaving_home")) < _from_age(WITH_PARENTS)[ages]
    dependent, widowed = np.flatnonzero(single & at_home), np.flatnonzero(single & (ages >= 60))
    hosts = wives[(ages[wives] >= 30) & (ages[wives] < 80)]
    for rows, gap in ((dependent, GENERATION), (widowed, -GENERATION)):
        homes[rows] = _by_rank(homes, hosts, ages, jitter, rows, gap)
    joining = wives[ages[wives] >= 60]
    joining = joining[uniform(people["uid"][joining], stream(seed, 0, "moving_in")) >= COUPLES_ONLY]
    _join_the_young(homes, ages, jitter, joining, wives[(ages[wives] >= 30) & (ages[wives] < 60)])
    rest = np.flatnonzero((homes == NO_HOUSEHOLD) & (ages >= 18))
    homes[rest] = len(head_born) + np.arange(len(rest))
    head_born = np.concatenate([head_born, born[rest]])

    mothers = mothers_of_children(people, year, jitter)
    children = np.flatnonzero((homes == NO_HOUSEHOLD) & (mothers >= 0))
    homes[children] = homes[mothers[children]]
    orphans = np.flatnonzero(homes == NO_HOUSEHOLD)
    homes[orphans] = len(head_born) + np.arange(len(orphans))
    head_born = np.concatenate([head_born, born[orphans]])
    return homes, np.where(mothers >= 0, people["uid"][mothers], np.uint64(0)), head_born


def couples(ages: np.ndarray, sex: np.ndarray, jitter: np.ndarray, alone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of wives and of their husbands, paired by rank of age and luck.

    Husbands are older by as much as fewer of the young men have wives.
    """
    chosen = []
    for which in (FEMALE, MALE):
        share = np.minimum(_from_age({a: p[which] for a, p in PARTNERED.items()}) / (1 - living_alone()[which]), 1.0)
        rows = np.flatnonzero((sex == which) & ~alone & (ages >= min(PARTNERED)))
        chosen.append(rows[jitter[rows] < share[ages[rows]]])
    wives, husbands = (rows[_order(ages[rows] + 4 * jitter[rows])] for rows in chosen)
    # Ranks of the two sexes drift apart where cohorts differ; pairing on shares of the whole keeps ages near.
    pairs = min(len(wives), len(husbands))
    return tuple(rows[np.arange(pairs) * len(rows) // max(pairs, 1)] for rows in (wives, husbands))


def mothers_of_children(people: People, year: int, jitter: np.ndarray) -> np.ndarray:
    """The row of the mother of everyone under 18, -1 where there is none: (person,)."""
    ages = people.ages(year)
    mothers = np.full(len(people), -1, dtype=np.int64)
    women = np.flatnonzero((people["parity"] > 0) & (ages < 65))
    women = women[_order(100 * jitter[women])]
    last_year, several = people["last_birth"][women] // DAYS, people["parity"][women] > 1
    known = DURATIONS - 1
    young = np.flatnonzero(ages < 18)
    young = young[np.argsort(ages[young], kind="stable")]
    for children in np.split(young, np.searchsorted(ages[young], np.arange(1, 18))):
        if not len(children):
            continue
        age = int(ages[children[0]])
        at_birth = ages[women] - age
        # Years since the last birth are told apart up to nine: older children, and those with younger siblings, go to
        # mothers of a likely age.
        fits = last_year == year - age if age < known else np.zeros(len(women), bool)
        likely = ~fits & (at_birth >= 21) & (at_birth <= 36)
        likely &= several if age < known else several | (last_year <= year - known)
        # Begin elsewhere at each age, so that the same few women do not get a child at every age.
        others = np.roll(women[likely], age * len(women) // 18)
        candidates = np.concatenate([women[fits], others])
        if not len(candidates):
            candidates = np.flatnonzero((people["female"] == FEMALE) & (ages - age >= 20) & (ages - age <= 45))
        if len(candidates):
            mothers[children] = np.resize(candidates, len(children))
    return mothers


def _join_the_young(
    homes: np.ndarray, ages: np.ndarray, jitter: np.ndarray, joining: np.ndarray, hosts: np.ndarray
) -> None:
    """Move the households of the wives `joining` in with those of hosts a generation younger."""
    if not len(joining) or not len(hosts):
        return
    renamed = np.arange(homes.max() + 1, dtype=homes.dtype)
    renamed[homes[joining]] = _by_rank(homes, hosts, ages, jitter, joining, -GENERATION)
    known = homes != NO_HOUSEHOLD
    homes[known] = renamed[homes[known]]


def _by_rank(
    homes: np.ndarray, hosts: np.ndarray, ages: np.ndarray, jitter: np.ndarray, rows: np.ndarray, gap: float
) -> np.ndarray:
    """Households for `rows` among those of `hosts`, whose heads are `gap` years older, by rank of age."""
    if not len(hosts):
        return np.full(len(rows), NO_HOUSEHOLD, homes.dtype)
    by_age = hosts[_order(ages[hosts])]
    wanted = ages[rows] + gap + 6 * (jitter[rows] - 0.5)
    first = np.searchsorted(ages[by_age], np.floor(wanted), side="left")
    after = np.searchsorted(ages[by_age], np.floor(wanted), side="right")
    spread = np.maximum(after - first, 1)
    places = first + (((jitter[rows] * 7919.0) % 1.0) * spread).astype(np.int64)
    return homes[by_age[np.minimum(places, len(by_age) - 1)]]


def _order(ages: np.ndarray) -> np.ndarray:
    """The rows from the lowest to the highest value, to a six-hundredth of a year; so coarse because it is so fast."""
    return np.argsort((np.asarray(ages) * 600).astype(np.uint16), kind="stable")


def _from_age(steps: dict[int, float]) -> np.ndarray:
    """Values given from an age on, 0 below the first: (age,)."""
    lows = sorted(steps)
    values = np.array([0.0, *(steps[low] for low in lows)])
    return values[np.searchsorted(lows, AGES, side="right")]
