"""The columns of a table as their form reads them: every different word is validated once, faults are told row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from planning.errors import DataError
from planning.loading.text_files import Table
from planning.schemas import adapter, fault_of, file_fields

MOST_LOOKUPS = 500  # of the nearest choice: beyond these nobody reads them


@dataclass(frozen=True)
class Columns:
    """numbers: (row,), rows as an editor counts them. values: by field, as the form reads them, None where it refuses.

    words: by field, (row,), the position of each row's word among the different ones. good: (row,), rows without fault.
    """

    numbers: np.ndarray
    values: dict[str, list[Any]]
    words: dict[str, np.ndarray]
    good: np.ndarray


def columns_of(path: Path, table: Table, schema: type, faults: list[DataError], **instead: Any) -> Columns:
    """The columns of a table, one for each field of the schema; a column that is not there holds the field's default.

    instead: by field, the type of what the file holds where the value holds something else, such as a source's key.
    """
    count = len(table.numbers)
    values: dict[str, list[Any]] = {}
    words: dict[str, np.ndarray] = {}
    good = np.ones(count, dtype=bool)
    found: list[DataError] = []
    for name, (heading, hint, field) in file_fields(schema).items():
        if heading not in table.columns:
            values[name], words[name] = [field.default] * count, np.zeros(count, dtype=int)
            continue
        position: dict[str, int] = {}
        words[name] = np.array([position.setdefault(c, len(position)) for c in table.columns[heading]], dtype=int)
        read, refused = _read(instead.get(name, hint), heading, list(position), str(path))
        values[name] = [read[w] for w in words[name].tolist()]
        if refused:
            for row, word in enumerate(words[name].tolist()):
                if word in refused:
                    good[row] = False
                    found.append(replace(refused[word], row=table.numbers[row]))
    faults += sorted(found, key=lambda f: f.row or 0)
    return Columns(np.array(table.numbers, dtype=int), values, words, good)


def _read(hint: Any, heading: str, words: list[str], file: str) -> tuple[list[Any], dict[int, DataError]]:
    """Every word as the field reads it, and by position the fault of each that it refuses."""
    field = adapter(hint)
    read: list[Any] = []
    refused: dict[int, DataError] = {}
    for position, word in enumerate(words):
        try:
            read.append(field.validate_python(word))
        except ValidationError as error:
            read.append(None)
            detail = error.errors(include_url=False)[0]
            refused[position] = fault_of(detail, file, None, word, heading, with_nearest=len(refused) < MOST_LOOKUPS)
    return read, refused
