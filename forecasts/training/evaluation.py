"""Evaluation: what a method said in every window of a panel, scored, with each family of indicators left out in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from forecasts.calibration import Constants
from forecasts.predictive import PredictiveDistribution
from forecasts.scales import rounding_steps
from forecasts.training import scores
from forecasts.training.backtest import HORIZON, TRAINING, Windows, pseudo_targets
from forecasts.training.backtest_cache import AHEAD, Ledger
from forecasts.training.families import families
from forecasts.training.panels import ahead_single, chance
from forecasts.training.refit import learn


@dataclass(frozen=True)
class BacktestResult:
    """What one method said in all windows of one length.

    indicators: (window,). origins: (window,), the last year seen. quantiles: (window, year, level); truth: (window,
    year); size: (window,). chances, outcome: (window, target) of the pseudo-targets.
    """

    method: str
    points: int
    indicators: np.ndarray
    origins: np.ndarray
    quantiles: np.ndarray
    truth: np.ndarray
    size: np.ndarray
    chances: np.ndarray
    outcome: np.ndarray

    def measures(self) -> np.ndarray:
        """scores.MEASURES of each window: (window, measure)."""
        return scores.score(self.quantiles, self.truth, self.size)


def chances_of(ahead: PredictiveDistribution, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Stated chances of the pseudo-targets and the outcome: two arrays (window, target)."""
    steps = rounding_steps(windows.training)
    cases = [
        (chance(ahead, years - 1, thresholds, at_least, steps), outcome)
        for years, thresholds, at_least, outcome in pseudo_targets(windows)
    ]
    return _side_by_side(cases)


def normal_chances(quantiles: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """The same from quantiles alone, read as a normal with their median and the width of their 80 % interval."""
    middle = quantiles[..., 3]
    spread = np.maximum((quantiles[..., 5] - quantiles[..., 1]) / (2 * special.ndtri(0.9)), 1e-12)
    cases = []
    for years, thresholds, at_least, outcome in pseudo_targets(windows):
        below = special.ndtr((thresholds - middle[:, years - 1]) / spread[:, years - 1])
        cases.append((1 - below if at_least else below, outcome))
    return _side_by_side(cases)


def _side_by_side(cases: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    stated, outcome = zip(*cases, strict=True)
    return np.stack(stated, axis=1), np.stack(outcome, axis=1)


Forecasts = tuple[np.ndarray, np.ndarray, np.ndarray]  # quantiles, chances, outcome
Forecaster = Callable[[Windows], Forecasts]


def recorded(method: str, points: int, batches: Iterable[Windows], say: Forecaster) -> BacktestResult:
    """Ask a method for every batch of windows of one length."""
    found = []
    for batch in batches:
        quantiles, chances, outcome = say(batch)
        count = len(batch.rows)
        found.append(
            (
                np.full(count, batch.table.indicator, dtype=object),
                np.full(count, batch.table.years[batch.column]),
                quantiles,
                batch.future,
                batch.size,
                chances,
                outcome,
            )
        )
    return BacktestResult(method, points, *(np.concatenate(part) for part in zip(*found, strict=True)))


def by_pooled(ledger: Ledger, constants: dict[str, Constants]) -> Forecaster:
    """The pooled model with the constants learned without the indicator's family."""

    def say(batch: Windows) -> Forecasts:
        ahead = ledger.ahead(batch, constants[batch.table.indicator])
        return ahead.quantiles(scores.LEVELS), *chances_of(ahead, batch)

    return say


def by_single(constants: dict[str, Constants]) -> Forecaster:
    """The model of a lone series: nothing but the window's own points."""

    def say(batch: Windows) -> Forecasts:
        ahead = ahead_single(batch.table.kind, batch.training, AHEAD, constants[batch.table.indicator])
        return ahead.quantiles(scores.LEVELS), *chances_of(ahead, batch)

    return say


def by_quantiles(quantiles_of: Callable[[np.ndarray], np.ndarray]) -> Forecaster:
    """A method known by its quantiles: (window, points) -> (window, HORIZON, LEVELS); held to the natural range."""

    def say(batch: Windows) -> Forecasts:
        high = 100.0 if batch.table.kind == "pct" and np.nanmax(batch.table.values) <= 100 else np.inf
        low = 0.0 if np.nanmin(batch.table.values) >= 0 else -np.inf
        quantiles = np.clip(quantiles_of(batch.training), low, high)
        return quantiles, *normal_chances(quantiles, batch)

    return say


def learned_without_family(ledger: Ledger) -> dict[str, Constants]:
    """For each indicator that can be scored, the constants that the other families teach.

    Raises ValueError where all of them are one family, so that nobody is left to learn from.
    """
    family = families(list(ledger.tables.values()))
    scored = ledger.scored()
    if len({family[name] for name in scored}) < 2:
        raise ValueError(f"The {len(scored)} indicators that can be scored are one family: none can be left out.")
    found: dict[str, Constants] = {}
    for number in sorted({family[name] for name in scored}):
        others = [name for name in scored if family[name] != number]
        constants = learn(ledger, others, TRAINING)
        found |= {name: constants for name in scored if family[name] == number}
    return found


def table_of(record: BacktestResult) -> dict:
    """The measures of a record, indicators counting equally, with Brier and calibration error of its chances."""
    _, by_indicator = scores.mean_by(record.indicators, record.measures())
    means = dict(zip(scores.MEASURES, by_indicator.mean(axis=0).tolist(), strict=True))
    _, brier = scores.mean_by(record.indicators, scores.brier(record.chances, record.outcome).mean(axis=1))
    means["Brier"] = float(brier.mean())
    means["calibration"] = scores.calibration_error(record.chances.ravel(), record.outcome.ravel())
    return means | {"windows": len(record.size)}


def by_indicator(record: BacktestResult) -> dict[str, dict]:
    """The measures of a record for each indicator."""
    names, means = scores.mean_by(record.indicators, record.measures())
    return {name: dict(zip(scores.MEASURES, row, strict=True)) for name, row in zip(names, means.tolist(), strict=True)}


def by_horizon(record: BacktestResult) -> list[dict]:
    """Cover of the 80 and 95 % interval in each year ahead, indicators counting equally."""
    found = []
    for year in range(HORIZON):
        q, truth = record.quantiles[:, year], record.truth[:, year]
        inside = np.stack(
            [(truth >= q[:, low]) & (truth <= q[:, high]) for low, high in ((1, 5), (0, 6))], axis=1
        ).astype(float)
        _, means = scores.mean_by(record.indicators, inside)
        found.append({"years ahead": year + 1, "cover80": means[:, 0].mean(), "cover95": means[:, 1].mean()})
    return found
