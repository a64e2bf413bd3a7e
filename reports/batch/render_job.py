"""Making one report: execute, render, write. What happens inside the process that lives for this one report."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from typing import Any

from dabiao.export import MIME
from reports import html
from reports.batch import engines
from reports.batch.fork_server import lead_group
from reports.batch.jobs import Job, ReportFailed
from reports.batch.scratch import scratch
from reports.batch.store import digest, store
from reports.blocks import taken


def outcome(job: Job) -> dict[str, Any]:
    """Make the report and say what came of it, as plain values: {"done": ...} or {"failed": ...}. Raises nothing but exits."""
    try:
        return {"done": make(job)}
    except ReportFailed as error:
        return {"failed": {"kind": error.kind, "message": _first_lines(str(error))}}
    except MemoryError:
        limit = job.limits["memory_mb"]
        message = f"more memory was needed than limits.memory_mb allows ({limit} MB)" if limit else "memory ran out"
        return {"failed": {"kind": "memory", "message": message}}
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES)
        kind = "not written" if full else "notebook"
        return {"failed": {"kind": kind, "message": f"{type(error).__name__}: {error}"}}
    except Exception as error:
        return {"failed": {"kind": "notebook", "message": _first_lines(f"{type(error).__name__}: {error}")}}


def make(job: Job) -> dict[str, Any]:
    """Execute the notebook and write every format asked for; gives the files with their checksums, and seconds by step.

    Nothing is written before everything is rendered. Raises ReportFailed, and OSError where the store cannot be written.
    """
    limit_memory(job.limits["memory_mb"])
    clock = Clock()
    notebook = engines.execute(job)
    clock.step("execute")
    sections = taken(notebook)
    content = {"ipynb": engines.to_bytes(notebook)}
    assessment = embedded_assessment(notebook)
    content["json"] = (json.dumps(assessment, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    wanted = {"json", *job.formats}
    page = html.page(notebook, job.heading, job.language, job.fictional)
    content["html"] = page.encode("utf-8")
    clock.step("html")
    if "pdf" in wanted:
        from reports import pdf

        content["pdf"] = pdf.made(sections, job.language, job.heading, assessment.get("as_of", ""))
        clock.step("pdf")
    if wanted & {"xlsx", "csv", "parquet"}:
        from reports import tables

        content |= tables.made(
            assessment, wanted, job.language, job.parameters.get("data"), bool(job.fictional), sections
        )
        clock.step("tables")
    files = {job.name_of(kind): content[kind] for kind in content if kind in wanted}
    place = store(job.out)
    for name, made in files.items():
        place.put(name, made)
    clock.step("write")
    return {"files": {name: digest(made) for name, made in files.items()}, "seconds": clock.seconds()}


def embedded_assessment(notebook: Any) -> dict[str, Any]:
    """The assessment that an executed notebook carries inside itself. Raises ReportFailed where there is none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                return output["data"][MIME]
    raise ReportFailed(
        "notebook", "the notebook shows no assessment; its last cell must be `contract.Shown(assessment)`"
    )


def warm_up(data: str | None) -> None:
    """Read once what every report needs, so that forked processes find it read."""
    import pyarrow.parquet

    from reports import pdf, tables

    assert pyarrow.parquet
    tables.names(data)
    pdf.fonts()


class Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.began = self.last = time.monotonic()
        self.steps: dict[str, float] = {}

    def step(self, name: str) -> None:
        now = time.monotonic()
        self.steps[name] = round(now - self.last, 4)
        self.last = now

    def seconds(self) -> dict[str, float]:
        return {**self.steps, "total": round(self.last - self.began, 4)}


def limit_memory(megabytes: int | None) -> None:
    """Hold this process, and the kernel it starts, to so much address space."""
    if megabytes and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)


def _first_lines(text: str, most: int = 500) -> str:
    line = " ".join(text.strip().split())
    return line if len(line) <= most else line[: most - 1] + "…"


def answer(job: str, writer: Connection) -> None:
    """Make a job, given as JSON, in this process, which is for it alone, and send its outcome as JSON."""
    lead_group()
    with scratch() as folder:  # also whatever the notebook writes to temporary files
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        content = json.dumps(outcome(Job.from_json(job)), ensure_ascii=False).encode("utf-8")
    writer.send_bytes(content)
    os._exit(0)  # whatever threads the notebook has left behind
