"""Targets to propose: what is reached with given chances, beside what is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from dabiao.assessment import Assessment
from dabiao.proposals import Proposal, proposals
from planning.catalogue import Catalogue
from reports.blocks import Part, Section
from reports.messages import message, wording

YEAR = 2030  # the end of the fifteenth five-year plan, for which targets are being set


def propose(a: Assessment, lang: str) -> Section | None:
    """The values of 2030 that are reached with a chance of 80, 50 and 20 %; None where the outlook ends before."""
    if a.to < YEAR:
        return None
    found = proposals(a.model, YEAR)
    lead = [message("proposals_lead", lang, year=YEAR) if found else message("proposals_none", lang)]
    parts = [Part(headings=headings(found, lang), rows=[cells(p, a.catalogue, lang) for p in told(found)])]
    if names := unsaid(found, lang):
        lead.append(message("proposals_vague", lang, names=names))
    return Section("proposals", message("proposals", lang, year=YEAR), lead, parts if told(found) else [])


def told(found: Sequence[Proposal]) -> list[Proposal]:
    """The proposals that hold a value."""
    return [p for p in found if not p.vague]


def unsaid(found: Sequence[Proposal], lang: str) -> str:
    """The indicators with a target near of which nothing can be proposed."""
    return ("、" if lang == "zh" else ", ").join(p.indicator.name(lang) for p in found if p.vague and p.asked)


def headings(found: Sequence[Proposal], lang: str) -> list[str]:
    """The headings over `cells`."""
    chances = [c for c, _ in told(found)[0].values] if told(found) else []
    ahead = [message("proposal_chance", lang, chance=f"{c:.0%}") for c in chances]
    said = [message(f"heading_{h}", lang) for h in ("ambitious", "asked_near", "last", "ahead_of")]
    return [message("heading_indicator", lang), *ahead, *said]


def cells(p: Proposal, catalogue: Catalogue, lang: str) -> list[str]:
    """One indicator: values by chance, the band, targets near, the newest own figure and the rank among like areas."""
    about = p.indicator
    values = [wording.figure(v, about, lang) for _, v in p.values]
    band = wording.interval(min(p.ambitious), max(p.ambitious), about, lang) if p.ambitious else "—"
    join = "；" if lang == "zh" else "; "
    asked = join.join(
        f"{catalogue.region(t.key).name(lang)} {t.year}: {wording.comparison(t, about, lang)}" for t in p.asked
    )
    last = f"{wording.printed(p.last[1], about, lang)} ({p.last[0]})" if p.last else "—"
    rank = "—" if p.rank is None else message("proposal_ahead", lang, share=f"{p.rank:.0%}", areas=p.areas)
    return [about.name(lang), *values, band, asked or "—", last, rank]
