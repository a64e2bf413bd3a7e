"""What was read in a plan as a draft: entries of our form, a page with the marked text, a workbook to confirm."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planning.catalogue import Catalogue
from planning.reading.plans import FoundTarget, ReadPlan
from planning.regions import Region, ancestors, newest_by_code
from reports.reading.marked_page import Mark, marked_page
from reports.workbooks import form
from reports.workbooks.template import confirmation

# From this score on a match was right in 97 of 100 targets of the register's plans; below it a person must say so.
SURE_MATCH = 0.6
_SIGNS = {"at_least": "≥", "at_most": "≤", "between": "", "maintain": "保持 ", "equal": "="}
_NATURES = {"binding": "约束性", "expected": "预期性", "unstated": "未注明"}


@dataclass(frozen=True)
class PlanDraft:
    """A plan's draft. document: the head of our form; entries: the rows of its targets, matched or not, in the text's order."""

    document: dict[str, Any]
    entries: list[dict[str, Any]]


def as_json(read: ReadPlan) -> dict[str, Any]:
    """The targets as plain values: {"targets": [...], "left": [...]}, in the order of the text."""
    targets = [
        {
            "indicator": t.indicator, "match": t.match, "comparison": t.comparison, "value": t.value, "low": t.low,
            "high": t.high, "year": t.year, "year_inferred": t.year_inferred, "unit": t.unit, "level": t.level,
            "nature": t.nature, "base_year": t.base_year, "base_value": t.base_value, "section": t.section,
            "text": t.text, "start": t.start, "end": t.end,
        }
        for t in read.targets
    ]  # fmt: skip
    left = [{"text": n.text, "start": n.start, "end": n.end, "reason": n.reason} for n in read.left]
    return {"document": {"title": read.period.title, "horizon": read.period.horizon, "published": read.period.day or None},
            "targets": targets, "left": left}  # fmt: skip


def plan_draft(read: ReadPlan, catalogue: Catalogue, region: Region) -> PlanDraft:
    """The draft of a plan for a region. A target of a level above stands under the region above."""
    horizon, day = read.period.horizon, read.period.day
    id = f"plan_{region.code}_{horizon}"
    document: dict[str, Any] = {
        "id": id, "title": read.period.title or f"{region.name_zh} {horizon}", "publisher": region.name_zh,
        "published": day or str(read.period.published or horizon - 5), "region": region.code,
        "edition": region.boundary.edition, "horizon": horizon, "base_year": None, "link": "",
        "date_known": bool(day),
    }  # fmt: skip
    by_level = {r.level: r.code for r in (region, *_above(catalogue, region))}
    entries: list[dict[str, Any]] = []
    first: dict[tuple, str] = {}
    ids: set[str] = set()
    for t in read.targets:
        about = catalogue.indicators.get(t.indicator or "")
        entry_id = _free(f"{id}.{t.indicator or 'unmatched'}.{t.year}", ids) if about else ""
        said = (t.indicator, t.level, t.comparison, t.value, t.low, t.high, t.year)
        entries.append({
            "document": id, "id": entry_id, "region": by_level.get(t.level, region.code),
            "edition": region.boundary.edition if t.level == region.level else "", "level": t.level, "indicator": t.indicator,
            "comparison": t.comparison, "strict": t.strict, "value": t.value, "low": t.low, "high": t.high,
            "unit": about.unit if about else None, "year": t.year, "year_inferred": t.year_inferred,
            "base_year": t.base_year if t.base_value is not None else None, "base_value": t.base_value,
            "kind": about.kind if about else None, "nature": t.nature, "aspirational": "力争" in t.text or "争取" in t.text,
            "approximate": t.approximate, "relative_to": "", "direction": None, "section": t.section[:60],
            "notes": f"{t.text[:180]}（匹配 {t.match:.2f}）", "duplicate_of": first.get(said, "") if about else "",
            "review": "accept" if about and t.match >= SURE_MATCH else "open",
        })  # fmt: skip
        if about and t.match >= SURE_MATCH:
            first.setdefault(said, entry_id)
    return PlanDraft(document, entries)


def _above(catalogue: Catalogue, region: Region) -> list[Region]:
    return [r for r in ancestors(region, newest_by_code(catalogue.regions)) if r.key != region.key]


def _free(id: str, taken: set[str]) -> str:
    number, free = 1, id
    while free in taken:
        number += 1
        free = f"{id}.{number}"
    taken.add(free)
    return free


def write_plan(read: ReadPlan, catalogue: Catalogue, region: Region, folder: Path, stem: str) -> list[Path]:
    """Write NAME.yaml (the draft in our form), NAME.html (the marked text) and NAME.xlsx (to confirm); gives their paths."""
    draft = plan_draft(read, catalogue, region)
    paths = [folder / f"{stem}{kind}" for kind in (".yaml", ".html", ".xlsx")]
    write_text(paths[0], _as_yaml(draft, read.targets))
    write_text(paths[1], page_of(read, catalogue))
    confirmation(catalogue, region, paths[2], {form.DOCUMENTS.name: [draft.document], form.TARGETS.name: draft.entries})
    return paths


def _as_yaml(draft: PlanDraft, found: Iterable[FoundTarget]) -> str:
    """The draft as a file of targets/; what has no indicator stands below it as remarks."""
    matched = [{k: v for k, v in e.items() if k not in ("document", "review")} for e in draft.entries if e["indicator"]]
    content = yaml.safe_dump({"document": draft.document, "targets": matched}, allow_unicode=True, sort_keys=False)
    open_ones = [f"# {_value(t)} {t.year} {' '.join(t.text.split())[:120]}" for t in found if t.indicator is None]
    head = "# A draft read by machine: confirm every target before use.\n"
    return head + content + ("# Without an indicator:\n" + "\n".join(open_ones) + "\n" if open_ones else "")


def page_of(read: ReadPlan, catalogue: Catalogue) -> str:
    """The page that shows the plan's text with every number marked."""
    marks = [Mark(n.start, n.end, "left", n.reason) for n in read.left]
    rows = []
    for number, t in enumerate(read.targets, start=1):
        about = catalogue.indicators.get(t.indicator or "")
        name = (
            about.zh if about else "（未对应）" + "、".join(catalogue.indicators[m.indicator].zh for m in t.nearest[:2])
        )
        marks.append(
            Mark(t.start, t.end, "matched" if about else "unmatched", f"{name} {_value(t)} {t.year}", f"t{number}")
        )
        year = f"{t.year}{'（推断）' if t.year_inferred else ''}"
        rows.append(
            [f"t{number}", name, _value(t), form.UNITS[t.unit], year, _NATURES[t.nature], f"{t.match:.2f}", t.text[:80]]
        )
    matched = sum(t.indicator is not None for t in read.targets)
    told = f"目标 {len(read.targets)} 条，其中已对应指标 {matched} 条；其余数字 {len(read.left)} 个。机器识别，须人工核对。"
    headings = ["序号", "指标", "目标值", "单位", "年份", "性质", "匹配", "原文"]
    return marked_page(read.period.title or "规划文本", told, headings, rows, read.text, marks)


def _value(t: FoundTarget) -> str:
    if t.value is None:
        return f"{t.low:g}—{t.high:g}"
    return f"{_SIGNS.get(t.comparison, '')}{t.value:,.10g}"


def write_text(path: Path, text: str) -> None:
    """Write a text beside its place, then move it there whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
