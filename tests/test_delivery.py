"""Deliveries: what is left of a count, and how fast it comes."""

import numpy as np
import pytest

from forecasts import delivery


def rng():
    return np.random.default_rng(7)


def test_a_count_that_stood_still_for_eight_years_is_not_multiplied_by_a_hundred():
    _, paths = delivery.cumulative({y: 3.0 for y in range(2015, 2024)}, 2014, 2027, 2000, rng())
    assert (paths[:, -1] >= 300).mean() == 0.0
    assert np.median(paths[:, -1]) <= 6


def test_a_count_to_date_never_falls_and_starts_from_what_is_there():
    years, paths = delivery.cumulative({2022: 12.0, 2023: 30.0}, 2021, 2027, 500, rng())
    assert years == (2024, 2025, 2026, 2027)
    assert (paths[:, 0] >= 30).all() and (np.diff(paths, axis=1) >= 0).all()


def test_more_delivered_by_a_day_never_lowers_the_chance_of_a_count():
    chances = [
        (delivery.cumulative({2024: v}, 2022, 2027, 4000, rng())[1][:, -1] >= 80).mean()
        for v in (5, 15, 25, 35, 60, 80)
    ]
    assert chances == sorted(chances) and chances[0] < 0.2 and chances[-1] == 1.0


def test_a_year_s_count_far_above_what_is_asked_is_nearly_sure():
    _, paths = delivery.yearly({2022: 8358.0}, 2023, 4000, rng())
    assert (paths[:, 0] >= 3000).mean() > 0.9


def test_intervals_hold_simulated_programmes_about_as_often_as_they_say():
    truth = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        mean = truth.lognormal(3, 1)
        past = truth.poisson(mean * np.exp(0.35 * truth.standard_normal(3) - 0.06))
        ahead = truth.poisson(
            mean * np.exp(0.1 + 0.2 * truth.standard_normal() + 0.35 * truth.standard_normal(2) - 0.06)
        )
        known = dict(zip((2021, 2022, 2023), np.cumsum(past).astype(float), strict=True))
        _, paths = delivery.cumulative(known, 2020, 2025, 300, truth)
        low, high = np.quantile(paths[:, -1], [0.1, 0.9])
        held += low <= known[2023] + ahead.sum() <= high
    assert 0.72 < held / 400 < 0.9


def test_a_pace_needs_a_year():
    with pytest.raises(ValueError, match="one or more years"):
        delivery.pace_draws([], 10, rng())
