"""Sections: the report, part by part. Each takes an Assessment and gives a sentence, a chart and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dabiao.assessment import Assessment
from dabiao.model_card import gather, made_with
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.own_figures import entered
from planning.targets import Target
from planning.verdicts import ALL_WORDS, NEEDS_A_FIGURE, NOT_QUANTITATIVE, Verdict
from reports.blocks import Heading, Part, Section, Word
from reports.charts import fans
from reports.messages import message, wording
from reports.messages.methods import method_in_words
from reports.messages.wording import figure, number, one_language, percent
from reports.sections import freshness
from reports.sections.profile import census_profile


def title(a: Assessment, lang: str) -> Section:
    """The name of the report and what it was made from."""
    name = a.region.name(lang)
    subtitle = message(
        "subtitle",
        lang,
        as_of=a.as_of.isoformat(),
        scenario=a.scenario.title(lang),
        to=a.to,
        draws=a.draws,
        seed=a.seed,
    )
    return Heading(
        "title", message("title", lang, region=name), (subtitle, freshness.sentence(a.catalogue, a.region, lang))
    )


def answer(a: Assessment, lang: str) -> Section:
    """Every target with its verdict, chance and evidence, and the few that need action on top."""
    counts = Counter(v.word for v in a.verdicts)
    listed = ("，" if lang == "zh" else ", ").join(
        message("answer_count", lang, word=message(f"verdict_{w}", lang), n=counts[w]) for w in ALL_WORDS if counts[w]
    )
    lead = [message("answer_lead", lang, total=len(a.verdicts), counts=listed), wording.word_rule(lang)]
    if any(v.target.past(a.as_of) for v in a.verdicts):
        lead.append(message("past_rule", lang))
    if own := entered(a.catalogue, a.region):
        lead.append(wording.entered(own, a.catalogue, lang))
    if near := [v for v in a.verdicts if v.near_border]:
        se = max(v.chance_se for v in near)
        lead.append(message("near_border", lang, n=len(near), draws=a.draws, se=f"{100 * se:.1f}"))
    settled = [v for v in a.verdicts if v.word in ("attained", "missed")]
    judged = [v for v in a.verdicts if v not in settled and v.chance is not None]
    urgent = [
        v for v in judged if v.word in ("unlikely", "uncertain") and v.target.region == a.region.code and not v.vague
    ]
    urgent = sorted(urgent, key=lambda v: (v.target.past(a.as_of), v.chance))[:5]
    items = [_act_line(a, v, lang) for v in urgent] or [message("act_none", lang)]
    wanting = [v for v in a.verdicts if v.word == NEEDS_A_FIGURE]
    unnumbered = [v for v in a.verdicts if v.word == NOT_QUANTITATIVE]
    parts = [Part(title=message("act_first", lang), items=items), _verdict_table(a, judged, lang)]
    if settled:
        parts.append(_settled_table(a, settled, lang))
    colon = "：" if lang == "zh" else ": "
    if unsettled := [f"{_name(a, v, lang)}{colon}{one_language(v.reason, lang)}" for v in judged if v.reason]:
        parts.append(Part(title=message("unsettled", lang), items=unsettled))
    if wanting:
        parts.append(_folded(a, wanting, message("needs_figures", lang, n=len(wanting)), lang))
    if unnumbered:
        parts.append(_folded(a, unnumbered, message("unnumbered", lang, n=len(unnumbered)), lang))
    return Section("answer", message("answer", lang), lead, parts)


def population(a: Assessment, lang: str) -> Section | None:
    """People now and at the last year, and how many of them are old."""
    if a.projection is None:
        return _nothing(a, "population", lang)
    out, projection = a.outlooks, a.projection
    people, base = out["population"], projection.years[0]
    low, mid, high = people.quantiles([0.1, 0.5, 0.9])[:, -1]
    start = float(np.median(projection.people[:, 0].sum((1, 2))))
    shares = {k: out[k].quantiles([0.1, 0.9])[:, -1] for k in ("aged_60_share", "aged_65_share", "aged_80_share")}
    base65 = float(np.median(projection.people[:, 0, :, 65:].sum((1, 2)) / projection.people[:, 0].sum((1, 2)) * 100))
    lead = [
        message("population_lead", lang, base=base, to=people.years[-1], start=number(start, lang), low=number(low, lang),
             high=number(high, lang), median=number(mid, lang)),
        message("ageing_lead", lang, to=people.years[-1], start=f"{base65:.1f}%",
             low=f"{shares['aged_65_share'][0]:.1f}%", high=f"{shares['aged_65_share'][1]:.1f}%",
             low60=f"{shares['aged_60_share'][0]:.1f}%", high60=f"{shares['aged_60_share'][1]:.1f}%",
             low80=f"{shares['aged_80_share'][0]:.1f}%", high80=f"{shares['aged_80_share'][1]:.1f}%"),
    ]  # fmt: skip
    corrected = np.flatnonzero(a.people.drivers.census_corrections.any(axis=0))
    if len(corrected) and corrected[0] > 0:
        year = a.people.drivers.years[corrected[0]]
        before = np.quantile(people.at(year - 1), [0.1, 0.9])
        lead.insert(
            1, message("census_ahead", lang, year=year, low=number(before[0], lang), high=number(before[1], lang))
        )
    goal_year = max((v.target.year for v in a.verdicts if v.target.key in own_keys(a)), default=a.to)
    index = projection.years.index(goal_year) if goal_year in projection.years else len(projection.years) - 1
    ends = projection.people[:, [0, index]]
    pyramid = fans.pyramid(ends, (base, projection.years[index]), lang)
    fan = fans.outlook_chart(people, a.catalogue.indicator("population"), lang)
    names = {"aged_60_share": "60+", "aged_65_share": "65+", "aged_80_share": "80+"}
    ageing = fans.ageing([(label, out[k]) for k, label in names.items()], lang)
    source = _sources(people, lang)
    return Section(
        "population",
        message("population", lang),
        lead,
        [
            Part(figure=fans.inline(pyramid), alt=lead[0], caption=source),
            Part(figure=fans.inline(fan), alt=lead[0], caption=source),
            Part(figure=fans.inline(ageing), alt=lead[-1], caption=source),
            *census_profile(a, lang),
        ],
    )


def births(a: Assessment, lang: str) -> Section | None:
    """Births by order, with the interval of their sum."""
    if a.projection is None:
        return _nothing(a, "births", lang)
    out = a.outlooks
    total = out["births"]
    low, mid, high = total.quantiles([0.1, 0.5, 0.9])[:, -1]
    kinds = ("births_first", "births_second", "births_third_plus")
    parts = [float(np.median(out[k].paths[:, -1] / total.paths[:, -1])) for k in kinds]
    lead = message("births_lead", lang, to=total.years[-1], low=number(low, lang), high=number(high, lang),
                median=number(mid, lang), first=f"{parts[0]:.0%}", second=f"{parts[1]:.0%}",
                third=f"{parts[2]:.0%}")  # fmt: skip
    orders = [(message(k, lang), out[id]) for k, id in zip(("first", "second", "third"), kinds, strict=True)]
    chart = fans.births_by_order(orders, total, lang)
    drivers = [total.drivers.lang(lang)] if total.drivers else []
    return Section(
        "births",
        message("births", lang),
        [lead, *drivers],
        [Part(figure=fans.inline(chart), alt=lead, caption=_sources(total, lang))],
    )


def nursery(a: Assessment, lang: str) -> Section | None:
    """Children under 3, those who want a place, places, and the target, per 1,000 people and per 100 children."""
    out = a.outlooks
    if "nursery_places_per_1000" not in out or "children_under_3" not in out:
        return _nothing(a, "nursery", lang)
    rate = out["nursery_places_per_1000"]
    year = max((v.target.year for v in a.verdicts if v.target.indicator == rate.indicator), default=rate.years[-1])
    year = min(max(year, rate.years[0]), rate.years[-1])
    per, under3 = out["nursery_places_per_100_under3"], out["children_under_3"]
    band = {k: np.quantile(o.at(year), [0.1, 0.9]) for k, o in (("rate", rate), ("per", per), ("kids", under3))}
    lead = message("nursery_lead", lang, year=year, low=number(band["kids"][0], lang), high=number(band["kids"][1], lang),
                rate_low=f"{band['rate'][0]:.2f}", rate_high=f"{band['rate'][1]:.2f}",
                per_low=f"{band['per'][0]:.0f}", per_high=f"{band['per'][1]:.0f}")  # fmt: skip
    targets = _targets(a, rate.indicator)
    first = fans.outlook_chart(rate, a.catalogue.indicator(rate.indicator), lang, targets)
    counts = fans.bands(
        [(message("under3", lang), under3), (message("demand", lang), out["nursery_demand"]), (message("places", lang), out["nursery_places"])],
        wording.unit("persons", lang) + " / " + message("places", lang),
        lang,
    )  # fmt: skip
    second = fans.outlook_chart(per, a.catalogue.indicator(per.indicator), lang)
    drivers = [message("pace_alone", lang, says=rate.drivers.lang(lang))] if rate.drivers else []
    return Section(
        "nursery",
        message("nursery", lang),
        [lead, *drivers],
        [
            Part(figure=fans.inline(first), alt=lead, caption=_sources(rate, lang)),
            Part(figure=fans.inline(counts), alt=lead, caption=_sources(under3, lang)),
            Part(figure=fans.inline(second), alt=lead, caption=_sources(rate, lang)),
        ],
    )


def gps(a: Assessment, lang: str) -> Section | None:
    """General practitioners per 10,000 against the target, and how many people that is."""
    out = a.outlooks
    if "gps_per_10000" not in out or "gps" not in out:
        return _nothing(a, "gps", lang)
    rate, heads = out["gps_per_10000"], out["gps"]
    year = max((v.target.year for v in a.verdicts if v.target.indicator == rate.indicator), default=rate.years[-1])
    year = min(max(year, rate.years[0]), rate.years[-1])
    low, mid, high = np.quantile(rate.at(year), [0.1, 0.5, 0.9])
    heads_low, heads_high = np.quantile(heads.at(year), [0.1, 0.9])
    lead = message("gps_lead", lang, year=year, low=f"{low:.2f}", high=f"{high:.2f}", median=f"{mid:.2f}",
                heads_low=number(heads_low, lang), heads_high=number(heads_high, lang))  # fmt: skip
    chart = fans.outlook_chart(rate, a.catalogue.indicator(rate.indicator), lang, _targets(a, rate.indicator))
    drivers = [message("pace_alone", lang, says=rate.drivers.lang(lang))] if rate.drivers else []
    part = Part(figure=fans.inline(chart), alt=lead, caption=_sources(rate, lang))
    return Section("gps", message("gps", lang), [lead, *drivers], [part])


SHOWN_ALREADY = ("nursery_places_per_1000", "gps_per_10000")


def others(a: Assessment, lang: str) -> Section | None:
    """Every other judged indicator of this region as a small fan."""
    judged = dict.fromkeys(
        v.target.indicator for v in a.verdicts if v.chance is not None and v.target.key in own_keys(a)
    )
    ids = [id for id in judged if id not in SHOWN_ALREADY and id in a.outlooks]
    if not ids:
        return None
    parts = []
    for start in range(0, len(ids), 12):
        chosen = ids[start : start + 12]
        items = [(a.outlooks[i], a.catalogue.indicator(i), _targets(a, i)) for i in chosen]
        chart = fans.small_multiples(items, lang)
        names = ("、" if lang == "zh" else ", ").join(a.catalogue.indicator(i).name(lang) for i in chosen)
        parts.append(Part(figure=fans.inline(chart), alt=names, caption=_many_sources(items, lang)))
    return Section("others", message("others", lang), (message("others_lead", lang),), parts)


def assumed(a: Assessment, lang: str) -> Section:
    """What was assumed, and the sources of every outlook."""
    outlooks = list(a.outlooks.values())
    notes: list[str] = []
    if a.people is not None:
        notes += a.people.base.notes.get(lang, ())
    notes += [one_language(s, lang) for o in outlooks for s in o.assumptions]
    rows = _together(
        [
            (
                a.catalogue.indicator(o.indicator).name(lang),
                method_in_words(o.method, lang, a.catalogue),
                o.grade,
                ("；" if lang == "zh" else "; ").join(o.sources) or "—",
            )
            for o in outlooks
        ],
        lang,
    )
    heads = [message(f"heading_{h}", lang) for h in ("indicator", "method", "evidence", "source")]
    return Section(
        "assumed",
        message("assumed", lang),
        (),
        [Part(items=list(dict.fromkeys(notes))), Part(headings=heads, rows=rows)],
    )


def gaps(a: Assessment, lang: str) -> Section:
    """What is not published, and what is published twice with different values."""
    rows = []
    for id, reason in a.missing_reasons.items():
        name = a.catalogue.indicator(id).name(lang)
        rows.append((name, one_language(reason, lang).replace(name, message("this_figure", lang))))
    items = []
    for conflict in a.conflicts():
        about = a.catalogue.indicator(conflict.used.indicator)
        items.append(
            message("conflict", lang, indicator=about.name(lang), year=conflict.used.year,
                 used=figure(conflict.used.value, about, lang), used_source=conflict.used.source.cited(),
                 aside=figure(conflict.aside.value, about, lang), aside_source=conflict.aside.source.cited())
        )  # fmt: skip
    parts = []
    if rows:
        heads = [message("heading_indicator", lang), message("heading_reason", lang)]
        parts.append(Part(headings=heads, rows=_together(rows, lang)))
    if items:
        parts.append(Part(items=items))
    return Section("gaps", message("gaps", lang), (message("gaps_lead", lang),), parts)


def _together(rows: Iterable[tuple], lang: str) -> list[tuple]:
    """Rows that differ in their first cell alone as one row, in the order in which each comes first."""
    names: dict[tuple, list[str]] = {}
    for name, *rest in rows:
        names.setdefault(tuple(rest), []).append(name)
    return [(("、" if lang == "zh" else ", ").join(found), *rest) for rest, found in names.items()]


def model_card(a: Assessment, lang: str) -> Section:
    """What the report was made with, and GATHER's items, those only a person can fill named as empty."""
    which = wording.LANGS.index(lang)
    items = gather(a)
    empty = [i for i in items if not i.filled]
    lead = message("card_lead", lang, filled=len(items) - len(empty), empty=len(empty))
    rows = [(i.number, i.asks[which], i.says[which]) for i in items]
    heads = ["#", message("heading_asked", lang), message("heading_answer", lang)]
    made = [f"{k}: {v}" for k, v in made_with(a).items()]
    return Section(
        "card",
        message("card", lang),
        (lead,),
        [Part(title=message("gather", lang), headings=heads, rows=rows, folded=True), Part(items=["；".join(made)])],
    )


def own_keys(a: Assessment) -> tuple[str, ...]:
    """The keys that targets of the report's own region and boundary go by."""
    return (a.region.key,) if a.region.boundary.end else (a.region.key, a.region.code)


def _targets(a: Assessment, indicator: str) -> list[Target]:
    return [
        v.target
        for v in a.verdicts
        if v.target.indicator == indicator and v.target.numeric and v.target.key in own_keys(a)
    ]


def _nothing(a: Assessment, key: str, lang: str) -> Section:
    reasons = list(dict.fromkeys(one_language(r, lang) for r in a.missing_reasons.values()))[:3]
    return Section(
        key,
        message(key, lang),
        [message("no_data", lang) + "：" + "；".join(reasons) if reasons else message("no_data", lang)],
    )


def _sources(outlook: Outlook, lang: str) -> str:
    return _cited(outlook.sources, 4, lang)


def _many_sources(items: Iterable[Any], lang: str) -> str:
    return _cited(list(dict.fromkeys(s for o, _, _ in items for s in o.sources)), 6, lang)


def _cited(sources: Sequence[str], most: int, lang: str) -> str:
    """The first sources beneath a chart, and how many more stand among the assumptions."""
    said = ("；" if lang == "zh" else "; ").join(sources[:most]) or "—"
    if len(sources) > most:
        said += message("more_sources", lang, more=len(sources) - most)
    return message("source", lang, sources=said)


def _name(a: Assessment, v: Verdict, lang: str) -> str:
    name = a.catalogue.indicator(v.target.indicator).name(lang)
    if v.target.key in own_keys(a):
        return name
    return name + wording.elsewhere(v.target, a.region, lang)


def _asked(a: Assessment, v: Verdict, lang: str) -> str:
    return wording.comparison(v.target, a.catalogue.indicator(v.target.indicator), lang)


def _cell(v: Verdict, lang: str) -> Word:
    return Word(message(f"verdict_{v.word}", lang), v.word.replace(" ", "-"))


def _act_line(a: Assessment, v: Verdict, lang: str) -> str:
    about = a.catalogue.indicator(v.target.indicator)
    return message(
        "act_line",
        lang,
        indicator=_name(a, v, lang),
        year=v.target.year,
        comparison=wording.comparison(v.target, about, lang),
        chance=percent(v.chance, lang),
        evidence=v.evidence,
        median=wording.median_of(v, about, lang),
        interval=wording.interval_of(v, about, lang),
        gap=wording.gap(v, about, lang),
        pace=wording.pace(v, about, lang),
    )


def _folded(a: Assessment, verdicts: list[Verdict], caption: str, lang: str) -> Part:
    """A table to unfold: targets of which little can be said, each with the reason."""
    rows = [
        (
            _name(a, v, lang),
            _asked(a, v, lang),
            v.target.year,
            _cell(v, lang),
            one_language(v.reason, lang),
        )
        for v in verdicts
    ]
    heads = [message(f"heading_{h}", lang) for h in ("indicator", "target", "year", "word", "reason")]
    return Part(title=caption, headings=heads, rows=rows, folded=True)


def _verdict_table(a: Assessment, verdicts: list[Verdict], lang: str) -> Part:
    own = {(f.indicator, f.year) for f in entered(a.catalogue, a.region)}
    columns = {
        "indicator": lambda v, about: _name(a, v, lang),
        "target": lambda v, about: _asked(a, v, lang),
        "year": lambda v, about: v.target.year,
        "word": lambda v, about: _cell(v, lang),
        "chance": lambda v, about: percent(v.chance, lang),
        "chance_now": lambda v, about: percent(v.chance_now, lang),
        "evidence": lambda v, about: v.evidence,
        "interval": lambda v, about: wording.interval_of(v, about, lang),
        "last": lambda v, about: _last(v, about, own, lang),
        "gap": lambda v, about: wording.gap(v, about, lang),
    }
    if all(v.chance_now is None for v in verdicts):
        del columns["chance_now"]
    rows = [[show(v, a.catalogue.indicator(v.target.indicator)) for show in columns.values()] for v in verdicts]
    return Part(headings=[message(f"heading_{name}", lang) for name in columns], rows=rows, kind="verdicts")


def _last(v: Verdict, about: Indicator, own: set[tuple[str, int]], lang: str) -> str:
    """The newest figure and its year; one that was entered by hand says so."""
    if v.last is None:
        return "—"
    said = f"{wording.printed(v.last[1], about, lang)} ({v.last[0]})"
    if (about.id, v.last[0]) in own:
        said += f"，{message('entered_here', lang)}" if lang == "zh" else f", {message('entered_here', lang)}"
    return said


def _settled_table(a: Assessment, verdicts: list[Verdict], lang: str) -> Part:
    """The targets whose deadline's figure is published: the figure, its source, and what was said beforehand."""
    rows = []
    for v in verdicts:
        about = a.catalogue.indicator(v.target.indicator)
        said = wording.interval_of(v, about, lang)
        rows.append((_name(a, v, lang), _asked(a, v, lang), v.target.year, _cell(v, lang),
                     wording.printed(v.outcome, about, lang), v.outcome_published, v.outcome_source,
                     percent(v.chance, lang), said, v.as_of))  # fmt: skip
    heads = ("indicator", "target", "year", "word", "outcome", "published", "source", "chance", "interval", "as_of")
    title = message("settled", lang, n=len(verdicts), attained=sum(v.word == "attained" for v in verdicts))
    return Part(title=title, headings=[message(f"heading_{h}", lang) for h in heads], rows=rows, kind="verdicts")
