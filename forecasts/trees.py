"""Everything published of an indicator in the tree of regions, as one fitted model: figures, printed targets, few events.

A catalogue as known by a day gives one model an indicator, whatever region asks: its variances belong to the indicator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasts.nested import Measurement, Nested, TreeScale
from forecasts.nested.china import TREE_LEVELS, chinese_measurements, declared_steps, path_of, scale_of
from forecasts.nested.counts import counted
from forecasts.nested.measurements import Path
from forecasts.nested.related import product_measurements
from forecasts.nested.targets import Promise, target_measurements
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.own_figures import is_own
from planning.regions import Region

BIRTHS_PER = {"per_1000_births": 1_000, "per_100000_births": 100_000}
PROMISED = ("at_least", "at_most", "equal")
FARTHEST_BIRTHS = 3  # years between a rate and the births that its events are counted from
TYPICAL_BIRTHS = 8.0  # per 1,000 residents and year, where no births are published: the nation, 2020 to 2022
# Indicator: two others whose product it is, and the factor; kept where it lowered the CRPS of figures left out.
PRODUCTS = {"gps_per_10000": ("gp_share_of_physicians", "physicians_per_1000", 0.1)}
USUAL_REACH = 10  # years ahead that a tree is fitted over, unless a later one is asked for: two plans
NOT_YET_A_LEVEL = 95.0  # percent, from which a target says that all are to be reached, and nothing of the level


@dataclass(frozen=True)
class Tree:
    """The model of one indicator as known by a day. promises: how many printed targets are among its measurements."""

    about: Indicator
    model: Nested
    promises: int


def tree_of(catalogue: Catalogue, indicator: str, to: int, fictional: bool = False) -> Tree | None:
    """The fitted tree of an indicator; None where nothing is published of it in any region.

    to: the last year that may be asked for. fictional: of the made-up regions instead. Fitted once for a catalogue, over
    the same years whoever asks first.
    """
    day = catalogue.as_of or catalogue.newest_publication
    to = max(to, day.year + USUAL_REACH)
    key = ("tree", indicator, to, fictional)
    if key not in catalogue._cache:
        catalogue._cache[key] = _fitted(catalogue, catalogue.indicator(indicator), to, fictional)
    return catalogue._cache[key]


def _fitted(catalogue: Catalogue, about: Indicator, to: int, fictional: bool) -> Tree | None:
    scale = scale_of(about)
    found = chinese_measurements(catalogue, about.id, fictional)
    per = BIRTHS_PER.get(about.unit)
    if per is not None:
        found = [_counted(catalogue, m, per) for m in found]
    found = [m for m in found if m.value > 0 or scale.name != "log"]
    if not found:
        return None
    entered = _entered(catalogue, about.id)
    typed = [m for m in found if (m.path, m.year) in entered]
    if len(typed) < len(found):  # a figure typed in conditions the model; its variances belong to the indicator
        found = [m for m in found if (m.path, m.year) not in entered]
    known = {(m.path, m.year) for m in found}
    if about.id in PRODUCTS:
        share, of, factor = PRODUCTS[about.id]
        other = tree_of(catalogue, of, to, fictional)
        figures = chinese_measurements(catalogue, share, fictional)
        told = product_measurements(figures, other.model, factor) if other is not None else []
        found += [m for m in told if (m.path, m.year) not in known]
        known |= {(m.path, m.year) for m in found}
    promised = [
        m for m in promised_levels(catalogue, about, scale, fictional) if (m.path, m.year) not in known and m.value > 0
    ]
    model = Nested.fit(
        [*found, *promised],
        scale,
        indicator=about.id,
        family="china",
        depths=TREE_LEVELS,
        steps=declared_steps(catalogue, about.id),
        first=min(m.year for m in found) - 1,
        to=to,
        down_weight=True,
    )
    for path in {m.path for m in typed} if typed and typed[0] not in found else ():
        mine = [m for m in typed if m.path == path]
        years = {m.year for m in mine}
        model = model.with_own(
            path, [*(m for m in model.measurements if m.path == path and m.year not in years), *mine]
        )
    return Tree(about, model, len(promised))


def _entered(catalogue: Catalogue, indicator: str) -> set[tuple[Path, int]]:
    """Where figures of an indicator were typed in: path and year."""
    found = set()
    for o in catalogue.observations:
        if o.indicator == indicator and is_own(o):
            path = path_of(catalogue, catalogue.region(f"{o.region}@{o.edition}" if o.edition else o.region))
            if path is not None:
                found.add((path, o.year))
    return found


def promised_levels(catalogue: Catalogue, about: Indicator, scale: TreeScale, fictional: bool) -> list[Measurement]:
    """Targets printed for any area of the tree, as measurements of the level that they were set from."""
    if about.better == "none" or about.kind not in ("rate", "share", "index", "ratio"):
        return []
    promises = [*_of_documents(catalogue, about), *_of_tables(catalogue, about)]
    kept = [
        (p, r)
        for p, r in promises
        if r.fictional == fictional and not (about.unit == "percent" and p.value >= NOT_YET_A_LEVEL)
    ]
    return target_measurements([p for p, _ in kept], scale)


def _of_documents(catalogue: Catalogue, about: Indicator) -> Iterable[tuple[Promise, Region]]:
    day = catalogue.as_of or catalogue.newest_publication
    seen: set[tuple] = set()
    for t in catalogue.targets:
        if t.indicator != about.id or t.value is None or t.comparison not in PROMISED or t.duplicate_of:
            continue
        if t.document.published > day or t.document.published.year >= t.year:
            continue
        region = catalogue.region(t.key)
        path = path_of(catalogue, region)
        key = (path, t.year, t.document.id)
        if path is None or key in seen:
            continue
        seen.add(key)
        yield (
            Promise(path, t.year, t.value, t.document.published.year, about.better == "up", t.base_value, t.base_year),
            region,
        )


def _of_tables(catalogue: Catalogue, about: Indicator) -> Iterable[tuple[Promise, Region]]:
    id = f"{about.id}_target"
    for o in catalogue.observations:
        if o.indicator == id and o.source.published.year < o.year:
            region = catalogue.region(f"{o.region}@{o.edition}" if o.edition else o.region)
            path = path_of(catalogue, region)
            if path is not None:
                yield Promise(path, o.year, o.value, o.source.published.year, about.better == "up"), region


def _counted(catalogue: Catalogue, m: Measurement, per: float) -> Measurement:
    births = births_about(catalogue, catalogue.region(_key(m.path)), m.year)
    return m if births is None else counted(m.path, m.year, m.value, births, per, m.unit)


def births_about(catalogue: Catalogue, region: Region, year: int) -> float | None:
    """Births of a region in a year, or in the nearest known one; from its residents where none are published."""
    for id, times in (("births", 1.0), ("population", TYPICAL_BIRTHS / 1000)):
        series = catalogue.series(region, id)
        if series is None:
            continue
        near = int(np.argmin([abs(y - year) for y in series.years]))
        if abs(series.years[near] - year) <= FARTHEST_BIRTHS or id == "population":
            return float(series.values[near]) * times
    return None


def _key(path: Path) -> str:
    named = [key for key in path if key is not None]
    return named[-1] if named else "000000"
