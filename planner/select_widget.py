"""Small widgets for notebooks and pages: a chooser, with what follows from the choice, and a section that comes when asked for.

Without a front end a chooser shows what follows from its first choices.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from planner.scenario_view import notice
from planner.scenario_widget import WIDE, meet_the_kernel, plainly


class SelectWidget:
    """lists: for each label, (shown, value) pairs. show: the chosen values, in order, to something that shows itself as HTML."""

    def __init__(self, lists: Mapping[str, Sequence[tuple[str, Any]]], show: Callable[..., Any]):
        meet_the_kernel()
        self.make = show
        layout = widgets.Layout(width="100%", max_width="46rem")
        self.lists = [
            widgets.Dropdown(options=list(options), description=label, layout=layout, style=WIDE)
            for label, options in lists.items()
        ]
        self.shown = widgets.HTML(layout=widgets.Layout(width="100%"))
        for chosen in self.lists:
            chosen.observe(lambda _: self.refresh(), "value")
        self.whole = widgets.VBox([*self.lists, self.shown])
        self.whole.add_class("dabiao-chooser")
        self.refresh()

    def refresh(self) -> None:
        """Show what follows from the choice as it stands; what cannot be shown is told."""
        try:
            self.shown.value = self.make(*(chosen.value for chosen in self.lists))._repr_html_()
        except (ValueError, LookupError) as error:
            self.shown.value = notice(plainly(error), fault=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = self.whole._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.shown.value}, metadata


class Later:
    """A section that is made when its button is pressed, so that the sliders above it need not wait. made: gives the section.

    itself: the page presses the button, when the sliders stand and the one before is done. about: what is said of it, beside
    the button and then under the section's heading.
    """

    def __init__(self, title: str, made: Callable[[], Any], itself: bool = False, about: str = ""):
        meet_the_kernel()
        self.made = made
        self.about = f"<p>{html.escape(about)}</p>" if about else ""
        self.button = widgets.Button(description=title, layout=widgets.Layout(width="auto"))
        self.shown = widgets.HTML(self.about, layout=widgets.Layout(width="100%"))
        self.button.on_click(lambda _: self.make())
        self.whole = widgets.VBox([self.button, self.shown])
        self.whole.add_class("dabiao-later")
        if itself:
            self.whole.add_class("itself")

    def make(self) -> None:
        """Make the section and show it in place of the button; what cannot be shown is told."""
        self.button.disabled = True
        try:
            self.shown.value = self.made()._repr_html_().replace("</h2>", f"</h2>{self.about}", 1)
        except (ValueError, LookupError) as error:
            self.shown.value = notice(plainly(error), fault=True)
        self.button.layout.display = "none"
        self.whole.add_class("made")

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.whole._repr_mimebundle_(**kwargs)
