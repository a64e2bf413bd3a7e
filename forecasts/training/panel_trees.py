"""Panels as trees of regions, the sparse cases a district office knows, and pseudo-targets.

A panel is two files. panel.csv (also .gz): source, indicator, region, year, value. indicators.csv: source, indicator,
direction (1: more is better, -1: less), bound (pct for percentages, else pos). A column `parent` in the panel, naming the
area each region lies in, is used where there is one. Otherwise numeric codes of four and six digits are read as a
tree by their first two digits (Swedish municipalities, Chinese districts), if that gives groups of some size, and
everything else is a flat tree under one nation.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as File

import numpy as np
import pandas as pd

from forecasts.nested import Measurement, TreeScale

COLUMNS = {"panel": ("source", "indicator", "region", "year", "value"), "indicators": ("source", "indicator")}
FEWEST_REGIONS = 30  # of an indicator that is scored: twelve are asked, the others make the tree
MOST_ABOVE = 0.05  # share of figures above 100 up to which a percentage is held to 100 instead of taken on a log
FEWEST_GROUPS, USUAL_GROUP = 3, 3.0  # groups, and regions a group, from which codes are read as a tree
KNOWN_SHARE = 0.5  # of the regions must be known in a year for the year of their mean to count
AGGREGATES = re.compile(r"0{2}\d{2}|\d{2}0{4}|\d{4}0{2}")  # codes of counties and nations among municipalities' own
FINER = 5.0  # a mean over regions is taken as printed five times finer than their own figures


@dataclass(frozen=True)
class Tree:
    """One indicator of a panel. values: (region, year), NaN unknown. group: (region,), the parent's number or -1.

    nation: (year,) and parents: (parent, year), means over regions where most are known. unit: what figures are rounded to.
    """

    source: str
    name: str
    direction: int
    scale: TreeScale
    values: np.ndarray
    years: np.ndarray
    regions: tuple[str, ...]
    group: np.ndarray
    nation: np.ndarray
    parents: np.ndarray
    unit: float

    @property
    def depths(self) -> int:
        """Depths below the nation."""
        return 2 if len(self.parents) else 1

    @property
    def family(self) -> str:
        """Whose constants apply: tree or flat."""
        return "tree" if self.depths == 2 else "flat"

    def column(self, year: int) -> int:
        """Where a year stands."""
        return int(year - self.years[0])

    def path(self, kind: str, number: int) -> tuple[str, ...]:
        """The path of the nation, a parent or a region."""
        if kind == "nation":
            return ()
        if kind == "parent":
            return (f"group {number}",)
        own = self.regions[number]
        return (f"group {self.group[number]}", own) if self.depths == 2 else (own,)

    def measured(self, kind: str, number: int, year: int) -> Measurement:
        """One figure of the nation, a parent or a region."""
        table = {"nation": self.nation[None], "parent": self.parents, "region": self.values}[kind]
        value = float(table[0 if kind == "nation" else number, self.column(year)])
        unit = self.unit if kind == "region" else self.unit / FINER
        return Measurement(self.path(kind, number), int(year), value, unit)


def read_trees(panel: str | File, indicators: str | File) -> list[Tree]:
    """Every indicator of a panel that has enough regions. Raises ValueError naming missing columns."""
    rows = pd.read_csv(panel, dtype={"region": str, "source": str, "indicator": str})
    about = pd.read_csv(indicators, dtype={"source": str, "indicator": str})
    for frame, file, key in ((rows, panel, "panel"), (about, indicators, "indicators")):
        missing = [c for c in COLUMNS[key] if c not in frame]
        if missing:
            raise ValueError(f"{file} lacks the column(s) {', '.join(missing)}.")
    rows["value"] = pd.to_numeric(rows["value"], errors="coerce")
    rows = rows.dropna(subset=["value", "region", "year"])
    found = []
    for line in about.itertuples(index=False):
        some = rows[(rows.source == line.source) & (rows.indicator == line.indicator)]
        percent = getattr(line, "bound", "pos") == "pct" and bool((some.value > 100).mean() < MOST_ABOVE)
        direction = -1 if float(getattr(line, "direction", 1) or 1) < 0 else 1
        tree = tree_of(some, str(line.source), str(line.indicator), direction, percent)
        if tree is not None:
            found.append(tree)
    return found


def tree_of(rows: pd.DataFrame, source: str, name: str, direction: int, percent: bool) -> Tree | None:
    """One indicator as a tree; None with too few regions, or figures below nought, which have no log."""
    if not percent:
        rows = rows[rows.value > 0]
    if rows.empty:
        return None
    wide = rows.pivot_table(index="region", columns="year", values="value")
    codes = [str(c) for c in wide.index]
    numeric = all(re.fullmatch(r"\d{3,4}|\d{6}", c) for c in codes)
    if numeric:
        full = [c.zfill(4) if len(c) < 5 else c for c in codes]
        wide = wide[[not AGGREGATES.fullmatch(c) for c in full]]
    if len(wide) < FEWEST_REGIONS:
        return None
    years = np.arange(int(wide.columns.min()), int(wide.columns.max()) + 1)
    wide = wide.reindex(columns=years)
    values = wide.clip(0, 100).to_numpy(float) if percent else wide.to_numpy(float)
    regions = tuple(str(r) for r in wide.index)
    group = groups_of(regions, rows, numeric)
    nested = len(group) > 0 and group.max() >= 0
    nation = _middle(values, np.nanmean if nested else np.nanmedian)
    parents = np.array([_middle(values[group == g], np.nanmean) for g in range(group.max() + 1)])
    scale = TreeScale("logit", 0.0, 100.0) if percent else TreeScale("log")
    return Tree(source, name, direction, scale, values, years, regions, group, nation,
                parents.reshape(-1, len(years)), printed_unit(values))  # fmt: skip


def groups_of(regions: tuple[str, ...], rows: pd.DataFrame, numeric: bool) -> np.ndarray:
    """(region,): the number of the area each region lies in, or -1 where the panel is flat."""
    flat = np.full(len(regions), -1)
    if "parent" in rows:
        above = rows.dropna(subset=["parent"]).groupby("region")["parent"].first().reindex(regions)
        if above.isna().any():
            return flat
        keys = above.astype(str).to_numpy()
    elif numeric:
        keys = np.array([r.zfill(4)[:2] for r in regions])
    else:
        return flat
    names, group = np.unique(keys, return_inverse=True)
    large = len(names) >= FEWEST_GROUPS and len(regions) / len(names) >= USUAL_GROUP
    return group if large else flat


def _middle(values: np.ndarray, of: Callable[..., np.ndarray]) -> np.ndarray:
    """(year,): mean or median over regions where most are known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.where(np.isfinite(values).mean(axis=0) > KNOWN_SHARE, of(values, axis=0), np.nan)


def printed_unit(values: np.ndarray) -> float:
    """The decimal unit that the values are rounded to: 1, 0.1, 0.01, 0.001, or 0 if finer."""
    known = values[np.isfinite(values)][:2000]
    for decimals in range(4):
        if np.allclose(known * 10**decimals, np.round(known * 10**decimals), atol=1e-6, rtol=0):
            return 10.0**-decimals
    return 0.0


# Shares of parents and of regions of which anything is known.
SPARSITY = {"bare": (0.25, 0.02), "middle": (0.5, 0.1), "rich": (0.5, 0.3)}
ASKED = 12
SPAN = 9  # years that known figures are taken from
HORIZONS = range(1, 6)
Row = tuple[str, int, int]  # nation, parent or region; its number; year


@dataclass(frozen=True)
class Case:
    """What is known at an origin: the base, and the regions asked with the years of their own figures."""

    tree: Tree
    origin: int
    sparsity: str
    base: tuple[Row, ...]
    asked: tuple[tuple[int, tuple[int, ...]], ...]


def rng_of(seed: int, *what: str) -> np.random.Generator:
    """Random numbers of one part of an experiment, the same whatever else is run."""
    return np.random.default_rng([seed, zlib.crc32("|".join(what).encode())])


def cases(tree: Tree, seed: int, origins: int = 3, first: int = 6) -> Iterator[Case]:
    """Sparse cases of a tree: some origins, each at every sparsity, regions with 0, 1, 2 and 3 own figures in turn."""
    rng = rng_of(seed, tree.source, tree.name)
    known = np.isfinite(tree.nation)
    if not known.any():
        return
    years = [
        y for y in tree.years if y - tree.years[known][0] >= first and y < tree.years[-1] and known[tree.column(y)]
    ]
    if len(years) > 4:
        years = years[:-1]
    for origin in sorted({years[round(i)] for i in np.linspace(0, len(years) - 1, origins)} if years else ()):
        for sparsity, (of_parents, of_regions) in SPARSITY.items():
            case = _case(tree, int(origin), sparsity, of_parents, of_regions, rng)
            if case is not None:
                yield case


def _case(
    tree: Tree, origin: int, sparsity: str, of_parents: float, of_regions: float, rng: np.random.Generator
) -> Case | None:
    column, low = tree.column(origin), max(origin - SPAN + 1, tree.years[0])
    base: list[Row] = [
        ("nation", 0, int(y)) for y in tree.years[: column + 1] if np.isfinite(tree.nation[tree.column(y)])
    ]
    window = slice(tree.column(low), column + 1)
    for parent in range(len(tree.parents)):
        known = low + np.flatnonzero(np.isfinite(tree.parents[parent, window]))
        if len(known) and rng.random() < of_parents:
            base += [("parent", parent, int(y)) for y in _some(rng, known, int(rng.integers(1, 4)))]
    finite = np.isfinite(tree.values)
    able = finite[:, column] & finite[:, column + 1 : column + 6].any(axis=1) & (finite[:, window].sum(axis=1) >= 4)
    if able.sum() < ASKED:
        return None
    chosen = rng.choice(np.flatnonzero(able), ASKED, replace=False)
    asked = []
    for j, region in enumerate(chosen):
        known = low + np.flatnonzero(finite[region, window])
        own: tuple[int, ...] = ()
        if j % 4:
            newest = int(rng.choice(known[known >= origin - 3]))
            rest = known[known < newest] if (known < newest).any() else known[known != newest]
            own = tuple(sorted({newest, *map(int, _some(rng, rest, j % 4 - 1))}))
        asked.append((int(region), own))
    for region in range(len(tree.values)):
        if region in chosen or rng.random() >= of_regions:
            continue
        known = low + np.flatnonzero(finite[region, window])
        if len(known):
            base += [("region", region, int(y)) for y in _some(rng, known, int(rng.integers(1, 3)))]
    return Case(tree, origin, sparsity, tuple(base), tuple(asked))


def _some(rng: np.random.Generator, years: np.ndarray, count: int) -> list[int]:
    return sorted(map(int, rng.choice(years, min(len(years), count), replace=False)))


def dense_rows(tree: Tree, seed: int) -> list[Row]:
    """A dense sample to learn variances from: the nation, parents every other year, 70 regions with five years each."""
    rng = rng_of(seed, "dense", tree.source, tree.name)
    regions, each = (70, 5) if tree.depths == 2 else (60, 6)
    rows: list[Row] = [("nation", 0, int(y)) for y in tree.years[np.isfinite(tree.nation)]]
    for parent in range(len(tree.parents)):
        rows += [("parent", parent, int(y)) for y in tree.years[np.isfinite(tree.parents[parent])][::2][:9]]
    for region in rng.choice(len(tree.values), min(regions, len(tree.values)), replace=False):
        known = tree.years[np.isfinite(tree.values[region])]
        if len(known) < 2:
            continue
        start = rng.integers(0, max(len(known) - 12, 1))
        rows += [("region", int(region), y) for y in _some(rng, known[start : start + 13], each)]
    return rows


KINDS = ("maintain", "close10", "close25", "pace", "to_median", "to_upper", "line_now", "line_ahead")


def pseudo_targets(tree: Tree, origin: int, region: int) -> np.ndarray:
    """(kind, horizon): targets that a planner could set at the origin, in the unit; NaN where a kind does not apply.

    Four from the own level: hold it, close 10 and 25 % of the distance, keep the nation's pace; two towards the middle and
    the upper quarter of all regions; two lines for all, the nation's value now and moved on by one and a half paces.
    """
    column, d, scale = tree.column(origin), tree.direction, tree.scale
    own = tree.values[region, column]
    others = tree.values[:, column][np.isfinite(tree.values[:, column])]
    recent = scale.forward(tree.nation[max(column - 5, 0) : column + 1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pace = float(np.nan_to_num(np.nanmean(np.diff(recent))))
    steps = np.array(HORIZONS)
    if scale.name == "logit" and d > 0:
        closer = [own + 0.1 * (100 - own), own + 0.25 * (100 - own)]
    else:
        closer = [own * (1 + 0.05 * d), own * (1 + 0.15 * d)]
    least = 0.01 if scale.name == "log" else 0.02
    median, upper = np.median(others), np.quantile(others, 0.75 if d > 0 else 0.25)
    flat = [own, *closer]
    moved = scale.inverse(scale.forward(own) + d * max(d * pace, least) * steps)
    towards = [x if d * (x - own) > 0 else np.nan for x in (median, upper)]
    ahead = scale.inverse(scale.forward(tree.nation[column]) + 1.5 * d * max(d * pace, 0.01) * steps)
    rows = [np.full(5, x) for x in flat] + [moved] + [np.full(5, x) for x in (*towards, tree.nation[column])] + [ahead]
    return np.array(rows)
