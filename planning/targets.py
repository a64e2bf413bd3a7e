"""Targets: the promises of a document, as they stand in data/targets/."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from planning.schemas import (
    BESIDE,
    CLOSED,
    Code,
    Edition,
    NumberOrNothing,
    Published,
    Text,
    Unit,
    Year,
    YearOrNothing,
    expected,
    one_of,
)

COMPARISONS = ("at_least", "at_most", "between", "equal", "maintain", "improve", "relative", "none")
KINDS = ("rate", "share", "count_in_year", "cumulative", "count", "coverage", "binary", "index", "ratio")


@dataclass(frozen=True)
class Document:
    """A plan: who published it when, for which region, and until which year it looks."""

    __pydantic_config__ = CLOSED

    id: str
    title: str
    publisher: str
    published: Published
    region: Code
    edition: Edition = field(default="", kw_only=True)
    horizon: Year
    base_year: YearOrNothing = None
    link: Text = ""
    number: Text = field(default="", compare=False)
    date_known: bool = field(default=True, compare=False)
    note: Text = field(default="", compare=False)
    fictional: bool = False


@dataclass(frozen=True)
class Target:
    """A promise: an indicator of a region shall compare with a value by the end of a year. value: None if none is printed.

    applies_below: a goal for the whole that regions below without a plan of their own may be held against.
    """

    __pydantic_config__ = CLOSED

    id: str
    document: Annotated[Document, BESIDE]
    region: Code
    edition: Edition = field(default="", kw_only=True)
    level: Annotated[str, one_of("nation", "province", "city", "district")]
    indicator: str
    comparison: Annotated[str, one_of(*COMPARISONS)]
    unit: Unit
    year: Year
    kind: Annotated[str, one_of(*KINDS)]
    nature: Annotated[str, one_of("binding", "expected", "unstated")]
    value: NumberOrNothing = None
    low: NumberOrNothing = None
    high: NumberOrNothing = None
    strict: bool = False
    year_inferred: bool = False
    base_year: YearOrNothing = None
    base_value: NumberOrNothing = None
    aspirational: bool = False
    approximate: bool = False
    relative_to: Text = ""
    direction: Text = ""
    section: Text = ""
    notes: Text = ""
    duplicate_of: Text = ""
    applies_below: bool = False

    def __post_init__(self) -> None:
        if self.comparison == "between" and (self.low is None or self.high is None or self.low > self.high):
            raise expected("low and high, low not above high, for the comparison between")

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
