"""What lies below a region, made to add up: one table for the region and one for each part that has parts of its own."""

from __future__ import annotations

import numpy as np

from dabiao.assessment import Assessment
from dabiao.districts import REST, Coherent, descended, figures
from reports.blocks import Part, Section
from reports.messages import message
from reports.messages.wording import number, one_language

TOLD = ("population", "aged_65", "births", "children_under_3")


def below(a: Assessment, lang: str) -> Section:
    """Every place below the region, level by level, as it is when all add up to the nation; how far each had to move."""
    made = list(descended(a.catalogue, a.region, a.to, a.draws, a.seed))
    off = max(difference(each, a.to) for each in made)
    places = sum(len(each.districts) for each in made)
    moved = np.median(np.abs([m for each in made for m in each.correction.moved.values()]))
    lead = [message("below_lead", lang, region=a.region.name(lang), year=a.to, places=places, moved=f"{moved:.1%}"),
            message("below_equal", lang, off=number(max(off, 0.001), lang, 3))]  # fmt: skip
    missing = [
        f"{a.catalogue.region(key).name(lang)}：{one_language(why, lang)}"
        for each in made
        for key, why in each.left_out.items()
    ]
    parts = [_table(a, each, lang) for each in made]
    if missing:
        parts.append(Part(title=message("below_missing", lang), items=missing, folded=True))
    return Section("below", message("below", lang), lead, parts)


def difference(made: Coherent, year: int) -> float:
    """The largest difference, in persons, between a figure of the region and the sum over its parts, over all draws."""
    whole = figures(made.city, year)
    parts = [figures(p, year) for p in made.parts.values()]
    return float(max(np.abs(sum(p[id] for p in parts) - values).max() for id, values in whole.items()))


def _table(a: Assessment, made: Coherent, lang: str) -> Part:
    names = {r.key: r.name(lang) for r in made.districts} | {REST: message("below_rest", lang)}
    moved = made.correction.moved
    rows = [
        [names[key], *_spread(figures(part, a.to), lang), f"{moved[part.region]:.1%}"]
        for key, part in made.parts.items()
    ]
    rows.append([made.parent.name(lang), *_spread(figures(made.city, a.to), lang), ""])
    heads = [
        message("heading_region", lang),
        *(a.catalogue.indicator(id).name(lang) for id in TOLD),
        message("below_moved", lang),
    ]
    caption = one_language(made.correction.sentence(), lang).replace(made.parent.key, made.parent.name(lang), 1)
    title = message("below_table", lang, region=made.parent.name(lang), year=a.to)
    return Part(title=title, headings=heads, rows=rows, caption=caption)


def _spread(found: dict[str, np.ndarray], lang: str) -> list[str]:
    """Interval before the middle: 10 %, 90 %, median of each figure told."""
    cells = []
    for id in TOLD:
        low, middle, high = np.quantile(found[id], [0.1, 0.5, 0.9])
        cells.append(f"{number(low, lang, beside=high)}–{number(high, lang)} ({number(middle, lang, beside=high)})")
    return cells
