"""The look that all charts share: colours, font, sizes, and the Chart, a figure that can say in words what it shows.

Colours are told apart by people with any common colour vision (Okabe and Ito 2008, Color Universal Design).
"""

from __future__ import annotations

import base64
import html
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from dabiao.fonts import chinese_font
from reports.messages import message

BLUE, ORANGE, GREEN, RED, GREY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666", "#8B5FA8"
INK, LINE = "#222222", "#e6e6e6"
BAND_ALPHA = {95: 0.12, 80: 0.20, 50: 0.26}  # laid over one another, so the middle is the darkest
DPI = 144
PAGE = 7.2  # inches, the width of a page's column


@dataclass(frozen=True)
class Chart:
    """A figure with the sentence that stands for it where it cannot be seen."""

    figure: Figure
    alt: str

    def _repr_html_(self) -> str:
        return f'<img src="{inline(self)}" alt="{html.escape(self.alt)}" style="max-width:100%">'

    def _repr_png_(self) -> bytes:
        return png(self)


@lru_cache(maxsize=1)
def use_chinese_font() -> str:
    """Make matplotlib draw Chinese with the Noto Sans SC that the font wheel carries; gives the font's name."""
    name = chinese_font()
    matplotlib.rcParams.update(
        {
            "font.family": [name, "DejaVu Sans"],
            "axes.unicode_minus": False,
            "text.parse_math": False,  # a name may hold dollar signs; it is a name all the same
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#999999",
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.labelcolor": "#444444",
            "xtick.color": "#444444",
            "ytick.color": "#444444",
            "font.size": 9.5,
            "legend.frameon": False,
            "legend.fontsize": 8.5,
        }
    )
    return name


def figure(width: float, height: float, rows: int = 1, columns: int = 1, **shared: Any) -> tuple[Figure, Any]:
    """An empty figure in the house style and its axes. Sizes in inches."""
    use_chinese_font()
    drawn = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False, **shared)


def png(drawn: Chart | Figure) -> bytes:
    """The figure as a PNG file, the same bytes each time."""
    buffer = io.BytesIO()
    # Straight from the canvas: savefig lays out and draws everything twice, for the same bytes.
    FigureCanvasAgg(figure_of(drawn)).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def inline(drawn: Chart | Figure) -> str:
    """The figure as a data address that a page can carry inside itself."""
    return "data:image/png;base64," + base64.b64encode(png(drawn)).decode("ascii")


def figure_of(drawn: Chart | Figure) -> Figure:
    return drawn.figure if isinstance(drawn, Chart) else drawn


def by_year(axes: Axes) -> None:
    """Whole years below, faint lines across."""
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True, nbins=6))
    axes.grid(axis="y", color=LINE, lw=0.7)
    axes.set_axisbelow(True)


SIZES = {"zh": ((1e8, "亿"), (1e5, "万")), "en": ((1e6, " million"),)}  # from which size on an axis counts in that unit
WORTH = {"亿": 1e8, "万": 1e4, " million": 1e6}


class Ticks(matplotlib.ticker.Formatter):
    """Ticks as people write numbers: 12.5万 in Chinese, 1.25 million in English; all of an axis in one unit, none rounded."""

    def __init__(self, lang: str):
        self.lang = lang

    def __call__(self, value: float, _position: int | None = None) -> str:
        largest = max(abs(v) for v in (*self.axis.get_view_interval(), value))
        name = next((name for size, name in SIZES[self.lang] if largest >= size), "")
        count = value / WORTH.get(name, 1)
        return f"{count:,.6g}{name if value else ''}".replace("-", "−")


def numbers(axis: Any, lang: str) -> None:
    """Let an axis write its numbers as people of the language do."""
    axis.set_major_formatter(Ticks(lang))


def per_cent(axis: Any) -> None:
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:.0%}"))


def legend_beside(axes: Axes, *more: Any) -> None:
    """The legend to the right of the axes, where it hides nothing. more: handles besides those of the axes."""
    handles = [*axes.get_legend_handles_labels()[0], *more]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def band_of_80(lang: str) -> Patch:
    """What a band of any colour stands for, for a legend."""
    return Patch(color=GREY, alpha=0.25, lw=0, label=message("band80", lang))


def folded(words: str, width: int, lines: int = 2) -> str:
    """A name in at most so many lines, cut with an ellipsis."""
    found = textwrap.wrap(words, width)
    return "\n".join([*found[: lines - 1], found[lines - 1] + "…"] if len(found) > lines else found)


def listed(words: Sequence[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(words)
