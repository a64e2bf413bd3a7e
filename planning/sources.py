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
