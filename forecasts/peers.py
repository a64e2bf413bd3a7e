"""Chances from peers: will a region with one or a few published values reach a target, judged by what its peers did.

A chance and an Outlook come from one and the same distribution, so every comparison, chart and score agrees. Peers are
Series of the same indicator elsewhere; only values up to the region's own last year are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from forecasts.grades import series_grade
from forecasts.peer_case import PeerPrediction, ahead, case_of
from forecasts.peer_paths import paths
from forecasts.verdict_scores import indicator_wide_error, situation_of
from planning.bilingual import Bilingual
from planning.indicators import Indicator
from planning.methods import Method, MethodName
from planning.outlooks import Outlook
from planning.randomness import generator
from planning.series import Series


def outlook(
    series: Series, indicator: Indicator, year: int, peers: Iterable[Series] = (), *, draws: int = 2000, seed: int = 0
) -> Outlook:
    """The possible futures up to `year`, as paths (draw, year) from the distribution that gives the chances.

    Values are rounded as the indicator is published. The years of a path hang together as in a random walk; in every
    year the paths have the distribution of that year. Raises ValueError for an empty series, a year that is not ahead of the last value, or a region without peers on a plain scale with fewer than three values.

    >>> import numpy as np
    >>> share = Indicator("x", "覆盖率", "Coverage", "percent", "coverage", "logit", "up", "resident", (0, 100), 1, "programme")
    >>> years = tuple(range(2010, 2023))
    >>> peers = [Series(f"{n}", "x", "percent", years, tuple(40.0 + n + t for t in range(13))) for n in range(20)]
    >>> found = outlook(Series("here", "x", "percent", (2022,), (60.0,)), share, 2025, peers, draws=200, seed=1)
    >>> found.years, found.grade, bool(np.median(found.at(2025)) > 60)
    ((2023, 2024, 2025), 'C', True)
    """
    case = case_of(series, indicator, peers)
    futures = [ahead(case, horizon) for horizon in range(1, case.horizon(year) + 1)]
    last = futures[-1]
    return Outlook(
        region=series.region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=tuple(range(case.origin + 1, year + 1)),
        paths=paths(futures, draws, generator(seed, series.region, indicator.id)),
        method=_method(last),
        grade=series_grade(len(case.series), last.peers, series.grade, int(case.broken or len(case.bases) > 1)),
        observed=tuple(zip(series.years, series.values, strict=True)),
        sources=series.sources,
        assumptions=_assumptions(last),
        drivers=_drivers(last),
    )


def situation(series: Series, indicator: Indicator, year: int, peers: Iterable[Series] = ()) -> str:
    """How well peers speak for the region: one of `forecasts.verdict_scores.SITUATIONS`. Raises ValueError as `outlook`."""
    case = case_of(series, indicator, peers)
    return situation_of(ahead(case, case.horizon(year)).windows)


def _method(future: PeerPrediction) -> MethodName:
    if future.without_peers:
        return Method.OWN_POINTS.named()
    return Method.PEERS.named("peers: " + ", ".join(future.methods).replace("_", " ") + ", stacked")


def _assumptions(future: PeerPrediction) -> tuple[str, ...]:
    case = future.case
    assumed = [indicator_wide_error()["en"]]
    if not future.without_peers:
        assumed.append("Regions of the peers' kind go on changing as they have, from like positions.")
    if len(case.bases) > 1:
        assumed.append(f"Population bases are mixed among region and peers: {', '.join(case.bases)}.")
    if case.broken:
        assumed.append(f"Values before {case.series.years[0]} do not chain with the present and were left out.")
    return tuple(assumed)


def _drivers(future: PeerPrediction) -> Bilingual:
    count, lenders = len(future.case.series), future.case.lenders
    if future.without_peers:
        return Bilingual(
            f"仅有本地区{count}个数据点；区间宽度为同类指标的一般波动"
            + (f"，并参考可比地区的{lenders:,}次变化。" if lenders else "。"),
            f"Own values known: {count}; the width is the usual movement of such figures"
            + (f", sharpened by {lenders:,} changes of peers." if lenders else "."),
        )
    return Bilingual(
        f"依据{future.peers:,}个可比地区在相近起点上的{future.windows:,}个时段的实际变化；本地区{count}个数据点用于选取相似时段。",
        f"What {future.peers:,} peers did from like positions in {future.windows:,} windows; own values known: "
        f"{count}, they say which windows are alike.",
    )
