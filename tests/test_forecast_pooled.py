"""The pooled local-trend model: exact conditioning, borrowed pace and spread, nothing from the future."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from forecasts import calibration, histories, pooled
from forecasts.calibration import Process
from forecasts.common_path import median_without
from forecasts.gp_kernels import kernel
from forecasts.grades import series_grade
from forecasts.series_forecast import forecast_series
from forecasts.training import constants_file, panels
from planning.indicators import Indicator
from planning.series import Series

BEDS = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 40), 2, "capacity")
WALK = Process(drift=0.0, slope=0.0, persistence=0.0, level=1.0, noise=0.0)
RICH = Process(drift=0.1, slope=0.2, persistence=0.6, level=0.5, noise=0.1, drift_damping=0.9)


def test_a_random_walk_is_forecast_at_its_last_value_with_a_variance_that_grows_by_the_year():
    shape = kernel((WALK,), ((-3, -2), (-2, -1), (-1, 0)), (1, 2, 5))
    assert np.allclose(shape.weights, 0)
    assert np.allclose(np.diag(shape.covariance[0]), [1, 2, 5])


def test_conditioning_equals_the_same_process_written_out_by_hand():
    years = np.arange(-3, 3)
    rng = np.random.default_rng(0)
    damp = np.where(years[1:] > 0, RICH.drift_damping ** np.maximum(years[1:], 0), 1.0)
    gaps = np.abs(years[1:, None] - years[None, 1:])
    steps = RICH.drift * np.outer(damp, damp) + RICH.slope * RICH.persistence**gaps + RICH.level * np.eye(5)
    level = np.vstack([np.zeros(5), np.tril(np.ones((5, 5)))])
    values = level @ steps @ level.T + RICH.noise * np.eye(6)
    differences = np.array([[-1, 1, 0, 0, 0, 0], [0, -1, 1, 0, 0, 0], [0, 0, -1, 1, 0, 0],
                            [0, 0, 0, -1, 1, 0], [0, 0, 0, -1, 0, 1]])  # fmt: skip
    joint = differences @ values @ differences.T
    seen = rng.normal(size=3)
    mean = joint[3:, :3] @ np.linalg.solve(joint[:3, :3], seen)
    left = joint[3:, 3:] - joint[3:, :3] @ np.linalg.solve(joint[:3, :3], joint[:3, 3:])
    shape = kernel((RICH,), ((-3, -2), (-2, -1), (-1, 0)), (1, 2))
    assert np.allclose(shape.weights[0] @ seen, mean)
    assert np.allclose(shape.covariance[0], left)


def test_the_candidates_have_unit_variance_of_a_yearly_change():
    for process in calibration.shipped().candidates:
        total = process.drift + process.slope + process.level + 2 * process.noise
        assert total == pytest.approx(1.0)


def test_the_median_of_the_others_is_the_median_with_the_region_deleted():
    rng = np.random.default_rng(1)
    changes = rng.normal(size=(7, 5))
    changes[rng.random(changes.shape) < 0.3] = np.nan
    skip = np.array([0, 3, 6, -1])
    found, others = median_without(changes, skip)
    for row, region in enumerate(skip):
        rest = np.delete(changes, region, axis=0) if region >= 0 else changes
        for year in range(5):
            known = rest[np.isfinite(rest[:, year]), year]
            assert others[row, year] == len(known)
            if len(known):
                assert found[row, year] == pytest.approx(np.median(known))
            else:
                assert np.isnan(found[row, year])


def series(region, values, first=2012, **more) -> Series:
    years = tuple(range(first, first + len(values)))
    return Series(region, "beds", "per_1000", years, tuple(map(float, values)), **more)


def rising(count=8, pace=0.2, years=10, noise=0.02):
    rng = np.random.default_rng(7)
    return [series(f"peer {i}", 4 + pace * np.arange(years) + rng.normal(0, noise, years)) for i in range(count)]


def test_a_single_point_takes_the_pace_of_its_peers():
    alone = series("here", [5.0], 2021)
    with_peers, without = forecast_series(alone, BEDS, 2026, peers=rising()), forecast_series(alone, BEDS, 2026)
    assert np.median(with_peers.at(2026)) > 5.4
    assert np.median(without.at(2026)) == pytest.approx(5.0, abs=0.02)
    assert with_peers.grade == "D" and without.grade == "D"


def test_what_peers_already_know_of_later_years_counts():
    late = [series(f"peer {i}", [5, 5.1, 5, 5.1, 6, 7, 8]) for i in range(8)]
    early = [s.until(2015) for s in late]
    here = series("here", [5.0, 5.1, 5.0, 5.1])
    assert np.median(forecast_series(here, BEDS, 2018, peers=late).at(2018)) > 6.5
    assert np.median(forecast_series(here, BEDS, 2018, peers=early).at(2018)) < 5.3


def test_regions_that_move_more_make_a_short_series_wider():
    here = series("here", [5.0], 2021)
    widths = []
    for noise in (0.01, 0.4):
        low, high = forecast_series(here, BEDS, 2024, peers=rising(noise=noise)).quantiles([0.1, 0.9])[:, -1]
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_a_parent_shows_the_pace_but_not_how_much_a_region_moves():
    parent = series("whole", 4 + 0.2 * np.arange(10))
    here = series("here", [5.0, 5.3, 5.1, 5.4], 2018)
    under, alone = forecast_series(here, BEDS, 2026, parent=parent), forecast_series(here, BEDS, 2026)
    assert np.median(under.at(2026)) > np.median(alone.at(2026))
    assert under.at(2026).std() > 0.5 * alone.at(2026).std()


def test_one_or_two_regions_help_a_short_series_but_not_one_with_five_points():
    few = rising(2)
    short, long = series("here", [5.0], 2021), series("here", [5.0, 5.1, 4.9, 5.0, 5.0, 5.1], 2016)
    assert np.median(forecast_series(short, BEDS, 2025, peers=few).at(2025)) > 5.1
    outlook = forecast_series(long, BEDS, 2025, peers=few)
    assert np.array_equal(outlook.paths, forecast_series(long, BEDS, 2025).paths)
    assert any("left out" in note for note in outlook.assumptions)


def test_a_common_path_that_is_only_noise_is_not_trusted():
    rng = np.random.default_rng(8)
    noise = [series(f"peer {i}", 5 + np.cumsum(rng.normal(0, 0.1, 10))) for i in range(3)]
    here = series("here", [5.0], 2021)
    moved = abs(np.median(forecast_series(here, BEDS, 2026, peers=noise).at(2026)) - 5.0)
    assert moved < 0.25 < abs(np.median(forecast_series(here, BEDS, 2026, peers=rising(3)).at(2026)) - 5.0)


def test_a_region_that_is_all_but_complete_stays_where_the_others_still_climb():
    share = Indicator(
        "share", "占比", "Share", "percent", "coverage", "logit", "up", "resident", (0, 100), 2, "programme"
    )
    climbing = [
        Series(f"peer {i}", "share", "percent", tuple(range(2012, 2022)), tuple(40.0 + i + 3 * np.arange(10)))
        for i in range(10)
    ]
    done = Series("here", "share", "percent", tuple(range(2016, 2022)), (98.00, 98.01, 98.00, 98.01, 98.02, 98.01))
    outlook = forecast_series(done, share, 2026, peers=climbing)
    assert abs(np.median(outlook.at(2026)) - 98.01) < 0.1
    assert outlook.at(2026).std() < 0.3


def test_figures_before_a_break_inform_the_pace_but_not_the_level():
    broken = series("here", [2.0, 2.1, 2.2, 6.0, 6.1, 6.2], 2016, breaks=(2019,))
    ignored = series("here", [2.0, 2.1, 2.2, 6.0, 6.1, 6.2], 2016)
    outlook = forecast_series(broken, BEDS, 2022, peers=rising())
    assert abs(np.median(outlook.at(2022)) - 6.3) < 0.3
    assert outlook.at(2022).std() < 0.5 * forecast_series(ignored, BEDS, 2022, peers=rising()).at(2022).std()
    assert any("2019" in note for note in outlook.assumptions)


def test_a_declared_shock_is_no_trend():
    values = [5.0, 5.0, 5.1, 5.0, 9.0]
    shocked = forecast_series(series("here", values, 2017, shocks=(2021,)), BEDS, 2024)
    plain = forecast_series(series("here", values, 2017), BEDS, 2024)
    assert np.median(shocked.at(2024)) < 5.5 < 8 < np.median(plain.at(2024))
    assert shocked.observed[-1] == (2021, 9.0)


def test_intervals_cover_what_the_model_itself_simulates():
    constants = calibration.shipped()
    plain = replace(constants, calibration=calibration.Calibration((0,), (1.0,), (1e6,)), common_variance=0.0,
                    convergence=0.0, drift_shares=(0.05,), slopes=((0.1, 0.5),), noises=(0.1,), prior=(1.0,), single_prior=(1.0,),
                    prior_scale=1.0, prior_weight=1000.0, quiet=(1.0,), quiet_prior=(1.0,))  # fmt: skip
    (process,) = plain.candidates
    rng = np.random.default_rng(11)
    years, regions, known = 18, 400, 13
    gaps = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    steps = process.drift + process.slope * process.persistence**gaps + process.level * np.eye(years)
    changes = rng.standard_normal((regions, years)) @ np.linalg.cholesky(steps).T
    values = np.cumsum(changes, axis=1) + np.sqrt(process.noise) * rng.standard_normal((regions, years))
    group = histories.Group(values[:, :known], np.full(regions, np.nan), ((),) * regions)
    told = histories.histories(group, plain, 1e-12)
    prediction = pooled.predict(group, told, np.arange(regions), (1, 2, 3, 4, 5), plain, 1e-12)
    miss = np.abs(values[:, known:] - prediction.centre) / prediction.scale
    # the peers' geometric mean is below the variance it stands for, by a known factor; the cover tolerates that
    assert 0.72 < (miss < 1.2816).mean() < 0.84
    assert 0.90 < (miss < 1.96).mean() < 0.97


def test_the_future_of_the_panel_does_not_reach_a_forecast_made_before_it():
    rng = np.random.default_rng(2)
    values = 10 + np.cumsum(rng.normal(0.1, 0.3, size=(6, 20)), axis=1)
    table = panels.Table("x", "rate", tuple("abcdef"), tuple("abcdef"), tuple(range(2000, 2020)), values)
    changed = values.copy()
    changed[:, 12:] *= 5
    other = replace(table, values=changed)
    constants = calibration.shipped()
    said = [
        panels.ahead_of(panels.past_of(t, 11, constants), np.arange(6), 5, (1, 2, 3), constants).quantiles(
            [0.1, 0.5, 0.9]
        )
        for t in (table, other)
    ]
    assert np.array_equal(*said)


def test_a_window_sees_only_its_newest_points_of_the_region_itself():
    assert np.array_equal(
        panels.newest(np.array([[1.0, np.nan, 2.0, 3.0, 4.0]]), 3), [[np.nan, np.nan, 2.0, 3.0, 4.0]], equal_nan=True
    )


def test_a_rounded_figure_meets_a_target_from_half_a_unit_below_it():
    constants = calibration.shipped()
    ahead = panels.ahead_single("pct", np.array([[94.0, 94.0, 95.0, 95.0]]), (1,), constants)
    whole = panels.chance(ahead, 0, np.array([95.4]), True, np.array([1.0]))
    assert whole == pytest.approx(panels.chance(ahead, 0, np.array([95.5]), True, np.array([0.0])))
    assert panels.chance(ahead, 0, np.array([101.0]), True, np.array([1.0])) == 0


def test_an_empty_series_is_a_plain_error_that_says_where_to_mend_it():
    nothing = Series("here", "beds", "per_1000", (), ())
    with pytest.raises(ValueError, match="nothing to forecast from"):
        forecast_series(nothing, BEDS, 2030)


def test_years_that_are_observed_and_unknown_models_are_refused():
    here = series("here", [5.0, 5.1], 2020)
    with pytest.raises(ValueError, match="observed to 2021"):
        forecast_series(here, BEDS, 2021)
    with pytest.raises(ValueError, match="known are pooled"):
        forecast_series(here, BEDS, 2025, model="crystal ball")


def test_the_grade_follows_points_peers_and_source():
    many, few = rising(8), rising(2)
    long, short = series("here", [5.0] * 9, 2013), series("here", [5.0, 5.1], 2020)
    assert forecast_series(long, BEDS, 2025, peers=many).grade == "A"
    assert forecast_series(long, BEDS, 2025, peers=few).grade == "B"
    assert forecast_series(short, BEDS, 2025, peers=many).grade == "C"
    assert forecast_series(replace(long, grade="C"), BEDS, 2025, peers=many).grade == "B"


def test_more_points_more_regions_and_fewer_faults_never_earn_a_poorer_grade():
    for points, regions, faults in product(range(1, 12), range(0, 40, 3), range(3)):
        earned = series_grade(points, regions, "B", faults)
        assert series_grade(points + 1, regions, "B", faults) <= earned
        assert series_grade(points, regions + 3, "B", faults) <= earned
        assert series_grade(points, regions, "B", faults + 1) >= earned
        assert series_grade(points, regions, "C", faults) >= earned


def test_the_sentence_adds_up_from_the_last_value_to_the_middle():
    here = series("here", [5.0, 5.3, 5.6, 5.9], 2018)
    outlook = forecast_series(here, BEDS, 2026, peers=rising(), draws=4000)
    words = outlook.drivers.en.replace(",", "").split()
    moved = sum(float(word) for word in words if word[0] in "+-" and word[1:2].isdigit())
    assert 5.9 + moved == pytest.approx(np.median(outlook.at(2026)), abs=0.1)


def test_the_shipped_constants_say_what_they_were_learned_from_and_how_good_they_are():
    about = calibration.shipped().about
    assert about["series"] == 945 and "World Health Organization" in about["learned from"]
    assert set(about["WQL on the panel itself"]) == {"n=5", "n=8", "n=12"}


def test_constants_survive_being_written_and_read(tmp_path):
    constants_file.write(calibration.shipped(), tmp_path / "constants.json")
    assert constants_file.read(tmp_path / "constants.json") == calibration.shipped()
    (tmp_path / "broken.json").write_text("{}", "utf-8")
    with pytest.raises(ValueError, match="not complete"):
        constants_file.read(tmp_path / "broken.json")
