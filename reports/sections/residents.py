"""The residents one by one: what cohorts say and agents say on one chart, and what only agents can say."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from dabiao.agents import simulate_region
from dabiao.assessment import Assessment
from reports.blocks import Part, Section
from reports.charts import style
from reports.messages import message, wording
from reports.messages.wording import number
from sim.agents.runs import Simulated

AGENTS = 4_000_000  # residents to run in all: small places several times over, large ones once
MOST_REPLICATES = 8
YEARS = 7


def residents(a: Assessment, lang: str) -> Section | None:
    """Births and under-threes of cohorts and agents together; waiting children, empty places, the old who live alone."""
    if a.projection is None:
        return None
    people = float(np.median(a.projection.people[:, 0].sum((1, 2))))
    replicates = int(np.clip(AGENTS // max(people, 1), 1, MOST_REPLICATES))
    run = simulate_region(a, min(YEARS, _most_years(a)), replicates, seed=a.seed)
    waits = "nursery_waiting" in run.series
    chart = _chart(a, run, lang, waits)
    last = {name: float(np.median(paths[:, -1])) for name, paths in run.series.items()}
    lead = [
        message(
            "residents_lead",
            lang,
            people=number(people, lang),
            replicates=replicates,
            start=run.year,
            last=run.years[-1],
            alone=number(last["elderly_alone"], lang),
            share=f"{last['elderly_alone_share']:.0f}%",
        )
    ]
    if waits:
        lead.append(
            message(
                "waiting_lead",
                lang,
                year=run.years[-1],
                waiting=number(last["nursery_waiting"], lang),
                empty=number(last["nursery_empty"], lang),
                filled=number(last["nursery_filled"], lang),
            )
        )
    caption = message("residents_source", lang)
    return Section(
        "residents",
        message("residents", lang),
        lead,
        [Part(figure=style.inline(chart), alt=chart.alt, caption=caption)],
    )


def _most_years(a: Assessment) -> int:
    projection = a.projection
    published = [y for y, _ in a.outlooks["population"].observed if y in projection.years]
    start = min(max(published, default=projection.years[0]), projection.years[-1] - 1)
    return projection.years[-1] - start


def _chart(a: Assessment, run: Simulated, lang: str, waits: bool) -> style.Chart:
    drawn, axes = style.figure(9.6, 5.0 if waits else 2.6, 2 if waits else 1, 2)
    places = list(axes.flat)
    out = a.outlooks
    births = np.sum([run.series[k] for k in ("births_first", "births_second", "births_third_plus")], axis=0)
    kids = run.people[:, 1:, :, :3].sum((2, 3))
    for place, id, agents in ((places[0], "births", births), (places[1], "children_under_3", kids)):
        cohort = out[id]
        shown = [i for i, y in enumerate(cohort.years) if y in run.years]
        years = [cohort.years[i] for i in shown]
        low, middle, high = cohort.quantiles([0.1, 0.5, 0.9])[:, shown]
        place.fill_between(years, low, high, color=style.BLUE, alpha=0.22, lw=0, label=message("cohorts", lang))
        place.plot(years, middle, color=style.BLUE, lw=1.5)
        for row, path in enumerate(agents):
            label = message("agents", lang) if row == 0 else None
            place.plot(run.years, path, color=style.ORANGE, lw=0.9, marker=".", ms=4, label=label)
        place.set_title(a.catalogue.indicator(id).name(lang))
        place.legend(loc="best")
    if waits:
        lines = (
            ("nursery_waiting", style.RED, "-"),
            ("nursery_empty", style.GREY, "--"),
            ("nursery_filled", style.GREEN, "-."),
        )
        for name, colour, dashes in lines:
            _line(places[2], run, name, colour, dashes, message(name, lang))
        places[2].legend(loc="best")
        places[2].set_title(message("nursery_use", lang))
        _line(places[3], run, "elderly_alone", style.PURPLE, "-", message("elderly_alone", lang))
        places[3].set_title(message("elderly_alone", lang))
    for place in places:
        style.by_year(place)
        style.numbers(place.yaxis, lang)
        place.set_ylim(bottom=0)
        place.set_ylabel(wording.unit("persons", lang))
    alt = message("residents_alt", lang, start=run.years[0], last=run.years[-1])
    return style.Chart(drawn, alt)


def _line(place: Axes, run: Simulated, name: str, colour: str, style: str, label: str) -> None:
    low, middle, high = np.quantile(run.series[name], [0.1, 0.5, 0.9], axis=0)
    place.fill_between(run.years, low, high, color=colour, alpha=0.18, lw=0)
    place.plot(run.years, middle, color=colour, ls=style, lw=1.5, label=label)
