"""Attempts: one report made in a process of its own, watched from here. Whatever that process does, an outcome comes back.

Where a process can be forked, the warm server makes it; a stock report, and every report on Windows, gets a fresh one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Protocol

import psutil

from planning.paths import WORK
from reports.batch.jobs import KINDS, Done, Failed, Job

FORKS = hasattr(os, "fork") and sys.platform != "win32"


class Way(Protocol):
    """A way to a process for one report. make: what came of it, as plain values: {"done": ...} or {"failed": ...}."""

    def make(self, job: Job) -> dict: ...

    def close(self) -> None:
        """End what is running; whoever waits for it gets a failure."""


class Server(Protocol):
    """A warm server to ask."""

    def socket(self) -> Path: ...

    def close(self) -> None: ...


def attempt(job: Job, way: Way) -> Done | Failed:
    """Make a report, again where its process was ended from outside. Raises nothing but KeyboardInterrupt."""
    for left in reversed(range(int(job.limits["tries"]))):
        began = time.monotonic()
        said = way.make(job)
        if "done" in said:
            return Done(job, said["done"]["files"], said["done"]["seconds"])
        failed = Failed(job, seconds=round(time.monotonic() - began, 2), **said["failed"])
        if not left or not KINDS[failed.kind]:
            return failed
    raise AssertionError("limits.tries is at least 1")


class Forked:
    """Processes forked by a warm server."""

    def __init__(self, server: Server):
        self.server = server

    def make(self, job: Job) -> dict:
        from reports.batch.warm import Conversation, ServerLost

        said = None
        asked = {"do": "job", "job": json.loads(job.as_json()), "seconds": job.limits["report_seconds"]}
        try:
            with Conversation(self.server.socket(), asked) as process:
                while True:
                    line = process.next()
                    if "exit" in line:
                        return said or _ended(job, line["exit"], line["late"])
                    said = line
        except ServerLost as error:
            return said or {"failed": {"kind": "server lost", "message": str(error)}}

    def close(self) -> None:
        self.server.close()


class Fresh:
    """Processes started afresh, one for each report."""

    def __init__(self) -> None:
        self.running: set[subprocess.Popen] = set()
        self.closed = False

    def make(self, job: Job) -> dict:
        if self.closed:
            return {"failed": {"kind": "server lost", "message": "the batch was stopped"}}
        process = subprocess.Popen(
            [sys.executable, "-m", "reports.batch.render_job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=WORK,
        )
        self.running.add(process)
        late = False
        try:
            process.stdin.write(job.as_json().encode("utf-8") + b"\n")
            process.stdin.flush()
            process.wait(job.limits["report_seconds"])
            if line := process.stdout.readline():
                return json.loads(line)
        except subprocess.TimeoutExpired:
            late = True
        except (BrokenPipeError, ValueError):
            pass
        finally:
            self.running.discard(process)
            _end(process)
        return _ended(job, process.returncode, late)

    def close(self) -> None:
        self.closed = True
        for process in list(self.running):
            _kill(process)


def _end(process: subprocess.Popen) -> None:
    _kill(process)
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    process.wait()


def _kill(process: subprocess.Popen) -> None:
    """End a process and whatever it has started."""
    with contextlib.suppress(psutil.Error):
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                one.kill()


def _ended(job: Job, status: int, late: bool) -> dict:
    if late:
        limit = job.limits["report_seconds"]
        kind, said = "report timeout", f"the report took longer than {limit:g} s (limits.report_seconds)"
    elif status < 0:
        kind, said = "process died", f"the report's process was ended by {_signal_name(-status)}"
    else:
        kind, said = "process died", f"the report's process left with status {status} before its end"
    return {"failed": {"kind": kind, "message": said}}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
