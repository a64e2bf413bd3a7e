"""Chances from peers: one distribution behind every comparison, nothing known beyond the origin."""

import numpy as np
import pytest

from forecasts.peers import CAP_WITHOUT_PEERS, chance, outlook
from planning.indicators import Indicator
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


@pytest.mark.parametrize("better", ["up", "down"])
@pytest.mark.parametrize("known", [1, 3])
def test_a_chance_is_the_share_of_the_outlooks_paths_that_meet_the_target(peers, own, better, known):
    indicator, own = share_indicator(better), own.since(2023 - known)
    paths = outlook(own, indicator, 2026, peers, draws=DRAWS, seed=1)
    step, no_worse = 1e-6, (lambda v: v >= 60 - 1e-6) if better == "up" else (lambda v: v <= 60 + 1e-6)
    meets = {
        "at_least": ({"value": 64.0}, lambda v: v >= 64 - step),
        "at_most": ({"value": 58.0}, lambda v: v <= 58 + step),
        "between": ({"low": 58.0, "high": 63.0}, lambda v: (v >= 58 - step) & (v <= 63 + step)),
        "maintain": ({}, no_worse),
        "improve": ({}, lambda v: no_worse(v) & (np.abs(v - 60) > step)),
    }
    for comparison, (numbers, met) in meets.items():
        stated = chance(own, indicator, comparison, 2026, peers, **numbers).chance
        assert stated == pytest.approx(met(paths.at(2026)).mean(), abs=0.012), comparison


def test_the_chances_of_meeting_and_of_missing_add_up_to_one(peers, own):
    reached = chance(own, share_indicator(), "at_least", 2025, peers, value=62.0)
    missed = chance(own, share_indicator(), "at_most", 2025, peers, value=62.0, strict=True)
    assert reached.chance + missed.chance == pytest.approx(1.0)


def test_a_harder_target_never_has_a_better_chance(peers, own):
    chances = [
        chance(own, share_indicator(), "at_least", 2025, peers, value=value).chance for value in range(30, 96, 3)
    ]
    assert all(later <= earlier + 1e-12 for earlier, later in zip(chances, chances[1:], strict=False))


def test_what_peers_did_after_the_origin_is_not_seen(peers, own):
    later = [
        series(p.region, (*p.years, 2023, 2024), (*p.values, 99.0 - p.values[-1] % 1, 5.0 + p.values[-1] % 1))
        for p in peers
    ]
    asked = (own, share_indicator(), "at_least", 2025)
    assert chance(*asked, later, value=63.0) == chance(*asked, peers, value=63.0)


def test_the_region_is_not_its_own_peer(peers, own):
    asked = (own, share_indicator(), "at_least", 2025)
    assert chance(*asked, [*peers, own], value=63.0) == chance(*asked, peers, value=63.0)


def test_less_is_better_is_the_mirror_of_more_is_better(peers, own):
    def mirrored(one):
        return series(one.region, one.years, [round(100 - v, 1) for v in one.values])

    up = chance(own, share_indicator("up"), "at_least", 2025, peers, value=63.0)
    down = chance(mirrored(own), share_indicator("down"), "at_most", 2025, [mirrored(p) for p in peers], value=37.0)
    assert up.chance == pytest.approx(down.chance, abs=1e-9)
    assert (up.alike, up.improved) == (down.alike, down.improved)


def test_where_every_peer_rose_fast_a_small_rise_is_likely_and_a_fall_is_not(own):
    rising = fictional_peers(pace=0.4)
    assert chance(own, share_indicator(), "at_least", 2025, rising, value=62.0).chance > 0.85
    assert chance(own, share_indicator(), "at_most", 2025, rising, value=55.0).chance < 0.1


def test_the_counted_windows_are_those_of_the_sentence(peers, own):
    stated = chance(own, share_indicator(), "at_least", 2025, peers, value=63.0)
    assert 0 < stated.improved < stated.alike <= stated.windows
    assert stated.peers == 40
    for text in stated.sentence.values():
        assert f"{stated.alike:,}" in text and f"{stated.improved:,}" in text and f"{stated.windows:,}" in text


def test_without_peers_nothing_above_the_cap_is_stated(own):
    easy = chance(own, share_indicator(), "at_least", 2025, (), value=30.0)
    assert easy.uncapped > 0.9 and easy.chance == CAP_WITHOUT_PEERS and easy.capped
    assert easy.peers == easy.windows == 0 and easy.method == "own points only"


def test_peers_with_too_few_windows_still_lend_their_movement(own):
    calm = [series(f"peer {n}", (2015, 2020), (50.0 + n, 50.4 + n)) for n in range(2)]
    with_them = outlook(own.since(2022), share_indicator(), 2027, calm).quantiles([0.1, 0.9])[:, -1]
    without = outlook(own.since(2022), share_indicator(), 2027, ()).quantiles([0.1, 0.9])[:, -1]
    assert np.ptp(with_them) < 0.6 * np.ptp(without)
    stated = chance(own.since(2022), share_indicator(), "at_least", 2027, calm, value=58.0)
    assert stated.chance <= CAP_WITHOUT_PEERS and "2 changes" in stated.sentence["en"]


def test_peers_with_few_and_uneven_years_still_serve(peers, own):
    sparse = [p.until(2020).since(2012) for p in peers]
    sparse = [series(p.region, p.years[::4], p.values[::4]) for p in sparse]
    stated = chance(own, share_indicator(), "at_least", 2026, sparse, value=63.0)
    assert stated.windows > 0 and 0 < stated.chance < 1


def test_paths_are_printable_values_inside_the_natural_range(peers):
    top = series("here", (2022,), (99.2,))
    paths = outlook(top, share_indicator(), 2027, peers, draws=500).paths
    assert paths.max() <= 100 and paths.min() >= 0
    assert np.allclose(paths * 10, np.round(paths * 10))


def test_the_same_seed_gives_the_same_paths(peers, own):
    first, again = (outlook(own, share_indicator(), 2025, peers, draws=200, seed=7).paths for _ in range(2))
    assert np.array_equal(first, again)


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
    asked = (share_indicator(), "at_least", 2025, peers)
    assert chance(broken, *asked, value=63.0).chance == chance(plain, *asked, value=63.0).chance


def test_every_score_sentence_names_what_was_said_and_what_happened(peers, own):
    stated = chance(own, share_indicator(), "at_least", 2025, peers, value=63.0)
    low = int(stated.chance * 10) * 10
    assert f"{low}-{low + 10}" in stated.score["en"] and f"{low}-{low + 10}" in stated.score["zh"]


def test_questions_that_cannot_be_answered_say_why(peers, own):
    indicator = share_indicator()
    with pytest.raises(ValueError, match="needs value"):
        chance(own, indicator, "at_least", 2025, peers)
    with pytest.raises(ValueError, match="needs low and high"):
        chance(own, indicator, "between", 2025, peers)
    with pytest.raises(ValueError, match="already known for 2022"):
        chance(own, indicator, "maintain", 2022, peers)
    with pytest.raises(ValueError, match="known are at_least"):
        chance(own, indicator, "relative", 2025, peers)
    with pytest.raises(ValueError, match="has no value"):
        chance(series("here", (), ()), indicator, "maintain", 2025, peers)
    with pytest.raises(ValueError, match="plain scale"):
        chance(own.since(2022), share_indicator(scale="plain"), "maintain", 2025, ())
