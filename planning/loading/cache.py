"""The shipped data as they were last read, kept in the user's cache folder: reading them takes a quarter of an assessment's time.

What is kept is JSON: the fields of our own dataclasses and nothing that could be run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from planning.catalogue import Break, CensusTable
from planning.indicators import Indicator
from planning.loading.load_state import Gathered
from planning.observations import Observation
from planning.paths import PACKAGES
from planning.regions import Boundary, Region
from planning.sources import Source
from planning.targets import Document, Target

KINDS = {
    c.__name__: c
    for c in (Gathered, Break, CensusTable, Indicator, Observation, Boundary, Region, Source, Document, Target)
}
NAMES = {name: [f.name for f in fields(kind) if f.init] for name, kind in KINDS.items()}
SHARED = (Source, Document)  # named by many others, and written once
KEPT = 3  # readings of other versions that stay, so that two checkouts do not put each other out


def remembered(files: Iterable[Path], make: Callable[[], Gathered]) -> Gathered:
    """What `make` gives, or gave before for the same contents of `files` and of the package `planning`.

    What has faults is not kept, and a folder that others may write to is not read, since what lies there is believed.
    """
    folder = user_cache_path("dabiao")
    if not _ours_alone(folder):
        return make()
    path = folder / f"catalogue-{_fingerprint(files)}.json"
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):  # not there, or cut short: read anew
        return unpacked(path.read_text(encoding="utf-8"))
    made = make()
    if not made.faults:
        with contextlib.suppress(OSError):
            _write(path, packed(made))
    return made


def packed(value: Gathered) -> str:
    """A reading as JSON. Whatever JSON has no form for is an object with one name: what it is."""
    shared: dict[int, int] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, SHARED):
            if id(value) in shared:
                return {"again": shared[id(value)]}
            found = as_object(value)  # what it holds comes before it, when read as when written
            shared[id(value)] = len(shared)
            return found
        if is_dataclass(value):
            return as_object(value)
        if isinstance(value, dict):
            return {"dict": [[plain(k), plain(v)] for k, v in value.items()]}
        if isinstance(value, tuple | set):
            return {type(value).__name__: [plain(v) for v in value]}
        if isinstance(value, list):
            return [plain(v) for v in value]
        if isinstance(value, np.ndarray):
            return {"array": [value.dtype.str, value.tolist()]}
        return {"day": value.toordinal()} if isinstance(value, date) else value

    def as_object(value: Any) -> dict[str, Any]:
        kind = type(value).__name__
        return {kind: [plain(getattr(value, name)) for name in NAMES[kind]]}

    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Gathered:
    """The reading that was packed. Raises ValueError, LookupError or TypeError for a text that is no such."""
    shared: list[Any] = []
    forms: dict[str, Callable[[Any], Any]] = {
        "again": shared.__getitem__,
        "dict": dict,
        "tuple": tuple,
        "set": set,
        "array": lambda held: np.array(held[1], dtype=held[0]),
        "day": date.fromordinal,
    }

    def value(held: dict[str, Any]) -> Any:
        ((name, content),) = held.items()
        if name in forms:
            return forms[name](content)
        made = KINDS[name](**dict(zip(NAMES[name], content, strict=True)))
        if isinstance(made, SHARED):
            shared.append(made)
        return made

    found = json.loads(text, object_hook=value)
    if not isinstance(found, Gathered):
        raise ValueError("the text holds no reading")
    return found


def _fingerprint(files: Iterable[Path]) -> str:
    made = hashlib.sha256()
    for path in (*files, *sorted((PACKAGES / "planning").rglob("*.py"))):
        made.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()[:32]


def _ours_alone(folder: Path) -> bool:
    """Whether the folder is there, or could be made, and nobody else may write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()
    except OSError:
        return False
    if os.name != "posix":
        return stat.S_ISDIR(about.st_mode)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o022


def _write(path: Path, text: str) -> None:
    """Whole or not at all; the oldest readings give way."""
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, path)
    for old in sorted(path.parent.glob("catalogue-*.json"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
