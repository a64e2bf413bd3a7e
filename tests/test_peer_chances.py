"""Outlooks from peers: one distribution behind paths and chances, nothing known beyond the origin."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from forecasts.peer_case import ahead, case_of
from forecasts.peers import outlook
from planning.indicators import Indicator
from planning.methods import Method
from planning.series import Series

DRAWS = 4000


def share_indicator(better="up", scale="logit", decimals=1):
    return Indicator(
        id="fictional_share",
        zh="虚构覆盖率",
        en="Fictional coverage",
        unit="percent",
        kind="coverage",
        scale=scale,
        better=better,
        basis="resident",
        range=(0, 100),
        decimals=decimals,
        family="programme",
    )


def series(region, years, values, basis="resident"):
    return Series(region, "fictional_share", "percent", tuple(years), tuple(values), basis=basis, precision=0.1)


def fictional_peers(count=40, years=range(2010, 2023), pace=0.06, seed=3):
    rng = np.random.default_rng(seed)
    peers = []
    for number in range(count):
        path = rng.normal(0, 0.8) + np.cumsum(rng.normal(pace, 0.15, len(years)))
        peers.append(series(f"peer {number}", years, np.round(100 / (1 + np.exp(-path)), 1)))
    return peers


@pytest.fixture(scope="module")
def peers():
    return fictional_peers()


@pytest.fixture(scope="module")
def own():
    return series("here", (2020, 2021, 2022), (57.0, 58.6, 60.0))


def chance_above(own, indicator, year, peers, value):
    """Share of the outlook's paths at or above a printed value."""
    return (outlook(own, indicator, year, peers, draws=DRAWS, seed=1).at(year) >= value - 1e-6).mean()


@pytest.mark.parametrize("better", ["up", "down"])
@pytest.mark.parametrize("known", [1, 3])
def test_the_paths_have_the_stacked_distribution_of_their_year(peers, own, better, known):
    indicator, own = share_indicator(better), own.since(2023 - known)
    case = case_of(own, indicator, peers)
    values = np.array([52.0, 58.0, 60.0, 64.0, 70.0])
    half = case.unit / 2 if better == "up" else -case.unit / 2
    needed = case.scale.forward(values - half) - case.own[0, -1]
    stated = ahead(case, 4).reach(needed)
    for value, chance in zip(values, stated, strict=True):
        reached = chance_above(own, indicator, 2026, peers, value)
        if better == "down":
            reached = 1 - chance_above(own, indicator, 2026, peers, value + 0.1)
        assert chance == pytest.approx(reached, abs=0.012), value


def test_what_peers_did_after_the_origin_is_not_seen(peers, own):
    later = [
        series(p.region, (*p.years, 2023, 2024), (*p.values, 99.0 - p.values[-1] % 1, 5.0 + p.values[-1] % 1))
        for p in peers
    ]
    seen, unseen = (outlook(own, share_indicator(), 2025, of, draws=200).paths for of in (peers, later))
    assert np.array_equal(seen, unseen)


def test_the_region_is_not_its_own_peer(peers, own):
    without, beside = (outlook(own, share_indicator(), 2025, of, draws=200).paths for of in (peers, [*peers, own]))
    assert np.array_equal(without, beside)


def test_less_is_better_is_the_mirror_of_more_is_better(peers, own):
    def mirrored(one):
        return series(one.region, one.years, [round(100 - v, 1) for v in one.values])

    up = outlook(own, share_indicator("up"), 2025, peers, draws=200).paths
    down = outlook(mirrored(own), share_indicator("down"), 2025, [mirrored(p) for p in peers], draws=200).paths
    assert up == pytest.approx(100 - down, abs=1e-9)


def test_where_every_peer_rose_fast_a_small_rise_is_likely_and_a_fall_is_not(own):
    rising = fictional_peers(pace=0.4)
    assert chance_above(own, share_indicator(), 2025, rising, 62.0) > 0.85
    assert 1 - chance_above(own, share_indicator(), 2025, rising, 55.1) < 0.1


def test_without_peers_the_own_points_answer(own):
    assert outlook(own, share_indicator(), 2025, ()).method == Method.OWN_POINTS.value


def test_peers_with_too_few_windows_still_lend_their_movement(own):
    calm = [series(f"peer {n}", (2015, 2020), (50.0 + n, 50.4 + n)) for n in range(2)]
    with_them = outlook(own.since(2022), share_indicator(), 2027, calm).quantiles([0.1, 0.9])[:, -1]
    without = outlook(own.since(2022), share_indicator(), 2027, ()).quantiles([0.1, 0.9])[:, -1]
    assert np.ptp(with_them) < 0.6 * np.ptp(without)
    assert "2 changes" in outlook(own.since(2022), share_indicator(), 2027, calm, draws=10).drivers.en


def test_peers_with_few_and_uneven_years_still_serve(peers, own):
    sparse = [p.until(2020).since(2012) for p in peers]
    sparse = [series(p.region, p.years[::4], p.values[::4]) for p in sparse]
    assert ahead(case_of(own, share_indicator(), sparse), 4).windows > 0
    assert 0 < chance_above(own, share_indicator(), 2026, sparse, 63.0) < 1


def test_paths_are_printable_values_inside_the_natural_range(peers):
    top = series("here", (2022,), (99.2,))
    paths = outlook(top, share_indicator(), 2027, peers, draws=500).paths
    assert paths.max() <= 100 and paths.min() >= 0
    assert np.allclose(paths * 10, np.round(paths * 10))


def test_the_same_seed_gives_the_same_paths(peers, own):
    first, again = (outlook(own, share_indicator(), 2025, peers, draws=200, seed=7).paths for _ in range(2))
    assert np.array_equal(first, again)


def test_two_regions_and_two_indicators_draw_from_streams_of_their_own(peers, own):
    there = series("there", own.years, own.values)
    other = replace(share_indicator(), id="another_share")
    asked = ((own, share_indicator()), (there, share_indicator()), (own, other))
    drawn = [outlook(one, about, 2026, peers, draws=DRAWS, seed=1).at(2026) for one, about in asked]
    apart = spearmanr(np.column_stack(drawn)).statistic[np.triu_indices(3, 1)]
    assert np.abs(apart).max() < 4 / np.sqrt(DRAWS)  # four standard errors of a rank correlation of nought


def test_the_years_of_a_path_hang_together(peers, own):
    paths = outlook(own, share_indicator(), 2027, peers, draws=2000).paths
    assert np.corrcoef(paths[:, 3], paths[:, 4])[0, 1] > 0.7


def test_more_points_and_peers_earn_a_better_grade_and_mixed_bases_a_poorer_one(peers, own):
    def grade(own, peers):
        return outlook(own, share_indicator(), 2023, peers, draws=10).grade

    assert grade(own, peers) == "B"
    assert grade(own.since(2022), peers) == "C"
    assert grade(own.since(2022), ()) == "D"
    registered = [series(p.region, p.years, p.values, basis="registered") for p in peers]
    assert grade(own, registered) == "C"


def test_a_stretch_before_a_break_is_not_used(peers, own):
    broken = Series("here", "fictional_share", "percent", (2019, *own.years), (5.0, *own.values), breaks=(2020,))
    plain = Series("here", "fictional_share", "percent", own.years, own.values)
    cut_off, whole = (outlook(one, share_indicator(), 2025, peers, draws=200).paths for one in (broken, plain))
    assert np.array_equal(cut_off, whole)


def test_questions_that_cannot_be_answered_say_why(peers, own):
    indicator = share_indicator()
    with pytest.raises(ValueError, match="already known for 2022"):
        outlook(own, indicator, 2022, peers)
    with pytest.raises(ValueError, match="has no value"):
        outlook(series("here", (), ()), indicator, 2025, peers)
    with pytest.raises(ValueError, match="plain scale"):
        outlook(own.since(2022), share_indicator(scale="plain"), 2025, ())
