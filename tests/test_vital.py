"""Fertility, mortality, migration, birth orders and registrations as Outlooks, an area beside its parent."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forecasts import declared_effects
from forecasts.vital import births, fertility, migration, mortality, paths
from forecasts.vital import drivers as vital
from planning.outlooks import Outlook
from planning.series import Series
from sim.demography.mortality import REACH

YEARS = tuple(range(2021, 2036))
# Births of China (National Bureau of Statistics, statistical communiqués), persons.
NATION_BIRTHS = {2017: 17.23e6, 2018: 15.23e6, 2019: 14.65e6, 2020: 12.02e6, 2021: 10.62e6, 2022: 9.56e6, 2023: 9.02e6}
EXPOSED = {y: 9.6e6 - 0.12e6 * (y - 2020) for y in range(2017, 2024)}


def nation(draws=400, seed=1, **changes):
    record = vital.VitalStatistics(
        births=NATION_BIRTHS,
        exposed=EXPOSED,
        life_expectancy={2010: 74.83, 2015: 76.34, 2020: 77.93, 2021: 78.2},
        order_shares={2021: (44.1, 41.4, 14.5)},
        net_migration={2021: 0.0, 2022: 0.0, 2023: 0.0},
    )
    return vital.drivers("000000", "nation", YEARS, record, draws=draws, seed=seed, **changes)


def area(parent, region="990000", level="city", record=None, seed=1):
    record = record or vital.VitalStatistics()
    draws = parent.total_fertility.draws
    return vital.drivers(region, level, YEARS, record, parent=parent, draws=draws, seed=seed)


def test_every_driver_covers_the_years_asked_for_with_every_draw():
    for outlook in nation().outlooks():
        assert outlook.years == YEARS and outlook.draws == 400


def test_the_same_seed_gives_the_same_paths_and_another_seed_others():
    one, same, other = nation(), nation(), nation(seed=2)
    for a, b, c in zip(one.outlooks(), same.outlooks(), other.outlooks(), strict=True):
        assert np.array_equal(a.paths, b.paths)
        assert not np.array_equal(a.paths[:, -1], c.paths[:, -1])


def test_known_births_fix_fertility_in_their_years():
    drivers = nation()
    for year in (2021, 2022, 2023):
        assert drivers.total_fertility.at(year) == pytest.approx(NATION_BIRTHS[year] / EXPOSED[year])


def test_doubt_grows_with_the_years():
    spread = nation().total_fertility.paths[:, 3:].std(axis=0)
    assert spread[-1] > 2 * spread[0] and (np.diff(spread)[[0, 4, 8]] > 0).all()


def test_an_area_moves_with_its_parent_draw_by_draw():
    country = nation()
    city = area(country)
    district = area(city, "990001", "district")
    for one, other, least in ((country, city, 0.6), (city, district, 0.6)):
        together = np.corrcoef(
            np.log(one.total_fertility.at(2030) / one.total_fertility.at(2023)),
            np.log(other.total_fertility.at(2030) / other.total_fertility.at(2023)),
        )[0, 1]
        assert together > least
        assert np.corrcoef(one.life_expectancy.at(2030), other.life_expectancy.at(2030))[0, 1] > 0.1


def test_two_areas_share_their_parent_and_nothing_else():
    country = nation(draws=4000)
    one, other = (area(country, code) for code in ("990100", "990200"))
    gaps = [np.log(a.total_fertility.at(2030) / country.total_fertility.at(2030)) for a in (one, other)]
    assert abs(np.corrcoef(gaps)[0, 1]) < 0.06
    assert np.corrcoef(one.total_fertility.at(2030), other.total_fertility.at(2030))[0, 1] > 0.4


def test_an_area_with_births_is_surer_of_its_fertility_than_one_without():
    country = nation()
    known = vital.VitalStatistics(births={2022: 88_000.0, 2023: 83_000.0}, exposed={2022: 96_000.0, 2023: 94_000.0})
    with_births, without = area(country, record=known), area(country)
    width = [np.log(a.total_fertility.at(2024)).std() for a in (with_births, without)]
    assert width[0] < 0.7 * width[1]
    assert np.median(with_births.total_fertility.at(2023)) == pytest.approx(83 / 94, rel=0.01)


def test_children_counted_in_the_census_set_the_level_where_births_are_unknown():
    country = nation()
    low = area(country, record=vital.VitalStatistics(child_gap=np.log(0.7)))
    ratio = low.total_fertility.at(2021) / country.total_fertility.at(2021)
    assert np.median(ratio) == pytest.approx(0.7, rel=0.05)


def test_parents_of_other_years_or_draws_are_refused():
    with pytest.raises(ValueError, match="400 over 2021-2035"):
        vital.drivers("990000", "city", range(2021, 2030), vital.VitalStatistics(), parent=nation(), draws=400)


def test_without_a_figure_or_a_parent_there_is_no_outlook():
    with pytest.raises(ValueError, match="no total fertility is known"):
        vital.drivers("000000", "nation", YEARS, vital.VitalStatistics(), draws=10)


def test_the_dragon_and_the_goat_are_known_in_every_vintage_and_do_not_stay():
    for day in (None, date(2020, 12, 31)):
        tfr = nation(as_of=day).total_fertility
        low, high = (np.log(np.median(tfr.at(y) / np.sqrt(tfr.at(y - 1) * tfr.at(y + 1)))) for y in (2027, 2024))
        assert high == pytest.approx(declared_effects.DRAGON[0], abs=0.02)
        assert low == pytest.approx(declared_effects.GOAT[0], abs=0.02)
    assert any("2024" in line for line in nation().explanation["en"])


def test_fewer_marriages_mean_fewer_births_in_the_years_after():
    steady = {y: 8e6 for y in range(2013, 2024)}
    known = {y: NATION_BIRTHS[y] / EXPOSED[y] for y in NATION_BIRTHS}
    asked = (known, YEARS, 400, 1, "000000", None)
    even, none, fewer = (
        np.median(fertility.nation_paths(*asked, m), axis=0) for m in (steady, {}, {**steady, 2023: 6.4e6})
    )
    ahead = slice(YEARS.index(2024), None)
    assert np.allclose(even[ahead], none[ahead], atol=0.03)
    assert (fewer[ahead] < even[ahead]).all()
    assert fertility.from_marriages({**steady, 2023: 6.4e6}, [2024])[0, 0] == pytest.approx(0.5 * np.log(1 - 0.4 * 0.2))


def test_published_deaths_are_carried_on_by_the_area_and_by_those_below_it():
    top = mortality.factor_paths({2021: -0.1, 2022: -0.1, 2023: -0.1}, {}, None, YEARS, "nation", 2000, 1, "000000")
    known = {2021: 0.05, 2022: 0.05}
    own = mortality.factor_paths(known, {2021: -0.1, 2022: -0.1}, top, YEARS, "city", 2000, 1, "990000")
    below = mortality.factor_paths({}, {}, top, YEARS, "city", 2000, 1, "990001")
    after = YEARS.index(2024)
    assert np.allclose(own[:, :2], 0.05)
    assert np.median(top[:, after]) == pytest.approx(-0.1, abs=0.01)
    assert np.median(own[:, after]) == pytest.approx(0.04, abs=0.02)
    assert np.median(below[:, after]) == pytest.approx(-0.1, abs=0.02)
    assert own[:, after].std() < 0.7 * below[:, after].std()
    assert abs(np.median(own[:, -1]) + 0.1) < abs(np.median(own[:, after]) + 0.1), "it fades towards the parent's"


def test_a_declared_year_does_not_bend_the_pace():
    steady = {y: 1.6 * 0.98 ** (y - 2005) for y in range(2005, 2017)}
    bumped = dict(steady)
    effects = {e.year: e.mean for e in declared_effects.in_years("fertility", steady, None)}
    for year, mean in effects.items():
        bumped[year] *= np.exp(mean)
    asked = (range(2017, 2022), 50, 3, "000000")
    plain = fertility.nation_paths(bumped, *asked)
    assert np.median(plain[:, 2]) == pytest.approx(np.log(steady[2016] * 0.98**3), abs=0.06)
    later = fertility.nation_paths({**bumped, 2016: steady[2016]}, *asked)
    assert np.median(later[:, 2]) < np.median(plain[:, 2])


def test_published_life_expectancy_is_kept_and_unpublished_shock_years_dip():
    drivers = nation()
    assert (drivers.life_expectancy.at(2021) == 78.2).all()
    middle = dict(zip(YEARS, np.median(drivers.life_expectancy.paths, axis=0), strict=True))
    assert middle[2023] < middle[2021] + 0.3 < middle[2025]
    assert np.median(nation(as_of=date(2022, 6, 1)).life_expectancy.at(2023)) > middle[2023]


def test_the_gain_of_the_decades_before_foretells_the_next_one():
    # China (National Bureau of Statistics): 71.40, 74.83 and 77.93 in the censuses of 2000, 2010 and 2020, 76.34 in 2015.
    for known, day in (({2000: 71.40, 2010: 74.83}, 2013), ({2000: 71.40, 2010: 74.83, 2015: 76.34}, 2016)):
        years = range(max(known) + 1, 2021)
        drawn = mortality.nation_paths(known, years, 2000, 1, "000000", date(day, 12, 31))[:, -1]
        low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9])
        assert low < 77.93 < high and middle == pytest.approx(77.93, abs=0.25)


def test_an_old_local_life_expectancy_still_sets_the_gap_to_the_parent():
    country = nation()
    found = area(country, record=vital.VitalStatistics(life_expectancy={2012: 78.0})).life_expectancy
    gap = found.at(2025) - country.life_expectancy.at(2025)
    # The nation stood at about 75.4 in 2012, between 74.83 (2010) and 76.34 (2015).
    assert np.median(gap) == pytest.approx(78.0 - 75.434, abs=0.5)


def test_men_and_women_average_to_both():
    drivers = nation()
    share = mortality.MALE_SHARE
    both = share * drivers.life_expectancy_male.paths + (1 - share) * drivers.life_expectancy_female.paths
    assert np.allclose(both, drivers.life_expectancy.paths)


def test_net_migration_is_growth_less_natural_increase():
    people = Series("990000", "population", "persons", (2020, 2021, 2022), (1000.0, 1020.0, 1030.2))
    rates = migration.observed(people, {2021: 3.0, 2022: 2.0})
    assert rates[2021] == pytest.approx(2000 * 20 / 2020 - 3.0)
    assert rates[2022] == pytest.approx(2000 * 10.2 / 2050.2 - 2.0)
    broken = Series("990000", "population", "persons", (2020, 2021), (1000.0, 1150.0), breaks=(2021,))
    assert migration.observed(broken, {2021: 3.0}) == {}


def test_an_observed_migration_rate_is_kept_and_then_fades():
    record = vital.VitalStatistics(net_migration={2021: 20.0, 2022: 20.0, 2023: 20.0})
    found = area(nation(draws=2000), record=record).net_migration
    assert np.median(found.at(2022)) == pytest.approx(20.0, abs=0.3)
    assert 0 < np.median(found.at(2035)) < np.median(found.at(2025)) < 20


def test_an_area_without_yearly_rates_goes_with_its_parent_and_keeps_a_fading_gap():
    country = nation(draws=4000)
    city = area(
        country, record=vital.VitalStatistics(net_migration={2021: 4.0, 2022: 12.0, 2023: 8.0})
    ).net_migration.paths
    asked = (YEARS, "district", 4000, 1, "990001", city)
    found = migration.area_paths({}, *asked, gap=-10.0)
    beside = (found - city).mean(axis=0)
    assert beside == pytest.approx(-10 * migration.PULL ** np.arange(1, len(YEARS) + 1), abs=0.9)
    assert (
        migration.area_paths({}, *asked)[:, 0].std() > 1.2 * migration.area_paths({}, *asked, start=(0, 9))[:, 0].std()
    )


def test_a_start_read_from_two_censuses_is_kept_beside_the_parent():
    parent = np.full((4000, len(YEARS)), 5.0)
    found = migration.area_paths({}, YEARS, "district", 4000, 1, "990001", parent, start=(25.0, 9.0))
    assert found[:, 0].mean() == pytest.approx(5 + 20 * migration.PULL, abs=0.6)
    assert found[:, -1].mean() == pytest.approx(5 + 20 * migration.PULL ** len(YEARS), abs=0.8)


def test_the_mean_of_a_decade_is_followed_from_its_middle():
    rates = 20 * migration.PULL ** np.arange(10)
    assert migration.end_of_decade(rates.mean()) == pytest.approx(rates[-1] * migration.PULL**0.5, rel=0.04)


def test_young_towns_are_expected_to_gain_and_counties_to_lose_beside_their_city():
    assert migration.expected_gap("district", "区", 0.1) > 0 > migration.expected_gap("district", "县", 0.0)
    assert migration.expected_gap("city", "市", 0.1) > migration.expected_gap("city", "市", -0.1)
    assert migration.expected_gap("province", "省", 0.1) == 0


def test_the_survey_of_2025_and_the_next_census_correct_what_was_published_and_parts_share_the_correction_of_the_whole():
    rates = {2021: 0.0, 2022: 0.0, 2023: 0.0}
    drawn = {"draws": 4000, "seed": 1}
    province = migration.corrections(rates, YEARS, "province", region="990000", **drawn)
    at, first = YEARS.index(2030), YEARS.index(2025)
    assert not np.delete(province, [first, at], axis=1).any()
    assert province[:, first].std() == pytest.approx(2 * migration.LEVELS["province"].correction, rel=0.05)
    both = province[:, first] + province[:, at]
    assert both.std() == pytest.approx(10 * migration.LEVELS["province"].correction, rel=0.05)
    silent = migration.corrections({}, YEARS, "district", region="990001", parent=province, **drawn)
    assert np.allclose(silent, migration.WITH_PARENT * province)
    city = migration.corrections(rates, YEARS, "city", region="990100", parent=province, **drawn)
    assert city[:, at].std() > province[:, at].std() * migration.WITH_PARENT
    # A census that has been held already corrects nothing more, and one long after the last total nothing either.
    done = migration.corrections({2025: 0.0, 2029: 0.0, 2030: 1.0}, YEARS, "city", region="990100", **drawn)
    assert not done[:, : at + 1].any()
    assert not migration.corrections({2015: 0.0}, YEARS, "city", region="990100", **drawn).any()


def test_gaps_between_observations_are_bridged():
    gap = paths.Gap(0.05, 5, 1.0, 0.2, 0.0)
    drawn = paths.gap_paths(range(2020, 2026), {2020: 0.0, 2024: 0.4}, gap, 500, np.random.default_rng(1), None)
    assert np.median(drawn[:, 2]) == pytest.approx(0.2, abs=0.02)
    assert (drawn[:, 0] == 0).all() and (drawn[:, 4] == 0.4).all() and drawn[:, 5].std() > 0.03


def test_simulated_outcomes_fall_into_the_intervals_as_often_as_they_should():
    rng = np.random.default_rng(11)
    model = fertility.NATION
    held = []
    for trial in range(150):
        truth = paths.top_paths(0.0, -0.03, model, 5, 1, rng)[0, -1]
        low, high = np.quantile(
            paths.top_paths(0.0, -0.03, model, 5, 400, np.random.default_rng([5, trial]))[:, -1], [0.1, 0.9]
        )
        held.append(low <= truth <= high)
    assert 0.70 < np.mean(held) < 0.90


def test_women_are_followed_as_cohorts():
    tables = {2010: np.zeros(101), 2020: np.zeros(101)}
    tables[2010][20], tables[2020][30] = 100.0, 100.0 * np.exp(0.2)
    women = fertility.women_in([2015], tables)[2015]
    # At the middle of 2015 the cohort is between 24 and 25 and has half the change behind it, less half a year's.
    assert women[24:26].max() <= 100 * np.exp(0.1)
    assert women[26:].sum() < 1 and women[:24].sum() < 1


def test_exposure_refuses_a_schedule_that_is_not_one_child():
    with pytest.raises(ValueError, match="sum"):
        fertility.exposed(np.ones(101), np.full(101, 0.02))


def test_births_come_from_rates_and_mean_population_unless_published():
    people = Series("990000", "population", "persons", (2020, 2021), (1000e3, 1100e3))
    rate = Series("990000", "crude_birth_rate", "per_1000", (2020, 2021), (10.0, 10.0))
    published = Series("990000", "births", "persons", (2020,), (9000.0,))
    assert births.births_by_year(None, rate, people) == {2020: 10_000.0, 2021: 10_500.0}
    assert births.births_by_year(published, rate, people) == {2020: 9000.0, 2021: 10_500.0}


def test_shares_by_order_add_up_to_one_and_start_from_the_known_year():
    shares = births.order_shares({2022: (64.22, 33.34, 2.44)}, range(2023, 2036), 300, 1, "330100")
    assert np.allclose(shares.sum(axis=-1), 1)
    assert np.median(shares[:, 0, 0]) == pytest.approx(0.6422, abs=0.01)
    with pytest.raises(ValueError, match="birth order"):
        births.order_shares({}, range(2023, 2025), 10, 1, "330100")


def hangzhou_births() -> Outlook:
    years = (2022, 2023, 2024, 2025)
    numbers = np.broadcast_to([88_500.0, 83_400.0, 88_000.0, 80_000.0], (300, 4))
    return Outlook("330100", "births", "persons", years, numbers, "known", "B")


def test_registrations_keep_the_ratio_and_the_lead_of_hangzhou_2022():
    # 60,747 registered in 2022: 39,009 first, 20,253 second, 1,485 third (杭州市卫生健康委员会, work report of 2022).
    ahead = hangzhou_births()
    shares = np.broadcast_to([0.62, 0.34, 0.04], (300, 4, 3))
    found = births.registration_outlooks(
        ahead, shares, {2022: 60_747.0}, {2022: (39_009, 20_253, 1_485)}, {2022: 88_500.0, 2023: 83_400.0}, seed=1
    )
    total = found["birth_registrations"]
    assert np.median(total.at(2022)) == pytest.approx(60_747, rel=0.01)
    # Those of 2023 announce half of the births of 2023 and half of the rebound of 2024.
    assert np.median(total.at(2023)) == pytest.approx(60_747 * (83.4 + 88.0) / (88.5 + 83.4), rel=0.02)
    parts = sum(found[f"birth_registrations_{name}"].paths for name in births.ORDERS)
    assert np.allclose(parts, total.paths)
    assert np.median(found["birth_registrations_third"].at(2022)) == pytest.approx(1_485, rel=0.02)


def test_registrations_without_a_common_year_are_refused():
    with pytest.raises(ValueError, match="ratio is unknown"):
        births.registrations(np.ones((3, 2)), (2023, 2024), {2022: 60_747.0}, {2021: 9e4}, 1, "330100")


def test_no_draw_of_life_expectancy_leaves_what_the_model_tables_reach():
    both = np.array([[40.0, 63.0, 70.0, 82.0, 90.0, 93.0, 99.0, 140.0]])
    male, female = mortality.by_sex(both, np.array([5.5]))
    for e0 in (male, female):
        assert (e0 >= REACH[0]).all() and (e0 <= REACH[1]).all() and (np.diff(e0) >= 0).all()
    plain = slice(2, 5)
    np.testing.assert_allclose((female - male)[0, plain], 5.5)  # where people live, nothing is bent
