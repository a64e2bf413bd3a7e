"""Charts: one look for all of them, one door to all of them.

Each function draws from an Outlook or arrays and gives a Chart: a figure, and a sentence that stands for it. Every chart
names its unit and shows the interval before the middle. Here are the fans; people, plans and evidence have modules of
their own, whose functions are named here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.targets import Target
from reports.charts.evidence import reliabilities, reliability, verdict_grid
from reports.charts.people import ageing, births_by_order, people_flows, pyramid
from reports.charts.planner import ranking, stock_flow, tornado, waterfall
from reports.charts.style import (
    BAND_ALPHA,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAGE,
    PURPLE,
    RED,
    Chart,
    band_of_80,
    by_year,
    figure,
    folded,
    inline,
    legend_beside,
    listed,
    numbers,
    png,
)
from reports.messages import message, wording

__all__ = [
    "Chart", "ageing", "bands", "before_and_after", "births_by_order", "fan", "inline", "outlook_chart", "people_flows",
    "png", "pyramid", "ranking", "regions_chart", "reliabilities", "reliability", "small_multiples", "stock_flow", "tornado",
    "verdict_grid", "waterfall",
]  # fmt: skip

COUNTED = ("observed", "revised", "")  # a published figure as counted; any other status is drawn hollow


def fan(
    axes: Axes,
    outlook: Outlook,
    indicator: Indicator,
    lang: str,
    targets: Sequence[Target] = (),
    labels: bool = True,
    statuses: Mapping[int, str] | None = None,
) -> None:
    """Draw one outlook: 95, 80 and 50 % bands, the median, published points, and each target at its deadline.

    statuses: of the published values by year; estimated, derived and preliminary ones are drawn hollow.
    """
    years, q = fan_lines(outlook)
    first = min([y for y, _ in outlook.observed] + [years[0]])
    targets = drawn_targets(outlook, targets)
    for band, low, high in ((95, 0, 6), (80, 1, 5), (50, 2, 4)):
        axes.fill_between(
            years, q[low], q[high], color=BLUE, alpha=BAND_ALPHA[band], lw=0, label=message(f"band{band}", lang)
        )
    axes.plot(years, q[3], color=BLUE, lw=1.6, label=message("median", lang))
    points(axes, outlook, lang, statuses or {})
    for target in targets:
        target_line(axes, target, lang, first - 0.5, label=labels)
        labels = False
    axes.set_xlim(first - 0.5, max(years[-1], *[t.year for t in targets], 0) + 0.5)
    by_year(axes)
    numbers(axes.yaxis, lang)


def fan_lines(outlook: Outlook) -> tuple[np.ndarray, np.ndarray]:
    """Years, and the quantiles 2.5, 10, 25, 50, 75, 90, 97.5 %: (7, year); they set out from the last published value."""
    years = np.array(outlook.years)
    q = outlook.quantiles([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    if outlook.observed and outlook.observed[-1][0] < years[0]:
        y0, v0 = outlook.observed[-1]
        years = np.concatenate([[y0], years])
        q = np.concatenate([np.full((7, 1), v0), q], axis=1)
    return years, q


def points(axes: Axes, outlook: Outlook, lang: str, statuses: Mapping[int, str]) -> None:
    """Published values; those not counted but estimated, derived or preliminary are hollow."""
    counted = [(y, v) for y, v in outlook.observed if statuses.get(y, "") in COUNTED]
    other = [(y, v) for y, v in outlook.observed if statuses.get(y, "") not in COUNTED]
    if counted:
        axes.plot(*zip(*counted, strict=True), "o", color=INK, ms=3.6, label=message("observed", lang))
    if other:
        axes.plot(*zip(*other, strict=True), "o", mfc="white", mec=INK, ms=4, label=message("not_counted", lang))


def drawn_targets(outlook: Outlook, targets: Sequence[Target]) -> list[Target]:
    """The targets whose deadline lies within what a fan shows; one that was over before would be a line to nowhere."""
    first = min([*(y for y, _ in outlook.observed), outlook.years[0]])
    return [t for t in targets if t.year >= first]


def target_line(axes: Axes, target: Target, lang: str, since: float, label: bool) -> None:
    """A target as a dashed line from a year on to a diamond at its deadline, and the deadline as a dotted line."""
    values = [v for v in (target.value, target.low, target.high) if v is not None]
    name = message("target_line", lang)
    for value in values:
        axes.plot([since, target.year], [value] * 2, color=RED, lw=1.1, ls=(0, (4, 3)), label=name if label else None)
        axes.plot([target.year], [value], marker="D", color=RED, ms=5)
        label = False
    if values:
        axes.axvline(target.year, color=RED, lw=0.7, ls=":", alpha=0.7)


def outlook_chart(
    outlook: Outlook,
    indicator: Indicator,
    lang: str,
    targets: Sequence[Target] = (),
    statuses: Mapping[int, str] | None = None,
) -> Chart:
    """One outlook with its targets, at the width of a page."""
    drawn, axes = figure(PAGE, 3.2)
    fan(axes[0, 0], outlook, indicator, lang, targets, statuses=statuses)
    axes[0, 0].set_title(indicator.name(lang))
    axes[0, 0].set_ylabel(wording.axis_unit(indicator, lang))
    legend_beside(axes[0, 0])
    return Chart(drawn, fan_in_words(outlook, indicator, lang, targets))


def fan_in_words(outlook: Outlook, indicator: Indicator, lang: str, targets: Sequence[Target] = ()) -> str:
    """What a fan shows: where it ends, from which value it starts, and what is asked for."""
    low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])[:, -1]
    parts = [
        message("alt_fan", lang, indicator=indicator.name(lang), year=outlook.years[-1],
            interval=wording.interval(low, high, indicator, lang), median=wording.figure(mid, indicator, lang))
    ]  # fmt: skip
    if outlook.observed:
        year, value = outlook.observed[-1]
        parts.append(message("alt_last", lang, year=year, value=wording.printed(value, indicator, lang)))
    parts += [
        message("alt_target", lang, year=t.year, asked=wording.comparison(t, indicator, lang))
        for t in drawn_targets(outlook, targets)
        if t.numeric
    ]
    return ("；" if lang == "zh" else "; ").join(parts) + ("。" if lang == "zh" else ".")


def before_and_after(
    before: Outlook, after: Outlook, indicator: Indicator, lang: str, targets: Sequence[Target] = ()
) -> Chart:
    """An outlook without (grey, dashed) and with the levers of a scenario (blue), against its targets."""
    drawn, axes = figure(PAGE, 3.2)
    place = axes[0, 0]
    fan(place, after, indicator, lang, targets)
    years, q = fan_lines(before)
    place.plot(years, q[1], color=INK, lw=0.9, ls=":")
    place.plot(years, q[5], color=INK, lw=0.9, ls=":", label=message("baseline80", lang))
    place.plot(years, q[3], color=INK, lw=1.3, ls="--", label=message("baseline", lang))
    place.set_title(indicator.name(lang))
    place.set_ylabel(wording.axis_unit(indicator, lang))
    legend_beside(place)
    words = [message("baseline", lang) + ": " + fan_in_words(before, indicator, lang)]
    words.append(message("scenario", lang) + ": " + fan_in_words(after, indicator, lang, targets))
    return Chart(drawn, " ".join(words))


def small_multiples(items: Sequence[tuple[Outlook, Indicator, Sequence[Target]]], lang: str, columns: int = 3) -> Chart:
    """Many small outlooks side by side, each with its own unit and targets."""
    rows = -(-len(items) // columns)
    drawn, axes = figure(9.6 if columns > 2 else 8.4, 2.35 * rows, rows, columns)
    for place, (outlook, indicator, targets) in zip(axes.flat, items, strict=False):
        fan(place, outlook, indicator, lang, targets, labels=False)
        place.set_title(folded(indicator.name(lang), 19 if lang == "zh" else 36), fontsize=9)
        place.set_ylabel(wording.axis_unit(indicator, lang), fontsize=8)
        place.tick_params(labelsize=8)
    _hide_unused(axes, len(items))
    return Chart(drawn, " ".join(fan_in_words(*item[:2], lang, item[2]) for item in items))


def regions_chart(
    items: Sequence[tuple[str, Outlook, Sequence[Target]]], indicator: Indicator, lang: str, columns: int = 3
) -> Chart:
    """One indicator in several regions, on one scale. items: name of the region, its outlook, its targets."""
    columns = min(columns, len(items))
    rows = -(-len(items) // columns)
    drawn, axes = figure(8.4, 0.3 + 2.2 * rows, rows, columns, sharey=True)
    for place, (name, outlook, targets) in zip(axes.flat, items, strict=False):
        fan(place, outlook, indicator, lang, targets, labels=False)
        place.set_title(folded(name, 16 if lang == "zh" else 32), fontsize=9)
        place.tick_params(labelsize=8)
    for place in axes[:, 0]:
        place.set_ylabel(wording.axis_unit(indicator, lang), fontsize=8)
    _hide_unused(axes, len(items))
    words = [f"{name}: {fan_in_words(o, indicator, lang, t)}" for name, o, t in items]
    return Chart(drawn, " ".join(words))


def bands(items: Sequence[tuple[str, Outlook]], ylabel: str, lang: str, title: str = "") -> Chart:
    """Several outlooks of one unit on one chart, each with its 80 % band."""
    drawn, axes = figure(PAGE, 3.0)
    place = axes[0, 0]
    words = []
    styles = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (GREY, "-"))
    for (label, outlook), (colour, dashes) in zip(items, styles, strict=False):
        low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])
        place.fill_between(outlook.years, low, high, color=colour, alpha=0.22, lw=0)
        place.plot(outlook.years, mid, color=colour, lw=1.7, ls=dashes, label=label)
        words.append(message("alt_band", lang, label=label, year=outlook.years[-1], low=wording.number(low[-1], lang),
                         high=wording.number(high[-1], lang)))  # fmt: skip
    place.set_ylabel(ylabel)
    place.set_title(title)
    place.set_ylim(bottom=0)
    numbers(place.yaxis, lang)
    by_year(place)
    legend_beside(place, band_of_80(lang))
    return Chart(drawn, listed(words, lang))


def _hide_unused(axes: np.ndarray, used: int) -> None:
    for place in list(axes.flat)[used:]:
        place.set_visible(False)
