"""The ledger of a refit: all windows of a panel, and what each set of constants said of them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from forecasts.calibration import Constants
from forecasts.predictive import PredictiveDistribution
from forecasts.training import scores
from forecasts.training.backtest import HORIZON, TRAINING, Windows, windows
from forecasts.training.panels import Past, Table, ahead_of, ahead_single, misses, past_of

POINTS = (1, 2, 3, 5, 8, 12, 18)  # lengths at which the spread is calibrated
AHEAD = tuple(range(1, HORIZON + 1))


class Ledger:
    """The windows of a panel, and what each set of constants scored on them: nothing is worked out twice."""

    def __init__(self, panel: list[Table]):
        self.tables = {table.indicator: table for table in panel}
        self.windows = {(table.indicator, n): windows(table, n) for table in panel for n in POINTS}
        self._pasts: dict[tuple, Past] = {}
        self._losses: dict[tuple[str, Constants], np.ndarray] = {}

    def past(self, table: Table, column: int, constants: Constants) -> Past:
        """What was known at an origin; kept for all constants that leave it as it is."""
        key = (table.indicator, column, constants.loading, constants.prior_weight, constants.prior_scale,
               constants.candidates)  # fmt: skip
        if key not in self._pasts:
            self._pasts[key] = past_of(table, column, constants)
        return self._pasts[key]

    def scored(self) -> list[str]:
        """The indicators with at least one window, by name."""
        return sorted(name for name in self.tables if any(self.windows[name, n] for n in TRAINING))

    def forget_pasts(self) -> None:
        """Let go of what was known at the origins; scores are kept."""
        self._pasts.clear()

    def ahead(self, window: Windows, constants: Constants) -> PredictiveDistribution:
        """The pooled prediction of one batch of windows."""
        past = self.past(window.table, window.column, constants)
        return ahead_of(past, window.rows, window.points, AHEAD, constants)

    def loss(self, indicator: str, constants: Constants) -> np.ndarray:
        """WQL of one indicator by length of training: (TRAINING,), NaN where there is no window."""
        key = (indicator, constants)
        if key not in self._losses:
            found = []
            for n in TRAINING:
                batches = self.windows[indicator, n]
                each = [
                    scores.score(self.ahead(w, constants).quantiles(scores.LEVELS), w.future, w.size) for w in batches
                ]
                found.append(np.concatenate(each)[:, 0].mean() if each else np.nan)
            self._losses[key] = np.array(found)
        return self._losses[key]

    def losses(self, indicators: Collection[str], constants: Constants) -> np.ndarray:
        """WQL of each indicator, lengths of training counting equally: (indicator,)."""
        each = [self.loss(name, constants) for name in indicators]
        return np.array([loss[np.isfinite(loss)].mean() for loss in each])


def pooled_misses(
    ledger: Ledger, indicators: Collection[str], constants: Constants, lengths: Collection[int]
) -> dict[int, list[np.ndarray]]:
    """How far the pooled paths missed, in their own spread: by length of training, one array (window, year) an indicator."""
    found = {}
    for n in lengths:
        each = [[misses(ledger.ahead(w, constants), w.future) for w in ledger.windows[name, n]] for name in indicators]
        found[n] = [np.concatenate(batches) for batches in each if batches]
    return found


def single_windows(ledger: Ledger, indicator: str, points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Training, future and size of all windows of one length, whatever their origin."""
    batches = ledger.windows[indicator, points]
    if not batches:
        return None
    training, future, size = (
        np.concatenate([getattr(w, part) for w in batches]) for part in ("training", "future", "size")
    )
    return training, future, size


def single_misses(
    ledger: Ledger, indicators: Collection[str], constants: Constants, lengths: Collection[int]
) -> dict[int, list[np.ndarray]]:
    """As `pooled_misses`, each series forecast without its peers."""
    found = {}
    for n in lengths:
        cases = [(name, single_windows(ledger, name, n)) for name in indicators]
        found[n] = [
            misses(ahead_single(ledger.tables[name].kind, case[0], AHEAD, constants), case[1])
            for name, case in cases
            if case is not None
        ]
    return found
