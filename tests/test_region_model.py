"""The model of a region answers at once what is reckoned from the ground up."""

import shutil

import numpy as np
import pytest

from dabiao.assessment import assess
from dabiao.lever_model import people_under
from dabiao.region_model import EVERY_STOCK, KEPT, region_model
from dabiao.what_if import what_if
from planning.errors import NotKnown
from planning.paths import SHIPPED
from planning.scenarios import BASELINE, Scenario


@pytest.fixture(scope="module")
def ouhai():
    return region_model("瓯海区", to=2030, draws=60, also=EVERY_STOCK)


@pytest.mark.parametrize("scenario", ["nursery_push", "gp_push", "high"])
@pytest.mark.parametrize("region", ["瓯海区", "杭州市"])
def test_every_outlook_and_chance_is_that_of_assess(region, scenario):
    bench = region_model(region, to=2030, draws=60, also=EVERY_STOCK)
    a = assess(region, scenario, to=2030, draws=60)
    for id in set(a.outlooks) & set(bench.outlooks):
        mine = bench.outlook(id, a.scenario)
        assert np.allclose(mine.paths, a.outlooks[id].paths, rtol=1e-6), id
    said = {v.target.id: v.chance for v in a.verdicts}
    for target in bench.targets_ahead():
        assert bench.chance(target, a.scenario) == said[target.id], target.id


def test_contributions_add_up_to_the_change_of_the_chance(ouhai):
    target = next(t for t in ouhai.targets_ahead() if t.indicator == "nursery_places_per_1000")
    year = ouhai.first_year
    plan = Scenario("mine", settings=(("nursery_openings", ((year, 2.0),)), ("migration", ((year, 10.0),))))
    parts = ouhai.contributions(target, plan)
    assert [lever for lever, _ in parts] == ["nursery_openings", "migration"]
    assert np.isclose(sum(p for _, p in parts), ouhai.chance(target, plan) - ouhai.chance(target))
    assert parts[0][1] > 0


def test_people_add_up_where_the_scenario_joins_the_baseline(ouhai):
    people = ouhai.people(Scenario("in", settings=(("migration", ((ouhai.first_year, 12.0),)),)))
    assert people.projection.imbalance() < 1e-6
    before = ouhai.people().projection
    assert np.array_equal(people.projection.at(ouhai.first_year - 1).people, before.at(ouhai.first_year - 1).people)
    assert (people.projection.at(ouhai.to).total() > before.at(ouhai.to).total()).all()


@pytest.mark.parametrize("lever, value", [("fertility", 1.3), ("migration", 9.0), ("fertility_second", 1.5)])
def test_people_resumed_from_the_last_published_year_are_those_projected_from_the_census_on(ouhai, lever, value):
    plan = ouhai.with_settings({lever: value})
    resumed, whole = (
        ouhai.people(plan).projection,
        people_under(ouhai.expected, ouhai.catalogue, ouhai.region, plan, ouhai.levers).projection,
    )
    for account in ("people", "births", "deaths", "migrants"):
        assert np.allclose(getattr(resumed, account), getattr(whole, account), rtol=1e-9, atol=1e-6), account


def test_assess_reach_and_the_page_stand_on_the_same_model():
    model = region_model("瓯海区", draws=40)
    assert assess("瓯海区", draws=40).model is model
    assert what_if("瓯海区", "gps_per_10000", draws=40).model is model


def test_changed_figures_make_another_model(tmp_path):
    (tmp_path / "tables").mkdir()
    for kind in ("csv", "yaml"):
        shutil.copy(SHIPPED / "tables" / f"schedule_structure_assumptions.{kind}", tmp_path / "tables")
    path = tmp_path / "tables" / "schedule_structure_assumptions.csv"
    priors = path.read_text(encoding="utf-8")
    before = region_model("瓯海区", to=2027, draws=20, data=str(tmp_path))
    assert region_model("瓯海区", to=2027, draws=20, data=str(tmp_path)) is before
    path.write_text(priors.replace("nursery_closing,0.02,0.08", "nursery_closing,0.12,0.18"), encoding="utf-8")
    after = region_model("瓯海区", to=2027, draws=20, data=str(tmp_path))
    assert after is not before and after.lever_model.drawn["nursery_closing"].min() > 0.1


def test_a_lever_moves_only_what_it_can_reach(ouhai):
    moves = ouhai.moves
    assert moves(ouhai.levers["nursery_openings"], "nursery_places_per_1000")
    assert not moves(ouhai.levers["nursery_openings"], "gps_per_10000")
    assert moves(ouhai.levers["migration"], "gps_per_10000") and moves(ouhai.levers["migration"], "births")
    assert not moves(ouhai.levers["gp_trained"], "births")


def test_a_scenario_of_another_region_and_one_that_is_over_change_nothing(ouhai):
    steps = ((ouhai.first_year, 3.0),)
    elsewhere = Scenario("theirs", settings=(("nursery_openings", steps),), regions=("330105",))
    assert ouhai.outlook("nursery_places_per_1000", elsewhere) is ouhai.outlook("nursery_places_per_1000", BASELINE)


def test_it_forgets_projections_beyond_a_few(ouhai):
    for arrivals in range(1, KEPT["people"] + 4):
        ouhai.people(Scenario("in", settings=(("migration", ((ouhai.first_year, float(arrivals)),)),)))
    assert len(ouhai.cache.kept["people"]) == KEPT["people"]


def test_asked_again_it_is_the_same_one_and_a_wrong_name_is_told():
    assert region_model("瓯海区", to=2030, draws=60) is region_model("瓯海区", to=2030, draws=60)
    with pytest.raises(NotKnown, match="瓯海"):
        region_model("瓯海县")


@pytest.mark.parametrize("day, first", [("2025-12-31", 2026), ("2025-12-30", 2025), ("2026-01-01", 2026)])
def test_the_first_open_year_is_the_same_everywhere_also_on_the_last_day_of_a_year(day, first):
    model = region_model("瓯海区", to=2028, as_of=day, draws=20)
    plan = Scenario("push", settings=(("nursery_openings", ((1949, 2.0),)),))
    assert model.first_year == first
    assert model.settled(plan).steps("nursery_openings") == ((first, 2.0),)
    assert what_if("瓯海区", "nursery_places_per_1000", as_of=day, draws=20).years[0] == first
    usual, pushed = (model.outlook("nursery_places_per_1000", s) for s in (BASELINE, plan))
    moved = [y for y in usual.years if not np.array_equal(usual.at(y), pushed.at(y))]
    assert moved[0] == first
