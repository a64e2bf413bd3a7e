"""Places and beds: nothing appears or is lost, and more opened never leaves fewer."""

import numpy as np
import pytest

from sim.services import pipeline, population_outlooks

YEARS = tuple(range(2026, 2034))


def some(draws=200, seed=3):
    rng = np.random.default_rng(seed)
    opened = rng.gamma(2.0, 40.0, (draws, len(YEARS), 3))
    return {
        "start": rng.uniform(50, 900, (draws, 3)),
        "opened": opened,
        "closing": rng.uniform(0, 0.15, (draws, len(YEARS))),
        "fewer": rng.uniform(0, 60, (draws, len(YEARS))) * (rng.random((draws, len(YEARS))) < 0.3),
        "room": rng.uniform(300, 2500, (draws, len(YEARS))),
        "most": rng.uniform(1500, 4000, (draws, len(YEARS))),
        "excess_closing": rng.uniform(0, 0.3, draws),
    }


def run(parts, **changes):
    parts = {**parts, **changes}
    return pipeline.run_places(parts.pop("start"), parts.pop("opened"), parts.pop("closing"), YEARS, **parts)


def test_places_are_those_before_plus_opened_less_closed_in_every_kind():
    parts = some()
    flow = run(parts)
    before = np.concatenate([parts["start"][:, None], flow.open[:, :-1]], axis=1)
    assert np.allclose(flow.open, before + flow.opened - flow.closed)
    assert (flow.open >= -1e-9).all() and (flow.opened >= -1e-9).all() and (flow.closed >= -1e-9).all()
    assert np.allclose(flow.held_back, parts["opened"].sum(-1) - flow.opened.sum(-1)) and (flow.held_back > -1e-9).all()


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("year", (0, 3, 6))
def test_more_places_opened_never_leave_fewer_in_any_later_year(kind, year):
    parts = some()
    plain = run(parts).total
    for more in (1.0, 50.0, 3000.0):
        opened = parts["opened"].copy()
        opened[:, year, kind] += more
        assert (run(parts, opened=opened).total >= plain - 1e-9).all(), (kind, year, more)


def test_more_children_who_want_a_place_never_leave_fewer_places():
    parts = some()
    assert (run(parts, room=parts["room"] * 1.2).total >= run(parts).total - 1e-9).all()


def test_no_more_places_open_than_there_are_children_old_enough():
    parts = some()
    opened = np.full_like(parts["opened"], 1e6)
    flow = run(parts, opened=opened, start=np.ones((200, 3)))
    assert (flow.total <= np.maximum.accumulate(parts["most"], axis=1) + 1e-6).all()


def test_without_a_limit_the_stock_is_that_of_the_closed_form():
    start, opened, share = np.array([[1000.0]]), np.full((1, 8, 1), 70.0), 0.05
    flow = pipeline.run_places(start, opened, np.full((1, 8), share), YEARS)
    t = np.arange(1, 9)
    assert np.allclose(flow.total[0], 70 / share + (1000 - 70 / share) * (1 - share) ** t)


def test_the_implied_pace_gives_back_the_forecast_it_came_from():
    rng = np.random.default_rng(1)
    stock = rng.uniform(500, 1500, (100, 8))
    start, closing = rng.uniform(500, 1500, 100), rng.uniform(0.01, 0.1, 100)
    pace = pipeline.implied(stock, start, closing)
    flow = pipeline.run_places(
        start[:, None], pace.opened[..., None], np.repeat(closing[:, None], 8, 1), YEARS, fewer=pace.fewer
    )
    assert np.allclose(flow.total, stock)
    assert not (pace.opened * pace.fewer).any(), "a year either opens or closes beyond the usual"


def test_all_that_is_started_is_waiting_open_or_given_up():
    rng = np.random.default_rng(2)
    started = rng.uniform(0, 100, (50, 10))
    lag, odds = rng.uniform(0, 4, 50), rng.uniform(0.5, 1, (2, 50))
    way = pipeline.run_pipeline(started, lag, *odds)
    told = way.waiting.sum(0) + np.cumsum(way.opened, 1) + np.cumsum(way.given_up, 1)
    assert np.allclose(told, np.cumsum(started, 1))
    assert (way.waiting >= -1e-9).all()


def test_a_project_opens_after_its_lag_and_not_before():
    started = np.zeros((1, 8))
    started[0, 0] = 100
    sure = np.ones(1)
    way = pipeline.run_pipeline(started, np.array([3.0]), sure, sure)
    mean = (way.opened[0] * np.arange(8)).sum() / 100
    assert way.opened[0].sum() == pytest.approx(100) and mean == pytest.approx(3.0)
    assert way.opened[0, 0] == pytest.approx(0.0, abs=100 * 0.3)
    late = pipeline.run_pipeline(started[:, ::-1], np.array([3.0]), sure, sure)
    assert late.opened.sum() == pytest.approx(0), "what starts in the last year opens after it"


def test_lags_and_odds_that_are_none_are_refused():
    one = np.ones(1)
    with pytest.raises(ValueError, match="negative"):
        pipeline.run_pipeline(-np.ones((1, 3)), one, one, one)
    with pytest.raises(ValueError, match="between 0 and 1"):
        pipeline.run_pipeline(np.ones((1, 3)), one, 2 * one, one)
    with pytest.raises(ValueError, match="between 0 and 1"):
        pipeline.run_places(np.ones((1, 1)), np.ones((1, 8, 1)), np.full((1, 8), 1.5), YEARS)
    with pytest.raises(ValueError, match="negative"):
        pipeline.run_places(np.ones((1, 1)), -np.ones((1, 8, 1)), np.zeros((1, 8)), YEARS)


def test_a_kindergarten_seat_is_converted_once():
    seats = np.array([1000.0])
    children = np.array([[800.0, 700.0, 900.0, 600.0]])
    made = pipeline.freed_places(seats, children, np.full(4, 0.5), np.ones(1))
    assert made[0, 0] == pytest.approx(100)
    assert made.sum() <= (seats[0] - children.min()) + 1e-9
    everything = pipeline.freed_places(seats, children, np.ones(4), np.ones(1))
    assert everything.sum() == pytest.approx(400), "all that ever comes free, and no more"


def test_children_in_places_and_waiting_are_those_who_would_take_one():
    inside, used, waiting = pipeline.use(np.array([50.0, 100.0, 0.0]), np.array([80.0, 60.0, 10.0]))
    assert inside.tolist() == [50, 60, 0] and waiting.tolist() == [30, 0, 10] and used.tolist() == [1.0, 0.6, 0.0]


def test_the_same_places_are_thirty_per_hundred_children_or_five_and_a_half_per_thousand_people():
    # At the end of 2027 China has some 18.25 children under 3 for every 1,000 people.
    assert pipeline.per_head(5.55, 1000, 1000) == pytest.approx(5.55)
    assert pipeline.per_head(5.55, 18.25, 100) == pytest.approx(30.4, abs=0.1)


def test_parents_want_no_more_places_than_there_are_children():
    rng = np.random.default_rng(4)
    children = rng.uniform(100, 900, (60, 5, 3))
    for willing, fee in ((0.3, 1.0), (1.0, 1.0), (1.0, 0.3)):
        wanted = population_outlooks.children_seeking_place(
            children, np.full(60, willing), np.full(5, fee), np.full(60, 0.5)
        )
        assert (wanted <= children.sum(-1)).all() and (wanted > 0).all()


def test_with_children_of_even_ages_the_share_who_want_a_place_is_the_willingness():
    children = np.full((1, 4, 3), 1200.0)
    wanted = population_outlooks.children_seeking_place(children, np.array([0.3]), np.ones(4), np.array([0.4]))
    assert np.allclose(wanted, 0.3 * 3600)


def test_a_lower_fee_makes_more_parents_want_a_place_and_a_young_region_fewer():
    children = np.full((1, 4, 3), 1000.0)
    at = [
        population_outlooks.children_seeking_place(children, np.array([0.3]), np.full(4, fee), np.array([0.4]))[0, 0]
        for fee in (0.5, 1.0, 1.5)
    ]
    assert at[0] > at[1] > at[2]
    young = np.array([[[2000.0, 600.0, 400.0]]])
    old = young[..., ::-1]
    wants = [
        population_outlooks.children_seeking_place(c, np.array([0.3]), np.ones(1), np.zeros(1))[0, 0]
        for c in (young, old)
    ]
    assert wants[0] < wants[1], "hardly any infant of under six months goes to a nursery"


def test_thirty_thousand_people_need_an_ambulance_and_its_crew():
    assert population_outlooks.ambulances_by_norm([29_000, 30_000, 30_001]).tolist() == [1, 1, 2]
    crew = population_outlooks.staff_by_norm(4, population_outlooks.AMBULANCE_CREW, shifts=2)
    assert crew == {"doctors": 8, "drivers": 8, "assistants": 16}
