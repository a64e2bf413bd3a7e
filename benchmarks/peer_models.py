"""Other packages' forecasts of short annual series, each as it comes, for the benchmarks.

A loader imports its package, raising ImportError where it is not installed, and returns a function from training values
(window, points) to quantiles (window, 5 years, scores.LEVELS). Where a package gives normal intervals, the quantiles are
those of the normal.
"""

from __future__ import annotations

import logging
import warnings

import numpy as np
from scipy import special, stats

from forecasts.theta import Fitted
from forecasts.training.backtest import HORIZON
from forecasts.training.scores import LEVELS

STEPS = np.arange(1, HORIZON + 1)


def spread_out(centre: np.ndarray, scale: np.ndarray, df: float = np.inf) -> np.ndarray:
    """Quantiles of a t (or normal) around centre: (window, year) -> (window, year, level)."""
    factors = special.ndtri(LEVELS) if np.isinf(df) else stats.t.ppf(LEVELS, df)
    return centre[..., None] + scale[..., None] * factors


def half_drift(values: np.ndarray, horizon: int) -> Fitted:
    """Last value plus half the mean change a year: (series, year), two values or more.

    The variance is that of independent changes around the half drift, and of the drift's own estimate.
    """
    changes = np.diff(values, axis=1)
    count = changes.shape[1]
    drift = changes.mean(axis=1, keepdims=True) / 2
    df = max(count - 1, 1)
    variance = ((changes - drift) ** 2).sum(axis=1, keepdims=True) / df
    steps = np.arange(1, horizon + 1)
    return Fitted(values[:, -1:] + drift * steps, variance * steps * (1 + steps / (4 * count)), df)


def classical_theta(values: np.ndarray, horizon: int) -> np.ndarray:
    """The Theta method of the M3 competition: mean of the fitted line and of smoothed theta line 2: (series, year ahead).

    Assimakopoulos and Nikolopoulos (2000), The theta model, International Journal of Forecasting 16: 521-530.
    """
    count = values.shape[1]
    years = np.arange(count)
    slope = ((years - years.mean()) * values).sum(axis=1, keepdims=True) / ((years - years.mean()) ** 2).sum()
    line = values.mean(axis=1, keepdims=True) + slope * (years - years.mean())
    level = _smoothed(2 * values - line)
    ahead = values.mean(axis=1, keepdims=True) + slope * (count + np.arange(horizon) - years.mean())
    return (ahead + level[:, None]) / 2


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Last level of simple exponential smoothing with the smoothing that fits best, start free: (series,)."""
    smoothing = np.linspace(0.01, 1.0, 100)
    level, weight = np.zeros((len(values), 100)), np.ones(100)
    misses, shares = [], []
    for value in values.T:
        misses.append(value[:, None] - level)
        shares.append(weight)
        level, weight = level + smoothing * (value[:, None] - level), weight * (1 - smoothing)
    errors, weights = np.array(misses), np.array(shares)[:, None, :]
    start = (errors * weights).sum(axis=0) / (weights**2).sum(axis=0)
    best = ((errors - start * weights) ** 2).sum(axis=0).argmin(axis=1)
    rows = np.arange(len(values))
    return level[rows, best] + start[rows, best] * weight[best]


def half_drift_quantiles(values: np.ndarray) -> np.ndarray:
    """The trivial method: last value plus half the mean change, t intervals, in the unit itself."""
    fitted = half_drift(values, HORIZON)
    return spread_out(fitted.centre, np.sqrt(fitted.variance), fitted.df)


def naive_quantiles(values: np.ndarray) -> np.ndarray:
    """The last value, with the spread of independent changes."""
    changes = np.diff(values, axis=1)
    scale = np.sqrt((changes**2).mean(axis=1, keepdims=True) * STEPS)
    return spread_out(np.repeat(values[:, -1:], HORIZON, axis=1), scale, changes.shape[1])


def statsforecast_model(name: str):
    """AutoETS, AutoTheta or DynamicOptimizedTheta of statsforecast, without a season."""

    def load():
        import pandas as pd
        from statsforecast import StatsForecast, models

        def quantiles(values: np.ndarray) -> np.ndarray:
            count, points = values.shape
            long = pd.DataFrame(
                {
                    "unique_id": np.repeat(np.arange(count), points),
                    "ds": np.tile(np.arange(points), count),
                    "y": values.ravel(),
                }
            )
            engine = StatsForecast(
                models=[getattr(models, name)(season_length=1)], freq=1, n_jobs=1, fallback_model=models.Naive()
            )
            said = engine.forecast(df=long, h=HORIZON, level=[50, 80, 95]).sort_values(["unique_id", "ds"])
            columns = [
                f"{name}-lo-95",
                f"{name}-lo-80",
                f"{name}-lo-50",
                name,
                f"{name}-hi-50",
                f"{name}-hi-80",
                f"{name}-hi-95",
            ]
            return np.stack([said[c].to_numpy().reshape(count, HORIZON) for c in columns], axis=-1)

        return quantiles

    return load


def statsmodels_ets():
    """statsmodels' ETSModel, additive errors and trend undamped or none by AICc, its own simulated intervals."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    def one(values: np.ndarray) -> np.ndarray:
        forms = (None, "add") if len(values) >= 8 else (None,)
        fits = [ETSModel(pd.Series(values), error="add", trend=trend).fit(disp=False) for trend in forms]
        best = min(fits, key=lambda fit: fit.aicc if np.isfinite(fit.aicc) else np.inf)
        said = best.get_prediction(len(values), len(values) + HORIZON - 1)
        middle = np.asarray(said.predicted_mean)
        scale = np.sqrt(np.asarray(said.forecast_variance))
        return spread_out(middle, np.nan_to_num(scale))

    return lambda values: np.stack([_quietly(one, row) for row in values])


def statsmodels_theta():
    """statsmodels' ThetaModel without a season, its own prediction intervals."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    def one(values: np.ndarray) -> np.ndarray:
        if np.ptp(values) == 0:  # it takes a constant series for its own constant and adds a trend
            return np.repeat(values[-1], HORIZON * len(LEVELS)).reshape(HORIZON, -1)
        fit = ThetaModel(values, period=1, deseasonalize=False).fit()
        said = fit.prediction_intervals(HORIZON, alpha=0.05)
        scale = (said["upper"] - said["lower"]).to_numpy() / (2 * special.ndtri(0.975))
        return spread_out(np.asarray(fit.forecast(HORIZON)), scale)

    return lambda values: np.stack([_quietly(one, row) for row in values])


def prophet():
    """Prophet with yearly data and no seasons, its own intervals at 80 % read as normal."""
    import pandas as pd
    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    logging.getLogger("prophet").setLevel(logging.ERROR)

    def one(values: np.ndarray) -> np.ndarray:
        days = pd.to_datetime([f"{2000 + i}-01-01" for i in range(len(values) + HORIZON)])
        model = Prophet(
            interval_width=0.8, yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False,
            n_changepoints=min(25, len(values) - 2), uncertainty_samples=200,
        )  # fmt: skip
        model.fit(pd.DataFrame({"ds": days[: len(values)], "y": values}), seed=1)
        said = model.predict(pd.DataFrame({"ds": days[len(values) :]}))
        scale = (said["yhat_upper"] - said["yhat_lower"]).to_numpy() / (2 * special.ndtri(0.9))
        return spread_out(said["yhat"].to_numpy(), scale)

    return lambda values: np.stack([_quietly(one, row) for row in values])


def _quietly(one, values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return one(values)


PEERS = {
    "statsforecast AutoETS": statsforecast_model("AutoETS"),
    "statsforecast AutoTheta": statsforecast_model("AutoTheta"),
    "statsforecast DynamicOptimizedTheta": statsforecast_model("DynamicOptimizedTheta"),
    "statsmodels ETS": statsmodels_ets,
    "statsmodels Theta": statsmodels_theta,
    "Prophet": prophet,
}
