"""Figures to bring and targets to propose: what would decide, and what is reached with which chance."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from dabiao.figures import LIKELY, figures_to_bring
from dabiao.proposals import proposals
from dabiao.region_model import region_model
from forecasts.nested import Measurement
from forecasts.nested.china import path_of
from forecasts.trees import tree_of
from planning.verdicts import NEEDS_A_FIGURE
from reports.cli.main import app

DRAWS = 60


@pytest.fixture(scope="module")
def ouhai():
    return region_model("瓯海区", draws=DRAWS)


@pytest.fixture(scope="module")
def found(ouhai):
    return figures_to_bring(ouhai)


@pytest.fixture(scope="module")
def proposed(ouhai):
    return proposals(ouhai, 2030, [0.4])


def test_the_figure_that_moves_a_chance_most_comes_first_and_those_that_are_waited_for_last(found):
    moves = [f.expected_move for f in found]
    told = [m for m in moves if m is not None]
    assert told == sorted(told, reverse=True) and told and all(0 < m <= 1 for m in told)
    assert all(m is None for m in moves[len(told) :])
    assert all(f.word == NEEDS_A_FIGURE for f in found if f.expected_move is None)


def test_every_target_that_needs_a_figure_has_its_figure_in_the_list(ouhai, found):
    listed = {f.indicator.id for f in found}
    for target in ouhai.targets:
        if target.key == ouhai.region.key and target.numeric and ouhai.verdict(target).word == NEEDS_A_FIGURE:
            assert target.indicator in listed, target.id


def test_every_figure_to_bring_says_its_unit_its_definition_and_who_holds_it(found):
    assert all(f.indicator.unit and f.indicator.definition and f.holder.zh and f.holder.en for f in found)


def test_an_own_value_at_the_likely_value_makes_the_target_likely_and_one_step_worse_does_not(ouhai, found):
    told = next(f for f in found if f.indicator.id == "gps_per_10000")
    tree = tree_of(ouhai.catalogue, "gps_per_10000", ouhai.to)
    path, step = path_of(ouhai.catalogue, ouhai.region), 10.0**-told.indicator.decimals

    said = [m for m in tree.model.measurements if m.path == path]  # its printed target is evidence of its level

    def chance(value):
        own = [*said, Measurement(path, told.year, value, step)]
        return tree.model.ask(path, [told.target.year], own).chance(told.target.value, told.target.year, True, step)

    assert chance(told.likely_value) >= LIKELY - 0.01 and chance(told.likely_value - 2 * step) < LIKELY


def test_a_figure_that_is_known_already_moves_less_than_before(found):
    before = next(f.expected_move for f in found if f.indicator.id == "gps_per_10000")
    known = region_model(
        "瓯海区", draws=DRAWS, own=[f"gps_per_10000={v}@{y}" for y, v in ((2022, 5.0), (2023, 5.5), (2024, 6.0))]
    )
    after = [f.expected_move for f in figures_to_bring(known) if f.indicator.id == "gps_per_10000"]
    assert not after or after[0] < before
    newest = region_model("瓯海区", draws=DRAWS, own=[f"gps_per_10000=6.2@{known.as_of.year - 1}"])
    assert "gps_per_10000" not in {f.indicator.id for f in figures_to_bring(newest)}


def test_a_count_to_date_of_a_delivery_would_decide_it(ouhai):
    known = region_model("瓯海区", draws=DRAWS, own=["emergency_stations_added=1@2024"])
    assert "emergency_stations_added" in known.outlooks
    told = [f for f in figures_to_bring(known) if f.indicator.id == "emergency_stations_added"]
    assert told and told[0].expected_move > 0 and told[0].year == known.as_of.year - 1


def test_easier_values_have_the_greater_chance_in_the_direction_that_is_better(proposed):
    assert proposed
    for p in proposed:
        values = [v for _, v in p.values]
        assert values == sorted(values, reverse=p.indicator.better == "down"), p.indicator.id
        assert [c for c, _ in p.values] in ([], [0.8, 0.5, 0.4, 0.2])


def test_a_proposed_value_is_reached_with_the_chance_it_was_proposed_at(ouhai, proposed):
    told = next(p for p in proposed if p.indicator.id == "regular_exercise_share")
    tree, path = tree_of(ouhai.catalogue, "regular_exercise_share", ouhai.to), path_of(ouhai.catalogue, ouhai.region)
    for chance, value in told.values:
        reached = 1 - float(tree.model.ask(path, [2030]).cdf(value, 2030))
        assert chance - 1e-6 <= reached < chance + 0.02


def test_a_proposal_is_printed_to_the_decimals_of_its_indicator_and_stays_in_range(proposed):
    for p in proposed:
        for _, value in p.values:
            assert value == round(value, p.indicator.decimals)
            assert p.indicator.range[0] <= value <= p.indicator.range[1]


def test_where_the_interval_says_nothing_no_value_is_proposed(proposed):
    vague = [p for p in proposed if p.vague]
    assert vague and all(p.ambitious is None and p.rank is None for p in vague)


def test_the_targets_of_the_nation_stand_beside_a_districts_proposals(proposed):
    nurses = next(p for p in proposed if p.indicator.id == "nurses_per_1000")
    assert {t.level for t in nurses.asked} == {"nation"}
    assert nurses.ambitious is not None and np.diff(nurses.ambitious)[0] > 0


@pytest.mark.parametrize(("year", "chances", "said"), [(2019, (), "from 2026"), (2030, (1.2,), "between 0 and 1")])
def test_what_cannot_be_proposed_is_said(ouhai, year, chances, said):
    with pytest.raises(ValueError, match=said):
        proposals(ouhai, year, chances)


@pytest.mark.parametrize("command", ["bring", "propose"])
def test_the_commands_speak_both_languages_and_print_the_same_rows_as_json(command):
    run = CliRunner()
    for lang in ("zh", "en"):
        said = run.invoke(app, [command, "瓯海区", "--draws", str(DRAWS), "--lang", lang])
        assert said.exit_code == 0, said.output
    rows = json.loads(run.invoke(app, [command, "瓯海区", "--draws", str(DRAWS), "--json"]).output)
    assert rows and {"indicator", "unit", "name_zh", "name_en"} <= set(rows[0])
