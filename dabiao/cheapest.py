"""What levers cost, and the cheapest set of them that gives a chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from dabiao.resource_needs import units_by_year
from dabiao.what_if import WhatIf
from planning.levers import Lever

ROUNDS = 40  # runs that the optimiser may ask for
FINER = 12


@dataclass(frozen=True)
class Purchase:
    """A set of levers that gives a chance. settings: lever and setting; units, yuan: of each, over the years to the deadline;
    yuan is empty where no cost is known and the least effort was sought instead.

    plausible: no setting lies beyond the 90th percentile among plans. chance: what the set gives.
    """

    settings: tuple[tuple[str, float], ...]
    units: tuple[float | None, ...]
    yuan: tuple[float, ...]
    chance: float
    plausible: bool

    @property
    def total(self) -> float:
        return sum(self.yuan)


def units_of(what: WhatIf, lever: str, setting: float) -> float | None:
    """How many real units a setting comes to from the first open year to the deadline, beyond the scenario; None where
    uncounted."""
    stock, model = what.stock, what.model
    if stock is None:
        return None
    about, plan = model.levers[lever], model.settled(what.plan({lever: setting}))
    units = units_by_year(stock, about, plan, model.levers, what.years)
    without = units_by_year(stock, about, what.scenario, model.levers, what.years)
    return None if units is None or without is None else float((units - without).sum())


def price(what: WhatIf, lever: str, setting: float) -> float | None:
    """What a setting costs the budget from the first open year to the deadline, yuan; None where no cost is known."""
    about = what.levers[lever]
    if about.cost is None:
        return None
    units = units_of(what, lever, setting)
    return None if units is None else units * about.cost.yuan


def burden(what: WhatIf, lever: str, setting: float) -> float:
    """What a setting costs, or, where no cost is known, the effort: the way from neutral to the 90th percentile is one."""
    paid = price(what, lever, setting)
    about = what.levers[lever]
    return (setting - about.neutral) / ((_most(about, True) - about.neutral) or 1.0) if paid is None else paid


def cheapest(what: WhatIf, ids: tuple[str, ...], wanted: float) -> Purchase | None:
    """The cheapest set of the levers that gives a chance, or None where they do not give it together.

    Each lever is filled up in the order of what it gains for its cost, first within its plausible range, then, where that is
    not enough, to the end of its range; scipy's COBYQA (Ragonneau and Zhang 2023) then looks for a cheaper mixture. The set
    returned is one that was run and gives the chance. Where no lever has a cost, effort is counted instead: the way from
    neutral to the 90th percentile among plans is one for every lever.
    """
    ids = tuple(id for id in ids if what.levers[id].high > what.levers[id].neutral)
    bought = tuple(id for id in ids if price(what, id, what.levers[id].high) is not None)
    ids = bought or tuple(id for id in ids if not any(a.startswith("people.") for a in what.levers[id].acts))
    if not ids:
        return None
    neutral = np.array([what.levers[id].neutral for id in ids])
    for plausible in (True, False):
        most = np.array([_most(what.levers[id], plausible) for id in ids])
        if what.chance(_named(ids, most)) < wanted:
            continue
        filled = _filled_up(what, ids, neutral, most, wanted)
        polished = _polished(what, ids, neutral, most, wanted, filled)
        found = [_purchase(what, ids, x, wanted, plausible) for x in (filled, polished)]
        found = [p for p in found if p is not None]
        return min(found, key=lambda p: sum(burden(what, id, x) for id, x in p.settings), default=None)
    return None


def _most(lever: Lever, plausible: bool) -> float:
    return max(lever.neutral, lever.plausible[2]) if plausible and lever.plausible else lever.high


def _named(ids: Sequence[str], x: Any) -> dict[str, float]:
    return {id: float(v) for id, v in zip(ids, x, strict=True)}


def _short(what: WhatIf, ids: Sequence[str], x: Any, wanted: float) -> float:
    """How far the values are from giving the chance: the quantile of their margin, at or above zero when they do."""
    return float(np.quantile(what.margin(what.values(_named(ids, x))), 1 - wanted))


def _filled_up(what: WhatIf, ids: Sequence[str], neutral: np.ndarray, most: np.ndarray, wanted: float) -> np.ndarray:
    plain = _short(what, ids, neutral, wanted)
    gains = []
    for j, id in enumerate(ids):
        x = neutral.copy()
        x[j] = most[j]
        cost = burden(what, id, most[j]) or np.inf
        gains.append((_short(what, ids, x, wanted) - plain) / cost)
    x = neutral.copy()
    for j in np.argsort(gains)[::-1]:
        if gains[j] <= 0:
            continue
        x[j] = most[j]
        if what.chance(_named(ids, x)) >= wanted:
            short, enough = neutral[j], most[j]
            for _ in range(FINER):
                x[j] = (short + enough) / 2
                if what.chance(_named(ids, x)) >= wanted:
                    enough = x[j]
                else:
                    short = x[j]
            x[j] = enough
            return x
    return most


def _polished(
    what: WhatIf, ids: Sequence[str], neutral: np.ndarray, most: np.ndarray, wanted: float, start: np.ndarray
) -> np.ndarray:
    if (start > neutral).sum() < 2 and len(ids) < 3:
        return start
    span = most - neutral
    costs = np.array([burden(what, id, m) for id, m in zip(ids, most, strict=True)])
    scale = max(costs.max(), 1.0)
    unit = abs(_short(what, ids, neutral, wanted)) or 1.0

    known: dict[bytes, float] = {}

    def margin(z: np.ndarray) -> float:
        z = np.clip(z, 0, 1)
        if z.tobytes() not in known:
            known[z.tobytes()] = _short(what, ids, neutral + z * span, wanted) / unit
        return known[z.tobytes()]

    found = minimize(
        lambda z: float(costs @ z) / scale,
        (start - neutral) / span,
        method="COBYQA",
        bounds=[(0, 1)] * len(ids),
        constraints={"type": "ineq", "fun": margin},
        options={"maxfev": ROUNDS, "initial_tr_radius": 0.25, "final_tr_radius": 0.005},
    )
    return neutral + np.clip(found.x, 0, 1) * span


def _purchase(what: WhatIf, ids: Sequence[str], x: Any, wanted: float, plausible: bool) -> Purchase | None:
    """The set as a purchase, each setting rounded up to a fine step, or None where it does not give the chance after all."""
    steps = np.array([what.levers[id].step / 10 for id in ids])
    neutral = np.array([what.levers[id].neutral for id in ids])
    most = np.array([_most(what.levers[id], plausible) for id in ids])
    x = np.minimum(neutral + np.ceil((x - neutral) / steps - 1e-6) * steps, most)
    chance = what.chance(_named(ids, x))
    if chance < wanted:
        return None
    kept = [(id, float(v)) for id, v, n in zip(ids, x, neutral, strict=True) if v > n]
    units = tuple(units_of(what, id, v) for id, v in kept)
    paid = [price(what, id, v) for id, v in kept]
    yuan = tuple(p for p in paid if p is not None) if None not in paid else ()
    return Purchase(tuple((id, round(v, 6)) for id, v in kept), units, yuan, chance, plausible)
