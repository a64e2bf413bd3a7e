"""Commands that open the notebooks for people: the planner's page and JupyterLab."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

commands = typer.Typer()

Data = Annotated[str | None, typer.Option(help="A folder of the shape of data/, laid over the shipped one.")]


@commands.command()
def planner(
    region: Annotated[str, typer.Argument(help="The region shown first: a name or a code.")] = "瓯海区",
    port: Annotated[int, typer.Option(min=1024, max=65535, help="The port; the next free one is taken.")] = 8870,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    data: Data = None,
    draws: Annotated[int, typer.Option(min=20, max=5000, help="Possible futures drawn.")] = 500,
    pages: Annotated[int, typer.Option(min=1, max=64, help="Pages open at the same time; each takes some 100 MB.")] = 8,
    warm: Annotated[bool, typer.Option(help="Fork kernels from a prepared process (not on Windows).")] = True,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Open the planner's page: move sliders and see the chance of a target move. It is served to this machine alone."""
    from planning.loading.folder import load_catalogue
    from reports.parameters import Parameters

    form = Parameters.model_validate({"region": region, "language": lang, "draws": draws, "data": data})
    load_catalogue(data).find(form.region)  # a misspelling costs nothing
    typer.echo("Setting up the planner's page ..." if form.language == "en" else "正在准备规划页面……", err=True)
    words = ["--lang", form.language, "--port", str(port), "--draws", str(draws), "--pages", str(pages)]
    words += ["--data", data] if data else []
    words += [] if warm and os.name == "posix" else ["--no-warm"]
    words += [] if browser else ["--no-browser"]
    # A process of its own: the page stands above the reports, and nothing below it imports it.
    os.execv(sys.executable, [sys.executable, "-m", "planner", form.region, *words])


@commands.command(context_settings={"ignore_unknown_options": True})
def lab(
    words: Annotated[list[str] | None, typer.Argument(help="Passed on to JupyterLab.")] = None,
) -> None:
    """Open the notebooks in JupyterLab, on this machine alone; an installed Dabiao copies them to the working folder first."""
    from planning.paths import TOP, WORK

    place = WORK / "notebooks"
    place.mkdir(exist_ok=True)
    for notebook in (TOP / "notebooks").glob("*.ipynb"):
        if not (place / notebook.name).exists():
            shutil.copy(notebook, place)
    typer.echo(f"JupyterLab: {place}", err=True)
    os.chdir(place)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", *(words or [])])
