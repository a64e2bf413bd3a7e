"""The record: where nothing is published of an indicator, how often targets like it were met is all there is to say.

Two kinds of past targets count. Those of the panel that the verdicts are scored on, all kinds together; and those that
the plans themselves look back on, where the figure that settles them is published. The second are few and reported by
those who set them, so the first hold them down, and no chance above the cap without peers is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forecasts.verdict_scores import SITUATIONS, scores
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.methods import Method
from planning.targets import Target
from planning.verdicts import NO_PEERS_CAP, Verdict, met, word_for

PANEL_WEIGHT = 10  # the panel's base rate counts as so many targets of Chinese plans. A judgement
METHOD = Method.RECORD.named()


@dataclass(frozen=True)
class TrackRecord:
    """How often targets were met. met of cases: in Chinese plans; base of base_cases: on the panel."""

    met: int
    cases: int
    base: float
    base_cases: int

    @property
    def chance(self) -> float:
        """The two together, no further from a half than may be said without peers."""
        mean = (PANEL_WEIGHT * self.base + self.met) / (PANEL_WEIGHT + self.cases)
        return min(max(mean, 1 - NO_PEERS_CAP), NO_PEERS_CAP)


def track_record(catalogue: Catalogue) -> TrackRecord:
    """The record as far as published by the catalogue's information date."""
    return catalogue.once("track_record", lambda: _counted(catalogue))


def _counted(catalogue: Catalogue) -> TrackRecord:
    settled = [hit for t in catalogue.targets if (hit := _settled(t, catalogue)) is not None]
    table = [row for row in scores() if row.situation == SITUATIONS[0]]
    cases = sum(row.cases for row in table)
    return TrackRecord(
        sum(settled), len(settled), sum(row.observed_frequency * row.cases for row in table) / cases, cases
    )


def judge_by_record(target: Target, record: TrackRecord, reason: str, as_of: str) -> Verdict:
    """The verdict on a target of which nothing is known but how such targets end: grade D, and the figure to bring."""
    zh, en = (reason.zh, reason.en) if isinstance(reason, Bilingual) else (reason, reason)
    ours = (
        (f"，回顾期内的规划目标 {record.cases} 项中 {record.met} 项实现", f"; of {record.cases} that plans look back on {record.met} were met")
        if record.cases
        else ("", "")
    )  # fmt: skip
    why = Bilingual(
        f"{zh}：只能依据同类目标的以往实现率（对照样本 {record.base:.0%}{ours[0]}）；补充一个本地数值即可作实质判断",
        f"{en}: only the record of such targets speaks ({record.base:.0%} on the reference panel{ours[1]}); one "
        "local value would allow a verdict of substance",
    )
    return Verdict(
        target=target,
        word=word_for(record.chance),
        chance=record.chance,
        evidence="D",
        reason=why,
        method=METHOD,
        goal=target.value,
        as_of=as_of,
    )


def _settled(target: Target, catalogue: Catalogue) -> bool | None:
    """Whether a past target was met, where the region's own figure, or the figure its document sets beside it, is known."""
    day = catalogue.as_of or date.max
    if not target.numeric or target.duplicate_of or not target.past(day):
        return None
    places = [target.key]
    if target.past(target.document.published):
        document = target.document
        places.append(f"{document.region}@{document.edition}" if document.edition else document.region)
    for place in places:
        series = catalogue.series(catalogue.region(place), target.indicator)
        known = dict(zip(series.years, series.values, strict=True)) if series is not None else {}
        if target.year in known:
            return bool(met(target, known[target.year], catalogue.indicator(target.indicator).decimals))
    return None
