"""Exploring: what the notebooks for people call. Each function takes a View and gives a section that shows itself.

No sums are done here that a report or a test would need: those live with their subject.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from dabiao import register
from dabiao.assess import Assessment, assess
from dabiao.cache import READY
from dabiao.region_model import EVERY_STOCK, RegionModel, region_model
from dabiao.trace import trace
from planner.scenario_widget import ScenarioWidget, scenario_widget
from planner.select_widget import SelectWidget
from planning.catalogue import Catalogue
from planning.loading.errors import InvalidData
from planning.loading.schemas import faults_of
from planning.outlooks import Outlook
from planning.verdicts import Verdict
from reports.blocks import Heading, Part, Section, Word
from reports.charts import fans
from reports.messages import wording
from reports.messages.planner import say
from reports.messages.trace import lines
from reports.messages.wording import heading, one_language, percent
from reports.parameters import Parameters
from reports.sections.summary import own_keys

MOST_ROWS = 16  # of a table of colours


@dataclass(frozen=True)
class View:
    """One region in one language, as a notebook looks at it."""

    bench: RegionModel
    lang: str
    asked: Parameters

    @cached_property
    def assessment(self) -> Assessment:
        """The whole assessment of the region; only cells that need it wait for it."""
        return assessed(self.bench.region.key, self.asked.draws, self.asked.seed, self.asked.data)

    def model_of(self, region: str) -> RegionModel:
        """The same look at another region."""
        p = self.asked
        return region_model(region, p.to, p.as_of, p.draws, p.seed, p.data, EVERY_STOCK)

    @property
    def join(self) -> str:
        return "、" if self.lang == "zh" else ", "


def opened(region: str, language: str = "zh", draws: int = 500, seed: int = 0, data: str | None = None) -> View:
    """The view that a notebook's parameters ask for. Raises DataFault or NotKnown with what is near."""
    values = {"region": region, "language": language, "draws": draws, "seed": seed, "data": data}
    try:
        asked = Parameters.model_validate(values)
    except ValidationError as error:
        raise InvalidData(faults_of(error, "parameters cell", None, values)) from None
    return View(
        region_model(asked.region, None, None, asked.draws, asked.seed, asked.data, EVERY_STOCK), asked.language, asked
    )


def assessed(key: str, draws: int, seed: int, data: str | None) -> Assessment:
    """The assessment of a region; asked for again, the same one."""
    found = (Catalogue.load(data).fingerprint, key, draws, seed)
    return READY.keep("assessment", found, lambda: assess(key, draws=draws, seed=seed, data=data))


def title(view: View, page: str) -> Heading:
    """The head of a page: what it is about, for which region, on what information."""
    b = view.bench
    about = say(
        "page_about",
        view.lang,
        region=b.region.name(view.lang),
        as_of=b.as_of.isoformat(),
        draws=b.draws,
        seed=b.seed,
        to=b.to,
    )
    return Heading("title", f"{say(f'page_{page}', view.lang)} · {b.region.name(view.lang)}", (about,))


def at_the_desk(view: View, indicator: str = "", state: str = "") -> ScenarioWidget:
    """The desk with the sliders that move an indicator; state: what the address of a page holds."""
    p = view.asked
    return scenario_widget(p.region, view.lang, indicator, p.draws, p.seed, p.data, state=state)


# ---------------------------------------------------------------- targets


def first_verdict(view: View) -> Section:
    """One target of the region read slowly: what is asked, the chance, on what evidence, and the chart."""
    bench, lang = view.bench, view.lang
    target = next(iter(bench.targets_ahead()), None)
    liked = [t for t in bench.targets_ahead() if bench.stock_of(t.indicator) is not None]
    target = liked[-1] if liked else target
    if target is None:
        return Section("first", say("first_title", lang), [say("no_target_ahead", lang)])
    about, verdict = bench.catalogue.indicator(target.indicator), bench.verdict(target)
    chart = fans.outlook_chart(bench.outlook(about.id), about, lang, [target], bench.statuses(about.id))
    rows = [
        (heading("target", lang), f"{target.year} {about.name(lang)} {wording.comparison(target, about, lang)}"),
        (heading("source", lang), f"{target.document.title}（{target.section}）" if lang == "zh" else f"{target.document.title} ({target.section})"),
        (heading("interval", lang), wording.interval(verdict.low80, verdict.high80, about, lang)),
        (heading("median", lang), wording.figure(verdict.median, about, lang)),
        (heading("chance", lang), percent(verdict.chance, lang)),
        (heading("word", lang), wording.word(verdict.word, lang)),
        (heading("evidence", lang), say(f"grade_{verdict.evidence}", lang)),
    ]  # fmt: skip
    parts = [
        Part(headings=[say("line", lang), say("says", lang)], rows=rows),
        Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(bench.outlook(about.id), lang)),
    ]
    return Section("first", say("first_title", lang), [wording.word_rule(lang)], parts)


def documents(view: View) -> Section:
    """The plans in the register: whose, until when, how many targets, how many with a number."""
    lang, catalogue = view.lang, view.bench.catalogue
    rows = []
    for document in catalogue.documents.values():
        own = [t for t in catalogue.targets if t.document.id == document.id]
        key = f"{document.region}@{document.edition}" if document.edition else document.region
        rows.append(
            (document.title, catalogue.region(key).name(lang), document.published.isoformat(), document.horizon, len(own),
             sum(t.numeric and not t.duplicate_of for t in own))
        )  # fmt: skip
    heads = [say(f"doc_{k}", lang) for k in ("title", "region", "published", "horizon", "targets", "numeric")]
    return Section("documents", say("documents_title", lang), (), [Part(headings=heads, rows=rows)])


def targets(view: View) -> SelectWidget:
    """The region's targets with their verdicts, to be filtered by word and by year."""
    lang = view.lang
    verdicts = view.assessment.verdicts
    years = sorted({v.target.year for v in verdicts})
    counted = Counter(v.word for v in verdicts)
    words = [
        (f"{wording.word(w, lang)}（{n}）" if lang == "zh" else f"{wording.word(w, lang)} ({n})", w)
        for w, n in counted.items()
    ]
    lists: dict[str, list[tuple[str, Any]]] = {
        say("w_word", lang): [(say("w_all", lang), ""), *words],
        say("w_year", lang): [(say("w_all", lang), 0), *((str(y), y) for y in years)],
    }

    def show(word: str, year: int) -> Section:
        chosen = [v for v in verdicts if word in ("", v.word) and year in (0, v.target.year)]
        return verdict_table(view, chosen)

    return SelectWidget(lists, show)


def verdict_table(view: View, verdicts: list[Verdict]) -> Section:
    """Targets with verdict, chance, evidence and where they stand in their document."""
    lang, a = view.lang, view.assessment
    rows = []
    for v in verdicts:
        about = a.catalogue.indicator(v.target.indicator)
        name = about.name(lang)
        if v.target.key not in own_keys(a):
            name += wording.elsewhere(v.target, a.region, lang)
        rows.append(
            (name, wording.comparison(v.target, about, lang), v.target.year, Word(wording.word(v.word, lang), v.word.replace(" ", "-")),
             percent(v.chance, lang), v.evidence or "—", wording.printed(v.outcome, about, lang), v.target.section or "—")
        )  # fmt: skip
    heads = [heading(h, lang) for h in ("indicator", "target", "year", "word", "chance", "evidence", "outcome")]
    lead = say("n_targets", lang, n=len(rows))
    return Section(
        "targets",
        say("targets_title", lang),
        [lead],
        [Part(headings=[*heads, say("section", lang)], rows=rows, kind="verdicts")],
    )


def where_from(view: View) -> SelectWidget:
    """A number taken apart: the formula, the figures it was made of, their publications, the assumptions."""
    a, lang = view.assessment, view.lang
    ids = [id for id in a.outlooks if id in a.catalogue.indicators]
    liked = [v.target.indicator for v in a.verdicts if v.target.indicator in ids and v.target.key in own_keys(a)]
    ids = list(dict.fromkeys([*reversed(liked), *ids]))
    lists: dict[str, list[tuple[str, Any]]] = {
        say("w_indicator", lang): [(a.catalogue.indicator(i).name(lang), i) for i in ids],
        say("w_year", lang): [(str(y), y) for y in range(a.to, a.as_of.year - 1, -1)],
    }
    return SelectWidget(lists, lambda id, year: number_trace(view, id, year))


def number_trace(view: View, indicator: str, year: int) -> Section:
    """The trace of one number, as an indented list."""
    a, lang = view.assessment, view.lang
    outlook = a.outlooks[indicator]
    found = trace(a, indicator, min(max(year, outlook.years[0]), outlook.years[-1]), lang)
    items = [_in_one(line.replace("  ", "\u2003"), lang) for line in lines(found, a, lang)]
    return Section("trace", say("trace_title", lang), [say("trace_lead", lang)], [Part(items=items)])


def _in_one(line: str, lang: str) -> str:
    """A line in one language; a stroke in a formula divides and does not part two languages."""
    return one_language(line, lang) if "*" in line else line


def grid(view: View) -> Section:
    """The verdicts of all regions with plans at a glance: the indicators that most of their plans name."""
    lang, catalogue = view.lang, view.bench.catalogue
    keys = list(
        dict.fromkeys(
            catalogue.region(t.key).key for t in catalogue.targets if not catalogue.region(t.key).boundary.end
        )
    )
    regions = [
        catalogue.region(k)
        for k in keys
        if any(d.region == catalogue.region(k).code for d in catalogue.documents.values())
    ]
    p, found = view.asked, {}
    for column, region in enumerate(regions):
        a = assessed(region.key, p.draws, p.seed, p.data)
        for v in a.verdicts:
            if v.target.key in own_keys(a) and v.median is not None:
                found[v.target.indicator, column] = (v.word, v.chance)
    counts = Counter(id for id, _ in found)
    ids = [id for id, _ in counts.most_common(MOST_ROWS)]
    cells = {(ids.index(id), column): cell for (id, column), cell in found.items() if id in ids}
    chart = fans.verdict_grid(
        [r.name(lang) for r in regions], [catalogue.indicator(i).name(lang) for i in ids], cells, lang
    )
    part = Part(figure=fans.inline(chart), alt=chart.alt, caption=say("grid_note", lang))
    return Section("grid", say("grid_title", lang), [wording.word_rule(lang)], [part])


def coverage(view: View) -> Section:
    """What kind of model answers the region's targets, and how many have a chance."""
    lang, catalogue = view.lang, view.bench.catalogue
    own = [t for t in catalogue.in_force(view.bench.region) if t.key in (view.bench.region.key, view.bench.region.code)]
    verdicts = {v.target.id: v for v in view.assessment.verdicts}
    rows = []
    for family in register.NEEDS:
        of = [t for t in own if catalogue.indicator(t.indicator).family == family and t.numeric]
        if of:
            said = sum(verdicts[t.id].median is not None for t in of if t.id in verdicts)
            needs = one_language(register.NEEDS[family], lang)
            rows.append((say(f"family_{family}", lang), len(of), said, needs))
    heads = [say(f"cov_{k}", lang) for k in ("family", "targets", "outlook", "needs")]
    return Section(
        "coverage", say("coverage_title", lang), [say("coverage_lead", lang)], [Part(headings=heads, rows=rows)]
    )


def sources(outlook: Outlook, lang: str) -> str:
    """The sources of an outlook, as a caption."""
    listed = ("；" if lang == "zh" else "; ").join(outlook.sources[:4]) or "—"
    return wording.text("source", lang, sources=listed)


def smaller(section: Section, parts: int) -> Section:
    """The same section with only its first parts."""
    return replace(section, parts=tuple(section.parts)[:parts])
