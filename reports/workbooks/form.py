"""The form of the workbook: its sheets and columns in Chinese, and which field of the data each column is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from planning import schemas

YES = "是"
NO = "否"

UNITS = {
    "persons": "人",
    "years": "岁",
    "percent": "%",
    "per_1000": "‰（每千人）",
    "per_10000": "每万人",
    "per_100000": "每10万人",
    "per_1000_births": "每千例活产",
    "per_100000_births": "每10万例活产",
    "per_1000_under3": "每千名3岁以下婴幼儿",
    "per_1000_children": "每千名儿童",
    "ratio": "比值",
    "places": "个托位",
    "beds": "张床位",
    "institutions": "家",
    "vehicles": "辆",
    "items": "项",
    "households": "户",
    "yuan": "元",
    "m2": "平方米",
    "km": "公里",
    "points": "个百分点",
    "score": "分",
    "flag": "是否（1或0）",
    "minutes": "分钟",
    "days": "天",
    "times": "次",
}
LEVELS = {"nation": "国家", "province": "省级", "city": "地市级", "district": "区县级", "area": "统计区域"}
PERIODS = {"year_end": "年末", "mid_year": "年中", "census_day": "普查时点", "year": "全年", "unstated": "未注明"}
BASES = {"resident": "常住", "registered": "户籍", "registrations": "登记", "unstated": "未注明"}
INDICATOR_BASES = {"resident": "常住", "registered": "户籍", "either": "均可"}
STATUSES = {
    "observed": "公布值",
    "estimated": "估计值",
    "preliminary": "初步值",
    "revised": "修订值",
    "derived": "推算值",
    "suspect": "存疑",
}
GRADES = {"A": "A 官方文件原文", "B": "B 转载报道", "C": "C 推算", "D": "D 同类地区"}
COMPARISONS = {
    "at_least": "不低于",
    "at_most": "不高于",
    "between": "介于",
    "equal": "等于",
    "maintain": "保持",
    "improve": "有所改善",
    "relative": "与另一地区相比",
    "none": "文件未列具体数值",
}
KINDS = {
    "rate": "率",
    "share": "占比",
    "count": "存量",
    "count_in_year": "当年数",
    "cumulative": "累计数",
    "coverage": "覆盖率",
    "binary": "是否达成",
    "index": "指数",
    "ratio": "比值",
}
NATURES = {"binding": "约束性", "expected": "预期性", "unstated": "未注明"}
DIRECTIONS = {"up": "上升", "down": "下降"}
SCALES = {"log": "对数", "logit": "对数可能性", "plain": "原值", "count": "计数"}
BETTER = {"up": "升为好", "down": "降为好", "none": "无好坏"}
FAMILIES = {
    "demographic": "人口",
    "workforce": "人员",
    "capacity": "机构设施",
    "trend": "一般趋势",
    "programme": "服务项目",
    "rare_events": "罕见事件",
    "not_quantitative": "不可计量",
}
WHOLE = {"yes": "完全", "partly": "部分"}
REVIEWS = {"accept": "采用", "change": "修改", "drop": "舍弃", "open": "待定"}
NOT_TAKEN = ("drop", "open")  # rows of a draft that an import passes over


@dataclass(frozen=True)
class Column:
    """A column of a sheet. kind: text, code, number, year, day, published, age, choice, yes, indicator, source.

    words: for a choice, the Chinese word of each value. hint: what a planner must know to fill it in.
    """

    heading: str
    field: str
    kind: str = "text"
    hint: str = ""
    width: int = 12
    needed: bool = False
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook. families: of the indicators whose figures it holds, for sheets of observations."""

    name: str
    columns: tuple[Column, ...]
    about: str
    families: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.field == name)


CODE = Column("地区代码", "region", "code", "六位行政区划代码，文本", 11, needed=True)
EDITION = Column("区划版本", "edition", "text", "区划未变动过则留空", 10)
INDICATOR = Column("指标", "indicator", "indicator", "从下拉列表选取，或填指标编号", 30, needed=True)
YEAR = Column("年份", "year", "year", "四位年份", 8, needed=True)
UNIT = Column("单位", "unit", "choice", "指标自身的单位；数值必须按此单位填写", 16, words=UNITS)
SOURCE = Column("来源编号", "source", "source", "“来源”表第一列的编号", 24, needed=True)

REGIONS = Sheet(
    "地区",
    (
        Column("地区代码", "code", "code", "六位行政区划代码，文本", 11, needed=True),
        EDITION,
        Column("中文名称", "name_zh", width=16, needed=True),
        Column("英文名称", "name_en", width=28, needed=True),
        Column("别名", "aliases", hint="多个别名以 | 分隔", width=20),
        Column("级别", "level", "choice", width=10, needed=True, words=LEVELS),
        Column("上级代码", "parent", "code", "上级地区的六位代码", 11),
        Column("启用日期", "from", "day", "本区划自何日起，如 2021-04-09", 12),
        Column("停用日期", "to", "day", "本区划至何日止；现行区划留空", 12),
        Column("前身", "predecessors", hint="前身的代码（可带 @版本），以 | 分隔", width=20),
        Column("前身是否完全相加", "whole", "choice", width=14, words=WHOLE),
        Column("虚构", "fictional", "yes", "编造的示例地区填“是”", 8),
        Column("备注", "note", width=40),
    ),
    "每行一个地区。新增地区只需一行；上级地区须已存在。",
)
SOURCES = Sheet(
    "来源",
    (
        Column("来源编号", "id", "text", "自拟的短编号，如 tjgb_2023", 24, needed=True),
        Column("标题", "title", width=44, needed=True),
        Column("发布机构", "publisher", width=26),
        Column("发布日期", "published", "published", "如 2024-03-15、2024-03 或 2024", 13, needed=True),
        Column("日期确知", "date_known", "yes", "日期系估计的填“否”", 9),
        Column("网址", "link", width=24),
        Column("页码或表号", "page", width=18),
        Column("使用许可", "licence", width=18),
        Column("等级", "grade", "choice", width=15, words=GRADES),
        Column("虚构", "fictional", "yes", "编造的数值填“是”", 8),
        Column("备注", "note", width=30),
    ),
    "每个数值都要有来源：先在此登记，再在各表填编号。",
)
REVIEW = Column("处理", "review", "choice", "机器识别的行：采用、修改、舍弃；待定的不导入", 8, words=REVIEWS)
OBSERVED = (
    CODE,
    EDITION,
    INDICATOR,
    YEAR,
    Column("数值", "value", "number", "只填数字，按“单位”列的单位", 14),
    UNIT,
    Column("时点", "period", "choice", width=10, needed=True, words=PERIODS),
    Column("口径", "basis", "choice", "常住或户籍，不可混用", 9, needed=True, words=BASES),
    Column("状态", "status", "choice", width=10, needed=True, words=STATUSES),
    Column("精度", "precision", "number", "公布到哪一位：个位填 1，两位小数填 0.01", 9),
    Column("等级", "grade", "choice", width=15, needed=True, words=GRADES),
    SOURCE,
    Column("备注", "note", hint="数值异常时在此说明原因", width=40),
    REVIEW,
)
OBSERVATIONS = (
    Sheet("人口与出生死亡", OBSERVED, "人口、出生、死亡、期望寿命等", ("demographic",)),
    Sheet("床位托位与机构", OBSERVED, "托位、床位、机构等设施", ("capacity",)),
    Sheet("卫生人员", OBSERVED, "医师、护士、全科医生等", ("workforce",)),
    Sheet("服务项目", OBSERVED, "签约、筛查、管理等服务的覆盖", ("programme",)),
    Sheet("其他指标", OBSERVED, "其余各项指标", ("trend", "rare_events", "not_quantitative")),
)
CENSUS = Sheet(
    "普查年龄性别",
    (
        CODE,
        EDITION,
        YEAR,
        Column("年龄", "age", "age", "0、1-4、5-9 …… 85+，文本", 10, needed=True),
        Column("男", "male", "number", "人", 12),
        Column("女", "female", "number", "人", 12),
        SOURCE,
    ),
    "普查常住人口，自 0 岁至开口组，各年龄组连续不缺。",
)
DOCUMENTS = Sheet(
    "规划文件",
    (
        Column("文件编号", "id", "text", "自拟的短编号，如 yangli_15fyp", 22, needed=True),
        Column("标题", "title", width=40, needed=True),
        Column("发布机构", "publisher", width=24, needed=True),
        Column("发布日期", "published", "published", "如 2024-03-15", 13, needed=True),
        CODE,
        EDITION,
        Column("规划期末年", "horizon", "year", width=11, needed=True),
        Column("基期年", "base_year", "year", width=9),
        Column("网址", "link", width=20),
        Column("文号", "number", width=18),
        Column("日期确知", "date_known", "yes", "日期系估计的填“否”", 9),
        Column("虚构", "fictional", "yes", "编造的规划填“是”", 8),
        Column("备注", "note", width=30),
    ),
    "每行一份规划。",
)
TARGETS = Sheet(
    "目标",
    (
        Column("文件编号", "document", "text", "“规划文件”表第一列的编号", 20, needed=True),
        Column("目标编号", "id", "text", "留空则由文件、指标、年份自动生成", 34),
        CODE,
        EDITION,
        Column(
            "级别", "level", "choice", width=10, needed=True, words={k: v for k, v in LEVELS.items() if k != "area"}
        ),
        INDICATOR,
        Column("比较", "comparison", "choice", width=14, needed=True, words=COMPARISONS),
        Column("严格", "strict", "yes", "原文为“超过”“低于”填“是”", 8),
        Column("目标值", "value", "number", "按“单位”列的单位", 12),
        Column("下限", "low", "number", "仅“介于”", 10),
        Column("上限", "high", "number", "仅“介于”", 10),
        UNIT,
        Column("目标年", "year", "year", width=9, needed=True),
        Column("年份系推断", "year_inferred", "yes", width=10),
        Column("基期年", "base_year", "year", width=9),
        Column("基期值", "base_value", "number", width=12),
        Column("类型", "kind", "choice", width=10, needed=True, words=KINDS),
        Column("性质", "nature", "choice", width=10, needed=True, words=NATURES),
        Column("力争", "aspirational", "yes", width=8),
        Column("左右", "approximate", "yes", width=8),
        Column("相比地区", "relative_to", "code", "与另一地区相比时填其代码", 11),
        Column("方向", "direction", "choice", width=8, words=DIRECTIONS),
        Column("出处", "section", hint="章节或表格行", width=24),
        Column("备注", "notes", width=30),
        Column("重复自", "duplicate_of", hint="首次表述的目标编号", width=24),
        REVIEW,
    ),
    "规划中的每一个目标一行，不漏不改。",
)
INDICATORS = Sheet(
    "指标",
    (
        Column("指标编号", "id", width=34, needed=True),
        Column("中文名称", "zh", width=30, needed=True),
        Column("英文名称", "en", width=34, needed=True),
        Column("单位", "unit", "choice", width=16, needed=True, words=UNITS),
        Column(
            "类型",
            "kind",
            "choice",
            width=10,
            needed=True,
            words={k: v for k, v in KINDS.items() if k != "count_in_year"},
        ),
        Column("尺度", "scale", "choice", "变化按何种尺度推算", 10, needed=True, words=SCALES),
        Column("方向", "better", "choice", width=10, needed=True, words=BETTER),
        Column("口径", "basis", "choice", width=9, needed=True, words=INDICATOR_BASES),
        Column("合理下限", "range_low", "number", "超出即视为错误", 12, needed=True),
        Column("合理上限", "range_high", "number", "超出即视为错误", 14, needed=True),
        Column("小数位", "decimals", "number", width=8, needed=True),
        Column("类别", "family", "choice", width=10, needed=True, words=FAMILIES),
        Column("定义", "definition", width=40),
        Column("分子", "numerator", hint="指标编号", width=20),
        Column("分母", "denominator", hint="指标编号", width=20),
        Column("倍数", "per", "number", width=9),
    ),
    "全部指标及其合理范围。需要新指标时在末尾加一行。",
)
READ = (REGIONS, SOURCES, *OBSERVATIONS, CENSUS, DOCUMENTS, TARGETS, INDICATORS)
README_SHEET, MISSING_SHEET, WORDS_SHEET = "说明", "缺少的数据", "代码"
OWN_NOTES = "备注"  # sheets of this name, or whose name begins so, are the user's own
TYPED_BY, CHECKED_BY, MAIN_REGION = "填表人", "复核人", "地区代码"

assert set(UNITS) == set(schemas.UNITS)


def sheet_of(family: str) -> Sheet:
    """The sheet that holds the figures of a family of indicators."""
    return next(s for s in OBSERVATIONS if family in s.families)
