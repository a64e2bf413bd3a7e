"""Deliveries: counts under somebody's hand (build 80, add 5,000, hold three rounds) as arrivals that go on.

A count to date and the pace of the years behind it say what is left and how fast it comes. What arrives in a year is a
negative binomial around the own pace: its mean is known as far as the years seen tell, years differ by more than chance,
and deliveries of a plan come late in it, so the years ahead are drawn somewhat busier than those behind.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Judged, until documents that print yearly counts of a promise are many enough to learn from: yearly counts of one programme
# differ by a third, and the later years of a five-year plan deliver a tenth more than the earlier, give or take a fifth.
YEARLY_SD = 0.35  # of the log of a year's mean
LATE_LOADING = (0.10, 0.20)  # of the log: mean and standard deviation
PRIOR_EVENTS = 0.5  # before any year is seen: half an event
PRIOR_YEARS = 0.25


def pace_draws(increments: Sequence[float], draws: int, rng: np.random.Generator) -> np.ndarray:
    """The mean yearly count, as far as the years seen tell: (draw,).

    increments: counts of single years, none negative. A gamma of the events seen and PRIOR_EVENTS, widened by how far
    years differ.

    >>> bool(pace_draws([0, 0, 0, 0, 0, 0, 0], 1000, np.random.default_rng(1)).mean() < 0.2)
    True
    """
    seen = np.asarray(increments, dtype=float)
    if not len(seen) or (seen < 0).any():
        raise ValueError(
            f"A pace needs the counts of one or more years, none of them negative; found {list(increments)}."
        )
    mean = rng.gamma(PRIOR_EVENTS + seen.sum(), 1 / (PRIOR_YEARS + len(seen)), draws)
    # A gamma of thousands of events is sharper than years are alike.
    return mean * np.exp(YEARLY_SD / np.sqrt(len(seen)) * rng.standard_normal(draws))


def arrivals(pace: np.ndarray, years: int, rng: np.random.Generator, late: bool = True) -> np.ndarray:
    """What arrives in each of the years ahead: (draw, year). pace: (draw,), the mean yearly count."""
    draws = len(pace)
    loading = LATE_LOADING[0] + LATE_LOADING[1] * rng.standard_normal((draws, 1)) if late else 0.0
    yearly = np.exp(loading + YEARLY_SD * rng.standard_normal((draws, years)) - YEARLY_SD**2 / 2)
    return rng.poisson(np.clip(pace[:, None] * yearly, 0, 1e12)).astype(float)


def cumulative(
    known: dict[int, float], start: int, to: int, draws: int, rng: np.random.Generator
) -> tuple[tuple[int, ...], np.ndarray]:
    """A count to date carried on: the years after the last known, and paths (draw, year) that never fall.

    known: counts to date by year, at year ends; start: the year end at which the count stood at nought, for one value alone.
    Raises ValueError where nothing is known or the last known year is not before `to`.

    >>> years, paths = cumulative({2023: 40.0}, 2022, 2025, 2000, np.random.default_rng(1))
    >>> years, bool(90 < np.median(paths[:, -1]) < 170)
    ((2024, 2025), True)
    """
    steps = yearly_steps(known, start)
    last = max(known)
    years = tuple(range(last + 1, to + 1))
    if not years:
        raise ValueError(f"The count is known to {last} already, not before {to}.")
    coming = arrivals(pace_draws(steps, draws, rng), len(years), rng)
    return years, known[last] + np.cumsum(coming, axis=1)


def yearly(
    known: dict[int, float], to: int, draws: int, rng: np.random.Generator
) -> tuple[tuple[int, ...], np.ndarray]:
    """Counts of single years carried on: the years after the last known, and paths (draw, year).

    The mean wanders, so that years far ahead are less sure than the next.
    """
    last = max(known)
    years = tuple(range(last + 1, to + 1))
    if not years:
        raise ValueError(f"The count is known to {last} already, not before {to}.")
    recent = [known[y] for y in sorted(known)][-5:]
    pace = pace_draws(recent, draws, rng)
    wander = np.cumsum(YEARLY_SD / 2 * rng.standard_normal((draws, len(years))), axis=1)
    coming = [arrivals(pace * np.exp(wander[:, i]), 1, rng, late=False)[:, 0] for i in range(len(years))]
    return years, np.stack(coming, axis=1)


def yearly_steps(known: dict[int, float], start: int) -> list[float]:
    """Counts of single years behind counts to date; a gap of several years is shared out evenly.

    >>> yearly_steps({2021: 3.0, 2023: 9.0}, 2020)
    [3.0, 3.0, 3.0]
    """
    years = sorted(known)
    points = [(start, 0.0)] if start < years[0] else []
    points += [(y, known[y]) for y in years]
    found: list[float] = []
    for (y0, v0), (y1, v1) in zip(points, points[1:], strict=False):
        found += [max(v1 - v0, 0.0) / (y1 - y0)] * (y1 - y0)
    return found
