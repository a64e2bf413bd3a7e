"""The figures to bring: which own figures would move a region's chances most, and which targets wait for one.

A figure that is not known yet is drawn from its own forecast, the chance is taken again with it, and the move is averaged
over all such values (a preposterior analysis: Raiffa and Schlaifer 1961, Applied Statistical Decision Theory, chapter 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dabiao.freshness import freshness_of
from dabiao.outcomes import outcome_of
from dabiao.region_model import RegionModel, started
from forecasts.forecast import delivered, own_series
from forecasts.nested import Measurement
from forecasts.nested.china import path_of
from forecasts.nested.counts import counted
from forecasts.nested.measurements import Path
from forecasts.trees import BIRTHS_PER, Tree, births_about, tree_of
from planning.bilingual import Bilingual
from planning.indicators import Indicator
from planning.series import Series
from planning.targets import Target
from planning.verdicts import NEEDS_A_FIGURE, WORDS, judge, lower_is_the_aim

LIKELY = dict(WORDS)["likely"]
VALUES = 9  # equally likely values of a count that is not known yet
HALVINGS = 14  # of the range in which the value is sought that makes a target likely
FAR = 1e-4  # probability of values beyond that range, at each end
SMALLEST_MOVE = 0.005  # of a chance; a figure that would move it less is not worth asking for

# Who usually holds a figure that nobody near has published, by family. Judged, after the reporting duties of the national
# health statistics system (全国卫生资源与医疗服务统计调查制度, 全国妇幼健康统计调查制度).
HOLDERS = {
    "demographic": Bilingual("统计局、公安（户籍）部门", "the statistics bureau and the household register"),
    "workforce": Bilingual("卫生健康局人事与卫生统计年报", "the health bureau: staff register and yearly health statistics"),
    "capacity": Bilingual("卫生健康局规划与卫生统计年报", "the health bureau: planning and yearly health statistics"),
    "trend": Bilingual("主管部门统计年报", "the yearly statistics of the department in charge"),
    "programme": Bilingual(
        "卫生健康局主管科室、疾控与妇幼机构的业务报表",
        "the health bureau's division in charge; programme returns of disease control and maternal and child health",
    ),
    "rare_events": Bilingual("妇幼保健机构的监测年报", "the yearly surveillance of the maternal and child health institution"),
    "not_quantitative": Bilingual("主管部门", "the department in charge"),
}  # fmt: skip


@dataclass(frozen=True)
class FigureToBring:
    """One own figure that would move a chance, or that a target waits for.

    indicator: its entry. target: the one it says most about. year: of the figure to bring. chance, word: as judged now.
    expected_move: mean of |chance after - chance now| over the values that the figure may take, 0 to 1; None where the
    target cannot be judged without it. likely_value: the value that would make the target likely, in the indicator's unit;
    None where no plausible value does. last: the newest own figure. publisher: of that figure, or of the newest figure of
    the region with the key `publisher_of`; "" where nobody near publishes it. targets: how many of the region's ask for it.
    """

    indicator: Indicator
    target: Target
    year: int
    chance: float | None
    word: str
    expected_move: float | None
    likely_value: float | None
    last: tuple[int, float] | None
    publisher: str
    publisher_of: str
    targets: int = 1

    @property
    def settles(self) -> bool:
        """Whether the figure is that of the deadline, and says whether the target was reached."""
        return self.year == self.target.year

    @property
    def holder(self) -> Bilingual:
        """Who usually holds such a figure."""
        return HOLDERS[self.indicator.family]

    def plain(self) -> dict[str, Any]:
        """Plain values, as `dabiao bring --json` prints them."""
        about, t = self.indicator, self.target
        return {
            "indicator": about.id, "name_zh": about.zh, "name_en": about.en, "unit": about.unit, "year": self.year,
            "expected_move": _rounded(self.expected_move), "likely_value": self.likely_value, "settles": self.settles,
            "target": t.id, "target_value": t.value, "target_year": t.year, "comparison": t.comparison,
            "chance": _rounded(self.chance), "word": self.word, "targets": self.targets,
            "last_year": self.last and self.last[0], "last_value": self.last and self.last[1],
            "definition": about.definition, "basis": about.basis,
            "holder_zh": self.holder.zh, "holder_en": self.holder.en,
            "publisher": self.publisher, "publisher_of": self.publisher_of,
        }  # fmt: skip


def figures_to_bring(model: RegionModel) -> list[FigureToBring]:
    """The figures of a region that would move its chances, the greatest expected move first, then those that targets wait
    for; one for each indicator.

    A target is counted where it is the region's own, prints a number and is not settled by a published figure.

    >>> from dabiao.region_model import region_model
    >>> found = figures_to_bring(region_model("瓯海区", to=2030, draws=50))
    >>> moves = [f.expected_move for f in found if f.expected_move is not None]
    >>> moves == sorted(moves, reverse=True)
    True
    """
    near = {f.indicator: (f.publisher, f.publisher_of) for f in freshness_of(model.catalogue, model.region)}
    best: dict[str, FigureToBring] = {}
    for target in model.targets:
        if target.key not in (model.region.key, model.region.code) or not target.numeric:
            continue
        if outcome_of(target, model.catalogue) is not None:
            continue
        found = _of_target(target, model, near.get(target.indicator, ("", "")))
        if found is None:
            continue
        other = best.get(target.indicator)
        count = 1 + (other.targets if other else 0)
        first = found if other is None else max(other, found, key=lambda f: (not f.settles, f.expected_move or 0))
        best[target.indicator] = replace(first, targets=count)
    return sorted(
        best.values(),
        key=lambda f: (f.expected_move is None, -(f.expected_move or 0), f.settles, f.target.year, f.indicator.id),
    )


def year_to_bring(model: RegionModel, own: Series | None) -> int | None:
    """The year whose figure would be the newest to have: the last that is over; None where it is known already."""
    year = model.as_of.year - 1
    return None if own is not None and own.years[-1] >= year else year


def _of_target(target: Target, model: RegionModel, near: tuple[str, str]) -> FigureToBring | None:
    about = model.catalogue.indicator(target.indicator)
    own = own_series(model.catalogue, model.region, about)
    year = year_to_bring(model, own)
    if year is None or (own is not None and min(year, target.year) <= own.years[-1]):
        return None
    year = min(year, target.year)
    verdict = model.verdict(target)
    move: float | None
    if verdict.word == NEEDS_A_FIGURE or verdict.chance is None:
        move, likely = None, None
    elif year == target.year:  # its figure says it: the chance becomes 1 or 0
        move, likely = 2 * verdict.chance * (1 - verdict.chance), target.value
    elif about.kind in ("count", "cumulative") or about.unit == "flag":
        if own is None or about.unit == "flag":
            return None  # people, places and staff are reckoned from other figures
        move, likely = _of_count(target, model, about, own, year, verdict.chance)
    else:
        path = path_of(model.catalogue, model.region)
        tree = tree_of(model.catalogue, about.id, model.to, model.region.fictional) if path is not None else None
        if tree is None or path is None or target.value is None or about.family == "demographic":
            return None  # people are reckoned from other figures
        move, likely = _of_state(target, model, tree, path, year)
    if move is not None and move < SMALLEST_MOVE:
        return None
    last = (own.years[-1], own.values[-1]) if own is not None else None
    return FigureToBring(about, target, year, verdict.chance, verdict.word, move, likely, last, *near)


def _of_state(target: Target, model: RegionModel, tree: Tree, path: Path, year: int) -> tuple[float, float | None]:
    """Expected move and likely value of a rate, share or index, by the tree of regions."""
    about, nested, goal = tree.about, tree.model, float(target.value or 0.0)
    at_least, unit = not lower_is_the_aim(target), 10.0**-about.decimals
    years = nested.parts[0].parts.years
    if not years[0] <= year <= years[-1] or not years[0] <= target.year <= years[-1]:
        return 0.0, None
    per = BIRTHS_PER.get(about.unit)
    births = births_about(model.catalogue, model.region, year) if per else None

    def figure(value: float) -> Measurement:
        if per and births:
            return counted(path, year, value, births, per, unit)
        return Measurement(path, year, value, unit)

    own = [m for m in nested.measurements if m.path == path]
    noise = figure(goal).noise if per and births and goal > 0 else 0.0
    move = nested.preposterior(path, target.year, goal, at_least=at_least, unit=unit, own=own, known=year, noise=noise)

    def chance(value: float) -> float:
        return nested.ask(path, [target.year], [*own, figure(value)]).chance(goal, target.year, at_least, unit)

    ends = nested.ask(path, [year], own).quantiles([FAR, 1 - FAR])[:, 0]
    return move, _likely_from(chance, float(ends[0]), float(ends[1]), at_least, about)


def _of_count(
    target: Target, model: RegionModel, about: Indicator, own: Series, year: int, now: float
) -> tuple[float, float | None]:
    """Expected move and likely value of a delivery: the count of a later year, carried on at its own pace."""
    outlook = model.outlook(about.id)
    since = started(target) if target.kind == "cumulative" else None
    if year not in outlook.years:
        return 0.0, None

    def chance(value: float) -> float:
        more = replace(own, years=(*own.years, year), values=(*own.values, float(round(value))))
        ahead = delivered(more, about, model.region, target.year, model.draws, model.seed, since)
        return judge(target, ahead, about.decimals).chance or 0.0

    values = np.quantile(outlook.at(year), (np.arange(VALUES) + 0.5) / VALUES)
    move = float(np.mean([abs(chance(v) - now) for v in values]))
    low, high = np.quantile(outlook.at(year), [0.0, 1.0])
    return move, _likely_from(chance, float(low), float(high), not lower_is_the_aim(target), about)


def _likely_from(
    chance: Callable[[float], float], low: float, high: float, at_least: bool, about: Indicator
) -> float | None:
    """The least demanding value between two ends that makes a target likely, as printed; None where none does."""
    good, bad = (high, low) if at_least else (low, high)
    if chance(good) < LIKELY:
        return None
    for _ in range(HALVINGS):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if chance(middle) >= LIKELY else (good, middle)
    step = 10.0**-about.decimals
    steps = np.ceil(good / step - 1e-6) if at_least else np.floor(good / step + 1e-6)
    return float(round(steps * step, about.decimals))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
