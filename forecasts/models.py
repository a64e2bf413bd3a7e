"""One question, many models: `MODELS` lists who may answer, `chosen_model` says who does.

A model is a function from a ForecastProblem to a ForecastResult. Listing it in MODELS puts it under the contract tests:
the right years, finite, the same seed the same paths, inside the natural range, wider with the horizon, and an answer
from one point, with missing years, across declared breaks and for constant series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forecasts import classical, rare
from forecasts.problem import ForecastProblem, ForecastResult
from forecasts.trend import pooled_trend
from planning.indicators import Indicator

Model = Callable[[ForecastProblem], ForecastResult]

MODELS: dict[str, Model] = {
    "pooled": pooled_trend,
    "ets": classical.ets,
    "arima": classical.arima,
    "components": classical.components,
    "theta": classical.statsmodels_theta,
    "negative_binomial": rare.negative_binomial,
}


def chosen_model(indicator: Indicator, expected_events: float | Mapping[int, float] | None) -> str:
    """The model by default: counts where the indicator counts rare events and how many is known, else the pooled trend,
    which itself turns to Theta for a long lone series (forecasts/combination.py).

    >>> beds = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 40), 2, "capacity")
    >>> chosen_model(beds, expected_events=None)
    'pooled'
    """
    return "negative_binomial" if indicator.scale == "count" and expected_events is not None else "pooled"
