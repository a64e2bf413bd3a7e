"""The executor of one machine: each report in a process of its own, some at a time, under a time limit. Whatever such a process
does or suffers, an outcome comes back."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait

from reports.batch import fork_server, render_job, scratch
from reports.batch.fork_server import Child, Preload, ServerLost
from reports.batch.jobs import KINDS, Done, Failed, Job

ENDING = 5.0  # seconds within which a process that is done or killed has an exit status


class Processes:
    """Reports made by processes of this machine. preload: what their fork server imports first, or None for fresh processes."""

    def __init__(self, workers: int, preload: Preload | None):
        self.workers, self.preload = workers, preload
        self.running: list[Attempt] = []

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Done | Failed]:
        """What comes of the jobs, as it comes. Raises ServerLost where the fork server does not start at all."""
        scratch.sweep()
        if self.preload is not None:
            fork_server.use(self.preload)
        jobs = iter(jobs)
        try:
            while True:
                while len(self.running) < self.workers and (job := next(jobs, None)) is not None:
                    self.running.append(Attempt(job, self.preload is not None))
                if not self.running:
                    return
                yield from self._ended()
        finally:
            self.close()

    def _ended(self) -> Iterator[Done | Failed]:
        """Wait for a word, an end or a deadline; the outcomes of reports that are not tried again."""
        patience = min(attempt.deadline for attempt in self.running) - time.monotonic()
        wait([w for attempt in self.running for w in attempt.waited_for()], max(0.0, patience))
        for attempt in list(self.running):
            if (outcome := attempt.outcome()) is None:
                continue
            self.running.remove(attempt)
            if isinstance(outcome, Failed) and KINDS[outcome.kind] and attempt.number < attempt.job.limits["tries"]:
                self.running.append(Attempt(attempt.job, attempt.forked, attempt.number + 1))
            else:
                yield outcome

    def close(self) -> None:
        """End what is running."""
        while self.running:
            self.running.pop().end()


class Attempt:
    """One attempt at a report, in a process of its own, watched from here."""

    def __init__(self, job: Job, forked: bool, number: int = 1):
        self.job, self.forked, self.number = job, forked, number
        self.began = time.monotonic()
        self.deadline = self.began + job.limits["report_seconds"]
        self.reader, writer = multiprocessing.Pipe(duplex=False)
        self.child: Child | None = None
        self.fault = ""
        try:
            self.child = Child("forkserver" if forked else "spawn", render_job.answer, job.as_json(), writer)
        except ServerLost as error:
            self.fault = str(error)
        writer.close()

    def waited_for(self) -> list[int | Connection]:
        """What becomes ready when there is something to look at; without a process, its pipe is at its end."""
        return [self.reader, self.child.sentinel] if self.child else [self.reader]

    def outcome(self) -> Done | Failed | None:
        """What came of it, its process ended; None while it runs."""
        late = time.monotonic() >= self.deadline
        if not late and not wait(self.waited_for(), 0):
            return None
        answer = self._answer()
        if answer is None and self.child is not None and late:
            self.child.kill()
        status = self.child.wait(ENDING) if self.child else None
        self.end()
        if answer and "done" in answer:
            return Done(self.job, answer["done"]["files"], answer["done"]["seconds"])
        failed = answer["failed"] if answer else self._failed(status, late)
        return Failed(self.job, seconds=round(time.monotonic() - self.began, 2), **failed)

    def end(self) -> None:
        """End the process, if it runs, and what is left of its group."""
        if self.child is not None:
            self.child.kill_group() if self.child.poll() is not None else self.child.kill()
            if self.child.wait(ENDING) is None:  # it is gone, but the fork server, which hangs, does not say so
                fork_server.kill_server()
        self.reader.close()

    def _answer(self) -> dict | None:
        try:
            return json.loads(self.reader.recv_bytes()) if self.reader.poll() else None
        except (EOFError, OSError, ValueError):
            return None

    def _failed(self, status: int | None, late: bool) -> dict[str, str]:
        if self.child is None:
            return {"kind": "server lost", "message": self.fault}
        if late:
            limit = self.job.limits["report_seconds"]
            message = f"the report took longer than {limit:g} s (limits.report_seconds)"
            return {"kind": "report timeout", "message": message}
        if status is None or status >= 0:
            return {"kind": "process died", "message": f"the report's process left with status {status} before its end"}
        return {"kind": "process died", "message": f"the report's process was ended by {_signal_name(-status)}"}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
