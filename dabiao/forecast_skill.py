"""How far a chance may be trusted: the score of the method that gave it, told with the chance."""

from __future__ import annotations

from forecasts.calibration import shipped
from forecasts.nested import reliability
from planning.methods import Method, kind
from planning.verdicts import Verdict

WHERE = {
    "trees": ("瑞典市镇面板", "trees of Swedish municipalities"),
    "china": ("中国各地数据", "Chinese figures"),
    "plans": ("各计划已到期目标", "the plans' own settled targets"),
}
# Shares in which intervals held or chances came true, of engines that are scored as a whole by a benchmark. Figures are
# those of docs/evidence; a test holds them against it.
ENGINES = {
    Method.COHORT: (
        "人口推算回测，2010 年推至 2020 年，迁移参数取自另一半省份：报告的县级 80% 区间，总人口覆盖 75%、65 岁及以上 83%、0–4 岁 78%；"
        "2020 年普查后公布的县级人口总数，提前一至三年覆盖 84%（见 docs/evidence）",
        "Back-test of the people, 2010 to 2020, moves learned from the other half of the provinces: the 80 % intervals of counties "
        "held 75 % of totals, 83 % of those aged 65 and over, 78 % of those under 5; of county totals published since the census "
        "of 2020, told one to three years before, 84 % (docs/evidence)",
    ),
    Method.LIFE_EXPECTANCY: (
        "期望寿命随上级地区变动，差距随机游走；未单独评分",
        "Life expectancy moves with the region above and a gap that wanders; not scored by itself",
    ),
    Method.COUNTS: (
        "按事件数计数的模型；没有足够长的公开序列可评分",
        "Events are counted; no public series is long enough to score that",
    ),
    Method.STOCK_AND_FLOW: (
        "供需测算模型没有可评分的历史数据；其速度来自序列预测，其余为所列先验",
        "No past data score the stock and flow as a whole; its pace is a scored forecast, the rest are the priors listed",
    ),
    Method.TREE: (
        "地区树联合模型，在县级面板与中国数据上留出回测，区间覆盖率与可能性实现率见 docs/evidence",
        "One model over the tree of regions, scored on regions and indicators left out (docs/evidence)",
    ),
    Method.ARRIVALS: (
        "按完成进度外推，未单独评分",
        "Counts carried on at their own pace; not scored by itself",
    ),
}


def _of_tree(chance: float) -> dict[str, str]:
    """What happened to targets that the tree of regions gave a chance of the same decile, by body of evidence."""
    told = [d for evidence in reliability.EVIDENCE if (d := reliability.decile_of(chance, evidence)) is not None]
    if not told:
        return dict(zip(("zh", "en"), ENGINES[Method.TREE], strict=True))
    zh = "；".join(f"{WHERE[d.evidence][0]}实际达成 {d.happened:.0%}（{d.cases:,} 例）" for d in told)
    en = "; ".join(f"{WHERE[d.evidence][1]}, {d.happened:.0%} were met ({d.cases:,} cases)" for d in told)
    low, high = 100 * told[0].low, 100 * told[0].high
    return {"zh": f"说 {low:.0f}–{high:.0f}% 的：{zh}", "en": f"Told {low:.0f}-{high:.0f} %: {en}"}


def score_of(verdict: Verdict) -> dict[str, str] | None:
    """How often chances like this one came true, in Chinese ("zh") and English ("en"); None where there is no chance."""
    if verdict.chance is None:
        return None
    method = kind(verdict.method)
    if method is Method.POOLED:
        learned = shipped().about
        wql = ", ".join(f"{k}: {v}" for k, v in learned["WQL on the panel itself"].items())
        return {
            "zh": f"由 {learned['series']} 个序列学得，分位损失（WQL）{wql}",
            "en": f"Learned from {learned['series']} series; pinball loss (WQL) {wql}.",
        }
    if method is Method.TREE:
        return _of_tree(verdict.chance)
    zh, en = ENGINES.get(method, ("此方法尚未评分", "This method has not been scored."))
    return {"zh": zh, "en": en}
