"""What the people will need: mothers, children, patients and elderly to care for, and people per post, now and later."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dabiao.assessment import Assessment
from dabiao.needs import COUNTED_AMONG
from planning.outlooks import Outlook
from reports.blocks import Part, Section
from reports.charts import style
from reports.messages import message, wording
from reports.messages.wording import number
from reports.sections.summary import _sources, own_keys

AGES = ("children_aged_0", "children_aged_1", "children_aged_2")
RATIOS = {
    "by_both": "dependency_ratio",
    "by_elderly": "old_age_dependency_ratio",
    "by_children": "child_dependency_ratio",
}


def needs(a: Assessment, lang: str) -> Section | None:
    """A table of needs now and at the target year; children under 3 by single age beside dependency ratios."""
    out = a.outlooks
    if a.projection is None:
        return None
    first, last = out["population"].years[0], out["population"].years[-1]
    now = int(np.clip(a.as_of.year - 1, first, last))
    ahead = [v.target.year for v in a.verdicts if v.target.key in own_keys(a) and now < v.target.year <= last]
    to = max(ahead, default=last)
    listed = [(id, among) for id, among in COUNTED_AMONG.items() if id in out and to in out[id].years]
    rows = [_row(a, id, among, now, to, lang) for id, among in listed]
    heads = [message("need", lang), message("counted_among", lang), *(message("at_year", lang, year=y) for y in (now, to)),
             message("heading_evidence", lang)]  # fmt: skip
    chart = _chart(a, lang)
    caption = _sources(out["children_under_3"], lang)
    return Section(
        "needs",
        message("needs", lang),
        (_lead(out, now, to, lang), message("needs_counted", lang)),
        [
            Part(headings=heads, rows=rows),
            Part(figure=style.inline(chart), alt=chart.alt, caption=caption),
        ],
    )


def _row(a: Assessment, id: str, among: str, now: int, to: int, lang: str) -> tuple:
    outlook = a.outlooks[id]
    return (
        a.catalogue.indicator(id).name(lang),
        a.catalogue.indicator(among).name(lang),
        *(_shown(a, outlook, year, lang) for year in (now, to)),
        outlook.grade,
    )


def _shown(a: Assessment, outlook: Outlook, year: int, lang: str) -> str:
    if year not in outlook.years:
        return "—"
    about = a.catalogue.indicator(outlook.indicator)
    low, mid, high = np.quantile(outlook.at(year), [0.1, 0.5, 0.9])
    spread = wording.interval(low, high, about, lang)
    middle = number(mid, lang)
    return f"{spread}（{middle}）" if lang == "zh" else f"{spread} ({middle})"


def _lead(out: dict[str, Outlook], now: int, to: int, lang: str) -> str:
    def span(id: str, year: int, form: Callable[[float], str]) -> str:
        low, high = np.quantile(out[id].at(year), [0.1, 0.9])
        return f"{form(low)}–{form(high)}"

    def whole(value: float) -> str:
        return number(value, lang)

    def tenth(value: float) -> str:
        return f"{value:.1f}%"

    ages = {name: span(id, to, whole) for name, id in zip(("zero", "one", "two"), AGES, strict=True)}
    ratios = {}
    for name, id in (("old", RATIOS["by_elderly"]), ("child", RATIOS["by_children"])):
        ratios[name], ratios[f"{name}_now"] = span(id, to, tenth), span(id, now, tenth)
    return message("needs_lead", lang, to=to, now=now, **ages, **ratios)


def _chart(a: Assessment, lang: str) -> style.Chart:
    out = a.outlooks
    drawn, axes = style.figure(9.6, 3.0, 1, 2)
    children, ratios = axes[0]
    total = out["children_under_3"]
    below = np.zeros(len(total.years))
    for age, (id, colour) in enumerate(zip(AGES, (style.BLUE, style.ORANGE, style.GREEN), strict=True)):
        middle = np.median(out[id].paths, axis=0)
        children.bar(total.years, middle, bottom=below, width=0.7, color=colour, alpha=0.75, lw=0,
                     label=message("aged_n", lang, age=age))  # fmt: skip
        below += middle
    low, high = total.quantiles([0.1, 0.9])
    children.vlines(total.years, low, high, color=style.INK, lw=1.4, label=message("total80", lang))
    children.set_title(message("children_by_age", lang))
    children.set_ylabel(wording.unit("persons", lang))
    style.numbers(children.yaxis, lang)
    styles = ((style.GREY, "-"), (style.PURPLE, "--"), (style.BLUE, "-."))
    for (label, id), (colour, dashes) in zip(RATIOS.items(), styles, strict=True):
        low, middle, high = out[id].quantiles([0.1, 0.5, 0.9])
        ratios.fill_between(out[id].years, low, high, color=colour, alpha=0.22, lw=0)
        ratios.plot(out[id].years, middle, color=colour, ls=dashes, lw=1.6, label=message(label, lang))
    ratios.set_title(message("dependency", lang))
    ratios.set_ylabel("%")
    for place in (children, ratios):
        style.by_year(place)
        place.set_ylim(bottom=0)
        place.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4)
    words = [f"{message('children_by_age', lang)}: {total.years[0]}–{total.years[-1]}"]
    words += [f"{message(k, lang)} {np.median(out[id].paths[:, -1]):.0f}%" for k, id in RATIOS.items()]
    return style.Chart(drawn, style.listed(words, lang))
