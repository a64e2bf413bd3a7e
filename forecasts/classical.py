"""statsmodels' models of one series alone: ETS, ARIMA, unobserved components and Theta.

They are fitted on the scale of the indicator to the values since the newest break. Where a model cannot do with missing
years they are filled on a straight line, and where the series is too short for it the pooled trend answers instead;
both are said in the answer. statsmodels takes a second to import, so each model imports its part when it is asked.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from forecasts.problem import AlignedSeries, ChangeDecomposition, ForecastProblem, ForecastResult, aligned
from forecasts.trend import pooled_trend
from planning.methods import Method

ARIMA_ORDERS = (((0, 1, 0), "n"), ((0, 1, 0), "t"), ((0, 1, 1), "n"), ((1, 1, 0), "n"), ((0, 1, 1), "t"))
ETS_FORMS = ({"trend": None}, {"trend": "add", "damped_trend": True}, {"trend": "add"})
LEAST = 1e-5  # variance of a yearly change that even a perfectly smooth series may yet have: 0.3 %. An assumption
SHORT = 8  # points below which ETS and components stay with a level: a free trend on fewer explodes


def ets(question: ForecastProblem) -> ForecastResult:
    """statsmodels' ETS with additive errors; the trend is chosen by the corrected information criterion."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    def paths(values: np.ndarray, steps: int, floor: float, rng: np.random.Generator) -> np.ndarray:
        years = pd.Series(values, index=pd.RangeIndex(len(values)))  # a plain array breaks later calls in 0.15
        forms = ETS_FORMS if len(values) >= SHORT else ETS_FORMS[:1]
        fits = [ETSModel(years, error="add", **form).fit(disp=False) for form in forms]
        best = min(fits, key=lambda fit: fit.aicc if np.isfinite(fit.aicc) else np.inf)
        simulated = best.simulate(steps, anchor="end", repetitions=question.draws, rng=rng)
        return at_least_as_wide(np.asarray(simulated).reshape(steps, -1).T, floor, rng)

    return answered(question, "ETS (statsmodels)", 5, paths, gaps=False)


def arima(question: ForecastProblem) -> ForecastResult:
    """statsmodels' ARIMA of first differences, the order chosen by the corrected information criterion."""
    from statsmodels.tsa.arima.model import ARIMA

    def paths(values: np.ndarray, steps: int, floor: float, rng: np.random.Generator) -> np.ndarray:
        fits = [ARIMA(values, order=order, trend=trend).fit() for order, trend in ARIMA_ORDERS]
        return simulated_ahead(min(fits, key=lambda fit: fit.aicc), steps, question.draws, floor, rng)

    return answered(question, "ARIMA (statsmodels)", 6, paths)


def components(question: ForecastProblem) -> ForecastResult:
    """statsmodels' unobserved components: a level, and from eight points on a local linear trend."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    def paths(values: np.ndarray, steps: int, floor: float, rng: np.random.Generator) -> np.ndarray:
        kind = "local linear trend" if len(values) >= SHORT else "local level"
        fit = UnobservedComponents(values, kind).fit(disp=False)
        return simulated_ahead(fit, steps, question.draws, floor, rng)

    return answered(question, "unobserved components (statsmodels)", 5, paths)


def statsmodels_theta(question: ForecastProblem) -> ForecastResult:
    """statsmodels' Theta, without its test for a season, which once added a constant to annual series."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    def paths(values: np.ndarray, steps: int, floor: float, rng: np.random.Generator) -> np.ndarray:
        if np.ptp(values) == 0:  # statsmodels 0.15 takes a constant series for its own constant and adds a trend
            return at_least_as_wide(np.full((question.draws, steps), values[-1]), floor, rng)
        fit = ThetaModel(values, period=1, deseasonalize=False).fit()
        shocks = rng.standard_normal((question.draws, steps)) * np.sqrt(max(float(fit.sigma2), floor))
        return np.asarray(fit.forecast(steps)) + smoothed_errors(shocks, float(fit.params["alpha"]))

    return answered(question, "Theta (statsmodels)", 5, paths, gaps=False)


Paths = Callable[[np.ndarray, int, float, np.random.Generator], np.ndarray]


def answered(question: ForecastProblem, name: str, needs: int, paths: Paths, gaps: bool = True) -> ForecastResult:
    """Fit on the last stretch and lead back to the unit; the pooled trend stands in where points are too few.

    gaps: whether missing years may reach the model as NaN; else they are filled.
    """

    side = aligned(question)
    values, points = last_stretch(side, question)
    if points < needs:
        stand_in = pooled_trend(question)
        note = (f"{name}需要{needs}个数据点，只有{points}个：改用合并趋势模型", f"{name} needs {needs} points and has {points}: the pooled trend answers")  # fmt: skip
        return ForecastResult(
            stand_in.paths, Method.POOLED.named(f"pooled local trend (too short for {name})"), stand_in.moves, (note,)
        )
    notes = []
    if not np.isfinite(values).all() and not gaps:
        values = filled(values)
        notes.append(("缺失年份按直线内插", "Missing years were filled on a straight line."))
    steps = max(question.ahead)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        least = max(side.floor, LEAST)
        scaled = paths(values, steps, least, question.rng())
    if raised and unconverged(raised):
        notes.append((f"{name}的参数估计未收敛", f"The estimation of {name} did not converge."))
    chosen = scaled[:, np.array(question.ahead) - 1]
    result = side.scale.inverse(chosen[None])[0]
    return ForecastResult(
        result,
        Method.SERIES.named(name),
        ChangeDecomposition(own=float(np.median(result[:, -1])) - question.series.values[-1]),
        tuple(notes),
    )


def unconverged(raised: list[warnings.WarningMessage]) -> bool:
    """Whether statsmodels warned that an estimation did not converge."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    return any(issubclass(w.category, ConvergenceWarning) for w in raised)


def last_stretch(side: AlignedSeries, question: ForecastProblem) -> tuple[np.ndarray, int]:
    """The values since the newest break on the scale, one a year with NaN for missing ones, and how many are known."""
    scaled = side.target.scaled[0]
    known = np.flatnonzero(np.isfinite(scaled))
    start = max((cut for cut in side.target.breaks[0] if cut <= known[-1]), default=0)
    known = known[known >= start]
    return scaled[known[0] : known[-1] + 1], len(known)


def filled(values: np.ndarray) -> np.ndarray:
    """The series (year,) with its missing years laid on the line between their neighbours.

    >>> filled(np.array([1.0, np.nan, np.nan, 4.0]))
    array([1., 2., 3., 4.])
    """
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])


def smoothed_errors(shocks: np.ndarray, kept: float) -> np.ndarray:
    """Errors of exponential smoothing ahead: each year's shock, and what earlier shocks left in the level.

    >>> smoothed_errors(np.array([[1.0, 0.0, 0.0]]), kept=0.3)
    array([[1. , 0.3, 0.3]])
    """
    before = np.cumsum(shocks, axis=1) - shocks
    return shocks + kept * before


def simulated_ahead(fit: Any, steps: int, draws: int, floor: float, rng: np.random.Generator) -> np.ndarray:
    """Paths of a statsmodels state space fit, going on from the last value: (draw, year)."""
    drawn = fit.simulate(steps, anchor="end", repetitions=draws, rng=rng)
    return at_least_as_wide(np.asarray(drawn).reshape(steps, -1).T, floor, rng)


def at_least_as_wide(paths: np.ndarray, floor: float, rng: np.random.Generator) -> np.ndarray:
    """Paths with the least wander added: a perfectly smooth series has no zero-width future."""
    return paths + np.cumsum(rng.standard_normal(paths.shape), axis=1) * np.sqrt(floor)
