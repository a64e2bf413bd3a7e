"""Sentences and headings of reports, in Chinese and English. Numbers are always passed in; `reports.messages.wording` fills them in."""

from __future__ import annotations

# Headings, labels and sentences by key. {…} is filled by the caller with numbers already formatted.
TEXTS = {
    "title": ("{region}：目标达成评估", "{region}: will the targets be reached?"),
    "subtitle": (
        "信息截止 {as_of}，情景“{scenario}”，展望至 {to} 年，{draws} 次抽样，随机种子 {seed}",
        "Information up to {as_of}, scenario “{scenario}”, outlook to {to}, {draws} draws, seed {seed}",
    ),
    "information": (
        "{local}；所依据的上级最新数据：{above}。有目标的 {targeted} 项指标中，{old} 项的本地数据早于两年，{missing} 项没有本地数据。",
        "{local}; newest figures of the areas it leans on: {above}. Of {targeted} indicators with a target, {old} have a newest own "
        "figure older than two years and {missing} have none.",
    ),
    "newest_local": (
        "本地最新数据属于 {year} 年（{published} 公布）",
        "The newest local figure is of {year} (published {published})",
    ),
    "newest_local_none": ("没有本地数据", "There is no local figure"),
    "newest_above": ("{region} {year} 年", "{region} {year}"),
    "freshness": ("数据有多新，下一批何时公布", "How fresh the figures are, and when the next are due"),
    "freshness_rule": (
        "“应公布”按同类数据以往的公布月份推算（次年公布的中位月份），不是公布机构的承诺；年龄自数据所属年末起算。",
        "What is due follows the month in which such figures have come out in the year after theirs (the median), not a promise of "
        "the publisher; age counts from the end of a figure's year.",
    ),
    "freshness_missing": (
        "没有本地数据的 {n} 项有目标的指标",
        "{n} indicators with a target and without an own figure",
    ),
    "age_years": ("{age} 年", "{age} years"),
    "age_old": ("{age} 年（早于两年）", "{age} years (older than two)"),
    "publisher_of": ("（{region}的数据）", " (for {region})"),
    "due": ("{year} 年数据：{month}", "of {year}: {month}"),
    "overdue": ("{year} 年数据：{month}（已过）", "of {year}: {month} (past)"),
    "due_level": ("同级同指标", "the same level"),
    "due_nation": ("全国同指标", "the nation's"),
    "due_every_level": ("各级同指标", "every level's"),
    "due_all_of_level": ("同级各项数据", "all figures of the level"),
    "answer": ("结论", "The answer"),
    "answer_lead": (
        "共 {total} 项目标：{counts}。可能性是在所列依据下推算的，不是保证；依据等级 A 最好、D 仅凭同类地区。",
        "{total} targets: {counts}. A chance is what follows from the evidence named, not a promise; "
        "evidence runs from A (best) to D (peers only).",
    ),
    "answer_count": ("{word} {n} 项", "{n} {word}"),
    "near_border": (
        "其中 {n} 项的可能性靠近用语分界，{draws} 次抽样的标准误差至多 {se} 个百分点，换一组抽样可能换一个用语。",
        "{n} of these chances lie near the border of a word: with {draws} draws their standard error is up to {se} points, and "
        "other draws might give the next word.",
    ),
    "past_rule": (
        "截止年已过的目标按计划公布时所知判断（“可能性”），实际值已公布的并列显示；尚未公布的另给“今日可能性”。",
        "A target whose deadline is past is judged on what was known when the plan came out (Chance), beside the outcome "
        "where it is published, else beside the chance on all that is known today.",
    ),
    "settled": (
        "已到期并已公布结果的 {n} 项目标（{attained} 项达标）：实际值，以及事先所说的可能性与区间",
        "Targets whose outcome is published: {n}, of which {attained} attained; the outcome, and what was said beforehand",
    ),
    "unsettled": ("已到期而不能据以判定的公布数", "Published figures that do not settle a target past its deadline"),
    "settled_line": (
        "实际 {outcome}（{published}公布，{source}）；事先（{as_of}）可能性 {chance}",
        "{outcome} (published {published}, {source}); chance said beforehand ({as_of}): {chance}",
    ),
    "act_first": ("最需要行动的目标", "Where action is needed most"),
    "act_line": (
        "{indicator}（{year}年{comparison}）：可能性 {chance}，依据 {evidence}；到期中位数 {median}，80% 区间 {interval}；{gap}。{pace}",
        "{indicator} ({comparison} by {year}): chance {chance}, evidence {evidence}; 80% interval {interval}, "
        "median {median} at the deadline; {gap}. {pace}",
    ),
    "act_none": ("没有可能性低于三分之二的目标。", "No target has a chance below two thirds."),
    "gap_short": ("中位数差 {gap}", "the median falls short by {gap}"),
    "gap_over": ("中位数超出 {gap}", "the median is {gap} better than the target"),
    "pace": ("所需年均变化 {needed}，近年实际 {own}。", "Needed a year: {needed}; lately: {own}."),
    "pace_needed_only": ("所需年均变化 {needed}。", "Needed a year: {needed}."),
    "pace_unknown": ("本地无观测值，所需速度无从算起。", "No local value is published to measure the pace from."),
    "needs_figures": (
        "待补数的 {n} 项目标：补充所列数值即可判断",
        "{n} targets that need a figure: bring it, and they are judged",
    ),
    "unnumbered": ("文件未列具体数值的 {n} 项目标", "{n} targets for which the document prints no number"),
    "needs_local": ("无本地数值，无法判断水平", "cannot be told without a local figure"),
    "population": ("人口与老龄化", "Population and ageing"),
    "population_lead": (
        "{base} 年末常住人口 {start}；到 {to} 年末，80% 区间 {low}–{high}（中位数 {median}）。",
        "Residents at the end of {base}: {start}. At the end of {to}: 80% interval {low}–{high} (median {median}).",
    ),
    "census_profile": (
        "普查所见：家庭户、受教育程度、城镇居住与卫生从业",
        "At the censuses: households, schooling, urban residence, work in health",
    ),
    "census_of": ("{year} 年普查", "Census of {year}"),
    "census_ahead": (
        "{year} 年人口普查将修正此前逐年公布的总数（2010–2019 年各省公布数最多被修正约 15%），区间在当年变宽；上一年末为 {low}–{high}。",
        "The census of {year} will correct the totals published before it (those of provinces for 2010–19 by up to 15%), so the "
        "interval widens in that year; at the end of the year before it is {low}–{high}.",
    ),
    "ageing_lead": (
        "65 岁及以上占比由 {start} 变为 {low}–{high}（80% 区间，{to} 年）；60 岁及以上 {low60}–{high60}；80 岁及以上 {low80}–{high80}。",
        "The share aged 65 and over moves from {start} to {low}–{high} (80% interval, {to}); 60 and over {low60}–{high60}; "
        "80 and over {low80}–{high80}.",
    ),
    "births": ("出生与孩次", "Births by order"),
    "births_lead": (
        "{to} 年出生人数 80% 区间 {low}–{high}（中位数 {median}）；一孩、二孩、三孩及以上约占 {first}、{second}、{third}。",
        "Births in {to}: 80% interval {low}–{high} (median {median}); first, second and later births make up about "
        "{first}, {second} and {third}.",
    ),
    "nursery": ("托育：需求、托位与目标", "Nursery demand, places and the target"),
    "nursery_lead": (
        "{year} 年末 3 岁以下儿童 {low}–{high} 人（80% 区间）；每千人托位 {rate_low}–{rate_high}，相当于每百名 3 岁以下儿童 {per_low}–{per_high} 个。",
        "Children under 3 at the end of {year}: {low}–{high} (80% interval); places per 1,000 people {rate_low}–{rate_high}, "
        "which is {per_low}–{per_high} per 100 children under 3.",
    ),
    "pace_alone": (
        "仅凭历年走势（尚未计入逐年进出与人口变化，图中已计入）：{says}",
        "The pace alone (what comes and goes each year and the people are not yet in it; in the chart they are): {says}",
    ),
    "gps": ("全科医生", "General practitioners"),
    "gps_lead": (
        "{year} 年末每万人全科医生 80% 区间 {low}–{high}（中位数 {median}），合 {heads_low}–{heads_high} 人。",
        "GPs per 10,000 at the end of {year}: 80% interval {low}–{high} (median {median}), that is {heads_low}–{heads_high} doctors.",
    ),
    "others": ("其他指标", "Every other judged indicator"),
    "others_lead": (
        "每幅小图：观测值（点）、80% 与 95% 区间（色带）、中位数（线）、目标（虚线）。",
        "Each small chart: published values (points), 80% and 95% intervals (bands), median (line), target (dashed).",
    ),
    "assumed": ("假设与来源", "What was assumed, and from which source"),
    "gaps": ("缺口与存疑", "Gaps and doubts"),
    "gaps_lead": (
        "下列数据没有公布或互相矛盾；补上它们，判断会更可靠。",
        "These figures are not published or contradict one another; bringing them would make the verdicts firmer.",
    ),
    "conflict": (
        "{indicator} {year} 年有两个数：采用 {used}（{used_source}），另有 {aside}（{aside_source}）。",
        "{indicator} {year} is published twice: used {used} ({used_source}); set aside {aside} ({aside_source}).",
    ),
    "residents": ("逐人模拟", "Residents one by one"),
    "residents_lead": (
        "{people}名居民各为一个个体，自 {start} 年末起逐人推演（{replicates} 次）。到 {last} 年独居的 65 岁及以上老人约 {alone}（占 {share}）。",
        "Each of {people} residents is an agent, followed from the end of {start} ({replicates} runs). By {last} about {alone} "
        "people aged 65 and over live alone ({share}).",
    ),
    "waiting_lead": (
        "{year} 年末约 {waiting} 名孩子排队，{empty} 个托位空着，{filled} 个在用：价格和距离使空位与排队并存。",
        "At the end of {year} about {waiting} children wait while {empty} places are empty and {filled} in use: price and "
        "distance keep them apart.",
    ),
    "this_figure": ("这项指标", "this figure"),
    "more_sources": ("；另 {more} 项见“假设与来源”", "; and {more} more under assumptions and sources"),
    "below": ("各地合计一致", "Every place below, adding up"),
    "below_lead": (
        "{region}以下 {places} 个地区各自推算，再自上而下逐级对齐（上级含全国，逐次抽样、逐岁、逐性别）：{year} 年，各地人口的调整幅度"
        "中位数为 {moved}。",
        "The {places} places below {region} are projected each by itself, then made to agree from the nation down, draw by draw, "
        "by age and sex. Half of them move by {moved} of their people or less by {year}.",
    ),
    "below_equal": (
        "各级合计与上级之差至多 {off} 人（全部抽样、全部列出的指标）。",
        "The sums differ from the place above by {off} persons at most, over all draws and figures told.",
    ),
    "below_table": ("{region}，{year} 年：80% 区间（中位数）", "{region}, {year}: 80 % interval (median)"),
    "below_rest": ("其余地区", "The rest"),
    "below_moved": ("调整", "Moved"),
    "below_missing": ("没有推算依据的地区，归入“其余”", "Places that cannot be projected; they are in the rest"),
    "residents_source": (
        "来源：与队列推算相同的生育、死亡、迁移，不含下一次普查对已公布总数的修正；家庭、入托意愿、价格与距离为假设（见 docs/odd.md）",
        "Source: the same births, deaths and moves as the cohorts, without what the next census will change of published totals; "
        "households, willingness, price and distance are assumptions (docs/odd.md)",
    ),
    "residents_alt": (
        "{start}–{last} 年队列推算区间与个体模拟各次运行对照",
        "Cohort intervals beside the agents' runs, {start}-{last}",
    ),
    "cohorts": ("队列（80% 区间）", "cohorts (80% interval)"),
    "agents": ("个体模拟各次运行", "agents, each run"),
    "nursery_use": ("托位使用与排队", "Places in use, and children waiting"),
    "nursery_waiting": ("排队儿童", "children waiting"),
    "nursery_empty": ("空托位", "empty places"),
    "nursery_filled": ("在用托位", "places in use"),
    "elderly_alone": ("独居老人（65 岁及以上）", "people 65 and over living alone"),
    "change": ("要改变什么", "What must change"),
    "change_lead": (
        "以下在与本报告相同的抽样上计算：要以 {wanted} 的可能性达到，需要多快、各项政策措施能做多少、何时可见分晓。",
        "On the same draws as this report: what a chance of {wanted} takes, what each lever would do, and when it will show.",
    ),
    "pace_table": ("其余有风险的目标：差距与所需速度", "The other targets at risk: gap and pace needed"),
    "levers_from": (
        "政策措施的取值范围与依据见 data/levers.yaml；每项单独变动，其余不变。",
        "Ranges and evidence of the levers stand in data/levers.yaml; each moves alone, the others stay.",
    ),
    "trust": ("可信到什么程度", "How far to trust this"),
    "trust_lead": (
        "可能性与依据是两回事。下表列出本报告各种方法以往的得分；没有评分的如实写明。",
        "A chance and its evidence are two things. The table gives the past score of each method used here; where there is "
        "none, it says so.",
    ),
    "reliability": ("说的与发生的：按可能性分档", "Said and happened, by decile of the chance"),
    "reliability_said": ("说的可能性", "Chance said"),
    "reliability_cell": ("{share}（{cases} 例）", "{share} of {cases}"),
    "evidence_trees": ("瑞典市镇面板", "Swedish municipalities"),
    "evidence_china": ("中国各地数据，提前一至三年", "Chinese figures, one to three years ahead"),
    "evidence_plans": ("各计划已到期目标", "The plans' own settled targets"),
    "reliability_source": (
        "来源：forecasts/nested/reliability.csv，由 benchmarks/reliability.py 测得；同一数据设多档虚拟目标，例数多于数据个数",
        "Source: forecasts/nested/reliability.csv, measured by benchmarks/reliability.py; one figure is held against several "
        "made-up targets, so there are more cases than figures",
    ),
    "card": ("模型卡", "Model card"),
    "card_lead": (
        "GATHER 18 项中 {filled} 项已由系统填写，{empty} 项须由作者填写。",
        "Of GATHER's 18 items {filled} are answered here and {empty} wait for the author.",
    ),
    "gather": ("GATHER 报告清单", "GATHER checklist"),
    "word_rule": (
        "用语：可能性不低于 {likely} 为“可望达标”，低于 {unlikely} 为“难以达标”，其间为“难以判断”；只有结果已知才说“已达标”“未达标”。",
        "Words: a chance of {likely} or more is likely, below {unlikely} unlikely, between them uncertain; attained and "
        "missed are said only of known outcomes.",
    ),
    "no_data": ("没有数据", "no data"),
    "source": ("来源：{sources}", "Source: {sources}"),
    "unit": ("单位：{unit}", "Unit: {unit}"),
    "fictional": ("虚构数据", "fictional data"),
    "assumption": ("假设", "assumption"),
    "index_title": ("各地区目标达成评估", "Region by region: will the targets be reached?"),
    "index_lead": (
        "{n} 个地区，{done} 份报告完成，{failed} 份失败。",
        "{n} regions: {done} reports written, {failed} failed.",
    ),
    "lowest_chance": ("可能性最低的目标", "Lowest chance"),
    "target_line": ("目标", "target"),
    "observed": ("已公布", "published"),
    "median": ("中位数", "median"),
    "band80": ("80% 区间", "80% interval"),
    "band95": ("95% 区间", "95% interval"),
    "male": ("男", "male"),
    "female": ("女", "female"),
    "age": ("年龄", "age"),
    "year": ("年份", "year"),
    "first": ("一孩", "first"),
    "second": ("二孩", "second"),
    "third": ("三孩及以上", "third and later"),
    "demand": ("想要托位的孩子", "children wanting a place"),
    "places": ("托位", "places"),
    "under3": ("3 岁以下儿童", "children under 3"),
    "needs": ("人口带来的服务需求", "What the people will need"),
    "needs_lead": (
        "{to} 年末 0、1、2 岁儿童各 {zero}、{one}、{two} 人（80% 区间）；老年抚养比由 {now} 年的 {old_now} 变为 {old}，少儿抚养比由 "
        "{child_now} 变为 {child}。",
        "Children aged 0, 1 and 2 at the end of {to}: {zero}, {one} and {two} (80% intervals). The old-age dependency ratio moves "
        "from {old_now} in {now} to {old}, that of children from {child_now} to {child}.",
    ),
    "needs_counted": (
        "每行：80% 区间（中位数）；“计数于”是对应管理率的分母。患病、失能、独居按年龄占比推算，占比及其假设列在“假设与来源”。",
        "Each row: 80% interval (median); “Counted among” names the denominator of the rate in question. Illness, disability and "
        "living alone follow shares by age, listed with their assumptions among assumptions and sources.",
    ),
    "need": ("需求", "Need"),
    "counted_among": ("计数于", "Counted among"),
    "at_year": ("{year} 年", "{year}"),
    "aged_n": ("{age} 岁", "aged {age}"),
    "children_by_age": ("3 岁以下儿童，按岁", "Children under 3, by age"),
    "dependency": ("抚养比（每百名 15–64 岁）", "Dependants per 100 aged 15-64"),
    "by_children": ("少儿（0–14 岁）", "children (0-14)"),
    "by_elderly": ("老年（65 岁及以上）", "elderly (65 and over)"),
    "by_both": ("合计", "together"),
    "total80": ("合计 80% 区间", "together, 80% interval"),
    # headings of columns
    "heading_indicator": ("指标", "Indicator"),
    "heading_target": ("目标", "Target"),
    "heading_year": ("年份", "Year"),
    "heading_word": ("判断", "Verdict"),
    "heading_chance": ("可能性", "Chance"),
    "heading_chance_now": ("今日可能性", "Chance today"),
    "heading_evidence": ("依据", "Evidence"),
    "heading_interval": ("80% 区间", "80% interval"),
    "heading_median": ("中位数", "Median"),
    "heading_last": ("最近公布", "Last published"),
    "heading_gap": ("差距", "Gap"),
    "heading_pace": ("速度", "Pace"),
    "heading_reason": ("原因", "Reason"),
    "heading_level": ("层级", "Level"),
    "heading_nature": ("性质", "Nature"),
    "heading_outcome": ("实际", "Outcome"),
    "heading_source": ("来源", "Source"),
    "heading_assumption": ("假设", "Assumption"),
    "heading_method": ("方法", "Method"),
    "heading_region": ("地区", "Region"),
    "heading_as_of": ("信息截止", "Known by"),
    "heading_asked": ("要求", "Asks for"),
    "heading_targets": ("目标数", "Targets"),
    "heading_score": ("以往得分", "Past score"),
    "heading_answer": ("回答", "Answer"),
    # a city and its districts
    "districts_district": ("区县", "district"),
    "districts_sum": ("合计", "sum"),
    "districts_rest": ("其余", "rest"),
    "districts_moved": ("调整", "moved"),
    "districts_left_out": ("未列入", "left out"),
    "districts_head": (
        "{city}与各区县，{year} 年（80% 区间下限、中位数、上限；合计逐次抽样相加）",
        "{city} and its districts, {year} (80% interval: low, median, high; the sum is taken draw by draw)",
    ),
    # a run of the agents
    "agents_births_first": ("一孩", "first births"),
    "agents_births_second": ("二孩", "second births"),
    "agents_births_third_plus": ("三孩及以上", "later births"),
    "agents_deaths": ("死亡", "deaths"),
    "agents_nursery_places": ("托位", "nursery places"),
    "agents_nursery_filled": ("在托", "places filled"),
    "agents_nursery_waiting": ("排队儿童", "children waiting"),
    "agents_nursery_empty": ("空托位", "empty places"),
    "agents_gps": ("全科医生", "GPs"),
    "agents_elderly_alone": ("独居老人", "elderly living alone"),
    # the index of a batch
    "index_search": ("查找地区", "Find a region"),
    "index_tiles": (
        "每格一个地区，颜色为已达标或可望达标的目标所占的份额",
        "One tile a region; the colour is the share of its judged targets that are attained or likely",
    ),
    "index_failed": ("未能完成的报告", "Reports that could not be made"),
    "index_few": ("少", "few"),
    "index_many": ("多", "many"),
    "index_none": ("不作判断", "no verdict"),
    "heading_age": ("年龄", "Age"),
    "heading_publisher": ("公布机构", "Published by"),
    "heading_next_due": ("下次应公布", "Next due"),
    "heading_learned_from": ("月份取自", "Month learned from"),
    "heading_published": ("公布日期", "Published on"),
}
