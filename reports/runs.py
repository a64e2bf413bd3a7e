"""Runs: one notebook executed by papermill for each region, and the pages and tables that come of it.

Everything is written beside its place and moved there whole, so a half-written report never looks finished. What is
already there and was made from the same notebook, code, data and parameters is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from planning.catalogue import SHIPPED, Catalogue
from planning.verdicts import ALL_WORDS
from reports import wording
from reports.pages import page, render
from reports.parameters import Parameters, RunFile

TOP = Path(__file__).resolve().parent.parent
CODE = ("planning", "sim", "forecasts", "reports")


@dataclass(frozen=True)
class Done:
    """One report that is there. kept: it was there before, made from the same things."""

    parameters: Parameters
    folder: Path
    page: Path
    seconds: float
    kept: bool = False


@dataclass(frozen=True)
class Failed:
    """One report that is not there, and why."""

    parameters: Parameters
    message: str


class ReportFailed(RuntimeError):
    """Raised where a notebook stopped; the message is the notebook's own last word."""


def report(parameters: Parameters, out: Path, notebook: Path, timeout: int = 600) -> Done:
    """Write one region's report into its own folder below `out`: the executed notebook, the page, and assess.json.

    The status, which names every file with its checksum, is taken away before the first of them is touched and written
    after the last. Raises ReportFailed with what stopped the notebook, and NotKnown for an unknown region; what was in
    `out` before is left as it was then, without its status if it was made from something else.
    """
    catalogue = Catalogue.load(parameters.data)
    region = catalogue.find(parameters.region)
    folder = out / region.key
    mark = fingerprint(parameters, notebook)
    name = f"report.{parameters.language}"
    place = folder / f"{name}.html"
    status = folder / f"{name}.status.json"
    if is_whole(status, mark):
        return Done(parameters, folder, place, 0.0, kept=True)
    status.unlink(missing_ok=True)
    import nbformat

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dabiao-") as scratch:
        executed = _execute(parameters, notebook, Path(scratch) / "report.ipynb", timeout)
        title = wording.text("title", parameters.language, region=region.name(parameters.language))
        fictional = wording.text("fictional", parameters.language) if region.fictional else ""
        html = page(executed, title, parameters.language, fictional)
        plain = _carried(executed)
        seconds = time.monotonic() - began
    files = {
        f"{name}.ipynb": nbformat.writes(executed),
        place.name: html,
        "assess.json": json.dumps(plain, ensure_ascii=False, indent=1) + "\n",
    }
    for file, content in files.items():
        put(folder / file, content)
    sums = {file: hashlib.sha256(content.encode()).hexdigest() for file, content in files.items()}
    manifest = {"fingerprint": mark, "parameters": parameters.plain(), "seconds": round(seconds, 2), **versions()}
    put(status, json.dumps({"state": "complete", **manifest, "files": sums}, ensure_ascii=False, indent=1) + "\n")
    return Done(parameters, folder, place, seconds)


def batch(
    run: RunFile, name: str, out: Path, workers: int, tell: Callable[[Done | Failed], None]
) -> tuple[list[Done], list[Failed]]:
    """Write all reports of a run, `workers` at a time, then the index. A report that fails stops no other."""
    notebook = TOP / run.notebook
    asked = [run.parameters(region, language) for region in run.regions for language in run.languages]
    done: list[Done] = []
    failed: list[Failed] = []
    with _pool(workers) as submit:
        for outcome in submit(_attempt, [(p, out, notebook, run.cell_timeout) for p in asked]):
            (done if isinstance(outcome, Done) else failed).append(outcome)
            tell(outcome)
    order = {(p.region, p.language): i for i, p in enumerate(asked)}
    done.sort(key=lambda d: order[d.parameters.region, d.parameters.language])
    failed.sort(key=lambda f: order[f.parameters.region, f.parameters.language])
    for language in run.languages:
        put(out / f"index.{language}.html", index(done, failed, language, out, run.data))
    put(out / "index.html", (out / f"index.{run.languages[0]}.html").read_text(encoding="utf-8"))
    return done, failed


def index(done: list[Done], failed: list[Failed], lang: str, out: Path, data: str | None) -> str:
    """The page above a batch: a row a region with its verdicts counted, failures first."""
    catalogue = Catalogue.load(data)
    rows = []
    mine = [d for d in done if d.parameters.language == lang]
    for one in mine:
        plain = json.loads((one.folder / "assess.json").read_text(encoding="utf-8"))
        counts = Counter(v["word"] for v in plain["verdicts"])
        least = min((v for v in plain["verdicts"] if v["chance"] is not None), key=lambda v: v["chance"], default=None)
        urgent = ""
        if least:
            about = catalogue.indicator(least["indicator"])
            urgent = f"{about.name(lang)} {least['year']}: {wording.percent(least['chance'], lang)}"
        rows.append(
            {
                "link": one.page.relative_to(out).as_posix(),
                "name": catalogue.find(one.parameters.region).name(lang),
                "counts": [{"n": counts[w] or "", "word": w.replace(" ", "-")} for w in ALL_WORDS],
                "urgent": urgent,
            }
        )
    failures = [{"region": f.parameters.region, "message": f.message} for f in failed if f.parameters.language == lang]
    title = wording.text("index_title", lang)
    lead = wording.text("index_lead", lang, n=len(mine) + len(failures), done=len(mine), failed=len(failures))
    lowest = wording.text("lowest_chance", lang)
    headings = [wording.heading("region", lang), *(wording.word(w, lang) for w in ALL_WORDS), lowest]
    body = render("index.html", title=title, lead=lead, headings=headings, rows=rows, failures=failures)
    code = {"zh": "zh-CN", "en": "en"}[lang]
    return render("page.html", title=title, lang=code, blocks=[body], fictional="")


def fingerprint(parameters: Parameters, notebook: Path) -> str:
    """A hash of all that a report is made from: parameters, notebook, our code, the data."""
    made = hashlib.sha256(json.dumps(parameters.plain(), sort_keys=True).encode())
    made.update(notebook.read_bytes())
    made.update(_contents_hash(tuple(TOP / c for c in CODE) + (SHIPPED,)).encode())
    if parameters.data:
        made.update(_contents_hash((Path(parameters.data),)).encode())
    return made.hexdigest()


def is_whole(status: Path, mark: str) -> bool:
    """Whether a report stands there complete, made from the same things, with every file as it was written."""
    try:
        plain = json.loads(status.read_text(encoding="utf-8"))
        if plain["state"] != "complete" or plain["fingerprint"] != mark:
            return False
        return all(
            hashlib.sha256((status.parent / file).read_bytes()).hexdigest() == made
            for file, made in plain["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def versions() -> dict:
    """What the reports were made with: Python and the packages that do the reckoning."""
    names = ("numpy", "scipy", "pandas", "statsmodels", "mesa", "papermill", "matplotlib")
    return {"python": platform.python_version(), "packages": {n: importlib.metadata.version(n) for n in names}}


def put(path: Path, content: str) -> None:
    """Write a file whole: beside its place first, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _execute(parameters: Parameters, notebook: Path, out: Path, timeout: int):
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    import papermill
    from traitlets.config import Config

    # Over TCP anyone on the machine could talk to the kernel. The file lies beside the output, for a socket's name is short.
    private = {"transport": "ipc", "connection_file": str(out.parent / "k.json")} if os.name == "posix" else {}

    plain = parameters.plain()
    known = papermill.inspect_notebook(str(notebook))
    strangers = sorted(set(plain) - set(known))
    if strangers:
        raise ValueError(
            f"{notebook.name} does not know the parameters {', '.join(strangers)}; it has {sorted(known)}."
        )
    try:
        return papermill.execute_notebook(
            str(notebook),
            str(out),
            parameters=plain,
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            execution_timeout=timeout,
            request_save_on_cell_execute=False,
            cwd=str(TOP),
            config=Config({"KernelManager": private}),
            # A kernel asked to leave politely takes three seconds over it in one run of ten.
            shutdown_kernel="immediate",
        )
    except papermill.exceptions.PapermillExecutionError as error:
        raise ReportFailed(f"{error.ename}: {error.evalue}") from None


def _carried(executed) -> dict:
    """The assessment that an executed notebook carries inside itself."""
    from reports.contract import MIME

    for cell in executed.cells:
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                return output["data"][MIME]
    raise ValueError("The notebook ran but shows no assessment: its last cell must be `contract.Shown(assessment)`.")


def _attempt(task) -> Done | Failed:
    parameters, out, notebook, timeout = task
    try:
        return report(parameters, out, notebook, timeout)
    except Exception as error:  # whatever a notebook raises must not stop the batch; it is told, not swallowed
        said = str(error) if isinstance(error, ReportFailed) else f"{type(error).__name__}: {error}"
        return Failed(parameters, said.strip().splitlines()[0])


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[Callable[[Callable, list], Iterable]]:
    if workers <= 1:
        yield lambda function, tasks: map(function, tasks)
        return
    # Started afresh, not forked: the progress bar is a thread, and a fork in the midst of threads may stand still.
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:

        def submit(function: Callable, tasks: list) -> Iterator:
            asked = {pool.submit(function, t): t for t in tasks}
            for future in as_completed(asked):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield Failed(asked[future][0], "The process that made the reports was ended from outside.")

        yield submit


@lru_cache(maxsize=8)
def _contents_hash(folders: tuple[Path, ...]) -> str:
    made = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            made.update(str(path.relative_to(folder)).encode())
            made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()
