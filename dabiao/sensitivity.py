"""What each lever does to a chance: alone, in order, and how far it must go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planning.levers import Lever

Chance = Callable[[Mapping[str, float]], float]
STEPS = 14  # halvings of a lever's range when its break-even is sought
SCAN = 6  # steps along the range of a lever that may help and then harm


@dataclass(frozen=True)
class Bar:
    """The chance with one lever at its 10th, 50th and 90th percentile among plans and all others left alone."""

    lever: str
    settings: tuple[float, float, float]
    chances: tuple[float, float, float]

    @property
    def swing(self) -> float:
        return max(self.chances) - min(self.chances)


@dataclass(frozen=True)
class BreakEven:
    """How far one lever alone must go for a chance. setting: the nearest to neutral that gives it; None: not by it alone.

    best: the highest chance it gives anywhere in its range, at best_setting.
    """

    lever: str
    wanted: float
    setting: float | None
    best: float
    best_setting: float


def bars(chance: Chance, levers: Mapping[str, Lever], ids: Sequence[str]) -> tuple[Bar, ...]:
    """The tornado, the widest bar first. Levers without a plausible range are left out."""
    found = []
    for id in ids:
        plausible = levers[id].plausible
        if plausible is not None:
            low, middle, high = (chance({id: x}) for x in plausible)
            found.append(Bar(id, plausible, (low, middle, high)))
    return tuple(sorted(found, key=lambda b: -b.swing))


def break_even(
    chance: Chance, lever: Lever, wanted: Sequence[float], plain: float, scan: int = 1
) -> tuple[BreakEven, ...]:
    """For each chance wanted, the setting nearest to neutral at which one lever alone gives it.

    The range is tried from neutral to either end in `scan` steps (one is enough for a lever that can only raise or only lower
    the chance), then halved between the last setting that does not and the first that
    does. What is named does give the chance: it is the end of the last interval on that side.
    """
    settings = {lever.neutral: plain}
    for end in (lever.low, lever.high):
        if end != lever.neutral:
            for x in np.linspace(lever.neutral, end, scan + 1)[1:]:
                settings[float(x)] = chance({lever.id: float(x)})
    best_setting = max(settings, key=lambda x: (settings[x], -abs(x - lever.neutral)))
    found = []
    for p in wanted:
        nearest = [s for s in (_crossing(chance, lever, settings, p, up) for up in (False, True)) if s is not None]
        setting = min(nearest, key=lambda s: abs(s - lever.neutral) / (lever.high - lever.low), default=None)
        found.append(BreakEven(lever.id, p, setting, settings[best_setting], best_setting))
    return tuple(found)


def _crossing(chance: Chance, lever: Lever, settings: Mapping[float, float], wanted: float, up: bool) -> float | None:
    side = sorted((x for x in settings if (x >= lever.neutral) == up or x == lever.neutral), reverse=not up)
    if settings[lever.neutral] >= wanted:
        return lever.neutral
    for before, after in zip(side, side[1:], strict=False):
        if settings[after] >= wanted:
            short, enough = before, after
            for _ in range(STEPS):
                middle = (short + enough) / 2
                if chance({lever.id: middle}) >= wanted:
                    enough = middle
                else:
                    short = middle
                if abs(enough - short) < lever.step / 4:
                    break
            return float(enough)
    return None


def in_order(
    values: Callable[[Mapping[str, float]], np.ndarray], settings: Mapping[str, float]
) -> list[tuple[str, np.ndarray]]:
    """The values after each lever in turn, each on top of those before, on the same draws: [(lever, (draw,)), ...]."""
    pulled: dict[str, float] = {}
    found = []
    for id, value in settings.items():
        pulled[id] = value
        found.append((id, values(dict(pulled))))
    return found


def screened(
    chance: Chance, levers: Mapping[str, Lever], ids: Sequence[str], seed: int, trajectories: int = 4
) -> dict[str, tuple[float, float]]:
    """Which levers matter, alone and together: {lever: (mean absolute effect, spread of effects)} on the chance.

    The elementary effects of Morris (1991), by SALib, over the plausible range of each lever. A spread as large as the effect
    means that it depends on what the others do.
    """
    from SALib.analyze import morris as analyse
    from SALib.sample import morris as sample

    ids = [id for id in ids if levers[id].plausible and levers[id].plausible[0] < levers[id].plausible[2]]
    if len(ids) < 2:
        return {
            id: (abs(chance({id: levers[id].plausible[2]}) - chance({id: levers[id].plausible[0]})), 0.0) for id in ids
        }
    problem = {
        "num_vars": len(ids),
        "names": list(ids),
        "bounds": [[levers[id].plausible[0], levers[id].plausible[2]] for id in ids],
    }
    points = sample.sample(problem, trajectories, num_levels=4, seed=seed)
    answers = np.array([chance(dict(zip(ids, map(float, point), strict=True))) for point in points])
    effects = analyse.analyze(problem, points, answers, num_levels=4, seed=seed)
    found = {
        id: (float(mean), float(spread))
        for id, mean, spread in zip(ids, effects["mu_star"], effects["sigma"], strict=True)
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1][0]))
