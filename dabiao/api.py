"""The public functions, `import dabiao as db`: plain values and pandas objects in, results with frames and charts out.

Arguments that all of them share:

region      a Chinese or English name, or a code: "瓯海区", "ouhai", "330304"; "330105@2021" for one boundary edition
as_of       only what had been published by this day is seen: a date, "2022-07-31", "2022-07" or 2022 (default: all)
data        a folder of the shape of data/, laid over the shipped data (default: the shipped data alone)
draws       possible futures drawn; 500 give a chance to within about two points in a hundred (standard error)
seed        the same seed gives the same answer
own         figures of the region typed in beside what is published: {"gps_per_10000": {2024: 4.8}}, or "gps_per_10000=4.8@2024"

Every function raises NotKnown, a LookupError that says what is near, for a region, indicator, target, scenario or lever
that does not exist, and InvalidData, a ValueError that lists every fault, for faulty data. NotKnown and InvalidData lie in
`planning.errors`.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from dabiao import agents, comparison, reachability, register
from dabiao.assessment import assess as assess_region
from dabiao.figures import figures_to_bring
from dabiao.proposals import proposals
from dabiao.region_model import EVERY_STOCK, HORIZON, RegionModel, region_model
from dabiao.results import (
    Assessed,
    Compared,
    FiguresToBring,
    Forecast,
    People,
    Proposed,
    Reached,
    ScenarioEffect,
    Simulation,
)
from forecasts.forecast import forecast as forecast_indicator
from forecasts.rare import expected_events
from forecasts.series_forecast import forecast_series
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.loading.folder import load_catalogue
from planning.loading.scenarios import read_scenario
from planning.observations import pick
from planning.outlooks import Outlook
from planning.own_figures import Own, words_of
from planning.scenarios import BASELINE, Scenario, check_region, with_settings
from planning.sources import information_day

Day = date | str | int | None
Folder = str | os.PathLike[str] | None
Levers: TypeAlias = "str | Mapping[str, Any] | pd.Series | pd.DataFrame"


def regions(data: Folder = None) -> pd.DataFrame:
    """All regions, one row each. Index: `region`, the code with the boundary edition where there is one.

    Columns: name_zh, name_en; level (nation, province, city, district or area); parent, the code of the region above;
    start, end, ISO dates of the boundary or ""; targets, how many are in force there; fictional. Codes after GB/T 2260.

    >>> import dabiao as db
    >>> db.regions().loc["330304", ["name_zh", "level", "parent"]].to_list()
    ['瓯海区', 'district', '330300']
    """
    catalogue = _catalogue(data)
    counts = pd.Series([catalogue.region(t.key).key for t in catalogue.targets], dtype=str).value_counts()
    rows = [
        {"region": r.key, "name_zh": r.name_zh, "name_en": r.name_en, "level": r.level, "parent": r.parent,
         "start": r.boundary.start, "end": r.boundary.end, "targets": int(counts.get(r.key, 0)), "fictional": r.fictional}
        for r in catalogue.regions
    ]  # fmt: skip
    return pd.DataFrame(rows).set_index("region")


def observations(region: str, indicator: str | None = None, as_of: Day = None, data: Folder = None) -> pd.DataFrame:
    """Every published value of a region, or of one indicator there. Index: (indicator, year), a year once per publication.

    Columns: value, in `unit`; unit; period and basis that it was counted at; status; precision, the rounding unit, 0 where it
    is unknown; used, whether it is the one that forecasts start from; source; published, the day from which it was known.

    >>> import dabiao as db
    >>> residents = db.observations("瓯海区", "population")
    >>> residents.index.names, residents["unit"].unique().tolist()
    (FrozenList(['indicator', 'year']), ['persons'])
    """
    catalogue = _catalogue(data, as_of)
    place = catalogue.find(region)
    chosen = list(catalogue.indicators.values()) if indicator is None else [catalogue.indicator(indicator)]
    rows = []
    for about in chosen:
        found = catalogue.rows(place, about.id)
        used = {id(o) for o in pick(found, about.basis)[0]}
        rows += [
            (about.id, o.year, o.value, about.unit, o.period, o.basis, o.status, o.precision, id(o) in used,
             o.source.cited(), o.source.published)
            for o in sorted(found, key=lambda o: (o.year, o.source.published))
        ]  # fmt: skip
    columns = "indicator year value unit period basis status precision used source published".split()
    types = {"year": int, "value": float, "precision": float, "used": bool, "published": "datetime64[ns]"}
    frame = pd.DataFrame(rows, columns=columns).astype(types)
    return frame.set_index(["indicator", "year"])


def targets(region: str | None = None, document: str | None = None, data: Folder = None) -> pd.DataFrame:
    """The register of targets as the plans print them: all, or of a region, of a document, or of both. Index: `id`.

    Columns: document, region, level, indicator, indicator_zh, unit, comparison (at_least, at_most, between ...), value or low
    and high in `unit`, year (the target is due on its last day), kind, nature (binding or expected), section and others of
    data/README.md.

    >>> import dabiao as db
    >>> db.targets("瓯海区").query("indicator == 'nursery_places_per_1000'")["value"].tolist()
    [5.55]
    """
    catalogue = _catalogue(data)
    found = register.as_plain(catalogue, register.selected(catalogue, document, region))
    return pd.DataFrame(found).set_index("id") if found else pd.DataFrame(index=pd.Index([], name="id"))


def forecast(
    region: str,
    indicator: str,
    to: int | None = None,
    model: str | None = None,
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
    own: Own = None,
) -> Forecast:
    """The possible futures of an indicator in a region, year by year to `to` (default: its last deadline, at least 2030).

    model: by default what an assessment takes: people, places and staff by their own simulations, all else by its own series
    and its peers. Or a name in `forecasts.models.MODELS`, fitted to the series: "pooled",
    "ets", "arima", "components", "theta" (these four of statsmodels), "negative_binomial".
    Raises ValueError where there is nothing to forecast from, with the reason.

    >>> import dabiao as db
    >>> made = db.forecast("瓯海区", "gps_per_10000", to=2027, draws=50)
    >>> made.to_frame().columns.tolist()
    ['median', 'low80', 'high80', 'low95', 'high95']
    >>> db.forecast("浙江省", "population", to=2030, model="ets", draws=50).outlook.method
    'ETS (statsmodels)'
    """
    held = _model(region, to, as_of, draws, seed, data, own)
    about = held.catalogue.indicator(indicator)
    made = _usual(held, about) if model is None else _by_model(held, about, model)
    return Forecast(held.region, about, made)


def project(
    region: str,
    to: int | None = None,
    scenario: Levers = "baseline",
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
) -> People:
    """The residents of a region by year, sex, single age and draw, by the cohort component method, to the end of `to`.

    scenario: a file of data/scenarios/, without .yaml, a path, or levers as `scenario` takes them, such as {"fertility": 1.2}.
    Raises ValueError where people cannot be projected, with the figure that is missing.

    >>> import dabiao as db
    >>> people = db.project("瓯海区", to=2026, draws=20).to_frame()
    >>> people.index.names, len(people) // (20 * 2 * 101)
    (FrozenList(['year', 'sex', 'age', 'draw']), 7)
    """
    held = _model(region, to, as_of, draws, seed, data)
    found = held.people(_plan(scenario, held))
    if found is None:
        raise ValueError(held.missing_reasons["population"])
    return People(held.region, found.projection)


def assess(
    region: str,
    scenario: str = "baseline",
    to: int | None = None,
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
    own: Own = None,
) -> Assessed:
    """Every target of a region judged: its chance, the word for it, the interval at the deadline and the evidence.

    scenario, to: as of `project`. A target that cannot be judged is a row without a chance, with the reason.

    >>> import dabiao as db
    >>> verdicts = db.assess("瓯海区", draws=50).to_frame()
    >>> bool(verdicts["chance"].dropna().between(0, 1).all())
    True
    """
    return Assessed(assess_region(region, scenario, to, _day(as_of), draws, seed, _folder(data), own))


def reach(
    region: str,
    target: str,
    chance: float = 0.8,
    levers: Iterable[str] = (),
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
    own: Own = None,
) -> Reached:
    """What it takes for a region to meet a target with a chance: each lever alone, all in order, and the cheapest set.

    target: its id, or its indicator by id or name. levers: only these are tried (default: all that move it). Raises ValueError
    for a target without a number or an outlook, and for a chance outside 0 to 1.

    >>> import dabiao as db
    >>> found = db.reach("瓯海区", "nursery_places_per_1000", 0.8, ["nursery_public"], draws=50)
    >>> found.to_frame().index.tolist()
    ['nursery_public']
    """
    answer = reachability.reach(region, target, chance, tuple(levers), _day(as_of), draws, seed, _folder(data), own)
    return Reached(answer)


def bring(
    region: str, as_of: Day = None, draws: int = 500, seed: int = 0, data: Folder = None, own: Own = None
) -> FiguresToBring:
    """The own figures of a region that would move its chances most, then those that targets wait for, one an indicator.

    The expected move is the mean of |chance after - chance now| over the values that the figure of last year may take.

    >>> import dabiao as db
    >>> db.bring("瓯海区", draws=50).to_frame().loc["aeds_per_10000", "word"]
    'needs a figure'
    """
    held = region_model(region, None, _day(as_of), draws, seed, _folder(data), own=own)
    return FiguresToBring(held.region, held.catalogue, tuple(figures_to_bring(held)))


def propose(
    region: str,
    to: int = 2030,
    chances: Iterable[float] = (),
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
    own: Own = None,
) -> Proposed:
    """Targets to propose for the end of a year: the value of each rate, share and index reached with a chance of 80, 50 and
    20 %, and with each of `chances`, beside the targets in force.

    Raises ValueError for a year that is over and for a chance outside 0 to 1.

    >>> import dabiao as db
    >>> found = db.propose("瓯海区", 2030, [0.4], draws=50).to_frame()
    >>> bool(found.loc["nurses_per_1000", "chance_0.8"] < found.loc["nurses_per_1000", "chance_0.4"])
    True
    """
    held = region_model(region, max(to, HORIZON), _day(as_of), draws, seed, _folder(data), own=own)
    return Proposed(held.region, held.catalogue, to, tuple(proposals(held, to, tuple(chances))))


def scenario(
    region: str,
    levers: Levers,
    to: int | None = None,
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
    own: Own = None,
) -> ScenarioEffect:
    """What a setting of levers changes for a region, beside the baseline on the same draws and lever by lever.

    levers: the name or path of a scenario file; a mapping or Series of lever to value, which holds from the first open year;
    a mapping of lever to {year: value}; or a frame with columns lever, year and value. `dabiao levers` lists levers, ranges and
    units. Raises ValueError for a value out of range, a year that is over, and levers that exclude each other.

    >>> import dabiao as db
    >>> made = db.scenario("瓯海区", {"nursery_public": {2027: 0.5}}, to=2027, draws=50)
    >>> made.levers
    ('nursery_public',)
    """
    held = _model(region, to, as_of, draws, seed, data, own)
    plan = _plan(levers, held)
    if plan.own:
        held = _model(region, to, as_of, draws, seed, data, (*plan.own, *words_of(own)))
    return ScenarioEffect(comparison.compared(held, BASELINE, plan))


def compare(
    regions: Iterable[str],
    indicator: str,
    to: int | None = None,
    model: str | None = None,
    as_of: Day = None,
    draws: int = 500,
    seed: int = 0,
    data: Folder = None,
) -> Compared:
    """One indicator forecast in several regions, in the order given. regions: names or codes, a list or a pandas Series.

    Further arguments and errors as of `forecast`.

    >>> import dabiao as db
    >>> both = db.compare(["瓯海区", "上城区"], "gps_per_10000", to=2027, draws=50)
    >>> both.to_frame().index.names
    FrozenList(['region', 'year'])
    """
    return Compared(tuple(forecast(r, indicator, to, model, as_of, draws, seed, data) for r in regions))


def simulate(
    region: str,
    years: int | None = None,
    replicates: int = 1,
    scenario: str = "baseline",
    levers: Mapping[str, float] | None = None,
    to: int | None = None,
    as_of: Day = None,
    seed: int = 1,
    processes: int = 1,
    data: Folder = None,
    rules: Mapping[str, Any] | None = None,
) -> Simulation:
    """A region lived through with one agent for every resident (the Mesa model of docs/odd.md), some 3 s a million residents
    and year.

    years: how many to live through, from the last published year (default: to `to`). replicates: runs, each with a draw and
    chance events of its own. levers: of the agents (`sim.agents.model.LEVERS`), on top of the scenario. rules: what agents do otherwise than usual, such as
    {"prices": ((800, 1.0),)} or {"reach": (0.2, 0.3, 0.5)}, by the fields of `NurseryPlan` and `DoctorPlan` (docs/odd.md). Raises
    ValueError for an unknown rule, and where the region's people cannot be projected.

    >>> import dabiao as db
    >>> run = db.simulate("麻山区", years=2, replicates=2)
    >>> run.to_frame().loc[0, ["births", "deaths"]].shape
    (2, 2)
    """
    assessed = assess_region(region, scenario, to, _day(as_of), max(20, replicates), 0, _folder(data))
    made = agents.simulate_region(assessed, years, replicates, seed, dict(levers or {}), processes, rules)
    return Simulation(assessed.region, made, agents.agreement(assessed, made))


def _day(as_of: Day) -> str | None:
    return None if as_of is None else information_day(as_of).isoformat()


def _folder(data: Folder) -> str | None:
    return None if data is None else os.fspath(data)


def _catalogue(data: Folder, as_of: Day = None) -> Catalogue:
    everything = load_catalogue(_folder(data))
    return everything if as_of is None else everything.known_by(information_day(as_of))


def _model(
    region: str, to: int | None, as_of: Day, draws: int, seed: int, data: Folder, own: Own = None
) -> RegionModel:
    return region_model(region, to, _day(as_of), draws, seed, _folder(data), EVERY_STOCK, own)


def _usual(held: RegionModel, about: Indicator) -> Outlook:
    """The outlook that an assessment would take."""
    if about.id in held.outlooks:
        return held.outlook(about.id)
    births = held.outlooks.get("births")
    made, reason = forecast_indicator(held.catalogue, held.region, about.id, held.to, held.draws, held.seed, births)
    if made is None:
        raise ValueError(held.missing_reasons.get(about.id, reason))
    return made


def _by_model(held: RegionModel, about: Indicator, model: str) -> Outlook:
    catalogue, place = held.catalogue, held.region
    own, peers = catalogue.series(place, about.id), catalogue.peers(place, about.id)
    if own is None:
        raise ValueError(f"No value of {about.id} is published for {place.name_en}, so no model can be fitted to it.")
    above = (catalogue.series(a, about.id) for a in catalogue.ancestors(place))
    return forecast_series(
        own,
        about,
        held.to,
        peers=peers,
        parent=next((s for s in above if s is not None), None),
        expected_events=expected_events(own, peers, about, held.outlooks.get("births")),
        draws=held.draws,
        seed=held.seed,
        model=model,
    )


def _plan(levers: Levers, held: RegionModel) -> Scenario:
    return _read(levers, held) if isinstance(levers, str) else _with(levers, held)


def _read(name: str, held: RegionModel) -> Scenario:
    plan = read_scenario(name, held.catalogue.folders, held.levers)
    check_region(plan, held.region)
    return plan


def _with(levers: Mapping[str, Any] | pd.Series | pd.DataFrame, held: RegionModel) -> Scenario:
    """The baseline with levers set, as `dabiao scenario --set` sets them."""
    if isinstance(levers, pd.DataFrame):
        rows: list[tuple[Hashable, Any, Any]] = [(r.lever, r.year, r.value) for r in levers.itertuples()]
    else:
        steps = {id: v if isinstance(v, Mapping | pd.Series) else {held.first_year: v} for id, v in levers.items()}
        rows = [(id, year, value) for id, by_year in steps.items() for year, value in by_year.items()]
    asked = [f"{lever}={float(value)!r}@{int(year)}" for lever, year, value in rows]
    return replace(with_settings(BASELINE, asked, held.levers, held.first_year), name="levers", zh="", en="")


__all__ = ["assess", "bring", "compare", "forecast", "observations", "project", "propose", "reach", "regions", "scenario", "simulate", "targets"]  # fmt: skip
