"""The nested model of one indicator in a tree of regions: fit once, ask any area and any years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from forecasts.nested import prior as priors
from forecasts.nested.components import components
from forecasts.nested.condition import KAPPA_PRIOR, KAPPAS, Own, Part, mixture
from forecasts.nested.fit import Fitted, fit
from forecasts.nested.measurements import Areas, Measurement, Path, Rows, depth_of, digest, rows_of
from forecasts.nested.predictive import Predictive
from forecasts.nested.prior import Constants, Prior
from forecasts.nested.scale import TreeScale
from forecasts.nested.steps import Step

HORIZON = 15  # years after the newest measurement that a model can be asked for
RECENT = 5  # years whose slope carries the plug-in nation on
USUAL_SPREAD = 0.18  # between provinces, on the scale: the prior of their constants, over Chinese indicators
NARROWEST = 0.05  # of that spread: below it printed decimals tell areas apart, not what they are like
FEWEST_APART = 8  # figures below the nation, from which their own spread is known
QUADRATURE = 15  # points of the predictive of a value that is not yet known


@dataclass(frozen=True)
class Nested:
    """The fitted model. `Nested.fit` makes it; `ask` and `preposterior` read it, as do
    `forecasts.nested.draws` and `forecasts.nested.evidence`.

    parts: one for each strength of convergence. log_evidence: (part,), with their prior.
    """

    measurements: tuple[Measurement, ...]
    scale: TreeScale
    indicator: str
    family: str
    publication_noise: float
    constants: Constants
    prior: Prior
    areas: Areas
    parts: tuple[Part, ...]
    log_evidence: np.ndarray
    last: int
    kept: dict = field(default_factory=dict, init=False, repr=False, compare=False)  # draws; `replace` begins anew

    @classmethod
    def fit(
        cls,
        measurements: Sequence[Measurement],
        scale: TreeScale,
        *,
        indicator: str = "",
        family: str | None = None,
        depths: int | None = None,
        steps: Sequence[Step] = (),
        without: Sequence[str] = (),
        first: int | None = None,
        to: int | None = None,
        prior: Prior | None = None,
        constants: Constants | None = None,
        down_weight: bool = False,
    ) -> Nested:
        """Fit the variances of one indicator to everything measured in its tree.

        indicator: keys the draws and leaves its own history out of the prior, as do the names in `without`. family: tree,
        flat or china, by which the prior is chosen; by the number of depths if left out. depths: below the nation; by the
        deepest path if left out. steps: dated breaks of the level. first, to: the earliest and latest year that can be
        asked for. prior, constants: instead of those that ship. down_weight: give outlying figures noise of their own.
        Raises ValueError where nothing is measured.

        >>> figures = [Measurement((), y, v, 0.1) for y, v in ((2021, 2.0), (2022, 2.5), (2023, 3.4))]
        >>> model = Nested.fit([*figures, Measurement(("a",), 2021, 3.0, 0.1)], TreeScale("log"))
        >>> bool(model.ask(("a",), [2024]).quantiles([0.5])[0, 0] > 3.0)
        True
        """
        if not len(measurements):
            raise ValueError(f"Nothing is measured of {indicator or 'the indicator'}, so there is nothing to fit.")
        constants = constants or priors.shipped()
        depths = depths or depth_of(measurements)
        family = family or priors.family_for(depths)
        prior = prior or priors.prior_for(constants, depths, scale.name, family, (indicator, *without))
        areas = Areas(depths)
        rows = rows_of(measurements, areas, scale)
        nation = {int(y): float(z) for y, z in _nation_rows(rows)}
        narrow = _narrow(rows, nation) if family == "china" else 1.0
        noise = constants.publication_noise[family] * narrow
        prior = replace(prior, mean=prior.mean + 2 * np.log(narrow))
        rows = rows_of(measurements, areas, scale, noise)
        newest = int(rows.year.max())
        last = max(nation) if nation else newest
        begin = min(int(rows.year.min()), last - 9) if first is None else min(first, int(rows.year.min()))
        years = np.arange(begin, max(to or 0, newest + HORIZON) + 1)
        path = carried_on(nation, years)
        kappas = KAPPAS if path is not None else KAPPAS[:1]
        centre = nation[last] if nation else float(rows.z.mean())
        placed = [(step, areas.ids(step.path)) for step in steps]
        key = digest(tuple(measurements), scale, tuple(steps), depths, prior.mean.tobytes(), prior.covariance.tobytes(),
                     int(years[0]), int(years[-1]), noise, down_weight)  # fmt: skip
        parts: list[Part] = []
        for kappa in kappas:
            shapes = components(depths, years, last, constants.common[family], kappa, path, placed)
            fitted = _FITS.get((key, kappa))
            if fitted is None:
                start = parts[-1].theta if parts else None
                fitted = _FITS[key, kappa] = fit(rows, shapes, prior, centre, down_weight, start)
                if len(_FITS) > MOST_KEPT:
                    _FITS.pop(next(iter(_FITS)))
            parts.append(Part(rows, shapes, fitted, centre))
        log = np.array([p.fitted.evidence for p in parts]) + np.log(KAPPA_PRIOR[: len(parts)])
        return cls(
            tuple(measurements), scale, indicator, family, noise, constants, prior, areas, tuple(parts), log, last
        )

    @property
    def rows(self) -> Rows:
        """Everything measured, as arrays."""
        return self.parts[0].rows

    @cached_property
    def weights(self) -> np.ndarray:
        """(part,): posterior weights of the strengths of convergence."""
        weights = np.exp(self.log_evidence - self.log_evidence.max())
        return weights / weights.sum()

    def with_own(self, path: Path, own: Sequence[Measurement]) -> Nested:
        """The model with the figures of one area replaced by `own`; the variances stay as fitted.

        Variances belong to the indicator; one more figure of one area conditions, it does not refit.
        """
        kept = tuple(m for m in self.measurements if m.path != path)
        rows = rows_of([*kept, *own], self.areas, self.scale, self.publication_noise)
        was = {m: i for i, m in enumerate(self.measurements)}
        parts = []
        for part in self.parts:
            extra = np.array([part.fitted.extra[was[m]] if m in was else 0.0 for m in (*kept, *own)])
            fitted = Fitted(part.theta, part.fitted.evidence, extra)
            parts.append(Part(rows, part.parts, fitted, part.centre))
        return replace(self, measurements=(*kept, *own), parts=tuple(parts))

    def ask(self, path: Path, years: Sequence[int], own: Sequence[Measurement] | None = None) -> Predictive:
        """The predictive of the values published for an area in `years`.

        own: the area's figures; by default those among the measurements. Figures given here replace those.
        Raises ValueError for years outside the range of the model.
        """
        wanted = self.checked(years)
        ids, depth = self.place(path)
        mine = np.flatnonzero((self.rows.ids == ids).all(axis=1))
        lively = depth >= 0 and not self.has_parts(ids, depth)
        rows = rows_of(own, self.areas, self.scale, self.publication_noise) if own is not None else self._taken(mine)
        if own is None and not lively:
            known, but = Own(np.zeros(0, dtype=int), np.zeros(0), np.zeros(0)), mine[:0]
        else:
            extra = np.zeros(len(rows)) if own is not None else self.parts[0].fitted.extra[mine]
            known, but = Own(rows.year, rows.z, rows.noise + extra), mine
        found = mixture(self.parts, self.log_evidence, ids, depth, wanted, known, but, lively)
        published = self.publication_noise**2 * (depth >= 0)
        factor = self.spread(len(rows), wanted) if depth >= 0 else np.ones(len(wanted))
        covariances = (found.covariances + published * np.eye(len(wanted))) * np.outer(factor, factor)
        return Predictive(
            tuple(int(y) for y in wanted), found.weights, found.means, covariances, self.scale, len(rows),
            priors.ends_for(self.constants, self.family, len(rows)),
        )  # fmt: skip

    def spread(self, own: int, years: np.ndarray) -> np.ndarray:
        """(year,): the learned factor on the standard deviation of an area with `own` figures."""
        return priors.spread_factor(self.constants, self.family, own, years - self.last)

    def preposterior(
        self,
        path: Path,
        year: int,
        target: float,
        *,
        at_least: bool = True,
        unit: float = 0.0,
        own: Sequence[Measurement] | None = None,
        known: int | None = None,
        noise: float = 0.0,
    ) -> float:
        """How much one own value of the year `known` would move the chance of a target: mean |after - now|, 0 to 1.

        The mean is over the predictive of that value, by quadrature at QUADRATURE equally likely values. known: the year
        of the value, by default the nation's last. noise: standard deviation on the scale of the value beyond
        publication noise.
        """
        figures = list(own) if own is not None else [m for m in self.measurements if m.path == path]
        known = self.last if known is None else known
        now = self.ask(path, [year], figures).chance(target, year, at_least, unit)
        levels = (np.arange(QUADRATURE) + 0.5) / QUADRATURE
        values = self.ask(path, [known], figures).quantiles(levels)[:, 0]
        moves = []
        for value in values:
            more = [*figures, Measurement(path, known, float(value), unit, noise)]
            moves.append(abs(self.ask(path, [year], more).chance(target, year, at_least, unit) - now))
        return float(np.mean(moves))

    def outliers(self) -> list[tuple[Measurement, float]]:
        """Figures that were given noise of their own, with its standard deviation on the scale."""
        extra = self.weights @ np.array([p.fitted.extra for p in self.parts])
        return [(m, float(np.sqrt(v))) for m, v in zip(self.measurements, extra, strict=True) if v > 0]

    def checked(self, years: Sequence[int]) -> np.ndarray:
        """Years as an array. Raises ValueError for one outside the range of the model."""
        span = self.parts[0].parts.years
        wanted = np.asarray(years, dtype=int)
        if not len(wanted) or wanted.min() < span[0] or wanted.max() > span[-1]:
            raise ValueError(
                f"{self.indicator or 'The model'} can be asked for {span[0]}-{span[-1]}, not {list(years)}."
            )
        return wanted

    def place(self, path: Path) -> tuple[np.ndarray, int]:
        """The area's numbers by depth, and its own depth (-1: the nation)."""
        ids = self.areas.ids(path)
        return ids, int(np.flatnonzero(ids >= 0)[-1]) if (ids >= 0).any() else -1

    def has_parts(self, ids: np.ndarray, depth: int) -> bool:
        """Whether anything below the area is measured."""
        inside = self.rows.ids[:, depth] == ids[depth]
        return bool((inside & (self.rows.ids[:, depth + 1 :] >= 0).any(axis=1)).any())

    def _taken(self, chosen: np.ndarray) -> Rows:
        rows = self.rows
        return Rows(rows.ids[chosen], rows.year[chosen], rows.z[chosen], rows.noise[chosen])


MOST_KEPT = 4096  # fits in memory: some 300 bytes each
_FITS: dict[tuple[str, float], Fitted] = {}


def _nation_rows(rows: Rows) -> list[tuple[int, float]]:
    top = (rows.ids < 0).all(axis=1)
    return list(zip(rows.year[top], rows.z[top], strict=True))


def _narrow(rows: Rows, nation: Mapping[int, float]) -> float:
    """How little areas differ, as a share of USUAL_SPREAD and at most 1. An index that differs little, such as life
    expectancy, moves as much less from year to year and is published with as much less noise."""
    below = (rows.ids >= 0).any(axis=1)
    if below.sum() < FEWEST_APART:
        return 1.0
    years = np.array(sorted(nation))
    middle = np.interp(rows.year[below], years, [nation[y] for y in years]) if nation else np.median(rows.z[below])
    away = rows.z[below] - middle
    return float(np.clip(1.4826 * np.median(np.abs(away - np.median(away))) / USUAL_SPREAD, NARROWEST, 1.0))


def carried_on(nation: Mapping[int, float], years: np.ndarray) -> np.ndarray | None:
    """(year,): the nation's path as gaps are measured by: its figures, the nearest one before and between them, and
    after them carried on by the slope of the last RECENT years. None without a figure."""
    if not nation:
        return None
    known = np.array(sorted(nation))
    z = np.array([nation[y] for y in known])
    recent = known >= known[-1] - RECENT
    slope = np.polyfit(known[recent], z[recent], 1)[0] if recent.sum() > 2 else 0.0
    path = np.interp(years, known, z)
    return np.where(years > known[-1], z[-1] + slope * (years - known[-1]), path)
