"""Priors: ranges of what nobody publishes, each with a source or marked as an assumption, drawn once for each draw."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from planning.bilingual import Bilingual
from planning.schemas import CLOSED, Number, Words, expected


@dataclass(frozen=True)
class Prior:
    """What is taken for granted: anything between low and high, all alike. source: the publication, or "" for an assumption."""

    __pydantic_config__ = CLOSED

    id: Annotated[Words, Field(alias="prior")]
    low: Number
    high: Number
    unit: str
    zh: str
    en: str
    source: Annotated[str, Field(alias="evidence")] = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise expected("low not above high")

    @property
    def middle(self) -> float:
        """The mean and median of the range."""
        return (self.low + self.high) / 2

    def draws(self, count: int, seed: int) -> np.ndarray:
        """`count` draws; the same seed gives the same, whatever else is drawn: (draw,)."""
        rng = np.random.default_rng([seed, zlib.crc32(self.id.encode())])
        return rng.uniform(self.low, self.high, size=count)

    def sentence(self) -> Bilingual:
        """What is assumed."""
        share = self.unit.startswith("share")
        low, high = (
            f"{x:.3g}%" if share else f"{x:g}" for x in ((100 if share else 1) * v for v in (self.low, self.high))
        )
        zh, en = "假设", "assumption"
        if self.source:
            zh, en = f"依据 {self.source}，区间为假设", f"after {self.source}; the range is an assumption"
        return Bilingual(f"{self.zh}：{low}–{high}（{zh}）", f"{self.en}: {low}-{high} ({en})")
