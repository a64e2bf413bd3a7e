"""The Outlook of one series, beside its peers and its parent, by one of the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecasts import calibration, explain
from forecasts.grades import series_grade
from forecasts.models import MODELS, Model, chosen_model
from forecasts.problem import ForecastProblem
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.series import Series


def forecast_series(
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
    model: str | Model | None = None,
    constants: calibration.Constants | None = None,
) -> Outlook:
    """The Outlook of one series for every year from the one after its last value (or `start`) to `to`.

    peers, parent: the same indicator elsewhere; the series itself and empty ones are skipped among them.
    expected_events: for rates of rare events, how many events are expected a year at the present
    level, one number or one by year. model: a name in MODELS or a function like them; by default the series and the
    evidence decide.
    Raises ValueError where the series is empty, the years are already observed or the model is not known.

    >>> beds = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 40), 2, "capacity")
    >>> own = Series("here", "beds", "per_1000", (2020, 2021, 2022), (5.0, 5.2, 5.3))
    >>> found = forecast_series(own, beds, 2025, draws=200, seed=1)
    >>> found.years, found.paths.shape, found.method, found.grade
    ((2023, 2024, 2025), (200, 3), 'local trend of the series alone', 'C')
    """
    if not len(series):
        raise ValueError(
            f"{indicator.id} for {series.region}: no value is known, so there is nothing to forecast from. "
            "A first value goes into data/tables/."
        )
    answering = model or chosen_model(indicator, expected_events)
    if isinstance(answering, str):
        if answering not in MODELS:
            raise ValueError(f"No forecast model is called {answering!r}; known are {', '.join(MODELS)}.")
        answering = MODELS[answering]
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
    answer = answering(question)
    return Outlook(
        region=series.region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=question.years,
        paths=answer.paths,
        method=answer.method,
        grade=series_grade(len(series.last_stretch()), explain.paced(question.peers, question.parent), series.grade),
        observed=tuple(zip(series.years, series.values, strict=True)),
        sources=series.sources,
        assumptions=explain.assumptions(series, question, answer),
        drivers=explain.drivers(series, question, answer),
    )


def usable(series: Series) -> Series:
    """The series without its declared shock years, unless nothing else is known.

    >>> usable(Series("here", "x", "percent", (2019, 2020), (5.0, 9.0), shocks=(2020,))).years
    (2019,)
    """
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


def comparable(region: str, peers: Sequence[Series]) -> tuple[Series, ...]:
    """The peers that have a value and are not the region itself, without their shock years.

    >>> empty, own = Series("b", "x", "percent", (), ()), Series("a", "x", "percent", (2020,), (5.0,))
    >>> comparable("a", [own, empty])
    ()
    """
    return tuple(usable(peer) for peer in peers if len(peer) and peer.region != region)
