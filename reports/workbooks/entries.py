"""Rows of a workbook as entries of the data's YAML files."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError

from planning import schemas
from reports.workbooks import form


def indicator_entry(values: dict[str, str]) -> dict[str, Any]:
    """An entry of indicators.yaml."""
    entry: dict[str, Any] = {n: values[n] for n in ("zh", "en", "unit", "kind", "scale", "better", "basis")}
    entry["range"] = [number_of(values["range_low"]), number_of(values["range_high"])]
    entry["decimals"] = number_of(values["decimals"])
    entry["family"] = values["family"]
    for name in ("definition", "numerator", "denominator"):
        if values[name]:
            entry[name] = values[name]
    if values["per"]:
        entry["per"] = number_of(values["per"])
    return entry


def source_entry(values: dict[str, str]) -> dict[str, Any]:
    """An entry of a twin's sources."""
    entry: dict[str, Any] = {n: values[n] for n in ("title", "publisher", "published")}
    entry["date_known"] = values["date_known"] != "no"
    entry |= {n: values[n] for n in ("link", "page", "licence")}
    return entry | {"grade": values["grade"] or "B", "note": values["note"]}


def document_entry(values: dict[str, str]) -> dict[str, Any]:
    """The head of a file of targets."""
    entry: dict[str, Any] = {n: values[n] for n in ("id", "title", "publisher", "published", "region", "edition")}
    entry |= {n: number_of(values[n]) for n in ("horizon", "base_year")}
    entry |= {n: values[n] for n in ("link", "number")}
    entry["date_known"] = values["date_known"] != "no"
    return entry | {"note": values["note"], "fictional": values["fictional"] == "yes"}


def target_entry(values: dict[str, str]) -> dict[str, Any]:
    """An entry of a file of targets."""
    entry: dict[str, Any] = {}
    for column in form.TARGETS.columns:
        value = values[column.field]
        if column.field in ("document", form.REVIEW.field):
            continue
        if column.kind in ("number", "year"):
            entry[column.field] = number_of(value)
        elif column.kind == "yes":
            entry[column.field] = value == "yes"
        else:
            entry[column.field] = value
    return entry


def number_of(text: str) -> int | float | str | None:
    """A number as YAML writes it; what is none stays as it is and is told later."""
    if not text:
        return None
    try:
        value = schemas.number(text)
    except PydanticCustomError:
        return text
    return int(value) if value.is_integer() else value
