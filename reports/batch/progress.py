"""Progress: how a batch goes, on a terminal as a bar, through a pipe as lines, and in a log beside the outputs."""

from __future__ import annotations

import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from reports.batch import status
from reports.batch.jobs import Done, Failed

WINDOW = 40  # reports over which the rate is taken
SUMMARY_EVERY = 10.0  # seconds between two summaries, where there is no bar


class ProgressReport:
    """Prints and logs each report as it comes, and a summary: rate, time left, failures."""

    def __init__(self, total: int, log: Path | None):
        self.total, self.done, self.kept, self.failed = total, 0, 0, 0
        self.began = time.monotonic()
        self.summarised = self.began
        self.moments: deque[float] = deque([self.began], maxlen=WINDOW)
        self.console = Console(soft_wrap=True, highlight=False)
        self.log = log.open("a", encoding="utf-8") if log else None
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self.bar = Progress(*columns, console=self.console, disable=not sys.stdout.isatty())
        self.task = self.bar.add_task(self.summary(), total=total)

    def __enter__(self) -> ProgressReport:
        self.bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.stop()
        if self.log:
            self.log.close()

    def __call__(self, outcome: Done | Failed) -> None:
        line = self.line(outcome)
        if self.log:
            self.log.write(f"{status.now()}  {line}\n")
            self.log.flush()
        if self.bar.disable:
            print(line, flush=True)
        else:
            self.bar.console.print(line, markup=False)
        self.bar.update(self.task, advance=1, description=self.summary())
        self.print_summary()

    def line(self, outcome: Done | Failed) -> str:
        """One report in one line."""
        if isinstance(outcome, Failed):
            self.failed += 1
            self.moments.append(time.monotonic())
            return f"failed   {outcome.job.label()}: {outcome.message} [{outcome.kind}]"
        self.done += 1
        if outcome.kept:
            self.kept += 1
            return f"done     {outcome.job.label()} (kept)"
        self.moments.append(time.monotonic())
        return f"done     {outcome.job.label()} ({outcome.total:.1f} s)"

    def print_summary(self) -> None:
        """Print a summary now and then, where no bar shows it."""
        now = time.monotonic()
        if self.bar.disable and now - self.summarised > SUMMARY_EVERY:
            self.summarised = now
            print(f"{self.done + self.failed} of {self.total}: {self.summary()}", flush=True)

    def summary(self) -> str:
        """Rate, time left and failures."""
        span = self.moments[-1] - self.moments[0]
        rate = (len(self.moments) - 1) / span if span > 0 else 0.0
        left = self.total - self.done - self.failed
        failures = f"{self.failed} failed" if self.failed else "none failed"
        if not rate:
            return failures
        return f"{rate:.2f} a second, {_duration(left / rate)} left, {failures}"


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
