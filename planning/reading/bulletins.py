"""The figures that a statistical communiqué or a health bulletin states, as a draft that a person confirms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planning.indicators import Indicator
from planning.reading.indicator_matching import IndicatorNames, fits, per_of
from planning.reading.plans import LeftNumber
from planning.reading.quantities import Quantity, plain, quantities
from planning.reading.structure import lines_of

# A bulletin holds many figures of other subjects with names alike, so a match must be closer than in a plan.
LEAST_SCORE = 0.6
_CHANGE = re.compile(
    "(?:增长|下降|提高|上升|减少|增加|降低|回落|多|少|高|低|快|慢)(?:了|约)?$|(?:比|较)(?:上年|去年|20\\d\\d年)[^,;。]*(?:增|减|提|降|升|多|少)[^,;。]*$"
)
_OUT = re.compile("(?:由|从)[^,;。]{0,12}$")
_CLAUSE = re.compile("[,。;:!?\n\t]")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年")
_MAIN = re.compile("^(?:年末|全年|期末|全[市省县区国]|初步核算|其中)*")


@dataclass(frozen=True)
class FoundFigure:
    """A figure that a text states. value: in the indicator's unit; basis: resident, registered or unstated; period: year_end or year.

    region: as named in the sentence, '' for the whole that the bulletin is about; start, end: its place in the text.
    """

    indicator: str
    match: float
    value: float
    unit: str
    year: int
    period: str
    region: str
    basis: str
    precision: float
    text: str
    start: int
    end: int
    phrase: str


@dataclass(frozen=True)
class ReadBulletin:
    """What a bulletin states: the year it is about, its publication (YYYY-MM-DD or ''), figures of ours, other numbers."""

    text: str
    title: str
    year: int
    day: str
    figures: tuple[FoundFigure, ...]
    left: tuple[LeftNumber, ...]


def read_bulletin(
    text: str, indicators: Iterable[Indicator], regions: Mapping[str, str] | None = None, year: int | None = None
) -> ReadBulletin:
    """The figures of our indicators in a bulletin's text. regions: names of the regions below, with their codes.

    year: the year it is about, where its title is silent. Raises ValueError where neither says it.

    >>> from planning.loading.folder import load_catalogue
    >>> read = read_bulletin("样例市2023年统计公报\\n年末常住人口312.5万人,出生率6.51‰。", load_catalogue().indicators.values())
    >>> [(f.indicator, f.value, f.year, f.basis) for f in read.figures]
    [('population', 3125000.0, 2023, 'resident'), ('crude_birth_rate', 6.51, 2023, 'resident')]
    """
    written = plain(text)
    head = [line.strip("*# \t") for line in written.split("\n") if line.strip()][:60]
    title = next((w for w in head if re.search("公报|简报|年报|情况", w) and len(w) < 60), head[0] if head else "")
    stated = _YEAR.search(title) or _YEAR.search("\n".join(head))
    about = year or (int(stated[1]) if stated else None)
    if about is None:
        raise ValueError("The text names no year that it is about. Name it: --year 2023.")
    days = re.findall(r"(20\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})", "\n".join(head))
    day = max(
        (f"{y}-{int(m):02d}-{int(d):02d}" for y, m, d in days if 1 <= int(m) <= 12 and 1 <= int(d) <= 31), default=""
    )
    names = IndicatorNames(indicators)
    figures: list[FoundFigure] = []
    left: list[LeftNumber] = []
    for line in lines_of(written):
        place = line.start
        for part in re.findall(r"[^。;!?]*[。;!?]?", line.text):
            for q in quantities(part):
                found = _figure(part, q, names, about, regions or {}, place)
                if isinstance(found, str):
                    left.append(LeftNumber(place + q.start, place + q.end, q.text, found))
                else:
                    figures.append(found)
            place += len(part)
    return ReadBulletin(text, title, about, day, tuple(_single(figures)), tuple(left))


def _figure(
    sentence: str, q: Quantity, names: IndicatorNames, about: int, regions: Mapping[str, str], place: int
) -> FoundFigure | str:
    """The figure that a number is, or why it is none of ours."""
    before, after = sentence[: q.start], sentence[q.end :]
    clause = _CLAUSE.split(before)[-1]
    if q.unit in ("年", "月", "日", "号") or re.match(r"\s*(?:年|月)", after) or q.chinese:
        return "a year, a day or part of a name"
    if _CHANGE.search(clause) or _OUT.search(clause) or q.unit == "个百分点":
        return "a change or an earlier value"
    if (q.unit == "岁" and not re.search("寿命", clause)) or re.match("岁", after):
        return "an age"
    share = re.search("(?:占|比重|占比)[^,;。]{0,14}$", clause)
    phrase = _subject(sentence, q, clause, bool(share and q.unit == "%"))
    if len(phrase) < 2:
        return "no words to know it by"
    ranked = names.ranked(phrase, sentence, q.unit, 1)
    if not ranked or ranked[0].score < LEAST_SCORE:
        return "no indicator of ours"
    indicator = names.indicators[ranked[0].indicator]
    if not fits(indicator.unit, q.unit, per_of(phrase)) or (indicator.unit == "percent") != (q.unit == "%"):
        return "a unit that does not fit"
    if not indicator.range[0] <= q.value <= indicator.range[1]:
        return "beyond the indicator's range"
    years = [int(y) for y in _YEAR.findall(before) if int(y) <= about + 1]
    region = next((name for name in sorted(regions, key=len, reverse=True) if name in sentence[: q.start]), "")
    registered = "户籍" in clause or ("户籍" in sentence and "常住" not in sentence and indicator.basis != "resident")
    basis = "registered" if registered else "resident" if "常住" in clause else indicator.basis
    flow = indicator.kind in ("rate", "cumulative", "index") and not indicator.unit.startswith(
        ("per_1000", "per_10000")
    )
    period = (
        "year_end"
        if re.search("年末|年底|期末|拥有|共有|实有|床位|总数", sentence[: q.start])
        else "year"
        if flow
        else "year_end"
    )
    if re.search("全年|出生|死亡|增长率", clause):
        period = "year"
    return FoundFigure(
        indicator.id, ranked[0].score, q.value, indicator.unit, years[-1] if years else about, period, region,
        basis if basis in ("resident", "registered") else "unstated", _precision(q), sentence.strip(), place + q.start,
        place + q.end, phrase,
    )  # fmt: skip


def _subject(sentence: str, q: Quantity, clause: str, share: bool) -> str:
    """The words that say what a number is: those before it, for a share with whose it is."""
    words = re.sub(r"\d[\d.,]*[^\d,]{0,4}$", "", clause) if not share else clause
    words = re.sub(r"20\d\d年(?:末|底)?", "", words)
    words = _MAIN.sub("", re.sub(r"(?:达到?|为|共|有|是|约|总计|合计|拥有)+$", "", words.strip(" (、")))
    if share:
        owner = re.sub(
            r"\d[\d.]*\s*[万亿]?[人户个张]?$", "", _CLAUSE.split(sentence[: q.start - len(clause)].rstrip(","))[-1]
        )
        return _MAIN.sub("", owner) + "占比"
    return words


def _precision(q: Quantity) -> float:
    """The step to which a figure is printed, in the units of its value: .1 of ten thousand persons is 1000."""
    printed = re.search(r"\.(\d+)", q.text)
    decimals = len(printed[1]) if printed else 0
    scale = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}.get(q.power, 1.0)
    return round(scale * 10.0**-decimals, 10)


def _single(figures: list[FoundFigure]) -> list[FoundFigure]:
    """Each figure once: of one said twice with the same value the first is kept; two values both stay, to be chosen from."""
    kept: dict[tuple, FoundFigure] = {}
    for figure in figures:
        kept.setdefault((figure.indicator, figure.year, figure.region, figure.basis, figure.value), figure)
    return list(kept.values())
