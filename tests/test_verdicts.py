"""Verdicts: what a target asks, met by what may come."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.outlooks import Outlook
from planning.targets import Document, Target
from planning.verdicts import WORDS, Outcome, judge, met, settle, word_for

PLAN = Document("plan", "A plan", "A bureau", date(2022, 7, 1), "000000", 2025)
ASKED = Target(
    "plan.x.2025", PLAN, "000000", "district", "x", "at_least", "per_1000", 2025, "rate", "expected", value=4.6
)


def futures(values, year=2025, observed=((2020, 4.0), (2022, 4.2))) -> Outlook:
    return Outlook("000000", "x", "per_1000", (year,), np.array(values, dtype=float)[:, None], "test", "B", observed)


def test_the_chance_is_the_share_of_futures_that_meet_the_target():
    verdict = judge(ASKED, futures([4.0, 4.5, 4.6, 5.0]), 2)
    assert verdict.chance == 0.5
    assert verdict.word == "uncertain"


def test_a_value_counts_as_it_would_be_printed():
    assert met(ASKED, 4.596, 2)
    assert not met(ASKED, 4.594, 2)
    assert not met(ASKED, 4.596, 3)


def test_strict_targets_are_not_met_by_equality():
    assert met(ASKED, 4.6, 2)
    assert not met(replace(ASKED, strict=True), 4.6, 2)
    lower = replace(ASKED, comparison="at_most")
    assert met(lower, 4.6, 2) and not met(replace(lower, strict=True), 4.6, 2)


def test_between_holds_both_ends():
    between = replace(ASKED, comparison="between", value=None, low=4.0, high=5.0)
    assert list(met(between, np.array([3.9, 4.0, 4.5, 5.0, 5.1]), 1)) == [False, True, True, True, False]


def test_improving_means_better_than_the_base_and_keeping_means_no_worse():
    better = replace(ASKED, comparison="improve", value=None, direction="up")
    assert list(met(better, np.array([4.1, 4.2, 4.3]), 1, base=4.2)) == [False, False, True]
    fewer = replace(better, direction="down")
    assert list(met(fewer, np.array([4.1, 4.2, 4.3]), 1, base=4.2)) == [True, False, False]
    keep = replace(better, comparison="maintain")
    assert list(met(keep, np.array([4.1, 4.2, 4.3]), 1, base=4.2)) == [False, True, True]


def test_a_relative_target_is_compared_draw_by_draw():
    relative = replace(ASKED, comparison="relative", value=None, relative_to="330000")
    verdict = judge(relative, futures([1.0, 2.0, 3.0, 4.0]), 2, goal=np.array([0.5, 2.5, 2.5, 4.5]))
    assert verdict.chance == 0.5


@pytest.mark.parametrize(
    "chance, word", [(1.0, "likely"), (0.67, "likely"), (0.5, "uncertain"), (0.33, "unlikely"), (0.0, "unlikely")]
)
def test_each_chance_has_one_word(chance, word):
    assert word_for(chance) == word


def test_the_table_of_words_falls_to_nought():
    thresholds = [least for _, least in WORDS]
    assert thresholds == sorted(thresholds, reverse=True) and thresholds[-1] == 0


def test_attained_and_missed_are_said_only_of_known_outcomes():
    above = judge(ASKED, futures([9.0] * 10), 2)
    assert above.word == "likely"
    assert settle(above, Outcome(4.7, "公报", date(2028, 3, 1)), 2).word == "attained"
    missed = settle(above, Outcome(4.5, "公报", date(2028, 3, 1)), 2)
    assert missed.word == "missed" and missed.chance == 1.0, "what was said beforehand stays"
    assert (missed.outcome, missed.outcome_source, missed.outcome_published) == (4.5, "公报", "2028-03-01")


def test_a_chance_never_contradicts_the_interval_beside_it():
    learned = ((0.0, 0.05, 0.5, 0.95, 1.0), (0.1, 0.2, 0.5, 0.8, 0.9))
    for hits in range(0, 101):
        outlook = replace(futures([9.0] * hits + [0.0] * (100 - hits)), calibration=learned)
        verdict = judge(ASKED, outlook, 2)
        assert (verdict.chance >= 0.9) == (hits >= 90) and (verdict.chance <= 0.1) == (hits <= 10)


def test_a_larger_share_of_futures_never_lowers_the_chance():
    learned = ((0.0, 0.05, 0.5, 0.95, 1.0), (0.08, 0.09, 0.5, 0.93, 0.97))
    found = [replace(futures([1.0]), calibration=learned).calibrated(share / 500) for share in range(501)]
    assert found == sorted(found) and found[0] == 0 and found[-1] == 1


def test_everybody_begins_where_a_printed_hundred_does():
    everybody = replace(ASKED, value=100.0, unit="percent")
    outlook = replace(futures([99.6] * 10), unit="percent")
    assert (
        judge(everybody, outlook, 2).chance == 1.0 and judge(replace(everybody, value=99.9), outlook, 2).chance == 0.0
    )


def test_the_gap_is_positive_when_the_median_falls_short_whichever_way_is_better():
    assert judge(ASKED, futures([4.0, 4.1, 4.2]), 2).gap == pytest.approx(0.5)
    lower = replace(ASKED, comparison="at_most", value=3.0)
    assert judge(lower, futures([4.0, 4.1, 4.2]), 2).gap == pytest.approx(1.1)


def test_the_pace_needed_leads_from_the_last_value_to_the_target():
    verdict = judge(ASKED, futures([4.0]), 2)
    assert verdict.pace_needed == pytest.approx((4.6 - 4.2) / 3)
    assert verdict.own_pace == pytest.approx(0.1)


def test_no_verdict_says_why():
    assert judge(ASKED, None, 2, reason="no data").reason == "no data"
    assert "2025" in judge(ASKED, futures([1.0], year=2024), 2).reason
    nothing = replace(ASKED, comparison="none", value=None)
    verdict = judge(nothing, futures([1.0]), 2)
    assert verdict.word == "not quantitative" and verdict.chance is None and "no number" in verdict.reason
    assert judge(ASKED, None, 2).word == "needs a figure"


def test_an_outlook_refuses_what_it_cannot_hold():
    with pytest.raises(ValueError, match="not finite"):
        futures([np.nan])
    with pytest.raises(ValueError, match="draw, year"):
        Outlook("000000", "x", "per_1000", (2025, 2026), np.zeros((3, 1)), "test", "A")
    with pytest.raises(KeyError, match="2025-2025"):
        futures([1.0]).at(2030)


def test_the_error_of_a_chance_is_that_of_a_share_of_draws():
    found = judge(ASKED, futures([9.0] * 30 + [0.0] * 70), 2)
    assert found.chance == pytest.approx(0.3) and found.chance_se == pytest.approx(np.sqrt(0.3 * 0.7 / 100))
    assert found.near_border, ".3 of 100 draws may as well be a third"
    assert not judge(ASKED, futures([9.0] * 300 + [0.0] * 9700), 2).near_border


def test_repeated_runs_scatter_by_the_error_told():
    rng = np.random.default_rng(4)
    runs = [judge(ASKED, futures(np.where(rng.random(400) < 0.4, 9.0, 0.0)), 2) for _ in range(300)]
    assert np.std([v.chance for v in runs]) == pytest.approx(np.mean([v.chance_se for v in runs]), rel=0.15)
