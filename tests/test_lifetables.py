"""Life tables and graduation against closed forms and against what a group of ages must keep."""

import numpy as np
import pytest

from sim.demography import mortality
from sim.demography.graduation import (
    graduate_fertility,
    graduate_mortality,
    graduate_people,
    monotone_spline,
    open_last_group,
    scaled_to_e0,
)
from sim.demography.life_tables import ABRIDGED, SINGLE, life_expectancy, life_table, survival_ratios

GROUPS = (0, 1, *range(5, 90, 5))


@pytest.fixture
def abridged():
    """Death rates by abridged age of two made-up populations, (population, sex, age)."""
    ages = np.array(ABRIDGED) + 2.0
    gompertz = 4e-5 * np.exp(0.095 * ages) + 4e-3 * np.exp(-1.2 * ages)
    rates = np.stack([np.stack([gompertz * 1.3, gompertz]), np.stack([gompertz, gompertz * 0.8])])
    rates[..., 0] = 0.006
    return rates


@pytest.mark.parametrize("hazard", [0.005, 0.0125, 0.03])
def test_life_expectancy_under_a_constant_hazard_is_one_over_it(hazard):
    # Children who die do so early (Coale and Demeny), which a constant hazard does not know: under a year for each.
    for ages in (SINGLE, ABRIDGED):
        assert life_expectancy(np.full((2, len(ages)), hazard), ages) == pytest.approx(1 / hazard, abs=hazard * 1.5)
    single = life_table(np.full((2, 101), hazard))
    assert single.survival()[:, 16:100] == pytest.approx(np.exp(-hazard), rel=1e-6)
    assert single.expectation[:, 40] == pytest.approx(1 / hazard, rel=1e-6)


def test_deaths_of_a_life_table_are_its_rates_times_its_years(abridged):
    table = life_table(abridged, ABRIDGED)
    assert (table.lx * table.qx) == pytest.approx(table.mx * table.person_years, rel=1e-12)
    assert (table.lx * table.qx).sum(axis=-1) == pytest.approx(1.0)


def test_person_years_lie_between_the_survivors_at_both_ends(abridged):
    table = life_table(abridged, ABRIDGED)
    widths = np.diff(ABRIDGED)
    assert (table.person_years[..., :-1] <= widths * table.lx[..., :-1]).all()
    assert (table.person_years[..., :-1] >= widths * table.lx[..., 1:]).all()


def test_infants_who_die_live_as_long_as_coale_and_demeny_say():
    rates = np.full((2, 101), 0.02)
    assert life_table(rates).ax[:, 0] == pytest.approx([0.045 + 2.684 * 0.02, 0.053 + 2.8 * 0.02])
    abridged = np.full((2, len(ABRIDGED)), 0.12)
    assert life_table(abridged, ABRIDGED).ax[:, :2] == pytest.approx(np.array([[0.33, 1.352], [0.35, 1.361]]))


def test_survival_ratios_move_a_stationary_population_into_itself(abridged):
    lived = life_table(graduate_mortality(abridged)).person_years
    ratios = survival_ratios(lived)
    entering = np.concatenate([np.ones((2, 2, 1)), lived[..., :-1]], axis=-1)
    entering[..., -1] += lived[..., -1]
    assert entering * ratios == pytest.approx(lived, rel=1e-12)


@pytest.mark.parametrize("wrong", [0.0, -0.1, np.nan])
def test_a_rate_that_is_not_positive_is_named(wrong):
    rates = np.full((2, 101), 0.01)
    rates[1, 30] = wrong
    with pytest.raises(ValueError, match=r"\(1, 30\)"):
        life_table(rates)


def test_graduated_mortality_keeps_life_expectancy_and_survivors(abridged):
    single = graduate_mortality(abridged)
    before, after = life_table(abridged, ABRIDGED), life_table(single)
    assert after.e0 == pytest.approx(before.e0, abs=1e-9)
    assert after.lx[..., list(ABRIDGED[:20])] == pytest.approx(before.lx[..., :20], rel=0.006)
    assert (np.diff(single[..., 30:100]) > 0).all()


def test_scaling_to_a_life_expectancy_reaches_it(abridged):
    wanted = np.array([[74.0, 80.0], [78.5, 83.25]])
    scaled = scaled_to_e0(abridged, wanted, ABRIDGED)
    assert life_expectancy(scaled, ABRIDGED) == pytest.approx(wanted, abs=1e-9)
    ratio = scaled / abridged
    assert np.ptp(ratio, axis=-1) == pytest.approx(0, abs=1e-12)


def test_graduated_people_keep_every_group_and_are_never_negative():
    rng = np.random.default_rng(5)
    groups = rng.gamma(0.7, 1000, size=(40, 2, 18))
    groups[3, 0, 7] = 0.0
    single = graduate_people(groups, GROUPS)
    assert single.shape == (40, 2, 85)
    assert np.add.reduceat(single, GROUPS[:-1], axis=-1) == pytest.approx(groups, rel=1e-9, abs=1e-9)
    assert (single >= -1e-9).all()


def test_graduation_of_a_straight_pyramid_is_exact():
    single = 1000.0 - 10 * np.arange(85)
    groups = np.add.reduceat(single, GROUPS[:-1])
    assert graduate_people(groups, GROUPS) == pytest.approx(single, rel=1e-9)


def test_graduated_fertility_keeps_the_total_and_every_group():
    rates = np.array([[0.006, 0.05, 0.08, 0.05, 0.02, 0.004, 0.0005], [0.002, 0.03, 0.07, 0.06, 0.03, 0.01, 0.001]])
    single = graduate_fertility(rates)
    assert single.shape == (2, 35)
    assert single.sum(axis=-1) == pytest.approx(5 * rates.sum(axis=-1))
    assert np.add.reduceat(single, range(0, 35, 5), axis=-1) == pytest.approx(5 * rates)


def test_fertility_graduated_on_women_keeps_the_proportions_of_births_over_women():
    rates = np.array([0.006, 0.05, 0.08, 0.05, 0.02, 0.004, 0.0005])
    women = 1000 + 400 * np.sin(np.arange(35) / 3)
    single = graduate_fertility(rates, women=women)
    found = np.add.reduceat(single * women, range(0, 35, 5)) / np.add.reduceat(women, range(0, 35, 5))
    assert found / rates == pytest.approx((found / rates)[0], rel=1e-9)
    assert single.sum() == pytest.approx(5 * rates.sum())


def test_a_monotone_spline_never_falls_and_refuses_falling_values():
    values = np.cumsum([0, 5, 0, 0, 90, 1, 0, 3])
    drawn = monotone_spline(np.arange(8), values, np.linspace(0, 7, 500))
    assert (np.diff(drawn) >= -1e-12).all()
    assert drawn[[0, -1]] == pytest.approx([0, values[-1]])
    with pytest.raises(ValueError, match="fall"):
        monotone_spline([0, 1, 2], [0, 2, 1], [0.5])


def test_the_open_group_of_a_stable_population_is_opened_exactly():
    lived = life_table(mortality.mx_for([75.0, 80.5])).person_years
    stable = 1000 * lived * np.exp(-0.03 * np.arange(101))
    pairs = np.stack([stable[:, 80:85].sum(axis=-1), stable[:, 85:].sum(axis=-1)], axis=-1)
    assert open_last_group(pairs, lived) == pytest.approx(stable[:, 85:], rel=1e-6)


def test_an_opened_group_keeps_its_people_even_where_the_group_below_is_empty():
    lived = life_table(mortality.mx_for([75.0, 80.5])).person_years
    opened = open_last_group(np.array([[0.0, 40.0], [3.0, 0.0]]), lived)
    assert opened.sum(axis=-1) == pytest.approx([40, 0])


def test_model_mortality_has_exactly_the_life_expectancy_asked_for():
    wanted = np.stack([np.linspace(62, 95, 100), np.linspace(63, 96, 100)], axis=-1)
    assert life_expectancy(mortality.mx_for(wanted)) == pytest.approx(wanted, abs=1e-6)


def test_longer_lives_mean_lower_death_rates_at_every_age():
    rates = mortality.mx_for(np.array([[70.0, 76.0], [76.0, 82.0], [84.0, 88.0]]))
    assert (np.diff(rates[..., :100], axis=0) < 0).all()


def test_survival_for_many_tables_is_that_of_each_alone():
    rng = np.random.default_rng(2)
    wanted = rng.uniform(70, 85, size=(1203, 2))
    together = mortality.survival_for(wanted)
    assert np.array_equal(together[777], life_table(mortality.mx_for(wanted[777])).survival())


def test_both_sexes_together_live_as_long_as_their_parts_weighted_by_births():
    male, female = mortality.e0_by_sex(82.0, gap=5.0, boys_per_girl=1.1)
    assert female - male == pytest.approx(5)
    assert (1.1 * male + female) / 2.1 == pytest.approx(82)


@pytest.mark.parametrize("wrong", [8.2, 0.82, 120.0, np.nan])
def test_an_impossible_life_expectancy_is_refused(wrong):
    with pytest.raises(ValueError, match="Life expectancies"):
        mortality.mx_for(np.array([wrong, 80.0]))
