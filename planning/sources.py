"""Sources: the publications that the figures come from, and the day from which each could be known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator

from planning.schemas import BESIDE, CLOSED, Grade, Published, Text, Words

Page = Annotated[str, BeforeValidator(lambda v: "" if v is None else str(v))]


@dataclass(frozen=True)
class Source:
    """A publication. published: the last day it can have appeared. date_known: False where that day is our estimate."""

    __pydantic_config__ = CLOSED

    id: Annotated[str, BESIDE]
    title: Words
    publisher: Text = field(default="", kw_only=True)
    published: Published
    date_known: bool = True
    link: Text = ""
    page: Page = ""
    licence: Text = ""
    grade: Grade = "B"
    note: Text = field(default="", compare=False)
    fictional: Annotated[bool, BESIDE] = False

    def cited(self) -> str:
        """The source as a line under a chart: publisher, title, date, page."""
        day = self.published.isoformat() if self.date_known else f"{self.published.year}"
        parts = [self.publisher, self.title, day, self.page]
        return ", ".join(p for p in parts if p)
