"""A chooser: one or more lists to choose from, and what follows from the choice. Without a front end, the first choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets

from reports.desk import WIDE, meet_the_kernel, plainly
from reports.desk_view import message


class Chooser:
    """lists: for each label, (shown, value) pairs. show: the chosen values, in order, to something that shows itself as HTML."""

    def __init__(self, lists: Mapping[str, Sequence[tuple[str, object]]], show: Callable[..., object]):
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
            self.shown.value = message(plainly(error), fault=True)

    def _repr_mimebundle_(self, **kwargs):
        bundle = self.whole._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.shown.value}, metadata
