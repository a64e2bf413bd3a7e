"""Tables: an assessment as CSV and Parquet for programs, and as a workbook for people. Values only: nothing that reckons.

verdicts    one row a target, as in assess.json, with the names of region and indicator
outlooks    one row an indicator and year: median, 80 and 95 % bounds
observed    one row a published value that an outlook starts from
sources     one row an indicator and source; assumptions likewise
bring, proposals   as the report tells them
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from planning.loading.text_files import escape_formula
from planning.own_figures import ENTERED_BY_HAND
from planning.paths import SHIPPED

VERDICT = (
    "target document region indicator year comparison value low high unit level nature word chance evidence median low80 "
    "high80 gap pace_needed own_pace outcome outcome_source outcome_published chance_now reason method as_of entered_here"
).split()
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST_CELL = 32_000  # a workbook's cell holds 32,767 letters
FIRST_DAY = (1980, 1, 1, 0, 0, 0)

SHEETS = {
    "verdicts": ("判断", "Verdicts"),
    "outlooks": ("展望", "Outlooks"),
    "observed": ("已公布数", "Published values"),
    "sources": ("来源与假设", "Sources and assumptions"),
    "bring": ("最该补的数", "Figures to bring"),
    "proposals": ("目标建议", "Targets to propose"),
    "about": ("说明", "About"),
}


def made(
    assessment: dict, wanted: set[str], lang: str, data: str | None, fictional: bool, sections: Sequence[dict] = ()
) -> dict[str, bytes]:
    """The tables asked for: csv and parquet hold the verdicts, xlsx all tables, with those of `sections` (blocks of the
    report) that are named in SHEETS."""
    called = names(data)
    rows = verdict_rows(assessment, called)
    files = {}
    if "csv" in wanted:
        files["csv"] = as_csv(rows)
    if "parquet" in wanted:
        files["parquet"] = as_parquet(rows)
    if "xlsx" in wanted:
        files["xlsx"] = as_workbook(assessment, rows, called, lang, fictional, sections)
    return files


@lru_cache(maxsize=4)
def names(data: str | None) -> dict[str, tuple[str, str]]:
    """The Chinese and English name of every indicator, by id. data: a folder laid over the shipped one, or None."""
    from pathlib import Path

    from planning.loading.text_files import yaml_of

    called: dict[str, tuple[str, str]] = {}
    for folder in (SHIPPED, *([Path(data)] if data else [])):
        path = folder / "indicators.yaml"
        if path.is_file():
            called |= {id: (entry["zh"], entry["en"]) for id, entry in (yaml_of(path, []) or {}).items()}
    return called


def verdict_rows(assessment: dict, called: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """The verdicts of an assessment as rows, each with the region's and the indicator's names before it."""
    region = assessment["region"]
    about = {
        "assessed": region["code"],
        "name_zh": region["name_zh"],
        "name_en": region["name_en"],
        "scenario": assessment.get("scenario", ""),
    }
    rows = []
    for v in assessment["verdicts"]:
        zh, en = called.get(v["indicator"], (v["indicator"], v["indicator"]))
        rows.append({**about, "indicator_zh": zh, "indicator_en": en, **{k: v.get(k) for k in VERDICT}})
    return rows


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """Rows as CSV in UTF-8. A text that a spreadsheet would run is written with an apostrophe before it."""
    text = io.StringIO(newline="")
    heading = list(rows[0]) if rows else _headings()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(heading)
    out.writerows([escape_formula(c) if isinstance(c, str) else c for c in row.values()] for row in rows)
    return text.getvalue().encode("utf-8")


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    """Rows as one Parquet file."""
    import pyarrow.parquet

    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=verdict_schema()), sink)
    return sink.getvalue()


def verdict_schema() -> Any:
    """The columns of a table of verdicts, for pyarrow."""
    import pyarrow

    numbers = {"value", "low", "high", "chance", "median", "low80", "high80", "gap", "pace_needed", "own_pace"}
    numbers |= {"outcome", "chance_now"}

    def kind(name: str) -> Any:
        if name == "entered_here":
            return pyarrow.bool_()
        return pyarrow.int32() if name == "year" else pyarrow.float64() if name in numbers else pyarrow.string()

    return pyarrow.schema([(name, kind(name)) for name in _headings()])


def as_workbook(
    assessment: dict, rows: list[dict], called: dict, lang: str, fictional: bool, sections: Sequence[dict] = ()
) -> bytes:
    """All tables of an assessment as an Excel workbook, one sheet a table. The same bytes each time."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    which = 0 if lang == "zh" else 1
    tables = _sheets(assessment, rows, called, which, fictional)
    tables |= {s["key"]: _told(s) for s in sections if s["key"] in SHEETS and s["key"] not in tables}
    for key, table in tables.items():
        sheet = book.create_sheet(SHEETS[key][which])
        sheet.freeze_panes = "A2"
        for column, heading in enumerate(table[0], start=1):
            longest = max([len(str(heading)), *(len(str(row[column - 1] or "")) for row in table[1:200])])
            sheet.column_dimensions[get_column_letter(column)].width = min(60, max(9, longest * 1.3))
        for number, row in enumerate(table):
            sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    raw = io.BytesIO()
    book.save(raw)
    return _without_times(raw.getvalue())


def _told(section: dict) -> list[list]:
    """The tables of a section of the report, one below the other, as they are told there."""
    rows: list[list] = []
    for part in section["parts"]:
        if part["rows"]:
            rows += [[part["title"]] if part["title"] else [], list(part["headings"])][not part["title"] :]
            rows += [[cell["text"] for cell in row] for row in part["rows"]]
    width = max((len(row) for row in rows), default=1)
    return [row + [None] * (width - len(row)) for row in rows] or [[section["title"]]]


def _sheets(assessment: dict, rows: list[dict], called: dict, which: int, fictional: bool) -> dict[str, list[list]]:
    heads = [*rows[0]] if rows else _headings()
    sheets = {"verdicts": [heads, *(list(r.values()) for r in rows)]}
    outlooks = [["indicator", "name", "unit", "year", "median", "low80", "high80", "low95", "high95", "evidence"]]
    observed = [["indicator", "name", "unit", "year", "value"]]
    sources = [["indicator", "name", "kind", "text", "method"]]
    for id, o in assessment.get("outlooks", {}).items():
        name = called.get(id, (id, id))[which]
        for i, year in enumerate(o["years"]):
            bounds = [o[k][i] for k in ("median", "low80", "high80", "low95", "high95")]
            outlooks.append([id, name, o["unit"], year, *bounds, o["evidence"]])
        observed += [[id, name, o["unit"], year, value] for year, value in o["observed"]]
        sources += [[id, name, "source", s, o["method"]] for s in o["sources"]]
        sources += [[id, name, "assumption", s, o["method"]] for s in o["assumptions"]]
    region = assessment["region"]
    about = [["", ""], ["region", region["code"]], ["name_zh", region["name_zh"]], ["name_en", region["name_en"]]]
    about += [[k, assessment.get(k)] for k in ("scenario", "as_of", "to", "draws", "seed")]
    about += [["entered_here", f"{f} ({ENTERED_BY_HAND})"] for f in assessment.get("entered_here", ())]
    if fictional:
        about.append(["kind", "虚构 / fictional"])
    return {**sheets, "outlooks": outlooks, "observed": observed, "sources": sources, "about": about}


def _cell(sheet: Any, value: Any, bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=UNPRINTABLE.sub("\ufffd", value)[:LONGEST_CELL])
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.quotePrefix = True
    else:
        cell = WriteOnlyCell(sheet, value=value)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _headings() -> list[str]:
    return ["assessed", "name_zh", "name_en", "scenario", "indicator_zh", "indicator_en", *VERDICT]


def _without_times(raw: bytes) -> bytes:
    """A workbook packed again with one date for all its parts, so that the same tables give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for part in sorted(book.namelist()):
            content = book.read(part)
            if part == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(part, FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(entry, content)
    return out.getvalue()
