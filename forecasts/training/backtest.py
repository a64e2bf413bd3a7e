"""Back-tests: rolling windows over a panel, each forecast seeing only what was known at its origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecasts.training.panels import Table

TRAINING = (5, 8, 12)
HORIZON = 5
ORIGINS = 3
APART = 5


@dataclass(frozen=True)
class Windows:
    """Windows of one table with the same origin and length. rows: (window,) series of the table. column: the origin.

    training: (window, points). future: (window, HORIZON). size: (window,), mean absolute yearly change of the series.
    """

    table: Table
    column: int
    points: int
    rows: np.ndarray
    training: np.ndarray
    future: np.ndarray
    size: np.ndarray


def yearly_size(values: np.ndarray) -> np.ndarray:
    """Mean absolute yearly change of each series over all its years: (series, year) -> (series,).

    >>> yearly_size(np.array([[1.0, 3.0, 2.0]]))
    array([1.5])
    """
    changes = np.abs(np.diff(values, axis=1))
    known = np.isfinite(changes)
    return np.where(known, changes, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def windows(table: Table, points: int, horizon: int = HORIZON, origins: int = ORIGINS) -> list[Windows]:
    """Rolling windows of `points` training years and `horizon` test years: at most `origins` a series, five years apart.

    The newest origin leaves `horizon` years to test. A window needs every one of its years; a series that never changes
    cannot be scored in units of its change and is left out.
    """
    size = yearly_size(table.values)
    at: dict[int, list[int]] = defaultdict(list)
    for row, values in enumerate(table.values):
        known = np.flatnonzero(np.isfinite(values))
        for step in range(origins):
            place = len(known) - horizon - APART * step - 1
            if place < points - 1 or size[row] == 0:
                break
            column = int(known[place])
            if known[place + horizon] - known[place - points + 1] == points + horizon - 1:
                at[column].append(row)
    found = []
    for column, rows in sorted(at.items()):
        chosen = np.array(rows)
        training = table.values[chosen, column - points + 1 : column + 1]
        future = table.values[chosen, column + 1 : column + 1 + horizon]
        found.append(Windows(table, column, points, chosen, training, future, size[chosen]))
    return found


PSEUDO_TARGETS = ((-1.0, False), (-0.5, False), (0.25, True), (0.5, True), (1.0, True))
TARGET_YEARS = (3, 5)


def pseudo_targets(windows: Windows) -> Iterator[tuple[int, np.ndarray, bool, np.ndarray]]:
    """Targets to judge in each window: (years ahead, thresholds (window,), at_least, outcome (window,)).

    The last value plus c times the mean absolute yearly change times half the years ahead.
    """
    for years in TARGET_YEARS:
        truth = windows.future[:, years - 1]
        for c, at_least in PSEUDO_TARGETS:
            thresholds = windows.training[:, -1] + c * windows.size * years / 2
            outcome = truth >= thresholds if at_least else truth <= thresholds
            yield years, thresholds, at_least, outcome.astype(float)
