"""Engines: how a notebook is executed. All three are papermill, and all three give the same bytes.

stock   a fresh Python kernel, as papermill starts it: the reference
warm    a kernel forked from a process that has imported everything (the kernelspec `dabiao`)
fast    no kernel: the cells run in the process that was forked for this report
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from planning.paths import WORK
from reports.batch import kernels
from reports.batch.jobs import Job, ReportFailed
from reports.batch.shell import CellTimeout, InKernel, InProcess, TooLarge
from reports.messages.wording import in_one_language

papermill.engines.papermill_engines.register("dabiao-process", InProcess)
papermill.engines.papermill_engines.register("dabiao-kernel", InKernel)

# Where a kernel says a cell's code lies: a folder named for its process, a file named for its text.
CELL_FILE = re.compile(r"[^\s\"'<>]*ipykernel_\d+[/\\]\d+\.py")


def execute(job: Job) -> NotebookNode:
    """The notebook executed with the job's parameters, free of times and of this machine's paths.

    Raises ReportFailed where a cell fails, takes too long, the kernel dies, or a cell was left out.
    """
    with tempfile.TemporaryDirectory(prefix="dabiao-") as scratch:
        notebook = _papermill(job, Path(scratch))
    _check_complete(notebook)
    return normalised(notebook, job)


def normalised(notebook: NotebookNode, job: Job) -> NotebookNode:
    """The executed notebook without what differs from run to run (times, process numbers, random ids, paths), its texts in
    the language of its report."""
    about = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {"parameters": dict(about.get("parameters", {})), "version": about.get("version")}
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    for number, cell in enumerate(notebook.cells):
        for key in ("execution", "papermill"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = f"parameters-{number}"
        if cell.cell_type == "markdown":
            cell.source = in_one_language(cell.source, job.language)
        if cell.cell_type == "code":
            cell.outputs = [_plain_output(o) for o in _join_streams(cell.outputs)]
    return notebook


def _papermill(job: Job, scratch: Path) -> NotebookNode:
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    source = job.notebook_path
    common: dict[str, Any] = {
        "parameters": job.parameters,
        "progress_bar": False,
        "log_output": False,
        "request_save_on_cell_execute": False,
        "cwd": str(WORK),
        "execution_timeout": job.limits["cell_seconds"],
        "most_bytes": job.limits["output_mb"] * 1e6,
    }
    if job.engine == "fast":
        common |= {"engine_name": "dabiao-process", "kernel_name": "python3"}
    else:
        # A kernel asked to leave politely takes three seconds over it in one run of ten.
        common |= {"engine_name": "dabiao-kernel", "shutdown_kernel": "immediate"}
        common |= {"config": Config({"KernelManager": kernels.private(scratch)})}
        if job.engine == "warm":
            kernels.announce()
            common |= {"kernel_name": kernels.NAME}
    try:
        return papermill.execute_notebook(str(source), None, **common)
    except papermill.exceptions.PapermillExecutionError as error:
        kind = "memory" if error.ename == "MemoryError" else "notebook"
        raise ReportFailed(kind, f"{error.ename}: {error.evalue}") from None
    except (CellTimeout, CellTimeoutError):
        limit = job.limits["cell_seconds"]
        raise ReportFailed("cell timeout", f"a cell ran longer than {limit:g} s (limits.cell_seconds)") from None
    except TooLarge:
        raise ReportFailed("output too large", f"more than {job.limits['output_mb']:g} MB (limits.output_mb)") from None
    except DeadKernelError:
        raise ReportFailed("process died", "the kernel died while a cell was running") from None
    except NoSuchKernel as error:
        there = ", ".join(sorted(kernels.known()))
        raise ReportFailed("unknown kernel", f"no kernel is called {error.name}; there are {there}") from None


def _check_complete(notebook: NotebookNode) -> None:
    """Papermill takes a notebook for complete whose kernel left in the middle; we do not."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        failed = [o for o in cell.outputs if o.output_type == "error"]
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            raise ReportFailed("notebook", f"{failed[0].ename}: {failed[0].evalue}")
        if cell.execution_count is None:
            first = cell.source.strip().splitlines()[0]
            raise ReportFailed("incomplete", f"the notebook stopped before the cell that begins with {first!r}")


def _join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with what was printed in pieces put together."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _plain_output(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        output.text = CELL_FILE.sub("<cell>", output.text)
    elif output.output_type == "error":
        output.traceback = [CELL_FILE.sub("<cell>", line) for line in output.traceback]
    elif "text/html" in output.get("data", {}):
        # What has a page's form need not be told twice; the text is the object's name, and may hold its address.
        output.data.pop("text/plain", None)
    return output


def to_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as the bytes of its file."""
    return (nbformat.writes(notebook) + "\n").encode("utf-8")
