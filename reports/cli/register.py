"""Commands that show the register: targets, coverage."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dabiao import register
from planning.loading.census_folder import folder_for
from planning.loading.folder import load_catalogue
from reports.messages import wording

commands = typer.Typer()

Document = Annotated[str | None, typer.Option(help="ouhai_2023_2027, shangcheng_14fyp, ...")]
RegionName = Annotated[str | None, typer.Option(help="A name or a code.")]
Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]


@commands.command()
def targets(
    document: Document = None,
    region: RegionName = None,
    data: Data = None,
    lang: str = "zh",
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a target.")] = False,
) -> None:
    """List the register: every target of the plans, as it stands in its document."""
    catalogue = load_catalogue(data)
    chosen = register.selected(catalogue, document, region)
    if json_:
        typer.echo(json.dumps(register.as_plain(catalogue, chosen), ensure_ascii=False, indent=1))
        return
    last = None
    for t in chosen:
        if t.document.id != last:
            last = t.document.id
            typer.echo(f"\n{t.document.title} ({last}, {t.document.published})")
        about = catalogue.indicator(t.indicator)
        repeat = f"  = {t.duplicate_of}" if t.duplicate_of else ""
        level = wording.LEVELS[t.level][wording.LANGS.index(lang)]
        typer.echo(f"  {t.year} {level} {about.name(lang)} {wording.comparison(t, about, lang)}  [{t.section}]{repeat}")
    numeric = [t for t in chosen if t.numeric and not t.duplicate_of]
    repeats = sum(bool(t.duplicate_of) for t in chosen)
    typer.echo(
        f"\n{len(chosen)} entries: {len(numeric)} distinct numeric targets, "
        f"{len(chosen) - len(numeric) - repeats} without a number, {repeats} repeats."
    )


@commands.command()
def coverage(
    document: Document = None,
    region: RegionName = None,
    data: Data = None,
    draws: int = 500,
    seed: int = 0,
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a target.")] = False,
) -> None:
    """Say of every target what family of model answers it, what that needs, and the verdict or the reason for none."""
    catalogue = load_catalogue(data)
    rows = register.covered(catalogue, register.selected(catalogue, document, region), draws, seed, data)
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    total = 0
    answered = 0
    for family, said in sorted(register.by_family(rows).items()):
        count, chances = sum(said.values()), said["chance"]
        total, answered = total + count, answered + chances
        typer.echo(f"{family:<18}{chances:>4} of {count:>4} numeric targets have a chance")
        for reason, n in said.most_common():
            if reason != "chance":
                typer.echo(f"{'':<22}{n:>4}  {reason}")
    share = answered / total if total else 0
    typer.echo(f"{'all':<18}{answered:>4} of {total:>4} ({share:.0%})")


@commands.command("trace")
def trace_command(
    region: Annotated[str, typer.Argument(help="A name or a code.")],
    indicator: Annotated[str, typer.Argument(help="An id, or its Chinese or English name.")],
    year: Annotated[int | None, typer.Option(help="One year of the outlook.")] = None,
    scenario: str = "baseline",
    draws: int = 500,
    seed: int = 0,
    data: Data = None,
    lang: str = "zh",
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Walk from a number back to its formula, its inputs and their sources."""
    from dabiao import trace
    from dabiao.assessment import assess
    from reports.messages.trace import lines

    assessment = assess(region, scenario, draws=draws, seed=seed, data=folder_for(region, data))
    found = trace.trace(assessment, indicator, year, lang)
    if json_:
        typer.echo(json.dumps(trace.as_plain(found), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(lines(found, assessment, lang)))
