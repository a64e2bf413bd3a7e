"""Targets: the promises of a document, as they stand in data/targets/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

COMPARISONS = ("at_least", "at_most", "between", "equal", "maintain", "improve", "relative", "none")


@dataclass(frozen=True)
class Document:
    """A plan: who published it when, for which region, and until which year it looks."""

    id: str
    title: str
    publisher: str
    published: date
    region: str
    edition: str
    horizon: int
    base_year: int | None = None
    link: str = ""
    fictional: bool = False


@dataclass(frozen=True)
class Target:
    """A promise: an indicator of a region shall compare with a value by the end of a year. value: None if none is printed.

    applies_below: a goal for the whole that regions below without a plan of their own may be held against.
    """

    id: str
    document: Document
    region: str
    edition: str
    level: str
    indicator: str
    comparison: str
    unit: str
    year: int
    kind: str
    nature: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    strict: bool = False
    year_inferred: bool = False
    base_year: int | None = None
    base_value: float | None = None
    aspirational: bool = False
    approximate: bool = False
    relative_to: str = ""
    direction: str = ""
    section: str = ""
    notes: str = ""
    duplicate_of: str = ""
    applies_below: bool = False

    @property
    def key(self) -> str:
        """The region it speaks of, with its boundary edition."""
        return f"{self.region}@{self.edition}" if self.edition else self.region

    @property
    def numeric(self) -> bool:
        return self.value is not None or (self.low is not None and self.high is not None)

    def past(self, as_of: date) -> bool:
        """Whether the deadline, the last day of the target's year, is over on that day."""
        return date(self.year, 12, 31) < as_of
