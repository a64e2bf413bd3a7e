"""Reading a workbook as it comes from a district office: within bounds, cell by cell, with every fault told by its place."""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

from planning.errors import DataError, InvalidData, nearest
from reports.workbooks import form

LARGEST_FILE = 100_000_000  # bytes
LARGEST_UNPACKED = 800_000_000
MOST_ROWS = 200_000  # of one sheet
MOST_COLUMNS = 100
HEADING_WITHIN = 20  # rows from the top
# What the library raises where the parts of a workbook are not what they should be.
BROKEN = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OSError,
    EOFError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with something in it. as_percent: whether it is shown as a percentage, 95% for a stored .95.

    told: whether what it holds is told as a fault already.
    """

    place: str
    value: Any
    as_percent: bool = False
    told: bool = False


@dataclass(frozen=True)
class SheetRows:
    """The rows of a sheet: (row number, cell by field). headings: the heading of every field with its column letter."""

    sheet: form.Sheet
    headings: dict[str, str]
    rows: list[tuple[int, dict[str, Cell]]]


def read_workbook(path: Path, faults: list[DataError]) -> tuple[list[SheetRows], dict[str, str]]:
    """The rows of the sheets we know, and the signatures of the first sheet; faults of form are added to `faults`.

    Raises FileNotFoundError, or InvalidData for what is no workbook or too large a one.
    """
    _check_file(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except BROKEN as error:
        raise InvalidData([DataError(str(path), None, None, "a file", f"an Excel workbook ({error})")]) from None
    try:
        return _read(path, book, faults)
    except InvalidData:
        raise
    except BROKEN as error:
        raise InvalidData([DataError(str(path), None, None, "a damaged workbook", f"a whole one ({error})")]) from None
    finally:
        book.close()


def place_of(path: Path, sheet: str) -> str:
    """Where a fault stands: the file and the sheet."""
    return f"{path.name}, sheet {sheet}"


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"There is no workbook {path}. `dabiao template REGION {path.name}` makes one.")

    def refuse(found: str, expected: str) -> None:
        raise InvalidData([DataError(str(path), None, None, found, expected)])

    size = path.stat().st_size
    if size == 0:
        refuse("an empty file", "an Excel workbook (.xlsx)")
    if size > LARGEST_FILE:
        refuse(f"{size:,} bytes", f"a workbook of at most {LARGEST_FILE:,} bytes; split it by region")
    with open(path, "rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        refuse("an old or encrypted Excel file", "an Excel workbook without password: save it as .xlsx")
    if not start.startswith(b"PK"):
        refuse(
            "a file that is no workbook",
            "an Excel workbook (.xlsx); tables in CSV go into DIR/tables, see data/README.md",
        )
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
                refuse("a zip file that is no workbook", "an Excel workbook (.xlsx)")
            unpacked = sum(member.file_size for member in packed.infolist())
            if unpacked > LARGEST_UNPACKED:
                refuse(f"{unpacked:,} bytes unpacked", f"at most {LARGEST_UNPACKED:,}; split it by region")
            with packed.open("xl/workbook.xml") as part:
                if b"purl.oclc.org/ooxml" in part.read(4096):
                    refuse("a workbook saved as Strict Open XML", 'a workbook saved as "Excel Workbook (.xlsx)"')
            for name in names:
                if name.endswith((".xml", ".rels")):
                    with packed.open(name) as part:
                        if b"<!DOCTYPE" in part.read(2048):
                            refuse(f"a document type in {name}", "plain workbook parts; save it anew in Excel")
    # NotImplementedError is zipfile's own word for a compression that it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        refuse("a damaged workbook", f"a whole one ({error})")


def _read(path: Path, book: Any, faults: list[DataError]) -> tuple[list[SheetRows], dict[str, str]]:
    known = {sheet.name: sheet for sheet in form.READ}
    found: list[SheetRows] = []
    formulas: list[tuple[str, int, str, str, str]] = []
    signed: dict[str, str] = {}
    for worksheet in book.worksheets:
        name, where = worksheet.title, place_of(path, worksheet.title)
        if worksheet.sheet_state != "visible":
            faults.append(
                DataError(where, None, None, f"a {worksheet.sheet_state} sheet", "no hidden sheets; show or delete it")
            )
        if name == form.README_SHEET:
            signed = _signed(worksheet)
        elif name in known:
            _check_merged(path, worksheet, len(known[name].columns), faults)
            found.append(_rows(where, worksheet, known[name], faults, formulas))
        elif not name.startswith((form.MISSING_SHEET, form.WORDS_SHEET, form.OWN_NOTES)) and any(
            _holds(row) for row in _bounded(worksheet, where, faults)
        ):
            near = ", ".join(nearest(name, known, 1))
            expected = f"a sheet of the template, or a name that begins with {form.OWN_NOTES}; it is not read"
            faults.append(DataError(where, None, None, name, expected, near))
    if not found:
        expected = f"the sheets of the template: {', '.join(known)}"
        faults.append(DataError(str(path), None, None, ", ".join(book.sheetnames)[:120], expected))
    _tell_formulas(path, formulas, faults)
    return found, signed


def _signed(worksheet: Any) -> dict[str, str]:
    signed = {}
    for row in worksheet.iter_rows(min_row=1, max_row=30, max_col=2, values_only=True):
        if len(row) == 2 and row[0] in (form.TYPED_BY, form.CHECKED_BY, form.MAIN_REGION):
            signed[row[0]] = "" if row[1] is None else str(row[1]).strip()
    return signed


def _bounded(worksheet: Any, where: str, faults: list[DataError]) -> Iterator:
    """The rows of a sheet up to the bounds; a fault for the first thing beyond them, and an end."""
    worksheet.reset_dimensions()  # what a sheet says of its size may be anything
    for number, row in enumerate(worksheet.iter_rows(), start=1):
        if number > MOST_ROWS and _holds(row):
            faults.append(DataError(where, number, None, "a row", f"at most {MOST_ROWS:,} rows; bring more as CSV"))
            return
        if len(row) > MOST_COLUMNS and _holds(row[MOST_COLUMNS:]):
            faults.append(DataError(where, number, None, f"{len(row)} columns", f"at most {MOST_COLUMNS} columns"))
            return
        yield row[:MOST_COLUMNS]


def _holds(cells: Iterable[Any]) -> bool:
    return any(c.value not in (None, "") for c in cells)


def _check_merged(path: Path, worksheet: Any, columns: int, faults: list[DataError]) -> None:
    """Merged cells within the columns of a sheet: only the first of them holds a value, so the others would be lost."""
    with zipfile.ZipFile(path) as packed, packed.open(worksheet._worksheet_path) as part:
        tail = b""
        merged: list[str] = []
        while block := part.read(1 << 20):
            text = tail + block
            merged += [m.decode() for m in re.findall(rb'<(?:\w+:)?mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', text)]
            tail = text[-64:] if not text.endswith(b">") else b""
    for cells in dict.fromkeys(merged):
        first, row, _, _ = range_boundaries(cells)
        if first <= columns:
            expected = "single cells; unmerge them and fill each in"
            faults.append(
                DataError(place_of(path, worksheet.title), row, get_column_letter(first), f"merged {cells}", expected)
            )


def _rows(where: str, worksheet: Any, sheet: form.Sheet, faults: list[DataError], formulas: list) -> SheetRows:
    fields: dict[int, str] | None = None
    headings: dict[str, str] = {}
    rows: list[tuple[int, dict[str, Cell]]] = []
    seen: list[tuple[int, list]] = []
    strangers: set[int] = set()
    for number, cells in enumerate(_bounded(worksheet, where, faults), start=1):
        if fields is None:
            filled = [(position, c) for position, c in enumerate(cells, start=1) if c.value not in (None, "")]
            seen.append((number, filled))
            fields = _fields(filled, sheet)
            if fields is not None:
                headings = {f: f"{sheet.column(f).heading} ({get_column_letter(p)})" for p, f in fields.items()}
                _check_headings(where, number, filled, sheet, fields, strangers, faults)
            elif number >= HEADING_WITHIN:
                break
            continue
        row = {}
        for position, cell in enumerate(cells, start=1):
            value = cell.value
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            place = f"{get_column_letter(position)}{number}"
            if position not in fields:
                if position not in strangers:
                    strangers.add(position)
                    expected = "nothing; the column has no heading of the template"
                    faults.append(DataError(where, number, get_column_letter(position), _short(value), expected))
                continue
            if cell.data_type == "f":
                formulas.append((worksheet.title, number, place, headings[fields[position]], _short(value)))
                row[fields[position]] = Cell(place, value, told=True)
                continue
            if cell.data_type == "e":
                faults.append(
                    DataError(
                        where, number, headings[fields[position]], _short(value), "a value, not an error of Excel"
                    )
                )
                row[fields[position]] = Cell(place, value, told=True)
                continue
            row[fields[position]] = Cell(
                place, _month(value, shown_as := _unquoted(cell.number_format)), "%" in shown_as
            )
        if row:
            rows.append((number, row))
    if fields is None and any(filled for _, filled in seen):
        near = [str(c.value) for _, filled in seen[:1] for _, c in filled][:6]
        needed = ", ".join(c.heading for c in sheet.columns if c.needed)
        faults.append(DataError(where, 1, None, ", ".join(near)[:120], f"a row of headings with {needed}"))
    return SheetRows(sheet, headings, rows)


def _unquoted(number_format: str | None) -> str:
    """A number format without what it prints as it stands: texts in quotation marks, and characters after a backslash."""
    return re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", number_format or "")


def _month(value: Any, number_format: str) -> Any:
    """A date whose format shows no day as the year and month that was typed: 2024-03, not the first of March."""
    plain = number_format.casefold()
    if isinstance(value, date) and "y" in plain and "d" not in plain and value.day == 1:
        return f"{value:%Y-%m}" if "m" in plain else f"{value:%Y}"
    return value


def _fields(filled: list, sheet: form.Sheet) -> dict[int, str] | None:
    """The field of every column, if this row is the heading: most of what the sheet needs stands in it."""
    by_heading = {c.heading: c.field for c in sheet.columns}
    fields: dict[int, str] = {}
    for position, cell in filled:
        heading = _heading(cell.value)
        if heading in by_heading and by_heading[heading] not in fields.values():
            fields[position] = by_heading[heading]
    needed = [c.field for c in sheet.columns if c.needed]
    return fields if sum(f in fields.values() for f in needed) * 2 > len(needed) else None


def _check_headings(
    where: str,
    number: int,
    filled: list,
    sheet: form.Sheet,
    fields: dict[int, str],
    strangers: set[int],
    faults: list[DataError],
) -> None:
    known = {c.heading: c for c in sheet.columns}
    for position, cell in filled:
        if position in fields:
            continue
        heading = _heading(cell.value)
        strangers.add(position)
        expected = "each heading once" if heading in known else "a heading of the template"
        near = "" if heading in known else ", ".join(nearest(heading, known, 2))
        faults.append(DataError(where, number, get_column_letter(position), heading[:60], expected, near))
    for column in sheet.columns:
        if column.field not in fields.values() and (column.needed or column.kind == "number"):
            faults.append(DataError(where, number, column.heading, "", f"the column {column.heading}"))


def _tell_formulas(path: Path, formulas: list, faults: list[DataError]) -> None:
    """Faults for cells with formulas, each with the result that Excel kept."""
    if not formulas:
        return
    book = openpyxl.load_workbook(path, read_only=True, keep_links=False, data_only=True)
    wanted: dict[str, dict[int, list]] = {}
    for formula in formulas:
        wanted.setdefault(formula[0], {}).setdefault(formula[1], []).append(formula)
    try:
        for name, by_row in wanted.items():
            for number, row in enumerate(book[name].iter_rows(max_row=max(by_row), max_col=MOST_COLUMNS), start=1):
                for _, _, place, heading, text in by_row.get(number, ()):
                    kept = next((c.value for c in row if getattr(c, "coordinate", "") == place), None)
                    near = "" if kept is None else _short(kept)
                    expected = "a value; copy the result and paste it as a value"
                    faults.append(DataError(place_of(path, name), number, heading, text, expected, near))
    finally:
        book.close()


def as_text(cell: Cell) -> str:
    """The text of a cell of any kind."""
    value = cell.value
    if isinstance(value, bool):
        return form.YES if value else form.NO
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _heading(value: Any) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(value))).rstrip("*")


def _short(value: Any) -> str:
    return str(value)[:80]
