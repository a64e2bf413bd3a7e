"""PDF: a report set by typst, with Chinese typography, figures and tables numbered, twelve pages at most.

The template is ours and fixed; what the report says comes in as JSON that the template reads as text, never as markup.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from reports.html import TEMPLATES

MOST_PAGES = 12
PICTURE = "data:image/png;base64,"
# What gives way, in order, where a report is longer: the folded tables, then size, then the ends of long tables.
SETTINGS = (
    {"size": 9.0, "figure": 88, "folded": True, "rows": 400},
    {"size": 9.0, "figure": 80, "folded": False, "rows": 400},
    {"size": 8.0, "figure": 68, "folded": False, "rows": 120},
    {"size": 7.5, "figure": 58, "folded": False, "rows": 40},
    {"size": 7.0, "figure": 50, "folded": False, "rows": 12},
)
LABELS = {
    "zh": {"figure": "图", "table": "表", "left_out": "以下 {n} 行及折叠的表见网页版报告。", "made": "信息截止"},
    "en": {
        "figure": "Figure",
        "table": "Table",
        "left_out": "{n} further rows are in the report's page.",
        "made": "Information up to",
    },
}


def made(sections: Iterable[dict[str, Any]], lang: str, heading: str, as_of: str) -> bytes:
    """The PDF of the blocks of a report (`reports.blocks`). The same blocks give the same bytes.

    Raises RuntimeError where even the tersest setting is longer than twelve pages.
    """
    content, pictures = laid_out(sections)
    with tempfile.TemporaryDirectory(prefix="dabiao-") as scratch:
        folder = Path(scratch)
        shutil.copy(TEMPLATES / "report.typ", folder / "report.typ")
        for name, picture in pictures.items():
            (folder / name).write_bytes(picture)
        for settings in SETTINGS:
            blocks = [_shortened(b, settings, lang) for b in content if settings["folded"] or not b.get("folded")]
            data = {"lang": lang, "heading": heading, "as_of": as_of, "labels": LABELS[lang], **settings}
            data["blocks"] = blocks
            (folder / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            if pages(folder) <= MOST_PAGES:
                return _compiled(folder)
    raise RuntimeError(f"The report does not fit on {MOST_PAGES} pages, even in the smallest type.")


def laid_out(sections: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The blocks in the order of the print, as the template reads them, and the pictures by file name."""
    blocks: list[dict[str, Any]] = []
    pictures: dict[str, bytes] = {}
    for section in sections:
        blocks.append({"kind": "title" if section["head"] else "section", "text": section["title"]})
        blocks += [{"kind": "note" if section["head"] else "text", "text": text} for text in section["lead"] if text]
        for part in section["parts"]:
            if part["figure"].startswith(PICTURE):
                name = f"figure-{len(pictures) + 1}.png"
                pictures[name] = base64.b64decode(part["figure"].removeprefix(PICTURE))
                blocks.append({"kind": "figure", "picture": name, "alt": part["alt"], "caption": part["caption"]})
                continue
            folded = part["title"] if part["folded"] else ""
            if part["title"] and not folded:
                blocks.append({"kind": "heading", "text": part["title"]})
            if part["rows"] is not None:
                table = {k: part[k] for k in ("headings", "rows", "caption")}
                blocks.append({"kind": "table", **table, "folded": folded})
            else:
                blocks.append({"kind": "list", "items": part["items"]})
    return blocks, pictures


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """Noto Sans and Serif SC, read once."""
    folder = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])


def pages(folder: Path) -> int:
    """The pages that a report laid out in a folder will have."""
    page = str(folder / "report.typ")
    told = typst.query(
        page, "<pages>", field="value", one=True, root=str(folder), font_paths=fonts(), ignore_system_fonts=True
    )
    return int(json.loads(told))


def _compiled(folder: Path) -> bytes:
    return typst.compile(
        str(folder / "report.typ"),
        root=str(folder),
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        timestamp=0,
    )


def _shortened(block: dict, settings: dict, lang: str) -> dict:
    if block["kind"] != "table":
        return block
    over = len(block["rows"]) - settings["rows"]
    caption = block["caption"]
    if over > 0:
        caption = f"{caption} {LABELS[lang]['left_out'].format(n=over)}".strip()
    return {**block, "rows": block["rows"][: settings["rows"]], "caption": caption, "widths": _widths(block)}


def _widths(table: dict) -> list[float]:
    """Shares of the line for the columns, by how much they have to say; no column is squeezed to nothing."""
    count = len(table["headings"]) or max(map(len, table["rows"]), default=1)
    rows = [table["headings"], *([c["text"] for c in row] for row in table["rows"])]
    longest = [sorted(_breadth(r[i]) for r in rows if i < len(r)) for i in range(count)]
    heads = [_breadth(h) + 3 for h in table["headings"]] or [4] * count
    typical = [max(t[int(len(t) * 0.85)] if t else 1, h) for t, h in zip(longest, heads, strict=True)]
    return [round(min(t, 160) ** 0.75, 2) for t in typical]


def _breadth(text: str) -> int:
    """Letters, a Chinese one counted twice."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
