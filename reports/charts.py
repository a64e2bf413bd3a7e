"""Charts: one look for all of them. Each function draws from an Outlook or arrays and gives a matplotlib Figure.

Every figure names its unit, shows the interval before the middle, and is legible in Chinese. Colours are told apart by
people with any common colour vision (Okabe and Ito 2008).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.targets import Target
from reports import wording

BLUE, ORANGE, GREEN, RED, GREY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666", "#8B5FA8"
DPI = 144


@lru_cache(maxsize=1)
def use_chinese_font() -> str:
    """Make matplotlib draw Chinese with the Noto Sans SC that the font wheel carries; gives the font's name."""
    from pathlib import Path

    import pylopdf_fonts_zh_cn

    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".otf", ".ttf", ".ttc") and "Sans" in p.name)
    if not files:
        raise FileNotFoundError(f"No Noto Sans SC font was found in {folder}; install pylopdf-fonts-zh-cn again.")
    for file in files:
        font_manager.fontManager.addfont(str(file))
    name = font_manager.FontProperties(fname=str(files[0])).get_name()
    matplotlib.rcParams.update(
        {
            "font.family": [name, "DejaVu Sans"],
            "axes.unicode_minus": False,
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


def figure(width: float, height: float, rows: int = 1, columns: int = 1):
    """An empty figure in the house style and its axes."""
    use_chinese_font()
    drawn = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False)


def png(drawn: Figure) -> bytes:
    """The figure as a PNG file, the same bytes each time."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def inline(drawn: Figure) -> str:
    """The figure as a data address that a page can carry inside itself."""
    return "data:image/png;base64," + base64.b64encode(png(drawn)).decode("ascii")


def fan(axes, outlook: Outlook, indicator: Indicator, lang: str, targets: Sequence[Target] = (), labels=True) -> None:
    """Draw one outlook: 95, 80 and 50 % bands, the median, published points, and each target at its deadline."""
    years = np.array(outlook.years)
    q = outlook.quantiles([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    seen = [(y, v) for y, v in outlook.observed]
    if seen and seen[-1][0] < years[0]:
        y0, v0 = seen[-1]
        years = np.concatenate([[y0], years])
        q = np.concatenate([np.full((7, 1), v0), q], axis=1)
    axes.fill_between(years, q[0], q[6], color=BLUE, alpha=0.14, lw=0, label=wording.text("band95", lang))
    axes.fill_between(years, q[1], q[5], color=BLUE, alpha=0.24, lw=0, label=wording.text("band80", lang))
    axes.plot(years, q[3], color=BLUE, lw=1.6, label=wording.text("median", lang))
    if seen:
        axes.plot(*zip(*seen, strict=True), "o", color="#222222", ms=3.6, label=wording.text("observed", lang))
    for target in targets:
        _target(axes, target, lang, label=labels)
        labels = False
    axes.set_xlim(min([y for y, _ in seen] + [years[0]]) - 0.5, max(years[-1], *[t.year for t in targets], 0) + 0.5)
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True, nbins=6))
    axes.yaxis.set_major_formatter(_ticks(lang))
    axes.grid(axis="y", color="#e6e6e6", lw=0.7)
    axes.set_axisbelow(True)


def _target(axes, target: Target, lang: str, label: bool) -> None:
    values = [v for v in (target.value, target.low, target.high) if v is not None]
    name = wording.text("target_line", lang)
    for value in values:
        axes.axhline(value, color=RED, lw=1.1, ls=(0, (4, 3)), label=name if label else None)
        axes.plot([target.year], [value], marker="D", color=RED, ms=5)
        label = False


def _ticks(lang: str):
    def shown(value, _position):
        if abs(value) >= 1e5 or (lang == "en" and abs(value) >= 1e6):
            return wording.number(value, lang)
        return f"{value:,.6g}"

    return matplotlib.ticker.FuncFormatter(shown)


def outlook_chart(outlook: Outlook, indicator: Indicator, lang: str, targets: Sequence[Target] = ()) -> Figure:
    """One outlook with its targets, at the width of a page."""
    drawn, axes = figure(7.2, 3.2)
    fan(axes[0, 0], outlook, indicator, lang, targets)
    axes[0, 0].set_title(indicator.name(lang))
    axes[0, 0].set_ylabel(wording.axis_unit(indicator, lang))
    axes[0, 0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn


def small_multiples(
    items: Sequence[tuple[Outlook, Indicator, Sequence[Target]]], lang: str, columns: int = 3
) -> Figure:
    """Many small outlooks side by side, each with its own unit and targets."""
    rows = -(-len(items) // columns)
    drawn, axes = figure(9.6, 2.35 * rows, rows, columns)
    for place, (outlook, indicator, targets) in zip(axes.flat, items, strict=False):
        fan(place, outlook, indicator, lang, targets, labels=False)
        place.set_title(_folded(indicator.name(lang), 19 if lang == "zh" else 36), fontsize=9)
        place.set_ylabel(wording.axis_unit(indicator, lang), fontsize=8)
        place.tick_params(labelsize=8)
    for place in list(axes.flat)[len(items) :]:
        place.set_visible(False)
    return drawn


def pyramid(people: np.ndarray, years: tuple[int, int], lang: str) -> Figure:
    """Two population pyramids on one chart. people: (draw, 2 years, sex, age 0-100+), persons; the later has an 80 % band."""
    drawn, axes = figure(7.2, 4.6)
    place = axes[0, 0]
    groups = people[..., :100].reshape(*people.shape[:-1], 20, 5).sum(-1)
    groups = np.concatenate([groups, people[..., 100:101]], axis=-1)
    ages = np.arange(21) * 5
    scale, unit = (1e4, "万人") if lang == "zh" else (1e3, "thousand")
    now, then = np.median(groups[:, 0], axis=0) / scale, np.quantile(groups[:, 1], [0.1, 0.5, 0.9], axis=0) / scale
    for sex, side, colour in ((0, -1, BLUE), (1, 1, ORANGE)):
        place.barh(ages + 2.5, side * now[sex], height=4.4, color=colour, alpha=0.35, lw=0)
        place.step(
            side * np.append(then[1, sex], then[1, sex, -1]), np.append(ages, 105), where="pre", color=colour, lw=1.6
        )
        for low, high, at in zip(then[0, sex], then[2, sex], ages, strict=True):
            place.plot([side * low, side * high], [at + 2.5] * 2, color=colour, lw=3, alpha=0.7, solid_capstyle="butt")
    widest = max(now.max(), then.max()) * 1.08
    place.set_xlim(-widest, widest)
    place.axvline(0, color="#999999", lw=0.8)
    place.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{abs(v):,.6g}"))
    place.set_yticks(range(0, 101, 10))
    place.set_ylim(0, 105)
    place.set_ylabel(wording.text("age", lang))
    place.set_xlabel(f"{wording.text('male', lang)}  ←  {unit}  →  {wording.text('female', lang)}")
    bar = "柱" if lang == "zh" else "bars"
    line = "线与粗段（80% 区间）" if lang == "zh" else "line and thick strokes (80% interval)"
    place.set_title(f"{years[0]}: {bar};  {years[1]}: {line}", fontsize=9.5)
    return drawn


def ageing(shares: Sequence[tuple[str, Outlook]], lang: str) -> Figure:
    """Shares of older people over the years, each with its 80 % band. shares: label and outlook in per cent."""
    drawn, axes = figure(7.2, 3.2)
    place = axes[0, 0]
    for (label, outlook), colour in zip(shares, (BLUE, ORANGE, GREEN), strict=False):
        low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])
        place.fill_between(outlook.years, low, high, color=colour, alpha=0.25, lw=0)
        place.plot(outlook.years, mid, color=colour, lw=1.6, label=label)
        if outlook.observed:
            place.plot(*zip(*outlook.observed, strict=True), "o", color=colour, ms=3.5)
    place.set_ylabel("%")
    place.set_ylim(bottom=0)
    place.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    place.grid(axis="y", color="#e6e6e6", lw=0.7)
    place.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn


def births_by_order(orders: Sequence[tuple[str, Outlook]], total: Outlook, lang: str) -> Figure:
    """Births by order, stacked at their medians, with the 80 % interval of the total."""
    drawn, axes = figure(7.2, 3.2)
    place = axes[0, 0]
    bottom = np.zeros(len(total.years))
    for (label, outlook), colour in zip(orders, (BLUE, ORANGE, GREEN), strict=False):
        mid = outlook.quantiles([0.5])[0]
        place.bar(total.years, mid, bottom=bottom, width=0.72, color=colour, alpha=0.75, label=label, lw=0)
        bottom = bottom + mid
    low, mid, high = total.quantiles([0.1, 0.5, 0.9])
    place.errorbar(
        total.years,
        mid,
        yerr=[np.maximum(mid - low, 0), np.maximum(high - mid, 0)],
        fmt="none",
        ecolor="#333333",
        elinewidth=1.1,
        capsize=2.5,
        label=wording.text("band80", lang),
    )
    if total.observed:
        place.plot(
            *zip(*total.observed, strict=True), "o", color="#222222", ms=3.6, label=wording.text("observed", lang)
        )
    place.set_ylabel(wording.unit("persons", lang))
    place.yaxis.set_major_formatter(_ticks(lang))
    place.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    place.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn


def bands(items: Sequence[tuple[str, Outlook]], ylabel: str, lang: str, title: str = "") -> Figure:
    """Several outlooks of one unit on one chart, each with its 80 % band."""
    drawn, axes = figure(7.2, 3.0)
    place = axes[0, 0]
    for (label, outlook), colour in zip(items, (BLUE, ORANGE, GREEN, PURPLE), strict=False):
        low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])
        place.fill_between(outlook.years, low, high, color=colour, alpha=0.25, lw=0)
        place.plot(outlook.years, mid, color=colour, lw=1.6, label=label)
    place.set_ylabel(ylabel)
    place.set_title(title)
    place.set_ylim(bottom=0)
    place.yaxis.set_major_formatter(_ticks(lang))
    place.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    place.grid(axis="y", color="#e6e6e6", lw=0.7)
    place.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn


def _folded(words: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(words, width)[:2])
