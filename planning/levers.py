"""Levers: what a plan can pull, each with what it bends, its range, its cost and on what evidence."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Annotated

from planning.schemas import BESIDE, CLOSED, one_of

CADRES = "gps|physicians|nurses|paediatricians|tcm_physicians"
# What engines let be bent (data/levers.yaml says what each is).
ACTS = re.compile(
    r"people\.(fertility(\.(first|second|third))?|migration)"
    r"|nursery\.(opened|closing|fee|converted|subsidy|started\.(public|subsidised|private))"
    r"|beds\.(opened|closing|started)"
    rf"|staff\.({CADRES})\.(entering|leaving|residency|transfer|directed|recruited|retirement)"
    r"|coverage|counts|cumulative"
)


@dataclass(frozen=True)
class Cost:
    """What one real unit of a lever costs the budget. yuan: a unit; of: the unit, in words; evidence: a source or assumption."""

    __pydantic_config__ = CLOSED

    yuan: float
    of: str
    evidence: str
    evidence_zh: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.yuan < math.inf:
            raise ValueError("yuan: a finite number from 0 on")

    def grounds(self, lang: str) -> str:
        return (self.evidence_zh or self.evidence) if lang == "zh" else self.evidence


@dataclass(frozen=True)
class Lever:
    """Something a plan can pull.

    acts: what it bends, in the words of the engines (data/levers.yaml lists them). neutral: the setting that changes
    nothing; low, high: the range that may be asked for; plausible: its 10th, 50th and 90th percentile among plans, for the
    tornado. per, of: the setting is a number of real units a year for each `per` of these people. indicators: for the
    levers of programmes, what they bend. excludes: levers that cannot be set together with it.
    """

    __pydantic_config__ = CLOSED

    id: Annotated[str, BESIDE]
    zh: str
    en: str
    group: str
    bends: str
    acts: tuple[str, ...]
    unit: str
    unit_zh: str
    low: float
    high: float
    neutral: float
    step: float = 0.1
    plausible: tuple[float, float, float] | None = None
    per: float | None = None
    of: Annotated[str, one_of("", "residents", "children_0_14", "children_under_3")] = ""
    indicators: tuple[str, ...] = ()
    ceiling: float = 100.0
    excludes: tuple[str, ...] = ()
    cost: Cost | None = None
    evidence: str = field(kw_only=True)
    evidence_zh: str = ""
    note: str = ""
    note_zh: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.neutral <= self.high or self.low == self.high:
            raise ValueError("low, neutral and high in rising order")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and 0 < self.step <= self.high - self.low):
            raise ValueError("low and high finite, and a step above 0 within them")
        if unknown := [act for act in self.acts if not ACTS.fullmatch(act)]:
            raise ValueError(f"acts: words of the engines, as data/levers.yaml lists them; {unknown[0]} is none")
        if self.plausible and not self.low <= self.plausible[0] <= self.plausible[1] <= self.plausible[2] <= self.high:
            raise ValueError("plausible: the 10th, 50th and 90th percentile in rising order, inside low and high")
        if (self.per is None) != (self.of == ""):
            raise ValueError("per and of together, or neither")

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def unit_name(self, lang: str) -> str:
        return (self.unit_zh or self.unit) if lang == "zh" else self.unit

    def remark(self, lang: str) -> str:
        return (self.note_zh or self.note) if lang == "zh" else self.note

    def grounds(self, lang: str) -> str:
        return (self.evidence_zh or self.evidence) if lang == "zh" else self.evidence
