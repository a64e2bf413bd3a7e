"""Which model answers: the outlook of one indicator of one region, from its own series, its peers and the areas above it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts import peers as from_peers
from forecasts.grades import at_best
from forecasts.peer_field import FEWEST_WINDOWS
from forecasts.proxies import stand_in
from forecasts.series_forecast import forecast_series
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.regions import Region
from planning.series import Series

BIRTHS_PER = {"per_1000_births": 1_000, "per_100000_births": 100_000}


def forecast(
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
        outlook = stand_in(catalogue, region, about, peers, to, draws, seed)
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
    outlook = forecast_series(
        own, about, to, peers=peers, parent=parent, expected_events=events, draws=draws, seed=seed
    )
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
    return replace(outlook, assumptions=(*outlook.assumptions, *notes), grade=at_best(outlook.grade, "C"))


def windows(peers: list[Series]) -> int:
    """How many yearly steps the peers have made: a step needs two values that chain.

    >>> one, other = Series("a", "x", "percent", (2020, 2021, 2022), (1.0, 2.0, 3.0)), Series("b", "x", "percent", (2020,), (1.0,))
    >>> windows([one, other])
    2
    """
    return sum(max(len(p.last_stretch()) - 1, 0) for p in peers)
