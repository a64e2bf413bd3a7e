"""The pages of the planner's page server: who may see them, what they are given, what is said when there is none.

Each page is a notebook. Its address says for which region, in which language, with which sliders; what it says is checked
before a kernel is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from nbconvert.filters.markdown import markdown2html
from nbformat.v4 import new_code_cell
from pydantic import ValidationError
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from planner.draft import asked
from planner.kernels import OPENING, TooManyPages
from planning.catalogue import Catalogue
from reports.html import render
from reports.messages import message
from reports.parameters import Parameters

PAGES = (
    "scenario_lab", "explore_nursery", "explore_workforce", "explore_population", "explore_targets", "compare_regions",
    "forecast_evidence",
)  # fmt: skip
DESKS = PAGES[:4]  # the pages on which a region is chosen at the desk
WORDS = (
    "waiting",
    "lost",
    "reload",
    "fault",
    "copied",
    "no_script",
    "beyond",
    "region",
    "region_how",
    "stale",
    "reopen",
)
WIDGET = (
    "application/vnd.voila.cell-output+json"  # how a page carries a widget; one without needs no kernel once it is made
)


@dataclass(frozen=True)
class Settings:
    """How a planner's page server runs. most: pages open at the same time; warm: fork kernels from a process that has
    reckoned the first region, else start each afresh."""

    region: str
    lang: str = "zh"
    port: int = 8870
    data: str | None = None
    draws: int = 500
    most: int = 8
    warm: bool = True
    token: str = ""
    open_browser: bool = False


class Served(Protocol):
    """What a page asks of the server that it belongs to."""

    planner: Settings
    everything: Catalogue


class OwnFiles(tornado.web.StaticFileHandler):
    """Our script and style sheet."""


class Farewell(VoilaShutdownKernelHandler):
    """A page that is left lets its kernel go. What a browser sends then carries no token against forgery, nor is one needed:
    the cookie goes with requests of our own pages alone, and all that can be asked is to end a kernel whose name is known."""

    def check_xsrf_cookie(self) -> None:
        pass


class Shown(JupyterHandler):
    """What pages of ours share: no entry without the token, faults told in words."""

    def lang(self) -> str:
        found = self.get_query_argument("lang", "")
        return found if found in ("zh", "en") else "zh"

    def refuse(self, status: int, key: str, detail: str = "") -> None:
        """A plain page that says why there is nothing to see."""
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        lang = self.lang()
        self.finish(
            render("planner_refused.html", lang={"zh": "zh-CN", "en": "en"}[lang], title=message(f"{key}_title", lang),
                   text=message(f"{key}_text", lang), detail=detail)
        )  # fmt: skip

    def let_in(self) -> bool:
        """Whether the visitor has the token; if not, it is said. A token in the address is taken out of it."""
        if self.current_user is None:
            self.refuse(403, "no_token")
            return False
        if "token" in self.request.arguments:
            kept = [(k, v) for k, vs in self.request.query_arguments.items() if k != "token" for v in vs]
            self.redirect(self.request.path + ("?" + urlencode(kept) if kept else ""))
            return False
        return True


class Front(Shown):
    """The way in: the first page, for the region the server was started with."""

    def initialize(self, app: Served) -> None:
        self.app = app

    @allow_unauthenticated  # it refuses in words
    async def get(self) -> None:
        if self.current_user is None:
            self.refuse(403, "no_token")
            return
        first = self.app.planner
        self.redirect(f"/{PAGES[0]}?" + urlencode({"region": first.region, "lang": first.lang}))


class Nowhere(Shown):
    """Any other address."""

    @allow_unauthenticated
    async def get(self) -> None:
        self.refuse(404, "nowhere")


class Page(Shown, TornadoVoilaHandler):
    """One notebook as a page, for the region and language of its address."""

    def initialize(self, app: Served, **kwargs: Any) -> None:
        self.app = app
        TornadoVoilaHandler.initialize(self, **kwargs)
        self.kernel: str | None = None

    @allow_unauthenticated  # as above
    async def get(self, name: str) -> None:
        if not self.let_in():
            return
        try:
            self.parameters = page_parameters(self.request.query, self.app)
        except (ValueError, LookupError) as error:
            self.refuse(400, "bad_address", str(error))
            return
        self.notebook_path, self.kernel, moving = f"{name}.ipynb", None, False
        OPENING.set(self)
        try:
            async for piece in self.get_generator():
                moving = moving or WIDGET in piece
                self.write(piece)
                await self.flush()
        except TooManyPages:
            self.set_header("Retry-After", "30")
            self.refuse(503, "too_many")
        except StreamClosedError:
            return  # the visitor left; on_connection_close has seen to the kernel
        if self.kernel and not moving:
            await self.kernel_manager.shutdown_kernel(self.kernel)

    def on_connection_close(self) -> None:
        """The visitor left while the page was still being made."""
        super().on_connection_close()
        if self.kernel:
            IOLoop.current().spawn_callback(self.kernel_manager.shutdown_kernel, self.kernel)


def page_parameters(query: str, app: Served) -> dict[str, object]:
    """What the parameters cell of a page is given: plain values, checked. Raises ValueError or NotKnown."""
    wanted = asked(query)
    first = app.planner
    try:
        form = Parameters.model_validate(
            {
                "region": wanted.region or first.region,
                "language": wanted.lang or first.lang,
                "draws": first.draws,
                "data": first.data,
            }
        )
    except ValidationError as error:
        raise ValueError("; ".join(e["msg"] for e in error.errors())) from None
    region = app.everything.find(form.region)
    return {"region": region.key, "language": form.language, "draws": form.draws, "data": form.data, "state": query}


def given(request_handler: Page, notebook: Any, cwd: str) -> Any:
    """The notebook as a page: its parameters filled in as papermill does it, its words in one language, and the sections below
    the sliders made after them."""
    values = request_handler.parameters
    other = "lang-en" if values["language"] == "zh" else "lang-zh"
    cells = [c for c in notebook.cells if other not in _tags(c)]
    at = next(i for i, c in enumerate(cells) if "parameters" in _tags(c))
    known = cells[at].source
    lines = [f"{name} = {value!r}" for name, value in values.items() if f"{name} =" in known]
    notebook.cells = [*cells[: at + 1], new_code_cell("\n".join(lines)), *_in_turn(cells[at + 1 :])]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":  # texts of our own notebooks, which hold no figures and no names
            cell.metadata["html"] = markdown2html(_without_code(cell.source))
    name = Path(request_handler.notebook_path).stem
    notebook.metadata["planner"] = chrome(name, values, request_handler.app.everything)
    return notebook


def _in_turn(cells: list) -> list:
    """The cells, those below the sliders as sections that come later; headings over a section give way to its own."""
    found, heading, about, later = [], "", "", False
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading, _, about = _without_code(cell.source).removeprefix("## ").partition("\n")
        elif later and cell.cell_type == "code":
            found.append(_later(cell, heading, about.strip()))
            about = ""
        else:
            found.append(cell)
        later = later or "page-ready" in _tags(cell)
    return found


def _without_code(words: str) -> str:
    """A text without the paragraphs that speak of the code, which have no place on a page without it."""
    return "\n\n".join(paragraph for paragraph in words.split("\n\n") if "`" not in paragraph)


def _later(cell: Any, heading: str, about: str) -> Any:
    """A cell of one expression as a section that comes later: by itself, or where it takes long when it is asked for."""
    itself = "on-demand" not in _tags(cell)
    making = f"Later({heading!r}, lambda: ({cell.source}), itself={itself}, about={about!r})"
    return new_code_cell(f"from planner.select_widget import Later\n\n{making}")


def _tags(cell: Any) -> list[str]:
    return cell.metadata.get("tags", [])


def chrome(page: str, values: dict, everything: Catalogue) -> dict:
    """What stands around a page: its title, the way to the others, and to the same in the other language; to other regions
    too, where no desk lets one choose."""
    lang = values["language"]
    planned = dict.fromkeys(t.key for t in everything.targets)
    other = "en" if lang == "zh" else "zh"
    here = {"region": values["region"], "lang": lang}
    return {
        "lang": {"zh": "zh-CN", "en": "en"}[lang],
        "title": message(f"page_{page}", lang),
        "pages": [
            {"name": message(f"page_{p}", lang), "link": f"/{p}?{urlencode(here)}", "here": p == page} for p in PAGES
        ],
        "other": {
            "name": message("this_language", other),
            "link": f"/{page}?{urlencode({**here, 'lang': other})}",
            "lang": other,
        },
        "regions": []
        if page in DESKS
        else [r.name(lang) for r in map(everything.region, planned) if not r.boundary.end],
        "words": {k: message(f"chrome_{k}", lang) for k in WORDS},
    }
