"""Which model answers: the combination rule by length and evidence.

With other regions at hand the pooled trend answers alone at every length; averaging it with Theta did not help there.
A lone series is answered by the same process without a common path, and from 14 points on its centre is averaged with
the dynamic optimised Theta model, which is at its best on longer series.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts import theta
from forecasts.pooled import Predictive
from forecasts.scales import Scale

LONG = 14  # points from which Theta joins a lone series


def with_theta(
    prediction: Predictive, values: np.ndarray, scale: Scale, ahead: tuple[int, ...], lone: np.ndarray
) -> Predictive:
    """The prediction with the centre of long lone series half way to Theta's; the spread stays.

    values: (series, year) in the unit, NaN where unknown; only series without gaps at their end count as long. lone:
    (series,), no other region is known.
    """
    centre = prediction.centre.copy()
    for row in np.flatnonzero(lone):
        known = np.flatnonzero(np.isfinite(values[row]))
        run = known[np.searchsorted(known - np.arange(len(known)), known[-1] - len(known) + 1) :]
        if len(run) < LONG:
            continue
        path = theta.dynamic_optimised_theta(values[row, run][None, :], max(ahead)).centre[:, np.array(ahead) - 1]
        centre[row] = (centre[row] + scale.of([row]).forward(path)[0]) / 2
    return replace(prediction, centre=centre)
