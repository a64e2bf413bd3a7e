"""What the fork server of a batch does before its first fork: import what a report and its notebook need, and warm the caches."""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import sys
from pathlib import Path

from reports.parameters import CODE, TOP

REPORT = TOP / "notebooks" / "region_report.ipynb"


def warm_up(data: str | None = None, notebook: str = str(REPORT), region: str | None = None) -> None:
    """Import what a report needs and what its notebook imports of ours, and warm the caches.

    data: a folder laid over the shipped data. region: assess it once, so that what is learned from all regions is learned before
    the forks. No backend for figures: one loaded here would never see the report's shell, and its figures would vanish.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    # The grammar of international addresses, of which no notebook has any, takes a second to build.
    sys.modules.setdefault("rfc3987_syntax", None)
    import ipykernel.kernelapp
    import matplotlib.pyplot
    import openpyxl
    import papermill

    from planning.loading.folder import load_catalogue
    from reports.batch import render_job

    assert all((ipykernel.kernelapp, matplotlib.pyplot, openpyxl, papermill))
    for name in imported_modules(Path(notebook)):
        with contextlib.suppress(ImportError):  # the report itself will say so, where it can be read
            importlib.import_module(name)
    load_catalogue(data)
    render_job.warm_up(data)
    if region and "dabiao.assessment" in sys.modules:
        sys.modules["dabiao.assessment"].assess(region, data=data)
    _draw_once()
    if "matplotlib_inline.backend_inline" in sys.modules:
        raise RuntimeError("the inline backend was loaded before there is a shell; figures would vanish")


def _draw_once() -> None:
    """Draw a figure, so that fonts are read, and take every setting back: a report must find what a fresh process finds."""
    import matplotlib

    from reports.charts import style

    fonts = list(matplotlib.font_manager.fontManager.ttflist)
    with matplotlib.rc_context():
        style.png(style.figure(1, 1)[0])
    style.use_chinese_font.cache_clear()
    matplotlib.font_manager.fontManager.ttflist[:] = fonts


def imported_modules(notebook: Path) -> list[str]:
    """The modules of our packages that a notebook imports."""
    found = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        with contextlib.suppress(SyntaxError):  # a cell with magics; its imports are left to the report
            for node in ast.walk(ast.parse("".join(cell["source"]) if cell["cell_type"] == "code" else "")):
                if isinstance(node, ast.ImportFrom):
                    found += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
                elif isinstance(node, ast.Import):
                    found += [a.name for a in node.names]
    return [name for name in dict.fromkeys(found) if name and name.split(".")[0] in CODE]
