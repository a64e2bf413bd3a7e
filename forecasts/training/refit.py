"""Refit: learn the constants from a panel in the long layout, and write the small table that ships.

What is learned is little and shared by all indicators: nine constants by a search over a few values each, scored by
WQL on rolling windows; the prior of the process candidates; the usual size of changes; and the factors that calibrate
the spread by number of points. An indicator's own noise and pace are not learned here, its regions tell them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from forecasts import combination
from forecasts.calibration import Calibration, Constants, Process
from forecasts.training import constants_file, scores
from forecasts.training.backtest import HORIZON, TRAINING
from forecasts.training.backtest_cache import AHEAD, POINTS, Ledger, pooled_misses, single_misses, single_windows
from forecasts.training.panels import Table, ahead_single, past_of, read_panel, tables

# Where the search starts: plain round values, kept unless one of SEARCH scores surely better.
START: dict[str, Any] = dict(
    loading=0.8,
    common=Process(0.3, 0.5, 0.7, 0.05, 0.02, 0.97),
    common_memory=20,
    common_loading=1.0,
    common_variance=0.2,  # not searched: two dozen indicators hold too few common shocks to tell, and cover rests on it
    convergence=0.3,
    convergence_cap=0.1,
    prior_weight=6.0,
    prior_scale=0.6,
    drift_damping=0.97,
    drift_shares=(0.005, 0.05, 0.3),
    slopes=((0.032, 0.53), (0.128, 0.53), (0.128, 0.85), (0.4, 0.6)),
    noises=(0.02, 0.16, 0.3, 0.42),
    quiet=(0.01, 0.1, 0.3, 1.0),
    quiet_prior=(0.02, 0.05, 0.1, 0.83),
    single_weight=1.0,
    single_pace=0.0,
)
SEARCH = {
    "loading": (0.65, 0.95),
    "prior_weight": (4.0, 9.0),
    "prior_scale": (0.5, 0.75),
    "convergence": (0.0, 0.15, 0.6),
    "quiet_prior": ((0.005, 0.01, 0.03, 0.955), (0.05, 0.1, 0.2, 0.65)),
    "drift_damping": (0.93, 1.0),
    "common.drift": (0.15, 0.6),
    "common.slope": (0.25, 1.0),
    "common.persistence": (0.5, 0.85),
}
FACTORS = np.geomspace(0.4, 40.0, 461)
DFS = np.array([2.2, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0])
MATCHED = np.array([0.5, 0.8, 0.95])
SINGLE_USUAL = 0.003  # of the usual variance, for a lone series: its own changes speak, this only forbids certainty
SINGLE_STARTS = (0.5, 2.0, 20.0)
THETA_SHARES = (0.25, 0.5)
NO_THETA: dict[str, tuple[float, ...]] = {"changes": (0,), "share": (0.0,)}


def first_constants() -> Constants:
    """The constants before anything is learned: even priors, no calibration."""
    count = len(START["drift_shares"]) * len(START["slopes"]) * len(START["noises"])
    even = (1.0 / count,) * count
    plain = Calibration((4,), (1.0,), (4.0,))
    return Constants(
        **START,
        prior=even,
        single_prior=even,
        calibration=plain,
        single_calibration=plain,
        single_theta=dict(NO_THETA),
        single_variance=1e-5,
        single_start=20.0,
    )


def changed(constants: Constants, name: str, value: Any) -> Constants:
    """The constants with one of them changed; `common.drift` reaches into the process of the common path.

    >>> changed(first_constants(), "common.drift", 0.6).common.drift
    0.6
    """
    outer, _, inner = name.partition(".")
    if not inner:
        return replace(constants, **{name: value})
    return replace(constants, **{outer: replace(getattr(constants, outer), **{inner: value})})


def search(ledger: Ledger, indicators: Collection[str], start: Constants) -> Constants:
    """The start with every constant changed that alone scores better by more than one standard error over indicators.

    A handful of indicators cannot tell fine differences; without that margin the search follows their accidents.
    """
    first = ledger.losses(indicators, start)
    found = start
    for name, values in SEARCH.items():
        gains = [first - ledger.losses(indicators, changed(start, name, value)) for value in values]
        ledger.forget_pasts()
        sure = [gain.mean() - gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0 for gain in gains]
        if max(sure) > 0:
            found = changed(found, name, values[int(np.argmax(sure))])
    return found if ledger.losses(indicators, found).mean() <= first.mean() else start


def shared_prior(evidence: list[np.ndarray], rounds: int = 50) -> tuple[float, ...]:
    """Prior of the candidates that makes the histories likeliest: evidence of each indicator, (candidate, region).

    Expectation maximisation, indicators counting equally; one tenth stays even, so that no candidate is ruled out.
    """
    count = len(evidence[0])
    prior = np.full(count, 1.0 / count)
    for _ in range(rounds):
        means = []
        for logs in evidence:
            share = logs + np.log(prior)[:, None]
            share = np.exp(share - share.max(axis=0))
            means.append((share / share.sum(axis=0)).mean(axis=1))
        prior = 0.9 * np.mean(means, axis=0) + 0.1 / count
    return tuple(float(round(p, 5)) for p in prior / prior.sum())


def calibrated(misses: dict[int, list[np.ndarray]]) -> Calibration:
    """Factor and degrees of freedom by length: misses in units of the scale, one array an indicator, lengths as keys."""
    changes, factors, dfs = [], [], []
    expected = special.stdtrit(DFS[:, None], 0.5 + MATCHED / 2)
    for points, arrays in sorted(misses.items()):
        if not arrays:
            continue
        values = np.concatenate([np.abs(a).ravel() for a in arrays])
        weights = np.concatenate([np.full(a.size, 1.0 / a.size) for a in arrays])
        order = np.argsort(values)
        cumulated = np.cumsum(weights[order]) / weights.sum()
        seen = np.maximum(values[order][np.searchsorted(cumulated, MATCHED)], 1e-9)
        off = np.log(seen / (FACTORS[:, None, None] * expected)) ** 2
        f, d = np.unravel_index(off.sum(axis=-1).argmin(), off.shape[:2])
        changes.append(points - 1)
        factors.append(round(float(FACTORS[f]), 3))
        dfs.append(float(DFS[d]))
    return Calibration(tuple(changes), tuple(factors), tuple(dfs))


def theta_shares(
    ledger: Ledger, indicators: Collection[str], constants: Constants, lengths: Collection[int]
) -> dict[str, tuple[float, ...]]:
    """Theta's share in the centre of a lone series at each length: none unless it helps by more than a standard error."""
    changes, shares = [], []
    for n in sorted(lengths):
        losses: dict[float, list[float]] = {share: [] for share in (0.0, *THETA_SHARES)}
        for name in indicators if n >= combination.FEWEST else ():
            case = single_windows(ledger, name, n)
            if case is None:
                continue
            ahead = ahead_single(ledger.tables[name].kind, case[0], AHEAD, constants)
            away = combination.theta_centre(case[0], ahead.scale, AHEAD) - ahead.prediction.centre
            for share, found in losses.items():
                moved = replace(ahead.prediction, centre=ahead.prediction.centre + share * away)
                stated = ahead.scale.inverse(moved.quantiles(scores.LEVELS))
                found.append(scores.score(stated, case[1], case[2])[:, 0].mean())
        gains = {share: np.array(losses[0.0]) - np.array(found) for share, found in losses.items() if share}
        sure = {
            s: gain.mean() - gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
            for s, gain in gains.items()
        }
        best = max(sure, key=lambda s: sure[s])
        changes.append(n - 1)
        shares.append(best if sure[best] > 0 else 0.0)
    return {"changes": tuple(changes), "share": tuple(shares)}


def usual_variance(panel: Collection[Table]) -> float:
    """Geometric mean over indicators of the mean squared yearly change in units of the series' own mean."""
    logs = []
    for table in panel:
        size = np.nanmean(np.abs(table.values), axis=1, keepdims=True)
        relative = np.diff(table.values, axis=1) / np.where(size > 0, size, np.nan)
        if np.isfinite(relative).any() and np.nanmax(np.abs(relative)) > 0:
            logs.append(np.log(np.nanmean(relative**2)))
    return float(np.exp(np.mean(logs)))


def learn(ledger: Ledger, indicators: Collection[str], lengths: Collection[int] = POINTS) -> Constants:
    """The constants that the named indicators of the ledger teach, calibrated at series of these `lengths`."""
    indicators = sorted(indicators)
    constants = search(ledger, indicators, first_constants())
    latest = [past_of(ledger.tables[i], len(ledger.tables[i].years) - 1, constants) for i in indicators]
    constants = replace(constants, prior=shared_prior([past.told.evidence for past in latest]))
    bare = Calibration((0,), (1.0,), (4.0,))
    constants = replace(constants, calibration=bare, single_calibration=bare)
    constants = replace(constants, calibration=calibrated(pooled_misses(ledger, indicators, constants, lengths)))
    ledger.forget_pasts()
    return learn_single(ledger, indicators, constants, lengths)


def learn_single(
    ledger: Ledger, indicators: Collection[str], constants: Constants, lengths: Collection[int]
) -> Constants:
    """The constants of a series without peers: its usual spread, prior, scale, share of Theta and calibration."""
    usual = SINGLE_USUAL * usual_variance([ledger.tables[name] for name in indicators])
    constants = replace(
        constants,
        single_variance=float(f"{usual:.3g}"),
        single_calibration=Calibration((0,), (0.9,), (3.0,)),
        single_theta=NO_THETA,
        single_prior=single_prior(ledger, indicators, constants),
    )
    tried = [replace(constants, single_start=start) for start in SINGLE_STARTS]
    constants = min(tried, key=lambda each: single_losses(ledger, indicators, each).mean())
    constants = replace(constants, single_theta=theta_shares(ledger, indicators, constants, lengths))
    bare = replace(constants, single_calibration=Calibration((0,), (1.0,), (4.0,)))
    return replace(constants, single_calibration=calibrated(single_misses(ledger, indicators, bare, lengths)))


def single_prior(ledger: Ledger, indicators: Collection[str], constants: Constants) -> tuple[float, ...]:
    """Prior of the candidates for series seen without any common path."""
    still = replace(constants, loading=0.0)
    tables = [ledger.tables[name] for name in indicators]
    return shared_prior([past_of(table, len(table.years) - 1, still).told.evidence for table in tables])


def single_losses(ledger: Ledger, indicators: Collection[str], constants: Constants) -> np.ndarray:
    """WQL of each indicator for series seen alone, lengths counting equally: (indicator,)."""
    losses = []
    for name in indicators:
        cases = [case for n in TRAINING if (case := single_windows(ledger, name, n)) is not None]
        stated = [ahead_single(ledger.tables[name].kind, case[0], AHEAD, constants) for case in cases]
        found = [
            scores.score(ahead.quantiles(scores.LEVELS), case[1], case[2])[:, 0].mean()
            for ahead, case in zip(stated, cases, strict=True)
        ]
        losses.append(np.mean(found))
    return np.array(losses)


def mean_known(values: Collection[float]) -> float:
    """Mean of what is not NaN; NaN if nothing is.

    >>> mean_known([1.0, float("nan"), 3.0])
    2.0
    """
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def refit(panel: pd.DataFrame, about: dict) -> Constants:
    """Constants learned from a panel; `about` says from what and when, and the score on the panel is added to it."""
    ledger = Ledger(tables(panel))
    names = ledger.scored()
    if not names:
        raise ValueError(
            f"The panel has no series with {min(TRAINING) + HORIZON} consecutive years, so there is nothing to score."
        )
    constants = learn(ledger, names)
    losses = [mean_known([ledger.loss(name, constants)[i] for name in names]) for i in range(len(TRAINING))]
    counted = {"series": int(panel["unique_id"].nunique()), "indicators": len(ledger.tables)}
    wql = {f"n={n}": round(loss, 4) for n, loss in zip(TRAINING, losses, strict=True) if np.isfinite(loss)}
    return replace(constants, about={**about, **counted, "WQL on the panel itself": wql})


def refit_file(panel: str | Path, out: str | Path, sources: str, learned: str) -> Constants:
    """Learn from the panel file, write the table to `out`: what `dabiao refit --panel FILE` does.

    sources: the publishers of the figures; learned: the date, as text.
    """
    constants = refit(read_panel(panel), {"learned from": sources, "learned on": learned})
    constants_file.write(constants, out)
    return constants
