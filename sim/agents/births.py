"""Birth order and spacing: the chance of each woman to give birth, by age, number of children and years since the last.

Fertility by order says how many first, second, third and later births there are at each age. Who gives birth to them
depends on how many women stand on the rung below and how long ago they climbed it. The shares of women on each rung are
carried along year by year, so that births by order keep to the fertility given, whatever the rungs were at the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.people import DURATIONS, FAMILY_STATES, OPEN_AGE, ORDERS

AGES = OPEN_AGE + 1
CHILDREN = 1 + ORDERS
"""Childless, one, two, three and more."""

SPACING = np.array([0.35, 1.0, 0.95, 0.8, 0.65, 0.55, 0.45, 0.4, 0.35, 0.25])
"""Relative readiness for the next child by years since the last birth, 0 to 9+. The peak at two years: 120 counties after
the intervals prescribed by policy were lifted (Zhang, Liu and Wang 2019, 人口与发展 25(4)). The rest is an assumption."""

CHILDLESS = {35: 0.1091, 40: 0.0785, 49: 0.0516}
"""Women without a child by age, census 2020 (China Population and Development Research Center 2023)."""

TWO_OR_MORE, THREE_OR_MORE = 0.45, 0.08
"""Women of 49 with at least two and three children, of all. Assumptions; below that age by the schedule of the order."""

HIGHEST = 0.8
"""The largest chance of a birth in a year that one rung may be given; what is asked beyond it comes an order lower."""


@dataclass(frozen=True)
class BirthChances:
    """early, late: (year, age reached, family state), births per woman and year before and after her birthday.

    rungs: (year, age, family state), shares of women of each age at the start of each year, as the fertility implies.
    lowered: (year,), births per woman over life that had to come an order lower, because no mother stood on the rung.
    """

    early: np.ndarray
    late: np.ndarray
    rungs: np.ndarray
    lowered: np.ndarray


def without_order(fertility: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """early and late (year, age, family state) where fertility (year, age) is the same for every woman of an age."""
    fertility = np.asarray(fertility, dtype=float)
    early = np.zeros(fertility.shape)
    early[:, 1:] = fertility[:, :-1]
    alike = (1, 1, FAMILY_STATES)
    return np.tile(early[..., None], alike), np.tile(fertility[..., None], alike)


def by_order(fertility: np.ndarray, rungs: np.ndarray, spacing: np.ndarray = SPACING) -> BirthChances:
    """Chances that give the births of each order that `fertility` (year, order, age) asks for.

    rungs: (age, family state), shares of women at the start of the first year. ValueError where more first births are
    asked for than there are childless women, or shapes do not fit.
    """
    fertility, rungs = np.asarray(fertility, dtype=float), np.asarray(rungs, dtype=float)
    if fertility.ndim != 3 or fertility.shape[1:] != (ORDERS, AGES) or rungs.shape != (AGES, FAMILY_STATES):
        raise ValueError(
            f"Fertility has shape {fertility.shape} and rungs {rungs.shape}; (year, {ORDERS}, {AGES}) and "
            f"({AGES}, {FAMILY_STATES}) were expected."
        )
    years = len(fertility)
    early, late = (np.zeros((years, AGES, FAMILY_STATES)) for _ in range(2))
    before = np.empty((years, AGES, FAMILY_STATES))
    lowered = np.empty(years)
    for t in range(years):
        before[t] = rungs
        early[t], late[t], lowered[t] = _chances(fertility[t], rungs, spacing)
        rungs = climbed(rungs, (early[t] + late[t]) / 2)
    return BirthChances(early, late, before, lowered)


def climbed(rungs: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Shares on each rung a year later, at the age reached: (age, family state). chances: of a birth in the year."""
    at_start = np.zeros_like(rungs)
    at_start[1:] = rungs[:-1]
    at_start[-1] += rungs[-1]
    bearing, waiting = at_start * chances, at_start * (1 - chances)
    after = np.zeros_like(rungs)
    after[:, 0] = waiting[:, 0]
    for children in range(1, CHILDREN):
        here = _states(children)
        after[:, here.start + 1 : here.stop] += waiting[:, here.start : here.stop - 1]
        after[:, here.stop - 1] += waiting[:, here.stop - 1]
        after[:, here.start] += bearing[:, _states(children - 1)].sum(axis=1)
    after[:, _states(ORDERS).start] += bearing[:, _states(ORDERS)].sum(axis=1)
    after[-1] /= max(after[-1].sum(), 1e-300)
    after[0, 0] = 1.0
    return after


def children_at_start(fertility: np.ndarray) -> np.ndarray:
    """Women by number of children, as assumed where no census says: (children, age), summing to one at each age.

    fertility: (order, age), whose cumulated shape spreads the shares over the ages below 35 (first) and 49 (others).
    Childless women are the census's of 2020; the rest is assumed.

    >>> by_children = children_at_start(np.full((3, 101), 0.01))
    >>> bool(np.allclose(by_children.sum(axis=0), 1.0))
    True
    """
    reached = np.cumsum(np.asarray(fertility, dtype=float), axis=1)
    reached = np.concatenate([np.zeros((ORDERS, 1)), reached[:, :-1]], axis=1)
    ages = np.arange(AGES)
    known = sorted(CHILDLESS)
    mothers = (1 - CHILDLESS[known[0]]) * reached[0] / max(reached[0, known[0]], 1e-300)
    mothers = np.where(ages >= known[0], 1 - np.interp(ages, known, [CHILDLESS[a] for a in known]), mothers)
    at_least = [np.ones(AGES), mothers]
    for level, curve in zip((TWO_OR_MORE, THREE_OR_MORE), reached[1:], strict=True):
        at_least.append(np.minimum(level * np.minimum(curve / max(curve[49], 1e-300), 1.0), at_least[-1]))
    at_least.append(np.zeros(AGES))
    return -np.diff(np.array(at_least), axis=0)


def rungs_at_start(children: np.ndarray, fertility: np.ndarray) -> np.ndarray:
    """Shares of women by number of children and years since the last birth: (age, family state).

    children: (children, age). The births of the last years are reckoned from `fertility` (order, age), held constant;
    mothers not among them had their last child nine and more years ago.
    """
    children, fertility = np.asarray(children, dtype=float), np.asarray(fertility, dtype=float)
    if children.shape != (CHILDREN, AGES) or not np.allclose(children.sum(axis=0), 1):
        raise ValueError(
            f"Women by number of children have shape {children.shape}; ({CHILDREN}, {AGES}) shares summing to one at "
            f"each age were expected."
        )
    rungs = np.zeros((AGES, FAMILY_STATES))
    children = np.maximum(children, 0.0)
    rungs[:, 0] = children[0]
    for order in range(1, CHILDREN):
        recent = np.zeros((AGES, DURATIONS))
        for duration in range(DURATIONS - 1):
            born_at = fertility[order - 1, : AGES - duration]
            recent[duration + 1 :, duration] = (born_at[:-1] + np.append(0, born_at[:-2])) / 2
        stay = np.minimum(1.0, children[order] / np.maximum(recent.sum(axis=1), 1e-300))
        recent *= stay[:, None]
        recent[:, -1] = np.maximum(children[order] - recent[:, :-1].sum(axis=1), 0.0)
        rungs[:, _states(order)] = recent
    return rungs


def _states(children: int) -> slice:
    if children == 0:
        return slice(0, 1)
    first = 1 + (min(children, ORDERS) - 1) * DURATIONS
    return slice(first, first + DURATIONS)


def _chances(fertility: np.ndarray, rungs: np.ndarray, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """early, late (age reached, state) and the births per woman that came an order lower, for one year."""
    at_start = np.zeros_like(rungs)
    at_start[1:] = rungs[:-1]
    sooner, later = np.zeros((ORDERS, AGES)), fertility.copy()
    sooner[:, 1:] = fertility[:, :-1]
    early, late = (np.zeros((AGES, FAMILY_STATES)) for _ in range(2))
    lowered = 0.0
    for order in range(ORDERS, 0, -1):
        below = [_states(order - 1)] if order < ORDERS else [_states(order - 1), _states(order)]
        ready = np.zeros(FAMILY_STATES)
        for states in below:
            ready[states] = spacing if states.stop - states.start == DURATIONS else 1.0
        there = at_start @ ready
        most = np.maximum(sooner[order - 1], later[order - 1]) * ready.max()
        given = np.minimum(1.0, HIGHEST * there / np.maximum(most, 1e-300))
        for rate, table in ((sooner, early), (later, late)):
            table += np.outer(rate[order - 1] * given / np.maximum(there, 1e-300), ready)
            if order > 1:
                rate[order - 2] += rate[order - 1] * (1 - given)
        missing = ((sooner + later)[order - 1] * (1 - given)).sum() / 2
        if order == 1 and missing > 1e-9:
            age = int(np.argmin(given))
            raise ValueError(
                f"More first births are asked for than childless women can have, first at age {age}: {most[age]:.3f} per "
                f"woman with {at_start[age, 0]:.3f} childless. Look at fertility by order, or at the women's children "
                f"at the start."
            )
        lowered += missing if order > 1 else 0.0
    return early, late, lowered
