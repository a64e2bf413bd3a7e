"""What engines call their methods and formulas, in Chinese. They name them in English, as their code does."""

from __future__ import annotations

from planning.catalogue import Catalogue
from planning.errors import NotKnown

METHODS = {
    "cohort component": "队列要素法",
    "agents": "逐人模拟",
    "published": "已公布",
    "nested tree of regions": "地区树联合模型",
    "arrivals at the own pace": "按自身进度外推",
    "stock and flow over people": "供需测算（随人口）",
    "stock and flow by sex and age": "供需测算（分性别、年龄）",
    "pooled local trend": "各地合并的局部趋势",
    "pooled local trend from the levels of peers": "各地合并的局部趋势，水平取自可比地区",
    "local trend of the series alone": "本序列的局部趋势",
    "own points only": "仅凭本地数值",
    "gain": "增益",
    "log walk": "对数随机游走",
    "own gap beside the parent": "与上级地区的差距",
    "negative binomial around the common trend": "围绕共同趋势的负二项分布",
    "logit trend": "对数可能性趋势",
    "large group": "大群体",
    "binomial count": "二项计数",
    "births times the observed ratio and lead": "出生数乘以观测的比例，并计提前量",
    "births / births for each delivery": "出生数 ÷ 每次分娩的出生数",
    "children under 3 by month of age x willingness": "3 岁以下儿童（按月龄）× 入托意愿",
    "residents aged 18 and over x prevalence by age": "18 岁及以上居民 × 分年龄患病率",
    "residents aged 60 and over x share by age": "60 岁及以上居民 × 分年龄占比",
    "residents aged 65 and over x share living alone by age and sex": "65 岁及以上居民 × 分年龄、性别独居比例",
}
FORMULAS = {
    "people(t) = people(t-1) + births - deaths + net migrants, by sex and single age": (
        "人口(t) = 人口(t−1) + 出生 − 死亡 + 净迁入，分性别、单岁"
    ),
    "births = sum over ages of women (mean of both year ends) x fertility by age": (
        "出生 = 各年龄妇女（年初年末平均）× 年龄别生育率，逐岁相加"
    ),
    "deaths = people and newborns x (1 - survival ratio), by sex and age": "死亡 = 居民与新生儿 ×（1 − 留存率），分性别、年龄",
    "births x share of first births": "出生 × 一孩占比",
    "births x share of second births": "出生 × 二孩占比",
    "births x share of third and later births": "出生 × 三孩及以上占比",
    "1000 x births / mean population of the year": "1000 × 出生 ÷ 年平均人口",
    "1000 x deaths / mean population of the year": "1000 × 死亡 ÷ 年平均人口",
    "1000 x (births - deaths) / mean population": "1000 ×（出生 − 死亡）÷ 年平均人口",
    "100 x people aged 60 and over / people, at the year end": "100 × 60 岁及以上人口 ÷ 人口，年末",
    "100 x people aged 65 and over / people, at the year end": "100 × 65 岁及以上人口 ÷ 人口，年末",
    "100 x people aged 80 and over / people, at the year end": "100 × 80 岁及以上人口 ÷ 人口，年末",
    "people aged 0, 1 and 2 at the year end": "年末 0、1、2 岁人口",
    "people aged 0 to 14 at the year end": "年末 0–14 岁人口",
    "women aged 15 to 49 at the year end": "年末 15–49 岁妇女",
    "100 x (aged 0-14 + aged 65 and over) / aged 15-64": "100 ×（0–14 岁 + 65 岁及以上）÷ 15–64 岁",
    "children under 3 x willingness to use a place": "3 岁以下儿童 × 入托意愿",
    "places(t) = places(t-1) + opened + converted - closed": "托位(t) = 托位(t−1) + 新开 + 转化 − 关停",
    "1000 x places / residents, both at the year end": "1000 × 托位 ÷ 常住人口，均为年末",
    "100 x places / children under 3": "100 × 托位 ÷ 3 岁以下儿童",
    "doctors(t) = doctors(t-1) + entering - leaving - retiring, by age": "医生(t) = 医生(t−1) + 新增 − 离开 − 退休，分年龄",
    "10000 x doctors / residents, both at the year end": "10000 × 医生 ÷ 常住人口，均为年末",
    "births x observed ratio, half a year ahead": "出生 × 观测的比例，提前半年",
    "own published values and the changes of peers, on the indicator's scale": "本地已公布数值与可比地区的变化，按指标的尺度",
}
PERIODS = {"year_end": "年末", "year": "全年", "mid_year": "年中", "census_day": "普查时点", "unstated": "未注明时点"}
BASES = {"resident": "常住", "registered": "户籍", "registrations": "登记", "unstated": "未注明口径"}
STATUSES = {
    "revised": "修订值",
    "observed": "公布值",
    "estimated": "估计值",
    "derived": "推算值",
    "preliminary": "初步值",
    "suspect": "存疑",
}


def method_in_words(method: str, lang: str, catalogue: Catalogue) -> str:
    """The name of a method in the language; a part that has no Chinese name keeps its own."""
    if lang == "en":
        return method
    return "；".join(_part(part, catalogue) for part in method.split("; "))


def _part(part: str, catalogue: Catalogue) -> str:
    if part in METHODS:
        return METHODS[part]
    if part.startswith("pace: "):
        return "走势：" + _part(part.removeprefix("pace: "), catalogue)
    if part.startswith("stands in: "):
        return f"以{_region(part.removeprefix('stands in: '), catalogue)}代替"
    if part.startswith("residents / ") and part.removeprefix("residents / ") in catalogue.indicators:
        return "常住人口 ÷ " + catalogue.indicator(part.removeprefix("residents / ")).zh
    return "，".join(METHODS.get(piece, piece) for piece in part.split(", "))


def _region(name: str, catalogue: Catalogue) -> str:
    try:
        return catalogue.find(name).name_zh
    except NotKnown:
        return name
