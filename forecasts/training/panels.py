"""Panels: many series of many indicators, in the long layout that `dabiao refit` and the benchmarks read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from forecasts import scales
from forecasts.calibration import Constants
from forecasts.combination import single_is_better
from forecasts.histories import Group, Histories, histories
from forecasts.pooled import predict
from forecasts.predictive import Part, PredictiveDistribution, floor_of, group_of, predict_single
from forecasts.scales import Scale, log_start

KINDS = ("pct", "rate", "count", "years")
YEARS = (1800, 2100)
COLUMNS = ("unique_id", "indicator", "region", "kind", "unit", "ds", "y")


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
    odd = frame.index[(frame["ds"] % 1 != 0) | ~frame["ds"].between(*YEARS)]
    faults += [f"row {i + 2}, column ds: {frame['ds'][i]:g} is no year from {YEARS[0]} to {YEARS[1]}" for i in odd[:20]]
    endless = frame.index[~np.isfinite(frame["y"])]
    faults += [f"row {i + 2}, column y: {frame['y'][i]} is not finite" for i in endless[:20]]
    strange = frame.index[~frame["kind"].isin(KINDS)]
    faults += [
        f"row {i + 2}, column kind: {frame['kind'][i]!r} is no kind; one of {', '.join(KINDS)}" for i in strange[:20]
    ]
    several = frame.groupby("indicator")["kind"].nunique()
    faults += [f"indicator {name}: more than one kind" for name in several.index[several > 1][:20]]
    doubled = frame.index[frame.duplicated(["unique_id", "ds"])]
    faults += [f"row {i + 2}: {frame['unique_id'][i]} has a second value for {frame['ds'][i]:g}" for i in doubled[:20]]
    if faults:
        raise ValueError(f"{path} has faults:\n" + "\n".join(faults))
    frame["ds"] = frame["ds"].astype(int)
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
    scale = panel_scale(table.kind, values)
    compare = table.kind != "count"
    floor = floor_of(scale, values)
    return Past(values, rows, scale, compare, histories(group_of(values, scale, compare), constants, floor), floor)


def newest(values: np.ndarray, points: int | None) -> np.ndarray:
    """Each series with its newest `points` values only, the rest NaN; all of them when None.

    >>> newest(np.array([[1.0, np.nan, 2.0, 3.0]]), 2)
    array([[nan, nan,  2.,  3.]])
    """
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
    single = single_is_better(np.isfinite(own).sum(axis=1), moved.sum() - moved[skip])
    parts = []
    if single.any():
        (part,) = predict_single(
            own[single], past.scale.low, past.scale.high, ((),) * single.sum(), ahead, constants
        ).parts
        parts.append(Part(np.flatnonzero(single), part.prediction, part.scale))
    if not single.all():
        kept = np.flatnonzero(~single)
        scale = scales.Scale(past.scale.name, past.scale.low, past.scale.high, scales.log_start(own[kept]))
        targets = Group(scale.forward(own[kept]), past.told.group.levels[skip[kept]], ((),) * len(kept))
        usual = constants.single_variance * scales.relative_step(scale, scales.LOG_START) ** 2
        latest = own[kept][np.arange(len(kept)), targets.last()]
        rounding = scales.rounding_variance(scale, latest, scales.rounding_steps(own[kept]))
        prediction = predict(targets, past.told, skip[kept], ahead, constants, past.floor, usual, rounding)
        parts.append(Part(kept, prediction, scale))
    return PredictiveDistribution(tuple(parts))


def ahead_single(kind: str, values: np.ndarray, ahead: tuple[int, ...], constants: Constants) -> PredictiveDistribution:
    """Series, (series, year), each on its own: no peers, only what is usual for such indicators."""
    natural = panel_scale(kind, values)
    return predict_single(values, natural.low, natural.high, ((),) * len(values), ahead, constants)


def panel_scale(kind: str, values: ArrayLike) -> Scale:
    """The scale of an indicator known only by its `kind` and its values: (series, year), NaN where unknown.

    A share above 100 is no share of a whole, and a figure below zero has no log: the values overrule the label.

    >>> panel_scale("pct", [[50.0, 60.0]]).name, panel_scale("pct", [[50.0, 160.0]]).name
    ('logit', 'log')
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    start = log_start(values)
    if np.nanmin(values) < 0:
        return Scale("plain", -np.inf, np.inf, start)
    if kind == "pct" and np.nanmax(values) <= 100:
        return Scale("logit", 0.0, 100.0, start)
    return Scale("log", 0.0, np.inf, start)


def misses(ahead: PredictiveDistribution, future: np.ndarray) -> np.ndarray:
    """Truth less centre in units of the scale of the prediction: (series, year)."""
    return ahead.joined(
        [
            (part.scale.forward(future[part.rows]) - part.prediction.centre) / part.prediction.scale
            for part in ahead.parts
        ]
    )


def chance(
    ahead: PredictiveDistribution, year: int, thresholds: np.ndarray, at_least: bool, steps: np.ndarray
) -> np.ndarray:
    """Chance that the value in the year at that position is at least (or at most) the thresholds: (series,).

    steps: (series,), the unit values are rounded to, 0 if unknown. A rounded value meets the target from half a
    unit below the first reportable value that does.
    """
    unit = np.where(steps > 0, steps, 1.0)
    if at_least:
        edge = np.where(steps > 0, np.ceil(thresholds / unit - 1e-9) * unit - unit / 2, thresholds)
    else:
        edge = np.where(steps > 0, np.floor(thresholds / unit + 1e-9) * unit + unit / 2, thresholds)
    below = ahead.joined([_below(part, year, edge[part.rows]) for part in ahead.parts])
    return 1 - below if at_least else below


def _below(part: Part, year: int, edge: np.ndarray) -> np.ndarray:
    """Chance of a value below the edge in the year at that position: (series,)."""
    stated = part.prediction
    away = (part.scale.forward(edge[:, None])[:, 0] - stated.centre[:, year]) / stated.scale[:, year]
    chance = special.stdtr(stated.df, away)
    return np.where(edge <= part.scale.low, 0.0, np.where(edge >= part.scale.high, 1.0, chance))
