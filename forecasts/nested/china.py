"""Measurements of an indicator from a data folder: nation, provinces, cities and districts by their official codes."""

from __future__ import annotations

from forecasts.nested.measurements import Measurement, Path
from forecasts.nested.scale import TreeScale
from forecasts.nested.steps import Step
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.regions import Region
from planning.series import Series

DEPTHS = {"province": 0, "city": 1, "district": 2}
TREE_LEVELS = len(DEPTHS)
OTHER_BASIS = 0.15  # standard deviation, log, of a rate on another population basis than asked; judged


def path_of(catalogue: Catalogue, region: Region) -> Path | None:
    """The path of a region; None marks a level that is skipped (districts of Beijing). None for areas off the tree."""
    if region.level == "nation":
        return ()
    if region.level not in DEPTHS:
        return None
    path: list[str | None] = [None] * (DEPTHS[region.level] + 1)
    for each in (region, *catalogue.ancestors(region)):
        if each.level in DEPTHS:
            path[DEPTHS[each.level]] = each.key
    return tuple(path) if path[0] is not None else None


def scale_of(indicator: Indicator) -> TreeScale:
    """The scale of an indicator of the register: logit for percentages that say so, else log; its range as bounds."""
    low, high = indicator.range
    if indicator.unit == "percent" and indicator.scale == "logit":
        return TreeScale("logit", max(low, 0.0), min(high, 100.0))
    return TreeScale("plain" if indicator.scale == "plain" else "log", low, high)


def measurements_of(series: Series, path: Path, noise: float = 0.0) -> list[Measurement]:
    """The values of a series as measurements, declared shock years left out."""
    return [
        Measurement(path, year, value, series.precision, noise, "; ".join(series.sources))
        for year, value in zip(series.years, series.values, strict=True)
        if year not in series.shocks
    ]


def chinese_measurements(catalogue: Catalogue, indicator: str, fictional: bool = False) -> list[Measurement]:
    """Everything published of an indicator, on its own population basis where there is one, else on the registered one.

    fictional: of the made-up regions, which make a tree of their own, in place of the real ones. Areas that are no region
    ("eastern China") are left out.
    """
    about = catalogue.indicator(indicator)
    found: list[Measurement] = []
    for key in sorted({key for key, id in catalogue._rows if id == indicator}):
        region = catalogue.region(key)
        path = path_of(catalogue, region)
        if path is None or region.fictional != fictional:
            continue
        series, noise = catalogue.series(region, indicator), 0.0
        if series is None and about.basis == "resident" and about.kind in ("index", "rate", "share"):
            series, noise = catalogue.series(region, indicator, "registered"), OTHER_BASIS
        if series is not None:
            positive = about.scale in ("plain", "logit")
            found += [
                m for m in measurements_of(series, path, noise) if positive or m.value > 0 or about.scale == "count"
            ]
    return found


def declared_steps(catalogue: Catalogue, indicator: str) -> tuple[Step, ...]:
    """The breaks that the data folder declares for an indicator, as level steps to be estimated."""
    found = []
    for each in catalogue.breaks:
        if indicator not in each.indicators or each.why in ("shock", "rebound"):
            continue
        keys = each.regions if each.regions is not None else ([each.within] if each.within else [None])
        for key in keys:
            path = () if key is None else path_of(catalogue, catalogue.region(key))
            if path is not None:
                found.append(Step(each.year, path))
    return tuple(found)
