"""Migration by schedule, rate and total; and what must be left over when nothing is."""

import numpy as np
import pytest

from sim.demography import fertility, migration, mortality
from sim.demography.cohort import project
from sim.demography.life_tables import life_table


@pytest.fixture
def town():
    """People of a fictional town, (draw, region, sex, age)."""
    return 100 * life_table(mortality.mx_for([75.0, 80.0])).person_years[None, None]


def test_the_textbook_schedule_peaks_among_young_workers_and_has_children_with_parents():
    profile = migration.textbook_profile()
    assert profile.sum() == pytest.approx(1)
    assert profile[0, :60].argmax() in range(20, 27)
    assert profile[0, 0] > profile[0, 10]
    assert np.array_equal(profile[0], profile[1]) and (profile[:, 85:] == 0).all()


def test_arrivals_follow_the_profile_and_leavers_the_people(town):
    profile = migration.textbook_profile()
    move = migration.by_total(np.array([[[50.0]], [[-50.0]]]))
    assert move(0, town) == pytest.approx(50 * profile[None, None])
    leaving = move(1, town)
    assert leaving.sum() == pytest.approx(-50)
    assert leaving == pytest.approx(leaving.sum() * town * profile / (town * profile).sum())


def test_draws_with_arrivals_and_draws_with_leavers_go_side_by_side(town):
    people = np.concatenate([town, town])
    moved = migration.by_total(np.array([[[30.0], [-30.0]]]))(0, people)
    assert moved.sum(axis=(-2, -1)) == pytest.approx(np.array([[30.0], [-30.0]]))
    assert (moved[0] >= 0).all() and (moved[1] <= 0).all()


def test_migration_backed_out_of_a_projection_is_what_went_in(town):
    rng = np.random.default_rng(6)
    numbers = rng.normal(0, 5, size=(1, 1, 1, 2, 101))
    numbers[..., 70:] = 0
    survival = mortality.survival_for(np.array([[[[75.0, 80.0]]]]))
    done = project(town, survival, fertility.asfr(np.array([[[1.1]]])), 1.1, migration.by_number(numbers))
    backed_out = migration.residual_migrants(done.people[0], done.people[1], survival[0], done.births[0])
    assert backed_out == pytest.approx(numbers[0], abs=1e-9)


def test_migrants_that_cancel_out_have_no_profile():
    with pytest.raises(ValueError, match="sum to zero"):
        migration.as_profile(np.array([[1.0, 2.0], [-1.0, -2.0]]))
