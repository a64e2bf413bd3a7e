"""The cohort component: closed forms, accounts, and draws and regions that do not disturb each other."""

import numpy as np
import pytest

from planning.populations import FEMALE, MALE, Population, Projection, aged
from sim.demography import fertility, migration, mortality
from sim.demography.cohort import project, project_region
from sim.demography.life_tables import ABRIDGED, life_table, survival_ratios

E0 = np.array([75.4, 81.0])


@pytest.fixture
def lived():
    """Person-years by sex and single age of one life table."""
    return life_table(mortality.mx_for(E0)).person_years


@pytest.fixture
def base(lived):
    """A fictional town of about 156 thousand."""
    waves = 1 + 0.2 * np.sin(np.arange(101) / 6)
    return Population("330304", 2023, 1000 * lived * waves)


def draws(rng, number, years, centre, spread):
    return centre + spread * rng.standard_normal((number, years))


def many(base, number=20, years=8, seed=7):
    rng = np.random.default_rng(seed)
    e0 = E0 + 0.5 * rng.standard_normal((number, years, 2))
    return project_region(
        base, draws(rng, number, years, 1.1, 0.1), e0, draws(rng, number, years, -200, 1500), boys_per_girl=1.09
    )


def one_birth_a_year(lived, width):
    """Fertility at which the women of a population like `lived` bear one child a year: (age,)."""
    ages = np.arange(lived.shape[-1]) * width
    shape = np.where((ages >= 20) & (ages < 40), 1.0, 0.0)
    return shape / (lived[FEMALE] * shape).sum()


def test_a_stationary_population_stays_as_it_is(lived):
    asfr = 2 * one_birth_a_year(lived, 1)
    done = project(
        lived[None, None], np.tile(survival_ratios(lived), (30, 1, 1, 1, 1)), np.tile(asfr, (30, 1, 1, 1)), 1.0
    )
    assert done.people[-1] == pytest.approx(done.people[0], rel=1e-11)
    assert done.births == pytest.approx(1.0)
    assert done.deaths.sum(axis=(-2, -1)) == pytest.approx(2.0)


def test_a_stationary_population_in_five_year_groups_stays_as_it_is():
    ages = np.array(ABRIDGED) + 2.0
    rates = np.stack([5e-5 * np.exp(0.095 * ages) + 4e-4, 4e-5 * np.exp(0.095 * ages) + 3e-4])
    table = life_table(rates, ABRIDGED)
    lived = np.concatenate([table.person_years[:, :2].sum(axis=-1, keepdims=True), table.person_years[:, 2:]], axis=-1)
    asfr = 2 * one_birth_a_year(lived, 5)
    done = project(
        lived[None, None], np.tile(table.survival(), (6, 1, 1, 1, 1)), np.tile(asfr, (6, 1, 1, 1)), 1.0, interval=5
    )
    assert done.people[-1] == pytest.approx(done.people[0], rel=1e-11)
    assert done.births == pytest.approx(5.0)


@pytest.mark.parametrize("growth", [-0.01, 0.015])
def test_a_stable_population_grows_at_its_rate_and_keeps_its_shape(lived, growth):
    factor, ratios = np.exp(growth), survival_ratios(lived)
    stable = ratios[:, :1] / factor * np.ones((2, 101))
    for age in range(1, 101):
        stable[:, age] = stable[:, age - 1] * ratios[:, age] / factor
    stable[:, 100] = stable[:, 99] * ratios[:, 100] / (factor - ratios[:, 100])
    # One boy and one girl are born in the first year, so the cohort aged 0 at its start had 1/factor births.
    asfr = np.zeros(101)
    asfr[25:35] = 2.0 / (stable[FEMALE, 25:35].sum() * (1 + factor) / 2)
    done = project(
        stable[None, None],
        np.tile(ratios, (40, 1, 1, 1, 1)),
        np.tile(asfr, (40, 1, 1, 1)),
        1.0,
    )
    assert done.people[-1] == pytest.approx(done.people[0] * factor**40, rel=1e-9)
    assert done.births[:, 0, 0, MALE] == pytest.approx(factor ** np.arange(40), rel=1e-9)


def test_nobody_appears_without_births_or_arrivals(base):
    done = many(base)
    assert done.imbalance() <= 1e-9
    change = np.diff(done.total(), axis=1)
    assert change == pytest.approx(done.births_total() - done.deaths_total() + done.net_migration(), abs=1e-6)


def test_the_accounts_close_for_each_sex_and_every_age(base):
    done = many(base)
    for sex in (MALE, FEMALE):
        before, after = done.people[:, :-1, sex], done.people[:, 1:, sex]
        left = after + done.deaths[:, :, sex] - done.migrants[:, :, sex]
        assert left[..., 0] == pytest.approx(done.births[..., sex])
        assert left[..., 1:100] == pytest.approx(before[..., :99])
        assert left[..., 100] == pytest.approx(before[..., 99] + before[..., 100])


def test_a_closed_town_loses_people_only_by_death(base):
    years = 5
    done = project_region(base, np.zeros((1, years)), np.tile(E0, (1, years, 1)), migration.nobody)
    assert (done.births == 0).all() and (done.migrants == 0).all()
    assert (done.people[:, 1:, :, 1:100] <= done.people[:, :-1, :, :99]).all()
    assert (done.people[:, -1, :, :years] == 0).all()


def test_births_are_the_mean_of_the_women_at_both_ends_times_fertility(base):
    done = many(base, number=1)
    rng = np.random.default_rng(7)
    rng.standard_normal((1, 8, 2))
    asfr = fertility.asfr(draws(rng, 1, 8, 1.1, 0.1))
    women = done.mid_year()[:, :, FEMALE]
    assert done.births_total() == pytest.approx((women * asfr).sum(axis=-1), rel=1e-12)


def test_nothing_is_read_from_memory_before_it_is_written(base, monkeypatch):
    clean = many(base, number=2, years=3)
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float: np.full(shape, np.nan, dtype))
    assert np.array_equal(many(base, number=2, years=3).people, clean.people)


def test_women_who_arrive_bear_children(base):
    years, e0 = 3, np.tile(E0, (1, 3, 1))
    stay = project_region(base, np.full((1, years), 1.2), e0, np.zeros((1, years)))
    come = project_region(base, np.full((1, years), 1.2), e0, np.full((1, years), 5000.0))
    women = (come.mid_year() - stay.mid_year())[:, :, FEMALE]
    assert come.births_total() - stay.births_total() == pytest.approx((women * fertility.asfr(1.2)).sum(axis=-1))
    assert (come.births_total() > stay.births_total()).all()


def test_infants_survive_part_of_the_year_of_their_birth(base, lived):
    done = project_region(base, np.full((1, 2), 1.2), np.tile(E0, (1, 2, 1)), migration.nobody)
    assert done.people[0, 1:, :, 0] == pytest.approx(done.births[0] * lived[:, 0])
    assert (done.deaths[..., 0] < done.births * (1 - life_table(mortality.mx_for(E0)).lx[:, 1])).all()


def test_boys_and_girls_are_born_in_the_ratio_given(base):
    ratio = np.array([[1.12, 1.10, 1.06]])
    done = project_region(base, np.full((1, 3), 1.0), np.tile(E0, (1, 3, 1)), migration.nobody, boys_per_girl=ratio)
    assert done.births[..., MALE] / done.births[..., FEMALE] == pytest.approx(ratio)


def test_each_draw_alone_is_what_it_is_among_others(base):
    rng = np.random.default_rng(3)
    tfr, moved = draws(rng, 6, 5, 1.0, 0.1), draws(rng, 6, 5, 0, 1000)
    e0 = E0 + 0.3 * rng.standard_normal((6, 5, 2))
    together = project_region(base, tfr, e0, moved)
    alone = project_region(base, tfr[4:5], e0[4:5], moved[4:5])
    assert np.array_equal(together.people[4], alone.people[0])


def test_each_region_alone_is_what_it_is_among_others(lived):
    rng = np.random.default_rng(4)
    start = lived * rng.uniform(500, 4000, size=(1, 7, 1, 1))
    survival = mortality.survival_for(E0 + rng.uniform(-2, 2, size=(4, 1, 7, 2)))
    asfr = fertility.asfr(rng.uniform(0.8, 1.5, size=(4, 1, 7)))
    total = rng.normal(0, 3000, size=(4, 1, 7))
    together = project(start, survival, asfr, 1.1, migration.by_total(total))
    alone = project(start[:, 5:6], survival[:, :, 5:6], asfr[:, :, 5:6], 1.1, migration.by_total(total[:, :, 5:6]))
    assert together.people[:, :, 5] == pytest.approx(alone.people[:, :, 0], rel=1e-14)


def test_a_year_of_one_draw_serves_all_draws_of_the_others(base):
    tfr = np.array([[1.0, 1.1], [1.2, 1.3], [0.9, 0.9]])
    done = project_region(base, tfr, np.tile(E0, (1, 2, 1)), np.zeros((1, 2)))
    assert done.draws == 3
    assert done.deaths[0, 0, :, 1:] == pytest.approx(done.deaths[2, 0, :, 1:])


def test_net_migrants_add_up_to_their_total(base):
    rng = np.random.default_rng(5)
    total = draws(rng, 30, 6, 0, 2000)
    done = project_region(base, np.full((1, 6), 1.0), np.tile(E0, (1, 6, 1)), total)
    assert done.net_migration() == pytest.approx(total, abs=1e-6)


def test_no_age_is_emptied_by_a_steady_outflow(base):
    years = 25

    def flight(step, expected):
        return migration.by_total(-0.03 * expected.sum(axis=(-2, -1))[None])(0, expected)

    done = project_region(base, np.full((1, years), 0.9), np.tile(E0, (1, years, 1)), flight)
    assert (done.people > 0).all()
    assert done.people[0, -1, :, 20:30].sum() < 0.5 * done.people[0, 0, :, 20:30].sum()


def test_more_leavers_than_people_are_refused_with_the_cell(base):
    gone = np.zeros((2, 2, 101))
    gone[1, FEMALE, 30] = -1e6
    with pytest.raises(ValueError, match="Step 2, draw 0, region 0, females of age index 30"):
        project_region(base, np.full((1, 2), 1.0), np.tile(E0, (1, 2, 1)), migration.by_number(gone[:, None, None]))


def test_a_mid_year_population_is_not_taken_for_a_year_end(lived):
    middle = Population("330304", 2023, 1000 * lived, moment="mid_year")
    with pytest.raises(ValueError, match="mid_year"):
        project_region(middle, np.full((1, 2), 1.0), np.tile(E0, (1, 2, 1)), np.zeros((1, 2)))


def test_drivers_of_other_years_or_draws_are_refused(base):
    e0 = np.tile(E0, (1, 3, 1))
    with pytest.raises(ValueError, match="do not fit"):
        project_region(base, np.full((1, 3), 1.0), e0[:, :2], np.zeros((1, 3)))
    with pytest.raises(ValueError, match="do not fit"):
        project_region(base, np.full((4, 3), 1.0), e0, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="run on from 2024"):
        project_region(base, np.full((1, 3), 1.0), e0, np.zeros((1, 3)), years=(2025, 2026, 2027))


def test_a_projection_keeps_what_the_base_knew(base):
    named = Population("330304", 2023, base.people, sources=("census",), assumptions=("opened",))
    done = project_region(
        named,
        np.full((1, 2), 1.0),
        np.tile(E0, (1, 2, 1)),
        np.zeros((1, 2)),
        assumptions=("constant",),
        sources=("un",),
    )
    assert done.years == (2023, 2024, 2025) and done.flow_years == (2024, 2025)
    assert done.sources == ("census", "un") and done.assumptions == ("opened", "constant")
    assert np.array_equal(done.at(2023).people, base.people)
    with pytest.raises(KeyError, match="2023-2025"):
        done.at(2031)


def test_a_projection_does_not_hold_a_writable_array(base):
    done = many(base, number=1, years=2)
    with pytest.raises(ValueError, match="read-only"):
        done.people[0, 0, 0, 0] = 5


def test_broad_ages_add_up_to_everyone(base):
    done = many(base, number=3)
    assert done.aged(0, 14) + done.aged(15, 59) + done.aged(60) == pytest.approx(done.total())
    assert done.aged(65, sex="male") + done.aged(65, sex="female") == pytest.approx(done.aged(65))
    assert done.share(65) == pytest.approx(done.aged(65) / done.total())
    assert base.share(0) == pytest.approx(1)
    for low, high in ((60, 100), (-1, 5), (30, 20)):
        with pytest.raises(ValueError, match="asked for"):
            aged(done.people, low, high)


def test_a_population_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="101 ages"):
        Population("330304", 2023, np.ones((2, 100)))
    with pytest.raises(ValueError, match="negative"):
        Population("330304", 2023, -np.ones((2, 101)))
    with pytest.raises(ValueError, match="year_end"):
        Population("330304", 2023, np.ones((2, 101)), moment="2023-12-31")
    with pytest.raises(ValueError, match="births"):
        Projection("x", (2023, 2024), np.ones((1, 2, 2, 101)), np.ones((1, 2, 2)), *[np.ones((1, 1, 2, 101))] * 2)
