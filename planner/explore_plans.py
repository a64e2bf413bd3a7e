"""Exploring plans and evidence: scenarios side by side, what must change, and how far all this may be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from dabiao.reachability import reached
from dabiao.what_if import NothingToReach, what_if_in
from planner.draft import goal_asked, goal_in, presets
from planner.explore import View
from planner.explore_people import nothing
from planner.scenario_view import goal_in_words, setting_in_words
from planning.scenarios import BASELINE
from reports.blocks import Part, Section
from reports.charts import fans
from reports.messages import message, wording
from reports.messages.methods import method_in_words
from reports.messages.reach import reach_lines
from reports.messages.wording import percent
from reports.sections.summary import own_keys
from reports.sections.trust import reliabilities


def scenarios(view: View, state: str = "") -> Section:
    """The scenarios of the data side by side for one target: what they set, the chance, the interval.

    state: the query of an address, which may name the target.
    """
    bench, lang = view.bench, view.lang
    target = goal_in(bench, state)
    about = bench.catalogue.indicator(target.indicator)
    rows = []
    for plan in presets(bench).values():
        verdict = bench.verdict(target, plan)
        settled = bench.settled(plan)
        set_so = ("；" if lang == "zh" else "; ").join(
            f"{bench.levers[id].name(lang)} {setting_in_words(settled, bench.levers[id], lang)}"
            for id in settled.pulled()
        )
        rows.append((plan.title(lang), percent(verdict.chance, lang), wording.interval_of(verdict, about, lang),
                     wording.figure(verdict.median, about, lang), set_so or "—"))  # fmt: skip
    heads = [
        message("book_scenario", lang),
        message("heading_chance", lang),
        message("heading_interval", lang),
        message("heading_median", lang),
        message("book_settings", lang),
    ]
    lead = goal_in_words(bench, target, lang)
    return Section("scenarios", message("scenarios_title", lang), [lead], [Part(headings=heads, rows=rows)])


def lever_by_lever(view: View, scenario: str, indicator: str = "") -> Section:
    """The way from the baseline to a scenario, lever by lever, and the two fans."""
    bench, lang = view.bench, view.lang
    target, plan = goal_asked(bench, indicator=indicator), presets(bench)[scenario]
    about = bench.catalogue.indicator(target.indicator)
    steps = [(bench.levers[id].name(lang), by) for id, by in bench.contributions(target, bench.settled(plan))]
    fall = fans.waterfall(bench.chance(target) or 0.0, steps, lang)
    pair = fans.before_and_after(bench.outlook(about.id), bench.outlook(about.id, plan), about, lang, [target])
    parts = [Part(figure=fans.inline(c), alt=c.alt) for c in (pair, fall)]
    lead = [goal_in_words(bench, target, lang), message("pipeline_lead", lang, scenario=plan.title(lang))]
    return Section("steps", message("steps_title", lang), lead, parts)


def what_must_change(view: View, state: str = "", chance: float = 0.8) -> Section:
    """What it takes to meet a target with a chance: pace, each lever alone, the cheapest set, signposts. state: as above."""
    bench, lang = view.bench, view.lang
    goal = goal_in(bench, state)
    title = message("change_title", lang)
    try:
        found = reached(what_if_in(bench, goal, BASELINE), chance)
    except NothingToReach as error:
        return Section("change", title, [goal_in_words(bench, goal, lang), wording.one_language(error.args[0], lang)])
    parts = [Part(title=b[0], items=b[1:]) for b in _blocks(reach_lines(found, lang), lang) if len(b) > 1]
    if found.tornado:
        bars = [(bench.levers[b.lever].name(lang), b.chances[0], b.chances[2]) for b in found.tornado]
        chart = fans.tornado(bars, found.chance, lang)
        parts.insert(0, Part(figure=fans.inline(chart), alt=chart.alt, caption=message("tornado_note", lang)))
    return Section("change", title, [goal_in_words(bench, goal, lang)], parts)


def _blocks(lines: Iterable[str], lang: str) -> list[list[str]]:
    """The lines of an answer in blocks, a heading first: what a terminal sets apart by empty lines, by two spaces, by a stroke."""
    blocks: list[list[str]] = []
    for line in lines:
        text = line.strip().removeprefix("- ").replace("   ", "；" if lang == "zh" else "; ").replace(" -> ", " → ")
        if not blocks or line.startswith("\n") or (len(blocks) > 1 and not line.startswith(" ")):
            blocks.append([])
        blocks[-1].append(text.replace(": ", "：").replace("  ", " ") if lang == "zh" else text.replace("  ", " "))
    return blocks


def came_true(view: View) -> Section:
    """How often chances came true: what was said against what happened, by decile."""
    lang = view.lang
    return Section("came_true", message("true_title", lang), [message("true_lead", lang)], reliabilities(lang))


def looked_back(view: View) -> Section:
    """The region's own targets whose deadline is past: the chance said on the plan's day, and what happened."""
    a, lang = view.assessment, view.lang
    rows = []
    for v in a.verdicts:
        if v.outcome is None or v.chance is None or v.target.key not in own_keys(a):
            continue
        about = a.catalogue.indicator(v.target.indicator)
        rows.append((about.name(lang), v.target.year, wording.comparison(v.target, about, lang), v.as_of, percent(v.chance, lang),
                     wording.interval_of(v, about, lang), wording.printed(v.outcome, about, lang),
                     message("reached" if v.word == "attained" else "not_reached", lang)))  # fmt: skip
    if not rows:
        return Section("back", message("back_title", lang), [message("back_none", lang)])
    heads = [
        message(f"heading_{h}", lang) for h in ("indicator", "year", "target", "as_of", "chance", "interval", "outcome")
    ]
    return Section(
        "back",
        message("back_title", lang),
        [message("back_lead", lang)],
        [Part(headings=[*heads, message("happened_word", lang)], rows=rows)],
    )


def what_is_known(view: View) -> Section:
    """Each judged indicator: how many values of the region's own, how many peers, the method, the evidence."""
    a, lang = view.assessment, view.lang
    rows = []
    for id in dict.fromkeys(
        v.target.indicator for v in a.verdicts if v.median is not None and v.target.key in own_keys(a)
    ):
        outlook = a.outlooks.get(id)
        if outlook is None:
            continue
        series = a.catalogue.series(a.region, id)
        ends = list(dict.fromkeys((series.years[0], series.years[-1]))) if series else ["—"]
        rows.append(
            (
                a.catalogue.indicator(id).name(lang),
                len(series) if series else 0,
                "–".join(map(str, ends)),
                len(a.catalogue.peers(a.region, id)),
                method_in_words(outlook.method, lang, a.catalogue),
                outlook.grade,
            )
        )
    heads = [
        message("heading_indicator", lang),
        *(message(f"known_{k}", lang) for k in ("own", "years", "peers")),
        message("heading_method", lang),
        message("heading_evidence", lang),
    ]
    return Section(
        "known", message("known_title", lang), [message("known_lead", lang)], [Part(headings=heads, rows=rows)]
    )


def taken_for_granted(view: View) -> Section:
    """What nobody publishes and is drawn from a range: each assumption, with its source where it has one."""
    if not view.bench.lever_model.priors:
        return nothing(view, "granted_title")
    items = [wording.one_language(prior.sentence(), view.lang) for prior in view.bench.lever_model.priors.values()]
    return Section(
        "granted", message("granted_title", view.lang), [message("granted_lead", view.lang)], [Part(items=items)]
    )
