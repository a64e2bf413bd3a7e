"""The shipped data as they were last read, kept in the user's cache folder: reading them takes half of an assessment's time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from planning.paths import PACKAGES

KEPT = 3  # readings of other versions that stay, so that two checkouts do not put each other out


def remembered(files: Iterable[Path], make: Callable[[], Any], whole: Callable[[Any], bool]) -> Any:
    """What `make` gives, or gave before for the same contents of `files` and of the package `planning`.

    whole: whether a value may be kept. A folder that others may write to is not read from, since what lies there is run.
    """
    folder = user_cache_path("dabiao")
    if not _ours_alone(folder):
        return make()
    path = folder / f"catalogue-{_fingerprint(files)}.pickle"
    # A file cut short, or of other versions: read anew.
    with contextlib.suppress(OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError):
        return pickle.loads(path.read_bytes())
    made = make()
    if whole(made):
        with contextlib.suppress(OSError):
            _write(path, pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    return made


def _fingerprint(files: Iterable[Path]) -> str:
    made = hashlib.sha256(f"{sys.version_info} {np.__version__}".encode())
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


def _write(path: Path, raw: bytes) -> None:
    """Whole or not at all; the oldest readings give way."""
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    os.replace(beside, path)
    for old in sorted(path.parent.glob("catalogue-*.pickle"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
