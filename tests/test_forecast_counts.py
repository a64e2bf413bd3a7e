"""Rare events are counted."""

import numpy as np
import pytest

from forecasts.series_forecast import forecast_series
from planning.indicators import Indicator
from planning.series import Series

DEATHS = Indicator("mmr", "孕产妇死亡率", "Maternal mortality", "per_100000_births", "rate", "count", "down", "resident",
                   (0, 1000), 2, "rare_events")  # fmt: skip


def rates(region, values, first=2014):
    years = tuple(range(first, first + len(values)))
    return Series(region, "mmr", "per_100000_births", years, tuple(map(float, values)))


PEERS = [rates(f"peer {i}", np.linspace(14, 10, 8) + i / 4) for i in range(-3, 4)]


def test_no_death_in_a_small_district_is_not_a_rate_of_zero():
    outlook = forecast_series(rates("small", [0.0] * 8), DEATHS, 2024, peers=PEERS, expected_events=0.4, draws=4000)
    assert outlook.method.startswith("negative binomial")
    assert 0.5 < (outlook.at(2024) == 0).mean() < 0.95
    assert outlook.at(2024).mean() > 2


def test_a_published_rate_of_the_future_is_a_whole_number_of_events():
    outlook = forecast_series(rates("small", [10.0] * 8), DEATHS, 2024, peers=PEERS, expected_events=2.0)
    assert np.allclose(outlook.paths * 2.0 / 10.0, np.round(outlook.paths * 2.0 / 10.0))


def test_many_events_leave_less_to_chance_than_few():
    few, many = (
        forecast_series(rates("here", [10.0] * 8), DEATHS, 2022, peers=PEERS, expected_events=n, draws=3000)
        for n in (2, 2000)
    )
    assert few.at(2022).std() > 3 * many.at(2022).std()


def test_counts_that_vary_more_than_poisson_make_wider_intervals():
    calm, wild = rates("here", [10.0] * 8), rates("here", [4, 18, 5, 16, 3, 17, 4, 13])
    spread = [
        forecast_series(s, DEATHS, 2022, peers=PEERS, expected_events=300, draws=3000).at(2022).std()
        for s in (calm, wild)
    ]
    assert spread[1] > 2 * spread[0]


def test_a_model_of_counts_without_expected_events_says_what_it_needs():
    with pytest.raises(ValueError, match="expected_events"):
        forecast_series(rates("here", [10.0] * 5), DEATHS, 2022, model="negative_binomial")
    with pytest.raises(ValueError, match="no peer has one above it"):
        forecast_series(rates("here", [0.0] * 5), DEATHS, 2022, expected_events=1.0)
    assert forecast_series(rates("here", [10.0] * 5), DEATHS, 2022).method == "local trend of the series alone"


def test_expected_events_may_change_by_year():
    events = {2021: 400.0, 2030: 4.0}
    outlook = forecast_series(rates("here", [10.0] * 8), DEATHS, 2030, expected_events=events, draws=3000)
    assert outlook.at(2030).std() > 2 * outlook.at(2022).std()
