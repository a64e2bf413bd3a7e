"""The printed county books of the census as a table: which areas they hold, with their people by age and sex."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from planning.errors import DataError, InvalidData
from planning.loading.census import age_fault, low_of
from planning.loading.columns import columns_of
from planning.loading.text_files import table_of
from planning.schemas import Age, CodeOrNothing, Words, Year, headings, needed, number, one_of

# The books a table can come from, with what their twin says: title, publisher, month or year of publication.
BOOKS = {
    2010: ("中国2010年人口普查分县资料", "国务院人口普查办公室、国家统计局人口和就业统计司 (中国统计出版社)", "2012"),
    2020: ("中国人口普查分县资料—2020", "国务院第七次全国人口普查领导小组办公室 (中国统计出版社)", "2022-11"),
}
LEVELS = {"nation": "nation", "province": "province", "city": "city", "county": "district"}
# Characters that print and transcriptions use for one another.
VARIANTS = str.maketrans({"巿": "市", "汩": "汨"})
ENDINGS = {
    "district": re.compile(r"(?<=.)(特区|林区|自治县|自治旗|区|县|市|旗)$"),
    "city": re.compile(r"(?<=.)(地区|市|盟)$"),
}


# A blank cell is nobody: of a small area no one may have reached a high age.
PersonsOrNobody = Annotated[
    float, BeforeValidator(lambda v: 0.0 if v is None or str(v).strip() in ("", "NA") else number(v)), Field(ge=0)
]


@dataclass(frozen=True)
class BookRow:
    """One row: an age group of an area."""

    year: Year
    code: CodeOrNothing = field(default="", kw_only=True)
    province: str = field(default="", kw_only=True)
    city: str = field(default="", kw_only=True)
    region: Words
    level: Annotated[str, one_of("nation", "province", "city", "county")]
    age: Age
    male: PersonsOrNobody
    female: PersonsOrNobody


def bare_name(name: str) -> str:
    """A name without the blanks that pad it to a width, variants of characters and remarks in brackets.

    >>> bare_name("甲　区(旧)")
    '甲区'
    """
    return re.sub(r"[(（].*?[)）]$", "", re.sub(r"\s+", "", name.translate(VARIANTS)))


@dataclass(frozen=True)
class Area:
    """One area of a book. people: (group, sex), male first. name: without variants of characters and remarks."""

    year: int
    level: str
    code: str
    province: str
    city: str
    name: str
    ages: tuple[str, ...]
    people: np.ndarray = field(compare=False, repr=False)

    @property
    def total(self) -> int:
        return int(self.people.sum())

    @property
    def stem(self) -> str:
        """The name without its ending, which changes when a county becomes a district."""
        ending = ENDINGS.get(self.level)
        return ending.sub("", self.name) if ending else self.name

    def older(self, low: int, high: int) -> float:
        """People of the groups that begin at ages `low` to `high`."""
        return float(sum(p.sum() for age, p in zip(self.ages, self.people, strict=True) if low <= low_of(age) <= high))


def read_book(path: Path) -> list[Area]:
    """The areas of a table in the layout year, code, province, city, region, level, age, male, female; gzipped or not.

    Raises FileNotFoundError, or InvalidData with all faults: nothing is taken from a faulty table.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. It must hold the columns {', '.join(headings(BookRow))}.")
    faults: list[DataError] = []
    table = table_of(path, headings(BookRow), needed(BookRow), faults)
    if table is None:
        raise InvalidData(faults)
    columns = columns_of(path, table, BookRow, faults)
    fields = ("year", "level", "code", "province", "city", "region")
    groups: dict[tuple, list[int]] = {}
    for row, key in enumerate(zip(*(columns.values[f] for f in fields), strict=True)):
        if columns.good[row]:
            groups.setdefault(key, []).append(row)
    ages = columns.values["age"]
    people = np.array([columns.values["male"], columns.values["female"]], dtype=float).T
    areas = []
    for (year, level, code, province, city, region), rows in groups.items():
        rows.sort(key=lambda r: low_of(ages[r]))
        fault = _fault(year, [ages[r] for r in rows], people[rows], rows)
        if fault:
            row, column, found, expected = fault
            number = int(columns.numbers[row])
            faults.append(DataError(str(path), number, column, found, f"{expected} ({region} {year})"))
            continue
        name, province, city = bare_name(region), bare_name(province), bare_name(city)
        groups_of = tuple(ages[r] for r in rows)
        code = code or ("000000" if level == "nation" else "")
        areas.append(Area(year, LEVELS[level], code, province, city, name, groups_of, people[rows]))
    for (year, code), count in Counter((a.year, a.code) for a in areas if a.code).items():
        if count > 1:
            names = ", ".join(a.name for a in areas if (a.year, a.code) == (year, code))
            faults.append(DataError(str(path), None, "code", code, f"one area a code in {year}; found {names}"))
    if faults:
        raise InvalidData(faults)
    return areas


def _fault(year: int, ages: list[str], people: np.ndarray, rows: list[int]) -> tuple | None:
    if year not in BOOKS:
        return rows[0], "year", str(year), f"a census whose county book is known here: {', '.join(map(str, BOOKS))}"
    if (people != np.floor(people)).any():
        return rows[0], "male, female", f"{people[people != np.floor(people)][0]:g}", "whole persons"
    if not people.sum():
        return rows[0], "male, female", "0", "people"
    return age_fault(ages, rows)
