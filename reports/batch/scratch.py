"""Temporary folders of batches and kernels: named briefly enough for sockets, private, and swept when their process is gone."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "dabiao-run-"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux; a folder of ours and the longest socket below it take 56 of them.
LONGEST_BASE = 48
YOUNG = 60.0  # seconds within which a new folder may not be locked yet


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A new folder that only this user may enter, removed at the end; `sweep` removes it after a process that was killed."""
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=base())
    with _locked(Path(folder)):
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def base() -> str:
    """The system's temporary folder, or /tmp where its name leaves no room for a socket's."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= LONGEST_BASE or not os.path.isdir("/tmp") else "/tmp"


def sweep() -> None:
    """Remove the temporary folders of this user whose process ended without removing them."""
    for folder in Path(base()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > YOUNG:
                with _locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which goes with the process. Raises BlockingIOError where another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows: no locks on folders, and no sweep, for os.getuid is missing there too
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
