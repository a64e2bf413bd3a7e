"""A projection held to what has been published since its base: totals, births and deaths of the years gone by.

Published year-end totals decide net migration, published births decide fertility, published deaths decide mortality, in
every draw; after the last published year the drivers take over. Moves keep the ages they had between two censuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planning.populations import FEMALE, Projection
from sim.demography import fertility as births_of
from sim.demography import migration
from sim.demography.cohort import Start, project_region
from sim.demography.intercensal import FADING, growth_profile
from sim.demography.mortality import survival_for

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
    """One region projected as by `sim.demography.cohort.project_region`, but through everything published.

    tfr: (draw, year). e0: (draw, year, sex). net_rate: (draw, year), per 1,000 residents. by_age: (sex, age) or (draw,
    1, sex, age), yearly net migration rates of the region's own (`sim.demography.intercensal.migration_pattern`, `own_ages`), fading;
    what they leave of the rate, or of a published total, moves at the ages of `sim.demography.intercensal.growth_profile`. Between two published totals growth is even.
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
        move = to_totals(totals, np.asarray(net_rate) / 1000, rates, survival, by_age, boys_per_girl)
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
    """Totals of all years up to the last published one, growing evenly in between: {step: (draw,)}. start: (draw,).

    >>> totals_between(np.array([100.0]), 2020, {2022: 121.0}, [2021, 2022, 2023])
    {0: array([110.]), 1: array([121.])}
    """
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
    boys_per_girl: np.ndarray | float = births_of.BOYS_PER_GIRL,
) -> migration.Move:
    """Moves that end on a known total, or amount to a rate of all people where none is known.

    totals: {step: (draw,)}. net_rate: (draw, step), of all people, continuous. fertility: (draw, step, age); survival: (draw,
    step, sex, age); boys_per_girl: a number or (draw, step). by_age: (sex, age) or (draw, 1, sex, age), yearly rates that
    fade; the rest moves in or out by the profile of growing places, in proportion to those present.

    Continuous rates of an age add up, so that however many leave, somebody stays: those of age a become
    expected x exp(own rate + k x profile), with the k that gives the total. The children whom movers bear in the year are
    counted where they then live, half of a year's births, and move as others of their age.
    """
    profile = growth_profile()
    # Terms of the total as a function of k: ages from one, infants of those who stay, infants whom movers bring.
    exponents = np.concatenate([profile[1:], profile[:1], profile[0] + profile])

    def move(step: int, expected: np.ndarray) -> np.ndarray:
        ratio = np.asarray(boys_per_girl if np.ndim(boys_per_girl) == 0 else np.asarray(boys_per_girl)[:, step])
        lived = survival[:, step, :, 0] * np.stack([ratio, np.ones_like(ratio)], axis=-1) / (1 + ratio)[..., None]
        lived = lived[:, None]  # of a birth: (draw, region, sex)
        borne = expected[..., FEMALE, :] * fertility[:, step][:, None] / 2
        own = np.ones((1, 1, 1, expected.shape[-1])) if by_age is None else np.exp(FADING**step * by_age)
        own = np.broadcast_to(own, expected.shape)
        stayed = expected * own
        infants = ((expected[..., 0] - lived * borne.sum(axis=-1)[..., None]) * own[..., 0]).sum(axis=-1)
        brought = (lived * own[..., 0]).sum(axis=-1)[..., None] * borne * own[..., FEMALE, :]
        terms = np.concatenate([stayed[..., 1:].sum(axis=-2), infants[..., None], brought], axis=-1)
        people = expected.sum(axis=(-2, -1))
        goal = totals[step][:, None] if step in totals else np.exp(net_rate[:, step])[:, None] * people
        times = own * np.exp(_level(terms, exponents, goal)[..., None, None] * profile)
        migrants = expected * (times - 1)
        with_mothers = lived * (borne * (times[..., FEMALE, :] - 1)).sum(axis=-1)[..., None]
        migrants[..., 0] += with_mothers * (times[..., 0] - 1)
        return migrants

    return move


def _level(terms: np.ndarray, exponents: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The k at which the sum of terms x exp(k x exponents) is the goal: terms (draw, region, term) -> (draw, region).

    The sum is convex in k and the start lies above its root (Jensen), so Newton's steps come down to it.
    """
    whole = terms.sum(axis=-1)
    k = np.log(goal / whole) * whole / (terms @ exponents)
    for _ in range(MOST_STEPS):
        tilted = terms * np.exp(k[..., None] * exponents)
        over = tilted.sum(axis=-1) - goal
        k = k - over / (tilted @ exponents)
        if np.abs(over / goal).max() <= EXACT:
            return k
    raise RuntimeError(
        f"A total of {goal.max():,.0f} people could not be met by moves; off by {np.abs(over).max():,.0f}."
    )
