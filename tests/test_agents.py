"""The agent model: it agrees with the cohorts, it is a Mesa model, and what it adds behaves as it should."""

import json
from importlib import import_module
from pathlib import Path

import mesa
import numpy as np
import pytest
from test_people import run, situation

from planning.populations import Population
from sim.agents import births, doctors, households, nurseries, parameters
from sim.agents.doctors import DoctorPlan, HealthCentre, Post, retirement_months
from sim.agents.model import AgentModel, Situation
from sim.agents.nurseries import NONE as NO_PLACE
from sim.agents.nurseries import Nursery, NurseryPlan
from sim.agents.people import DAYS
from sim.agents.rates import Rates, rates_of
from sim.agents.runs import simulate
from sim.demography.cohort import project, project_region
from sim.demography.fertility import asfr, by_order

ODD = Path(__file__).parents[1] / "docs" / "odd.md"
GROUPS = range(0, 101, 5)


def with_places(persons=30_000, years=5, **plans):
    """A fictional region with households, nurseries and doctors."""
    plain = situation(persons, years)
    plan = {
        "households": True,
        "nurseries": NurseryPlan(persons // 400, (persons / 1500,) * years),
        "doctors": DoctorPlan(
            persons // 2000, persons // 1800, (persons / 20_000,) * years, (persons / 30_000,) * years
        ),
    } | plans
    return Situation(plain.region, plain.year, plain.people, plain.rates, **plan)


@pytest.fixture(scope="module")
def town():
    return with_places()


@pytest.fixture(scope="module")
def baseline():
    return repeated()


def repeated(**levers):
    plain = situation(20_000, 4)
    plans = {"households": True, "nurseries": NurseryPlan(50, (45,) * 4), "doctors": DoctorPlan(8, 10, (2,) * 4)}
    return simulate(plain.region, 2020, plain.people, plain.rates, replicates=8, seed=3, levers=levers, **plans)


# ---------------------------------------------------------------- against the cohorts


def expected(model):
    """What the cohort component makes of the model's start and rates, with the variance of every cell."""
    rates = model.situation.rates
    start = model.people.by_age(model.year).astype(float)
    leaving = rates.leaving
    accounts = project(
        start[None, None],
        rates.survival[:, None, None],
        rates.fertility.sum(axis=1)[:, None, None],
        1.1,
        lambda t, there: rates.arrivals[t] - leaving[t] * there,
    )
    people = accounts.people[:, 0, 0]
    variance = np.zeros_like(people)
    for t in range(len(rates.years)):
        stay = (rates.survival[t] * (1 - leaving[t]))[:, [*range(1, 101), 100]]
        # Everyone stays or not by luck of his own; births and the rounding of arrivals add theirs.
        ahead = variance[t] * stay**2 + people[t] * stay * (1 - stay)
        variance[t + 1, :, 1:] = ahead[:, :-1]
        variance[t + 1, :, -1] += ahead[:, -1]
        variance[t + 1, :, 0] = people[t + 1, :, 0]
        part = rates.arrivals[t] % 1
        variance[t + 1] += part * (1 - part)
    return accounts, people, variance


def test_a_million_agents_agree_with_the_cohorts_in_births_deaths_and_every_age_group():
    model = AgentModel(situation(1_000_000, years=10), seed=20)
    accounts, people, variance = expected(model)
    fertility = model.situation.rates.fertility
    z = {}
    for t in range(10):
        model.step()
        flows, year = model.flows, model.year
        women = (people[t, 1] + people[t + 1, 1]) / 2
        for order, born in enumerate(flows.births.sum(axis=1)):
            mean = (women * fertility[t, order]).sum()
            z["order", order, year] = (born - mean) / np.sqrt(mean)
        for sex, born in enumerate(flows.births.sum(axis=0)):
            mean = accounts.births[t, 0, 0, sex]
            z["births", sex, year] = (born - mean) / np.sqrt(mean)
        deaths = accounts.deaths[t, 0, 0]
        z["deaths", year] = (model.deaths - deaths.sum()) / np.sqrt(deaths.sum())
        z["infant deaths", year] = (flows.deaths[:, 0].sum() - deaths[:, 0].sum()) / np.sqrt(deaths[:, 0].sum())
        counted = np.add.reduceat(model.people.by_age(year), GROUPS, axis=1)
        mean, spread = (np.add.reduceat(a, GROUPS, axis=1) for a in (people[t + 1], variance[t + 1]))
        for sex in (0, 1):
            for group, score in zip(GROUPS, (counted - mean)[sex] / np.sqrt(np.maximum(spread[sex], 1)), strict=True):
                z["age", sex, group, year] = score
    worst = max(z, key=lambda key: abs(z[key]))
    assert abs(z[worst]) < 4, (worst, z[worst])
    # Scores that are right are spread as a standard normal.
    assert np.std(list(z.values())) == pytest.approx(1, abs=0.2)


def test_agents_follow_a_projection_of_the_cohorts_read_off_its_accounts():
    plain = situation(300_000, years=4)
    base = Population(plain.region, plain.year, plain.people)
    moves = np.array([[900.0, 900, -1500, -1500]])
    e0 = np.tile([75.0, 81.0], (1, 4, 1))
    projection = project_region(base, np.full((1, 4), 1.2), e0, moves, boys_per_girl=1.1)
    rates = rates_of(projection, np.tile([0.5, 0.42, 0.08], (1, 4, 1)))
    assert rates.survival[0] == pytest.approx(plain.rates.survival, abs=1e-9)
    assert rates.fertility.sum(axis=2)[0] == pytest.approx(asfr(np.full(4, 1.2)), abs=1e-9)
    runs = simulate(plain.region, 2020, plain.people, rates, seed=4)
    assert runs.people[0].sum(axis=(1, 2)) == pytest.approx(projection.total()[0], abs=4 * 150)
    assert runs.series["births"][0] == pytest.approx(projection.births_total()[0], abs=4 * 60)
    assert runs.series["arrivals"][0, 0] == pytest.approx(900, abs=60)
    assert runs.series["leavers"][0, 2] == pytest.approx(1500, abs=4 * 40)
    later = rates_of(projection, after=2022)
    assert later.years == (2023, 2024)
    assert not later.ordered


# ---------------------------------------------------------------- births by order and spacing


def test_chances_by_rung_give_back_the_fertility_they_were_made_from():
    fertility = by_order(asfr(np.linspace(1.3, 0.9, 12)), np.tile([0.5, 0.42, 0.08], (12, 1)))
    rungs = births.rungs_at_start(births.children_at_start(fertility[0]), fertility[0])
    chances = births.by_order(fertility, rungs)
    for t in range(12):
        women = np.roll(chances.rungs[t], 1, axis=0)
        women[0] = 0
        born = women * (chances.early[t] + chances.late[t]) / 2
        at_ages = (fertility[t, :, :-1] + fertility[t, :, 1:]) / 2
        assert born[1:].sum(axis=1) == pytest.approx(at_ages.sum(axis=0), abs=1e-12)
        first = born[:, 0].sum()
        assert first == pytest.approx(fertility[t, 0].sum() + chances.lowered[t], rel=0.01)
        assert chances.rungs[t].sum(axis=1) == pytest.approx(np.ones(101))


def test_women_without_children_are_as_many_as_the_census_counted():
    fertility = by_order(asfr(1.1), np.array([0.5, 0.42, 0.08]))
    children = births.children_at_start(fertility)
    assert {age: round(float(children[0, age]), 4) for age in (35, 40, 49)} == births.CHILDLESS
    assert (children >= -1e-12).all()


def test_more_first_births_than_childless_women_are_refused():
    fertility = np.zeros((1, 3, 101))
    fertility[0, 0, 25:45] = 0.9
    rungs = births.rungs_at_start(np.eye(4)[[1]].T.repeat(101, axis=1), fertility[0])
    with pytest.raises(ValueError, match="childless"):
        births.by_order(fertility, rungs)


def test_second_births_follow_the_first_by_two_years_more_often_than_by_any_other_interval():
    model = AgentModel(situation(200_000, years=8, moving=False), seed=2)
    intervals = np.zeros(12, int)
    while model.running:
        state = zip(*(model.people[n].tolist() for n in ("uid", "parity", "last_birth")), strict=True)
        before = {uid: last for uid, children, last in state if children == 1}
        model.step()
        now = zip(*(model.people[n].tolist() for n in ("uid", "parity", "last_birth")), strict=True)
        for uid, children, last in now:
            if children == 2 and uid in before:
                intervals[min((last - before[uid]) // DAYS, 11)] += 1
    assert intervals.sum() > 1000
    assert intervals.argmax() in (1, 2)
    assert intervals[0] < intervals[1]


# ---------------------------------------------------------------- a Mesa model


def test_it_is_a_mesa_model_with_reporters_of_the_model_only(town):
    model = AgentModel(town, seed=1)
    assert isinstance(model, mesa.Model)
    run(model)
    table = model.datacollector.get_model_vars_dataframe()
    assert len(table) == model.steps == 5
    assert table["population"].iloc[-1] == len(model.people)
    assert not model.datacollector.agent_reporters
    assert {type(agent) for agent in model.agents} == {Nursery, HealthCentre, Post}
    with pytest.raises(RuntimeError, match="2025"):
        model.step()


def test_mesa_batch_runs_work_and_share_luck_between_settings():
    tiny = situation(5_000, years=3)
    settings = {"situation": tiny, "seed": [1, 2], "second_births": [1.0, 1.5]}
    rows = mesa.batch_run(AgentModel, settings, data_collection_period=1, display_progress=False)
    assert len(rows) == 2 * 2 * 3
    first = {(r["seed"], r["second_births"]): r["births_first"] for r in rows if r["Step"] == 0}
    assert first[1, 1.0] == first[1, 1.5]
    assert first[1, 1.0] != first[2, 1.0]


def test_without_a_seed_mesa_draws_one():
    tiny = situation(2_000, years=2)
    assert run(AgentModel(tiny)).now != run(AgentModel(tiny)).now


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"steps_per_year": 4}, "month"),
        ({"part": (0, 2)}, "one part"),
        ({"price": -1.0}, "price"),
        ({"gps": [1.0, 2.0]}, "5 years"),
    ],
)
def test_settings_that_do_not_fit_are_refused(town, setting, said):
    with pytest.raises(ValueError, match=said):
        AgentModel(town, seed=1, **setting)


def test_rates_and_situations_that_do_not_fit_are_refused():
    plain = situation(100, years=2)
    rates = plain.rates
    with pytest.raises(ValueError, match="fertility has shape"):
        Rates(rates.years, rates.survival, rates.fertility[:, :2])
    with pytest.raises(ValueError, match="above 1"):
        Rates(rates.years, rates.survival * 1.2, rates.fertility)
    with pytest.raises(ValueError, match="begin with 2020"):
        Situation("fictional", 2019, plain.people, rates)
    with pytest.raises(ValueError, match="one draw"):
        Situation("fictional", 2020, plain.people, Rates(rates.years, rates.survival[None], rates.fertility[None]))
    with pytest.raises(ValueError, match="second_births"):
        simulate("fictional", 2020, plain.people, rates, levers={"births": 2})


# ---------------------------------------------------------------- households


def test_everyone_has_one_household_and_their_members_are_counted(town):
    model = AgentModel(town, seed=1)
    while model.running:
        model.step()
        homes = model.people["household"]
        counted = np.bincount(homes, minlength=len(model.households.members))
        assert np.array_equal(counted, model.households.members)
        assert homes.min() >= 0


def test_the_elderly_live_alone_at_the_start_as_the_surveys_found():
    model = AgentModel(with_places(200_000, nurseries=None, doctors=None), seed=1)
    people = model.people.by_age(2020)
    expected_alone = (people * households.living_alone())[:, 65:].sum()
    found = model.households.alone(model.people, 2020).sum()
    # Who has nobody to live with, or whose household is otherwise empty, comes on top; that must stay small.
    assert found == pytest.approx(expected_alone, rel=0.06)
    assert 2.2 < model.households.mean_size() < 3.2


def test_children_live_with_their_mothers(town):
    model = run(AgentModel(town, seed=1))
    uid, mother, home = (model.people[name] for name in ("uid", "mother", "household"))
    homes = dict(zip(uid.tolist(), home.tolist(), strict=True))
    infants = np.flatnonzero((model.people["birth_year"] == model.year) & (model.people["arrived"] == 0))
    with_mother = [
        homes[m] == h for m, h in zip(mother[infants].tolist(), home[infants].tolist(), strict=True) if m in homes
    ]
    assert len(with_mother) > 200
    assert all(with_mother)
    assert (mother[infants] > 0).all()


def test_a_widow_of_a_couple_without_others_lives_alone():
    homes = households.Households.__new__(households.Households)
    homes.members, homes.head_born = np.array([2, 3], np.int32), np.array([1940, 1960], np.int16)
    homes.depart(np.array([0]))
    assert homes.members.tolist() == [1, 3]
    homes.join(np.array([1, 1]))
    assert homes.members.tolist() == [1, 5]


# ---------------------------------------------------------------- nurseries


@pytest.mark.parametrize("steps", [1, 12])
def test_places_are_filled_or_empty_and_only_by_children_of_the_age_for_them(town, steps):
    model = AgentModel(town, seed=1, steps_per_year=steps)
    while model.running:
        model.step()
        nurseries = model.nurseries
        assert nurseries.places == sum(n.capacity for n in model.agents_by_type[Nursery])
        assert nurseries.filled + nurseries.empty == nurseries.places
        assert all(0 <= nursery.children <= nursery.capacity for nursery in nurseries.open)
        assert sum(nursery.children for nursery in nurseries.open) == nurseries.filled
    children = nurseries.children
    ages = model.year * 12 + 11 - children["born"]
    held = children["place"] >= 0
    assert held.sum() == nurseries.filled > 0
    assert (ages[held] >= 6).all()
    assert (ages[held] < 36).all()
    assert np.isin(children["uid"], model.people["uid"]).all()


def test_the_compiled_and_the_plain_allocation_give_the_same_places(town):
    compiled, plain = (run(AgentModel(town, seed=1, engine=engine)) for engine in ("numba", "numpy"))
    assert np.array_equal(compiled.nurseries.children["place"], plain.nurseries.children["place"])
    assert compiled.now == plain.now


def test_a_child_takes_the_nearest_then_the_cheapest_place_that_it_can_pay():
    # Three neighbourhoods on a ring, two price classes; free places: dear at home, cheap next door, both far away.
    starts, free = np.array([0, 0, 1, 2, 2, 3, 4]), np.array([1, 1, 1, 1])
    give = nurseries._give.py_func
    home, rich, poor = np.array([0, 0, 0]), 2, 1
    assert give(home[:1], np.array([0]), np.array([rich]), starts, free.copy(), 2).tolist() == [0]
    assert give(home[:1], np.array([0]), np.array([poor]), starts, free.copy(), 2).tolist() == [-1]
    assert give(home[:1], np.array([1]), np.array([poor]), starts, free.copy(), 2).tolist() == [1]
    assert give(home[:1], np.array([1]), np.array([0]), starts, free.copy(), 2).tolist() == [-1]
    assert give(home, np.array([2, 2, 2]), np.array([rich] * 3), starts, free.copy(), 2).tolist() == [0, 1, 2]


def test_children_of_a_closing_nursery_go_back_to_the_queue_in_their_old_place():
    model = AgentModel(with_places(nurseries=NurseryPlan(400, (0,) * 5, closing=0.0)), seed=1)
    held = model.nurseries
    chosen = max(held.open, key=lambda nursery: nursery.children)
    lost = np.flatnonzero(held.children["place"] == chosen.slot)
    assert len(lost) > 0
    applied = held.children["applied"][lost].copy()
    chosen.closes = model.year * 12 + 12
    held._close_and_open(chosen.closes)
    assert chosen not in model.agents
    assert (held.children["place"][lost] == NO_PLACE).all()
    assert np.array_equal(held.children["applied"][lost], applied)


def test_more_places_shorten_the_queue_and_higher_prices_shut_parents_out(baseline):
    more, dearer = repeated(places=3.0), repeated(price=2.0)
    last = slice(-1, None)
    assert (more.series["nursery_places"] > baseline.series["nursery_places"])[:, last].all()
    assert (more.series["nursery_waiting"] <= baseline.series["nursery_waiting"]).mean() > 0.9
    assert (dearer.series["nursery_priced_out"] > baseline.series["nursery_priced_out"])[:, last].all()
    assert (dearer.series["nursery_filled"] < baseline.series["nursery_filled"])[:, last].all()
    assert np.array_equal(more.people, baseline.people)


# ---------------------------------------------------------------- doctors


def test_doctors_are_residents_and_posts_hold_each_of_them_once(town):
    model = AgentModel(town, seed=1)
    assert model.doctors.count == 15
    while model.running:
        model.step()
        doctors = model.doctors
        assert np.isin(doctors.columns["uid"], model.people["uid"]).all()
        assert doctors.by_age(model.year).sum() == sum(doctors.by_decade(model.year).values()) == doctors.count
        held = [int(post.doctor) for post in model.agents_by_type[Post] if post.doctor]
        assert len(held) == len(set(held))
        assert len(held) + doctors.vacancies == len(model.agents_by_type[Post])
        assert len(held) == min(doctors.count, len(model.agents_by_type[Post]))


def test_doctors_of_a_closed_centre_look_for_another_post():
    plan = DoctorPlan(40, 48, (0,) * 5, closing=1.0)
    model = AgentModel(with_places(doctors=plan), seed=1)
    assert len(model.agents_by_type[HealthCentre]) == 4
    model.step()
    assert model.doctors.count > 30
    assert not model.doctors.centres
    assert model.doctors.vacancies == 0


def test_the_retirement_age_rises_as_decided():
    # Cases of the tables attached to the decision of 13 September 2024: men born in January 1965 retire in February 2025,
    # those born in September 1976 in September 2039; women (of 55) born in January 1970 in February 2025.
    born = [
        (1965, 1, 0, 2025, 2),
        (1976, 9, 0, 2039, 9),
        (1964, 12, 0, 2024, 12),
        (1970, 1, 1, 2025, 2),
        (1981, 9, 1, 2039, 9),
    ]
    for year, month, female, to_year, to_month in born:
        day = int((month - 0.5) / 12 * DAYS)
        assert retirement_months(year, day, female) == to_year * 12 + to_month - 1, (year, month, female)


def test_more_doctors_enter_when_the_lever_is_pulled(baseline):
    pushed = repeated(gps=2.0)
    assert (pushed.series["gps"] > baseline.series["gps"])[:, -1].all()
    assert pushed.gps_by_age.sum() > baseline.gps_by_age.sum()


# ---------------------------------------------------------------- scenarios and results


def test_a_lever_leaves_alone_what_it_does_not_touch(baseline):
    shifted = repeated(second_births=1.4)
    assert np.array_equal(shifted.series["births_first"][:, 0], baseline.series["births_first"][:, 0])
    assert (shifted.series["births_second"] > baseline.series["births_second"]).all()
    older = slice(5, None)
    assert np.array_equal(shifted.people[:, :, :, older], baseline.people[:, :, :, older])


def test_shared_luck_makes_the_effect_of_a_lever_far_surer_than_independent_runs(baseline):
    shifted = repeated(second_births=1.4)

    def variance_ratio(name):
        after, before = shifted.series[name], baseline.series[name]
        apart = after.var(axis=0, ddof=1) + before.var(axis=0, ddof=1)
        return (after - before).var(axis=0, ddof=1) / np.where(apart > 0, apart, np.nan)

    ratio = variance_ratio("births_second")
    assert (ratio < 0.75).all()
    assert ratio.mean() < 0.45
    assert np.nanmax(variance_ratio("deaths")) < 0.05


def test_a_lever_waits_for_its_year():
    plain = situation(20_000, 4)
    base, later = (
        simulate("fictional", 2020, plain.people, plain.rates, seed=3, levers=levers, since=2023)
        for levers in ({}, {"second_births": 1.5})
    )
    births = [run_of.series["births_second"][0] for run_of in (base, later)]
    assert np.array_equal(births[0][:2], births[1][:2])
    assert births[1][2] > births[0][2]


def test_processes_and_draws_do_not_change_a_replicate():
    plain = situation(3_000, years=2)
    rates = plain.rates
    drawn = Rates(
        rates.years,
        np.stack([rates.survival] * 2),
        np.stack([rates.fertility, rates.fertility * 0.8]),
        1.1,
        np.stack([rates.arrivals] * 2),
        np.stack([rates.leaving] * 2),
    )
    together = simulate("fictional", 2020, plain.people, drawn, replicates=3, seed=2)
    apart = simulate("fictional", 2020, plain.people, drawn, replicates=3, seed=2, processes=2)
    assert np.array_equal(together.people, apart.people)
    assert all(np.array_equal(together.series[name], apart.series[name]) for name in together.series)
    assert together.series["births"][1].sum() < together.series["births"][0].sum()


def test_results_are_outlooks_and_go_into_json(baseline):
    outlooks = baseline.outlooks()
    assert {"births_first", "nursery_waiting", "nursery_empty", "gps", "elderly_alone"} <= outlooks.keys()
    assert outlooks["births"].draws == 8
    assert outlooks["births"].years == (2021, 2022, 2023, 2024)
    assert outlooks["nursery_empty"].unit == "places"
    loaded = json.loads(json.dumps(baseline.as_dict()))
    assert loaded["series"]["births"]["paths"] == baseline.series["births"].tolist()
    assert loaded["agent_years"] == baseline.agent_years == baseline.people[:, :-1].sum()
    with pytest.raises(KeyError, match="population"):
        baseline.outlook("rainfall")


def test_the_benchmark_of_all_provinces_keeps_to_what_the_cohorts_expect(monkeypatch):
    monkeypatch.syspath_prepend(str(ODD.parents[1] / "benchmarks"))
    all_china = import_module("all_china")
    found = all_china.measure(all_china.CENSUS, years=2, processes=1, share=2e-4, chunk=5_000)
    assert found["people"] == pytest.approx(1_409_778_724 * 2e-4, abs=31 * 40)
    assert np.abs(found["births_z"] + found["deaths_z"]).max() < 4
    assert {goal["better"] for goal in all_china.goals(found)} == {"lower"}


def test_plain_mesa_objects_give_the_births_and_deaths_of_the_spec_too(monkeypatch):
    monkeypatch.syspath_prepend(str(ODD.parents[1] / "benchmarks"))
    spec, peers = import_module("agent_spec"), import_module("agent_peers")
    start = np.round(spec.scaled(spec.people_by_region(spec.CENSUS)["000000"], 20_000))
    births, deaths, _ = (np.sum(part) for part in spec.expected(start, spec.rates(3)))
    found = peers.mesa_objects(start, spec.rates(3), 3, seed=1)
    assert abs(found.births - births) < 4 * np.sqrt(births)
    assert abs(found.deaths - deaths) < 4 * np.sqrt(deaths)


# ---------------------------------------------------------------- the description


def test_the_odd_page_prints_the_parameters_of_the_code():
    assert parameters.table() in ODD.read_text(encoding="utf-8")


def test_the_odd_page_names_every_event_lever_and_series(baseline):
    from sim.agents.model import LEVERS
    from sim.agents.random import EVENTS

    page = ODD.read_text(encoding="utf-8")
    for name in [*EVENTS, *LEVERS, *baseline.series]:
        assert f"`{name}`" in page, name


def test_every_constant_of_the_modules_is_among_the_parameters():
    listed = {parameter.name for parameter in parameters.PARAMETERS}
    structure = {
        "AGES", "CHILDREN", "NONE", "NOBODY", "NO_HOUSEHOLD", "ELDERLY", "FEMALE", "MALE", "OPEN_AGE", "ORDERS", "DURATIONS",
        "FAMILY_STATES", "DAYS", "ENTRY", "LEAVING", "LEAVING_AFTER", "RAISED_FROM", "RETIREMENT", "SHAPE",
    }  # fmt: skip
    for module in (births, doctors, households, nurseries):
        for name in vars(module):
            if name.isupper() and name not in structure:
                assert f"{module.__name__.removeprefix('sim.')}.{name}" in listed, name


def test_a_doctor_past_retirement_leaves_by_the_rule_of_the_cohorts():
    from sim.services.workforce import AGES, LEAVING, LEAVING_AFTER, YOUNGEST, staying

    model = AgentModel(with_places(doctors=DoctorPlan(40, 40, (0,) * 5, stay_on=0.2)), seed=1)
    doctors, year = model.doctors, 2022
    born = np.array([year - 40, year - 60, year - 65], np.int16)  # men of 40, of 60 at mid-year, of 65
    doctors.columns = {
        "uid": np.arange(3, dtype=np.uint64),
        "birth_year": born,
        "birthday": np.full(3, 180, np.int16),
        "female": np.zeros(3, np.uint8),
        "entered": np.full(3, 2010, np.int16),
    }
    usual = LEAVING[np.searchsorted(AGES, (40, 60, 65), side="right") - 1]
    expected = 1 - (1 - usual) * (1 - np.array([0.0, 1 - 0.2, LEAVING_AFTER]))
    assert np.allclose(doctors._stopping(year), expected)
    cohort = 1 - staying(year, np.ones(1), 0.0, np.full(1, 0.2))[0, 0]
    assert cohort[66 - YOUNGEST] == pytest.approx(doctors._stopping(year)[2])


def test_plans_of_agents_start_from_the_priors_of_the_cohorts():
    from planning.loading.priors import read_priors

    priors, nursery, doctors = read_priors(), NurseryPlan(1, (1,)), DoctorPlan(1, 1, (1,))
    assert nursery.closing == priors["nursery_closing"].middle
    assert nursery.willing == (priors["nursery_willing"].low, priors["nursery_willing"].high)
    assert (doctors.women, doctors.stay_on) == (priors["gps_women"].middle, priors["staff_stay_on"].middle)


def test_agents_and_cohorts_tell_the_same_of_a_region_or_say_why_not():
    from dabiao.agents import agreement, simulate_region
    from dabiao.assessment import assess

    a = assess("麻山区", to=2027, draws=60)
    rows = agreement(a, simulate_region(a, 2, 12, seed=3))
    assert {"births", "deaths"} <= {row.series for row in rows}
    for row in rows:
        assert row.agrees or row.note is not None, row
        assert row.agents[0] <= row.agents[1] <= row.agents[2]


def test_of_the_children_under_three_the_willing_want_a_place_and_takers_hold_one():
    # Places enough at the usual lowest price: what the cohorts assume is what the agents do.
    plan = NurseryPlan(3000, (0,) * 5, closing=0.0, willing=(0.3, 0.3), takeup=(0.25, 0.25), prices=((1500, 1.0),))
    model = AgentModel(with_places(150_000, nurseries=plan), seed=2)
    children = model.people.by_age(model.year)[:, :3].sum()
    assert model.nurseries.wanting / children == pytest.approx(0.3, abs=0.03)
    assert model.nurseries.filled / model.nurseries.wanting == pytest.approx(0.25, abs=0.03)


def test_a_rule_of_the_agents_can_be_changed_and_everything_else_stays():
    from dabiao.agents import simulate_region
    from dabiao.assessment import assess

    a = assess("麻山区", to=2027, draws=20)
    usual, keen = simulate_region(a, 2, 2, seed=3), simulate_region(a, 2, 2, seed=3, rules={"willing": (0.6, 0.6)})
    assert (keen.series["nursery_wanting"] > usual.series["nursery_wanting"]).all()
    assert np.array_equal(keen.people, usual.people)
    with pytest.raises(ValueError, match=r"no rule income.*prices"):
        simulate_region(a, 1, rules={"income": 3})
