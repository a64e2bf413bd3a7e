"""The warm server: one process that has imported everything, and forks itself for each report or kernel asked of it.

Importing takes longer than most reports; a fork takes milliseconds and shares the memory. The server listens on a socket
file that only its owner may open, has a single thread (a fork copies only the thread that asks for it), and speaks one
line of JSON at a time:

    {"do": "job", "job": {...}, "seconds": 900}     a report; its process writes one line with what came of it
    {"do": "kernel", "arguments": [...], "env": {}, "cwd": ""}    an IPython kernel
    {"signal": 2}                                   to the process asked for on this connection
    {"do": "nothing"}                               a process that leaves at once, to measure the way there and back

First it answers {"pid": n}; when the process has ended, {"exit": status, "late": whether its time was up}. Whoever asked
and goes away takes the process along. POSIX only.

    python -m reports.batch.forkserver SOCKET [--idle SECONDS] [--data FOLDER] [--notebook FILE] [--region CODE]

Without --idle the server lives as long as its standard input is open.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.parameters import CODE, TOP

LONGEST_LINE = 4_000_000  # bytes of one request


@dataclass
class Child:
    """A forked process, the connection it was asked for on, and the moment its time is up."""

    pid: int
    connection: socket.socket
    deadline: float | None
    late: bool = False


def preload(data: str | None, notebook: Path, region: str | None = None) -> None:
    """Import what a report needs and what its notebook imports of ours, and warm the caches.

    region: assess it once, so that what is learned from all regions is learned before the forks. No backend for figures: one loaded here would never see the report's shell, and its figures would vanish.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    # The grammar of international addresses, of which no notebook has any, takes a second to build.
    sys.modules.setdefault("rfc3987_syntax", None)
    import ipykernel.kernelapp
    import matplotlib.pyplot
    import openpyxl
    import papermill

    from planning.loading.folder import load_catalogue
    from reports.batch import render_job

    assert all((ipykernel.kernelapp, matplotlib.pyplot, openpyxl, papermill))
    for name in ours_in(notebook):
        with contextlib.suppress(ImportError):  # the report itself will say so, where it can be read
            importlib.import_module(name)
    load_catalogue(data)
    render_job.warm_up(data)
    if region and "dabiao.assessment" in sys.modules:
        sys.modules["dabiao.assessment"].assess(region, data=data)
    _draw_once()
    if "matplotlib_inline.backend_inline" in sys.modules:
        raise RuntimeError("the inline backend was loaded before there is a shell; figures would vanish")


def _draw_once() -> None:
    """Draw a figure, so that fonts are read, and take every setting back: a report must find what a fresh process finds."""
    import matplotlib

    from reports.charts import style

    fonts = list(matplotlib.font_manager.fontManager.ttflist)
    with matplotlib.rc_context():
        style.png(style.figure(1, 1)[0])
    style.use_chinese_font.cache_clear()
    matplotlib.font_manager.fontManager.ttflist[:] = fonts


def ours_in(notebook: Path) -> list[str]:
    """The modules of ours that a notebook imports."""
    found = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        with contextlib.suppress(SyntaxError):  # a cell with magics; its imports are left to the report
            for node in ast.walk(ast.parse("".join(cell["source"]) if cell["cell_type"] == "code" else "")):
                if isinstance(node, ast.ImportFrom):
                    found += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
                elif isinstance(node, ast.Import):
                    found += [a.name for a in node.names]
    return [name for name in dict.fromkeys(found) if name and name.split(".")[0] in CODE]


def threads() -> int:
    """The threads of this process, or, where the system does not tell, those that Python knows of."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        import threading

        return threading.active_count()


class Server:
    """The loop: connections in, processes out."""

    def __init__(self, listener: socket.socket, idle: float | None):
        self.listener = listener
        self.idle = idle
        self.children: dict[int, Child] = {}
        self.waiting: dict[socket.socket, bytes] = {}
        self.last_asked = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.wake, self.ended = socket.socketpair()
        for end in (self.wake, self.ended):
            end.setblocking(False)
        signal.set_wakeup_fd(self.ended.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.leave)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.wake, selectors.EVENT_READ, self.awake)
        if idle is None:
            self.selector.register(sys.stdin, selectors.EVENT_READ, self.owner_left)

    def run(self) -> None:
        while True:
            for key, _ in self.selector.select(self.pause()):
                key.data(key.fileobj)
            self.reap()
            self.end_late()
            if self.idle and not self.children and time.monotonic() - self.last_asked > self.idle:
                self.leave()

    def pause(self) -> float | None:
        """Seconds until something must be looked after, though nobody asks."""
        moments = [c.deadline for c in self.children.values() if c.deadline and not c.late]
        if self.idle and not self.children:
            moments.append(self.last_asked + self.idle)
        return max(0.01, min(moments) - time.monotonic() + 0.01) if moments else None

    def accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setblocking(True)
        self.waiting[connection] = b""
        self.selector.register(connection, selectors.EVENT_READ, self.hear)

    def awake(self, wake: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            wake.recv(4096)

    def owner_left(self, stdin: Any) -> None:
        if not os.read(stdin.fileno(), 4096):
            self.leave()

    def hear(self, connection: socket.socket) -> None:
        try:
            piece = connection.recv(65536)
        except OSError:
            piece = b""
        heard = self.waiting[connection] + piece
        if not piece or len(heard) > LONGEST_LINE:
            self.forget(connection)
            return
        *lines, self.waiting[connection] = heard.split(b"\n")
        for line in lines:
            self.obey(connection, json.loads(line))

    def obey(self, connection: socket.socket, asked: dict) -> None:
        if "signal" in asked:
            for child in self.of(connection):
                _signal(child.pid, asked["signal"])
            return
        self.last_asked = time.monotonic()
        pid = os.fork()
        if pid == 0:
            self.become(connection, asked)
        seconds = asked.get("seconds")
        self.children[pid] = Child(pid, connection, time.monotonic() + seconds if seconds else None)
        _say(connection, {"pid": pid})

    def become(self, connection: socket.socket, asked: dict) -> None:
        """The life of a forked process: drop what is the server's, do what was asked, leave."""
        status = 1
        try:
            os.setsid()
            self.selector.close()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
            for other in (self.listener, self.wake, self.ended, *self.waiting):
                if other is not connection:
                    other.close()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            _die_with_parent()
            _forget_the_stream_of_chance()
            status = TASKS[asked["do"]](connection, asked)
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def of(self, connection: socket.socket) -> list[Child]:
        return [c for c in self.children.values() if c.connection is connection]

    def forget(self, connection: socket.socket) -> None:
        """Whoever asked is gone: so is what was asked for."""
        for child in self.of(connection):
            end(child.pid)
        self.selector.unregister(connection)
        self.waiting.pop(connection, None)
        connection.close()

    def reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            child = self.children.pop(pid, None)
            if child is not None:
                self.last_asked = time.monotonic()
                _say(child.connection, {"exit": os.waitstatus_to_exitcode(status), "late": child.late})

    def end_late(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if child.deadline and now > child.deadline and not child.late:
                child.late = True
                end(child.pid)

    def leave(self, *_: Any) -> None:
        for child in self.children.values():
            end(child.pid)
        with contextlib.suppress(OSError):
            os.unlink(self.listener.getsockname())
        os._exit(0)


def end(pid: int) -> None:
    """End a process, whatever it has started, and what those have started."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for descendant in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                descendant.kill()
    _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, number)
            return


def _say(connection: socket.socket, plain: dict) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(plain, ensure_ascii=False).encode() + b"\n")


def _job(connection: socket.socket, asked: dict) -> int:
    from reports.batch import render_job
    from reports.batch.jobs import Job

    _say(connection, render_job.outcome(Job.from_json(asked["job"])))
    return 0


def _kernel(connection: socket.socket, asked: dict) -> int:
    from ipykernel.kernelapp import IPKernelApp

    from reports.batch import render_job

    os.environ.clear()
    os.environ.update(asked["env"])
    render_job.limit_memory(int(os.environ.get(render_job.MEMORY, 0)))
    if asked.get("cwd"):
        os.chdir(asked["cwd"])
    sys.argv = ["ipykernel_launcher", *asked["arguments"]]
    IPKernelApp.launch_instance(argv=asked["arguments"])
    return 0


TASKS = {"job": _job, "kernel": _kernel, "nothing": lambda connection, asked: 0}


def _die_with_parent() -> None:
    """Ask Linux to end this process with the server; elsewhere a kernel notices by itself that its parent is gone."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)


def _forget_the_stream_of_chance() -> None:
    """A fork inherits the state of the global generators; reports must not share it."""
    import random

    import numpy

    random.seed()
    numpy.random.seed()


def serve(path: str, idle: float | None = None) -> None:
    """Listen on a socket file of one's own and fork whatever is asked for. idle: as of the command.

    Raises SystemExit where this process has further threads.
    """
    if (count := threads()) != 1:
        raise SystemExit(f"The fork server has {count} threads and must have one: a fork would copy only one of them.")
    before = os.umask(0o177)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path + ".new")
    os.umask(before)
    listener.listen(128)
    os.rename(path + ".new", path)  # it appears when it listens
    gc.collect()
    gc.freeze()
    Server(listener, idle).run()


def main() -> None:
    """Preload, listen, and fork until nobody needs it any more."""
    words = argparse.ArgumentParser(description="The warm server of Dabiao.")
    words.add_argument("socket")
    words.add_argument("--idle", type=float)
    words.add_argument("--data")
    words.add_argument("--notebook", type=Path, default=TOP / "notebooks" / "region_report.ipynb")
    words.add_argument("--region")
    asked = words.parse_args()
    preload(asked.data, asked.notebook, asked.region)
    serve(asked.socket, asked.idle)


if __name__ == "__main__":
    main()
