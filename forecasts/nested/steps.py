"""Level steps: breaks and changes of definition with a date, estimated with the rest instead of cutting history.

A step moves the level from its year on by an unknown amount and leaves the growth before and after it to speak. Since it
is part of the path, forecasts are on the basis after the step, and the figures before it still tell the pace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

USUAL_SD = 0.25  # judged: nine in ten changes of definition move a rate by less than half


@dataclass(frozen=True)
class Step:
    """A step of the level from `year` on, in the area `path` and everything below it; () is the whole tree.

    sd: how far it may have moved the level, standard deviation on the scale.
    """

    year: int
    path: tuple[str | None, ...] = ()
    sd: float = USUAL_SD

    def on(self, ids: np.ndarray, years: np.ndarray, of: np.ndarray) -> np.ndarray:
        """(row,): 1.0 where a row lies in the step's area at or after its year. of: (depth,), the area's numbers."""
        inside = ((ids == of) | (of < 0)).all(axis=1)
        return (inside & (years >= self.year)).astype(float)
