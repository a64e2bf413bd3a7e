"""Reading data folders into a Catalogue: every file is checked, and all faults are told at once."""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ValidationError

from planning import forms
from planning.catalogue import Break, Catalogue, CensusTable
from planning.faults import DataFault, Fault, nearest
from planning.indicators import Indicator
from planning.observations import Observation
from planning.regions import Boundary, Region
from planning.sources import Source
from planning.targets import Document, Target

MOST_FAULTS = 200
AGE_GROUP = re.compile(r"^(\d+)")


def read(folders: list[Path | str]) -> Catalogue:
    """The catalogue of one folder or of several laid over one another, the last on top. Raises DataFault with all faults."""
    catalogue, faults = read_with_faults(folders)
    if faults:
        raise DataFault(faults[:MOST_FAULTS])
    return catalogue


def read_with_faults(folders: list[Path | str]) -> tuple[Catalogue, list[Fault]]:
    """The catalogue of what could be read, and every fault met on the way."""
    paths = tuple(Path(f) for f in folders)
    faults: list[Fault] = []
    for path in paths:
        if not path.is_dir():
            faults.append(
                Fault(str(path), None, None, str(path), "a folder of the shape of data/ (see data/README.md)")
            )
    paths = tuple(p for p in paths if p.is_dir())
    reader = _Reader(faults)
    for path in paths:
        reader.folder(path)
    return reader.catalogue(paths), faults


class _Reader:
    """Collects the entries of folder after folder by key, so that a later folder replaces what it repeats."""

    def __init__(self, faults: list[Fault]):
        self.faults = faults
        self.regions: dict[str, Region] = {}
        self.indicators: dict[str, Indicator] = {}
        self.observations: dict[tuple, list[Observation]] = {}
        self.censuses: dict[tuple, CensusTable] = {}
        self.documents: dict[str, Document] = {}
        self.targets: dict[str, Target] = {}
        self.breaks: list[Break] = []

    def folder(self, path: Path) -> None:
        if (path / "regions.csv").exists():
            self.read_regions(path / "regions.csv")
        if (path / "indicators.yaml").exists():
            self.read_indicators(path / "indicators.yaml")
        if (path / "breaks.yaml").exists():
            self.read_breaks(path / "breaks.yaml")
        fresh: dict[tuple, list[Observation]] = {}
        for table in sorted((path / "tables").glob("*.csv")):
            if table.name.startswith("schedule_"):
                continue
            self.read_table(table, fresh)
        self.observations.update(fresh)
        for file in sorted((path / "targets").glob("*.yaml")):
            if not file.name.startswith("left_out"):
                self.read_targets(file)

    def read_regions(self, path: Path) -> None:
        for number, row in rows_of(path, self.faults):
            form = self.form(forms.RegionRow, row, path, number)
            if form is None:
                continue
            region = Region(
                code=form.code,
                name_zh=form.name_zh,
                name_en=form.name_en,
                level=form.level,
                parent=form.parent,
                boundary=Boundary(
                    form.edition,
                    form.from_,
                    form.to,
                    tuple(p for p in form.predecessors.split("|") if p),
                    form.whole == "yes",
                ),
                aliases=tuple(a for a in form.aliases.split("|") if a),
                note=form.note,
                fictional=form.fictional == "yes",
            )
            self.regions[region.key] = region

    def read_indicators(self, path: Path) -> None:
        for id, entry in (self.yaml(path) or {}).items():
            form = self.form(forms.IndicatorEntry, entry, path, None, prefix=str(id))
            if form is not None:
                self.indicators[str(id)] = Indicator(id=str(id), **form.model_dump())

    def read_breaks(self, path: Path) -> None:
        for entry in self.yaml(path) or []:
            form = self.form(forms.BreakEntry, entry, path, None)
            if form is not None:
                regions = tuple(form.regions) if form.regions is not None else None
                self.breaks.append(
                    Break(tuple(form.indicators), form.year, form.why, form.reason, regions, form.within)
                )

    def read_table(self, path: Path, fresh: dict) -> None:
        twin = self.twin(path)
        if twin is None:
            return
        sources = {
            id: Source(id=f"{path.stem}.{id}", fictional=twin.kind == "fictional", **_source_fields(entry, twin))
            for id, entry in twin.sources.items()
        }
        if path.name.startswith("census_age_sex"):
            self.read_census(path, sources)
            return
        seen: dict[tuple, int] = {}
        for number, row in rows_of(path, self.faults):
            form = self.form(forms.ObservationRow, row, path, number)
            if form is None:
                continue
            fault = self.cross_check(form, sources, path, number)
            identity = (form.region, form.edition, form.indicator, form.year, form.period, form.basis, form.source)
            if identity in seen and form.status != "suspect":
                fault = Fault(
                    str(path), number, None, " ".join(map(str, identity)), f"one row; it repeats row {seen[identity]}"
                )
            if fault:
                self.faults.append(fault)
                continue
            seen[identity] = number
            observation = Observation(
                region=form.region,
                edition=form.edition,
                indicator=form.indicator,
                year=form.year,
                period=form.period,
                basis=form.basis,
                status=form.status,
                value=form.value,
                precision=form.precision or 0.0,
                grade=form.grade,
                source=sources[form.source],
                note=form.note,
            )
            fresh.setdefault(identity[:6], []).append(observation)

    def cross_check(self, form, sources, path: Path, number: int) -> Fault | None:
        """Known region, indicator and source, and a value within the plausible range of the indicator."""
        key = f"{form.region}@{form.edition}" if form.edition else form.region
        if form.region not in self.codes() or (form.edition and key not in self.regions):
            return Fault(
                str(path), number, "region", key, "a region of regions.csv", ", ".join(nearest(key, self.regions))
            )
        if form.indicator not in self.indicators:
            near = ", ".join(nearest(form.indicator, self.indicators))
            return Fault(str(path), number, "indicator", form.indicator, "an indicator of indicators.yaml", near)
        if form.source not in sources:
            near = ", ".join(nearest(form.source, sources))
            return Fault(str(path), number, "source", form.source, f"a source of {path.stem}.yaml", near)
        about = self.indicators[form.indicator]
        low, high = about.range
        if not low <= form.value <= high:
            return Fault(
                str(path),
                number,
                "value",
                f"{form.value:g}",
                f"{about.en} in {about.unit}, between {low:g} and {high:g}",
            )
        return None

    def codes(self) -> set[str]:
        if getattr(self, "_codes_of", None) != len(self.regions):
            self._codes_of, self._codes = len(self.regions), {r.code for r in self.regions.values()}
        return self._codes

    def read_census(self, path: Path, sources: dict[str, Source]) -> None:
        groups: dict[tuple, list] = {}
        for number, row in rows_of(path, self.faults):
            form = self.form(forms.CensusRow, row, path, number)
            if form is None:
                continue
            if form.region not in self.codes():
                near = ", ".join(nearest(form.region, self.codes()))
                self.faults.append(Fault(str(path), number, "region", form.region, "a region of regions.csv", near))
                continue
            if form.source not in sources:
                self.faults.append(Fault(str(path), number, "source", form.source, f"a source of {path.stem}.yaml"))
                continue
            low = int(AGE_GROUP.match(form.age)[1])
            groups.setdefault((form.region, form.edition, form.year), []).append((low, form, number))
        for (region, edition, year), rows in groups.items():
            rows.sort(key=lambda r: r[0])
            lows = [r[0] for r in rows]
            if len(set(lows)) != len(lows):
                repeated = next(r for r, s in zip(rows[1:], rows, strict=False) if r[0] == s[0])
                self.faults.append(Fault(str(path), repeated[2], "age", repeated[1].age, "each age group once"))
                continue
            if lows[0] != 0 or not rows[-1][1].age.endswith("+"):
                self.faults.append(
                    Fault(
                        str(path),
                        rows[0][2],
                        "age",
                        rows[0][1].age,
                        f"all ages of {region} {year}, from 0 to an open group",
                    )
                )
                continue
            source = sources[rows[0][1].source]
            people = np.array([[f.male, f.female] for _, f, _ in rows])
            self.censuses[(region, edition, year)] = CensusTable(
                region, edition, year, np.array(lows), people, source.cited(), source.published
            )

    def read_targets(self, path: Path) -> None:
        entry = self.yaml(path)
        form = self.form(forms.TargetFile, entry, path, None)
        if form is None:
            return
        head = form.document.model_dump(exclude={"number", "date_known", "note"})
        document = Document(**head)
        self.documents[document.id] = document
        for target in form.targets:
            if target.indicator not in self.indicators:
                near = ", ".join(nearest(target.indicator, self.indicators))
                self.faults.append(
                    Fault(str(path), None, target.id, target.indicator, "an indicator of indicators.yaml", near)
                )
                continue
            about = self.indicators[target.indicator]
            for value in (target.value, target.low, target.high):
                if value is not None and not about.range[0] <= value <= about.range[1]:
                    expected = f"{about.en} in {about.unit}, between {about.range[0]:g} and {about.range[1]:g}"
                    self.faults.append(Fault(str(path), None, target.id, f"{value:g}", expected))
            if target.unit != about.unit:
                self.faults.append(
                    Fault(str(path), None, target.id, target.unit, f"the indicator's unit, {about.unit}")
                )
            if sum(t.id == target.id for t in form.targets) > 1:
                self.faults.append(Fault(str(path), None, target.id, target.id, "an id of its own"))
            self.targets[target.id] = Target(document=document, **target.model_dump())

    def twin(self, path: Path) -> forms.Twin | None:
        twin_path = path.with_suffix(".yaml")
        if not twin_path.exists():
            self.faults.append(
                Fault(str(path), None, None, path.name, f"a twin {twin_path.name} that names its sources")
            )
            return None
        return self.form(forms.Twin, self.yaml(twin_path), twin_path, None)

    def yaml(self, path: Path):
        try:
            return _yaml(path, path.stat().st_mtime_ns)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "text in UTF-8"
            self.faults.append(
                Fault(str(path), mark.line + 1 if mark else None, None, "text", f"valid YAML ({problem})")
            )
            return None

    def form(self, model: type[BaseModel], entry, path: Path, row: int | None, prefix: str = ""):
        if entry is None and row is None:
            if not any(f.file == str(path) for f in self.faults):
                self.faults.append(Fault(str(path), None, None, "nothing", "entries; the file is empty"))
            return None
        try:
            return model.model_validate(entry)
        except ValidationError as error:
            for fault in forms.faults_of(error, str(path), row, entry):
                column = f"{prefix}.{fault.column}" if prefix and fault.column else fault.column or prefix
                self.faults.append(Fault(fault.file, fault.row, column, fault.value, fault.expected, fault.nearest))
            return None

    def catalogue(self, folders: tuple[Path, ...]) -> Catalogue:
        return Catalogue(
            regions=tuple(self.regions.values()),
            indicators=self.indicators,
            observations=tuple(o for found in self.observations.values() for o in found),
            censuses=tuple(self.censuses.values()),
            documents=self.documents,
            targets=tuple(self.targets.values()),
            breaks=tuple(self.breaks),
            folders=folders,
        )


def rows_of(path: Path, faults: list[Fault]):
    """The rows of a CSV file with their number as an editor counts them, heading 1. Full-width digits become plain ones."""
    text = decoded(path, faults)
    if text is None:
        return
    lines = csv.reader(text.splitlines())
    heading = next(lines, None)
    if not heading or not any(h.strip() for h in heading):
        faults.append(Fault(str(path), None, None, "nothing", "a heading and rows; the file is empty"))
        return
    heading = [unicodedata.normalize("NFKC", h).strip() for h in heading]
    for number, cells in enumerate(lines, start=2):
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(heading):
            faults.append(
                Fault(str(path), number, None, f"{len(cells)} cells", f"{len(heading)} cells, as in the heading")
            )
            continue
        yield number, {h: _plain(h, c) for h, c in zip(heading, cells, strict=True)}


def decoded(path: Path, faults: list[Fault]) -> str | None:
    """The text of a file in UTF-8 (with or without a byte order mark) or GB18030."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    faults.append(Fault(str(path), None, None, "bytes", "text in UTF-8 or GB18030"))
    return None


def _plain(heading: str, cell: str) -> str:
    cell = cell.strip()
    if heading in ("note", "name_zh", "name_en", "aliases") or cell.isascii():
        return cell
    return unicodedata.normalize("NFKC", cell)


def _source_fields(entry: forms.SourceEntry, twin: forms.Twin) -> dict:
    fields = entry.model_dump(exclude={"note"})
    fields["licence"] = fields["licence"] or twin.licence
    assert isinstance(fields["published"], date)
    return fields


@lru_cache(maxsize=64)
def _yaml(path: Path, _modified: int):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=loader)
