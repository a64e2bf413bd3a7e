"""A region's own few points, read against how yearly changes usually behave: the only evidence where there are no peers.

The yearly change is Gaussian with an unknown spread, an unknown pace and an unknown share of noise in the published
values. All three are weighed by what the own points say (a Bayesian mixture over a fixed grid), so that one point alone
gives the usual movement of such figures and eight points nearly speak for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

# The pace in units of the spread of changes, from worse to better, and how usual each is; and the same for the share of
# the variance of a change that is noise in one published value. Rounded from some forty indicators' moments.
PACES = np.array([-0.6, -0.3, -0.1, 0.1, 0.3, 0.6, 0.85])
PACE_WEIGHTS = np.array([0.06, 0.13, 0.22, 0.22, 0.17, 0.12, 0.08])
NOISES = np.array([0.0, 0.3])
NOISE_WEIGHTS = np.array([0.5, 0.5])
SPREAD_STEPS = np.linspace(-2.2, 2.2, 11)
DAMPING = 0.97
# Real changes are not Gaussian; counting their likelihood by half keeps eight points from being sure of themselves.
TEMPER = 0.5


@dataclass(frozen=True)
class ChangePrior:
    """How an indicator usually moves in a year: the mean and standard deviation of the log of its spread, and how usual
    each of PACES is."""

    mean: float
    deviation: float
    paces: tuple[float, ...] = tuple(PACE_WEIGHTS)


# Over indicators and regions, on the started logit and the log. Life expectancy moves by some 0.4 % a year (China 2000 to
# 2019: 71.9 to 77.9 years; United Nations, World Population Prospects 2024).
USUAL = {"logit": ChangePrior(-2.0, 1.0), "log": ChangePrior(-3.2, 0.8)}
USUAL_YEARS = ChangePrior(-5.4, 0.6)
# A usual movement weighs as much as two changes seen in peers; peers weigh no more than eight of the region's own.
USUAL_CHANGES = 2
MOST_LENT = 8
GAP_POWER = 0.75
AMONG_PEERS = 0.5
RECENT = 3


def chance_alone(own: np.ndarray, needed: np.ndarray, horizon: int, usual: ChangePrior) -> np.ndarray:
    """Chance of at least the needed change from own values only: own (region, year), all known; needed (region, target).

    The last column of `own` is the origin. Result: (region, target).

    >>> chance_alone([[0.0]], np.array([[0.0, 0.1]]), horizon=3, usual=USUAL["log"]).round(2)
    array([[0.57, 0.16]])
    """
    own = np.atleast_2d(np.asarray(own, dtype=float))
    changes = np.diff(own, axis=1)
    logs, centres, variances = [], [], []
    for noise, noise_weight in zip(NOISES, NOISE_WEIGHTS, strict=True):
        for weight, centre, variance in _given_noise(changes, horizon, noise, usual):
            logs.append(weight + np.log(noise_weight))
            centres.append(centre)
            variances.append(variance)
    log_weights = np.array(logs)
    weights = np.exp(log_weights - log_weights.max(axis=0))
    weights /= weights.sum(axis=0)
    chance = np.zeros(np.shape(needed))
    for weight, centre, variance in zip(weights, centres, variances, strict=True):
        chance += weight[:, None] * ndtr((centre[:, None] - needed) / np.sqrt(variance))
    return chance


def lent_by_peers(usual: ChangePrior | None, changes: np.ndarray, gaps: np.ndarray) -> ChangePrior:
    """How the indicator usually moves, once peers have shown it: changes (change,) on the scale over `gaps` years.

    For peers too few to compare with. usual: what is known without them, None on a plain scale.

    >>> calm = lent_by_peers(USUAL["log"], np.full(20, 0.001), np.ones(20))
    >>> bool(calm.mean < USUAL["log"].mean)
    True
    """
    yearly = changes / gaps**GAP_POWER
    spread = max(float(np.sqrt(np.mean(yearly**2))), 1e-6)
    count = min(changes.size, MOST_LENT)
    before = ChangePrior(float(np.log(spread)), AMONG_PEERS) if usual is None else usual
    total = USUAL_CHANGES + count
    mean = (USUAL_CHANGES * before.mean + count * np.log(spread)) / total
    variance = (USUAL_CHANGES * before.deviation**2 + count * AMONG_PEERS**2) / total
    pace = np.clip(np.mean(changes / gaps) / spread, PACES[0], PACES[-1])
    weights = np.array(before.paces) * np.exp(-0.5 * TEMPER * count * (PACES - pace) ** 2)
    return ChangePrior(float(mean), float(np.sqrt(variance)), tuple(weights / weights.sum()))


def own_chances(own: np.ndarray, needed: np.ndarray, horizon: int, usual: ChangePrior) -> np.ndarray:
    """Chance of at least the needed change by all own values and by the last three: (region, target, 2).

    Old paces fade, so the last three say something of their own beside the whole series.

    >>> own_chances([[0.0, 0.02, 0.05, 0.07]], np.array([[0.05]]), horizon=3, usual=USUAL["log"]).round(1)
    array([[[0.4, 0.3]]])
    """
    own = np.atleast_2d(np.asarray(own, dtype=float))
    whole = chance_alone(own, needed, horizon, usual)
    recent = whole if own.shape[1] <= RECENT else chance_alone(own[:, -RECENT:], needed, horizon, usual)
    return np.stack([whole, recent], axis=-1)


def _given_noise(
    changes: np.ndarray, horizon: int, noise: float, usual: ChangePrior
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Log weight (region,), centre (region,) and variance of the change ahead for every pace and spread.

    With noise share v a change has variance 1 and covariance -v with its neighbours, in units of its spread; the change
    ahead is conditioned on the last ones, so part of a last blip is taken back.
    """
    count = changes.shape[1]
    covariance = np.eye(count) - noise * (np.eye(count, k=1) + np.eye(count, k=-1))
    precision = np.linalg.inv(covariance) if count else covariance
    log_volume = np.linalg.slogdet(covariance)[1] if count else 0.0
    with_ahead = np.zeros(count)
    with_ahead[-1:] = -noise
    taken_back = with_ahead @ precision
    ahead = (1 - 2 * noise) * horizon + 2 * noise - taken_back @ with_ahead
    damped = (DAMPING ** np.arange(1, horizon + 1)).sum()
    for pace, pace_weight in zip(PACES, usual.paces, strict=True):
        for step in SPREAD_STEPS:
            spread = np.exp(usual.mean + usual.deviation * step)
            variance = spread**2 * (1 - pace**2)
            apart = changes - pace * spread
            misfit = np.einsum("ri,ij,rj->r", apart, precision, apart) / variance
            log_likelihood = -0.5 * (misfit + log_volume + count * np.log(variance))
            weight = np.log(pace_weight) - 0.5 * step**2 + TEMPER * log_likelihood
            yield weight, pace * spread * damped + apart @ taken_back, variance * ahead
