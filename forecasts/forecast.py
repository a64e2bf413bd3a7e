"""Which model answers: the outlook of one indicator of one region, from its own series, its peers and the areas above it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts import peers as from_peers
from forecasts.models import forecast
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.randomness import generator
from planning.regions import Region
from planning.series import Series

BIRTHS_PER = {"per_1000_births": 1_000, "per_100000_births": 100_000}
# Between areas of one parent, log, a step of levels, where too few are published to tell: within a province, and around
# the nation. Assumptions.
UNKNOWN_SPREAD = (0.25, 0.5)
NATION = "000000"
STANDING_IN_FREEDOM = 4  # some areas are quite unlike the one above: tails of Student's t. An assumption
FARTHEST = 3.0  # spreads
FEWEST_WINDOWS = 30  # comparable windows among peers from which their changes are worth more than a smooth trend


def trend(
    catalogue: Catalogue, region: Region, id: str, to: int, draws: int, seed: int, births: Outlook | None = None
) -> tuple[Outlook | None, str, bool]:
    """The outlook of an indicator from its own series and its peers; whether it had none; or None and the reason.

    births: of the region; a rate of rare events per births is then counted, not drawn as a trend.
    """
    about = catalogue.indicator(id)
    own, peers = catalogue.series(region, id), catalogue.peers(region, id)
    if about.family == "not_quantitative":
        return None, Bilingual("没有可计量的数值", "not quantitative"), False
    notes: tuple[str, ...] = ()
    if own is None and about.basis == "resident" and about.kind in ("index", "rate", "share"):
        own = catalogue.series(region, id, "registered")
        if own is not None:
            notes = (
                Bilingual(
                    f"{about.zh}只公布了户籍口径，以其代替",
                    f"{about.en} is published for the registered population only, which stands in for residents",
                ),
            )
    if own is None:
        outlook = standing_in(catalogue, region, about, peers, to, draws, seed)
        if outlook is not None:
            return outlook, "", False
        if catalogue.rows(region, id):
            return (
                None,
                Bilingual(f"只公布了户籍口径的{about.zh}", "published for the registered population only"),
                False,
            )
        return (
            None,
            Bilingual(f"本地与同类地区均未公布{about.zh}", "no value of it is published here or for peers"),
            False,
        )
    if own.years[-1] >= to:
        return None, Bilingual(f"已公布至 {own.years[-1]} 年", f"published to {own.years[-1]} already"), False
    seen, alone = windows(peers), not windows(peers)
    # Many windows: what peers did says most. A few: their common path, with a smooth trend. None: own points only.
    by_peers = seen >= FEWEST_WINDOWS or (not seen and (about.scale != "plain" or len(own) > 2))
    if about.better != "none" and about.family != "rare_events" and by_peers:
        return noted(from_peers.outlook(own, about, to, peers, draws=draws, seed=seed), notes), "", alone
    parent = next((s for a in catalogue.ancestors(region) if (s := catalogue.series(a, id)) is not None), None)
    events = expected_events(own, peers, about, births)
    outlook = forecast(own, about, to, peers=peers, parent=parent, expected_events=events, draws=draws, seed=seed)
    return noted(outlook, notes), "", alone


def expected_events(
    own: Series, peers: list[Series], about: Indicator, births: Outlook | None
) -> dict[int, float] | None:
    """Events expected by year for a rate per births, at its present level; None where it is no such rate.

    At the region's own mean rate; where that is zero, at the mean of the newest of its peers.
    """
    base = BIRTHS_PER.get(about.unit)
    if base is None or births is None or about.scale != "count":
        return None
    level = float(np.mean(own.last_stretch().values)) or float(np.mean([p.values[-1] for p in peers] or [0.0]))
    if level <= 0:
        return None
    middle = np.median(births.paths, axis=0)
    return {year: float(b) * level / base for year, b in zip(births.years, middle, strict=True)}


def noted(outlook: Outlook, notes: tuple[str, ...]) -> Outlook:
    """The outlook with further assumptions; one that leans on another basis is no better than grade C."""
    if not notes:
        return outlook
    return replace(outlook, assumptions=(*outlook.assumptions, *notes), grade=max(outlook.grade, "C"))


def standing_in(
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
    parent = forecast(above, about, to, peers=others, draws=draws, seed=seed)
    within = [s for s in others if above.region in _keys_above(catalogue, s.region)]
    shift, spread = around(above, within) or (0.0, UNKNOWN_SPREAD[above.region == NATION] * np.sqrt(steps))
    tails = generator(seed, region, about.id).standard_t(STANDING_IN_FREEDOM, size=(draws, 1))
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
        method=f"stands in: {name.name_en}",
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


def windows(peers: list[Series]) -> int:
    """How many yearly steps the peers have made: a step needs two values that chain."""
    return sum(max(len(p.last_stretch()) - 1, 0) for p in peers)
