"""What the fork server of the planner's page preloads: everything a page needs imported, a first region computed, its chart drawn."""

from __future__ import annotations

import sys


def warm_up(region: str, lang: str, draws: int, data: str | None) -> None:
    """Import what the pages and their kernels import, and show a region once, so that the first page finds all of it done."""
    # The grammar of international addresses, of which no notebook has any, takes a second to build.
    sys.modules.setdefault("rfc3987_syntax", None)
    import ipykernel.debugger
    import ipykernel.kernelapp
    import ipykernel.zmqshell
    import ipywidgets as widgets

    from planner import explore_people, explore_plans, explore_regions
    from planner.scenario_widget import scenario_widget
    from reports.batch import render_job
    from reports.messages.wording import LANGS

    assert all((ipykernel.debugger, ipykernel.kernelapp, ipykernel.zmqshell, render_job))
    assert all((explore_people, explore_plans, explore_regions))
    for each in (lang, *(other for other in LANGS if other != lang)):
        scenario_widget(region, each, draws=draws, data=data)
    # Else every page would be told of these sliders too, which move nothing.
    widgets.Widget.close_all()
