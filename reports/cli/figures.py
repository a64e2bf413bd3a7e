"""Commands on a region's own figures and targets: which figures to bring, which targets to propose."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from reports.cli.terminal import PIPED_WIDTH
from reports.messages import message, wording

commands = typer.Typer()

RegionName = Annotated[str, typer.Argument(help="A Chinese or English name, or a code: 瓯海区, ouhai, 330304.")]
Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]
Lang = Annotated[str, typer.Option(help="zh or en.")]
AsOf = Annotated[str | None, typer.Option(help="See only what was published by this day, 2022-07-31.")]
Draws = Annotated[int, typer.Option(min=20, max=20000, help="Possible futures drawn.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")]
Own = Annotated[
    list[str] | None,
    typer.Option("--own", help="A figure of your own, gps_per_10000=4.8@2024; may be given more than once."),
]


@commands.command("bring")
def bring_command(
    region: RegionName,
    as_of: AsOf = None,
    draws: Draws = 500,
    seed: Seed = 0,
    data: Data = None,
    own: Own = None,
    lang: Lang = "zh",
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a figure.")] = False,
) -> None:
    """List the figures to bring: those that would move a chance most, then those that targets wait for."""
    from dabiao.figures import figures_to_bring
    from dabiao.region_model import region_model
    from reports.sections import bring

    _check_language(lang)
    model = region_model(region, as_of=as_of, draws=draws, seed=seed, data=data, own=own)
    found = figures_to_bring(model)
    if json_:
        typer.echo(json.dumps([f.plain() for f in found], ensure_ascii=False, indent=1))
        return
    moving, waiting = [f for f in found if f.expected_move is not None], [f for f in found if f.expected_move is None]
    name = model.region.name(lang)
    typer.echo(f"{name}: {message('bring', lang)}")
    typer.echo(message("bring_lead" if moving else "bring_none", lang))
    if moving:
        _show(bring.headings(bring.MOVING, lang), (bring.moving_cells(f, model.catalogue, lang) for f in moving))
    if waiting:
        typer.echo(message("bring_waiting", lang, n=len(waiting)))
        _show(bring.headings(bring.WAITING, lang), (bring.waiting_cells(f, model.catalogue, lang) for f in waiting))
    typer.echo(message("bring_how", lang, region=name, code=model.region.code))


@commands.command("propose")
def propose_command(
    region: RegionName,
    to: Annotated[int, typer.Option(help="The year of the targets.")] = 2030,
    chance: Annotated[
        list[float] | None, typer.Option(help="A chance beside .8, .5 and .2; may be given more than once.")
    ] = None,
    as_of: AsOf = None,
    draws: Draws = 500,
    seed: Seed = 0,
    data: Data = None,
    own: Own = None,
    lang: Lang = "zh",
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one an indicator.")] = False,
) -> None:
    """Propose targets: the value of each indicator that is reached with a chance of 80, 50 and 20 per cent."""
    from dabiao.proposals import proposals
    from dabiao.region_model import region_model
    from reports.sections import proposals as section

    _check_language(lang)
    model = region_model(region, max(to, 2030), as_of, draws, seed, data, own=own)
    found = proposals(model, to, chance or ())
    if json_:
        typer.echo(json.dumps([p.plain() for p in found], ensure_ascii=False, indent=1))
        return
    typer.echo(f"{model.region.name(lang)}: {message('proposals', lang, year=to)}")
    typer.echo(message("proposals_lead", lang, year=to) if found else message("proposals_none", lang))
    told = section.told(found)
    if told:
        _show(section.headings(found, lang), (section.cells(p, model.catalogue, lang) for p in told))
    if names := section.unsaid(found, lang):
        typer.echo(message("proposals_vague", lang, names=names))


def _show(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    table = Table(box=box.SIMPLE)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _check_language(lang: str) -> None:
    if lang not in wording.LANGS:
        raise ValueError(f"The language {lang!r} is not known; {' and '.join(wording.LANGS)} are.")
