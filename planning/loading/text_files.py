"""Data files as people save them: CSV and YAML read whole, every fault told with its place.

Accepted: UTF-8 with or without a byte order mark, GB18030, full-width digits, cells that a spreadsheet was kept from
running (a leading apostrophe before = + - @). Refused with a message: other encodings, damaged text, repeated keys.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from planning.errors import DataError, nearest

LARGEST = 200_000_000  # bytes; some two million rows
AS_TYPED = ("note", "name_zh", "name_en", "zh", "en", "aliases", "source")  # columns of free text, kept as they are
# A text that a spreadsheet would run as a formula is written with an apostrophe before it, and read without.
RUNS = re.compile(r"^'*[=+\-@\t\r]")


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file by column. numbers: the row as an editor counts it, the heading being row 1."""

    numbers: list[int]
    columns: dict[str, list[str]]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Row after row, with its number."""
        names = list(self.columns)
        for number, cells in zip(self.numbers, zip(*self.columns.values(), strict=True), strict=True):
            yield number, dict(zip(names, cells, strict=True))

    def row(self, index: int) -> dict[str, str]:
        return {name: cells[index] for name, cells in self.columns.items()}


def escape_formula(text: str) -> str:
    """A text for a cell of a CSV file, so that no spreadsheet takes it for a formula. `unescape_formula` undoes it exactly."""
    return "'" + text if RUNS.match(text) else text


def unescape_formula(cell: str) -> str:
    """The text that `escape_formula` was given."""
    return cell[1:] if cell.startswith("'") and RUNS.match(cell) else cell


def decoded(path: Path, faults: list[DataError]) -> str | None:
    """The text of a file, gzipped or not, in UTF-8 (with or without a byte order mark) or GB18030, or None and a fault."""
    if not path.is_file():  # a folder, a pipe, a device: reading it might never end
        faults.append(DataError(str(path), None, None, "no plain file", "a file of text"))
        return None
    if path.stat().st_size > LARGEST:
        faults.append(DataError(str(path), None, None, f"{path.stat().st_size:,} bytes", f"at most {LARGEST:,} bytes"))
        return None
    raw = path.read_bytes()
    if raw.startswith(b"\x1f\x8b"):
        unpacked = _unpacked(path, faults)
        if unpacked is None:
            return None
        raw = unpacked
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.append(DataError(str(path), None, None, "UTF-16 text", "UTF-8 or GB18030: save as 'CSV UTF-8'"))
        return None
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or b"\x00" in raw:
        faults.append(
            DataError(str(path), None, None, "a workbook or other binary file", "plain text in UTF-8 or GB18030")
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken_at = error.start
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        text = None
    if text is None or _is_damaged_utf8(raw):
        row = raw[:broken_at].count(b"\n") + 1
        faults.append(DataError(str(path), row, None, "bytes that are no text", "text in UTF-8 or GB18030"))
        return None
    return text


def _unpacked(path: Path, faults: list[DataError]) -> bytes | None:
    try:
        with gzip.open(path) as packed:
            raw = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        faults.append(DataError(str(path), None, None, "a broken gzip file", f"a whole one ({error})"))
        return None
    if len(raw) > LARGEST:
        faults.append(
            DataError(str(path), None, None, f"more than {LARGEST:,} bytes", f"at most {LARGEST:,} bytes unpacked")
        )
        return None
    return raw


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether most of what is not ASCII would be UTF-8, so that reading it as GB18030 would give nonsense."""
    text = raw.decode("utf-8", errors="replace")
    beyond = sum(1 for c in text if c > "\x7f")
    return beyond > 0 and text.count("\ufffd") < 0.2 * beyond


def table_of(path: Path, known: list[str], needed: list[str], faults: list[DataError]) -> Table | None:
    """The table of a CSV file whose heading holds `needed` and nothing but `known`; None, with faults, where it does not.

    A row whose cells do not match the heading is told and left out; empty rows count but are passed over.
    """
    text = decoded(path, faults)
    if text is None:
        return None
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        heading = [unicodedata.normalize("NFKC", h).strip() for h in next(lines, [])]
    except csv.Error as error:
        faults.append(DataError(str(path), 1, None, "text", f"cells between commas ({error})"))
        return None
    if not any(heading):
        faults.append(DataError(str(path), None, None, "nothing", "a heading and rows; the file is empty"))
        return None
    while not heading[-1]:
        heading.pop()
    if not _heading_fits(path, heading, known, needed, faults):
        return None
    numbers, rows, number = [], [], 1
    told = len(faults)
    width = len(heading)
    while True:
        number += 1
        try:
            cells = next(lines, None)
        except csv.Error as error:
            faults.append(DataError(str(path), number, None, "text", f"cells between commas ({error})"))
            continue
        if cells is None:
            break
        if len(cells) != width:
            if not any(c.strip() for c in cells):
                continue
            if any(c.strip() for c in cells[width:]) or len(cells) < width:
                faults.append(
                    DataError(str(path), number, None, f"{len(cells)} cells", f"{width} cells, as in the heading")
                )
                continue
            cells = cells[:width]
        elif not any(cells):
            continue
        numbers.append(number)
        rows.append(cells)
    if not rows and len(faults) == told:
        faults.append(DataError(str(path), None, None, "a heading alone", "at least one row below the heading"))
    by_column = zip(*rows, strict=True) if rows else [()] * width
    columns = {h: [_plain(h, c) for c in cells] for h, cells in zip(heading, by_column, strict=True)}
    return Table(numbers, columns)


def _heading_fits(path: Path, heading: list[str], known: list[str], needed: list[str], faults: list[DataError]) -> bool:
    if len(heading) == 1 and re.search(r"[;\t，]", heading[0]):
        faults.append(DataError(str(path), 1, None, heading[0], "cells between commas, not semicolons or tabs"))
        return False
    before = len(faults)
    for name in dict.fromkeys(heading):
        if name not in known:
            near = ", ".join(nearest(name, known))
            faults.append(DataError(str(path), 1, name or "(no name)", name, f"a heading of {', '.join(known)}", near))
        elif heading.count(name) > 1:
            faults.append(DataError(str(path), 1, name, name, "each heading once"))
    for name in needed:
        if name not in heading:
            faults.append(DataError(str(path), 1, name, "", f"the column {name}"))
    return len(faults) == before


def _plain(heading: str, cell: str) -> str:
    cell = cell.strip()
    if cell.startswith("'"):
        cell = unescape_formula(cell)
    if cell.isascii() or heading in AS_TYPED:
        return cell
    if any(unicodedata.category(c) == "No" for c in cell):  # a footnote mark, which must not become a digit
        return cell.strip()
    return unicodedata.normalize("NFKC", cell).strip()


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # whichever is built in
    """YAML with the plain scalars of version 1.2: 010101 and 1:30 stay text, yes is no truth, and no key comes twice."""

    def __init__(self, stream: str | bytes) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, int]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                self.repeated.append((key.value, key.start_mark.line + 1))
            elif isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


FLOAT = (
    "tag:yaml.org,2002:float",
    r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$",
    "-+.0123456789",
)
_RESOLVERS = [
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    FLOAT,
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789"),
]
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def yaml_of(path: Path, faults: list[DataError]) -> Any:
    """What a YAML file holds, or None with faults: broken text with its line, keys that come twice, an empty file."""
    content, found = _yaml(path, path.stat().st_mtime_ns, path.stat().st_size)
    faults.extend(found)
    return content


@lru_cache(maxsize=256)
def _yaml(path: Path, _modified: int, _size: int) -> tuple[Any, tuple[DataError, ...]]:
    faults: list[DataError] = []
    text = decoded(path, faults)
    if text is None:
        return None, tuple(faults)
    try:
        loader = _Loader(text)
        content = loader.get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        # A tag such as !!bool before a text that is no truth fails inside the library in all these ways.
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        faults.append(DataError(str(path), mark.line + 1 if mark else None, None, "text", f"valid YAML ({problem})"))
        return None, tuple(faults)
    faults += [
        DataError(str(path), line, key, key, "each key once; it stands here again") for key, line in loader.repeated
    ]
    if content is None:
        faults.append(DataError(str(path), None, None, "nothing", "entries; the file is empty"))
    return content, tuple(faults)


def line_of(path: Path, place: tuple) -> int | None:
    """The line of a YAML file where an entry stands; place: keys and list positions, as pydantic names them."""
    node = _nodes(path, path.stat().st_mtime_ns)
    line = None
    for step in place:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step], node.value[step])
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


@lru_cache(maxsize=16)
def _nodes(path: Path, _modified: int) -> yaml.Node | None:
    text = decoded(path, [])
    try:
        return yaml.compose(text or "", Loader=_Loader)
    except (yaml.YAMLError, RecursionError):
        return None
