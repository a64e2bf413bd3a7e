"""Indicators: the things measured, read from data/indicators.yaml."""

from __future__ import annotations

from dataclasses import dataclass

PRINTED_GOAL = "_target"  # how indicators end that hold a goal printed elsewhere; it is no observation


@dataclass(frozen=True)
class Indicator:
    """One thing measured. Fields as in data/README.md; `range` is the plausible (low, high) in `unit`."""

    id: str
    zh: str
    en: str
    unit: str
    kind: str
    scale: str
    better: str
    basis: str
    range: tuple[float, float]
    decimals: int
    family: str
    definition: str = ""
    numerator: str | None = None
    denominator: str | None = None
    per: float | None = None

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en
