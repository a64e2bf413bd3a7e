"""The desk behind the planner's page: drafts, what they take and cost, and what is handed on."""

import io
from datetime import datetime
from urllib.parse import parse_qs

import numpy as np
import openpyxl
import pytest

from dabiao.assessment import assess
from dabiao.region_model import EVERY_STOCK, region_model
from dabiao.resource_needs import costs, lines
from planner.draft import Asked, Draft, asked, begin, own_goal, presets
from planner.scenario_book import scenario_book
from planner.scenario_view import file_name
from planner.scenario_widget import ScenarioWidget, scenario_widget
from planning.errors import InvalidData, NotKnown
from planning.scenarios import Contradiction, ElsewhereOnly

NURSERY = "nursery_places_per_1000"


@pytest.fixture(scope="module")
def bench():
    return region_model("瓯海区", draws=60, also=EVERY_STOCK)


@pytest.fixture
def draft(bench):
    return begin(bench, indicator=NURSERY)


def test_moves_are_undone_one_by_one_and_a_drag_of_one_slider_at_once(draft):
    for value in (1.1, 1.2, 1.3):
        draft.move("nursery_openings", value)
    draft.move("migration", 5)
    assert draft.scenario.pulled() == ("nursery_openings", "migration")
    assert draft.undo() and draft.scenario.pulled() == ("nursery_openings",)
    assert draft.undo() and draft.scenario.pulled() == () and not draft.undo()


def test_a_slider_at_neutral_is_no_setting(draft):
    draft.move("nursery_openings", 1.5)
    draft.move("nursery_openings", 1.0)
    assert draft.scenario.settings == ()


def test_a_setting_out_of_range_or_against_another_is_refused_and_never_clipped(draft):
    draft.move("fertility", 1.2)
    with pytest.raises(InvalidData, match=r"between 0\.5 and 2"):
        draft.move("fertility", 9)
    with pytest.raises(Contradiction, match="fertility"):
        draft.move("fertility_first", 1.2)
    assert draft.scenario.steps("fertility")[0][1] == 1.2 and draft.scenario.pulled() == ("fertility",)


def test_a_link_opens_the_same_draft(bench, draft):
    draft.move("nursery_openings", 1.5, 2027)
    draft.move("migration", -4)
    again = begin(bench, asked(draft.link("en")))
    assert again.scenario.settings == draft.scenario.settings and again.target == draft.target
    own = Draft(bench, own_goal(bench, "gps_per_10000", 5.5, 2029), draft.scenario)
    assert begin(bench, asked(own.link("zh"))).target == own.target


def test_a_saved_scenario_gives_the_same_chance_everywhere(bench, draft, tmp_path):
    draft.move("nursery_openings", 1.8)
    draft.move("migration", 6)
    path = tmp_path / "mine.yaml"
    path.write_bytes(draft.yaml("mine"))
    other = begin(bench, indicator=NURSERY)
    other.load(path.read_bytes(), "mine.yaml")
    a = assess("瓯海区", str(path), draws=60)
    said = next(v.chance for v in a.verdicts if v.target == draft.target)
    assert bench.chance(draft.target, draft.scenario) == bench.chance(other.target, other.scenario) == said


def test_a_scenario_of_another_region_or_with_unknown_words_is_refused_and_nothing_is_lost(draft):
    draft.move("nursery_openings", 1.5)
    stands = draft.scenario
    for content, error in (
        (b"name: x\nregions: ['330105']\nsettings: {nursery_openings: 2}\n", ElsewhereOnly),
        (b"name: x\nsettings: {nursery_opening: 2}\n", InvalidData),
        (b"name: x\nversion: 9\n", InvalidData),
        (b"\xff\xfe\x00", ValueError),
        (b"a" * 300_000, ValueError),
    ):
        with pytest.raises(error):
            draft.load(content, "x.yaml")
        assert draft.scenario == stands


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "../../etc/passwd", "<b>x</b>", "情景 一", "+1", "@x", ""])
def test_a_name_is_a_name_in_files_and_workbooks(draft, name):
    assert "/" not in file_name(name) and "\\" not in file_name(name) and ".." not in file_name(name)
    draft.move("nursery_openings", 1.5)
    book = openpyxl.load_workbook(io.BytesIO(scenario_book(draft, name, "zh")))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    desk_shown = ScenarioWidget(draft, "zh")
    desk_shown.name.value = name
    desk_shown._by_hand(desk_shown._save)
    desk_shown.show_rest()
    assert "<b>x" not in desk_shown.hand_on.value


def test_the_workbook_of_a_draft_is_the_same_bytes_each_time(draft):
    draft.move("migration", 3)
    assert scenario_book(draft, "x", "en") == scenario_book(draft, "x", "en")


def test_what_the_target_asks_for_is_its_value_times_the_people(bench, draft):
    found = {line.key: line for line in lines(bench, draft.target, draft.scenario)}
    residents = bench.heads().over(found["needed"].years).residents
    assert np.allclose(found["needed"].values, draft.target.value * residents / 1000)
    met = found["there"].at(draft.target.year) >= found["needed"].at(draft.target.year)
    assert abs(met.mean() - bench.chance(draft.target)) < 0.03, "but for rounding"
    assert np.allclose(found["waiting"].values, found["wanting"].values - found["inside"].values)
    assert (found["inside"].values <= found["there"].values + 1e-9).all()


def test_the_cost_of_a_lever_is_what_it_comes_to_times_its_price_and_nothing_costs_nothing(bench, draft):
    assert costs(bench, draft.target, draft.scenario) == ()
    draft.move("nursery_public", 0.4)
    (cost,) = costs(bench, draft.target, draft.scenario)
    people = float(np.median(bench.lever_model.stocks[NURSERY].expected.residents[:, 0]))
    assert np.allclose(cost.units, 0.4 * people / 1000) and np.allclose(cost.yuan, 60_000 * cost.units)
    assert cost.years == tuple(range(bench.first_year, draft.target.year + 1))


def test_presets_are_the_scenarios_that_speak_of_the_region(bench, draft):
    found = presets(bench)
    assert next(iter(found)) == "baseline" and {"nursery_push", "gp_push", "low", "high"} <= set(found)
    draft.preset("nursery_push")
    assert bench.chance(draft.target, draft.scenario) > bench.chance(draft.target)
    with pytest.raises(NotKnown, match="nursery_push"):
        draft.preset("nurserypush")


def test_a_goal_of_ones_own_is_checked(bench):
    goal = own_goal(bench, "gps_per_10000", 5.0, 2029)
    assert (goal.comparison, goal.value, goal.year) == ("at_least", 5.0, 2029)
    assert own_goal(bench, "aged_65_share").value is not None
    with pytest.raises(NotKnown, match="gps_per_10000"):
        own_goal(bench, "gps_per_1000")
    for value, year in ((1e9, 2029), (5.0, 2015), (5.0, 2999)):
        with pytest.raises(ValueError):
            own_goal(bench, "gps_per_10000", value, year)


@pytest.mark.parametrize("query", ["colour=red", "lang=fr", "set=" + "x" * 7000])
def test_an_address_that_means_nothing_is_told(query):
    with pytest.raises((NotKnown, ValueError)):
        asked(query)
    assert asked("token=secret&region=330304") == Asked(region="330304")


def test_both_languages_show_the_same_numbers(bench):
    chinese, english = (scenario_widget("瓯海区", lang, NURSERY, draws=60) for lang in ("zh", "en"))
    for one in (chinese, english):
        one.sliders["nursery_openings"].value = 1.7
    chances = [one.answer.value.split('data-chance="')[1].split('"')[0] for one in (chinese, english)]
    assert chances[0] == chances[1]
    assert parse_qs(chinese.draft.link("zh"))["set"] == parse_qs(english.draft.link("en"))["set"]


def test_a_desk_without_a_kernel_shows_everything_at_once(bench):
    made = scenario_widget("瓯海区", "zh", NURSERY, draws=60)
    made.sliders["nursery_openings"].value = 1.6
    assert "新开托位" in made.parts.value and "set=nursery_openings" in made.hand_on.value
    still = made._repr_mimebundle_()[0]["text/html"]
    assert "<svg" in still and "新开托位" in still


def test_an_own_figure_moves_the_answer_is_kept_in_link_file_and_book_and_can_be_taken_out_again(tmp_path):
    gps, word = "gps_per_10000", "gps_per_10000=8.2@2024"
    made = scenario_widget("瓯海区", "zh", gps, draws=200)
    before = made.draft.bench.verdict(made.draft.target)
    made.own_indicator.value, made.own_year.value, made.own_value.value = gps, 2024, 8.2
    made.own_add.click()
    after = made.draft.bench.verdict(made.draft.target)
    assert made.draft.own == (word,) and made.draft.target.id == before.target.id
    assert after.chance > before.chance and after.high80 / after.low80 < before.high80 / before.low80
    assert (
        after.evidence <= before.evidence
        and "本次录入的数（无来源）" in made.answer.value
        and "本次录入，无来源" in made.chart.value
    )
    again = scenario_widget("瓯海区", "zh", draws=200, state=made.draft.link("zh"))
    assert again.draft.own == (word,) and again.answer.value == made.answer.value
    content = made.draft.yaml("mine")
    assert b"gps_per_10000=8.2@2024" in content and b"format: 2" in content
    book = openpyxl.load_workbook(io.BytesIO(scenario_book(made.draft, "mine", "zh")))
    assert any(c.value == word for sheet in book for row in sheet.iter_rows() for c in row)
    other = scenario_widget("瓯海区", "zh", gps, draws=200)
    sent = {
        "name": "mine.yaml",
        "type": "",
        "size": len(content),
        "content": content,
        "last_modified": datetime(2026, 8, 1),
    }
    other.load.value = (sent,)
    assert other.draft.own == (word,) and other.draft.bench.verdict(other.draft.target).chance == after.chance
    made.own_list.children[0].children[1].click()
    assert made.draft.own == () and made.draft.bench.verdict(made.draft.target).chance == before.chance


def test_an_own_figure_that_cannot_be_is_told_and_nothing_is_lost():
    made = scenario_widget("瓯海区", "zh", "gps_per_10000", draws=60)
    shown = made.answer.value
    made.own_indicator.value, made.own_value.value = "gps_per_10000", -3.0
    made.own_add.click()
    assert "lies between" in made.message.value and made.draft.own == () and made.answer.value == shown


def test_a_figure_for_a_target_that_waited_for_it_brings_the_target_to_the_desk():
    made = scenario_widget("瓯海区", "en", "gps_per_10000", draws=60)
    assert "aeds_per_10000" not in made.draft.bench.outlooks
    made.own_indicator.value, made.own_year.value, made.own_value.value = "aeds_per_10000", 2024, 2.0
    made.own_add.click()
    assert made.draft.target.indicator == "aeds_per_10000" and "entered here, no source" in made.answer.value
