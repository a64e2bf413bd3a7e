"""The county books that an overlay was made from, kept in it as they were read, so that a further book is placed beside them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from planning.errors import DataError, InvalidData
from reports.workbooks import overlays
from reports.workbooks.census_book import Area, read_book
from reports.workbooks.census_sheets import is_workbook, read_sheet

_NAME = "census_book_{year}.csv.gz"
_COLUMNS = ("level", "code", "province", "city", "name", "ages", "male", "female", "figures")
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Book:
    """The areas of one census, and figures beside their ages by area. asked: of which areas; empty for all."""

    year: int
    areas: list[Area]
    figures: dict[Key, dict[str, float]] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @staticmethod
    def key(area: Area) -> Key:
        """What an area is known by within a census."""
        return area.level, area.code, area.province, area.city, area.name


def read_any(path: Path) -> Book:
    """The areas of a workbook of a county book, or of a table in our layout. A table of several censuses is one book a census.

    Raises FileNotFoundError, or InvalidData with all faults.
    """
    if is_workbook(path):
        sheet = read_sheet(path)
        pairs = zip(sheet.areas, sheet.figures, strict=True)
        return Book(sheet.year, sheet.areas, {Book.key(a): f for a, f in pairs if f})
    return Book(0, read_book(path))


def merged(books: Iterable[Book]) -> list[Book]:
    """One book a census, the earliest first; of an area that is in several the last is kept. Asked for is what any asked for."""
    areas: dict[int, dict[Key, Area]] = {}
    figures: dict[int, dict[Key, dict[str, float]]] = {}
    asked: dict[int, list[tuple[str, ...]]] = {}
    for book in books:
        for area in book.areas:
            areas.setdefault(area.year, {})[Book.key(area)] = area
        for year in {a.year for a in book.areas}:
            figures.setdefault(year, {}).update(book.figures)
            asked.setdefault(year, []).append(book.asked)
    return [
        Book(
            year,
            list(areas[year].values()),
            figures[year],
            () if () in asked[year] else tuple(dict.fromkeys(word for words in asked[year] for word in words)),
        )
        for year in sorted(areas)
    ]


def keep_book(staging: Path, book: Book) -> None:
    """Write a book into an overlay's notes; the same book gives the same bytes."""
    text = io.StringIO(newline="")
    text.write(json.dumps({"year": book.year, "asked": book.asked}, ensure_ascii=False) + "\n")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    for area in book.areas:
        figures = book.figures.get(Book.key(area), {})
        male, female = (" ".join(overlays.plain(p) for p in column) for column in area.people.T.tolist())
        lines.writerow([area.level, area.code, area.province, area.city, area.name, " ".join(area.ages), male, female,
                        json.dumps(figures, sort_keys=True) if figures else ""])  # fmt: skip
    path = staging / overlays.NOTES / _NAME.format(year=book.year)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def kept_books(folder: Path) -> list[Book]:
    """The books that an overlay was made from, the earliest first. Raises InvalidData where one cannot be read."""
    found = []
    for path in sorted((folder / overlays.NOTES).glob(_NAME.format(year="*"))):
        try:
            head, *rows = gzip.decompress(path.read_bytes()).decode().split("\n")
            about = json.loads(head)
            areas, figures = [], {}
            for row in csv.DictReader(rows):
                people = np.array([row["male"].split(), row["female"].split()], dtype=float).T
                place = (row["level"], row["code"], row["province"], row["city"], row["name"])
                area = Area(about["year"], *place, tuple(row["ages"].split()), people)
                areas.append(area)
                if row["figures"]:
                    figures[Book.key(area)] = json.loads(row["figures"])
            found.append(Book(about["year"], areas, figures, tuple(about["asked"])))
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            raise InvalidData([_damaged(path, error)]) from None
    return found


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        str(path), None, None, "a damaged file", f"what an import wrote ({error}); remove it and import anew"
    )
