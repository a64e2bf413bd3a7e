"""Outcomes: the published figure that settles a target whose deadline is past."""

from __future__ import annotations

from dataclasses import replace

from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.observations import Observation, pick
from planning.targets import Target
from planning.verdicts import Outcome, Verdict, settle


def settled(verdict: Verdict, catalogue: Catalogue) -> Verdict:
    """The verdict with what came of its target: attained or missed where the figure is published, else as it was.

    Where the deadline's figure is published on another population basis alone, it does not settle the target, and the
    reason says so.
    """
    target = verdict.target
    outcome = outcome_of(target, catalogue)
    if outcome is not None:
        return settle(verdict, outcome, catalogue.indicator(target.indicator).decimals)
    other = on_other_bases(target, catalogue)
    return replace(verdict, reason=_not_settled(other)) if other else verdict


def outcome_of(target: Target, catalogue: Catalogue) -> Outcome | None:
    """The figure published for a deadline that is past, on its indicator's basis, where there is one.

    For a target relative to another region, that region's figure of the same year is needed too.
    """
    if not target.past(catalogue.as_of):
        return None
    own = _observed(target.key, target, catalogue)
    if own is None:
        return None
    if target.comparison != "relative" or not target.relative_to:
        return Outcome(own.value, own.source.cited(), own.source.published)
    other = _observed(target.relative_to, target, catalogue)
    if other is None:
        return None
    cited = "; ".join(dict.fromkeys((own.source.cited(), other.source.cited())))
    return Outcome(own.value, cited, max(own.source.published, other.source.published), other.value)


def on_other_bases(target: Target, catalogue: Catalogue) -> list[Observation]:
    """The figures for a deadline that is past where all that are published stand on another population basis."""
    if not target.past(catalogue.as_of) or _observed(target.key, target, catalogue) is not None:
        return []
    rows = catalogue.rows(catalogue.region(target.key), target.indicator)
    return [o for o in rows if o.year == target.year]


def _observed(key: str, target: Target, catalogue: Catalogue) -> Observation | None:
    """The figure used of a region for the year of a target, or None."""
    rows = catalogue.rows(catalogue.region(key), target.indicator)
    chosen, _ = pick(rows, catalogue.indicator(target.indicator).basis)
    return next((o for o in chosen if o.year == target.year), None)


BASES = {"resident": "常住", "registered": "户籍", "registrations": "登记", "unstated": "未注明"}


def _not_settled(others: list[Observation]) -> Bilingual:
    zh = "；".join(f"{BASES[o.basis]}口径 {o.value:.10g}（{o.source.cited()}）" for o in others)
    en = "; ".join(f"{o.value:.10g}, {o.basis} ({o.source.cited()})" for o in others)
    year = others[0].year
    return Bilingual(
        f"{year}年只公布了其他人口口径的数值，不据以判定：{zh}",
        f"only figures on another population basis are published for {year}, which do not settle it: {en}",
    )
