"""Small notebooks that stand for a report, quick and as wicked as a test wants, and runs over them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_notebook

from reports.batch import runs, status
from reports.parameters import read_run

FIVE = ["330102", "330105", "330304", "230800", "330100"]
PARAMETERS = """region = "330304"
language = "zh"
scenario = "baseline"
to = 2030
as_of = None
draws = 500
seed = 0
data = None
note = ""
"""
SHOWN = """from IPython.display import HTML, display
import html
display({"application/vnd.dabiao.assessment+json": {
    "region": {"code": region, "name_zh": region, "name_en": region}, "scenario": scenario, "as_of": "2024-01-01",
    "to": 2030, "draws": draws, "seed": seed, "outlooks": {},
    "verdicts": [{"indicator": "gps_per_10000", "word": "likely", "chance": 0.8, "year": 2027, "target": "t"}],
}}, raw=True)
HTML(f"<section><h2>{html.escape(region)}</h2><p>{html.escape(note)}</p></section>")"""


def notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """A report notebook with these cells between its parameters and its answer."""
    tagged = new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]})
    body = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)]
    about = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    made = new_notebook(cells=[tagged, *body, new_code_cell(SHOWN, id="answer")], metadata=about)
    nbformat.write(made, path)
    return path


def run_file(folder: Path, *cells: str, kernel: str = "python3", **asked) -> Path:
    """A run file with its notebook beside it."""
    notebook(folder / "small.ipynb", *cells, kernel=kernel)
    content = {"notebook": "small.ipynb", "regions": FIVE, "formats": ["ipynb", "html", "json"], **asked}
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def make(path: Path, executor, resume: bool = True, out: str | None = None):
    """The run made: what is there and what failed, by region."""
    made = runs.plan(read_run(path), out or str(path.parent / "out"), resume)
    done, failed = runs.batch(made, executor, lambda outcome: None)
    return {d.job.region: d for d in done}, {f.job.region: f for f in failed}


def state(path: Path, region: str, language: str = "zh") -> dict:
    """What the status says of one report."""
    return status.read(runs.store(path.parent / "out"), region)["reports"].get(language, {})


def dabiao(*words, **options) -> subprocess.CompletedProcess:
    """The command, as a person at a terminal gives it."""
    command = [sys.executable, "-m", "reports", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def only_for(region: str, wicked: str) -> str:
    """A cell that does something for one region and nothing for the others."""
    body = "\n".join("    " + line for line in wicked.splitlines())
    return f"if region.startswith({region!r}):\n{body}\n"


def outputs(folder: Path) -> dict[str, bytes]:
    """The files of reports below a folder, without what tells of times and processes."""
    silent = ("status.json", "manifest.json", "batch.log", ".lock")
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in silent
    }


def plain(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def children_of(pid: int) -> list[int]:
    import psutil

    return [p.pid for p in psutil.Process(pid).children(recursive=True)]


def alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
