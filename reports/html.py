"""Pages: sections and executed notebooks become HTML that carries everything inside itself and asks nothing outside."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)


def render(template: str, **values: Any) -> str:
    """A template filled in; every value is escaped, whatever it holds."""
    return _environment().get_template(template).render(**values)


def page(notebook: Any, title: str, lang: str, fictional: str = "") -> str:
    """The page of an executed report notebook: what its cells show, without their code.

    Only the HTML that sections made of themselves is taken; a cell that printed or failed shows nothing.
    """
    blocks = [
        output["data"]["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result" and "text/html" in output.get("data", {})
    ]
    blocks = ["".join(b) if isinstance(b, list) else b for b in blocks]
    code = {"zh": "zh-CN", "en": "en"}[lang]
    return render("page.html", title=title, lang=code, blocks=blocks, fictional=fictional)
