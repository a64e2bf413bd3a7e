"""How trustworthy: how often chances like these came true, method by method, and the reliability of the words."""

from __future__ import annotations

from collections import Counter

from dabiao.assessment import Assessment
from dabiao.forecast_skill import score_of
from forecasts.verdict_scores import SITUATIONS, indicator_wide_error, scores
from reports.blocks import Part, Section
from reports.charts import evidence, style
from reports.messages import message
from reports.messages.methods import method_in_words


def trust(a: Assessment, lang: str) -> Section | None:
    """The score that goes with each method of this report, and said against happened on the reference panel."""
    told: Counter = Counter()
    for verdict in a.verdicts:
        score = score_of(verdict, a.catalogue)
        if score is not None:
            told[verdict.method.split("; ")[0], score[lang]] += 1
    if not told:
        return None
    rows = [(method_in_words(method, lang, a.catalogue), count, score) for (method, score), count in told.most_common()]
    heads = [message("heading_method", lang), message("heading_targets", lang), message("heading_score", lang)]
    table = [(s.forecast_probability, s.observed_frequency, s.cases) for s in scores() if s.situation == SITUATIONS[0]]
    chart = evidence.reliability(table, lang, message("reliability", lang))
    lead = (message("trust_lead", lang), indicator_wide_error()[lang])
    return Section(
        "trust",
        message("trust", lang),
        lead,
        [
            Part(headings=heads, rows=rows),
            Part(figure=style.inline(chart), alt=chart.alt, caption=message("reliability_source", lang)),
        ],
    )
