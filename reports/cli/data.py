"""Commands for a user's own data: check, template, import, import-census."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from planning.catalogue import Catalogue
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.paths import SHIPPED
from planning.regions import Region

commands = typer.Typer()

MOST_SHOWN = 1000  # faults that `dabiao check` prints

Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]
Own = Annotated[Path, typer.Option("--data", help="Your own data folder; made where it is not there.")]


@commands.command()
def check(data: Data = None) -> None:
    """Check every file of the data: all faults at once, with what is near. Exit status 2 where there are faults."""
    from planning.loading.folder import files_of, first
    from planning.loading.folder_check import check as check_folders

    began = time.monotonic()
    folders = [SHIPPED, *([Path(data)] if data else [])]
    catalogue, faults = check_folders(folders)
    seconds = time.monotonic() - began
    for fault in first(faults, MOST_SHOWN):
        typer.echo(f"{fault}", err=True)
    files = sum(len(files_of(f)) for f in folders)
    typer.echo(
        f"{files} files, {len(catalogue.regions):,} regions, {len(catalogue.observations):,} observations, "
        f"{len(catalogue.censuses):,} census tables, {len(catalogue.targets):,} targets: "
        f"{f'{len(faults):,} faults' if faults else 'no fault'} ({seconds:.1f} s)"
    )
    if faults:
        raise typer.Exit(2)


@commands.command()
def template(
    region: Annotated[str, typer.Argument(help="A name or a code; for a new region, its code.")],
    out: Annotated[Path, typer.Argument(help="The workbook to write, such as ouhai.xlsx.")],
    data: Data = None,
    new: Annotated[str | None, typer.Option(help="The Chinese name of a region that is not known yet.")] = None,
    code: Annotated[str | None, typer.Option(help="Its six-digit code, where REGION is a name.")] = None,
    parent: Annotated[str | None, typer.Option(help="The region above a new one: a name or a code.")] = None,
    level: Annotated[str | None, typer.Option(help="province, city, district or area; by default one below.")] = None,
    fictional: Annotated[bool, typer.Option("--fictional", help="A made-up region, labelled so everywhere.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a workbook that is there.")] = False,
) -> None:
    """Write an Excel workbook to fill in: what is known of a region, and what the verdicts still want."""
    from reports.workbooks import form
    from reports.workbooks import template as templates

    if out.suffix.lower() != ".xlsx":
        raise ValueError(f"A workbook's name ends in .xlsx; found {out}.")
    if out.exists() and not force:
        raise ValueError(f"{out} is there already, perhaps with figures in it. Name another file, or say --force.")
    catalogue = load_catalogue(data)
    if new is not None:
        if parent is None:
            raise ValueError("A new region needs the one above it: --parent, a name or a code.")
        made = templates.new_region(catalogue, new, code or region, parent, level, fictional)
        catalogue = templates.with_region(catalogue, made)
    else:
        made = _known(catalogue, region)
    with _told():
        counts = templates.template(catalogue, made, out)
    asked = counts.pop(form.MISSING_SHEET)
    counts.pop(form.INDICATORS.name)
    typer.echo(f"Written: {out}. {made.name('zh')} ({made.code}): {sum(counts.values())} rows known, {asked} wanted.")
    typer.echo(f"Fill it in, then: dabiao import {out} --data DIR")


@commands.command(name="import")
def import_(
    workbook: Annotated[Path, typer.Argument(help="A workbook made by `dabiao template`, filled in.")],
    data: Own,
) -> None:
    """Read a workbook back into your own data folder: all faults at once, and nothing written where there are any."""
    from reports.workbooks.importer import import_workbook

    with _told():
        done = import_workbook(workbook, data)
    changed = ", ".join(f"{sheet} {count}" for sheet, count in done.changed.items())
    typer.echo(
        f"New or changed: {changed or 'nothing'}. Known already: {done.unchanged}. Left empty: {done.left_empty}."
    )
    if done.unused:
        typer.echo(f"Sources that no figure names, not kept: {', '.join(done.unused)}")
    typer.echo(f"Written: {data}" if done.changed else "Nothing was written.")


@commands.command(name="import-census")
def import_census(
    file: Annotated[
        Path, typer.Argument(help="year, code, province, city, region, level, age, male, female; .csv or .csv.gz")
    ],
    data: Own,
    region: Annotated[list[str] | None, typer.Option(help="A code or name; may be given more than once.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every area of the book.")] = False,
) -> None:
    """Make regions of your own data folder from the county books of the census: base populations by age and sex."""
    from reports.workbooks import census_import as census

    if bool(region) == all_:
        raise ValueError("Say which areas: --region CODE (more than once if you like), or --all.")
    began = time.monotonic()
    with _told():
        done = census.import_census(file, data, region or ())
    for line in census.summary(done):
        typer.echo(line)
    if done.fresh():
        typer.echo(f"Written: {data} in {time.monotonic() - began:.1f} s.")
        if done.notes.is_file():
            typer.echo(f"What was not taken as it stands: {done.notes}")
    else:
        typer.echo("Nothing was written: all of it is shipped already.")


def _known(catalogue: Catalogue, region: str) -> Region:
    try:
        return catalogue.find(region)
    except NotKnown as error:
        if "Several share the name" in str(error):
            raise
        raise NotKnown(f"{error} For a region that is not there yet: --new NAME --code CODE --parent CODE.") from None


@contextmanager
def _told() -> Iterator[None]:
    """Trouble with the disk as a mistake told in words: no room, no permission."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{error.filename or 'The disk'}: {error.strerror or error}. Nothing was written.") from None
