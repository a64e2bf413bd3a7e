"""People by sex and single year of age: at one moment (Population) and over years with their accounts (Projection)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SEXES = ("male", "female")
MALE, FEMALE = 0, 1
OPEN_AGE = 100
AGES = tuple(range(OPEN_AGE + 1))
"""Age at last birthday; 100 stands for 100 and over."""

MOMENTS = ("year_end", "mid_year", "census_day")


@dataclass(frozen=True)
class Population:
    """The people of one region at one moment.

    people: (draw, sex, age), persons; a known count is one draw, and (sex, age) is taken as such. moment: `year_end`
    (31 December of `year`), `mid_year` (1 July) or `census_day` (1 November). They are kept apart: half a year moved
    China's births of 2022 by 3 %.
    """

    region: str
    year: int
    people: np.ndarray
    moment: str = "year_end"
    sources: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        people = np.asarray(self.people, dtype=float)
        people = people[None] if people.ndim == 2 else people
        where = f"Population of {self.region}, {self.moment} {self.year}"
        if people.ndim != 3 or people.shape[1:] != (len(SEXES), len(AGES)):
            raise ValueError(
                f"{where}: found shape {people.shape}; (draw, sex, age) with {len(SEXES)} sexes {SEXES} and "
                f"{len(AGES)} ages 0 to {OPEN_AGE}+ was expected."
            )
        if not (np.isfinite(people).all() and (people >= 0).all()):
            raise ValueError(f"{where} holds numbers of people that are negative or not finite.")
        if self.moment not in MOMENTS:
            raise ValueError(f"{where}: the moment is not one of {', '.join(MOMENTS)}.")
        object.__setattr__(self, "people", _frozen(people))

    @property
    def draws(self) -> int:
        return self.people.shape[0]

    def total(self) -> np.ndarray:
        """All people: (draw,)."""
        return self.people.sum(axis=(-2, -1))

    def aged(self, low: int, high: int | None = None, sex: str | None = None) -> np.ndarray:
        """People aged `low` to `high` inclusive, or `low` and over; one sex or both: (draw,)."""
        return aged(self.people, low, high, sex)

    def share(self, low: int, high: int | None = None) -> np.ndarray:
        """Their share of all people, between 0 and 1: (draw,)."""
        return self.aged(low, high) / self.total()


@dataclass(frozen=True)
class Projection:
    """The people of one region from year end to year end, with the births, deaths and moves between.

    years: the base year and every projected year, one apart. people: (draw, year, sex, age), persons on 31 December,
    the base included. Flows cover `flow_years`, one fewer: births (draw, year, sex); deaths and net migrants (draw,
    year, sex, age), both by the age reached, or that would have been reached, at the year's end. So in every draw, year
    and sex, age 0 holds births - deaths + migrants, age x the people of x-1 a year before - deaths + migrants, and 100+
    those of 99 and of 100+.
    """

    region: str
    years: tuple[int, ...]
    people: np.ndarray
    births: np.ndarray
    deaths: np.ndarray
    migrants: np.ndarray
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        draws, years = self.people.shape[0], len(self.years)
        cells = (len(SEXES), len(AGES))
        wanted = {
            "people": (draws, years, *cells),
            "births": (draws, years - 1, len(SEXES)),
            "deaths": (draws, years - 1, *cells),
            "migrants": (draws, years - 1, *cells),
        }
        for name, shape in wanted.items():
            found = getattr(self, name)
            if found.shape != shape:
                raise ValueError(
                    f"Projection of {self.region}: {name} have shape {found.shape}; {shape} was expected for "
                    f"{draws} draws and the years {self.years[0]}-{self.years[-1]}."
                )
            object.__setattr__(self, name, _frozen(found))
        if list(self.years) != list(range(self.years[0], self.years[0] + years)):
            raise ValueError(f"Projection of {self.region}: years must follow each other, found {self.years}.")

    @property
    def draws(self) -> int:
        return self.people.shape[0]

    @property
    def flow_years(self) -> tuple[int, ...]:
        """The calendar years of births, deaths and moves: all but the base year."""
        return self.years[1:]

    def at(self, year: int) -> Population:
        """The people on 31 December of `year`. KeyError with the years at hand when it is out of reach."""
        return Population(
            self.region,
            year,
            self.people[:, self._position(year)],
            sources=self.sources,
            assumptions=self.assumptions,
        )

    def total(self) -> np.ndarray:
        """All people at year ends: (draw, year)."""
        return self.people.sum(axis=(-2, -1))

    def aged(self, low: int, high: int | None = None, sex: str | None = None) -> np.ndarray:
        """People aged `low` to `high` inclusive, or `low` and over, at year ends: (draw, year)."""
        return aged(self.people, low, high, sex)

    def share(self, low: int, high: int | None = None) -> np.ndarray:
        """Their share of all people at year ends, between 0 and 1: (draw, year)."""
        return self.aged(low, high) / self.total()

    def mid_year(self) -> np.ndarray:
        """People at the middle of each flow year, the mean of two year ends: (draw, flow year, sex, age)."""
        return (self.people[:, :-1] + self.people[:, 1:]) / 2

    def births_total(self) -> np.ndarray:
        """Births of both sexes: (draw, flow year)."""
        return self.births.sum(axis=-1)

    def deaths_total(self) -> np.ndarray:
        """Deaths at all ages: (draw, flow year)."""
        return self.deaths.sum(axis=(-2, -1))

    def net_migration(self) -> np.ndarray:
        """Net migrants of all ages: (draw, flow year)."""
        return self.migrants.sum(axis=(-2, -1))

    def imbalance(self) -> float:
        """The largest cell, in persons, by which people, births, deaths and moves fail to add up; 0 but for rounding."""
        return float(np.abs(self.people[:, 1:] - expected_people(self)).max())

    def _position(self, year: int) -> int:
        if year not in self.years:
            raise KeyError(f"The projection of {self.region} covers {self.years[0]}-{self.years[-1]}, not {year}.")
        return self.years.index(year)


def aged(people: np.ndarray, low: int, high: int | None = None, sex: str | None = None) -> np.ndarray:
    """People aged `low` to `high` inclusive, or `low` and over, of one sex or both: (..., sex, age) to (...)."""
    if not 0 <= low <= OPEN_AGE or (high is not None and not low <= high < OPEN_AGE):
        raise ValueError(
            f"Ages {low} to {high} were asked for; they must rise within 0 to {OPEN_AGE - 1}, and without an upper bound "
            f"they run to {OPEN_AGE}+."
        )
    if sex is not None and sex not in SEXES:
        raise ValueError(f"No sex is called {sex!r}; {' and '.join(SEXES)} are.")
    chosen = people[..., low : None if high is None else high + 1]
    return chosen.sum(axis=(-2, -1)) if sex is None else chosen[..., SEXES.index(sex), :].sum(axis=-1)


def expected_people(projection: Projection) -> np.ndarray:
    """The people the accounts say there must be at each year's end: (draw, flow year, sex, age)."""
    before = projection.people[:, :-1]
    entering = np.concatenate([projection.births[..., None], before[..., :-1]], axis=-1)
    entering[..., -1] += before[..., -1]
    return entering - projection.deaths + projection.migrants


def _frozen(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written to; the data are not copied."""
    view = np.asarray(array, dtype=float).view()
    view.flags.writeable = False
    return view
