"""The county books as the public transcription holds them: a workbook a census, one row an area, some 150 columns.

The columns of ages become base populations; households, schooling, work and urban residence become figures beside them.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from planning.errors import DataError, InvalidData
from planning.schemas import number
from reports.workbooks.census_book import Area, bare_name
from reports.workbooks.reading import BROKEN

AGES = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
_TOTALS = (
    "市辖区",
    "县",
    "郊县",
    "市",
    "省直辖县级行政单位",
    "自治区直辖县级行政单位",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
)
_NOTHING = ("", "NA", "N/A", "-", "—", "…")
_CODE = {2010: "区划代码", 2020: "区划代码"}
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Profile:
    """How a figure beside the ages is made of columns: of / per * times, or the column as printed where there is no `per`.

    Columns are named by the start of their headings without blanks; several are added up.
    """

    indicator: str
    of: Mapping[int, tuple[str, ...]]
    per: Mapping[int, tuple[str, ...]] | None = None
    times: float = 100.0


def _same(*names: str) -> dict[int, tuple[str, ...]]:
    return {2010: names, 2020: names}


_HOUSEHOLDS = {2010: ("户数",), 2020: ("家庭户数",)}
_PEOPLE = {2010: ("合计",), 2020: ("人口数_合计",)}
_WORKING = {2010: ("各种行业人口总计",), 2020: ("各种行业人口总计",)}
PROFILES = (
    Profile("urbanisation_rate", _same("城镇人口"), _PEOPLE),
    Profile("mean_household_size", {2010: ("户规模(人/户)",), 2020: ("户规模",)}, times=1.0),
    Profile("one_person_household_share", {2010: ("一人户",), 2020: ("一人户数",)}, _HOUSEHOLDS),
    Profile("three_generation_household_share", {2010: ("三代户", "四代以上户"), 2020: ("三代户数", "四代以上户数")}, _HOUSEHOLDS),
    Profile("households_with_aged_65_share",
            {2010: ("有65岁及以上老年人口的户数(户)-合计",), 2020: ("有65岁及以上老年人口的户数",)}, _HOUSEHOLDS),
    Profile("mean_years_of_schooling", {2010: ("平均受教育年限(年)-合计",), 2020: ("平均受教育年限_合计",)}, times=1.0),
    Profile("tertiary_education_share",
            {2010: ("大学专科-男", "大学专科-女", "大学本科及以上-男", "大学本科及以上-女"),
             2020: ("大学专科_男", "大学专科_女", "本科及以上_男", "本科及以上_女")}, _PEOPLE),
    Profile("illiteracy_15plus_rate",
            {2010: ("文盲人口占15岁及以上人口比重(%)-合计",), 2020: ("文盲占15岁及以上人口比重",)}, times=1.0),
    Profile("health_social_work_employment_share", {2010: ("卫生、社会保障和社会福利业",), 2020: ("卫生和社会工作",)}, _WORKING),
)  # fmt: skip


@dataclass(frozen=True)
class BookSheet:
    """A county book's workbook: its areas, and of each the figures beside its ages, by indicator, as far as printed."""

    year: int
    areas: list[Area]
    figures: list[dict[str, float]]


def is_workbook(path: Path) -> bool:
    """Whether a file is read here: an Excel workbook by its name."""
    return path.suffix.lower() == ".xlsx"


def read_sheet(path: Path) -> BookSheet:
    """The areas of a workbook in the layout of 2010 or of 2020, told apart by their headings. A blank cell of ages is nobody.

    Raises FileNotFoundError, or InvalidData with all faults: nothing is taken from a faulty workbook.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {path}. It must be a workbook of the county books, or a table as CSV."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles that are not kept
            book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        try:
            rows = book.worksheets[0].iter_rows(values_only=True)
            headings = [_plain(h) for h in next(rows, ())]
            year = _year_of(headings)
            if year is None:
                expected = "the headings of a county book: 地区, 区划代码, … (2010) or 区划代码, 省, 市, 区县, … (2020)"
                raise InvalidData([DataError(str(path), 1, None, ", ".join(headings[:6])[:120], expected)])
            return _read(path, year, headings, rows)
        finally:
            book.close()
    except InvalidData:
        raise
    except BROKEN as error:
        raise InvalidData([DataError(str(path), None, None, "a damaged file", f"a whole workbook ({error})")]) from None


def _plain(heading: Any) -> str:
    return re.sub(r"\s+", "", str(heading or "")).translate(str.maketrans("（）", "()"))


def _year_of(headings: list[str]) -> int | None:
    if {"区划代码", "省", "市", "区县", "男_0岁"} <= set(headings):
        return 2020
    return 2010 if {"地区", "区划代码", "0岁(男)"} <= set(headings) else None


def _age_columns(year: int, headings: list[str]) -> list[tuple[int, int]]:
    """The positions of men and women of every age group, youngest first. Raises KeyError for the heading that lacks."""
    position = {h: n for n, h in enumerate(headings)}
    found = []
    for age in AGES:
        if year == 2020:
            words = f"{age}岁" if age == "0" else "85岁以上" if age == "85+" else age.replace("-", "到") + "岁"
            pair = (f"男_{words}", f"女_{words}")
        else:
            words = "85岁及以上" if age == "85+" else f"{age}岁"
            pair = (f"{words}(男)", f"{words}(女)")
        found.append((position[pair[0]], position[pair[1]]))
    return found


def _read(path: Path, year: int, headings: list[str], rows: Iterator[tuple]) -> BookSheet:
    faults: list[DataError] = []
    try:
        ages = _age_columns(year, headings)
    except KeyError as error:
        raise InvalidData([DataError(str(path), 1, None, "", f"a column {error.args[0]}")]) from None
    columns = {
        p.indicator: (_places(p.of[year], headings), _places(p.per[year], headings) if p.per else []) for p in PROFILES
    }
    areas: list[Area] = []
    figures: list[dict[str, float]] = []
    above = {"province": "", "city": ""}
    for row_number, row in enumerate(rows, start=2):
        placed = _placed(year, headings, row, above)
        if placed is None:
            continue
        level, code, province, city, name = placed
        people = np.array([[_persons(path, row_number, headings, row, n, faults) for n in pair] for pair in ages])
        if not people.sum():
            if code:
                faults.append(DataError(str(path), row_number, "男, 女", "0", f"people of {name}"))
            continue
        areas.append(Area(year, level, code, province, city, name, AGES, people))
        figures.append(_figures(columns, row))
    for code, count in Counter(a.code for a in areas if a.code).items():
        if count > 1:
            names = ", ".join(a.name for a in areas if a.code == code)
            faults.append(DataError(str(path), None, "区划代码", code, f"one area a code; found {names}"))
    if not areas and not faults:
        faults.append(DataError(str(path), None, None, "no area", "rows of areas below the headings"))
    if faults:
        raise InvalidData(faults)
    return BookSheet(year, areas, figures)


def _placed(year: int, headings: list[str], row: tuple, above: dict[str, str]) -> tuple[str, str, str, str, str] | None:
    """Level, code, province, city and name of a row; None for a total of groups and an empty row."""
    at = {h: row[n] if n < len(row) else None for n, h in reversed(list(enumerate(headings[:5])))}
    code = _code(at.get(_CODE[year]))
    if year == 2020:
        province, city, name = (bare_name(str(at.get(h) or "")) for h in ("省", "市", "区县"))
        if not name or (name in _TOTALS and name != "市"):
            return None
        if province == city == name:
            return (
                ("nation", "000000", name, "", "中国")
                if name in ("全国", "中国")
                else ("province", code, name, "", name)
            )
        if city == name and (code[2:4] == "90" or not code):  # directly under the province
            return "district", code, province, province, name
        if city == name:
            return "city", code, province, "", name
        return "district", code, province, city or province, name
    printed = str(at.get("地区") or "")
    name = bare_name(printed)
    if not name or len(name) > _LONGEST_NAME:
        return None
    if not code and name in _TOTALS:
        above["city"] = above["province"]
        return None
    if name in ("全国", "中国", "全国总计"):
        return "nation", "000000", "全国", "", "中国"
    if code.endswith("0000"):
        above["province"] = above["city"] = name
        return "province", code, name, "", name
    if code.endswith("00") or not (code or printed[:1].isspace()):
        above["city"] = name
        return "city", code, above["province"], "", name
    if code[2:4] == "90":  # directly under the province
        above["city"] = above["province"]
    return "district", code, above["province"], above["city"], name


def _code(value: Any) -> str:
    text = str(int(value)) if isinstance(value, int | float) else str(value or "").strip()
    return text if re.fullmatch(r"\d{6}", text) else ""


def _persons(
    path: Path, row_number: int, headings: list[str], row: tuple, position: int, faults: list[DataError]
) -> float:
    value = row[position] if position < len(row) else None
    if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
        return 0.0
    try:
        found = number(value)
    except Exception as error:  # pydantic's own error, which says what was expected
        context = getattr(error, "context", None) or {"what": "a number", "near": ""}
        faults.append(
            DataError(str(path), row_number, headings[position], str(value)[:60], context["what"], context["near"])
        )
        return 0.0
    if found < 0 or found != int(found):
        faults.append(DataError(str(path), row_number, headings[position], str(value)[:60], "whole persons"))
        return 0.0
    return found


def _places(names: tuple[str, ...], headings: list[str]) -> list[int]:
    """The positions of columns by their headings; none where one of them is not there."""
    found = [headings.index(n) for n in names if n in headings]
    return found if len(found) == len(names) else []


def _figures(columns: Mapping[str, tuple[list[int], list[int]]], row: tuple) -> dict[str, float]:
    """The figures beside the ages of one area."""
    found = {}
    for profile in PROFILES:
        of, per = columns[profile.indicator]
        if not of or (profile.per is not None and not per):
            continue
        parts = [_number(row, n) for n in of]
        if profile.per is None:
            if parts[0] is not None:
                found[profile.indicator] = parts[0] * profile.times
            continue
        whole = [_number(row, n) for n in per]
        if parts[0] is None or any(w is None for w in whole) or not sum(w or 0 for w in whole):
            continue
        found[profile.indicator] = round(profile.times * sum(p or 0 for p in parts) / sum(w or 0 for w in whole), 4)
    return found


def _number(row: tuple, position: int) -> float | None:
    value = row[position] if position < len(row) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
