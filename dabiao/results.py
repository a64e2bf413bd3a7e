"""What the public functions give: values with a tidy frame, a chart that names its unit, source and interval, and an HTML form."""

from __future__ import annotations

import html
import os
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dabiao.agents import Agreement, Simulated
from dabiao.assessment import Assessment
from dabiao.comparison import Comparison
from dabiao.export import as_plain
from dabiao.figures import FigureToBring
from dabiao.fonts import chinese_font
from dabiao.proposals import Proposal
from dabiao.reachability import Reach
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.loading.scenarios import save_scenario
from planning.outlooks import Outlook
from planning.populations import AGES, SEXES, Projection
from planning.regions import Region
from planning.targets import Target
from planning.verdicts import Verdict
from sim.agents.runs import UNITS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUANTILES = {"median": 0.5, "low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}
SHOWN = 20  # rows of a frame that a notebook shows
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#8B5FA8",
    "#666666",
)  # Okabe and Ito 2008, Color Universal Design
INTERVAL = "80 % 区间 interval"
WIDTH, LINES = 110, 2  # of the sources under a chart: columns, of which a Chinese character takes two, and lines


class Result(ABC):
    """An answer. title: what it is of, in Chinese and English. sources: the publications that it rests on."""

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    @abstractmethod
    def sources(self) -> tuple[str, ...]: ...

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The answer as a tidy frame."""

    @abstractmethod
    def _draw(self, axes: Axes) -> None:
        """Draw it, with the unit on the axis of the values."""

    def plot(self, ax: Axes | None = None) -> Axes:
        """The answer as a chart with its unit, interval and sources, on `ax` or on axes of its own; gives the axes."""
        import matplotlib

        look: Any = {
            "font.family": [chinese_font(), "DejaVu Sans"],
            "axes.unicode_minus": False,
            "text.parse_math": False,
        }
        if ax is None:  # the first figure turns a notebook's display on, which a change of settings would undo
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=(7.2, self._height()), layout="constrained")
        with matplotlib.rc_context(look):
            if ax is None:
                ax = figure.add_subplot()
            self._draw(ax)
            ax.set_title(self.title, loc="left", fontsize=10)
            ax.annotate(
                folded("来源 Source: " + "; ".join(self.sources)),
                (0, 0),
                xycoords="axes fraction",
                xytext=(0, -34),
                textcoords="offset points",
                fontsize=7,
                va="top",
                color="#555555",
            )
        for text in ax.findobj(matplotlib.text.Text):  # axes handed in were made in a font of their own
            text.set_fontfamily(look["font.family"])
        return ax

    def _height(self) -> float:
        """Inches of a figure of its own."""
        return 4.2

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        more = f"<p>{len(frame):,} rows</p>" if len(frame) > SHOWN else ""
        cited = html.escape("; ".join(self.sources))
        return f"<h4>{html.escape(self.title)}</h4>{frame.head(SHOWN).to_html(escape=True)}{more}<small>{cited}</small>"


@dataclass(frozen=True)
class Forecast(Result):
    """The possible futures of one indicator in one region; `outlook` holds every path, its method, grade and assumptions."""

    region: Region
    indicator: Indicator
    outlook: Outlook

    @property
    def title(self) -> str:
        return f"{_both(self.region)}: {_both(self.indicator)}"

    @property
    def sources(self) -> tuple[str, ...]:
        return self.outlook.sources

    def to_frame(self) -> pd.DataFrame:
        """Index: year. Columns: median, and the ends of the 80 and 95 % intervals, in `indicator.unit`."""
        return _quantiles(self.outlook)

    def draws(self) -> pd.DataFrame:
        """Every path. Index: draw. Columns: year. Values in `indicator.unit`; a row is one coherent future."""
        years = pd.Index(self.outlook.years, name="year")
        return pd.DataFrame(self.outlook.paths, pd.RangeIndex(self.outlook.draws, name="draw"), years)

    def published(self) -> pd.Series:
        """The published values that it starts from, by year, in `indicator.unit`."""
        return pd.Series(dict(self.outlook.observed), name=self.indicator.id, dtype=float).rename_axis("year")

    def _draw(self, axes: Axes) -> None:
        _fan(axes, self.outlook, "中位数 median")
        _by_year(axes, self.indicator.unit)


@dataclass(frozen=True)
class People(Result):
    """The residents of a region at year ends; `projection` holds births, deaths and moves too."""

    region: Region
    projection: Projection

    @property
    def title(self) -> str:
        return f"{_both(self.region)}: 常住人口 residents"

    @property
    def sources(self) -> tuple[str, ...]:
        return self.projection.sources

    def to_frame(self) -> pd.DataFrame:
        """Index: (year, sex, age, draw), age 100 standing for 100 and over. Column: people, persons on 31 December."""
        levels = (self.projection.years, SEXES, AGES, range(self.projection.draws))
        index = pd.MultiIndex.from_product(levels, names=["year", "sex", "age", "draw"])
        return pd.DataFrame({"people": np.moveaxis(self.projection.people, 0, -1).ravel()}, index)

    def balance(self) -> pd.DataFrame:
        """The people of the year before + births - deaths + net migrants = people. Index: (year, draw), the base year left out.
        Columns: births, deaths and net_migrants of the calendar year; people on 31 December; all in persons.

        >>> import dabiao as db
        >>> db.project("瓯海区", to=2026, draws=20).balance().columns.tolist()
        ['births', 'deaths', 'net_migrants', 'people']
        """
        made = self.projection
        index = pd.MultiIndex.from_product([made.flow_years, range(made.draws)], names=["year", "draw"])
        columns = {"births": made.births.sum(2), "deaths": made.deaths.sum((2, 3)),
                   "net_migrants": made.migrants.sum((2, 3)), "people": made.total()[:, 1:]}  # fmt: skip
        return pd.DataFrame({name: values.T.ravel() for name, values in columns.items()}, index)

    def _draw(self, axes: Axes) -> None:
        _band(axes, self.projection.years, self.projection.total(), "中位数 median", COLOURS[0])
        _by_year(axes, "persons")


@dataclass(frozen=True)
class Assessed(Result):
    """Every target of a region judged; `assessment` holds outlooks, people and all that a report shows."""

    assessment: Assessment

    @property
    def title(self) -> str:
        return f"{_both(self.assessment.region)}: {self.assessment.as_of}"

    @property
    def sources(self) -> tuple[str, ...]:
        return _of_targets(v.target for v in self.assessment.verdicts)

    def to_frame(self) -> pd.DataFrame:
        """Index: target. Columns: name_zh and name_en of the indicator, then those of assess.schema.json: chance and
        chance_now between 0 and 1; value, median, low80, high80, gap and outcome in `unit`; paces in `unit` a year."""
        rows = as_plain(self.assessment)["verdicts"]
        about = [self.assessment.catalogue.indicator(row["indicator"]) for row in rows]
        named = [{"name_zh": i.zh, "name_en": i.en, **row} for i, row in zip(about, rows, strict=True)]
        return pd.DataFrame(named).set_index("target") if named else pd.DataFrame(index=pd.Index([], name="target"))

    def _with_interval(self) -> list[Verdict]:
        """The verdicts that rest on an outlook, which a chart shows."""
        return [v for v in self.assessment.verdicts if v.chance is not None and v.low80 is not None]

    def _height(self) -> float:
        return 1.4 + 0.2 * len(self._with_interval())

    def _draw(self, axes: Axes) -> None:
        judged = self._with_interval()
        names = [f"{self.assessment.catalogue.indicator(v.target.indicator).zh} {v.target.year}" for v in judged]
        axes.barh(range(len(judged)), [v.chance for v in judged], color=COLOURS[0])
        axes.set_yticks(range(len(judged)), names, fontsize=7)
        for place, v in enumerate(judged):
            axes.annotate(
                f" {v.low80:,.4g} – {v.high80:,.4g} {_unit(v.target.unit)}",
                (v.chance, place),
                fontsize=6,
                va="center",
            )
        axes.invert_yaxis()
        axes.set_xlim(0, 1.3)
        axes.set_xlabel(f"达标概率 chance; {INTERVAL}")


@dataclass(frozen=True)
class Reached(Result):
    """What it takes to meet a target; `reach` holds the pace, what is missing, the cheapest set and the signposts."""

    reach: Reach

    @property
    def title(self) -> str:
        what = self.reach.what
        return f"{_both(what.region)}: {_both(what.about)} {what.target.year}"

    @property
    def sources(self) -> tuple[str, ...]:
        document = self.reach.what.target.document
        return (f"{document.publisher}, {document.title}, {document.published}",)

    def to_frame(self) -> pd.DataFrame:
        """One row a lever, in the order in which they are pulled, each at the better end of its plausible range. Index: lever.

        Columns: name_zh, name_en, unit; setting, in `unit`; adds, to the chance, the rows adding up; chance, so far; median, of
        the indicator in its own unit; alone, the setting at which the lever by itself gives the chance asked for, else NaN.
        """
        levers = self.reach.what.levers
        alone = {b.lever: b.setting for b in self.reach.alone if b.wanted == self.reach.wanted}
        rows = [
            {"lever": s.lever, "name_zh": levers[s.lever].name("zh"), "name_en": levers[s.lever].name("en"),
             "unit": levers[s.lever].unit_name("en"), "setting": s.setting, "adds": s.by, "chance": s.chance,
             "median": s.median, "alone": alone.get(s.lever)}
            for s in self.reach.steps
        ]  # fmt: skip
        columns = "lever name_zh name_en unit setting adds chance median alone".split()
        return pd.DataFrame(rows, columns=columns).astype({"alone": float}).set_index("lever")

    def _draw(self, axes: Axes) -> None:
        steps, verdict = self.reach.steps, self.reach.verdict
        names = ["基准 baseline", *(self.reach.what.levers[s.lever].name("zh") for s in steps)]
        axes.barh(range(len(names)), [self.reach.chance, *(s.chance for s in steps)], color=COLOURS[0])
        axes.axvline(self.reach.wanted, color=COLOURS[1], label=f"{self.reach.wanted:.0%}")
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        interval = "" if verdict.low80 is None else f"{verdict.low80:,.4g} – {verdict.high80:,.4g}"
        axes.set_xlabel(f"达标概率 chance; {INTERVAL} {interval} {_unit(self.reach.what.target.unit)}")
        axes.legend(frameon=False)


@dataclass(frozen=True)
class ScenarioEffect(Result):
    """What levers change; `comparison` holds the two scenarios and every figure under both."""

    comparison: Comparison

    @property
    def levers(self) -> tuple[str, ...]:
        """The levers that differ, in the order in which they are pulled."""
        return self.comparison.levers

    @property
    def title(self) -> str:
        return f"{_both(self.comparison.model.region)}: 基准与情景 baseline and scenario"

    @property
    def sources(self) -> tuple[str, ...]:
        return self._outlooks()[0].sources

    def to_frame(self) -> pd.DataFrame:
        """One row a figure. Index: (indicator, year). Columns: target, its id or None; unit; before and after, medians in
        `unit`; chance_before and chance_after, between 0 and 1; one column a lever with what it changes of the median."""
        rows = [
            {"indicator": e.about.id, "year": e.year, "target": e.target and e.target.id, "unit": e.about.unit,
             "before": e.before, "after": e.after, "chance_before": e.chance_before, "chance_after": e.chance_after,
             **{c.lever: c.median for c in e.changes}}
            for e in self.comparison.effects
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index(["indicator", "year"])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """The scenario as a .yaml file, named for it, that `scenario`, `project` and `assess` read again; gives the path.

        Raises FileExistsError, as nothing is written over, and ValueError for another ending than .yaml.

        >>> import dabiao as db, tempfile
        >>> made = db.scenario("瓯海区", {"fertility": 1.2}, to=2027, draws=20)
        >>> made.save(f"{tempfile.mkdtemp()}/births.yaml").name
        'births.yaml'
        """
        path = Path(path)
        return save_scenario(replace(self.comparison.other, name=path.stem), path)

    def _outlooks(self) -> tuple[Outlook, Outlook]:
        """Before and after, of the figure that the levers move most."""
        effects = self.comparison.effects
        most = max(effects, key=lambda e: (abs((e.chance_after or 0) - (e.chance_before or 0)), abs(e.after - e.before) / (abs(e.before) or 1)))  # fmt: skip
        model = self.comparison.model
        return model.outlook(most.about.id, self.comparison.one), model.outlook(most.about.id, self.comparison.other)

    def _draw(self, axes: Axes) -> None:
        before, after = self._outlooks()
        _fan(axes, before, "基准 baseline", COLOURS[5])
        _band(axes, after.years, after.paths, "情景 scenario", COLOURS[0])
        _by_year(axes, f"{self.comparison.model.catalogue.indicator(before.indicator).zh}, {before.unit}")


@dataclass(frozen=True)
class FiguresToBring(Result):
    """The figures of a region that would decide most; `figures` in order, those that targets wait for last."""

    region: Region
    catalogue: Catalogue
    figures: tuple[FigureToBring, ...]

    @property
    def title(self) -> str:
        return f"{_both(self.region)}: 最该补的数 figures to bring"

    @property
    def sources(self) -> tuple[str, ...]:
        return _of_targets(f.target for f in self.figures)

    def to_frame(self) -> pd.DataFrame:
        """Index: indicator. Columns: expected_move, 0 to 1, missing where the target waits for the figure; likely_value, from
        which the target is likely, in `unit`; year of the figure; the target; last_year and last_value of the newest own
        figure; definition, and who usually holds it."""
        return _indexed([f.plain() for f in self.figures])

    def _height(self) -> float:
        return 1.4 + 0.22 * len(self._moving())

    def _moving(self) -> list[FigureToBring]:
        return [f for f in self.figures if f.expected_move is not None]

    def _draw(self, axes: Axes) -> None:
        shown = self._moving()
        axes.barh(range(len(shown)), [100 * (f.expected_move or 0) for f in shown], color=COLOURS[0])
        axes.set_yticks(range(len(shown)), [f"{f.indicator.zh} {f.year}" for f in shown], fontsize=7)
        axes.invert_yaxis()
        axes.set_xlabel("可能性预计变动（百分点） expected move of the chance (points)")


@dataclass(frozen=True)
class Proposed(Result):
    """Targets to propose for the end of `year`; `proposals` with those first that a plan near asks for."""

    region: Region
    catalogue: Catalogue
    year: int
    proposals: tuple[Proposal, ...]

    @property
    def title(self) -> str:
        return f"{_both(self.region)}: {self.year} 年目标建议 targets to propose"

    @property
    def sources(self) -> tuple[str, ...]:
        return _of_targets(t for p in self.proposals for t in p.asked)

    def to_frame(self) -> pd.DataFrame:
        """Index: indicator. Columns: chance_0.8, chance_0.5, chance_0.2 and others asked for, the values reached with that
        chance, in `unit`; ambitious_from and ambitious_to, of chances of 50 and 30 %; rank among `areas` of the same level,
        0 to 1; needs_own_figure where nothing can be proposed; asked, targets near in words."""
        rows = []
        for p in self.proposals:
            plain = p.plain()
            ends = plain.pop("ambitious_but_attainable") or [None, None]
            values = {f"chance_{c}": v for c, v in plain.pop("values").items()}
            asked = "; ".join(f"{t['region']} {t['year']}: {t['value']}" for t in plain.pop("asked"))
            named = {k: plain.pop(k) for k in ("indicator", "name_zh", "name_en", "unit", "better", "year")}
            rows.append(
                {**named, **values, "ambitious_from": ends[0], "ambitious_to": ends[1], **plain, "asked": asked}
            )
        return _indexed(rows)

    def _shown(self) -> list[Proposal]:
        """Those that a plan near asks for, with a number to hold them against."""
        return [p for p in self.proposals if p.values and any(t.value for t in p.asked)]

    def _height(self) -> float:
        return 1.4 + 0.3 * len(self._shown())

    def _draw(self, axes: Axes) -> None:
        for row, p in enumerate(self._shown()):
            goal = next(t.value for t in p.asked if t.value)
            low, high = (100 * v / goal for v in (p.values[0][1], p.values[-1][1]))
            axes.plot([low, high], [row, row], color=COLOURS[0], lw=5, alpha=0.3, solid_capstyle="butt")
            axes.plot(100 * dict(p.values)[0.5] / goal, row, "o", color=COLOURS[0], ms=4)
        names = [p.indicator.zh for p in self._shown()]
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.axvline(100, color=COLOURS[1], lw=1)
        axes.invert_yaxis()
        axes.set_xlabel(
            "为现有目标的百分比：可能性 80–20 %，点为 50 %\npercent of the target in force: chances of 80–20 %, dot 50 %"
        )


def _of_targets(targets: Iterable[Target]) -> tuple[str, ...]:
    documents = {t.document.id: t.document for t in targets}
    return tuple(f"{d.publisher}, {d.title}, {d.published}" for d in documents.values())


def _indexed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).set_index("indicator") if rows else pd.DataFrame(index=pd.Index([], name="indicator"))


@dataclass(frozen=True)
class Compared(Result):
    """One indicator in several regions; `forecasts` in the order asked for."""

    forecasts: tuple[Forecast, ...]

    @property
    def title(self) -> str:
        return _both(self.forecasts[0].indicator) if self.forecasts else ""

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s for f in self.forecasts for s in f.sources))

    def to_frame(self) -> pd.DataFrame:
        """Index: (region, year), the region as its code. Columns as of a Forecast, and name_zh, name_en."""
        frames = {
            f.region.key: f.to_frame().assign(name_zh=f.region.name_zh, name_en=f.region.name_en)
            for f in self.forecasts
        }
        return pd.concat(frames, names=["region", "year"]) if frames else pd.DataFrame()

    def _draw(self, axes: Axes) -> None:
        for place, f in enumerate(self.forecasts):
            _band(axes, f.outlook.years, f.outlook.paths, _both(f.region), COLOURS[place % len(COLOURS)])
        _by_year(axes, self.forecasts[0].indicator.unit if self.forecasts else "")


@dataclass(frozen=True)
class Simulation(Result):
    """A region lived through by agents; `runs` holds its people and series, `beside` what cohorts tell of the same things."""

    region: Region
    runs: Simulated
    beside: tuple[Agreement, ...] = ()

    @property
    def title(self) -> str:
        return f"{_both(self.region)}: {self.runs.replicates} × {self.runs.years[0]}–{self.runs.years[-1]}"

    @property
    def sources(self) -> tuple[str, ...]:
        return self.runs.sources

    def to_frame(self) -> pd.DataFrame:
        """What Mesa's DataCollector gathered, run after run. Index: (replicate, year). One column a series, counts of the year
        or of its end; `sim.agents.runs.UNITS` names what is not counted in persons."""
        index = pd.MultiIndex.from_product([range(self.runs.replicates), self.runs.years], names=["replicate", "year"])
        return pd.DataFrame({name: values.ravel() for name, values in self.runs.series.items()}, index)

    def agreement(self) -> pd.DataFrame:
        """What agents and cohorts tell of the same thing in the last year. Index: series. Columns: year; median and 80 % interval of
        either; apart, in standard errors; agrees; note, why they may differ."""
        rows = {
            each.series: {
                "year": each.year,
                **{
                    f"{who}_{name}": value
                    for who, told in (("agents", each.agents), ("cohorts", each.cohorts))
                    for name, value in zip(("low80", "median", "high80"), told, strict=True)
                },
                "apart": each.apart,
                "agrees": each.agrees,
                "note": "" if each.note is None else str(each.note),
            }
            for each in self.beside
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("series")

    def people(self) -> pd.DataFrame:
        """Index: (replicate, year, sex, age), the base year first. Column: people, persons on 31 December."""
        levels = (range(self.runs.replicates), (self.runs.year, *self.runs.years), SEXES, AGES)
        index = pd.MultiIndex.from_product(levels, names=["replicate", "year", "sex", "age"])
        return pd.DataFrame({"people": self.runs.people.ravel()}, index)

    def _draw(self, axes: Axes) -> None:
        for place, name in enumerate(("births", "deaths")):
            _band(axes, self.runs.years, self.runs.series[name], name, COLOURS[place])
        _by_year(axes, UNITS.get("births", "persons"))


def _both(named: Any) -> str:
    """The name of a region, an indicator or a lever in Chinese and English."""
    return f"{named.name('zh')} {named.name('en')}"


def folded(words: str) -> str:
    """Words in at most LINES lines of WIDTH columns, cut with an ellipsis."""
    lines, columns = [""], 0
    for letter in words:
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if columns > WIDTH:
            if len(lines) == LINES:
                return "\n".join(lines) + "…"
            lines, columns = [*lines, ""], 0
        lines[-1] += letter
    return "\n".join(lines)


def _unit(unit: str) -> str:
    return unit.replace("_", " ")


def _quantiles(outlook: Outlook) -> pd.DataFrame:
    values = outlook.quantiles(list(QUANTILES.values()))
    return pd.DataFrame(values.T, pd.Index(outlook.years, name="year"), list(QUANTILES))


def _fan(axes: Axes, outlook: Outlook, label: str, colour: str = COLOURS[0]) -> None:
    """An outlook with the published values before it."""
    if outlook.observed:
        axes.plot(*zip(*outlook.observed, strict=True), "o-", color="#222222", ms=3, lw=1, label="已公布 published")
    _band(axes, outlook.years, outlook.paths, label, colour)


def _band(axes: Axes, years: Sequence[int], paths: np.ndarray, label: str, colour: str) -> None:
    """The median and the 80 % interval of paths (draw, year)."""
    low, middle, high = np.quantile(paths, [0.1, 0.5, 0.9], axis=0)
    axes.fill_between(years, low, high, color=colour, alpha=0.2, lw=0, label=f"{label}: {INTERVAL}")
    axes.plot(years, middle, color=colour, lw=1.5)


def _by_year(axes: Axes, unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_ylabel(_unit(unit))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8)
