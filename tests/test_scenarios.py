"""Scenarios and levers: read, set, saved and compared; nothing is clipped and nothing is silent."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from dabiao import lever_model
from dabiao.comparison import compared
from dabiao.region_model import EVERY_STOCK, region_model
from planning.errors import InvalidData, NotKnown
from planning.indicators import Indicator
from planning.loading.levers import read_levers
from planning.loading.priors import read_priors
from planning.loading.scenarios import read_scenario, save_scenario, scenario_files
from planning.outlooks import Outlook
from planning.paths import SHIPPED
from planning.regions import Region
from planning.scenarios import BASELINE, Contradiction, ElsewhereOnly, check_region, differing, with_settings
from sim.services.programmes import ProgrammeModel, added_up, multiplied, shifted
from sim.services.staff import STAFF
from sim.services.stock import ServicePopulation, bends_people

LEVERS = read_levers([SHIPPED])
OUHAI = Region("330304", "瓯海区", "Ouhai District", "district", "330300")


@pytest.fixture(scope="module")
def bench():
    return region_model("瓯海区", draws=60, also=EVERY_STOCK)


def scenario(name):
    return read_scenario(name, [SHIPPED], LEVERS)


@pytest.mark.parametrize("name", scenario_files([SHIPPED]))
def test_every_shipped_scenario_says_why_and_on_what_evidence(name):
    plan = scenario(name)
    assert plan.name == name and plan.zh and plan.en and plan.reason and plan.evidence


@pytest.mark.parametrize("id", LEVERS)
def test_every_lever_can_be_offered_to_a_planner(id):
    lever = LEVERS[id]
    assert lever.name("zh") != lever.name("en") and lever.unit_name("zh") != lever.unit_name("en")
    assert lever.evidence and lever.acts and lever.plausible and lever.group and lever.note and lever.note_zh
    assert lever.low <= lever.plausible[0] <= lever.plausible[2] <= lever.high and lever.step > 0
    for other in lever.excludes:
        assert id in LEVERS[other].excludes, "what excludes is excluded in turn"


def test_a_scenario_is_read_back_as_it_was_saved(tmp_path):
    plan = with_settings(BASELINE, ["gp_transfer=0.4", "gp_transfer=0.2@2028", "fertility=1.1@2027"], LEVERS, 2026)
    plan = replace(
        plan, name="ours", zh="自拟", reason="a try", regions=("330304",), as_of="2026-03-17", seed=3, draws=500
    )
    path = save_scenario(plan, tmp_path / "ours.yaml")
    again = read_scenario(str(path), [SHIPPED], LEVERS)
    assert again == plan and again.fingerprint == plan.fingerprint
    with pytest.raises(FileExistsError, match="another name"):
        save_scenario(plan, path)
    with pytest.raises(ValueError, match="yaml"):
        save_scenario(plan, tmp_path / "ours.txt")


def test_a_fingerprint_changes_with_a_setting_and_not_with_a_name():
    plan = scenario("gp_push")
    assert replace(plan, name="other", reason="").fingerprint == plan.fingerprint
    assert plan.with_steps("gp_transfer", ((2026, 0.6),)).fingerprint != plan.fingerprint


@pytest.mark.parametrize(
    "asked, error, told",
    [
        (["gp_transfer=9"], InvalidData, "between 0 and 2"),
        (["gp_transfers=0.1"], NotKnown, "gp_transfer"),
        (["gp_transfer"], ValueError, "lever=value@year"),
        (["gp_transfer=much"], ValueError, "lever=value@year"),
        (["gp_transfer=nan"], ValueError, "lever=value@year"),
        (["gp_transfer=0.1@soon"], ValueError, "lever=value@year"),
        (["gp_transfer=0.1@2020"], Contradiction, "is over"),
        (["gp_transfer=0.1@2027", "gp_transfer=0.2@2027"], Contradiction, "one of the two"),
        (["fertility=1.1", "fertility_second=1.2"], Contradiction, "cannot be set together"),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_never_clipped(asked, error, told):
    with pytest.raises(error, match=told):
        with_settings(BASELINE, asked, LEVERS, 2026)


def test_levers_that_exclude_each_other_may_stand_where_one_is_left_alone():
    plan = with_settings(BASELINE, ["fertility=1.0", "fertility_second=1.2"], LEVERS, 2026)
    assert plan.pulled() == ("fertility", "fertility_second")


def test_a_scenario_for_another_region_is_refused_and_pulls_nothing_there():
    plan = replace(scenario("gp_push"), regions=("330100",))
    with pytest.raises(ElsewhereOnly, match="330100"):
        check_region(plan, OUHAI)
    assert plan.within(OUHAI).pulled() == ()
    check_region(scenario("gp_push"), OUHAI)


def test_a_lever_bends_nothing_before_the_first_open_year():
    plan = scenario("high").since(2026)
    values = plan.by_year(LEVERS["fertility"], range(2021, 2030))
    assert (values[:5] == 1.0).all() and (values[5:] == 1.1).all()
    stepped = scenario("hukou_inflow").since(2028)
    assert stepped.by_year(LEVERS["migration"], range(2026, 2031)).tolist() == [0, 0, 10, 5, 5]


def test_neutral_settings_differ_from_none_in_no_value():
    plan = with_settings(BASELINE, [f"{id}={v.neutral}" for id, v in LEVERS.items()], LEVERS, 2026)
    assert not bends_people(plan, LEVERS)


# What levers do, on stocks small enough to check


def outlook(id, unit, level, growth, years, draws=80, spread=0.1):
    rng = np.random.default_rng(len(id))
    steps = np.arange(1, len(years) + 1)
    paths = level * np.exp(rng.normal(growth, 0.02, (draws, 1)) * steps + rng.normal(0, spread, (draws, 1)))
    return Outlook("999999", id, unit, years, paths, "made up", "D")


@pytest.fixture(scope="module")
def ground():
    years = tuple(range(2026, 2033))
    rng = np.random.default_rng(0)
    growth = np.exp(np.cumsum(rng.normal(0.002, 0.004, (80, 8)), axis=1))
    heads = ServicePopulation(
        (2025, *years),
        1e6 * growth,
        np.stack([4e3 * growth, 4.2e3 * growth, 4.4e3 * growth], axis=-1),
        15e3 * growth * np.linspace(1, 0.8, 8),
        13e4 * growth,
    )
    made = {
        "nursery_places_per_1000": outlook("nursery_places_per_1000", "per_1000", 3.5, 0.08, years),
        "beds_per_1000": outlook("beds_per_1000", "per_1000", 6, 0.02, years),
        **{per: outlook(per, "per_1000", 3, 0.03, years) for per, _, _, _ in STAFF.values()},
    }
    return lever_model.build_lever_model(made, heads, np.random.default_rng(5), read_priors())


def under(ground, id, **settings):
    stock = ground.stocks[id]
    plan = replace(BASELINE, settings=tuple((k, ((2026, v),)) for k, v in settings.items()))
    return stock.under(ground.expected, stock.settings(plan, LEVERS))


STOCKS = {"nursery": "nursery_places_per_1000", "beds": "beds_per_1000", "staff": None}
HELPFUL = [
    (id, STOCKS.get(lever.acts[0].split(".")[0]) or STAFF[lever.acts[0].split(".")[1]][0], lever)
    for id, lever in LEVERS.items()
    if lever.acts[0].split(".")[0] in STOCKS and id not in ("nursery_closings", "nursery_fee", "beds_closings", "gp_losses", "staff_losses")
]  # fmt: skip


@pytest.mark.parametrize("id, indicator, lever", HELPFUL, ids=[h[0] for h in HELPFUL])
def test_pulling_a_helpful_lever_further_never_lowers_any_draw_in_any_year(ground, id, indicator, lever):
    settings = np.linspace(lever.low, lever.high, 5)
    paths = [under(ground, indicator, **{id: float(x)})[indicator].paths for x in settings]
    for less, more in zip(paths, paths[1:], strict=False):
        assert (more >= less - 1e-9).all()


def test_no_lever_changes_a_random_number(ground):
    """A lever on one stock leaves every draw of the others as it was, and at neutral its own."""
    plain = ground.outlooks_under(ground.expected, BASELINE, LEVERS)
    plan = replace(BASELINE, settings=(("nursery_public", ((2026, 0.5),)),))
    pushed = ground.outlooks_under(ground.expected, plan, LEVERS)
    moved = ground.stocks["nursery_places_per_1000"].moved
    assert all(np.array_equal(o.paths, pushed[id].paths) for id, o in plain.items() if id not in moved)
    assert (pushed["nursery_places"].paths >= plain["nursery_places"].paths).all()
    neutral = replace(BASELINE, settings=tuple((id, ((2026, v.neutral),)) for id, v in LEVERS.items()))
    again = ground.outlooks_under(ground.expected, neutral, LEVERS)
    assert all(np.array_equal(o.paths, again[id].paths) for id, o in plain.items())


def test_draws_do_not_depend_on_what_else_is_asked(ground):
    alone = lever_model.build_lever_model(
        {"gps_per_10000": ground.outlooks["gps_per_10000"]}, ground.expected, np.random.default_rng(5), read_priors()
    )
    one, other = (g.stocks["gps_per_10000"] for g in (alone, ground))
    assert np.array_equal(one.pace.entering, other.pace.entering)


def test_without_levers_staff_and_beds_are_what_their_outlook_says_of_the_people_expected(ground):
    for id, (of, per) in {"gps_per_10000": ("residents", 1e4), "beds_per_1000": ("residents", 1e3)}.items():
        middle = np.median(ground.expected.group(of), axis=0)[1:]
        found = under(ground, id)[id].paths * ground.expected.group(of)[:, 1:] / per
        assert np.allclose(found, ground.outlooks[id].paths * middle / per)


def test_places_never_outgrow_the_children_however_fast_the_trend(ground):
    years = tuple(range(2026, 2033))
    fast = {"nursery_places_per_1000": outlook("nursery_places_per_1000", "per_1000", 5, 0.6, years)}
    made = lever_model.build_lever_model(fast, ground.expected, np.random.default_rng(5), read_priors())
    places = under(made, "nursery_places_per_1000")["nursery_places_per_100_under3"].paths
    assert places.max() < 100


def test_more_people_dilute_what_is_planned(ground):
    stock = ground.stocks["gps_per_10000"]
    more = replace(ground.expected, residents=ground.expected.residents * 1.1)
    plain, diluted = (stock.paths(h, stock.settings(BASELINE, LEVERS)) for h in (ground.expected, more))
    assert np.allclose(diluted * 1.1, plain)


def test_a_transfer_makes_a_general_practitioner_and_no_physician(ground):
    pulled = ground.outlooks_under(
        ground.expected, replace(BASELINE, settings=(("gp_transfer", ((2026, 1.0),)),)), LEVERS
    )
    plain = ground.outlooks_under(ground.expected, BASELINE, LEVERS)
    assert (pulled["gps"].paths[:, -1] > plain["gps"].paths[:, -1]).all()
    assert np.array_equal(pulled["physicians"].paths, plain["physicians"].paths)


def test_a_recruited_general_practitioner_is_a_physician_too(ground):
    plan = replace(BASELINE, settings=(("gp_recruited", ((2026, 0.5),)),))
    pulled, plain = (ground.outlooks_under(ground.expected, p, LEVERS) for p in (plan, BASELINE))
    gained = {id: (pulled[id].paths - plain[id].paths)[:, 0] for id in ("gps", "physicians")}
    assert np.allclose(gained["gps"], gained["physicians"])


def test_every_assumption_of_a_stock_lists_itself_in_both_languages(ground):
    for o in ground.outlooks_under(ground.expected, BASELINE, LEVERS).values():
        assert o.assumptions
        for sentence in o.assumptions:
            zh, _, en = sentence.partition(" / ")
            assert zh and en, sentence


# Programmes


def test_a_shift_on_the_logit_is_the_logistic_curve_below_its_ceiling():
    p, s, c = 40.0, 0.7, 100.0
    logit = np.log(p / (c - p)) + s
    assert shifted(np.array([[p]]), np.array([s]), c)[0, 0] == pytest.approx(c / (1 + np.exp(-logit)))


@pytest.mark.parametrize("ceiling", (100.0, 95.0))
def test_a_push_never_lowers_a_share_and_never_passes_the_ceiling(ceiling):
    shares = np.linspace(0, 100, 201)[None]
    grown = shifted(shares, np.full(201, 1.5), ceiling)
    assert (grown >= shares - 1e-12).all() and (grown <= np.maximum(shares, ceiling) + 1e-12).all()
    assert np.array_equal(
        shifted(shares, np.zeros(201), ceiling),
        np.where(shares < ceiling, shifted(shares, np.zeros(201), ceiling), shares),
    )


def test_counts_stay_whole_and_cumulative_counts_never_fall():
    yearly = np.array([[100.0, 110.0, 121.0]])
    assert multiplied(yearly, np.array([1.0, 1.5, 1.5])).tolist() == [[100, 165, 182]]
    summed = np.array([[10.0, 30.0, 60.0, 100.0]])
    bent = added_up(summed, np.array([1.0, 1.0, 1.5, 1.5]))
    assert bent.tolist() == [[10, 30, 75, 135]]
    assert np.array_equal(added_up(summed, np.ones(4)), summed)


def test_a_push_bends_only_the_programmes_that_it_names():
    years = (2026, 2027)
    trend = Outlook("999999", "gp_signing_rate", "percent", years, np.full((5, 2), 40.0), "made up", "D")
    plan = replace(BASELINE, settings=(("signing_push", ((2026, 0.5),)), ("screening_push", ((2026, 0.5),))))
    stock = ProgrammeModel(trend)
    bent = stock.under(None, stock.settings(plan, LEVERS))["gp_signing_rate"]
    assert np.allclose(bent.paths, shifted(trend.paths, np.array([0.5, 1.0]), 100.0))
    assert len(bent.assumptions) == 1


# Two scenarios side by side


def add_up(numbers):
    return sum(Decimal(repr(x)) for x in numbers)


@pytest.mark.parametrize(
    "one, other", (("baseline", "nursery_push"), ("low", "gp_push"), ("fiscal_squeeze", "pro_birth"))
)
def test_contributions_add_up_exactly_to_the_difference(bench, one, other):
    found = compared(bench, scenario(one), scenario(other))
    assert found.levers and any(e.moved for e in found.effects)
    for e in found.effects:
        assert add_up(c.median for c in e.changes) == add_up([e.after, -e.before]), e.about.id
        if e.chance_before is not None:
            assert add_up(c.chance for c in e.changes) == add_up([e.chance_after, -e.chance_before]), e.about.id


def test_a_comparison_turned_round_has_the_opposite_difference(bench):
    there, back = (
        compared(bench, scenario(a), scenario(b)) for a, b in (("low", "nursery_push"), ("nursery_push", "low"))
    )
    for e, f in zip(there.effects, back.effects, strict=True):
        assert (e.before, e.after) == (f.after, f.before)


def test_scenarios_that_set_every_lever_alike_differ_in_nothing(bench):
    same = with_settings(BASELINE, ["nursery_openings=1"], LEVERS, 2026)
    assert differing(bench.settled(BASELINE), bench.settled(same)) == ()
    assert not any(e.moved for e in compared(bench, BASELINE, same).effects)


def test_shipped_levers_name_only_indicators_of_the_register(bench):
    register = bench.catalogue.indicators
    assert all(isinstance(register.get(i), Indicator) for v in LEVERS.values() for i in v.indicators)


def test_a_lever_of_ones_own_is_laid_over_the_shipped_ones(tmp_path):
    text = (Path(SHIPPED) / "levers.yaml").read_text(encoding="utf-8").split("migration:")[0].split("fertility:")[1]
    (tmp_path / "levers.yaml").write_text(
        "fertility:" + text.split("fertility_first:")[0].replace("high: 2.0", "high: 1.2"), encoding="utf-8"
    )
    assert read_levers([SHIPPED, tmp_path])["fertility"].high == 1.2
    (tmp_path / "levers.yaml").write_text("odd:\n  zh: 一\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=r"levers\.yaml"):
        read_levers([SHIPPED, tmp_path])
