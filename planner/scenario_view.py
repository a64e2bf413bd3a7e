"""What a desk shows, as HTML: the answer, the fan, what the levers did, what it takes, and how to hand it on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from dabiao.region_model import RegionModel
from dabiao.resource_needs import Cost, costs, lines
from planner.draft import Draft
from planning.indicators import Indicator
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.own_figures import given
from planning.scenarios import Scenario
from planning.targets import Target
from planning.verdicts import Verdict
from reports.html import TEMPLATES, render
from reports.messages import message, wording
from reports.messages.wording import grounds, number, percent


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet of a desk, as a piece of HTML."""
    path = TEMPLATES / "desk.css"
    return f"<style>{path.read_text(encoding='utf-8')}</style>"


def answer(draft: Draft, lang: str) -> str:
    """The goal, the chance before and after, and the interval before the middle."""
    bench, target = draft.bench, draft.target
    before, after = bench.verdict(target), bench.verdict(target, draft.scenario)
    about = bench.catalogue.indicator(target.indicator)
    moved = bool(bench.settled(draft.scenario).settings)
    said = [_chance(before, "baseline", "before", lang)]
    if moved:
        said.append(_chance(after, "scenario", "after", lang))
    else:
        said[0]["kind"] = "after"
    return render(
        "desk_answer.html",
        region=bench.region.name(lang),
        fictional=message("fictional", lang) if bench.region.fictional else "",
        goal=goal_in_words(bench, target, lang),
        chances=said,
        change=_change(before, after, lang) if moved else None,
        interval=message(
            f"desk_interval{of_a_year(about)}", lang, year=target.year, low80=wording.interval_of(after, about, lang),
            median=wording.median_of(after, about, lang), gap=wording.gap(after, about, lang),
        ),
        note=message("desk_note", lang, grade=after.evidence or "—", as_of=bench.as_of.isoformat(), draws=bench.draws),
        own=wording.entered(figures, bench.catalogue, lang) if (figures := given(draft.own, bench.catalogue)) else "",
    )  # fmt: skip


def goal_in_words(bench: RegionModel, target: Target, lang: str) -> str:
    """A target as a planner picks it from a list: its year, its indicator and what is asked."""
    about = bench.catalogue.indicator(target.indicator)
    return message(
        f"goal{of_a_year(about)}",
        lang,
        year=target.year,
        indicator=about.name(lang),
        asked=wording.comparison(target, about, lang),
    )


def of_a_year(about: Indicator) -> str:
    """The ending of the sentences that speak of a whole year, as births do, and not of its end."""
    return "_flow" if about.id.startswith(("births", "deaths", "crude_", "natural_increase")) else ""


def fan(svg: str, outlook: Outlook, lang: str) -> str:
    """The chart with its sources beneath."""
    sources = ("；" if lang == "zh" else "; ").join(outlook.sources[:3]) or "—"
    return render("desk_fan.html", svg=svg, caption=message("source", lang, sources=sources))


def parts(draft: Draft, lang: str) -> str:
    """What each lever added, what it takes by year, and what it costs."""
    bench, target = draft.bench, draft.target
    plan = bench.settled(draft.scenario)
    added = bench.contributions(target, plan)
    widest = max((abs(a) for _, a in added), default=0) or 1
    bills = costs(bench, target, plan)
    priced = {c.lever.id for c in bills}
    without = [bench.levers[id].name(lang) for id in plan.pulled() if id not in priced]
    years, rows = _rows(bench, target, plan, lang)
    keys = ("did", "lever", "setting", "adds", "total", "in_order", "none_pulled", "takes", "unit_note", "costs", "units",
            "each", "sum", "evidence")  # fmt: skip
    return render(
        "desk_parts.html",
        words={k: message(f"desk_{k}", lang) for k in keys},
        parts=[_part(bench, plan, id, a, widest, lang) for id, a in added],
        total=_points(sum(a for _, a in added), lang),
        years=years,
        rows=rows,
        bills=[_bill(c, lang) for c in bills],
        bill_total=yuan(sum(c.yuan.sum() for c in bills), lang) if len(bills) > 1 else "",
        unpriced=message("desk_unpriced", lang, levers=("、" if lang == "zh" else ", ").join(without))
        if without
        else "",
    )


def meaning(levers: list[Lever], lang: str) -> str:
    """What each slider means and its evidence, for reading."""
    found = [{"name": lever.name(lang), "meaning": hint(lever, lang)} for lever in levers]
    return render("desk_meaning.html", title=message("desk_meaning", lang), levers=found)


def hint(lever: Lever, lang: str) -> str:
    """What a slider means: its unit and range, the remark, the evidence."""
    low, high, neutral = (plain(v) for v in (lever.low, lever.high, lever.neutral))
    said = message("hint", lang, unit=lever.unit_name(lang), low=low, high=high, neutral=neutral, evidence=grounds(lever, lang))  # fmt: skip
    return f"{said}{'' if lang == 'zh' else ' '}{lever.remark(lang)}".strip()


def notice(text: str, fault: bool = False) -> str:
    return render("desk_message.html", text=text, kind="fault" if fault else "note")


def file_name(name: str) -> str:
    """A name as a file name: letters, figures, - and _ of any script; nothing that leads out of a folder."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in name.strip())
    return kept[:60].strip("_") or "scenario"


def setting_in_words(scenario: Scenario, lever: Lever, lang: str) -> str:
    """1.5 times the baseline from 2026 on."""
    steps = [
        message("setting", lang, value=plain(value), unit=lever.unit_name(lang), year=year)
        for year, value in scenario.steps(lever.id)
    ]
    return ("；" if lang == "zh" else "; ").join(steps)


def plain(value: float) -> str:
    """A setting as it is written: 1.5, −4."""
    return f"{value:g}".replace("-", "−")


def yuan(value: float, lang: str) -> str:
    """Money as people write it: 1,234万元, 12.34 million yuan."""
    return f"{number(value, lang)}{'' if lang == 'zh' else ' '}{wording.unit('yuan', lang)}"


def _chance(verdict: Verdict, label: str, kind: str, lang: str) -> dict:
    chance = verdict.chance or 0.0
    return {
        "label": message(label, lang),
        "kind": kind,
        "shown": percent(verdict.chance, lang),
        "exact": f"{chance:.4f}",
        "width": f"{100 * chance:.1f}",
        "word": message(f"verdict_{verdict.word}", lang),
        "css": verdict.word.replace(" ", "-"),
    }


def _change(before: Verdict, after: Verdict, lang: str) -> dict | None:
    if before.chance is None or after.chance is None:
        return None
    by = after.chance - before.chance
    return {"text": _points(by, lang), "css": "up" if by > 0 else "down" if by < 0 else ""}


def _points(by: float, lang: str) -> str:
    shown = f"{100 * by:+.1f}".replace("-", "−")
    return message("points", lang, n="0" if shown in ("+0.0", "−0.0") else shown)


def _part(bench: RegionModel, plan: Scenario, id: str, by: float, widest: float, lang: str) -> dict:
    width = 50 * abs(by) / widest
    return {
        "name": bench.levers[id].name(lang),
        "setting": setting_in_words(plan, bench.levers[id], lang),
        "adds": _points(by, lang),
        "side": "up" if by >= 0 else "down",
        "left": f"{50 if by >= 0 else 50 - width:.1f}",
        "width": f"{width:.1f}",
    }


def _rows(bench: RegionModel, target: Target, plan: Scenario, lang: str) -> tuple[Sequence[int], Sequence[dict]]:
    found = lines(bench, target, plan)
    if not found:
        return (), ()
    years = [y for y in found[0].years if bench.first_year <= y <= max(target.year, bench.first_year)]
    rows = []
    for line in found:
        cells = []
        for year in years:
            low, mid, high = np.quantile(line.at(year), [0.1, 0.5, 0.9])
            cells.append({"interval": line_span(low, high, line.unit, lang), "median": _counted(mid, line.unit, lang)})
        rows.append({"name": message(f"line_{line.key}_{line.unit}", lang), "cells": cells})
    return years, rows


def line_span(low: float, high: float, unit: str, lang: str) -> str:
    """The two ends of a line of the bill: 3.5万–10.8万, 14%–75%."""
    if unit != "percent":
        return wording.span(low, high, lang)
    ends = [_counted(v, unit, lang) for v in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


def _counted(value: float, unit: str, lang: str) -> str:
    return f"{value:.0f}%" if unit == "percent" else number(float(np.rint(value)), lang)


def _bill(cost: Cost, lang: str) -> dict:
    paid = cost.lever.cost
    units = number(float(np.rint(cost.units.sum())), lang)
    return {
        "name": cost.lever.name(lang),
        "units": units,
        "each": yuan(paid.yuan, lang),
        "sum": yuan(float(cost.yuan.sum()), lang),
        "evidence": grounds(paid, lang),
    }
