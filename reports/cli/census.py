"""The command `census`: every county of China with its base population, in one step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from planning.loading.census_folder import census_folder

commands = typer.Typer()


@commands.command()
def census(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="County books on disk (.xlsx, .csv), either order; none: they are downloaded."),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="A mirror: an address or a folder that holds the workbooks.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A data folder of your own; by default one in your user folder.")
    ] = None,
) -> None:
    """Bring every county, city and province of the censuses 2010 and 2020: regions, base populations, households, schooling."""
    from reports.workbooks import census_import
    from reports.workbooks.census_download import SOURCE, bring

    if files and from_:
        raise ValueError("Name files on disk or a mirror (--from), not both.")
    began = time.monotonic()
    books = list(files or bring(from_ or SOURCE))
    arrived = time.monotonic()
    folder = data or census_folder()
    try:
        done = census_import.import_books(books, folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{error.filename or folder}: {error.strerror or error}. Nothing was written.") from None
    for line in census_import.summary(done):
        typer.echo(line)
    size = sum(b.stat().st_size for b in books)
    typer.echo(
        f"{size / 1e6:.1f} MB read; {arrived - began:.1f} s to bring, {time.monotonic() - arrived:.1f} s to import."
    )
    typer.echo(f"Written: {folder}" if done.fresh() else "Nothing was written: all of it is there already.")
    if done.notes.is_file():
        typer.echo(f"What was not taken as it stands: {done.notes}")
    example = next((p.region for p in done.fresh() if p.area.level == "district"), None)
    if example and data is None:
        typer.echo(f"Now: dabiao report {example}")
