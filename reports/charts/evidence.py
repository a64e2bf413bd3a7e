"""Charts of evidence: how often chances came true, and the verdicts of many regions at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from planning.verdicts import WORDS
from reports.charts.style import BLUE, GREY, LINE, ORANGE, RED, Chart, figure, folded, legend_beside, listed, per_cent
from reports.messages import message, wording

SHADES = {
    "likely": "#9ED9C5",
    "attained": "#5FB89A",
    "uncertain": "#F7DFA5",
    "unlikely": "#F3B48F",
    "missed": "#D9875C",
}
PLAIN = "#f0f0f0"


def reliability(rows: Sequence[tuple[float, float, int]], lang: str, title: str = "") -> Chart:
    """What was said against what happened. rows: mean chance said, share that happened, cases."""
    return reliabilities([(title, rows)], lang)


def reliabilities(
    tables: Sequence[tuple[str, Sequence[tuple[float, float, int]]]], lang: str, columns: int = 2
) -> Chart:
    """What was said against what happened, a small chart for each table. tables: title, and rows as of `reliability`.

    The bar is the 95 % interval of the share for so many cases (Wilson 1927); perfect chances lie on the diagonal.
    """
    columns = min(columns, len(tables))
    lines = -(-len(tables) // columns)
    drawn, axes = figure(1.6 + 3.1 * columns, 0.5 + 2.7 * lines, lines, columns, sharex=True, sharey=True)
    words = []
    for place, (title, rows) in zip(axes.flat, tables, strict=False):
        place.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label=message("perfect", lang))
        said, happened, cases = (np.array(c, dtype=float) for c in zip(*rows, strict=True))
        low, high = wilson(happened, cases)
        place.errorbar(said, happened, yerr=[happened - low, high - happened], fmt="o", ms=4.2, color=BLUE, elinewidth=1.2,
                       capsize=2.5, label=message("happened", lang))  # fmt: skip
        for colour, edge in ((ORANGE, WORDS[0][1]), (RED, WORDS[1][1])):
            place.axvline(edge, color=colour, lw=0.8, ls=":", label=message("word_edge", lang, edge=f"{edge:.0%}"))
        place.set_title(message("reliability_title", lang, title=title, cases=f"{int(cases.sum()):,}"), fontsize=9.5)
        place.grid(color=LINE, lw=0.7)
        place.set_axisbelow(True)
        words.append(f"{title}: " + listed([message("alt_reliability_row", lang, said=f"{s:.0%}", happened=f"{h:.0%}", cases=f"{int(n):,}")
                                            for s, h, n in rows], lang))  # fmt: skip
    for place in list(axes.flat)[len(tables) :]:
        place.set_visible(False)
    first = axes[0, 0]
    first.set_xlim(0, 1)
    first.set_ylim(0, 1)
    per_cent(first.xaxis)
    per_cent(first.yaxis)
    for place in axes[-1]:
        place.set_xlabel(message("said_axis", lang))
    for place in axes[:, 0]:
        place.set_ylabel(message("happened_axis", lang))
    legend_beside(axes[0, -1])
    return Chart(drawn, " ".join(words))


def wilson(share: np.ndarray, cases: np.ndarray, z: float = 1.96) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of a share of so many cases (Wilson 1927, Journal of the American Statistical Association 22)."""
    middle = (share + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z * np.sqrt(share * (1 - share) / cases + z**2 / (4 * cases**2)) / (1 + z**2 / cases)
    return np.minimum(middle - half, share), np.maximum(middle + half, share)


def verdict_grid(
    regions: Sequence[str],
    indicators: Sequence[str],
    cells: Mapping[tuple[int, int], tuple[str, float | None]],
    lang: str,
) -> Chart:
    """Verdicts as a table of colours, each with its word and chance, so that nothing depends on colour alone.

    regions: column names. indicators: row names. cells: (row, column) to verdict word and chance.
    """
    wide = max(len(regions), 1)
    drawn, axes = figure(2.6 + 1.15 * wide, 0.8 + 0.34 * max(len(indicators), 1))
    place = axes[0, 0]
    words = []
    for row, indicator in enumerate(indicators):
        for column, region in enumerate(regions):
            word, chance = cells.get((row, column), ("", None))
            place.add_patch(_cell(column, row, SHADES.get(word, PLAIN)))
            if not word:
                place.text(column + 0.5, row + 0.5, "—", ha="center", va="center", fontsize=7.5, color=GREY)
            else:
                named = message(f"verdict_{word}", lang)
                shown = wording.percent(chance, lang) if chance is not None else "—"
                place.text(column + 0.5, row + 0.5, f"{named} {shown}", ha="center", va="center",
                           fontsize=7.5)  # fmt: skip
                words.append(f"{region} {indicator}: {named} {shown}")
    place.set_xlim(0, wide)
    place.set_ylim(max(len(indicators), 1), 0)
    place.set_xticks(np.arange(len(regions)) + 0.5, [folded(r, 7 if lang == "zh" else 13) for r in regions])
    place.set_yticks(np.arange(len(indicators)) + 0.5, [folded(i, 20 if lang == "zh" else 40) for i in indicators])
    place.tick_params(length=0, labelsize=8)
    place.xaxis.tick_top()
    for side in place.spines.values():
        side.set_visible(False)
    return Chart(drawn, ("；" if lang == "zh" else "; ").join(words))


def _cell(column: int, row: int, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, facecolor=colour, edgecolor="white")
