"""What a workbook holds: the rows of each sheet for one region, from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from planning.catalogue import Catalogue
from planning.errors import DataError
from planning.indicators import Indicator
from planning.loading.load_state import Gathered
from planning.loading.tables import sources_of, twin_of
from planning.loading.text_files import table_of, yaml_of
from planning.observations import Observation
from planning.regions import Region
from planning.schemas import CensusRow, age_group, headings, needed, number
from planning.sources import Source
from planning.targets import Target
from reports.workbooks import form

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Census:
    """A census table as it stands in its file: rows of (age, male, female), and the source it names."""

    region: str
    edition: str
    year: int
    rows: tuple[tuple[str, float, float], ...]
    source: Source


def own_stem(code: str) -> str:
    """The stem of the table that the workbook of a region is written to."""
    return f"own_{code}"


def content(catalogue: Catalogue, region: Region) -> dict[str, Rows]:
    """The rows of every sheet that is read back, by sheet and field: all that is known of a region on any boundary."""
    observed = [o for o in catalogue.observations if o.region == region.code]
    counted = censuses(catalogue.folders, {region.code})
    targets = targets_of(catalogue, region)
    documents = list(dict.fromkeys(t.document.id for t in targets))
    documents += [d.id for d in catalogue.documents.values() if d.region == region.code and d.id not in documents]
    labels = labelled([*(o.source for o in observed), *(c.source for c in counted)], region.code)
    heads = document_heads(catalogue.folders)
    by_label = {label: source for source, label in labels.items()}
    rows: dict[str, Rows] = {
        form.REGIONS.name: [region_row(r) for r in catalogue.regions if r.code == region.code],
        form.SOURCES.name: [source_row(s, label) for label, s in by_label.items()],
        form.CENSUS.name: [
            {"region": c.region, "edition": c.edition, "year": c.year, "age": age, "male": m, "female": f,
             "source": labels[c.source]}
            for c in sorted(counted, key=lambda c: (c.edition, -c.year))
            for age, m, f in c.rows
        ],
        form.DOCUMENTS.name: [document_row(catalogue, id, heads) for id in documents],
        form.TARGETS.name: [target_row(t) for t in targets],
        form.INDICATORS.name: [indicator_row(i) for i in catalogue.indicators.values()],
    }  # fmt: skip
    for sheet in form.OBSERVATIONS:
        order = {id: n for n, id in enumerate(catalogue.indicators)}
        mine = [o for o in observed if catalogue.indicators[o.indicator].family in sheet.families]
        mine.sort(key=lambda o: (o.edition, order[o.indicator], o.year, o.basis, o.source.id))
        rows[sheet.name] = [observation_row(o, catalogue, labels) for o in mine]
    return rows


def targets_of(catalogue: Catalogue, region: Region) -> list[Target]:
    """The targets of a region on any boundary, and those its own documents print for the levels above it."""
    documents = {d.id for d in catalogue.documents.values() if d.region == region.code}
    return [t for t in catalogue.targets if t.region == region.code or t.document.id in documents]


def labelled(sources: Iterable[Source], code: str) -> dict[Source, str]:
    """A number for every source, single within the workbook: table.key, or the key alone for the region's own tables."""
    labels: dict[Source, str] = {}
    taken: set[str] = set()
    for source in dict.fromkeys(sources):
        stem, _, key = source.id.partition(".")
        label = key if stem.removeprefix("census_age_sex_").startswith(own_stem(code)) else source.id
        content_alike = next((other for other in labels if _same(other, source) and labels[other] == label), None)
        while label in taken and content_alike is None:
            label += "~"
        taken.add(label)
        labels[source] = label
    return labels


def _same(a: Source, b: Source) -> bool:
    return all(getattr(a, f.name) == getattr(b, f.name) for f in fields(Source) if f.name != "id")


def region_row(region: Region) -> dict[str, Any]:
    return {
        "code": region.code,
        "edition": region.boundary.edition,
        "name_zh": region.name_zh,
        "name_en": region.name_en,
        "aliases": "|".join(region.aliases),
        "level": region.level,
        "parent": region.parent,
        "from": region.boundary.start,
        "to": region.boundary.end,
        "predecessors": "|".join(region.boundary.predecessors),
        "whole": "yes" if region.boundary.whole else "partly" if region.boundary.predecessors else "",
        "fictional": region.fictional,
        "note": region.note,
    }


def source_row(source: Source, label: str) -> dict[str, Any]:
    return {"id": label, **source_about(source), "fictional": source.fictional}


def source_about(source: Source) -> dict[str, Any]:
    """What is said of a source, in a workbook and in the twin of a table alike."""
    return {
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published.isoformat(),
        "date_known": source.date_known,
        "link": source.link,
        "page": source.page,
        "licence": source.licence,
        "grade": source.grade,
        "note": source.note,
    }


def observation_row(o: Observation, catalogue: Catalogue, labels: dict[Source, str]) -> dict[str, Any]:
    return {
        "region": o.region,
        "edition": o.edition,
        "indicator": o.indicator,
        "year": o.year,
        "value": o.value,
        "unit": catalogue.indicators[o.indicator].unit,
        "period": o.period,
        "basis": o.basis,
        "status": o.status,
        "precision": o.precision or None,
        "grade": o.grade,
        "source": labels[o.source],
        "note": o.note,
    }


def document_row(catalogue: Catalogue, id: str, heads: dict[str, dict]) -> dict[str, Any]:
    """A plan's own row of the workbook; heads: what its file says before its targets, by id."""
    document = catalogue.documents[id]
    head = heads.get(id, {})
    return {
        "id": document.id,
        "title": document.title,
        "publisher": document.publisher,
        "published": document.published.isoformat(),
        "region": document.region,
        "edition": document.edition,
        "horizon": document.horizon,
        "base_year": document.base_year,
        "link": document.link,
        "number": head.get("number") or "",
        "date_known": head.get("date_known", True),
        "fictional": document.fictional,
        "note": head.get("note") or "",
    }


def target_row(target: Target) -> dict[str, Any]:
    """A target's row of the workbook."""
    row = {f.name: getattr(target, f.name) for f in fields(Target) if f.name != "document"}
    return {"document": target.document.id, **row}


def indicator_row(about: Indicator) -> dict[str, Any]:
    """An indicator's row of the workbook, its natural range in two columns."""
    row = {f.name: getattr(about, f.name) for f in fields(type(about)) if f.name != "range"}
    return {**row, "range_low": about.range[0], "range_high": about.range[1]}


def censuses(folders: Iterable[Path], codes: Collection[str]) -> list[Census]:
    """The census tables of some regions as they stand in their files, later folders replacing what they repeat."""
    found: dict[tuple, Census] = {}
    for folder in folders:
        for path in sorted((folder / "tables").glob("census_age_sex*.csv")):
            faults: list[DataError] = []
            twin = twin_of(path, Gathered(faults))
            table = table_of(path, headings(CensusRow), needed(CensusRow), faults)
            if twin is None or table is None:
                continue
            sources = sources_of(path, twin)
            groups: dict[tuple, list[dict[str, str]]] = {}
            wanted = [i for i, code in enumerate(table.columns["region"]) if code in codes]
            for row in map(table.row, wanted):
                groups.setdefault((row["region"], row.get("edition", ""), int(row["year"])), []).append(row)
            for (region, edition, year), rows in groups.items():
                ages = tuple((age_group(r["age"]), number(r["male"]), number(r["female"])) for r in rows)
                found[region, edition, year] = Census(region, edition, year, ages, sources[rows[0]["source"]])
    return list(found.values())


def document_heads(folders: Iterable[Path]) -> dict[str, dict]:
    """The heads of documents as their files hold them, by document id."""
    heads: dict[str, dict] = {}
    for folder in folders:
        for path in sorted((folder / "targets").glob("*.yaml")):
            if not path.name.startswith("left_out"):
                head = yaml_of(path, [])["document"]
                heads[head["id"]] = head
    return heads
