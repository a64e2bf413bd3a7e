"""A page that shows a text with every number marked: what was taken, as what, and what was left and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reports.html import render


@dataclass(frozen=True)
class Mark:
    """A marked span of the text. kind: matched, unmatched or left; title: what it was taken for, or why it was left."""

    start: int
    end: int
    kind: str
    title: str
    anchor: str = ""


def marked_page(
    title: str, summary: str, headings: list[str], rows: list[list[str]], text: str, marks: Iterable[Mark]
) -> str:
    """The page as HTML: a table of what was found, then the text with its marks. Rows begin with the anchor of their mark."""
    paragraphs: list[list[tuple[str, Mark | None]]] = [[]]
    place = 0
    for mark in sorted(_apart(marks), key=lambda m: m.start):
        _lay(paragraphs, text[place : mark.start])
        paragraphs[-1].append((text[mark.start : mark.end], mark))
        place = mark.end
    _lay(paragraphs, text[place:])
    shown = [p for p in paragraphs if any(words.strip() for words, _ in p)]
    return render(
        "marked_text.html", title=title, lang="zh-CN", summary=summary, headings=headings, rows=rows, paragraphs=shown
    )


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    """The marks without those that lie within another: what was taken goes before what was left."""
    order = {"matched": 0, "unmatched": 1, "left": 2}
    kept: list[Mark] = []
    taken: set[int] = set()
    for mark in sorted(marks, key=lambda m: (order[m.kind], m.start)):
        span = set(range(mark.start, mark.end))
        if not span & taken:
            kept.append(mark)
            taken |= span
    return kept


def _lay(paragraphs: list[list[tuple[str, Mark | None]]], words: str) -> None:
    first, *others = words.split("\n")
    paragraphs[-1].append((first, None))
    paragraphs.extend([(line, None)] for line in others)
