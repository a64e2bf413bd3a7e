"""What a workbook holds beside what is known already: the changes it brings, and its faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planning.catalogue import Catalogue
from planning.errors import DataError, nearest
from planning.indicators import Indicator
from planning.observations import Observation
from planning.regions import Region, entry_of_row
from planning.schemas import headings, validated
from planning.sources import Source
from planning.targets import Document, Target
from reports.workbooks import form
from reports.workbooks.changes import Changes
from reports.workbooks.content import censuses
from reports.workbooks.entries import document_entry, indicator_entry, source_entry, target_entry
from reports.workbooks.reading import place_of, read_workbook
from reports.workbooks.values import Names, Row, rows_of

OBSERVATION_NAMES = tuple(sheet.name for sheet in form.OBSERVATIONS)
_SAID = attrgetter(*(f.name for f in fields(Observation) if f.name != "source"))
_CITED = attrgetter(*(f.name for f in fields(Source) if f.name != "id"))
DOCUMENT_ID = re.compile(r"[\w-]{1,60}")


@dataclass
class Findings:
    """What a workbook holds beside what is known: the changes, the faults, and how many rows say nothing new."""

    path: Path
    base: Catalogue
    faults: list[DataError] = field(default_factory=list)
    unchanged: int = 0
    left_empty: int = 0
    named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        read_sheets, signed = read_workbook(self.path, self.faults)
        by_name = {r.sheet.name: r for r in read_sheets}
        names = Names(self.base.indicators)
        self.headings = {name: r.headings for name, r in by_name.items()}
        rows: dict[str, list[Row]] = {sheet.name: [] for sheet in form.READ}
        for name in (form.INDICATORS.name, *(s.name for s in form.READ if s is not form.INDICATORS)):
            if name in by_name:
                rows[name] = rows_of(self.path, by_name[name], names, self.faults)
            if name == form.INDICATORS.name:
                new = self.new_indicators(rows[name])
                self.indicators = {**self.base.indicators, **{i: e for i, (_, e) in new.items() if e is not None}}
                names = Names(self.indicators)
        code = self.main_code(signed, rows)
        new_indicators = {id: row for id, (row, _) in new.items()}
        self.changes = Changes(code, signed, self.headings, new_indicators)
        self.regions(rows[form.REGIONS.name])
        self.sources(rows[form.SOURCES.name])
        self.observations([row for name in OBSERVATION_NAMES for row in rows[name]])
        self.census(rows[form.CENSUS.name])
        self.targets(rows[form.DOCUMENTS.name], rows[form.TARGETS.name])

    def unused(self) -> tuple[str, ...]:
        """Sources of the workbook that none of its figures names."""
        return tuple(label for label in self.entries if label not in self.named)

    def fault(self, row: Row, name: str, found: str, expected: str, near: str = "") -> None:
        heading = self.headings[row.sheet.name].get(name, row.sheet.column(name).heading)
        self.faults.append(DataError(place_of(self.path, row.sheet.name), row.number, heading, found, expected, near))

    def main_code(self, signed: dict[str, str], rows: dict[str, list[Row]]) -> str:
        """The region a workbook is for, by which its files are named."""
        stated = signed.get(form.MAIN_REGION, "")
        first = next((r.values["code"] for r in rows[form.REGIONS.name]), "")
        code = stated if re.fullmatch(r"\d{6}", stated) else first
        if not re.fullmatch(r"\d{6}", code):
            where = place_of(self.path, form.README_SHEET)
            expected = f"a code of six digits beside {form.MAIN_REGION}, or in the sheet {form.REGIONS.name}"
            self.faults.append(DataError(where, None, form.MAIN_REGION, code, expected))
            return "000000"
        return code

    def filled(self, row: Row, *but: str) -> bool:
        """Whether all that a row must have is there; what lacks is told."""
        lacking = [c for c in row.sheet.columns if c.needed and c.field not in but and not row.values[c.field]]
        for column in lacking:
            self.fault(row, column.field, "", f"a value for {column.heading}")
        return not lacking and not row.faulty

    def single(self, rows: Iterable[Row], key: Callable[[Row], Hashable], name: str, what: str) -> list[Row]:
        """The rows whose key has not come before; the others are told."""
        seen: dict[Any, int | str] = {}
        kept = []
        for row in rows:
            mark = key(row)
            if mark in seen:
                words = " ".join(w for w in mark if w) if isinstance(mark, tuple) else str(mark)
                self.fault(row, name, words, f"{what} once; {seen[mark]} holds it too")
                continue
            seen[mark] = f"{row.sheet.name} row {row.number}"
            kept.append(row)
        return kept

    # ------------------------------------------------------------ sheet by sheet

    def new_indicators(self, rows: list[Row]) -> dict[str, tuple[Row, Indicator | None]]:
        """Indicators that are not known so, by id; None where the entry is faulty."""
        new: dict[str, tuple[Row, Indicator | None]] = {}
        for row in self.single(rows, lambda r: r.values["id"], "id", "each indicator"):
            id = row.values["id"]
            if not self.filled(row):
                new[id] = row, None
                continue
            try:
                about = validated(Indicator, indicator_entry(row.values), id=id)
            except (ValidationError, ValueError):
                new[id] = row, None
                continue
            other = next((i.id for i in self.base.indicators.values() if i.zh == about.zh and i.id != id), None)
            if other is not None:
                self.fault(row, "zh", about.zh, f"a name of its own; {other} has it too")
            if self.base.indicators.get(id) == about:
                self.unchanged += 1
            else:
                new[id] = row, about
        return new

    def regions(self, rows: list[Row]) -> None:
        known = {r.key: r for r in self.base.regions}
        for row in self.single(rows, lambda r: (r.values["code"], r.values["edition"]), "code", "each region"):
            self.filled(row)
            values = {**row.values, "fictional": "yes" if row.values["fictional"] == "yes" else ""}
            try:
                region = validated(Region, entry_of_row(values))
            except ValidationError:
                region = None
            if region is not None and known.get(region.key) == region:
                self.unchanged += 1
            else:
                self.changes.regions.append((row, values))

    def sources(self, rows: list[Row]) -> None:
        self.entries: dict[str, tuple[Row, Source | None]] = {}
        for row in self.single(rows, lambda r: r.values["id"], "id", "each source"):
            self.filled(row)
            try:
                made_up = row.values["fictional"] == "yes"
                source = validated(Source, source_entry(row.values), id=row.values["id"], fictional=made_up)
            except ValidationError:
                source = None
            self.entries[row.values["id"]] = row, source
        self.changes.sources = {id: row for id, (row, _) in self.entries.items() if id}

    def source_of(self, row: Row) -> Source | None:
        """The source a row names; one that is not registered is told."""
        label = row.values["source"]
        self.named.add(label)
        if label and label not in self.entries:
            expected = f"a number of the sheet {form.SOURCES.name}"
            self.fault(row, "source", label, expected, ", ".join(nearest(label, self.entries)))
        return self.entries.get(label, (None, None))[1]

    def observations(self, rows: list[Row]) -> None:
        filled = [r for r in rows if r.values["value"] or r.values["source"] or r.values["note"]]
        self.left_empty += len(rows) - len(filled)
        known = {signature(o) for o in self.base.observations}
        suspect = [r for r in filled if r.values["status"] == "suspect"]
        single = self.single(
            (r for r in filled if r.values["status"] != "suspect"), identity, "indicator", "each figure of a source"
        )
        for row in [*single, *suspect]:
            whole = self.filled(row)
            if not row.values["value"]:
                self.fault(row, "value", "", "a number; the row names a source or bears a note")
                continue
            source = self.source_of(row)
            values = {name: row.values[name] for name in headings(Observation)}
            observation = observation_of(values, source) if whole and source else None
            if observation is not None and signature(observation) in known:
                self.unchanged += 1
            else:
                self.changes.observations.append((row, values))

    def census(self, rows: list[Row]) -> None:
        here = censuses(self.base.folders, {row.values["region"] for row in rows})
        known = {(c.region, c.edition, c.year): (c.rows, _bare(c.source)) for c in here}
        groups: dict[tuple, list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(row.values[n] for n in ("region", "edition", "year")), []).append(row)
        for (region, edition, year), group in groups.items():
            if not any(r.values["male"] or r.values["female"] or r.faulty for r in group):
                self.left_empty += len(group)
                continue
            for row in group:
                self.filled(row)
                for name in ("male", "female"):
                    if not row.values[name] and name not in row.faulty:
                        self.fault(row, name, "", "a number of persons; every age group must be filled in")
                self.source_of(row)
            if not any(r.faulty for r in group) and all(r.values["male"] and r.values["female"] for r in group):
                ages = tuple((r.values["age"], float(r.values["male"]), float(r.values["female"])) for r in group)
                named = {r.values["source"] for r in group}
                source = self.entries.get(named.pop(), (None, None))[1] if len(named) == 1 else None
                if source and year.isdecimal() and known.get((region, edition, int(year))) == (ages, _bare(source)):
                    self.unchanged += len(group)
                    continue
            self.changes.census.append(((region, edition, year), group))

    def targets(self, documents: list[Row], targets: list[Row]) -> None:
        heads: dict[str, tuple[Row, dict]] = {}
        for row in self.single(documents, lambda r: r.values["id"], "id", "each document"):
            self.filled(row)
            if row.values["id"] and not DOCUMENT_ID.fullmatch(row.values["id"]):
                self.fault(row, "id", row.values["id"], "letters, digits, _ and - only")
                continue
            heads[row.values["id"]] = row, document_entry(row.values)
        by_document: dict[str, list[Row]] = {id: [] for id in heads}
        for row in targets:
            document = row.values["document"]
            about = self.indicators.get(row.values["indicator"])
            for name in ("unit", "kind"):
                row.values[name] = row.values[name] or (getattr(about, name) if about else "")
            if not row.values["id"]:
                row.values["id"] = f"{document}.{row.values['indicator']}.{row.values['year']}"
        for row in self.single(targets, lambda r: r.values["id"], "id", "each target"):
            self.filled(row, "id")
            document = row.values["document"]
            if document in by_document:
                by_document[document].append(row)
            elif document:
                near = ", ".join(nearest(document, heads))
                self.fault(row, "document", document, f"a number of the sheet {form.DOCUMENTS.name}", near)
        known = {t.id: t for t in self.base.targets}
        for id, (row, head) in heads.items():
            stated = _document(head)
            same_head = stated is not None and self.base.documents.get(id) == stated
            fresh = []
            for target in by_document[id]:
                made = _target(stated, target.values) if stated else None
                if same_head and made is not None and known.get(made.id) == made:
                    self.unchanged += 1
                else:
                    fresh.append((target, target_entry(target.values)))
            self.unchanged += same_head
            if fresh or not same_head:
                self.changes.documents[id] = (row, head, fresh, not same_head)


def observation_of(values: dict[str, str], source: Source) -> Observation | None:
    """The observation that a row makes, or None where its form is faulty."""
    try:
        return validated(Observation, {**values, "source": source})
    except ValidationError:
        return None


def signature(o: Observation) -> tuple:
    """All that an observation says, its source by content and not by number."""
    return _SAID(o) + _bare(o.source)


def identity(row: Row) -> tuple:
    """What makes a figure one figure: region, indicator, year, period, basis and source."""
    names = ("region", "edition", "indicator", "year", "period", "basis", "source")
    return tuple(row.values[n] for n in names)


def _bare(source: Source) -> tuple:
    return _CITED(source)


def _document(head: dict[str, Any]) -> Document | None:
    try:
        return validated(Document, head)
    except ValidationError:
        return None


def _target(document: Document, values: dict[str, str]) -> Target | None:
    try:
        return validated(Target, target_entry(values), document=document)
    except ValidationError:
        return None
