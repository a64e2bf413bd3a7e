"""Sentences and labels on levers, scenarios and what it takes: Chinese and English. Numbers are filled in."""

TEXTS = {
    "levers": ("可用政策措施", "Levers"),
    "lever_line": (
        "{id}  {name}：{low}–{high}（{unit}；不动为 {neutral}）",
        "{id}  {name}: {low} to {high} ({unit}; {neutral} changes nothing)",
    ),
    "lever_evidence": ("依据：{evidence}", "evidence: {evidence}"),
    "scenario_title": ("{region}：“{other}”与“{one}”相比", "{region}: “{other}” beside “{one}”"),
    "same": ("两个情景的政策措施设置相同。", "The two scenarios set every lever alike."),
    "order": ("按此顺序逐项改变：{levers}", "Changed one after the other: {levers}"),
    "no_targets": (
        "截至 {as_of} 没有尚未到期且可计算的本地目标；只列主要指标。已到期的目标可用 --as-of 回到当时查看。",
        "On {as_of} no target of the region that can be reckoned lies ahead; only main figures are shown. Go back with "
        "--as-of to ask about deadlines that are past.",
    ),
    "unmoved": ("不受影响：{names}", "Not moved: {names}"),
    "scenario_saved": ("已保存：{path}（情景编号 {fingerprint}）", "Saved: {path} (scenario {fingerprint})"),
    "column_value": ("中位数", "median"),
    "column_chance": ("可能性", "chance"),
    "lever": ("政策措施", "lever"),
    "total": ("合计", "total"),
    "reach_title": (
        "{region}：{indicator} {asked}（{year} 年末）怎样才能达到",
        "{region}: what it takes for {indicator}: {asked} by the end of {year}",
    ),
    "as_seen": (
        "截止日已过：以 {day} 所知回答。",
        "The deadline is past: answered as seen on {day}.",
    ),
    "reach_chance": (
        "不加干预的达标可能性 {chance}；80% 区间 {interval}，中位数 {median}。依据 {grade}。",
        "Chance without levers {chance}; 80 % interval {interval}, median {median}. Evidence {grade}.",
    ),
    "reach_gap": ("差距", "Gap"),
    "reach_gap_short": ("中位数距目标 {gap}", "the median is {gap} from the target"),
    "reach_gap_over": ("中位数已超过目标 {gap}", "the median is {gap} beyond the target"),
    "shortage": (
        "期末现有 {there} {of}；要有 {chance} 的把握，还需在期末前增加 {needed} {of}",
        "{there} {of} at the deadline; for a chance of {chance} another {needed} {of} by then",
    ),
    "each": (
        "（折合全时 {full_time} 人，实际执业 {practising} 人）",
        " ({full_time} full-time equivalents, {practising} practising)",
    ),
    "use": (
        "期末托位使用率 {low}–{high}，排队儿童 {fewest}–{most} 名（80% 区间）：空托位也计入目标",
        "places used at the deadline {low}-{high}, children waiting {fewest}-{most} (80 % interval): empty places count too",
    ),
    "pace_since": (
        "所需速度每年 {needed}（自 {year} 年{estimated}的 {value} 起）",
        "pace needed {needed} a year (from {value} in {year}{estimated})",
    ),
    "estimated": ("估计", ", estimated"),
    "own_pace": ("本地近期每年 {own}", "own pace lately {own} a year"),
    "peer_pace": (
        "在同类地区 {windows} 段变化（{regions} 个地区，约 {length} 年一段）中，{share} 慢于所需速度",
        "of {windows} changes of peers ({regions} regions, about {length} years each) {share} were slower than needed",
    ),
    "no_peers": ("没有可比的同类地区变化", "no changes of peers to compare with"),
    "at_chance": ("能以此可能性达到的目标值", "Target that is met with a chance"),
    "reach_years": ("达到该可能性的最早年份", "First year with a chance"),
    "not_by": ("{year} 年前达不到", "not by {year}"),
    "alone": ("单项政策措施的临界值（自 {since} 年起）", "Break-even of each lever alone (from {since} on)"),
    "alone_none": ("仅靠此项达不到（最高 {best}）", "not reachable by this lever alone (at most {best})"),
    "already": ("已达到", "reached already"),
    "real_units": ("合计 {units}", "{units} in all"),
    "tornado": ("各政策措施取 P10/P50/P90 时的可能性", "Chance with each lever at P10/P50/P90"),
    "steps": ("全部拉到有利端（P90）时逐项贡献", "All at the helpful end (P90), one on top of the other"),
    "purchase": ("以最低成本达到 {chance} 的组合", "The cheapest set of levers for a chance of {chance}"),
    "purchase_total": (
        "合计约 {yuan} 元（至期末），可能性 {chance}",
        "about {yuan} yuan in all to the deadline, chance {chance}",
    ),
    "purchase_effort": (
        "没有成本数据：按最小力度选取，可能性 {chance}",
        "no costs are known: the least effort, chance {chance}",
    ),
    "beyond": ("其中有设置超出同类规划的常见范围（P90）", "some settings lie beyond what nine in ten plans do"),
    "purchase_none": (
        "有成本数据的政策措施全部用到上限也达不到 {chance}；全部政策措施取最有利端时为 {best}",
        "the levers with a cost do not give {chance} even at their ends; all levers at their best end give {best}",
    ),
    "reach_no_levers": (
        "没有政策措施能改变该指标：它只有自身趋势。",
        "No lever moves this indicator: it has its own trend alone.",
    ),
    "signposts": ("监测预警节点", "Signposts"),
    "danger": (
        "若 {year} 年末{side} {value}，可能性不足三分之一：启动备选方案（现估可能性 {odds}）",
        "if {side} {value} by the end of {year}, the chance is below a third: start plan B (odds of that {odds})",
    ),
    "safe": (
        "若 {year} 年末{side} {value}，可能性超过三分之二",
        "if {side} {value} by the end of {year}, the chance is above two thirds",
    ),
    "side_below": ("不高于", "not above"),
    "side_above": ("不低于", "not below"),
    "denominator": (
        "分母作用：自 {since} 年末至期末，{groups}；若人数不变，可能性为 {chance}，中位数 {median}（人口变动使其 {moved}）",
        "Denominator alone: from the end of {since} to the deadline {groups}; were people to stay as they are, the chance would "
        "be {chance}, the median {median} (they move it by {moved})",
    ),
    "per_100": (
        "期末该目标相当于每百名3岁以下儿童 {low}–{high} 个托位（中位 {middle}）",
        "at the deadline the target comes to {low}-{high} places per 100 children under 3 (median {middle})",
    ),
    "idle": ("所列政策措施中不影响该指标的：{names}", "asked for, but not moving this target: {names}"),
    "matters": ("不确定性来自何处（方差占比）", "Where the uncertainty comes from (share of the variance)"),
    "nothing_else": ("其余各项与抽样误差无异", "everything else is no larger than sampling error"),
    "pace_cause": ("本指标自身的水平与走势", "the indicator's own level and pace"),
    "counted_residents": ("常住人口", "residents"),
    "counted_children_under_3": ("3岁以下儿童", "children under 3"),
    "counted_children_0_14": ("0–14岁儿童", "children 0-14"),
    "counted_places": ("个托位", "places"),
    "counted_beds": ("张床位", "beds"),
    "counted_persons": ("人", "persons"),
    "assumptions": ("假设", "Assumptions"),
}
