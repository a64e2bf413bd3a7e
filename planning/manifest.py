"""What results are made from: the checksums of files, and the versions of Python and the packages that reckon and draw."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from functools import lru_cache
from pathlib import Path

PACKAGES = (
    "ipykernel",
    "matplotlib",
    "mesa",
    "nbclient",
    "numba",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "statsmodels",
)


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Python and the packages that reckon and draw, with their versions."""
    return {"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in PACKAGES}}


def checksum(content: bytes | str | Path) -> str:
    """SHA-256 of some bytes, a text in UTF-8 or a file, in hexadecimal letters.

    >>> checksum("") == checksum(b"")
    True
    """
    raw = content.read_bytes() if isinstance(content, Path) else content
    return hashlib.sha256(raw.encode("utf-8") if isinstance(raw, str) else raw).hexdigest()


@lru_cache(maxsize=8)
def checksums(folder: Path) -> dict[str, str]:
    """The checksum of every file of a folder, by its path inside. Compiled Python is passed over."""
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): checksum(p) for p in sorted(files)}


@lru_cache(maxsize=8)
def contents(folders: tuple[Path, ...]) -> str:
    """One checksum of all the files in some folders, by name and content."""
    return checksum(json.dumps([checksums(f) for f in folders], sort_keys=True))
