"""The pace that a target needs, beside the region's own and the paces that peers have made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.series import Series

ENOUGH = 20  # windows of the asked length; with fewer, those of other lengths are taken too
CURVES: dict[str, Callable[[Any], Any]] = {
    "log": np.log,
    "count": np.log,
    "logit": lambda x: np.log(np.clip(x, 0.01, 99.99) / (100 - np.clip(x, 0.01, 99.99))),
    "plain": lambda x: x,
}


@dataclass(frozen=True)
class RequiredPace:
    """Change a year. since: the year and value it is counted from; estimated: that value is not published but the outlook's.

    needed, own: in the unit. needed_scaled: on the indicator's scale (log: relative; logit: logit points; plain: the unit).
    percentile: the share of peers' windows with a smaller change towards the target, 0 to 1; windows of `length` years of
    `regions` regions. quartiles: of the peers' change on the scale.
    """

    since: tuple[int, float]
    estimated: bool
    needed: float
    needed_scaled: float
    own: float | None
    percentile: float | None
    windows: int
    regions: int
    length: int
    quartiles: tuple[float, float, float] | None


def pace(
    since: tuple[int, float],
    estimated: bool,
    goal: float,
    year: int,
    scale: str,
    upwards: bool,
    own: float | None,
    peers: Iterable[Series],
) -> RequiredPace | None:
    """The pace from a value to a goal by the end of a year, and where it lies among the paces of peers.

    None where the deadline is not after the value's year, or a value of zero or less stands on a log scale.
    """
    start, value = since
    if year <= start or (scale in ("log", "count") and min(value, goal) <= 0):
        return None
    curve, span = CURVES[scale], year - start
    scaled = float(curve(goal) - curve(value)) / span
    made, length, regions = peer_paces(peers, scale, span)
    sign = 1 if upwards else -1
    share = float((sign * made < sign * scaled).mean()) if len(made) else None
    quartiles = _quartiles(made) if len(made) else None
    return RequiredPace(
        since, estimated, (goal - value) / span, scaled, own, share, len(made), regions, length, quartiles
    )


def peer_paces(peers: Iterable[Series], scale: str, span: int) -> tuple[np.ndarray, int, int]:
    """Yearly changes of peers on a scale over windows of `span` years, and of lengths near it until there are ENOUGH.

    Windows do not cross a declared break. Gives the changes, their usual length and the number of regions they come from.
    """
    found: dict[int, list[tuple[float, str]]] = {}
    for series in peers:
        known = [
            (y, v) for y, v in zip(series.years, series.values, strict=True) if v > 0 or scale in ("plain", "logit")
        ]
        for i, (y0, v0) in enumerate(known):
            for y1, v1 in known[i + 1 :]:
                if not any(y0 < b <= y1 for b in series.breaks):
                    step = float(CURVES[scale](v1) - CURVES[scale](v0)) / (y1 - y0)
                    found.setdefault(y1 - y0, []).append((step, series.region))
    steps: list[tuple[float, str]] = []
    taken: list[int] = []
    for length in sorted(found, key=lambda n: (abs(n - span), n)):
        if len(steps) >= ENOUGH or abs(length - span) > span + 2:
            break
        steps += found[length]
        taken += [length] * len(found[length])
    return np.array([s for s, _ in steps]), int(np.median(taken)) if taken else 0, len({r for _, r in steps})


def _quartiles(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)
