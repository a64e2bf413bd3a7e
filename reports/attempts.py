"""Attempts: one report made in a process of its own, watched from here. Whatever that process does, an outcome comes back.

Where a process can be forked, the warm server makes it; a stock report, and every report on Windows, gets a fresh one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Protocol

from reports.jobs import KINDS, Done, Failed, Job
from reports.parameters import TOP

FORKS = hasattr(os, "fork") and sys.platform != "win32"


class Serving(Protocol):
    """A warm server to ask."""

    def socket(self): ...


def attempt(job: Job, server: Serving | None) -> Done | Failed:
    """Make a report, again where its process was ended from outside. Raises nothing but KeyboardInterrupt."""
    for left in reversed(range(int(job.limits["tries"]))):
        began = time.monotonic()
        said = _forked(job, server) if server is not None else _fresh(job)
        if "done" in said:
            return Done(job, said["done"]["files"], said["done"]["seconds"])
        failed = Failed(job, seconds=round(time.monotonic() - began, 2), **said["failed"])
        if not left or not KINDS[failed.kind]:
            return failed
    raise AssertionError("limits.tries is at least 1")


def _forked(job: Job, server: Serving) -> dict:
    from reports.warm import Conversation, ServerLost

    said = None
    try:
        asked = {"do": "job", "job": json.loads(job.as_json()), "seconds": job.limits["report_seconds"]}
        with Conversation(server.socket(), asked) as process:
            while True:
                line = process.next()
                if "exit" in line:
                    return said or _ended(job, line["exit"], line["late"])
                said = line
    except ServerLost as error:
        return said or {"failed": {"kind": "server lost", "message": str(error)}}


def _fresh(job: Job) -> dict:
    process = subprocess.Popen(
        [sys.executable, "-m", "reports.making"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=TOP,
    )
    late = False
    try:
        process.stdin.write(job.as_json().encode("utf-8") + b"\n")
        process.stdin.flush()
        try:
            process.wait(job.limits["report_seconds"])
        except subprocess.TimeoutExpired:
            late = True
        if not late and (line := process.stdout.readline()):
            return json.loads(line)
    except (BrokenPipeError, ValueError):
        pass
    finally:
        _end(process)
    return _ended(job, process.returncode, late)


def _end(process: subprocess.Popen) -> None:
    import psutil

    try:
        descendants = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        descendants = []
    if process.poll() is None:
        process.kill()
    for descendant in descendants:
        try:
            descendant.kill()
        except psutil.Error:
            continue
    process.stdin.close()
    process.stdout.close()
    process.wait()


def _ended(job: Job, status: int, late: bool) -> dict:
    if late:
        limit = job.limits["report_seconds"]
        return {
            "failed": {
                "kind": "report timeout",
                "message": f"the report took longer than {limit:g} s (limits.report_seconds)",
            }
        }
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return {"failed": {"kind": "process died", "message": f"the report's process was ended by {name}"}}
    return {
        "failed": {"kind": "process died", "message": f"the report's process left with status {status} before its end"}
    }
