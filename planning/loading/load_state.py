"""What has been gathered from the data folders read so far, and how their entries become forms and faults."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from planning import schemas
from planning.catalogue import Break, Catalogue, CensusTable
from planning.errors import DataError, nearest
from planning.indicators import Indicator
from planning.loading.text_files import line_of, yaml_of
from planning.observations import Observation
from planning.regions import Region
from planning.targets import Document, Target

T = TypeVar("T")
MOST_LOOKUPS = 100  # of the nearest choice: beyond these nobody reads them


def nearest_codes(word: str, codes: Iterable[str], count: int = 3) -> list[str]:
    """The codes of the same province most like a code: with the most digits in place, digits swapped counting half."""

    def likeness(code: str) -> float:
        in_place = sum(a == b for a, b in zip(word, code, strict=False))
        return in_place + (sorted(word[:6]) == sorted(code[:6]))

    of_province = sorted(c for c in codes if c[:2] == word[:2])
    return sorted(of_province, key=likeness, reverse=True)[:count]


@dataclass
class Gathered:
    """The entries of folder after folder by key, so that a later folder replaces what it repeats, and all faults met."""

    faults: list[DataError]
    regions: dict[str, Region] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    faulty_codes: set[str] = field(default_factory=set)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    observations: dict[tuple, list[Observation]] = field(default_factory=dict)
    censuses: dict[tuple, list[CensusTable]] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)
    _near: dict[tuple[str, str], str] = field(default_factory=dict)
    _places: dict[str, Any] = field(default_factory=dict)  # shared by the catalogues made from this

    def copy(self) -> Gathered:
        """The same, to lay another folder over it."""
        held = {f.name: copy(getattr(self, f.name)) for f in fields(self)}
        return Gathered(**{**held, "_places": {}})

    def fault(self, path: Path, row: int | None, column: str | None, found: Any, expected: str, near: str = "") -> None:
        self.faults.append(DataError(str(path), row, column, str(found), expected, near))

    def near(self, word: str, kind: str, choices: Iterable[str]) -> str:
        """The choices most like a word, looked up once a word and not without end."""
        if (kind, word) not in self._near:
            if len(self._near) >= MOST_LOOKUPS:
                return ""
            alike = nearest_codes(word, choices) if kind == "region" else nearest(word, choices)
            self._near[kind, word] = ", ".join(alike)
        return self._near[kind, word]

    def unknown_region(self, code: str, edition: str) -> tuple[str, str]:
        """What was expected of a region that is not known, and what is near; empty where it is known."""
        key = f"{code}@{edition}" if edition else code
        if code in self.codes and (not edition or key in self.regions):
            return "", ""
        if code in self.faulty_codes:  # its row is told already
            return "", ""
        return "a region of regions.csv", self.near(key, "region", self.regions)

    def made_up_mixed(self, code: str, edition: str, fictional: bool) -> str:
        """What was expected where made-up figures would stand for a real region, or published ones for a made-up region."""
        region = self.regions.get(f"{code}@{edition}" if edition else code)
        if region is None or region.fictional == fictional:
            return ""
        if fictional:
            return f"a published figure: {region.name_zh} is a real region, and the table is of kind fictional"
        return f"a table of kind fictional: {region.name_zh} is a made-up region"

    def value(
        self, schema: type[T], entry: Any, path: Path, row: int | None, within: tuple = (), **beside: Any
    ) -> T | None:
        """The value that an entry describes, or None and its faults. within: where the entry stands in a YAML file."""
        value, faults = schemas.read_entry(schema, entry, str(path), row, **beside)
        for fault, place in faults:
            if row is None:
                column = ".".join(str(p) for p in (*within, *place))
                fault = replace(fault, row=line_of(path, (*within, *place)), column=column)
            elif place:
                fault = replace(fault, column=str(place[-1]))
            self.faults.append(fault)
        return value

    def entries(self, path: Path) -> list:
        """The entries of a YAML list."""
        content = yaml_of(path, self.faults)
        if content is not None and not isinstance(content, list):
            self.fault(path, 1, None, type(content).__name__, "a list of entries")
            return []
        return content or []

    def mapping(self, path: Path) -> dict:
        """The entries of a YAML mapping."""
        content = yaml_of(path, self.faults)
        if content is not None and not isinstance(content, dict):
            self.fault(path, 1, None, type(content).__name__, "entries by name")
            return {}
        return content or {}

    def catalogue(self, folders: tuple[Path, ...], files: tuple[tuple[Path, ...], ...]) -> Catalogue:
        published = tuple(o for found in self.observations.values() for o in found)
        counted = tuple(c for found in self.censuses.values() for c in found)
        return Catalogue(
            regions=tuple(self.regions.values()),
            indicators=dict(self.indicators),
            observations=tuple(o for o in published if o.replaced is None),
            censuses=tuple(c for c in counted if c.replaced is None),
            published=published,
            counted=counted,
            documents=dict(self.documents),
            targets=tuple(self.targets.values()),
            breaks=tuple(self.breaks),
            folders=folders,
            files=files,
            _places=self._places,
        )
