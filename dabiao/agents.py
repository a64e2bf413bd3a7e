"""Every resident of a region, one by one: the agent model fed with the report's own people, places and doctors.

The agents follow the projection draw by draw, on the footing of the totals published; what they add is what cohorts cannot carry: spacing, households, waiting
lists, prices, a doctor's career.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from dabiao.assessment import Assessment
from dabiao.lever_model import as_published
from dabiao.region_model import RegionModel
from planning.bilingual import Bilingual
from planning.scenarios import Scenario
from sim.agents.doctors import DoctorPlan
from sim.agents.nurseries import NurseryPlan
from sim.agents.rates import rates_of
from sim.agents.runs import Simulated, simulate

MOST_APART = 4.0  # standard errors: one in sixteen thousand by chance
# What agents count and cohorts tell too: the outlook, and why they may differ.
BOTH_TELL: dict[str, tuple[str, Bilingual | None]] = {
    "births": ("births", None),
    "deaths": ("deaths", None),
    "births_first": ("births_first", None),
    "births_second": ("births_second", None),
    "births_third_plus": ("births_third_plus", None),
    "nursery_wanting": ("nursery_demand", None),
    "nursery_places": (
        "nursery_places",
        Bilingual(
            "居民个体模型按中位计划开设整所托育机构，队列模型的托位另含增速的不确定性",
            "agents open whole nurseries by the median plan; the cohorts' places carry the doubt about the pace too",
        ),
    ),
    "nursery_filled": (
        "nursery_children",
        Bilingual(
            "居民个体模型中有的空位太贵或太远，因此入托儿童略少",
            "some places that agents find are too dear or too far, so slightly fewer children are in",
        ),
    ),
    "elderly_alone": (
        "elderly_living_alone",
        Bilingual(
            "队列模型按现有独居比例推算，居民个体模型另计丧偶、子女离家和搬去同住",
            "cohorts keep today's shares living alone; agents also lose partners, see children leave and move in with them",
        ),
    ),
    "gps": (
        "gps",
        Bilingual(
            "居民个体模型中的医生须有空岗才能执业，并按中位计划招录",
            "agents practise only where a post is free, and enter by the median plan",
        ),
    ),
}
RATES = ("survival", "fertility", "boys_per_girl", "arrivals", "leaving")
ACCOUNTS = ("people", "births", "deaths", "migrants")


def simulate_region(
    a: Assessment,
    years: int | None = None,
    replicates: int = 1,
    seed: int = 1,
    levers: dict[str, float] | None = None,
    processes: int = 1,
    rules: Mapping[str, Any] | None = None,
) -> Simulated:
    """The residents of an assessed region from the end of the last published year on, as whole persons.

    years: how many to live through; by default all that the assessment covers. levers: of the agents
    (`sim.agents.model.LEVERS`), on top of the assessment's scenario. rules: what agents do otherwise than usual, by the name of
    a field of `sim.agents.nurseries.NurseryPlan` or `sim.agents.doctors.DoctorPlan`. Raises ValueError for another name, where the region's people are not
    projected, or for more years than it covers.
    """
    model = a.model
    if model.expected is None:
        reason = a.missing_reasons.get("population", "")
        raise ValueError(f"{a.region.name_en} cannot be simulated: {reason}")
    plan = model.settled(a.scenario)
    living = as_published(model.expected, a.catalogue, a.region, plan, model.levers).projection
    first = slice(max(replicates, 1))  # each run takes a draw of its own, from the first on
    projection = replace(living, **{name: getattr(living, name)[first] for name in ACCOUNTS})
    published = a.outlooks["population"].observed
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
    nurseries, doctors = _nurseries(model, plan, rates.years), _doctors(model, plan, rates.years)
    nurseries, doctors = _ruled(dict(rules or {}), nurseries, doctors)
    return simulate(
        a.region.key,
        start,
        projection.at(start).people,
        rates,
        replicates=replicates,
        seed=seed,
        levers=levers,
        households=True,
        nurseries=nurseries,
        doctors=doctors,
        processes=processes,
        sources=projection.sources,
    )


@dataclass(frozen=True)
class Agreement:
    """One figure told by agents and by cohorts for the same year: quantiles .1, .5, .9 of each.

    apart: the difference of their means in standard errors. note: why the two may differ beyond chance, or None.
    """

    series: str
    indicator: str
    year: int
    agents: tuple[float, float, float]
    cohorts: tuple[float, float, float]
    apart: float
    note: Bilingual | None

    @property
    def agrees(self) -> bool:
        """Whether they differ by no more than chance."""
        return abs(self.apart) < MOST_APART


def agreement(a: Assessment, run: Simulated) -> tuple[Agreement, ...]:
    """What agents and cohorts both tell of an assessed region, side by side, in the last year that both reach.

    run: by `simulate_region` from the same assessment, ten runs and more for intervals that mean something.
    """
    found = []
    for series, (indicator, note) in BOTH_TELL.items():
        outlook = a.outlooks.get(indicator)
        years = [y for y in run.years if outlook is not None and y in outlook.years]
        if series not in run.series or outlook is None or not years:
            continue
        agents, cohorts = run.series[series][:, run.years.index(years[-1])], outlook.at(years[-1])
        error = float(np.hypot(agents.std() / len(agents) ** 0.5, cohorts.std() / len(cohorts) ** 0.5))
        apart = float(agents.mean() - cohorts.mean()) / max(error, 1e-12)
        found.append(Agreement(series, indicator, years[-1], _told(agents), _told(cohorts), apart, note))
    return tuple(found)


def _told(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = (float(q) for q in np.quantile(values, [0.1, 0.5, 0.9]))
    return low, middle, high


def _orders(a: Assessment) -> np.ndarray:
    out = a.outlooks
    births = [out[k].paths for k in ("births_first", "births_second", "births_third_plus")]
    return np.stack(births, axis=-1) / np.sum(births, axis=0)[..., None]


def _ruled(
    rules: dict[str, Any], nurseries: NurseryPlan | None, doctors: DoctorPlan | None
) -> tuple[NurseryPlan | None, DoctorPlan | None]:
    """The plans with other rules in them. ValueError for a rule that neither has."""
    known = [{f.name for f in fields(kind)} for kind in (NurseryPlan, DoctorPlan)]
    strange = sorted(set(rules) - known[0] - known[1])
    if strange:
        raise ValueError(
            f"Agents have no rule {', '.join(strange)}; theirs are {', '.join(sorted(known[0] | known[1]))}."
        )
    own = [{k: v for k, v in rules.items() if k in names} for names in known]
    return (
        None if nurseries is None else replace(nurseries, **own[0]),
        None if doctors is None else replace(doctors, **own[1]),
    )


def _nurseries(model: RegionModel, plan: Scenario, years: tuple[int, ...]) -> NurseryPlan | None:
    stock = model.lever_model.nursery
    if stock is None:
        return None
    flow = stock.flow(model.heads(plan), stock.settings(plan, model.levers))
    willing, takeup = stock.priors["nursery_willing"], stock.priors["nursery_takeup"]
    return NurseryPlan(
        places=round(_stock_before(stock.years, flow.total, years)),
        opened=_flow_by_year(stock.years, flow.opened.sum(-1), flow.closed.sum(-1), years),
        closing=float(np.median(stock.drawn["nursery_closing"])),
        willing=(willing.low, willing.high),
        takeup=(takeup.low, takeup.high),
    )


def _doctors(model: RegionModel, plan: Scenario, years: tuple[int, ...]) -> DoctorPlan | None:
    stock = model.lever_model.staff.get("gps")
    if stock is None:
        return None
    flow = stock.flow(stock.settings(plan, model.levers))
    heads = np.interp((years[0] - 1, *years), stock.years, np.median(flow.total, axis=0))
    return DoctorPlan(
        gps=round(heads[0]),
        posts=round(heads[0]),
        entering=_flow_by_year(stock.years, flow.entered, flow.left, years),
        new_posts=tuple(np.maximum(np.diff(heads), 0).tolist()),
        women=float(np.median(stock.drawn["gps_women"])),
        stay_on=float(np.median(stock.drawn["staff_stay_on"])),
    )


def _stock_before(known: tuple[int, ...], stock: np.ndarray, years: tuple[int, ...]) -> float:
    """The median of a stock at the end of the year before `years`; before the first known one, the first."""
    return float(np.interp(years[0] - 1, known, np.median(stock, axis=0)))


def _flow_by_year(
    known: tuple[int, ...], coming: np.ndarray, going: np.ndarray, years: tuple[int, ...]
) -> tuple[float, ...]:
    """Medians of what opens or enters by year; before the first known year as much as goes in it, so that the stock stays."""
    came, gone = np.median(coming, axis=0), np.median(going, axis=0)
    return tuple(float(gone[0] if y < known[0] else np.interp(y, known, came)) for y in years)
