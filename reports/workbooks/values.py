"""The cells of a workbook as the values of the data: Chinese words become codes, and what cannot be read is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydantic_core import PydanticCustomError

from planning import schemas
from planning.errors import DataError, nearest
from planning.indicators import Indicator
from planning.loading.checks import RATES
from reports.workbooks import form, overlays
from reports.workbooks.reading import Cell, SheetRows, as_text, place_of


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet. values: by field, as a data file would hold them; faulty fields are left out of the reckoning."""

    sheet: form.Sheet
    number: int
    values: dict[str, str]
    faulty: frozenset[str]


class Names:
    """The indicators by any of their names."""

    def __init__(self, indicators: Mapping[str, Indicator]):
        self.indicators = indicators
        self.by_name = {name: i.id for i in indicators.values() for name in (i.en, i.zh, i.id)}

    def find(self, word: str) -> str | None:
        return self.by_name.get(word) or self.by_name.get(unicodedata.normalize("NFKC", word).strip())

    def near(self, word: str) -> str:
        return ", ".join(nearest(word, (i.zh for i in self.indicators.values())))


def rows_of(path: Path, read: SheetRows, names: Names, faults: list[DataError]) -> list[Row]:
    """The rows of a sheet as values of the data; what cannot be read is told in `faults`."""
    where = place_of(path, read.sheet.name)
    rows = []
    for number, cells in read.rows:
        if _not_taken(cells):
            continue
        values = dict.fromkeys((c.field for c in read.sheet.columns), "")
        faulty = set()
        for name, cell in cells.items():
            column = read.sheet.column(name)
            if cell.told:
                faulty.add(name)
                values[name] = as_text(cell)
                continue
            try:
                values[name] = value_of(column, cell, names)
            except PydanticCustomError as error:
                faulty.add(name)
                values[name] = as_text(cell)
                what, near = error.context["what"], error.context["near"]
                faults.append(DataError(where, number, read.headings[name], as_text(cell)[:120], what, near))
        row = Row(read.sheet, number, values, frozenset(faulty))
        faults += _unit_fault(row, where, read.headings, names)
        rows.append(row)
    return rows


def _not_taken(cells: Mapping[str, Cell]) -> bool:
    """Whether a row of a draft is marked as dropped or still open."""
    words = {form.REVIEWS[w] for w in form.NOT_TAKEN}
    return form.REVIEW.field in cells and as_text(cells[form.REVIEW.field]).strip() in words


def value_of(column: form.Column, cell: Cell, names: Names) -> str:
    """The value of a cell as a data file would hold it. Raises schemas.expected's error."""
    value, text = cell.value, as_text(cell)
    if column.kind in ("number", "year") and isinstance(value, datetime | date):
        raise schemas.expected("a number; the cell holds a date", str(value.year) if column.kind == "year" else "")
    if column.kind == "number":
        if cell.as_percent and isinstance(value, int | float):
            what = f"a plain number; Excel shows {value * 100:.10g}% and stores {value:.10g}. Set the cell to General"
            raise schemas.expected(what, f"{value * 100:.10g}")
        return overlays.plain(schemas.number(value))
    if column.kind == "year":
        return str(schemas.year(text))
    if column.kind == "code":
        plain = unicodedata.normalize("NFKC", text)
        return f"{int(plain):06d}" if isinstance(value, int | float) and plain.isdecimal() else plain
    if column.kind == "age":
        return schemas.age_group(text)
    if column.kind == "day":
        return schemas.iso_day(unicodedata.normalize("NFKC", text))
    if column.kind == "published":
        schemas.publication_day(unicodedata.normalize("NFKC", text))
        return unicodedata.normalize("NFKC", text)
    if column.kind == "yes":
        return _yes(text)
    if column.kind == "choice":
        return _choice(text, column.words)
    if column.kind == "indicator":
        found = names.find(text)
        if found is None:
            raise schemas.expected("an indicator of the sheet 指标, by name or number", names.near(text))
        return found
    return text


def _yes(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain in (form.YES, "yes", "y", "true", "1"):
        return "yes"
    if plain in (form.NO, "no", "n", "false", "0"):
        return "no"
    raise schemas.expected(f"{form.YES} or {form.NO}")


def _choice(text: str, words: Mapping[str, str]) -> str:
    plain = unicodedata.normalize("NFKC", text)
    for code, word in words.items():
        # A grade may be typed as its letter alone, a unit without its remark.
        if plain in (code, unicodedata.normalize("NFKC", word)) or text == word.split(" ")[0].split("（")[0]:
            return code
    raise schemas.expected(f"one of {', '.join(words.values())}", ", ".join(nearest(text, words.values())))


def _unit_fault(row: Row, where: str, headings: Mapping[str, str], names: Names) -> list[DataError]:
    """A unit that is not the indicator's own: the value would be read in the wrong unit."""
    about = names.indicators.get(row.values.get("indicator", ""))
    unit = row.values.get("unit", "")
    if about is None or not unit or unit == about.unit or "unit" in row.faulty or row.sheet is form.INDICATORS:
        return []
    expected = f"the unit of {about.zh}: {form.UNITS[about.unit]}{_converted(row, unit, about.unit)}"
    return [DataError(where, row.number, headings["unit"], form.UNITS[unit], expected, form.UNITS[about.unit])]


def _converted(row: Row, given: str, wanted: str) -> str:
    if given not in RATES or wanted not in RATES or not row.values.get("value") or "value" in row.faulty:
        return ""
    value = float(row.values["value"])
    return f"; {value:.10g} would be {value * RATES[wanted] / RATES[given]:.10g}"
