"""Measurements: what has been published anywhere in the tree, each with its place, year and noise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.nested.scale import TreeScale

Path = tuple[str | None, ...]


@dataclass(frozen=True)
class Measurement:
    """One figure of one area in one year.

    path: the keys of the area's ancestors below the nation and its own, outermost first, for instance
    ("330000", "330300", "330304"); () is the nation; None marks a depth that is skipped (districts under a municipality
    of provincial rank). value: in the unit of the indicator. unit: what it is rounded to, 0 if unknown. noise: standard
    deviation on the scale beyond rounding (another definition, a target read as a level, few events).
    """

    path: Path
    year: int
    value: float
    unit: float = 0.0
    noise: float = 0.0
    source: str = ""


@dataclass(frozen=True)
class Rows:
    """Measurements as arrays. ids: (row, depth), the area's number at each depth or -1; year, z, noise: (row,).

    noise is a variance on the scale: rounding, what is stated, and publication.
    """

    ids: np.ndarray
    year: np.ndarray
    z: np.ndarray
    noise: np.ndarray

    def __len__(self) -> int:
        return len(self.year)


class Areas:
    """Numbers of areas by depth and key, given out in the order of asking. A key names one area of its depth."""

    def __init__(self, depths: int) -> None:
        self.depths = depths
        self._numbers: list[dict[str, int]] = [{} for _ in range(depths)]
        self._keys: list[list[str]] = [[] for _ in range(depths)]

    def ids(self, path: Path) -> np.ndarray:
        """(depth,): the number of the area at each depth, -1 below it or where a depth is skipped.

        Raises ValueError where the path is deeper than the tree.
        """
        if len(path) > self.depths:
            raise ValueError(
                f"The path {path} has {len(path)} depths, but the tree has {self.depths} below the nation."
            )
        ids = np.full(self.depths, -1)
        for depth, key in enumerate(path):
            if key is not None:
                if key not in self._numbers[depth]:
                    self._numbers[depth][key] = len(self._keys[depth])
                    self._keys[depth].append(key)
                ids[depth] = self._numbers[depth][key]
        return ids

    def key(self, depth: int, number: int) -> str:
        """The key of an area by its depth and number."""
        return self._keys[depth][number]


def rows_of(
    measurements: Sequence[Measurement], areas: Areas, scale: TreeScale, publication_noise: float = 0.0
) -> Rows:
    """The measurements as arrays. publication_noise: standard deviation on the scale of every figure below the nation."""
    ids = np.array([areas.ids(m.path) for m in measurements], dtype=int).reshape(len(measurements), areas.depths)
    values = np.array([m.value for m in measurements], dtype=float)
    noise = scale.rounding_variance(values, np.array([m.unit for m in measurements], dtype=float))
    noise = noise + np.array([m.noise for m in measurements], dtype=float) ** 2
    below = (ids >= 0).any(axis=1)
    years = np.array([m.year for m in measurements], dtype=int)
    return Rows(ids, years, scale.forward(values), noise + below * publication_noise**2)


def digest(*parts: object) -> str:
    """A key for caches that depends on content alone: hexadecimal, 32 digits."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def depth_of(measurements: Iterable[Measurement]) -> int:
    """How many depths below the nation the measurements reach, at least one."""
    return max((len(m.path) for m in measurements), default=1) or 1
