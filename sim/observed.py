"""A projection held to what has been published since its base: totals, births and deaths of the years gone by.

Published year-end totals decide net migration, published births decide fertility, published deaths decide mortality, in
every draw; after the last published year the drivers take over. Moves keep the ages they had between two censuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planning.populations import FEMALE, Projection
from sim import fertility as births_of
from sim import migration
from sim.cohort import Start, project_region
from sim.intercensal import FADING, growth_profile
from sim.mortality import survival_for

NEAR = 1e-6
ROUNDS = 8
EXACT, MOST_STEPS = 1e-11, 30  # of Newton's steps to a total: share of it, and steps of which four are usual


@dataclass(frozen=True)
class Published:
    """What is published for the years after the base: {year: persons}. totals: year ends; births, deaths: of the year."""

    totals: Mapping[int, float]
    births: Mapping[int, float]
    deaths: Mapping[int, float]


def project_observed(
    base: Start,
    tfr: np.ndarray,
    e0: np.ndarray,
    net_rate: np.ndarray,
    years: Sequence[int],
    published: Published,
    by_age: np.ndarray | None = None,
    *,
    boys_per_girl: np.ndarray | float = births_of.BOYS_PER_GIRL,
    fertility_schedule: np.ndarray | None = None,
    assumptions: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Projection:
    """One region projected as by `sim.cohort.project_region`, but through everything published.

    tfr: (draw, year). e0: (draw, year, sex). net_rate: (draw, year), per 1,000 residents. by_age: (sex, age) or (draw,
    1, sex, age), yearly net migration rates of the region's own (`sim.intercensal.migration_pattern`, `own_ages`), fading;
    what they leave of the rate, or of a published total, moves at the ages of `sim.intercensal.growth_profile`. Between two published totals growth is even.
    ValueError where published years lie outside `years`.
    """
    years = tuple(years)
    for name in ("totals", "births", "deaths"):
        outside = [y for y in getattr(published, name) if y not in years]
        if outside:
            raise ValueError(f"Published {name} of {outside} lie outside the projected years {years[0]}-{years[-1]}.")
    tfr = np.array(tfr, dtype=float)
    survival = survival_for(np.asarray(e0, dtype=float))

    def ahead(tfr: np.ndarray, survival: np.ndarray, years: Sequence[int]) -> Projection:
        totals = totals_between(base.people.sum(axis=(-2, -1)), base.year, published.totals, years)
        rates = births_of.asfr(tfr, fertility_schedule)
        move = to_totals(totals, np.asarray(net_rate) / 1000, rates, survival, by_age)
        return project_region(
            base,
            tfr,
            np.asarray(e0)[:, : len(years)],
            move,
            years,
            boys_per_girl=boys_per_girl,
            fertility_schedule=fertility_schedule,
            survival=survival,
            assumptions=assumptions,
            sources=sources,
        )

    last = max((*published.births, *published.deaths), default=None)
    if last is not None:
        # Births and deaths follow from women and moves, so the factors that meet the published ones are found in turn.
        tfr, survival = _held(ahead, tfr, survival, years[: years.index(last) + 1], published)
    return ahead(tfr, survival, years)


def _held(
    ahead: Callable[[np.ndarray, np.ndarray, Sequence[int]], Projection],
    tfr: np.ndarray,
    survival: np.ndarray,
    years: Sequence[int],
    published: Published,
) -> tuple[np.ndarray, np.ndarray]:
    """Fertility and survival bent so that what is projected of them over `years` meets the published births and deaths."""
    n = len(years)
    tfr, survival = tfr.copy(), np.array(np.broadcast_to(survival, (tfr.shape[0], *survival.shape[1:])))
    for _ in range(ROUNDS):
        found = ahead(tfr[:, :n], survival[:, :n], years)
        born, died, worst = found.births_total(), found.deaths_total(), 0.0
        for column, year in enumerate(years):
            if year in published.births:
                factor = published.births[year] / born[:, column]
                tfr[:, column] *= factor
                worst = max(worst, float(np.abs(factor - 1).max()))
            if year in published.deaths:
                factor = published.deaths[year] / died[:, column]
                survival[:, column] **= factor[:, None, None]
                worst = max(worst, float(np.abs(factor - 1).max()))
        if worst < NEAR:
            return tfr, survival
    if worst > 1e-3:
        raise RuntimeError(f"Published births and deaths of {found.region} could not be met; off by {worst:.2%}.")
    return tfr, survival


def totals_between(
    start: np.ndarray, base_year: int, totals: Mapping[int, float], years: Sequence[int]
) -> dict[int, np.ndarray]:
    """Totals of all years up to the last published one, growing evenly in between: {step: (draw,)}. start: (draw,)."""
    found: dict[int, np.ndarray] = {}
    before, since = np.asarray(start, dtype=float), base_year
    for year in sorted(totals):
        now = np.full_like(before, totals[year])
        for between in range(since + 1, year + 1):
            found[between - years[0]] = before * (now / before) ** ((between - since) / (year - since))
        before, since = now, year
    return found


def to_totals(
    totals: Mapping[int, np.ndarray],
    net_rate: np.ndarray,
    fertility: np.ndarray,
    survival: np.ndarray,
    by_age: np.ndarray | None = None,
) -> migration.Move:
    """Moves that end on a known total, or amount to a rate of all people where none is known.

    totals: {step: (draw,)}. net_rate: (draw, step), of all people, continuous. fertility: (draw, step, age); survival: (draw,
    step, sex, age): with them the children whom the movers bring into the count are reckoned in, so that totals are exact.
    by_age: (sex, age) or (draw, 1, sex, age), yearly rates that fade; the rest moves in or out by the profile of growing
    places, in proportion to those present. Rates of an age are continuous and add up, so that however many leave, somebody
    stays: migrants = expected x (exp(own rate + k x profile) - 1), and k is what gives the total.
    """
    profile = growth_profile()

    def move(step: int, expected: np.ndarray) -> np.ndarray:
        people = expected.sum(axis=(-2, -1))
        # A mover counts for herself and for the children whom she is expected to bring with her.
        counts = np.ones((expected.shape[0], 1, 2, expected.shape[-1]))
        lived = survival[:, step, :, 0].mean(axis=-1)[:, None, None]
        counts[:, :, FEMALE] += fertility[:, step][:, None] / 2 * lived
        wanted = totals[step][:, None] - people if step in totals else np.expm1(net_rate[:, step])[:, None] * people
        counted = counts * expected
        stayed = counted if by_age is None else counted * np.exp(FADING**step * by_age)
        goal = wanted + counted.sum(axis=(-2, -1))
        times = _tilt(stayed, profile, goal)
        return (stayed * times - counted) / counts

    return move


def _tilt(people: np.ndarray, profile: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """exp(k x profile), with the k by which people (draw, region, sex, age) add up to the goal (draw, region).

    The sum is convex in k and the start lies above its root (Jensen), so Newton's steps come down to it.
    """
    by_age = people.sum(axis=-2)
    k = np.log(goal / by_age.sum(axis=-1)) * by_age.sum(axis=-1) / (by_age @ profile)
    for _ in range(MOST_STEPS):
        tilted = by_age * np.exp(k[..., None] * profile)
        over = tilted.sum(axis=-1) - goal
        k = k - over / (tilted @ profile)
        if np.abs(over).max() <= EXACT * goal.max():
            break
    return np.exp(k[..., None] * profile)[..., None, :]
