"""Stores: where a batch puts its files, a folder on this machine or any address that fsspec understands.

In a folder every file is written beside its place and moved there whole. Elsewhere a file is whole or not as the address
has it; either way the status, written last with the checksum of every file, says what to believe.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import Protocol

from planning.manifest import checksum

PARTIAL = ".part"  # the end of a file's name while it is being written


class Store(Protocol):
    """A place for files by relative name."""

    address: str

    def put(self, name: str, content: bytes) -> None: ...

    def get(self, name: str) -> bytes | None:
        """The file's content, or None where there is none."""

    def remove(self, name: str) -> None: ...


def store(address: str | Path) -> Store:
    """The store at an address: a folder, or an fsspec address such as s3://bucket/run."""
    return Elsewhere(str(address)) if "://" in str(address) else Folder(Path(address))


def digest(content: bytes) -> dict:
    """The size and checksum by which a file is known again."""
    return {"bytes": len(content), "sha256": checksum(content)}


def put(path: Path, content: bytes | str) -> None:
    """Write a file whole: beside its place first, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def remove_partial(folder: Path) -> None:
    """Remove what writers left half written in a folder that nobody else writes into."""
    for path in folder.rglob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)


class Folder:
    """A folder on this machine."""

    def __init__(self, path: Path):
        self.path = path.resolve()
        self.address = str(self.path)

    def place(self, name: str) -> Path:
        """The file's path. Raises ValueError for a name that leads out of the folder."""
        place = (self.path / _inside(name)).resolve()
        if not place.is_relative_to(self.path):
            raise ValueError(f"{name!r} leads out of {self.path}")
        return place

    def put(self, name: str, content: bytes) -> None:
        put(self.place(name), content)

    def get(self, name: str) -> bytes | None:
        try:
            return self.place(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        self.place(name).unlink(missing_ok=True)


class Elsewhere:
    """An address of fsspec. A file appears when its last byte is there, as far as the address keeps that promise."""

    def __init__(self, address: str):
        import fsspec

        self.address = address.rstrip("/")
        self.files, self.top = fsspec.core.url_to_fs(self.address)

    def place(self, name: str) -> str:
        return f"{self.top}/{_inside(name)}"

    def put(self, name: str, content: bytes) -> None:
        place = self.place(name)
        self.files.makedirs(place.rsplit("/", 1)[0], exist_ok=True)
        self.files.pipe_file(place, content)

    def get(self, name: str) -> bytes | None:
        try:
            return self.files.cat_file(self.place(name))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self.place(name))


def _inside(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name:
        raise ValueError(f"{name!r} is no name of a file inside the run's folder")
    return str(PurePosixPath(name))
