"""The figures to bring: the work list of a district's health bureau, the figure that decides most first."""

from __future__ import annotations

from dabiao.assessment import Assessment
from dabiao.figures import FigureToBring, figures_to_bring
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.regions import Region
from reports.blocks import Part, Section
from reports.messages import message, wording

MOVING = ("figure", "moves", "likely_from", "target", "year", "chance", "definition", "holder")
WAITING = ("figure", "target", "year", "definition", "holder")
MOST_SHOWN = 12  # rows before the rest is folded away


def bring(a: Assessment, lang: str) -> Section:
    """The own figures that would move a chance most, and those that targets wait for."""
    found = figures_to_bring(a.model)
    moving, waiting = [f for f in found if f.expected_move is not None], [f for f in found if f.expected_move is None]
    lead = [message("bring_lead", lang) if moving else message("bring_none", lang)]
    lead.append(message("bring_how", lang, region=a.region.name(lang), code=a.region.code))
    parts = []
    if moving:
        rows = [moving_cells(f, a.catalogue, lang) for f in moving]
        parts.append(Part(headings=headings(MOVING, lang), rows=rows[:MOST_SHOWN]))
    if waiting:
        title = message("bring_waiting", lang, n=len(waiting))
        rows = [waiting_cells(f, a.catalogue, lang) for f in waiting]
        parts.append(Part(title=title, headings=headings(WAITING, lang), rows=rows, folded=len(rows) > MOST_SHOWN))
    return Section("bring", message("bring", lang), lead, parts)


def headings(names: tuple[str, ...], lang: str) -> list[str]:
    return [message(f"heading_{name}", lang) for name in names]


def moving_cells(f: FigureToBring, catalogue: Catalogue, lang: str) -> tuple[str, ...]:
    """The cells of a figure that moves a chance, under MOVING."""
    about = f.indicator
    likely = message("bring_settles", lang) if f.settles else wording.printed(f.likely_value, about, lang)
    return (
        _figure(f, lang),
        message("bring_move", lang, points=round(100 * (f.expected_move or 0))),
        likely,
        wording.comparison(f.target, about, lang),
        str(f.target.year),
        wording.percent(f.chance, lang),
        definition(about, catalogue, lang),
        holder(f, catalogue, lang),
    )


def waiting_cells(f: FigureToBring, catalogue: Catalogue, lang: str) -> tuple[str, ...]:
    """The cells of a figure that a target waits for, under WAITING."""
    about = f.indicator
    asked = wording.comparison(f.target, about, lang)
    return _figure(f, lang), asked, str(f.target.year), definition(about, catalogue, lang), holder(f, catalogue, lang)


def definition(about: Indicator, catalogue: Catalogue, lang: str) -> str:
    """How an indicator is reckoned: its parts where they are named, else in English its definition, in Chinese its unit."""
    if about.numerator and about.denominator:
        parts = {
            "numerator": catalogue.indicator(about.numerator).name(lang),
            "denominator": catalogue.indicator(about.denominator).name(lang),
        }
        return message("bring_definition", lang, **parts, times=f" × {about.per:,.0f}" if about.per else "")
    if lang == "en" and about.definition:
        return about.definition
    said = [wording.axis_unit(about, lang), message(f"bring_basis_{about.basis}", lang)]
    return ("，" if lang == "zh" else ", ").join(s for s in said if s)


def holder(f: FigureToBring, catalogue: Catalogue, lang: str) -> str:
    """Who holds the figure: usually, and who published the newest near."""
    said = message("bring_holder", lang, holder=f.holder.lang(lang))
    if not f.publisher:
        return said
    named: Region | None = catalogue.region(f.publisher_of) if f.publisher_of else None
    of = message("publisher_of", lang, region=named.name(lang)) if named is not None else ""
    return f"{said}{'；' if lang == 'zh' else '; '}{f.publisher}{of}"


def _figure(f: FigureToBring, lang: str) -> str:
    name = f"{f.indicator.name(lang)}，{f.year} 年" if lang == "zh" else f"{f.indicator.name(lang)}, {f.year}"
    if f.last is None:
        return name
    had = f"{wording.printed(f.last[1], f.indicator, lang)} ({f.last[0]})"
    return f"{name}（现有 {had}）" if lang == "zh" else f"{name} (known: {had})"
