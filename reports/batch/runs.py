"""Runs: a batch from its run file to its index, and one report by itself.

    run file -> regions -> jobs -> those already there are kept -> the others made, each in a process of its own
             -> status of each, last of all its files -> index, verdicts, failures

A report is made again when the notebook, our code, the data, the packages or its parameters changed, when a file of it is
missing or altered, or when it failed. Nothing that happens to one report touches another.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from planning.catalogue import Catalogue
from planning.errors import not_known
from planning.loading.folder import load_catalogue
from planning.paths import WORK
from planning.regions import Region
from reports.batch import manifest, status
from reports.batch.fork_server import FORKS, Preload
from reports.batch.jobs import Done, Failed, Job, ReportFailed
from reports.batch.processes import Processes
from reports.batch.selection import chosen, own_figures
from reports.batch.store import Store, store
from reports.messages import message
from reports.parameters import TOP, Language, Limits, Parameters, RunFile

MANY = 20  # reports from which it pays to assess one region before forking
NEEDED = {"pdf": "typst", "xlsx": "openpyxl", "parquet": "pyarrow"}


class Executor(Protocol):
    """Whoever makes reports: processes of this machine, or a cluster."""

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Done | Failed]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Plan:
    """What a batch will do.

    reasons: by a job's key, why it is to be made; a job without a reason is kept. others: reports of the run that were not
    asked for this time but are there, for the index.
    """

    run: RunFile
    catalogue: Catalogue
    out: Store
    origin: manifest.Origin
    made_with: dict
    regions: dict[str, Region]
    jobs: tuple[Job, ...]
    reasons: dict[tuple[str, str], str]
    others: tuple[Job, ...] = ()

    @property
    def to_make(self) -> list[Job]:
        return [j for j in self.jobs if j.key in self.reasons]

    @property
    def kept(self) -> list[Job]:
        return [j for j in self.jobs if j.key not in self.reasons]


def plan(run: RunFile, out: Path | str, resume: bool = True, only: str | None = None) -> Plan:
    """Check everything that can be checked before anything runs, and say which reports are to be made.

    resume: keep what is there and made from the same things. only: one of the run's regions. Raises InvalidData, NotKnown or
    ValueError for whatever the run file asks that cannot be.
    """
    data = relative_to_top(run.data)
    catalogue = load_catalogue(WORK / data if data else None)
    regions = chosen(run, catalogue)
    asked = {r.key for r in regions} if only is None else {_one_of(regions, only, catalogue).key}
    _check_possible(run)
    origin = manifest.Origin.of(run.notebook_path, str(WORK / data) if data else None)
    place = store(out)
    own = own_figures(run, catalogue)
    jobs = [
        _job(run, place, origin, data, region, scenario, language, own.get(region.key, ()))
        for scenario in run.scenarios
        for region in regions
        for language in run.languages
    ]
    mine = tuple(j for j in jobs if j.region in asked)
    others = tuple(j for j in jobs if j.region not in asked and status.complete(place, j))
    reasons = _reasons(place, origin, mine) if resume else {j.key: "asked for again" for j in mine}
    made_with = manifest.made_with(run.notebook_path, str(WORK / data) if data else None)
    return Plan(run, catalogue, place, origin, made_with, {r.key: r for r in regions}, mine, reasons, others)


def _one_of(regions: list[Region], only: str, catalogue: Catalogue) -> Region:
    asked = catalogue.find(only)
    if asked.key not in {r.key for r in regions}:
        words = [w for r in regions for w in (r.name_zh, r.name_en, r.key)]
        raise not_known("region of this run", only, words, "The run file lists its regions.")
    return asked


def batch(made: Plan, executor: Executor, progress: Callable[[Done | Failed], None]) -> tuple[list[Done], list[Failed]]:
    """Make the reports of a plan, handing each outcome to `progress`. Gives those that are there, and those that are not."""
    done = [Done(j, {}, {}, kept=True) for j in made.kept]
    for one in done:
        progress(one)
    failed: list[Failed] = []
    for outcome in executor.outcomes(_marked_stale(made.to_make, made.out)) if made.to_make else ():
        recorded = _recorded(outcome, made)
        if isinstance(recorded, Done):
            done.append(recorded)
        else:
            failed.append(recorded)
        progress(recorded)
    order = {job.key: i for i, job in enumerate(made.jobs)}
    return sorted(done, key=lambda d: order[d.job.key]), sorted(failed, key=lambda f: order[f.job.key])


def report(parameters: Parameters, out: Path, notebook: Path, limits: Limits | None = None) -> Done:
    """Write one region's report into its folder below `out`, unless it is there already, made from the same things.

    Raises ReportFailed with what stopped it, and NotKnown for an unknown region.
    """
    run = RunFile(
        regions=[parameters.region],
        scenarios=[parameters.scenario],
        languages=[parameters.language],
        parameters={k: v for k, v in parameters.plain().items() if k in ("to", "as_of", "data") and v is not None},
        seed=parameters.seed,
        draws=parameters.draws,
        own={parameters.region: parameters.own} if parameters.own else {},
        notebook=notebook.relative_to(TOP).as_posix(),
        limits=limits or Limits(),
        engine="fast",
    )
    made = plan(run, out)
    try:
        with status.shared(out), status.exclusive(out / made.jobs[0].folder):
            done, failed = batch(made, Processes(1, None), lambda outcome: None)
    except status.InUse as error:
        raise ReportFailed("in use", str(error)) from None
    if failed:
        raise ReportFailed(failed[0].kind, failed[0].message)
    return done[0]


def local(made: Plan, workers: int) -> Processes:
    """The processes of this machine that suit a plan's engine."""
    if made.run.engine == "stock" or not FORKS:
        return Processes(workers, None)
    first = made.to_make[0].region if len(made.to_make) >= MANY else None
    return Processes(workers, preload_of(made.run.notebook_path, relative_to_top(made.run.data), first))


def preload_of(notebook: Path, data: str | None, region: str | None = None) -> Preload:
    """What a fork server needs for reports of a notebook. data: as notebooks name it. region: assessed before the forks."""
    return Preload(arguments={"data": str(WORK / data) if data else None, "notebook": str(notebook), "region": region})


def relative_to_top(data: str | None) -> str | None:
    """A data folder as notebooks name it: from the project's top where it lies inside, else by its full path."""
    if data is None:
        return None
    path = Path(data).resolve()
    return path.relative_to(WORK).as_posix() if path.is_relative_to(WORK) else str(path)


def _job(
    run: RunFile,
    place: Store,
    origin: manifest.Origin,
    data: str | None,
    region: Region,
    scenario: str,
    language: Language,
    own: Sequence[str],
) -> Job:
    parameters = {**run.of(region.key, scenario, language, own)}
    if data:
        parameters["data"] = data
    path = run.notebook_path
    return Job(
        notebook=path.relative_to(TOP).as_posix() if path.is_relative_to(TOP) else str(path),
        parameters=parameters,
        out=place.address,
        folder=region.key if scenario == "baseline" else f"{region.key}/{scenario}",
        formats=tuple(run.formats),
        engine=run.engine if FORKS or run.engine != "warm" else "stock",
        fingerprint=manifest.fingerprint(origin.parts(parameters)),
        heading=message("title", language, region=region.name(language)),
        fictional=message("fictional", language) if region.fictional else "",
        limits=run.limits.model_dump(),
    )


def _reasons(place: Store, origin: manifest.Origin, jobs: Iterable[Job]) -> dict[tuple[str, str], str]:
    known: dict[str, dict] = {}
    reasons = {}
    for job in jobs:
        about = known.setdefault(job.folder, status.read(place, job.folder))
        if not status.is_current(place, job, about):
            reasons[job.key] = _reason(job, about["reports"].get(job.language), origin)
    return reasons


def _reason(job: Job, entry: dict | None, origin: manifest.Origin) -> str:
    if entry is None:
        return "missing"
    if entry.get("state") != "complete":
        return "failed before" if entry.get("state") == "failed" else "was interrupted"
    parts = manifest.changed(entry.get("parts", {}), origin.parts(job.parameters))
    return f"{', '.join(parts)} changed" if parts else "a file is missing or altered"


def _marked_stale(jobs: Iterable[Job], place: Store) -> Iterator[Job]:
    """The jobs, each with its old word taken back as it is handed out."""
    for job in jobs:
        status.mark_stale(place, job)
        yield job


def _recorded(outcome: Done | Failed, made: Plan) -> Done | Failed:
    """The outcome written down; one that cannot be is a failure, for nothing would vouch for it."""
    parts = made.origin.parts(outcome.job.parameters)
    try:
        status.record(made.out, outcome, parts, made.made_with)
    except OSError as error:
        if isinstance(outcome, Done):
            return Failed(outcome.job, "not written", f"the status could not be written ({error})")
    return outcome


def _check_possible(run: RunFile) -> None:
    for kind in run.formats:
        package = NEEDED.get(kind)
        if package and importlib.util.find_spec(package) is None:
            raise ValueError(f"The format {kind} needs the package {package}: pip install {package}, or leave it out.")
    from reports.batch import kernels

    spec = json.loads(run.notebook_path.read_text(encoding="utf-8")).get("metadata", {}).get("kernelspec", {})
    if run.engine != "stock" and spec.get("language", "python") != "python":
        raise ValueError(
            f"{run.notebook} is written in {spec['language']}; only the stock engine runs other languages."
        )
    if run.engine == "stock":
        kernels.check_known(spec.get("name", "python3"))
    if run.engine == "warm" and FORKS:
        kernels.check_installed()
