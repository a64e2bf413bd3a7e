"""Figures that are counted: rates of rare events.

A district with no maternal death in a year has not conquered maternal death. Its rate is a count over expected births,
so the level is learned from counts, with the other regions as prior, the trend from the other regions' common path, and
the published figures of the future are counts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecasts.problem import ForecastProblem, ForecastResult, aligned
from forecasts.trend import drawn, moves_of, predicted
from planning.methods import Method

FADING = 0.85  # what a count still says of the level one year later. An assumption
PRIOR_EVENTS = 2.0  # events that the other regions' level counts for, at their median. An assumption
FEWEST_EVENTS = 1e-3


@dataclass(frozen=True)
class Level:
    """Gamma distribution of the present rate, in the unit. shape: events behind it."""

    shape: float
    mean: float


def negative_binomial(question: ForecastProblem) -> ForecastResult:
    """Paths of published rates: the level drawn, moved by the common trend, then counted.

    Poisson given the rate, with more variation from year to year where the region's own counts show it.
    """
    exposure = exposures(question)
    dispersion = overdispersion(question, exposure)
    level = present_level(question, exposure)
    once = replace(
        question, series=replace(question.series, years=question.series.years[-1:], values=(level.mean,), breaks=())
    )
    side = aligned(once)
    ahead = predicted(once, side)
    rng = question.rng()
    trend = drawn(ahead, question)
    uncertain = rng.gamma(level.shape, 1 / level.shape, size=(question.draws, 1))
    yearly = np.ones_like(trend)
    if dispersion > 0:
        yearly = rng.gamma(1 / dispersion, dispersion, size=trend.shape)
    at_risk = np.array([exposure[year] for year in question.years])
    counts = rng.poisson(np.minimum(trend * uncertain * yearly * at_risk, 1e15))
    paths = np.clip(counts / at_risk, side.scale.low, side.scale.high)
    moves = moves_of(ahead)
    moves = replace(moves, own=moves.own + level.mean - question.series.values[-1])
    return ForecastResult(paths, Method.COUNTS.named(), moves)


def exposures(question: ForecastProblem) -> dict[int, float]:
    """Events per unit of the rate, for the years observed and asked for.

    Derived from `expected_events` at the level of the series, its mean since the newest break; where that is zero, at
    the mean of the peers and the parent. Raises ValueError where neither is above zero or no number of events is given.
    """
    if question.expected_events is None:
        raise ValueError(
            f"{question.indicator.id} for {question.series.region}: a model of counts needs expected_events, the events "
            "expected a year at the present level (rate times births, divided by the unit's base)."
        )
    others = [*question.peers, *([question.parent] if question.parent else [])]
    own = float(np.mean(question.series.last_stretch().values))
    level = own if own > 0 else float(np.mean([s.values[-1] for s in others])) if others else 0.0
    if level <= 0:
        raise ValueError(
            f"{question.indicator.id} for {question.series.region}: every value is zero and no peer has one above it, "
            "so the number of expected events cannot be turned into an exposure."
        )
    given = question.expected_events
    years = (*question.series.years, *question.years)
    if not isinstance(given, Mapping):
        return {year: max(float(given), FEWEST_EVENTS) / level for year in years}
    if not given:
        raise ValueError(f"{question.indicator.id} for {question.series.region}: expected_events names no year.")
    known = sorted(given)
    return {
        year: max(float(np.interp(year, known, [given[k] for k in known])), FEWEST_EVENTS) / level for year in years
    }


def present_level(question: ForecastProblem, exposure: dict[int, float]) -> Level:
    """The rate at the last value: faded counts of the region, and the other regions' median as prior."""
    stretch = question.series.last_stretch()
    others = [*question.peers, *([question.parent] if question.parent else [])]
    levels = [series.values[-1] for series in others if series.values[-1] > 0]
    usual = float(np.median(levels)) if levels else 0.0
    last = stretch.years[-1]
    weights = [FADING ** (last - year) for year in stretch.years]
    events = sum(w * v * exposure[y] for w, v, y in zip(weights, stretch.values, stretch.years, strict=True))
    at_risk = sum(w * exposure[y] for w, y in zip(weights, stretch.years, strict=True))
    if usual > 0:
        events, at_risk = events + PRIOR_EVENTS, at_risk + PRIOR_EVENTS / usual
    else:
        events = events + 0.5  # the Jeffreys prior of a Poisson rate
    return Level(events, events / at_risk)


def overdispersion(question: ForecastProblem, exposure: dict[int, float]) -> float:
    """Squared coefficient of variation of the yearly rate beyond Poisson, by moments around the mean of own counts."""
    stretch = question.series.last_stretch()
    if len(stretch) < 3:
        return 0.0
    expected = np.array([exposure[year] for year in stretch.years])
    counts = np.array(stretch.values) * expected
    mean = counts.sum() / expected.sum() * expected
    if mean.min() <= 0:
        return 0.0
    beyond = ((counts - mean) ** 2 - mean).sum() / (mean**2).sum()
    return float(np.clip(beyond, 0.0, 1.0))
