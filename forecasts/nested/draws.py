"""Coherent draws: every component path drawn from its prior and moved by what was measured (Matheron's rule).

Journel and Huijbregts 1978, Mining Geostatistics, Academic Press, ch. VII.A; Wilson and others 2021, Journal of Machine
Learning Research 22(105). Each path has random numbers of its own, keyed by seed, indicator, component and area, the
measured years first, so that draw k of an area is the same whatever else is asked.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from forecasts.nested.components import NUGGET
from forecasts.nested.condition import KAPPAS, LIVELINESS, LIVELINESS_PRIOR, Own, Part, mixture
from forecasts.nested.measurements import Path, Rows
from forecasts.nested.model import Nested
from forecasts.nested.predictive import DF

JITTER = 1e-10  # relative to the largest variance: lets a covariance of rank below its size be factored


@dataclass(frozen=True)
class Draws:
    """values: by path (draw, year) in the unit; scaled: the same on the scale. kappa: (draw,), the label of each draw."""

    values: dict[Path, np.ndarray]
    scaled: dict[Path, np.ndarray]
    kappa: np.ndarray


class Normals:
    """Random numbers by component and area: (row, draw) each, a shorter request being the beginning of a longer one."""

    def __init__(self, seed: int, indicator: str, count: int) -> None:
        self.seed, self.indicator, self.count = seed, indicator, count
        self._drawn: dict[tuple[str, ...], np.ndarray] = {}

    def rng(self, *what: str) -> np.random.Generator:
        """The generator of one component of one area."""
        return np.random.default_rng([self.seed, zlib.crc32("|".join((self.indicator, *what)).encode())])

    def take(self, rows: int, *what: str) -> np.ndarray:
        """(rows, draw) standard normals."""
        found = self._drawn.get(what)
        if found is None or len(found) < rows:
            found = self._drawn[what] = self.rng(*what).standard_normal((rows, self.count))
        return found[:rows]

    def forget(self) -> None:
        """Give back the memory; the same numbers come again."""
        self._drawn.clear()


class Layout:
    """Where measured rows lie in time, by area: worked out once for all strengths of convergence."""

    def __init__(self, rows: Rows, grid: np.ndarray) -> None:
        self.rows, self.grid = rows, grid
        self._measured: dict[tuple[int, int], np.ndarray] = {}
        self.inside: list[list[tuple[int, np.ndarray, np.ndarray]]] = []
        for depth in range(rows.ids.shape[1]):
            column = rows.ids[:, depth]
            order = np.argsort(column, kind="stable")
            order = order[column[order] >= 0]
            groups = np.split(order, np.flatnonzero(np.diff(column[order])) + 1) if len(order) else []
            found = []
            for group in groups:
                years, place = np.unique(rows.year[group], return_inverse=True)
                self._measured[depth, int(column[group[0]])] = years
                found.append((int(column[group[0]]), group, place.ravel()))
            self.inside.append(found)
        areas, place = np.unique(rows.ids, axis=0, return_inverse=True)
        self.areas = [(ids, np.flatnonzero(place.ravel() == i)) for i, ids in enumerate(areas)]

    def measured(self, depth: int, number: int) -> np.ndarray:
        """The years measured inside an area, rising."""
        return self._measured.get((depth, number), self.grid[:0])

    def order(self, depth: int, number: int) -> np.ndarray:
        """All years, those measured inside an area first: the order in which its random numbers are taken."""
        measured = self.measured(depth, number)
        return np.concatenate([measured, np.setdiff1d(self.grid, measured)])


def draws(
    model: Nested, paths: Sequence[Path], years: Sequence[int], count: int = 500, seed: int = 0
) -> dict[Path, np.ndarray]:
    """Coherent draws of the published values: for each path (draw, year) in the unit.

    Draw k of an area is the same whatever else is asked, and rests on draw k of the areas above it. Raises ValueError for
    years outside the range of the model.

    >>> from forecasts.nested import Measurement, TreeScale
    >>> model = Nested.fit([Measurement((), y, v, 0.1) for y, v in ((2021, 2.0), (2022, 2.5))], TreeScale("log"))
    >>> draws(model, [()], [2023], 50)[()].shape
    (50, 1)
    """
    return draw(model, tuple(paths), model.checked(years), count, seed).values


def draw(model: Nested, paths: tuple[Path, ...], years: np.ndarray, count: int, seed: int) -> Draws:
    """Draws of published values in `years` for each path: see `Nested.draws`.

    One factor of the t distribution serves the whole tree in a draw (a multivariate t), since a factor for each area
    would tear apart what its parts hold together.
    """
    label, tail, fields = _fields(model, count, seed)
    scaled = {path: np.empty((count, len(years))) for path in paths}
    for field in fields:
        for path in paths:
            centre, away = field.published(path, years)
            scaled[path][field.chosen] = centre + tail[field.chosen, None] * away
        field.normals.forget()
    return Draws({p: model.scale.inverse(z) for p, z in scaled.items()}, scaled, np.array(KAPPAS)[label])


def _fields(model: Nested, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[Field]]:
    """By draw the strength of convergence and the factor of the t distribution, and the whole tree drawn under each
    strength: the last asked for is kept with the model, whichever region asks next."""
    key = (count, seed)
    if key not in model.kept:
        normals = Normals(seed, model.indicator, count)
        uniform = normals.rng("kappa").random(count)
        label = np.minimum(np.searchsorted(np.cumsum(model.weights), uniform), len(model.parts) - 1)
        tail = np.sqrt(DF / normals.rng("tail").chisquare(DF, count))
        layout = Layout(model.rows, model.parts[0].parts.years)
        drawn = [(part, np.flatnonzero(label == k)) for k, part in enumerate(model.parts)]
        fields = [Field(model, part, normals, chosen, layout) for part, chosen in drawn if len(chosen)]
        model.kept.clear()
        model.kept[key] = label, tail, fields
    return model.kept[key]


class Field:
    """Draws of the whole tree under one strength of convergence, for the draws numbered `chosen`."""

    def __init__(self, model: Nested, part: Part, normals: Normals, chosen: np.ndarray, layout: Layout) -> None:
        self.layout = layout
        self.model, self.part, self.normals, self.chosen = model, part, normals, chosen
        self.rows, self.parts, self.theta = part.rows, part.parts, part.theta
        self.grid = part.parts.years
        self._factors: dict[tuple[int, bytes], np.ndarray] = {}
        self.deviations = [
            self.parts.deviation_covariance(self.theta, d, self.grid, self.grid) for d in range(self.parts.depths)
        ]
        self.nation = self._path(
            "nation",
            self.grid,
            linalg.cholesky(self.parts.nation_covariance(self.theta, self.grid, self.grid), lower=True),
        )
        drawn = self._at_rows() + self._noise()
        self.weights = part.inverse @ ((self.rows.z - part.centre)[:, None] - drawn)

    def published(self, path: Path, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of the published value: (draw, year) each, on the scale, spread applied."""
        ids, depth = self.model.place(path)
        mine = np.flatnonzero((self.rows.ids == ids).all(axis=1))
        columns = years - self.grid[0]
        drawn, label = self.latent(ids, depth)
        drawn = drawn[columns].T
        if label is None:
            centre = np.tile(self.part.given(ids, years)[0], (len(self.chosen), 1))
        else:
            own = Own(self.rows.year[mine], self.rows.z[mine], self.part.noise[mine] - NUGGET)
            centre = mixture([self.part], np.zeros(1), ids, depth, years, own, mine, True).means[label]
        if depth < 0:
            return centre, drawn - centre
        printed = self._take(len(self.grid), "published", *self._key(ids, depth))[columns].T
        away = drawn - centre + self.model.publication_noise * printed
        return centre, away * self.model.spread(len(mine), years)

    def latent(self, ids: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray | None]:
        """(year, draw) over the grid: an area's path; and the number of its liveliness by draw, None where parts of it (or
        it is the nation) are measured and speak for it.

        Otherwise its own deviation is drawn given the draws above it. An area above of which no part is measured is drawn
        the same way, so that a district's draw contains its city's.
        """
        if depth < 0 or self.model.has_parts(ids, depth):
            return self._above(ids, depth, self.grid, own=True), None
        mine = np.flatnonzero((self.rows.ids == ids).all(axis=1))
        known, noise, key = self.rows.year[mine], self.part.noise[mine], self._key(ids, depth)
        base = self._above(ids, depth, np.concatenate([known, self.grid]), own=False)
        target = self.rows.z[mine][:, None] - base[: len(mine)]
        drawn = base[len(mine) :]
        above, upper = ids.copy(), int(np.flatnonzero(ids[:depth] >= 0)[-1]) if (ids[:depth] >= 0).any() else -1
        above[depth] = -1
        if upper >= 0 and not self.model.has_parts(above, upper):
            drawn = drawn + self.latent(above, upper)[0] - self._above(above, upper, self.grid, own=True)
        label = self._liveliness(depth, known, target, noise, self.normals.rng("own", *key).random(self.normals.count))
        free = self._take(len(self.grid), "own path", *key)
        for j, liveliness in enumerate(LIVELINESS):
            some = np.flatnonzero(label == j)
            if not len(some):
                continue
            across = self.parts.deviation_covariance(self.theta, depth, self.grid, known, liveliness)
            inner = self.parts.deviation_covariance(self.theta, depth, known, known, liveliness) + np.diag(noise)
            weights = np.linalg.solve(inner, across.T).T
            rest = (
                self.parts.deviation_covariance(self.theta, depth, self.grid, self.grid, liveliness)
                - weights @ across.T
            )
            drawn[:, some] += weights @ target[:, some] + _lower(rest) @ free[:, some]
        return drawn, label

    def _liveliness(
        self, depth: int, known: np.ndarray, target: np.ndarray, noise: np.ndarray, uniform: np.ndarray
    ) -> np.ndarray:
        """(draw,): the liveliness of each draw, by its prior and the likelihood of the area's own values."""
        log = np.tile(np.log(LIVELINESS_PRIOR)[:, None], (1, target.shape[1]))
        for j, liveliness in enumerate(LIVELINESS if len(known) else ()):
            inner = self.parts.deviation_covariance(self.theta, depth, known, known, liveliness) + np.diag(noise)
            solved = np.linalg.solve(inner, target)
            log[j] += -0.5 * (target * solved).sum(axis=0) - 0.5 * np.linalg.slogdet(inner)[1]
        weights = np.exp(log - log.max(axis=0))
        cumulated = np.cumsum(weights / weights.sum(axis=0), axis=0)
        return np.minimum((cumulated < uniform[self.chosen]).sum(axis=0), len(LIVELINESS) - 1)

    def _above(self, ids: np.ndarray, depth: int, years: np.ndarray, own: bool) -> np.ndarray:
        """(year, draw): posterior draws of an area's path, with or without its own deviation."""
        at = np.tile(ids, (len(years), 1))
        cross = self.parts.covariance(self.theta, at, years, self.rows.ids, self.rows.year)
        drawn = self.part.centre + self._shared(at, years)
        for d in range(depth + 1):
            if ids[d] < 0:
                continue
            if d < depth or own:
                order = self.layout.order(d, int(ids[d]))
                place = np.argsort(order)[years - self.grid[0]]
                drawn = drawn + self._area(d, int(ids[d]), order)[place]
            else:
                same = self.rows.ids[:, d] == ids[d]
                part = self.parts.deviation_covariance(self.theta, d, years, self.rows.year[same])
                cross[:, same] -= part
        return drawn + cross @ self.weights

    def _at_rows(self) -> np.ndarray:
        """(row, draw): prior draws of every measured path."""
        drawn = self._shared(self.rows.ids, self.rows.year)
        for depth, found in enumerate(self.layout.inside):
            for number, inside, place in found:
                drawn[inside] += self._area(depth, number, self.layout.measured(depth, number))[place]
        return drawn

    def _shared(self, ids: np.ndarray, years: np.ndarray) -> np.ndarray:
        """(row, draw): prior draws of what many areas share: the nation, the constants of a depth, dated steps."""
        columns = years - self.grid[0]
        drawn = self.nation[columns].copy()
        for depth in range(self.parts.depths):
            sd = np.sqrt(self.parts.common * self.parts.variances(self.theta, depth)[0])
            inside = (ids[:, depth] >= 0) * self.parts.gaps[columns]
            drawn += sd * inside[:, None] * self._take(1, "depth", str(depth))
        for i, (step, of) in enumerate(zip(self.parts.steps, self.parts.step_ids, strict=True)):
            drawn += step.sd * step.on(ids, years, of)[:, None] * self._take(1, "step", str(i), str(step.year))
        return drawn

    def _noise(self) -> np.ndarray:
        """(row, draw): noise of every row, by area."""
        drawn = np.empty((len(self.rows), len(self.chosen)))
        for ids, inside in self.layout.areas:
            depth = int(np.flatnonzero(ids >= 0)[-1]) if (ids >= 0).any() else -1
            drawn[inside] = self._take(len(inside), "noise", *self._key(ids, depth))
        return drawn * np.sqrt(self.part.noise)[:, None]

    def _area(self, depth: int, number: int, years: np.ndarray) -> np.ndarray:
        """(year, draw): prior draws of one area's deviation in `years`, which are the beginning of its order."""
        key = (depth, years.tobytes())
        if key not in self._factors:
            i = years - self.grid[0]
            self._factors[key] = _lower(self.deviations[depth][i[:, None], i])
        return self._path("area", years, self._factors[key], str(depth), self.model.areas.key(depth, number))

    def _path(self, what: str, years: np.ndarray, lower: np.ndarray, *key: str) -> np.ndarray:
        return lower @ self._take(len(years), what, *key)

    def _take(self, rows: int, *what: str) -> np.ndarray:
        return self.normals.take(rows, *what)[:, self.chosen]

    def _key(self, ids: np.ndarray, depth: int) -> tuple[str, ...]:
        return (str(depth), self.model.areas.key(depth, int(ids[depth]))) if depth >= 0 else ("nation",)


def _lower(covariance: np.ndarray) -> np.ndarray:
    """A lower factor of a covariance that may fall short of full rank."""
    if not len(covariance):
        return covariance
    jitter = max(JITTER * float(covariance.diagonal().max()), 1e-14)
    return linalg.cholesky(covariance + jitter * np.eye(len(covariance)), lower=True, check_finite=False)
