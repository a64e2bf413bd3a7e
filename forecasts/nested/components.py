"""Components of the model: fixed shapes in time and in the tree, each with one unknown variance.

    z[r,t] = N(t) + sum over the ancestors-or-self a of r below the nation of s(t) D_a(t) + W_a(t)

so that the covariance of all measurements is DIFFUSE + sum_j exp(theta_j) B_j + noise, linear in the variances.
Gaussian process regression: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, MIT Press, ch. 2 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from forecasts.nested.steps import Step

DIFFUSE = 25.0  # variance of the nation's level: nothing is known of it beforehand
NUGGET = 1e-6  # variance added to every measurement, for numerical rank
NATION = ("drift", "slope", "level", "shock")
DEVIATION = ("const", "slow", "smooth", "white")
# Shapes that gave the lowest CRPS on the training panel; see docs/methods/nested.md for what else was tried.
SLOPE_MEMORY = 0.7  # of the nation's yearly slope, an AR(1)
SLOW_YEARS = 20.0  # of the Ornstein-Uhlenbeck part of a deviation
SMOOTH_YEARS = 12.0  # of its Matern 3/2 part
DRIFT_FADE = 0.9  # the nation's pace fades by a tenth a year after its last figure
DRIFT_SPAN = 5.0  # years over which the drift has unit variance
MOST_CLOSED = 1.5  # largest move of the nation, on the scale, that gaps react to


def faded(ahead: np.ndarray, fade: float = DRIFT_FADE) -> np.ndarray:
    """Years counted from the last figure, those after it fading: sum of fade^k for k = 1 to ahead.

    >>> faded(np.array([-2.0, 0.0, 1.0, 2.0])).round(2).tolist()
    [-2.0, 0.0, 0.9, 1.71]
    """
    after = np.maximum(ahead, 0.0)
    return np.where(ahead > 0, fade * (1 - fade**after) / (1 - fade), ahead)


def integrated_slope(years: np.ndarray, last: int, memory: float = SLOPE_MEMORY) -> np.ndarray:
    """Covariance (year, year) of the sum, from `last` on and backwards, of yearly slopes that are an AR(1)."""
    steps = np.arange(min(years.min(), last) + 1, max(years.max(), last) + 1)
    after = (steps > last) & (steps <= years[:, None])
    before = (steps <= last) & (steps > years[:, None])
    signs = after.astype(float) - before
    memories = memory ** np.abs(steps[:, None] - steps[None, :]) if memory > 0 else np.eye(len(steps))
    return signs @ memories @ signs.T


def time_shapes(years: np.ndarray, last: int) -> dict[str, np.ndarray]:
    """The shapes in time by name, each (year, year) of unit variance; last: the year of the nation's last figure."""
    apart = np.abs(years[:, None] - years[None, :]).astype(float)
    drift = faded((years - last).astype(float))
    near = np.sqrt(3) * apart / SMOOTH_YEARS
    same = (apart == 0).astype(float)
    return {
        "drift": np.outer(drift, drift) / DRIFT_SPAN**2,
        "slope": integrated_slope(years, last),
        "level": integrated_slope(years, last, 0.0),
        "shock": same,
        "const": np.ones_like(apart),
        "slow": np.exp(-apart / SLOW_YEARS),
        "smooth": (1 + near) * np.exp(-near),
        "white": same,
    }


def names(depths: int) -> tuple[str, ...]:
    """The names of the variances, in the order of theta: N.drift ... N.shock, 1.const ... 1.white, 2.const ..."""
    return tuple(f"N.{n}" for n in NATION) + tuple(f"{d}.{n}" for d in range(1, depths + 1) for n in DEVIATION)


@dataclass(frozen=True)
class Components:
    """The components over a range of years for one strength of convergence.

    years: consecutive. gaps: (year,), s(t), by which constant, slow and smooth deviations are multiplied. common: share
    of a depth's constant variance that all its areas share (who publishes is not the middle). steps: dated steps.
    """

    depths: int
    years: np.ndarray
    shapes: dict[str, np.ndarray]
    gaps: np.ndarray
    common: float
    steps: tuple[Step, ...] = ()
    step_ids: tuple[np.ndarray, ...] = ()
    _grids: dict[tuple, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    def at(self, name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The shape `name` between years a and b: (a, b), gaps applied."""
        i, j = a - self.years[0], b - self.years[0]
        table = self.shapes[name][i[:, None], j]
        if name in ("const", "slow", "smooth"):  # white is mostly noise of the year, which does not close with gaps
            table = table * (self.gaps[i][:, None] * self.gaps[j])
        return table

    def blocks(self, ids_a: np.ndarray, a: np.ndarray, ids_b: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(component, row, row): the covariance of each component for unit variance, in the order of `names`."""
        found = [self.at(name, a, b) for name in NATION]
        tables = {name: self.at(name, a, b) for name in DEVIATION}
        for depth in range(self.depths):
            same, both = _shared(ids_a[:, depth], ids_b[:, depth])
            found.append(tables["const"] * np.where(same, 1.0, self.common * both))
            found += [tables[name] * same for name in DEVIATION[1:]]
        return np.stack(found)

    def fixed(self, ids_a: np.ndarray, a: np.ndarray, ids_b: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(row, row): covariance that depends on no unknown variance: the diffuse level and dated steps."""
        total = np.full((len(a), len(b)), DIFFUSE)
        for step, of in zip(self.steps, self.step_ids, strict=True):
            total += step.sd**2 * np.outer(step.on(ids_a, a, of), step.on(ids_b, b, of))
        return total

    def covariance(
        self, theta: np.ndarray, ids_a: np.ndarray, a: np.ndarray, ids_b: np.ndarray, b: np.ndarray
    ) -> np.ndarray:
        """(row, row): the prior covariance of two sets of rows at log variances theta."""
        i, j = a - self.years[0], b - self.years[0]
        total = self.fixed(ids_a, a, ids_b, b)
        total += self._nation_grid(theta)[i[:, None], j]
        for depth in range(self.depths):
            in_a, in_b = ids_a[:, depth] >= 0, ids_b[:, depth] >= 0
            if not (in_a.any() and in_b.any()):
                continue
            shared = self.common * self.variances(theta, depth)[0]
            total += np.outer(shared * in_a * self.gaps[i], in_b * self.gaps[j])
            row, column = np.nonzero((ids_a[:, depth][:, None] == ids_b[:, depth]) & in_a[:, None])
            if len(row):
                constant, moving = self._deviation_grids(theta, depth)
                total[row, column] += (constant + moving)[i[row], j[column]]
        return total

    def variances(self, theta: np.ndarray, depth: int) -> np.ndarray:
        """The variances of a depth's deviations, in the order of DEVIATION."""
        first = len(NATION) + len(DEVIATION) * depth
        return np.exp(theta[first : first + len(DEVIATION)])

    def nation_covariance(self, theta: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(a, b): prior covariance of the nation's path, its diffuse level included."""
        return DIFFUSE + self._nation_grid(theta)[np.ix_(a - self.years[0], b - self.years[0])]

    def deviation_covariance(
        self, theta: np.ndarray, depth: int, a: np.ndarray, b: np.ndarray, liveliness: float = 1.0
    ) -> np.ndarray:
        """(a, b): prior covariance of one area's own deviation, without what its depth has in common."""
        constant, moving = self._deviation_grids(theta, depth)
        at = np.ix_(a - self.years[0], b - self.years[0])
        return constant[at] + liveliness**2 * moving[at]

    def moving_covariance(self, theta: np.ndarray, depth: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(a, b): prior covariance of the part of an area's deviation that moves."""
        return self._deviation_grids(theta, depth)[1][np.ix_(a - self.years[0], b - self.years[0])]

    def _nation_grid(self, theta: np.ndarray) -> np.ndarray:
        """(year, year): covariance of the nation's path over all years, its diffuse level left out."""
        variances = np.exp(theta[: len(NATION)])
        return self._kept(
            (theta.tobytes(),),
            lambda: sum(v * self.at(n, self.years, self.years) for v, n in zip(variances, NATION, strict=True)),
        )

    def _deviation_grids(self, theta: np.ndarray, depth: int) -> np.ndarray:
        """(2, year, year): covariance of one area's own deviation over all years: what stays, and what moves."""

        def made() -> np.ndarray:
            const, *moving = self.variances(theta, depth)
            years = self.years
            own = sum(v * self.at(n, years, years) for v, n in zip(moving, DEVIATION[1:], strict=True))
            return np.stack([(1 - self.common) * const * self.at("const", years, years), own])

        return self._kept((theta.tobytes(), depth), made)

    def _kept(self, key: tuple, made: Callable[[], np.ndarray]) -> np.ndarray:
        """What is asked for again and again at one setting of the variances."""
        if key not in self._grids:
            self._grids[key] = made()
        return self._grids[key]


def _shared(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether two rows belong to the same area of a depth, and whether both have one: (row, row) each."""
    both = (a >= 0)[:, None] & (b >= 0)[None, :]
    return (a[:, None] == b[None, :]) & both, both


def components(
    depths: int,
    years: np.ndarray,
    last: int,
    common: float,
    kappa: float = 0.0,
    nation: np.ndarray | None = None,
    steps: Sequence[tuple[Step, np.ndarray]] = (),
) -> Components:
    """Components over consecutive `years`. nation: (year,), its path on the scale (plug-in), read for kappa > 0 only.

    Gaps close as exp(-kappa (N(t) - N(last))): 0 keeps ratios (on a log scale), 1 keeps differences in the unit.
    """
    gaps = np.ones(len(years))
    if kappa and nation is not None:
        gaps = np.exp(-kappa * np.clip(nation - nation[last - years[0]], -MOST_CLOSED, MOST_CLOSED))
    return Components(
        depths, years, time_shapes(years, last), gaps, common,
        tuple(step for step, _ in steps), tuple(ids for _, ids in steps),
    )  # fmt: skip
