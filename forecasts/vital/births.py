"""What births are made of and what announces them: shares by birth order, registrations (生育登记) by order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecasts.vital.paths import random
from planning.bilingual import Bilingual
from planning.outlooks import Outlook
from planning.series import Series

ORDERS = ("first", "second", "third")  # third: third and later
ORDER_STEP = 0.06  # yearly change of the log shares against the first
ORDER_UNKNOWN = 0.15  # where only a parent's shares are known

REGISTRATION_LEAD = (
    0.5  # years: a registration is made in the pregnancy, about half a year before the birth. Assumption
)
RATIO_STEP = 0.03
RATIO_ERROR = 0.05


def births_by_year(births: Series | None, rate: Series | None, population: Series | None) -> dict[int, float]:
    """Births by year: published ones, else the birth rate times the mean population: {year: persons}.

    rate: per 1,000; population: at year ends. Where the year before is missing or does not chain, the year's own end
    stands for the mean.

    >>> births_by_year(Series("a", "births", "persons", (2020,), (900.0,)), None, None)
    {2020: 900.0}
    """
    found: dict[int, float] = {}
    if rate is not None and population is not None:
        people = dict(zip(population.years, population.values, strict=True))
        for year, per_mille in zip(rate.years, rate.values, strict=True):
            if year not in people:
                continue
            before = people.get(year - 1) if year not in population.breaks else None
            mean = people[year] if before is None else (people[year] + before) / 2
            found[year] = per_mille * mean / 1000
    if births is not None:
        found.update(zip(births.years, births.values, strict=True))
    return dict(sorted(found.items()))


def order_shares(
    known: dict[int, tuple[float, float, float]],
    years: Sequence[int],
    draws: int,
    seed: int,
    region: str,
    parent: np.ndarray | None = None,
) -> np.ndarray:
    """Shares of first, second, third and later births, adding up to one: (draw, year, order).

    known: observed shares by year (any positive numbers; they are made to add up). They wander on the log-ratio scale
    from the last known year; without any, around the parent's, draw by draw.
    """
    years = list(years)
    rng = random(seed, region, "birth_order")
    noise = rng.standard_normal((draws, len(years), 2)) * ORDER_STEP
    own = rng.standard_normal((draws, 2))
    if known:
        last = max(known)
        shares = np.asarray(known[last], dtype=float)
        logs = np.log(shares[1:] / shares[0])
        ahead = np.array([max(year - last, 0) for year in years])
        moved = np.cumsum(np.where(ahead[None, :, None] > 0, noise, 0.0), axis=1)
        gap = max(years[0] - 1 - last, 0)
        logs = logs + moved + ORDER_STEP * np.sqrt(gap) * own[:, None, :]
    elif parent is not None:
        logs = np.log(parent[..., 1:] / parent[..., :1]) + ORDER_UNKNOWN * own[:, None, :]
    else:
        raise ValueError(f"{region}: no shares by birth order are known, and there is no parent to lean on.")
    weights = np.concatenate([np.ones((draws, len(years), 1)), np.exp(logs)], axis=-1)
    return weights / weights.sum(axis=-1, keepdims=True)


def registrations(
    births: np.ndarray,
    years: Sequence[int],
    observed: dict[int, float],
    births_then: dict[int, float],
    seed: int,
    region: str,
    lead: float = REGISTRATION_LEAD,
) -> np.ndarray:
    """Registrations a year: (draw, year), from births (draw, year) by the observed ratio and lead.

    A registration comes `lead` years before its birth, so a year's registrations belong to (1 - lead) of its births and
    lead of the next year's. observed, births_then: registrations and births by year; the ratio of the years in which
    both are known carries on, drifting a little. Raises ValueError where no year has both.
    """
    both = [y for y in sorted(observed) if y in births_then]
    if not both:
        raise ValueError(
            f"{region}: no year has both birth registrations and births, so their ratio is unknown "
            f"(registrations {sorted(observed)}, births {sorted(births_then)})."
        )

    def announced(year: int) -> float:
        return (1 - lead) * births_then[year] + lead * births_then.get(year + 1, births_then[year])

    ratio = float(np.exp(np.mean([np.log(observed[y] / announced(y)) for y in both])))
    years = list(years)
    rng = random(seed, region, "registrations")
    draws = births.shape[0]
    away = np.maximum(np.array(years) - both[-1], 0)
    noise = RATIO_ERROR * rng.standard_normal((draws, 1))
    drift = np.cumsum(RATIO_STEP * rng.standard_normal((draws, len(years))) * (away > 0), axis=1)
    following = np.concatenate([births[:, 1:], births[:, -1:]], axis=1)
    return ratio * np.exp(noise + drift) * ((1 - lead) * births + lead * following)


def registration_outlooks(
    births: Outlook,
    shares: np.ndarray,
    observed: dict[int, float],
    observed_shares: dict[int, tuple[float, float, float]],
    births_then: dict[int, float],
    seed: int,
    lead: float = REGISTRATION_LEAD,
    sources: tuple[str, ...] = (),
) -> dict[str, Outlook]:
    """Outlooks of birth registrations: in all, and of first, second, third and later children.

    births: Outlook of births, persons. shares: (draw, year, order), of births, over the same years and draws.
    observed, observed_shares: registrations by year and their shares by order, which differ from those of births (later
    children are registered more rarely); where known, the difference carries on. births_then: as in `registrations`.
    """
    total = registrations(births.paths, births.years, observed, births_then, seed, births.region, lead)
    parts = shares
    both = [y for y in sorted(observed_shares) if y in births.years]
    if both:
        column = births.years.index(both[-1])
        then = np.asarray(observed_shares[both[-1]], dtype=float)
        parts = shares * (then / then.sum()) / shares[:, column : column + 1].mean(axis=0)
        parts = parts / parts.sum(axis=-1, keepdims=True)
    year = max(y for y in observed if y in births_then)
    ratio = observed[year] / births_then[year]
    sentence = Bilingual(
        f"{year}年生育登记{observed[year]:,.0f}人，同年出生约{births_then[year]:,.0f}人（比值{ratio:.2f}）。",
        f"{observed[year]:,.0f} registrations against {births_then[year]:,.0f} births in {year} ({ratio:.2f}).",
    )
    assumptions = (
        f"A registration comes {lead:g} years before the birth; the ratio of {year} carries on, drifting by "
        f"{RATIO_STEP:.0%} a year.",
    )

    def outlook(indicator: str, paths: np.ndarray, known: Mapping[int, float]) -> Outlook:
        return Outlook(
            births.region,
            indicator,
            "persons",
            births.years,
            paths,
            "births times the observed ratio and lead",
            "C",
            tuple(sorted(known.items())),
            sources or births.sources,
            assumptions,
            sentence,
        )

    found = {"birth_registrations": outlook("birth_registrations", total, observed)}
    for i, name in enumerate(ORDERS):
        known = {y: observed[y] * s[i] / sum(s) for y, s in observed_shares.items() if y in observed}
        found[f"birth_registrations_{name}"] = outlook(f"birth_registrations_{name}", total * parts[..., i], known)
    return found
