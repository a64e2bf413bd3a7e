"""The catalogue: everything in data/, read once, with a user's folder laid over it, and asked by plain names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np

from planning.errors import not_known
from planning.indicators import Indicator
from planning.observations import Conflict, Observation, as_series, is_visible, pick, visible_at
from planning.paths import SHIPPED as SHIPPED
from planning.regions import Region, RegionIndex, ancestors, find, index, newest_by_code
from planning.schemas import CLOSED, Published, Year, one_of
from planning.series import Series
from planning.targets import Document, Target

T = TypeVar("T")


@dataclass(frozen=True)
class Break:
    """A declared break or shock in the series of some indicators.

    known: the day of the figure that shows it; an earlier day is answered without it. regions: codes, or None for all;
    within: a parent code.
    """

    __pydantic_config__ = CLOSED

    indicators: tuple[str, ...]
    year: Year
    why: Annotated[str, one_of("definition", "census", "boundary", "shock", "rebound")]
    known: Published
    reason: str
    regions: tuple[str, ...] | None = None
    within: str | None = None


@dataclass(frozen=True)
class CensusTable:
    """A census table by age and sex. low: first age of each group; the last group is open. people: (group, sex), male first."""

    region: str
    edition: str
    year: int
    low: np.ndarray
    people: np.ndarray
    source: str
    published: date
    replaced: date | None = None  # as of an Observation

    def single(self) -> bool:
        return bool((np.diff(self.low) == 1).all())


@dataclass(frozen=True)
class Catalogue:
    """All regions, indicators, observations, census tables and targets, as far as published by `as_of` (None: all).

    published, counted: the observations and census tables together with those that a folder laid over replaced, which are
    seen by who asks as of an earlier day. folders: what it was read from, the last on top; files: of each, its data files.
    """

    regions: tuple[Region, ...]
    indicators: dict[str, Indicator]
    observations: tuple[Observation, ...]
    censuses: tuple[CensusTable, ...]
    documents: dict[str, Document]
    targets: tuple[Target, ...]
    breaks: tuple[Break, ...]
    folders: tuple[Path, ...] = ()
    files: tuple[tuple[Path, ...], ...] = ()
    as_of: date | None = None
    published: tuple[Observation, ...] = ()
    counted: tuple[CensusTable, ...] = ()
    _cache: dict = field(default_factory=dict, init=False, compare=False, repr=False)  # `replace` begins an empty one
    _places: dict = field(default_factory=dict, compare=False, repr=False)  # of regions alone, whatever the day

    def known_by(self, as_of: date | None) -> Catalogue:
        """The same catalogue with only what had been published by that day."""
        if as_of == self.as_of:
            return self
        return self.once(("known_by", as_of), lambda: self._until(as_of))

    def _until(self, as_of: date | None) -> Catalogue:
        rows = tuple(visible_at(self.published or self.observations, as_of))
        tables = tuple(c for c in self.counted or self.censuses if is_visible(c.published, c.replaced, as_of))
        return replace(self, observations=rows, censuses=tables, as_of=as_of)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once for this catalogue. key: names what it is among all that is kept so."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    @cached_property
    def newest_publication(self) -> date:
        """The day of the newest publication among the observations, none of them in the future."""
        today = date.today()
        days = (o.source.published for o in self.observations)
        return max((d for d in days if d <= today), default=date(1949, 1, 1))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the names and contents of the data files: what is kept of a catalogue is kept under it."""
        made = hashlib.sha256()
        for folder, files in zip(self.folders, self.files, strict=True):
            for path in files:
                made.update(path.relative_to(folder).as_posix().encode())
                made.update(hashlib.sha256(path.read_bytes()).digest())
        return made.hexdigest()

    def find(self, asked: str) -> Region:
        """The region called so: a code, code@edition, Chinese or English name, or a path of names. Raises NotKnown with
        what is near."""
        return find(asked, self._index)

    def region(self, key: str) -> Region:
        """The region with exactly this key or, for a bare code, its newest boundary."""
        by_key = self._by_key
        if key in by_key:
            return by_key[key]
        return self.find(key)

    @cached_property
    def _by_key(self) -> dict[str, Region]:
        return {r.key: r for r in self.regions}

    @property
    def _index(self) -> RegionIndex:
        if "index" not in self._places:
            self._places["index"] = index(self.regions)
        return self._places["index"]

    @property
    def _newest(self) -> dict[str, Region]:
        if "newest" not in self._places:
            self._places["newest"] = newest_by_code(self.regions)
        return self._places["newest"]

    def ancestors(self, region: Region) -> list[Region]:
        """The regions above, nearest first."""
        return ancestors(region, self._newest)

    def children(self, region: Region) -> list[Region]:
        """The regions directly below, on today's boundaries."""
        return [r for r in self.regions if r.parent == region.code and not r.boundary.end and r.level != "area"]

    def siblings(self, region: Region) -> list[Region]:
        """The other regions of the same level under the same parent."""
        return [
            r
            for r in self.regions
            if r.parent == region.parent and r.level == region.level and r.code != region.code and not r.boundary.end
        ]

    def indicator(self, id: str) -> Indicator:
        """The indicator called so, by id or by its Chinese or English name. Raises NotKnown with what is near."""
        if id in self.indicators:
            return self.indicators[id]
        for indicator in self.indicators.values():
            if id in (indicator.zh, indicator.en):
                return indicator
        words = [w for i in self.indicators.values() for w in (i.id, i.zh, i.en)]
        raise not_known("indicator", id, words, "Indicators are listed in data/indicators.yaml.")

    @cached_property
    def _rows(self) -> dict[tuple[str, str], list[Observation]]:
        rows: dict[tuple[str, str], list[Observation]] = {}
        for o in visible_at(self.observations, self.as_of):
            key = f"{o.region}@{o.edition}" if o.edition else o.region
            rows.setdefault((key, o.indicator), []).append(o)
        return rows

    @cached_property
    def _keys_by_indicator(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for key, indicator in self._rows:
            keys.setdefault(indicator, []).append(key)
        return keys

    def rows(self, region: Region, indicator: str) -> list[Observation]:
        """The observations of one indicator on exactly this boundary. Rows without an edition belong to the newest."""
        found = list(self._rows.get((region.key, indicator), ()))
        if region.boundary.edition and not region.boundary.end:
            found += self._rows.get((region.code, indicator), ())
        return found

    def series(self, region: Region, indicator: str, basis: str | None = None) -> Series | None:
        """The series of an indicator in a region, or None where nothing was published on its basis.

        basis: another population basis than the indicator's own, asked for by name.
        """
        return self.once(("series", region.key, indicator, basis), lambda: self._series(region, indicator, basis))

    def _series(self, region: Region, indicator: str, basis: str | None) -> Series | None:
        about = self.indicator(indicator)
        chosen, _ = pick(self.rows(region, indicator), basis or about.basis)
        breaks, shocks = self._declared(region, indicator)
        return as_series(chosen, about.unit, breaks, shocks) if chosen else None

    def conflicts(self, region: Region, indicator: str) -> list[Conflict]:
        """Published values that contradict the ones used."""
        return pick(self.rows(region, indicator), self.indicator(indicator).basis)[1]

    def all_series(self, indicator: str) -> list[Series]:
        """The series of every region that has one, today's boundaries and old ones."""
        regions = [self.region(key) for key in self._keys_by_indicator.get(indicator, ())]
        once = {r.key: r for r in regions}
        return [s for r in once.values() if (s := self.series(r, indicator)) is not None]

    def peers(self, region: Region, indicator: str) -> list[Series]:
        """The series of every other region. A region's own older boundaries do not count as peers."""
        return [s for s in self.all_series(indicator) if s.region.split("@")[0] != region.code]

    def census(self, region: Region, year: int) -> CensusTable | None:
        """The census table of a region: its own, else added up from parts that make up the whole of it.

        Parts are predecessors that do, and for the nation its provinces (the armed forces are counted apart).
        """
        own = self._tables.get((region.key, year))
        if own is not None:
            return own
        if region.level == "nation":
            parts = [self.census(r, year) for r in self.children(region)]
        elif region.boundary.whole:
            parts = [self.census(self.region(k), year) for k in region.boundary.predecessors]
        else:
            return None
        whole = [p for p in parts if p is not None]
        if not whole or len(whole) < len(parts):
            return None
        people = np.sum([p.people for p in whole], axis=0)
        sources = "; ".join(dict.fromkeys(p.source for p in whole))
        return replace(whole[0], region=region.code, edition=region.boundary.edition, people=people, source=sources)

    @cached_property
    def _tables(self) -> dict[tuple[str, int], CensusTable]:
        return {(f"{t.region}@{t.edition}" if t.edition else t.region, t.year): t for t in self.censuses}

    def target(self, id: str) -> Target:
        """The target with this id. Raises NotKnown with what is near."""
        for target in self.targets:
            if target.id == id:
                return target
        raise not_known("target", id, [t.id for t in self.targets], "`dabiao targets` lists them.")

    def in_force(self, region: Region) -> list[Target]:
        """The targets of a region, once each: its own, its older boundaries', and those that its documents print for others.

        A repeat of a promise made elsewhere in the same document is left to the first statement. The goals of the regions
        above that apply below come last, nearest region first, one for each indicator and year that nothing nearer asks for.
        """
        documents = {d.id for d in self.documents.values() if _speaks_of(d.region, d.edition, region)}
        own = [
            t
            for t in self.targets
            if not t.duplicate_of and (_speaks_of(t.region, t.edition, region) or t.document.id in documents)
        ]
        held = {(t.indicator, t.year) for t in own if t.region == region.code}
        level = "district" if region.level == "area" else region.level
        found = list(own)
        for above in self.ancestors(region):
            for t in self.targets:
                beside = t.applies_below and t.document.fictional == region.fictional
                if beside and t.region == above.code and (t.indicator, t.year) not in held:
                    held.add((t.indicator, t.year))
                    own_id, edition = f"{t.id}.{region.key}", region.boundary.edition
                    found.append(replace(t, id=own_id, region=region.code, edition=edition, level=level))
        return found

    def _declared(self, region: Region, indicator: str) -> tuple[list[int], list[int]]:
        above = {r.code for r in self.ancestors(region)} | {region.code}
        breaks: list[int] = []
        shocks: list[int] = []
        for b in self.breaks:
            if indicator not in b.indicators or not is_visible(b.known, None, self.as_of):
                continue
            if b.regions is not None and region.code not in b.regions:
                continue
            if b.within is not None and b.within not in above:
                continue
            (shocks if b.why in ("shock", "rebound") else breaks).append(b.year)
        return breaks, shocks


def _speaks_of(code: str, edition: str, region: Region) -> bool:
    """Whether something said of a code and edition concerns the region: today's also answers for its older boundaries."""
    if code != region.code:
        return False
    return not region.boundary.end or edition == region.boundary.edition
