"""Targets to propose: the value of each indicator that a region reaches with a given chance by a year.

The other way round from a verdict: not the chance of a value but the value of a chance. It serves a plan that is being made,
beside what the nation and the province ask for, and where the region would then stand among areas of its level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dabiao.region_model import EVERY_STOCK, NURSERY_INDICATORS, RegionModel
from forecasts.forecast import forecast, own_series
from forecasts.nested.china import path_of
from forecasts.nested.measurements import Path
from forecasts.trees import BIRTHS_PER, Tree, tree_of
from planning.catalogue import Catalogue
from planning.indicators import PRINTED_GOAL, Indicator
from planning.outlooks import Outlook
from planning.targets import Target
from planning.verdicts import says_nothing

CHANCES = (0.8, 0.5, 0.2)
AMBITIOUS = (
    0.5,
    0.3,
)  # chances between which a value is called ambitious but attainable (JUDGED: even odds, down to one in three)
STOCKS = {*EVERY_STOCK, *NURSERY_INDICATORS}  # what people, places and staff are simulated for
STATES = ("rate", "share", "index", "ratio", "coverage")
FEWEST_AREAS = 5  # areas of a level with figures, from which a rank is told
MOST_RANKED = 60  # areas that a proposal is ranked among: a share to within six points
FEWEST_KNOWN = 3  # areas with a figure or a target, from which an indicator without a target near is told
FULL = 99.95  # percent, from which all are reached and nothing is left to propose


@dataclass(frozen=True)
class Proposal:
    """What a region reaches of one indicator by the end of a year.

    values: (chance, value) pairs, easiest first, as printed and in the unit of `indicator`; empty where the interval says
    nothing. ambitious: the values with a chance of 50 and 30 %. rank: the share of areas of the same level that the median
    surpasses, 0 to 1, of `areas` others with figures of their own; None below FEWEST_AREAS. asked: the targets in force of the
    region and of those above. last: the newest own figure.
    """

    indicator: Indicator
    year: int
    values: tuple[tuple[float, float], ...]
    ambitious: tuple[float, float] | None
    rank: float | None
    areas: int
    asked: tuple[Target, ...]
    last: tuple[int, float] | None

    @property
    def vague(self) -> bool:
        """Whether nothing can be proposed without an own figure."""
        return not self.values

    def plain(self) -> dict[str, Any]:
        """Plain values, as `dabiao propose --json` prints them."""
        about = self.indicator
        return {
            "indicator": about.id, "name_zh": about.zh, "name_en": about.en, "unit": about.unit, "better": about.better,
            "year": self.year, "values": {f"{p:g}": v for p, v in self.values},
            "ambitious_but_attainable": list(self.ambitious) if self.ambitious else None,
            "rank": None if self.rank is None else round(self.rank, 3), "areas": self.areas,
            "last_year": self.last and self.last[0], "last_value": self.last and self.last[1],
            "needs_own_figure": self.vague,
            "asked": [{"target": t.id, "region": t.key, "level": t.level, "comparison": t.comparison, "value": t.value,
                       "year": t.year} for t in self.asked],
        }  # fmt: skip


def proposals(model: RegionModel, year: int = 2030, chances: Sequence[float] = ()) -> list[Proposal]:
    """A proposal for every rate, share and index with a better direction of which anything is known, those first that the
    region or one above has a target for.

    chances: beside CHANCES. Raises ValueError for a year that is over or that the model does not reach, and for a chance
    outside 0 to 1.

    >>> from dabiao.region_model import region_model
    >>> found = proposals(region_model("瓯海区", to=2030, draws=50), 2030)
    >>> all(v == sorted(v, reverse=p.indicator.better == "down") for p in found for v in [[x for _, x in p.values]])
    True
    """
    if not model.as_of.year <= year <= model.to:
        raise ValueError(f"A proposal is for a year from {model.as_of.year} to {model.to}, not {year}.")
    if wrong := [p for p in chances if not 0 < p < 1]:
        raise ValueError(f"A chance lies between 0 and 1, such as 0.4; found {wrong[0]:g}.")
    wanted = tuple(sorted({*CHANCES, *chances}, reverse=True))
    asked = _targets_near(model)
    found = []
    for about in model.catalogue.indicators.values():
        state = about.kind in STATES and about.better != "none" and about.family != "not_quantitative"
        if state and about.range[0] >= 0 and not about.id.endswith(PRINTED_GOAL):  # a change is no state
            made = _proposal(model, about, year, wanted, tuple(asked.get(about.id, ())))
            if made is not None:
                found.append(made)
    return sorted(found, key=lambda p: (not p.asked, p.vague))


def _targets_near(model: RegionModel) -> dict[str, list[Target]]:
    """The numeric targets still ahead of the region and of those above it, by indicator, the own first."""
    catalogue, keys = model.catalogue, [model.region.key, *(r.key for r in model.catalogue.ancestors(model.region))]
    found: dict[str, list[Target]] = {}
    for key in keys:
        for t in catalogue.targets:
            ahead = t.numeric and not t.past(model.as_of) and t.document.published <= model.as_of
            if t.key == key and ahead and not t.duplicate_of:
                found.setdefault(t.indicator, []).append(t)
    return found


def _proposal(
    model: RegionModel, about: Indicator, year: int, wanted: Sequence[float], asked: tuple[Target, ...]
) -> Proposal | None:
    catalogue, region = model.catalogue, model.region
    if not asked and not _worth_telling(catalogue, about):
        return None
    path = path_of(catalogue, region)
    tree = tree_of(catalogue, about.id, model.to, region.fictional) if path is not None else None
    outlook = _outlook(model, about, tree, year)
    if outlook is None and (tree is None or path is None):
        return None

    def quantiles(levels: list[float]) -> np.ndarray:
        if outlook is not None:
            return np.clip(np.quantile(outlook.at(year), levels), *about.range)
        assert tree is not None and path is not None
        return np.clip(tree.model.ask(path, [year]).quantiles(levels)[:, 0], *about.range)

    up = about.better == "up"
    every = [*wanted, *AMBITIOUS, 0.1, 0.9]
    reached = quantiles([1 - p if up else p for p in every])
    printed = [_as_printed(v, about, up) for v in reached]
    low, high = sorted(float(v) for v in reached[-2:])
    own = own_series(catalogue, region, about)
    last = (own.years[-1], own.values[-1]) if own is not None else None
    if about.unit == "percent" and low >= FULL and not asked:
        return None
    if says_nothing(low, high, about.unit):
        return Proposal(about, year, (), None, None, 0, asked, last)
    rank, areas = (None, 0)
    if tree is not None and path is not None:
        rank, areas = _rank(catalogue, tree, path, year, float(quantiles([0.5])[0]), up)
    band = (printed[len(wanted)], printed[len(wanted) + 1])
    return Proposal(
        about, year, tuple(zip(wanted, printed[: len(wanted)], strict=True)), band, rank, areas, asked, last
    )


def _worth_telling(catalogue: Catalogue, about: Indicator) -> bool:
    """Whether an indicator that nobody near has a target for is known of in enough areas to be proposed at all."""
    areas = catalogue.once("areas by indicator", lambda: Counter(id for _, id in catalogue._rows))
    return about.family != "demographic" and areas[about.id] >= FEWEST_KNOWN


def _outlook(model: RegionModel, about: Indicator, tree: Tree | None, year: int) -> Outlook | None:
    """The outlook of an indicator that people, places or staff move or that is counted; the tree alone answers the others."""
    moved = about.id in STOCKS or about.unit in BIRTHS_PER or about.family == "demographic" or tree is None
    if about.id in model.outlooks and moved:
        made = model.outlook(about.id)
    elif about.unit in BIRTHS_PER and tree is not None:
        births = model.outlooks.get("births")
        found, _ = forecast(model.catalogue, model.region, about.id, model.to, model.draws, model.seed, births)
        if found is None:
            return None
        made = found
    else:
        return None
    return made if year in made.years else None


def _rank(catalogue: Catalogue, tree: Tree, path: Path, year: int, median: float, up: bool) -> tuple[float | None, int]:
    """The share of the other areas of the same level with figures of their own whose median is surpassed, and their
    number: of more than MOST_RANKED every so many, since each is asked of the tree."""
    key = ("medians", tree.about.id, len(path), year)
    medians: dict[Path, float] | None = catalogue._cache.get(key)
    if medians is None:
        alike = sorted({m.path for m in tree.model.measurements if path and len(m.path) == len(path)}, key=str)
        paths = alike[:: -(-len(alike) // MOST_RANKED) or 1]
        medians = {p: float(tree.model.ask(p, [year]).quantiles([0.5])[0, 0]) for p in paths}
        catalogue._cache[key] = medians
    others = [m for p, m in medians.items() if p != path]
    if len(others) < FEWEST_AREAS:
        return None, len(others)
    return float(np.mean([m < median if up else m > median for m in others])), len(others)


def _as_printed(value: float, about: Indicator, up: bool) -> float:
    """A value to the indicator's decimals, on the easier side, so that it is reached with the chance at least."""
    step = 10.0**-about.decimals
    steps = np.floor(value / step + 1e-6) if up else np.ceil(value / step - 1e-6)
    return float(round(steps * step, about.decimals))
