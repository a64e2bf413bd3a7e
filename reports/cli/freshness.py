"""The command that lists, for a region, how old the figures of its targets are and when the next ones are due."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from planning.catalogue import Catalogue
from planning.loading.census_folder import folder_for
from planning.loading.folder import load_catalogue
from planning.regions import Region
from planning.sources import information_day
from reports.cli.terminal import PIPED_WIDTH
from reports.messages import message, wording

commands = typer.Typer()


@commands.command("freshness")
def freshness_command(
    region: Annotated[str | None, typer.Argument(help="A name or a code; by default every region with a plan.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="See only what was published by this day; by default today.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a region and indicator.")] = False,
) -> None:
    """List how old the newest own figure of every target is, when the next is due, and who publishes it."""
    from dabiao.freshness import freshness_of

    if lang not in wording.LANGS:
        raise ValueError(f"The language {lang!r} is not known; {' and '.join(wording.LANGS)} are.")
    day = information_day(as_of) if as_of else date.today()
    catalogue = load_catalogue(folder_for(region, data) if region else data).known_by(day)
    places = [catalogue.find(region)] if region else planned(catalogue)
    if json_:
        rows = [
            {"region": r.key, "name_zh": r.name_zh, "name_en": r.name_en, "as_of": day.isoformat()}
            | {k: str(v) if k == "published" and v else v for k, v in asdict(f).items()}
            | {"old": f.old}
            for r in places
            for f in freshness_of(catalogue, r)
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    for place in places:
        show(console, catalogue, place, lang)


def planned(catalogue: Catalogue) -> list[Region]:
    """The regions that have published a plan, once each, in the order of their codes."""
    keys = {f"{d.region}@{d.edition}" if d.edition else d.region for d in catalogue.documents.values()}
    return [catalogue.region(key) for key in sorted(keys)]


def show(console: Console, catalogue: Catalogue, region: Region, lang: str) -> None:
    """Print the sentence on a region's information, and its indicators, the first due first."""
    from dabiao.freshness import freshness_of
    from reports.sections.freshness import HEADINGS, cells, sentence

    table = Table(title=region.name(lang), title_justify="left", box=box.SIMPLE)
    for name in HEADINGS:
        table.add_column(message(f"heading_{name}", lang), no_wrap=name in ("age", "published", "next_due"))
    for found in freshness_of(catalogue, region):
        table.add_row(*cells(found, catalogue, lang))
    console.print(table)
    console.print(sentence(catalogue, region, lang), markup=False)
