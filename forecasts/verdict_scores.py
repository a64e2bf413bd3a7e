"""How often chances like this one came true: the score that goes with every chance."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from forecasts.stacking import shipped


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
SITUATIONS_ZH = ("可比地区多", "可比地区较少", "可比地区很少", "仅本地区数据")


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
    """The shipped table, learned as forecasts/stacking.json says."""
    text = resources.files("forecasts").joinpath("verdict_scores.csv").read_text(encoding="utf-8")
    return tuple(
        Score(situation=row["situation"], cases=int(row["cases"]), **{name: float(row[name]) for name in FIGURES})
        for row in csv.DictReader(text.splitlines())
    )


def score_of(chance: float, situation: str) -> Score:
    """The row for a chance. Raises KeyError if the table has none for the situation.

    >>> row = score_of(0.95, "many peers")
    >>> bool(row.low <= 0.95 <= row.high and row.observed_frequency > 0.8)
    True
    """
    rows = [row for row in scores() if row.situation == situation and row.low <= chance <= row.high]
    if not rows:
        raise KeyError(f"No score is shipped for a chance of {chance:.2f} with {situation}; see verdict_scores.csv.")
    return rows[-1]


def score_sentence(chance: float, situation: str) -> dict[str, str]:
    """The score in Chinese ("zh") and English ("en")."""
    row = score_of(chance, situation)
    stated = f"{row.low * 100:.0f}-{row.high * 100:.0f}"
    zh = SITUATIONS_ZH[SITUATIONS.index(situation)]
    return {
        "en": f"Of past targets given {stated} % ({situation}), {row.observed_frequency * 100:.0f} % were reached; "
        f"{row.cases:,} cases.",
        "zh": f"过去给出{stated}%概率的目标（{zh}），实际有{row.observed_frequency * 100:.0f}%达成；共{row.cases:,}例。",
    }


def indicator_wide_error() -> dict[str, str]:
    """How far all chances of one indicator and year are off together, in Chinese ("zh") and English ("en")."""
    error = shipped()["indicator_wide_error"]
    middle, tenth = error["median"] * 100, error["one_in_ten"] * 100
    return {
        "en": "Within one indicator and year all regions move together: their chances are off together by "
        f"{middle:.0f} points in the middle case and by {tenth:.0f} or more in one of ten.",
        "zh": f"同一指标同一年份各地区往往同向变动：概率整体偏差的中位数为{middle:.0f}个百分点，十例中有一例达到{tenth:.0f}个百分点以上。",
    }
