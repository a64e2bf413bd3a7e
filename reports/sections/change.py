"""What must change: for the targets most at risk, the pace needed, what each lever would do, and dated signposts."""

from __future__ import annotations

from dabiao.assessment import Assessment
from dabiao.reachability import Reach, reached
from dabiao.what_if import NothingToReach, what_if_in
from planning.methods import Method, kind
from reports.blocks import Part, Section, Word
from reports.charts import planner, style
from reports.messages import message, wording
from reports.messages.reach import reach_lines, setting
from reports.messages.wording import percent
from reports.sections.summary import own_keys

WANTED = 0.8
MOST_TARGETS = 1  # each costs about as much as the whole assessment
TOLD = 6  # blocks of the answer that a report has room for: gap, targets and years at a chance, each lever alone


def change(a: Assessment, lang: str) -> Section | None:
    """For the most endangered target that levers move: gap, pace, levers, signposts; and the pace of all the others."""
    ahead = [
        v
        for v in a.verdicts
        if v.target.key in own_keys(a) and not v.target.past(a.as_of) and v.median is not None and v.word != "attained"
    ]
    at_risk = sorted((v for v in ahead if v.word in ("unlikely", "uncertain")), key=lambda v: v.chance)
    parts: list[Part] = []
    told = 0
    for verdict in at_risk:
        if told == MOST_TARGETS or kind(verdict.method) is not Method.STOCK_AND_FLOW:
            continue
        try:
            found = reached(what_if_in(a.model, verdict.target, a.scenario), WANTED)
        except NothingToReach:
            continue
        parts += _levers(found, lang)
        told += 1
    rows = [
        (
            a.catalogue.indicator(v.target.indicator).name(lang),
            v.target.year,
            Word(message(f"verdict_{v.word}", lang), v.word.replace(" ", "-")),
            percent(v.chance, lang),
            wording.gap(v, a.catalogue.indicator(v.target.indicator), lang),
            wording.pace(v, a.catalogue.indicator(v.target.indicator), lang),
        )
        for v in at_risk
    ]
    if rows:
        heads = [message(f"heading_{h}", lang) for h in ("indicator", "year", "word", "chance", "gap", "pace")]
        parts.append(Part(title=message("pace_table", lang), headings=heads, rows=rows))
    if not parts:
        return None
    return Section("change", message("change", lang), (message("change_lead", lang, wanted=f"{WANTED:.0%}"),), parts)


def _levers(r: Reach, lang: str) -> list[Part]:
    blocks: list[list[str]] = [[]]
    for line in reach_lines(r, lang):
        if line.startswith("\n"):  # a heading of the answer on the terminal
            blocks.append([])
        blocks[-1].append(line.strip())
    parts = [Part(title=block[0], items=block[1:]) for block in blocks[:TOLD] if len(block) > 1]
    if r.tornado:
        bars = [(r.what.levers[b.lever].name(lang), b.chances[0], b.chances[2]) for b in r.tornado]
        chart = planner.tornado(bars, r.chance, lang)
        parts.append(Part(figure=style.inline(chart), alt=chart.alt, caption=message("levers_from", lang)))
    if r.steps:
        steps = [
            (f"{r.what.levers[s.lever].name(lang)} {setting(r.what.levers[s.lever], s.setting, lang)}", s.by)
            for s in r.steps
        ]
        chart = planner.waterfall(r.chance, steps, lang)
        parts.append(Part(figure=style.inline(chart), alt=chart.alt, caption=message("levers_from", lang)))
    return parts
