"""A fan that moves: the chart of a target, drawn once by matplotlib as SVG, into which each scenario draws only its bands.

Drawing a whole figure takes a tenth of a second and more; writing five paths takes a thousandth. Axes stay where they are
while a lever is moved, so that the eye sees the fan move and not the scale.
"""

from __future__ import annotations

import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.targets import Target
from reports.charts.fans import fan_in_words, fan_lines, points, target_line
from reports.charts.style import BAND_ALPHA, BLUE, INK, by_year, numbers, use_chinese_font
from reports.messages import message, wording

WIDTH, HEIGHT = 7.2, 3.7  # inches
MARGINS = {"left": 0.085, "right": 0.985, "top": 0.91, "bottom": 0.235}
PLACE = "moving"  # the id of the empty group that the bands go into
BANDS = ((95, 0, 6), (80, 1, 5), (50, 2, 4))
HEADROOM = 0.35  # of the height of the baseline, above and below it, before the axes must be drawn again


@dataclass(frozen=True)
class LiveFan:
    """The still part of a chart as SVG, and the way from a value in a year to its place in the drawing.

    low, high: the ends of the value axis.
    """

    still: str
    across: tuple[float, float]
    up: tuple[float, float]
    low: float
    high: float

    def fits(self, outlook: Outlook) -> bool:
        """Whether the 80 % band of an outlook lies within the axes."""
        _, q = fan_lines(outlook)
        return bool(q[1].min() >= self.low and q[5].max() <= self.high)

    def showing(self, outlook: Outlook, alt: str) -> str:
        """The chart with the bands of an outlook, as SVG. alt: the sentence that stands for it."""
        years, q = fan_lines(outlook)
        x = self.across[0] + self.across[1] * years
        y = self.up[0] + self.up[1] * np.clip(q, self.low, self.high)
        moving = "".join(
            f'<path d="{_path(np.append(x, x[::-1]), np.append(y[low], y[high][::-1]))}z" fill="{BLUE}" '
            f'fill-opacity="{BAND_ALPHA[band]}"/>'
            for band, low, high in BANDS
        )
        moving += f'<path d="{_path(x, y[3])}" fill="none" stroke="{BLUE}" stroke-width="1.8"/>'
        head, tail = self.still.split(f'<g id="{PLACE}"/>')
        words = f'<svg role="img" aria-label="{html.escape(alt)}" '
        return head.replace("<svg ", words, 1) + f'<g id="{PLACE}">{moving}</g>' + tail


def live_fan(
    baseline: Outlook,
    indicator: Indicator,
    lang: str,
    target: Target | None = None,
    statuses: Mapping[int, str] | None = None,
    also: Outlook | None = None,
) -> LiveFan:
    """The still part: axes, published values, the baseline, the target. also: an outlook that must fit the axes too."""
    use_chinese_font()
    drawn = Figure(figsize=(WIDTH, HEIGHT))
    drawn.subplots_adjust(**MARGINS)
    axes = drawn.subplots()
    years, q = fan_lines(baseline)
    axes.plot(years[:2], q[3][:2], alpha=0, gid=PLACE)  # holds the place
    axes.plot(years, q[1], color=INK, lw=0.9, ls=":", zorder=4)
    axes.plot(years, q[5], color=INK, lw=0.9, ls=":", zorder=4)
    axes.plot(years, q[3], color=INK, lw=1.2, ls="--", zorder=4)
    points(axes, baseline, lang, statuses or {})
    first = min([y for y, _ in baseline.observed] + [int(years[0])])
    if target is not None:
        target_line(axes, target, lang, first - 0.5, label=True)
    axes.set_ylim(*_ends(baseline, target, also))
    axes.set_xlim(first - 0.5, max(years[-1], target.year if target else 0) + 0.5)
    by_year(axes)
    numbers(axes.yaxis, lang)
    axes.set_title(wording.titled(indicator, lang), fontsize=10)
    _legend(axes, lang)
    return LiveFan(_svg(drawn), *_scales(axes), *axes.get_ylim())


def in_words(baseline: Outlook, scenario: Outlook, indicator: Indicator, lang: str, target: Target | None) -> str:
    """What the chart shows, for those who do not see it."""
    targets = (target,) if target is not None else ()
    before = message("baseline", lang) + ": " + fan_in_words(baseline, indicator, lang)
    return before + " " + message("scenario", lang) + ": " + fan_in_words(scenario, indicator, lang, targets)


def _ends(baseline: Outlook, target: Target | None, also: Outlook | None) -> tuple[float, float]:
    _, q = fan_lines(baseline)
    low, high = float(q[1].min()), float(q[5].max())
    room = HEADROOM * (high - low or abs(high) or 1.0)
    values = [low - room, high + room, *(v for _, v in baseline.observed)]
    if also is not None:
        _, more = fan_lines(also)
        wide = more[5].max() - more[1].min()
        values += [float(more[1].min() - HEADROOM * wide), float(more[5].max() + HEADROOM * wide)]
    if target is not None:
        values += [v for v in (target.value, target.low, target.high) if v is not None]
    least = min(values)
    if low >= 0 and least < 0:  # what cannot be negative has an axis that starts at nought
        least = 0.0
    return least, max(values) + 0.04 * (max(values) - least)


def _legend(axes: Axes, lang: str) -> None:
    own = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    shown = [
        *(
            Patch(color=BLUE, alpha=a, lw=0, label=message(f"scenario{b}", lang))
            for b, a in ((95, 0.12), (80, 0.32), (50, 0.58))
        ),
        Line2D([], [], color=BLUE, lw=1.8, label=message("scenario_median", lang)),
        Line2D([], [], color=INK, lw=1.2, ls="--", label=message("baseline", lang)),
        Line2D([], [], color=INK, lw=0.9, ls=":", label=message("baseline80", lang)),
    ]
    for name, handle in own.items():
        handle.set_label(name)
        shown.append(handle)
    axes.legend(handles=shown, loc="upper center", bbox_to_anchor=(0.48, -0.1), ncols=5, fontsize=8, columnspacing=1.2)


def _scales(axes: Axes) -> tuple[tuple[float, float], tuple[float, float]]:
    """Offset and factor of year and of value, to points from the left and from the top."""
    (x0, y0), (x1, y1) = axes.transData.transform([(0, 0), (1, 1)])
    points_each = 72 / axes.figure.dpi
    across = (x0 * points_each, (x1 - x0) * points_each)
    return across, (72 * HEIGHT - y0 * points_each, -(y1 - y0) * points_each)


def _svg(drawn: Figure) -> str:
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dabiao"}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    start = text.index(f'<g id="{PLACE}">')
    end = text.index("</g>", start) + len("</g>")
    return text[:start] + f'<g id="{PLACE}"/>' + text[end:]


def _path(x: np.ndarray, y: np.ndarray) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
