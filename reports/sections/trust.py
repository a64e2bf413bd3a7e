"""How trustworthy: how often chances like these came true, method by method, and the reliability of the words."""

from __future__ import annotations

from collections import Counter

from dabiao.assessment import Assessment
from dabiao.forecast_skill import score_of
from forecasts.nested import reliability
from reports.blocks import Part, Section
from reports.charts import evidence, style
from reports.messages import message
from reports.messages.methods import method_in_words


def trust(a: Assessment, lang: str) -> Section | None:
    """The score that goes with each method of this report, and said against happened on the reference panel."""
    told: Counter = Counter()
    for verdict in a.verdicts:
        score = score_of(verdict)
        if score is not None:
            told[verdict.method.split("; ")[0], score[lang]] += 1
    if not told:
        return None
    rows = [(method_in_words(method, lang, a.catalogue), count, score) for (method, score), count in told.most_common()]
    heads = [message("heading_method", lang), message("heading_targets", lang), message("heading_score", lang)]
    return Section(
        "trust",
        message("trust", lang),
        [message("trust_lead", lang)],
        [
            Part(headings=heads, rows=rows),
            *reliabilities(lang),
        ],
    )


def reliabilities(lang: str) -> list[Part]:
    """What was said and what happened by decile of the chance, as a table and a chart."""
    tables = [
        (
            message(f"evidence_{e}", lang),
            [(d.said, d.happened, d.cases) for d in reliability.shipped() if d.evidence == e],
        )
        for e in reliability.EVIDENCE
    ]
    chart = evidence.reliabilities([(title, found) for title, found in tables if found], lang)
    return [
        Part(title=message("reliability", lang), headings=_headings(lang), rows=_by_decile(lang)),
        Part(figure=style.inline(chart), alt=chart.alt, caption=message("reliability_source", lang)),
    ]


def _headings(lang: str) -> list[str]:
    return [message("reliability_said", lang), *(message(f"evidence_{e}", lang) for e in reliability.EVIDENCE)]


def _by_decile(lang: str) -> list[tuple[str, ...]]:
    """By decile of the chance: the share that happened and the number of cases, for each body of evidence."""
    rows = []
    for b in range(reliability.BINS):
        middle = (b + 0.5) / reliability.BINS
        found = [reliability.decile_of(middle, e) for e in reliability.EVIDENCE]
        cells = [
            "—" if d is None else message("reliability_cell", lang, share=f"{d.happened:.0%}", cases=f"{d.cases:,}")
            for d in found
        ]
        rows.append((f"{10 * b}–{10 * (b + 1)}%", *cells))
    return rows
