"""The pooled local trend as a model: one series beside its parent and peers."""

from __future__ import annotations

import numpy as np

from forecasts import pooled
from forecasts.combination import with_theta
from forecasts.questions import Answer, Beside, Moves, Question, beside


def predicted(question: Question, side: Beside, ahead: tuple[int, ...]) -> pooled.Predictive:
    """The predictive distribution of the series, years ahead of its last value."""
    told = pooled.histories(side.others, question.constants, side.floor)
    nobody = np.array([-1])
    prediction = pooled.predict(side.target, told, nobody, ahead, question.constants, side.default_variance, side.floor)
    lone = ~np.isfinite(told.changes).any()
    return with_theta(prediction, _last_stretch(question, side), side.scale, ahead, np.array([lone]))


def _last_stretch(question: Question, side: Beside) -> np.ndarray:
    values = side.values.copy()
    cut = max(side.target.breaks[0], default=0)
    values[:, : max(cut, 0)] = np.nan
    return values


def moves_of(prediction: pooled.Predictive, side: Beside) -> Moves:
    """The parts of the change to the last year, in the unit, each on top of the one before."""
    start = prediction.centre[0, -1] - sum(part[0, -1] for part in (prediction.own, prediction.common, prediction.pull))
    parts = np.cumsum([start, prediction.own[0, -1], prediction.common[0, -1], prediction.pull[0, -1]])
    values = side.scale.inverse(parts[None, :])[0]
    own, common, pull = (float(change) for change in np.diff(values))
    return Moves(own, common, pull, float(prediction.borrowed[0]))


def pooled_trend(question: Question) -> Answer:
    """The pooled local-trend model (forecasts/pooled.py); a long lone series is averaged with Theta."""
    side = beside(question)
    prediction = predicted(question, side, question.ahead)
    paths = side.scale.inverse(prediction.draw(0, question.draws, question.rng())[None])[0]
    return Answer(paths, "pooled local trend", moves_of(prediction, side))
