"""Writing the workbook in which a planner fills in a region's figures: prefilled, with drop-downs and what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from pydantic_core import PydanticCustomError

from dabiao.figures import HOLDERS, figures_to_bring
from dabiao.region_model import HORIZON, RegionModel
from planning.catalogue import Catalogue
from planning.errors import NotKnown, not_known
from planning.loading.text_files import yaml_of
from planning.regions import Region
from planning.schemas import FIRST_YEAR, LAST_YEAR, code
from reports.workbooks import form
from reports.workbooks.content import Rows, content, own_stem
from reports.workbooks.needs import Need, census_needed, needs, usual_period

DRAWS = 200  # of the chances by which figures are put in order
SPARE = 500  # empty rows with drop-downs below the last
AGES = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
HEAD = PatternFill("solid", fgColor="1F4E79")
TO_FILL = PatternFill("solid", fgColor="FFF2CC")
AS_TEXT = ("code", "age", "text", "source", "indicator", "day", "published")
BELOW = {"nation": "province", "province": "city", "city": "district"}


def template(catalogue: Catalogue, region: Region, out: Path, today: date | None = None) -> dict[str, int]:
    """Write the workbook of a region to `out`. What is known stands in it with its sources; what is missing is marked.

    Gives how many rows each sheet was prefilled with, and under "缺少的数据" how many figures are asked for. today: up to the
    year before it figures are asked for; the calendar's day by default.
    """
    today = today or date.today()
    moves = expected_moves(catalogue, region)
    wanted = sorted(needs(catalogue, region, today), key=lambda need: _place(need.indicator, moves))
    rows = content(catalogue, region)
    book = Workbook()
    book.remove(book.active)
    _write_readme(book.create_sheet(form.README_SHEET), catalogue, region, today)
    asked = _write_missing(book.create_sheet(form.MISSING_SHEET), catalogue, region, wanted, moves)
    lists = _Lists()
    for sheet in form.READ:
        to_fill = _to_fill(sheet, catalogue, region, wanted)
        _write_sheet(book.create_sheet(sheet.name), sheet, rows[sheet.name], to_fill, catalogue, lists)
    lists.write(book.create_sheet(form.WORDS_SHEET))
    book.active = 0
    save(book, out)
    return {name: len(found) for name, found in rows.items()} | {form.MISSING_SHEET: asked}


def expected_moves(catalogue: Catalogue, region: Region) -> dict[str, float | None]:
    """The figures that would decide most, in order: how far each would move a chance, None where a target waits for it."""
    seen = catalogue if catalogue.as_of else catalogue.known_by(catalogue.newest_publication)
    targets = [t for t in seen.in_force(region) if t.document.published <= seen.as_of]
    if not any(t.numeric and t.key in (region.key, region.code) for t in targets):
        return {}
    last = max([HORIZON, *(t.year for t in targets)])
    model = RegionModel.prepare(seen, region, targets, last, DRAWS, 0)
    return {f.indicator.id: f.expected_move for f in figures_to_bring(model)}


def _place(indicator: str, moves: dict[str, float | None]) -> tuple[int, int]:
    """Where a figure stands: first what moves a chance most, then what every report stands on, then what targets wait for."""
    if indicator not in moves:
        return 1, 0
    return (2 if moves[indicator] is None else 0), list(moves).index(indicator)


def confirmation(
    catalogue: Catalogue, region: Region, out: Path, rows: dict[str, Rows], today: date | None = None
) -> None:
    """Write the workbook in which a person confirms what was read in a text. rows: of the sheets it holds, by their names."""
    book = Workbook()
    book.remove(book.active)
    _write_readme(book.create_sheet(form.README_SHEET), catalogue, region, today or date.today())
    lists = _Lists()
    for sheet in form.READ:
        if sheet.name in rows:
            _write_sheet(book.create_sheet(sheet.name), sheet, rows[sheet.name], [], catalogue, lists)
    lists.write(book.create_sheet(form.WORDS_SHEET))
    book.active = 1
    save(book, out)


def new_region(catalogue: Catalogue, name: str, asked: str, parent: str, level: str | None, fictional: bool) -> Region:
    """A region that is not known yet. level: by default the one below the parent's.

    Raises ValueError for a code that is taken or malformed, NotKnown for a parent that is not there.
    """
    try:
        code(asked)
    except PydanticCustomError:
        raise ValueError(f"A region's code has six digits, such as 330304; found {asked!r}.") from None
    if any(r.code == asked for r in catalogue.regions):
        known = catalogue.region(asked)
        raise ValueError(f"The code {asked} is that of {known.name_zh}. Ask for it: dabiao template {asked}.")
    try:
        above = catalogue.find(parent)
    except NotKnown as error:
        raise NotKnown(f"{error} `dabiao import-census` brings every city and county; or name the province.") from None
    level = level or BELOW.get(above.level)
    if level is None:
        raise not_known("level", f"below {above.level}", form.LEVELS, "Name it: --level.")
    return Region(asked, name, f"{name} ({asked})", level, above.code, fictional=fictional)


def with_region(catalogue: Catalogue, region: Region) -> Catalogue:
    """The catalogue with one more region."""
    return replace(catalogue, regions=(*catalogue.regions, region), _places={})


def save(book: Workbook, out: Path) -> None:
    """Write a workbook beside its place, then move it there whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        book.save(beside)
        os.replace(beside, out)
    finally:
        beside.unlink(missing_ok=True)


class _Lists:
    """The sheet of words that drop-downs choose from: one column a list."""

    def __init__(self) -> None:
        self.columns: dict[tuple[str, ...], str] = {}
        self.titles: list[str] = []

    def range(self, title: str, words: Iterable[str]) -> str:
        words = tuple(words)
        if words not in self.columns:
            letter = get_column_letter(len(self.columns) + 1)
            self.columns[words] = f"'{form.WORDS_SHEET}'!${letter}$2:${letter}${len(words) + 1}"
            self.titles.append(title)
        return self.columns[words]

    def write(self, sheet: Worksheet) -> None:
        for position, (title, words) in enumerate(zip(self.titles, self.columns, strict=True), start=1):
            put(sheet, 1, position, title)
            for row, word in enumerate(words, start=2):
                put(sheet, row, position, word)
            sheet.column_dimensions[get_column_letter(position)].width = 20
        _head(sheet, len(self.columns))


def put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """A value in a cell. A text stays a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "'")
    else:
        cell.value = value


def shown(column: form.Column, value: Any, catalogue: Catalogue) -> Any:
    """A value of the data as it stands in a cell: Chinese words for choices, 是 for yes."""
    if value is None or value == "":
        return None
    if column.kind == "choice":
        return column.words[value]
    if column.kind == "yes":
        marks_yes = column.field == "date_known"
        return (form.YES if value else form.NO) if marks_yes else form.YES if value else None
    if column.kind == "indicator":
        return catalogue.indicators[value].zh
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _write_sheet(
    sheet: Worksheet, about: form.Sheet, rows: Rows, to_fill: Rows, catalogue: Catalogue, lists: _Lists
) -> None:
    for position, column in enumerate(about.columns, start=1):
        put(sheet, 1, position, column.heading)
        hint = column.hint + ("（必填）" if column.needed else "")
        if hint:
            sheet.cell(1, position).comment = Comment(hint, "dabiao", height=60, width=240)
        sheet.column_dimensions[get_column_letter(position)].width = column.width
    _head(sheet, len(about.columns))
    for number, row in enumerate([*rows, *to_fill], start=2):
        for position, column in enumerate(about.columns, start=1):
            put(sheet, number, position, shown(column, row.get(column.field), catalogue))
            waits = number > len(rows) + 1 and column.field in ("value", "male", "female", "source")
            if waits and row.get(column.field) in (None, ""):
                sheet.cell(number, position).fill = TO_FILL
    last = len(rows) + len(to_fill) + 1 + SPARE
    for position, column in enumerate(about.columns, start=1):
        if column.kind in AS_TEXT:
            sheet.column_dimensions[get_column_letter(position)].number_format = "@"
            for number in range(2, last - SPARE + 1):
                sheet.cell(number, position).number_format = "@"
        _add_choices(sheet, about, column, get_column_letter(position), last, catalogue, lists)


def _add_choices(
    sheet: Any, about: Any, column: Any, letter: str, last: int, catalogue: Catalogue, lists: _Lists
) -> None:
    strict = True
    if column.kind == "choice":
        source = lists.range(f"{column.heading}", column.words.values())
    elif column.kind == "yes":
        source = f'"{form.YES},{form.NO}"'
    elif column.kind == "indicator":
        mine = [i.zh for i in catalogue.indicators.values() if not about.families or i.family in about.families]
        source, strict = lists.range(f"指标：{about.name}", mine), False
    elif column.kind == "source":
        source, strict = f"'{form.SOURCES.name}'!$A$2:$A$1000", False
    elif column.field == "region" and column.kind == "code":
        source, strict = f"'{form.REGIONS.name}'!$A$2:$A$1000", False
    elif column.kind == "year":
        check = DataValidation(
            type="whole", operator="between", formula1=str(FIRST_YEAR), formula2=str(LAST_YEAR), allow_blank=True
        )
        _attach(sheet, check, letter, last, f"{column.heading}：四位年份", strict)
        return
    else:
        return
    _attach(sheet, DataValidation(type="list", formula1=source, allow_blank=True), letter, last, "请从列表选取", strict)


def _attach(sheet: Worksheet, check: DataValidation, letter: str, last: int, message: str, strict: bool) -> None:
    check.errorTitle, check.error, check.showErrorMessage = "达标", message, True
    check.errorStyle = "stop" if strict else "warning"
    sheet.add_data_validation(check)
    check.add(f"{letter}2:{letter}{last}")


def _to_fill(sheet: form.Sheet, catalogue: Catalogue, region: Region, wanted: Iterable[Need]) -> Rows:
    """Rows that wait for a value: figures that the verdicts want and nobody has published here."""
    if sheet is form.CENSUS:
        return [
            {"region": region.code, "edition": region.boundary.edition, "year": year, "age": age}
            for year in census_needed(catalogue, region)
            for age in AGES
        ]
    if not sheet.families:
        return []
    rows = []
    for need in wanted:
        about = catalogue.indicator(need.indicator)
        if about.family in sheet.families:
            basis = about.basis if about.basis in form.BASES else "unstated"
            rows += [
                {"region": region.code, "edition": region.boundary.edition, "indicator": about.id, "year": year,
                 "unit": about.unit, "period": usual_period(catalogue, about.id), "basis": basis,
                 "status": "observed", "grade": "B"}
                for year in need.years
            ]  # fmt: skip
    return rows


def _write_missing(
    sheet: Worksheet, catalogue: Catalogue, region: Region, wanted: Iterable[Need], moves: dict[str, float | None]
) -> int:
    headings = ("指标", "指标编号", "单位", "填在哪张表", "已有年份", "缺少年份", "用途", "可能性预计变动", "谁有此数")
    for position, heading in enumerate(headings, start=1):
        put(sheet, 1, position, heading)
        sheet.column_dimensions[get_column_letter(position)].width = (34, 30, 16, 16, 24, 24, 60, 16, 40)[position - 1]
    _head(sheet, len(headings))
    lines = [
        (
            "普查常住人口分年龄性别",
            "",
            "人",
            form.CENSUS.name,
            "",
            str(year),
            "人口、老龄化、出生、托位的推算基数",
            "",
            "统计局",
        )
        for year in census_needed(catalogue, region)
    ]
    for need in wanted:
        about = catalogue.indicator(need.indicator)
        there, missing = ("、".join(map(str, years)) for years in (need.there, need.years))
        place = form.sheet_of(about.family).name
        move = moves.get(about.id)
        said = "待此数判断" if about.id in moves and move is None else f"{100 * move:.0f} 个百分点" if move else ""
        holder = HOLDERS[about.family].zh
        lines.append((about.zh, about.id, form.UNITS[about.unit], place, there, missing, need.why, said, holder))
    for number, line in enumerate(lines, start=2):
        for position, value in enumerate(line, start=1):
            put(sheet, number, position, value)
    return len(lines)


def _write_readme(sheet: Worksheet, catalogue: Catalogue, region: Region, today: date) -> None:
    typed_by, checked_by = _signed(catalogue, region)
    made_up = (
        "本地区及其数值系虚构，仅作示例。FICTIONAL: this region and its figures are made up."
        if region.fictional
        else ""
    )
    lines = [
        ("达标 数据填报表", ""),
        ("地区", region.name("zh")),
        (form.MAIN_REGION, region.code),
        ("虚构", form.YES if region.fictional else form.NO),
        (form.TYPED_BY, typed_by),
        (form.CHECKED_BY, checked_by),
        ("制表日期", today.isoformat()),
        (made_up, ""),
        ("填写办法", ""),
        ("1", "先看“缺少的数据”表：列出判断目标还缺哪些数值、填在哪张表，最能改变判断的在前。黄色单元格等待填写；不知道的留空即可。"),
        ("2", "每个数值都要有来源：先在“来源”表登记，再在各表“来源编号”列填同一编号。"),
        ("3", "数值按“单位”列的单位填写，只填数字：1,237.6 万人填 12376000，95% 填 95。不用公式，不合并单元格，不隐藏工作表。"),
        ("4", "常住与户籍口径不可混用；数值异常（如区划调整、普查修订）请在“备注”列说明原因。"),
        ("5", "新增地区：在“地区”表加一行，上级地区须已存在；普查数据按年龄组填在“普查年龄性别”表。"),
        ("6", "填好后运行 dabiao import 本文件 --data 文件夹。全部错误一次列出（表、行、列）；有错则什么都不写入。"),
        ("7", "已有数值改动后将替换原值；删去一行不会删除已有数据。自己的笔记可放在名称以“备注”开头的工作表。"),
    ]  # fmt: skip
    for number, line in enumerate(lines, start=1):
        for position, value in enumerate(line, start=1):
            put(sheet, number, position, value)
            sheet.cell(number, position).alignment = Alignment(wrap_text=position == 2, vertical="top")
    sheet["A1"].font = Font(bold=True, size=16)
    if made_up:
        sheet["A8"].font = Font(bold=True, color="C00000")
    sheet["B3"].number_format = "@"
    for cell in ("B5", "B6"):
        sheet[cell].fill = TO_FILL
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 14, 100


def _signed(catalogue: Catalogue, region: Region) -> tuple[str, str]:
    """Who typed and who checked the region's own tables, where there are such."""
    for folder in reversed(catalogue.folders):
        for path in sorted((folder / "tables").glob(f"*{own_stem(region.code)}*.yaml")):
            twin = yaml_of(path, [])
            return twin.get("typed_by") or "", twin.get("checked_by") or ""
    return "", ""


def _head(sheet: Worksheet, columns: int) -> None:
    for position in range(1, columns + 1):
        cell = sheet.cell(1, position)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.freeze_panes = "A2"
