"""What other indicators say of the variances of one: the learned constants, read from prior.json.

prior.json holds, for every indicator of the training panel and for the Chinese ones, the mode of its log variances under a
vague prior. The prior of an indicator is taken from these on the day, always without the indicator itself.
`python -m forecasts.training.nested` writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from forecasts.nested.components import DEVIATION, NATION

SHIPPED = Path(__file__).with_name("prior.json")
FAMILIES = ("tree", "flat", "china")
SHRUNK = 0.5  # share of the covariance between variances that is taken back
EXTRA_SD = 0.3  # of log variances, beyond what indicators show
ALL_SCALES = 3.0  # indicators: how strongly one scale's median is drawn to that of all scales
NATION_SD = np.array([1.5, 1.0, 1.0, 1.0])  # of the nation's log variances: one nation an indicator says little of them
FARTHEST = 4.0  # of log variances from the median; beyond it an indicator is an outlier
DRIFT_SPAN = 5.0


Calibration = tuple[np.ndarray, np.ndarray]  # chances stated, and how often they came true


@dataclass(frozen=True)
class Prior:
    """A Gaussian over log variances: mean (component,), covariance (component, component), as in `components.names`."""

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """The inverse of the covariance."""
        return np.linalg.inv(self.covariance)

    @property
    def depths(self) -> int:
        """Depths below the nation."""
        return (len(self.mean) - len(NATION)) // len(DEVIATION)


@dataclass(frozen=True)
class Mode:
    """One indicator of the training: its log variances theta, its scale, and its nation's mean yearly change."""

    source: str
    indicator: str
    family: str
    scale: str
    theta: np.ndarray
    growth: float


@dataclass(frozen=True)
class Constants:
    """Everything that is learned.

    modes: the indicators learned from, NaN where one has no figures at a depth. common: by family, the share of a depth's constant variance that all its areas
    share. publication_noise: by family, standard deviation of every figure below the nation. spread: by family, the
    factor on the standard deviation by own figures (0, 1, 2, 3 or more) and horizon (to two years, beyond). ends: by
    family, without and with own figures, what was stated and what came true, rising, by which chances are calibrated.
    about: from what and when.
    """

    modes: tuple[Mode, ...]
    common: dict[str, float]
    publication_noise: dict[str, float]
    spread: dict[str, np.ndarray]
    ends: dict[str, tuple[Calibration, Calibration]]
    about: dict[str, Any]


def vague(depths: int, sd: float = 2.0, moving: float = 0.02) -> Prior:
    """The prior before anything is learned: equal at every depth, sd of log variances 2."""
    mean = np.log([1e-3, 1e-3, 1e-3, 3e-4] + [0.02, moving, moving, 2e-3] * depths)
    return Prior(mean, np.eye(len(mean)) * sd**2)


def pooled_covariance(away: np.ndarray, shrunk: float = SHRUNK, extra: float = EXTRA_SD) -> np.ndarray:
    """Covariance of log variances over indicators, (indicator, component) away from their median, shrunk to its diagonal."""
    near = np.clip(away, -FARTHEST, FARTHEST)
    seen = near.T @ near / max(len(near) - 1, 1)
    return (1 - shrunk) * seen + shrunk * np.diag(seen.diagonal()) + extra**2 * np.eye(seen.shape[1])


def family_for(depths: int) -> str:
    """The family of trees to learn from by the number of depths: flat (1), tree (2), china (3)."""
    return FAMILIES[{1: 1, 2: 0}.get(depths, 2)]


def prior_for(
    constants: Constants, depths: int, scale: str, family: str, without: tuple[str, ...] = (), learn_from: int = 2
) -> Prior:
    """The prior of an indicator on `scale` in a tree of `depths`, from the indicators of its family, without some.

    without: names of indicators left out (the one asked, and what is part of it). Raises ValueError with fewer than
    `learn_from` indicators left.
    """
    modes = [m for m in constants.modes if m.family == family and m.indicator not in without]
    if len(modes) < learn_from:
        raise ValueError(f"{len(modes)} indicators of the family {family!r} are left to learn a prior from.")
    kind = "logit" if scale == "logit" else "log"
    theta = np.array([fitted_to(m.theta, depths) for m in modes])
    scales = np.array([m.scale for m in modes])
    every = np.nanmedian(theta, axis=0)
    medians = {}
    for name in set(scales):
        some = theta[scales == name]
        known = np.isfinite(some).any(axis=0)
        medians[name] = np.where(known, np.nanmedian(np.where(known, some, every), axis=0), every)
    count = int((scales == kind).sum())
    mean = (count * medians.get(kind, every) + ALL_SCALES * every) / (count + ALL_SCALES)
    away = np.nan_to_num(theta - np.array([medians[s] for s in scales]))
    if family == "china":
        covariance = pooled_covariance(away, CHINA_SHRUNK, CHINA_EXTRA_SD)
        mean[: len(NATION)] = CHINA_NATION[kind]
    else:
        covariance = pooled_covariance(away)
        growth = np.array([m.growth for m in constants.modes if m.scale == kind and m.indicator not in without])
        mean[0] = np.log(np.mean((DRIFT_SPAN * growth) ** 2))  # one nation an indicator: from how far all nations moved
    covariance[0] = 0
    covariance[:, 0] = 0
    extra = CHINA_EXTRA_SD if family == "china" else EXTRA_SD
    covariance[: len(NATION), : len(NATION)] += np.diag([NATION_SD[0] ** 2, *(NATION_SD[1:] ** 2 - min(extra, 1) ** 2)])
    return Prior(mean, covariance)


# China's own rows rest on few series: shrunk more, and wider.
CHINA_SHRUNK = 0.7
CHINA_EXTRA_SD = 0.8
# Log variances of the nation's drift over five years, slope, level and shock: the predictive likelihood of eleven
# national series one year ahead (64 forecasts), written by the training.
CHINA_NATION = {
    "log": 2 * np.log([0.32, 0.026, 0.018, 0.012]),
    "logit": 2 * np.log([0.25, 0.026, 0.018, 0.012]),
}


def fitted_to(theta: np.ndarray, depths: int) -> np.ndarray:
    """Log variances of a tree of other depth: the outermost depths kept, the last repeated if there are too few."""
    nation, rest = theta[: len(NATION)], theta[len(NATION) :].reshape(-1, len(DEVIATION))
    take = np.minimum(np.arange(depths), len(rest) - 1)
    return np.concatenate([nation, rest[take].ravel()])


def spread_factor(constants: Constants, family: str, own: int, ahead: Sequence[int] | np.ndarray) -> np.ndarray:
    """(year,): the factor on the standard deviation with `own` figures, `ahead` years after the nation's last."""
    table = constants.spread[family][min(own, 3)]
    return np.where(np.asarray(ahead) <= 2, table[0], table[1])


def read(path: Path = SHIPPED) -> Constants:
    """The learned constants from a file as `write` makes it."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    modes = tuple(
        Mode(m["source"], m["indicator"], m["family"], m["scale"], np.array(m["theta"], dtype=float), m["growth"])
        for m in raw["modes"]
    )
    ends = {f: (_calibration(without), _calibration(some)) for f, (without, some) in raw["ends"].items()}
    return Constants(
        modes, raw["common"], raw["publication_noise"], {f: np.array(t) for f, t in raw["spread"].items()}, ends,
        raw["about"],
    )  # fmt: skip


def _calibration(table: dict[str, list[float]]) -> Calibration:
    return np.array(table["stated"]), np.array(table["outcome"])


def ends_for(constants: Constants, family: str, own: int) -> Calibration | None:
    """How stated chances of an area with `own` figures came true; None where that was not learned."""
    both = constants.ends.get(family)
    return both[own > 0] if both else None


def write(constants: Constants, path: Path) -> None:
    """Write the constants as JSON, one indicator a line."""
    modes = [
        {"source": m.source, "indicator": m.indicator, "family": m.family, "scale": m.scale,
         "growth": round(float(m.growth), 5), "theta": [None if np.isnan(t) else round(float(t), 3) for t in m.theta]}
        for m in constants.modes
    ]  # fmt: skip
    rest = {
        "about": constants.about,
        "common": constants.common,
        "publication_noise": constants.publication_noise,
        "spread": {f: np.round(t, 3).tolist() for f, t in constants.spread.items()},
        "ends": {
            f: [{"stated": np.round(a, 4).tolist(), "outcome": np.round(b, 4).tolist()} for a, b in both]
            for f, both in constants.ends.items()
        },
    }
    pairs = ",\n".join(f" {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in rest.items())
    lines = ",\n  ".join(json.dumps(m, ensure_ascii=False) for m in modes)
    path.write_text(f'{{\n{pairs},\n "modes": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


@lru_cache(maxsize=1)
def shipped() -> Constants:
    """The constants that ship with the package."""
    return read()
