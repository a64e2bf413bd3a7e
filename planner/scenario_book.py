"""A scenario handed on: the address that keeps it, its file, and an Excel workbook of values with what they rest on."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dabiao.resource_needs import costs, lines
from planner.draft import Draft, data_address
from planner.scenario_view import file_name, goal_in_words
from planning.scenarios import BASELINE, Scenario
from reports.html import render
from reports.messages import message, wording
from reports.messages.wording import grounds
from reports.tables import _cell, _without_times

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def hand_on(draft: Draft, lang: str, name: str | None = None) -> str:
    """The address that keeps the draft and, where a name is given, the files."""
    files = []
    if name is not None:
        stem = file_name(name)
        book = scenario_book(draft, name, lang)
        files = [
            {"name": f"{stem}.yaml", "address": data_address(draft.yaml(name), "application/yaml"),
             "label": message("download_yaml", lang, name=f"{stem}.yaml")},
            {"name": f"{stem}.xlsx", "address": data_address(book, EXCEL),
             "label": message("download_excel", lang, name=f"{stem}.xlsx")},
        ]  # fmt: skip
    words = {k: message(f"desk_{k}", lang) for k in ("link", "copy_link", "print")}
    return render("desk_hand_on.html", files=files, link="?" + draft.link(lang), words=words)


def scenario_book(draft: Draft, name: str, lang: str) -> bytes:
    """The workbook of a draft under a name. Nothing in it reckons, whatever a name begins with. The same bytes each time."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, rows in _sheets(draft, name, lang).items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for letter, width in zip("ABCDEFGH", (34, 16, 16, 16, 16, 16, 40, 40), strict=True):
            sheet.column_dimensions[letter].width = width
        for i, row in enumerate(rows):
            sheet.append([_cell(sheet, value, bold=i == 0) for value in row])
    raw = io.BytesIO()
    book.save(raw)
    return _without_times(raw.getvalue())


def _sheets(draft: Draft, name: str, lang: str) -> dict[str, list[list]]:
    bench, plan = draft.bench, draft.named(name)
    settled = bench.settled(plan)
    settings: list[list[Any]] = [
        [message(k, lang) for k in ("book_lever", "book_id", "book_year", "book_value", "book_unit", "book_evidence")]
    ]
    for id, steps in settled.settings:
        lever = bench.levers[id]
        settings += [
            [lever.name(lang), id, year, value, lever.unit_name(lang), grounds(lever, lang)] for year, value in steps
        ]
    outlooks: list[list[Any]] = [[message(k, lang) for k in ("book_indicator", "book_scenario", "book_year", "book_median", "book_low80", "book_high80",
                                        "book_unit")]]  # fmt: skip
    about = bench.catalogue.indicator(draft.target.indicator)
    for title, scenario in ((message("baseline", lang), BASELINE), (name, plan)):
        outlook = bench.outlook(about.id, scenario)
        for year in outlook.years:
            low, mid, high = (
                round(float(v), about.decimals + 2) for v in np.quantile(outlook.at(year), [0.1, 0.5, 0.9])
            )
            outlooks.append([about.name(lang), title, year, mid, low, high, wording.unit(about.unit, lang)])
    return {
        message("book_settings", lang): settings,
        message("book_outlook", lang): outlooks,
        message("book_needs", lang): _needs(draft, settled, lang),
        message("book_about", lang): _about(draft, plan, lang),
    }


def _needs(draft: Draft, settled: Scenario, lang: str) -> list[list]:
    rows: list[list[Any]] = [
        [message(k, lang) for k in ("book_item", "book_year", "book_median", "book_low80", "book_high80")]
    ]
    for line in lines(draft.bench, draft.target, settled):
        for year in line.years:
            low, mid, high = (round(float(v), 1) for v in np.quantile(line.at(year), [0.1, 0.5, 0.9]))
            rows.append([message(f"line_{line.key}_{line.unit}", lang), year, mid, low, high])
    for cost in costs(draft.bench, draft.target, settled):
        label = message("book_cost", lang, lever=cost.lever.name(lang))
        rows += [[label, year, round(float(y)), None, None] for year, y in zip(cost.years, cost.yuan, strict=True)]
    return rows


def _about(draft: Draft, plan: Scenario, lang: str) -> list[list]:
    bench = draft.bench
    before, after = bench.chance(draft.target), bench.chance(draft.target, plan)
    rows: list[list[Any]] = [
        [message("book_item", lang), message("book_value", lang)],
        [message("book_region", lang), f"{bench.region.name(lang)} ({bench.region.key})"],
        [message("book_goal", lang), goal_in_words(bench, draft.target, lang)],
        [message("book_before", lang), before],
        [message("book_after", lang), after],
        [message("book_name", lang), plan.name],
        [message("book_fingerprint", lang), plan.fingerprint],
        [message("book_as_of", lang), bench.as_of.isoformat()],
        [message("book_draws", lang), f"{bench.draws} / {bench.seed}"],
    ]
    if bench.region.fictional:
        rows.append([message("fictional", lang), message("fictional", lang)])
    rows += [[message("entered_here", lang), word] for word in draft.own]
    outlook = bench.outlook(draft.target.indicator, plan)
    rows += [[message("book_source", lang), s] for s in outlook.sources]
    rows += [[message("assumption", lang), s] for s in outlook.assumptions]
    return rows
