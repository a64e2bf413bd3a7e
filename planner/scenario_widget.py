"""The desk: sliders on one side, the answer on the other. The same in a notebook and on the planner's page.

Without a widget front end it shows its answer as a page does. A moved slider is answered at once; what the levers did, what
it takes and the address follow when the hand rests.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets

from dabiao.cache import READY
from dabiao.region_model import EVERY_STOCK, RegionModel, region_model
from planner import scenario_book, scenario_view
from planner.draft import OWN, Asked, Draft, asked, begin, own_goal, presets
from planner.live_fan import LiveFan, in_words, live_fan
from planner.scenario_lists import goal_key, goals_shown, own_indicators, regions_shown
from planning.levers import Lever
from planning.own_figures import OwnFigure, entered, given
from planning.scenarios import BASELINE
from planning.targets import Target
from reports.messages import message, wording

REST = 0.25  # seconds without a move after which the rest is shown
GROUPS = ("people", "nursery", "gps", "staff", "beds", "programmes")
OWN_YEARS = 12  # years that an own figure can be given for, the last that is over first
NOTHING_ASKED = Asked()
WIDE = {"description_width": "9.5em"}


class ScenarioWidget:
    """The planner's desk for one region. reopen: gives the model of a region by name, made with own
    figures."""

    def __init__(
        self,
        draft: Draft,
        lang: str,
        reopen: Callable[[str, tuple[str, ...]], RegionModel] | None = None,
        about: str = "",
    ):
        meet_the_kernel()
        self.draft, self.lang, self.reopen, self.about = draft, lang, reopen, about
        self.fan: LiveFan | None = None
        self.sliders: dict[str, widgets.FloatSlider] = {}
        self.showing = False  # while values are set by us and not by a hand
        self.timer: asyncio.TimerHandle | None = None
        self.saved_as: str | None = None
        self._make()
        self._lay_sliders()
        self.show(at_once=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = self.whole._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.still()}, metadata

    def still(self) -> str:
        """The answer as a page shows it, without anything to move."""
        return f'{scenario_view.style()}<div class="dabiao-desk">{self.answer.value}{self.chart.value}{self.parts.value}</div>'

    # ------------------------------------------------------------ what is there

    def _make(self) -> None:
        lang = self.lang
        self.message, self.answer, self.chart, self.parts, self.hand_on = (widgets.HTML() for _ in range(5))
        wide, style = widgets.Layout(width="100%"), WIDE
        self.region = widgets.Dropdown(description=message("w_region", lang), layout=wide, style=style)
        self.target = widgets.Dropdown(description=message("w_target", lang), layout=wide, style=style)
        self.target.add_class("dabiao-stacked")
        self.value = widgets.FloatText(
            description=message("w_value", lang), layout=wide, style=style, continuous_update=False
        )
        self.year = widgets.Dropdown(description=message("w_deadline", lang), layout=wide, style=style)
        self.since = widgets.Dropdown(description=message("w_since", lang), layout=wide, style=style)
        self.preset = widgets.Dropdown(description=message("w_preset", lang), layout=wide, style=style)
        self.undo = widgets.Button(description=message("w_undo", lang), icon="")
        self.reset = widgets.Button(description=message("w_reset", lang))
        self.name = widgets.Text(
            value=message("w_name_default", lang), description=message("w_name", lang), layout=wide, style=style
        )
        self.save = widgets.Button(description=message("w_save", lang), button_style="primary")
        self.load = widgets.FileUpload(accept=".yaml,.yml", multiple=False, description=message("w_load", lang))
        self.levers = widgets.VBox()
        self.own_indicator = widgets.Dropdown(description=message("w_own_indicator", lang), layout=wide, style=style)
        self.own_year = widgets.Dropdown(description=message("w_own_year", lang), layout=wide, style=style)
        self.own_value = widgets.FloatText(
            description=message("w_own_value", lang), layout=wide, style=style, continuous_update=False
        )
        self.own_add = widgets.Button(description=message("w_own_add", lang))
        self.own_list = widgets.VBox()
        own_box = widgets.VBox(
            [widgets.HTML(f"<h4>{html.escape(message('w_own', lang))}</h4>"), self.own_indicator, self.own_year,
             self.own_value, self._row(self.own_add), self.own_list]
        )  # fmt: skip
        own_box.add_class("dabiao-own")
        controls = [
            *((self.region,) if self.reopen else ()),
            self.target, self.value, self.year,
            self.preset, self.since,
            self._row(self.undo, self.reset),
            self.levers,
            *((own_box,) if self.reopen else ()),
            self.name,
            self._row(self.save, self.load),
        ]  # fmt: skip
        left = widgets.VBox(controls)
        right = widgets.VBox([self.answer, self.chart, self.message, self.hand_on, self.parts])
        left.add_class("dabiao-controls")
        right.add_class("dabiao-shown")
        for part, place in ((self.answer, "db-first"), (self.chart, "db-second"), (self.message, "db-third")):
            part.add_class(place)
        scenario_widget = widgets.Box([left, right])
        scenario_widget.add_class("dabiao-desk")
        self.whole = widgets.VBox([widgets.HTML(scenario_view.style()), scenario_widget])
        self.whole.add_class("dabiao-whole")
        self._fill()
        self._listen()

    def _row(self, *shown: widgets.Widget) -> widgets.Box:
        row = widgets.Box(shown)
        row.add_class("dabiao-row")
        return row

    def _fill(self) -> None:
        """The choices, as far as they depend on region and target."""
        bench, lang = self.draft.bench, self.lang
        self.showing = True
        if self.reopen:
            self.region.options = regions_shown(bench, lang)
            self.region.value = bench.region.key
        self.target.options = goals_shown(bench, self.draft.target, self.about, self.lang)
        self.target.value = goal_key(self.draft.target)
        self.preset.options = [(message("w_preset_none", lang), "")] + [
            (s.title(lang), name) for name, s in presets(bench).items()
        ]
        self.preset.value = ""
        self.since.options = [(message("w_from", lang, year=y), y) for y in range(bench.first_year, bench.to + 1)]
        self.since.value = bench.first_year
        last = bench.as_of.year - 1  # the last year that is over
        years = [(str(y), y) for y in range(last, last - OWN_YEARS, -1)]
        for box, offered in ((self.own_indicator, own_indicators(bench, lang)), (self.own_year, years)):
            kept = box.value
            box.options = offered
            box.value = kept if kept in [value for _, value in offered] else offered[0][1]
        self.showing = False
        self._fill_own()
        self._fill_goal()

    def _fill_own(self) -> None:
        """The figures that were typed in, each with a button that takes it out again."""
        rows = []
        for word in self.draft.own:
            said = wording.entered(given([word], self.draft.bench.catalogue), self.draft.bench.catalogue, self.lang)
            button = widgets.Button(description=message("w_own_remove", self.lang), tooltip=word)
            button.on_click(lambda _, word=word: self._by_hand(lambda: self._without(word)))
            rows.append(self._row(widgets.HTML(f'<span class="db-note">{html.escape(said)}</span>'), button))
        self.own_list.children = tuple(rows)

    def _fill_goal(self) -> None:
        bench, target = self.draft.bench, self.draft.target
        years = bench.outlooks[target.indicator].years
        self.showing = True
        unit = wording.axis_unit(bench.catalogue.indicator(target.indicator), self.lang)
        self.value.description = message("w_value_unit", self.lang, unit=unit)
        self.value.value = target.value if target.value is not None else 0.0
        self.value.disabled = target.value is None
        self.year.options = [(str(y), y) for y in years if y >= bench.first_year]
        self.year.value = target.year
        self.showing = False

    def _listen(self) -> None:
        self.region.observe(lambda c: self._by_hand(lambda: self._to_region(c["new"])), "value")
        self.target.observe(lambda c: self._by_hand(lambda: self._to_target(c["new"])), "value")
        self.value.observe(lambda c: self._by_hand(self._to_own_goal), "value")
        self.year.observe(lambda c: self._by_hand(self._to_own_goal), "value")
        self.preset.observe(lambda c: self._by_hand(lambda: self._to_preset(c["new"])), "value")
        self.undo.on_click(lambda _: self._by_hand(self.draft.undo))
        self.reset.on_click(lambda _: self._by_hand(self.draft.reset))
        self.own_add.on_click(lambda _: self._by_hand(self._with_own))
        self.save.on_click(lambda _: self._by_hand(self._save))
        self.load.observe(lambda c: self._by_hand(lambda: self._take_file(c["new"])), "value")

    # ------------------------------------------------------------ sliders

    def _lay_sliders(self) -> None:
        """The levers that move the target, by group, each with what it means."""
        bench, lang = self.draft.bench, self.lang
        chosen = [v for v in bench.levers.values() if v.acts and bench.moves(v, self.draft.target.indicator)]
        layout, style = widgets.Layout(width="100%"), widgets.SliderStyle(description_width="9.5em")
        shown: list[widgets.Widget] = []
        for group in sorted({v.group for v in chosen}, key=lambda g: GROUPS.index(g) if g in GROUPS else len(GROUPS)):
            of_group = [v for v in chosen if v.group == group]
            title = message(f"group_{group}", lang) if group in GROUPS else group
            shown.append(widgets.HTML(f"<h4>{html.escape(title)}</h4>"))
            for lever in of_group:
                if lever.id not in self.sliders:
                    self.sliders[lever.id] = self._slider(lever, layout, style)
                shown.append(self.sliders[lever.id])
        if chosen:
            shown.append(widgets.HTML(scenario_view.meaning(chosen, lang)))
        else:
            shown.append(widgets.HTML(scenario_view.notice(message("no_levers", lang))))
        self.levers.children = tuple(shown)

    def _slider(self, lever: Lever, layout: widgets.Layout, style: Any) -> widgets.FloatSlider:
        slider = widgets.FloatSlider(
            value=lever.neutral, min=lever.low, max=lever.high, step=lever.step, description=lever.name(self.lang),
            tooltip=scenario_view.hint(lever, self.lang), readout_format=readout(lever.step), layout=layout, style=style,
        )  # fmt: skip
        slider.observe(lambda c, id=lever.id: self._by_hand(lambda: self._move(id, c["new"])), "value")
        return slider

    def _set_sliders(self) -> None:
        """The sliders as the scenario stands; those of levers that exclude one another cannot be moved together."""
        draft = self.draft
        pulled = {id for id, s in draft.scenario.settings if any(v != draft.bench.levers[id].neutral for _, v in s)}
        self.showing = True
        for id, slider in self.sliders.items():
            lever = draft.bench.levers[id]
            steps = draft.scenario.steps(id)
            value = steps[-1][1] if steps else lever.neutral
            if slider.value != value:
                slider.value = value
            against = pulled & set(lever.excludes)
            slider.disabled = bool(against)
            (slider.add_class if id in pulled else slider.remove_class)("dabiao-moved")
        self.showing = False

    # ------------------------------------------------------------ what a hand does

    def _by_hand(self, act: Callable[[], object]) -> None:
        """Do what a hand asked for; what cannot be done is told, and the desk shows what stands."""
        if self.showing:
            return
        try:
            told = act()
            self.message.value = scenario_view.notice(told) if isinstance(told, str) else ""
        except (ValueError, LookupError) as error:
            self.message.value = scenario_view.notice(plainly(error), fault=True)
        self.show()

    def _move(self, lever: str, value: float) -> None:
        self.draft.move(lever, value, self.since.value)

    def _to_region(self, key: str) -> str | None:
        self.message.value = scenario_view.notice(message("reckoning", self.lang))
        bench = self.reopen(key, ())
        wanted = self.draft.target.indicator
        about = wanted if wanted in bench.outlooks else ""
        kept = self.draft.scenario
        self.draft = begin(bench, Asked(), about)
        if kept.speaks_of(bench.region):
            self.draft.scenario = kept
        self.sliders, self.fan = {}, None
        self._fill()
        self._lay_sliders()
        return None if kept.speaks_of(bench.region) else message("left_behind", self.lang, name=kept.title(self.lang))

    def _with_own(self) -> str:
        """Take the figure in the box; where a target of its indicator is ahead, it is looked at."""
        figure = OwnFigure(self.own_indicator.value, int(self.own_year.value), float(self.own_value.value))
        others = [
            f
            for f in given(self.draft.own, self.draft.bench.catalogue)
            if (f.indicator, f.year) != (figure.indicator, figure.year)
        ]
        self._on_figures([*(str(f) for f in others), str(figure)])
        ahead = [t for t in self.draft.bench.targets_ahead() if t.indicator == figure.indicator]
        if ahead and self.draft.target.indicator != figure.indicator:
            self._to_target(ahead[-1].id)
            self._fill()
        return message("own_taken", self.lang)

    def _without(self, word: str) -> None:
        self._on_figures([w for w in self.draft.own if w != word])

    def _on_figures(self, words: Iterable[str]) -> None:
        """The same region held ready on these own figures. Nothing changes where one of them cannot be."""
        bench = self.draft.bench
        own = tuple(str(f) for f in given(list(words), bench.catalogue))
        if self.reopen is None or own == self.draft.own:
            return
        self.draft.at(self.reopen(bench.region.key, own), own)
        self.sliders, self.fan = {}, None
        self._fill()
        self._lay_sliders()

    def _to_target(self, key: str) -> None:
        bench = self.draft.bench
        found = [t for t in bench.targets_ahead() if t.id == key]
        self.draft.target = found[0] if found else own_goal(bench, key.removeprefix(f"{OWN}."))
        self.fan = None
        self._fill_goal()
        self._lay_sliders()

    def _to_own_goal(self) -> None:
        bench, before = self.draft.bench, self.draft.target
        try:
            self.draft.target = own_goal(bench, before.indicator, self.value.value, self.year.value)
        except ValueError:
            self._fill_goal()
            raise
        self.fan = None
        self.showing = True
        self.target.options = goals_shown(bench, self.draft.target, self.about, self.lang)
        self.target.value = goal_key(self.draft.target)
        self.showing = False

    def _to_preset(self, name: str) -> str | None:
        if not name:
            return None
        self.draft.preset(name)
        return self.draft.scenario.reason or None

    def _take_file(self, files: Any) -> str | None:
        if not files:
            return None
        file = files[0]
        try:
            self._on_figures(self.draft.load(bytes(file["content"]), file["name"]))
        finally:
            self.showing = True
            self.load.value = ()
            self.showing = False
        return message("loaded", self.lang, name=self.draft.scenario.title(self.lang))

    def _save(self) -> str:
        self.saved_as = self.name.value
        return message("saved", self.lang)

    # ------------------------------------------------------------ what is shown

    def show(self, at_once: bool = False) -> None:
        """The answer and the chart now; the rest when the hand rests, or at once."""
        self._set_sliders()
        self.answer.value = scenario_view.answer(self.draft, self.lang)
        self.chart.value = self._chart()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        loop = None if at_once else _running_loop()
        if loop is None:
            self.show_rest()
        else:
            self.timer = loop.call_later(REST, self.show_rest)

    def show_rest(self) -> None:
        """What the levers did, what it takes, and the address; files where they were asked for."""
        self.parts.value = scenario_view.parts(self.draft, self.lang)
        self.hand_on.value = scenario_book.hand_on(self.draft, self.lang, self.saved_as)
        self.saved_as = None

    def _chart(self) -> str:
        bench, target, lang = self.draft.bench, self.draft.target, self.lang
        about = bench.catalogue.indicator(target.indicator)
        before, after = bench.outlook(about.id, BASELINE), bench.outlook(about.id, self.draft.scenario)
        if self.fan is None:
            self.fan = usual_fan(bench, target, lang)
        if not self.fan.fits(after):
            self.fan = live_fan(before, about, lang, target, bench.statuses(about.id), also=after)
        svg = self.fan.showing(after, in_words(before, after, about, lang, target))
        return scenario_view.fan(svg, after, lang)


def scenario_widget(
    region: str, lang: str = "zh", indicator: str = "", draws: int = 500, seed: int = 0, data: str | None = None,
    as_of: str | None = None, state: str = "",
) -> ScenarioWidget:  # fmt: skip
    """A desk for a region. indicator: what it looks at first. state: the query of an address that holds goal and settings.

    Raises NotKnown for a region or indicator that is not there. What a state asks for and cannot be had is told on the desk,
    which then stands at the baseline.
    """

    def reopen(name: str, own: tuple[str, ...] = ()) -> RegionModel:
        return region_model(name, None, as_of, draws, seed, data, EVERY_STOCK, own)

    fault = ""
    try:
        wanted = asked(state)
        draft = begin(reopen(region, wanted.own), wanted, indicator)
    except (ValueError, LookupError) as error:
        draft, fault = begin(reopen(region), NOTHING_ASKED, indicator), plainly(error)
    made = ScenarioWidget(draft, lang, reopen)
    if fault:
        made.message.value = scenario_view.notice(fault, fault=True)
    return made


def usual_fan(bench: RegionModel, target: Target, lang: str) -> LiveFan:
    """The chart of a target as it stands at the baseline. Kept, so that a forked kernel finds it drawn."""
    about = bench.catalogue.indicator(target.indicator)
    own = entered(bench.catalogue, bench.region)
    key = (
        bench.catalogue.fingerprint,
        bench.as_of,
        bench.region.key,
        bench.to,
        bench.draws,
        bench.seed,
        target,
        lang,
        own,
    )
    made = (bench.outlook(about.id), about, lang, target, bench.statuses(about.id))
    return READY.keep("chart", key, lambda: live_fan(*made))


def meet_the_kernel() -> None:
    """Let the kernel know of widgets: a forked one imported them before there was a kernel that could be told."""
    import comm
    from IPython import get_ipython

    if getattr(get_ipython(), "kernel", None) and "jupyter.widget" not in comm.get_comm_manager().targets:
        widgets.register_comm_target()


def plainly(error: Exception) -> str:
    """An error as one reads it: a lookup's message without the quotation marks that Python sets around it."""
    return str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)


def readout(step: float) -> str:
    """The format of a slider's number: as many decimals as its step has."""
    text = f"{step:g}"
    return f".{len(text.split('.')[1]) if '.' in text else 0}f"


def _running_loop() -> Any:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
