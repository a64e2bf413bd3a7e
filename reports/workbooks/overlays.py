"""Overlays: a user's own data folder, changed as a whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from planning.catalogue import Catalogue
from planning.errors import DataError, InvalidData
from planning.loading.folder import PARTS
from planning.loading.folder_check import check
from planning.loading.text_files import FLOAT, escape_formula, table_of
from planning.paths import SHIPPED
from planning.schemas import headings, needed

NUMBERS = ("value", "precision", "male", "female")  # columns whose cells may begin with a minus
NOTES = "import_notes"  # what an import did not take, and why; not read as data


@contextlib.contextmanager
def rewriting(folder: Path) -> Iterator[Path]:
    """A copy of an overlay to change; it takes the overlay's place when the block ends without an error.

    Whoever looks sees the old folder or the new one, never a mixture. One writer at a time. Raises ValueError if
    `folder` is no overlay, or while another import writes there.
    """
    folder = folder.resolve()
    if folder == SHIPPED.resolve() or SHIPPED.resolve() in folder.parents:
        raise ValueError(f"{folder} is the shipped data. Name a folder of your own: --data DIR.")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_overlay(folder))):
        raise ValueError(f"{folder} is there and is no data folder (see data/README.md). Name another: --data DIR.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / f".{folder.name}.lock"):
        _recover(folder)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.new.") as scratch:
            staging = Path(scratch) / folder.name
            if folder.exists():
                shutil.copytree(folder, staging)
            else:
                staging.mkdir()
            yield staging
            _settle(staging)
            before = _beside(folder)
            if folder.exists():
                os.rename(folder, before)
            try:
                os.rename(staging, folder)
            except OSError:
                _recover(folder)
                raise
            _sync(folder.parent)
            shutil.rmtree(before, ignore_errors=True)


def checked(staging: Path, folder: Path, place: Callable[[DataError], DataError] = lambda f: f) -> Catalogue:
    """The catalogue of a rewritten overlay over the shipped data. Raises InvalidData with all faults, each by `place`."""
    catalogue, faults = check([SHIPPED, staging])
    if faults:
        there, here = str(staging), str(folder)
        told = [place(f) for f in faults]
        raise InvalidData(
            replace(f, file=f.file.replace(there, here), value=f.value.replace(there, here)) for f in told
        )
    return catalogue


def rows_of(path: Path, schema: type) -> list[dict[str, str]]:
    """The rows of a CSV file of an overlay, or none where there is no such file. Raises InvalidData."""
    if not path.exists():
        return []
    faults: list[DataError] = []
    table = table_of(path, headings(schema), needed(schema), faults)
    if table is None:
        raise InvalidData(faults)
    return [row for _, row in table.rows()]


def put_rows(path: Path, headings: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file that no spreadsheet takes for formulas."""
    headings = list(headings)
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(headings)
    for row in rows:
        lines.writerow([_cell(h, row.get(h, "")) for h in headings])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def put_yaml(path: Path, content: Any) -> None:
    """Write a YAML file in the order given; texts that could be read as something else are quoted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(text, encoding="utf-8")


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # whichever is built in
    """Quotes whatever `planning.loading.text_files` would not read back as a text: 1e5 is a number there."""


_Dumper.add_implicit_resolver(FLOAT[0], re.compile(FLOAT[1]), list(FLOAT[2]))


def plain(number: float) -> str:
    """A number as short as it can be written without loss."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _cell(heading: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return plain(value)
    text = str(value)
    return text if heading in NUMBERS else escape_formula(text)


def _is_overlay(folder: Path) -> bool:
    return any((folder / part).exists() for part in PARTS)


def _beside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.before"


def _recover(folder: Path) -> None:
    """After a stop between the two renames, put the old folder back; after one behind them, clear it away."""
    before = _beside(folder)
    if before.exists() and not folder.exists():
        os.rename(before, folder)
    shutil.rmtree(before, ignore_errors=True)


def _settle(staging: Path) -> None:
    """Write everything to the disk before the folder takes its place."""
    for path in staging.rglob("*"):
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.fstat(lock.fileno()).st_ino == os.stat(path).st_ino
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise ValueError(f"Another import is writing to this folder ({path}). Try again when it is done.")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
