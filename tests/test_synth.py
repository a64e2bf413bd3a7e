"""The fictional country of `dabiao synth`: consistent, without fault, and fictional in every place it shows itself."""

import numpy as np
import pytest
from small_reports import outputs

from dabiao.assessment import assess
from planning.loading.folder import load_catalogue
from reports.workbooks import synth


@pytest.fixture(scope="module")
def nation():
    return synth.country(2, 2, 2, seed=7)


@pytest.fixture(scope="module")
def folder(nation, tmp_path_factory):
    made = tmp_path_factory.mktemp("synth") / "country"
    synth.write(nation, made, seed=7)
    return made


def test_those_below_add_up_exactly_to_those_above(nation):
    for place in nation.all():
        if place.below:
            for what in ("people", "births", "deaths"):
                parts = np.sum([getattr(p.lives, what) for p in place.below], axis=0)
                assert (parts == getattr(place.lives, what)).all(), (place.code, what)


def test_nobody_is_lost_but_by_death_and_moves(nation):
    for place in nation.all():
        if not place.below:
            people = place.lives.people.sum((1, 2))
            moved = np.diff(people) - place.lives.births[1:] + place.lives.deaths[1:]
            assert (np.abs(moved) < 0.03 * people[1:]).all()


def test_the_country_has_no_fault_and_every_part_of_it_is_fictional(folder):
    catalogue = load_catalogue(folder)
    ours = [r for r in catalogue.regions if r.code.startswith("98")]
    assert len(ours) == 1 + 2 + 4 + 8
    assert all(r.fictional and "虚构" in r.name("zh") and "fictional" in r.name("en") for r in ours)
    assert all(o.source.fictional for o in catalogue.observations if o.region.startswith("98"))
    assert all(d.fictional for d in catalogue.documents.values() if d.region.startswith("98"))
    assert all("样例" in r.name_zh and "Sample" in r.name_en for r in ours)


def test_the_same_seed_gives_the_same_country(nation, folder, tmp_path):
    synth.write(synth.country(2, 2, 2, seed=7), tmp_path / "again", seed=7)
    assert outputs(tmp_path / "again") == outputs(folder)
    other = synth.country(2, 2, 2, seed=8)
    assert (other.lives.people != nation.lives.people).any()


def test_a_folder_that_holds_something_is_not_written_over(nation, tmp_path):
    (tmp_path / "mine.csv").write_text("x")
    with pytest.raises(FileExistsError, match="not empty"):
        synth.write(nation, tmp_path, seed=7)


def test_a_fictional_district_is_judged_like_a_real_one(folder):
    a = assess("样例甲一甲区", draws=60, data=str(folder), to=2030)
    assert len(a.verdicts) == 10 and all(v.chance is not None for v in a.verdicts)
    assert a.projection is not None
