"""What results are made from: the checksums of files, and the versions of Python and the packages that reckon and draw."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.metadata
import json
import platform
from functools import lru_cache
from pathlib import Path

import numpy as np

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


@lru_cache(maxsize=1)
def machine() -> dict[str, str]:
    """The processor and the BLAS that sums matrices, with the kernel it chose for the processor: where bytes can differ.

    >>> sorted(machine())
    ['blas', 'processor']
    """
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8", errors="replace").splitlines() if about.is_file() else []
    named = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {"processor": named or platform.machine(), "blas": " ".join([built["name"], built["version"], *_kernel()])}


def _kernel() -> list[str]:
    """The kernel that numpy's own OpenBLAS chose; nothing where numpy was built with another BLAS."""
    for library in (Path(np.__file__).parents[1] / "numpy.libs").glob("*openblas*"):
        ask = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_corename64_", None)
        if ask is not None:
            ask.restype = ctypes.c_char_p
            return [ask().decode()]
    return []


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
