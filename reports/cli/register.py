"""Commands that show the register: targets, coverage."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from dabiao import register
from planning.loading.census_folder import folder_for
from planning.loading.folder import load_catalogue
from reports.cli.terminal import PIPED_WIDTH
from reports.messages import message, wording

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
    lang: str = "zh",
    json_: Annotated[bool, typer.Option("--json", help="A list of objects, one a target.")] = False,
) -> None:
    """Count what the answers to targets rest on: an outcome, an own figure, the tree of regions, or a figure to bring."""
    catalogue = load_catalogue(data)
    rows = register.covered(catalogue, register.selected(catalogue, document, region), draws, seed, data)
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    _check_language(lang)
    rows = [row | {"family": message(f"family_{row['family']}", lang)} for row in rows]
    for group in ("document", "family"):
        table = Table(box=box.SIMPLE)
        table.add_column(message(f"cov_{group}", lang))
        for basis in register.BASES:
            table.add_column(message(f"basis_{basis}", lang), justify="right")
        found = register.by_basis(rows, group)
        total = sum(found.values(), Counter())
        for name, counts in [*sorted(found.items()), (message("cov_all", lang), total)]:
            table.add_row(name, *(str(counts[basis]) for basis in register.BASES))
        (Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)).print(table)
    numeric = [row for row in rows if row["numeric"]]
    judged = [row for row in numeric if row["basis"] in ("settled", "own figure", "tree")]
    typer.echo(
        message("cov_share", lang, judged=len(judged), numeric=len(numeric), vague=sum(row["vague"] for row in judged))
    )
    for row in rows:
        if row["basis"] == "needs a figure" and region is not None:
            typer.echo(f"  {row['id']}: {wording.one_language(row['needs'], lang)}")


def _check_language(lang: str) -> None:
    if lang not in wording.LANGS:
        raise ValueError(f"The language {lang!r} is not known; {' and '.join(wording.LANGS)} are.")


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
