"""The commands about batches: `batch` makes reports, `kernel` installs the warm kernel, `synth` a country to practise on."""

from __future__ import annotations

import contextlib
import time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from planning.loading.census_folder import census_folder
from reports.parameters import ENGINES, RunFile, read_run

commands = typer.Typer()
Engine = Enum("Engine", {name: name for name in ENGINES})  # type: ignore[misc]  # the members are known when it runs
CENSUS = "census"  # in a run file, the data folder that `dabiao census` fills
HIGHEST_STATUS = 100  # an exit status ends at 255, and those above 125 have meanings of their own


@commands.command()
def batch(
    file: Annotated[Path, typer.Argument(help="A run file in papermill_runs/.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Reports made at the same time.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="How notebooks are executed.")] = None,
    resume: Annotated[bool, typer.Option(help="Keep what is there and made from the same things.")] = True,
    only: Annotated[str | None, typer.Option(help="One region of the run.")] = None,
    dask: Annotated[str | None, typer.Option(help="The address of a Dask scheduler, tcp://host:8786.")] = None,
    data: Annotated[
        str | None, typer.Option(help="A folder of the shape of data/, in place of the run file's.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="A folder or fsspec address to write to.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be made, and make nothing.")] = False,
) -> None:
    """Write the reports of a run file and an index page. The exit status is the number of reports that failed (100 at most)."""
    from reports.batch import index, runs, status
    from reports.batch.progress import ProgressReport

    run = _with_options(read_run(file), workers, engine, data)
    address = out or str(file.parent / file.stem)
    folder = None if "://" in address else Path(address)
    if dry_run:
        _print_plan(runs.plan(run, address, resume, only))
        return
    if not runs.FORKS and run.engine != "stock":
        typer.echo("This system cannot fork: every report gets a fresh process.", err=True)
    began = time.monotonic()
    try:
        with status.exclusive(folder) if folder else contextlib.nullcontext():
            made = runs.plan(run, address, resume, only)
            log = folder / "batch.log" if folder else None
            with _executor(made, dask) as executor, ProgressReport(len(made.jobs), log) as progress:
                done, failed = runs.batch(made, executor, progress)
            index.write(made, done, failed)
    except (status.InUse, ConnectionError, OSError) as error:
        typer.echo(f"dabiao: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("Stopped. What is done is kept; the same command goes on from there.", err=True)
        raise typer.Exit(130) from None
    minutes = (time.monotonic() - began) / 60
    typer.echo(f"{len(done)} reports, {len(failed)} failed, in {minutes:.1f} minutes. Open {address}/index.html")
    if failed:
        raise typer.Exit(min(len(failed), HIGHEST_STATUS))


@commands.command()
def kernel() -> None:
    """Install the warm kernel `dabiao` for Jupyter in this environment."""
    from reports.batch import kernels

    typer.echo(f"Installed: {kernels.install()}")
    if not kernels.declared():
        typer.echo(
            "Jupyter does not know its provisioner yet. Install Dabiao again: pip install --no-deps -e .", err=True
        )
        raise typer.Exit(1)


@commands.command()
def synth(
    folder: Annotated[Path, typer.Argument(help="A new folder; `--data` takes it from then on.")],
    provinces: Annotated[int, typer.Option(min=1, max=9)] = 2,
    cities: Annotated[int, typer.Option(min=1, max=9, help="In each province.")] = 2,
    districts: Annotated[int, typer.Option(min=1, max=9, help="In each city.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same country.")] = 0,
) -> None:
    """Make a small fictional country, labelled so everywhere, as a folder of data for practice."""
    from reports.workbooks import synth as sample

    nation = sample.country(provinces, cities, districts, seed)
    try:
        sample.write(nation, folder, seed)
    except FileExistsError as error:
        raise ValueError(str(error)) from None
    places = list(nation.all())
    district = next(p for p in places if p.level == "district")
    typer.echo(f"{len(places)} fictional regions in {folder}. Try: dabiao assess {district.zh} --data {folder}")


def _with_options(run: RunFile, workers: int | None, engine: Engine | None, data: str | None) -> RunFile:
    changed = {"workers": workers, "engine": engine.value if engine else None}
    if data is not None:
        changed["parameters"] = {**run.parameters, "data": data}
    elif run.parameters.get("data") == CENSUS:
        folder = census_folder()
        if not folder.is_dir():
            raise ValueError(
                f"{folder} is not there yet: `dabiao census` brings every county; or name a folder, --data DIR."
            )
        changed["parameters"] = {**run.parameters, "data": str(folder)}
    return run.model_copy(update={k: v for k, v in changed.items() if v is not None})


def _print_plan(made: Any) -> None:
    for job in made.jobs:
        reason = made.reasons.get(job.key)
        typer.echo(f"{'make' if reason else 'keep'}     {job.label()}" + (f" ({reason})" if reason else ""))
    typer.echo(f"{len(made.to_make)} to make, {len(made.kept)} kept. Nothing was written.")


def _executor(made: Any, dask: str | None) -> Any:
    from reports.batch import runs

    if dask is None:
        return contextlib.closing(runs.local(made, made.run.workers))
    from reports.batch.cluster import Cluster

    return contextlib.closing(Cluster(dask))
