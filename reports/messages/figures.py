"""Texts on figures to bring, on targets to propose, and on figures that were entered by hand."""

TEXTS = {
    "bring": ("最该补的数", "The figures to bring first"),
    "bring_lead": (
        "补上本地一个数，可能性预计会变动多少（对该数可能取值的平均）：变动越大越先补。“达到此值”指该数不差于此值时，目标即为“可望达标”。",
        "How far one own figure would move the chance, on average over the values it may take: the greatest move first. “Likely "
        "from” is the value of the figure from which the target is likely.",
    ),
    "bring_none": ("没有哪个本地数会明显改变可能性。", "No own figure would move a chance noticeably."),
    "bring_waiting": (
        "另有 {n} 项指标未补数即不能判断（目标为“待补数”）",
        "{n} further indicators whose targets cannot be judged without a figure",
    ),
    "bring_how": (
        "补数办法：dabiao assess {region} --own 指标=数值@年份，或 dabiao template {code} 表格.xlsx 填表后导入；规划页亦可直接录入。",
        "How: dabiao assess {region} --own INDICATOR=VALUE@YEAR; or fill in the workbook of dabiao template {code} BOOK.xlsx; "
        "or type them in on the planner's page.",
    ),
    "bring_settles": ("当年数即结果", "settles it"),
    "bring_move": ("{points} 个百分点", "{points} points"),
    "bring_holder": ("{holder}（一般）", "{holder} (usually)"),
    "bring_definition": ("{numerator} ÷ {denominator}{times}", "{numerator} ÷ {denominator}{times}"),
    "bring_basis_resident": ("常住口径", "of residents"),
    "bring_basis_registered": ("户籍口径", "of the registered population"),
    "bring_basis_either": ("", ""),
    "heading_figure": ("要补的数", "Figure"),
    "heading_moves": ("可能性预计变动", "Expected move"),
    "heading_likely_from": ("达到此值即可望达标", "Likely from"),
    "heading_definition": ("口径", "Definition"),
    "heading_holder": ("谁有此数", "Who holds it"),
    "proposals": ("{year} 年目标建议", "Targets to propose for {year}"),
    "proposals_lead": (
        "按现有依据，{year} 年末以 80%、50%、20% 的可能性能达到的数值；“有雄心而可及”为可能性 50% 至 30% 的数值。旁列本地与上级已提出的目标；"
        "“超过同级”为中位数优于同级有数地区的比例（不足五个不列）。",
        "What is reached by the end of {year} with a chance of 80, 50 and 20 %, on what is known; “ambitious but attainable” "
        "stands between chances of 50 and 30 %. Beside it what the region and those above ask for; “ahead of” is the share of "
        "areas of the same level with figures that the median surpasses (not told below five).",
    ),
    "proposals_vague": (
        "有目标而无从建议（80% 区间过宽，须先补本地数）：{names}",
        "Asked for near, but nothing can be proposed without an own figure (the 80 % interval is too wide): {names}",
    ),
    "proposals_none": ("没有可据以建议的数据。", "Nothing is known to propose from."),
    "proposal_chance": ("可能性 {chance}", "{chance} chance"),
    "proposal_ahead": ("{share}（{areas} 个地区）", "{share} of {areas}"),
    "heading_ambitious": ("有雄心而可及", "Ambitious but attainable"),
    "heading_ahead_of": ("超过同级", "Ahead of"),
    "heading_asked_near": ("本地与上级目标", "Asked by"),
    "entered_here": ("本次录入，无来源", "entered here, no source"),
    "entered_list": ("本次录入的数（无来源）：{figures}", "Figures entered here, no source: {figures}"),
}
