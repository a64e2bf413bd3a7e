"""The commands on levers: `dabiao levers`, `dabiao scenario`, `dabiao reach`. Mounted by `reports.cli.main`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from planning.loading.census_folder import folder_for
from planning.loading.levers import read_levers
from planning.loading.scenarios import read_scenario, save_scenario
from planning.paths import SHIPPED
from planning.scenarios import check_region, with_settings
from reports.messages import message
from reports.messages.wording import LANGS, grounds

commands = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)

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
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@commands.command()
def levers(data: Data = None, lang: Lang = "zh", json_: Json = False) -> None:
    """List what a plan can pull: ranges, units, evidence and costs."""
    _check_language(lang)
    found = read_levers([SHIPPED, *([Path(data)] if data else [])])
    if json_:
        rows = {
            id: {"zh": v.zh, "en": v.en, "group": v.group, "bends": v.bends, "low": v.low, "high": v.high,
                 "neutral": v.neutral, "step": v.step, "unit_zh": v.unit_name("zh"), "unit_en": v.unit_name("en"),
                 "plausible": v.plausible, "evidence": v.evidence, "evidence_zh": v.grounds("zh"), "note_zh": v.remark("zh"), "note_en": v.remark("en"),
                 "excludes": v.excludes, "cost": v.cost and vars(v.cost)} for id, v in found.items()
        }  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for id, v in found.items():
        typer.echo(message("lever_line", lang, id=id, name=v.name(lang), low=f"{v.low:g}", high=f"{v.high:g}",
                       unit=v.unit_name(lang), neutral=f"{v.neutral:g}"))  # fmt: skip
        for line in (v.remark(lang), message("lever_evidence", lang, evidence=grounds(v, lang))):
            if line:
                typer.echo(f"    {line}")


@commands.command()
def scenario(
    region: RegionName,
    scenario: Annotated[str, typer.Option(help="A file of data/scenarios/, without .yaml, or a path.")] = "baseline",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="lever=value or lever=value@year; may be repeated.")
    ] = None,
    against: Annotated[str, typer.Option(help="The scenario to compare with.")] = "baseline",
    name: Annotated[str | None, typer.Option(help="What the scenario is called.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save it as this .yaml file, to be read again with --scenario.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is made; kept in the file.")] = "",
    as_of: AsOf = None,
    draws: Draws = 500,
    seed: Seed = 0,
    data: Data = None,
    lang: Lang = "zh",
    json_: Json = False,
    own: Own = None,
) -> None:
    """Compare a scenario with another, lever by lever, on the same draws."""
    from dabiao.comparison import compared
    from dabiao.region_model import EVERY_STOCK, region_model
    from reports.messages.reach import compared_lines, compared_plain

    _check_language(lang)
    data = folder_for(region, data)
    bench = region_model(region, as_of=as_of, draws=draws, seed=seed, data=data, also=EVERY_STOCK, own=own)
    folders = bench.catalogue.folders
    one = read_scenario(against, folders, bench.levers)
    plan = read_scenario(scenario, folders, bench.levers)
    for each in (one, plan):
        check_region(each, bench.region)
    figures = dict.fromkeys((*one.own, *plan.own, *(own or ())))
    if figures and tuple(figures) != tuple(own or ()):
        bench = region_model(region, as_of=as_of, draws=draws, seed=seed, data=data, also=EVERY_STOCK, own=figures)
    if set_:
        plan = with_settings(plan, set_, bench.levers, bench.first_year)
        called = name or f"{plan.name}+"
        plan = replace(plan, name=called, zh=name or "", en=name or "", base=plan.name, regions=(bench.region.code,))
        plan = replace(plan, reason=reason or plan.reason, as_of=bench.as_of.isoformat(), seed=seed, draws=draws)
    elif name or save:
        plan = replace(plan, name=name or plan.name, reason=reason or plan.reason)
    if figures:
        plan = replace(plan, own=tuple(figures), regions=(bench.region.code,))
    answer = compared(bench, one, plan)
    if save is not None:
        save_scenario(plan, save)
    if json_:
        typer.echo(json.dumps(compared_plain(answer), ensure_ascii=False, indent=1))
        return
    for line in compared_lines(answer, lang):
        typer.echo(line)
    if save is not None:
        typer.echo("\n" + message("scenario_saved", lang, path=save, fingerprint=plan.fingerprint))


@commands.command()
def reach(
    region: RegionName,
    target: Annotated[str, typer.Argument(help="A target's id, or its indicator by id or name.")],
    chance: Annotated[float, typer.Option(help="The chance to be reached, between 0 and 1.")] = 0.8,
    levers: Annotated[
        str, typer.Option(help="Only these levers, with commas between; by default all that move it.")
    ] = "",
    as_of: AsOf = None,
    draws: Draws = 500,
    seed: Seed = 0,
    data: Data = None,
    lang: Lang = "zh",
    json_: Json = False,
    own: Own = None,
) -> None:
    """Say what it takes to reach a target: the gap, the pace, each lever's break-even, the cheapest set, signposts."""
    from dabiao.reachability import reach as reach_target
    from reports.messages.reach import reach_lines, reach_plain

    _check_language(lang)
    asked = [x.strip() for x in levers.split(",") if x.strip()]
    data = folder_for(region, data)
    answer = reach_target(region, target, chance, asked, as_of, draws, seed, data, own)
    if json_:
        typer.echo(json.dumps(reach_plain(answer), ensure_ascii=False, indent=1))
        return
    for line in reach_lines(answer, lang):
        typer.echo(line)


def _check_language(lang: str) -> None:
    if lang not in LANGS:
        raise ValueError(f"--lang {lang!r}: one of {', '.join(LANGS)} was expected.")
