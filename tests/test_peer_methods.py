"""The methods behind the chances, each against what can be counted by hand or simulated."""

import numpy as np
import pytest

from benchmarks.peer_engine.analogs import likeness
from benchmarks.peer_engine.drift import chance_of_turning, common_change
from benchmarks.peer_engine.peer_field import Standing, field_of, standing_in, windows_in
from benchmarks.peer_engine.peer_methods import METHODS, PEER_METHODS, peer_evidence
from benchmarks.peer_engine.reference_class import share_reaching, share_reaching_with_shock
from benchmarks.peer_engine.single_series import USUAL, chance_alone, lent_by_peers
from benchmarks.peer_engine.stacking import TAIL, pooled, shipped_stacking
from benchmarks.peer_engine.stacking_weights import fit_weights
from benchmarks.peer_engine.verdict_scores import scores, situation_of
from forecasts.scales import peer_scale


def wandering(regions=30, years=12, pace=0.05, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (regions, 1)) + np.cumsum(rng.normal(pace, 0.1, (regions, years)), axis=1)


@pytest.mark.parametrize("name", ["logit", "log", "plain"])
@pytest.mark.parametrize("better_up", [True, False])
def test_a_scale_undoes_itself_and_turns_better_up(name, better_up):
    values = np.array([0.0, 1.0, 37.5, 99.0, 100.0])
    scale = peer_scale(name, better_up, values, 0, 100)
    assert np.allclose(scale.inverse(scale.forward(values)), values)
    assert (np.diff(scale.forward(values)) > 0).all() == better_up


def test_the_reference_class_is_a_count():
    changes = np.array([-1.0, 0.0, 0.0, 2.0])
    assert share_reaching(changes, np.ones((1, 4)), np.array([[0.0, 0.1, 3.0, -5.0]])).tolist() == [[0.75, 0.25, 0, 1]]
    weights = np.array([[0.0, 1.0, 1.0, 2.0]])
    assert share_reaching(changes, weights, np.array([[1.0]])) == pytest.approx(0.5)


def test_a_common_shock_widens_the_count_without_moving_its_middle():
    changes = np.linspace(-1, 1, 2001)
    needed = np.array([[-0.9, 0.0, 0.9]])
    shocked = share_reaching_with_shock(changes, np.ones((1, 2001)), needed, 1.0)[0]
    assert shocked[0] < 0.95 and shocked[2] > 0.05
    assert shocked[1] == pytest.approx(0.5, abs=1e-3)


def test_a_window_opens_and_closes_on_published_values_only():
    values = np.array([[0.0, np.nan, 2.0, 3.0]] * 3) + np.arange(3)[:, None]
    field = field_of(values)
    assert np.allclose(field.values[:, 1], [1.0, 2.0, 3.0])
    windows = windows_in(field, 1, 1)
    assert windows.length == 1 and set(windows.opened) == {2}


def test_no_window_reaches_beyond_the_last_column():
    windows = windows_in(field_of(wandering()), 3, 3)
    assert windows.length == 3 and (windows.opened + 3).max() == 11 and len(windows) == 30 * 9


def test_short_histories_give_shorter_windows():
    windows = windows_in(field_of(wandering(years=5)), 5, 1)
    assert windows.length == 2


def test_standing_is_measured_against_the_peers():
    values = np.array([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    standing = standing_in(field_of(values), [[3.0, 4.0, 6.0]], 3)
    assert standing.relative == pytest.approx(3.0)
    assert standing.last_change == pytest.approx(1.0)
    assert standing.slope == pytest.approx(0.5)
    one = standing_in(field_of(values), [[6.0]], 1)
    assert np.isnan(one.last_change) and np.isnan(one.slope)


def test_the_most_alike_window_weighs_most_and_the_own_ones_nothing():
    field = field_of(wandering(regions=60))
    windows = windows_in(field, 2, 3)
    standing = Standing(*(getattr(windows.standing, n)[:1] for n in ("level", "relative", "last_change", "slope")))
    weights = likeness(windows, standing)[0]
    assert weights.argmax() == 0 and (weights >= 0).all() and 0 < (weights > 0).sum() <= 0.12 * len(windows)
    kept_out = likeness(windows, standing, windows.peer[:1])[0]
    assert (kept_out[windows.peer == windows.peer[0]] == 0).all() and kept_out.sum() > 0


def test_peers_that_rise_together_are_expected_to_rise_on():
    field = field_of(np.arange(10.0) * 0.1 + np.linspace(0, 1, 20)[:, None])
    three = common_change(field, 3)
    assert 0.2 < three.centre < 0.3
    assert three.spread < 0.01


def test_a_trend_watched_longer_is_less_likely_to_turn():
    short, long = (field_of(wandering(years=years)) for years in (5, 25))
    assert chance_of_turning(short, 3) > 3 * chance_of_turning(long, 3)
    assert chance_of_turning(short, 1) < chance_of_turning(short, 5) < 0.2


def test_every_method_gives_a_distribution():
    field = field_of(wandering())
    own = wandering(regions=4, seed=9)[:, -3:]
    evidence = peer_evidence(field, standing_in(field, own, 3), 3, 3)
    needed = np.tile(np.linspace(-4, 4, 81), (4, 1))
    chances = evidence.chances(needed)
    assert chances.shape == (4, 81, len(PEER_METHODS))
    assert (np.diff(chances, axis=1) <= 1e-12).all()
    assert (chances[:, 0] > 0.99).all() and (chances[:, -1] < 0.01).all()


def test_own_points_alone_come_true_as_often_as_they_say_on_random_walks():
    rng = np.random.default_rng(4)
    spread = np.exp(rng.normal(USUAL["log"].mean, 0.6, (4000, 1)))
    path = np.cumsum(spread * rng.normal(0, 1, (4000, 9)), axis=1)
    needed = spread * rng.normal(0, 1.5, (4000, 1))
    stated = chance_alone(path[:, :6], needed, 3, USUAL["log"])[:, 0]
    outcome = path[:, 8] - path[:, 5] >= needed[:, 0]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (stated >= low) & (stated < low + 0.2)
        assert outcome[inside].mean() == pytest.approx(stated[inside].mean(), abs=0.09)


def test_more_own_points_narrow_what_one_point_leaves_open():
    calm = np.zeros((1, 8)) + 0.001 * np.arange(8)
    far = np.array([[0.2]])
    assert chance_alone(calm, far, 3, USUAL["log"]) < 0.25 * chance_alone(calm[:, -1:], far, 3, USUAL["log"])


def test_a_few_changes_of_peers_say_how_far_an_indicator_moves():
    calm = lent_by_peers(USUAL["log"], np.full(6, 0.02), np.full(6, 5.0))
    far, one = np.array([[0.1]]), np.zeros((1, 1))
    assert calm.mean < USUAL["log"].mean and sum(calm.paces) == pytest.approx(1.0)
    assert chance_alone(one, far, 3, calm) < 0.5 * chance_alone(one, far, 3, USUAL["log"])
    falling = lent_by_peers(USUAL["log"], np.full(6, -0.02), np.full(6, 5.0))
    nothing = np.zeros((1, 1))
    assert chance_alone(one, nothing, 3, falling) < 0.45 < 0.55 < chance_alone(one, nothing, 3, calm)


def test_stacking_finds_the_method_that_is_right():
    rng = np.random.default_rng(1)
    right, noise = rng.uniform(0.02, 0.98, (2, 20_000))
    hit = (rng.uniform(size=right.size) < right).astype(float)
    weights = fit_weights(np.column_stack([right, noise]), hit, np.ones(right.size))
    assert weights[0] == pytest.approx(1.0, abs=0.1) and weights[1] == pytest.approx(0.0, abs=0.05)


def test_a_method_that_is_wrong_gets_no_weight_rather_than_a_negative_one():
    rng = np.random.default_rng(2)
    right = rng.uniform(0.02, 0.98, 5000)
    hit = (rng.uniform(size=right.size) < right).astype(float)
    assert fit_weights(np.column_stack([right, 1 - right]), hit, np.ones(right.size))[1] == 0.0


def test_the_stacked_chance_rises_with_every_method_and_keeps_certainty():
    stacking = shipped_stacking()
    weights = stacking.with_peers(500, 3)
    levels = np.linspace(0, 1, 101)[:, None] * np.ones(len(METHODS))
    stacked = pooled(levels, weights)
    assert stacked[0] == 0 and stacked[-1] == 1 and (np.diff(stacked) >= -1e-12).all()
    assert pooled(np.full(len(METHODS), TAIL / 10), weights) < TAIL


def test_the_shipped_weights_are_never_negative_and_settle_outside_the_learned_range():
    stacking = shipped_stacking()
    assert (stacking.peers[..., :-1] >= 0).all() and (np.diff(stacking.windows) > 0).all()
    assert np.array_equal(stacking.with_peers(10**6, 50), stacking.peers[-1, -1])
    assert np.array_equal(stacking.with_peers(1, 1), stacking.peers[0, 0])


def test_said_nine_in_ten_happened_nine_in_ten_and_said_one_in_ten_at_most_one():
    for row in scores():
        if row.low >= 0.9:
            assert row.observed_frequency >= 0.9, row
        if row.high <= 0.1:
            assert row.observed_frequency <= 0.1, row


def test_the_situation_follows_the_number_of_windows():
    assert [situation_of(n) for n in (0, 20, 100, 5000)] == [
        "own points only",
        "few peers",
        "some peers",
        "many peers",
    ]
