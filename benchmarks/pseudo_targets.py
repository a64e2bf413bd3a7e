"""Pseudo-targets: targets that a plan might have set in the past, with what became of them.

The protocol: at an origin with eight consecutive values, up to sixty regions are given eight kinds of target for 1, 2, 3
and 5 years ahead, set from data up to the origin; the value in the deadline year says whether each was met. The same
cases serve every method, whatever number of own points it may see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecasts.scales import Scale, peer_scale, rounding_steps

HORIZONS = (1, 2, 3, 5)
ORIGINS = 4
REGIONS = 60
RUN = 8
MOSTLY = 0.98  # of the values of an indicator are printed to its unit; a few may be corrections. A judgement
PACE_YEARS = 5
FEWEST_REGIONS = 5
KINDS = (
    "maintain",
    "close_tenth",
    "close_quarter",
    "median_pace",
    "upper_pace",
    "catch_up_median",
    "catch_up_upper",
    "official",
)
PANEL_COLUMNS = ("source", "indicator", "region", "year", "value")
INDICATOR_COLUMNS = ("source", "indicator", "direction", "bound", "family")
BOUNDS = {"pct": "logit", "pos": "log"}


@dataclass(frozen=True)
class PanelIndicator:
    """One indicator of a panel. values: (region, year), NaN where unknown; direction: 1 better up, -1 better down."""

    source: str
    name: str
    family: str
    direction: int
    bound: str
    regions: tuple[str, ...]
    years: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Origin:
    """The cases of one indicator, origin and horizon.

    column: the origin's column in the indicator's values; rows: (region,), the regions judged. targets, hit: (region,
    kind), NaN and False where a kind does not apply. needed: (region, kind), the change that meets the target, on the
    oriented scale, rounding given its half unit; 0 where a kind does not apply.
    """

    indicator: PanelIndicator
    horizon: int
    column: int
    rows: np.ndarray
    scale: Scale
    unit: float
    targets: np.ndarray
    needed: np.ndarray
    hit: np.ndarray

    @property
    def year(self) -> int:
        return int(self.indicator.years[self.column])

    @property
    def applies(self) -> np.ndarray:
        return np.isfinite(self.targets)

    def with_targets(self, targets: np.ndarray) -> Origin:
        """The same regions at the same moment under other targets: (region, kind), set earlier for the same deadline."""
        now = self.indicator.values[self.rows, self.column]
        return replace(
            self,
            targets=targets,
            needed=needed_change(self.scale, self.unit, targets, now),
            hit=_met(self.indicator, targets, self.rows, self.column + self.horizon),
        )


def read_panel(panel: str, indicators: str) -> tuple[PanelIndicator, ...]:
    """The indicators of a panel. Raises ValueError with every fault found in the two files."""
    values, about = pd.read_csv(panel), pd.read_csv(indicators)
    faults = [f"{panel}: no column {name!r}" for name in PANEL_COLUMNS if name not in values]
    faults += [f"{indicators}: no column {name!r}" for name in INDICATOR_COLUMNS if name not in about]
    if faults:
        raise ValueError("\n".join(faults))
    for row, entry in enumerate(about.itertuples(), start=2):
        if entry.bound not in BOUNDS:
            faults.append(f"{indicators} row {row}: bound {entry.bound!r} is neither pct nor pos")
        if entry.direction not in (1, -1):
            faults.append(f"{indicators} row {row}: direction {entry.direction!r} is neither 1 nor -1")
    keys = ["source", "indicator", "region", "year"]
    double = values[values.duplicated(keys)]
    faults += [f"{panel}: two values for {' '.join(map(str, key))}" for key in double[keys].values[:20].tolist()]
    if not pd.api.types.is_numeric_dtype(values["value"]) or not pd.api.types.is_integer_dtype(values["year"]):
        faults.append(f"{panel}: year must be whole numbers and value numbers")
    if faults:
        raise ValueError("\n".join(faults))
    by_name = dict(list(values.groupby(["source", "indicator"])))
    missing = [key for key in zip(about.source, about.indicator, strict=True) if key not in by_name]
    if missing:
        raise ValueError(f"{panel} holds no value of {', '.join('/'.join(key) for key in missing)}")
    return tuple(_indicator(entry, by_name[entry.source, entry.indicator]) for entry in about.itertuples())


def _indicator(entry, rows: pd.DataFrame) -> PanelIndicator:
    wide = rows.pivot(index="region", columns="year", values="value").sort_index()
    years = np.arange(wide.columns.min(), wide.columns.max() + 1)
    wide = wide.reindex(columns=years)
    return PanelIndicator(
        source=str(entry.source),
        name=str(entry.indicator),
        family=str(entry.family),
        direction=int(entry.direction),
        bound=str(entry.bound),
        regions=tuple(map(str, wide.index)),
        years=years,
        values=wide.to_numpy(dtype=float),
    )


def origins(indicator: PanelIndicator, horizon: int, rng: np.random.Generator, regions: int = REGIONS):
    """Up to four origins spread evenly over the years that allow them, each with up to `regions` regions."""
    known = np.isfinite(indicator.values)
    run = np.zeros(known.shape, dtype=int)
    for column in range(known.shape[1]):
        run[:, column] = np.where(known[:, column], 1 + (run[:, column - 1] if column else 0), 0)
    able = {c: np.flatnonzero((run[:, c] >= RUN) & known[:, c + horizon]) for c in range(known.shape[1] - horizon)}
    able = {c: rows for c, rows in able.items() if rows.size >= FEWEST_REGIONS}
    if not able:
        return
    columns = np.array(sorted(able))
    for column in np.unique(columns[np.linspace(0, columns.size - 1, ORIGINS).round().astype(int)]):
        rows = np.sort(rng.permutation(able[column])[:regions])
        yield set_targets(indicator, horizon, int(column), rows)


def set_targets(indicator: PanelIndicator, horizon: int, column: int, rows: np.ndarray) -> Origin:
    """The eight kinds of target for the given regions, from values up to `column` only, and whether each was met."""
    past = indicator.values[:, : column + 1]
    scale = peer_scale(BOUNDS[indicator.bound], indicator.direction > 0, past, 0.0)
    unit = float(rounding_steps(past.reshape(1, -1), share=MOSTLY)[0])
    now, better = past[rows, -1], indicator.direction
    targets = np.column_stack(
        [
            now,
            *_closer(indicator, now),
            *_at_peer_pace(scale, past, now, horizon),
            *_caught_up(past, now, better),
            _official(indicator, past[rows], horizon),
        ]
    )
    needed = needed_change(scale, unit, targets, now)
    hit = _met(indicator, targets, rows, column + horizon)
    return Origin(indicator, horizon, column, rows, scale, unit, targets, needed, hit)


def _met(indicator: PanelIndicator, targets: np.ndarray, rows: np.ndarray, deadline: int) -> np.ndarray:
    outcome = indicator.values[rows, deadline][:, None]
    with np.errstate(invalid="ignore"):
        return indicator.direction * (outcome - targets) >= -1e-9


def needed_change(scale: Scale, unit: float, targets: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The change from now, on the oriented scale, to the first printable value that meets the target, less half a unit."""
    edge = targets
    if unit:
        steps = targets / unit * scale.sign
        edge = scale.sign * (np.ceil(np.round(steps, 6)) - 0.5) * unit
    return np.nan_to_num(scale.forward(edge) - scale.forward(now)[:, None], nan=0.0)


def _closer(indicator: PanelIndicator, now: np.ndarray):
    """A tenth and a quarter of the gap to 100 or 0 per cent; 5 and 15 per cent better where there is no bound."""
    if indicator.bound == "pct":
        gap = 100.0 - now if indicator.direction > 0 else now
        shares = (0.10, 0.25)
    else:
        gap, shares = now, (0.05, 0.15)
    gap = np.where(gap > 1e-9, gap, np.nan)
    return [now + indicator.direction * share * gap for share in shares]


def _at_peer_pace(scale: Scale, past: np.ndarray, now: np.ndarray, horizon: int):
    """Where the peers' median and upper-quartile yearly pace of the last five years would lead."""
    scaled = scale.forward(past)
    back = min(PACE_YEARS, past.shape[1] - 1)
    pace = (scaled[:, -1] - scaled[:, -1 - back]) / back
    return [scale.inverse(scale.forward(now) + horizon * np.nanquantile(pace, rank)) for rank in (0.5, 0.75)]


def _caught_up(past: np.ndarray, now: np.ndarray, better: int):
    """The peers' median and upper quartile of today, for regions that are behind it."""
    goals = [np.nanquantile(past[:, -1], rank if better > 0 else 1 - rank) for rank in (0.5, 0.75)]
    return [np.where(better * (goal - now) > 1e-9, goal, np.nan) for goal in goals]


def _official(indicator: PanelIndicator, past: np.ndarray, horizon: int) -> np.ndarray:
    """The own yearly pace of the last five years times 1.25, rounded to two figures; none for a region that got worse."""
    now = past[:, -1]
    pace = (now - past[:, -1 - PACE_YEARS]) / PACE_YEARS
    goal = two_figures(now + 1.25 * horizon * pace)
    goal = np.clip(goal, 0.0, 100.0 if indicator.bound == "pct" else np.inf)
    return np.where(indicator.direction * pace > 1e-9, goal, np.nan)


def two_figures(values: np.ndarray) -> np.ndarray:
    """Values rounded to two significant figures."""
    values = np.asarray(values, dtype=float)
    size = np.where(values == 0, 1.0, np.abs(values))
    step = 10.0 ** (np.floor(np.log10(size)) - 1)
    return np.round(values / step) * step
