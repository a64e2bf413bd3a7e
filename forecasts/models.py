"""One question, many models: `forecast` gives the Outlook of a series, `MODELS` lists who may answer.

A model is a function from a Question to paths (draw, year) in the unit of the indicator. Listing it in MODELS puts it
under the contract tests: the right years, finite, the same seed the same paths, inside the natural range, wider with
the horizon, and an answer from one point, with missing years, across declared breaks and for constant series.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasts import calibration, explain, pooled, scales
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.series import Series


@dataclass(frozen=True)
class Question:
    """What a model is asked: the series as it may be used, and everything it may borrow from."""

    series: Series
    indicator: Indicator
    years: tuple[int, ...]
    peers: tuple[Series, ...]
    parent: Series | None
    expected_events: float | Mapping[int, float] | None
    draws: int
    seed: int
    constants: calibration.Constants

    def rng(self) -> np.random.Generator:
        """Randomness of this question alone: another region or indicator with the same seed draws other numbers."""
        name = f"{self.series.region}|{self.indicator.id}".encode()
        return np.random.default_rng([self.seed, zlib.crc32(name)])

    @property
    def ahead(self) -> tuple[int, ...]:
        """The years asked for, counted from the last usable value."""
        return tuple(year - self.series.years[-1] for year in self.years)


@dataclass(frozen=True)
class Answer:
    """Paths (draw, year) in the unit, how they were made, and what moved them (for the explanation)."""

    paths: np.ndarray
    method: str
    evidence: explain.Evidence


def grouped(question: Question) -> tuple[pooled.Group, scales.Scale]:
    """The series (row 0) with its parent and peers, side by side on the scale of its indicator."""
    together = [question.series, *question.peers, *([question.parent] if question.parent else [])]
    together = [series for series in together if len(series)]
    first = min(series.years[0] for series in together)
    last = max(series.years[-1] for series in together)
    values = np.full((len(together), last - first + 1), np.nan)
    for row, series in enumerate(together):
        values[row, np.array(series.years) - first] = series.values
    scale = scales.indicator_scale(question.indicator, values)
    breaks = tuple(tuple(b - first for b in series.breaks) for series in together)
    default = question.constants.default_variance[scale.name]
    if scale.name == "plain":
        default = (
            default * max(float(np.nanstd(values)), abs(float(np.nanmean(values))), question.series.precision) ** 2
        )
    scaled = scale.forward(values)
    floor = max(rounding_variance(question.series, scale), 1e-10)
    row_scale = scales.Scale(scale.name, scale.low, scale.high, float(np.atleast_2d(scale.start)[0, 0]))
    return pooled.Group(scaled, breaks, max(default, floor), floor), row_scale


def rounding_variance(series: Series, scale: scales.Scale) -> float:
    """Variance, on the scale, that rounding alone gives to a yearly change (two roundings, each unit squared over 12)."""
    if not series.precision:
        return 0.0
    start = float(np.atleast_2d(scale.start)[0, 0])
    own = scales.Scale(scale.name, scale.low, scale.high, start)
    last = series.values[-1]
    step = own.forward([last + series.precision / 2])[0] - own.forward([last - series.precision / 2])[0]
    return float(step**2 / 6)


def pooled_trend(question: Question) -> Answer:
    """The pooled local-trend model (forecasts/pooled.py)."""
    group, scale = grouped(question)
    prediction = pooled.predict(group, [0], question.ahead, question.constants)
    paths = scale.inverse(prediction.draw(0, question.draws, question.rng()))
    last = float(group.scaled[0][np.isfinite(group.scaled[0])][-1])
    end = scale.inverse(np.array([last, last + prediction.own[0, -1], prediction.centre[0, -1]]))
    evidence = explain.Evidence(
        own_change=float(end[1] - end[0]),
        common_change=float(end[2] - end[1]),
        prior_share=float(prediction.prior_share[0]),
    )
    return Answer(paths, "pooled local trend", evidence)


Model = Callable[[Question], Answer]
MODELS: dict[str, Model] = {"pooled": pooled_trend}


def usable(series: Series) -> Series:
    """The series without its declared shock years, unless nothing else is known."""
    kept = [i for i, year in enumerate(series.years) if year not in series.shocks]
    return series._take(kept, series.breaks) if kept else series


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

    peers, parent: the same indicator elsewhere; the series itself is skipped among them. expected_events: for rates of
    rare events, how many are expected a year at the present level, one number or one per year. model: a name in MODELS;
    by default the length of the series and the evidence decide.
    Raises ValueError where the series is empty, the years are already observed or the model is not known.
    """
    if not len(series):
        raise ValueError(
            f"{indicator.id} for {series.region}: no value is known, so there is nothing to forecast from. "
            "A first value goes into data/tables/."
        )
    name = model or "pooled"
    if name not in MODELS:
        raise ValueError(f"No forecast model is called {name!r}; known are {', '.join(MODELS)}.")
    first = series.years[-1] + 1 if start is None else start
    if first <= series.years[-1] or to < first:
        raise ValueError(
            f"{indicator.id} for {series.region} is observed to {series.years[-1]}; asked for {first} to {to}."
        )
    usual = usable(series)
    question = Question(
        series=usual,
        indicator=indicator,
        years=tuple(range(first, to + 1)),
        peers=tuple(usable(p) for p in peers if len(p) and p.region != series.region),
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
        assumptions=explain.assumptions(series, question.peers, question.parent),
        drivers=explain.drivers(series, indicator, question.years[-1], answer, question.peers, question.parent),
    )
