"""The changes that a workbook brings, written into a copy of an overlay, and where in the workbook each came from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from planning import schemas
from planning.catalogue import Catalogue
from planning.errors import DataError
from planning.loading.text_files import yaml_of
from planning.observations import Observation
from planning.regions import Region
from reports.workbooks import form, overlays
from reports.workbooks.content import own_stem, source_about
from reports.workbooks.entries import indicator_entry, source_entry
from reports.workbooks.values import Row

IDENTITY = ("region", "edition", "indicator", "year", "period", "basis")


@dataclass
class Changes:
    """What is new or changed. code: the workbook's region, by which its files are named. Rows keep their place."""

    code: str
    signed: Mapping[str, str]
    headings: Mapping[str, Mapping[str, str]]
    indicators: dict[str, Row] = field(default_factory=dict)
    regions: list[tuple[Row, dict[str, str]]] = field(default_factory=list)
    sources: dict[str, Row] = field(default_factory=dict)
    observations: list[tuple[Row, dict[str, str]]] = field(default_factory=list)
    census: list[tuple[tuple[str, str, str], list[Row]]] = field(default_factory=list)
    documents: dict[str, tuple[Row, dict, list[tuple[Row, dict]], bool]] = field(default_factory=dict)

    def anything(self) -> bool:
        """Whether there is something to write."""
        return bool(self.indicators or self.regions or self.observations or self.census or self.documents)

    def counts(self) -> Counter:
        """New or changed rows by sheet."""
        counts = Counter({form.INDICATORS.name: len(self.indicators), form.REGIONS.name: len(self.regions)})
        counts.update(row.sheet.name for row, _ in self.observations)
        counts[form.CENSUS.name] = sum(len(rows) for _, rows in self.census)
        counts[form.DOCUMENTS.name] = sum(new for _, _, _, new in self.documents.values())
        counts[form.TARGETS.name] = sum(len(fresh) for _, _, fresh, _ in self.documents.values())
        return +counts


class Origins:
    """Where in the workbook each row and entry of the written files came from."""

    def __init__(self, headings: Mapping[str, Mapping[str, str]]):
        self.headings = headings
        self.rows: dict[tuple[str, int], Row] = {}
        self.entries: dict[tuple[str, str], Row] = {}

    def place(self, fault: DataError, staging: Path, workbook: str) -> DataError:
        """A fault of a written file as a fault of the workbook; one that is not of the workbook stays as it is."""
        try:
            name = Path(fault.file).relative_to(staging).as_posix()
        except ValueError:
            return fault
        column = fault.column or ""
        row = self.rows.get((name, fault.row or 0))
        if row is None:
            entry = max(
                (key for file, key in self.entries if file == name and (column == key or column.startswith(f"{key}."))),
                key=len,
                default=None,
            )
            if entry is None and fault.value and (name, fault.value) in self.entries:
                entry = fault.value
            if entry is None:
                return fault
            row = self.entries[name, entry]
            column = column[len(entry) + 1 :] if column.startswith(entry) else column
        heading = self._heading(row, column)
        return replace(fault, file=f"{workbook}, sheet {row.sheet.name}", row=row.number, column=heading)

    def _heading(self, row: Row, column: str) -> str | None:
        name = {"range": "range_low", "male, female": "male"}.get(column.split(".")[0], column.split(".")[0])
        name = column if column == "male, female" else name
        headings = self.headings.get(row.sheet.name, {})
        if column == "male, female":
            return f"{headings.get('male', '男')}, {headings.get('female', '女')}"
        known = {c.field: c.heading for c in row.sheet.columns}
        return headings.get(name) or known.get(name) or (column or None)


def write(changes: Changes, staging: Path, base: Catalogue, shipped: Catalogue) -> Origins:
    """Write all changes into the copy of an overlay. What they replace goes; everything else stays."""
    origins = Origins(changes.headings)
    _write_regions(changes, staging, origins)
    _write_indicators(changes, staging, origins)
    _write_observations(changes, staging, base, shipped, origins)
    _write_census(changes, staging, origins)
    for id in changes.documents:
        _write_document(changes, id, staging, origins)
    return origins


def _write_regions(changes: Changes, staging: Path, origins: Origins) -> None:
    if not changes.regions:
        return
    path = staging / "regions.csv"
    known = overlays.rows_of(path, Region)
    fresh = {(v["code"], v["edition"]) for _, v in changes.regions}
    kept = [r for r in known if (r["code"], r.get("edition", "")) not in fresh]
    for number, (row, _) in enumerate(changes.regions, start=len(kept) + 2):
        origins.rows["regions.csv", number] = row
    overlays.put_rows(path, schemas.headings(Region), [*kept, *(v for _, v in changes.regions)])


def _write_indicators(changes: Changes, staging: Path, origins: Origins) -> None:
    if not changes.indicators:
        return
    path = staging / "indicators.yaml"
    entries = dict(yaml_of(path, []) or {}) if path.exists() else {}
    for id, row in changes.indicators.items():
        entries[id] = indicator_entry(row.values)
        origins.entries["indicators.yaml", id] = row
    overlays.put_yaml(path, entries)


def _write_observations(changes: Changes, staging: Path, base: Catalogue, shipped: Catalogue, origins: Origins) -> None:
    if not changes.observations:
        return
    replaced = {(*(v[n] for n in IDENTITY), v["source"]) for _, v in changes.observations}
    _drop_rows(staging, changes.code, replaced)
    # An overlay's rows of one figure replace all shipped ones, so those of other sources are repeated beside ours.
    keys = {tuple(v[n] for n in IDENTITY) for _, v in changes.observations}
    of_shipped = {o for o in shipped.observations if _key(o) in keys}
    beside = [o for o in base.observations if o in of_shipped and (*_key(o), o.source.id) not in replaced]
    for made_up in (False, True):
        stem = own_stem(changes.code) + ("_fictional" if made_up else "")
        fresh = [(row, v) for row, v in changes.observations if _made_up(changes, v["source"]) == made_up]
        mates = [o for o in beside if o.source.fictional == made_up]
        path = staging / "tables" / f"{stem}.csv"
        kept = [r for r in overlays.rows_of(path, Observation) if _identity(r) not in replaced]
        if not fresh and not mates and not path.exists():
            continue
        rows = [*kept, *(_as_row(o) for o in mates)]
        for number, (row, _) in enumerate(fresh, start=len(rows) + 2):
            origins.rows[f"tables/{stem}.csv", number] = row
        overlays.put_rows(path, schemas.headings(Observation), [*rows, *(v for _, v in fresh)])
        used = {v["source"] for _, v in fresh}
        copied = {o.source.id: source_about(o.source) for o in mates}
        _write_twin(changes, path, used, copied, made_up, origins)


def _write_census(changes: Changes, staging: Path, origins: Origins) -> None:
    if not changes.census:
        return
    replaced = {key for key, _ in changes.census}
    for path in sorted((staging / "tables").glob("census_age_sex*.csv")):
        rows = overlays.rows_of(path, schemas.CensusRow)
        kept = [r for r in rows if (r["region"], r.get("edition", ""), r["year"]) not in replaced]
        if len(kept) < len(rows):
            _put_or_remove(path, schemas.CensusRow, kept)
    for made_up in (False, True):
        stem = f"census_age_sex_{own_stem(changes.code)}" + ("_fictional" if made_up else "")
        path = staging / "tables" / f"{stem}.csv"
        fresh = [
            row for _, group in changes.census for row in group if _made_up(changes, row.values["source"]) == made_up
        ]
        if not fresh:
            continue
        kept = overlays.rows_of(path, schemas.CensusRow)
        for number, row in enumerate(fresh, start=len(kept) + 2):
            origins.rows[f"tables/{stem}.csv", number] = row
        names = schemas.headings(schemas.CensusRow)
        overlays.put_rows(path, names, [*kept, *({n: r.values[n] for n in names} for r in fresh)])
        _write_twin(changes, path, {r.values["source"] for r in fresh}, {}, made_up, origins)


def _write_twin(
    changes: Changes, path: Path, used: set[str], copied: dict[str, dict], made_up: bool, origins: Origins
) -> None:
    twin_path = path.with_suffix(".yaml")
    before = yaml_of(twin_path, []) if twin_path.exists() else {}
    sources = {**before.get("sources", {}), **copied}
    for label, row in changes.sources.items():
        if label in used or label in before.get("sources", {}):
            sources[label] = source_entry(row.values)
            origins.entries[f"tables/{twin_path.name}", f"sources.{label}"] = row
    typed_by = changes.signed.get(form.TYPED_BY) or before.get("typed_by") or ""
    overlays.put_yaml(
        twin_path,
        {
            "title": f"Figures of {changes.code}, filled in by workbook",
            "about": "Made-up figures, for show only" if made_up else "Brought by `dabiao import`",
            "typed_by": typed_by,
            "checked_by": changes.signed.get(form.CHECKED_BY) or before.get("checked_by"),
            "kind": "fictional" if made_up else "published",
            "licence": before.get("licence", ""),
            "population_basis": "as stated in each row",
            "sources": sources,
        },
    )


def _write_document(changes: Changes, id: str, staging: Path, origins: Origins) -> None:
    _, head, fresh, _ = changes.documents[id]
    replaced = {entry["id"] for _, entry in fresh}
    own = staging / "targets" / f"{own_stem(changes.code)}.{id}.yaml"
    kept: list[dict[str, Any]] = []
    for path in sorted((staging / "targets").glob("*.yaml")):
        if path.name.startswith("left_out"):
            continue
        content = dict(yaml_of(path, []))
        if content["document"]["id"] == id:
            content["document"] = head
        elif not any(t["id"] in replaced for t in content["targets"]):
            continue
        content["targets"] = [t for t in content["targets"] if t["id"] not in replaced]
        if path == own:
            kept = content["targets"]
        else:
            overlays.put_yaml(path, content)
    name = f"targets/{own.name}"
    origins.entries[name, "document"] = changes.documents[id][0]
    for position, (row, entry) in enumerate(fresh, start=len(kept)):
        origins.entries[name, f"targets.{position}"] = row
        origins.entries[name, entry["id"]] = row
    overlays.put_yaml(own, {"document": head, "targets": [*kept, *(entry for _, entry in fresh)]})


def _drop_rows(staging: Path, code: str, replaced: set[tuple]) -> None:
    """Take the rows that the workbook replaces out of the overlay's other tables."""
    for path in sorted((staging / "tables").glob("*.csv")):
        if re.match(rf"census_age_sex|schedule_|{own_stem(code)}(_fictional)?\.csv$", path.name):
            continue
        rows = overlays.rows_of(path, Observation)
        kept = [r for r in rows if (*_identity(r)[:-1], f"{path.stem}.{r['source']}") not in replaced]
        if len(kept) < len(rows):
            _put_or_remove(path, Observation, kept)


def _put_or_remove(path: Path, schema: type, rows: list[dict[str, str]]) -> None:
    if rows:
        overlays.put_rows(path, schemas.headings(schema), rows)
    else:
        path.unlink()
        path.with_suffix(".yaml").unlink(missing_ok=True)


def _made_up(changes: Changes, label: str) -> bool:
    row = changes.sources.get(label)
    return row is not None and row.values["fictional"] == "yes"


def _key(o: Observation) -> tuple:
    return tuple(str(getattr(o, n)) for n in IDENTITY)


def _identity(row: Mapping[str, str]) -> tuple:
    return (*(row.get(n, "") for n in IDENTITY), row["source"])


def _as_row(o: Observation) -> dict[str, Any]:
    row = {n: getattr(o, n) for n in (*IDENTITY, "status", "value", "grade", "note")}
    row = {n: str(v) if n != "value" else v for n, v in row.items()}
    return {**row, "precision": o.precision or "", "source": o.source.id}
