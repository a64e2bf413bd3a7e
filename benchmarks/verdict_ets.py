"""AutoETS as a peer: statsforecast's where it is installed, else statsmodels' ETS chosen by AICc over three trends."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
import pandas as pd
from scipy.stats import norm

TRENDS = ((False, False), (True, False), (True, True))


def ets_name() -> str:
    """Which implementation is at hand."""
    if importlib.util.find_spec("statsforecast"):
        return "AutoETS (statsforecast)"
    return "ETS by AICc (statsmodels; statsforecast is not installed)"


def ets_chance(values: np.ndarray, needed: np.ndarray, horizon: int) -> np.ndarray:
    """Chance of at least the needed changes after `horizon` years: values (year,), needed (target,)."""
    centre, spread = _statsforecast(values, horizon) if "AutoETS" in ets_name() else _statsmodels(values, horizon)
    return norm.sf(needed - (centre - values[-1]), scale=max(spread, 1e-9))


def _statsforecast(values: np.ndarray, horizon: int) -> tuple[float, float]:
    from statsforecast.models import AutoETS

    ahead = AutoETS(season_length=1).forecast(y=values, h=horizon, level=[80])
    return ahead["mean"][-1], (ahead["hi-80"][-1] - ahead["lo-80"][-1]) / (2 * norm.ppf(0.9))


def _statsmodels(values: np.ndarray, horizon: int) -> tuple[float, float]:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series, best = pd.Series(values), None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # short series do not always converge; the criterion judges what was reached
        for trend, damped in TRENDS:
            free = 3 + 2 * trend + damped
            if len(values) < free + 2:
                continue
            fitted = ETSModel(series, trend="add" if trend else None, damped_trend=damped).fit(disp=False, maxiter=100)
            criterion = 2 * free - 2 * fitted.llf + 2 * free * (free + 1) / (len(values) - free - 1)
            if best is None or criterion < best[0]:
                best = criterion, fitted
        ahead = best[1].get_prediction(start=len(values), end=len(values) + horizon - 1).summary_frame(alpha=0.2)
    width = ahead["pi_upper"].iloc[-1] - ahead["pi_lower"].iloc[-1]
    return float(ahead["mean"].iloc[-1]), float(width / (2 * norm.ppf(0.9)))
