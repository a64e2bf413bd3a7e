"""Sources: the publications that the figures come from, and the day from which each could be known."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Source:
    """A publication. published: the last day it can have appeared. date_known: False where that day is our estimate."""

    id: str
    title: str
    publisher: str
    published: date
    date_known: bool = True
    link: str = ""
    page: str = ""
    licence: str = ""
    grade: str = "B"
    fictional: bool = False

    def cited(self) -> str:
        """The source as a line under a chart: publisher, title, date, page."""
        day = self.published.isoformat() if self.date_known else f"{self.published.year}"
        parts = [self.publisher, self.title, day, self.page]
        return ", ".join(p for p in parts if p)


def last_day(text: str | int | date) -> date:
    """The last day that a date, year-month or year can mean: 2022 is 2022-12-31. Raises ValueError if it is no date."""
    if isinstance(text, date):
        return text
    parts = [int(p) for p in str(text).strip().split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31)
    if len(parts) == 2:
        return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1])
    return date(*parts[:3])
