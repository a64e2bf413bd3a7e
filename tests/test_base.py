"""The base population of a small area, what two censuses say of moves, and a projection held to published figures."""

from __future__ import annotations

import numpy as np
import pytest

from sim.demography import base_population, census_ages, fitting, intercensal
from sim.demography import fertility as births_of
from sim.demography.life_tables import life_table
from sim.demography.mortality import e0_by_sex, mx_for, survival_for
from sim.demography.observed import Fit, Published, fit_published, project_observed, totals_between

TABLE = life_table(mx_for(e0_by_sex(78.0)))
LIVED = TABLE.person_years

# China, census of 1 November 2020, ages 0, 1-4, 5-9 ... 85+ (国务院第七次全国人口普查领导小组办公室, 中国人口普查分县资料—2020).
CHINA_2020 = np.array(
    [
        [6312409, 34656922, 48017458, 45606790, 39053343, 39675995, 48162270, 63871808, 50932037, 47632694]
        + [58191686, 61105470, 50816026, 36871125, 36337923, 24162733, 14752433, 9157003, 6100269],
        [5675648, 31238909, 42226598, 39649204, 33630797, 35265680, 43685062, 60273382, 48080895, 45322636]
        + [56033201, 60058826, 50584760, 36511813, 37667637, 25427303, 16486416, 11225875, 9317688],
    ],
    dtype=float,
)


def births_with_a_hollow() -> dict[int, float]:
    """Births by year, 20 million but for the famine years, when they were half."""
    return {y: 10e6 if y in (1959, 1960, 1961) else 20e6 for y in range(1949, 2021)}


def single_years(births=None) -> np.ndarray:
    pattern = base_population.cohort_pattern(LIVED, births or births_with_a_hollow(), 2020)
    return base_population.graduate(CHINA_2020, pattern, LIVED)


def test_single_years_add_up_to_the_census_groups():
    single = single_years()
    assert np.allclose(np.add.reduceat(single, census_ages.GROUPS, axis=-1), CHINA_2020, rtol=1e-9)
    assert (single >= 0).all()


def test_a_hollow_in_the_births_stays_a_hollow_in_the_ages():
    single = single_years().sum(axis=0)
    # Ages 59 and 60 on census day 2020 were born in 1960-61, ages 57 and 62 before or after the famine.
    assert single[59] < 0.75 * single[57]
    assert single[60] < 0.75 * single[62]


def test_an_area_that_follows_the_pattern_is_graduated_to_the_pattern():
    pattern = base_population.cohort_pattern(LIVED, births_with_a_hollow(), 2020)
    single = base_population.graduate(np.add.reduceat(pattern, census_ages.GROUPS, axis=-1), pattern, LIVED)
    assert np.allclose(single[:, :85], pattern[:, :85], rtol=1e-9)


def test_gaps_in_the_births_are_named():
    births = births_with_a_hollow()
    del births[1975]
    with pytest.raises(ValueError, match="1975"):
        base_population.cohort_pattern(LIVED, births, 2020)


def test_two_months_without_moves_change_the_population_by_births_less_deaths_only():
    people, survival = single_years(), TABLE.survival()
    newborn = 2e6
    later = base_population.to_year_end(people, survival, newborn)
    onward = np.concatenate([survival[:, 1:], survival[:, -1:]], axis=1)
    deaths = (people * (1 - onward**census_ages.REMAINDER)).sum()
    assert later.sum() == pytest.approx(people.sum() + newborn - deaths, rel=1e-12)


def test_the_share_of_a_cohort_that_has_its_birthday_moves_up_one_age():
    people = np.zeros((2, base_population.AGES))
    people[:, 0], people[:, 30] = 1e-9, 1200.0
    later = base_population.to_year_end(people, np.ones((2, base_population.AGES)), newborn=0.0, part=0.25)
    assert later[:, 30] == pytest.approx(900.0)
    assert later[:, 31] == pytest.approx(300.0)


def test_a_published_total_of_another_area_is_refused():
    with pytest.raises(ValueError, match="boundary or population basis"):
        census_ages.match_total(np.full((2, base_population.AGES), 100.0), total=40_000.0)


def test_children_end_between_the_count_and_the_births_by_their_precision():
    people = single_years()
    births = {2020 - age: 1.2 * people[:, age].sum() for age in range(5)}
    expected = base_population.survivors_of_births(births, LIVED, 2020)
    certain, _ = base_population.reconcile_children(people, expected, np.full(5, 1e-6))
    doubtful, left = base_population.reconcile_children(people, expected, np.full(5, 10.0))
    middle, _ = base_population.reconcile_children(people, expected, np.full(5, 0.05))
    assert np.allclose(certain, people, rtol=1e-4)
    assert np.allclose(doubtful[:, :5].sum(axis=0), expected.sum(axis=0), rtol=1e-4)
    assert (middle[:, :5].sum(0) > people[:, :5].sum(0)).all()
    assert (middle[:, :5].sum(0) < doubtful[:, :5].sum(0)).all()
    assert (left < 10).all()
    assert np.array_equal(middle[:, 5:], people[:, 5:])


def test_women_and_fertility_share_a_disagreement_and_then_give_the_births():
    people = single_years()
    rates = np.zeros(base_population.AGES)
    rates[20:40] = 1.3 / 20
    births = 1.2 * (people[1] @ rates)
    adjusted, factor = base_population.reconcile_women(people, births, rates, women_sd=0.1, fertility_sd=0.1)
    assert adjusted[1] @ (factor * rates) == pytest.approx(births)
    assert factor == pytest.approx(np.sqrt(1.2))
    assert np.array_equal(adjusted[0], people[0])
    untouched, factor = base_population.reconcile_women(people, births, rates, women_sd=0.0)
    assert np.allclose(untouched, people) and factor == pytest.approx(1.2)


def test_fitting_meets_every_margin_and_keeps_the_parents_shape_within():
    shape = single_years()
    broad = {(0, 14): 150e3, (15, 59): 620e3, (60, 100): 230e3}
    fitted = base_population.fit_to_margins(shape, 1e6, broad, sexes=(510e3, 490e3))
    for (low, high), people in broad.items():
        assert fitted[:, low : high + 1].sum() == pytest.approx(people, rel=1e-6)
    assert fitted.sum(axis=1) == pytest.approx([510e3, 490e3], rel=1e-6)
    # Within a broad age and a sex the parent's proportions hold: one factor for all of them.
    factors = fitted[0, 20:55] / shape[0, 20:55]
    assert np.allclose(factors, factors[0])


def test_contradicting_margins_are_refused():
    with pytest.raises(ValueError, match="add up"):
        base_population.fit_to_margins(single_years(), 1e6, {(0, 14): 700e3, (15, 100): 700e3})
    with pytest.raises(ValueError, match="overlap"):
        base_population.fit_to_margins(single_years(), 1e6, {(0, 14): 1e5, (10, 20): 1e5})


def test_the_part_that_leaves_takes_the_ages_its_neighbour_lacks():
    neighbour = single_years() / 1000
    campus = np.zeros((2, base_population.AGES))
    campus[:, 18:23] = 8_000.0
    whole = neighbour / 2 + campus
    stays = fitting.less_a_part(whole, campus.sum(), like=neighbour)
    assert stays.sum() == pytest.approx(whole.sum() - campus.sum())
    assert (stays <= whole).all()
    assert np.allclose(stays, neighbour / 2)
    with pytest.raises(ValueError, match="cannot be the part"):
        fitting.less_a_part(whole, 2 * whole.sum(), like=neighbour)


def test_women_of_a_counted_area_give_way_less_to_births_than_those_of_a_fitted_one():
    births = {2020: 1.5 * 12.02e6}
    rates = np.zeros(base_population.AGES)
    rates[20:40] = 1.3 / 20
    arguments = (2020, CHINA_2020, LIVED, births_with_a_hollow(), 10)
    counted = base_population.from_census(
        "000000", *arguments, np.random.default_rng(1), births=births, fertility=rates
    )
    plain = base_population.from_census("000000", *arguments, np.random.default_rng(1), births=births)
    fitted = base_population.from_parent(
        "999999",
        2020,
        plain.central,
        plain.central.sum(),
        LIVED,
        10,
        np.random.default_rng(1),
        births=births,
        fertility=rates,
    )

    def women(population):
        return population.central[1, 20:40].sum()

    assert women(plain) < women(counted) < women(fitted)


def test_draws_of_a_fitted_area_keep_the_broad_ages_that_are_known():
    broad = {(0, 14): 80e3, (65, 100): 70e3}
    fitted = base_population.from_parent(
        "999999", 2020, from_census().central, 5e5, LIVED, 40, np.random.default_rng(3), broad=broad
    )
    for (low, high), people in broad.items():
        assert fitted.people[:, :, low : high + 1].sum(axis=(1, 2)) == pytest.approx(people)


def test_draws_keep_the_total_and_spread_as_asked():
    people = single_years() / 1000
    sd = base_population.sd_by_age(base_population.CENSUS_SD)
    draws = base_population.draws_around(people, sd, np.random.default_rng(1), 4000, total_sd=0.01)
    totals = draws.sum(axis=(1, 2))
    assert totals.mean() == pytest.approx(people.sum(), rel=1e-3)
    assert np.log(totals).std() == pytest.approx(0.01, rel=0.05)
    exact = base_population.draws_around(people, sd, np.random.default_rng(1), 50)
    assert np.allclose(exact.sum(axis=(1, 2)), people.sum())
    spread = np.log(exact[:, 0, 2]).std()
    assert 0.5 * sd[2] < spread < 1.5 * sd[2]


def from_census(seed=1):
    births = {2020: 12.02e6, 2019: 14.65e6}
    return base_population.from_census(
        "000000",
        2020,
        CHINA_2020,
        LIVED,
        births_with_a_hollow(),
        200,
        np.random.default_rng(seed),
        births=births,
        year_end_total=1412.12e6,
    )


def test_the_base_matches_the_published_year_end_and_the_same_seed_gives_the_same_people():
    one, same, other = from_census(), from_census(), from_census(2)
    assert one.central.sum() == pytest.approx(1412.12e6)
    assert np.array_equal(one.people, same.people) and not np.array_equal(one.people, other.people)
    assert one.notes["zh"] and len(one.notes["zh"]) == len(one.notes["en"])


def test_a_fitted_base_carries_more_doubt_than_a_counted_one():
    counted = from_census()
    fitted = base_population.from_parent("999999", 2020, counted.central, 5e5, LIVED, 400, np.random.default_rng(3))
    assert fitted.central.sum() == pytest.approx(5e5)

    def doubt(population, ages):
        people = population.people[:, :, ages].sum(axis=(1, 2))
        return people.std() / people.mean()

    assert doubt(fitted, slice(0, 3)) > 2 * doubt(counted, slice(0, 3))


def test_a_fitted_base_has_the_children_its_births_leave():
    shape = from_census().central
    births = {2020 - a: 4000.0 for a in range(5)}
    fitted = base_population.from_parent("999999", 2020, shape, 5e5, LIVED, 50, np.random.default_rng(3), births=births)
    assert fitted.central[:, :3].sum() == pytest.approx(12_000, rel=0.06)


# ---------------------------------------------------------------- two censuses


def two_censuses(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A start, the end after ten years of these yearly rates by age reached, and the survival in between."""
    survival = survival_for(e0_by_sex(np.full(10, 78.0)))
    start = single_years() / 1000
    people = start
    for lived in survival:
        reached = np.zeros_like(people)
        reached[:, 1:] = people[:, :-1]
        reached[:, -1] += people[:, -1]
        people = reached * lived * np.exp(rates)
    people[:, :10] = start[:, :10]
    return start, people, survival


def test_nobody_moved_where_both_censuses_agree_with_survival():
    start, end, survival = two_censuses(np.zeros((2, base_population.AGES)))
    assert np.abs(intercensal.cohort_change(start, end, survival)[:, 10:]).max() < 1e-9
    assert np.abs(intercensal.migration_rates(start, end, survival)).max() < 1e-9


def test_students_who_come_at_eighteen_and_leave_at_twenty_two_are_told_apart():
    rates = np.zeros((2, base_population.AGES))
    rates[:, 17:20], rates[:, 22:25] = 0.10, -0.10
    found = intercensal.migration_rates(*two_censuses(rates), smoothness=0.001)
    assert (found[:, 18] > 0.04).all() and (found[:, 23] < -0.04).all()
    assert np.abs(found[:, 45:]).max() < 0.02


def test_rates_found_bring_the_first_census_to_the_second():
    rates = np.zeros((2, base_population.AGES))
    rates[:, 15:45] = 0.02 * np.sin(np.linspace(0, np.pi, 30))
    start, end, survival = two_censuses(rates)
    _, again, _ = two_censuses(intercensal.migration_rates(start, end, survival))
    assert np.allclose(again[:, 20:64], end[:, 20:64], rtol=0.01)


def test_the_pattern_of_moves_neither_gains_nor_loses_people():
    rates = np.zeros((2, base_population.AGES))
    rates[:, 15:40] = 0.03
    start, end, survival = two_censuses(rates)
    pattern = intercensal.migration_pattern(start, end, survival)
    assert abs((pattern * end)[:, :65].sum()) < 1e-6 * end.sum()


def test_cohorts_of_ten_years_are_apart_by_the_spread_that_two_censuses_show():
    rates = intercensal.own_ages("district", 20_000, np.random.default_rng(2))[:, 0, 0]
    fading = intercensal.FADING ** np.arange(intercensal.DECADE)
    for age, group in ((25, 3), (45, 7), (58, 7), (90, 13)):
        cohort = rates[:, age - 9 : age + 1] @ fading
        shown = [intercensal.OWN_AGES["district"][np.searchsorted(intercensal.OWN_AGES_FROM, a, "right") - 1]
                 for a in range(age - 9, age + 1)]  # fmt: skip
        assert min(shown) * 0.9 < cohort.std() < max(shown) * 1.1, (age, group)
    assert np.allclose(rates[:, 0], rates[:, 27:40].mean(axis=1))
    assert not intercensal.own_ages("nation", 3, np.random.default_rng(2)).any()


# ---------------------------------------------------------------- held to what is published


def held(published, by_age=None):
    start = from_census()
    years = range(2021, 2027)
    draws = start.people.shape[0]
    tfr = np.full((draws, 6), 1.0)
    e0 = np.broadcast_to(e0_by_sex(78.0), (draws, 6, 2))
    return project_observed(start, tfr, e0, np.zeros((draws, 6)), years, published, by_age)


def test_a_projection_passes_through_the_published_totals_births_and_deaths_in_every_draw():
    # Year-end population, births and deaths of China (National Bureau of Statistics, communiqués of 2021 to 2023).
    totals = {2021: 1412.60e6, 2023: 1409.67e6}
    births = {2021: 10.62e6, 2022: 9.56e6, 2023: 9.02e6}
    deaths = {2021: 10.14e6, 2022: 10.41e6, 2023: 11.10e6}
    projection = held(Published(totals, births, deaths))
    for year, people in totals.items():
        assert projection.at(year).total() == pytest.approx(people, rel=1e-8)
    for column, year in enumerate((2021, 2022, 2023)):
        assert projection.births_total()[:, column] == pytest.approx(births[year], rel=1e-5)
        assert projection.deaths_total()[:, column] == pytest.approx(deaths[year], rel=1e-5)
    assert projection.imbalance() < 1e-3


def rates(e0=78.0):
    draws = from_census().people.shape[0]
    return np.full((draws, 6), 1.0), np.broadcast_to(e0_by_sex(e0), (draws, 6, 2)), np.zeros((draws, 6))


def test_deaths_and_births_go_on_from_where_published_figures_leave_them():
    # A quarter fewer deaths and births than the model gives: a jump back in 2024 would be the model's, not people's.
    plain = held(Published({}, {}, {}))
    years = {y: column for column, y in enumerate((2021, 2022, 2023))}
    less = [
        {y: 0.75 * np.median(of[:, c]) for y, c in years.items()} for of in (plain.births_total(), plain.deaths_total())
    ]
    published = Published({}, *less)
    fit = fit_published(from_census(), *rates(), range(2021, 2027), published)
    carried = project_observed(from_census(), *rates(), range(2021, 2027), published, start=fit)
    for found, known, free in zip(
        (carried.births_total(), carried.deaths_total()),
        less,
        (plain.births_total(), plain.deaths_total()),
        strict=True,
    ):
        ratio = np.median(found, axis=0) / np.median(free, axis=0)
        assert np.allclose(ratio, 0.75, atol=0.05), "those who live on die some years later"
        assert np.allclose(np.median(found, axis=0)[:3], list(known.values()), rtol=1e-5)
    assert np.allclose(fit.mortality[:, 3:], fit.mortality[:, 3:4])


def test_a_natural_increase_alone_is_met_by_births_and_deaths_together():
    published = Published({}, {}, {}, natural={2022: -2.4})
    plain, met = held(Published({}, {}, {})), held(published)
    people = met.total()[:, 1:3].mean(axis=1)
    assert 1000 * (met.births_total() - met.deaths_total())[:, 1] / people == pytest.approx(-2.4, abs=1e-5)
    assert (met.births_total()[:, 1] < plain.births_total()[:, 1]).all()
    assert (met.deaths_total()[:, 1] > plain.deaths_total()[:, 1]).all()


def test_with_births_published_a_natural_increase_decides_the_deaths():
    met = held(Published({}, {2022: 9.56e6}, {}, natural={2022: -0.6}))
    people = met.total()[:, 1:3].mean(axis=1)
    assert met.births_total()[:, 1] == pytest.approx(9.56e6, rel=1e-5)
    assert met.deaths_total()[:, 1] == pytest.approx(9.56e6 + 0.6e-3 * people, rel=1e-5)


@pytest.mark.parametrize("ages", [(60,), (65,), (60, 65)])
def test_published_shares_of_old_people_are_met_as_far_as_they_are_sure(ages):
    draws = from_census().people.shape[0]
    shares = {60: 0.205, 65: 0.152}
    aged = {age: {2022: np.full(draws, shares[age])} for age in ages}
    plain, sure = held(Published({}, {}, {})), held(Published({}, {}, {}, aged=aged, aged_error={2022: 1e-9}))
    vague = held(Published({}, {}, {}, aged=aged, aged_error={2022: 10.0}))
    for age in ages:
        was, met, kept = (p.at(2022).share(age) for p in (plain, sure, vague))
        assert met == pytest.approx(shares[age], rel=1e-4)
        assert kept == pytest.approx(was, rel=1e-3)
        assert abs(np.median(sure.at(2024).share(age)) - np.median(plain.at(2024).share(age))) > 0.5 * abs(
            shares[age] - np.median(was)
        ), "what is known of 2022 moves the years after it"
    assert sure.imbalance() < 1e-3


def test_as_many_students_are_there_every_year_and_nobody_stays_on_for_want_of_leaving():
    # A college town: 30,000 students between 18 and 21 over people as everywhere.
    start = from_census()
    like = start.central / 1000
    town = like.copy()
    town[:, 18:22] += 30_000 / 8
    students = intercensal.students_of(town, start.central)
    assert students.sum() == pytest.approx(30_000, rel=0.02) and not students[:, :18].any()
    assert not intercensal.students_of(like, start.central).any()
    years, closed = range(2021, 2033), Published({}, {}, {})
    drivers = np.ones((1, 12)), np.broadcast_to(e0_by_sex(78.0), (1, 12, 2)), np.zeros((1, 12))
    ahead = {}
    for name, people in (("town", town), ("like", like)):
        base = base_population.BasePopulation("a", 2020, people, people[None])
        kept = students if name == "town" else None
        ahead[name] = project_observed(base, *drivers, years, closed, students=kept).people[0].sum(axis=1)
    over = ahead["town"] - ahead["like"]
    assert over[:, 18:22].sum(axis=1) == pytest.approx(30_000, rel=0.05)
    assert np.abs(over[:, 23:40].sum(axis=1)).max() < 1_500


def test_the_ratio_at_birth_starts_from_the_children_counted_and_falls_to_the_norm():
    years = np.arange(2021, 2100)
    many = births_of.ratio_at_birth(120_000, 100_000, 1.11, years, 2020)
    few = births_of.ratio_at_birth(12, 10, 1.11, years, 2020)
    assert many[0] == pytest.approx(1.06 + 0.14 * 0.93, abs=0.005) and few[0] == pytest.approx(
        1.06 + 0.05 * 0.93, abs=0.005
    )
    assert (np.diff(many) < 0).all() and many[-1] == pytest.approx(1.06, abs=0.001)


def test_a_fit_from_a_later_year_on_is_its_later_part():
    fit = Fit(*(np.arange(12.0).reshape(2, 6),) * 2, np.zeros((2, 6, 101)))
    assert np.array_equal(fit.since(2).fertility, fit.fertility[:, 2:])


def test_growth_is_even_between_two_published_totals():
    found = totals_between(np.array([100.0]), 2020, {2022: 121.0}, (2021, 2022, 2023))
    assert found[0] == pytest.approx(110.0) and found[1] == pytest.approx(121.0) and 2 not in found


def test_without_published_figures_the_rate_decides_the_moves():
    pattern = np.zeros((2, base_population.AGES))
    pattern[:, 18], pattern[:, 23] = 0.1, -0.1
    for by_age in (None, pattern):
        projection = held(Published({}, {}, {}), by_age)
        moved = projection.net_migration() / projection.total()[:, 1:]
        assert np.abs(moved).max() < 1e-4


@pytest.mark.parametrize("left", [0.02, 0.4, 3.0])
def test_however_many_move_the_total_is_met_and_somebody_of_every_age_stays(left):
    draws = from_census().people.shape[0]
    own = np.random.default_rng(4).normal(0, 0.3, (draws, 1, 1, base_population.AGES))
    total = left * from_census().people.sum(axis=(1, 2)).mean()
    projection = held(Published({2021: total}, {}, {}), own)
    assert projection.at(2021).total() == pytest.approx(total, rel=1e-9)
    assert (projection.people[:, 1] > 0).all()
    assert projection.imbalance() < 1e-3


def test_published_years_beyond_the_projection_are_named():
    with pytest.raises(ValueError, match="2031"):
        held(Published({2031: 1.4e9}, {}, {}))
