"""The manifest: everything a report is made from, and the mark by which a report is known to be made from the same again."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from planning import paths
from planning.manifest import checksum, checksums, contents, machine, versions
from planning.paths import SHIPPED
from reports.parameters import CODE, TOP


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
            notebook=checksum(notebook),
            code=contents(tuple(paths.PACKAGES / c for c in CODE)),
            data=contents((SHIPPED, Path(data)) if data else (SHIPPED,)),
            packages=checksum(json.dumps(versions(), sort_keys=True)),
        )

    def parts(self, parameters: dict) -> dict[str, str]:
        """The checksums of everything one report is made from, by name."""
        made = {"notebook": self.notebook, "code": self.code, "data": self.data, "packages": self.packages}
        return {**made, "parameters": checksum(json.dumps(parameters, sort_keys=True, ensure_ascii=False))}


def fingerprint(parts: dict[str, str]) -> str:
    """One checksum of all the parts."""
    return checksum(json.dumps(parts, sort_keys=True))


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """The names of the parts that are not what they were."""
    return [name for name in now if before.get(name) != now[name]]


def made_with(notebook: Path, data: str | None) -> dict:
    """What a reader needs to make the same again: commit, versions, machine, lock, and the checksum of every data file."""
    lock = TOP / "requirements.lock"
    return {
        "commit": commit(),
        "versions": versions(),
        "machine": machine(),
        "lock_sha256": checksum(lock) if lock.is_file() else None,
        "notebook": {"name": notebook.name, "sha256": checksum(notebook)},
        "data_sha256": {"data": checksums(SHIPPED), **({"overlay": checksums(Path(data))} if data else {})},
    }


@lru_cache(maxsize=1)
def commit() -> dict | None:
    """The commit of our checkout and whether files differ from it; None where this is no checkout."""
    if not (TOP / ".git").exists():  # an installation may lie within somebody else's checkout
        return None
    try:
        found = _git("rev-parse", "HEAD")
        return {"id": found.strip(), "changed": bool(_git("status", "--porcelain", "--untracked-files=no").strip())}
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True, timeout=30).stdout
