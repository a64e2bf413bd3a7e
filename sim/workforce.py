"""Doctors as people with ages: they are trained, they move, they grow older, they retire.

The stock is kept in five-year age groups from 25-29 to 60-64 and 65+. No plan region publishes its doctors' ages, so the
shape is an assumption; the number and the growth come from what is published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AGES = (25, 30, 35, 40, 45, 50, 55, 60, 65)
# Shares of general practitioners by age, a stock built up quickly since 2010. An assumption that the report lists.
SHAPE = np.array([0.09, 0.16, 0.19, 0.19, 0.16, 0.11, 0.06, 0.03, 0.01])
# Yearly chance to leave the job other than by retiring, by age: higher among the young. An assumption.
LEAVING = np.array([0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.02, 0.05])
ENTRY = np.array([0.55, 0.30, 0.10, 0.05, 0, 0, 0, 0, 0])


@dataclass(frozen=True)
class StaffFlow:
    """A stock of staff over the years. heads: (draw, year, age group) at year ends; entered, left: (draw, year)."""

    years: tuple[int, ...]
    heads: np.ndarray
    entered: np.ndarray
    left: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.heads.sum(-1)


def retirement_age(year: int) -> float:
    """The mean statutory retirement age of doctors, half of them women (cadres).

    Men 60 and women 55 until 2024; from 2025 rising by equal steps to 63 and 58 in 2039 (decision of the Standing
    Committee of the National People's Congress, 13 September 2024).
    """
    step = min(max(year - 2024, 0), 15) / 15 * 3
    return 57.5 + step


def leaving_by_age(year: int, extra: float = 0.0) -> np.ndarray:
    """The share of each age group that leaves or retires in a year: (age group,). extra adds to the leaving of all."""
    lows = np.array(AGES, dtype=float)
    age = retirement_age(year)
    retiring = np.clip((lows + 5 - age) / 5, 0, 1) * 0.35
    return np.clip(LEAVING + extra + retiring, 0, 1)


def run_staff(start: np.ndarray, entering: np.ndarray, years: tuple[int, ...], extra_leaving: float = 0.0) -> StaffFlow:
    """Staff year by year: leave or retire, grow older, enter. start: (draw, age group); entering: (draw, year), heads."""
    heads = np.asarray(start, dtype=float)
    stock = np.empty((*entering.shape, len(AGES)))
    left = np.empty(entering.shape)
    for t, year in enumerate(years):
        going = heads * leaving_by_age(year, extra_leaving)
        left[:, t] = going.sum(-1)
        heads = heads - going
        older = heads / 5
        older[:, -1] = 0
        heads = heads - older
        heads[:, 1:] += older[:, :-1]
        heads = heads + entering[:, t, None] * ENTRY
        stock[:, t] = heads
    return StaffFlow(tuple(years), stock, np.asarray(entering, dtype=float), left)


def entering_for(wanted: np.ndarray, start: np.ndarray, years: tuple[int, ...]) -> np.ndarray:
    """The entries a year that bring the stock to `wanted` (draw, year), never fewer than none. start: (draw, age group)."""
    entering = np.zeros(wanted.shape)
    heads = np.asarray(start, dtype=float)
    for t, year in enumerate(years):
        after = run_staff(heads, np.zeros((len(heads), 1)), (year,))
        entering[:, t] = np.maximum(wanted[:, t] - after.total[:, 0], 0)
        heads = after.heads[:, 0] + entering[:, t, None] * ENTRY
    return entering
