"""Sources: the publications that the figures come from, and the day from which each could be known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

from planning.schemas import BESIDE, CLOSED, Grade, Published, Text, Words, last_day

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


FIRST_DAY = date(1949, 1, 1)  # nothing in the data was published before


def not_yet_known(day: date, today: date | None = None) -> str:
    """What was expected of an information date that lies before all data or after today; empty where it does neither.

    today: the calendar's day by default.
    """
    today = today or date.today()
    if FIRST_DAY <= day <= today:
        return ""
    return f"a day that has come, {FIRST_DAY} to {today}; what will be published later cannot be known"


def information_day(asked: str | int | date, today: date | None = None) -> date:
    """The last day that a date, year-month or year can mean, to see only what was published by then.

    Raises ValueError, in one sentence, for what is no date, lies in the future or before all data.

    >>> information_day("2022-02", today=date(2024, 5, 1))
    datetime.date(2022, 2, 28)
    """
    try:
        day = last_day(asked)
    except ValueError:
        raise ValueError(f"As of {asked}: expected a date, a month or a year, such as 2022-07-31.") from None
    expected = not_yet_known(day, today)
    if expected:
        meant = "" if str(asked) == day.isoformat() else f", which means {day}"
        raise ValueError(f"As of {asked}{meant}: expected {expected}.")
    return day
