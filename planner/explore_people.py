"""Exploring people, places and staff: pyramids, flows, who waits, who retires. Each function takes a View."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dabiao.lever_model import NURSERY, as_published
from dabiao.resource_needs import Line, lines
from planner.draft import goal_asked, presets
from planner.explore import View, sources
from planner.scenario_view import hint, line_span
from planning.scenarios import BASELINE, Scenario
from reports.blocks import Part, Section
from reports.charts import fans
from reports.charts.people import staff_ages
from reports.messages import message, wording
from reports.messages.wording import number, percent
from reports.sections import summary
from sim.services import population_outlooks, workforce
from sim.services.staff import STAFF

FEES = (1.25, 1.0, 0.75, 0.5)  # times the usual
SUBSIDIES = (0.0, 0.1, 0.2, 0.3)  # share of the running cost


def people(view: View) -> Section:
    """The pyramid now and at the last year, the number of people, the share of the old."""
    return summary.population(view.assessment, view.lang)


def births(view: View) -> Section:
    """Births by order, and what drives them."""
    return summary.births(view.assessment, view.lang)


def people_flows(view: View) -> Section:
    """What brings people in and takes them away, year by year."""
    lang, bench = view.lang, view.bench
    people = bench.people()
    if people is None:
        return nothing(view, "flows_title")
    living = as_published(people, bench.catalogue, bench.region, BASELINE, bench.levers)
    chart = fans.people_flows(living.projection, lang)
    part = Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(view.bench.outlook("births"), lang))
    return Section("flows", message("flows_title", lang), [message("flows_lead", lang)], [part])


def nursery(view: View) -> Section:
    """Places per 1,000 people against the target, children and places, places per 100 children."""
    return summary.nursery(view.assessment, view.lang)


def demand_by_month(view: View, year: int | None = None) -> Section:
    """Children under 3 by age in months at a year's end, and how many of them want a place."""
    bench, lang = view.bench, view.lang
    stock = bench.lever_model.nursery
    if stock is None:
        return nothing(view, "months_title")
    year = year or goal_asked(bench, indicator=NURSERY).year
    heads = stock.expected.over((year,))
    of_month = np.repeat(heads.under3[:, 0] / 12, 12, axis=-1)
    wanting = (
        np.minimum(
            stock.drawn["nursery_willing"][:, None] * population_outlooks._wanted_by_month(),
            population_outlooks.WILLING_AT_MOST,
        )
        * of_month
    )
    rows = []
    for label, months in (("0–5", slice(0, 6)), ("6–11", slice(6, 12)), ("12–17", slice(12, 18)), ("18–23", slice(18, 24)),
                          ("24–29", slice(24, 30)), ("30–35", slice(30, 36))):  # fmt: skip
        rows.append((label, *(_interval(a[:, months].sum(-1), lang) for a in (of_month, wanting))))
    rows.append((message("desk_total", lang), *(_interval(a.sum(-1), lang) for a in (of_month, wanting))))
    heads_row = [message("months", lang), message("under3", lang), message("demand", lang)]
    lead = message(
        "months_lead", lang, year=year, prior=wording.one_language(stock.priors["nursery_willing"].sentence(), lang)
    )
    return Section("months", message("months_title", lang), [lead], [Part(headings=heads_row, rows=rows)])


def pipeline(view: View, scenario: str = "baseline") -> Section:
    """What opens and what closes each year, by kind, and the children who wait, under a scenario of the data."""
    bench, lang = view.bench, view.lang
    stock = bench.lever_model.nursery
    if stock is None:
        return nothing(view, "pipeline_title")
    plan = bench.settled(presets(bench)[scenario])
    flow = stock.flow(bench.heads(plan), stock.settings(plan, bench.levers))
    kinds = [message(f"kind_{k}", lang) for k in ("public", "subsidised", "private")]
    opened = {message("opened_kind", lang, kind=k): flow.opened[..., i] for i, k in enumerate(kinds)}
    chart = fans.stock_flow(
        stock.years, opened, {message("closed", lang): flow.closed.sum(-1)}, wording.unit("places", lang), lang
    )
    goal = goal_asked(bench, indicator=NURSERY)
    rows = _line_rows(lines(bench, goal, plan), goal.year, lang)
    parts = [
        Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(stock.rate, lang)),
        Part(title=message("at_deadline", lang, year=goal.year), headings=[message("book_item", lang), message("interval80", lang), message("median", lang)], rows=rows),
    ]  # fmt: skip
    return Section(
        "pipeline", message("pipeline_title", lang), [message("pipeline_lead", lang, scenario=plan.title(lang))], parts
    )


def price_and_subsidy(view: View) -> Section:
    """The chance of the nursery target, and the places in use, for several fees and subsidies together."""
    bench, lang = view.bench, view.lang
    if bench.lever_model.nursery is None:
        return nothing(view, "price_title")
    goal = goal_asked(bench, indicator=NURSERY)
    rows = []
    for fee in FEES:
        cells = []
        for subsidy in SUBSIDIES:
            plan = Scenario(
                "price",
                settings=(
                    ("nursery_fee", ((bench.first_year, fee),)),
                    ("nursery_subsidy", ((bench.first_year, subsidy),)),
                ),
            )
            used = next(line for line in lines(bench, goal, plan) if line.key == "used").at(goal.year)
            cells.append(
                message(
                    "price_cell", lang, chance=percent(bench.chance(goal, plan), lang), used=f"{np.median(used):.0f}%"
                )
            )
        rows.append((f"{fee:g}", *cells))
    heads = [message("fee_subsidy", lang), *(f"+{s:.0%}" for s in SUBSIDIES)]
    notes = [
        f"{bench.levers[id].name(lang)}: {hint(bench.levers[id], lang)}" for id in ("nursery_fee", "nursery_subsidy")
    ]
    lead = message("price_lead", lang, year=goal.year, value=f"{goal.value:g}")
    return Section("price", message("price_title", lang), [lead], [Part(headings=heads, rows=rows), Part(items=notes)])


def staff(view: View) -> Section:
    """General practitioners against the target."""
    return summary.gps(view.assessment, view.lang)


def ages_of_staff(view: View, cadre: str = "gps") -> Section:
    """One kind of staff by age and sex, at the start and at the last year, and how many are past the retirement age."""
    bench, lang = view.bench, view.lang
    stock = view.bench.lever_model.staff.get(cadre)
    if stock is None:
        return nothing(view, "ages_title")
    flow = stock.flow(stock.settings(BASELINE, bench.levers))
    name = stock.cadre.zh if lang == "zh" else stock.cadre.en
    chart = staff_ages(stock.start, flow.heads[:, -1], (stock.years[0] - 1, stock.years[-1]), lang, name)
    rows = []
    for i, year in enumerate(stock.years):
        if year < bench.first_year - 1:
            continue
        men, women = workforce.statutory(year)
        past = flow.heads[:, i, 0, int(np.ceil(men)) - workforce.YOUNGEST :].sum(-1) + flow.heads[
            :, i, 1, int(np.ceil(women)) - workforce.YOUNGEST :
        ].sum(-1)
        rows.append(
            (
                year,
                f"{men:.1f} / {women:.1f}",
                _interval(flow.total[:, i], lang),
                _interval(flow.entered[:, i], lang),
                _interval(flow.left[:, i], lang),
                _interval(past, lang),
            )
        )
    heads = [
        message("year", lang),
        *(message(f"staff_{k}", lang) for k in ("retirement", "there", "entering", "leaving", "past")),
    ]
    parts = [
        Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(stock.rate, lang)),
        Part(headings=heads, rows=rows),
        Part(
            items=[
                wording.one_language(stock.priors[k].sentence(), lang)
                for k in ("staff_leaving", "staff_stay_on", "entrants_women")
            ]
        ),
    ]
    return Section("ages", message("ages_title", lang, cadre=name), [message("ages_lead", lang)], parts)


def staff_flows(view: View, cadre: str = "gps") -> Section:
    """Who enters and who leaves, year by year."""
    bench, lang, stock = view.bench, view.lang, view.bench.lever_model.staff.get(cadre)
    if stock is None:
        return nothing(view, "staff_flows_title")
    flow = stock.flow(stock.settings(BASELINE, bench.levers))
    chart = fans.stock_flow(
        stock.years, {message("staff_entering", lang): flow.entered}, {message("staff_leaving", lang): flow.left}, wording.unit("persons", lang), lang
    )  # fmt: skip
    part = Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(stock.rate, lang))
    return Section("staff_flows", message("staff_flows_title", lang), [message("staff_flows_lead", lang)], [part])


def other_staff(view: View) -> Section:
    """Physicians, nurses, paediatricians and physicians of Chinese medicine per head, with their targets."""
    bench, lang = view.bench, view.lang
    items = []
    for id, (per, *_) in STAFF.items():
        if id != "gps" and per in bench.outlooks:
            items.append(
                (
                    bench.outlook(per),
                    bench.catalogue.indicator(per),
                    [t for t in bench.targets_ahead() if t.indicator == per],
                )
            )
    if not items:
        return nothing(view, "other_staff_title")
    chart = fans.small_multiples(items, lang, columns=2)
    part = Part(figure=fans.inline(chart), alt=chart.alt, caption=sources(items[0][0], lang))
    return Section("other_staff", message("other_staff_title", lang), [message("multiples_note", lang)], [part])


def nothing(view: View, title: str) -> Section:
    """A section that says why there is nothing to show."""
    reasons = list(dict.fromkeys(wording.one_language(r, view.lang) for r in view.bench.missing_reasons.values()))[:3]
    return Section("nothing", message(title, view.lang, cadre=""), [message("no_data", view.lang), *reasons])


def _interval(values: np.ndarray, lang: str) -> str:
    return wording.span(*_tenths(values), lang)


def _tenths(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.1, 0.9])
    return float(low), float(high)


def _line_rows(found: Iterable[Line], year: int, lang: str) -> list[tuple]:
    rows = []
    for line in found:
        values = line.at(year)
        unit = "%" if line.unit == "percent" else ""
        rows.append(
            (
                message(f"line_{line.key}_{line.unit}", lang),
                line_span(*_tenths(values), line.unit, lang),
                number(round(float(np.median(values))), lang) + unit,
            )
        )
    return rows
