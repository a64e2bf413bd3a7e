"""How fresh the figures are: the sentence at a report's head, and the table of what is due next, and from whom."""

from __future__ import annotations

from collections.abc import Sequence

from dabiao.assessment import Assessment
from dabiao.freshness import Freshness, freshness_of, information
from planning.catalogue import Catalogue
from planning.regions import Region
from reports.blocks import Part, Section
from reports.messages import message, wording

HEADINGS = ("indicator", "last", "age", "published", "publisher", "next_due", "learned_from")


def sentence(catalogue: Catalogue, region: Region, lang: str) -> str:
    """The newest local figure, the newest of each region above, and how many indicators with a target are old or missing."""
    found = information(catalogue, region)
    own = found["newest_local"]
    above = [message("newest_above", lang, region=place[f"name_{lang}"], year=place["newest"]["year"])
             for place in found["leans_on"] if place["newest"] is not None]  # fmt: skip
    local = message("newest_local", lang, **own) if own is not None else message("newest_local_none", lang)
    return message(
        "information",
        lang,
        local=local,
        above=("、" if lang == "zh" else ", ").join(above) or "—",
        targeted=found["targeted"],
        old=len(found["old"]),
        missing=len(found["missing"]),
    )


def freshness(a: Assessment, lang: str) -> Section:
    """Every indicator that the region has a target for: its newest own figure and its age, and when the next is due."""
    found = freshness_of(a.catalogue, a.region)
    known, missing = [f for f in found if f.year is not None], [f for f in found if f.year is None]
    heads = [message(f"heading_{h}", lang) for h in HEADINGS]
    parts = [Part(headings=heads, rows=[cells(f, a.catalogue, lang) for f in known])] if known else []
    if missing:
        title = message("freshness_missing", lang, n=len(missing))
        parts.append(
            Part(title=title, headings=heads, rows=[cells(f, a.catalogue, lang) for f in missing], folded=True)
        )
    lead = (sentence(a.catalogue, a.region, lang), message("freshness_rule", lang))
    return Section("freshness", message("freshness", lang), lead, parts)


def cells(f: Freshness, catalogue: Catalogue, lang: str) -> Sequence[str]:
    """The cells of one indicator, under HEADINGS."""
    about = catalogue.indicator(f.indicator)
    publisher = f.publisher or "—"
    if f.publisher_of:
        publisher += message("publisher_of", lang, region=catalogue.region(f.publisher_of).name(lang))
    due = message("overdue" if f.overdue else "due", lang, year=f.next_year, month=f.due)
    return (
        about.name(lang),
        "—" if f.value is None else f"{wording.printed(f.value, about, lang)} ({f.year})",
        "—" if f.age is None else message("age_old" if f.old else "age_years", lang, age=f"{f.age:.1f}"),
        "—" if f.published is None else f.published.isoformat(),
        publisher,
        due,
        message(f"due_{f.due_from}", lang),
    )
