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
