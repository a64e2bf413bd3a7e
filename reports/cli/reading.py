"""Commands that read a published text: read-plan and read-bulletin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from planning.catalogue import Catalogue
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.reading.documents import text_of
from planning.regions import Region

commands = typer.Typer()

Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]
File = Annotated[Path, typer.Argument(help="The text: .txt, .md, .html, .docx, or .pdf with text.")]
Out = Annotated[Path | None, typer.Option(help="The folder to write the drafts into; by default beside the text.")]
Json = Annotated[bool, typer.Option("--json", help="Print what was found as JSON, and write nothing.")]
For = Annotated[str | None, typer.Option("--region", help="The region it is about; by default read from its title.")]


@commands.command(name="read-plan")
def read_plan_(
    file: File,
    region: For = None,
    horizon: Annotated[int | None, typer.Option(help="The plan's last year, where its title does not say it.")] = None,
    out: Out = None,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Find the numeric targets of a plan: a draft in our form, the text with every number marked, a workbook to confirm."""
    from planning.reading.plans import read_plan
    from reports.reading import plan_draft

    catalogue = load_catalogue(data)
    read = read_plan(text_of(file), catalogue.indicators.values(), horizon)
    if json_:
        typer.echo(json.dumps(plan_draft.as_json(read), ensure_ascii=False, indent=1))
        return
    about = _region(catalogue, region, read.period.region)
    paths = plan_draft.write_plan(read, catalogue, about, out or file.parent, f"{file.stem}.targets")
    matched = sum(t.indicator is not None for t in read.targets)
    typer.echo(
        f"{about.name_zh}, until {read.period.horizon}: {len(read.targets)} targets, {matched} with an indicator; "
        f"{len(read.left)} other numbers."
    )
    _tell(paths)


@commands.command(name="read-bulletin")
def read_bulletin_(
    file: File,
    region: For = None,
    year: Annotated[int | None, typer.Option(help="The year it is about, where its title does not say it.")] = None,
    out: Out = None,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Find the figures of a statistical communiqué or health bulletin: the text with its numbers marked, a workbook to confirm."""
    from planning.reading.bulletins import read_bulletin
    from planning.reading.structure import period_of
    from reports.reading import bulletin_draft

    catalogue = load_catalogue(data)
    text = text_of(file)
    about = _region(catalogue, region, period_of(text).region) if region or not json_ else None
    codes = {r.name_zh: r.code for r in catalogue.regions if about and r.parent == about.code and not r.boundary.end}
    read = read_bulletin(text, catalogue.indicators.values(), codes, year)
    if json_ or about is None:
        typer.echo(json.dumps(bulletin_draft.as_json(read), ensure_ascii=False, indent=1))
        return
    paths = bulletin_draft.write_bulletin(read, catalogue, about, codes, out or file.parent, f"{file.stem}.figures")
    typer.echo(
        f"{about.name_zh}, {read.year}: {len(read.figures)} figures of known indicators; {len(read.left)} other numbers."
    )
    _tell(paths)


def _region(catalogue: Catalogue, asked: str | None, named: str) -> Region:
    """The region asked for, or named in the title; raises NotKnown with what is near."""
    if asked:
        return catalogue.find(asked)
    try:
        return catalogue.find(named)
    except NotKnown as error:
        raise NotKnown(f"The title names {named or 'no region'}. {error} Name it: --region.") from None


def _tell(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"Written: {path}")
    typer.echo(f"Confirm each row in {paths[-1].name} (采用, 修改, 舍弃), then: dabiao import {paths[-1]} --data DIR")
