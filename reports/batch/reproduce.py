"""Reproducing: a report is made once more from what its manifest says, and held against what was written.

status.json, manifest.json -> the run, for this region alone -> made anew in a scratch folder -> bytes compared
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planning.errors import InvalidData, nearest
from planning.manifest import machine, versions
from planning.paths import WORK
from planning.schemas import faults_of
from reports.batch import manifest, runs, status
from reports.batch.jobs import Done, Job, ReportFailed
from reports.batch.store import Store, digest, store
from reports.messages.wording import LANGS
from reports.parameters import RunFile

MOST_NAMED = 12  # data files and verdicts that are named one by one


@dataclass(frozen=True)
class ReproductionCheck:
    """One report made once more. differs: files whose bytes are other than they were; altered: files that were changed or
    lost since they were written; changed: what it is made from and is not what it was; moved: verdicts with another chance."""

    report: str
    differs: tuple[str, ...]
    altered: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def identical(self) -> bool:
        return not self.differs and not self.altered


def reproduce(folder: Path, notebook: Path | None = None) -> list[ReproductionCheck]:
    """Make every report of a region's folder once more and compare it, byte by byte. Nothing in the folder is touched.

    folder: `papermill_runs/NAME/REGION`, or REGION/SCENARIO below it. notebook: the one that was executed, where
    there is no manifest to name it; by default that of `dabiao report`. Raises FileNotFoundError where no report was written,
    InvalidData for a damaged manifest, ReportFailed where one can no longer be made.
    """
    top, name = _within(folder)
    there = store(top)
    known = status.read(there, name)
    complete = {lang: entry for lang, entry in known["reports"].items() if entry.get("state") == "complete"}
    if not complete:
        raise FileNotFoundError(f"{folder} holds no complete report (state: {known['state']}). Make it: dabiao batch.")
    about = _manifest(there)
    run = _run(about, there, known, complete, top, notebook)
    with tempfile.TemporaryDirectory(prefix="dabiao-") as scratch:
        made = runs.plan(run, scratch, resume=False)
        done, failed = runs.batch(made, runs.Processes(1, None), lambda outcome: None)
        if failed:
            raise ReportFailed(failed[0].kind, failed[0].message)
        return [_compared(d, complete[d.job.language], there, made, about) for d in done]


def _within(folder: Path) -> tuple[Path, str]:
    """The run's folder, and the region's within it."""
    folder = Path(folder).resolve()
    if not (folder / "status.json").is_file():
        parent = folder.parent if folder.parent.is_dir() else Path()
        near = ", ".join(nearest(folder.name, [p.parent.name for p in parent.glob("*/status.json")]))
        hint = f" Nearest: {near}." if near else ""
        raise FileNotFoundError(f"{folder} is no region's folder of a run: it has no status.json.{hint}")
    top = folder.parent
    if (top / "status.json").is_file() and not (top / "manifest.json").is_file():
        top = top.parent
    return top, folder.relative_to(top).as_posix()


def _manifest(there: Store) -> dict[str, Any]:
    """The manifest of a run; empty where there is none, as after `dabiao report`."""
    content = there.get("manifest.json")
    if content is None:
        return {}
    try:
        plain = json.loads(content)
    except ValueError:
        plain = None
    if not isinstance(plain, dict) or not isinstance(plain.get("run"), dict):
        raise ValueError(f"{there.address}/manifest.json is damaged. Run the batch again: it writes a new one.")
    return plain


def _run(
    about: dict, there: Store, known: dict, complete: dict[str, dict], top: Path, notebook: Path | None
) -> RunFile:
    """The run that made the reports, for this region, scenario and these languages alone."""
    asked = dict(about["run"]) if about else _from_notebook(there, complete)
    languages = [lang for lang in LANGS if lang in complete]
    if notebook is not None:
        asked["notebook"] = notebook.name
    own = {"regions": [known["region"]], "scenarios": [known["scenario"]], "languages": languages}
    try:
        run = RunFile.model_validate({**asked, **own})
    except ValidationError as error:
        raise InvalidData(faults_of(error, f"{top}/manifest.json", None, asked)) from None
    run._folder = (
        notebook.resolve().parent if notebook is not None else top.parent
    )  # where a run file stands beside the folder that it fills
    if not run.notebook_path.is_file():
        raise FileNotFoundError(f"The notebook {run.notebook} is neither in the project nor in {top.parent}.")
    return run


def _from_notebook(there: Store, complete: dict[str, dict]) -> dict[str, Any]:
    """What a report without a manifest was asked for, from the executed notebook that lies with it."""
    for entry in complete.values():
        for name in entry["files"]:
            content = there.get(name) if name.endswith(".ipynb") else None
            if content is not None:
                found = json.loads(content)["metadata"]["papermill"]["parameters"]
                shared = {k: v for k, v in found.items() if k in ("to", "as_of", "data") and v is not None}
                formats = [n.rsplit(".", 1)[1] for n in entry["files"]]
                asked = {"parameters": shared, "seed": found["seed"], "draws": found["draws"], "formats": formats}
                return asked | ({"own": {found["region"]: found["own"]}} if found.get("own") else {})
    raise FileNotFoundError(
        f"{there.address} has no manifest.json and no executed notebook, so nothing says how the report was made."
    )


def _compared(done: Done, entry: dict, there: Store, made: runs.Plan, about: dict) -> ReproductionCheck:
    job, was = done.job, entry["files"]
    altered = tuple(n for n in was if (c := there.get(n)) is None or digest(c) != was[n])
    differs = tuple(n for n in was if n in done.files and done.files[n] != was[n])
    parts = manifest.changed(entry.get("parts", {}), made.origin.parts(job.parameters))
    changed = tuple(line for part in parts for line in _said(part, about, job))
    # Another processor is no reason to make a report anew, but sums of floating point may end otherwise on it.
    was_on, now_on = about.get("machine", {}), machine()
    changed += tuple(f"{name} {was_on[name]} -> {now_on[name]}" for name in was_on if was_on[name] != now_on.get(name))
    moved = _moved(there.get(job.name_of("json")), made.out.get(job.name_of("json"))) if differs else ()
    return ReproductionCheck(job.label(), differs, altered, changed, moved)


def _said(part: str, about: dict, job: Job) -> list[str]:
    """What changed in one part, as closely as the manifest tells."""
    if part == "packages" and about:
        now, was = versions(), about["versions"]
        return [f"{n} {was.get(n, 'none')} -> {now.get(n, 'none')}" for n in {**was, **now} if was.get(n) != now.get(n)]
    if part == "data" and about:
        return _files_changed(about["data_sha256"], job.parameters.get("data")) or ["data"]
    if part == "code" and about:
        before, after = (c["id"][:10] if c else "no commit" for c in (about.get("commit"), manifest.commit()))
        return [
            f"code: commit {before} -> {after}, with changes since"
            if before == after
            else f"code: commit {before} -> {after}"
        ]
    return [part]


def _files_changed(was: dict[str, dict[str, str]], overlay: str | None) -> list[str]:
    now = manifest.made_with(Path(__file__), str(WORK / overlay) if overlay else None)["data_sha256"]
    names = []
    for folder in {**was, **now}:
        before, after = was.get(folder, {}), now.get(folder, {})
        names += [f"{folder}/{n}" for n in sorted({*before, *after}) if before.get(n) != after.get(n)]
    rest = [f"and {len(names) - MOST_NAMED} further files of data"] if len(names) > MOST_NAMED else []
    return [*names[:MOST_NAMED], *rest]


def _moved(before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    """The verdicts whose word or chance is another."""
    if before is None or after is None:
        return ()
    try:
        was, now = ({v["target"]: v for v in json.loads(c)["verdicts"]} for c in (before, after))
    except (ValueError, KeyError, TypeError):
        return ()
    lines = [
        f"{id}: {_verdict(was.get(id))} -> {_verdict(now.get(id))}"
        for id in {**was, **now}
        if _verdict(was.get(id)) != _verdict(now.get(id))
    ]
    rest = [f"and {len(lines) - MOST_NAMED} further verdicts"] if len(lines) > MOST_NAMED else []
    return (*lines[:MOST_NAMED], *rest)


def _verdict(found: dict | None) -> str:
    if found is None:
        return "none"
    return found["word"] if found["chance"] is None else f"{found['word']} {found['chance']:.3f}"


def lines(remade: ReproductionCheck) -> list[str]:
    """What came of it, for a terminal."""
    if remade.identical:
        note = f" (though changed: {'; '.join(remade.changed)})" if remade.changed else ""
        return [f"{remade.report}: identical{note}"]
    text = [f"{remade.report}: not identical"]
    text += [f"  altered since it was written: {n}" for n in remade.altered]
    text += [f"  other bytes: {n}" for n in remade.differs]
    text += [f"  changed: {c}" for c in remade.changed]
    text += [f"  moved: {m}" for m in remade.moved]
    if remade.differs and not remade.changed:
        text.append(
            "  nothing that it is made from changed: this is a fault of Dabiao or of a package, or the processor"
        )
    return text
