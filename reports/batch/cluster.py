"""Clusters: the same batch on any Dask cluster. One report is one task, and the task asks the warm server of its host.

A Dask worker has threads, so it never forks; it asks. When a worker is lost, Dask gives its reports to another, and the
process that was making one ends with the connection. Workers need the same code and data; one that has others says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from planning.paths import PACKAGES, WORK
from reports.batch import manifest
from reports.batch.jobs import Done, Failed, Job
from reports.batch.worker import FORKS, Forked, Fresh, attempt

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
            yield _told(asked.pop(future.key), future)
            future.release()

    def close(self) -> None:
        self.client.close()


def on_worker(text: str) -> dict:
    """Make one report from a worker's thread; gives what came of it as plain values."""
    job = Job.from_json(text)
    if fault := _other_code(job):
        return {"failed": {"kind": "other code", "message": fault}}
    outcome = attempt(job, _way(job.engine, job.parameters.get("data"), job.notebook_path))
    if isinstance(outcome, Done):
        return {"done": {"files": outcome.files, "seconds": outcome.seconds}}
    return {"failed": {"kind": outcome.kind, "message": outcome.message, "seconds": outcome.seconds}}


@lru_cache(maxsize=4)
def _way(engine: str, data: str | None, notebook: Path) -> Fresh | Forked:
    if engine == "stock" or not FORKS:
        return Fresh()
    from reports.batch.warm import SharedServer

    return Forked(SharedServer(data=WORK / data if data else None, notebook=notebook))


def _told(job: Job, future: Any) -> Done | Failed:
    if future.status != "finished":
        return Failed(job, "server lost", f"the cluster gave it up: {future.exception()}")
    said = future.result()
    return Done(job, **said["done"]) if "done" in said else Failed(job, **said["failed"])


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
