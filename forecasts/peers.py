"""Chances from peers: will a region with one or a few published values reach a target, judged by what its peers did.

A chance and an Outlook come from one and the same distribution, so every comparison, chart and score agrees. Peers are
Series of the same indicator elsewhere; only values up to the region's own last year are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasts.peer_case import PeerCase, PeerPrediction, ahead, case_of
from forecasts.peer_paths import paths
from forecasts.verdict_scores import indicator_wide_error, score_sentence, situation_of
from planning.bilingual import Bilingual
from planning.indicators import Indicator
from planning.outlooks import GRADES, Outlook
from planning.series import Series

CAP_WITHOUT_PEERS = 0.66
OWN_POINTS = "own points only"  # the method's name where no peers speak
COMPARISONS = ("at_least", "at_most", "between", "equal", "maintain", "improve")


@dataclass(frozen=True)
class PeerChance:
    """The chance of one target. chance: 0 to 1, what is stated; uncapped: before the cap that holds without peers.

    parts: the chance by each method alone. peers, windows: how many were compared with, and over how many stretches of
    time. alike, improved: the windows most like the region's own position, and how many of them changed as much as is
    needed; both 0 without peers. sentence, score, error: the analogs, how often such chances came true, and how far all
    regions are off together, in Chinese ("zh") and English ("en").
    """

    chance: float
    uncapped: float
    parts: dict[str, float]
    peers: int
    windows: int
    alike: int
    improved: int
    method: str
    situation: str
    sentence: dict[str, str]
    score: dict[str, str]
    error: dict[str, str]

    @property
    def capped(self) -> bool:
        return self.chance < self.uncapped


def chance(
    series: Series,
    indicator: Indicator,
    comparison: str,
    year: int,
    peers: Iterable[Series] = (),
    *,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    strict: bool = False,
) -> PeerChance:
    """The chance that the indicator meets a target in `year`.

    series: the region's own values, one or more. peers: Series of the same indicator in other regions.
    comparison: at_least or at_most `value`; between `low` and `high`; equal to `value` as printed; maintain (no worse
    than `value`, or than the last value) and improve (better than it). Raises ValueError for a comparison without its
    number, a year that is not ahead of the last value, an empty series, or a region without peers on a plain scale with
    fewer than three values.
    """
    case = case_of(series, indicator, peers)
    bounds = _bounds(case, comparison, value, low, high, strict)
    future = ahead(case, case.horizon(year))
    reached = future.reach(bounds)
    parts = future.parts(bounds)
    uncapped = float(np.clip(reached[0] - reached[1], 0.0, 1.0))
    stated = min(uncapped, CAP_WITHOUT_PEERS) if future.alone else uncapped
    alike, improved = _counted(future, bounds)
    situation = situation_of(future.windows)
    return PeerChance(
        chance=stated,
        uncapped=uncapped,
        parts=dict(zip(future.methods, (parts[0] - parts[1]).tolist(), strict=True)),
        peers=future.peers,
        windows=future.windows,
        alike=alike,
        improved=improved,
        method=_method(future),
        situation=situation,
        sentence=_sentence(future, alike, improved),
        score=score_sentence(stated, situation),
        error=indicator_wide_error(),
    )


def outlook(
    series: Series, indicator: Indicator, year: int, peers: Iterable[Series] = (), *, draws: int = 2000, seed: int = 0
) -> Outlook:
    """The possible futures up to `year`, as paths (draw, year) from the distribution that gives the chances.

    Values are rounded as the indicator is published. The years of a path hang together as in a random walk; in every
    year the paths have the distribution of that year. Raises ValueError as `chance` does.
    """
    case = case_of(series, indicator, peers)
    futures = [ahead(case, horizon) for horizon in range(1, case.horizon(year) + 1)]
    last = futures[-1]
    return Outlook(
        region=series.region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=tuple(range(case.origin + 1, year + 1)),
        paths=paths(futures, draws, np.random.default_rng(seed)),
        method=_method(last),
        grade=_grade(last),
        observed=tuple(zip(series.years, series.values, strict=True)),
        sources=series.sources,
        assumptions=_assumptions(last),
        drivers=_drivers(last),
    )


def situation(series: Series, indicator: Indicator, year: int, peers: Iterable[Series] = ()) -> str:
    """How well peers speak for the region: one of `forecasts.verdict_scores.SITUATIONS`. Raises ValueError as `chance`."""
    case = case_of(series, indicator, peers)
    return situation_of(ahead(case, case.horizon(year)).windows)


def _bounds(
    case: PeerCase, comparison: str, value: float | None, low: float | None, high: float | None, strict: bool
) -> np.ndarray:
    """The changes between which the target is met, [from, below), on the oriented scale.

    Published values are rounded: the first printable value that meets the target counts from half a unit below it.
    """
    if comparison not in COMPARISONS:
        raise ValueError(f"No comparison is called {comparison!r}; known are {', '.join(COMPARISONS)}.")
    if comparison in ("maintain", "improve"):
        value = case.last if value is None else value
        strict = strict or comparison == "improve"
        comparison = "at_least" if case.better_up else "at_most"
    needed = ("low", "high") if comparison == "between" else ("value",)
    given = {k: v for k, v in (("low", low), ("high", high), ("value", value)) if v is not None}
    missing = [name for name in needed if name not in given]
    if missing:
        raise ValueError(
            f"A target {comparison!r} for {case.indicator.id} in {case.series.region} needs {' and '.join(missing)}."
        )
    least, most = -np.inf, np.inf
    if comparison == "between":
        least, most = _first_printed(case, given["low"]), _last_printed(case, given["high"])
    elif comparison == "equal":
        least, most = given["value"] - case.unit / 2, given["value"] + case.unit / 2
    elif comparison == "at_least":
        least = (_last_printed if strict else _first_printed)(case, given["value"])
    else:
        most = (_first_printed if strict else _last_printed)(case, given["value"])
    return np.array(sorted([_change_to(case, least), _change_to(case, most)]))


def _first_printed(case: PeerCase, value: float) -> float:
    """Where values that print as `value` or more begin."""
    return (np.ceil(np.round(value / case.unit, 6)) - 0.5) * case.unit


def _last_printed(case: PeerCase, value: float) -> float:
    """Where values that print as `value` or less end."""
    return (np.floor(np.round(value / case.unit, 6)) + 0.5) * case.unit


def _change_to(case: PeerCase, value: float) -> float:
    """The change on the oriented scale from the last value to `value`; infinite outside the natural range."""
    if value > case.scale.high or value == np.inf:
        return case.scale.sign * np.inf
    if value < case.scale.low or value == -np.inf:
        return -case.scale.sign * np.inf
    return float(case.scale.forward(value)) - float(case.own[0, -1])


def _counted(future: PeerPrediction, bounds: np.ndarray) -> tuple[int, int]:
    if future.evidence is None:
        return 0, 0
    alike = future.evidence.alike[0] > 0
    change = future.evidence.as_was
    enough = (change >= bounds[0] - 1e-9) & (change < bounds[1] - 1e-9)
    return int(alike.sum()), int((alike & enough).sum())


def _method(future: PeerPrediction) -> str:
    return OWN_POINTS if future.alone else "peers: " + ", ".join(future.methods).replace("_", " ") + ", stacked"


def _grade(future: PeerPrediction) -> str:
    """A: eight own points and thirty peers; B: three and ten; C: one of the two; D: neither.

    One step lower where an older stretch was cut off at a break or where population bases are mixed, and never better
    than the poorest source.
    """
    points, peers = len(future.case.series), future.peers
    if points >= 8 and peers >= 30:
        earned = 0
    else:
        earned = 3 - (points >= 3) - (peers >= 10)
    earned += future.case.broken or len(future.case.bases) > 1
    return max(GRADES[min(earned, 3)], future.case.series.grade)


def _assumptions(future: PeerPrediction) -> tuple[str, ...]:
    case = future.case
    assumed = [indicator_wide_error()["en"]]
    if not future.alone:
        assumed.append("Regions of the peers' kind go on changing as they have, from like positions.")
    if len(case.bases) > 1:
        assumed.append(f"Population bases are mixed among region and peers: {', '.join(case.bases)}.")
    if case.broken:
        assumed.append(f"Values before {case.series.years[0]} do not chain with the present and were left out.")
    return tuple(assumed)


def _sentence(future: PeerPrediction, alike: int, improved: int) -> dict[str, str]:
    if future.evidence is None and future.case.lenders:
        return {
            "en": "Too few windows of peers to compare with: the chance rests on the region's own values and on how far the "
            f"indicator moved in {future.case.lenders:,} changes that peers have published.",
            "zh": f"可比地区的时段过少：概率依据本地区自身数据及可比地区已公布的{future.case.lenders:,}次变化的幅度。",
        }
    if future.evidence is None:
        return {
            "en": "No peers: the chance rests on the region's own values and on how much such figures usually move.",
            "zh": "无可比地区：概率仅依据本地区自身数据及同类指标的一般波动。",
        }
    years = future.evidence.windows.length
    return {
        "en": f"Of {alike:,} comparable windows of {years} years, the most alike of {future.windows:,} in "
        f"{future.peers:,} peers, {improved:,} changed this much.",
        "zh": f"{future.peers:,}个可比地区的{future.windows:,}个{years}年时段中，与本地区最相似的有{alike:,}个，"
        f"其中{improved:,}个达到所需变化。",
    }


def _drivers(future: PeerPrediction) -> Bilingual:
    count, lenders = len(future.case.series), future.case.lenders
    if future.alone:
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
