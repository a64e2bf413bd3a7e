"""Verdicts: a target met by an outlook. One word, a chance, a gap in the unit, an evidence grade and the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from planning.bilingual import Bilingual
from planning.outlooks import EvidenceShare, Outlook
from planning.targets import Target

# The one table of words: the smallest chance that earns each. "attained" and "missed" are kept for outcomes that are
# known; before the deadline even a region above its target may slip back.
WORDS = (("likely", 2 / 3), ("uncertain", 1 / 3), ("unlikely", 0.0))
NEEDS_A_FIGURE, NOT_QUANTITATIVE = "needs a figure", "not quantitative"
ALL_WORDS = ("attained", "likely", "uncertain", "unlikely", "missed", NEEDS_A_FIGURE, NOT_QUANTITATIVE)
# An 80 % interval wider than this says nothing of a level: a factor of the lower end, points of a percentage, or years of
# life (the provinces of China, from Tibet to Shanghai, span ten in the census of 2020). Judged.
VAGUE_FACTOR, VAGUE_POINTS, VAGUE_YEARS = 4.0, 60.0, 10.0


@dataclass(frozen=True)
class Verdict:
    """The answer for one target.

    chance: 0 to 1, or None. gap: how far the median at the deadline is from the target, in the unit; positive means
    short of it. pace_needed, own_pace: change a year, in the unit, needed from the last known value and made lately.
    outcome: what happened, where it is known, with its source as cited and the day it was published (ISO). chance_now: for
    a deadline past whose outcome is not published, the chance on all that is known today; `chance` itself stays what could
    be said on `as_of`. chance_se: the Monte Carlo standard error
    of the chance, from the number of draws alone: sqrt(p (1 - p) / draws), binomial.
    """

    target: Target
    word: str
    chance: float | None
    evidence: str | None
    reason: str
    method: str = ""
    median: float | None = None
    low80: float | None = None
    high80: float | None = None
    gap: float | None = None
    pace_needed: float | None = None
    own_pace: float | None = None
    last: tuple[int, float] | None = None
    outcome: float | None = None
    outcome_source: str = ""
    outcome_published: str = ""
    goal: float | None = None
    as_of: str = ""
    chance_now: float | None = None
    chance_se: float | None = None
    vague: bool = False
    shares: tuple[EvidenceShare, ...] = ()

    @property
    def near_border(self) -> bool:
        """Whether other draws might well give the next word: the chance is within two standard errors of a word's border."""
        if self.chance is None or self.chance_se is None or self.outcome is not None:
            return False
        return any(abs(self.chance - least) < 2 * self.chance_se for _, least in WORDS[:-1])


def word_for(chance: float) -> str:
    """The word for a chance, from the one table."""
    return next(word for word, least in WORDS if chance >= least)


def met(
    target: Target,
    values: np.ndarray | float,
    decimals: int,
    *,
    goal: ArrayLike | None = None,
    base: float | None = None,
) -> np.ndarray:
    """Whether values at the deadline meet the target: booleans of the shape of `values`.

    Published values are rounded, so a value counts as it would be printed: to the indicator's decimals, or to the
    target's own if it has more. goal: the value to compare with, if not the target's own (a relative target's other
    region, draw by draw). base: the value to improve on or maintain. Raises ValueError for a target without a number.
    """
    goal = target.value if goal is None else goal
    printed = as_printed(values, _decimals(target, decimals))
    slack = 1e-9
    if target.comparison == "between":
        low, high = _bounds(target)
        return (printed >= low - slack) & (printed <= high + slack)
    if target.comparison == "improve" and goal is None:
        goal, strict = base, True
    else:
        strict = target.strict
    if target.comparison == "maintain" and goal is None:
        goal = base
    if goal is None:
        raise ValueError(f"{target.id} prints no number to compare with.")
    goal = np.asarray(goal, dtype=float)
    if target.comparison == "equal":
        return np.abs(printed - goal) <= 0.5 * 10.0 ** -_decimals(target, 0) + slack
    if lower_is_the_aim(target):
        return printed < goal - slack if strict else printed <= goal + slack
    return printed > goal + slack if strict else printed >= goal - slack


def lower_is_the_aim(target: Target) -> bool:
    """Whether the target asks for a value at or below its goal."""
    return target.comparison == "at_most" or (
        target.comparison in ("maintain", "improve", "relative") and target.direction == "down"
    )


def judge(
    target: Target,
    outlook: Outlook | None,
    decimals: int,
    *,
    reason: str = "",
    goal: np.ndarray | float | None = None,
    as_of: str = "",
) -> Verdict:
    """The verdict of a target on an outlook; without one, what is missing, with the `reason`.

    The chance is the share of coherent futures that meet the target, as such shares came true (`Outlook.calibrated`).
    """
    if outlook is None:
        return _without_chance(target, reason or Bilingual("没有数据", "no data"), as_of)
    if target.year not in outlook.years:
        begin, end = outlook.years[0], outlook.years[-1]
        reason = Bilingual(
            f"展望只含 {begin}–{end} 年，不含 {target.year} 年",
            f"the outlook covers {begin}-{end}, not {target.year}",
        )
        return _without_chance(target, reason, as_of)
    values = outlook.at(target.year)
    before = [(y, v) for y, v in outlook.observed if y <= target.year]
    last = before[-1] if before else None
    base = target.base_value if target.base_value is not None else (last[1] if last else None)
    try:
        hits = met(target, values, 0 if asks_for_all(target, outlook.unit, base) else decimals, goal=goal, base=base)
    except ValueError:
        return _without_chance(
            target,
            reason
            or Bilingual(
                "文件未列具体数值，本地亦无数可比", "no number is printed, and no own figure is there to compare with"
            ),
            as_of,
        )
    share = float(hits.mean())
    chance, chance_se = outlook.calibrated(share), float(np.sqrt(share * (1 - share) / hits.size))
    median, low, high = (float(q) for q in np.quantile(values, [0.5, 0.1, 0.9]))
    aim = _aim(target, goal, base)
    return Verdict(
        target=target,
        word=word_for(chance),
        chance=chance,
        evidence=outlook.grade,
        reason="",
        method=outlook.method,
        median=median,
        low80=low,
        high80=high,
        gap=_gap(target, median, aim),
        pace_needed=_pace_needed(target, last, aim),
        own_pace=_own_pace(outlook.observed),
        last=last,
        goal=aim,
        as_of=as_of,
        chance_se=chance_se,
        vague=says_nothing(low, high, outlook.unit),
        shares=outlook.evidence,
    )


def asks_for_all(target: Target, unit: str, base: float | None = None) -> bool:
    """Whether a target asks for everybody: 100 per cent, printed without a decimal, so that 99.5 and more are printed alike."""
    aim = target.value if target.value is not None else base if target.comparison == "maintain" else None
    return unit == "percent" and aim == 100


def says_nothing(low: float, high: float, unit: str) -> bool:
    """Whether an 80 % interval is too wide to say anything of a level: beyond a factor of four, 60 points of a percentage, or ten
    years of life.

    >>> says_nothing(2.0, 9.0, "per_1000"), says_nothing(2.0, 7.0, "per_1000"), says_nothing(20.0, 85.0, "percent")
    (True, False, True)
    """
    if unit in ("percent", "years"):
        return high - low > (VAGUE_POINTS if unit == "percent" else VAGUE_YEARS)
    return low >= 0 and high > VAGUE_FACTOR * max(low, 1e-9) and high > 0


@dataclass(frozen=True)
class Outcome:
    """A figure published for a deadline that is past. goal: for a relative target, the figure of the other region."""

    value: float
    source: str
    published: date
    goal: float | None = None


def settle(verdict: Verdict, outcome: Outcome, decimals: int) -> Verdict:
    """The verdict with its word settled by the outcome; the chance stays what was said beforehand.

    A target without a number and without anything to compare with keeps its word beside the outcome.
    """
    target = verdict.target
    base = target.base_value if target.base_value is not None else (verdict.last[1] if verdict.last else None)
    told = replace(
        verdict,
        outcome=outcome.value,
        outcome_source=outcome.source,
        outcome_published=outcome.published.isoformat(),
    )
    try:
        hit = bool(met(target, outcome.value, decimals, goal=outcome.goal, base=base))
    except ValueError:
        return told
    return replace(
        told, word="attained" if hit else "missed", reason=verdict.reason or Bilingual("结果已公布", "outcome known")
    )


def _without_chance(target: Target, reason: str, as_of: str) -> Verdict:
    asks = target.numeric or target.comparison in ("improve", "maintain", "relative")
    word = NEEDS_A_FIGURE if asks else NOT_QUANTITATIVE
    return Verdict(target, word, None, None, reason, goal=target.value, as_of=as_of)


def as_printed(values: ArrayLike, decimals: int) -> np.ndarray:
    """Values as a publication would print them, to so many decimals.

    >>> as_printed([5.546, 5.544], 2).tolist()
    [5.55, 5.54]
    """
    return np.round(np.asarray(values, dtype=float), decimals)


def printed_decimals(value: float) -> int:
    """The decimals that a value is printed to where it stands as it is.

    >>> printed_decimals(5.55), printed_decimals(85.0)
    (2, 0)
    """
    text = f"{value:.10g}"
    return len(text.split(".")[1]) if "." in text else 0


def _decimals(target: Target, decimals: int) -> int:
    if target.value is None or not np.isfinite(target.value):
        return decimals
    return max(decimals, printed_decimals(target.value))


def _bounds(target: Target) -> tuple[float, float]:
    if target.low is None or target.high is None:
        raise ValueError(f"{target.id} asks for a range but prints no two bounds.")
    return target.low, target.high


def _aim(target: Target, goal: ArrayLike | None, base: float | None) -> float | None:
    if goal is not None:
        return float(np.median(np.asarray(goal, dtype=float)))
    if target.value is not None:
        return target.value
    if target.comparison == "between":
        return sum(_bounds(target)) / 2
    return base


def _gap(target: Target, median: float, aim: float | None) -> float | None:
    if aim is None:
        return None
    if target.comparison == "between":
        low, high = _bounds(target)
        return max(low - median, median - high, 0.0)
    short = median - aim if lower_is_the_aim(target) else aim - median
    return float(short)


def _pace_needed(target: Target, last: tuple[int, float] | None, aim: float | None) -> float | None:
    if last is None or aim is None or target.year <= last[0]:
        return None
    return (aim - last[1]) / (target.year - last[0])


def _own_pace(observed: Sequence[tuple[int, float]]) -> float | None:
    if len(observed) < 2:
        return None
    (y0, v0), (y1, v1) = observed[max(0, len(observed) - 4)], observed[-1]
    return (v1 - v0) / (y1 - y0)
