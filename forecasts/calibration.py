"""The learned constants: what the models read, and how a spread is calibrated."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Process:
    """Shares of the variance of a yearly change; drift, slope, level and twice the noise add up to one.

    drift: a constant pace. slope: an AR(1) pace with `persistence`. level: independent yearly steps. noise: of each
    published value. drift_damping: what remains of the drift after one more year ahead.
    """

    drift: float
    slope: float
    persistence: float
    level: float
    noise: float
    drift_damping: float = 1.0


@dataclass(frozen=True)
class Calibration:
    """Factor on the spread and degrees of freedom by number of observed changes, learned on other indicators."""

    changes: tuple[int, ...]
    factor: tuple[float, ...]
    df: tuple[float, ...]

    def at(self, changes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Factor and degrees of freedom, interpolated over the number of observed changes and flat outside."""
        return np.interp(changes, self.changes, self.factor), np.interp(changes, self.changes, self.df)


@dataclass(frozen=True)
class Constants:
    """Everything learned from a panel.

    loading: of the common path on a region. common: the process of the common path itself, with common_memory years of
    it, common_loading on its forecast and common_variance, the share of its variance that is believed. convergence:
    yearly pull to the peers' median level, in units of the variance of changes over the variance of levels, at most
    convergence_cap. prior_weight: degrees of freedom the other regions lend to a region's variance; prior_scale: its
    centre, relative to their geometric mean. drift_shares, slopes, noises: the candidates the peers' histories choose
    from, with their prior. quiet, quiet_prior: fractions of the typical movement that a region may have, and how often.
    single_*: the same for a series without peers. default_variance: of yearly changes where no
    other region is known, by scale. about: what from, when, with which score.
    """

    loading: float
    common: Process
    common_memory: int
    common_loading: float
    common_variance: float
    convergence: float
    convergence_cap: float
    prior_weight: float
    prior_scale: float
    drift_damping: float
    drift_shares: tuple[float, ...]
    slopes: tuple[tuple[float, float], ...]
    noises: tuple[float, ...]
    prior: tuple[float, ...]
    quiet: tuple[float, ...]
    quiet_prior: tuple[float, ...]
    calibration: Calibration
    single_prior: tuple[float, ...]
    single_weight: float
    single_calibration: Calibration
    single_pace: float
    single_variance: float
    single_start: float
    single_theta: dict[str, tuple[float, ...]] = field(hash=False)
    about: dict = field(default_factory=dict, hash=False, compare=False)

    def theta_share(self, changes: np.ndarray) -> np.ndarray:
        """Theta's share in the centre of a lone series, interpolated over the number of observed changes."""
        return np.interp(changes, self.single_theta["changes"], self.single_theta["share"])

    @property
    def candidates(self) -> Candidates:
        """Every combination of drift, slope and noise; the level takes the rest in the proportion .528 to them."""
        return candidates(self.drift_shares, self.slopes, self.noises, self.drift_damping)


LEVEL = 0.528


class Candidates(tuple):
    """Processes, hashed once: they are the key of every kernel that is looked up."""

    def __hash__(self) -> int:
        if not hasattr(self, "_hash"):
            self._hash = super().__hash__()
        return self._hash


@lru_cache(maxsize=64)
def candidates(
    drifts: tuple[float, ...], slopes: tuple[tuple[float, float], ...], noises: tuple[float, ...], damping: float
) -> Candidates:
    """Processes of unit variance for every combination of drift share, (slope share, persistence) and noise share.

    >>> (process,) = candidates((0.05,), ((0.1, 0.5),), (0.16,), 0.97)
    >>> round(process.drift + process.slope + process.level + 2 * process.noise, 6)
    1.0
    """
    listed = []
    for drift, (slope, persistence), noise in product(drifts, slopes, noises):
        rest = (1 - 2 * noise) / (drift + slope + LEVEL)
        listed.append(Process(drift * rest, slope * rest, persistence, LEVEL * rest, noise, damping))
    return Candidates(listed)


def from_dict(table: dict) -> Constants:
    """Constants from a plain table of their names and values. Raises ValueError naming what is missing."""
    table = dict(table)
    try:
        for name in ("calibration", "single_calibration"):
            table[name] = Calibration(**{key: tuple(value) for key, value in table[name].items()})
        table["common"] = Process(**table["common"])
        for name in ("drift_shares", "noises", "prior", "quiet", "quiet_prior", "single_prior"):
            table[name] = tuple(table[name])
        table["single_theta"] = {key: tuple(value) for key, value in table["single_theta"].items()}
        table["slopes"] = tuple(tuple(slope) for slope in table["slopes"])
        return Constants(**table)
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"The table of constants is not complete ({error}); `dabiao refit` writes a new one."
        ) from error


@lru_cache(maxsize=1)
def shipped() -> Constants:
    """The constants that come with the toolkit.

    >>> learned = shipped()
    >>> len(learned.candidates), round(sum(learned.prior), 3)
    (48, 1.0)
    """
    return from_dict(json.loads(resources.files("forecasts").joinpath("constants.json").read_text("utf-8")))
