"""The numeric targets of a Chinese plan, found in its text: a draft that a person confirms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from planning.indicators import Indicator
from planning.reading.goal_tables import GoalCell, goal_tables
from planning.reading.indicator_matching import LEAST_SCORE, IndicatorNames, Match, fits, per_of, unit_of
from planning.reading.quantities import Quantity, plain, quantities
from planning.reading.structure import Line, Period, lines_of, period_of, with_horizon

LEAST_ALONE = 0.6  # a bare 覆盖率 or 占比 stays below it, a short name of an indicator above
_RATE_UNITS = ("%", "‰", "/10万", "/万", "个百分点", "百分点")
_COUNT_UNITS = "元 人 名 位 个 家 所 张 台 辆 户 支 项 场 例 种 件 条 次 批 批次 场次 人次 期 套 间 平方米 公里 分钟 对 门 部 大".split()
_AT_LEAST = re.compile("不[少低小]于|至少|达到?|超过?|高于|大于|多于|提[高升]|增[加长]|上升|扩大|力争|不少|最低|突破")
_AT_MOST = re.compile(
    "不[高大多超]于?过?|控制|低于|少于|小于|降[至到低为]|下降|压[降减]|减少到|缩短|最多|最高|限制在|限定在"
)
_AFTER_LEAST = re.compile(r"^\s*(?:\([^)]*\))?\s*(?:及?以上|左右|或以上|起)")
_AFTER_MOST = re.compile(r"^\s*(?:\([^)]*\))?\s*(?:及?以[下内]|之内|之下|[^,。;]{0,9}圈)")
_KEEP = re.compile("保持|维持|巩固|稳定在")
_ACTS = re.compile(
    "达|新[增建改]|建|设[立置有]|创|培[养育训]|招[引录聘]|引[进培]|打造|遴选|命名|选[拔树育]|评选|完成|安排|配[备置]|拥有|提[高升]|扩[大建]|"
    "增|改[造建扩]|力争|争取|开展|实施|推进|实现|认定|投入|规范|举办|推广|出台|落实|复核|每年|至少|布局|储备|整合|孵化|评定|总数|总量|"
    "筛查|服务|发展|形成|组建|聘|有|到|为|各|控制|降|减少|不[低少高超]"
)
_DOWN = re.compile(
    "死亡|发病|发生率|吸烟|近视|肥胖|患病率|感染率|生长迟缓|贫血|半径|时间|费用占|支出占|现金支出|性别比|低体重|龋|负担|剖宫产"
)
_DETECTION = re.compile("报告患病率|报告率|检出")
_PAST = re.compile(
    "截至|截止|累计(?!建|达|培|完成)|已[经有建完达创成]|比上年|同比|较20\\d\\d年|分别[由从]|荣获|顺利完成|年均|连续[两三四五六七八九\\d]+年|首批"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年")
_YEARS = re.compile(r"(?<!\d)(20\d\d)\s*(?:年|[-—–]\s*20\d\d)")
_SENTENCE_ENDS = "。;!?\n"
_WITHIN_YEARS = re.compile(r"(?:今后|未来|接下来)?([三五345])年(?:内|之内|每年)")
_WITHIN = {"三": 3, "五": 5, "3": 3, "4": 4, "5": 5}
_WHOLE = (
    re.compile(r"(?<!健)全(?:域)?全?覆盖(?!率|面|的?基础|人群)"),
    re.compile(r"应(.)尽\1"),
    re.compile(r"(?:所有|全部)[^,。;]{2,40}?(?:均|都|全部)(?:能|达|实现|建|提供|开展|设)"),
    re.compile(r"[^,。;]{2,30}全部(?:达到|达标|建成|设[立置]|开设|配备|完成|纳入|实现)"),
    re.compile(r"(?<![一岗])一(?:镇街|街道|街|镇|乡|村|社区|院|校|中心|行动|县|区|市|机构|科)一[\u4e00-\u9fff]{1,3}"),
    re.compile(r"全面完成[^,。;]{4,40}(?:建设|改造)"),
)
_NEVER = re.compile(r"不(?:再)?出现[^,。;]{2,20}")
_QUALIFIER = re.compile(r"^(?:及?以[上下])?的|^(?:周岁|岁)?(?:及?以[上下])|^(?:方面|高校|级|类|大类|环节|领域|维度)")
_PROVIDES = re.compile(r"(?:能够?|可)提供$|能提供\d+[类种项]$")
_ACTIONS = re.compile(r"^[^,。;、]{0,12}?(?:行动|工程|计划|项目|举措)")
_CLAUSE = re.compile("[,。;:!?\n\t]")


@dataclass(frozen=True)
class FoundTarget:
    """A target that a text states. match: the score of the indicator, 0 to 1; indicator: None below LEAST_SCORE.

    value, low, high: in `unit`, the indicator's own where matched, else that of the printed measure word. nearest: the next best indicators.
    start, end: the place of the number in the text; kind_of_phrase: table, number, count, whole or action.
    """

    indicator: str | None
    match: float
    comparison: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    year: int
    year_inferred: bool
    level: str
    nature: str
    text: str
    section: str
    start: int
    end: int
    phrase: str
    kind_of_phrase: str
    strict: bool = False
    approximate: bool = False
    base_value: float | None = None
    base_year: int | None = None
    nearest: tuple[Match, ...] = ()


@dataclass(frozen=True)
class LeftNumber:
    """A number that is no target, and why."""

    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True)
class ReadPlan:
    """What a plan states: its period, its targets in the order of the text, and every other number."""

    text: str
    period: Period
    targets: tuple[FoundTarget, ...]
    left: tuple[LeftNumber, ...]


def read_plan(text: str, indicators: Iterable[Indicator], horizon: int | None = None) -> ReadPlan:
    """The targets that a plan's text states, matched to indicators. horizon: the plan's last year, where its title is silent.

    >>> from planning.loading.folder import load_catalogue
    >>> read = read_plan("样例市“十四五”卫生规划\\n到2025年,婴儿死亡率控制在3‰以内。", load_catalogue().indicators.values())
    >>> [(t.indicator, t.comparison, t.value, t.year) for t in read.targets]
    [('infant_mortality', 'at_most', 3.0, 2025)]
    """
    written = plain(text)
    period = period_of(written)
    if horizon is not None:
        period = with_horizon(period, horizon)
    reader = _Reader(written, period, IndicatorNames(indicators))
    reader.read()
    targets = sorted(reader.targets, key=lambda t: t.start)
    return ReadPlan(text, period, tuple(targets), tuple(sorted(reader.left, key=lambda n: n.start)))


@dataclass(frozen=True)
class _Sentence:
    """A sentence: its place, its line, and the year that holds in it where it names none."""

    start: int
    text: str
    line: Line
    year: int | None


class _Reader:
    """One reading of one text: what it finds is laid into `targets` and `left`."""

    def __init__(self, text: str, period: Period, names: IndicatorNames):
        self.text, self.period, self.names = text, period, names
        self.past_periods = re.compile("|".join(period.past_periods()) or "(?!)")
        self.targets: list[FoundTarget] = []
        self.left: list[LeftNumber] = []

    def read(self) -> None:
        tables = goal_tables(self.text, self.period.horizon)
        taken = set()
        lines = lines_of(self.text)
        for cell in tables.cells:
            taken |= set(range(cell.start, cell.end))
            self._table_target(cell, next((w for w in reversed(lines) if w.start <= cell.start), lines[0]))
        in_table = set()
        for start, end in tables.spans:
            in_table |= set(range(start, end))
        for line in lines:
            if line.start in in_table:
                for q in quantities(line.text):
                    if line.start + q.start not in taken:
                        self._leave(line.start + q.start, line.start + q.end, "in a table, not in a column of targets")
        carried: int | None = None
        for sentence in self._sentences(lines, in_table):
            carried = self._sentence(sentence, carried)

    def _sentences(self, lines: list[Line], in_table: set[int]) -> list[_Sentence]:
        found = []
        lead: int | None = None  # the year of a paragraph that ends with a colon holds for the list below it
        lead_level = 0
        for line in lines:
            if line.start in in_table or not line.text.strip():
                continue
            if lead is not None and len(line.section) < lead_level:
                lead = None
            place = line.start
            for part in re.findall(rf"[^{_SENTENCE_ENDS}]*[{_SENTENCE_ENDS}]?", line.text):
                if part.strip():
                    found.append(_Sentence(place, part, line, lead if place == line.start else -1))
                place += len(part)
            years = self._ahead(line.text)
            if line.text.rstrip().endswith(":") and years:
                lead, lead_level = years[-1], len(line.section)
            elif line.heading and years and self.period.horizon in years:
                lead = None
        return found

    def _ahead(self, words: str) -> list[int]:
        return [int(y) for y in _YEAR.findall(words) if self.period.first <= int(y) <= 2060]

    def _sentence(self, s: _Sentence, carried: int | None) -> int | None:
        """Reads a sentence; gives the year that holds for the next one of the same paragraph."""
        if s.year != -1:
            carried = s.year
        years = [int(y) for y in _YEARS.findall(s.text)]
        ahead = self._ahead(s.text)
        looks_back = (
            s.line.back
            or (bool(years) and not ahead)
            or bool(self.past_periods.search(s.text) and not ahead and not re.search("较.{0,10}末", s.text))
        )
        numbers = quantities(s.text)
        used: set[int] = set()
        whole_at = [] if looks_back else self._wholes(s, carried)
        for n, q in enumerate(numbers):
            if n in used:
                continue
            reason = "a part that looks back" if looks_back else self._no_target(s, q, numbers)
            if any(a <= q.start < b for a, b in whole_at):
                reason = reason or "within a phrase of full coverage"
            if reason:
                self._leave(s.start + q.start, s.start + q.end, reason)
                continue
            self._number(s, q, numbers, carried)
        return ahead[-1] if ahead else carried

    # ------------------------------------------------------------ what a number is

    def _no_target(self, s: _Sentence, q: Quantity, numbers: list[Quantity]) -> str:
        """Why a number is no target; '' if it may be one."""
        text = s.text
        before, after = text[: q.start], text[q.end :]
        clause = _CLAUSE.split(before)[-1]
        if q.value != q.value:
            return "a numeral that cannot be read"
        if q.unit == "天" and re.search("住院日|时间|时限", clause) and not re.search("截[至止]", clause):
            return ""
        if (
            q.unit in ("年", "月", "日", "号", "周", "天")
            or re.match(r"\s*(?:年|月|周年|[-—]\s*20\d\d\s*年)", after)
            or re.fullmatch(r"20\d\d-\d\d?", q.text)
        ):
            return "a year or day"
        if re.search(r"[A-Za-z+×.·]$", before) or (re.match(r"[A-Za-z+×]", after) and not re.match(r"[A-Z]{2}", after)):
            return "part of a name"
        if re.search(r"[〔\[]\d*$", before) or re.match(r"[〕\]]", after) or re.search("第$", before):
            return "a number of a document or an ordinal"
        if not before.strip(" *#(") and re.match(r"\s*[.、)]", after):
            return "a number of a list"
        if re.search(r"[((]$", before) and re.match(r"[))]", after) and not q.power:
            return "a number of a list"
        circle = q.unit == "分钟" and re.match("[^,。;]{0,9}圈", after)
        if circle:
            return ""
        if re.search("“[^”]{0,6}$", before) and re.match("[^“]{0,10}”", after) and not _ACTIONS.match(after):
            return "part of a name in quotes"
        if self._per_persons(q, before, after):
            return ""
        if re.search("(?:人口|居民)[^,。;]{0,14}(?:配备|配置|设置|设立|建设|规划)$", clause) and q.value == 1:
            return "one for so many people"
        if q.unit == "岁" and not re.search("寿命|年龄", clause):
            return "an age"
        if q.unit == "岁":
            return "" if re.search("寿命", clause) else "an age"
        if q.unit in ("级", "类", "倍", "处", "分") and not (
            q.unit == "分" and re.search("得分|评分|指数|满意度", clause)
        ):
            return "a grade, a kind or a part"
        if re.search(r"(?:每|第|前|近|约?占.{0,3}的|[^分])每$|[第每前]$", before) or re.search(r"由|从$", clause[-1:]):
            return "what a rate is per, an order or a base"
        if re.search(r"(?:由|从)(?!事)[^,]{0,8}$", clause) and re.match("[^,]{0,8}(?:提|增|降|下|上|减|到|至)", after):
            return "a base value"
        if _PROVIDES.search(before):
            return "what a service consists of"
        if re.search("截[至止]|较上年|比上年|同比|荣获|以来|顺利|已(?!经?纳)|首批|批准|经费补助标准提升至", clause):
            return "what has been"
        if re.search(r"(?:第[一二三四五六七八九十\d]+)$", before):
            return "an ordinal"
        if q.unit in _RATE_UNITS or q.sign:
            return ""
        if q.chinese:
            return self._chinese(s, q, before, after, clause)
        if q.unit in _COUNT_UNITS or q.power:
            if (
                _QUALIFIER.match(after)
                and not _AFTER_LEAST.match(after)
                and not re.search("不[超高大少低小][过于]$", clause)
            ):
                return "who or what is meant"
            if (
                re.match(r"\s*(?:及?以[上下])的?[\u4e00-\u9fff]", after)
                and re.search("超过?|满", clause)
                and "的" in after[:6]
            ):
                return "who or what is meant"
            if re.match("(?:及以上|及以下)", after):
                return "who or what is meant"
            if re.search("以$|健全以$", clause) or re.match("[^,]{0,8}为主", after):
                return "how it is done"
            if re.match(r"[^,。;]{0,12}(?:所有|全部|(?<!平)均|都(?!市)|全(?![国科市省区县]))", after) and not re.search(
                "至少|不[少多超大高]|达到?$", clause[-5:]
            ):
                return "who or what is meant"
            if not _ACTS.search(before) and not _AFTER_LEAST.match(after):
                return "no promise in its words"
            return ""
        if (
            not q.unit
            and (_AFTER_LEAST.match(after) or _AFTER_MOST.match(after))
            and re.search("指数|得分|评分|比", clause)
        ):
            return ""
        if re.search(r"(?:指数|得分|评分|性别比)[^,]{0,8}(?:达到?|在|为)$", clause):
            return ""
        return "no unit that is counted"

    @staticmethod
    def _per_persons(q: Quantity, before: str, after: str) -> bool:
        """Whether a number says for how many people there is one of something: 每3万常住人口配备1辆."""
        return bool(
            q.power in ("万", "千")
            and re.search("[每按]$", before)
            and re.match(
                "名?(?:常住|服务|城乡|户籍|左右)*(?:人口|居民|人)[^,。;]{0,14}(?:配备|配置|设置|设立|建设|规划)", after
            )
        )

    def _chinese(self, s: _Sentence, q: Quantity, before: str, after: str, clause: str) -> str:
        if re.match("[^,。;]{0,10}(?:全覆盖|全链|一体)", after):
            return "within a phrase of full coverage"
        if q.unit in ("大", "项"):
            if q.value < 2 or not _ACTIONS.match(after) or re.search("保障|组织", " ".join(s.line.section)):
                return "part of a name"
            return "" if re.search("实施|推进|开展|落实|推行", clause) else "part of a name"
        if q.unit == "个" and re.match(
            "[^,。;]{0,3}(?:确立|维护|自信|意识|允许|不|同等|转变|优势|提升|卫健|服务|打造|中心)", after
        ):
            return "part of a name"
        if re.search("(?:至少|不少于|不低于|每个?[^,]{1,12}(?:至少|不少于|建立|设立|建成|有))[^,]{0,6}$", clause):
            return ""
        if re.match("以上", after) and _ACTS.search(clause):
            return ""
        if (
            q.unit in ("家", "所", "张", "辆", "台")
            and re.match("[,。;、]|$", after)
            and re.search("新[建增]|建成|设立|配备|购置|打造", clause)
        ):
            return ""
        if (
            q.value >= 2
            and q.unit in ("家", "所", "个")
            and re.search("(?:新?建成?|设立?|建设|打造|新增|创建|培育)[^,]{0,4}$", clause)
            and q.unit != "个"
        ):
            return ""
        return "part of a name"

    # ------------------------------------------------------------ what a target says

    def _number(self, s: _Sentence, q: Quantity, numbers: list[Quantity], carried: int | None) -> None:
        before, after = s.text[: q.start], s.text[q.end :]
        others = [
            o for o in numbers
            if o.end <= q.start and o.unit in (*_RATE_UNITS, *_COUNT_UNITS) and s.text[o.start - 1 : o.start] != "每"
        ]  # fmt: skip
        behind = max((o.end for o in others), default=0)
        clause_start = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
        clause = before[clause_start:]
        prefix = before[max(clause_start, behind if behind > clause_start else clause_start) :]
        suffix = _CLAUSE.split(after)[0]
        following = next((o for o in numbers if o.start >= q.end), None)
        if following is not None:
            suffix = suffix[: max(0, following.start - q.end)]
        if re.match("(?:以上|以下|以内|左右)?[、和]", suffix):
            suffix = ""
        comparison, strict, approximate = self._comparison(q, clause, after)
        if self._per_persons(q, before, after):
            comparison = "at_most" if q.high is None else "between"
            q, suffix = replace(q, unit="人"), _CLAUSE.split(after)[0]
        subjects = self._subjects(s, q, numbers, clause_start, prefix, suffix)
        year, inferred = self._year(s, q.start, carried)
        kind = "number" if q.unit in _RATE_UNITS else "action" if q.unit == "大" or _ACTIONS.match(after) else "count"
        for subject in subjects:
            own = comparison
            if (
                own == "at_least"
                and not q.sign
                and not self._stated_up(clause, after)
                and _DOWN.search(subject)
                and not (_DETECTION.search(subject))
            ):
                own = "at_most"
            self._add(s.start + q.start, s.start + q.end, subject, s, q, own, year, inferred, kind, strict, approximate)

    @staticmethod
    def _stated_up(clause: str, after: str) -> bool:
        return bool(
            re.search("不[少低小]于|至少|超过|高于|提[高升]|增", clause[-8:])
            or (_AFTER_LEAST.match(after) and "左右" not in after[:3])
        )

    def _comparison(self, q: Quantity, clause: str, after: str) -> tuple[str, bool, bool]:
        """The comparison; whether the value itself does not do; whether it is an about."""
        about = bool(re.match(r"\s*左右", after) or re.search("约$|大约$", clause))
        near = clause[-14:]
        least = [m.start() for m in _AT_LEAST.finditer(near)]
        most = [m.start() for m in _AT_MOST.finditer(near)]
        floor = re.search("至少|不少于|不低于", near)
        if q.high is not None and not floor:
            return "between", False, about
        if q.sign:
            return ("at_least" if q.sign[0] == ">" else "at_most"), len(q.sign) == 1, about
        if _AFTER_MOST.match(after):
            return "at_most", False, about
        if _AFTER_LEAST.match(after) and "左右" not in after[:4]:
            return "at_least", False, about
        negated = re.search("不[高大多超]于?过?|低于|少于|小于", near)
        if re.search("不[少低小]于", near):
            return "at_least", False, about
        if negated or (most and (not least or most[-1] > least[-1])):
            return "at_most", bool(re.search("(?<!不)(?:低于|少于|小于)", near)), about
        if _KEEP.search(clause):
            return "maintain", False, about
        if re.search("超过?$", near) and not re.search("不超过?$", near):
            return "at_least", True, about
        return "at_least", False, about

    def _subjects(
        self, s: _Sentence, q: Quantity, numbers: list[Quantity], clause_start: int, prefix: str, suffix: str
    ) -> list[str]:
        """The phrases that a number is said of: one, or each part of a list that shares it."""
        text = s.text
        clause = text[clause_start : q.start]
        shared = re.search("(?:均|各|都|分别)[^,]{0,6}$", clause)
        # A list that goes on over commas: A率、B率以及C率均达到90%.
        listed = clause
        clause_end = next((q.end + m.start() for m in _CLAUSE.finditer(text[q.end :])), len(text))
        apart = [o for o in numbers if clause_start < o.start < clause_end and o.unit == q.unit]
        if re.search("分别", clause) and len(apart) >= 2:
            parts = _listed(_CLAUSE.split(text[: apart[0].start])[-1])
            order = apart.index(q) if q in apart else -1
            if len(parts) == len(apart) and order >= 0:
                return [parts[order] + suffix]
        if (shared or q.unit in _RATE_UNITS) and prefix == clause:
            parts = _listed(listed)
            if len(parts) > 1:
                if shared or all(re.search("[率比]$|率$", p) for p in parts):
                    return [p + (suffix if q.unit not in _RATE_UNITS else "") for p in parts]
                found = [self.names.match(p, "", q.unit) for p in parts]
                ids = {m.indicator for m in found if m and m.score >= 0.6}
                if len(ids) == len(parts):
                    return parts
        words = _bare(prefix)
        body = prefix
        if len(words) < 4 and re.match("(?:及?以上)?的?[\u4e00-\u9fff]{4}", suffix):
            return [
                prefix
                + q.unit.strip("%‰")
                + (_CLAUSE.split(text[q.end :])[0] if q.unit in _RATE_UNITS else suffix)[:30]
            ]
        if len(words) < 3 or (
            len(words) <= 5 and re.search("(?:率|比例|占比|比重)$", words) and not self._plain_name(words, q)
        ):
            earlier = text[:clause_start].rstrip(",")
            body = _CLAUSE.split(earlier)[-1][-24:] + prefix
        if q.unit in _RATE_UNITS and len(words) >= 3 and not re.match("^(?:及?以上)?的", suffix):
            return [body]
        return [body + q.unit.strip("%‰") + suffix[:24]]

    def _plain_name(self, words: str, q: Quantity) -> bool:
        """Whether a short phrase names an indicator by itself: 产前筛查率 does, 覆盖率 does not."""
        match = self.names.match(words, "", q.unit)
        return match is not None and match.score >= LEAST_ALONE

    def _year(self, s: _Sentence, place: int, carried: int | None) -> tuple[int, bool]:
        before = [m for m in _YEAR.finditer(s.text) if m.start() < place and int(m[1]) >= self.period.first]
        if before:
            return int(before[-1][1]), False
        span = [m for m in _WITHIN_YEARS.finditer(s.text) if m.start() < place]
        if span and self.period.published:
            return self.period.published + _WITHIN[span[-1][1]] - 1, True
        if carried is not None:
            return carried, True
        return self.period.horizon, True

    # ------------------------------------------------------------ phrases without a number

    def _wholes(self, s: _Sentence, carried: int | None) -> list[tuple[int, int]]:
        """Adds the targets of 100 % that are said in words; gives the places they stand at."""
        taken: list[tuple[int, int]] = []
        for pattern in _WHOLE:
            for m in pattern.finditer(s.text):
                clause_start = max((c.end() for c in _CLAUSE.finditer(s.text[: m.start()])), default=0)
                clause_end = next((m.end() + c.start() for c in _CLAUSE.finditer(s.text[m.end() :])), len(s.text))
                if any(a < m.end() and m.start() < b for a, b in taken):
                    continue
                clause_of = s.text[clause_start:clause_end]
                if (
                    re.search("原则", clause_of)
                    or re.search("基础上", s.text[m.end() : m.end() + 8])
                    or re.search(r"100\s*%", s.text[clause_start:clause_end])
                ):
                    continue
                if any(clause_start <= a < clause_end for a, _ in taken) and not m.group().startswith("一"):
                    continue
                clause = s.text[clause_start:clause_end]
                if len(_bare(clause.replace(m.group(), ""))) < 4:
                    clause = s.text[max(0, clause_start - 30) : clause_end]
                year, inferred = self._year(s, m.start(), carried)
                keep = bool(re.search("巩固|保持", clause)) and "成果" in s.text[m.end() : m.end() + 4]
                parts = _listed(re.sub("^.*?完成", "", clause)) if clause.startswith("全面完成") else [clause]
                for part in parts:
                    part = part.replace(m.group(), "") if "覆盖" in m.group() else part
                    q = Quantity(m.start(), m.end(), 100.0, None, "%", "", False, m.group())
                    self._add(
                        s.start + m.start(), s.start + m.end(), part + "覆盖率", s, q, "maintain" if keep else "at_least",
                        year, inferred, "whole",
                    )  # fmt: skip
                taken.append((m.start(), m.end()))
        for m in _NEVER.finditer(s.text):
            year, inferred = self._year(s, m.start(), carried)
            q = Quantity(m.start(), m.end(), 0.0, None, "个", "", False, m.group())
            self._add(s.start + m.start(), s.start + m.end(), m.group(), s, q, "at_most", year, inferred, "whole")
        return taken

    def _table_target(self, cell: GoalCell, line: Line) -> None:
        printed = {"1/10万": "/10万", "1/10": "/10万", "/10": "/10万", "1/千": "‰"}.get(cell.unit, cell.unit)
        for name in _listed_rates(cell.name):
            down = bool(_DOWN.search(name)) and not _DETECTION.search(name)
            match = self.names.match(name, name, printed)
            if match and match.score >= LEAST_SCORE:
                better = self.names.indicators[match.indicator].better
                down = better == "down" or (down and better != "up")
            comparison = "at_most" if down else "at_least"
            q = cell.quantity
            if q.high is not None:
                comparison = "between"
            elif q.sign:
                comparison = "at_least" if q.sign[0] == ">" else "at_most"
            elif re.search("以[下内]|不[高超大]|控制|小于|低于", cell.word) and "不低于" not in cell.word:
                comparison = "at_most"
            elif re.search("以上|不[少低小]于|大于|高于", cell.word):
                comparison = "at_least"
            sentence = _Sentence(cell.start, f"{cell.name} {cell.unit} {cell.word}".replace("  ", " "), line, None)
            unit = q.unit if q.unit in _RATE_UNITS else printed
            self._add(
                cell.start, cell.end, name, sentence, replace(q, unit=unit), comparison, cell.year or self.period.horizon,
                cell.year is None, "table", level=cell.level or self.period.level, nature=cell.nature, base=cell.base,
                base_year=cell.base_year,
            )  # fmt: skip

    # ------------------------------------------------------------ laying down

    def _add(
        self, start: int, end: int, phrase: str, s: _Sentence, q: Quantity, comparison: str, year: int, inferred: bool,
        kind: str, strict: bool = False, approximate: bool = False, level: str = "", nature: str = "",
        base: float | None = None, base_year: int | None = None,
    ) -> None:  # fmt: skip
        ranked = self.names.ranked(_bare(phrase), s.text if kind != "table" else phrase, q.unit)
        best = ranked[0] if ranked else None
        about = self.names.indicators[best.indicator] if best and best.score >= LEAST_SCORE else None
        if about is not None and not fits(about.unit, q.unit, per_of(_bare(phrase))):
            about = None
        if about is not None and not about.range[0] <= q.value * _factor(q.unit, about.unit) <= about.range[1]:
            about = None
        unit = about.unit if about else unit_of(q.unit)
        factor = _factor(q.unit, unit)
        value = q.value * factor
        high = q.high * factor if q.high is not None else None
        ranged = comparison == "between"
        stated = nature or ("binding" if "约束性" in s.text else "expected" if "预期性" in s.text else "unstated")
        self.targets.append(
            FoundTarget(
                about.id if about else None, best.score if best else 0.0, comparison, None if ranged else value,
                value if high is not None else None, high, unit, year, inferred, level or self.period.level, stated,
                s.text.strip(), " ".join(s.line.section), start, end, _bare(phrase), kind, strict, approximate,
                base, base_year, tuple(ranked),
            )
        )  # fmt: skip

    def _leave(self, start: int, end: int, reason: str) -> None:
        self.left.append(LeftNumber(start, end, self.text[start:end], reason))


def _factor(printed: str, unit: str) -> float:
    """What a printed figure is multiplied with to stand in a unit: per mille as percent, and the like."""
    shares = {"%": 1e-2, "‰": 1e-3, "/万": 1e-4, "/10万": 1e-5}
    own = {
        "percent": 1e-2,
        "per_1000": 1e-3,
        "per_1000_births": 1e-3,
        "per_10000": 1e-4,
        "per_100000": 1e-5,
        "per_100000_births": 1e-5,
    }
    return round(shares[printed] / own[unit], 9) if printed in shares and unit in own else 1.0


def _bare(words: str) -> str:
    """A phrase without the words of promising, dates and signs."""
    words = re.sub(r"(?:到|至)?20\d\d年(?:底|末)?", "", words)
    words = re.sub(r"^(?:到|至|力争|争取|实现|确保|使|其中|全[区市省县]|我[区市省县])+", "", words.strip(" ,、“”"))
    words = re.sub(
        r"(?:分别|均|各|都|全部)?(?:力争)?(?:达到?|提[高升][到至]?|控制在?|降[低至到]+|不[少低高超小大]于?过?|保持在?|稳定在|扩大至|为|在|[≥≤><]|\\geq?)+\s*$",
        "", words,
    )  # fmt: skip
    return words.strip(" ,、“”")


def _listed(words: str) -> list[str]:
    """The parts of a list, each with the last part's ending where they share one: 高血压、糖尿病患者管理率.

    >>> _listed("高血压、糖尿病患者规范管理率均达")
    ['高血压患者规范管理率', '糖尿病患者规范管理率']
    """
    outer = re.sub(r"[((][^()()]*[))]", lambda m: m[0].replace("、", "\0").replace("和", "\1"), _bare(words))
    parts = [p for p in re.split("、|以及|及(?!以)|和|与", outer) if p.strip()]
    parts = [p.replace("\0", "、").replace("\1", "和").strip("“” ") for p in parts]
    if len(parts) < 2 or any(len(p) < 2 for p in parts) or len(parts) > 5:
        return [_bare(words)]
    last = parts[-1]
    if all(re.search("[率比金数]$", p) for p in parts):
        head = parts[0]
        owner = re.match(r"^(.{2,}?)(?:[\u4e00-\u9fff]{2}率)$", head)
        return [p if len(p) > 4 or not owner or p is head else owner[1] + p for p in parts]
    endings = [
        n
        for n in range(2, len(last) - 1)
        if re.match("患者|人群|检测|接种|规范|老年|儿童|医院|标准|设备|专项|平均|地区", last[n:])
    ]
    if endings and all(not re.search("率$", p) for p in parts[:-1]):
        return [*(p + last[endings[0] :] for p in parts[:-1]), last]
    return parts if all(len(p) >= 3 for p in parts) else [_bare(words)]


def _listed_rates(name: str) -> list[str]:
    """The rates that a row of a table names: 孕产妇系统管理率和3岁以下儿童系统管理率 are two."""
    parts = re.split("率[和、及]", name)
    return [*(p + "率" for p in parts[:-1]), parts[-1]] if len(parts) > 1 and parts[-1].endswith("率") else [name]
