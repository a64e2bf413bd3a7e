"""Reach: what it takes to meet one target with a given chance, from the gap to the cheapest set of levers.

    what_if -> gap, pace, targets and years at a chance -> levers alone, together, in order -> rules -> signposts

Every number comes from the draws of the report; no lever changes a draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.stats import qmc

from dabiao.cheapest import Purchase, cheapest, units_of
from dabiao.influence import shares
from dabiao.pace import RequiredPace, pace
from dabiao.sensitivity import SCAN, Bar, BreakEven, Chance, bars, break_even, in_order, screened
from dabiao.signposts import Rule, Signpost, signposts, success_rules
from dabiao.what_if import WhatIf, what_if
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.verdicts import Verdict, lower_is_the_aim
from sim.services.nursery import NurseryModel
from sim.services.staff import STAFF, StaffModel

CHANCES = (0.8, 0.5, 0.2)
ALONE = (0.5, 0.8)
POINTS = 64  # settings tried for the rules on levers
RULED = 4  # levers in the rules, those that matter most


@dataclass(frozen=True)
class Shortage:
    """What is missing at the deadline, in real units. of: places, beds or persons; there: open or in post at the median;
    needed: beyond the outlook, for each chance; each: what the persons come to, full-time and practising, or empty."""

    of: str
    there: float
    needed: tuple[tuple[float, float], ...]
    each: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Use:
    """Nursery places at the deadline without levers: the share used and the children waiting, each at 10, 50 and 90 %."""

    used: tuple[float, float, float]
    waiting: tuple[float, float, float]


@dataclass(frozen=True)
class Denominator:
    """What the people alone do. chance, median: were they to stay as they are at the end of `since`; moved: what their change
    does to the median, in the unit; residents, group: change to the deadline, a share, of residents and of the people named
    in `of`. per_100: what the target comes to per 100 children under 3 at the deadline, at 10, 50 and 90 %, for places."""

    since: int
    of: str
    chance: float
    median: float
    moved: float
    residents: float
    group: float
    per_100: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Step:
    """One lever on top of those before it. chance, median: after it; by: what it adds to the chance; the steps add up."""

    lever: str
    setting: float
    chance: float
    by: float
    median: float


@dataclass(frozen=True)
class Reach:
    """What it takes. chance: without levers, the model's own; wanted: the chance asked for. Levers by id throughout; idle:
    those asked for that do not move the target."""

    what: WhatIf
    verdict: Verdict
    wanted: float
    chance: float
    pace: RequiredPace | None
    shortage: Shortage | None
    use: Use | None
    at_chance: tuple[tuple[float, float], ...]
    years: tuple[tuple[float, int | None], ...]
    levers: tuple[str, ...]
    idle: tuple[str, ...]
    alone: tuple[BreakEven, ...]
    tornado: tuple[Bar, ...]
    screening: Mapping[str, tuple[float, float]]
    steps: tuple[Step, ...]
    purchase: Purchase | None
    best_together: float | None
    ruled_chance: float | None
    lever_rules: tuple[Rule, ...]
    circumstances: tuple[Rule, ...]
    signposts: tuple[Signpost, ...]
    denominator: Denominator | None
    matters: Mapping[str, float]
    assumptions: tuple[str, ...]


def reach(
    region: str,
    target: str,
    chance: float = 0.8,
    levers: Sequence[str] = (),
    as_of: date | str | None = None,
    draws: int = 500,
    seed: int = 0,
    data: str | None = None,
) -> Reach:
    """What it takes for a region to meet a target with a chance. levers: only these are tried; by default all that move it.

    Raises NotKnown for an unknown region, target or lever, NothingToReach for a target without a number or without an
    outlook, ValueError for a chance that is none.
    """
    if not 0 < chance < 1:
        raise ValueError(f"A chance lies between 0 and 1; found {chance:g}. Write 80 % as 0.8.")
    return reached(what_if(region, target, as_of, draws, seed, data), chance, tuple(levers))


def reached(what: WhatIf, wanted: float, asked: tuple[str, ...] = ()) -> Reach:
    """The same on ground already prepared."""
    plain = what.values({})
    outlook = what.outlook({})
    verdict = what.verdict()
    known: dict[tuple, float] = {}

    def chance(settings: Mapping[str, float]) -> float:
        key = tuple(sorted((k, round(v, 9)) for k, v in settings.items() if v != what.levers[k].neutral))
        if key not in known:
            known[key] = what.chance(settings)
        return known[key]

    ids = what.candidates(asked)
    wants = tuple(sorted({*ALONE, wanted}))
    tornado = bars(chance, what.levers, ids)
    screening = screened(chance, what.levers, ids, what.seed) if ids else {}
    steps = contributions(what, tornado)
    best = chance({id: _best_end(chance, what.levers[id]) for id in ids}) if ids else None
    hits = what.hits(plain)
    plain_chance = float(hits.mean())
    upwards = not lower_is_the_aim(what.target)
    aim, lever_rules = rules_on_levers(what, chance, screening, wanted)
    monotone = what.target.comparison not in ("between", "equal")
    return Reach(
        what=what,
        verdict=verdict,
        wanted=wanted,
        chance=plain_chance,
        pace=pace_to(what, verdict, outlook, upwards),
        shortage=shortage(what, wanted),
        use=use_of_places(what),
        at_chance=tuple((p, target_at(plain, p, upwards)) for p in CHANCES) if monotone else (),
        years=tuple((p, year_at(what, outlook, p)) for p in sorted({*CHANCES, wanted}, reverse=True)),
        levers=ids,
        idle=tuple(id for id in asked if id not in ids),
        alone=tuple(b for id in ids for b in break_even(chance, what.levers[id], wants, plain_chance, scan(what, id))),
        tornado=tornado,
        screening=screening,
        steps=steps,
        purchase=cheapest(what, ids, wanted) if plain_chance < wanted else None,
        best_together=best,
        ruled_chance=aim,
        lever_rules=lever_rules,
        circumstances=rules_on_circumstances(what, hits),
        signposts=signposts(outlook.paths, outlook.years, hits, upwards, what.target.year, what.first_year)
        if monotone
        else (),
        denominator=denominator(what, plain),
        matters=matters(what),
        assumptions=outlook.assumptions,
    )


def pace_to(what: WhatIf, verdict: Verdict, outlook: Outlook, upwards: bool) -> RequiredPace | None:
    """The pace from the last published value, else from the outlook's own median at the end of the last year gone by."""
    if verdict.goal is None:
        return None
    since, estimated = verdict.last, False
    if since is None or since[0] >= what.target.year:
        year = max(min(what.first_year - 1, what.target.year - 1), outlook.years[0])
        since, estimated = (year, float(np.median(outlook.at(year)))), True
    peers = what.catalogue.peers(what.region, what.about.id)
    return pace(since, estimated, verdict.goal, what.target.year, what.about.scale, upwards, verdict.own_pace, peers)


def target_at(values: np.ndarray, chance: float, upwards: bool) -> float:
    """The target that would be met with a chance."""
    return float(np.quantile(values, 1 - chance if upwards else chance))


def year_at(what: WhatIf, outlook: Outlook, chance: float) -> int | None:
    """The first year, from the first that lies open, at whose end the target is met with a chance; None: not in its years."""
    for year in outlook.years:
        if year >= what.first_year and float(what.hits(outlook.at(year)).mean()) >= chance:
            return year
    return None


def shortage(what: WhatIf, wanted: float) -> Shortage | None:
    """What is missing at the deadline for a stock per head: the places, beds or persons beyond the outlook, by chance.

    For a chance p the number that is enough in a share p of the draws, each with its own people.
    """
    stock, target = what.stock, what.target
    if not hasattr(stock, "expected") or target.value is None or lower_is_the_aim(target):
        return None
    at = stock.years.index(target.year)
    if isinstance(stock, StaffModel):
        per_id, _, of, per = STAFF[stock.cadre.id]
        total, unit = stock.flow(stock.settings(what.scenario({}), what.levers)).total[:, at], "persons"
    else:
        per_id, of, per = stock.rate.indicator, "residents", 1000
        settings = stock.settings(what.scenario({}), what.levers)
        total = stock.flow(stock.expected, settings).total[:, at]
        unit = "places" if per_id.startswith("nursery") else "beds"
    if what.about.id != per_id:
        return None
    people = stock.expected.group(of)[:, at]
    short = target.value * people / per - total
    needed = tuple((p, max(0.0, float(np.quantile(short, p)))) for p in sorted({*ALONE, wanted}))
    each: tuple[tuple[str, float], ...] = ()
    if isinstance(stock, StaffModel):
        most = needed[-1][1]
        middle = {id: float(np.median(stock.drawn[id])) for id in ("staff_full_time", "staff_practising")}
        each = tuple((id, most * share) for id, share in middle.items())
    return Shortage(unit, float(np.median(total)), needed, each)


def use_of_places(what: WhatIf) -> Use | None:
    """How full the places are at the deadline, and how many children wait, where the target counts nursery places."""
    stock = what.stock
    if not isinstance(stock, NurseryModel):
        return None
    at = stock.years.index(what.target.year)
    _, used, waiting = stock.use(stock.expected, stock.settings(what.scenario({}), what.levers))
    return Use(_ends(used[:, at]), _ends(waiting[:, at]))


def _ends(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def contributions(what: WhatIf, tornado: Sequence[Bar]) -> tuple[Step, ...]:
    """Every lever at the better of its 10th and 90th percentile, one on top of the other, the strongest first.

    Chances are counts of draws, so what the levers add is exact and sums to the whole.
    """
    settings = {b.lever: b.settings[0] if b.chances[0] > b.chances[2] else b.settings[2] for b in tornado}
    settings = {id: v for id, v in settings.items() if v != what.levers[id].neutral}
    before, steps = int(what.hits(what.values({})).sum()), []
    for id, values in in_order(what.values, settings):
        hits = what.hits(values)
        count, draws = int(hits.sum()), len(hits)
        steps.append(Step(id, settings[id], count / draws, (count - before) / draws, float(np.median(values))))
        before = count
    return tuple(steps)


def rules_on_levers(
    what: WhatIf, chance: Chance, screening: Any, wanted: float
) -> tuple[float | None, tuple[Rule, ...]]:
    """Settings of the strongest levers that mostly give the chance, over a Latin hypercube of their plausible ranges, widened
    by half. Where hardly any does, those that give the next lower of ALONE; the chance that is meant comes first."""
    ids = [id for id in screening if what.levers[id].plausible and screening[id][0] > 0][:RULED]
    if not ids:
        return None, ()
    bounds = np.array([_widened(what.levers[id]) for id in ids])
    unit = qmc.LatinHypercube(d=len(ids), rng=np.random.default_rng(what.seed)).random(POINTS)
    points = bounds[:, 0] + unit * (bounds[:, 1] - bounds[:, 0])
    ends = {id: [chance({id: x}) for x in bounds[i]] for i, id in enumerate(ids)}
    helps = {id: 1 if high >= low else -1 for id, (low, high) in ends.items()}
    chances = np.array([chance(dict(zip(ids, map(float, p), strict=True))) for p in points])
    for aim in (wanted, *(p for p in ALONE[::-1] if p < wanted)):
        if (chances >= aim).mean() >= 0.05:
            return aim, success_rules(points, chances >= aim, ids, helps)
    return None, ()


def rules_on_circumstances(what: WhatIf, hits: np.ndarray) -> tuple[Rule, ...]:
    """What the draws that reach the target without levers have in common, among what no lever decides."""
    causes = circumstances(what)
    if not causes:
        return ()
    helps = {"pace": -1 if lower_is_the_aim(what.target) else 1}
    return success_rules(np.stack(list(causes.values()), axis=1), hits, list(causes), helps)


def circumstances(what: WhatIf, settings: Mapping[str, float] | None = None) -> dict[str, np.ndarray]:
    """What lies behind the draws at the deadline under levers: the pace of the outlook, the people, every prior in use:
    (draw,)."""
    year, stock = what.target.year, what.stock
    found: dict[str, np.ndarray] = {}
    if not hasattr(stock, "expected"):
        return found
    rate = stock.rate
    if year in rate.years:
        found["pace"] = rate.at(year)
    heads, at = stock.expected, stock.years.index(year)
    found["residents"] = heads.residents[:, at]
    if isinstance(stock, NurseryModel):
        found["children_under_3"] = heads.under3.sum(-1)[:, at]
    if isinstance(stock, StaffModel) and STAFF[stock.cadre.id][2] == "children_0_14":
        found["children_0_14"] = heads.children_0_14[:, at]
    used = stock.used(stock.settings(what.scenario(settings or {}), what.levers))
    found.update({id: stock.drawn[id] for id in used})
    return {k: v for k, v in found.items() if np.ptp(v) > 0}


def matters(what: WhatIf, settings: Mapping[str, float] | None = None) -> dict[str, float]:
    """How much each circumstance and assumption matters under levers: its share of the variance of the target's value."""
    return shares(what.values(settings or {}), circumstances(what, settings))


def denominator(what: WhatIf, plain: np.ndarray) -> Denominator | None:
    """The effect of the people alone: the same places or staff over the people of the last year gone by."""
    stock, year = what.stock, what.target.year
    if not hasattr(stock, "expected") or what.about.id != stock.rate.indicator:
        return None
    of = STAFF[stock.cadre.id][2] if isinstance(stock, StaffModel) else "residents"
    since = max(min(what.first_year - 1, year - 1), what.ground.expected.years[0])
    heads = what.ground.expected
    now, then = (heads.group(of)[:, heads.years.index(y)] for y in (since, year))
    values = plain * then / now
    median = float(np.median(values))
    per_100: tuple[float, float, float] | None = None
    if isinstance(stock, NurseryModel):
        of = "children_under_3"
        if what.target.value is not None:
            at = heads.years.index(year)
            share = 100 * what.target.value / 1000 * heads.residents[:, at] / heads.group(of)[:, at]
            per_100 = _ends(share)

    def change(group: str) -> float:
        before, after = (float(np.median(heads.group(group)[:, heads.years.index(y)])) for y in (since, year))
        return after / before - 1

    return Denominator(
        since=since,
        of=of,
        chance=float(what.hits(values).mean()),
        median=median,
        moved=float(np.median(plain)) - median,
        residents=change("residents"),
        group=change(of),
        per_100=per_100,
    )


def real_setting(what: WhatIf, lever: str, setting: float) -> float | None:
    """A setting as real units over the years to the deadline, where it can be counted."""
    return units_of(what, lever, setting) if hasattr(what.stock, "expected") else None


def scan(what: WhatIf, lever: str) -> int:
    """Steps along a lever's range: one where it can only help or only harm, more where it bends people or the target is a band."""
    bends_people_too = any(act.startswith("people.") for act in what.levers[lever].acts)
    return SCAN if bends_people_too or what.target.comparison in ("between", "equal") else 1


def _best_end(chance: Chance, lever: Lever) -> float:
    return max((lever.low, lever.neutral, lever.high), key=lambda x: (chance({lever.id: x}), -abs(x - lever.neutral)))


def _widened(lever: Lever) -> tuple[float, float]:
    low, middle, high = lever.plausible
    return max(lever.low, low - (middle - low) / 2), min(lever.high, high + (high - middle) / 2)
