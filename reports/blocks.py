"""Blocks: what a report says, as values: headings, sentences, figures, tables and lists. Pages, print and notebooks write them.

A section shows itself in a notebook as HTML, and carries its blocks beside it as JSON, so that whatever sets a report from
an executed notebook reads values and parses no markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reports.html import render

MIME = "application/vnd.dabiao.section+json"


@dataclass(frozen=True)
class Word:
    """A cell that says a verdict, coloured by its word."""

    text: str
    word: str


@dataclass(frozen=True)
class Part:
    """One block of a section: a figure (a data address with its description), a table, or a list."""

    title: str = ""
    figure: str = ""
    alt: str = ""
    caption: str = ""
    headings: Sequence[str] = ()
    rows: Sequence[Sequence] | None = None
    kind: str = ""
    items: Sequence[str] = ()
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """A titled part of the report that shows itself in a notebook, on a page and in print.

    >>> Section("births", "Births", ["Fewer each year."]).plain()["title"]
    'Births'
    """

    key: str
    title: str
    lead: Sequence[str] = ()
    parts: Sequence[Part] = field(default_factory=tuple)

    TEMPLATE = "section.html"

    def plain(self) -> dict[str, Any]:
        """The blocks as plain values; every cell of a table is a text, with its verdict word where it has one."""
        parts = []
        for part in self.parts:
            rows = None if part.rows is None else [[_cell(c) for c in row] for row in part.rows]
            parts.append({**asdict(part), "rows": rows})
        return {
            "key": self.key,
            "title": self.title,
            "lead": [str(p) for p in self.lead],
            "parts": parts,
            "head": False,
        }

    def _repr_html_(self) -> str:
        return render(self.TEMPLATE, s=self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), MIME: self.plain()}


class Heading(Section):
    """The head of the page: a first-level heading."""

    TEMPLATE = "heading.html"

    def plain(self) -> dict[str, Any]:
        return {**super().plain(), "head": True}


def taken(notebook: Any) -> list[dict[str, Any]]:
    """The blocks that the cells of an executed notebook carry, in their order; taken out of it, as its HTML says the same."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            section = output.get("data", {}).pop(MIME, None)
            output.get("metadata", {}).pop(MIME, None)
            if section is not None:
                found.append(section)
    return found


def _cell(cell: Any) -> dict[str, str]:
    return {"text": cell.text, "word": cell.word} if isinstance(cell, Word) else {"text": str(cell), "word": ""}
