"""How a Chinese plan is built: its headings, what looks back and what ahead, its period, level and publication year."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

FIVE_YEARS = {"十一五": 2010, "十二五": 2015, "十三五": 2020, "十四五": 2025, "十五五": 2030, "十六五": 2035}
_HEAD_LINES = 80  # the title and the date of a plan stand among its first lines
_BACK = re.compile(
    "(?:发展|现实|工作|现有)基础|基础(?:条件|和|与)|回顾|现状|成效$|主要成效|形势|总结|完成情况|(?:发展|基本|工作)状况|状况$|背景|"
    "(?:存在|面临|主要|突出).{0,6}问题|面临|主要进展|进展情况|成就|机遇|挑战|取得|发展情况"
)
_AHEAD = re.compile("目标|任务|要点|打算|思路|要求|措施|计划$|安排|举措|行动|规划$")
_LEVELS = (
    re.compile(r"^\d{4}年[^。;]{0,30}(?:总结|要点|计划|安排|打算|思路)$"),
    re.compile(r"^第[一二三四五六七八九十]+[章编篇部]"),
    re.compile(r"^第[一二三四五六七八九十]+节"),
    re.compile(r"^[一二三四五六七八九十]+、"),
    re.compile(r"^[((][一二三四五六七八九十]+[))]"),
    re.compile(r"^\d{1,2}\s*[.、](?!\d)"),
    re.compile(r"^[((]\d{1,2}[))]"),
)
_LONGEST_HEADING = 40
_DAY = re.compile(r"(20\d\d)\s*(?:年|-|/|\.)\s*(\d{1,2})\s*(?:月|-|/|\.)\s*(\d{1,2})")


@dataclass(frozen=True)
class Line:
    """A line of a text. start: its place; section: the headings above, outermost first; back: whether they look back."""

    start: int
    text: str
    section: tuple[str, ...]
    back: bool
    heading: bool


@dataclass(frozen=True)
class Period:
    """What a plan looks at. title: '' if not found; horizon: its last year; published: year, None if not printed.

    day: of publication as YYYY-MM-DD, '' if not printed; region: name in the title; level: nation, province, city, district.
    """

    title: str
    horizon: int
    published: int | None
    day: str
    region: str
    level: str

    @property
    def first(self) -> int:
        """The first year that counts as ahead."""
        return self.published or self.horizon - 5

    def past_periods(self) -> tuple[str, ...]:
        """Names of the five-year periods that had ended when the plan began."""
        return tuple(
            name for name, end in FIVE_YEARS.items() if end < min(self.horizon, self.first + 1) or end < self.first
        )


def lines_of(text: str) -> list[Line]:
    """The lines of a plain text with the headings they stand under."""
    lines: list[Line] = []
    stack: list[tuple[int, str]] = []
    place = 0
    for raw in text.split("\n"):
        words = raw.strip().strip("*#").strip()
        level = next((n for n, pattern in enumerate(_LEVELS) if pattern.match(words)), None)
        heading = level is not None
        if level is not None:
            stack = [(n, h) for n, h in stack if n < level]
            stack.append((level, re.split("[。:;]", words)[0][:_LONGEST_HEADING]))
        section = tuple(h for _, h in stack)
        lines.append(
            Line(place, raw, section, any(looks_back(h) for h in section), heading and len(words) <= _LONGEST_HEADING)
        )
        place += len(raw) + 1
    return lines


def looks_back(heading: str) -> bool:
    """Whether a heading announces what has been, not what shall be.

    >>> looks_back("一、发展基础"), looks_back("(四)发展目标"), looks_back("2022年工作总结")
    (True, False, True)
    """
    return bool(_BACK.search(heading)) and not _AHEAD.search(heading)


def period_of(text: str) -> Period:
    """The period, publication and level of a plain text. The horizon is read from the title, else it is the year most named
    with 到 or 至; without either, five years after the publication."""
    head = [w for w in (line.strip().strip("*#").strip() for line in text.split("\n")) if w][:_HEAD_LINES]
    title = next((w for w in head if _title(w)), "")
    # A title may be broken in two; 关于印发…的通知 names the plan that it sends.
    day = _published("\n".join(head[:40]) + "\n" + text[-300:])
    horizon = _horizon_of_title(title) or _horizon_of_text(text, day)
    year = int(day[:4]) if day else _bracketed(head)
    region, level = _region_of(title, "\n".join(head[:20]))
    return Period(
        title, horizon or (year or 2020) + 5, year if year and year <= (horizon or year) else None, day, region, level
    )


def _title(line: str) -> bool:
    return bool(
        re.search("规划|方案|计划|纲要|要点|意见|报告|行动|公报|简报|年报", line)
        and 8 <= len(line) <= 70
        and not re.search("[。;:|\t]|^[•\\d一二三四五六七八九十(]+[、.)]", line.strip("《》"))
    )


def _published(head: str) -> str:
    found = _DAY.findall(head)
    days = [f"{y}-{int(m):02d}-{int(d):02d}" for y, m, d in found if 1 <= int(m) <= 12 and 1 <= int(d) <= 31]
    return max(days) if days else ""


def _bracketed(head: list[str]) -> int | None:
    found = re.search(r"[〔\[(](20\d\d)[〕\])]\s*\d+\s*号", "\n".join(head))
    return int(found[1]) if found else None


def _horizon_of_title(title: str) -> int | None:
    spans = re.search(r"(20\d\d)\s*年?\s*[-—–~至]+\s*(20\d\d)", title)
    if spans:
        return int(spans[2])
    for name, end in FIVE_YEARS.items():
        if name in title:
            return end
    work = re.findall(r"(20\d\d)\s*年", title)
    if work and re.search("要点|工作计划|工作报告|工作安排|计划", title):
        return int(work[-1])
    ahead = re.search(r"(20[2-6][05])", title)
    return int(ahead[1]) if ahead else None


def _horizon_of_text(text: str, day: str) -> int | None:
    named = [int(y) for y in re.findall(r"(?:到|至|在|,|。|\n)\s*(20\d\d)\s*年", text)]
    ahead = [y for y in named if not day or y > int(day[:4])]
    return Counter(ahead).most_common(1)[0][0] if ahead else None


def _region_of(title: str, head: str) -> tuple[str, str]:
    for words in (title, head):
        found = re.findall(r"[\u4e00-\u9fff]{2,9}?(?:自治区|省|自治州|地区|盟|市|自治县|县|新区|区)", words)
        places = [re.sub("^(?:关于|印发|推进|转发|发布|现将|的|把)+", "", f) for f in found]
        places = [p for p in places if not re.search("社区|地区的|园区|山区|城区$|灾区|辖区|校区|市区", p)]
        if places:
            last = places[-1] if len(places) > 1 and places[-1].endswith(("县", "区")) and words is title else places[0]
            return last, _level(last)
    return ("", "nation") if re.search("国家|全国|中国|国务院", title + head) else ("", "city")


def _level(name: str) -> str:
    if name.endswith(("省", "自治区")) or name in ("北京市", "天津市", "上海市", "重庆市"):
        return "province"
    return "district" if name.endswith(("县", "区")) else "city"


def with_horizon(period: Period, year: int) -> Period:
    """The same period with a stated last year."""
    return replace(period, horizon=year)
