"""Printed targets as evidence of a level: who promises 5 by 2025 stands below it, and not far.

A target of an area enters as a measurement of its level in the year in which it was set, moved back by the usual distance
between targets and the levels they were set from. Offset and spread are learned from documents that print both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasts.nested.measurements import Measurement, Path
from forecasts.nested.scale import TreeScale

LONG = 4  # years from which a target is one of a five-year plan, not of a year's work
# Judged, until a folder prints more than FEWEST bases: a plan raises a rate by a sixth in five years, give or take as much.
USUAL = {False: (0.06, 0.12), True: (0.16, 0.20)}  # by long horizon: offset and spread on the log scale
FEWEST = 8
LOGIT = 1.5  # the same step on a logit scale, in the middle of the range, is wider by this


@dataclass(frozen=True)
class Promise:
    """A printed target. base_value, base_year: the level it was set from, where the document prints it."""

    path: Path
    year: int
    value: float
    set_in: int
    better_up: bool = True
    base_value: float | None = None
    base_year: int | None = None
    unit: float = 0.0


@dataclass(frozen=True)
class Distance:
    """How far targets lie from the level they are set from, towards better, on the scale: offset and spread by horizon."""

    offset: tuple[float, float]
    spread: tuple[float, float]
    bases: tuple[int, int]

    def at(self, horizon: int) -> tuple[float, float]:
        """Offset and standard deviation of a target `horizon` years ahead."""
        long = horizon >= LONG
        return self.offset[long], self.spread[long]


def learned_distance(promises: Iterable[Promise], scale: TreeScale) -> Distance:
    """Offset and spread from the promises that print a base, shrunk to USUAL as if by FEWEST of those.

    Only targets that mean to change the level teach: one equal to its base is a promise to keep it.
    """
    found: dict[bool, list[float]] = {False: [], True: []}
    for p in promises:
        if p.base_value is None or p.base_value <= 0 or p.value == p.base_value:
            continue
        step = float(scale.forward(p.value) - scale.forward(p.base_value)) * (1 if p.better_up else -1)
        found[p.year - (p.base_year or p.set_in) >= LONG].append(step)
    offset, spread, bases = [], [], []
    for long in (False, True):
        widen = LOGIT if scale.name == "logit" else 1.0
        usual, usual_spread = (widen * x for x in USUAL[long])
        steps = np.array(found[long])
        count = len(steps)
        middle = float(np.median(steps)) if count else usual
        around = float(np.mean((steps - middle) ** 2)) if count else usual_spread**2
        weight = count / (count + FEWEST)
        offset.append(weight * middle + (1 - weight) * usual)
        spread.append(float(np.sqrt(weight * around + (1 - weight) * usual_spread**2)))
        bases.append(count)
    return Distance((offset[0], offset[1]), (spread[0], spread[1]), (bases[0], bases[1]))


def target_measurements(
    promises: Iterable[Promise], scale: TreeScale, distance: Distance | None = None
) -> list[Measurement]:
    """Promises as measurements: of the base where it is printed, else of the level in the year the target was set.

    >>> (m,) = target_measurements([Promise(("a",), 2025, 5.0, 2020)], TreeScale("log"))
    >>> m.year, round(m.value, 2), round(m.noise, 2)
    (2020, 4.26, 0.2)
    """
    promises = list(promises)
    distance = distance or learned_distance(promises, scale)
    found = []
    for p in promises:
        if p.base_value is not None and p.base_year is not None:
            found.append(Measurement(p.path, p.base_year, p.base_value, p.unit, 0.0, "base of a printed target"))
            continue
        offset, spread = distance.at(p.year - p.set_in)
        level = scale.inverse(scale.forward(p.value) - offset * (1 if p.better_up else -1))
        found.append(Measurement(p.path, p.set_in, float(level), p.unit, spread, "printed target"))
    return found
