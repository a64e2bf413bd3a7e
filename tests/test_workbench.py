"""The workbench answers at once what `assess` answers from the ground up."""

import numpy as np
import pytest

from dabiao.assess import assess
from dabiao.region_model import KEPT_PEOPLE, workbench
from planning.errors import NotKnown
from planning.scenarios import BASELINE, Scenario


@pytest.fixture(scope="module")
def ouhai():
    return workbench("瓯海区", to=2030, draws=60)


@pytest.mark.parametrize("scenario", ["nursery_push", "gp_push", "high"])
@pytest.mark.parametrize("region", ["瓯海区", "杭州市"])
def test_every_outlook_and_chance_is_that_of_assess(region, scenario):
    bench = workbench(region, to=2030, draws=60)
    a = assess(region, scenario, to=2030, draws=60)
    for id in set(a.futures.outlooks) & set(bench.futures.outlooks):
        mine = bench.outlook(id, a.scenario)
        assert np.allclose(mine.paths, a.futures.outlooks[id].paths, rtol=1e-6), id
    said = {v.target.id: v.chance for v in a.verdicts}
    for target in bench.targets():
        assert bench.chance(target, a.scenario) == said[target.id], target.id


def test_contributions_add_up_to_the_change_of_the_chance(ouhai):
    target = next(t for t in ouhai.targets() if t.indicator == "nursery_places_per_1000")
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
    for arrivals in range(1, KEPT_PEOPLE + 4):
        ouhai.people(Scenario("in", settings=(("migration", ((ouhai.first_year, float(arrivals)),)),)))
    assert len(ouhai.kept_people) == KEPT_PEOPLE


def test_asked_again_it_is_the_same_one_and_a_wrong_name_is_told():
    assert workbench("瓯海区", to=2030, draws=60) is workbench("瓯海区", to=2030, draws=60)
    with pytest.raises(NotKnown, match="瓯海"):
        workbench("瓯海县")
