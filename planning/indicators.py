"""Indicators: the things measured, read from data/indicators.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from planning.schemas import BESIDE, CLOSED, Number, Text, Unit, expected, one_of

KINDS = ("rate", "share", "count", "cumulative", "coverage", "binary", "index", "ratio")
FAMILIES = ("demographic", "workforce", "capacity", "trend", "programme", "rare_events", "not_quantitative")

PRINTED_GOAL = "_target"  # how indicators end that hold a goal printed elsewhere; it is no observation


@dataclass(frozen=True)
class Indicator:
    """One thing measured. Fields as in data/README.md; `range` is the plausible (low, high) in `unit`.

    aliases: other Chinese names that plans and bulletins print, by which a text is matched to it.
    """

    __pydantic_config__ = CLOSED

    id: Annotated[str, BESIDE]
    zh: str
    en: str
    unit: Unit
    kind: Annotated[str, one_of(*KINDS)]
    scale: Annotated[str, one_of("log", "logit", "plain", "count")]
    better: Annotated[str, one_of("up", "down", "none")]
    basis: Annotated[str, one_of("resident", "registered", "either")]
    range: tuple[Number, Number]
    decimals: Annotated[int, Field(ge=0, le=6)]
    family: Annotated[str, one_of(*FAMILIES)]
    definition: Text = ""
    numerator: str | None = None
    denominator: str | None = None
    per: Annotated[float, Field(gt=0)] | None = None
    aliases: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.range[0] >= self.range[1]:
            raise expected("a range whose low end lies below its high end")

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en
