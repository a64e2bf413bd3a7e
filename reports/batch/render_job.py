"""Making one report: execute, render, write. What happens inside the process that lives for this one report.

python -m reports.batch.render_job    reads one job from standard input and writes one line with what came of it
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
from typing import Any

from dabiao.export import MIME
from reports import html
from reports.batch import engines
from reports.batch.jobs import Job, ReportFailed
from reports.batch.store import digest, store
from reports.blocks import taken

MEMORY = "DABIAO_MEMORY_MB"  # tells a warm kernel, which is no child of the process that asks for it


def outcome(job: Job) -> dict[str, Any]:
    """Make the report and say what came of it, as plain values: {"done": ...} or {"failed": ...}. Raises nothing but exits."""
    try:
        return {"done": make(job)}
    except ReportFailed as error:
        return {"failed": {"kind": error.kind, "message": _first_lines(str(error))}}
    except MemoryError:
        limit = job.limits["memory_mb"]
        said = f"more memory was needed than limits.memory_mb allows ({limit} MB)" if limit else "memory ran out"
        return {"failed": {"kind": "memory", "message": said}}
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
    content = {"ipynb": engines.written(notebook)}
    assessment = carried(notebook)
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

        content |= tables.made(assessment, wanted, job.language, job.parameters.get("data"), bool(job.fictional))
        clock.step("tables")
    files = {job.name_of(kind): content[kind] for kind in content if kind in wanted}
    place = store(job.out)
    for name, made in files.items():
        place.put(name, made)
    clock.step("write")
    return {"files": {name: digest(made) for name, made in files.items()}, "seconds": clock.seconds()}


def carried(notebook: Any) -> dict[str, Any]:
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
        os.environ[MEMORY] = str(megabytes)


def _first_lines(text: str, most: int = 500) -> str:
    line = " ".join(text.strip().split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _leave_with_the_asker() -> None:
    """End this process, and the kernel it has started, when whoever asked for it is gone."""

    def watch() -> None:
        sys.stdin.buffer.read()
        import psutil

        for descendant in psutil.Process().children(recursive=True):
            descendant.kill()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Make the job on the first line of standard input; the answer goes where standard output was."""
    job = Job.from_json(sys.stdin.buffer.readline().decode("utf-8"))
    _leave_with_the_asker()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    answer.write(json.dumps(outcome(job), ensure_ascii=False).encode("utf-8") + b"\n")
    answer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
