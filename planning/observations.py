"""Observations: published values, one row each, and the rule that makes a series of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from planning.schemas import BESIDE, CLOSED, Code, Edition, Grade, Number, Year, number, one_of
from planning.series import Series
from planning.sources import Source

# The rule that picks one value where several are published for a year: the period the indicator is meant at, then the
# status, then the later publication, then the better grade; but a value printed to more places wins over one that is
# its rounding. All of them stay in the data and are shown as conflicts.
PERIODS = ("year_end", "year", "mid_year", "census_day", "unstated")
BASES = ("resident", "registered", "registrations", "unstated")
STATUSES = ("revised", "observed", "estimated", "derived", "preliminary", "suspect")
Precision = Annotated[float, Field(ge=0), BeforeValidator(lambda v: 0.0 if v in ("", None) else number(v))]


@dataclass(frozen=True)
class Observation:
    """One published value of one indicator, in the indicator's unit.

    replaced: the day from which the figure of a folder laid over this one stands in its place; before it, this one is seen.
    """

    __pydantic_config__ = CLOSED

    region: Code
    edition: Edition = field(default="", kw_only=True)
    indicator: str
    year: Year
    period: Annotated[str, one_of(*PERIODS)]
    basis: Annotated[str, one_of(*BASES)]
    status: Annotated[str, one_of(*STATUSES)]
    value: Number
    precision: Precision = field(default=0.0, kw_only=True)
    grade: Grade
    source: Source
    note: str = ""
    replaced: Annotated[date | None, BESIDE] = None


@dataclass(frozen=True)
class Conflict:
    """Two published values for the same thing: the one used and one set aside."""

    used: Observation
    aside: Observation

    @property
    def difference(self) -> float:
        return self.aside.value - self.used.value


def visible_at(observations: Iterable[Observation], as_of: date | None) -> list[Observation]:
    """What had been published by `as_of` (everything when None), without suspect rows."""
    return [o for o in observations if o.status != "suspect" and is_visible(o.source.published, o.replaced, as_of)]


def is_visible(published: date, replaced: date | None, as_of: date | None) -> bool:
    """Whether something published, and replaced on a later day if at all, is seen on a day (None: today)."""
    if as_of is None:
        return replaced is None
    return published <= as_of and (replaced is None or as_of < replaced)


def preference(observation: Observation) -> tuple:
    """Smaller is better: period, status, later publication, grade."""
    return (
        PERIODS.index(observation.period),
        STATUSES.index(observation.status),
        -observation.source.published.toordinal(),
        observation.grade,
        observation.source.id,
    )


def pick(observations: Iterable[Observation], basis: str) -> tuple[list[Observation], list[Conflict]]:
    """One observation a year on one basis, oldest first, and the conflicts set aside.

    basis: "resident" and "registered" take that basis or rows that state none; "either" takes the basis with the most
    years, residents first. Rows on another basis are never mixed in.
    """
    observations = list(observations)
    if basis == "either":
        counts: dict[str, set[int]] = {}
        for o in observations:
            counts.setdefault(o.basis, set()).add(o.year)
        order = ("resident", "unstated", "registrations", "registered")
        basis = max(counts, key=lambda b: (len(counts[b]), -order.index(b)), default="resident")
        fitting = [o for o in observations if o.basis == basis]
    else:
        fitting = [o for o in observations if o.basis in (basis, "unstated")]
    by_year: dict[int, list[Observation]] = {}
    for o in fitting:
        by_year.setdefault(o.year, []).append(o)
    chosen, conflicts = [], []
    for year in sorted(by_year):
        ranked = sorted(by_year[year], key=preference)
        finer = next((o for o in ranked[1:] if _rounds_to(o, ranked[0])), None)
        if finer is not None:
            ranked.remove(finer)
            ranked.insert(0, finer)
        chosen.append(ranked[0])
        used = ranked[0]
        conflicts += [Conflict(used, o) for o in ranked[1:] if _differ(used, o) and not _rounds_to(used, o)]
    return chosen, conflicts


def as_series(chosen: list[Observation], unit: str, breaks: Iterable[int] = (), shocks: Iterable[int] = ()) -> Series:
    """The picked observations as a Series. A year whose value precedes a census revision opens a break after it."""
    years = tuple(o.year for o in chosen)
    found = set(breaks)
    for before, after in zip(chosen, chosen[1:], strict=False):
        if before.status == "preliminary" and after.status != "preliminary":
            found.add(after.year)
    precisions = [o.precision for o in chosen if o.precision > 0]
    return Series(
        region=chosen[0].region + (f"@{chosen[0].edition}" if chosen[0].edition else ""),
        indicator=chosen[0].indicator,
        unit=unit,
        years=years,
        values=tuple(o.value for o in chosen),
        sources=tuple(dict.fromkeys(o.source.cited() for o in chosen)),
        basis=chosen[0].basis,
        grade=max(o.grade for o in chosen),
        breaks=tuple(sorted(b for b in found if years[0] < b <= years[-1])),
        shocks=tuple(sorted(y for y in set(shocks) if y in years)),
        precision=max(precisions, default=0.0),
    )


def _rounds_to(fine: Observation, coarse: Observation) -> bool:
    return (
        0 < fine.precision < coarse.precision
        and (fine.period, fine.status) == (coarse.period, coarse.status)
        and abs(fine.value - coarse.value) < coarse.precision
    )


def _differ(a: Observation, b: Observation) -> bool:
    slack = max(a.precision, b.precision) / 2 + 1e-9 * abs(a.value)
    return a.period == b.period and abs(a.value - b.value) > slack
