"""Why an Outlook looks as it does: the evidence grade, the assumptions, and sentences in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasts.problem import ForecastProblem, ForecastResult
from planning.bilingual import Bilingual
from planning.methods import Method, kind
from planning.series import Series

PARENT = 2  # regions for which a parent counts, being made of many. A judgement


def paced(peers: Sequence[Series], parent: Series | None) -> int:
    """How many other regions show a pace of change."""
    return sum(len(peer) > 1 for peer in peers) + (PARENT if parent is not None and len(parent) > 1 else 0)


def assumptions(series: Series, question: ForecastProblem, answer: ForecastResult) -> tuple[str, ...]:
    """What was taken for granted, Chinese and English, for the report's list."""
    stated = [("延续本地区与同类地区以往的变化节奏，不计新政策", "The pace of change stays what it has been here and among peers; no new policy is assumed.")]  # fmt: skip
    if breaks := [year for year in series.breaks if year > series.years[0]]:
        cut = max(breaks)
        stated.append((f"{cut}年以前的数据口径不同，只用于判断变化节奏", f"Figures before {cut} do not chain with the present and inform the pace only."))  # fmt: skip
    if shocks := [str(year) for year in series.years if year in series.shocks]:
        named = ", ".join(shocks)
        stated.append((f"{named}年为一次性影响，不计入趋势", f"{named} counted as shocks, not as a trend."))
    if len(series) == 1:
        stated.append(("本地区只有一个数据点，变化节奏与幅度取自其他地区", "One value is known here; pace and spread are those of other regions."))  # fmt: skip
    if not paced(question.peers, question.parent):
        stated.append(("没有可比地区，区间取同类指标的一般波动", "No other region shows a pace; the spread leans on what is usual for such indicators."))  # fmt: skip
    return tuple(Bilingual(zh, en) for zh, en in (*stated, *answer.notes))


def number(value: float, decimals: int, signed: bool = False) -> str:
    """A figure as the indicator is published, without a minus before zero.

    >>> number(1234.56, 1), number(-0.004, 2), number(0.25, 2, signed=True)
    ('1,234.6', '0.00', '+0.25')
    """
    shown = round(value, decimals) + 0.0
    return f"{shown:+,.{decimals}f}" if signed and shown else f"{shown:,.{decimals}f}"


def drivers(series: Series, question: ForecastProblem, answer: ForecastResult) -> Bilingual:
    """What moves the outlook to its last year and by how much, how wide it is and why."""
    indicator, moves, year = question.indicator, answer.moves, question.years[-1]
    low, middle, high = (number(q, indicator.decimals) for q in np.quantile(answer.paths[:, -1], [0.1, 0.5, 0.9]))
    points, others = len(series.last_stretch()), sum(len(peer) > 1 for peer in question.peers)
    with_parent = question.parent is not None and len(question.parent) > 1
    alone = kind(answer.method) is Method.SINGLE
    own, common, pull = (number(m, indicator.decimals, True) for m in (moves.own, moves.common, moves.pull))
    zh = [f"自{question.series.years[-1]}年至{year}年，{indicator.zh}"]
    en = [f"From {question.series.years[-1]} to {year} {indicator.en.lower()} is moved"]
    if points > 1 or moves.own:
        zh.append(f"因本地区{points}个数据点自身的走势变动{own}，")
        en.append(f" {own} by the course of its own {points} point{'s' if points > 1 else ''},")
    if (others or with_parent) and not alone:
        zh.append(f"因{others}个同类地区{'及上级地区' if with_parent else ''}的共同走势变动{common}，")
        en.append(f" {common} by the path common to {others} peers{' and the parent region' if with_parent else ''},")
    if moves.pull:
        zh.append(f"因向同类地区水平靠拢变动{pull}，")
        en.append(f" {pull} by the pull to the peers' level,")
    zh.append(f"中位数{middle}。80%区间为{low}至{high}；")
    en.append(f" to {middle}. The 80 % interval is {low} to {high};")
    zh_why, en_why = why_wide(question, answer, points)
    return Bilingual("".join(zh) + zh_why, "".join(en) + en_why)


def why_wide(question: ForecastProblem, answer: ForecastResult, points: int) -> tuple[str, str]:
    """How much of the width is borrowed, and how far ahead it looks: Chinese and English."""
    borrowed = round(100 * answer.moves.borrowed)
    ahead = question.ahead[-1]
    if not borrowed:
        return (
            f"宽度来自本地区自身的波动，外推{ahead}年。",
            f" its width comes from this region's own ups and downs over {ahead} years ahead.",
        )
    if borrowed == 100:
        return (
            f"宽度全部取自其他地区或同类指标的波动，外推{ahead}年。",
            f" its width is all borrowed from how far such figures move elsewhere, over {ahead} years ahead.",
        )
    return (
        f"宽度{borrowed}%取自其他地区或同类指标的波动，{100 - borrowed}%取自本地区{points}个数据点，外推{ahead}年。",
        f" {borrowed} % of its width is borrowed from how far such figures move elsewhere and {100 - borrowed} % comes from "
        f"this region's {points} points, over {ahead} years ahead.",
    )
