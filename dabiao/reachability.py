"""Reach: what it takes to meet one target with a given chance, from the gap to the cheapest set of levers.

    what_if -> gap, pace, targets and years at a chance -> levers alone, together, in order -> signposts

Every number comes from the draws of the report; no lever changes a draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from dabiao.cheapest import Purchase, cheapest
from dabiao.decompose import decompose
from dabiao.influence import shares
from dabiao.pace import RequiredPace, pace
from dabiao.sensitivity import SCAN, Bar, BreakEven, Chance, bars, break_even
from dabiao.signposts import Signpost, signposts
from dabiao.what_if import WhatIf, what_if
from planning.levers import Lever
from planning.outlooks import Outlook
from planning.own_figures import Own
from planning.verdicts import Verdict, lower_is_the_aim

CHANCES = (0.8, 0.5, 0.2)
ALONE = (0.5, 0.8)


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
    steps: tuple[Step, ...]
    purchase: Purchase | None
    best_together: float | None
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
    own: Own = None,
) -> Reach:
    """What it takes for a region to meet a target with a chance. levers: only these are tried; by default all that move it.

    Raises NotKnown for an unknown region, target or lever, NothingToReach for a target without a number or without an
    outlook, ValueError for a chance that is none.
    """
    if not 0 < chance < 1:
        raise ValueError(f"A chance lies between 0 and 1; found {chance:g}. Write 80 % as 0.8.")
    return reached(what_if(region, target, as_of, draws, seed, data, own), chance, tuple(levers))


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
    steps = contributions(what, tornado)
    best = chance({id: _best_end(chance, what.levers[id]) for id in ids}) if ids else None
    hits = what.hits(plain)
    plain_chance = float(hits.mean())
    upwards = not lower_is_the_aim(what.target)
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
        steps=steps,
        purchase=cheapest(what, ids, wanted) if plain_chance < wanted else None,
        best_together=best,
        signposts=signposts(outlook.paths, outlook.years, hits, upwards, what.target.year, what.model.first_year)
        if monotone
        else (),
        denominator=denominator(what, plain),
        matters=matters(what, {}),
        assumptions=outlook.assumptions,
    )


def pace_to(what: WhatIf, verdict: Verdict, outlook: Outlook, upwards: bool) -> RequiredPace | None:
    """The pace from the last published value, else from the outlook's own median at the end of the last year gone by."""
    if verdict.goal is None:
        return None
    since, estimated = verdict.last, False
    if since is None or since[0] >= what.target.year:
        year = max(min(what.model.first_year - 1, what.target.year - 1), outlook.years[0])
        since, estimated = (year, float(np.median(outlook.at(year)))), True
    peers = what.model.catalogue.peers(what.region, what.about.id)
    return pace(since, estimated, verdict.goal, what.target.year, what.about.scale, upwards, verdict.own_pace, peers)


def target_at(values: np.ndarray, chance: float, upwards: bool) -> float:
    """The target that would be met with a chance."""
    return float(np.quantile(values, 1 - chance if upwards else chance))


def year_at(what: WhatIf, outlook: Outlook, chance: float) -> int | None:
    """The first year, from the first that lies open, at whose end the target is met with a chance; None: not in its years."""
    for year in outlook.years:
        if year >= what.model.first_year and float(what.hits(outlook.at(year)).mean()) >= chance:
            return year
    return None


def shortage(what: WhatIf, wanted: float) -> Shortage | None:
    """What is missing at the deadline for a stock per head: the places, beds or persons beyond the outlook, by chance.

    For a chance p the number that is enough in a share p of the draws, each with its own people.
    """
    stock, target = what.stock, what.target
    ours = stock is not None and stock.unit and stock.rate.indicator == what.about.id
    if not ours or target.value is None or lower_is_the_aim(target):
        return None
    total = _counts(what)["there"]
    people = what.model.heads(what.scenario).over((target.year,)).group(stock.of)[:, 0]
    short = target.value * people / stock.per - total
    needed = tuple((p, max(0.0, float(np.quantile(short, p)))) for p in sorted({*ALONE, wanted}))
    each = tuple((id, needed[-1][1] * float(np.median(share))) for id, share in stock.equivalents().items())
    return Shortage(stock.unit, float(np.median(total)), needed, each)


def use_of_places(what: WhatIf) -> Use | None:
    """How full the places are at the deadline, and how many children wait, where the target counts nursery places."""
    counts = _counts(what)
    if "waiting" not in counts:
        return None
    return Use(_ends(counts["used"] / 100), _ends(counts["waiting"]))


def _counts(what: WhatIf) -> dict[str, np.ndarray]:
    """What can be counted of the stock at the deadline: (draw,)."""
    stock, model = what.stock, what.model
    if stock is None:
        return {}
    at, settings = stock.years.index(what.target.year), stock.settings(what.scenario, model.levers)
    counts = stock.counts(model.heads(what.scenario), settings)
    return {key: values[:, at] for key, (_, values) in counts.items()}


def _ends(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def contributions(what: WhatIf, tornado: Sequence[Bar]) -> tuple[Step, ...]:
    """Every lever at the better of its 10th and 90th percentile, one on top of the other, the strongest first.

    Chances are counts of draws, so what the levers add is exact and sums to the whole.
    """
    settings = {b.lever: b.settings[0] if b.chances[0] > b.chances[2] else b.settings[2] for b in tornado}
    settings = {id: v for id, v in settings.items() if v != what.levers[id].neutral}
    steps = []
    for c in decompose(tuple(settings), lambda pulled: what.values({id: settings[id] for id in pulled})):
        before, after = (int(what.hits(values).sum()) for values in (c.before, c.after))
        draws = len(c.after)
        by = (after - before) / draws
        steps.append(Step(c.lever, settings[c.lever], after / draws, by, float(np.median(c.after))))
    return tuple(steps)


def circumstances(what: WhatIf, settings: Mapping[str, float]) -> dict[str, np.ndarray]:
    """What lies behind the draws at the deadline under levers: the pace of the outlook, the people, every prior in use:
    (draw,)."""
    year, stock = what.target.year, what.stock
    if stock is None or not stock.unit:
        return {}
    found = {"pace": stock.rate.at(year)} if year in stock.rate.years else {}
    heads = what.model.lever_model.expected.over((year,))
    for group in ("residents", *(g for g in (stock.users,) if g != "residents")):
        found[group] = heads.group(group)[:, 0]
    used = stock.used(stock.settings(what.plan(settings), what.model.levers))
    found.update({id: stock.drawn[id] for id in used})
    return {k: v for k, v in found.items() if np.ptp(v) > 0}


def matters(what: WhatIf, settings: Mapping[str, float]) -> dict[str, float]:
    """How much each circumstance and assumption matters under levers: its share of the variance of the target's value."""
    return shares(what.values(settings), circumstances(what, settings))


def denominator(what: WhatIf, plain: np.ndarray) -> Denominator | None:
    """The effect of the people alone: the same places or staff over the people of the last year gone by."""
    stock, year, heads = what.stock, what.target.year, what.model.heads(what.scenario)
    if stock is None or not stock.unit or what.about.id != stock.rate.indicator:
        return None
    since = max(min(what.model.first_year - 1, year - 1), heads.years[0])
    before, after = heads.over((since,)), heads.over((year,))
    values = plain * (after.group(stock.of) / before.group(stock.of))[:, 0]
    median = float(np.median(values))
    per_100: tuple[float, float, float] | None = None
    if stock.users != stock.of and what.target.value is not None:
        share = 100 * what.target.value / stock.per * after.group(stock.of)[:, 0] / after.group(stock.users)[:, 0]
        per_100 = _ends(share)

    def change(group: str) -> float:
        return float(np.median(after.group(group))) / float(np.median(before.group(group))) - 1

    return Denominator(
        since=since,
        of=stock.users,
        chance=float(what.hits(values).mean()),
        median=median,
        moved=float(np.median(plain)) - median,
        residents=change("residents"),
        group=change(stock.users),
        per_100=per_100,
    )


def scan(what: WhatIf, lever: str) -> int:
    """Steps along a lever's range: one where it can only help or only harm, more where it bends people or the target is a band."""
    bends_people_too = any(act.startswith("people.") for act in what.levers[lever].acts)
    return SCAN if bends_people_too or what.target.comparison in ("between", "equal") else 1


def _best_end(chance: Chance, lever: Lever) -> float:
    return max((lever.low, lever.neutral, lever.high), key=lambda x: (chance({lever.id: x}), -abs(x - lever.neutral)))
