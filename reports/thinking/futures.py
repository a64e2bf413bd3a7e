"""Futures: every outlook of one region under one scenario, each from the engine that knows most about it.

People come from the cohort component, places and doctors from stock and flow over those people, everything else from
its own short series and its peers. What no engine can say stands in `silent`, with the reason.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

import forecasts
from forecasts import births as birth_orders
from forecasts import peers as from_peers
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.populations import Projection
from planning.priors import read_priors
from planning.regions import Region
from planning.scenarios import BASELINE, Lever, Scenario
from planning.series import Series
from planning.targets import Target
from reports.thinking.needs import health_needs
from reports.thinking.people import NoPeople, People, people_ahead
from reports.thinking.records import values
from reports.thinking.structure import people_under, structural
from sim import needs
from sim.base import BasePopulation

NURSERY = ("nursery_places_per_1000", "nursery_places", "nursery_places_per_100_under3", "nursery_demand")
DOCTORS = ("gps_per_10000", "gps")
REGISTRATIONS = ("birth_registrations", *(f"birth_registrations_{o}" for o in birth_orders.ORDERS))
BIRTHS_PER = {"per_1000_births": 1_000, "per_100000_births": 100_000}
# Between areas of one parent, log, a step of levels, where too few are published to tell: within a province, and around
# the nation. Assumptions.
UNKNOWN_SPREAD = (0.25, 0.5)
NATION = "000000"
STANDING_IN_FREEDOM = 4  # some areas are quite unlike the one above: tails of Student's t. An assumption
FARTHEST = 3.0  # spreads
FEWEST_WINDOWS = 30  # comparable windows among peers from which their changes are worth more than a smooth trend


@dataclass(frozen=True)
class Futures:
    """What lies ahead of a region. outlooks by indicator; silent: the reason by indicator where there is none.

    lonely: indicators whose outlook had no peers to learn from, so that no chance above .66 is stated. expected: the people
    without levers; trends: every outlook before the structure of places and staff is put under it.
    """

    region: Region
    base: BasePopulation | None
    projection: Projection | None
    outlooks: dict[str, Outlook]
    silent: dict[str, str] = field(default_factory=dict)
    lonely: frozenset[str] = frozenset()
    expected: People | None = None
    trends: dict[str, Outlook] = field(default_factory=dict)

    def outlook(self, target: Target) -> tuple[Outlook | None, str]:
        """The outlook a target is judged on, or None and the reason."""
        return self.outlooks.get(target.indicator), self.silent.get(target.indicator, "")

    def alone(self, indicator: str) -> bool:
        """Whether nothing but the region's own few points speaks."""
        return indicator in self.lonely


def look_ahead(
    catalogue: Catalogue,
    region: Region,
    wanted: Collection[str],
    to: int,
    draws: int,
    seed: int,
    scenario: Scenario,
    levers: dict[str, Lever],
) -> Futures:
    """The futures of a region: its people, and every indicator in `wanted` that some engine can speak of."""
    outlooks: dict[str, Outlook] = {}
    silent: dict[str, str] = {}
    lonely: set[str] = set()
    people: People | None = None
    expected: People | None = None  # without levers: what is built and trained is planned for them
    if catalogue.as_of is not None:
        scenario = scenario.within(region).since(catalogue.as_of.year)
    try:
        expected = people_ahead(catalogue, region, to, draws, seed, BASELINE, levers)
        people = people_under(expected, catalogue, region, scenario, levers)
        outlooks.update(of_people(catalogue, region, people))
    except NoPeople as error:
        silent.update(dict.fromkeys(("population", *NURSERY), str(error)))
    moved = {*outlooks, *NURSERY, *DOCTORS}
    for id in sorted(set(wanted) - moved | {"nursery_places_per_1000", "gps_per_10000"}):
        outlook, reason, alone = trend(catalogue, region, id, to, draws, seed, outlooks.get("births"))
        if outlook is None:
            silent[id] = reason
            continue
        outlooks[id] = outlook
        if alone:
            lonely.add(id)
    trends, rng = dict(outlooks), generator(seed, region, "structure")
    outlooks.update(structural(outlooks, people, scenario, levers, rng, expected, read_priors(catalogue.folders)))
    if people is not None:
        # What a plan promises is judged by the engine of its own indicator, never by what follows from another's.
        found = health_needs(catalogue, region, people, outlooks)
        outlooks.update({id: o for id, o in found.items() if id not in outlooks and id not in wanted})
    return Futures(
        region,
        people.base if people else None,
        people.projection if people else None,
        outlooks,
        silent,
        frozenset(lonely),
        expected,
        trends,
    )


def of_people(catalogue: Catalogue, region: Region, people: People) -> dict[str, Outlook]:
    """The outlooks that the projection gives: people, births, ageing."""
    ids = ("population", "births", "deaths", "crude_birth_rate", "crude_death_rate", "natural_increase_rate",
           "aged_60_share", "aged_65_share", "aged_80_share", "aged_60", "aged_65", "aged_80")  # fmt: skip
    seen = {id: tuple(values(catalogue.series(region, id)).items()) for id in ids}
    known = len(people.known)
    grade = "A" if known >= 3 else "B" if known else "C"
    found = needs.people_outlooks(people.projection, people.drivers.order_shares(), grade, seen)
    drivers = {lang: " ".join(people.drivers.explanation[lang]) for lang in ("zh", "en")}
    found["births"] = replace(found["births"], drivers=drivers)
    found.update(registrations(catalogue, region, people, found["births"]))
    found["life_expectancy"] = people.drivers.life_expectancy
    found["total_fertility_rate"] = people.drivers.total_fertility
    return found


def registrations(catalogue: Catalogue, region: Region, people: People, births: Outlook) -> dict[str, Outlook]:
    """Birth registrations (生育登记) by order, tied to births by the observed ratio and lead, where a year has both."""
    total, *orders = (values(catalogue.series(region, id)) for id in REGISTRATIONS)
    known = {y: float(np.median(births.at(y))) for y in total if y in births.years}
    if not known:
        return {}
    first, second, third = orders
    shares = {y: (first[y], second[y], third[y]) for y in total if y in first and y in second and y in third}
    sources = catalogue.series(region, REGISTRATIONS[0]).sources
    return birth_orders.registration_outlooks(
        births, people.drivers.order_shares(), total, shares, known, people.seed, sources=sources
    )


def trend(
    catalogue: Catalogue, region: Region, id: str, to: int, draws: int, seed: int, births: Outlook | None = None
) -> tuple[Outlook | None, str, bool]:
    """The outlook of an indicator from its own series and its peers; whether it had none; or None and the reason.

    births: of the region; a rate of rare events per births is then counted, not drawn as a trend.
    """
    about = catalogue.indicator(id)
    own, peers = catalogue.series(region, id), catalogue.peers(region, id)
    if about.family == "not_quantitative":
        return None, "没有可计量的数值 / not quantitative", False
    notes: tuple[str, ...] = ()
    if own is None and about.basis == "resident" and about.kind in ("index", "rate", "share"):
        own = catalogue.series(region, id, "registered")
        if own is not None:
            notes = (
                f"{about.zh}只公布了户籍口径，以其代替 / {about.en} is published for the registered population only, "
                "which stands in for residents",
            )
    if own is None:
        outlook = standing_in(catalogue, region, about, peers, to, draws, seed)
        if outlook is not None:
            return outlook, "", False
        if catalogue.rows(region, id):
            return None, f"只公布了户籍口径的{about.zh} / published for the registered population only", False
        return None, f"本地与同类地区均未公布{about.zh} / no value of it is published here or for peers", False
    if own.years[-1] >= to:
        return None, f"已公布至 {own.years[-1]} 年 / published to {own.years[-1]} already", False
    seen, alone = windows(peers), not windows(peers)
    # Many windows: what peers did says most. A few: their common path, with a smooth trend. None: own points only.
    by_peers = seen >= FEWEST_WINDOWS or (not seen and (about.scale != "plain" or len(own) > 2))
    if about.better != "none" and about.family != "rare_events" and by_peers:
        return noted(from_peers.outlook(own, about, to, peers, draws=draws, seed=seed), notes), "", alone
    parent = next((s for a in catalogue.ancestors(region) if (s := catalogue.series(a, id)) is not None), None)
    events = expected_events(own, peers, about, births)
    outlook = forecasts.forecast(
        own, about, to, peers=peers, parent=parent, expected_events=events, draws=draws, seed=seed
    )
    return noted(outlook, notes), "", alone


def expected_events(
    own: Series, peers: list[Series], about: Indicator, births: Outlook | None
) -> dict[int, float] | None:
    """Events expected by year for a rate per births, at its present level; None where it is no such rate.

    At the region's own mean rate; where that is zero, at the mean of the newest of its peers.
    """
    base = BIRTHS_PER.get(about.unit)
    if base is None or births is None or about.scale != "count":
        return None
    level = float(np.mean(own.last_stretch().values)) or float(np.mean([p.values[-1] for p in peers] or [0.0]))
    if level <= 0:
        return None
    middle = np.median(births.paths, axis=0)
    return {year: float(b) * level / base for year, b in zip(births.years, middle, strict=True)}


def noted(outlook: Outlook, notes: tuple[str, ...]) -> Outlook:
    """The outlook with further assumptions; one that leans on another basis is no better than grade C."""
    if not notes:
        return outlook
    return replace(outlook, assumptions=(*outlook.assumptions, *notes), grade=max(outlook.grade, "C"))


def standing_in(
    catalogue: Catalogue, region: Region, about: Indicator, peers: list[Series], to: int, draws: int, seed: int
) -> Outlook | None:
    """Where nothing is published of a region: the nearest region above that has a series stands in. Grade D.

    Each draw places the region somewhere around the one above, as far as areas lie apart, and lets it move alike.
    """
    found = [
        (steps, s) for steps, a in enumerate(catalogue.ancestors(region), 1) if (s := catalogue.series(a, about.id))
    ]
    if not found or about.kind in ("count", "cumulative"):
        return None
    steps, above = found[0]
    if above.years[-1] >= to:
        return None
    others = [s for s in peers if s.region != above.region]
    parent = forecasts.forecast(above, about, to, peers=others, draws=draws, seed=seed)
    within = [s for s in others if above.region in _keys_above(catalogue, s.region)]
    shift, spread = around(above, within) or (0.0, UNKNOWN_SPREAD[above.region == NATION] * np.sqrt(steps))
    tails = generator(seed, region, about.id).standard_t(STANDING_IN_FREEDOM, size=(draws, 1))
    away = shift + spread * np.clip(tails, -FARTHEST, FARTHEST)
    if about.scale == "logit":
        share = np.clip(parent.paths / 100, 1e-4, 1 - 1e-4)
        paths = 100 / (1 + (1 - share) / share * np.exp(-away))
    elif about.scale == "plain":
        paths = parent.paths + away * np.abs(parent.paths).mean()
    else:
        paths = parent.paths * np.exp(away)
    name = catalogue.region(above.region)
    note = (
        f"本地未公布{about.zh}：以{name.name_zh}的水平与走势代替，地区间差异的标准差取 {spread:.0%} / "
        f"{about.en} is not published here: {name.name_en} stands in, with a spread between areas of {spread:.0%}"
    )
    zh, _, en = note.partition(" / ")
    return Outlook(
        region=region.key,
        indicator=about.id,
        unit=about.unit,
        years=parent.years,
        paths=np.clip(paths, *about.range),
        method=f"stands in: {name.name_en}",
        grade="D",
        sources=parent.sources,
        assumptions=(note,),
        drivers={"zh": zh, "en": en},
    )


def _keys_above(catalogue: Catalogue, key: str) -> set[str]:
    return {r.key for r in catalogue.ancestors(catalogue.region(key))}


def around(above: Series, others: list[Series]) -> tuple[float, float] | None:
    """Where areas lie around the one above, log: the middle, drawn half way to nought as few are published, and the spread.

    Robustly from four or more; None where fewer are published.
    """
    ratios = []
    for series in others:
        year, value = series.years[-1], series.values[-1]
        near = min(above.years, key=lambda y: abs(y - year))
        level = above.values[above.years.index(near)]
        if abs(near - year) <= 3 and value > 0 and level > 0:
            ratios.append(np.log(value / level))
    if len(ratios) < 4:
        return None
    middle = float(np.median(ratios))
    spread = max(1.4826 * float(np.median(np.abs(np.array(ratios) - middle))), 0.005)
    return middle / 2, float(np.hypot(spread, middle / 2))


def windows(peers: list[Series]) -> int:
    """How many yearly steps the peers have made: a step needs two values that chain."""
    return sum(max(len(p.last_stretch()) - 1, 0) for p in peers)


def generator(seed: int, region: Region, what: str) -> np.random.Generator:
    """Randomness of one question alone: the same whatever else was asked."""
    return np.random.default_rng([seed, zlib.crc32(f"{region.key}|{what}".encode())])
