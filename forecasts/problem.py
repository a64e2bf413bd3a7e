"""What a forecast model is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forecasts import scales
from forecasts.calibration import Constants
from forecasts.histories import Group
from forecasts.predictive import floor_of, group_of
from planning.indicators import Indicator
from planning.methods import MethodName
from planning.randomness import generator
from planning.series import Series

UNEQUAL = ("count", "cumulative")  # kinds whose level says how large a region is, so that levels do not compare


@dataclass(frozen=True)
class ForecastProblem:
    """A series as it may be used, what it may borrow from, and the years asked for.

    expected_events: events a year expected at the present level of a rare rate, one number or by year.
    """

    series: Series
    indicator: Indicator
    years: tuple[int, ...]
    peers: tuple[Series, ...]
    parent: Series | None
    expected_events: float | Mapping[int, float] | None
    draws: int
    seed: int
    constants: Constants

    def rng(self) -> np.random.Generator:
        """Randomness of this question alone: another region or indicator with the same seed draws other numbers."""
        return generator(self.seed, self.series.region, self.indicator.id)

    @property
    def ahead(self) -> tuple[int, ...]:
        """The years asked for, counted from the last usable value."""
        return tuple(year - self.series.years[-1] for year in self.years)


@dataclass(frozen=True)
class ChangeDecomposition:
    """What moved the middle of an outlook by its last year, in the unit, and how much of its variance is borrowed."""

    own: float = 0.0
    common: float = 0.0
    pull: float = 0.0
    borrowed: float = 0.0


@dataclass(frozen=True)
class ForecastResult:
    """Paths (draw, year) in the unit, how they were made, what moved them, and what had to be assumed on the way.

    notes: (Chinese, English) pairs.
    """

    paths: np.ndarray
    method: MethodName
    moves: ChangeDecomposition
    notes: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True)
class AlignedSeries:
    """The series (as its only target) beside its parent and peers, on the scale of the indicator."""

    scale: scales.Scale
    target: Group
    others: Group
    values: np.ndarray
    floor: float
    rounding: float


def aligned(question: ForecastProblem) -> AlignedSeries:
    """Lay the series, its peers and its parent side by side in the same years."""
    others = [*question.peers, *([question.parent] if question.parent else [])]
    everyone = [question.series, *others]
    first = min(series.years[0] for series in everyone)
    last = max(series.years[-1] for series in everyone)
    values = np.full((len(everyone), last - first + 1), np.nan)
    for row, series in enumerate(everyone):
        values[row, np.array(series.years) - first] = series.values
    indicator = question.indicator
    stretches = values.copy()
    for row, series in enumerate(everyone):
        stretches[row, : series.last_stretch().years[0] - first] = np.nan
    scale = scales.indicator_scale(indicator, stretches)
    breaks = tuple(tuple(b - first for b in series.breaks) for series in everyone)
    compare = indicator.kind not in UNEQUAL
    group = group_of(values, scale, compare, breaks)
    target = Group(group.scaled[:1], group.levels[:1], breaks[:1])
    wholes = (len(others) - 1,) if question.parent else ()
    rest = Group(group.scaled[1:], group.levels[1:], breaks[1:], wholes)
    rounding = rounding_of(question.series, scale.of([0]))
    floor = max(rounding if question.series.precision else 0.0, floor_of(scale, values))
    return AlignedSeries(scale.of([0]), target, rest, values[:1], floor, rounding)


def rounding_step(series: Series) -> float:
    """The unit the published values are rounded to: as declared, else read off their decimals.

    >>> rounding_step(Series("a", "x", "percent", (2020, 2021), (1.5, 2.0)))
    0.1
    """
    return series.precision or float(scales.rounding_steps(np.array([series.values]))[0])


def rounding_of(series: Series, scale: scales.Scale) -> float:
    """Variance that the rounding of the published values gives to a change, on the scale of the series."""
    step = np.array([rounding_step(series)])
    return float(scales.rounding_variance(scale, np.array(series.values[-1:]), step)[0])
