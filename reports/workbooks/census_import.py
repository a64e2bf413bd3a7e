"""Regions of a user's overlay, made from the county books of the census: every province, city and county, 2010 and 2020."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planning.errors import not_known
from planning.loading.folder import load_catalogue
from planning.observations import Observation
from planning.regions import Region
from planning.schemas import CensusRow, headings
from reports.workbooks import overlays
from reports.workbooks.census_book import BOOKS
from reports.workbooks.census_kept import Book, keep_book, kept_books, merged, read_any
from reports.workbooks.census_placing import LEVELS, Placing, key_of, level_of, place, region_rows

TABLE = "census_age_sex_county_book_{year}"
FIGURES = "census_profile_county_book_{year}"
LEFT_OUT = "census_import.csv"
WRITTEN = ("new", "older_boundary", "replaces")
OUTCOMES = {
    "new": "new",
    "already_shipped": "shipped already",
    "replaces": "replacing a shipped table",
    "older_boundary": "on an older boundary",
    "left_out": "left out",
}


@dataclass(frozen=True)
class CensusImport:
    """What an import took and what it did not. regions: the rows written, by key."""

    folder: Path
    regions: dict[str, dict[str, str]]
    placings: tuple[Placing, ...]

    @property
    def notes(self) -> Path:
        """The list of areas that were not taken as they stand, with the reasons."""
        return self.folder / overlays.NOTES / LEFT_OUT

    def outcomes(self) -> Counter:
        """How many tables had which outcome, by year and level: {(year, level, outcome): count}."""
        return Counter((p.area.year, level_of(p.area), p.outcome) for p in self.placings)

    def fresh(self) -> list[Placing]:
        """The areas whose tables were written."""
        return [p for p in self.placings if p.outcome in WRITTEN]

    def left_out(self) -> list[Placing]:
        """The areas that did not get in."""
        return [p for p in self.placings if p.outcome == "left_out"]


def summary(done: CensusImport) -> list[str]:
    """What was taken and what was not, a line a census and level, and the reasons for the rest."""
    lines = []
    counts = done.outcomes()
    for year in sorted({year for year, _, _ in counts}, reverse=True):
        for level in LEVELS:
            of_level = {outcome: n for (y, lv, outcome), n in counts.items() if (y, lv) == (year, level)}
            total, out = sum(of_level.values()), of_level.get("left_out", 0)
            if total:
                told = ", ".join(f"{of_level[o]} {OUTCOMES[o]}" for o in OUTCOMES if of_level.get(o))
                lines.append(f"{year} {level}: {total - out} of {total} are kept ({told})")
    for reason, count in Counter(p.reason for p in done.left_out()).most_common():
        people = sum(p.area.total for p in done.left_out() if p.reason == reason)
        lines.append(f"Left out: {count} areas, {people:,} people: {reason}")
    return lines


def import_census(path: Path, folder: Path, regions: Iterable[str] = ()) -> CensusImport:
    """Lay the areas of one county book into an overlay, as `import_books` does."""
    return import_books([path], folder, regions)


def import_books(paths: Iterable[Path], folder: Path, regions: Iterable[str] = ()) -> CensusImport:
    """Lay the areas of county books into an overlay: rows in regions.csv, census tables, figures, and their sources.

    paths: workbooks or tables, in any order; what earlier imports brought is placed anew beside them, so that books one
    after the other give the folder that they give at once. regions: codes or names to take, with all above them; none for
    all. The overlay is changed as a whole or not at all. Raises FileNotFoundError; InvalidData with all faults of a file;
    NotKnown for an area that the books do not hold.
    """
    asked = tuple(regions)
    brought = [read_any(path) for path in paths]
    before = kept_books(folder)
    books = merged([*before, *(replace(b, asked=asked) for b in brought)])
    shipped = load_catalogue()
    areas = [area for book in books for area in book.areas]
    placings = place(areas, shipped.regions, shipped.censuses)
    rows = region_rows(placings, shipped.regions)
    keys = {r.key: r for r in shipped.regions}
    kept: set[int] = set()
    wanted: set[str] = set()
    _wanted(asked, _named(placings, rows), rows, keys)  # raises NotKnown for what no book holds
    for book in books:
        of_book = [p for p in placings if p.area.year == book.year]
        if not book.asked:
            keys_of_book = {key_of(p.region, p.edition) for p in of_book} | _above(of_book, rows, keys)
            kept |= {id(p) for p in of_book}
        else:
            names = _named(of_book, rows)
            keys_of_book = _wanted([w for w in book.asked if w.strip() in names], names, rows, keys)
        kept |= {id(p) for p in of_book if key_of(p.region, p.edition) in keys_of_book}
        wanted |= keys_of_book
    rows = {key: row for key, row in rows.items() if key in wanted}
    placings = [p for p in placings if id(p) in kept]
    done = CensusImport(folder, rows, tuple(placings))
    if done.fresh():
        with overlays.rewriting(folder) as staging:
            earlier = (
                region_rows(
                    place([a for b in before for a in b.areas], shipped.regions, shipped.censuses), shipped.regions
                )
                if before
                else {}
            )
            _write(staging, rows, placings, books, earlier)
            overlays.checked(staging, folder)
    return done


def _above(
    placings: Iterable[Placing], rows: Mapping[str, Mapping[str, str]], shipped: Mapping[str, Region]
) -> set[str]:
    """The keys of all rows above the placed areas."""
    parent_of = {key: row["parent"] for key, row in rows.items()} | {key: r.parent for key, r in shipped.items()}
    found: set[str] = set()
    for p in placings:
        key = parent_of.get(key_of(p.region, p.edition), "")
        while key and key not in found:
            found.add(key)
            key = parent_of.get(key, "")
    return found


def _named(placings: Iterable[Placing], rows: Mapping[str, Mapping[str, str]]) -> dict[str, set[str]]:
    """The keys of the rows that placed areas are called by."""
    names: dict[str, set[str]] = {}
    for p in placings:
        if p.region:
            key = key_of(p.region, p.edition)
            row = rows.get(key)
            for word in {p.region, key, p.area.name, *(row["aliases"].split("|") if row else ())} - {""}:
                names.setdefault(word, set()).add(key)
    return names


def _wanted(
    asked: Iterable[str],
    names: Mapping[str, set[str]],
    rows: Mapping[str, Mapping[str, str]],
    shipped: Mapping[str, Region],
) -> set[str]:
    """The keys of the rows asked for and of all above them."""
    parent_of = {key: row["parent"] for key, row in rows.items()} | {key: r.parent for key, r in shipped.items()}
    wanted: set[str] = set()
    for word in asked:
        found = names.get(word.strip(), set())
        today = {k for k in found if not (k in rows and rows[k]["to"])} or found
        if not today:
            raise not_known("area of the census book", word, names, "The book's areas are asked by code or name.")
        if len(today) > 1 and not re.fullmatch(r"\d{6}", word):
            raise not_known("single area of the census book", word, (), f"Ask by code: {', '.join(sorted(today))}.")
        for key in found if re.match(r"\d{6}", word) else today:
            while key and key not in wanted:
                wanted.add(key)
                key = parent_of.get(key, "")
    return wanted


def _write(
    staging: Path,
    rows: dict[str, dict[str, str]],
    placings: list[Placing],
    books: Iterable[Book],
    earlier: Iterable[str],
) -> None:
    regions = {key_of(r["code"], r.get("edition", "")): r for r in overlays.rows_of(staging / "regions.csv", Region)}
    for key in earlier:
        regions.pop(key, None)
    regions.update(rows)
    if regions:
        overlays.put_rows(staging / "regions.csv", headings(Region), regions.values())
    for year, (title, publisher, published) in BOOKS.items():
        kept = [p for p in placings if p.area.year == year and p.outcome in WRITTEN]
        path = staging / "tables" / f"{TABLE.format(year=year)}.csv"
        tables = {
            (p.region, p.edition): [
                {"region": p.region, "edition": p.edition, "year": year, "age": age, "male": m, "female": f, "source": f"county_book_{year}"}
                for age, (m, f) in zip(p.area.ages, p.area.people.tolist(), strict=True)
            ]
            for p in kept
        }  # fmt: skip
        if not tables:
            continue
        overlays.put_rows(path, headings(CensusRow), (row for key in sorted(tables) for row in tables[key]))
        overlays.put_yaml(path.with_suffix(".yaml"), _twin(year, title, publisher, published))
        write_figures(staging, year, kept, next(b for b in books if b.year == year))
    for book in books:
        keep_book(staging, book)
    (staging / "targets").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(NATIONAL, staging / "targets" / NATIONAL.name)
    _write_notes(staging / overlays.NOTES / LEFT_OUT, placings)


NATIONAL = Path(__file__).parent.parent / "templates" / "national_15fyp.yaml"


@dataclass(frozen=True)
class _Note:
    """One area that was not taken as it stands."""

    year: str
    level: str
    code: str
    province: str
    city: str
    name: str
    people: str
    outcome: str
    region: str
    reason: str


def _write_notes(path: Path, placings: list[Placing]) -> None:
    """The areas that were not taken as they stand, with the reasons."""
    notes: dict[tuple[str, ...], dict[str, Any]] = {}
    for p in placings:
        if p.outcome == "new" and not p.reason:
            continue
        area = p.area
        notes[str(area.year), area.level, area.province, area.city, area.name] = {
            "year": area.year,
            "level": area.level,
            "code": area.code,
            "province": area.province,
            "city": area.city,
            "name": area.name,
            "people": area.total,
            "outcome": p.outcome,
            "region": key_of(p.region, p.edition),
            "reason": p.reason,
        }
    if notes:
        overlays.put_rows(path, headings(_Note), notes.values())
    else:
        path.unlink(missing_ok=True)


def write_figures(staging: Path, year: int, kept: Iterable[Placing], book: Book) -> None:
    """The figures beside the ages: households, schooling, work and urban residence of the areas kept."""
    source = f"county_book_{year}"
    path = staging / "tables" / f"{FIGURES.format(year=year)}.csv"
    figures = [
        {"region": p.region, "edition": p.edition, "indicator": id, "year": year, "period": "census_day", "basis": "resident",
         "status": "observed", "value": overlays.plain(round(value, 4)), "precision": "", "grade": "B", "source": source,
         "note": "from the columns of the county book, as they are printed"}
        for p in sorted(kept, key=lambda p: (p.region, p.edition))
        for id, value in sorted(book.figures.get(book.key(p.area), {}).items())
        if _possible(id, value)
    ]  # fmt: skip
    impossible = [
        f"{p.area.name} {id} {value:g}"
        for p in kept
        for id, value in sorted(book.figures.get(book.key(p.area), {}).items())
        if not _possible(id, value)
    ]
    if not figures:
        return
    title, publisher, published = BOOKS[year]
    overlays.put_rows(path, headings(Observation), figures)
    twin = _twin(year, title, publisher, published)
    twin["title"] = f"Census of 1 November {year}, households, schooling, work and urban residence, by area"
    twin["about"] = "Shares and means of the areas of the county book, imported by `dabiao census`"
    if impossible:
        twin["about"] += f". Left out, as no share is above 100: {', '.join(impossible)}"
    overlays.put_yaml(path.with_suffix(".yaml"), twin)


def _possible(indicator: str, value: float) -> bool:
    """Whether a figure can be what it is called: a share or rate lies within 0 to 100."""
    return 0 <= value <= 100 or not indicator.endswith(("_share", "_rate"))


def _twin(year: int, title: str, publisher: str, published: str) -> dict:
    return {
        "title": f"Census of 1 November {year}, population by age and sex, by area",
        "about": "Residents by age group and sex of the areas of the county book, imported by `dabiao import-census`",
        "typed_by": "dabiao import-census",
        "checked_by": None,
        "kind": "published",
        "licence": "facts; cite the county book. By way of the public transcription of Lei Dong and others (MIT)",
        "population_basis": "resident population on census day, without servicemen",
        "boundary_edition": "as on census day; codes of the latest census where only the code has changed",
        "sources": {
            f"county_book_{year}": {
                "title": title,
                "publisher": publisher,
                "published": published,
                "date_known": False,
                "page": "population by age and sex, by county",
                "licence": "facts; public transcription of Lei Dong and others, MIT",
                "grade": "B",
            }
        },
    }
