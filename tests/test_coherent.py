"""A city and its districts, projected together: they add up in every draw, keep their accounts, and nobody is negative."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from dabiao.districts import REST, coherent, descended, figures, rest_of, since
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from reports.cli.main import app
from reports.sections.below import difference

ACCOUNTS = ("people", "births", "deaths", "migrants")


@pytest.fixture(scope="module")
def catalogue():
    whole = load_catalogue()
    return whole.known_by(whole.newest_publication)


@pytest.fixture(scope="module")
def jiamusi(catalogue):
    return coherent(catalogue, catalogue.find("佳木斯市"), 2025, draws=12, seed=4)


def test_every_district_of_the_city_takes_part_on_today_s_boundaries(jiamusi, catalogue):
    assert len(jiamusi.districts) == 10 and not jiamusi.left_out and REST not in jiamusi.parts
    hangzhou = catalogue.children(catalogue.find("杭州市"))
    assert len(hangzhou) == 13 and not any(r.boundary.end for r in hangzhou)


def test_districts_add_up_to_the_city_in_every_draw_cell_and_flow(jiamusi):
    for account in ACCOUNTS:
        together = sum(getattr(p, account) for p in jiamusi.parts.values())
        assert together == pytest.approx(getattr(jiamusi.city, account), rel=1e-9, abs=1e-6), account


def test_what_is_told_of_the_districts_adds_up_in_every_draw(jiamusi):
    city = figures(jiamusi.city, 2025)
    for id, values in city.items():
        assert sum(figures(p, 2025)[id] for p in jiamusi.parts.values()) == pytest.approx(values, rel=1e-9), id


def test_every_district_keeps_its_accounts_and_nobody_is_below_zero(jiamusi):
    for key, part in jiamusi.parts.items():
        assert part.imbalance() < 1e-6, key
        assert (part.people >= 0).all() and (part.births >= 0).all() and (part.deaths >= 0).all(), key


def test_the_correction_says_how_far_the_districts_were_from_their_city(jiamusi):
    missing = jiamusi.city.births_total() - sum(p.births_total() for p in jiamusi.alone.values())
    assert jiamusi.correction.added["births"] == pytest.approx(missing.mean(0))
    assert jiamusi.parts["230803"].assumptions[-1] == jiamusi.correction.sentence()


def test_districts_that_are_not_known_share_what_the_others_leave(jiamusi):
    known = list(jiamusi.parts.values())[:-1]
    rest, last = rest_of(jiamusi.city, known), list(jiamusi.parts.values())[-1]
    assert rest.people[:, 0].sum((1, 2)) == pytest.approx(last.people[:, 0].sum((1, 2)))
    assert rest.imbalance() < 1e-6
    assert rest_of(jiamusi.city, list(jiamusi.parts.values())) is None


def test_a_projection_cut_to_later_years_keeps_its_accounts(jiamusi):
    later = since(jiamusi.city, 2022)
    assert later.years[0] == 2022 and later.imbalance() < 1e-6
    assert np.array_equal(later.people[:, -1], jiamusi.city.people[:, -1])


def test_a_region_without_districts_is_refused_with_one_that_has_them(catalogue):
    with pytest.raises(ValueError, match=r"has no districts.*Ask for a city"):
        coherent(catalogue, catalogue.find("瓯海区"), 2025, draws=4)


def test_the_command_prints_the_city_its_districts_and_the_correction():
    asked = ["districts", "佳木斯", "--to", "2023", "--draws", "6"]
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert len(found["districts"]) == 10 and found["largest_difference"] < 1e-6
    assert found["sum"] == {id: found["city"][id] for id in found["sum"]}
    assert "230800" not in found["correction"]["sentence"] and "Jiamusi City" in found["correction"]["sentence"]
    text = CliRunner().invoke(app, [*asked, "--lang", "en"]).stdout
    assert "Xiangyang District" in text and "Made to add up to Jiamusi City" in text


def test_an_unknown_city_is_refused_with_what_is_near():
    result = CliRunner().invoke(app, ["districts", "杭洲市"])
    assert isinstance(result.exception, NotKnown) and "杭州市" in str(result.exception)


def test_every_level_below_a_province_adds_up_to_the_one_above(catalogue):
    made = list(descended(catalogue, catalogue.find("黑龙江省"), 2023, draws=6, seed=1))
    assert {"230000", "230800"} <= {each.parent.key for each in made}
    for each in made:
        assert difference(each, 2023) < 1e-3, each.parent.key
    province, city = made[0], next(each for each in made if each.parent.key == "230800")
    handed_on = since(province.parts["230800"], city.city.years[0])
    assert np.array_equal(handed_on.people, city.city.people), "the city below is the city that was made to agree"


def test_a_province_is_first_made_to_agree_with_its_siblings_and_the_nation(catalogue):
    nation = coherent(catalogue, catalogue.find("中国"), 2022, draws=6, seed=1)
    first = next(descended(catalogue, catalogue.find("黑龙江省"), 2022, draws=6, seed=1))
    agreed = since(nation.parts["230000"], first.city.years[0])
    assert np.array_equal(first.city.people, agreed.people)
