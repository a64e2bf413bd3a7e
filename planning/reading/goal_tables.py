"""Tables of indicators with base and target columns, whole (cells parted by tabs or bars) or flattened to a cell a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from planning.reading.quantities import Quantity, quantities

_LONGEST_CELL = 42
_FEWEST_CELLS = 10
_UNITS = re.compile(
    r"^(?:%|‰|-|—|1?/(?:10\s*万?|千|万)|岁|人|个|张|名|家|所|分|元|万元|亿元|万人|分钟|公里|户|台|辆|例|次|项|件|"
    r"个/千人|张/千人|人/千人|人/万人|个/万人|人/10万|平方米|1/10万|1/千|/10万|:1|\d:\d)$"
)
_NATURES = {"预期性": "expected", "约束性": "binding", "预期": "expected", "约束": "binding"}
_VALUE = re.compile(
    r"^(?:[≥≤><~]|不[低高少超大小][于过]?|控制在|小于|大于|低于|高于|达到?|约|提[高升][至到]?|下?降[低至到]*|增[加至到]*|减少[至到]?|\(?20\d\d年?\)?)*\s*\d[\d,.]*\s*(?:-|—|~|至)?\s*\d*[\d.]*\s*"
    r"[%‰万亿岁人个张名分元户家所台辆例次项件]*(?:以上|以下|以内|左右|及以上)?(?:\([^)]*\))?$"
)
_WORDED = re.compile(
    r"^(?:(?:持续|稳步|逐步|逐年|同比例|有所|进一步|明显|显著)*(?:提高|提升|下降|降低|增加|减少|改善|增长|上升)|由\w+定|不[低高]于\D+|"
    r"(?:控制|保持|稳定)在?\D*|-+|—+|/|达标|完成|基本.*|全覆盖|合理\w*)$"
)
_GOAL = re.compile("目标|规划值|预期|计划")
_BASE = re.compile("基期|现状|基数|基线|指标情况|实际|完成|实绩|当前|基准")
_HEAD = re.compile(r"指标|项目|序号|单位|类别|领域|属性|性质|名称|年|目标|基期|现状|完成|分类|责任|备注|20\d\d|值$")
_BESIDE = re.compile("性质|属性|备注|责任|部门|完成情况|依据|类型|来源")


@dataclass(frozen=True)
class GoalCell:
    """A number of a goal column. name, unit: of its row; base: the row's base value; word: as printed; start: its place."""

    name: str
    unit: str
    word: str
    quantity: Quantity
    start: int
    end: int
    year: int | None
    level: str
    nature: str
    base: float | None = None
    base_year: int | None = None


@dataclass(frozen=True)
class Column:
    """A column of values. goal: whether it holds targets. level: '' if its heading names none."""

    heading: str
    year: int | None
    goal: bool
    level: str


@dataclass
class GoalTables:
    """The goal cells of a text, and the spans (start, end) of the lines that are tables."""

    cells: list[GoalCell] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


Cell = tuple[int, str]  # place, words


def goal_tables(text: str, horizon: int) -> GoalTables:
    """The goal cells of all tables in a plain text. horizon: the year of a goal column that names none."""
    found = GoalTables()
    for start, end, rows in _runs(text):
        flat = [cell for row in rows for cell in row]
        whole = sum(len(r) >= 3 for r in rows) * 2 > len(rows)
        cells = _of_rows(rows, horizon) if whole else []
        cells = cells or _of_cells(flat, horizon)
        if cells:
            found.cells += cells
            found.spans.append((start, end))
    return found


def _runs(text: str) -> list[tuple[int, int, list[list[Cell]]]]:
    """Runs of lines that may be a table: (start, end, rows of cells)."""
    runs = []
    rows: list[list[Cell]] = []
    place = start = end = 0
    for line in [*text.split("\n"), "。"]:
        words = line.strip()
        if words and not (rows and re.fullmatch(r"[\s|:-]+", words)):
            cells = _cells(line, place)
            cell_like = bool(cells) and all(len(w) <= _LONGEST_CELL and not re.search("[。;]", w) for _, w in cells)
            if cell_like:
                if not rows:
                    start = place
                rows.append(cells)
                end = place + len(line)
            else:
                if sum(len(r) for r in rows) >= _FEWEST_CELLS:
                    runs.append((start, end, rows))
                rows = []
        place += len(line) + 1
    return runs


def _cells(line: str, place: int) -> list[Cell]:
    """The cells of a line; a line of words parted by blanks with numbers at its end is a row, as a pdf gives it."""
    if "\t" in line or "|" in line:
        first = len(line) - len(line.lstrip(" |")) if "\t" not in line else 0
        inner = line.rstrip(" |")[first:] if "\t" not in line else line
        cells, at = [], place + first
        for part in re.split(r"[\t|]", inner):
            cells.append((at + len(part) - len(part.lstrip()), re.sub(r"\s+", "", part)))
            at += len(part) + 1
        return cells if any(w for _, w in cells) else []
    parts = list(re.finditer(r"\S+", line))
    values = sum(bool(_VALUE.match(p[0]) or p[0] in _NATURES) for p in parts)
    heads = sum(bool(_HEAD.search(p[0])) and len(p[0]) <= 12 for p in parts)
    if len(parts) >= 3 and (values >= 2 or (heads >= 3 and heads * 2 > len(parts))):
        return [(place + p.start(), p[0]) for p in parts]
    first = len(line) - len(line.lstrip())
    return [(place + first, re.sub(r"(?<=[^\d\s])\s+|\s+(?=[^\d\s])", "", line.strip().strip("*")))]


def columns_of(headings: list[str]) -> list[Column]:
    """The columns of values that the cells of a heading announce, left to right.

    >>> [(c.year, c.goal) for c in columns_of(["2020", "基期水平", "2025", "目标值", "性质"])]
    [(2020, False), (2025, True)]
    """
    merged: list[str] = []
    for words in headings:
        own_year = bool(re.search(r"20\d\d", words))
        last_open = bool(merged) and not (_GOAL.search(merged[-1]) or _BASE.search(merged[-1])) and "20" in merged[-1]
        if _BESIDE.search(words) and not own_year and not last_open:
            continue
        if own_year or ((_GOAL.search(words) or _BASE.search(words)) and not last_open):
            merged.append(words)
        elif (
            merged
            and not _BESIDE.search(words)
            and (last_open or words.startswith(("目标", "规划", "水平", "值", "(")))
        ) or (merged and last_open):
            merged[-1] += words
    made = []
    for words in merged:
        if _BESIDE.search(words) and not re.search(r"20\d\d", words):
            continue
        year = re.search(r"20\d\d", words)
        level = next(
            (
                n
                for w, n in (
                    ("省", "province"),
                    ("市", "city"),
                    ("区", "district"),
                    ("县", "district"),
                    ("国", "nation"),
                )
                if w in words
            ),
            "",
        )
        goal = bool(_GOAL.search(words)) and not re.search("指标情况|完成", words)
        made.append(Column(words, int(year[0]) if year else None, goal, level))
    if made and not any(c.goal for c in made):
        years = [c.year for c in made if c.year]
        last = max(years, default=None)
        made = [
            Column(c.heading, c.year, not _BASE.search(c.heading) and (c.year == last) and len(set(years)) > 1, c.level)
            for c in made
        ]
    return made


def _is_value(words: str) -> bool:
    return bool(_VALUE.match(words) or _WORDED.match(words))


def _of_cells(cells: list[Cell], horizon: int) -> list[GoalCell]:
    """The goals of a table whose cells stand one after the other. Its heading ends before the row 1."""
    found: list[GoalCell] = []
    heads = [n for n, (_, w) in enumerate(cells) if re.search("指标|项目|单位", w) and len(w) <= 8]
    if not heads:
        return []
    position = heads[0]
    while position < len(cells):
        # The heading: from here to the first cell that is an ordinal or the first row's name.
        begin = position
        while begin < len(cells) and not (cells[begin][1] == "1" and begin > position):
            begin += 1
        if begin == len(cells):
            if position == heads[0]:
                end = next((n for n in range(position, len(cells)) if not _HEAD.search(cells[n][1])), len(cells))
                columns = columns_of(_after_unit([w for _, w in cells[position:end]]))
                if any(c.goal for c in columns):
                    rows = _unnumbered_rows(cells, end, len(columns))
                    found += [g for row in rows for g in _goals(row, columns, horizon)]
            break
        head_end = begin
        for n in range(position, begin):
            if not _HEAD.search(cells[n][1]):
                head_end = n
                if n > heads[0] + 1:
                    break
        headings = [w for _, w in cells[position : max(head_end, position + 1)]]
        columns = columns_of(_after_unit(headings))
        rows, position = _rows(cells, begin, len(columns))
        if columns:
            found += [g for row in rows for g in _goals(row, columns, horizon)]
        later = [n for n in heads if n >= position]
        if not later:
            break
        position = later[0]
    return found


def _after_unit(headings: list[str]) -> list[str]:
    """The headings of the values: what follows 单位, or 指标 where there is no 单位."""
    for word in ("单位", "指标", "项目"):
        places = [n for n, w in enumerate(headings) if word in w and not re.search(r"20\d\d|目标", w)]
        if places:
            return headings[places[-1] + 1 :]
    return headings


@dataclass
class _Row:
    name: str
    unit: str
    values: list[Cell]
    nature: str = ""


def _unnumbered_rows(cells: list[Cell], begin: int, width: int) -> list[_Row]:
    """The rows of a table without ordinals, each: name, unit, values, nature; a group's name before a row joins its name."""
    rows: list[_Row] = []
    name: list[str] = []
    n = begin
    while n < len(cells):
        words = cells[n][1]
        if not name or not (_is_value(words) or _UNITS.match(words)):
            name.append(words)
            n += 1
            continue
        unit = ""
        if _UNITS.match(words) and words not in ("-", "—"):
            unit = words
            n += 1
        values: list[Cell] = []
        while n < len(cells) and len(values) < width and _is_value(cells[n][1]):
            values.append(cells[n])
            n += 1
        nature = ""
        if n < len(cells) and cells[n][1] in _NATURES:
            nature = _NATURES[cells[n][1]]
            n += 1
        if values and any(_VALUE.match(w) for _, w in values):
            rows.append(_Row(name[-1] if len(name[-1]) > 3 else "".join(name[-2:]), unit, values, nature))
        name = []
    return rows


def _rows(cells: list[Cell], begin: int, width: int) -> tuple[list[_Row], int]:
    """The rows from an ordinal 1 on, each: ordinal, name, unit, values, nature."""
    rows: list[_Row] = []
    number = 1
    n = begin
    while n < len(cells):
        if cells[n][1] != str(number):
            # The group that the next rows belong to, or the remark of the last row.
            ahead = next((k for k in range(n, min(n + 7, len(cells))) if cells[k][1] == str(number)), None)
            if ahead is None:
                break
            n = ahead
        n += 1
        name: list[str] = []
        while n < len(cells) and not (name and (_UNITS.match(cells[n][1]) or _is_value(cells[n][1]))):
            if name and len("".join(name)) > 80:
                break
            name.append(cells[n][1])
            n += 1
        unit = ""
        if n < len(cells) and _UNITS.match(cells[n][1]) and not (cells[n][1] == "-" and width == 1):
            unit = cells[n][1]
            n += 1
        values: list[Cell] = []
        while n < len(cells) and len(values) < width and _is_value(cells[n][1]):
            if values and cells[n][1] == str(number + 1) and n + 1 < len(cells) and not _is_value(cells[n + 1][1]):
                break
            values.append(cells[n])
            n += 1
        nature = ""
        if n < len(cells) and cells[n][1].strip("。") in _NATURES:
            nature = _NATURES[cells[n][1].strip("。")]
            n += 1
        rows.append(_Row("".join(name), unit, values, nature))
        number += 1
    return rows, n


def _of_rows(rows: list[list[Cell]], horizon: int) -> list[GoalCell]:
    """The goals of a table that has kept its rows. Headings may stand in two rows; cells may lack at the left."""
    found: list[GoalCell] = []
    columns: list[tuple[int, Column]] = []
    width = 0
    unit_at = None
    name_at = 0
    for number, row in enumerate(rows):
        words = [w for _, w in row]
        values = sum(bool(_VALUE.match(w)) for w in words)
        if any(re.search("指标|项目", w) for w in words) and any(
            re.search("目标|20\\d\\d|基期|现状", w) for w in words
        ):
            below = [w for _, w in rows[number + 1]] if number + 1 < len(rows) else []
            if (
                len(below) == len(words)
                and all(_HEAD.search(w) or not w for w in below)
                and not any(re.fullmatch(r"\d", w) for w in below)
            ):
                words = [w if w == b else w + b for w, b in zip(words, below, strict=True)]
            width = len(words)
            unit_at = next((n for n, w in enumerate(words) if "单位" in w), None)
            name_at = next(
                (n for n, w in enumerate(words) if re.search("指标|项目", w) and not re.search("20|类", w)), 0
            )
            columns = []
            for n, w in enumerate(words):
                if n != name_at and n != unit_at:
                    columns += [(n - width, c) for c in columns_of([w])]
            if columns and not any(c.goal for _, c in columns):
                years = [c.year for _, c in columns if c.year]
                columns = [
                    (
                        n,
                        Column(
                            c.heading, c.year, not _BASE.search(c.heading) and c.year == max(years, default=0), c.level
                        ),
                    )
                    for n, c in columns
                ]
            continue
        if not columns or not values or len(row) < -min(n for n, _ in columns):
            continue
        shift = len(row) - width
        name = words[max(0, name_at + shift)]
        unit = words[unit_at + shift] if unit_at is not None and 0 <= unit_at + shift < len(words) else ""
        nature = next((_NATURES[w] for w in words if w in _NATURES), "")
        line = _Row(name, unit, [row[n] for n, _ in columns], nature)
        found += _goals(line, [c for _, c in columns], horizon)
    return found


def _goals(row: _Row, columns: list[Column], horizon: int) -> list[GoalCell]:
    """The goal cells of a row; where values lack, the last ones are there."""
    shown = columns[-len(row.values) :] if len(row.values) < len(columns) else columns
    base = base_year = None
    for column, (_, words) in zip(shown, row.values, strict=False):
        numbers = quantities(words)
        if not column.goal and numbers:
            base, base_year = numbers[0].value, column.year
    found = []
    unit = row.unit or _unit_of_name(row.name)
    for column, (place, words) in zip(shown, row.values, strict=False):
        if not column.goal:
            continue
        numbers = quantities(words)
        if base is not None and numbers and re.match("(?:提高|提升|增加|增长)\\d", words):
            numbers = [replace(numbers[0], value=round(base + numbers[0].value, 6))]  # printed as a rise over the base
        if words.startswith("全覆盖"):
            numbers = [Quantity(0, 3, 100.0, None, "%", "", False, words)]
        if numbers:
            found.append(
                GoalCell(row.name, unit, words, numbers[0], place, place + len(words), column.year or horizon,
                         column.level, row.nature, base, base_year)
            )  # fmt: skip
    return found


def _unit_of_name(name: str) -> str:
    """The unit in brackets at the end of a name: 人均预期寿命(岁)."""
    found = re.search(r"[((]([^()()]{1,6})[))]$", name)
    return found[1] if found and _UNITS.match(found[1]) else ""
