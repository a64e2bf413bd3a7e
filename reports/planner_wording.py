"""Words of the charts, the exploring notebooks and the planner's page, in Chinese and English. Numbers are passed in."""

from __future__ import annotations

from reports.wording import LANGS

SAID = {
    # charts
    "band95": ("95% 区间", "95% interval"),
    "band80": ("80% 区间", "80% interval"),
    "band50": ("50% 区间", "50% interval"),
    "not_counted": ("估计或推算值", "estimated or derived"),
    "births": ("出生", "births"),
    "deaths": ("死亡", "deaths"),
    "arrivals": ("净迁入", "net arrivals"),
    "departures": ("净迁出", "net departures"),
    "net_change": ("净变化（80% 区间）", "net change (80% interval)"),
    "at_low": ("调低", "set low"),
    "at_high": ("调高", "set high"),
    "chance_axis": ("达标几率", "chance of reaching the target"),
    "before": ("基准", "baseline"),
    "after": ("情景", "scenario"),
    "baseline": ("基准", "baseline"),
    "baseline80": ("基准 80% 区间", "baseline 80% interval"),
    "scenario": ("情景", "scenario"),
    "points": ("{n} 个百分点", "{n} points"),
    "perfect": ("所言即所得", "as said"),
    "happened": ("实际（95% 区间）", "happened (95% interval)"),
    "said_axis": ("所说的几率", "chance that was said"),
    "happened_axis": ("实际达成的比例", "share that was reached"),
    "alt_fan": (
        "{indicator}：{year} 年 80% 区间 {interval}，中位数 {median}",
        "{indicator}: in {year} 80% interval {interval}, median {median}",
    ),
    "alt_last": ("最近公布 {value}（{year} 年）", "last published {value} ({year})"),
    "alt_target": ("目标 {year} 年{asked}", "target for {year}: {asked}"),
    "alt_band": ("{label} {year} 年 {low}–{high}（80% 区间）", "{label} in {year} {low}–{high} (80% interval)"),
    "alt_pyramid": (
        "人口金字塔：65 岁及以上占比由 {first} 年的 {before} 变为 {last} 年的 {low}–{high}（80% 区间）。",
        "Population pyramid: the share aged 65 and over moves from {before} in {first} to {low}–{high} in {last} (80% interval).",
    ),
    "alt_births": (
        "{year} 年出生 {low}–{high}（80% 区间）；中位数：{orders}。",
        "Births in {year}: {low}–{high} (80% interval); medians: {orders}.",
    ),
    "alt_flows": (
        "{year} 年：{flows}；净变化 {low} 至 {high}（80% 区间）。",
        "In {year}: {flows}; net change {low} to {high} (80% interval).",
    ),
    "alt_tornado": ("现在的几率 {now}。各杠杆单独作用：{bars}。", "The chance now is {now}. Each lever alone: {bars}."),
    "alt_tornado_bar": ("{label} {low} 至 {high}", "{label} {low} to {high}"),
    "alt_waterfall": (
        "几率由 {before} 变为 {after}：{steps}。",
        "The chance moves from {before} to {after}: {steps}.",
    ),
    "alt_reliability_row": (
        "说 {said} 的实际 {happened}（{cases} 例）",
        "said {said}, happened {happened} ({cases} cases)",
    ),
}


def say(key: str, lang: str, **numbers) -> str:
    """The sentence or label of that key. Raises KeyError for a key that the table does not hold."""
    return SAID[key][LANGS.index(lang)].format(**numbers)
