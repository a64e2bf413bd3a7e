"""What it takes: the answers hold when they are tried, add up, and say so when there is none."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from dabiao import cheapest, influence, pace, sensitivity, signposts
from dabiao.assessment import assess
from dabiao.reachability import reach, reached
from dabiao.what_if import NothingToReach, what_if, what_if_in
from planning.errors import NotKnown
from planning.scenarios import BASELINE
from planning.series import Series
from reports.cli.scenario import commands
from reports.messages import reach as reach_messages

DRAWS = 100


@pytest.fixture(scope="module")
def nursery():
    return reached(what_if("瓯海区", "nursery_places_per_1000", draws=DRAWS), 0.6)


@pytest.fixture(scope="module")
def doctors():
    return reached(what_if("ouhai", "ouhai_2023_2027.gps_per_10000.2027", draws=DRAWS), 0.7)


@pytest.fixture(params=("nursery", "doctors"))
def answer(request):
    return request.getfixturevalue(request.param)


def test_the_chance_without_levers_is_that_of_the_report(answer):
    said = {v.target.id: v for v in assess("瓯海区", draws=DRAWS).verdicts}[answer.what.target.id]
    assert answer.chance == pytest.approx(said.chance) and answer.verdict.median == pytest.approx(said.median)


def test_on_an_assessment_the_answer_is_the_same(doctors):
    a = assess("瓯海区", draws=DRAWS)
    again = reached(what_if_in(a.model, doctors.what.target, a.scenario), 0.7)
    assert reach_messages.reach_plain(again) == reach_messages.reach_plain(doctors)


def test_a_break_even_gives_its_chance_and_less_of_the_lever_does_not(answer):
    what = answer.what
    for b in answer.alone:
        lever = what.levers[b.lever]
        if b.setting is None:
            assert b.best < b.wanted and what.chance({b.lever: b.best_setting}) == b.best
            continue
        assert lever.low <= b.setting <= lever.high and what.chance({b.lever: b.setting}) >= b.wanted
        if b.setting != lever.neutral:
            less = lever.neutral + (b.setting - lever.neutral) * 0.5
            assert what.chance({b.lever: less}) <= what.chance({b.lever: b.setting})


def test_the_contributions_of_levers_add_up_to_what_all_of_them_do(answer):
    draws = len(answer.what.values({}))
    assert answer.steps
    counts = [round(s.by * draws) for s in answer.steps]
    assert sum(counts) == round(answer.steps[-1].chance * draws) - round(answer.chance * draws)
    together = answer.what.chance({s.lever: s.setting for s in answer.steps})
    assert together == answer.steps[-1].chance


def test_the_tornado_leaves_its_middle_where_the_lever_is_left_alone(answer):
    for bar in answer.tornado:
        for x, chance in zip(bar.settings, bar.chances, strict=True):
            assert chance == answer.what.chance({bar.lever: x})
    swings = [b.swing for b in answer.tornado]
    assert swings == sorted(swings, reverse=True)


def test_the_cheapest_set_gives_the_chance_and_costs_no_more_than_any_lever_alone(answer):
    what, bought = answer.what, answer.purchase
    assert bought is not None
    assert what.chance(dict(bought.settings)) >= answer.wanted
    assert bought.total == pytest.approx(sum(cheapest.price(what, id, v) for id, v in bought.settings))
    for b in answer.alone:
        if b.wanted == answer.wanted and b.setting is not None:
            lever = what.levers[b.lever]
            alone = cheapest.price(what, b.lever, b.setting)
            within = b.setting <= (lever.plausible[2] if bought.plausible else lever.high)
            if alone is not None and within:
                assert bought.total <= alone * 1.05, b.lever


def test_the_shortage_is_what_brings_each_chance(answer):
    """So many places or persons more at the deadline, in every draw, give the chance for which they were reckoned."""
    what, short = answer.what, answer.shortage
    stock = what.stock
    at = stock.years.index(what.target.year)
    per = 10_000 if what.about.id == "gps_per_10000" else 1000
    people = stock.expected.residents[:, at]
    for chance, needed in short.needed:
        values = what.values({}) + per * needed / people
        assert float(what.hits(values).mean()) >= chance - 1 / DRAWS


def test_the_target_at_a_chance_is_met_with_that_chance(answer):
    values = answer.what.values({})
    for chance, target in answer.at_chance:
        assert float((values >= target).mean()) == pytest.approx(chance, abs=1.5 / DRAWS)


def test_the_year_at_a_chance_is_the_first_that_has_it(answer):
    outlook = answer.what.outlook({})
    for chance, year in answer.years:
        by_year = {y: float(answer.what.hits(outlook.at(y)).mean()) for y in outlook.years if y >= 2026}
        enough = [y for y, c in by_year.items() if c >= chance]
        assert year == (enough[0] if enough else None)


def test_a_higher_chance_needs_no_less_of_any_lever(answer):
    for id in answer.levers:
        lever = answer.what.levers[id]
        mine = sorted((b for b in answer.alone if b.lever == id), key=lambda b: b.wanted)
        far = [np.inf if b.setting is None else abs(b.setting - lever.neutral) for b in mine]
        assert far == sorted(far)


def test_people_alone_do_what_the_change_of_their_number_says(answer):
    d = answer.denominator
    assert d.of == ("children_under_3" if d.per_100 else "residents")
    assert d.moved == pytest.approx(answer.verdict.median - d.median)
    if d.residents > 0:
        assert d.moved < 0, "more residents dilute the same places and staff"


def test_a_signpost_parts_the_draws_that_fail_from_those_that_succeed(answer):
    what = answer.what
    outlook, hits = what.outlook({}), what.hits(what.values({}))
    for s in answer.signposts:
        value = outlook.at(s.year)
        if s.danger is not None:
            assert hits[value <= s.danger].mean() < 1 / 3 and s.odds == (value <= s.danger).mean()
        if s.safe is not None:
            assert hits[value >= s.safe].mean() > 2 / 3


def test_a_lever_that_moves_nothing_is_no_candidate(nursery, doctors):
    assert not any(id.startswith("gp_") for id in nursery.levers)
    assert not any(id.startswith("nursery_") for id in doctors.levers)
    assert "gp_directed" not in doctors.levers, "who is admitted in 2026 practises in 2034"
    assert {"gp_transfer", "gp_entries"} <= set(doctors.levers)


def test_only_the_levers_asked_for_are_tried(nursery):
    few = reached(nursery.what, 0.6, ("nursery_public", "gp_transfer"))
    assert few.levers == ("nursery_public",) and few.idle == ("gp_transfer",)
    assert "Transfer training to GP" in "\n".join(reach_messages.reach_lines(few, "en")), (
        "what was asked for in vain is named"
    )
    with pytest.raises(NotKnown, match="nursery_public"):
        reached(nursery.what, 0.6, ("nursery_publik",))


def test_the_same_seed_gives_the_same_answer(doctors):
    again = reached(what_if("瓯海区", "gps_per_10000", draws=DRAWS), 0.7)
    assert reach_messages.reach_plain(again) == reach_messages.reach_plain(doctors)


def test_people_between_two_projections_are_those_of_a_projection(nursery):
    what = nursery.what
    for id, value in (("migration", 7.0), ("fertility", 1.15)):
        near, exact = what.model.interpolated_heads({id: value}), what.model.heads(what.plan({id: value}))
        assert np.allclose(near.residents, exact.residents, rtol=1e-5)
        assert np.allclose(near.under3, exact.under3, rtol=1e-4)


@pytest.mark.parametrize(
    "words, error, told",
    [
        (("瓯海区", "第三人民医院"), NotKnown, "dabiao targets"),
        (("瓯海区", "child_friendly_hospitals"), NothingToReach, "no number"),
        (("瓯海区", "smart_health_stations"), NothingToReach, "data/tables"),
        (("瓯海", "gps_per_1000"), NotKnown, "gps_per_10000"),
    ],
)
def test_what_cannot_be_reached_by_number_is_told_with_the_reason(words, error, told):
    with pytest.raises(error, match=told):
        what_if(*words, draws=20)


@pytest.mark.parametrize("chance", (0, 1, 80, -0.1))
def test_a_chance_that_is_none_is_refused(chance):
    with pytest.raises(ValueError, match="between 0 and 1"):
        reach("瓯海区", "gps_per_10000", chance=chance, draws=20)


def test_a_chance_out_of_reach_is_said_to_be_so(doctors):
    far = reached(doctors.what, 0.999, ("gp_losses",))
    assert far.purchase is None and far.best_together < 0.999
    assert all(b.setting is None for b in far.alone if b.wanted == 0.999)
    text = "\n".join(reach_messages.reach_lines(far, "en"))
    assert "not reachable by this lever alone" in text


def test_a_past_deadline_is_answered_on_the_day_of_its_plan():
    r = reached(what_if("佳木斯市", "jiamusi_14fyp.life_expectancy.2025", draws=40), 0.8)
    assert r.what.past and r.what.model.as_of.year < 2025 and r.levers == ()
    assert "The deadline is past" in "\n".join(reach_messages.reach_lines(r, "en"))


@pytest.mark.parametrize("lang", ("zh", "en"))
def test_the_text_names_every_lever_and_the_json_is_plain(answer, lang):
    text = "\n".join(reach_messages.reach_lines(answer, lang))
    assert all(answer.what.levers[id].name(lang) in text for id in answer.levers)
    plain = json.loads(json.dumps(reach_messages.reach_plain(answer)))
    assert len(plain["break_even"]) == len(answer.alone) and plain["target"]["year"] == 2027


def test_under_a_scenario_what_is_needed_starts_from_the_scenario():
    a = assess("瓯海区", "nursery_push", draws=DRAWS)
    target = next(v.target for v in a.verdicts if v.target.indicator == "nursery_places_per_1000")
    plain, pushed = (reached(what_if_in(a.model, target, s), 0.6) for s in (BASELINE, a.scenario))
    stated = {v.target.id: v.chance for v in a.verdicts}[target.id]
    assert pushed.chance == pytest.approx(stated) and pushed.chance > plain.chance
    for id in a.scenario.pulled():
        lever = pushed.what.levers[id]
        assert lever.neutral == a.scenario.by_year(lever, [target.year])[0], (
            "what the scenario sets is not asked for again"
        )
        assert cheapest.units_of(pushed.what, id, lever.neutral) in (None, 0.0)


def test_what_a_lever_comes_to_is_the_same_on_the_page_and_in_the_cheapest_set(nursery):
    from dabiao.resource_needs import costs

    what = nursery.what
    for id, value in (("nursery_openings", 1.5), ("nursery_public", 0.3), ("nursery_conversion", 0.1)):
        if what.levers[id].cost is not None:
            (told,) = costs(what.model, what.target, what.plan({id: value}))
            assert cheapest.units_of(what, id, value) == pytest.approx(told.units.sum())
            assert cheapest.price(what, id, value) == pytest.approx(told.yuan.sum())


# The parts, on numbers that can be checked by hand


def test_the_variance_shares_of_independent_causes_are_their_own():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 4000))
    found = influence.shares(2 * a + b, {"a": a, "b": b, "c": c})
    assert found["a"] == pytest.approx(0.8, abs=0.04) and found["b"] == pytest.approx(0.2, abs=0.04)
    assert "c" not in found, "what has no influence does not stand out"
    assert list(found) == ["a", "b"]


def test_a_constant_cause_or_value_explains_nothing():
    x = np.arange(100.0)
    assert influence.variance_share(x, np.ones(100)) == 0 and influence.variance_share(np.ones(100), x) == 0


def test_a_signpost_lies_between_failure_and_success():
    value = np.linspace(0, 1, 101)
    paths = np.stack([value, value], axis=1)
    (post,) = signposts.signposts(paths, (2026, 2027), value > 0.5, True, 2027, 2026)
    assert post.danger == pytest.approx(0.5) and post.safe == pytest.approx(0.51)
    (down,) = signposts.signposts(paths, (2026, 2027), value < 0.5, False, 2027, 2026)
    assert down.danger == pytest.approx(0.5) and down.safe == pytest.approx(0.49)


def test_the_break_even_of_a_known_curve_is_where_it_crosses():
    from planning.levers import Lever

    lever = Lever("push", "推", "push", "x", "x", (), "times", "倍", 0.0, 2.0, 1.0, 0.01, evidence="assumption")
    chance = lambda s: float(np.clip(0.5 * s.get("push", 1.0), 0, 0.95))  # noqa: E731
    half, most, never = sensitivity.break_even(chance, lever, (0.5, 0.9, 0.99), chance({}))
    assert half.setting == 1.0 and most.setting == pytest.approx(1.8, abs=0.01) and most.setting >= 1.8 - 1e-9
    assert never.setting is None and never.best == 0.95


def test_the_pace_needed_lies_among_those_of_peers_where_it_should():
    peers = [Series(f"{i:06d}", "x", "per_1000", (2020, 2022), (2.0, 2.0 * (1 + i / 100) ** 2)) for i in range(40)]
    found = pace.pace((2023, 3.0), False, 3.0 * 1.1**2, 2025, "log", True, None, peers)
    assert found.needed == pytest.approx(0.315) and found.needed_scaled == pytest.approx(np.log(1.1))
    assert (found.windows, found.regions, found.length) == (40, 40, 2)
    assert found.percentile == pytest.approx(0.25, abs=0.03)
    falling = pace.pace((2023, 3.0), False, 2.7, 2025, "log", False, None, peers)
    assert falling.percentile == 1.0, "no peer fell, so all were slower"
    assert pace.pace((2025, 3.0), False, 4.0, 2025, "log", True, None, peers) is None


def test_windows_do_not_cross_a_break():
    broken = Series("000001", "x", "per_1000", (2020, 2022), (1.0, 9.0), breaks=(2021,))
    assert len(pace.peer_paces([broken], "log", 2)[0]) == 0


# At the terminal


def run(*words):
    return CliRunner().invoke(commands, list(words))


def test_the_commands_answer_in_json(tmp_path):
    said = run("levers", "--json")
    assert said.exit_code == 0 and "nursery_public" in json.loads(said.stdout)
    path = str(tmp_path / "ours.yaml")
    made = (
        "scenario",
        "瓯海区",
        "--set",
        "nursery_openings=1.5@2026",
        "--name",
        "ours",
        "--save",
        path,
        "--draws",
        "40",
    )
    first = run(*made, "--json")
    assert first.exit_code == 0, first.output
    again = run("scenario", "瓯海区", "--scenario", path, "--draws", "40", "--json")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert run("scenario", "杭州市", "--scenario", path, "--draws", "40").exit_code != 0, (
        "it was made for another region"
    )


def test_a_mistake_at_the_terminal_ends_with_status_2_and_words():
    code = (
        "import sys\nfrom reports.cli.main import app, main\nfrom reports.cli.scenario import commands\n"
        "names = {c.callback.__name__ for c in app.registered_commands}\n"
        "app.registered_commands += [] if 'reach' in names else commands.registered_commands\nmain()"
    )
    words = ["scenario", "瓯海区", "--set", "nursery_openings=9", "--draws", "20"]
    said = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120)
    assert said.returncode == 2 and "between 0 and 5" in said.stderr and "Traceback" not in said.stderr
