"""Districts that add up to their city, in people and in every flow."""

import numpy as np
import pytest

from planning.populations import Population
from sim.demography import mortality
from sim.demography.cohort import project_region
from sim.demography.life_tables import life_table
from sim.demography.reconcile import reconcile

ACCOUNTS = ("people", "births", "deaths", "migrants")


def town(name, size, tfr, longer, moved, years=6, draws=5):
    rng = np.random.default_rng(len(name))
    people = size * life_table(mortality.mx_for([75.0, 80.5])).person_years
    people = people * (1 + 0.15 * np.sin(np.arange(101) / 7 + size))
    e0 = np.array([76.0, 81.0]) + longer + np.zeros((draws, years, 2))
    noise = 0.05 * rng.standard_normal((draws, years))
    return project_region(Population(name, 2023, people), tfr + noise, e0, np.full((draws, years), moved))


@pytest.fixture
def family():
    """Three fictional districts and a city they do not quite add up to."""
    districts = [town("a", 300, 1.0, 0, -900.0), town("b", 900, 1.2, 1, 2500.0), town("c", 2000, 0.9, -2, 1500.0)]
    return districts, town("city", 3300, 1.05, 0.4, 2000.0)


def test_districts_add_up_to_their_city_in_every_cell_and_flow(family):
    corrected, _ = reconcile(*family)
    for account in ACCOUNTS:
        together = sum(getattr(child, account) for child in corrected)
        assert together == pytest.approx(getattr(family[1], account), rel=1e-9, abs=1e-7), account


def test_corrected_districts_keep_their_accounts_and_nobody_is_below_zero(family):
    for child in reconcile(*family)[0]:
        assert child.imbalance() < 1e-8
        assert (child.people >= 0).all() and (child.births >= 0).all() and (child.deaths >= 0).all()


def test_districts_that_add_up_already_stay_as_they_are(family):
    corrected, _ = reconcile(*family)
    again, correction = reconcile(corrected, family[1])
    for first, second in zip(corrected, again, strict=True):
        assert second.people == pytest.approx(first.people, rel=1e-9, abs=1e-9)
    assert np.abs(correction.gap["people"]).max() < 1e-12
    assert max(correction.moved.values()) < 1e-9


def test_the_correction_says_how_far_the_districts_were_off(family):
    districts, city = family
    corrected, correction = reconcile(districts, city)
    missing = (city.births_total() - sum(child.births_total() for child in districts)).mean(axis=0)
    assert correction.added["births"] == pytest.approx(missing)
    assert correction.gap["people"][0] == pytest.approx(
        1 - sum(c.total()[0, 0] for c in districts) / city.total()[0, 0]
    )
    assert set(correction.moved) == {"a", "b", "c"}
    assert correction.sentence() in corrected[0].assumptions


def test_a_city_keeps_the_differences_between_its_districts(family):
    districts, city = family
    corrected, _ = reconcile(districts, city)
    per_head = [child.births_total().sum() / child.total()[:, 1:].sum() for child in corrected]
    assert per_head[1] > per_head[0] > per_head[2]


def test_a_cell_empty_in_every_district_is_shared_by_their_people(family):
    districts, city = family
    emptied = [
        project_region(
            Population(c.region, 2023, np.where(np.arange(101) < 90, c.people[0, 0], 0)),
            np.ones((5, 6)),
            np.tile([76.0, 81.0], (5, 6, 1)),
            np.zeros((5, 6)),
        )
        for c in districts
    ]
    corrected, _ = reconcile(emptied, city)
    together = sum(child.people for child in corrected)
    assert together == pytest.approx(city.people, rel=1e-9)
    assert all(child.imbalance() < 1e-8 for child in corrected)


def test_families_of_other_years_or_draws_are_refused(family):
    districts, city = family
    with pytest.raises(ValueError, match="must be the same"):
        reconcile([*districts, town("d", 100, 1.0, 0, 0.0, years=4)], city)
    with pytest.raises(ValueError, match="no children"):
        reconcile([], city)
