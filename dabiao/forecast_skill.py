"""How far a chance may be trusted: the score of the method that gave it, told with the chance."""

from __future__ import annotations

from dabiao import track_record
from forecasts import peers as from_peers
from forecasts.calibration import shipped
from forecasts.verdict_scores import SITUATIONS, score_sentence
from planning.catalogue import Catalogue
from planning.methods import Method, kind
from planning.schemas import last_day
from planning.verdicts import Verdict

# Shares in which intervals held or chances came true, of engines that are scored as a whole by a benchmark. Figures are
# those of docs/evidence; a test holds them against it.
ENGINES = {
    Method.COHORT: (
        "人口推算回测，2010 年推至 2020 年，迁移参数取自另一半省份：报告的县级 80% 区间，总人口覆盖 80%、65 岁及以上 79%、0–4 岁 86%；"
        "2020 年普查后公布的县级人口总数，提前一至三年覆盖 78%（见 docs/evidence）",
        "Back-test of the people, 2010 to 2020, moves learned from the other half of the provinces: the 80 % intervals of counties "
        "held 80 % of totals, 79 % of those aged 65 and over, 86 % of those under 5; of county totals published since the census "
        "of 2020, told one to three years before, 78 % (docs/evidence)",
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
        "存量流量模型没有可评分的历史数据；其速度来自序列预测，其余为所列先验",
        "No past data score the stock and flow as a whole; its pace is a scored forecast, the rest are the priors listed",
    ),
    Method.STANDS_IN: (
        "以上级地区代替：没有可评分的历史数据，区间按地区间差异放宽",
        "The region above stands in: no past data score that; the interval is widened by how far areas lie apart",
    ),
}


def score_of(verdict: Verdict, catalogue: Catalogue) -> dict[str, str] | None:
    """How often chances like this one came true, in Chinese ("zh") and English ("en"); None where there is no chance."""
    if verdict.chance is None:
        return None
    method = kind(verdict.method)
    if method is Method.RECORD:
        found = track_record.track_record(catalogue.known_by(last_day(verdict.as_of)))
        return {
            "zh": f"对照样本 {found.base_cases:,} 个目标中 {found.base:.0%} 实现",
            "en": f"Of {found.base_cases:,} targets of the reference panel {found.base:.0%} were met.",
        }
    if method in (Method.OWN_POINTS, Method.PEERS):
        return score_sentence(verdict.chance, _situation(verdict, catalogue))
    if method is Method.POOLED:
        learned = shipped().about
        wql = ", ".join(f"{k}: {v}" for k, v in learned["WQL on the panel itself"].items())
        return {
            "zh": f"由 {learned['series']} 个序列学得，分位损失（WQL）{wql}",
            "en": f"Learned from {learned['series']} series; pinball loss (WQL) {wql}.",
        }
    zh, en = ENGINES.get(method, ("此方法尚未评分", "This method has not been scored."))
    return {"zh": zh, "en": en}


def _situation(verdict: Verdict, catalogue: Catalogue) -> str:
    if kind(verdict.method) is Method.OWN_POINTS:
        return SITUATIONS[-1]
    known = catalogue.known_by(last_day(verdict.as_of))
    region = known.region(verdict.target.key)
    about = known.indicator(verdict.target.indicator)
    own = known.series(region, about.id) or known.series(region, about.id, "registered")
    return from_peers.situation(own, about, verdict.target.year, known.peers(region, about.id))
