"""Clusters: the same batch on any Dask cluster. One report is one task, and the task asks the fork server of its worker.

When a worker is lost, Dask gives its reports to another, and the processes that were making them end with it. Workers need the
same code and data; one that has others says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from multiprocessing import current_process
from typing import Any

from planning.paths import PACKAGES, WORK
from reports.batch import manifest, runs
from reports.batch.fork_server import FORKS
from reports.batch.jobs import Done, Failed, Job
from reports.batch.processes import Processes

AHEAD = 4  # reports handed out per thread of the cluster before one comes back
MOVES = 3  # workers that may be lost under one report before it is given up


class Cluster:
    """The workers of a Dask scheduler."""

    def __init__(self, address: str, **options: Any) -> None:
        from dask.distributed import Client

        self.client = Client(address, **options)

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Done | Failed]:
        """Hand the jobs out, a few ahead of what the workers can do, and give what comes back."""
        from dask.distributed import as_completed

        jobs = iter(jobs)
        asked: dict[Any, Job] = {}
        coming = as_completed()
        ahead = max(1, sum(self.client.nthreads().values())) * AHEAD
        while True:
            while len(asked) < ahead and (job := next(jobs, None)) is not None:
                future = self.client.submit(on_worker, job.as_json(), pure=False, retries=MOVES)
                asked[future.key] = job
                coming.add(future)
            if not asked:
                return
            future = next(coming)
            yield _outcome(asked.pop(future.key), future)
            future.release()

    def close(self) -> None:
        self.client.close()


def on_worker(text: str) -> dict:
    """Make one report from a worker's thread; gives what came of it as plain values."""
    job = Job.from_json(text)
    if fault := _other_code(job):
        return {"failed": {"kind": "other code", "message": fault}}
    current_process().daemon = False  # Dask's workers are, and might start no process
    forked = FORKS and job.engine != "stock"
    preload = runs.preload_of(job.notebook_path, job.parameters.get("data")) if forked else None
    [outcome] = Processes(1, preload).outcomes([job])
    if isinstance(outcome, Done):
        return {"done": {"files": outcome.files, "seconds": outcome.seconds}}
    return {"failed": {"kind": outcome.kind, "message": outcome.message, "seconds": outcome.seconds}}


def _outcome(job: Job, future: Any) -> Done | Failed:
    if future.status != "finished":
        return Failed(job, "server lost", f"the cluster gave it up: {future.exception()}")
    plain = future.result()
    return Done(job, **plain["done"]) if "done" in plain else Failed(job, **plain["failed"])


def _other_code(job: Job) -> str | None:
    """What a worker has that the batch was not started with, or None."""
    data = job.parameters.get("data")
    try:
        origin = manifest.Origin.of(job.notebook_path, str(WORK / data) if data else None)
    except OSError as error:
        return f"the worker cannot read what the report is made from: {error}"
    if manifest.fingerprint(origin.parts(job.parameters)) == job.fingerprint:
        return None
    return f"the worker's notebook, code, data or packages in {PACKAGES} are not those the batch was started with"
