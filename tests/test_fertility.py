"""Fertility schedules, birth orders, and the sex of the newborn."""

import numpy as np
import pytest

from sim.demography import fertility


def test_a_schedule_sums_to_one_and_has_the_mean_age_asked_for():
    wanted = np.linspace(26, 34, 9)
    shares = fertility.schedule(wanted)
    assert shares.sum(axis=-1) == pytest.approx(1)
    assert fertility.mean_age_of_mothers(shares) == pytest.approx(wanted, abs=1e-5)
    assert (shares[:, :15] == 0).all() and (shares[:, 50:] == 0).all()


def test_age_specific_rates_sum_to_the_total_fertility_rate():
    tfr = np.array([[0.95, 1.0], [1.3, 2.1]])
    assert fertility.asfr(tfr).sum(axis=-1) == pytest.approx(tfr)


def test_later_motherhood_moves_the_mean_age_and_not_the_total():
    rates = fertility.asfr(1.1)
    later = fertility.shifted(rates, 0.5)
    assert later.sum() == pytest.approx(1.1)
    assert fertility.mean_age_of_mothers(later) - fertility.mean_age_of_mothers(rates) == pytest.approx(0.5, abs=0.01)
    assert fertility.shifted(rates, 0.0) == pytest.approx(rates, abs=1e-12)


def test_birth_orders_add_up_to_all_births_at_each_age_and_to_the_registered_shares():
    # Birth registrations of Hangzhou in 2022: 39,009 first, 20,253 second, 1,485 third and later children.
    shares = np.array([39009, 20253, 1485]) / 60747
    rates = fertility.asfr(np.array([0.9, 1.2]))
    women = 1000 + 300 * np.sin(np.arange(101) / 5)
    orders = fertility.by_order(rates, shares, women)
    assert orders.shape == (2, 3, 101)
    assert orders.sum(axis=-2) == pytest.approx(rates)
    born = (orders * women).sum(axis=-1)
    assert born / born.sum(axis=-1, keepdims=True) == pytest.approx(np.tile(shares, (2, 1)), rel=1e-8)


def test_mothers_are_older_at_each_further_child():
    orders = fertility.by_order(fertility.asfr(1.212), [0.459, 0.447, 0.094])
    ages = fertility.mean_age_of_mothers(orders)
    assert (np.diff(ages) > 1).all()
    # Fuzhou, census 2020, table 6-3 of its yearbook: .590 + .517 + .105 children, mothers of 27.7, 31.0 and 32.5 years.
    shares = np.array([0.590, 0.517, 0.105]) / 1.212
    fuzhou = fertility.by_order(fertility.asfr(1.212, fertility.schedule(29.49)), shares)
    assert fertility.mean_age_of_mothers(fuzhou) == pytest.approx([27.65, 30.98, 32.51], abs=1.0)


def test_boys_and_girls_add_up_to_the_births():
    born = fertility.births_by_sex(np.array([0.0, 2090.0]), 1.09)
    assert born == pytest.approx(np.array([[0, 0], [1090, 1000]]))


@pytest.mark.parametrize("shares", [[0.5, 0.5, 0.5], [1.2, -0.1, -0.1]])
def test_birth_orders_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(ValueError, match="sum to one"):
        fertility.by_order(fertility.asfr(1.0), shares)


def test_a_schedule_that_does_not_sum_to_one_is_refused():
    with pytest.raises(ValueError, match="sum to one"):
        fertility.asfr(1.0, fertility.schedule() * 1.1)
    with pytest.raises(ValueError, match="25 to 35"):
        fertility.schedule(47.0)
