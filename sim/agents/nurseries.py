"""Nurseries as Mesa agents, and the children under three who want, wait for, hold and leave their places.

Month by month: children who turn three leave, nurseries close and open, and children old enough for what their parents
want take a free place that is near and cheap enough, those who waited longest first. Shares of parents by what they
want are assumptions where the constants name no source.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mesa
import numpy as np
from numba import njit

from planning.loading.priors import read_priors
from sim.agents.people import DAYS, People
from sim.agents.random import stream, uniform
from sim.services.population_outlooks import FULLY_WANTED, WILLING_AT_MOST, YOUNGEST, wish_by_month

LEAVING_AGE = 36
"""Months; kindergartens take children from three."""

# As the cohorts have it (sim.services.population_outlooks, priors `nursery_willing` and `nursery_takeup`, each drawn once a run): the
# share of all children under three whose parents want a place, the months of age at which they come to want it, and the share of those
# who apply for one. More than three in ten want one (National Health Commission 2021), half of those without one in Huzhou (survey of
# 1,754 families, 2025); 5.5 to 7.9 % of children had one in 2021-25, 12 % by another count.

CEILINGS = ((1000, 0.15), (2000, 0.40), (3000, 0.285), (5000, 0.165))
"""The most that parents pay, yuan a month, and their shares. 83.5 % pay at most 3,000 (same survey of Huzhou); mostly at
most 2,000 (6,564 families of one province, 2020). Between these an assumption."""

REACH = (0.5, 0.3, 0.2)
"""Parents who take a place in their own neighbourhood only, in the next ones too, anywhere in the region. Assumption."""

PRICES = ((1500, 0.5), (2500, 0.35), (4000, 0.15))
"""Prices of places, yuan a month, and the share of nurseries at each. Assumption."""

SIZE = 45
"""Places in a new nursery, three classes of fifteen (a nursery in Shangtang, Hangzhou, 2022)."""

NEIGHBOURHOOD = 15_000
"""Residents of a neighbourhood, the area that fifteen minutes on foot reach. Assumption."""

NONE = -1


def _between(prior: str) -> tuple[float, float]:
    found = read_priors()[prior]
    return found.low, found.high


@dataclass(frozen=True)
class NurseryPlan:
    """What is open at the start, and planned.

    places: at the start. opened: (year,), places a year. closing: share of nurseries that close in a year. willing: lowest
    and highest share of children under three whose parents want a place; takeup: of those, the share who take one where there are
    enough; each run draws one between. prices: (yuan a month, share of nurseries) pairs, rising. ceilings: most that parents pay, the
    same pairs of parents. reach: shares of parents who take a place in their own neighbourhood only, in the next ones too, anywhere. size: places of
    one nursery.
    """

    places: int
    opened: tuple[float, ...]
    closing: float = field(default_factory=lambda: read_priors()["nursery_closing"].middle)
    willing: tuple[float, float] = field(default_factory=lambda: _between("nursery_willing"))
    takeup: tuple[float, float] = field(default_factory=lambda: _between("nursery_takeup"))
    prices: tuple[tuple[float, float], ...] = PRICES
    ceilings: tuple[tuple[float, float], ...] = CEILINGS
    reach: tuple[float, float, float] = REACH
    size: int = SIZE


class Nursery(mesa.Agent):
    """A nursery in one neighbourhood.

    number: what its random numbers are keyed by. slot: what its children hold. price: yuan a month, of the price_class counted from
    the cheapest. opened, closes: months, 12 x year + month; closes is None while nothing is decided.
    """

    def __init__(
        self,
        model: mesa.Model,
        number: int,
        slot: int,
        neighbourhood: int,
        capacity: int,
        price_class: int,
        opened: int,
    ) -> None:
        super().__init__(model)
        self.number, self.slot, self.neighbourhood, self.capacity = number, slot, neighbourhood, capacity
        self.price_class, self.price = price_class, 0.0
        self.opened, self.children = opened, 0
        self.closes: int | None = None

    @property
    def empty(self) -> int:
        """Places without a child."""
        return self.capacity - self.children

    def plan_year(self, year: int, price: float, closing: float, fortune: float) -> None:
        """Set the year's price, and learn whether, and in which month, it must close. fortune: in [0, 1)."""
        self.price = price
        if fortune < closing:
            self.closes = year * 12 + int(fortune / closing * 12)


class Nurseries:
    """All nurseries of a region and the children who may use them.

    Children are columns of those whose parents want a place, by uid; months are counted as 12 x year + month. After each
    month places, filled, empty, wanting (a place now, held or not, applied for or not), waiting (applied for, without one) and
    priced_out (waiting, and unable to pay even the cheapest) are up to date.
    """

    def __init__(self, model: mesa.Model, plan: NurseryPlan) -> None:
        prices, shares = zip(*plan.prices, strict=True)
        (low, high), (least, most) = plan.willing, plan.takeup
        if (
            list(prices) != sorted(prices)
            or abs(sum(shares) - 1) > 1e-9
            or not (0 <= low <= high <= 1 and 0 <= least <= most <= 1)
        ):
            raise ValueError(
                f"Nursery plan: prices must rise and their shares sum to one, and shares of the willing and of takers rise "
                f"within 0 to 1; found {plan.prices}, {plan.willing} and {plan.takeup}."
            )
        self.model, self.plan, self.seed = model, plan, model.stream_seed
        self.willing = low + (high - low) * uniform([0], stream(self.seed, 0, "willing"))[0]
        # Of all under three at once: fewer of the youngest want one, so more do at some time.
        self.ever_willing = min(self.willing / wish_by_month().mean(), WILLING_AT_MOST)
        takeup = least + (most - least) * uniform([0], stream(self.seed, 0, "takeup"))[0]
        # Takers are told among all who want a place; at the usual prices some cannot pay, so more than the takers apply.
        able = sum(share for most_paid, share in CEILINGS if most_paid >= PRICES[0][0])
        self.applying = min(takeup / able, 1.0)
        self.neighbourhoods = max(1, round(len(model.people) / NEIGHBOURHOOD))
        self.shares_below = np.cumsum(shares)[:-1]
        self.prices = np.array(prices, dtype=float)
        self.open: list[Nursery] = []
        self.opening: dict[int, list[int]] = {}
        self.slots, self.owed = 0, 0.0
        self._mapped: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self.children = _no_children()
        now = model.year * 12 + 11
        for number, places in enumerate(_divided(plan.places, plan.size)):
            self._add(number, places, now)
        self._meet(model.people, model.year)
        self._month(now)
        self._tell()

    def live(self, people: People, months: range) -> None:
        """Go through some months of one year with the children who live here at their end."""
        year = months[0] // 12
        if months[0] % 12 == 0:
            self._plan_year(year)
        self._meet(people, year)
        for month in months:
            self._month(month)
        self._tell()

    def _plan_year(self, year: int) -> None:
        t = year - self.model.situation.rates.years[0]
        # Whole nurseries open; places that do not make one wait for the next year.
        wanted = self.plan.opened[t] * self.model.levers["places"][t] + self.owed
        count = int(wanted // self.plan.size)
        self.owed = wanted - count * self.plan.size
        self.prices = np.array([price for price, _ in self.plan.prices]) * self.model.levers["price"][t]
        numbers = year * 100_000 + np.arange(count)
        self.opening = {}
        for number, u in zip(numbers.tolist(), uniform(numbers, stream(self.seed, 0, "opening")), strict=True):
            self.opening.setdefault(year * 12 + int(u * 12), []).append(number)
        uniforms = uniform([nursery.number for nursery in self.open], stream(self.seed, year, "closing"))
        for nursery, fortune in zip(self.open, uniforms, strict=True):
            nursery.plan_year(year, self.prices[nursery.price_class], self.plan.closing, fortune)

    def _add(self, number: int, capacity: int, month: int) -> None:
        neighbourhood = int(uniform([number], stream(self.seed, 0, "home"))[0] * self.neighbourhoods)
        price_class = int(
            np.searchsorted(self.shares_below, uniform([number], stream(self.seed, 0, "price"))[0], "right")
        )
        nursery = Nursery(self.model, number, self.slots, neighbourhood, capacity, price_class, month)
        nursery.price = self.prices[price_class]
        self.open.append(nursery)
        self._mapped = None
        self.slots += 1

    # -------------------------------------------------------------- children come and go

    def _meet(self, people: People, year: int) -> None:
        """Bring the children up to date: those gone leave their places, those new here may want one."""
        rows = np.flatnonzero(people["birth_year"] >= year - 3)
        uids = people["uid"][rows]
        rows = rows[uniform(uids, stream(self.seed, 0, "willing")) < self.ever_willing]
        rows = rows[np.argsort(people["uid"][rows])]
        uids, old = people["uid"][rows], self.children
        place, applied = np.full(len(rows), NONE, np.int64), np.full(len(rows), np.iinfo(np.int64).max)
        # Both lists are in the order of uids, so each child's place is found by bisection.
        at = np.minimum(np.searchsorted(old["uid"], uids), max(len(old["uid"]) - 1, 0))
        known = old["uid"][at] == uids if len(old["uid"]) else np.zeros(len(uids), bool)
        place[known], applied[known] = old["place"][at[known]], old["applied"][at[known]]
        mothers = people["mother"][rows] if "mother" in people.dtypes else np.zeros(len(rows), np.uint64)
        self.children = {
            "uid": uids,
            "born": people["birth_year"][rows] * 12 + people["birthday"][rows].astype(np.int64) * 12 // DAYS,
            "start": YOUNGEST
            + (uniform(uids, stream(self.seed, 0, "start")) * (FULLY_WANTED - YOUNGEST)).astype(np.int64),
            "applies": uniform(uids, stream(self.seed, 0, "takeup")) < self.applying,
            "ceiling": _stepped(self.plan.ceilings, uniform(uids, stream(self.seed, 0, "ceiling"))),
            "reach": np.searchsorted(
                np.cumsum(self.plan.reach)[:-1], uniform(uids, stream(self.seed, 0, "reach")), side="right"
            ),
            "home": (
                uniform(np.where(mothers > 0, mothers, uids), stream(self.seed, 0, "home")) * self.neighbourhoods
            ).astype(np.int64),
            "turn": uniform(uids, stream(self.seed, 0, "fraction")),
            "place": place,
            "applied": applied,
        }

    def _month(self, month: int) -> None:
        children = self.children
        age = month - children["born"]
        children["place"][age >= LEAVING_AGE] = NONE
        self._close_and_open(month)
        wanting = (age >= children["start"]) & (age < LEAVING_AGE)
        seeking = np.flatnonzero(wanting & children["applies"] & (children["place"] == NONE))
        children["applied"][seeking] = np.minimum(children["applied"][seeking], month)
        self._allocate(seeking)
        waiting = seeking[children["place"][seeking] == NONE]
        self.waiting = len(waiting)
        self.priced_out = int((children["ceiling"][waiting] < self.prices.min()).sum())
        self.places = int(self._map[2].sum())
        self.filled = int((children["place"] != NONE).sum())
        self.empty, self.wanting = self.places - self.filled, int(wanting.sum())

    def _close_and_open(self, month: int) -> None:
        closing = [nursery for nursery in self.open if nursery.closes == month]
        if closing:
            # Their children go back to the queue, where the month they first applied still counts.
            lost = np.isin(self.children["place"], [nursery.slot for nursery in closing])
            self.children["place"][lost] = NONE
            for nursery in closing:
                nursery.remove()
            self.open = [nursery for nursery in self.open if nursery.closes != month]
            self._mapped = None
        for number in self.opening.pop(month, []):
            self._add(number, self.plan.size, month)

    def _allocate(self, seeking: np.ndarray) -> None:
        children, kinds = self.children, len(self.prices)
        # Who applied first comes first, among them by luck.
        seeking = seeking[np.lexsort((children["turn"][seeking], children["applied"][seeking]))]
        cells, slots, capacity = self._map
        by_cell = np.argsort(cells, kind="stable")
        slots, free = slots[by_cell], (capacity - self._held()[slots])[by_cell]
        starts = np.searchsorted(cells[by_cell], np.arange(self.neighbourhoods * kinds + 1))
        affordable = np.searchsorted(self.prices, children["ceiling"][seeking], side="right")
        give = _give if self.model.engine == "numba" else _give.py_func
        given = give(children["home"][seeking], children["reach"][seeking], affordable, starts, free, kinds)
        found = given != NONE
        children["place"][seeking[found]] = slots[given[found]]

    def _tell(self) -> None:
        """Let every nursery know how many children it has."""
        held = self._held()
        for nursery in self.open:
            nursery.children = int(held[nursery.slot])

    @property
    def _map(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cell (neighbourhood and price class), slot and capacity of the open nurseries."""
        if self._mapped is None:
            kinds = len(self.prices)
            places = [(n.neighbourhood * kinds + n.price_class, n.slot, n.capacity) for n in self.open]
            cells, slots, capacity = np.array(places, dtype=np.int64).reshape(-1, 3).T
            self._mapped = (cells, slots, capacity)
        return self._mapped

    def _held(self) -> np.ndarray:
        """Places taken, by slot of the nursery."""
        place = self.children["place"]
        return np.bincount(place[place != NONE], minlength=self.slots)


@njit(cache=True)
def _give(
    home: np.ndarray, reach: np.ndarray, affordable: np.ndarray, starts: np.ndarray, free: np.ndarray, kinds: int
) -> np.ndarray:
    """The nursery (position in `free`) of each child in turn: the nearest, then the cheapest, with a place; -1 for none.

    starts: first nursery of each neighbourhood and price class. Neighbourhoods lie on a ring.
    """
    areas = (len(starts) - 1) // kinds
    left = np.zeros(kinds, np.int64)
    for area in range(areas):
        for kind in range(kinds):
            for n in range(starts[area * kinds + kind], starts[area * kinds + kind + 1]):
                left[kind] += free[n]
    given = np.full(len(home), -1, np.int64)
    for child in range(len(home)):
        if left[: affordable[child]].sum() == 0:
            continue
        far = min(reach[child], areas // 2) if reach[child] < 2 else areas // 2
        for away in range(far + 1):
            for side in (1, -1):
                area = (home[child] + side * away) % areas
                for kind in range(affordable[child]):
                    for n in range(starts[area * kinds + kind], starts[area * kinds + kind + 1]):
                        if free[n] > 0 and given[child] == -1:
                            given[child] = n
                            free[n] -= 1
                            left[kind] -= 1
                if away == 0 or given[child] != -1:
                    break
            if given[child] != -1:
                break
    return given


def _divided(places: int, size: int) -> list[int]:
    """Nurseries of `size` places, the last one smaller, that have `places` in all."""
    whole, rest = divmod(places, size)
    return [size] * whole + [rest] * (rest > 0)


def _no_children() -> dict[str, np.ndarray]:
    return {"uid": np.empty(0, np.uint64), "place": np.empty(0, np.int64), "applied": np.empty(0, np.int64)}


def _stepped(steps: tuple[tuple[float, float], ...], u: np.ndarray) -> np.ndarray:
    """A value of `steps`, (value, share) pairs, for each number in [0, 1)."""
    values, shares = (np.array(column, dtype=float) for column in zip(*steps, strict=True))
    return values[np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(values) - 1)]
