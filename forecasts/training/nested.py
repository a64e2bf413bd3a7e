"""Learn the constants of the nested model from a panel and from published Chinese figures.

    python -m forecasts.training.nested --panel P --indicators I [--data DIR] [--out FILE]

1. For each indicator of the panel: the mode of its log variances on a dense sample under a vague prior.
2. For each Chinese indicator with enough figures: the same, from a prior equal at every depth.
3. On sparse cases of every tree, with a prior that leaves the indicator out: the factors on the spread by own figures and
   horizon, and the chances as they came true.

Writes forecasts/nested/prior.json; nothing of the panel itself is kept but these constants.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from forecasts.nested import Measurement, Nested, TreeScale
from forecasts.nested.china import TREE_LEVELS, chinese_measurements, scale_of
from forecasts.nested.components import DEVIATION, NATION, components
from forecasts.nested.fit import fit
from forecasts.nested.measurements import Areas, rows_of
from forecasts.nested.predictive import edge, mixture_cdf
from forecasts.nested.prior import SHIPPED, Constants, Mode, read, vague, write
from forecasts.training.panel_trees import KINDS, Case, Tree, cases, dense_rows, pseudo_targets, read_trees
from planning.loading.folder import load_catalogue

SEED = 11
COMMON = {"tree": 0.05, "flat": 0.05, "china": 0.15}  # who publishes is not the middle; least CRPS of .0, .05, .15, .3
PUBLICATION_NOISE = {
    "tree": 0.0,
    "flat": 0.0,
    "china": 0.05,
}  # least that lets Chinese 80 % intervals hold two in three
FEWEST_FIGURES, FEWEST_AREAS = 30, 8  # of a Chinese indicator that is learned from
FEWEST_TAUGHT = 4  # areas of a depth, from which an indicator teaches its variances
FACTORS = np.exp(np.linspace(-0.7, 0.7, 29))
COVERS = (0.8, 0.95)
HORIZON_GROUPS = ((1, 2), (3, 5))
BINS = 80  # of stated chances, before isotonic regression


def learn_mode(tree: Tree) -> Mode:
    """The mode of a panel indicator's log variances on a dense sample."""
    measurements = [tree.measured(*row) for row in dense_rows(tree, SEED)]
    known = tree.scale.forward(tree.nation[np.isfinite(tree.nation)])
    last = int(tree.years[np.isfinite(tree.nation)][-1])
    theta = mode_of(
        measurements, tree.scale, tree.depths, np.arange(tree.years[0], tree.years[-1] + 6), last, COMMON[tree.family]
    )
    growth = (known[-1] - known[0]) / max(len(known) - 1, 1)
    return Mode(tree.source, tree.name, tree.family, tree.scale.name, theta, float(growth))


def mode_of(
    measurements: Sequence[Measurement],
    scale: TreeScale,
    depths: int,
    years: np.ndarray,
    last: int,
    common: float,
    noise: float = 0.0,
) -> np.ndarray:
    """The mode of the log variances of one tree under the vague prior, ratios kept (kappa 0)."""
    rows = rows_of(measurements, Areas(depths), scale, noise)
    top = (rows.ids < 0).all(axis=1)
    centre = float(rows.z[top][np.argmax(rows.year[top])]) if top.any() else float(rows.z.mean())
    return fit(rows, components(depths, years, last, common), vague(depths), centre).theta


def chinese_modes(data: str | None) -> list[Mode]:
    """Modes of every Chinese indicator with FEWEST_FIGURES figures in FEWEST_AREAS areas."""
    catalogue = load_catalogue(data)
    found = []
    for id, indicator in sorted(catalogue.indicators.items()):
        if indicator.kind not in ("rate", "share", "index") or indicator.scale == "plain":
            continue
        measurements = chinese_measurements(catalogue, id)
        below = {m.path for m in measurements if m.path}
        if len(measurements) < FEWEST_FIGURES or len(below) < FEWEST_AREAS:
            continue
        years = np.array([m.year for m in measurements])
        national = [m.year for m in measurements if not m.path]
        last = max(national) if national else int(years.max())
        scale = scale_of(indicator)
        theta = mode_of(
            measurements, scale, TREE_LEVELS, np.arange(years.min(), years.max() + 6), last, COMMON["china"],
            PUBLICATION_NOISE["china"],
        )  # fmt: skip
        rows = rows_of(measurements, Areas(TREE_LEVELS), scale)
        for depth in range(TREE_LEVELS):
            if len(np.unique(rows.ids[:, depth])) <= FEWEST_TAUGHT:
                first = len(NATION) + len(DEVIATION) * depth
                theta[first : first + len(DEVIATION)] = np.nan  # nothing but the vague prior
        nation = sorted((m.year, float(scale.forward(m.value))) for m in measurements if not m.path)
        span = nation[-1][0] - nation[0][0] if len(nation) > 1 else 0
        growth = (nation[-1][1] - nation[0][1]) / span if span else 0.0
        found.append(Mode("china", id, "china", scale.name, theta, growth))
    return found


@dataclass(frozen=True)
class Answered:
    """Every question of some cases, answered. One row a question, of one region and year.

    tree: the number of the indicator. parts: weights, means, deviations (row, part), not calibrated. truth: in the unit; z:
    on the scale. size: standard deviation between regions at the origin. edges: (row, kind), where targets begin, on the
    scale; outcome: whether each was met; NaN where a kind does not apply.
    """

    tree: np.ndarray
    own: np.ndarray
    horizon: np.ndarray
    truth: np.ndarray
    z: np.ndarray
    size: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    edges: np.ndarray
    outcome: np.ndarray
    direction: np.ndarray

    def __len__(self) -> int:
        return len(self.tree)


def own_measurements(tree: Tree, region: int, years: Sequence[int]) -> list[Measurement]:
    """The region's own figures of some years."""
    return [tree.measured("region", region, y) for y in years]


def model_of(case: Case, constants: Constants) -> Nested:
    """The model of a case, its prior learned without the indicator."""
    tree = case.tree
    base = [tree.measured(*row) for row in case.base]
    return Nested.fit(
        base, tree.scale, indicator=tree.name, family=tree.family, depths=tree.depths, constants=constants,
        first=case.origin - 9, to=case.origin + 5,
    )  # fmt: skip


def answer(case: Case, number: int, constants: Constants) -> list[tuple]:
    """The questions of one case, as rows of Answered."""
    tree, column = case.tree, case.tree.column(case.origin)
    model = model_of(case, constants)
    size = np.nanstd(tree.values[:, column])
    found = []
    for region, own in case.asked:
        ahead = [
            h for h in range(1, 6) if column + h < len(tree.years) and np.isfinite(tree.values[region, column + h])
        ]
        if not ahead:
            continue
        said = model.ask(
            tree.path("region", region), [case.origin + h for h in ahead], own_measurements(tree, region, own)
        )
        targets = pseudo_targets(tree, case.origin, region)
        for j, h in enumerate(ahead):
            truth, d = tree.values[region, column + h], tree.direction
            edges = np.array([edge(x, tree.unit, d > 0) if np.isfinite(x) else np.nan for x in targets[:, h - 1]])
            outcome = np.where(np.isfinite(edges), d * (truth - edges) >= -1e-9, np.nan)
            scaled = np.where(np.isfinite(edges), tree.scale.forward(np.maximum(edges, 1e-9)), np.nan)
            found.append((number, len(own), h, truth, float(tree.scale.forward(truth)), size, said.weights,
                          said.means[:, j], said.deviations[:, j], scaled, outcome, d))  # fmt: skip
    return found


def collected(rows: list[tuple]) -> Answered:
    """Rows as arrays; parts padded to the most that any row has."""
    most = max(len(r[6]) for r in rows)

    def padded(values: np.ndarray, fill: float) -> np.ndarray:
        return np.concatenate([values, np.full(most - len(values), fill)])

    columns = list(zip(*rows, strict=True))
    parts = [np.array([padded(v, fill) for v in columns[i]]) for i, fill in ((6, 0.0), (7, 0.0), (8, 1.0))]
    return Answered(*map(np.array, columns[:6]), *parts, *map(np.array, columns[9:]))


def even(answers: Answered) -> np.ndarray:
    """(row,): weights by which every indicator counts alike, summing to one."""
    _, place, counts = np.unique(answers.tree, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[place]
    return weights / weights.sum()


def spread_table(answers: Answered, rows: np.ndarray) -> np.ndarray:
    """(own figures, horizon group): the factor at which 80 % and 95 % intervals hold what they say, on average."""
    table = np.ones((4, len(HORIZON_GROUPS)))
    for own in range(4):
        for g, (low, high) in enumerate(HORIZON_GROUPS):
            some = rows & (answers.own == own) & (answers.horizon >= low) & (answers.horizon <= high)
            if some.sum() < 30:
                continue
            chosen = taken(answers, some)
            weights = even(chosen)
            held = np.empty((len(FACTORS), len(COVERS)))
            for i, factor in enumerate(FACTORS):
                below = mixture_cdf(chosen.z[:, None], chosen.weights, chosen.means, chosen.deviations * factor)[:, 0]
                held[i] = [weights @ (abs(below - 0.5) < cover / 2) for cover in COVERS]
            held = np.maximum.accumulate(held, axis=0) + 1e-9 * np.arange(len(FACTORS))[:, None]
            logs = [np.interp(cover, held[:, j], np.log(FACTORS)) for j, cover in enumerate(COVERS)]
            table[own, g] = np.exp(np.mean(logs))
    return table


def taken(answers: Answered, rows: np.ndarray) -> Answered:
    """Some of the rows."""
    return Answered(**{name: getattr(answers, name)[rows] for name in answers.__dataclass_fields__})


def chances(answers: Answered, factors: np.ndarray | float = 1.0) -> np.ndarray:
    """(row, kind): stated chances of the pseudo-targets, before calibration; NaN where a kind does not apply."""
    below = mixture_cdf(np.nan_to_num(answers.edges), answers.weights, answers.means,
                        answers.deviations * np.reshape(factors, (-1, 1)))  # fmt: skip
    stated = np.where(answers.direction[:, None] > 0, 1 - below, below)
    return np.where(np.isfinite(answers.edges), stated, np.nan)


def calibrated_ends(stated: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stated chances and how often they came true, by isotonic regression over bins: two rising arrays.

    Beyond the outermost bins a chance stays as theirs came true: nothing is certain that has not been seen so often.

    Pool-adjacent-violators: Ayer and others 1955, Annals of Mathematical Statistics 26: 641-647.
    """
    known = np.isfinite(stated) & np.isfinite(outcome)
    wide = np.broadcast_to(weights[:, None], stated.shape)[known]
    order = np.argsort(stated[known])
    x, y, w = stated[known][order], outcome[known][order], wide[order]
    bins = np.minimum((np.cumsum(w) / w.sum() * BINS).astype(int), BINS - 1)
    blocks = [[(x * w)[bins == b].sum(), (y * w)[bins == b].sum(), w[bins == b].sum()] for b in np.unique(bins)]
    merged: list[list[float]] = []
    for block in blocks:
        merged.append(block)
        while len(merged) > 1 and merged[-2][1] / merged[-2][2] >= merged[-1][1] / merged[-1][2]:
            last = merged.pop()
            merged[-1] = [a + b for a, b in zip(merged[-1], last, strict=True)]
    means = np.array([[b[0] / b[2], b[1] / b[2]] for b in merged])
    return means[:, 0], means[:, 1]


def learn(trees: Sequence[Tree], china: Iterable[Mode] = ()) -> Constants:
    """All constants from the trees of a panel and the modes of Chinese indicators."""
    modes = tuple(learn_mode(tree) for tree in trees) + tuple(china)
    even_spread = {family: np.ones((4, 2)) for family in COMMON}
    constants = Constants(modes, COMMON, PUBLICATION_NOISE, even_spread, {}, {})
    rows = [row for i, tree in enumerate(trees) for case in cases(tree, SEED) for row in answer(case, i, constants)]
    return with_calibration(constants, trees, collected(rows))


def with_calibration(constants: Constants, trees: Sequence[Tree], answers: Answered) -> Constants:
    """The constants with spread factors and calibrated ends learned from answered questions."""
    families = np.array([tree.family for tree in trees])[answers.tree]
    spread, ends = {}, {}
    for family in np.unique(families):
        rows = families == family
        spread[str(family)] = spread_table(answers, rows)
        some = taken(answers, rows)
        group = (some.horizon > 2).astype(int)
        factors = spread[str(family)][np.minimum(some.own, 3), group]
        stated = chances(some, factors)
        both = [k for own in (False, True) if (k := (some.own > 0) == own).any()]
        tables = [calibrated_ends(stated[k], some.outcome[k], even(taken(some, k))) for k in both]
        ends[str(family)] = (tables[0], tables[-1])
    for family in COMMON:
        spread.setdefault(family, spread.get("tree", np.ones((4, 2))))
        if "tree" in ends:
            ends.setdefault(family, ends["tree"])
    return replace(constants, spread=spread, ends=ends)


def main() -> int:
    """Learn the constants from a panel and write them as one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--panel", required=True, help="source, indicator, region, year, value as CSV")
    parser.add_argument("--indicators", required=True, help="source, indicator, direction, bound as CSV")
    parser.add_argument("--data", help="a folder laid over the shipped data")
    parser.add_argument("--china-only", action="store_true", help="learn the Chinese rows anew, keep the others")
    parser.add_argument("--sources", default="", help="publishers of the panel's figures, for the record")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    try:
        china = chinese_modes(asked.data)
        if asked.china_only:
            shipped = read(asked.out)
            constants = replace(shipped, modes=(*(m for m in shipped.modes if m.family != "china"), *china))
        else:
            trees = read_trees(asked.panel, asked.indicators)
            constants = learn(trees, china)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    about = {"learned from": asked.sources, "learned on": date.today().isoformat(), "kinds of target": list(KINDS),
             "indicators": len(constants.modes)}  # fmt: skip
    write(replace(constants, about=about), asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
