"""Which model answers: the combination rule by length and evidence.

With other regions at hand the pooled trend answers at every length; averaging it with Theta did not help there. One or
two regions show a common path too poorly to help a series that has five points of its own, though they help a shorter
one; so a series with five points wants three others, or it is taken alone. A lone series is answered by the same process without a common path; where the panel behind the constants shows that it
helps at that length, the centre is averaged with the dynamic optimised Theta model.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts import theta
from forecasts.calibration import Constants
from forecasts.pooled import Predictive
from forecasts.scales import Scale

FEWEST_REGIONS = 3  # with a pace, from which a longer series gains by them
ENOUGH_POINTS = 5  # from which a series does better alone than with fewer regions
FEWEST = 4  # points that Theta needs


def single_is_better(points: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Whether a series of so many points does better alone than with so many other regions that show a pace.

    >>> single_is_better(np.array([2, 6, 6]), np.array([2, 2, 9]))
    array([False,  True, False])
    """
    return (regions == 0) | ((regions < FEWEST_REGIONS) & (points >= ENOUGH_POINTS))


def theta_centre(values: np.ndarray, scale: Scale, ahead: tuple[int, ...]) -> np.ndarray:
    """Theta's centre on the scale for series without gaps: (series, year) in the unit -> (series, year ahead).

    >>> from forecasts.scales import single_scale
    >>> values = np.array([[10.0, 11.0, 12.0, 13.0, 14.0]])
    >>> scale = single_scale(values, 0.0, np.inf, start=20.0)
    >>> scale.inverse(theta_centre(values, scale, (1, 2))).round(1)
    array([[14.9, 15.8]])
    """
    path = theta.dynamic_optimised_theta(values, max(ahead)).centre[:, np.array(ahead) - 1]
    return scale.forward(path)


def with_theta(
    prediction: Predictive,
    values: np.ndarray,
    scale: Scale,
    ahead: tuple[int, ...],
    single: np.ndarray,
    constants: Constants,
) -> Predictive:
    """The prediction with the centre of lone series moved towards Theta's by the learned share; the spread stays.

    values: (series, year) in the unit, NaN where unknown; Theta sees the years without a gap up to the last value.
    single: (series,), no other region is known.
    """
    centre = prediction.centre.copy()
    known = np.isfinite(values)
    end = values.shape[1] - known[:, ::-1].argmax(axis=1)
    gaps = np.where(known, -1, np.arange(values.shape[1]))
    gaps = np.where(np.arange(values.shape[1]) < end[:, None], gaps, -1)
    run = end - gaps.max(axis=1) - 1
    shares = np.where(run >= FEWEST, constants.theta_share(run - 1), 0.0)
    for length, last in sorted({(int(r), int(e)) for r, e, s in zip(run, end, shares, strict=True) if s > 0}):
        rows = np.flatnonzero(single & (run == length) & (end == last) & (shares > 0))
        if len(rows):
            path = theta_centre(values[rows, last - length : last], scale.of(rows), ahead)
            centre[rows] += shares[rows, None] * (path - centre[rows])
    return replace(prediction, centre=centre, own=prediction.own + centre - prediction.centre)
