"""Where each area of the county books goes: a row of its own, an older boundary, the shipped data, or nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from planning.catalogue import CensusTable
from planning.regions import Region
from reports.workbooks.census_book import Area
from reports.workbooks.census_matching import matches

OLDER = "pre{year}"
NO_CODE = (
    "no official code: a development zone or administered area; its people are in the city's table and in no district's"
)
LEVELS = ("nation", "province", "city", "district", "area")


@dataclass(frozen=True)
class Placing:
    """What becomes of one area of one book. region, edition: the row it is a table of, '' where it is left out.

    outcome: new, older_boundary, replaces, already_shipped or left_out; reason: why, where it is not plain.
    """

    area: Area
    region: str
    edition: str
    outcome: str
    reason: str = ""


def place(areas: list[Area], shipped: Iterable[Region], censuses: Iterable[CensusTable]) -> list[Placing]:
    """Where every area of the books goes: its own row, an older boundary of one, the shipped data, or nowhere."""
    editions: dict[str, list[Region]] = {}
    for region in shipped:
        editions.setdefault(region.code, []).append(region)
    there = {(t.year, t.people.tobytes()): key_of(t.region, t.edition) for t in censuses}
    keyed = {(t.region, t.edition, t.year) for t in censuses}
    newest = max(a.year for a in areas)
    today = {a.code for a in areas if a.year == newest and a.code} | set(editions)
    became = {
        id(m.earlier): m for m in matches([a for a in areas if a.year < newest], [a for a in areas if a.year == newest])
    }
    cities = {(a.year, a.province, a.name) for a in areas if a.level == "city"}
    cities |= {(a.year, a.province, a.province) for a in areas}
    placings = []
    for area in areas:
        found = there.get((area.year, area.people.tobytes()))
        if found:
            code, _, edition = found.partition("@")
            placings.append(Placing(area, code, edition, "already_shipped", f"the same figures are shipped as {found}"))
            continue
        if not area.code:
            placings.append(Placing(area, "", "", "left_out", NO_CODE))
            continue
        match = became.get(id(area))
        held = _in_force(editions.get(area.code, ()), area.year)
        if held is not None and (held.boundary.end or area.year == newest):
            code, edition, reason = area.code, held.boundary.edition, ""
        else:
            code, edition, reason = _row_for(area, area.year == newest, match, today, newest)
        if (
            not reason
            and area.level == "district"
            and area.city not in ("", area.province)
            and ((area.year, area.province, area.city) not in cities)
        ):
            reason = f"its city {area.city} is no city of the book of {area.year}; it stands under {area.province}"
        outcome = "older_boundary" if reason.startswith("older") else "new"
        if (code, edition, area.year) in keyed:
            outcome, reason = "replaces", f"replaces the shipped table of {key_of(code, edition)}, whose figures differ"
        placings.append(Placing(area, code, edition, outcome, reason))
    return placings


def _row_for(area: Area, is_newest: bool, match: Any, today: set[str], newest: int) -> tuple[str, str, str]:
    """The code, edition and remark of an area's own row."""
    if is_newest:
        return area.code, "", ""
    if match and match.fits:
        told = f"code {area.code} and name {area.name} in {area.year}" if match.later.code != area.code else ""
        return match.later.code, "", told
    edition = OLDER.format(year=newest) if area.code in today else ""
    if match is None:
        return area.code, edition, f"older boundary: no area of this name in {newest}"
    why = f"older boundary: settled people do not fit {match.later.name} {match.later.code} of {newest}"
    return area.code, edition, why + "; its boundary changed in between, or one of the tables slipped"


def _in_force(editions: Iterable[Region], year: int) -> Region | None:
    """The shipped edition of a code that was in force on census day."""
    day = f"{year}-11-01"
    for region in editions:
        if (region.boundary.start or "0000") <= day and (not region.boundary.end or day < region.boundary.end):
            return region
    return None


def region_rows(placings: list[Placing], shipped: Iterable[Region]) -> dict[str, dict[str, str]]:
    """The rows of regions.csv for all areas that the shipped data does not hold, by key, parents first."""
    have = {r.key for r in shipped}
    current = {r.code for r in shipped if not r.boundary.end}
    newest = max(p.area.year for p in placings)
    current |= {p.region for p in placings if p.area.year == newest and p.region}
    parents = _Parents(placings)
    names = Counter(p.area.stem for p in placings if p.area.year == newest)
    taken = {w for r in shipped for w in (r.name_zh, *r.aliases)}
    rows: dict[str, dict[str, str]] = {}
    for p in sorted(placings, key=lambda p: (LEVELS.index(level_of(p.area)), -p.area.year)):
        key = key_of(p.region, p.edition)
        if p.outcome in ("left_out", "already_shipped") or key in have:
            continue
        if key in rows:
            if p.reason:
                rows[key]["note"] = p.reason
            continue
        area = p.area
        parent = parents.of(area, current)
        old = area.year < newest or p.outcome == "older_boundary"
        rows[key] = {
            "code": p.region,
            "edition": p.edition,
            "name_zh": area.name,
            "name_en": f"{area.name} ({p.region})",
            "aliases": "|".join(_aliases(area, names, taken)),
            "level": level_of(area),
            "parent": parent,
            "from": "",
            "to": f"{newest}-11-01" if old else "",
            "predecessors": "",
            "whole": "",
            "note": p.reason,
        }
    return rows


class _Parents:
    """The code of the area above, found by its name in the same book."""

    def __init__(self, placings: list[Placing]):
        self.provinces = {(p.area.year, p.area.name): p.region for p in placings if p.area.level == "province"}
        self.cities = {
            (p.area.year, p.area.province, p.area.name): p.region for p in placings if p.area.level == "city"
        }

    def of(self, area: Area, current: set[str]) -> str:
        """The nearest area above that is there today; empty for the nation."""
        if area.level == "nation":
            return ""
        above = [self.cities.get((area.year, area.province, area.city))] if area.level == "district" else []
        above += [self.provinces.get((area.year, area.province))] if area.level != "province" else []
        return next((code for code in above if code and code in current), "000000")


def _aliases(area: Area, names: Counter, taken: set[str]) -> list[str]:
    """Names with the areas above, which are single where the bare name is not, and the short name where it is single."""
    full = area.province if area.level == "city" else f"{area.province}{area.city}" if area.city else area.province
    words = []
    if area.level in ("city", "district"):
        words.append(full + area.name)
    if area.level == "district" and area.city and area.city != area.province:
        words.append(area.city + area.name)
    if len(area.stem) > 1 and names[area.stem] == 1 and area.stem not in taken:
        words.append(area.stem)
    return [w for w in words if w != area.name]


def level_of(area: Area) -> str:
    """The level of its row: codes that end in 71 to 79 are the statisticians', for zones within districts."""
    return "area" if area.level == "district" and re.search(r"7[1-9]$", area.code) else area.level


def key_of(code: str, edition: str) -> str:
    return f"{code}@{edition}" if edition else code
