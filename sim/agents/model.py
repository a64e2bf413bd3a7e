"""A Mesa model with one agent for every resident. People are columns; nurseries, health centres and posts are agents.

A year reads: those who move in arrive at their dates; everyone lives on, dies or moves away; women give birth; the
newborn live through what is left of the year; households, nurseries and doctors follow. `docs/odd.md` describes it by
the ODD protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mesa
import numpy as np

from planning.populations import FEMALE, OPEN_AGE
from sim.agents.births import BirthChances
from sim.agents.doctors import DoctorPlan, Doctors
from sim.agents.households import Households
from sim.agents.life_events import Passed, newborns, pass_over
from sim.agents.nurseries import Nurseries, NurseryPlan
from sim.agents.people import DAYS, MIGRANT, ORDERS, People, identities, largest_remainders, random_rounding, settle
from sim.agents.random import seed_for, stream, uniform
from sim.agents.rates import Rates, birth_tables, chances_in, children_of

LEVERS = ("fertility", "second_births", "places", "price", "gps")
"""What a scenario can pull, each neutral at 1."""

BIRTHS_BY_ORDER = ("births_first", "births_second", "births_third_plus")
NURSERY_COUNTS = ("places", "filled", "empty", "wanting", "waiting", "priced_out")
YOUNGEST_MOTHER, OLD = 12, 70
"""Children are given at the start to women of these ages; those of older women no longer live with them as children."""

BY_SEX_AND_AGE = (2, OPEN_AGE + 1)


@dataclass(frozen=True)
class Situation:
    """What a run starts from and what its people meet.

    year: people live here on 31 December of it. people: (sex, age), persons. rates: of one draw, from year + 1.
    rungs: (age, family state), women by children and years since the last birth at the start; assumed if left out.
    households: keep mothers and households, and count the elderly who live alone. nurseries, doctors: what is open, and
    what is planned; left out, there are none in the run.
    """

    region: str
    year: int
    people: np.ndarray
    rates: Rates
    rungs: np.ndarray | None = None
    households: bool = False
    nurseries: NurseryPlan | None = None
    doctors: DoctorPlan | None = None
    # Birth tables take longer to make than a small run; every model of this situation shares them.
    births: BirthChances = field(default=None, repr=False, compare=False)  # type: ignore[assignment]  # made below

    def __post_init__(self) -> None:
        if self.rates.survival.ndim != 3:
            raise ValueError(f"Situation of {self.region}: rates hold draws; give those of one draw, rates.draw(k).")
        if self.rates.years[0] != self.year + 1:
            raise ValueError(
                f"Situation of {self.region}: people are of the end of {self.year}, rates begin with "
                f"{self.rates.years[0]}; they must begin with {self.year + 1}."
            )
        if self.births is None:
            object.__setattr__(self, "births", birth_tables(self.rates, self.rungs))


@dataclass
class Flows:
    """What happened in one year so far, persons. births: (order, sex), first, second, third and later. The others are
    (sex, age), by the age reached, or that would have been, on 31 December."""

    births: np.ndarray = field(default_factory=lambda: np.zeros((ORDERS, 2), np.int64))
    deaths: np.ndarray = field(default_factory=lambda: np.zeros(BY_SEX_AND_AGE, np.int64))
    arrivals: np.ndarray = field(default_factory=lambda: np.zeros(BY_SEX_AND_AGE, np.int64))
    leavers: np.ndarray = field(default_factory=lambda: np.zeros(BY_SEX_AND_AGE, np.int64))


class AgentModel(mesa.Model):
    """The residents of one region, a year or a month a step.

    seed: two runs with one seed are the same; None draws one from Mesa's generator. steps_per_year: 1 or 12; both give the
    same residents at year ends (places in nurseries differ a little: a year at once knows only who is there at its end).
    replicate: runs of one seed that differ in luck. engine: `numba` or `numpy`, the same people. part: (i, n), a share of
    the people to run apart from the others; births and deaths add up over the parts. Levers, each a number or (year,), neutral at 1: fertility, second_births (factors on chances of birth), places
    (nursery places opened), price (of a nursery place), gps (general practitioners entering), all from the first year
    or from `since`. Runs with one seed and replicate share everyone's luck, so two scenarios differ by the levers alone.
    ValueError for a setting that does not fit.
    """

    def __init__(
        self,
        situation: Situation,
        seed: int | None = None,
        *,
        replicate: int = 0,
        steps_per_year: int = 1,
        engine: str = "numba",
        part: tuple[int, int] = (0, 1),
        fertility: Any = 1.0,
        second_births: Any = 1.0,
        places: Any = 1.0,
        price: Any = 1.0,
        gps: Any = 1.0,
        since: int | None = None,
    ) -> None:
        super().__init__(seed=seed)
        if steps_per_year not in (1, 12):
            raise ValueError(f"{steps_per_year} steps a year were asked for; a step is a year (1) or a month (12).")
        if part != (0, 1) and (situation.households or situation.nurseries or situation.doctors):
            raise ValueError("Households, nurseries and doctors bind people together; run the region in one part.")
        self.situation, self.engine, self.part, self.steps_per_year = situation, engine, part, steps_per_year
        chosen = self.random.getrandbits(63) if seed is None else seed
        self.stream_seed = seed_for(chosen, situation.region, replicate)
        self.year, self._months_gone = situation.year, 0
        settings = (fertility, second_births, places, price, gps)
        self.levers = {
            name: lever_by_year(name, setting, situation.rates.years, since)
            for name, setting in zip(LEVERS, settings, strict=True)
        }
        self.flows = Flows()
        self._settle()
        self.households = Households(self.people, self.year, self.stream_seed) if situation.households else None
        self.nurseries = Nurseries(self, situation.nurseries) if situation.nurseries else None
        self.doctors = Doctors(self, situation.doctors) if situation.doctors else None
        self.now = self.counts()
        # Reporters of the model only: one for each agent would take as long as the run.
        self.datacollector = mesa.DataCollector(
            model_reporters={name: lambda model, name=name: model.now[name] for name in self.now}
        )

    # -------------------------------------------------------------- the course of time

    def step(self) -> None:
        """Live through one year or month; `running` turns false after the last year of the rates."""
        if not self.running:
            raise RuntimeError(f"{self.situation.region}: the rates end with {self.year}; there is no year to live on.")
        if self._months_gone == 0:
            self._open_year()
        begin = self._months_gone / 12
        self._months_gone += 12 // self.steps_per_year
        self._live(begin, self._months_gone / 12)
        if self._months_gone == 12:
            self._close_year()
        self.now = self.counts()
        self.datacollector.collect(self)

    def _open_year(self) -> None:
        self.year += 1
        self.flows = Flows()
        t = self._year_number
        factors = {name: self.levers[name][t] for name in ("fertility", "second_births")}
        self._chances = chances_in(self.situation.rates, self.situation.births, t, **factors)
        self._coming = self._arrivals(t)

    def _live(self, begin: float, until: float) -> None:
        self._arrive(begin, until)
        born = self._pass(begin, until, 0)
        self._bear(born)
        self._pass(begin, until, len(self.people) - len(born.dates))
        if self.nurseries:
            months = range(self.year * 12 + round(begin * 12), self.year * 12 + round(until * 12))
            self.nurseries.live(self.people, months)

    def _close_year(self) -> None:
        self._months_gone = 0
        if self.households:
            self.households.year_end(self.people, self.year)
        if self.doctors:
            self.doctors.year_end(self.people, self.year)
        self.running = self.year < self.situation.rates.years[-1]

    def _pass(self, begin: float, until: float, first: int) -> Passed:
        passed = pass_over(self.people, self._chances, self.stream_seed, begin, until, first, self.engine)
        self.flows.deaths += passed.deaths
        self.flows.leavers += passed.leavers
        if self.households:
            self.households.depart(passed.gone_homes)
        if self.doctors:
            self.doctors.lose(passed.gone_uids)
        return passed

    def _bear(self, passed: Passed) -> None:
        rows = newborns(passed, self.year, self.stream_seed, self._chances.boys)
        np.add.at(self.flows.births, (np.minimum(passed.orders, ORDERS) - 1, rows["female"]), 1)
        if self.households:
            rows |= {"mother": passed.mother_uids, "household": passed.mother_homes}
            self.households.join(passed.mother_homes)
        self.people.add(**rows)

    # -------------------------------------------------------------- who is there, and who comes

    def _settle(self) -> None:
        situation, seed = self.situation, self.stream_seed
        counts = largest_remainders(situation.people)
        # Room for a few years' children spares copying the columns at once.
        room = int(counts.sum() / self.part[1] * 1.08) + 1000
        self.people = People(situation.households, room)
        settle(self.people, counts, self.year, seed, self.part, self.engine)
        if situation.rates.ordered:
            ages = self.people.ages(self.year)
            women = np.flatnonzero((self.people["female"] == FEMALE) & (ages >= YOUNGEST_MOTHER) & (ages < OLD))
            uids, ages = self.people["uid"][women], ages[women]
            for name, values in children_of(uids, ages, self.year, situation.births.rungs[0], seed).items():
                self.people[name][women] = values

    def _arrivals(self, t: int) -> dict[str, np.ndarray]:
        """Those who move in during the t-th year, with the dates of their coming."""
        counts = random_rounding(self.situation.rates.arrivals[t], self.year, self.stream_seed)
        who = identities(MIGRANT, self.year, counts, self.part)
        uids, birth_year = who["uid"], self.year - who["age"]
        rows = {
            "uid": uids,
            "birth_year": birth_year,
            "birthday": (uniform(uids, stream(self.stream_seed, 0, "birthday")) * DAYS).astype(np.int16),
            "female": who["female"],
            "arrived": np.full(len(uids), self.year, np.int16),
            "date": uniform(uids, stream(self.stream_seed, self.year, "arrival")),
        }
        if self.situation.rates.ordered:
            # Children they had before the year began; a birth after they came is the model's.
            ages = np.maximum(who["age"] - 1, 0)
            had = children_of(uids, ages, self.year - 1, self.situation.births.rungs[t], self.stream_seed)
            rows |= {name: np.where(who["female"] == FEMALE, values, 0) for name, values in had.items()}
        return rows

    def _arrive(self, begin: float, until: float) -> None:
        now = (self._coming["date"] >= begin) & (self._coming["date"] < until)
        rows = {name: column[now] for name, column in self._coming.items() if name != "date"}
        ages = self.year - rows["birth_year"].astype(np.int64)
        np.add.at(self.flows.arrivals, (rows["female"], np.minimum(ages, OPEN_AGE)), 1)
        if self.households:
            rows["household"] = self.households.receive(ages, rows["female"], rows["birth_year"])
        self.people.add(**rows)

    # -------------------------------------------------------------- what is reported

    @property
    def _year_number(self) -> int:
        return self.year - self.situation.rates.years[0]

    @property
    def population(self) -> int:
        """Residents now."""
        return len(self.people)

    @property
    def births(self) -> int:
        """Births of the year so far."""
        return int(self.flows.births.sum())

    @property
    def deaths(self) -> int:
        """Deaths of the year so far."""
        return int(self.flows.deaths.sum())

    def let_go(self) -> None:
        """Free the people. Models of Mesa refer to themselves, so memory would wait for the garbage collector."""
        self.people = People(self.situation.households)
        self.households = self.nurseries = self.doctors = None
        self.running = False

    def counts(self) -> dict[str, float]:
        """Everything that is counted, by name, of the year so far and of now."""
        found: dict[str, float] = {
            "population": self.population,
            "births": self.births,
            "deaths": self.deaths,
            "arrivals": int(self.flows.arrivals.sum()),
            "leavers": int(self.flows.leavers.sum()),
        }
        if self.situation.rates.ordered:
            found |= zip(BIRTHS_BY_ORDER, self.flows.births.sum(axis=1).tolist(), strict=True)
        if self.households:
            alone = self.households.alone(self.people, self.year)
            found |= {"elderly_alone": int(alone.sum()), "household_size": self.households.mean_size()}
        if self.nurseries:
            found |= {f"nursery_{name}": getattr(self.nurseries, name) for name in NURSERY_COUNTS}
        if self.doctors:
            found |= {"gps": self.doctors.count, "gp_vacancies": self.doctors.vacancies}
            found |= {"gps_entered": self.doctors.entered, "gps_left": self.doctors.left}
            found |= {f"gps_{name}": count for name, count in self.doctors.by_decade(self.year).items()}
        return found


def lever_by_year(name: str, setting: Any, years: tuple[int, ...], since: int | None = None) -> np.ndarray:
    """A lever's setting in each year, 1 before `since`: (year,). ValueError for a negative one or another length.

    >>> lever_by_year("second_births", 1.4, (2024, 2025, 2026), since=2025)
    array([1. , 1.4, 1.4])
    """
    setting = np.asarray(setting, dtype=float)
    if setting.shape not in ((), (len(years),)) or not (setting >= 0).all():
        raise ValueError(
            f"Lever {name} was set to {setting}; a number or one for each of the {len(years)} years from {years[0]}, none "
            f"negative, was expected."
        )
    return np.where(np.array(years) >= (years[0] if since is None else since), setting, 1.0)
