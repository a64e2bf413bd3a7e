"""The command `dabiao`: the same functions as the notebooks, for a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from planning.errors import InvalidData, NotKnown
from planning.loading.census_folder import folder_for
from planning.loading.folder import load_catalogue
from planning.schemas import faults_of
from reports.cli import batch as batch_commands
from reports.cli import census as census_commands
from reports.cli import data as data_commands
from reports.cli import districts as coherent_commands
from reports.cli import engine as engine_commands
from reports.cli import figures as figure_commands
from reports.cli import freshness as freshness_commands
from reports.cli import planner as planner_commands
from reports.cli import reading as reading_commands
from reports.cli import register as register_commands
from reports.cli import reproduce as reproduce_commands
from reports.cli import scenario as scenario_commands

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

_ROOMS = (
    register_commands,
    data_commands,
    census_commands,
    freshness_commands,
    figure_commands,
    scenario_commands,
    engine_commands,
    coherent_commands,
    batch_commands,
    reproduce_commands,
    planner_commands,
    reading_commands,
)
for _rooms in _ROOMS:
    app.registered_commands += _rooms.commands.registered_commands

Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]
Lang = Annotated[str, typer.Option(help="zh or en.")]
Own = Annotated[
    list[str] | None,
    typer.Option("--own", help="A figure of your own, gps_per_10000=4.8@2024; may be given more than once."),
]
RegionName = Annotated[str, typer.Argument(help="A Chinese or English name, or a code: 瓯海区, ouhai, 330304.")]


@app.callback()
def about() -> None:
    """Dabiao (达标): will a region reach its health-plan targets, with what chance, on what evidence?"""


@app.command()
def regions(data: Data = None, json_: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the regions, with their codes, levels and parents."""
    catalogue = load_catalogue(data)
    if json_:
        rows = [
            {"code": r.key, "name_zh": r.name_zh, "name_en": r.name_en, "level": r.level, "parent": r.parent}
            for r in catalogue.regions
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    with_targets = {t.key for t in catalogue.targets}
    for r in catalogue.regions:
        star = "*" if r.key in with_targets or (r.code in with_targets and not r.boundary.end) else " "
        typer.echo(f"{star} {r.key:<16}{r.level:<9} {r.name_zh}  {r.name_en}")
    typer.echo("\n* has targets in data/targets/")


@app.command()
def assess(
    region: RegionName,
    scenario: Annotated[str, typer.Option(help="A file of data/scenarios/, without .yaml.")] = "baseline",
    to: Annotated[int | None, typer.Option(help="The last year of the outlook.")] = None,
    as_of: Annotated[str | None, typer.Option(help="See only what was published by this day, 2022-07-31.")] = None,
    draws: Annotated[int, typer.Option(help="Possible futures drawn.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    data: Data = None,
    lang: Lang = "zh",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object (dabiao/assess.schema.json).")] = False,
    own: Own = None,
) -> None:
    """Judge every target of a region."""
    from dabiao import export
    from dabiao.assessment import assess as assess_region

    p = _parameters(
        region=region, scenario=scenario, to=to, as_of=as_of, draws=draws, seed=seed, data=data, language=lang
    )
    a = assess_region(p.region, p.scenario, p.to, p.as_of, p.draws, p.seed, p.data, own)
    if json_:
        typer.echo(export.as_json(a), nl=False)
    else:
        from reports.cli.terminal import show

        show(a, p.language)


@app.command()
def report(
    region: RegionName,
    lang: Lang = "zh",
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("papermill_runs/reports"),
    scenario: str = "baseline",
    to: int | None = None,
    as_of: str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: Data = None,
    own: Own = None,
) -> None:
    """Write one region's report: the executed notebook, a page, and the answers as JSON."""
    from reports.batch import runs

    p = _parameters(
        region=region, language=lang, scenario=scenario, to=to, as_of=as_of, draws=draws, seed=seed, data=data,
        own=own or [],
    )  # fmt: skip
    _try_first(p)
    try:
        outcome = runs.report(p, out, runs.TOP / "notebooks" / "region_report.ipynb")
    except runs.ReportFailed as error:
        typer.echo(f"dabiao: no report was written. {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{'Already there' if outcome.kept else 'Written'}: {outcome.page}")


def _try_first(parameters: Any) -> None:
    """Ask for the region and the scenario before anything is written, so that a misspelling costs nothing."""
    from planning.loading.levers import read_levers
    from planning.loading.scenarios import read_scenario
    from planning.own_figures import given

    catalogue = load_catalogue(parameters.data)
    catalogue.find(parameters.region)
    given(parameters.own, catalogue)
    read_scenario(parameters.scenario, catalogue.folders, read_levers(catalogue.folders))


def _parameters(**values: Any) -> Any:
    from reports.parameters import Parameters

    try:
        found = Parameters.model_validate(values)
    except ValidationError as error:
        raise InvalidData(faults_of(error, "command line", None, values)) from None
    folder = folder_for(found.region, found.data)
    return found if folder == found.data else found.model_copy(update={"data": folder})


def main() -> None:
    """Run the command; a mistake of the user's is told in its own words, with exit status 2."""
    try:
        app()
    except (InvalidData, NotKnown, FileNotFoundError, ValueError) as error:
        sys.exit(_told(str(error)))
    except OSError as error:  # a folder for a file, too little space, no permission, names too long
        sys.exit(_told(f"{str(error.filename or '')[:200]}: {error.strerror}" if error.strerror else str(error)))
    except MemoryError:
        sys.exit(_told("there is too little memory for this; ask for fewer draws or a smaller file"))


def _told(sentence: str) -> int:
    typer.echo(f"dabiao: {sentence}", err=True)
    return 2


if __name__ == "__main__":
    main()
