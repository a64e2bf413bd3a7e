"""Forms: what a row or entry of each data file must look like. Used for reading and for `dabiao check`."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from planning.errors import DataError, nearest
from planning.sources import last_day

UNITS = (
    "persons years percent per_1000 per_10000 per_100000 per_1000_births per_100000_births per_1000_under3 "
    "per_1000_children ratio places beds institutions vehicles items households yuan m2 km points score flag minutes days "
    "times"
).split()

FIRST_YEAR, LAST_YEAR = 1949, 2100
PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
CHINESE_POWERS = {"千": 1e3, "万": 1e4, "亿": 1e8}
LONGEST = 120  # characters of a faulty value that a message repeats
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def expected(what: str, near: str = "") -> PydanticCustomError:
    """The error of a form: what was expected, and what is near."""
    return PydanticCustomError("expected", "{what}", {"what": what, "near": near})


def number(value: Any) -> float:
    """A number as people type it: 12,345 or １２３, but no signs, units or remarks. Raises an error with what is near."""
    if isinstance(value, bool) or value is None:
        raise expected("a number")
    if not isinstance(value, str):
        found = float(value)
        if not math.isfinite(found):
            raise expected("a finite number")
        return found
    text = value if value.isascii() else unicodedata.normalize("NFKC", value)
    text = text.strip()
    if PLAIN_NUMBER.fullmatch(text):
        found = float(text)
        if not math.isfinite(found):
            raise expected("a finite number")
        return found
    if GROUPED.fullmatch(text):
        return float(text.replace(",", ""))
    raise expected(*_no_number(text))


def _no_number(text: str) -> tuple[str, str]:
    if text.endswith("%") and PLAIN_NUMBER.fullmatch(text[:-1].strip()):
        return "a number without a sign, in the unit of the indicator", text[:-1].strip()
    if text and text[-1] in CHINESE_POWERS and PLAIN_NUMBER.fullmatch(text[:-1].strip()):
        return "a number without a unit", f"{float(text[:-1]) * CHINESE_POWERS[text[-1]]:.12g}"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return "a number with a decimal point; a comma may only part thousands", text.replace(",", ".")
    if re.fullmatch(r"[-—–…./无缺NnAa]*", text):
        return "a number; where nothing is published there is no row", ""
    return "a number", ""


def day_number(value: float) -> date | None:
    """The day that a spreadsheet means by a plain number such as 44754 (days since the end of 1899), or None."""
    if 18264 <= value <= 73051 and float(value).is_integer():
        return date(1899, 12, 30) + timedelta(days=int(value))
    return None


def year(value: Any) -> int:
    """A year, 1949 to 2100. Raises an error with the year meant where a date or a spreadsheet's day number was given."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    what = f"a year, {FIRST_YEAR} to {LAST_YEAR}"
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,6}(\.0*)?", text):
        found = re.match(r"(\d{4})(年|-|/|\.)", text)
        raise expected(what, found[1] if found else "")
    asked = int(float(text))
    if not FIRST_YEAR <= asked <= LAST_YEAR:
        day = day_number(asked)
        what += f"; a spreadsheet means {day} by {asked}" if day else ""
        raise expected(what, str(day.year) if day else "")
    return asked


def iso_day(value: str) -> str:
    """An ISO date, or nothing. Raises an error with the date meant by 20210409, 44295 or 2021/4/9."""
    if value == "":
        return value
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise expected("a date such as 2021-04-09", _near_day(value))


def publication_day(value: Any) -> date:
    """The last day that a date, year-month or year can mean. Raises an error with what is near."""
    text = str(value).strip()
    what = "a date, a year-month or a year, such as 2022-07-12"
    if not re.fullmatch(r"\d{4}(-\d{1,2}(-\d{1,2})?)?", text):
        raise expected(what, _near_day(text))
    try:
        found = last_day(value if isinstance(value, date) else text)
    except ValueError:
        raise expected(what, _near_day(text)) from None
    if not 1900 <= found.year <= LAST_YEAR:
        raise expected(what)
    return found


def _near_day(text: str) -> str:
    digits = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.match(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text
    )
    if digits:
        try:
            return date(*(int(d) for d in digits.groups())).isoformat()
        except ValueError:
            return ""
    day = day_number(float(text)) if re.fullmatch(r"\d{5}", text) else None
    return day.isoformat() if day else ""


def age_group(value: str) -> str:
    """An age group: 0, 1-4, 85+. Raises an error with the group meant by 1至4岁, or by the 4-Jan of a spreadsheet."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if re.fullmatch(r"\d{1,3}(-\d{1,3})?|\d{1,3}\+", text):
        return text
    what, near = "an age group such as 0, 1-4 or 85+", ""
    plain = re.sub(r"[–—−~至到]", "-", re.sub(r"岁|\s", "", text))
    plain = re.sub(r"(及)?以上$", "+", plain)
    made_of = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})", text) or re.fullmatch(r"([A-Za-z]{3})-(\d{1,2})", text)
    day = re.match(r"\d{4}-(\d{2})-(\d{2})", text) or re.fullmatch(r"(\d{1,2})月(\d{1,2})日", text)
    if made_of:
        word = next((g for g in made_of.groups() if g[:3].lower() in MONTHS), "")
        other = next(g for g in made_of.groups() if g != word)
        near = f"{MONTHS.index(word.lower()) + 1}-{other}" if word else ""
    elif day:
        near = f"{int(day[1])}-{int(day[2])}"
    elif re.fullmatch(r"\d{1,3}(-\d{1,3})?|\d{1,3}\+", plain):
        near = plain
    if made_of or day:
        what += "; a spreadsheet made a date of it"
    raise expected(what, near)


def code(value: Any) -> str:
    """A region code, six digits as text. Raises an error with the code meant by 330304.0 or by a plain number."""
    text = str(value)
    if isinstance(value, str) and re.fullmatch(r"\d{6}", text):
        return text
    near = re.fullmatch(r"(\d{6})(\.0+)?", text)
    what = "a code of six digits" if isinstance(value, str) else "a code of six digits in quotation marks"
    raise expected(what, f"'{near[1]}'" if near else "")


def _or_nothing(value: Any) -> Any:
    return None if value in ("", None) else number(value)


Code = Annotated[str, BeforeValidator(code)]
CodeOrNothing = Annotated[str, BeforeValidator(lambda v: "" if v in ("", None) else code(v))]
Year = Annotated[int, BeforeValidator(year)]
if TYPE_CHECKING:
    Unit = str
else:
    Unit = Literal[tuple(UNITS)]
Level = Literal["nation", "province", "city", "district", "area"]
Number = Annotated[float, BeforeValidator(number)]
Persons = Annotated[float, BeforeValidator(number), Field(ge=0)]
Age = Annotated[str, BeforeValidator(age_group)]
NumberOrNothing = Annotated[float | None, BeforeValidator(_or_nothing)]
YearOrNothing = Annotated[int | None, BeforeValidator(lambda v: None if v in ("", None) else year(v))]
Day = Annotated[str, AfterValidator(iso_day)]
Edition = Annotated[
    str, BeforeValidator(lambda v: "" if v is None else str(v) if type(v) is int else v), Field(pattern=r"^[a-z0-9]*$")
]
Text = Annotated[str, BeforeValidator(lambda v: "" if v is None else v)]


class Form(BaseModel):
    """A row or entry of a data file; a field that is not known is a fault."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def headings(cls) -> list[str]:
        """The names of the fields as they stand in a file."""
        return [f.alias or name for name, f in cls.model_fields.items()]

    @classmethod
    def needed(cls) -> list[str]:
        """The names of the fields that must be there."""
        return [f.alias or name for name, f in cls.model_fields.items() if f.is_required()]


class RegionRow(Form):
    """A row of regions.csv."""

    code: Code
    edition: Edition = ""
    name_zh: Annotated[str, Field(min_length=1)]
    name_en: Annotated[str, Field(min_length=1)]
    aliases: str = ""
    level: Level
    parent: CodeOrNothing = ""
    from_: Annotated[Day, Field(alias="from")] = ""
    to: Day = ""
    predecessors: str = ""
    whole: Literal["", "yes", "partly"] = ""
    note: str = ""
    fictional: Literal["", "yes"] = ""


class IndicatorEntry(Form):
    """An entry of indicators.yaml."""

    zh: str
    en: str
    unit: Unit
    kind: Literal["rate", "share", "count", "cumulative", "coverage", "binary", "index", "ratio"]
    scale: Literal["log", "logit", "plain", "count"]
    better: Literal["up", "down", "none"]
    basis: Literal["resident", "registered", "either"]
    range: tuple[Number, Number]
    decimals: Annotated[int, Field(ge=0, le=6)]
    family: Literal["demographic", "workforce", "capacity", "trend", "programme", "rare_events", "not_quantitative"]
    definition: Text = ""
    numerator: str | None = None
    denominator: str | None = None
    per: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def a_range_with_room(self) -> IndicatorEntry:
        if self.range[0] >= self.range[1]:
            raise expected("a range whose low end lies below its high end")
        return self


class ObservationRow(Form):
    """A row of a table of observations."""

    region: Code
    edition: Edition = ""
    indicator: str
    year: Year
    period: Literal["year_end", "mid_year", "census_day", "year", "unstated"]
    basis: Literal["resident", "registered", "registrations", "unstated"]
    status: Literal["observed", "estimated", "preliminary", "revised", "derived", "suspect"]
    value: Number
    precision: Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_or_nothing)] = None
    grade: Literal["A", "B", "C", "D"]
    source: Annotated[str, Field(min_length=1)]
    note: str = ""


class CensusRow(Form):
    """A row of a census table: one age group, persons of each sex."""

    region: Code
    edition: Edition = ""
    year: Year
    age: Age
    male: Persons
    female: Persons
    source: Annotated[str, Field(min_length=1)]


class SourceEntry(Form):
    """A source in the twin of a table."""

    title: Annotated[str, Field(min_length=1)]
    publisher: Text = ""
    published: Annotated[date, BeforeValidator(publication_day)]
    date_known: bool = True
    link: Text = ""
    page: Annotated[str, BeforeValidator(lambda v: "" if v is None else str(v))] = ""
    licence: Text = ""
    grade: Literal["A", "B", "C", "D"] = "B"
    note: Text = ""


class TableMetadata(Form):
    """The YAML file beside a table: what it is and where its figures come from."""

    title: str
    about: Text = ""
    typed_by: Text = ""
    checked_by: str | None = None
    kind: Literal["published", "fictional"] = "published"
    licence: Text = ""
    population_basis: Text = ""
    boundary_edition: Text = ""
    checksum: str | None = None
    note: Text = ""
    sources: dict[str, SourceEntry]


class DocumentEntry(Form):
    """The plan that a file of targets speaks of."""

    id: str
    title: str
    publisher: str
    published: Annotated[date, BeforeValidator(publication_day)]
    region: Code
    edition: Edition = ""
    horizon: Year
    base_year: YearOrNothing = None
    link: Text = ""
    number: Text = ""
    date_known: bool = True
    note: Text = ""
    fictional: bool = False


class TargetEntry(Form):
    """One promise of a plan."""

    id: str
    region: Code
    edition: Edition = ""
    level: Literal["nation", "province", "city", "district"]
    indicator: str
    comparison: Literal["at_least", "at_most", "between", "equal", "maintain", "improve", "relative", "none"]
    strict: bool = False
    value: NumberOrNothing = None
    low: NumberOrNothing = None
    high: NumberOrNothing = None
    unit: Unit
    year: Year
    year_inferred: bool = False
    base_year: YearOrNothing = None
    base_value: NumberOrNothing = None
    kind: Literal["rate", "share", "count_in_year", "cumulative", "count", "coverage", "binary", "index", "ratio"]
    nature: Literal["binding", "expected", "unstated"]
    aspirational: bool = False
    approximate: bool = False
    relative_to: Text = ""
    direction: Text = ""
    section: Text = ""
    notes: Text = ""
    duplicate_of: Text = ""
    applies_below: bool = False

    @model_validator(mode="after")
    def bounds_fit_the_comparison(self) -> TargetEntry:
        if self.comparison == "between" and (self.low is None or self.high is None or self.low > self.high):
            raise expected("low and high, low not above high, for the comparison between")
        return self


class TargetFile(Form):
    """A file of targets/: the plan and its promises."""

    document: DocumentEntry
    targets: list[TargetEntry]


class LeftOutEntry(Form):
    """A statement of a plan that looks like a promise and is none that can be planned for."""

    document: str
    section: Text = ""
    statement: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]


class BreakEntry(Form):
    """A declared break or shock in the series of some indicators."""

    indicators: list[str]
    regions: list[str] | None = None
    within: str | None = None
    year: Year
    why: Literal["definition", "census", "boundary", "shock", "rebound"]
    reason: str


def faults_of(error: ValidationError, file: str, row: int | None, given: Any) -> list[DataError]:
    """The faults that a failed form reports, with the nearest valid choice where there is one."""
    return [fault for fault, _ in faults_with_place(error, file, row, given)]


def faults_with_place(error: ValidationError, file: str, row: int | None, given: Any) -> list[tuple[DataError, tuple]]:
    """The same, each with the keys and list positions that lead to it."""
    faults = []
    for detail in error.errors(include_url=False):
        column = ".".join(str(p) for p in detail["loc"]) or None
        faults.append((fault_of(detail, file, row, given, column), detail["loc"]))
    return faults


def fault_of(
    detail: Any, file: str, row: int | None, given: Any, column: str | None, with_nearest: bool = True
) -> DataError:
    """One error of pydantic as a fault. with_nearest: whether to look for the nearest valid choice."""
    found = detail.get("input", given)
    what, near = detail["msg"].removeprefix("Value error, ").replace("Input should be ", ""), ""
    if detail["type"] == "expected":
        near = detail["ctx"]["near"]
    if detail["type"] == "literal_error" and with_nearest:
        choices = [c.strip(" '") for c in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
        near = ", ".join(nearest(str(found)[:LONGEST], choices))
    if detail["type"] == "extra_forbidden":
        what, found = "no such field", column
    if detail["type"] == "missing":
        what, found = f"a value for {column}", ""
    if detail["type"] == "string_too_short":
        what = "a text; nothing stands here"
    if detail["type"] == "string_pattern_mismatch":
        what = f"text of the form {detail['ctx']['pattern']}"
    if isinstance(found, dict | list):
        found = "entry"
    return DataError(file, row, column, str(found)[:LONGEST], what, near)
