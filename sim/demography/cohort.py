"""The cohort component: people survive, age, give birth and move, a year (or five) at a time, all draws at once.

Arrays are [step, draw, region, sex, age], sexes in the order male, female. Ages are single years to 100+ with steps of
one year, or five-year groups to 100+ with steps of five, the United Nations' own layout. Year ends with calendar years,
or mid-years with the years between them: whichever the start is, everything is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from planning.populations import FEMALE, Projection
from sim.demography import fertility as births_of
from sim.demography import migration
from sim.demography.mortality import survival_for


@dataclass(frozen=True)
class Accounts:
    """People and what changed them. Persons, in whatever unit the start was.

    people: (step + 1, draw, region, sex, age), the start included. births: (step, draw, region, sex). deaths, migrants:
    (step, draw, region, sex, age), by the age reached, or that would have been, at the end of the step.
    """

    people: np.ndarray
    births: np.ndarray
    deaths: np.ndarray
    migrants: np.ndarray


class Start(Protocol):
    """What a projection starts from: a Population or a BasePopulation. people: (draw, sex, age), persons."""

    @property
    def region(self) -> str: ...

    @property
    def year(self) -> int: ...

    @property
    def people(self) -> np.ndarray: ...

    @property
    def sources(self) -> tuple[str, ...]: ...


def project(
    start: ArrayLike,
    survival: ArrayLike,
    fertility: ArrayLike,
    boys_per_girl: ArrayLike,
    move: migration.Move = migration.nobody,
    interval: int = 1,
) -> Accounts:
    """People projected from `start`, one step for each entry on the first axis of `survival`.

    start: (draw, region, sex, age). survival: (step, draw, region, sex, age), shares living on by the age reached
    (`sim.demography.life_tables.survival_ratios`). fertility: (step, draw, region, age), births per woman and year, over all ages.
    boys_per_girl: (step, draw, region) or one number. move: see `sim.demography.migration`. Axes of draws and regions may have
    length one in all of them. interval: years in a step, and in an age group.

    Migrants arrive at the end of the step. Births are the interval times the mean of the women at both ends, migrants
    included, times fertility (United Nations 2019, World Population Prospects: Methodology). ValueError when more
    people leave than there are, naming the cell.

    >>> start = np.full((1, 1, 2, 101), 100.0)
    >>> nobody_dies, nobody_is_born = np.ones((5, 1, 1, 2, 101)), np.zeros((5, 1, 1, 101))
    >>> done = project(start, nobody_dies, nobody_is_born, 1.06)
    >>> done.people[:, 0, 0].sum(axis=(-2, -1)), done.people[5, 0, 0, 0, 4:6]
    (array([20200., 20200., 20200., 20200., 20200., 20200.]), array([  0., 100.]))
    """
    start, survival, fertility = (np.asarray(a, dtype=float) for a in (start, survival, fertility))
    steps = survival.shape[0]
    _check_axes(start, survival, fertility)
    ratio = np.broadcast_to(boys_per_girl, (steps,) + np.shape(boys_per_girl)[1:])
    cells = np.broadcast_shapes(start.shape, survival.shape[1:], fertility.shape[1:-1] + (1, 1))

    people = np.empty((steps + 1, *cells))
    births = np.empty((steps, *cells[:-1]))
    deaths, migrants = np.empty((steps, *cells)), np.empty((steps, *cells))
    people[0] = start
    for t in range(steps):
        before, after = people[t], people[t + 1]
        survive_and_age(before, survival[t], after, deaths[t])
        bear(before, after, fertility[t], ratio[t], survival[t], interval, births[t], deaths[t])
        migrants[t] = move(t, after)
        after += migrants[t]
        # Once more, because the women who came or went bear their children here or elsewhere.
        bear(before, after, fertility[t], ratio[t], survival[t], interval, births[t], deaths[t])
        after[..., 0] += migrants[t, ..., 0]
        _check_people(after, t)
    return Accounts(people, births, deaths, migrants)


def survive_and_age(before: np.ndarray, survival: np.ndarray, after: np.ndarray, deaths: np.ndarray) -> None:
    """Write into `after` and `deaths` those alive at the start: one age on, the oldest staying in the open group."""
    entering = after
    entering[..., 0] = 0
    entering[..., 1:] = before[..., :-1]
    entering[..., -1] += before[..., -1]
    np.multiply(entering[..., 1:], 1 - survival[..., 1:], out=deaths[..., 1:])
    entering[..., 1:] -= deaths[..., 1:]


def bear(
    before: np.ndarray,
    after: np.ndarray,
    fertility: np.ndarray,
    boys_per_girl: np.ndarray,
    survival: np.ndarray,
    interval: int,
    births: np.ndarray,
    deaths: np.ndarray,
) -> None:
    """Write into `births`, `deaths` and `after` the children of the women there at both ends, and who of them lives.

    Children live through part of the interval only, so their survival is that from birth to its end.
    """
    women = before[..., FEMALE, :] + after[..., FEMALE, :]
    born = interval / 2 * np.einsum("...a,...a->...", women, fertility)
    births[...] = births_of.births_by_sex(born, boys_per_girl)
    after[..., 0] = births * survival[..., 0]
    deaths[..., 0] = births - after[..., 0]


def project_region(
    base: Start,
    tfr: np.ndarray,
    e0: np.ndarray,
    net_migration: np.ndarray | migration.Move,
    years: Sequence[int] | None = None,
    *,
    boys_per_girl: np.ndarray | float = births_of.BOYS_PER_GIRL,
    fertility_schedule: np.ndarray | None = None,
    survival: np.ndarray | None = None,
    arriving: np.ndarray | None = None,
    leaving: np.ndarray | None = None,
    assumptions: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Projection:
    """One region projected from a year end, its people, births, deaths and moves by draw.

    base: a Population (or a base with region, year, people (draw, sex, age) and sources) on 31 December. tfr: (draw,
    year), children per woman. e0: (draw, year, sex), years. net_migration: (draw, year), persons; or a `Move` of
    `sim.demography.migration` for moves by number or rate. The base and the drivers may each have one draw or all of them. years:
    the calendar years covered, from base.year + 1; taken from tfr if left out.

    boys_per_girl: a number or (draw, year). fertility_schedule: shares of TFR by age, (age,) or (draw, year, age).
    survival: (draw, year, sex, age) by age reached, in place of the model tables of e0. arriving, leaving: (sex, age),
    see `sim.demography.migration.by_total`. ValueError when shapes, years or moments do not fit.
    """
    tfr, e0 = np.asarray(tfr, dtype=float), np.asarray(e0, dtype=float)
    years = tuple(range(base.year + 1, base.year + 1 + tfr.shape[-1])) if years is None else tuple(years)
    _check_drivers(base, tfr, e0, net_migration, years)
    lived = survival_for(e0) if survival is None else np.asarray(survival, dtype=float)
    if fertility_schedule is not None:
        fertility_schedule = np.asarray(fertility_schedule, dtype=float)
    drivers = [base.people, tfr, e0]
    if callable(net_migration):
        move = net_migration
    else:
        move = migration.by_total(_by_step(np.asarray(net_migration, dtype=float)), arriving, leaving)
        drivers.append(np.asarray(net_migration))
    draws = max(driver.shape[0] for driver in drivers)
    accounts = project(
        np.broadcast_to(base.people, (draws, *base.people.shape[1:]))[:, None],
        _by_step(lived),
        _by_step(births_of.asfr(tfr, fertility_schedule)),
        boys_per_girl if np.ndim(boys_per_girl) == 0 else _by_step(np.asarray(boys_per_girl, dtype=float)),
        move,
    )
    return Projection(
        region=base.region,
        years=(base.year, *years),
        people=_by_draw(accounts.people),
        births=_by_draw(accounts.births),
        deaths=_by_draw(accounts.deaths),
        migrants=_by_draw(accounts.migrants),
        assumptions=tuple(getattr(base, "assumptions", ())) + tuple(assumptions),
        sources=tuple(base.sources) + tuple(sources),
    )


def _by_step(driver: np.ndarray) -> np.ndarray:
    """(draw, year, ...) to (step, draw, region of one, ...)."""
    return np.swapaxes(driver, 0, 1)[:, :, None]


def _by_draw(account: np.ndarray) -> np.ndarray:
    """(step, draw, region of one, ...) to (draw, year, ...)."""
    return np.swapaxes(account[:, :, 0], 0, 1)


def _check_axes(start: np.ndarray, survival: np.ndarray, fertility: np.ndarray) -> None:
    ages = start.shape[-1]
    fits = start.ndim == 4 and survival.ndim == 5 and fertility.ndim == 4 and start.shape[-2] == 2
    fits = fits and survival.shape[-2:] == (2, ages) and fertility.shape[-1] == ages
    if not fits or survival.shape[0] != fertility.shape[0]:
        raise ValueError(
            f"Found start {start.shape}, survival {survival.shape}, fertility {fertility.shape}; expected (draw, region, "
            f"2, age), (step, draw, region, 2, age) and (step, draw, region, age) with the same ages and steps."
        )


def _check_people(after: np.ndarray, step: int) -> None:
    if not after.min() >= 0:
        cell = np.unravel_index(np.nanargmin(np.where(np.isnan(after), -np.inf, after)), after.shape)
        draw, region, sex, age = (int(i) for i in cell)
        raise ValueError(
            f"Step {step + 1}, draw {draw}, region {region}, {('males', 'females')[sex]} of age index {age}: "
            f"{after[cell]:,.1f} people are left. More move away than live there: make the outflow smaller, or give "
            f"its total only (sim.demography.migration.by_total)."
        )


def _check_drivers(
    base: Start, tfr: np.ndarray, e0: np.ndarray, net_migration: np.ndarray | migration.Move, years: Sequence[int]
) -> None:
    where = f"Projection of {base.region} from {base.year}"
    moment = getattr(base, "moment", "year_end")
    if moment != "year_end":
        raise ValueError(
            f"{where}: the base is of {moment}; bring it to a year end first, people and years must agree."
        )
    if years != tuple(range(base.year + 1, base.year + 1 + len(years))) or not years:
        raise ValueError(f"{where}: years must run on from {base.year + 1}, found {years}.")
    shapes = {"tfr": tfr.shape, "e0": e0.shape}
    if not callable(net_migration):
        shapes["net_migration"] = np.shape(net_migration)
    wanted = {"tfr": (len(years),), "e0": (len(years), 2), "net_migration": (len(years),)}
    draws = {base.people.shape[0]} | {shape[0] for shape in shapes.values() if shape}
    if any(shape[1:] != wanted[name] for name, shape in shapes.items()) or len(draws - {1}) > 1:
        raise ValueError(
            f"{where}: base people {base.people.shape} and {shapes} do not fit together; (draw, year), (draw, year, sex) "
            f"and (draw, year) for {len(years)} years with one number of draws (or one draw) were expected."
        )
