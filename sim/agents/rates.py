"""What the agents of one region are subject to: survival, fertility by order, moves; year by year, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from planning.populations import FEMALE, OPEN_AGE, Projection, expected_people
from sim.agents import births
from sim.agents.life_events import Chances
from sim.agents.people import DAYS, DURATIONS, FAMILY_STATES, ORDERS
from sim.agents.random import stream, uniform
from sim.demography import fertility as births_of

AGES = OPEN_AGE + 1

INFANT_SHAPE = 0.1
"""Of those who die in their first year, survivors to a part t of it fall as t^0.1: two in three die in the first month or
so. An assumption near the a0 of low mortality (Coale and Demeny 1983); the share who die is the survival ratio's."""


@dataclass(frozen=True)
class Rates:
    """Rates by calendar year; each array may have draws as a first axis, all of the same number.

    survival: (year, sex, age), shares living on by the age reached (`sim.demography.life_tables.survival_ratios`); age 0 is for the
    births of the year. fertility: (year, order, age) for first, second, third and later births per woman and year, or
    (year, age) where order does not matter. boys_per_girl: a number or (year,). arrivals: (year, sex, age), expected
    persons moving in, by age at the year's end. leaving: (year, sex, age), share of those living on who move away.
    ValueError when a shape does not fit or a share lies outside 0 to 1.
    """

    years: tuple[int, ...]
    survival: np.ndarray
    fertility: np.ndarray
    # A number and None are made arrays when the rates are put together.
    boys_per_girl: np.ndarray = 1.10  # type: ignore[assignment]
    arrivals: np.ndarray = None  # type: ignore[assignment]
    leaving: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        years = len(self.years)
        survival = np.asarray(self.survival, dtype=float)
        leading = survival.shape[:-3]
        nobody = np.zeros((*leading, years, 2, AGES))
        arrays = {
            "survival": survival,
            "fertility": np.asarray(self.fertility, dtype=float),
            "boys_per_girl": np.broadcast_to(np.asarray(self.boys_per_girl, dtype=float), (*leading, years)),
            "arrivals": nobody if self.arrivals is None else np.asarray(self.arrivals, dtype=float),
            "leaving": nobody if self.leaving is None else np.asarray(self.leaving, dtype=float),
        }
        by_sex = (*leading, years, 2, AGES)
        wanted = {
            "survival": [by_sex],
            "fertility": [(*leading, years, ORDERS, AGES), (*leading, years, AGES)],
            "boys_per_girl": [(*leading, years)],
            "arrivals": [by_sex],
            "leaving": [by_sex],
        }
        for name, array in arrays.items():
            if len(leading) > 1 or array.shape not in wanted[name]:
                raise ValueError(
                    f"Rates of {years} years: {name} has shape {array.shape}; {' or '.join(map(str, wanted[name]))} was "
                    f"expected, with draws as the only axis before the years."
                )
            if not np.isfinite(array).all() or (array < 0).any():
                raise ValueError(f"Rates: {name} holds negative or missing values.")
            object.__setattr__(self, name, array)
        for name in ("survival", "leaving"):
            if (arrays[name] > 1).any():
                raise ValueError(f"Rates: {name} holds shares above 1, up to {arrays[name].max():.3f}.")
        if tuple(self.years) != tuple(range(self.years[0], self.years[0] + years)):
            raise ValueError(f"Rates: years must follow each other, found {self.years}.")
        if (arrays["fertility"][..., 0] > 0).any() or (arrays["fertility"][..., -1] > 0).any():
            raise ValueError("Rates: fertility at age 0 or 100+ is not zero; is age the last axis, from 0 to 100+?")

    @property
    def draws(self) -> int:
        return self.survival.shape[0] if self.survival.ndim == 4 else 1

    @property
    def ordered(self) -> bool:
        """Whether fertility is given by birth order."""
        return self.fertility.ndim == self.survival.ndim

    def draw(self, number: int) -> Rates:
        """The rates of one draw, counted round when there are fewer: without the axis of draws."""
        if self.survival.ndim == 3:
            return self
        pick = number % self.draws
        names = ("survival", "fertility", "boys_per_girl", "arrivals", "leaving")
        return replace(self, **{name: getattr(self, name)[pick] for name in names})


def rates_of(
    projection: Projection,
    order_shares: np.ndarray | None = None,
    schedule: np.ndarray | None = None,
    after: int | None = None,
) -> Rates:
    """The rates a projection's people met, read off its own accounts, so that agents follow it draw by draw.

    Deaths over those who could die give survival, births over the women at both ends of the year fertility, net migrants
    arrivals or chances to leave. order_shares: (draw, flow year, order), of births, summing to one; without them order is
    left out. schedule: (age,) or (draw, flow year, age), shares of fertility; `sim.demography.fertility.schedule()` if left out.
    after: take the years after this one, whose people at its end (`projection.at(after)`) are then the start.
    """
    moves, deaths = projection.migrants, projection.deaths
    there = expected_people(projection) - moves
    entering = there + deaths
    survival = 1 - np.divide(deaths, entering, out=np.zeros_like(deaths), where=entering > 0)
    leaving = np.divide(np.maximum(-moves, 0), there, out=np.zeros_like(there), where=there > 0)
    shares = np.asarray(births_of.schedule() if schedule is None else schedule, dtype=float)
    women = projection.mid_year()[:, :, FEMALE]
    level = projection.births_total() / (women * shares).sum(axis=-1)
    fertility = level[..., None] * shares
    if order_shares is not None:
        fertility = births_of.by_order(fertility, order_shares, women)
    boys, girls = projection.births[..., 0], projection.births[..., 1]
    first = projection.years.index(projection.years[0] if after is None else after)
    arrays = (np.clip(survival, 0, 1), fertility, boys / girls, np.maximum(moves, 0), np.minimum(leaving, 1.0))
    return Rates(projection.flow_years[first:], *(array[:, first:] for array in arrays))


def infant_deaths(survival_at_birth: ArrayLike) -> np.ndarray:
    """The chance to die before the year's end by day of birth, whose mean over the days is 1 - survival: (..., day).

    survival_at_birth: (...), share of a year's births alive at its end. Survivors to a part t of the year are
    1 - q t^INFANT_SHAPE; births are taken as even within a day.

    >>> round(1 - float(infant_deaths(0.995).mean()), 6)
    0.995
    """
    lost = 1 - np.asarray(survival_at_birth, dtype=float)
    power = 1 + INFANT_SHAPE
    ahead = 1 - np.arange(DAYS + 1) / DAYS
    by_day = (ahead[:-1] ** power - ahead[1:] ** power) * DAYS
    chances = lost[..., None] * by_day
    if (chances > 1).any():
        raise ValueError(f"Survival of newborns to the year's end of {1 - lost.max():.3f} is too low for this curve.")
    return chances


def birth_tables(rates: Rates, rungs: np.ndarray | None = None) -> births.BirthChances:
    """Chances to give birth for every year of one draw. rungs: (age, family state) at the start; assumed if left out."""
    if not rates.ordered:
        early, late = births.without_order(rates.fertility)
        none = np.zeros(len(rates.years))
        return births.BirthChances(early, late, np.zeros((len(none), AGES, FAMILY_STATES)), none)
    if rungs is None:
        children = births.children_at_start(rates.fertility[0])
        rungs = births.rungs_at_start(children, rates.fertility[0])
    return births.by_order(rates.fertility, rungs)


def chances_in(
    rates: Rates, births: births.BirthChances, t: int, fertility: float = 1.0, second_births: float = 1.0
) -> Chances:
    """What everyone risks in the t-th year. fertility, second_births: factors that levers put on the chances of birth.

    A factor acts on the women there are: more second births this year leave fewer mothers of one for the next.
    """
    by_state = np.full(FAMILY_STATES, float(fertility))
    by_state[1 : 1 + DURATIONS] *= second_births
    ratio = rates.boys_per_girl[t]
    death = 1 - rates.survival[t]
    return Chances(
        year=rates.years[t],
        death=np.ascontiguousarray(death),
        infant_death=infant_deaths(rates.survival[t, :, 0]),
        leaving=np.ascontiguousarray(rates.leaving[t]),
        early=births.early[t] * by_state,
        late=births.late[t] * by_state,
        boys=float(ratio / (1 + ratio)),
    )


def children_of(uids: np.ndarray, ages: np.ndarray, year: int, rungs: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """parity and last_birth of women by luck, in the shares `rungs` (age, family state).

    uids, ages: (woman,), age on 31 December of `year`, up to which years since the last birth are counted.
    """
    cumulated = np.cumsum(rungs / rungs.sum(axis=1, keepdims=True), axis=1) + np.arange(AGES)[:, None]
    places = np.searchsorted(cumulated.ravel(), ages + uniform(uids, stream(seed, 0, "family")), side="right")
    state = np.clip(places - ages * FAMILY_STATES, 0, FAMILY_STATES - 1)
    parity = np.where(state > 0, 1 + (state - 1) // DURATIONS, 0)
    day = (uniform(uids, stream(seed, 0, "fraction")) * DAYS).astype(np.int64)
    last_birth = np.where(state > 0, (year - (state - 1) % DURATIONS) * DAYS + day, 0)
    return {"parity": parity, "last_birth": last_birth}
