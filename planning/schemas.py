"""What a field of a data file may hold. A frozen dataclass with these types is its own schema: reading holds an entry to
the dataclass and tells all its faults at once, and code that makes one by hand pays nothing for it."""

from __future__ import annotations

import calendar
import dataclasses
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from planning.errors import DataError, nearest

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
T = TypeVar("T")
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
    if not value.isascii() and any(unicodedata.category(c) == "No" for c in value):
        bare = unicodedata.normalize("NFKC", "".join(c for c in value if unicodedata.category(c) != "No")).strip()
        raise expected("a number without its footnote mark", bare)
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


def last_day(text: str | int | date) -> date:
    """The last day that a date, year-month or year can mean: 2022 is 2022-12-31. Raises ValueError if it is no date."""
    if isinstance(text, date):
        return text
    parts = [int(p) for p in str(text).strip().split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31)
    if len(parts) == 2:
        return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1])
    return date(*parts[:3])


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


def one_of(*choices: str) -> BeforeValidator:
    """Holds a text to a list of words. The error names them, and the word most like what was found."""
    known = frozenset(choices)
    quoted = [f"'{c}'" for c in choices]
    what = " or ".join([", ".join(quoted[:-1]), quoted[-1]])

    def chosen(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise PydanticCustomError("choice", "{expected}", {"expected": what})
        return value

    return BeforeValidator(chosen)


Code = Annotated[str, BeforeValidator(code)]
CodeOrNothing = Annotated[str, BeforeValidator(lambda v: "" if v in ("", None) else code(v))]
Year = Annotated[int, BeforeValidator(year)]
Unit = Annotated[str, one_of(*UNITS)]
Level = Annotated[str, one_of("nation", "province", "city", "district", "area")]
Grade = Annotated[str, one_of("A", "B", "C", "D")]
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
Published = Annotated[date, BeforeValidator(publication_day)]
Words = Annotated[str, Field(min_length=1)]
CLOSED = ConfigDict(extra="forbid")  # of a dataclass that is read: a field that is not known is a fault
BESIDE = object()
"""Marks a field that no entry holds, as its value comes from where the entry stands: its key, its document."""


@lru_cache(maxsize=64)
def file_fields(schema: Any) -> dict[str, tuple[str, Any, dataclasses.Field]]:
    """The fields of a dataclass that a row or entry holds, by name: heading in the file, type, field; in order."""
    found = {}
    hints = get_type_hints(schema, include_extras=True)
    fields = {f.name: f for f in dataclasses.fields(schema)}
    for name, hint in ((n, hints[n]) for n in fields):
        marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        if BESIDE not in marks:
            alias = next((m.alias for m in marks if isinstance(m, FieldInfo) and m.alias), name)
            found[name] = (alias, hint, fields[name])
    return found


def headings(schema: type) -> list[str]:
    """The names of the fields as they stand in a file; `COLUMNS` of a dataclass that has it."""
    return list(getattr(schema, "COLUMNS", ())) or [heading for heading, _, _ in file_fields(schema).values()]


def needed(schema: type) -> list[str]:
    """The names of the fields that must be there."""
    missing = dataclasses.MISSING
    return [h for h, _, f in file_fields(schema).values() if f.default is missing and f.default_factory is missing]


@lru_cache(maxsize=64)
def adapter(schema: Any) -> TypeAdapter:
    """What holds an entry to a dataclass, made once."""
    return TypeAdapter(schema)


def validated(schema: type[T], entry: Any, **beside: Any) -> T:
    """The value that an entry describes. beside: its fields that no entry holds. Raises ValidationError with all faults."""
    held_to: Any = schema
    return adapter(held_to).validate_python({**entry, **beside} if beside and isinstance(entry, Mapping) else entry)


def checked_format(value: Any, known: int, what: str) -> int:
    """The format number of a file, 1 where none is printed. Raises an error for one that this version cannot read.

    >>> checked_format(None, 2, "scenario")
    1
    """
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise expected(f"a whole number from 1 to {known}: the format of a {what}")
    if value > known:
        raise expected(
            f"a {what} of format {known} or earlier; this one was written by a newer version of Dabiao, which reads it"
        )
    return value


def read_entry(
    schema: type[T], entry: Any, file: str, row: int | None = None, **beside: Any
) -> tuple[T | None, list[tuple[DataError, tuple]]]:
    """The value that an entry describes, or None and all its faults, each with the keys and positions that lead to it."""
    faults: list[tuple[DataError, tuple]] = []
    if isinstance(entry, Mapping):
        for key in beside.keys() & entry.keys():
            faults.append((DataError(file, row, key, key, "no such field"), (key,)))
    try:
        value = validated(schema, entry, **beside)
    except ValidationError as error:
        return None, [*faults, *faults_with_place(error, file, row, entry)]
    return (None if faults else value), faults


@dataclass(frozen=True)
class CensusRow:
    """A row of a census table: one age group, persons of each sex."""

    __pydantic_config__ = CLOSED

    region: Code
    edition: Edition = field(default="", kw_only=True)
    year: Year
    age: Age
    male: Persons
    female: Persons
    source: Words


@dataclass(frozen=True)
class TableMetadata:
    """The YAML file beside a table: what it is and where its figures come from."""

    __pydantic_config__ = CLOSED

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
    sources: dict[str, Any] = field(kw_only=True)


@dataclass(frozen=True)
class LeftOutEntry:
    """A statement of a plan that looks like a promise and is none that can be planned for."""

    __pydantic_config__ = CLOSED

    document: str
    section: Text = field(default="", kw_only=True)
    statement: Words
    reason: Words


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
    if detail["type"] in ("literal_error", "choice") and with_nearest:
        choices = [c.strip(" '") for c in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
        near = ", ".join(nearest(str(found)[:LONGEST], choices))
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        what, found = "no such field", column
    if detail["type"] == "dataclass_type":
        what = "fields by name"
    if detail["type"] == "missing":
        what, found = f"a value for {column}", ""
    if detail["type"] == "string_too_short":
        what = "a text; nothing stands here"
    if detail["type"] == "string_pattern_mismatch":
        what = f"text of the form {detail['ctx']['pattern']}"
    if isinstance(found, dict | list):
        found = "entry"
    return DataError(file, row, column, str(found)[:LONGEST], what, near)
