"""Faults in data: each says where it is, what was found, what was expected and what is near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class DataError:
    """One fault of a data file. row counts as a person's editor does: the heading is row 1."""

    file: str
    row: int | None
    column: str | None
    value: str
    expected: str
    nearest: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.column:
            where += f", column {self.column}"
        near = f" Nearest: {self.nearest}." if self.nearest else ""
        return f"{where}: found {self.value!r}; expected {self.expected}.{near}"


class InvalidData(ValueError):
    """Raised once with all the faults of the data; `faults` lists them."""

    def __init__(self, faults: Iterable[DataError]):
        self.faults = list(faults)
        count = len(self.faults)
        lines = [f"{count} fault{'s' if count != 1 else ''} in the data:"] + [f"  {f}" for f in self.faults]
        super().__init__("\n".join(lines))


class NotKnown(LookupError):
    """Raised when a region, indicator, target or scenario is asked for that does not exist."""

    def __str__(self) -> str:
        return str(self.args[0])


def nearest(word: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The choices most like `word`, best first: equal but for case, then containing it, then alike in letters."""
    choices = list(dict.fromkeys(str(c) for c in choices if c))
    word = str(word)
    folded = word.casefold().strip()
    inside = [c for c in choices if folded and (folded in c.casefold() or c.casefold() in folded)]
    alike = difflib.get_close_matches(word, choices, n=count, cutoff=0.3)
    return list(dict.fromkeys(inside + alike))[:count]


def not_known(what: str, word: str, choices: Iterable[str], where: str) -> NotKnown:
    """The error for something asked for that does not exist: what was asked, what is near, where to mend it."""
    near = nearest(word, choices)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    return NotKnown(f"No {what} is called {word}.{hint} {where}")
