"""Regions of a user's overlay, made from the county books of the census: every province, city and county, 2010 and 2020."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.errors import not_known
from planning.loading.folder import load_catalogue
from planning.regions import Region
from planning.schemas import CensusRow, headings
from reports.workbooks import overlays
from reports.workbooks.census_book import BOOKS, read_book
from reports.workbooks.census_placing import LEVELS, Placing, key_of, level_of, place, region_rows

TABLE = "census_age_sex_county_book_{year}"
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
    """Lay the areas of a county book into an overlay: rows in regions.csv, census tables, and their source.

    regions: codes or names to take, with all above them; none for all. The overlay is changed as a whole or not at all.
    Raises FileNotFoundError; InvalidData with all faults of the file; NotKnown for an area that the book does not hold.
    """
    areas = read_book(path)
    shipped = load_catalogue()
    placings = place(areas, shipped.regions, shipped.censuses)
    rows = region_rows(placings, shipped.regions)
    wanted = _wanted(regions, placings, rows, {r.key: r for r in shipped.regions})
    if wanted is not None:
        rows = {key: row for key, row in rows.items() if key in wanted}
        placings = [p for p in placings if key_of(p.region, p.edition) in wanted]
    done = CensusImport(folder, rows, tuple(placings))
    if done.fresh():
        with overlays.rewriting(folder) as staging:
            _write(staging, rows, placings)
            overlays.checked(staging, folder)
    return done


def _wanted(
    asked: Iterable[str], placings: Iterable[Placing], rows: Any, shipped: dict[str, Region]
) -> set[str] | None:
    """The keys of the rows asked for and of all above them; None for all."""
    asked = list(asked)
    if not asked:
        return None
    names: dict[str, set[str]] = {}
    for p in placings:
        if p.region:
            key = key_of(p.region, p.edition)
            row = rows.get(key)
            for word in {p.region, key, p.area.name, *(row["aliases"].split("|") if row else ())} - {""}:
                names.setdefault(word, set()).add(key)
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


def _write(staging: Path, rows: dict[str, dict[str, str]], placings: list[Placing]) -> None:
    regions = {key_of(r["code"], r.get("edition", "")): r for r in overlays.rows_of(staging / "regions.csv", Region)}
    regions.update(rows)
    if regions:
        overlays.put_rows(staging / "regions.csv", headings(Region), regions.values())
    for year, (title, publisher, published) in BOOKS.items():
        kept = [p for p in placings if p.area.year == year and p.outcome in WRITTEN]
        path = staging / "tables" / f"{TABLE.format(year=year)}.csv"
        tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in overlays.rows_of(path, CensusRow):
            tables.setdefault((row["region"], row["edition"]), []).append(row)
        for p in kept:
            tables[p.region, p.edition] = [
                {"region": p.region, "edition": p.edition, "year": year, "age": age, "male": m, "female": f, "source": f"county_book_{year}"}
                for age, (m, f) in zip(p.area.ages, p.area.people.tolist(), strict=True)
            ]  # fmt: skip
        if not tables:
            continue
        overlays.put_rows(path, headings(CensusRow), (row for key in sorted(tables) for row in tables[key]))
        overlays.put_yaml(path.with_suffix(".yaml"), _twin(year, title, publisher, published))
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
    """Lay the areas that were not taken as they stand over those told by earlier imports."""
    notes: dict[tuple[str, ...], dict[str, Any]] = {
        (r["year"], r["level"], r["province"], r["city"], r["name"]): r for r in overlays.rows_of(path, _Note)
    }
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
