"""Importing a workbook into a user's overlay: everything is checked first, and then all of it is written or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from planning.errors import DataError, InvalidData
from planning.loading.folder import load_catalogue
from reports.workbooks import form, overlays
from reports.workbooks.changes import write
from reports.workbooks.findings import Findings

MOST_TOLD = 1000  # faults that an error lists


@dataclass(frozen=True)
class Imported:
    """What an import did. changed: new or changed rows by sheet; unchanged: rows that stood in the data already;

    left_empty: rows of the template that nobody filled in; unused: sources that no figure names, which are not kept.
    Nothing is written where nothing changed.
    """

    folder: Path
    changed: Counter
    unchanged: int
    left_empty: int
    unused: tuple[str, ...]


def import_workbook(path: Path, folder: Path) -> Imported:
    """Lay what is new or changed in a workbook into an overlay.

    Raises FileNotFoundError; InvalidData with all faults of the workbook, by sheet, row and column; ValueError where
    `folder` is no overlay. Then nothing is written.
    """
    shipped = load_catalogue()
    base = load_catalogue(folder) if folder.is_dir() and any(folder.iterdir()) else shipped
    found = Findings(path, base)
    if not found.changes.anything():
        if found.faults:
            raise told(found.faults)
        return Imported(folder, Counter(), found.unchanged, found.left_empty, found.unused())
    with overlays.rewriting(folder) as staging:
        origins = write(found.changes, staging, base, shipped)
        try:
            overlays.checked(staging, folder, lambda fault: origins.place(fault, staging, path.name))
        except InvalidData as error:
            places = {(f.file, f.row, f.column) for f in found.faults}
            fresh = [f for f in error.faults if (f.file, f.row, f.column) not in places]
            raise told([*found.faults, *fresh]) from None
        if found.faults:
            raise told(found.faults)
    return Imported(folder, found.changes.counts(), found.unchanged, found.left_empty, found.unused())


def told(faults: Iterable[DataError]) -> InvalidData:
    """The error with the faults sheet by sheet and row by row, each once; beyond MOST_TOLD they are counted."""
    sheets = {sheet.name: n for n, sheet in enumerate(form.READ)}

    def order(fault: DataError) -> tuple:
        return sheets.get(fault.file.rpartition("sheet ")[2], -1), fault.file, fault.row or 0

    found = sorted(dict.fromkeys(faults), key=order)
    if len(found) > MOST_TOLD:
        rest = f"{len(found) - MOST_TOLD:,} further faults"
        found = [*found[:MOST_TOLD], DataError("the workbook", None, None, rest, "none; mend these first")]
    return InvalidData(found)
