"""Asking the warm server: started where it is needed, one for a batch or one for all kernels of a user on this machine."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planning import paths
from reports.parameters import CODE

# Arrow's allocator would start a thread, and a fork copies only the thread that asks for it.
ENVIRONMENT = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
START = 120.0  # seconds that importing everything may take on a loaded machine
IDLE = 600.0  # seconds after which a shared server leaves


class ServerLost(ConnectionError):
    """Raised when the warm server went away, or could not be started; the message holds its last words."""


class Conversation:
    """One process asked of the server, and what is heard of it."""

    def __init__(self, path: Path, asked: dict):
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.heard = b""
        try:
            self.connection.connect(str(path))
            self.say(asked)
            self.pid = self.next()["pid"]
        except (OSError, ServerLost) as error:
            self.connection.close()
            raise ServerLost(f"the warm server does not answer ({error})") from None

    def say(self, plain: dict) -> None:
        self.connection.sendall(json.dumps(plain, ensure_ascii=False).encode() + b"\n")

    def next(self) -> dict:
        """The next line. Raises ServerLost where the server is gone, BlockingIOError where there is none and none waits."""
        while b"\n" not in self.heard:
            piece = self.connection.recv(65536)
            if not piece:
                raise ServerLost("the warm server went away")
            self.heard += piece
        line, _, self.heard = self.heard.partition(b"\n")
        return json.loads(line)

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Leave; the process ends with the conversation."""
        self.connection.close()


class OwnServer:
    """A server for one batch: it ends with whoever started it, even when that one is killed.

    data, notebook, region: as `reports.batch.forkserver` takes them.
    """

    def __init__(self, **words: Path | str | None):
        self.folder = Path(tempfile.mkdtemp(prefix="dabiao-"))
        self.path = self.folder / "s"
        self.words = _words(words)
        self.process: subprocess.Popen | None = None
        self.closed = False
        self.starting = threading.Lock()

    def socket(self) -> Path:
        """The server's socket; it is started, or started again, where none listens. Raises ServerLost."""
        with self.starting:
            if self.closed:
                raise ServerLost("the batch was stopped")
            if self.process is None or self.process.poll() is not None:
                self.path.unlink(missing_ok=True)
                self.process = _start(self.path, self.words, stdin=subprocess.PIPE)
            return self.path

    def close(self) -> None:
        """End the server and whatever it has forked."""
        with self.starting:
            self.closed = True
            if self.process is not None:
                self.process.stdin.close()
                self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)


class SharedServer:
    """The server of a user on this machine, for kernels and Dask workers. Code that changed gets a server of its own.

    data, notebook: as `reports.batch.forkserver` takes them.
    """

    def __init__(self, **words: Path | str | None):
        self.words = _words(words)

    def socket(self) -> Path:
        """The server's socket; it is started where none listens. Raises ServerLost."""
        import fcntl

        path = private_folder() / f"{_state_of_the_code(self.words)}.s"
        with open(path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _listens(path):
                path.unlink(missing_ok=True)
                _start(path, ["--idle", f"{IDLE:g}", *self.words], stdin=subprocess.DEVNULL)
        return path

    def close(self) -> None:
        """Nothing: others use it, and it leaves by itself when nobody does."""


def private_folder() -> Path:
    """A folder for sockets that nobody else may enter. Raises PermissionError where it belongs to another."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"dabiao-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise PermissionError(f"{folder} must be a folder that only you may enter; remove it and try again.")
    return folder


def _words(words: dict[str, Path | str | None]) -> list[str]:
    return [w for name, value in words.items() if value for w in (f"--{name}", str(value))]


def _start(path: Path, words: list[str], stdin: Any) -> subprocess.Popen:
    log = path.with_suffix(".log")
    command = [sys.executable, "-m", "reports.batch.forkserver", str(path), *words]
    with open(log, "wb") as said:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=paths.WORK,
            env={**os.environ, **ENVIRONMENT},
            start_new_session=True,
        )
    for _ in _moments(START):
        if path.exists():
            return process
        if process.poll() is not None:
            break
    process.kill()
    last = "; ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
    raise ServerLost(f"the warm server did not start: {last or 'it gave no reason'} (its log: {log})")


def _moments(seconds: float) -> Iterator[None]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.02)


def _listens(path: Path) -> bool:
    with contextlib.suppress(ServerLost), Conversation(path, {"do": "nothing"}):
        return True
    return False


def _state_of_the_code(words: list[str]) -> str:
    """A short name for this Python, our code as it is (by the times and sizes of its files) and what the server is told."""
    made = hashlib.sha256(f"{sys.executable} {paths.PACKAGES} {paths.WORK} {words}".encode())
    for folder in (*(paths.PACKAGES / package for package in CODE), paths.SHIPPED):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                about = path.stat()
                made.update(f"{path} {about.st_mtime_ns} {about.st_size}".encode())
    return made.hexdigest()[:16]
