"""The words of closed lists, verdicts, units, comparisons, levels and natures of targets: Chinese and English."""

from planning.verdicts import ALL_WORDS

VERDICT_WORDS = {
    "attained": ("已达标", "attained"),
    "likely": ("可望达标", "likely"),
    "uncertain": ("难以判断", "uncertain"),
    "unlikely": ("难以达标", "unlikely"),
    "missed": ("未达标", "missed"),
    "needs a figure": ("待补数", "needs a figure"),
    "not quantitative": ("未量化", "not quantitative"),
}
assert set(VERDICT_WORDS) == set(ALL_WORDS)

UNITS = {
    "persons": ("人", "persons"),
    "years": ("岁", "years"),
    "percent": ("%", "%"),
    "per_1000": ("‰", "per 1,000"),
    "per_10000": ("每万人", "per 10,000"),
    "per_100000": ("每10万人", "per 100,000"),
    "per_1000_births": ("‰", "per 1,000 births"),
    "per_100000_births": ("每十万例活产", "per 100,000 births"),
    "per_1000_under3": ("每千名3岁以下婴幼儿", "per 1,000 under 3"),
    "per_1000_children": ("每千名儿童", "per 1,000 children"),
    "ratio": ("", ""),
    "places": ("个托位", "places"),
    "beds": ("张", "beds"),
    "institutions": ("家", "institutions"),
    "vehicles": ("辆", "vehicles"),
    "items": ("个", "items"),
    "households": ("户", "households"),
    "yuan": ("元", "yuan"),
    "m2": ("平方米", "m²"),
    "km": ("公里", "km"),
    "points": ("个百分点", "points"),
    "score": ("分", "points"),
    "flag": ("", ""),
    "minutes": ("分钟", "minutes"),
    "days": ("天", "days"),
    "times": ("次", "times"),
}
COMPARISONS = {
    "at_least": ("不低于", "at least"),
    "at_most": ("不高于", "at most"),
    "between": ("介于", "between"),
    "equal": ("为", "equal to"),
    "maintain": ("保持", "keep at"),
    "improve": ("有所改善", "improve"),
    "relative": ("不低于上级平均", "not below the level above"),
    "none": ("文件未列具体数值", "no number printed"),
}
LEVELS = {
    "nation": ("国家", "nation"),
    "province": ("省", "province"),
    "city": ("市", "city"),
    "district": ("区县", "district"),
}
NATURES = {"binding": ("约束性", "binding"), "expected": ("预期性", "expected"), "unstated": ("未注明", "unstated")}
