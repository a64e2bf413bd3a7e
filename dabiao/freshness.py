"""Freshness: how old the figures are that a region's targets are judged on, and when the next ones are due, from whom.

What is due is learned from the data: the month in which the figures of a year have appeared in the year after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from statistics import median_low
from typing import TYPE_CHECKING, Any

from planning.catalogue import Catalogue
from planning.indicators import PRINTED_GOAL
from planning.observations import Observation, pick
from planning.regions import Region

if TYPE_CHECKING:
    import pandas as pd

OLD = 2.0  # years after which a figure is told to be old
FEWEST = 3  # publications from which a month is learned


@dataclass(frozen=True)
class Freshness:
    """The newest own figure of an indicator that a region has a target for, None and "" where there is none.

    deadline: the last year of its targets. age: years from the end of the figure's year to the information date. publisher:
    of that figure; without one, of the newest figure of the region named in `publisher_of`, above or beside. next_year: the
    year that is to come out next, in the month `due` (2026-03), learned from `due_from`: figures of the same indicator at the
    same level, in the nation, at every level, or all figures of the level; overdue: that month is past.
    """

    indicator: str
    deadline: int
    year: int | None
    value: float | None
    unit: str
    age: float | None
    published: date | None
    publisher: str
    publisher_of: str
    next_year: int
    due: str
    due_from: str
    overdue: bool

    @property
    def old(self) -> bool:
        """Whether the figure is older than two years; what is not there at all is not old."""
        return self.age is not None and self.age > OLD


def freshness_of(catalogue: Catalogue, region: Region) -> list[Freshness]:
    """How fresh the figures are for every indicator that a region has a target with a number for, the first due first."""
    deadlines: dict[str, int] = {}
    for target in catalogue.in_force(region):
        family = catalogue.indicator(target.indicator).family
        if target.region == region.code and target.numeric and family != "not_quantitative":
            deadlines[target.indicator] = max(target.year, deadlines.get(target.indicator, 0))
    months = _months(catalogue)
    found = [_freshness(catalogue, region, id, year, months) for id, year in deadlines.items()]
    return sorted(found, key=lambda f: (f.due, f.indicator))


def freshness(catalogue: Catalogue, region: Region) -> pd.DataFrame:
    """The same as a frame, one row an indicator, with the fields of `Freshness` and `old` as columns.

    >>> from planning.loading.folder import load_catalogue
    >>> catalogue = load_catalogue()
    >>> freshness(catalogue, catalogue.find("瓯海区"))["overdue"].dtype
    dtype('bool')
    """
    import pandas as pd

    rows = [{**asdict(f), "old": f.old} for f in freshness_of(catalogue, region)]
    columns = [*(f.name for f in fields(Freshness)), "old"]
    return pd.DataFrame(rows, columns=columns).astype({"year": "Int64"}).set_index("indicator")


def information(catalogue: Catalogue, region: Region) -> dict[str, Any]:
    """What the information is: the newest figures of a region and of those it leans on, and what is old or not there.

    newest_local, leans_on: indicator, year, value, published (ISO), source; of the region, and of each region above it.
    old: indicators with a target whose newest own figure is older than two years; missing: those without any.
    """
    found = freshness_of(catalogue, region)
    above = [(r, newest_figure(catalogue, r)) for r in catalogue.ancestors(region)]
    return {
        "newest_local": _plain(newest_figure(catalogue, region)),
        "leans_on": [
            {"region": r.key, "name_zh": r.name_zh, "name_en": r.name_en, "level": r.level, "newest": _plain(o)}
            for r, o in above
        ],
        "targeted": len(found),
        "old": [{"indicator": f.indicator, "year": f.year, "age": round(f.age or 0.0, 1)} for f in found if f.old],
        "missing": [f.indicator for f in found if f.year is None],
    }


def newest_figure(catalogue: Catalogue, region: Region) -> Observation | None:
    """The figure of the latest year of a region: of these its residents, else the last published. Goals are no figures."""
    rows = (o for id in catalogue.indicators if not id.endswith(PRINTED_GOAL) for o in catalogue.rows(region, id))
    return max(rows, key=lambda o: (o.year, o.indicator == "population", o.source.published, o.indicator), default=None)


def _freshness(
    catalogue: Catalogue, region: Region, id: str, deadline: int, months: dict[tuple[str, str], int]
) -> Freshness:
    about, day = catalogue.indicator(id), _today(catalogue)
    own = _newest(catalogue, region, id)
    month, learned = _due(months, id, "district" if region.level == "area" else region.level)
    year = day.year - 1 if own is None else own.year + 1
    due = f"{year + 1}-{month:02d}"
    publisher, of = (own.source.publisher, "") if own is not None else _publisher_near(catalogue, region, id)
    return Freshness(
        indicator=id,
        deadline=deadline,
        year=None if own is None else own.year,
        value=None if own is None else own.value,
        unit=about.unit,
        age=None if own is None else max((day - date(own.year, 12, 31)).days / 365.25, 0.0),
        published=None if own is None else own.source.published,
        publisher=publisher,
        publisher_of=of,
        next_year=year,
        due=due,
        due_from=learned,
        overdue=due < f"{day.year}-{day.month:02d}",
    )


def _today(catalogue: Catalogue) -> date:
    return catalogue.as_of or catalogue.newest_publication


def _newest(catalogue: Catalogue, region: Region, id: str) -> Observation | None:
    """The newest figure of a region on the indicator's basis."""
    chosen, _ = pick(catalogue.rows(region, id), catalogue.indicator(id).basis)
    return chosen[-1] if chosen else None


def _publisher_near(catalogue: Catalogue, region: Region, id: str) -> tuple[str, str]:
    """The publisher of the newest figure of the nearest region above that has one, else of one beside, and its key."""
    for near in (*catalogue.ancestors(region), *catalogue.siblings(region)):
        found = _newest(catalogue, near, id)
        if found is not None:
            return found.source.publisher, near.key
    return "", ""


def _due(months: dict[tuple[str, str], int], id: str, level: str) -> tuple[int, str]:
    """The month in which the figures of a year come out, and from which others it was learned."""
    for key, learned in (((level, id), "level"), (("nation", id), "nation"), (("", id), "every_level")):
        if key in months:
            return months[key], learned
    return months.get((level, ""), months.get(("", ""), 12)), "all_of_level"


def _months(catalogue: Catalogue) -> dict[tuple[str, str], int]:
    """The median month of the year after it in which figures of a year were published, by level and indicator.

    "" stands for every level, or every indicator. A publication counts once; those whose day is our estimate do not.
    """
    levels = {r.code: r.level for r in catalogue.regions}
    seen: dict[tuple[str, str], dict[tuple[str, int], int]] = {}
    for o in _visible(catalogue):
        published = o.source.published
        if o.source.date_known and published.year == o.year + 1 and not o.indicator.endswith(PRINTED_GOAL):
            level = levels.get(o.region, "")
            for key in ((level, o.indicator), ("", o.indicator), (level, ""), ("", "")):
                seen.setdefault(key, {})[o.source.id, o.year] = published.month
    return {key: median_low(found.values()) for key, found in seen.items() if len(found) >= FEWEST}


def _visible(catalogue: Catalogue) -> Iterable[Observation]:
    return (o for o in catalogue.observations if o.status != "suspect")


def _plain(o: Observation | None) -> dict[str, Any] | None:
    if o is None:
        return None
    return {
        "indicator": o.indicator,
        "year": o.year,
        "value": o.value,
        "published": o.source.published.isoformat(),
        "source": o.source.cited(),
    }
