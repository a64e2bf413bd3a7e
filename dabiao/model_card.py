"""The model card of a report: what it was made with, and the items of GATHER, each answered or named as empty.

GATHER: Guidelines for Accurate and Transparent Health Estimates Reporting (Stevens et al. 2016, Lancet 388: e19-e23), 18
items. Items that only a person can fill are listed as empty, so that nobody takes silence for an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from dabiao.assessment import Assessment
from planning.manifest import contents, versions

EMPTY = ("【待填】", "[to be filled by the author]")


@dataclass(frozen=True)
class Item:
    """One GATHER item: number, what it asks, and the answer, in Chinese and English. filled: False where it is empty."""

    number: int
    asks: tuple[str, str]
    says: tuple[str, str]

    @property
    def filled(self) -> bool:
        return self.says != EMPTY


def gather(a: Assessment) -> list[Item]:
    """The 18 items for one report."""
    outlooks = a.outlooks
    sources = {s for o in outlooks.values() for s in o.sources}
    names = len(outlooks)
    assumed = len({n for o in outlooks.values() for n in o.assumptions})
    documents = "；".join(sorted({v.target.document.title for v in a.verdicts})) or "—"
    return [
        Item(1, ("指标、人群、地区与时间", "indicators, populations, places and time"),
             (f"{a.region.name_zh}，{names} 项指标，至 {a.to} 年；目标见：{documents}", f"{a.region.name_en}, {names} indicators, to {a.to}; targets of: {documents}")),
        Item(2, ("资金来源", "funding"), EMPTY),
        Item(3, ("数据如何获得", "how the data were found"),
             ("公开出版物中的数字，逐条登记来源（data/tables）", "published figures, each with its source (data/tables)")),
        Item(4, ("纳入与排除", "inclusion and exclusion"),
             ("标为存疑的不用；同年多个数值按期别、状态、出版先后、等级择一，其余列为矛盾", "suspect rows are not used; of several values a year one is chosen by period, status, date and grade, the rest shown")),
        Item(5, ("所用数据来源", "data sources"), (f"{len(sources)} 种出版物，列于“假设与来源”", f"{len(sources)} publications, listed under assumptions and sources")),
        Item(6, ("其他输入与调整", "other inputs and adjustments"),
             (f"{assumed} 条假设，逐条列出", f"{assumed} assumptions, listed one by one")),
        Item(7, ("数据问题", "problems of the data"), ("见“缺口与存疑”", "see gaps and doubts")),
        Item(8, ("可获取的输入数据", "availability of inputs"), ("随工具箱提供（data/）", "shipped with the toolkit (data/)")),
        Item(9, ("方法概述", "overview of the method"),
             ("人口用队列要素法，托位与医生用供需测算，其余用跨地区合并预测与同类地区法（docs/）", "cohort component, stock and flow, pooled forecasts and peers (docs/)")),
        Item(10, ("模型细节与公式", "models and formulas"), ("dabiao trace 给出每个数的公式", "dabiao trace gives the formula of each number")),
        Item(11, ("模型选择", "model selection"), ("见 DECISIONS.md 与 benchmarks/", "see DECISIONS.md and benchmarks/")),
        Item(12, ("模型评估", "evaluation"), ("回测：benchmarks/ 各脚本", "back-tests: the scripts of benchmarks/")),
        Item(13, ("不确定性", "uncertainty"), (f"{a.draws} 次抽样，给出 50%、80%、95% 区间", f"{a.draws} draws; 50, 80 and 95 % intervals")),
        Item(14, ("代码", "code"), ("MIT 许可，随工具箱提供", "MIT licence, with the toolkit")),
        Item(15, ("结果数据", "results as data"), ("assess.json（格式见 assess.schema.json）", "assess.json, in the form of assess.schema.json")),
        Item(16, ("区间随结果给出", "intervals with results"), ("每个结果先区间后中位数", "every result, before its middle")),
        Item(17, ("结果解读", "interpretation"), EMPTY),
        Item(18, ("局限", "limitations"), ("证据等级与缺口逐条列出；无数据者只凭同类目标记录", "evidence grades and gaps are listed; without data only the record of targets speaks")),
    ]  # fmt: skip


def made_with(a: Assessment) -> dict[str, str]:
    """What a report was made with: versions, seed, draws, and a checksum of every data folder."""
    return {
        **versions(),
        "seed": str(a.seed),
        "draws": str(a.draws),
        "as_of": a.as_of.isoformat(),
        **{f"data {i}": contents((folder,))[:16] for i, folder in enumerate(a.catalogue.folders, 1)},
    }
