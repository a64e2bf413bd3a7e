"""Exploring a region of one's own: the workbook goes out, comes back filled in, and is judged like any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner import explore
from planner.explore import View
from reports.blocks import Part, Section
from reports.messages import message
from reports.workbooks.form import MISSING_SHEET
from reports.workbooks.importer import Imported, import_workbook
from reports.workbooks.template import template


@dataclass(frozen=True)
class Brought:
    """A region with what a workbook brought. view: the look at it with the new figures; done: what the import did, if any."""

    view: View
    done: Imported | None

    def _repr_html_(self) -> str:
        lang = self.view.lang
        if self.done is None:
            return Section("brought", message("brought_title", lang), [message("brought_none", lang)])._repr_html_()
        rows = list(self.done.changed.items()) or [(message("brought_same", lang), self.done.unchanged)]
        lead = message(
            "brought_lead", lang, unchanged=self.done.unchanged, empty=self.done.left_empty, folder=self.done.folder
        )
        heads = [message("sheet", lang), message("changed_rows", lang)]
        return Section(
            "brought", message("brought_title", lang), [lead], [Part(headings=heads, rows=rows)]
        )._repr_html_()


def workbook_out(view: View, folder: str) -> Section:
    """Write the region's workbook into a folder, unless one is there already: what is known, and what is still wanted."""
    bench, lang = view.bench, view.lang
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{bench.region.code}.xlsx"
    if path.exists():
        return Section("out", message("out_title", lang), [message("out_there", lang, path=path)])
    counts = template(bench.catalogue, bench.region, path)
    wanted = counts.pop(MISSING_SHEET)
    heads = [message("sheet", lang), message("known_rows", lang)]
    lead = message("out_lead", lang, path=path, wanted=wanted)
    return Section("out", message("out_title", lang), [lead], [Part(headings=heads, rows=list(counts.items()))])


def brought(view: View, workbook: str, folder: str) -> Brought:
    """The same region with the figures of a filled-in workbook; without one, as it was.

    They are laid into `folder`/data, beside the data that was looked at. Raises FileNotFoundError, or DataFault with every
    fault of the workbook; nothing is written then.
    """
    if not workbook:
        return Brought(view, None)
    data = view.asked.data or str(Path(folder) / "data")
    done = import_workbook(Path(workbook), Path(data))
    p = view.asked
    return Brought(explore.opened(p.region, view.lang, p.draws, p.seed, data), done)
