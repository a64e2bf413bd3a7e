"""The rules of judgement: what a verdict says agrees with its interval, and own figures move it as they should."""

import numpy as np
import pytest

from dabiao.assessment import assess
from forecasts.nested import Measurement
from forecasts.nested.china import path_of
from forecasts.trees import tree_of
from planning.loading.folder import load_catalogue
from planning.verdicts import NEEDS_A_FIGURE, met, word_for
from reports.cli.freshness import planned

DRAWS = 60
LEVELS = (0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)  # of the predictive of a figure that is not known yet
# State indicators of regions with a plan, up and down, log and logit, with and without figures of their own.
STATES = (
    ("瓯海区", "gps_per_10000", 7.5), ("瓯海区", "health_literacy", 38.0), ("瓯海区", "neonatal_mortality", 2.0),
    ("佳木斯市", "physicians_per_1000", 4.0), ("佳木斯市", "smoking_15plus", 22.0), ("上城区", "nurses_per_1000", 6.0),
    ("杭州市", "nursery_places_per_1000", 6.0), ("中国", "regular_exercise_share", 40.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def china():
    everything = load_catalogue()
    return everything.known_by(everything.newest_publication)


def planned_regions():
    return [r.key for r in planned(load_catalogue()) if not r.fictional]


@pytest.mark.parametrize("key", planned_regions())
def test_no_verdict_of_any_region_with_a_plan_contradicts_its_interval(key):
    for verdict in assess(key, draws=DRAWS).verdicts:
        target = verdict.target
        if verdict.chance is None or target.value is None or target.comparison not in ("at_least", "at_most"):
            continue
        decimals = 0 if target.value == 100 else max(load_catalogue().indicator(target.indicator).decimals, 0)
        low, high = met(target, np.array([verdict.low80, verdict.high80]), decimals)
        hard, easy = (high, low) if target.comparison == "at_most" else (low, high)
        slack = 1.5 / DRAWS  # a quantile lies between two draws
        assert not hard or verdict.chance >= 0.9 - slack, target.id
        assert easy or verdict.chance <= 0.1 + slack, target.id
        if verdict.word not in ("attained", "missed"):
            assert verdict.word == word_for(verdict.chance), target.id


def test_a_target_that_needs_a_figure_has_no_chance_no_grade_and_no_interval():
    waiting = [v for v in assess("瓯海区", draws=DRAWS).verdicts if v.word == NEEDS_A_FIGURE]
    assert waiting
    for v in waiting:
        assert v.chance is None and v.evidence is None and v.low80 is None and v.reason


def with_values(china, name, indicator, values):
    """The tree of an indicator, the region's path, and its figures with (year, value) pairs laid over them."""
    region = china.find(name)
    tree, path = tree_of(china, indicator, 2030), path_of(china, region)
    step = 10.0**-tree.about.decimals
    years = {year for year, _ in values}
    kept = [m for m in tree.model.measurements if m.path == path and m.year not in years]
    return tree, path, [*kept, *(Measurement(path, y, v, step) for y, v in values)]


@pytest.mark.parametrize(("name", "indicator", "goal"), STATES)
def test_a_better_own_value_never_lowers_the_chance(china, name, indicator, goal):
    tree, path, own = with_values(china, name, indicator, [])
    up, step, year = tree.about.better == "up", 10.0**-tree.about.decimals, 2025
    values = tree.model.ask(path, [year], own).quantiles(LEVELS)[:, 0]
    chances = []
    for value in values:
        _, _, more = with_values(china, name, indicator, [(year, float(value))])
        chances.append(tree.model.ask(path, [2027], more).chance(goal, 2027, up, step))
    assert (np.diff(chances if up else chances[::-1]) >= -1e-9).all(), list(zip(values, chances, strict=True))


@pytest.mark.parametrize(("name", "indicator", "goal"), STATES[:4])
def test_own_values_narrow_the_interval_and_each_more_narrows_it_but_for_what_calibration_gives_back(
    china, name, indicator, goal
):
    tree, path, _ = with_values(china, name, indicator, [])
    middle = tree.model.ask(path, [2022, 2023, 2024]).quantiles([0.5])[0]
    kept = [m for m in tree.model.measurements if m.path == path and m.year < 2022]
    told, before_calibration = [], []
    for known in ((), (2024,), (2022, 2023, 2024)):
        own = [*kept, *(Measurement(path, y, float(middle[y - 2022]), 0.01) for y in known)]
        low, high = tree.model.scale.forward(tree.model.ask(path, [2027], own).quantiles([0.1, 0.9])[:, 0])
        told.append(high - low)
        before_calibration.append(told[-1] / tree.model.spread(len(own), np.array([2027]))[0])
    assert told[0] > max(told[1:])
    assert before_calibration[0] > before_calibration[1] > before_calibration[2]


def test_own_values_reach_the_verdict_of_a_target_that_waited_for_them():
    chances = []
    for value in (1.2, 2.0, 2.6, 3.4):
        found = assess("瓯海区", draws=DRAWS, own=[f"aeds_per_10000={value}@2024"]).verdicts
        verdict = next(v for v in found if v.target.indicator == "aeds_per_10000")
        assert verdict.evidence is not None and verdict.low80 < value < verdict.high80 * 1.5
        chances.append(verdict.chance)
    assert chances == sorted(chances) and chances[0] < 1 / 3 < 2 / 3 < chances[-1]


def test_what_was_said_and_what_happened_is_shipped_with_the_number_of_cases():
    from forecasts.nested.reliability import decile_of, shipped

    china = [d for d in shipped() if d.evidence == "china"]
    assert len(china) == 10 and all(d.low <= d.said <= d.high and d.cases > 30 for d in china)
    assert sum(d.cases for d in shipped() if d.evidence == "plans") >= 10
    assert decile_of(0.97, "china").low == 0.9 and decile_of(1.0, "china").low == 0.9


def test_a_chance_of_the_tree_is_told_with_what_happened_to_such_chances():
    from dabiao.forecast_skill import score_of
    from planning.methods import Method, kind

    found = assess("瓯海区", draws=DRAWS).verdicts
    verdict = next(v for v in found if v.chance is not None and kind(v.method) is Method.TREE)
    assert "Chinese figures" in score_of(verdict)["en"] and "例" in score_of(verdict)["zh"]
