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
from dabiao.assessment import Assessment, assess
from dabiao.cache import READY
from dabiao.region_model import EVERY_STOCK, RegionModel, region_model
from dabiao.trace import trace
from planner.scenario_widget import ScenarioWidget, scenario_widget
from planner.select_widget import SelectWidget
from planning.errors import InvalidData
from planning.loading.folder import load_catalogue
from planning.outlooks import Outlook
from planning.schemas import faults_of
from planning.verdicts import Verdict
from reports.blocks import Heading, Part, Section, Word
from reports.charts import fans
from reports.messages import message, wording
from reports.messages.trace import lines
from reports.messages.wording import one_language, percent
from reports.parameters import Parameters
from reports.sections import bring as sections_bring
from reports.sections import proposals as sections_proposals
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
    found = (load_catalogue(data).fingerprint, key, draws, seed)
    return READY.keep("assessment", found, lambda: assess(key, draws=draws, seed=seed, data=data))


def title(view: View, page: str) -> Heading:
    """The head of a page: what it is about, for which region, on what information."""
    b = view.bench
    about = message(
        "page_about",
        view.lang,
        region=b.region.name(view.lang),
        as_of=b.as_of.isoformat(),
        draws=b.draws,
        seed=b.seed,
        to=b.to,
    )
    return Heading("title", f"{message(f'page_{page}', view.lang)} · {b.region.name(view.lang)}", (about,))


def at_the_desk(view: View, indicator: str = "", state: str = "") -> ScenarioWidget:
    """The desk with the sliders that move an indicator; state: what the address of a page holds."""
    p = view.asked
    return scenario_widget(p.region, view.lang, indicator, p.draws, p.seed, p.data, state=state)


# ---------------------------------------------------------------- targets


def first_verdict(view: View) -> Section:
    """One target of the region read slowly: what is asked, the chance, on what evidence, and the chart."""
    bench, lang = view.bench, view.lang
    target = bench.first_target()
    if target is None:
        return Section("first", message("first_title", lang), [message("no_target_ahead", lang)])
    about, verdict = bench.catalogue.indicator(target.indicator), bench.verdict(target)
    chart = fans.outlook_chart(bench.outlook(about.id), about, lang, [target], bench.statuses(about.id))
    rows = [
        (message("heading_target", lang), f"{target.year} {about.name(lang)} {wording.comparison(target, about, lang)}"),
        (message("heading_source", lang), f"{target.document.title}（{target.section}）" if lang == "zh" else f"{target.document.title} ({target.section})"),
        (message("heading_interval", lang), wording.interval_of(verdict, about, lang)),
        (message("heading_median", lang), wording.median_of(verdict, about, lang)),
        (message("heading_chance", lang), percent(verdict.chance, lang)),
        (message("heading_word", lang), message(f"verdict_{verdict.word}", lang)),
        (message("heading_evidence", lang), message(f"grade_{verdict.evidence}", lang)),
    ]  # fmt: skip
    parts = [
        Part(headings=[message("line", lang), message("says", lang)], rows=rows),
        Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(bench.outlook(about.id), lang)),
    ]
    return Section("first", message("first_title", lang), [wording.word_rule(lang)], parts)


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
    heads = [message(f"doc_{k}", lang) for k in ("title", "region", "published", "horizon", "targets", "numeric")]
    return Section("documents", message("documents_title", lang), (), [Part(headings=heads, rows=rows)])


def targets(view: View) -> SelectWidget:
    """The region's targets with their verdicts, to be filtered by word and by year."""
    lang = view.lang
    verdicts = view.assessment.verdicts
    years = sorted({v.target.year for v in verdicts})
    counted = Counter(v.word for v in verdicts)
    words = [
        (message(f"verdict_{w}", lang) + (f"（{n}）" if lang == "zh" else f" ({n})"), w) for w, n in counted.items()
    ]
    lists: dict[str, list[tuple[str, Any]]] = {
        message("w_word", lang): [(message("w_all", lang), ""), *words],
        message("w_year", lang): [(message("w_all", lang), 0), *((str(y), y) for y in years)],
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
            (name, wording.comparison(v.target, about, lang), v.target.year, Word(message(f"verdict_{v.word}", lang), v.word.replace(" ", "-")),
             percent(v.chance, lang), v.evidence or "—", wording.printed(v.outcome, about, lang), v.target.section or "—")
        )  # fmt: skip
    heads = [
        message(f"heading_{h}", lang) for h in ("indicator", "target", "year", "word", "chance", "evidence", "outcome")
    ]
    lead = message("n_targets", lang, n=len(rows))
    return Section(
        "targets",
        message("targets_title", lang),
        [lead],
        [Part(headings=[*heads, message("section", lang)], rows=rows, kind="verdicts")],
    )


def bring(view: View) -> Section:
    """The figures that would decide most, in order."""
    return sections_bring.bring(view.assessment, view.lang)


def propose(view: View) -> Section | None:
    """The targets to propose for 2030."""
    return sections_proposals.propose(view.assessment, view.lang)


def where_from(view: View) -> SelectWidget:
    """A number taken apart: the formula, the figures it was made of, their publications, the assumptions."""
    a, lang = view.assessment, view.lang
    ids = [id for id in a.outlooks if id in a.catalogue.indicators]
    liked = [v.target.indicator for v in a.verdicts if v.target.indicator in ids and v.target.key in own_keys(a)]
    ids = list(dict.fromkeys([*reversed(liked), *ids]))
    lists: dict[str, list[tuple[str, Any]]] = {
        message("w_indicator", lang): [(a.catalogue.indicator(i).name(lang), i) for i in ids],
        message("w_year", lang): [(str(y), y) for y in range(a.to, a.as_of.year - 1, -1)],
    }
    return SelectWidget(lists, lambda id, year: number_trace(view, id, year))


def number_trace(view: View, indicator: str, year: int) -> Section:
    """The trace of one number, as an indented list."""
    a, lang = view.assessment, view.lang
    outlook = a.outlooks[indicator]
    found = trace(a, indicator, min(max(year, outlook.years[0]), outlook.years[-1]), lang)
    items = [line.replace("  ", "\u2003") for line in lines(found, a, lang)]
    return Section("trace", message("trace_title", lang), [message("trace_lead", lang)], [Part(items=items)])


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
    part = Part(figure=fans.inline(chart), alt=chart.alt, caption=message("grid_note", lang))
    return Section("grid", message("grid_title", lang), [wording.word_rule(lang)], [part])


def coverage(view: View) -> Section:
    """What the answers to the region's targets rest on, by family, and what each family needs."""
    lang, a = view.lang, view.assessment
    rows: dict[str, Counter] = {}
    for v in a.verdicts:
        if v.target.key in own_keys(a):
            about = a.catalogue.indicator(v.target.indicator)
            own = a.catalogue.series(a.region, about.id) is not None
            rows.setdefault(about.family, Counter())[register.basis_of(v, own)] += 1
    told = [
        (message(f"family_{family}", lang), *(rows[family][b] for b in register.BASES), one_language(needs, lang))
        for family, needs in register.NEEDS.items()
        if family in rows
    ]
    heads = [
        message("cov_family", lang),
        *(message(f"basis_{b}", lang) for b in register.BASES),
        message("cov_needs", lang),
    ]
    return Section(
        "coverage", message("coverage_title", lang), [message("coverage_lead", lang)], [Part(headings=heads, rows=told)]
    )


def sources(outlook: Outlook, lang: str) -> str:
    """The sources of an outlook, as a caption."""
    listed = ("；" if lang == "zh" else "; ").join(outlook.sources[:4]) or "—"
    return message("source", lang, sources=listed)


def smaller(section: Section, parts: int) -> Section:
    """The same section with only its first parts."""
    return replace(section, parts=tuple(section.parts)[:parts])
