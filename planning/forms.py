"""Forms: what a row or entry of each data file must look like. Used for reading and for `dabiao check`."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from planning.faults import Fault, nearest
from planning.sources import last_day

UNITS = (
    "persons years percent per_1000 per_10000 per_100000 per_1000_births per_100000_births per_1000_under3 "
    "per_1000_children ratio places beds institutions vehicles items households yuan m2 km points score flag minutes days "
    "times"
).split()

Code = Annotated[str, Field(pattern=r"^\d{6}$")]
Year = Annotated[int, Field(ge=1949, le=2100)]
Unit = Literal[tuple(UNITS)]  # type: ignore[valid-type]
Level = Literal["nation", "province", "city", "district", "area"]


def _finite(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace(",", "")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def _or_nothing(value: Any) -> Any:
    return None if value in ("", None) else value


Number = Annotated[float, BeforeValidator(_finite)]
Text = Annotated[str, BeforeValidator(lambda v: "" if v is None else v)]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegionRow(Form):
    code: Code
    edition: Annotated[str, Field(pattern=r"^[a-z0-9]*$")] = ""
    name_zh: Annotated[str, Field(min_length=1)]
    name_en: Annotated[str, Field(min_length=1)]
    aliases: str = ""
    level: Level
    parent: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    from_: Annotated[str, Field(alias="from")] = ""
    to: str = ""
    predecessors: str = ""
    whole: Literal["", "yes", "partly"] = ""
    note: str = ""
    fictional: Literal["", "yes"] = ""


class IndicatorEntry(Form):
    zh: str
    en: str
    unit: Unit
    kind: Literal["rate", "share", "count", "cumulative", "coverage", "binary", "index", "ratio"]
    scale: Literal["log", "logit", "plain", "count"]
    better: Literal["up", "down", "none"]
    basis: Literal["resident", "registered", "either"]
    range: tuple[float, float]
    decimals: Annotated[int, Field(ge=0, le=6)]
    family: Literal["demographic", "workforce", "capacity", "trend", "programme", "rare_events", "not_quantitative"]
    definition: Text = ""
    numerator: str | None = None
    denominator: str | None = None
    per: float | None = None


class ObservationRow(Form):
    region: Code
    edition: str = ""
    indicator: str
    year: Year
    period: Literal["year_end", "mid_year", "census_day", "year", "unstated"]
    basis: Literal["resident", "registered", "registrations", "unstated"]
    status: Literal["observed", "estimated", "preliminary", "revised", "derived", "suspect"]
    value: Number
    precision: Annotated[float | None, BeforeValidator(_or_nothing)] = None
    grade: Literal["A", "B", "C", "D"]
    source: Annotated[str, Field(min_length=1)]
    note: str = ""


class CensusRow(Form):
    region: Code
    edition: str = ""
    year: Year
    age: Annotated[str, Field(pattern=r"^(\d{1,3}(-\d{1,3})?|\d{1,3}\+)$")]
    male: Annotated[Number, Field(ge=0)]
    female: Annotated[Number, Field(ge=0)]
    source: str


class SourceEntry(Form):
    title: str
    publisher: Text = ""
    published: Any
    date_known: bool = True
    link: Text = ""
    page: Annotated[str, BeforeValidator(lambda v: "" if v is None else str(v))] = ""
    licence: Text = ""
    grade: Literal["A", "B", "C", "D"] = "B"
    note: Text = ""

    @field_validator("published")
    @classmethod
    def a_day(cls, value: Any) -> date:
        try:
            return last_day(value)
        except (ValueError, TypeError) as error:
            raise ValueError("a date, a year-month or a year, such as 2022-07-12") from error


class Twin(Form):
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
    id: str
    title: str
    publisher: str
    published: Any
    region: Code
    edition: Text = ""
    horizon: Year
    base_year: int | None = None
    link: Text = ""
    number: Text = ""
    date_known: bool = True
    note: Text = ""
    fictional: bool = False

    @field_validator("published")
    @classmethod
    def a_day(cls, value: Any) -> date:
        return last_day(value)


class TargetEntry(Form):
    id: str
    region: Code
    edition: Text = ""
    level: Literal["nation", "province", "city", "district"]
    indicator: str
    comparison: Literal["at_least", "at_most", "between", "equal", "maintain", "improve", "relative", "none"]
    strict: bool = False
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Unit
    year: Year
    year_inferred: bool = False
    base_year: int | None = None
    base_value: float | None = None
    kind: Literal["rate", "share", "count_in_year", "cumulative", "count", "coverage", "binary", "index", "ratio"]
    nature: Literal["binding", "expected", "unstated"]
    aspirational: bool = False
    approximate: bool = False
    relative_to: Text = ""
    direction: Text = ""
    section: Text = ""
    notes: Text = ""
    duplicate_of: Text = ""

    @model_validator(mode="after")
    def bounds_fit_the_comparison(self) -> TargetEntry:
        if self.comparison == "between" and (self.low is None or self.high is None or self.low > self.high):
            raise ValueError("low and high, low not above high, for comparison between")
        return self


class TargetFile(Form):
    document: DocumentEntry
    targets: list[TargetEntry]


class BreakEntry(Form):
    indicators: list[str]
    regions: list[str] | None = None
    within: str | None = None
    year: Year
    why: Literal["definition", "census", "boundary", "shock", "rebound"]
    reason: str


def faults_of(error: ValidationError, file: str, row: int | None, given: Any) -> list[Fault]:
    """The faults that a failed form reports, with the nearest valid choice where there is one."""
    faults = []
    for e in error.errors():
        column = ".".join(str(p) for p in e["loc"]) or None
        found = e.get("input", given)
        expected, near = e["msg"].removeprefix("Value error, ").replace("Input should be ", ""), ""
        if e["type"] == "literal_error":
            choices = [c.strip(" '") for c in e["ctx"]["expected"].replace(" or ", ", ").split(",")]
            near = ", ".join(nearest(str(found), choices))
        if e["type"] == "extra_forbidden":
            expected, found = "no such field", column
        if e["type"] == "missing":
            expected, found = f"a value for {column}", ""
        if isinstance(found, dict | list):
            found = "entry"
        faults.append(Fault(file, row, column, str(found), expected, near))
    return faults
