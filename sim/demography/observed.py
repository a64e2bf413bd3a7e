"""A projection held to what has been published since its base: totals, births, deaths and ageing of the years gone by.

Published year-end totals decide net migration, published births decide fertility, published deaths decide mortality, in
every draw; where only natural increase is published, births and deaths share what it asks. Published shares of old people move
them as far as they are surer than the projection. After the last published year the drivers take over, from the level that
met the published figures. Moves keep the ages they had between two censuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planning.populations import FEMALE, Projection
from sim.demography import fertility as births_of
from sim.demography import migration
from sim.demography.cohort import Start, project_region
from sim.demography.intercensal import FADING, growth_profile
from sim.demography.life_tables import SINGLE
from sim.demography.mortality import survival_for

NEAR, NEAR_SHARE = 1e-6, 1e-5  # of births and deaths; of shares of old people
ROUNDS = 12
EXACT, MOST_STEPS = 1e-11, 30  # of Newton's steps to a total: share of it, and steps of which four are usual
# Of a natural increase published alone, how unsure births and deaths are of themselves, as logs: the spreads of
# districts' fertility gaps (`forecasts.vital.fertility.GAPS`) and of factors of mortality (`forecasts.vital.mortality.FACTORS`).
UNSURE_BIRTHS, UNSURE_DEATHS = 0.15, 0.10
MOST_FACTOR = 3.0  # by which a natural increase alone may change births or deaths
LEAST_STAYING = 0.1  # of an age, however many students a shrunken place should send away
TAPER = 10  # ages below an age limit over which a published share of those above moves people less and less
LAST_KNOWN = 3  # published years whose mean level is carried on, the newest weighing most


@dataclass(frozen=True)
class Published:
    """What is published for the years after the base: {year: persons}. totals: year ends; births, deaths: of the year. natural:
    births less deaths per 1,000 of the mean population. aged: shares, between 0 and 1, of those of an age and over at year ends, by draw where they are
    drawn with their error: {age: {year: (draw,)}}; aged_error: that error by year, standard deviation of the log share."""

    totals: Mapping[int, float]
    births: Mapping[int, float]
    deaths: Mapping[int, float]
    natural: Mapping[int, float] = field(default_factory=dict)
    aged: Mapping[int, Mapping[int, np.ndarray]] = field(default_factory=dict)
    aged_error: Mapping[int, float] = field(default_factory=dict)

    def flows(self) -> set[int]:
        """The years of which births, deaths or their difference are published."""
        return {*self.births, *self.deaths, *self.natural}

    def years(self) -> set[int]:
        """Every year of which anything is published."""
        return self.flows().union(self.totals, *self.aged.values())


@dataclass(frozen=True)
class Fit:
    """What makes a projection meet published figures. fertility, mortality: (draw, year), logs of the factors on fertility and on
    the force of mortality. old: (draw, year, age), log of the people of an age whom published shares add in a year."""

    fertility: np.ndarray
    mortality: np.ndarray
    old: np.ndarray

    @classmethod
    def none(cls, years: int, draws: int = 1) -> Fit:
        """Nothing to change."""
        return cls(np.zeros((draws, years)), np.zeros((draws, years)), np.zeros((draws, years, len(SINGLE))))

    def since(self, step: int) -> Fit:
        """The same from a later step on."""
        return Fit(self.fertility[:, step:], self.mortality[:, step:], self.old[:, step:])


@dataclass(frozen=True)
class _Region:
    """A region ready to be projected with any Fit: the arguments of `project_observed`."""

    base: Start
    tfr: np.ndarray
    e0: np.ndarray
    survival: np.ndarray
    net_rate: np.ndarray
    years: tuple[int, ...]
    published: Published
    by_age: np.ndarray | None
    boys_per_girl: np.ndarray | float
    fertility_schedule: np.ndarray | None
    students: np.ndarray | None

    @property
    def draws(self) -> int:
        return max(len(self.base.people), len(self.tfr), len(self.e0), len(self.net_rate))

    def ahead(
        self, fit: Fit, steps: int, assumptions: tuple[str, ...] = (), sources: tuple[str, ...] = ()
    ) -> Projection:
        """The projection over the first steps."""
        years = self.years[:steps]
        tfr = self.tfr[:, :steps] * np.exp(fit.fertility[:, :steps])
        survival = self.survival[:, :steps]
        if fit.mortality[:, :steps].any():
            survival = survival ** np.exp(fit.mortality[:, :steps])[..., None, None]
        totals = totals_between(self.base.people.sum(axis=(-2, -1)), self.base.year, self.published.totals, years)
        rates = births_of.asfr(tfr, self.fertility_schedule)
        old = fit.old if fit.old.any() else None
        ratio = self.boys_per_girl if np.ndim(self.boys_per_girl) == 0 else np.asarray(self.boys_per_girl)[:, :steps]
        move = to_totals(
            totals,
            self.net_rate[:, :steps] / 1000,
            rates,
            survival,
            self.by_age,
            self.boys_per_girl,
            old,
            self.students,
        )
        return project_region(
            self.base,
            tfr,
            self.e0[:, :steps],
            move,
            years,
            boys_per_girl=ratio,
            fertility_schedule=self.fertility_schedule,
            survival=survival,
            assumptions=assumptions,
            sources=sources,
        )


def project_observed(
    base: Start,
    tfr: np.ndarray,
    e0: np.ndarray,
    net_rate: np.ndarray,
    years: Sequence[int],
    published: Published,
    by_age: np.ndarray | None = None,
    *,
    start: Fit | None = None,
    students: np.ndarray | None = None,
    boys_per_girl: np.ndarray | float = births_of.BOYS_PER_GIRL,
    fertility_schedule: np.ndarray | None = None,
    assumptions: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Projection:
    """One region projected as by `sim.demography.cohort.project_region`, but through everything published.

    tfr: (draw, year). e0: (draw, year, sex). net_rate: (draw, year), per 1,000 residents. by_age: (sex, age) or (draw,
    1, sex, age), yearly net migration rates of the region's own (`sim.demography.intercensal.migration_pattern`, `own_ages`), fading;
    what they leave of the rate, or of a published total, moves at the ages of `sim.demography.intercensal.growth_profile`. Between two
    published totals growth is even. students: (sex, age), a number that is there every year, as `to_totals` takes it. start: what `fit_published` found, or any factors to set out from; years without
    published births or deaths keep them. ValueError where published years lie outside `years`.
    """
    region = _region(base, tfr, e0, net_rate, years, published, by_age, boys_per_girl, fertility_schedule, students)
    fit = _held(region, start or Fit.none(len(region.years)))
    return region.ahead(fit, len(region.years), assumptions, sources)


def fit_published(
    base: Start,
    tfr: np.ndarray,
    e0: np.ndarray,
    net_rate: np.ndarray,
    years: Sequence[int],
    published: Published,
    by_age: np.ndarray | None = None,
    *,
    start: Fit | None = None,
    students: np.ndarray | None = None,
    boys_per_girl: np.ndarray | float = births_of.BOYS_PER_GIRL,
    fertility_schedule: np.ndarray | None = None,
) -> Fit:
    """What makes the projection meet everything published, its level carried on to the years after.

    Arguments as of `project_observed`. Between two published years the factors run straight; after the last one each draw
    keeps the mean of what it took in the last LAST_KNOWN of them beyond `start`.
    """
    region = _region(base, tfr, e0, net_rate, years, published, by_age, boys_per_girl, fertility_schedule, students)
    start = start or Fit.none(len(region.years))
    fit = _held(region, start)
    born, died = (sorted({*flow, *published.natural}) for flow in (published.births, published.deaths))
    return replace(
        fit,
        fertility=_carried(fit.fertility, start.fertility, born, region.years),
        mortality=_carried(fit.mortality, start.mortality, died, region.years),
    )


def _region(
    base: Start,
    tfr: np.ndarray,
    e0: np.ndarray,
    net_rate: np.ndarray,
    years: Sequence[int],
    published: Published,
    by_age: np.ndarray | None,
    boys_per_girl: np.ndarray | float,
    fertility_schedule: np.ndarray | None,
    students: np.ndarray | None,
) -> _Region:
    years = tuple(years)
    outside = sorted(y for y in published.years() if y not in years)
    if outside:
        raise ValueError(f"Published figures of {outside} lie outside the projected years {years[0]}-{years[-1]}.")
    e0 = np.asarray(e0, dtype=float)
    about = np.asarray(tfr, dtype=float), e0, survival_for(e0), np.asarray(net_rate, dtype=float)
    return _Region(base, *about, years, published, by_age, boys_per_girl, fertility_schedule, students)


def _held(region: _Region, start: Fit) -> Fit:
    """The factors of `start` changed in the published years, so that what is projected meets the figures of them."""
    published = region.published
    last = max(published.flows().union(*published.aged.values()), default=None)
    if last is None:
        return start
    steps = region.years.index(last) + 1
    draws = region.draws
    fit = Fit(
        *(np.array(np.broadcast_to(a, (draws, *a.shape[1:]))) for a in (start.fertility, start.mortality, start.old))
    )
    wanted = _wanted_shares(region, fit)
    # Births and deaths follow from women and moves, so the factors that meet the published ones are found in turn.
    for _ in range(ROUNDS):
        found = region.ahead(fit, steps)
        worst = max(_to_flows(region, fit, found, steps), _to_shares(region, fit, found, wanted) * NEAR / NEAR_SHARE)
        if worst < NEAR:
            return fit
    if worst > 1e-3:
        raise RuntimeError(f"Published births and deaths of {found.region} could not be met; off by {worst:.2%}.")
    return fit


def _to_flows(region: _Region, fit: Fit, found: Projection, steps: int) -> float:
    """Change the factors towards the published births and deaths; how far they were from them, as a share."""
    published, worst = region.published, 0.0
    born, died, people = found.births_total(), found.deaths_total(), found.people.sum(axis=(-2, -1))
    for column, year in enumerate(region.years[:steps]):
        b, d = born[:, column], died[:, column]
        births, deaths = published.births.get(year), published.deaths.get(year)
        if year in published.natural and (births is None or deaths is None):
            short = published.natural[year] / 1000 * people[:, column : column + 2].mean(axis=1) - (b - d)
            doubts = (0.0 if births else UNSURE_BIRTHS * b) ** 2, (0.0 if deaths else UNSURE_DEATHS * d) ** 2
            share = doubts[0] / sum(doubts)
            births = births or np.clip(b + share * short, b / MOST_FACTOR, b * MOST_FACTOR)
            deaths = deaths or np.clip(d - (1 - share) * short, d / MOST_FACTOR, d * MOST_FACTOR)
        for factors, wanted, there in ((fit.fertility, births, b), (fit.mortality, deaths, d)):
            if wanted is not None:
                change = np.log(wanted / there)
                factors[:, column] += change
                worst = max(worst, float(np.abs(change).max()))
    return worst


def _wanted_shares(region: _Region, fit: Fit) -> dict[int, dict[int, np.ndarray]]:
    """The shares of old people that every draw is to meet, {year: {age: (draw,)}}: between the projected and the published one
    by how sure either is (Kalman's gain over the draws), year after year, with what is moved for it written into `fit`."""
    published = region.published
    wanted: dict[int, dict[int, np.ndarray]] = {}
    for year in sorted({y for known in published.aged.values() for y in known}):
        wanted[year] = {}
        for age in sorted(a for a, known in published.aged.items() if year in known):
            step = region.years.index(year)
            there = _log_share(region.ahead(fit, step + 1), year, age)
            spread = there.var()
            gain = spread / (spread + published.aged_error.get(year, 0.0) ** 2) if spread > 0 else 0.0
            goal = there + gain * (np.log(published.aged[age][year]) - there)
            wanted[year][age] = np.exp(goal)
            fit.old[:, step] += (goal - there)[:, None] * _old_ages(age, wanted[year])
    return wanted


def _to_shares(region: _Region, fit: Fit, found: Projection, wanted: Mapping[int, Mapping[int, np.ndarray]]) -> float:
    """Change the moves of old people towards the shares wanted; how far they were from them, as a log."""
    worst = 0.0
    before: dict[int, np.ndarray] = {}
    for year, by_age in wanted.items():
        column = region.years.index(year)
        for age, goal in by_age.items():
            off = np.log(goal) - _log_share(found, year, age)
            # What was moved in an earlier year is still there.
            fit.old[:, column] += (off - before.get(age, np.zeros(1)))[:, None] * _old_ages(age, by_age)
            before[age] = off
            worst = max(worst, float(np.abs(off).max()))
    return worst


def _log_share(found: Projection, year: int, age: int) -> np.ndarray:
    people = found.people[:, found.years.index(year)].sum(axis=1)
    return np.log(people[:, age:].sum(axis=1) / people.sum(axis=1))


def _old_ages(age: int, known: Mapping[int, object]) -> np.ndarray:
    """How far each age moves with the share of those of `age` and over: wholly above, fading below, to nought where the share
    from a lower age on is known too: (age,)."""
    lower = max((a for a in known if a < age), default=age - TAPER)
    if lower in known:
        return np.where(np.array(SINGLE) >= age, 1.0, np.where(np.array(SINGLE) >= lower, -2.0, 0.0))
    return np.interp(SINGLE, [lower, age], [0.0, 1.0])


def _carried(found: np.ndarray, start: np.ndarray, known: Sequence[int], years: tuple[int, ...]) -> np.ndarray:
    """Factors between and after the known years: what was found there beyond the start, straight between, its last mean after."""
    if not known:
        return found
    columns = [years.index(y) for y in known]
    beyond = found - start
    last = columns[-LAST_KNOWN:]
    carried = np.average(beyond[:, last], axis=1, weights=np.arange(1, len(last) + 1))
    result = np.array(found)
    for column in range(columns[0], len(years)):
        if column > columns[-1]:
            result[:, column] = start[:, column] + carried
        elif column not in columns:
            after = next(i for i, c in enumerate(columns) if c > column)
            low, high = columns[after - 1], columns[after]
            share = (column - low) / (high - low)
            result[:, column] = start[:, column] + (1 - share) * beyond[:, low] + share * beyond[:, high]
    return result


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
    old: np.ndarray | None = None,
    students: np.ndarray | None = None,
) -> migration.Move:
    """Moves that end on a known total, or amount to a rate of all people where none is known.

    totals: {step: (draw,)}. net_rate: (draw, step), of all people, continuous. fertility: (draw, step, age); survival: (draw,
    step, sex, age); boys_per_girl: a number or (draw, step). by_age: (sex, age) or (draw, 1, sex, age), yearly rates that
    fade; old: (draw, step, age), rates added to them; students: (sex, age), persons of whom as many are there every year: who begins their studies comes, who ends
    them leaves (`sim.demography.intercensal.students_of`); the rest moves in or out by the profile of growing places, in proportion to those present.

    Continuous rates of an age add up, so that however many leave, somebody stays: those of age a become
    expected x exp(own rate + k x profile), with the k that gives the total. The children whom movers bear in the year are
    counted where they then live, half of a year's births, and move as others of their age.
    """
    profile = growth_profile()
    # Terms of the total as a function of k: ages from one, infants of those who stay, infants whom movers bring.
    exponents = np.concatenate([profile[1:], profile[:1], profile[0] + profile])

    turnover = None if students is None else np.diff(students, axis=-1, prepend=0.0)

    def move(step: int, present: np.ndarray) -> np.ndarray:
        expected = present if turnover is None else np.maximum(present + turnover, LEAST_STAYING * present)
        ratio = np.asarray(boys_per_girl if np.ndim(boys_per_girl) == 0 else np.asarray(boys_per_girl)[:, step])
        lived = survival[:, step, :, 0] * np.stack([ratio, np.ones_like(ratio)], axis=-1) / (1 + ratio)[..., None]
        lived = lived[:, None]  # of a birth: (draw, region, sex)
        borne = expected[..., FEMALE, :] * fertility[:, step][:, None] / 2
        own = np.ones((1, 1, 1, expected.shape[-1])) if by_age is None else np.exp(FADING**step * by_age)
        if old is not None:
            own = own * np.exp(old[:, step])[:, None, None]
        own = np.broadcast_to(own, expected.shape)
        stayed = expected * own
        infants = ((expected[..., 0] - lived * borne.sum(axis=-1)[..., None]) * own[..., 0]).sum(axis=-1)
        brought = (lived * own[..., 0]).sum(axis=-1)[..., None] * borne * own[..., FEMALE, :]
        terms = np.concatenate([stayed[..., 1:].sum(axis=-2), infants[..., None], brought], axis=-1)
        people = expected.sum(axis=(-2, -1))
        goal = totals[step][:, None] if step in totals else np.exp(net_rate[:, step])[:, None] * people
        times = own * np.exp(_level(terms, exponents, goal)[..., None, None] * profile)
        migrants = expected * times - present
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
