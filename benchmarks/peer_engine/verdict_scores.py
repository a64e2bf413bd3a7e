"""How often chances of the stacked methods came true, by how many peers there were."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.peer_engine.stacking import shipped


@dataclass(frozen=True)
class Score:
    """One row of the table of scores: `cases` targets that were given a chance from `low` to `high`.

    forecast_probability: their mean chance. observed_frequency: the share that was reached. situation: one of SITUATIONS.
    """

    situation: str
    low: float
    high: float
    forecast_probability: float
    observed_frequency: float
    cases: int


FIGURES = ("low", "high", "forecast_probability", "observed_frequency")
SITUATIONS = ("many peers", "some peers", "few peers", "own points only")


def situation_of(windows: int) -> str:
    """The situation with so many comparable windows: the class whose usual number is nearest in the log.

    >>> situation_of(0), situation_of(5000)
    ('own points only', 'many peers')
    """
    if not windows:
        return SITUATIONS[-1]
    few, some, many = shipped()["windows"]
    if windows >= (some * many) ** 0.5:
        return SITUATIONS[0]
    return SITUATIONS[1] if windows >= (few * some) ** 0.5 else SITUATIONS[2]


@lru_cache
def scores() -> tuple[Score, ...]:
    """The shipped table, learned as stacking.json says."""
    text = Path(__file__).with_name("verdict_scores.csv").read_text(encoding="utf-8")
    return tuple(
        Score(situation=row["situation"], cases=int(row["cases"]), **{name: float(row[name]) for name in FIGURES})
        for row in csv.DictReader(text.splitlines())
    )
