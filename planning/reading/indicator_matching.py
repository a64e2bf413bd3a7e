"""Which of our indicators a phrase of a text speaks of, by what characters they share and whether the unit fits."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from planning.indicators import PRINTED_GOAL, Indicator

# Below this score the nearest indicator is usually another one, on the plans of the register (benchmarks/read_plans.py).
LEAST_SCORE = 0.38
_CONTEXT = 0.25  # weight of the sentence around beside the phrase itself; .15 to .35 give the same matches
_OTHER_UNIT = 0.5  # a score where the unit does not fit, so that a name alone does not carry it over LEAST_SCORE

_PRINTED_UNITS: dict[str, tuple[str, ...]] = {
    "%": ("percent",),
    "‰": ("per_1000", "per_1000_births"),
    "/10万": ("per_100000", "per_100000_births"),
    "/万": ("per_10000",),
    "个百分点": ("points",),
    "百分点": ("points",),
    "公里": ("km",),
    "千米": ("km",),
    "分钟": ("minutes",),
    "平方米": ("m2",),
    "元": ("yuan",),
    "岁": ("years",),
    "分": ("score",),
    "户": ("households",),
    "人": ("persons", "ratio", "per_1000", "per_10000", "per_1000_children"),
    "名": ("persons", "ratio", "per_1000", "per_10000", "per_1000_children"),
    "位": ("persons",),
    "例": ("persons", "items", "times"),
    "张": ("beds", "places", "per_1000", "items"),
    "辆": ("vehicles", "items"),
    "台": ("items", "per_10000"),
    "家": ("institutions", "items", "per_1000_under3"),
    "所": ("institutions", "items"),
    "个": (
        "institutions", "items", "places", "persons", "points", "per_1000", "per_10000", "per_1000_under3", "beds",
    ),
    "场": ("times", "items"),
    "次": ("times",),
    "期": ("times", "items"),
    "天": ("days",),
    "倍": ("ratio",),
}  # fmt: skip
_COUNTED = ("institutions", "items", "places", "persons", "beds", "times", "vehicles", "households")
_NAMES_ALIKE = (
    ("预期寿命", "期望寿命"), ("慢病", "慢性病"), ("人均预期", "人均期望"), ("床位数", "床位"), ("每万名居民", "每万人"),
    ("每千名", "每千"), ("每千人口", "每千人"), ("婴儿照护设施托位", "婴幼儿托位"), ("托位数", "托位"), ("周岁", "岁"),
    ("II", "Ⅱ"), ("医务人员", "卫生人员"), ("平均寿命", "期望寿命"), ("平均期望", "人均期望"), ("医生", "医师"), ("镇街", "镇(街道)"),
    ("及以上", "以上"), ("乡镇(街道)", "镇(街道)"), ("规范化", "规范"), ("规范管理服务", "规范管理"), ("注册护士", "护士"),
)  # fmt: skip


@dataclass(frozen=True)
class Match:
    """An indicator's id, and how well it fits, 0 to 1."""

    indicator: str
    score: float


class IndicatorNames:
    """The names of the indicators as weighted character pairs.

    >>> from planning.loading.folder import load_catalogue
    >>> names = IndicatorNames(load_catalogue().indicators.values())
    >>> names.match("每千人口拥有3岁以下婴幼儿托位数", "", "个").indicator
    'nursery_places_per_1000'
    """

    def __init__(self, indicators: Iterable[Indicator]):
        self.indicators = {i.id: i for i in indicators if not i.id.endswith(PRINTED_GOAL)}

    @cached_property
    def _grams(self) -> list[tuple[Indicator, Counter]]:
        return [(about, _pairs(name)) for about in self.indicators.values() for name in (about.zh, *about.aliases)]

    @cached_property
    def _weights(self) -> dict[str, float]:
        seen: Counter = Counter()
        for _, grams in self._grams:
            seen.update(grams.keys())
        return {g: math.log((1 + len(self._grams)) / n) for g, n in seen.items()}

    @cached_property
    def _norms(self) -> list[float]:
        return [self._length(grams) for _, grams in self._grams]

    def _length(self, grams: Mapping[str, int]) -> float:
        return math.sqrt(sum(self._weights.get(g, 3.0) ** 2 for g in grams)) or 1.0

    def ranked(self, phrase: str, context: str, unit: str, most: int = 3) -> list[Match]:
        """The best matches first. phrase: words around the number; context: its sentence; unit: as printed, '' if none."""
        own, around = _pairs(phrase), _pairs(context)
        length = self._length(own)
        best: dict[str, float] = {}
        per = per_of(phrase)
        for (about, grams), norm in zip(self._grams, self._norms, strict=True):
            shared = own.keys() & grams.keys()
            if not shared:
                continue
            weight = {g: self._weights[g] for g in grams}
            total = sum(weight.values()) or 1.0
            covered = sum(weight[g] for g in shared) / total
            cosine = sum(weight[g] ** 2 for g in shared) / (length * norm)
            nearby = sum(weight[g] for g in grams.keys() & around.keys()) / total
            score = (1 - _CONTEXT) * (0.6 * covered + 0.4 * cosine) + _CONTEXT * max(covered, nearby)
            if not fits(about.unit, unit, per):
                score *= _OTHER_UNIT
            best[about.id] = max(best.get(about.id, 0.0), score)
        order = sorted(best.items(), key=lambda item: -item[1])
        return [Match(id, round(score, 3)) for id, score in order[:most]]

    def match(self, phrase: str, context: str, unit: str) -> Match | None:
        """The best match; None where no name shares a pair of characters."""
        return next(iter(self.ranked(phrase, context, unit, 1)), None)


def fits(unit: str, printed: str, per: str = "") -> bool:
    """Whether a figure printed with that measure word may be one of an indicator with that unit."""
    if per and printed in ("", "-"):
        return unit.startswith(per)
    if not printed or printed == "-":
        return unit not in ("percent",) or printed == ""
    if unit.startswith("per_") and printed not in ("‰", "/10万", "/万"):
        return bool(per) and unit.startswith(per) and printed != "%"
    if printed == "%":
        return unit in ("percent", "score")
    if per and unit in _COUNTED:
        return False
    return unit in _PRINTED_UNITS.get(printed, _COUNTED)


def unit_of(printed: str) -> str:
    """Our unit for a printed measure word, where no indicator says it: 家 are institutions, 分钟 minutes."""
    return _PRINTED_UNITS.get(printed, ("items",))[0]


def per_of(phrase: str) -> str:
    """The denominator that the words state: 每千 is per_1000."""
    found = re.search(r"每(10万|十万|万|千)", phrase) or re.search("(?:^|口|均|民|数|市|区|县)(千|万)人", phrase)
    return {"10万": "per_100000", "十万": "per_100000", "万": "per_10000", "千": "per_1000"}[found[1]] if found else ""


def _pairs(text: str) -> Counter:
    """Pairs of neighbouring characters, and single ones that stand for much (a digit, a letter)."""
    for usual, ours in _NAMES_ALIKE:
        text = text.replace(usual, ours)
    text = re.sub(r"[\s,;:、“”\"'()()《》·的]+", "", text)
    return Counter(text[i : i + 2] for i in range(len(text) - 1))
