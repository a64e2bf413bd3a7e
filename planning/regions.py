"""Regions: places with their official code, and the boundary they had over some years."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from planning.errors import not_known
from planning.schemas import CLOSED, Code, CodeOrNothing, Day, Edition, Level, Words, one_of

LEVELS = ("nation", "province", "city", "district", "area")
Parts = Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(p for p in v.split("|") if p))]
if TYPE_CHECKING:
    Whole = bool
    Fictional = bool
else:
    Whole = Annotated[str, one_of("", "yes", "partly"), AfterValidator(lambda v: v == "yes")]
    Fictional = Annotated[str, one_of("", "yes"), AfterValidator(lambda v: v == "yes")]
WHERE = "Regions are listed in data/regions.csv; `dabiao regions` shows them."


@dataclass(frozen=True)
class Boundary:
    """The extent of a region over some years. start, end: ISO dates or ''. whole: predecessors add up exactly to it."""

    __pydantic_config__ = CLOSED

    edition: Edition = ""
    start: Annotated[Day, Field(alias="from")] = ""
    end: Annotated[Day, Field(alias="to")] = ""
    predecessors: Parts = ()
    whole: Whole = False


@dataclass(frozen=True)
class Region:
    """A place within one boundary edition. code: six digits (GB/T 2260); parent: the code of the region above."""

    __pydantic_config__ = CLOSED
    COLUMNS: ClassVar = (
        "code", "edition", "name_zh", "name_en", "aliases", "level", "parent", "from", "to", "predecessors", "whole",
        "note", "fictional",
    )  # fmt: skip

    code: Code
    name_zh: Words
    name_en: Words
    level: Level
    parent: CodeOrNothing = ""
    boundary: Boundary = Boundary()
    aliases: Parts = ()
    note: str = ""
    fictional: Fictional = False

    @property
    def key(self) -> str:
        """The code, with the boundary edition where there is one: 330105@2021."""
        return f"{self.code}@{self.boundary.edition}" if self.boundary.edition else self.code

    def name(self, lang: str) -> str:
        """The name in Chinese ("zh") or English ("en"), with a word where the boundary is an older one or it is made up."""
        name = self.name_zh if lang == "zh" else self.name_en
        if self.boundary.end:
            name += (
                f"（{self.boundary.end[:4]}年前旧区划）"
                if lang == "zh"
                else f" (boundary before {self.boundary.end[:4]})"
            )
        if self.fictional:
            name += "（虚构）" if lang == "zh" else " (fictional)"
        return name


def by_word(regions: Iterable[Region]) -> dict[str, list[Region]]:
    """The regions by everything they may be asked by: names, code, key, aliases, in small letters and single blanks."""
    found: dict[str, list[Region]] = {}
    for region in regions:
        for word in _words(region):
            found.setdefault(word, []).append(region)
    return found


def find(asked: str, regions: Mapping[str, Sequence[Region]]) -> Region:
    """The region called `asked`: a code, a code@edition, or a Chinese or English name. regions: as `by_word` gives them.

    A name or code that has several boundary editions means the newest. Raises NotKnown when there is none, and when
    several regions share the name, naming them.
    """
    asked = str(asked).strip()
    hits = regions.get(_folded(asked), ())
    if not hits:
        every = dict.fromkeys(r for called in regions.values() for r in called)
        words = [w for r in every for w in (r.name_zh, r.name_en, *r.aliases, r.key)]
        raise not_known("region", asked, words, WHERE)
    newest: dict[str, Region] = {}
    for region in hits:
        best = newest.get(region.code)
        if best is None or (region.boundary.end == "", region.boundary.start) > (
            best.boundary.end == "",
            best.boundary.start,
        ):
            newest[region.code] = region
    if len(newest) > 1:
        exact = [r for r in newest.values() if asked in (r.name_zh, r.name_en)]
        if len(exact) == 1:
            return exact[0]
        names = ", ".join(f"{r.code} {r.name_zh} (in {r.parent})" for r in newest.values())
        raise not_known("single region", asked, (), f"Several share the name: {names}. Ask by code. {WHERE}")
    return next(iter(newest.values()))


def _words(region: Region) -> set[str]:
    words = {region.name_zh, region.name_en, region.code, region.key, *region.aliases}
    return {_folded(w) for w in words if w}


def _folded(word: str) -> str:
    return re.sub(r"\s+", " ", word.casefold())


def newest_by_code(regions: Iterable[Region]) -> dict[str, Region]:
    """The regions on today's boundaries."""
    return {r.code: r for r in regions if not r.boundary.end}


def ancestors(region: Region, newest: Mapping[str, Region]) -> list[Region]:
    """The regions above, nearest first: city, province, nation. newest: as `newest_by_code` gives them."""
    line: list[Region] = []
    code = region.parent
    while code and code in newest and newest[code] not in line:
        line.append(newest[code])
        code = newest[code].parent
    return line


def entry_of_row(row: Mapping[str, str]) -> dict[str, object]:
    """A row of regions.csv as the entry of a Region, its boundary apart."""
    apart = ("edition", "from", "to", "predecessors", "whole")
    entry: dict[str, object] = {k: v for k, v in row.items() if k not in apart}
    return {**entry, "boundary": {k: row[k] for k in apart if k in row}}
