"""How a report says things, in Chinese and English: words, numbers, comparisons, gaps. Its sentences stand in `reports.messages.texts`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.levers import Cost, Lever
from planning.own_figures import OwnFigure
from planning.regions import Region
from planning.targets import Target
from planning.verdicts import WORDS, Verdict, lower_is_the_aim, printed_decimals
from reports.messages import LANGS as LANGS
from reports.messages import message
from reports.messages.words import COMPARISONS, LEVELS, UNITS

PER_RESIDENT = {"per_1000": ("每千人", "per 1,000 residents"), "per_10000": ("每万人", "per 10,000 residents")}


def one_language(sentence: str, lang: str) -> str:
    """A sentence in the language asked for; one that was only ever written in one stays as it is."""
    return sentence.lang(lang) if isinstance(sentence, Bilingual) else sentence


def in_one_language(words: str, lang: str) -> str:
    """What of a text in both languages is in the language asked for: halves of headings written as `中文 · English`, and
    paragraphs, where there are some in Chinese and some without. A text in one language stays as it is."""
    paragraphs = words.split("\n\n")
    plain = [p for p in paragraphs if not p.startswith("#")]
    both = len({_chinese(p) for p in plain}) == 2
    kept = []
    for paragraph in paragraphs:
        mark, _, title = paragraph.partition(" ")
        zh, _, en = title.partition(" · ")
        if paragraph.startswith("#") and en and _chinese(zh) and not _chinese(en):
            kept.append(f"{mark} {zh if lang == 'zh' else en}")
        elif paragraph.startswith("#") or not both or _chinese(paragraph) == (lang == "zh"):
            kept.append(paragraph)
    return "\n\n".join(kept)


def _chinese(words: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


def unit(code: str, lang: str) -> str:
    return message(f"unit_{code}", lang)


def axis_unit(indicator: Indicator, lang: str) -> str:
    """The unit as an axis label: rates per resident say so, and so do numbers per hundred."""
    if indicator.unit == "percent" and indicator.zh.startswith("每百"):
        return ("每百名", "per 100")[LANGS.index(lang)]
    return PER_RESIDENT.get(indicator.unit, UNITS[indicator.unit])[LANGS.index(lang)] or (
        "比值" if lang == "zh" else "ratio"
    )


def titled(indicator: Indicator, lang: str) -> str:
    """An indicator's name with its unit, which is not said twice where the name holds it."""
    name, per = indicator.name(lang), axis_unit(indicator, lang)
    return name if per in name or (lang == "zh" and name.startswith("每")) else f"{name} · {per}"


def number(value: float | None, lang: str, decimals: int = 0, beside: float = 0.0) -> str:
    """A number as people write it: 1,237.6万 in Chinese, 12.38 million in English; small ones with their decimals.

    beside: another number that it stands next to; both are written in the size of unit that the larger asks for.
    """
    if value is None:
        return "—"
    size = max(abs(value), abs(beside))
    if value == 0 and size >= 1e5:
        return "0"
    if lang == "zh" and size >= 1e8:
        return f"{value / 1e8:,.2f}亿"
    if lang == "zh" and size >= 1e5:
        return f"{value / 1e4:,.1f}万"
    if lang == "en" and size >= 1e6:
        return f"{value / 1e6:,.2f} million"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text


def span(low: float, high: float, lang: str) -> str:
    """Two ends of an interval of whole numbers, in one size of unit: 3.5万–10.8万; one number where they are alike."""
    ends = [number(round(a), lang, beside=round(b)) for a, b in ((low, high), (high, low))]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


def figure(value: float | None, indicator: Indicator, lang: str, beside: float = 0.0) -> str:
    """A reckoned value of an indicator with its unit, to no more places than it can bear. beside: as of `number`."""
    if value is None:
        return "—"
    decimals = 0 if indicator.unit == "persons" else indicator.decimals
    if indicator.unit == "percent":
        decimals = min(decimals, 1)
    return _with_unit(number(value, lang, decimals, beside), indicator, lang)


def printed(value: float | None, indicator: Indicator, lang: str) -> str:
    """A value as a document prints it, with its unit: 85%, 5.55."""
    if value is None:
        return "—"
    decimals = printed_decimals(value) if abs(value) < 1e5 else 0
    shown = re.sub(r"(\.\d*?)0+(?=万|亿| million)", lambda found: found[1].rstrip("."), number(value, lang, decimals))
    return _with_unit(shown, indicator, lang)


def _with_unit(shown: str, indicator: Indicator, lang: str) -> str:
    name = unit(indicator.unit, lang)
    named_in_the_indicator = lang == "zh" and indicator.zh.startswith("每")
    if not name or named_in_the_indicator:
        return shown
    tight = name in ("%", "‰") or lang == "zh"
    return f"{shown}{name}" if tight else f"{shown} {name}"


def interval_of(verdict: Verdict, indicator: Indicator, lang: str) -> str:
    """The 80 % interval of a verdict, or that nothing can be told of the level where it is too wide to say anything."""
    if verdict.vague:
        return message("needs_local", lang)
    return interval(verdict.low80, verdict.high80, indicator, lang)


def median_of(verdict: Verdict, indicator: Indicator, lang: str) -> str:
    """The median of a verdict; a dash where the interval says nothing of the level."""
    return "—" if verdict.vague else figure(verdict.median, indicator, lang)


def entered(figures: Iterable[OwnFigure], catalogue: Catalogue, lang: str) -> str:
    """Own figures as a sentence: which, of which year, and that they carry no source."""
    told = [
        f"{catalogue.indicator(f.indicator).name(lang)} {f.year}: {printed(f.value, catalogue.indicator(f.indicator), lang)}"
        for f in figures
    ]
    return message("entered_list", lang, figures=("；" if lang == "zh" else "; ").join(told))


def interval(low: float | None, high: float | None, indicator: Indicator, lang: str) -> str:
    """Two ends of an interval, in one size of unit and with the unit once."""
    if low is None or high is None:
        return "—"
    upper, lower = figure(high, indicator, lang, low), figure(low, indicator, lang, high)
    name = unit(indicator.unit, lang)
    if name and upper.endswith(name):
        lower = lower.removesuffix(name).strip()
    return f"{lower}–{upper}"


def percent(chance: float | None, lang: str) -> str:
    """A chance for reading: whole per cents, never 0 % or 100 %."""
    if chance is None:
        return "—"
    if chance < 0.01:
        return "<1%"
    if chance > 0.99:
        return ">99%"
    return f"{chance:.0%}"


def comparison(target: Target, indicator: Indicator, lang: str) -> str:
    """What the target asks, with its number: 不低于 5.55‰, at least 5.55 per 1,000."""
    words = COMPARISONS[target.comparison][LANGS.index(lang)]
    if target.strict and target.comparison in ("at_least", "at_most"):
        words = {
            ("at_least", "zh"): "超过",
            ("at_least", "en"): "more than",
            ("at_most", "zh"): "低于",
            ("at_most", "en"): "less than",
        }[target.comparison, lang]
    if target.comparison == "between":
        join = "与" if lang == "zh" else " and "
        return f"{words} {printed(target.low, indicator, lang)}{join}{printed(target.high, indicator, lang)}"
    if target.comparison == "relative":
        if lower_is_the_aim(target):
            words = ("不高于上级平均", "not above the level above")[LANGS.index(lang)]
        return words
    if target.value is None:
        return words
    about = ("约" if lang == "zh" else "about ") if target.approximate else ""
    return f"{words} {about}{printed(target.value, indicator, lang)}"


def elsewhere(target: Target, region: Region, lang: str) -> str:
    """A remark on a target that speaks of another region or an older boundary than the report's."""
    if target.region == region.code:
        return "（旧区划）" if lang == "zh" else " (old boundary)"
    level = LEVELS[target.level][LANGS.index(lang)]
    return f"（{level}级）" if lang == "zh" else f" ({level})"


def gap(verdict: Verdict, indicator: Indicator, lang: str) -> str:
    """How far the median at the deadline is from the target, in the unit."""
    if verdict.gap is None or verdict.vague:
        return "—"
    key = "gap_short" if verdict.gap > 0 else "gap_over"
    return message(key, lang, gap=difference(verdict.gap, indicator, lang))


def pace(verdict: Verdict, indicator: Indicator, lang: str) -> str:
    """The change a year that is needed, beside the change made lately."""
    if verdict.pace_needed is None:
        return message("pace_unknown", lang)
    needed = signed(verdict.pace_needed, indicator, lang)
    if verdict.own_pace is None:
        return message("pace_needed_only", lang, needed=needed)
    return message("pace", lang, needed=needed, own=signed(verdict.own_pace, indicator, lang))


def difference(value: float, indicator: Indicator, lang: str) -> str:
    """The size of a difference of two figures: percentages differ by points."""
    size = abs(value)
    if indicator.unit != "percent":
        return figure(size, indicator, lang)
    points = unit("points", lang)
    return f"{size:.1f}{points}" if lang == "zh" else f"{size:.1f} {points}"


def signed(value: float, indicator: Indicator, lang: str) -> str:
    """A change or difference with its sign and unit."""
    return ("+" if value >= 0 else "−") + difference(value, indicator, lang)


def word_rule(lang: str) -> str:
    """The thresholds of the words, as printed in every report."""
    likely, uncertain = WORDS[0][1], WORDS[1][1]
    return message("word_rule", lang, likely=f"{likely:.0%}", unlikely=f"{uncertain:.0%}")


GROUNDS = {
    "assumption": ("假设", "assumption"),
    "accounting": ("核算关系（依定义成立）", "accounting (true by definition)"),
}


def grounds(of: Lever | Cost, lang: str) -> str:
    """What the effect of a lever, or a cost, rests on, in the reader's language."""
    word = GROUNDS.get(of.evidence)
    return word[LANGS.index(lang)] if word else of.grounds(lang).strip().rstrip(".。")
