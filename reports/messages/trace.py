"""A trace as text: from a number back to its formula, the figures it was made of, and their sources."""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.assessment import Assessment
from dabiao.trace import Trace
from planning.observations import Observation
from reports.messages import wording
from reports.messages.methods import BASES, PERIODS, STATUSES, method_in_words
from reports.messages.methods import FORMULAS as IN_CHINESE


def lines(t: Trace, a: Assessment, lang: str, depth: int = 0) -> Iterator[str]:
    """The trace as indented lines of text."""
    pad = "  " * depth
    about = a.catalogue.indicator(t.indicator)
    said = ""
    if t.value:
        band = wording.interval(t.value["low80"], t.value["high80"], about, lang)
        said = f" {t.year}: {band} ({wording.figure(t.value['median'], about, lang)})"
    method = method_in_words(t.method, lang, a.catalogue)
    yield f"{pad}{t.name}{said}  [{method}{', ' + t.evidence if t.evidence else ''}]"
    yield f"{pad}  = {IN_CHINESE.get(t.formula, t.formula) if lang == 'zh' else t.formula}"
    for o in t.figures:
        value = wording.printed(o.value, about, lang)
        yield f"{pad}  {o.year} {_kind(o, lang)}: {value} ({o.grade}) ← {o.source.cited()}"
    if t.peers:
        some = ("、" if lang == "zh" else ", ").join(t.peers[:12]) + (" …" if len(t.peers) > 12 else "")
        yield f"{pad}  可比地区（{len(t.peers)}）：{some}" if lang == "zh" else f"{pad}  peers ({len(t.peers)}): {some}"
    for note in (*t.notes, *t.assumptions):
        yield f"{pad}  * {wording.one_language(note, lang)}"
    for part in t.inputs:
        yield from lines(part, a, lang, depth + 1)


def _kind(o: Observation, lang: str) -> str:
    """At what time, of whom, and how sure a published value is."""
    parts = ((o.period, PERIODS), (o.basis, BASES), (o.status, STATUSES))
    if lang == "zh":
        return " ".join(word for id, words in parts if (word := words.get(id, id)))
    return " ".join(id.replace("_", " ") for id, _ in parts if id != "none")
