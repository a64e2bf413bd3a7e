"""Numbers as Chinese official texts print them: value, unit, range, and which way they compare."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cn2an

# Signs that mean the same, one for one, so that every place in the text stays where it is.
_ALIKE = str.maketrans(
    {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
    | {"\u3000": " ", "\xa0": " ", "。": "。", "﹪": "%", "﹥": ">", "﹤": "<", "⩾": "≥", "⩽": "≤", "≧": "≥", "≦": "≤"}
)
_POWERS = {"百": 1e2, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "": 1.0}
_MEASURES = (
    "个百分点|百分点|平方米|平方公里|公里|千米|分钟|小时|人次|件次|批次|场次|/10\\s*万|/万|%|‰|元|人|名|位|岁|个|家(?!庭|长|属)|所|张|台|辆|户|"
    "支|项|场|例|种|类|件|床|条|次|处|批|期|分|套|间|大|倍|座|对|门|只|部|级|年|月|日|号|周|天"
)
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_CHINESE = r"[一二三四五六七八九十两][一二三四五六七八九十百千零〇两]*"
_TO = r"\s*(?:-|—|–|~|至|到)\s*"
_QUANTITY = re.compile(
    rf"(?P<sign>≥|≤|>|<|\\geq?|\\leq?)?\s*(?:百分之(?P<percent>{_CHINESE}|{_ARABIC})|"
    rf"(?P<a>{_ARABIC})(?P<first>\s*(?:%|‰|\\%|个(?!百分)|家(?!庭|长|属)|所|名|张|项(?!目)|[万千亿]|百(?!分)))?(?:{_TO}(?P<b>{_ARABIC}))?\s*(?P<power>百万|千万|[万千亿]|百(?!分))?"
    rf"\s*(?P<more>余|多|\+)?\s*(?P<unit>\\%|{_MEASURES})?|"
    rf"(?<![第一二三四五六七八九十两])(?P<c>{_CHINESE})(?:{_TO}(?P<d>{_CHINESE}))?(?P<cunit>个(?![全])|家|所|名|大|项|张|支|辆|台|场|种|件|条|处|成)(?!把手|手抓))"
)


@dataclass(frozen=True)
class Quantity:
    """A printed number. start, end: its place in the text; value or (low, high) in `unit` as printed ('' if none).

    sign: '>=', '<=', '>', '<' or ''; chinese: in Chinese numerals; text: as printed.
    """

    start: int
    end: int
    value: float
    high: float | None
    unit: str
    sign: str
    chinese: bool
    text: str
    power: str = ""


def plain(text: str) -> str:
    """The text with full-width letters, digits and signs as their plain kind; no place in it moves.

    >>> plain("达到９５％，控制在")
    '达到95%,控制在'
    """
    return text.translate(_ALIKE)


def quantities(text: str) -> list[Quantity]:
    """All numbers of a text in order: Arabic ones with or without a unit, Chinese ones where a measure word follows.

    >>> [(q.value, q.high, q.unit) for q in quantities("新增托位5000个,建立两至三家中心,8.5万人,达95%")]
    [(5000.0, None, '个'), (2.0, 3.0, '家'), (85000.0, None, '人'), (95.0, None, '%')]
    """
    found = []
    for m in _QUANTITY.finditer(text):
        sign = {"≥": ">=", "≤": "<=", "\\ge": ">=", "\\geq": ">=", "\\le": "<=", "\\leq": "<="}.get(
            m["sign"] or "", m["sign"] or ""
        )
        high: float | None = None
        power = ""
        if m["percent"]:
            value, unit = _number(m["percent"]), "%"
        elif m["a"]:
            first = (m["first"] or "").strip().replace("\\", "")
            power = m["power"] or (first if first in _POWERS else "")
            value = _number(m["a"]) * _POWERS[power]
            high = _number(m["b"]) * _POWERS[power] if m["b"] else None
            unit = (m["unit"] or "").replace("\\", "").replace(" ", "") or ("" if first in _POWERS else first)
            unit = "个百分点" if unit == "百分点" else unit
            if first and first in _POWERS and m["b"] and m["power"] and m["power"] != first:
                value = _number(m["a"]) * _POWERS[first]
        else:
            value, unit = _number(m["c"]), m["cunit"]
            high = _number(m["d"]) if m["d"] else None
        start = m.start() + len(m.group()) - len(m.group().lstrip())
        found.append(Quantity(start, m.end(), value, high, unit, sign, bool(m["c"]), m.group().strip(), power))
    return found


def _number(text: str) -> float:
    """A number in Arabic or Chinese numerals."""
    bare = text.replace(",", "")
    if re.fullmatch(r"[\d.]+", bare):
        return float(bare)
    try:
        return float(cn2an.cn2an(bare, "smart"))
    except ValueError:
        return float("nan")
