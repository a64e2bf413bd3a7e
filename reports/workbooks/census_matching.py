"""Which area of one census is which of the next: by name and code, and by whether its settled people still fit."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reports.workbooks.census_book import Area

# People of 40-64 and of 55-74 hardly move. Ten years on their numbers have changed as in the whole province but for
# this (log); beyond it, on both measures, the area is another one: a merger, a split, or a slip in the table. Read off
# the counties and cities of 2010 and 2020, where the known mergers and splits stand apart from growth and flight.
MOST_MOVED = {"district": 0.35, "city": 0.20}
SETTLED = ((40, 60), (55, 70))  # first ages of the groups, at the earlier census


@dataclass(frozen=True)
class Match:
    """An area of the earlier census and the one of the later that it became. fits: on about the same boundary."""

    earlier: Area
    later: Area
    fits: bool


def matches(earlier: Iterable[Area], later: Iterable[Area]) -> list[Match]:
    """Every area of the earlier census that has a later one: the same name in its province, else the same name without
    its ending, else the same code under a new name. None is taken twice."""
    earlier, later = list(earlier), list(later)
    free_earlier = {id(a): a for a in earlier}
    free_later = {id(a): a for a in later if a.code}
    found: list[tuple[Area, Area]] = []
    for alike in (_same_code_and_name, _same_name_nearby, _same_stem_nearby, _same_name, _longer_name, _same_code):
        index: dict[tuple, list[Area]] = defaultdict(list)
        for area in free_earlier.values():
            index[alike(area, False)].append(area)
        for area in list(free_later.values()):
            candidates = index.get(alike(area, True), [])
            # Two of a name say nothing; they are left to a stricter or a later rule.
            if len(candidates) != 1 or id(candidates[0]) not in free_earlier:
                continue
            found.append((candidates[0], area))
            del free_earlier[id(candidates[0])], free_later[id(area)]
    provinces = _pace_of_provinces(found)
    return [Match(old, new, _fits(old, new, provinces)) for old, new in found]


def _same_code_and_name(area: Area, later: bool) -> tuple:
    return area.level, area.code, area.stem


def _same_name_nearby(area: Area, later: bool) -> tuple:
    return area.level, area.province, area.city, area.name


def _same_stem_nearby(area: Area, later: bool) -> tuple:
    """Counties become districts or cities, and cities districts, but districts stay districts."""
    if not later and re.search(r"(?<!特)区$", area.name):
        return (id(area),)
    return area.level, area.province, area.city, area.stem


def _same_name(area: Area, later: bool) -> tuple:
    return area.level, area.province, area.name


def _longer_name(area: Area, later: bool) -> tuple:
    """A county of one character takes another on as a district: 蓟县 becomes 蓟州区, 赣县 becomes 赣县区."""
    stem = area.stem
    if area.level == "district" and (len(stem) == 2 if later else len(stem) == 1):
        return area.province, area.city, stem[0]
    return (id(area),)


def _same_code(area: Area, later: bool) -> tuple:
    return area.level, area.code


def _paces(old: Area, new: Area) -> list[float]:
    """Log change of the settled people by cohort, for each measure."""
    years = new.year - old.year
    return [
        math.log(max(new.older(low + years, high + years), 1) / max(old.older(low, high), 1)) for low, high in SETTLED
    ]


def _pace_of_provinces(found: list[tuple[Area, Area]]) -> dict[str, list[float]]:
    return {old.name: _paces(old, new) for old, new in found if old.level == "province"}


def _fits(old: Area, new: Area, provinces: dict[str, list[float]]) -> bool:
    if old.level not in MOST_MOVED or old.ages != new.ages or old.province not in provinces:
        return True
    away = [own - usual for own, usual in zip(_paces(old, new), provinces[old.province], strict=True)]
    return abs(sum(away)) < 1e-12 or not (min(abs(a) for a in away) > MOST_MOVED[old.level] and away[0] * away[1] > 0)
