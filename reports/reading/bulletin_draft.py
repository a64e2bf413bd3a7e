"""What was read in a bulletin as a draft: a page with the marked text, and a workbook to confirm, with its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planning.catalogue import Catalogue
from planning.reading.bulletins import ReadBulletin
from planning.regions import Region
from reports.reading.marked_page import Mark, marked_page
from reports.reading.plan_draft import write_text
from reports.workbooks import form
from reports.workbooks.template import confirmation

# Below this score the indicator must be confirmed by a person.
SURE_MATCH = 0.75


def as_json(read: ReadBulletin) -> dict[str, Any]:
    """The figures as plain values: {"figures": [...], "left": [...]}, in the order of the text."""
    figures = [
        {
            "indicator": f.indicator, "match": f.match, "value": f.value, "unit": f.unit, "year": f.year, "period": f.period,
            "region": f.region, "basis": f.basis, "precision": f.precision, "text": f.text, "start": f.start, "end": f.end,
        }
        for f in read.figures
    ]  # fmt: skip
    left = [{"text": n.text, "start": n.start, "end": n.end, "reason": n.reason} for n in read.left]
    return {"title": read.title, "year": read.year, "published": read.day or None, "figures": figures, "left": left}


def write_bulletin(
    read: ReadBulletin, catalogue: Catalogue, region: Region, codes: dict[str, str], folder: Path, stem: str
) -> list[Path]:
    """Write NAME.html (the marked text) and NAME.xlsx (to confirm). codes: of the regions that sentences name."""
    source = f"bulletin_{region.code}_{read.year}"
    sources = [{
        "id": source, "title": read.title, "publisher": region.name_zh, "published": read.day or str(read.year + 1),
        "date_known": bool(read.day), "grade": "A",
    }]  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {form.SOURCES.name: sources}
    taken: set[tuple] = set()
    for f in read.figures:
        about = catalogue.indicators[f.indicator]
        code = codes.get(f.region, region.code)
        key = (code, f.indicator, f.year, f.period, f.basis)
        rows.setdefault(form.sheet_of(about.family).name, []).append({
            "region": code, "edition": region.boundary.edition if code == region.code else "", "indicator": f.indicator,
            "year": f.year, "value": f.value, "unit": f.unit, "period": f.period, "basis": f.basis, "status": "observed",
            "precision": f.precision, "grade": "A", "source": source, "note": f"{f.text[:160]}（匹配 {f.match:.2f}）",
            "review": "accept" if f.match >= SURE_MATCH and key not in taken else "open",
        })  # fmt: skip
        taken.add(key)
    paths = [folder / f"{stem}{kind}" for kind in (".html", ".xlsx")]
    write_text(paths[0], page_of(read, catalogue))
    confirmation(catalogue, region, paths[1], rows)
    return paths


def page_of(read: ReadBulletin, catalogue: Catalogue) -> str:
    """The page that shows the bulletin's text with every number marked."""
    marks = [Mark(n.start, n.end, "left", n.reason) for n in read.left]
    rows = []
    for number, f in enumerate(read.figures, start=1):
        name = catalogue.indicators[f.indicator].zh
        marks.append(Mark(f.start, f.end, "matched", f"{name} {f.year}", f"t{number}"))
        rows.append([f"t{number}", name, f"{f.value:,.10g}", form.UNITS[f.unit], str(f.year), f.region or "—",
                     form.BASES[f.basis], f"{f.match:.2f}", f.text[:80]])  # fmt: skip
    told = f"数值 {len(read.figures)} 个；其余数字 {len(read.left)} 个。机器识别，须人工核对。"
    headings = ["序号", "指标", "数值", "单位", "年份", "地区", "口径", "匹配", "原文"]
    return marked_page(read.title, told, headings, rows, read.text, marks)
