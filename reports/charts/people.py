"""Charts of people: pyramids, ageing, births by order, and what brings people in and takes them away."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np

from planning.outlooks import Outlook
from planning.populations import Projection
from reports.charts.planner import stock_flow
from reports.charts.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PAGE,
    Chart,
    band_of_80,
    by_year,
    figure,
    legend_beside,
    listed,
    numbers,
)
from reports.messages import message, wording


def pyramid(people: np.ndarray, years: tuple[int, int], lang: str) -> Chart:
    """Two population pyramids on one chart. people: (draw, 2 years, sex, age 0-100+), persons; the later has an 80 % band."""
    drawn, axes = figure(PAGE, 4.6)
    place = axes[0, 0]
    groups = people[..., :100].reshape(*people.shape[:-1], 20, 5).sum(-1)
    groups = np.concatenate([groups, people[..., 100:101]], axis=-1)
    ages = np.arange(21) * 5
    scale, unit = (1e4, "万人") if lang == "zh" else (1e3, "thousand")
    now, then = np.median(groups[:, 0], axis=0) / scale, np.quantile(groups[:, 1], [0.1, 0.5, 0.9], axis=0) / scale
    for sex, side, colour in ((0, -1, BLUE), (1, 1, ORANGE)):
        place.barh(ages + 2.5, side * now[sex], height=4.4, color=colour, alpha=0.35, lw=0)
        place.step(
            side * np.append(then[1, sex], then[1, sex, -1]), np.append(ages, 105), where="pre", color=colour, lw=1.6
        )
        for low, high, at in zip(then[0, sex], then[2, sex], ages, strict=True):
            place.plot([side * low, side * high], [at + 2.5] * 2, color=colour, lw=3, alpha=0.7, solid_capstyle="butt")
    widest = max(now.max(), then.max()) * 1.08
    place.set_xlim(-widest, widest)
    place.axvline(0, color="#999999", lw=0.8)
    place.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{abs(v):,.6g}"))
    place.set_yticks(range(0, 101, 10))
    place.set_ylim(0, 105)
    place.set_ylabel(message("age", lang))
    place.set_xlabel(f"{message('male', lang)}  ←  {unit}  →  {message('female', lang)}")
    bar = "柱" if lang == "zh" else "bars"
    line = "线与粗段（80% 区间）" if lang == "zh" else "line and thick strokes (80% interval)"
    place.set_title(f"{years[0]}: {bar};  {years[1]}: {line}", fontsize=9.5)
    old = np.quantile(people[:, 1, :, 65:].sum((1, 2)) / people[:, 1].sum((1, 2)), [0.1, 0.9])
    before = np.median(people[:, 0, :, 65:].sum((1, 2)) / people[:, 0].sum((1, 2)))
    alt = message("alt_pyramid", lang, first=years[0], last=years[1], before=f"{before:.0%}", low=f"{old[0]:.0%}",
              high=f"{old[1]:.0%}")  # fmt: skip
    return Chart(drawn, alt)


def ageing(shares: Sequence[tuple[str, Outlook]], lang: str) -> Chart:
    """Shares of older people over the years, each with its 80 % band. shares: label and outlook in per cent."""
    drawn, axes = figure(PAGE, 3.2)
    place = axes[0, 0]
    words = []
    styles = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."))
    for (label, outlook), (colour, dashes) in zip(shares, styles, strict=False):
        low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])
        place.fill_between(outlook.years, low, high, color=colour, alpha=0.25, lw=0)
        place.plot(outlook.years, mid, color=colour, lw=1.6, ls=dashes, label=label)
        if outlook.observed:
            place.plot(*zip(*outlook.observed, strict=True), "o", color=colour, ms=3.5)
        words.append(
            message(
                "alt_band", lang, label=label, year=outlook.years[-1], low=f"{low[-1]:.1f}%", high=f"{high[-1]:.1f}%"
            )
        )
    place.set_ylabel("%")
    place.set_title(message("ageing_title", lang))
    place.set_ylim(bottom=0)
    by_year(place)
    legend_beside(place, band_of_80(lang))
    return Chart(drawn, listed(words, lang))


def births_by_order(orders: Sequence[tuple[str, Outlook]], total: Outlook, lang: str) -> Chart:
    """Births by order, stacked at their medians, with the 80 % interval of the total."""
    drawn, axes = figure(PAGE, 3.2)
    place = axes[0, 0]
    bottom = np.zeros(len(total.years))
    hatches = ("", "//", "..")  # so that the orders are told apart without colour
    words = []
    for (label, outlook), colour, hatch in zip(orders, (BLUE, ORANGE, GREEN), hatches, strict=False):
        mid = outlook.quantiles([0.5])[0]
        place.bar(total.years, mid, bottom=bottom, width=0.72, color=colour, alpha=0.75, label=label, lw=0, hatch=hatch,
                  edgecolor="white")  # fmt: skip
        bottom = bottom + mid
        words.append(f"{label} {wording.number(mid[-1], lang)}")
    low, mid, high = total.quantiles([0.1, 0.5, 0.9])
    place.errorbar(
        total.years,
        mid,
        yerr=[np.maximum(mid - low, 0), np.maximum(high - mid, 0)],
        fmt="none",
        ecolor="#333333",
        elinewidth=1.1,
        capsize=2.5,
        label=message("band80", lang),
    )
    if total.observed:
        place.plot(*zip(*total.observed, strict=True), "o", color=INK, ms=3.6, label=message("observed", lang))
    place.set_ylabel(wording.unit("persons", lang))
    numbers(place.yaxis, lang)
    by_year(place)
    legend_beside(place)
    alt = message("alt_births", lang, year=total.years[-1], low=wording.number(low[-1], lang),
              high=wording.number(high[-1], lang), orders=listed(words, lang))  # fmt: skip
    return Chart(drawn, alt)


def people_flows(projection: Projection, lang: str) -> Chart:
    """Births, deaths and net moves of each year, and the change they add up to."""
    moves = projection.net_migration()
    return stock_flow(
        projection.flow_years,
        {message("flow_births", lang): projection.births_total(), message("arrivals", lang): np.maximum(moves, 0)},
        {message("deaths", lang): projection.deaths_total(), message("departures", lang): np.maximum(-moves, 0)},
        wording.unit("persons", lang),
        lang,
    )


def staff_ages(now: np.ndarray, then: np.ndarray, years: tuple[int, int], lang: str, title: str) -> Chart:
    """One kind of staff by age and sex in two years. now, then: (draw, sex, age from 20), persons; the later has an 80 % band."""
    drawn, axes = figure(PAGE, 3.6)
    place = axes[0, 0]
    groups = [a[..., :55].reshape(*a.shape[:-1], 11, 5).sum(-1) for a in (now, then)]
    ages = 20 + 5 * np.arange(11)
    words = []
    for sex, side, colour, label in ((0, -1, BLUE, "male"), (1, 1, ORANGE, "female")):
        before = np.median(groups[0][:, sex], axis=0)
        low, mid, high = np.quantile(groups[1][:, sex], [0.1, 0.5, 0.9], axis=0)
        place.barh(ages + 2.5, side * before, height=4.4, color=colour, alpha=0.35, lw=0)
        place.step(side * np.append(mid, mid[-1]), np.append(ages, 75), where="pre", color=colour, lw=1.6)
        for a, b, at in zip(low, high, ages, strict=True):
            place.plot([side * a, side * b], [at + 2.5] * 2, color=colour, lw=3, alpha=0.7, solid_capstyle="butt")
        words.append(f"{message(label, lang)} {wording.number(mid.sum(), lang)}")
    place.axvline(0, color="#999999", lw=0.8)
    place.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{abs(v):,.6g}"))
    place.set_ylabel(message("age", lang))
    place.set_xlabel(f"{message('male', lang)}  ←  {wording.unit('persons', lang)}  →  {message('female', lang)}")
    place.set_title(message("staff_ages", lang, title=title, first=years[0], last=years[1]), fontsize=9.5)
    return Chart(drawn, f"{title} {years[1]}: {listed(words, lang)}")
