"""Outlines: what a page says, without its HTML: titles, paragraphs, figures, tables, lists. From it the PDF is set.

Only text is taken, and the pictures that the page carries inside itself; whatever markup a name or note holds stays text.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

PICTURE = "data:image/png;base64,"
SILENT = ("style", "script", "title")
HELD = ("h1", "h2", "h3", "p", "li", "th", "td", "figcaption", "summary")


@dataclass
class Outline:
    """The blocks of a page in their order, and its pictures by file name.

    A block has a kind: title, subtitle, section, heading, text, note, figure (picture, alt, caption), list (items), or table
    (headings, rows of cells with text and verdict word, caption, folded).
    """

    blocks: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


def outline(page: str) -> Outline:
    """The outline of one of our pages."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.outline


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.outline = Outline()
        self.silent = 0
        self.open: list[str] = []
        self.text: list[str] | None = None
        self.word = ""
        self.note = False
        self.table: dict[str, Any] | None = None
        self.folded = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in SILENT:
            self.silent += 1
        elif tag in HELD:
            self.text = []
            classes = (given.get("class") or "").split()
            self.word = next((c for c in classes if c not in ("word", "subtitle", "source")), "")
            self.note = "subtitle" in classes or "source" in classes
        elif tag == "img":
            self.picture(given)
        elif tag == "table":
            self.table = {"kind": "table", "headings": [], "rows": [], "caption": "", "folded": self.folded}
            self.outline.blocks.append(self.table)
        elif tag == "tr" and self.table is not None:
            self.table["rows"].append([])
        elif tag == "ul":
            self.outline.blocks.append({"kind": "list", "items": []})
        elif tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "table":
            self.table["rows"] = [r for r in self.table["rows"] if r]
            self.table = None
        elif tag == "details":
            self.folded = ""
        elif tag in HELD and self.text is not None:
            said = " ".join("".join(self.text).split())
            self.text = None
            self.place(tag, said)

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(data)

    def place(self, tag: str, said: str) -> None:
        blocks = self.outline.blocks
        last: dict[str, Any] = blocks[-1] if blocks else {"kind": ""}
        if tag == "th" and self.table is not None:
            self.table["headings"].append(said)
        elif tag == "td" and self.table is not None:
            self.table["rows"][-1].append({"text": said, "word": self.word})
        elif tag == "li" and last["kind"] == "list":
            last["items"].append(said)
        elif tag == "figcaption" and last["kind"] == "figure":
            last["caption"] = said
        elif tag == "summary":
            self.folded = said
        elif said and tag == "p" and self.note and last["kind"] == "table":
            last["caption"] = said
        elif said:
            kind = {"h1": "title", "h2": "section", "h3": "heading"}.get(tag, "note" if self.note else "text")
            blocks.append({"kind": kind, "text": said})

    def picture(self, given: dict[str, str | None]) -> None:
        source = given.get("src") or ""
        if not source.startswith(PICTURE):
            return
        name = f"figure-{len(self.outline.pictures) + 1}.png"
        self.outline.pictures[name] = base64.b64decode(source.removeprefix(PICTURE))
        about = {"kind": "figure", "picture": name, "alt": given.get("alt") or "", "caption": ""}
        self.outline.blocks.append(about)
