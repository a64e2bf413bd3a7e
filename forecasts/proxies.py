"""What stands in for a region of which nothing is published: the nearest region above it that has a series."""

from __future__ import annotations

import numpy as np

from forecasts.series_forecast import forecast_series
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.methods import Method
from planning.outlooks import Outlook
from planning.randomness import generator
from planning.regions import Region
from planning.series import Series

# Between areas of one parent, log, a step of levels, where too few are published to tell: within a province, and around
# the nation. Assumptions.
UNKNOWN_SPREAD = (0.25, 0.5)
NATION = "000000"
STAND_IN_DF = 4  # some areas are quite unlike the one above: tails of Student's t. An assumption
FARTHEST = 3.0  # spreads


def stand_in(
    catalogue: Catalogue, region: Region, about: Indicator, peers: list[Series], to: int, draws: int, seed: int
) -> Outlook | None:
    """Where nothing is published of a region: the nearest region above that has a series stands in. Grade D.

    Each draw places the region somewhere around the one above, as far as areas lie apart, and lets it move alike.
    """
    found = [
        (steps, s) for steps, a in enumerate(catalogue.ancestors(region), 1) if (s := catalogue.series(a, about.id))
    ]
    if not found or about.kind in ("count", "cumulative"):
        return None
    steps, above = found[0]
    if above.years[-1] >= to:
        return None
    others = [s for s in peers if s.region != above.region]
    parent = forecast_series(above, about, to, peers=others, draws=draws, seed=seed)
    within = [s for s in others if above.region in _keys_above(catalogue, s.region)]
    shift, spread = around(above, within) or (0.0, UNKNOWN_SPREAD[above.region == NATION] * np.sqrt(steps))
    tails = generator(seed, region, about.id).standard_t(STAND_IN_DF, size=(draws, 1))
    away = shift + spread * np.clip(tails, -FARTHEST, FARTHEST)
    if about.scale == "logit":
        share = np.clip(parent.paths / 100, 1e-4, 1 - 1e-4)
        paths = 100 / (1 + (1 - share) / share * np.exp(-away))
    elif about.scale == "plain":
        paths = parent.paths + away * np.abs(parent.paths).mean()
    else:
        paths = parent.paths * np.exp(away)
    name = catalogue.region(above.region)
    note = Bilingual(
        f"本地未公布{about.zh}：以{name.name_zh}的水平与走势代替，地区间差异的标准差取 {spread:.0%}",
        f"{about.en} is not published here: {name.name_en} stands in, with a spread between areas of {spread:.0%}",
    )
    return Outlook(
        region=region.key,
        indicator=about.id,
        unit=about.unit,
        years=parent.years,
        paths=np.clip(paths, *about.range),
        method=Method.STANDS_IN.named(f"stands in: {name.name_en}"),
        grade="D",
        sources=parent.sources,
        assumptions=(note,),
        drivers=note,
    )


def _keys_above(catalogue: Catalogue, key: str) -> set[str]:
    return {r.key for r in catalogue.ancestors(catalogue.region(key))}


def around(above: Series, others: list[Series]) -> tuple[float, float] | None:
    """Where areas lie around the one above, log: the middle, drawn half way to nought as few are published, and the spread.

    Robustly from four or more; None where fewer are published.

    >>> nation = Series("000000", "x", "per_1000", (2020,), (4.0,))
    >>> areas = [Series(f"{n}", "x", "per_1000", (2020,), (4.0 * np.exp(0.1 * n),)) for n in (-2, -1, 1, 2)]
    >>> shift, spread = around(nation, areas)
    >>> round(shift, 3) + 0.0, round(spread, 3)
    (0.0, 0.222)
    """
    ratios = []
    for series in others:
        year, value = series.years[-1], series.values[-1]
        near = min(above.years, key=lambda y: abs(y - year))
        level = above.values[above.years.index(near)]
        if abs(near - year) <= 3 and value > 0 and level > 0:
            ratios.append(np.log(value / level))
    if len(ratios) < 4:
        return None
    middle = float(np.median(ratios))
    spread = max(1.4826 * float(np.median(np.abs(np.array(ratios) - middle))), 0.005)
    return middle / 2, float(np.hypot(spread, middle / 2))
