"""The manifest: everything a report is made from, and the mark by which a report is known to be made from the same again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from planning.catalogue import SHIPPED
from reports.parameters import CODE, TOP

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


@dataclass(frozen=True)
class Origin:
    """What all reports of a batch are made from, as checksums: notebook, our code, the data, the packages."""

    notebook: str
    code: str
    data: str
    packages: str

    @classmethod
    def of(cls, notebook: Path, data: str | None) -> Origin:
        """The origin as things are now. data: a folder laid over the shipped one, or None."""
        return cls(
            notebook=hashlib.sha256(notebook.read_bytes()).hexdigest(),
            code=contents(tuple(TOP / c for c in CODE)),
            data=contents((SHIPPED, Path(data)) if data else (SHIPPED,)),
            packages=_hash(json.dumps(versions(), sort_keys=True)),
        )

    def parts(self, parameters: dict) -> dict[str, str]:
        """The checksums of everything one report is made from, by name."""
        made = {"notebook": self.notebook, "code": self.code, "data": self.data, "packages": self.packages}
        return {**made, "parameters": _hash(json.dumps(parameters, sort_keys=True, ensure_ascii=False))}


def fingerprint(parts: dict[str, str]) -> str:
    """One checksum of all the parts."""
    return _hash(json.dumps(parts, sort_keys=True))


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """The names of the parts that are not what they were."""
    return [name for name in now if before.get(name) != now[name]]


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Python and the packages that reckon and draw, with their versions."""
    return {"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in PACKAGES}}


def made_with(notebook: Path, data: str | None) -> dict:
    """What a reader needs to make the same again: commit, versions, lock, and the checksum of every data file."""
    lock = TOP / "requirements.lock"
    return {
        "commit": commit(),
        "versions": versions(),
        "lock_sha256": _hash_of(lock) if lock.is_file() else None,
        "notebook": {"name": notebook.name, "sha256": _hash_of(notebook)},
        "data_sha256": {"data": _sums(SHIPPED), **({"overlay": _sums(Path(data))} if data else {})},
    }


@lru_cache(maxsize=1)
def commit() -> dict | None:
    """The commit of our checkout and whether files differ from it; None where this is no checkout."""
    try:
        found = _git("rev-parse", "HEAD")
        return {"id": found.strip(), "changed": bool(_git("status", "--porcelain", "--untracked-files=no").strip())}
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True, timeout=30).stdout


@lru_cache(maxsize=8)
def contents(folders: tuple[Path, ...]) -> str:
    """A checksum of all the files in some folders, by name and content."""
    return _hash(json.dumps([_sums(f) for f in folders], sort_keys=True))


@lru_cache(maxsize=8)
def _sums(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): _hash_of(p) for p in sorted(files)}


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
