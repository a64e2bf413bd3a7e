"""The pooled local trend as a model: one series beside its parent and peers, or alone where nobody shows a pace."""

from __future__ import annotations

import numpy as np

from forecasts import pooled
from forecasts.combination import FEWEST_REGIONS, single_is_better
from forecasts.histories import histories
from forecasts.predictive import PredictiveDistribution, on_one_scale, predict_single
from forecasts.problem import (
    AlignedSeries,
    ChangeDecomposition,
    ForecastProblem,
    ForecastResult,
    aligned,
    rounding_step,
)
from forecasts.scales import LOG_START, relative_step
from planning.methods import Method

TOO_FEW = (
    "可比地区太少，其共同走势不可靠，未采用",
    "Too few other regions show a pace for their common path to be relied on; they were left out.",
)


def is_single(question: ForecastProblem, side: AlignedSeries) -> bool:
    """Whether the combination rule leaves the peers out. A parent counts as enough of them."""
    moved = [bool(side.others.pairs(row)) for row in range(len(side.others))]
    regions = FEWEST_REGIONS if any(moved[row] for row in side.others.wholes) else sum(moved)
    return bool(single_is_better(np.array(len(question.series.last_stretch())), np.array(regions)))


def predicted(question: ForecastProblem, side: AlignedSeries) -> PredictiveDistribution:
    """The predictive distribution of the series for the years asked for, and the scale it is on."""
    if is_single(question, side):
        return predicted_single(question, side)
    told = histories(side.others, question.constants, side.floor)
    nobody = np.array([-1])
    usual = max(question.constants.single_variance * relative_step(side.scale, LOG_START) ** 2, side.floor)
    prediction = pooled.predict(
        side.target, told, nobody, question.ahead, question.constants, side.floor, usual, side.rounding
    )
    return on_one_scale(prediction, side.scale)


def predicted_single(question: ForecastProblem, side: AlignedSeries) -> PredictiveDistribution:
    """The same without any other region that shows a pace."""
    steps = np.array([rounding_step(question.series)])
    low, high = side.scale.low, side.scale.high
    return predict_single(side.values, low, high, side.target.breaks, question.ahead, question.constants, steps)


def moves_of(ahead: PredictiveDistribution) -> ChangeDecomposition:
    """The parts of the change to the last year, in the unit, each on top of the one before."""
    prediction = ahead.prediction
    start = prediction.centre[0, -1] - sum(part[0, -1] for part in (prediction.own, prediction.common, prediction.pull))
    parts = np.cumsum([start, prediction.own[0, -1], prediction.common[0, -1], prediction.pull[0, -1]])
    own, common, pull = (float(change) for change in np.diff(ahead.scale.inverse(parts[None, :])[0]))
    return ChangeDecomposition(own, common, pull, float(prediction.borrowed[0]))


def drawn(ahead: PredictiveDistribution, question: ForecastProblem) -> np.ndarray:
    """Paths in the unit: (draw, year)."""
    return ahead.scale.inverse(ahead.prediction.draw(0, question.draws, question.rng())[None])[0]


def pooled_trend(question: ForecastProblem) -> ForecastResult:
    """The pooled local-trend model (forecasts/pooled.py)."""
    side = aligned(question)
    ahead = predicted(question, side)
    if not is_single(question, side):
        return ForecastResult(drawn(ahead, question), Method.POOLED.named(), moves_of(ahead))
    notes: tuple[tuple[str, str], ...] = ()
    if any(len(peer) > 1 for peer in question.peers):
        notes = (TOO_FEW,)
    return ForecastResult(drawn(ahead, question), Method.SINGLE.named(), moves_of(ahead), notes)
