"""The command `dabiao reproduce`. Mounted by `reports.cli.main`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def reproduce(
    folder: Annotated[Path, typer.Argument(help="A region's folder of a run: papermill_runs/five_regions/330304.")],
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a report.")] = False,
) -> None:
    """Make a region's reports once more and say whether they are identical, or what changed. Exit status 1 where not."""
    from reports.batch import reproduce as again
    from reports.batch.jobs import ReportFailed

    try:
        found = again.reproduce(folder)
    except ReportFailed as error:
        typer.echo(f"dabiao: the report can no longer be made. {error}", err=True)
        raise typer.Exit(1) from None
    if json_:
        plain = [{**asdict(r), "identical": r.identical} for r in found]
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(line for r in found for line in again.lines(r)))
    if not all(r.identical for r in found):
        raise typer.Exit(1)
