"""Every resident of a region, one by one: the agent model fed with the report's own people, places and doctors.

The agents follow the projection draw by draw, on the footing of the totals published; what they add is what cohorts cannot carry: spacing, households, waiting
lists, prices, a doctor's career.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dabiao.assess import Assessment
from dabiao.lever_model import as_published
from planning.loading.levers import read_levers
from planning.outlooks import Outlook
from sim.agents.doctors import DoctorPlan
from sim.agents.nurseries import NurseryPlan
from sim.agents.rates import rates_of
from sim.agents.runs import Simulated, simulate

RATES = ("survival", "fertility", "boys_per_girl", "arrivals", "leaving")
ACCOUNTS = ("people", "births", "deaths", "migrants")
CLOSING = 0.05  # share of nurseries that close in a year: the middle of the prior that places use
LEAVING = 0.04  # share of GPs that leave or retire in a year, made up for by entries. An assumption


def simulate_region(
    a: Assessment,
    years: int | None = None,
    replicates: int = 1,
    seed: int = 1,
    levers: dict[str, float] | None = None,
    processes: int = 1,
) -> Simulated:
    """The residents of an assessed region from the end of the last published year on, as whole persons.

    years: how many to live through; by default all that the assessment covers. levers: of the agents
    (`sim.agents.model.LEVERS`), on top of the assessment's scenario. Raises ValueError where the region's people are not
    projected, or for more years than it covers.
    """
    if a.futures.expected is None:
        reason = a.futures.silent.get("population", "")
        raise ValueError(f"{a.region.name_en} cannot be simulated: {reason}")
    plan = a.scenario.within(a.region).since(a.as_of.year)
    levers_of_people = read_levers(a.catalogue.folders)
    living = as_published(a.futures.expected, a.catalogue, a.region, plan, levers_of_people).projection
    first = slice(max(replicates, 1))  # each run takes a draw of its own, from the first on
    projection = replace(living, **{name: getattr(living, name)[first] for name in ACCOUNTS})
    published = a.futures.outlooks["population"].observed
    start = max([y for y, _ in published if y in projection.years], default=projection.years[0])
    start = min(start, projection.years[-1] - 1)
    most = projection.years[-1] - start
    if years is not None and not 1 <= years <= most:
        raise ValueError(
            f"{years} years were asked for; from the end of {start} to {projection.years[-1]} there are {most}."
        )
    rates = rates_of(projection, _orders(a)[first], after=start)
    if years is not None:
        cut = {name: getattr(rates, name)[:, :years] for name in RATES}
        rates = replace(rates, years=rates.years[:years], **cut)
    out = a.futures.outlooks
    return simulate(
        a.region.key,
        start,
        projection.at(start).people,
        rates,
        replicates=replicates,
        seed=seed,
        levers=levers,
        households=True,
        nurseries=_nurseries(out.get("nursery_places"), rates.years),
        doctors=_doctors(out.get("gps"), rates.years),
        processes=processes,
        sources=projection.sources,
    )


def _orders(a: Assessment) -> np.ndarray:
    out = a.futures.outlooks
    births = [out[k].paths for k in ("births_first", "births_second", "births_third_plus")]
    return np.stack(births, axis=-1) / np.sum(births, axis=0)[..., None]


def _nurseries(places: Outlook | None, years: tuple[int, ...]) -> NurseryPlan | None:
    if places is None:
        return None
    open_ = _by_year(places, (years[0] - 1, *years))
    opened = np.maximum(np.diff(open_) + CLOSING * open_[:-1], 0)
    return NurseryPlan(places=round(open_[0]), opened=tuple(opened.tolist()), closing=CLOSING)


def _doctors(gps: Outlook | None, years: tuple[int, ...]) -> DoctorPlan | None:
    if gps is None:
        return None
    heads = _by_year(gps, (years[0] - 1, *years))
    entering = np.maximum(np.diff(heads) + LEAVING * heads[:-1], 0)
    posts = np.maximum(np.diff(heads), 0)
    return DoctorPlan(round(heads[0]), round(heads[0]), tuple(entering.tolist()), tuple(posts.tolist()))


def _by_year(outlook: Outlook, years: tuple[int, ...]) -> np.ndarray:
    """Medians by year; before the first known one, the first."""
    middle = outlook.quantiles([0.5])[0]
    return np.interp(years, outlook.years, middle)
