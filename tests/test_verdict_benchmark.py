"""The verdict benchmark: targets set from the past only, scores that can be checked by hand, clear refusals."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peer_engine.stacking import Stacking
from benchmarks.pseudo_targets import KINDS, PanelIndicator, origins, read_panel, set_targets, two_figures
from benchmarks.verdict_scoring import base_rate, bootstrap, cell_weights, indicator_wide_error, reliability, score
from benchmarks.verdicts import main


def fictional_panel(indicators=2, regions=8, years=14, seed=0):
    rng = np.random.default_rng(seed)
    rows, about = [], []
    for number in range(indicators):
        name = f"fictional {number}"
        about.append(("made up", name, 1 if number % 2 == 0 else -1, "pct" if number < 2 else "pos", "coverage"))
        for region in range(regions):
            path = rng.normal(0, 0.8) + np.cumsum(rng.normal(0.05, 0.15, years))
            values = np.round(100 / (1 + np.exp(-path)), 1)
            rows += [("made up", name, f"region {region}", 2000 + y, v) for y, v in enumerate(values)]
    return (
        pd.DataFrame(rows, columns=["source", "indicator", "region", "year", "value"]),
        pd.DataFrame(about, columns=["source", "indicator", "direction", "bound", "family"]),
    )


@pytest.fixture
def files(tmp_path):
    panel, about = fictional_panel()
    panel.to_csv(tmp_path / "panel.csv", index=False)
    about.to_csv(tmp_path / "indicators.csv", index=False)
    return tmp_path / "panel.csv", tmp_path / "indicators.csv"


def one_indicator(direction=1, bound="pct"):
    values = np.array([[20.0 + r + 2 * y for y in range(12)] for r in range(6)])
    regions = tuple(f"region {r}" for r in range(6))
    return PanelIndicator("made up", "steady", "coverage", direction, bound, regions, np.arange(2000, 2012), values)


def target(origin, kind):
    return origin.targets[:, KINDS.index(kind)]


def test_targets_are_what_the_protocol_says():
    origin = set_targets(one_indicator(), 2, 8, np.arange(6))
    now = 36.0 + np.arange(6)
    assert np.allclose(target(origin, "maintain"), now)
    assert np.allclose(target(origin, "close_tenth"), now + 0.1 * (100 - now))
    assert np.allclose(target(origin, "close_quarter"), now + 0.25 * (100 - now))
    assert np.allclose(target(origin, "official"), two_figures(now + 1.25 * 2 * 2))
    assert np.allclose(target(origin, "catch_up_median")[:2], 38.5) and np.isnan(target(origin, "catch_up_median")[4])
    without_bound = set_targets(one_indicator(bound="pos"), 2, 8, np.arange(6))
    assert np.allclose(target(without_bound, "close_tenth"), 1.05 * now)


def test_regions_that_got_worse_have_no_official_target():
    origin = set_targets(one_indicator(direction=-1), 2, 8, np.arange(6))
    assert np.isnan(target(origin, "official")).all()
    assert np.allclose(target(origin, "close_tenth"), 0.9 * (36.0 + np.arange(6)))


def test_a_target_is_hit_when_the_deadline_value_meets_it():
    origin = set_targets(one_indicator(), 2, 8, np.arange(6))
    assert np.array_equal(
        origin.hit[origin.applies], (origin.targets <= (40.0 + np.arange(6))[:, None])[origin.applies]
    )


def test_nothing_after_the_origin_moves_a_target():
    indicator = one_indicator()
    later = indicator.values.copy()
    later[:, 9:] = 99.0 - later[:, 9:] / 2
    first, second = (set_targets(i, 2, 8, np.arange(6)) for i in (indicator, replace(indicator, values=later)))
    assert np.array_equal(first.targets, second.targets, equal_nan=True)
    assert np.array_equal(first.needed, second.needed)


def test_origins_need_eight_consecutive_years_and_an_outcome():
    indicator = one_indicator()
    broken = indicator.values.copy()
    broken[0, 5] = np.nan
    found = list(origins(replace(indicator, values=broken), 1, np.random.default_rng(0)))
    assert [o.column for o in found] == [7, 8, 9, 10]
    assert all(0 not in o.rows for o in found)


def test_the_needed_change_starts_half_a_unit_below_the_first_printed_value_that_meets_the_target():
    origin = set_targets(one_indicator(), 2, 8, np.arange(6))
    assert origin.unit == 1.0
    edge = origin.scale.inverse(origin.scale.forward(36.0) + origin.needed[0, KINDS.index("close_tenth")])
    assert edge == pytest.approx(42.5)  # the target is 42.4 and values are whole


@pytest.mark.parametrize(("value", "rounded"), [(0.0, 0.0), (83.2, 83.0), (1254.0, 1300.0), (0.04567, 0.046)])
def test_two_figures(value, rounded):
    assert two_figures(np.array([value]))[0] == pytest.approx(rounded)


def cases():
    return pd.DataFrame(
        {
            "indicator": [0, 0, 0, 0, 1, 1, 2],
            "horizon": 1,
            "kind": 0,
            "origin": 2010,
            "hit": [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        }
    )


def test_cells_weigh_the_same_and_the_base_rate_is_that_of_the_others():
    assert cell_weights(cases()).tolist() == [0.25] * 4 + [0.5] * 2 + [1.0]
    assert np.allclose(base_rate(cases()), [0.5] * 4 + [0.875] * 2 + [0.375])


def test_scores_are_those_counted_by_hand():
    weights, chance = np.ones(7), np.full(7, 0.5)
    scored = score(cases(), chance, np.full(7, 4 / 7), weights)
    assert scored["brier"] == pytest.approx(0.25)
    assert scored["skill"] == pytest.approx(1 - 0.25 / (4 / 7 * 3 / 7))
    assert scored["calibration_error"] == pytest.approx(4 / 7 - 0.5)
    assert scored["log_score"] == pytest.approx(np.log(2))


def test_chances_that_come_true_as_often_as_said_have_no_calibration_error():
    chance = np.repeat([0.25, 0.75], 4)
    hit = np.array([1, 0, 0, 0, 1, 1, 1, 0.0])
    assert all(row["said"] == row["happened"] for row in reliability(chance, hit, np.ones(8)))


def test_errors_of_one_indicator_and_year_are_seen_together():
    error = indicator_wide_error(cases(), np.full(7, 0.5), np.ones(7))
    assert error["median"] == pytest.approx(0.5)


def test_classes_of_peers_that_saw_as_many_windows_count_alike():
    peers = np.arange(6.0).reshape(3, 1, 2)
    learned = Stacking(np.array([9.0, 9.0, 9.0]), np.array([3.0]), peers, np.zeros((1, 2)))
    assert learned.with_peers(9, 3).tolist() == [1.0, 2.0]
    assert np.isfinite(learned.with_peers(50, 3)).all() and np.isfinite(learned.with_peers(1, 3)).all()


def test_the_bootstrap_interval_holds_the_score():
    weights = cell_weights(cases())
    chance, base = np.full(7, 0.6), np.full(7, 0.5)
    low, high = bootstrap(cases(), chance, base, weights)["brier"]
    assert low <= score(cases(), chance, base, weights)["brier"] <= high


def test_a_panel_is_scored_and_the_result_is_one_object(files, capsys):
    panel, about = files
    asked = ["--panel", str(panel), "--indicators", str(about), "--json", "--sample", "3"]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["benchmark"] == "verdicts" and result["details"]["weights"] == "shipped"
    assert {"name", "measured", "goal", "better", "ok"} <= set(result["goals"][0])
    assert 0 < result["details"]["situations"]["rich"]["3"]["brier"] < 0.4
    assert result["details"]["municipalities"] is None


def test_unusable_input_is_refused_with_every_fault(files, capsys):
    panel, about = files
    frame = pd.read_csv(about)
    frame["bound"], frame["direction"] = "none", 2
    frame.to_csv(about, index=False)
    assert main(["--panel", str(panel), "--indicators", str(about), "--json"]) == 2
    told = capsys.readouterr().err
    assert "row 2: bound 'none'" in told and "row 3: direction 2" in told


def test_a_missing_file_and_a_missing_column_are_refused(files, capsys):
    panel, about = files
    assert main(["--panel", str(panel.with_name("absent.csv")), "--indicators", str(about), "--json"]) == 2
    pd.read_csv(panel).drop(columns="value").to_csv(panel, index=False)
    assert main(["--panel", str(panel), "--indicators", str(about), "--json"]) == 2
    assert "no column 'value'" in capsys.readouterr().err


def test_a_panel_without_origins_is_refused(files, capsys):
    panel, about = files
    frame = pd.read_csv(panel)
    frame[frame["year"] < 2005].to_csv(panel, index=False)
    assert main(["--panel", str(panel), "--indicators", str(about), "--json"]) == 2
    assert "No pseudo-target can be set" in capsys.readouterr().err


def test_two_values_for_one_year_are_refused(files):
    panel, about = files
    frame = pd.read_csv(panel)
    pd.concat([frame, frame.head(1)]).to_csv(panel, index=False)
    with pytest.raises(ValueError, match="two values for made up"):
        read_panel(str(panel), str(about))
