"""Why an Outlook looks as it does: the evidence grade, the assumptions, and one sentence each in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.indicators import Indicator
from planning.series import Series

MANY_POINTS, SOME_POINTS, ENOUGH_PEERS = 8, 4, 5


@dataclass(frozen=True)
class Evidence:
    """What moved the middle of an outlook by its last year, in the unit, and how much of its width is borrowed (0-1)."""

    own_change: float
    common_change: float
    prior_share: float


def grade(series: Series, peers: Sequence[Series], parent: Series | None) -> str:
    """A to D from the points that chain with the present, the peers with a pace, and the grade of the source."""
    points = len(series.last_stretch())
    step = 0 if points >= MANY_POINTS else 1 if points >= SOME_POINTS else 2 if points >= 2 else 3
    comparable = sum(len(peer) > 1 for peer in peers) + (2 if parent is not None and len(parent) > 1 else 0)
    step += comparable < ENOUGH_PEERS and points > 1
    step += series.grade == "C"
    return "ABCD"[min(step, 3)]


def assumptions(series: Series, peers: Sequence[Series], parent: Series | None) -> tuple[str, ...]:
    """What was taken for granted, in English, for the report's list."""
    stated = ["The pace of change stays what it has been in this region and among its peers; no new policy is assumed."]
    if series.breaks:
        stated.append(f"Figures before {max(series.breaks)} do not chain with the present and inform the pace only.")
    shocks = [year for year in series.years if year in series.shocks]
    if shocks:
        stated.append(f"{', '.join(map(str, shocks))} counted as shock years, not as a trend.")
    if len(series) == 1:
        stated.append("One value is known; pace and spread are those of other regions.")
    if not peers and parent is None:
        stated.append("No other region is at hand; the spread leans on what is usual for such indicators.")
    return tuple(stated)


def drivers(
    series: Series, indicator: Indicator, year: int, answer, peers: Sequence[Series], parent: Series | None
) -> dict[str, str]:
    """One sentence in Chinese ("zh") and English ("en"): what moves the outlook to `year`, how wide it is and why."""
    evidence = answer.evidence
    low, middle, high = np.quantile(answer.paths[:, -1], [0.1, 0.5, 0.9])

    def number(value: float, signed: bool = False) -> str:
        text = f"{value:+,.{indicator.decimals}f}" if signed else f"{value:,.{indicator.decimals}f}"
        return "0" if float(text.replace(",", "")) == 0 else text

    points = len(series.last_stretch())
    others = len(peers) + (parent is not None)
    borrowed = round(100 * evidence.prior_share)
    own, common = number(evidence.own_change, True), number(evidence.common_change, True)
    en = (
        f"To {year} the region's own {points} point(s) move {indicator.en} by {own} and the common path of {others} "
        f"other region(s) by {common}, to {number(middle)}; the 80 % interval {number(low)} to {number(high)} rests to "
        f"{borrowed} % on how far such figures move elsewhere and to {100 - borrowed} % on this region's own changes."
    )
    zh = (
        f"到{year}年，本地区{points}个数据点使{indicator.zh}变动{own}，其他{others}个地区的共同走势使其变动{common}，"
        f"中位数为{number(middle)}；80%区间为{number(low)}至{number(high)}，其宽度{borrowed}%来自其他地区同类指标的波动，"
        f"{100 - borrowed}%来自本地区自身的变动。"
    )
    return {"zh": zh, "en": en}
