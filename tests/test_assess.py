"""The whole page: a region in, judged targets out."""

import json
import re

import jsonschema
import numpy as np
import pytest

from dabiao import export
from dabiao.assessment import assess
from dabiao.region_model import region_model
from planning.errors import NotKnown
from planning.methods import Method
from reports.sections import summary

FIVE = ("330102", "330105", "330304", "230800", "330100")


@pytest.fixture(scope="module")
def ouhai():
    return assess("瓯海区", draws=200)


@pytest.mark.parametrize("code", FIVE)
def test_each_of_the_five_regions_is_assessed_in_the_form_of_the_contract(code):
    a = assess(code, draws=60)
    plain = json.loads(export.as_json(a))
    jsonschema.validate(plain, export.schema(), cls=jsonschema.Draft202012Validator)
    assert plain["verdicts"], "a region of the plans has targets"
    assert {"population", "births", "children_under_3", "aged_65_share"} <= set(plain["outlooks"])


def test_the_same_seed_gives_the_same_bytes(ouhai):
    again = assess("ouhai", draws=200)
    assert export.as_json(again) == export.as_json(ouhai)
    other = assess("ouhai", draws=200, seed=1)
    assert export.as_json(other) != export.as_json(ouhai)


def test_the_headline_targets_of_ouhai_get_a_chance(ouhai):
    said = {v.target.indicator: v for v in ouhai.verdicts if v.target.year == 2027}
    for id in ("nursery_places_per_1000", "gps_per_10000", "paediatricians_per_1000_children"):
        assert said[id].chance is not None and said[id].evidence in "ABCD", id


def test_no_verdict_always_has_a_reason(ouhai):
    assert all(v.reason for v in ouhai.verdicts if v.word in ("needs a figure", "not quantitative"))


def test_people_add_up_in_every_draw_sex_and_year(ouhai):
    assert ouhai.projection.imbalance() < 1e-6


def test_the_projection_meets_the_published_totals(ouhai):
    projection = ouhai.projection
    for year, total in ((2021, 978_200), (2023, 1_001_600)):
        found = projection.at(year).total()
        assert np.allclose(found, total, rtol=2e-3), (year, found.mean())


def test_births_by_order_add_up_to_births(ouhai):
    out = ouhai.outlooks
    together = sum(out[k].paths for k in ("births_first", "births_second", "births_third_plus"))
    assert np.allclose(together, out["births"].paths)


def test_places_per_1000_are_places_over_people(ouhai):
    out = ouhai.outlooks
    rate, places, people = (out[k] for k in ("nursery_places_per_1000", "nursery_places", "population"))
    start = people.years.index(rate.years[0])
    assert np.allclose(rate.paths, 1000 * places.paths / people.paths[:, start:])


def test_baseline_and_scenario_share_their_draws(ouhai):
    push = assess("瓯海区", "nursery_push", draws=200)
    before, after = (a.outlooks["nursery_places"] for a in (ouhai, push))
    assert (after.paths >= before.paths - 1e-6).all(), "more places opened never means fewer places"
    assert np.array_equal(ouhai.outlooks["population"].paths, push.outlooks["population"].paths)


def test_both_languages_carry_the_same_numbers(ouhai):
    zh, en = (summary.answer(ouhai, lang) for lang in ("zh", "en"))
    tables = [next(p for p in s.parts if p.kind == "verdicts").rows for s in (zh, en)]
    chances = [[row[4] for row in rows] for rows in tables]
    assert chances[0] == chances[1] and len(chances[0]) > 0


@pytest.mark.parametrize(
    "name", ["title", "answer", "population", "births", "nursery", "gps", "others", "assumed", "gaps"]
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_section_shows_itself(ouhai, name, lang):
    section = getattr(summary, name)(ouhai, lang)
    if section is not None:
        html = section._repr_html_()
        # With the colon, as letters alone come up by chance in a picture that a page carries inside itself.
        assert not re.search("https?:", html) and "<script" not in html


def test_a_wrong_name_is_told_and_nothing_is_guessed():
    with pytest.raises(NotKnown, match="baselin"):
        assess("瓯海区", "baselin")


def test_a_past_deadline_is_judged_on_what_was_known_when_the_plan_came_out():
    a = assess("上城区", draws=60)
    past = [v for v in a.verdicts if v.target.id == "shangcheng_14fyp.life_expectancy.2025"]
    assert past and past[0].as_of == "2022-07-08"


def test_a_plan_that_is_not_out_yet_has_no_targets():
    def own(as_of):
        return [v for v in assess("瓯海区", as_of=as_of, draws=40).verdicts if v.target.document.region == "330304"]

    assert not own("2023-07-01") and own("2023-07-31")


def test_a_region_without_a_census_table_of_its_own_has_people_fitted_from_its_parent():
    a = assess("宁波市", draws=40)
    assert a.projection is not None


def test_every_chance_carries_the_score_of_its_method(ouhai):
    for verdict in json.loads(export.as_json(ouhai))["verdicts"]:
        if verdict["chance"] is not None:
            assert verdict["score"]["zh"] and verdict["score"]["en"], verdict["target"]


def test_the_back_test_told_in_reports_is_the_one_measured():
    from pathlib import Path

    from dabiao.forecast_skill import ENGINES

    measured = Path(__file__).parent.parent / "docs" / "evidence" / "census_backtest.json"
    own = json.loads(measured.read_text(encoding="utf-8"))
    assert own["details"]["constants of migration"].startswith("learned from the other half")
    of = {g["name"].removeprefix("80 % interval held, county, "): f"{g['measured']:.0f}" for g in own["goals"]}
    zh, en = ENGINES[Method.COHORT]
    for ages, words in (("total", "of totals"), ("65+", "of those aged 65 and over"), ("0-4", "of those under 5")):
        assert f"{of[ages]} % {words}" in en and f"{of[ages]}%" in zh, ages
    since = of["totals since 2020 one to three years ahead"]
    assert f"years before, {since} %" in en and f"提前一至三年覆盖 {since}%" in zh


def test_a_census_ahead_moves_what_is_counted_and_nobody_who_lives_there(ouhai):
    from dabiao.lever_model import as_published
    from planning.loading.levers import read_levers
    from planning.scenarios import BASELINE

    expected, levers = ouhai.model.expected, read_levers(ouhai.catalogue.folders)
    living = as_published(expected, ouhai.catalogue, ouhai.region, BASELINE, levers).projection
    at = living.years.index(2030)
    first = living.years.index(2025)  # the survey of 1 % of the people comes before the census
    assert np.array_equal(living.people[:, :first], expected.projection.people[:, :first])
    moved = living.net_migration()[:, at - 1] / living.total()[:, at]
    counted = expected.projection.net_migration()[:, at - 1] / living.total()[:, at]
    before = living.net_migration()[:, at - 2] / living.total()[:, at - 1]
    assert moved.std() < 2 * before.std() < 0.3 * counted.std()


def test_life_expectancy_of_another_basis_moves_no_people_and_is_told_on_its_own(shipped):
    from dabiao.people import on_published_basis
    from dabiao.region_data import life_expectancy_of, published_expectancy

    # Zhejiang prints 80.2 for 2020 and 82.2 for 2021; Hangzhou's own figures are of registered people.
    zhejiang, hangzhou = (shipped.find(name) for name in ("浙江省", "杭州市"))
    known = life_expectancy_of(shipped, zhejiang)
    assert known[2021] - known[2020] < 0.5 and known[2025] - known[2021] == pytest.approx(82.5 - 82.2)
    assert life_expectancy_of(shipped, hangzhou) == {}
    printed, basis = published_expectancy(shipped, hangzhou)
    assert basis == "registered" and printed[2021] == 83.63
    expected = region_model("杭州市", to=2030, draws=60).expected.drivers.life_expectancy
    told = on_published_basis(shipped, hangzhou, expected)
    assert (told.at(2021) == 83.63).all() and np.median(told.at(2025)) > np.median(expected.at(2025)) + 1
    assert "户籍" in told.drivers.zh and "registered" in told.drivers.en
