"""What must hold whatever the numbers are: people add up, more never means less, order and unit do not matter, the future
does not reach the past."""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dabiao import export
from dabiao.assessment import assess
from dabiao.region_model import EVERY_STOCK, region_model
from forecasts.series_forecast import forecast_series
from planning.indicators import Indicator
from planning.loading.levers import read_levers
from planning.loading.scenarios import read_scenario, save_scenario
from planning.outlooks import Outlook
from planning.paths import SHIPPED
from planning.populations import Population
from planning.scenarios import with_settings
from planning.series import Series
from planning.targets import Document, Target
from planning.verdicts import judge
from reports.sections import summary
from sim.demography.cohort import project_region
from sim.demography.life_tables import life_table
from sim.demography.mortality import mx_for

LEVERS = read_levers([SHIPPED])
BEDS = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 1e9), 2, "capacity")
PLAN = Document("plan", "A plan", "A bureau", date(2022, 7, 1), "000000", 2027)
ASKED = Target("p.x", PLAN, "000000", "district", "x", "at_least", "per_1000", 2027, "rate", "expected", value=4.6)
LIVED = life_table(mx_for(np.array([75.4, 81.0]))).person_years
HEADING = "region,edition,indicator,year,period,basis,status,value,precision,grade,source,note\n"


def few(count):
    """So many examples, the same ones every time, without a clock."""
    calm = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=calm)


@pytest.fixture(scope="module")
def bench():
    return region_model("瓯海区", to=2030, draws=40, also=EVERY_STOCK)


@pytest.fixture(scope="module")
def ouhai():
    return assess("瓯海区", to=2030, draws=40)


# ---------------------------------------------------------------- people


@few(12)
@given(
    size=st.floats(0.5, 5000),
    tfr=st.floats(0.3, 8),
    men=st.floats(62, 82),
    gap=st.floats(0, 9),
    net=st.floats(-0.01, 0.05),
    seed=st.integers(0, 99),
)
def test_people_are_those_before_plus_born_less_dead_plus_moved_in_every_draw_sex_and_year(
    size, tfr, men, gap, net, seed
):
    rng = np.random.default_rng(seed)
    base = Population("339999", 2023, size * LIVED * rng.uniform(0.3, 1.7, LIVED.shape))
    draws, years = 3, 6
    e0 = np.stack([men + rng.normal(0, 0.5, (draws, years)), men + gap + rng.normal(0, 0.5, (draws, years))], axis=-1)
    births = tfr * rng.uniform(0.9, 1.1, (draws, years))
    moved = net * base.people.sum() * rng.uniform(0.5, 1, (draws, years))
    ahead = project_region(base, births, e0, moved, boys_per_girl=1.09)
    assert ahead.imbalance() < 1e-9 * base.people.sum() + 1e-9
    assert (ahead.people >= 0).all() and (ahead.births >= 0).all() and (ahead.deaths >= -1e-9).all()


@few(6)
@given(factor=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_a_town_ten_times_as_large_has_ten_times_as_many_of_everything(factor, seed):
    rng = np.random.default_rng(seed)
    one = Population("339999", 2023, 100 * LIVED * rng.uniform(0.5, 1.5, LIVED.shape))
    many = replace(one, people=factor * one.people)
    tfr, e0, net = rng.uniform(0.8, 2, (2, 5)), np.full((2, 5, 2), (76.0, 81.0)), rng.normal(0, 500, (2, 5))
    small = project_region(one, tfr, e0, net, boys_per_girl=1.09)
    large = project_region(many, tfr, e0, factor * net, boys_per_girl=1.09)
    assert np.allclose(large.people, factor * small.people, rtol=1e-9)
    assert np.allclose(large.births, factor * small.births, rtol=1e-9)


def test_no_outlook_of_people_or_places_is_ever_below_nought_and_percentages_stay_in_range(ouhai):
    for id, outlook in ouhai.outlooks.items():
        about = ouhai.catalogue.indicator(id)
        assert np.isfinite(outlook.paths).all(), id
        if about.unit == "percent" and about.kind in ("share", "coverage"):
            assert outlook.paths.min() >= 0 and outlook.paths.max() <= 100, id
        if about.range[0] >= 0:
            assert outlook.paths.min() >= 0, id


def test_chances_are_shares_of_draws_and_intervals_hold_their_middle(ouhai):
    for v in ouhai.verdicts:
        if v.chance is not None:
            assert 0 <= v.chance <= 1, v.target.id
        if v.low80 is not None:
            assert v.low80 <= v.median <= v.high80, v.target.id


# ---------------------------------------------------------------- chances


@few(40)
@given(
    values=st.lists(st.floats(0, 100), min_size=5, max_size=60),
    goal=st.floats(0, 100),
    harder=st.floats(0, 50),
    comparison=st.sampled_from(["at_least", "at_most"]),
    strict=st.booleans(),
    decimals=st.integers(0, 4),
)
def test_a_harder_target_never_has_a_higher_chance(values, goal, harder, comparison, strict, decimals):
    outlook = Outlook("000000", "x", "per_1000", (2027,), np.array(values)[:, None], "test", "B", ((2022, 4.0),))
    goal, harder = round(goal, 2), round(harder, 2)
    further = goal + harder if comparison == "at_least" else goal - harder
    easy, hard = (
        judge(replace(ASKED, comparison=comparison, strict=strict, value=round(v, 2)), outlook, max(decimals, 2)).chance
        for v in (goal, further)
    )
    assert hard <= easy


@few(20)
@given(values=st.lists(st.floats(0, 100), min_size=5, max_size=60), seed=st.integers(0, 99))
def test_the_order_of_the_draws_does_not_matter_to_a_verdict(values, seed):
    paths = np.array(values)[:, None]
    mixed = np.random.default_rng(seed).permutation(paths)
    one, other = (
        judge(ASKED, Outlook("000000", "x", "per_1000", (2027,), p, "test", "B", ()), 2) for p in (paths, mixed)
    )
    assert one.chance == other.chance and one.median == pytest.approx(other.median)


@few(8)
@given(pair=st.tuples(st.floats(0, 3), st.floats(0, 3)), year=st.integers(0, 3))
def test_more_places_opened_never_lowers_the_chance(bench, pair, year):
    target = next(t for t in bench.targets_ahead() if t.indicator == "nursery_places_per_1000")
    low, high = sorted(round(v, 2) for v in pair)
    first = bench.first_year
    base = read_scenario("baseline", [SHIPPED], LEVERS)
    chances = [
        bench.chance(target, with_settings(base, [f"nursery_openings={v}@{first + year}"], LEVERS, first))
        for v in (low, high)
    ]
    assert chances[0] <= chances[1]


@few(5)
@given(value=st.floats(1, 3))
def test_scenario_and_baseline_share_every_draw_that_no_lever_bends(bench, value):
    base = read_scenario("baseline", [SHIPPED], LEVERS)
    plan = with_settings(base, [f"nursery_openings={value:.2f}"], LEVERS, bench.first_year)
    before, after = bench.outlook("nursery_places", base), bench.outlook("nursery_places", plan)
    assert (after.paths >= before.paths - 1e-6).all()
    for id in ("population", "births", "gps_per_10000"):
        assert np.array_equal(bench.outlook(id, base).paths, bench.outlook(id, plan).paths), id


# ---------------------------------------------------------------- forecasts


def histories(seed, count=7, factor=1.0):
    rng = np.random.default_rng(seed)
    walks = np.exp(rng.normal(1.5, 0.5, (count, 1)) + np.cumsum(rng.normal(0.03, 0.02, (count, 9)), axis=1))
    years = tuple(range(2014, 2023))
    return [Series(f"3300{n:02d}", "beds", "per_1000", years, tuple(factor * w)) for n, w in enumerate(walks)]


@few(8)
@given(seed=st.integers(0, 999), order=st.randoms(use_true_random=False), own=st.integers(1, 9))
def test_the_order_of_the_peers_does_not_matter_to_a_pooled_forecast(seed, order, own):
    region, *peers = histories(seed)
    region = region.since(2023 - own)
    mixed = list(peers)
    order.shuffle(mixed)
    one, other = (
        forecast_series(region, BEDS, 2027, peers=p, draws=60, seed=1, model="pooled") for p in (peers, mixed)
    )
    assert np.allclose(one.paths, other.paths, rtol=1e-7)


@few(8)
@given(seed=st.integers(0, 999), factor=st.floats(1e-2, 1e3), own=st.integers(1, 9))
def test_a_pooled_forecast_does_not_depend_on_the_unit_of_a_quantity(seed, factor, own):
    outlooks = []
    for times in (1.0, factor):
        region, *peers = histories(seed, factor=times)
        outlooks.append(
            forecast_series(region.since(2023 - own), BEDS, 2027, peers=peers, draws=60, seed=1, model="pooled")
        )
    assert np.allclose(outlooks[1].paths, factor * outlooks[0].paths, rtol=1e-6)


@few(8)
@given(value=st.floats(0.05, 99.95), moves=st.lists(st.floats(-30, 30), min_size=1, max_size=6))
def test_a_percentage_stays_a_percentage_however_it_moved(value, moves):
    share = replace(
        BEDS, id="share", unit="percent", kind="coverage", scale="logit", range=(0, 100), family="programme"
    )
    path = np.clip(np.cumsum([value, *moves]), 0, 100)
    years = tuple(range(2023 - len(path), 2023))
    outlook = forecast_series(Series("330304", "share", "percent", years, tuple(path)), share, 2035, draws=60, seed=1)
    assert np.isfinite(outlook.paths).all() and outlook.paths.min() >= 0 and outlook.paths.max() <= 100


# ---------------------------------------------------------------- dates


@pytest.fixture(scope="module")
def as_it_was():
    return export.as_json(assess("瓯海区", to=2030, as_of="2023-07-31", draws=30))


LATER = {
    "a new year": "330304,,gps_per_10000,2024,year_end,resident,observed,5.9,0.1,B,s,made up for this test\n",
    "a revision": "330304,,population,2020,census_day,resident,revised,975000,1,A,s,made up for this test\n",
    "a peer": "330302,,gps_per_10000,2022,year_end,resident,observed,4.4,0.1,B,s,made up for this test\n",
    "the nation": "000000,,life_expectancy,2024,year,resident,observed,79.4,0.1,A,s,made up for this test\n",
    "the city": "330300,,births,2024,year,resident,observed,61000,1,B,s,made up for this test\n",
}


@pytest.mark.parametrize("what", LATER)
def test_a_figure_published_later_never_changes_an_earlier_answer(what, as_it_was, tmp_path):
    laid_over(tmp_path, LATER[what])
    again = assess("瓯海区", to=2030, as_of="2023-07-31", draws=30, data=str(tmp_path))
    assert export.as_json(again) == as_it_was


def test_a_census_published_later_in_another_table_never_changes_an_earlier_answer(as_it_was, tmp_path):
    rows = "".join(f"330304,,2020,{a},{60000 + 900 * n},60000,s\n" for n, a in enumerate(("0", "1-4", "5-64", "65+")))
    laid_over(tmp_path, "region,edition,year,age,male,female,source\n" + rows, "census_age_sex_later", heading="")
    again = assess("瓯海区", to=2030, as_of="2023-07-31", draws=30, data=str(tmp_path))
    assert export.as_json(again) == as_it_was


def test_a_figure_replaced_later_is_seen_until_then_and_not_after(tmp_path):
    from planning.loading.folder import load_catalogue

    laid_over(tmp_path, LATER["a revision"])
    catalogue = load_catalogue(str(tmp_path))
    ouhai = catalogue.find("330304")

    def of_2020(day):
        rows = catalogue.known_by(day).rows(ouhai, "population")
        return {o.value for o in rows if (o.year, o.period) == (2020, "census_day")}

    assert of_2020(date(2024, 6, 1)) == {963238.0} and of_2020(date(2025, 6, 1)) == {975000.0} == of_2020(None)


def laid_over(folder, rows, name="later", heading=HEADING):
    tables = folder / "tables"
    tables.mkdir()
    (tables / f"{name}.csv").write_text(heading + rows, encoding="utf-8")
    twin = "title: t\nsources:\n  s: {title: made up for a test, publisher: nobody, published: 2025-03-01}\n"
    (tables / f"{name}.yaml").write_text(twin, encoding="utf-8")


@few(15)
@given(year=st.integers(2012, 2026), month=st.integers(1, 12), day=st.integers(1, 28))
def test_what_is_known_by_a_day_was_published_by_then_and_grows_with_time(shipped, year, month, day):
    then = date(year, month, day)
    before, after = shipped.known_by(then), shipped.known_by(then.replace(year=year + 1))
    assert all(o.source.published <= then for o in before.observations)
    assert all(c.published <= then for c in before.censuses)
    assert {id(o) for o in before.observations} <= {id(o) for o in after.observations}


# ---------------------------------------------------------------- scenarios and languages


@few(10)
@given(data=st.data())
def test_a_scenario_saved_and_read_again_is_the_same_and_gives_the_same_answer(bench, data, tmp_path_factory):
    levers = data.draw(
        st.lists(st.sampled_from(["nursery_openings", "fertility", "migration"]), unique=True, min_size=1)
    )
    asked = []
    for id in levers:
        lever = LEVERS[id]
        value = data.draw(st.floats(lever.low, lever.high).map(lambda v: round(v, 3)))
        asked.append(f"{id}={min(max(value, lever.low), lever.high)}@{data.draw(st.integers(2026, 2029))}")
    plan = with_settings(read_scenario("baseline", [SHIPPED], LEVERS), asked, LEVERS, bench.first_year)
    plan = replace(plan, name="mine", zh="我的：'x'", en="=mine", reason="why: # not\nyes")
    again = read_scenario(str(save_scenario(plan, tmp_path_factory.mktemp("s") / "mine.yaml")), [SHIPPED], LEVERS)
    assert again == plan and again.fingerprint == plan.fingerprint
    target = next(t for t in bench.targets_ahead() if t.indicator == "nursery_places_per_1000")
    assert bench.verdict(target, again) == bench.verdict(target, plan)


def numbers(part):
    """The numbers of a cell, whatever stands around them in either language; `per 10,000` is a unit."""
    return re.findall(r"\d+(?:\.\d+)?", re.sub(r"per [\d,]+", "", str(part)).replace(",", ""))


def test_chinese_and_english_tables_show_the_same_numbers(ouhai):
    for name in ("answer", "population", "births", "nursery", "gps", "others"):
        zh, en = (getattr(summary, name)(ouhai, lang) for lang in ("zh", "en"))
        tables = [[p.rows for p in s.parts if p.kind == "verdicts"] for s in (zh, en)]
        for one, other in zip(*tables, strict=True):
            assert [[numbers(c) for c in row[2:]] for row in one] == [[numbers(c) for c in row[2:]] for row in other], (
                name
            )


def test_the_answer_as_json_does_not_know_a_language(ouhai):
    assert json.loads(export.as_json(ouhai)) == export.as_plain(ouhai)
