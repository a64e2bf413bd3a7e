"""Related indicators speak together: one that is the product of two others is measured by them too.

Where GPs per 10,000 = GPs as share of physicians x physicians per 1,000 / 10 (share in percent), a figure of the share is a
second measurement of GPs, with the noise of what is not known of physicians in the same area and year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasts.nested.measurements import Measurement
from forecasts.nested.model import Nested
from forecasts.nested.scale import TreeScale

EXACT = (
    0.02  # standard deviation, log, between a printed rate and the product of two printed ones: other days, rounding
)


def product_measurements(
    figures: Sequence[Measurement], other: Nested, factor: float, noise: float = EXACT
) -> list[Measurement]:
    """Measurements of factor x figure x other, in the same areas and years, on a log scale.

    other: the fitted model of the second indicator, on a log scale; its predictive stands in where it has no figure of the
    area and year, and gives the noise. Figures of years that the model cannot be asked for are left out.
    """
    if other.scale.name != "log":
        raise ValueError(f"{other.indicator} is on a {other.scale.name} scale; products need a log scale.")
    span = other.parts[0].parts.years
    found = []
    for m in figures:
        if m.value <= 0 or not span[0] <= m.year <= span[-1]:
            continue
        exact = [o for o in other.measurements if o.path == m.path and o.year == m.year]
        if exact:
            mean, sd = float(np.log(exact[0].value)), exact[0].noise
        else:
            means, covariance = other.ask(m.path, [m.year]).moments()
            mean, sd = float(means[0]), float(np.sqrt(covariance[0, 0]))
        rounding = TreeScale("log").rounding_variance([m.value], [m.unit])[0]
        total = float(np.sqrt(sd**2 + m.noise**2 + noise**2 + rounding))
        found.append(Measurement(m.path, m.year, factor * m.value * float(np.exp(mean)), 0.0, total, m.source))
    return found
