"""Reading levers.yaml: the levers of the data folders, each with its range, cost and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from planning.errors import DataError, InvalidData
from planning.levers import Lever
from planning.loading.text_files import yaml_of
from planning.schemas import read_entry


def read_levers(folders: Iterable[Path], below: Mapping[str, Lever] | None = None) -> dict[str, Lever]:
    """The levers of the data folders, later folders replacing what they repeat. Raises InvalidData.

    below: levers of the folders that these are laid over, which may be named in `excludes`.
    """
    levers: dict[str, Lever] = {}
    read: dict[str, Path] = {}
    faults: list[DataError] = []
    for folder in folders:
        path = Path(folder) / "levers.yaml"
        for id, entry in (entries_of(path) if path.exists() else {}).items():
            lever, found = read_entry(Lever, entry, str(path), id=id)
            faults += [replace(f, column=f"{id}.{f.column}") for f, _ in found]
            if lever is not None:
                levers[id], read[id] = lever, path
    known = {*levers, *(below or {})}
    for id, lever in levers.items():
        for other in lever.excludes:
            if other not in known:
                near = ", ".join(get_close_matches(other, sorted(known), 3, 0.5))
                faults.append(DataError(str(read[id]), None, f"{id}.excludes", other, "the name of a lever", near))
    if faults:
        raise InvalidData(faults)
    return levers


def entries_of(path: Path) -> dict[str, Any]:
    """The entries of a YAML file by name. Raises InvalidData with all that is wrong with its text."""
    faults: list[DataError] = []
    loaded = yaml_of(path, faults)
    if not faults and not isinstance(loaded, dict):
        faults.append(DataError(str(path), None, None, type(loaded).__name__, "entries of the form name: value"))
    if faults:
        raise InvalidData(faults)
    return loaded
