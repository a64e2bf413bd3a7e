"""Staff as people with ages: the account holds, retirement follows the law, and more entries never leave fewer."""

import numpy as np
import pytest

from sim.services import workforce
from sim.services.workforce import (
    CADRES,
    ENTRY,
    Leaving,
    by_single_age,
    entry_profile,
    implied,
    run_staff,
    staff_at_start,
)

YEARS = tuple(range(2025, 2035))
DRAWS = 40


def usual(times=1.0, later=0.0, stay_on=0.2):
    return Leaving(np.full((DRAWS, len(YEARS)), times), np.full(len(YEARS), later), np.full(DRAWS, stay_on))


def start(cadre="gps", total=500.0):
    return staff_at_start(np.full(DRAWS, total), CADRES[cadre], np.full(DRAWS, 0.5))


PROFILE = entry_profile(np.full(DRAWS, 0.56), ENTRY)


@pytest.mark.parametrize("cadre", CADRES)
def test_shares_by_age_and_sex_add_up_to_the_staff(cadre):
    assert sum(CADRES[cadre].shape) == pytest.approx(1.0)
    assert np.allclose(start(cadre).sum((1, 2)), 500)
    assert by_single_age(CADRES[cadre].shape).sum() == pytest.approx(1.0)


def test_staff_are_those_before_less_who_left_plus_who_entered():
    rng = np.random.default_rng(0)
    entering = rng.uniform(0, 60, (DRAWS, len(YEARS)))
    fewer = rng.uniform(0, 20, (DRAWS, len(YEARS)))
    flow = run_staff(start(), [(entering, PROFILE)], usual(), YEARS, fewer)
    before = np.concatenate([np.full((DRAWS, 1), 500.0), flow.total[:, :-1]], axis=1)
    assert np.allclose(flow.total, before - flow.left + flow.entered)
    assert (flow.heads >= 0).all() and (flow.left >= 0).all()


def test_nobody_grows_older_by_more_or_less_than_a_year_in_a_year():
    heads = np.zeros((DRAWS, 2, workforce.SPAN))
    heads[:, 0, 10] = 100  # men of 30
    nobody_leaves = Leaving(np.zeros((DRAWS, 3)), np.zeros(3), np.ones(DRAWS))
    flow = run_staff(heads, [], nobody_leaves, (2025, 2026, 2027))
    assert np.allclose(flow.heads[:, 2, 0, 13], 100) and np.allclose(flow.total, 100)


@pytest.mark.parametrize("year", (0, 4, 8))
def test_more_entries_never_leave_fewer_staff_in_any_later_year(year):
    rng = np.random.default_rng(1)
    entering, fewer = rng.uniform(0, 60, (DRAWS, len(YEARS))), rng.uniform(0, 80, (DRAWS, len(YEARS)))
    plain = run_staff(start(), [(entering, PROFILE)], usual(), YEARS, fewer).total
    more = entering.copy()
    more[:, year] += 25
    assert (run_staff(start(), [(more, PROFILE)], usual(), YEARS, fewer).total >= plain - 1e-9).all()


def test_fewer_losses_and_later_retirement_never_leave_fewer_staff():
    plain = run_staff(start("physicians"), [], usual(), YEARS).total
    assert (run_staff(start("physicians"), [], usual(times=0.5), YEARS).total > plain).all()
    assert (run_staff(start("physicians"), [], usual(later=2.0), YEARS).total > plain).all()
    assert (run_staff(start("physicians"), [], usual(stay_on=0.6), YEARS).total > plain).all()


def test_retirement_rises_by_the_law_of_2024_from_60_and_55_to_63_and_58():
    assert workforce.statutory(2024) == (60.0, 55.0)
    assert workforce.statutory(2039) == pytest.approx((63.0, 58.0))
    assert workforce.statutory(2045) == pytest.approx((63.0, 58.0))
    rises = np.diff([workforce.statutory(y)[0] for y in range(2024, 2040)])
    assert np.allclose(rises, 0.2), "by equal steps over fifteen years"


def test_everyone_passes_the_retirement_age_once():
    """A woman of 50 at the end of 2020 retires at 55 in 2025 or, as the age rises, in the year after."""
    age, passing = 50, 0.0
    for year in range(2021, 2040):
        share = workforce.retiring(year, 0.0)[1]
        if age - workforce.YOUNGEST < workforce.SPAN:
            passing += share[age - workforce.YOUNGEST]
        age += 1
    assert passing == pytest.approx(1.0)


def test_the_implied_entries_give_back_the_forecast_they_came_from():
    rng = np.random.default_rng(2)
    wanted = 500 * np.exp(np.cumsum(rng.normal(0.02, 0.08, (DRAWS, len(YEARS))), axis=1))
    pace = implied(wanted, start(), PROFILE, usual(), YEARS)
    flow = run_staff(start(), [(pace.entering, PROFILE)], usual(), YEARS, pace.fewer)
    assert np.allclose(flow.total, wanted)
    assert (pace.fewer > 0).any(), "some of these forecasts fall faster than people leave"


@pytest.mark.parametrize("years, lag", ((8, 3.0), (8, 1.0), (12, 8.0)))
def test_training_takes_its_years(years, lag):
    ready = workforce.trained(np.full(years, 10.0), lag, np.full(DRAWS, 0.8))
    assert not ready[:, : int(lag)].any() and np.allclose(ready[:, int(lag) :], 8.0)


def test_directed_students_of_today_practise_after_a_five_year_plan_is_over():
    ready = workforce.trained(np.full(5, 50.0), workforce.DIRECTED, np.ones(DRAWS))
    assert not ready.any()


def test_heads_registered_and_full_time_are_told_apart():
    flow = run_staff(start(), [], usual(), YEARS)
    assert np.allclose(flow.practising(np.full(DRAWS, 0.9)), 0.9 * flow.total)
    assert np.allclose(flow.full_time(np.full(DRAWS, 0.95)), 0.95 * flow.total)
    assert (flow.past(60) < flow.total).all() and np.allclose(flow.past(workforce.YOUNGEST), flow.total)


def test_negative_entries_are_refused():
    with pytest.raises(ValueError, match="negative"):
        run_staff(start(), [(np.full((DRAWS, len(YEARS)), -1.0), PROFILE)], usual(), YEARS)
