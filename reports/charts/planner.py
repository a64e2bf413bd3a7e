"""Charts for planning: what comes in and goes out, what a lever does, who stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from planning.indicators import Indicator
from reports.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINE,
    ORANGE,
    PAGE,
    PURPLE,
    RED,
    Chart,
    by_year,
    figure,
    folded,
    legend_beside,
    listed,
    numbers,
    per_cent,
)
from reports.messages import message, wording

IN = (BLUE, GREEN, "#56B4E9", "#8FC9B8")
OUT = (RED, ORANGE, PURPLE, GREY)
HATCHES = ("", "//", "..", "xx")


def stock_flow(
    years: Sequence[int], come: Mapping[str, np.ndarray], go: Mapping[str, np.ndarray], unit: str, lang: str
) -> Chart:
    """What comes in (up) and what goes out (down) each year, at the medians, and the net change with its 80 % interval.

    come, go: by label, (draw, year), in the unit.
    """
    drawn, axes = figure(PAGE, 3.2)
    place = axes[0, 0]
    net = sum(come.values()) - sum(go.values())
    words = []
    for flows, colours, side in ((come, IN, 1), (go, OUT, -1)):
        edge = np.zeros(len(years))
        for (label, flow), colour, hatch in zip(flows.items(), colours, HATCHES, strict=False):
            mid = side * np.median(flow, axis=0)
            if not np.abs(mid).max() > 0:
                continue
            place.bar(years, mid, bottom=edge, width=0.72, color=colour, alpha=0.75, label=label, lw=0, hatch=hatch,
                      edgecolor="white")  # fmt: skip
            edge = edge + mid
            words.append(f"{label} {wording.number(abs(mid[-1]), lang)}")
    low, mid, high = np.quantile(net, [0.1, 0.5, 0.9], axis=0)
    place.errorbar(years, mid, yerr=[mid - low, high - mid], fmt="D", ms=3.4, color=INK, elinewidth=1.1, capsize=2.5,
                   label=message("net_change", lang))  # fmt: skip
    place.axhline(0, color="#999999", lw=0.8)
    place.set_ylabel(unit)
    numbers(place.yaxis, lang)
    by_year(place)
    legend_beside(place)
    alt = message("alt_flows", lang, year=years[-1], flows=listed(words, lang), low=wording.number(low[-1], lang),
              high=wording.number(high[-1], lang))  # fmt: skip
    return Chart(drawn, alt)


def tornado(bars: Sequence[tuple[str, float, float]], now: float, lang: str) -> Chart:
    """What each lever does to the chance on its own. bars: label, chance at its low and at its high plausible setting.

    The widest stand on top; now: the chance without any of them.
    """
    bars = sorted(bars, key=lambda b: max(abs(b[1] - now), abs(b[2] - now), abs(b[2] - b[1])))
    drawn, axes = figure(PAGE, 0.9 + 0.3 * max(len(bars), 1))
    place = axes[0, 0]
    for row, (_, low, high) in enumerate(bars):
        for value, colour, hatch, label in ((low, ORANGE, "//", "at_low"), (high, BLUE, "", "at_high")):
            place.barh(row, value - now, left=now, height=0.62, color=colour, alpha=0.8, hatch=hatch, edgecolor="white",
                       lw=0, label=message(label, lang) if row == 0 else None)  # fmt: skip
    place.axvline(now, color=INK, lw=1)
    place.set_yticks(range(len(bars)), [folded(b[0], 18 if lang == "zh" else 34) for b in bars])
    place.set_xlim(0, 1)
    per_cent(place.xaxis)
    place.set_xlabel(message("chance_axis", lang))
    place.grid(axis="x", color=LINE, lw=0.7)
    place.set_axisbelow(True)
    if bars:
        legend_beside(place)
    words = [
        message("alt_tornado_bar", lang, label=label, low=wording.percent(low, lang), high=wording.percent(high, lang))
        for label, low, high in reversed(bars)
    ]
    return Chart(drawn, message("alt_tornado", lang, now=wording.percent(now, lang), bars=listed(words, lang)))


def waterfall(start: float, steps: Sequence[tuple[str, float]], lang: str) -> Chart:
    """The way from one chance to another, lever by lever. steps: label, and what it adds to the chance, in order."""
    drawn, axes = figure(PAGE, 0.9 + 0.32 * (len(steps) + 2))
    place = axes[0, 0]
    end = start + sum(added for _, added in steps)
    rows = [(message("before", lang), 0.0, start, GREY, "")]
    at = start
    for label, added in steps:
        rows.append((label, at, added, BLUE if added >= 0 else RED, "" if added >= 0 else "//"))
        at += added
    rows.append((message("after", lang), 0.0, end, GREY, ""))
    for row, (_, left, width, colour, hatch) in enumerate(reversed(rows)):
        place.barh(row, width, left=left, height=0.62, color=colour, alpha=0.8, hatch=hatch, edgecolor="white", lw=0)
        whole = colour == GREY
        shown = (
            wording.percent(width, lang)
            if whole
            else message("points", lang, n=f"{100 * width:+.1f}".replace("-", "−"))
        )
        place.text(max(left, left + width) + 0.012, row, shown, va="center", fontsize=8.5)
    place.set_yticks(range(len(rows)), [folded(r[0], 18 if lang == "zh" else 34) for r in reversed(rows)])
    place.set_xlim(0, 1.12)
    place.set_xticks(np.linspace(0, 1, 6))
    per_cent(place.xaxis)
    place.set_xlabel(message("chance_axis", lang))
    words = [f"{label} {message('points', lang, n=f'{100 * added:+.1f}'.replace('-', '−'))}" for label, added in steps]
    alt = message("alt_waterfall", lang, before=wording.percent(start, lang), after=wording.percent(end, lang),
              steps=listed(words, lang) or "—")  # fmt: skip
    return Chart(drawn, alt)


def ranking(
    items: Sequence[tuple[str, np.ndarray]], indicator: Indicator, lang: str, goal: float | None = None
) -> Chart:
    """Regions side by side in one year: median and 80 % interval each, in order of the medians, best on top.

    items: name, values (draw,). Where lower is better the lowest stands on top.
    """
    sign = -1 if indicator.better == "down" else 1
    items = sorted(items, key=lambda i: sign * float(np.median(i[1])))
    drawn, axes = figure(PAGE, 1.0 + 0.3 * len(items))
    place = axes[0, 0]
    words = []
    for row, (name, values) in enumerate(items):
        low, mid, high = np.quantile(values, [0.1, 0.5, 0.9])
        band, middle = (message(k, lang) if row == 0 else None for k in ("band80", "median"))
        place.plot([low, high], [row, row], color=BLUE, lw=3.4, alpha=0.35, solid_capstyle="butt", label=band)
        place.plot([mid], [row], "o", color=BLUE, ms=5, label=middle)
        words.append(f"{name} {wording.interval(low, high, indicator, lang)}")
    if goal is not None:
        place.axvline(goal, color=RED, lw=1.1, ls=(0, (4, 3)), label=message("target_line", lang))
    legend_beside(place)
    place.set_yticks(range(len(items)), [folded(i[0], 16 if lang == "zh" else 32) for i in items])
    place.set_ylim(-0.6, len(items) - 0.4)
    numbers(place.xaxis, lang)
    place.set_xlabel(wording.titled(indicator, lang))
    place.grid(axis="x", color=LINE, lw=0.7)
    place.set_axisbelow(True)
    return Chart(drawn, listed(list(reversed(words)), lang))
