"""An assessment on a terminal: the verdicts as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from planning.own_figures import entered
from reports.messages import message, wording
from reports.messages.wording import one_language, percent

if TYPE_CHECKING:  # every command imports this module, and not all assess
    from dabiao.assessment import Assessment

PIPED_WIDTH = 180


def show(a: Assessment, lang: str) -> None:
    """Print every verdict of an assessment."""
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    table = Table(title=message("title", lang, region=a.region.name(lang)), title_justify="left", box=box.SIMPLE)
    for name in ("indicator", "target", "year", "word", "chance", "evidence", "interval"):
        table.add_column(message(f"heading_{name}", lang), no_wrap=name not in ("indicator", "target"))
    settled, silent = [], []
    for v in a.verdicts:
        about = a.catalogue.indicator(v.target.indicator)
        name = about.name(lang)
        if v.target.key not in (a.region.key, a.region.code):
            name += wording.elsewhere(v.target, a.region, lang)
        asked = wording.comparison(v.target, about, lang)
        if v.word in ("attained", "missed"):
            settled.append((name, asked, v))
            continue
        if v.chance is None:
            silent.append((name, asked, v))
            continue
        interval = wording.interval_of(v, about, lang)
        table.add_row(name, asked, str(v.target.year), message(f"verdict_{v.word}", lang), percent(v.chance, lang), v.evidence, interval)  # fmt: skip
    console.print(table)
    for name, asked, v in settled:
        about = a.catalogue.indicator(v.target.indicator)
        said = message(
            "settled_line",
            lang,
            outcome=wording.printed(v.outcome, about, lang),
            published=v.outcome_published,
            source=v.outcome_source,
            as_of=v.as_of,
            chance=percent(v.chance, lang),
        )
        console.print(f"{message(f'verdict_{v.word}', lang)}: {name} {asked} ({v.target.year}): {said}", markup=False)
    for name, asked, v in silent:
        word = message(f"verdict_{v.word}", lang)
        console.print(f"{word}: {name} {asked} ({v.target.year}): {one_language(v.reason, lang)}", markup=False)
    if own := entered(a.catalogue, a.region):
        console.print(wording.entered(own, a.catalogue, lang), markup=False)
    console.print(wording.word_rule(lang), style="dim", markup=False)
