"""One question, many models: `forecast` gives the Outlook of a series, `MODELS` lists who may answer.

A model is a function from a Question to an Answer. Listing it in MODELS puts it under the contract tests: the right
years, finite, the same seed the same paths, inside the natural range, wider with the horizon, and an answer from one
point, with missing years, across declared breaks and for constant series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from forecasts import calibration, explain, rare, single
from forecasts.problem import UNEQUAL, ForecastProblem, ForecastResult, aligned
from forecasts.trend import pooled_trend, predicted
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.series import Series

Model = Callable[[ForecastProblem], ForecastResult]

MODELS: dict[str, Model] = {
    "pooled": pooled_trend,
    "half_drift": single.half_drift,
    "dynamic_theta": single.dynamic_theta,
    "ets": single.ets,
    "arima": single.arima,
    "components": single.components,
    "theta": single.statsmodels_theta,
    "poisson": rare.poisson,
    "negative_binomial": rare.negative_binomial,
    "logit_binomial": rare.logit_binomial,
}


def chosen_model(indicator: Indicator, expected_events: float | Mapping[int, float] | None) -> str:
    """The model by default: counts where the indicator counts rare events and how many is known, else the pooled trend,
    which itself turns to Theta for a long lone series (forecasts/combination.py)."""
    return "negative_binomial" if indicator.scale == "count" and expected_events is not None else "pooled"


def usable(series: Series) -> Series:
    """The series without its declared shock years, unless nothing else is known."""
    kept = [i for i, year in enumerate(series.years) if year not in series.shocks]
    if not kept or len(kept) == len(series):
        return series
    return Series(
        series.region,
        series.indicator,
        series.unit,
        tuple(series.years[i] for i in kept),
        tuple(series.values[i] for i in kept),
        series.sources,
        series.basis,
        series.grade,
        series.breaks,
        (),
        series.precision,
    )


def forecast(
    series: Series,
    indicator: Indicator,
    to: int,
    *,
    start: int | None = None,
    peers: Sequence[Series] = (),
    parent: Series | None = None,
    expected_events: float | Mapping[int, float] | None = None,
    draws: int = 500,
    seed: int = 0,
    model: str | None = None,
    constants: calibration.Constants | None = None,
) -> Outlook:
    """The Outlook of one series for every year from the one after its last value (or `start`) to `to`.

    peers, parent: the same indicator elsewhere; the series itself and empty ones are skipped among them.
    expected_events: for rates of rare events and shares of a group, how many events are expected a year at the present
    level, one number or one by year. model: a name in MODELS; by default the series and the evidence decide.
    Raises ValueError where the series is empty, the years are already observed or the model is not known.
    """
    if not len(series):
        raise ValueError(
            f"{indicator.id} for {series.region}: no value is known, so there is nothing to forecast from. "
            "A first value goes into data/tables/; `forecast_from_peers` gives an outlook without one."
        )
    name = model or chosen_model(indicator, expected_events)
    if name not in MODELS:
        raise ValueError(f"No forecast model is called {name!r}; known are {', '.join(MODELS)}.")
    first = series.years[-1] + 1 if start is None else start
    if first <= series.years[-1] or to < first:
        raise ValueError(
            f"{indicator.id} for {series.region} is observed to {series.years[-1]}; asked for {first} to {to}."
        )
    question = ForecastProblem(
        series=usable(series),
        indicator=indicator,
        years=tuple(range(first, to + 1)),
        peers=comparable(series.region, peers),
        parent=usable(parent) if parent is not None and len(parent) else None,
        expected_events=expected_events,
        draws=draws,
        seed=seed,
        constants=constants or calibration.shipped(),
    )
    answer = MODELS[name](question)
    return Outlook(
        region=series.region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=question.years,
        paths=answer.paths,
        method=answer.method,
        grade=explain.grade(series, question.peers, question.parent),
        observed=tuple(zip(series.years, series.values, strict=True)),
        sources=series.sources,
        assumptions=explain.assumptions(series, question, answer),
        drivers=explain.drivers(series, question, answer),
    )


def comparable(region: str, peers: Sequence[Series]) -> tuple[Series, ...]:
    """The peers that have a value and are not the region itself, without their shock years."""
    return tuple(usable(peer) for peer in peers if len(peer) and peer.region != region)


def forecast_from_peers(
    region: str,
    indicator: Indicator,
    to: int,
    *,
    peers: Sequence[Series],
    start: int | None = None,
    draws: int = 500,
    seed: int = 0,
    constants: calibration.Constants | None = None,
) -> Outlook:
    """The Outlook of a region without a single value: each draw starts from the level of one of the peers. Grade D.

    By default from the year after the newest peer's last value. Raises ValueError without peers, for counts, whose
    level depends on the size of the region, and for years that the peers have behind them.
    """
    others = comparable(region, peers)
    if not others or indicator.kind in UNEQUAL:
        why = "a count, which depends on how large a region is" if others else "without a value anywhere else"
        raise ValueError(f"{indicator.id} for {region}: it is {why}, so peers cannot stand in.")
    newest = max(series.years[-1] for series in others)
    first = newest + 1 if start is None else start
    if first <= newest or to < first:
        raise ValueError(f"{indicator.id}: the peers of {region} are observed to {newest}; asked for {first} to {to}.")
    levels = np.array([series.values[-1] for series in others])
    middle = float(np.median(levels))
    stand_in = Series(region, indicator.id, indicator.unit, (newest,), (middle,))
    question = ForecastProblem(
        stand_in,
        indicator,
        tuple(range(first, to + 1)),
        others,
        None,
        None,
        draws,
        seed,
        constants or calibration.shipped(),
    )
    side = aligned(question)
    ahead = predicted(question, side)
    moved = ahead.prediction.draw(0, draws, question.rng())
    away = (
        ahead.scale.forward(question.rng().choice(levels, size=draws)[None])[0] - ahead.scale.forward([[middle]])[0, 0]
    )
    paths = ahead.scale.inverse((moved + away[:, None])[None])[0]
    return Outlook(
        region=region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=question.years,
        paths=paths,
        method="pooled local trend from the levels of peers",
        grade="D",
        sources=tuple(sorted({source for series in others for source in series.sources})),
        assumptions=explain.from_peers(region, indicator, len(others)),
        drivers=explain.peers_only(indicator, question.years[-1], paths, len(others)),
    )
