"""Staff as people with ages: they train, enter, move, grow older, retire.

The stock is kept by sex and single year of age. No plan region publishes its doctors' ages, so the shapes are assumptions;
the number and the growth come from what is published. A stock target (7.5 per 10,000) and a flow target (train 300) are read
from the same account: heads at a year's end are those before it, less who left, plus who entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.services.pipeline import delayed

AGES = (25, 30, 35, 40, 45, 50, 55, 60, 65)
YOUNGEST, OLDEST = 20, 74  # nobody works beyond the oldest
SPAN = OLDEST - YOUNGEST + 1
# Shares of general practitioners by age group, a stock built up quickly since 2010. An assumption that the report lists.
SHAPE = np.array([0.09, 0.16, 0.19, 0.19, 0.16, 0.11, 0.06, 0.03, 0.01])
# Yearly chance to leave the job other than by retiring, by age group: higher among the young. An assumption.
LEAVING = np.array([0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.02, 0.05])
ENTRY = np.array([0.55, 0.30, 0.10, 0.05, 0, 0, 0, 0, 0])
RETRAINED = np.array([0.05, 0.20, 0.30, 0.25, 0.15, 0.05, 0, 0, 0])  # ages at which physicians retrain. An assumption
LEAVING_AFTER = 0.30  # share of those past the retirement age who stop in a year. An assumption

RAISED_FROM, RAISED_BY, RAISED_TO = 2025, 3.0, 2039
RETIREMENT = (60.0, 55.0)
"""Statutory age of men, and of women in professional posts (cadres), until the end of 2024; from 2025 rising by equal steps
to 63 and 58 in 2039 (Standing Committee of the National People's Congress, decision of 13 September 2024)."""

RESIDENCY, TRANSFER, DIRECTED = 3.0, 1.0, 8.0
"""Years from admission to practice: residents (5+3, State Council 2011 no. 23), physicians who retrain (State Council office
2018 no. 3, about a year), directed students (five years of medical school and three of residency)."""


@dataclass(frozen=True)
class Cadre:
    """One kind of staff. shape: shares by the age groups of AGES; women: the prior of their share (planning.priors)."""

    id: str
    zh: str
    en: str
    shape: tuple[float, ...]
    women: str


CADRES = {
    c.id: c
    for c in (
        Cadre("gps", "全科医生", "general practitioners", tuple(SHAPE), "gps_women"),
        Cadre(
            "physicians",
            "执业(助理)医师",
            "physicians",
            (0.08, 0.13, 0.15, 0.15, 0.14, 0.12, 0.10, 0.07, 0.06),
            "physicians_women",
        ),
        Cadre("nurses", "注册护士", "nurses", (0.33, 0.24, 0.15, 0.10, 0.08, 0.06, 0.03, 0.008, 0.002), "nurses_women"),
        Cadre(
            "paediatricians",
            "儿科医师",
            "paediatricians",
            (0.10, 0.17, 0.18, 0.16, 0.13, 0.11, 0.08, 0.04, 0.03),
            "paediatricians_women",
        ),
        Cadre(
            "tcm_physicians",
            "中医类执业(助理)医师",
            "physicians of Chinese medicine",
            (0.10, 0.14, 0.15, 0.14, 0.12, 0.11, 0.09, 0.08, 0.07),
            "tcm_physicians_women",
        ),
    )
}


@dataclass(frozen=True)
class StaffFlow:
    """A stock of staff over the years. heads: (draw, year, sex, age from YOUNGEST) at year ends; entered, left: (draw, year)."""

    years: tuple[int, ...]
    heads: np.ndarray
    entered: np.ndarray
    left: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Persons in post: (draw, year)."""
        return self.heads.sum((-2, -1))

    def practising(self, share: np.ndarray) -> np.ndarray:
        """Those of them who practise, where the registered are counted: (draw, year). share: (draw,)."""
        return self.total * share[:, None]

    def full_time(self, each: np.ndarray) -> np.ndarray:
        """Full-time equivalents: (draw, year). each: (draw,), equivalents of one person."""
        return self.total * each[:, None]

    def past(self, age: int) -> np.ndarray:
        """Persons of that age and over: (draw, year)."""
        return self.heads[..., max(age - YOUNGEST, 0) :].sum((-2, -1))


@dataclass(frozen=True)
class StaffPace:
    """What a forecast of the stock implies. entering, fewer: (draw, year), persons: who enters, and who leaves beyond the usual."""

    entering: np.ndarray
    fewer: np.ndarray


@dataclass(frozen=True)
class Leaving:
    """Who leaves in a year. times: (draw, year), beside the schedule by age; later: (year,), years added to the retirement age;
    stay_on: (draw,), share who go on past it."""

    times: np.ndarray
    later: np.ndarray
    stay_on: np.ndarray


def retirement_age(year: int) -> float:
    """The mean statutory retirement age of doctors, half of them women (cadres)."""
    return sum(statutory(year)) / 2


def statutory(year: float) -> tuple[float, float]:
    """The retirement age of men and of women in professional posts at the end of a year."""
    step = (RAISED_TO - RAISED_FROM + 1) ** -1
    raised = min(max((year - RAISED_FROM + 1) * step, 0.0), 1.0) * RAISED_BY
    return RETIREMENT[0] + raised, RETIREMENT[1] + raised


def by_single_age(groups: Sequence[float] | np.ndarray) -> np.ndarray:
    """Shares of age groups as shares of single ages from YOUNGEST, even within a group; the last runs to OLDEST: (age,)."""
    ages = np.zeros(SPAN)
    ends = (*AGES[1:], OLDEST + 1)
    for share, low, high in zip(groups, AGES, ends, strict=True):
        ages[low - YOUNGEST : high - YOUNGEST] = share / (high - low)
    return ages / ages.sum()


def staff_at_start(total: np.ndarray, cadre: Cadre, women: np.ndarray) -> np.ndarray:
    """Heads by sex and age: (draw, sex, age). total, women: (draw,), persons and the share of women."""
    by_sex = np.stack([1 - women, women], axis=-1) * np.asarray(total, dtype=float)[:, None]
    return by_sex[..., None] * by_single_age(cadre.shape)


def retiring(year: int, later: float) -> np.ndarray:
    """The share of each age that passes the retirement age in a year, by sex: (sex, age at its start)."""
    ages = np.arange(YOUNGEST, OLDEST + 1, dtype=float)
    shares = []
    for before, after in zip(statutory(year - 1), statutory(year), strict=True):
        past_before = np.clip(ages + 1 - (before + later), 0, 1)
        past_after = np.clip(ages + 2 - (after + later), 0, 1)
        shares.append(np.clip(past_after - past_before, 0, 1))
    return np.stack(shares)


def staying(year: int, times: np.ndarray, later: float, stay_on: np.ndarray) -> np.ndarray:
    """The share of each sex and age that is still there a year on: (draw, sex, age). times, stay_on: (draw,)."""
    schedule = np.zeros(SPAN)
    for chance, low, high in zip(LEAVING, AGES, (*AGES[1:], OLDEST + 1), strict=True):
        schedule[low - YOUNGEST : high - YOUNGEST] = chance
    schedule[: AGES[0] - YOUNGEST] = LEAVING[0]
    stays = 1 - np.clip(schedule * times[:, None], 0, 1)
    passing = retiring(year, later)
    ages = np.arange(YOUNGEST, OLDEST + 1, dtype=float)
    past = np.clip(ages + 1 - (np.array(statutory(year - 1))[:, None] + later), 0, 1)
    going = passing * (1 - stay_on[:, None, None]) + past * LEAVING_AFTER
    kept = stays[:, None, :] * (1 - np.clip(going, 0, 1))
    return kept


def stays(leaving: Leaving, years: tuple[int, ...]) -> np.ndarray:
    """`staying` in each of the years: (year, draw, sex, age)."""
    return np.stack(
        [staying(y, leaving.times[:, t], float(leaving.later[t]), leaving.stay_on) for t, y in enumerate(years)]
    )


def entry_profile(women: np.ndarray, groups: Sequence[float] | np.ndarray) -> np.ndarray:
    """Shares of entrants by sex and age, adding up to one: (draw, sex, age). women: (draw,); groups: shares by AGES."""
    return np.stack([1 - women, women], axis=-1)[..., None] * by_single_age(groups)


def run_staff(
    start: np.ndarray,
    entering: Sequence[tuple[np.ndarray, np.ndarray]],
    leaving: Leaving,
    years: tuple[int, ...],
    fewer: np.ndarray | float = 0.0,
    kept: np.ndarray | None = None,
) -> StaffFlow:
    """Staff year by year: leave or retire, grow older, enter.

    start: (draw, sex, age). entering: pairs of (draw, year), persons, and their profile (draw, sex, age). fewer: (draw, year),
    persons who leave besides, in proportion at every age. kept: `stays` of the same `leaving`, where it is at hand. More entries in a year leave no fewer staff in any later one.
    Raises ValueError for negative entries.
    """
    heads = np.asarray(start, dtype=float)
    shape = (len(heads), len(years))
    flows = [np.broadcast_to(np.asarray(flow, dtype=float), shape) for flow, _ in entering]
    if any((flow < 0).any() for flow in flows):
        raise ValueError("Staff entering in a year cannot be negative; fewer staff is leaving.")
    fewer = np.broadcast_to(np.asarray(fewer, dtype=float), shape)
    stock, left = np.empty((*shape, *heads.shape[1:])), np.empty(shape)
    kept = stays(leaving, years) if kept is None else kept
    for t in range(len(years)):
        before = heads.sum((-2, -1))
        heads = _a_year_on(heads, kept[t])
        there = heads.sum((-2, -1))
        rest = np.divide(np.maximum(there - fewer[:, t], 0.0), there, out=np.zeros_like(there), where=there > 0)
        left[:, t] = before - there * rest
        heads *= rest[:, None, None]
        for flow, (_, profile) in zip(flows, entering, strict=True):
            heads += flow[:, t, None, None] * profile
        stock[:, t] = heads
    return StaffFlow(tuple(years), stock, np.sum(flows, axis=0) if flows else np.zeros(shape), left)


def implied(
    wanted: np.ndarray, start: np.ndarray, profile: np.ndarray, leaving: Leaving, years: tuple[int, ...]
) -> StaffPace:
    """The entries that bring the stock to `wanted` (draw, year) each year, and who leaves besides where it falls faster."""
    entering, fewer = np.zeros(wanted.shape), np.zeros(wanted.shape)
    heads = np.asarray(start, dtype=float)
    kept = stays(leaving, years)
    for t in range(len(years)):
        heads = _a_year_on(heads, kept[t])
        there = heads.sum((-2, -1))
        entering[:, t] = np.maximum(wanted[:, t] - there, 0)
        fewer[:, t] = np.maximum(there - wanted[:, t], 0)
        heads = heads * (np.minimum(wanted[:, t], there) / np.maximum(there, 1e-12))[:, None, None]
        heads = heads + entering[:, t, None, None] * profile
    return StaffPace(entering, fewer)


def trained(admitted: np.ndarray, lag: float, odds: np.ndarray) -> np.ndarray:
    """Those who practise after training: (draw, year). admitted: (year,) or (draw, year); odds: (draw,), who finish and stay."""
    admitted = np.broadcast_to(np.asarray(admitted, dtype=float), (len(odds), np.shape(admitted)[-1]))
    return delayed(admitted, np.full(len(odds), lag)) * odds[:, None]


def _a_year_on(heads: np.ndarray, kept: np.ndarray) -> np.ndarray:
    older = np.empty_like(heads)
    older[..., 0] = 0
    np.multiply(heads[..., :-1], kept[..., :-1], out=older[..., 1:])
    return older
