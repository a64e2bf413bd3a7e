"""Panels: many series of many indicators, in the long layout that `dabiao refit` and the benchmarks read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from forecasts import scales
from forecasts.calibration import Constants
from forecasts.combination import better_alone, with_theta
from forecasts.histories import Group, Histories, histories
from forecasts.pooled import Predictive, predict

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("unique_id", "indicator", "region", "kind", "unit", "ds", "y")
KINDS = ("pct", "rate", "count", "years")
FLOOR = 1e-8  # variance of a yearly change on the log or logit scale: one hundredth of a percent


@dataclass(frozen=True)
class Table:
    """One indicator of a panel. ids, regions: (series,). years: without gaps. values: (series, year), NaN unknown."""

    indicator: str
    kind: str
    ids: tuple[str, ...]
    regions: tuple[str, ...]
    years: tuple[int, ...]
    values: np.ndarray


def read_panel(path: str | Path) -> pd.DataFrame:
    """A panel from CSV (also .gz): unique_id, indicator, region, kind, unit, ds, y; further columns are ignored.

    Raises ValueError listing every fault: columns that are missing, years or values that are no numbers, doubled rows.
    """
    import pandas as pd

    frame = pd.read_csv(path, dtype={name: str for name in COLUMNS[:5]})
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise ValueError(f"{path} lacks the column(s) {', '.join(missing)}; a panel has {', '.join(COLUMNS)}.")
    frame = frame[list(COLUMNS)].copy()
    faults = []
    for name in ("ds", "y"):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        wrong = frame.index[numbers.isna() & frame[name].notna()]
        faults += [f"row {i + 2}, column {name}: {frame[name][i]!r} is no number" for i in wrong[:20]]
        frame[name] = numbers
    frame = frame.dropna(subset=["ds", "y"])
    frame["ds"] = frame["ds"].astype(int)
    doubled = frame.index[frame.duplicated(["unique_id", "ds"])]
    faults += [f"row {i + 2}: {frame['unique_id'][i]} has a second value for {frame['ds'][i]}" for i in doubled[:20]]
    if faults:
        raise ValueError(f"{path} has faults:\n" + "\n".join(faults))
    if frame.empty:
        raise ValueError(f"{path} holds no values.")
    return frame


def tables(panel: pd.DataFrame) -> list[Table]:
    """The panel as one table per indicator, in the order of their names."""
    found = []
    for indicator, rows in panel.groupby("indicator", sort=True):
        wide = rows.pivot(index="unique_id", columns="ds", values="y").sort_index()
        years = tuple(range(int(wide.columns.min()), int(wide.columns.max()) + 1))
        regions = rows.groupby("unique_id")["region"].first().reindex(wide.index)
        found.append(
            Table(
                str(indicator),
                str(rows["kind"].iloc[0]),
                tuple(map(str, wide.index)),
                tuple(map(str, regions)),
                years,
                wide.reindex(columns=years).to_numpy(dtype=float),
            )
        )
    return found


def group_of(
    values: np.ndarray, scale: scales.Scale, compare_levels: bool, breaks: tuple[tuple[int, ...], ...] | None = None
) -> Group:
    """Series in the unit, (series, year), as a Group on `scale`. compare_levels: whether one level can pull another."""
    known = np.isfinite(values)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    latest = np.take_along_axis(values, last[:, None], axis=1)[:, 0]
    levels = np.full(len(values), np.nan)
    if compare_levels and len(values):
        levels = scales.common_levels(scale, latest, float(np.nanmedian(np.maximum(latest, 0.0))))
    return Group(scale.forward(values), levels, tuple(breaks) if breaks else ((),) * len(values))


@dataclass(frozen=True)
class Past:
    """An indicator as it was known up to one year: what all its regions say together, ready for any target.

    rows: the series of the table with any value by then; values: (row, year). compare_levels: whether the level of one
    region can pull another (not for counts, since regions differ in size). floor: the least believable variance.
    """

    values: np.ndarray
    rows: np.ndarray
    scale: scales.Scale
    compare_levels: bool
    told: Histories
    floor: float


def past_of(table: Table, column: int, constants: Constants) -> Past:
    """The table as known up to and including `column`."""
    values = table.values[:, : column + 1]
    rows = np.flatnonzero(np.isfinite(values).any(axis=1))
    values = values[rows]
    scale = scales.panel_scale(table.kind, values)
    compare = table.kind != "count"
    floor = floor_of(scale, values)
    return Past(values, rows, scale, compare, histories(group_of(values, scale, compare), constants, floor), floor)


def floor_of(scale: scales.Scale, values: np.ndarray) -> float:
    """The least believable variance of a yearly change; on the plain scale relative to the level."""
    return FLOOR if scale.name != "plain" else FLOOR * float(np.nanmean(np.square(values))) + 1e-12


@dataclass(frozen=True)
class Part:
    """Some rows of a prediction with the scale that leads them back to the unit. rows: their positions."""

    rows: np.ndarray
    prediction: Predictive
    scale: scales.Scale


@dataclass(frozen=True)
class PredictiveDistribution:
    """What is said of several series, in parts, because a lone series is forecast on another scale than one with peers."""

    parts: tuple[Part, ...]

    @property
    def prediction(self) -> Predictive:
        """The prediction where there is one part only."""
        (part,) = self.parts
        return part.prediction

    @property
    def scale(self) -> scales.Scale:
        """The scale where there is one part only."""
        (part,) = self.parts
        return part.scale

    def _joined(self, pieces: list[np.ndarray]) -> np.ndarray:
        joined = np.empty((sum(len(part.rows) for part in self.parts), *pieces[0].shape[1:]))
        for part, piece in zip(self.parts, pieces, strict=True):
            joined[part.rows] = piece
        return joined

    def quantiles(self, levels: ArrayLike) -> np.ndarray:
        """In the unit: (series, year, level)."""
        return self._joined([part.scale.inverse(part.prediction.quantiles(levels)) for part in self.parts])

    def misses(self, future: np.ndarray) -> np.ndarray:
        """Truth less centre in units of the scale of the prediction: (series, year)."""
        return self._joined(
            [
                (part.scale.forward(future[part.rows]) - part.prediction.centre) / part.prediction.scale
                for part in self.parts
            ]
        )

    def chance(self, year: int, thresholds: np.ndarray, at_least: bool, steps: np.ndarray) -> np.ndarray:
        """Chance that the value in the year at that position is at least (or at most) the thresholds: (series,).

        steps: (series,), the unit values are rounded to, 0 if unknown. A rounded value meets the target from half a
        unit below the first reportable value that does.
        """
        unit = np.where(steps > 0, steps, 1.0)
        if at_least:
            edge = np.where(steps > 0, np.ceil(thresholds / unit - 1e-9) * unit - unit / 2, thresholds)
        else:
            edge = np.where(steps > 0, np.floor(thresholds / unit + 1e-9) * unit + unit / 2, thresholds)
        below = self._joined([_below(part, year, edge[part.rows]) for part in self.parts])
        return 1 - below if at_least else below


def _below(part: Part, year: int, edge: np.ndarray) -> np.ndarray:
    chance = part.prediction.below(year, part.scale.forward(edge[:, None])[:, 0])
    return np.where(edge <= part.scale.low, 0.0, np.where(edge >= part.scale.high, 1.0, chance))


def said(prediction: Predictive, scale: scales.Scale) -> PredictiveDistribution:
    """An Ahead of one part."""
    return PredictiveDistribution((Part(np.arange(len(prediction.centre)), prediction, scale),))


def newest(values: np.ndarray, points: int | None) -> np.ndarray:
    """Each series with its newest `points` values only, the rest NaN; all of them when None."""
    if points is None:
        return values
    seen = np.cumsum(np.isfinite(values)[:, ::-1], axis=1)[:, ::-1]
    return np.where(seen <= points, values, np.nan)


def ahead_of(
    past: Past, rows: np.ndarray, points: int | None, ahead: tuple[int, ...], constants: Constants
) -> PredictiveDistribution:
    """Some rows of the table, each seen with its newest `points` values, beside the whole histories of the others.

    Rows that the combination rule calls lone are forecast on their own.
    """
    place = np.full(int(past.rows.max()) + 1, -1)
    place[past.rows] = np.arange(len(past.rows))
    skip = place[rows]
    own = newest(past.values[skip], points)
    moved = np.isfinite(past.told.changes).any(axis=1)
    lone = better_alone(np.isfinite(own).sum(axis=1), moved.sum() - moved[skip])
    parts = []
    if lone.any():
        (part,) = alone(own[lone], past.scale.low, past.scale.high, ((),) * lone.sum(), ahead, constants).parts
        parts.append(Part(np.flatnonzero(lone), part.prediction, part.scale))
    if not lone.all():
        kept = np.flatnonzero(~lone)
        scale = scales.Scale(past.scale.name, past.scale.low, past.scale.high, scales.log_start(own[kept]))
        targets = Group(scale.forward(own[kept]), past.told.group.levels[skip[kept]], ((),) * len(kept))
        usual = constants.lone_variance * scales.relative_step(scale, scales.LOG_START) ** 2
        latest = own[kept][np.arange(len(kept)), targets.last()]
        rounding = scales.rounding_variance(scale, latest, scales.rounding_steps(own[kept]))
        prediction = predict(targets, past.told, skip[kept], ahead, constants, past.floor, usual, rounding)
        parts.append(Part(kept, prediction, scale))
    return PredictiveDistribution(tuple(parts))


def ahead_alone(kind: str, values: np.ndarray, ahead: tuple[int, ...], constants: Constants) -> PredictiveDistribution:
    """Series, (series, year), each on its own: no peers, only what is usual for such indicators."""
    natural = scales.panel_scale(kind, values)
    return alone(values, natural.low, natural.high, ((),) * len(values), ahead, constants)


def alone(
    values: np.ndarray,
    low: float,
    high: float,
    breaks: tuple[tuple[int, ...], ...],
    ahead: tuple[int, ...],
    constants: Constants,
    steps: np.ndarray | None = None,
) -> PredictiveDistribution:
    """Series without peers, (series, year) in the unit, inside their natural range.

    steps: (series,), the units they are rounded to; read off their decimals when None.
    """
    scale = scales.lone_scale(values, low, high, constants.lone_start)
    relative = scales.relative_step(scale, constants.lone_start) ** 2
    nobody = histories(Group(np.zeros((0, values.shape[1])), np.zeros(0), ()), constants, FLOOR)
    targets = Group(scale.forward(values), np.full(len(values), np.nan), breaks)
    latest = values[np.arange(len(values)), targets.last()]
    rounding = scales.rounding_variance(scale, latest, scales.rounding_steps(values) if steps is None else steps)
    skip, lone = np.full(len(values), -1), np.ones(len(values), dtype=bool)
    usual = constants.lone_variance * relative
    prediction = predict(targets, nobody, skip, ahead, constants, FLOOR * relative, usual, rounding)
    return said(with_theta(prediction, values, scale, ahead, lone, constants), scale)
