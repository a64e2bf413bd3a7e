"""A region without peers: its own few points, drawn hard towards what yearly changes usually look like."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from forecasts.oriented import OrientedScale

# Standard deviation of a yearly change on each scale, typical over many indicators; plain scales have no typical one.
YEARLY_SPREAD = {"logit": 0.12, "log": 0.07}
PRIOR_CHANGES = 4.0
KEPT_PACE_YEARS = 8.0
TREND_SHARE = 0.1
DAMPING = 0.97


def chance_alone(scale: OrientedScale, own, needed, horizon: int) -> np.ndarray:
    """Chance of at least the needed change from own values only: own (region, year), needed (region, target).

    The mean own change is kept at changes / (changes + 8), its spread starts from four years' worth of the scale's usual
    spread; Student t. Raises ValueError for a plain scale with fewer than three values, where nothing says how far such
    an indicator moves.
    """
    own = np.atleast_2d(np.asarray(own, dtype=float))
    changes = np.diff(own, axis=1)
    known = np.isfinite(changes)
    count = known.sum(axis=1)
    total = np.where(known, changes, 0.0).sum(axis=1)
    usual = YEARLY_SPREAD.get(scale.name)
    if usual is None:
        if (count < 2).any():
            raise ValueError(
                "On a plain scale a region without peers needs at least three own values to say how far it moves; "
                f"found {int(count.min()) + 1}. Give peers, or set the indicator's scale to log or logit."
            )
        usual = np.sqrt(np.where(known, changes**2, 0.0).sum(axis=1) / count)
    pace = total / np.maximum(count, 1) * count / (count + KEPT_PACE_YEARS)
    apart = np.where(known, (changes - pace[:, None]) ** 2, 0.0).sum(axis=1)
    variance = (PRIOR_CHANGES * np.square(usual) + apart) / (PRIOR_CHANGES + count)
    spread = np.sqrt(variance * (horizon + TREND_SHARE * horizon**2))
    freedom = PRIOR_CHANGES + count
    centre = pace * (DAMPING ** np.arange(1, horizon + 1)).sum()
    return student.sf((needed - centre[:, None]) / np.maximum(spread, 1e-9)[:, None], freedom[:, None])
