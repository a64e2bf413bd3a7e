"""An assessment on a terminal: the verdicts as a table."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from reports import wording
from reports.assess import Assessment
from reports.sections import one_language
from reports.wording import figure, heading, percent


def show(a: Assessment, lang: str) -> None:
    """Print every verdict of an assessment."""
    console = Console()
    table = Table(title=wording.text("title", lang, region=a.region.name(lang)), title_justify="left", box=box.SIMPLE)
    for name in ("indicator", "target", "year", "word", "chance", "evidence", "interval"):
        table.add_column(heading(name, lang), no_wrap=name not in ("indicator", "target"))
    silent = []
    for v in a.verdicts:
        about = a.catalogue.indicator(v.target.indicator)
        name = about.name(lang)
        if v.target.key not in (a.region.key, a.region.code):
            level = wording.LEVELS[v.target.level][wording.LANGS.index(lang)]
            name += f"（{level}级）" if lang == "zh" else f" ({level})"
        asked = wording.comparison(v.target, about, lang)
        if v.chance is None:
            silent.append((name, asked, v))
            continue
        interval = f"{figure(v.low80, about, lang)} – {figure(v.high80, about, lang)}"
        table.add_row(name, asked, str(v.target.year), wording.word(v.word, lang), percent(v.chance, lang), v.evidence, interval)  # fmt: skip
    console.print(table)
    for name, asked, v in silent:
        word = wording.word(v.word, lang)
        console.print(f"{word}: {name} {asked} ({v.target.year}): {one_language(v.reason, lang)}", markup=False)
    console.print(wording.word_rule(lang), style="dim", markup=False)
