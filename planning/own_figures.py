"""Own figures: values that somebody types in beside what is published, on the same path as a figure in a data folder.

They carry no source but the hand that entered them, are marked so wherever they are shown, and are seen from the first day
of the year after theirs, as a figure in an annual bulletin would be at the earliest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from planning.catalogue import Catalogue
from planning.observations import Observation
from planning.regions import Region
from planning.sources import Source

ENTERED = "entered_here"
ENTERED_BY_HAND = "本次录入，无来源 / entered here, no source"
FORM = re.compile(r"\s*(?P<indicator>[^=@\s]+)\s*=\s*(?P<value>[^=@\s]+)\s*@\s*(?P<year>\d{4})\s*")
EARLIEST = 1949
Own = Mapping[str, Mapping[int, float]] | Iterable["str | OwnFigure"] | None


@dataclass(frozen=True, order=True)
class OwnFigure:
    """One value entered by hand. indicator: an id; value: in the unit of the indicator; year: of the figure."""

    indicator: str
    year: int
    value: float

    def __str__(self) -> str:
        return f"{self.indicator}={self.value:.10g}@{self.year}"


def parsed(words: Iterable[str], catalogue: Catalogue) -> tuple[OwnFigure, ...]:
    """Own figures from words of the form INDICATOR=VALUE@YEAR; the indicator by id or by name.

    Raises ValueError for a word of another form, NotKnown for an unknown indicator, with what is near.

    >>> from planning.loading.folder import load_catalogue
    >>> [str(f) for f in parsed(["gps_per_10000=4.8@2024"], load_catalogue())]
    ['gps_per_10000=4.8@2024']
    """
    found = []
    for word in words:
        match = FORM.fullmatch(word)
        if match is None:
            raise ValueError(
                f"An own figure has the form INDICATOR=VALUE@YEAR, such as gps_per_10000=4.8@2024; found {word!r}."
            )
        try:
            value = float(match["value"])
        except ValueError:
            raise ValueError(
                f"{word!r}: {match['value']!r} is no number; write digits with a point, such as 4.8."
            ) from None
        found.append(OwnFigure(match["indicator"], int(match["year"]), value))
    return checked(found, catalogue)


def words_of(own: Own) -> tuple[str, ...]:
    """Own figures as words INDICATOR=VALUE@YEAR, as files and notebooks hold them; nothing is held against a catalogue.

    >>> words_of({"gps_per_10000": {2024: 4.8}})
    ('gps_per_10000=4.8@2024',)
    """
    if not own:
        return ()
    if isinstance(own, Mapping):
        return tuple(str(OwnFigure(id, int(y), float(v))) for id, by_year in own.items() for y, v in by_year.items())
    return (own,) if isinstance(own, str) else tuple(str(f) for f in own)


def given(own: Own, catalogue: Catalogue) -> tuple[OwnFigure, ...]:
    """Own figures as a caller gives them: {indicator: {year: value}}, words INDICATOR=VALUE@YEAR, or OwnFigures."""
    if not own:
        return ()
    if isinstance(own, Mapping):
        pairs = ((id, int(year), float(value)) for id, by_year in own.items() for year, value in by_year.items())
        return checked([OwnFigure(*pair) for pair in pairs], catalogue)
    if isinstance(own, str):
        own = [own]
    plain = list(own)
    return (*checked([f for f in plain if isinstance(f, OwnFigure)], catalogue),
            *parsed([w for w in plain if isinstance(w, str)], catalogue))  # fmt: skip


def checked(figures: Iterable[OwnFigure], catalogue: Catalogue) -> tuple[OwnFigure, ...]:
    """The figures with their indicators by id, each within the range of its indicator and of a year that is over.

    Raises ValueError naming every figure that cannot be, NotKnown for an unknown indicator.
    """
    found, wrong = [], []
    for f in figures:
        about = catalogue.indicator(f.indicator)
        low, high = about.range
        last = (catalogue.as_of or date.today()).year
        if not math.isfinite(f.value) or not low <= f.value <= high:
            wrong.append(f"{f}: {about.en} lies between {low:g} and {high:g} ({about.unit}).")
        elif not EARLIEST <= f.year <= max(last, date.today().year):
            wrong.append(f"{f}: a figure is of a year from {EARLIEST} to {last}.")
        else:
            found.append(replace(f, indicator=about.id))
    if wrong:
        raise ValueError(" ".join(wrong))
    return tuple(sorted(dict(((f.indicator, f.year), f) for f in found).values()))


def with_own(catalogue: Catalogue, region: Region, figures: Iterable[OwnFigure]) -> Catalogue:
    """The catalogue with own figures of a region laid over it: each takes the place of what is published for its year."""
    figures = tuple(figures)
    if not figures:
        return catalogue
    rows = tuple(_observation(catalogue, region, f) for f in figures)
    instead = {(f.indicator, f.year) for f in figures}

    def kept(o: Observation) -> bool:
        same = o.region == region.code and o.edition == region.boundary.edition
        return not (same and (o.indicator, o.year) in instead)

    return replace(
        catalogue,
        observations=(*filter(kept, catalogue.observations), *rows),
        published=(*filter(kept, catalogue.published), *rows) if catalogue.published else (),
    )


def is_own(observation: Observation) -> bool:
    """Whether a value was entered by hand."""
    return observation.source.id == ENTERED


def entered(catalogue: Catalogue, region: Region) -> tuple[OwnFigure, ...]:
    """The figures of a region that were entered by hand, by indicator and year."""
    found = (
        OwnFigure(o.indicator, o.year, o.value)
        for o in catalogue.observations
        if is_own(o) and o.region == region.code and o.edition == region.boundary.edition
    )
    return tuple(sorted(found))


def _observation(catalogue: Catalogue, region: Region, figure: OwnFigure) -> Observation:
    about = catalogue.indicator(figure.indicator)
    newest = catalogue.as_of or catalogue.newest_publication
    published = min(date(figure.year + 1, 1, 1), max(newest, date(figure.year, 12, 31)))
    source = Source(id=ENTERED, title=ENTERED_BY_HAND, publisher="", published=published)
    basis = about.basis if about.basis in ("resident", "registered") else "unstated"
    text = f"{figure.value:.10g}"
    decimals = len(text.partition(".")[2])
    return Observation(
        region=region.code, edition=region.boundary.edition, indicator=figure.indicator, year=figure.year,
        period="year_end", basis=basis, status="observed", value=figure.value, precision=10.0**-decimals, grade="B",
        source=source, note=ENTERED,
    )  # fmt: skip
