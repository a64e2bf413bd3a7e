"""The learned constants: what `refit` writes, what the models read, and how a spread is calibrated."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

import numpy as np


@dataclass(frozen=True)
class Process:
    """Shares of the variance of a yearly change; drift, slope, level and twice the noise add up to about one."""

    drift: float
    slope: float
    persistence: float
    level: float
    noise: float
    drift_damping: float


@dataclass(frozen=True)
class Calibration:
    """Factor on the spread and degrees of freedom by number of observed changes, learned on other indicators."""

    changes: tuple[int, ...]
    factor: tuple[float, ...]
    freedom: tuple[float, ...]

    def at(self, changes: int) -> tuple[float, float]:
        """Factor and degrees of freedom, interpolated over the number of observed changes and flat outside."""
        return (
            float(np.interp(changes, self.changes, self.factor)),
            float(np.interp(changes, self.changes, self.freedom)),
        )


@dataclass(frozen=True)
class Constants:
    """Everything learned from a panel. about: what from, when, with which score."""

    process: Process
    common_loading: float
    common_long: float
    common_damping: float
    common_variance: float
    prior_weight: float
    prior_scale: float
    calibration: Calibration
    default_variance: dict[str, float]
    about: dict = field(default_factory=dict, hash=False, compare=False)


def from_dict(table: dict) -> Constants:
    """Constants from the plain table that `to_dict` gives. Raises ValueError naming what is missing."""
    try:
        calibration = Calibration(**{k: tuple(v) for k, v in table["calibration"].items()})
        rest = {k: v for k, v in table.items() if k not in ("process", "calibration")}
        return Constants(process=Process(**table["process"]), calibration=calibration, **rest)
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"The table of constants is not complete ({error}); `dabiao refit` writes a new one."
        ) from error


@lru_cache(maxsize=1)
def shipped() -> Constants:
    """The constants that come with the toolkit."""
    return from_dict(json.loads(resources.files("forecasts").joinpath("constants.json").read_text("utf-8")))
