"""Exploring regions side by side: one indicator on one scale, the order, and how sure the order is."""

from __future__ import annotations

import numpy as np

from dabiao.region_model import RegionModel
from planner.explore import View
from planner.select_widget import SelectWidget
from planning.outlooks import Outlook
from planning.regions import Region
from reports.blocks import Part, Section
from reports.charts import fans
from reports.messages import message
from reports.messages.wording import percent

MOST_OTHERS = 5  # neighbours that a region is set beside, unless others are named


def others(view: View, named: str = "") -> list[Region]:
    """The regions to compare with: those named (separated by commas), else the neighbours under the same parent.

    Raises NotKnown with what is near for a name that means nothing.
    """
    catalogue, own = view.bench.catalogue, view.bench.region
    asked = [w.strip() for w in named.replace("，", ",").replace("、", ",").split(",") if w.strip()]
    if asked:
        return [own, *(r for w in asked if (r := catalogue.find(w)).key != own.key)]
    near = [r for r in catalogue.siblings(own) if _known(view, r)]
    if len(near) < 3:
        near += [r for r in catalogue.regions if r.level == own.level and not r.boundary.end and r not in near and r != own
                 and any(catalogue.region(t.key).key == r.key for t in catalogue.targets)]  # fmt: skip
    return [own, *near[:MOST_OTHERS]]


def _known(view: View, region: Region) -> bool:
    catalogue = view.bench.catalogue
    return any(
        catalogue.series(region, id) is not None for id in ("population", "nursery_places_per_1000", "gps_per_10000")
    )


def outlook_elsewhere(view: View, region: Region, indicator: str) -> Outlook | None:
    """The outlook of one indicator in another region, on the same draws; None where nothing can be said."""
    bench = view.bench
    if region.key == bench.region.key and indicator in bench.outlooks:
        return bench.outlooks[indicator]
    about = (bench.catalogue, region, (), bench.to, bench.draws, bench.seed)
    return RegionModel.prepare(*about, also=(indicator,)).outlooks.get(indicator)


def side_by_side(view: View, indicator: str, named: str = "", year: int | None = None) -> Section:
    """One indicator in several regions: the fans on one scale, the order in a year, and how sure the order is."""
    lang, catalogue = view.lang, view.bench.catalogue
    about = catalogue.indicator(indicator)
    found = {r: o for r in others(view, named) if (o := outlook_elsewhere(view, r, about.id)) is not None}
    year = year or min(o.years[-1] for o in found.values()) if found else 0
    shown = {r: o for r, o in found.items() if year in o.years}
    if len(shown) < 2:
        return Section("compare", about.name(lang), [message("compare_none", lang)])
    goals = {
        r: [t for t in catalogue.in_force(r) if t.indicator == about.id and t.numeric and t.key in (r.key, r.code)]
        for r in shown
    }
    side = fans.regions_chart([(r.name(lang), o, goals[r][-1:]) for r, o in shown.items()], about, lang)
    order = fans.ranking([(r.name(lang), o.at(year)) for r, o in shown.items()], about, lang)
    rows = rank_rows({r.name(lang): o for r, o in shown.items()}, about.better, year)
    heads = [
        message("heading_region", lang),
        message("rank", lang),
        message("first_odds", lang),
        message("heading_evidence", lang),
    ]
    lead = message("compare_lead", lang, indicator=about.name(lang), year=year, n=len(shown))
    named_sources = list(dict.fromkeys(s for o in shown.values() for s in o.sources))[:4]
    caption = message("source", lang, sources=("；" if lang == "zh" else "; ").join(named_sources) or "—")
    return Section(
        "compare", message("compare_title", lang, indicator=about.name(lang)), [lead, message("multiples_note", lang)],
        [
            Part(figure=fans.inline(side), alt=side.alt, caption=caption),
            Part(figure=fans.inline(order), alt=order.alt, caption=caption),
            Part(headings=heads, rows=rows, title=message("rank_title", lang, year=year)),
        ],
    )  # fmt: skip


def rank_rows(outlooks: dict[str, Outlook], better: str, year: int) -> list[tuple]:
    """Each region's rank, as an 80 % interval over the draws, its chance to be first, and its evidence."""
    values = np.stack([o.at(year) for o in outlooks.values()])
    ranks = (values if better == "down" else -values).argsort(axis=0).argsort(axis=0) + 1
    rows = []
    for (name, outlook), own in zip(outlooks.items(), ranks, strict=True):
        low, high = np.quantile(own, [0.1, 0.9], method="nearest")
        rows.append((float(np.median(own)), name, f"{low:.0f}–{high:.0f}" if low != high else f"{low:.0f}",
                     percent(float((own == 1).mean()), "en"), outlook.grade))  # fmt: skip
    return [row[1:] for row in sorted(rows)]


def compare(view: View, named: str = "") -> SelectWidget:
    """Regions side by side, by an indicator to choose."""
    bench, lang = view.bench, view.lang
    liked = ("nursery_places_per_1000", "gps_per_10000", "aged_65_share", "births", "children_under_3", "physicians_per_1000",
             "nurses_per_1000", "life_expectancy")  # fmt: skip
    ids = [i for i in liked if i in bench.outlooks]
    lists = {message("w_indicator", lang): [(bench.catalogue.indicator(i).name(lang), i) for i in ids]}
    if named:
        return SelectWidget(lists, lambda id: side_by_side(view, id, named))
    planned = {
        bench.catalogue.region(t.key).key
        for t in bench.catalogue.targets
        if not bench.catalogue.region(t.key).boundary.end
    }
    lists[message("compare_with", lang)] = [
        (message("compare_near", lang), ""),
        (message("compare_planned", lang), ",".join(sorted(planned))),
    ]
    return SelectWidget(lists, lambda id, beside: side_by_side(view, id, beside))
