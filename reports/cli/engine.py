"""Commands that run an engine by itself: residents one by one, and learning the forecasts' constants."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reports.messages import message

commands = typer.Typer()

# What a run prints on a terminal, in this order.
PRINTED = (
    "births_first",
    "births_second",
    "births_third_plus",
    "deaths",
    "nursery_places",
    "nursery_filled",
    "nursery_waiting",
    "nursery_empty",
    "gps",
    "elderly_alone",
)


@commands.command("simulate")
def simulate_command(
    region: Annotated[str, typer.Argument(help="A name or a code.")],
    scenario: str = "baseline",
    years: Annotated[int | None, typer.Option(help="Years to live through.")] = None,
    to: Annotated[int | None, typer.Option(help="The last year.")] = 2035,
    replicates: Annotated[int, typer.Option(help="Runs, each with its own luck and draw.")] = 1,
    seed: int = 1,
    processes: int = 1,
    data: str | None = None,
    lang: str = "zh",
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Live through the coming years with one agent for every resident."""
    from dabiao.agents import simulate_region
    from dabiao.assessment import assess

    began = time.monotonic()
    found = simulate_region(
        assess(region, scenario, to, draws=max(20, replicates), data=data), years, replicates, seed, processes=processes
    )
    if json_:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    typer.echo(
        f"{found.region}  {found.year} -> {found.years[-1]}  ({found.replicates} x {found.people[0, 0].sum():,.0f})"
    )
    shown = {name: message(f"agents_{name}", lang) for name in PRINTED if name in found.series}
    width = max(10, *map(len, shown.values()))
    typer.echo(" " * width + "".join(f"{y:>12}" for y in found.years))
    for name, label in shown.items():
        middle = np.median(found.series[name], axis=0)
        typer.echo(f"{label:<{width}}" + "".join(f"{v:>12,.0f}" for v in middle))
    spent = time.monotonic() - began
    typer.echo(f"{found.agent_years:,} agent-years, {spent:.1f} s")


@commands.command("refit")
def refit_command(
    panel: Annotated[Path, typer.Option(help="A panel: unique_id, indicator, region, kind, unit, ds, y.")],
    out: Annotated[Path, typer.Option(help="Where the table of constants is written.")] = Path("constants.json"),
    sources: Annotated[str, typer.Option(help="The publishers of the figures.")] = "a panel of the user's own",
    learned: Annotated[str | None, typer.Option(help="The date to write into it.")] = None,
) -> None:
    """Learn the forecasts' constants from a panel of comparable series."""
    from forecasts.training.refit import refit_file

    if not panel.exists():
        raise FileNotFoundError(
            f"There is no panel {panel}. Its columns: unique_id, indicator, region, kind, unit, ds, y."
        )
    began = time.monotonic()
    constants = refit_file(panel, out, sources, learned or date.today().isoformat())
    typer.echo(json.dumps(constants.about, ensure_ascii=False, indent=1))
    typer.echo(f"Written: {out} ({time.monotonic() - began:.0f} s). forecasts/constants.json is the one that ships.")
