"""The nested engine: exact algebra, gradients, coverage of simulated truth, coherent draws, monotone evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasts import nested
from forecasts.nested import Measurement, Nested, Step, TreeScale
from forecasts.nested import prior as priors
from forecasts.nested.components import DEVIATION, DIFFUSE, NATION, NUGGET, components
from forecasts.nested.counts import counted, counted_draws
from forecasts.nested.fit import objective
from forecasts.nested.measurements import Areas, rows_of
from forecasts.nested.related import product_measurements
from forecasts.nested.targets import Promise, learned_distance, target_measurements

LOG = TreeScale("log")
PROVINCES = ("a", "b", "c", "d")
FIGURES = [
    *(Measurement((), y, 2.0 * 1.08 ** (y - 2016), 0.01) for y in range(2016, 2024)),
    *(
        Measurement((p,), y, (2.2 + 0.3 * i) * 1.07 ** (y - 2016), 0.1)
        for i, p in enumerate(PROVINCES)
        for y in (2018, 2021, 2023)
    ),
    Measurement(("a", "a1"), 2020, 3.1, 0.1),
    Measurement(("a", "a2"), 2021, 3.6, 0.1),
    Measurement(("b", "b1"), 2022, 4.4, 0.1),
]


def plain(constants: priors.Constants | None = None) -> priors.Constants:
    """The shipped constants without factors on the spread and without calibrated ends, for exact comparisons."""
    shipped = constants or priors.shipped()
    return replace(shipped, spread={f: np.ones((4, 2)) for f in shipped.spread}, ends={})


@pytest.fixture(scope="module")
def model() -> Nested:
    return Nested.fit(FIGURES, LOG, indicator="an indicator", constants=plain())


def test_conditioning_equals_dense_gaussian_algebra(model: Nested) -> None:
    part, own = model.parts[1], [m for m in FIGURES if m.path == ("a", "a1")]
    ids, years = model.areas.ids(("a", "a1")), np.array([2024, 2026])
    at = np.tile(ids, (2, 1))
    rows = part.rows
    inner = part.parts.covariance(part.theta, rows.ids, rows.year, rows.ids, rows.year) + np.diag(part.noise)
    cross = part.parts.covariance(part.theta, at, years, rows.ids, rows.year)
    prior = part.parts.covariance(part.theta, at, years, at, years)
    mean = part.centre + cross @ np.linalg.solve(inner, rows.z - part.centre)
    covariance = prior - cross @ np.linalg.solve(inner, cross.T)
    said = model.ask(("a", "a1"), years, own)
    lively = said.means.reshape(len(model.parts), -1, 2)[1, 2]  # liveliness 1: nothing is scaled
    assert np.allclose(lively, mean, atol=1e-6)
    assert np.allclose(said.covariances.reshape(len(model.parts), -1, 2, 2)[1, 2], covariance, atol=1e-6)


def test_blocks_add_up_to_the_covariance(model: Nested) -> None:
    part = model.parts[2]
    rows = part.rows
    blocks = part.parts.blocks(rows.ids, rows.year, rows.ids, rows.year)
    added = np.tensordot(np.exp(part.theta), blocks, 1) + part.parts.fixed(rows.ids, rows.year, rows.ids, rows.year)
    assert np.allclose(added, part.parts.covariance(part.theta, rows.ids, rows.year, rows.ids, rows.year))


def test_gradients_equal_finite_differences(model: Nested) -> None:
    part = model.parts[1]
    target = objective(part.rows, part.parts, model.prior, part.centre, part.fitted.extra)
    theta = part.theta + 0.3 * np.cos(np.arange(len(part.theta)))
    step = 1e-3 * np.eye(len(theta))
    seen = np.array([(target(theta + e)[0] - target(theta - e)[0]) / 2e-3 for e in step])
    assert np.allclose(target(theta)[1], seen, rtol=1e-3, atol=1e-4)


def test_four_figures_by_hand() -> None:
    """Nation 2.0 in 2022 and 2.2 in 2023, provinces 3.0 and 2.0 in 2023, only constants vary below the nation."""
    variances = {"N.drift": 0.09, "1.const": 0.04}
    names = [f"N.{n}" for n in NATION] + [f"1.{n}" for n in DEVIATION]
    theta = np.log([variances.get(n, 1e-12) for n in names])
    areas = Areas(1)
    figures = [
        Measurement((), 2022, 2.0),
        Measurement((), 2023, 2.2),
        Measurement(("a",), 2023, 3.0),
        Measurement(("b",), 2023, 2.0),
    ]
    rows = rows_of(figures, areas, LOG)
    parts = components(1, np.arange(2022, 2026), 2023, common=0.0)
    inner = parts.covariance(theta, rows.ids, rows.year, rows.ids, rows.year) + NUGGET * np.eye(4)
    expected = (
        DIFFUSE + 0.09 / 25 * np.outer([-1, 0, 0, 0], [-1, 0, 0, 0]) + np.diag([0, 0, 0.04, 0.04]) + NUGGET * np.eye(4)
    )
    assert np.allclose(inner, expected, atol=1e-9)
    at, when = areas.ids(("a",))[None, :], np.array([2024])
    cross = parts.covariance(theta, at, when, rows.ids, rows.year)
    assert np.allclose(cross, [DIFFUSE - 0.09 * 0.9 / 25, DIFFUSE, DIFFUSE + 0.04, DIFFUSE], atol=1e-9)
    said = np.log(2.2) + (cross @ np.linalg.solve(inner, rows.z - np.log(2.2)))[0]
    # The nation grew by log 1.1; nine tenths of that pace goes on. Province a keeps its ratio of 3.0 to 2.2.
    assert said == pytest.approx(np.log(3.0) + 0.9 * np.log(1.1), abs=2e-3)


def test_without_closing_gaps_ratios_are_kept() -> None:
    kept = components(1, np.arange(2015, 2027), 2023, 0.0, 0.0, np.linspace(0, 1, 12)).gaps
    closing = components(1, np.arange(2015, 2027), 2023, 0.0, 1.0, np.linspace(0, 1, 12)).gaps
    assert np.allclose(kept, 1.0)
    assert np.all(np.diff(closing) < 0)
    assert closing[8] == pytest.approx(1.0)


def test_own_figures_shrink_the_interval(model: Nested) -> None:
    width = []
    for years in ((), (2021,), (2021, 2022), (2021, 2022, 2023)):
        own = [Measurement(("c", "c9"), y, 3.3 * 1.07 ** (y - 2021), 0.1) for y in years]
        low, high = model.ask(("c", "c9"), [2025], own).quantiles([0.1, 0.9])[:, 0]
        width.append(np.log(high / low))
    assert all(later < earlier for earlier, later in zip(width, width[1:], strict=False))


def test_a_better_own_value_never_lowers_the_chance(model: Nested) -> None:
    path = ("c", "c9")
    chances = [
        model.ask(path, [2025], [Measurement(path, 2023, v, 0.1)]).chance(4.0, 2025, unit=0.1)
        for v in np.arange(2.0, 5.6, 0.1)
    ]
    assert all(b >= a - 1e-9 for a, b in zip(chances, chances[1:], strict=False))
    assert chances[0] < 0.05 and chances[-1] > 0.9


def test_the_newest_figure_weighs_more(model: Nested) -> None:
    path = ("d", "d9")
    own = [Measurement(path, 2015, 3.0, 0.1), Measurement(path, 2023, 5.0, 0.1)]
    told = nested.evidence(model.with_own(path, own), path, 2025)
    weights = {w.year: w.weight for w in told.weights if w.path == path}
    assert weights[2023] > weights[2015]


def test_shares_of_variance_and_weights_of_figures_sum_to_one(model: Nested) -> None:
    told = nested.evidence(model, ("a", "a1"), 2026)
    assert sum(told.variance.values()) == pytest.approx(1.0)
    assert sum(w.weight for w in told.weights) == pytest.approx(1.0, abs=0.02)
    assert sum(share for share, _ in told.areas.values()) == pytest.approx(1.0)
    assert set(told.variance) == {"nation", "1", "2"}


def test_draws_are_the_same_whatever_else_is_asked(model: Nested) -> None:
    years = [2024, 2025, 2027]
    alone = nested.draws(model, [("a", "a1")], years, 200, seed=3)[("a", "a1")]
    together = nested.draws(model, [(), ("a",), ("a", "a2"), ("a", "a1"), ("d", "d9")], years, 200, seed=3)[("a", "a1")]
    fewer = nested.draws(model, [("a", "a1")], [2025], 200, seed=3)[("a", "a1")]
    assert np.allclose(alone, together)
    assert np.allclose(alone[:, 1:2], fewer)


def test_draws_have_the_distribution_that_is_asked(model: Nested) -> None:
    for path in ((), ("a",), ("a", "a1"), ("d", "d9")):
        drawn = nested.draws(model, [path], [2024, 2027], 8000, seed=5)[path]
        said = model.ask(path, [2024, 2027]).quantiles([0.1, 0.5, 0.9])
        seen = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)
        width = np.log(said[2] / said[0])
        assert np.all(np.abs(np.log(seen / said)) < 0.08 * width + 0.01), path


def test_a_districts_draw_contains_its_citys(model: Nested) -> None:
    """What is left of a district beside its city does not know of the city's surprises."""
    paths = [(), ("z",), ("z", "z1")]  # a city of which nothing is known
    drawn = nested.draws(model, paths, [2027], 4000, seed=1)
    nation, city, district = (np.log(drawn[p][:, 0]) for p in paths)
    assert np.corrcoef(district, city)[0, 1] > 0.5
    assert abs(np.corrcoef(district - city, city)[0, 1]) < 0.1
    assert np.corrcoef(city, nation)[0, 1] > 0.0


def test_intervals_hold_simulated_truth() -> None:
    """Trees drawn from the model itself: eight in ten truths lie in the 80 % interval."""
    rng = np.random.default_rng(7)
    prior = priors.prior_for(priors.shipped(), 2, "log", "tree")
    years, held, asked = np.arange(2010, 2028), 0, 0
    areas = Areas(2)
    paths = [(), *((p,) for p in "abcd"), *((p, f"{p}{i}") for p in "abcd" for i in range(4))]
    ids = np.repeat([areas.ids(p) for p in paths], len(years), axis=0)
    when = np.tile(years, len(paths))
    covariance = components(2, years, 2022, 0.05).covariance(prior.mean, ids, when, ids, when) - DIFFUSE
    lower = np.linalg.cholesky(covariance + 1e-8 * np.eye(len(when)))
    for _ in range(8):
        z = (1 + lower @ rng.standard_normal(len(when))).reshape(len(paths), -1)
        figures = [Measurement((), int(y), float(np.exp(z[0, j]))) for j, y in enumerate(years) if y <= 2022]
        for i, path in enumerate(paths[1:], 1):
            some = rng.choice(13, 2, replace=False) if rng.random() < 0.6 else ()
            figures += [Measurement(path, int(years[j]), float(np.exp(z[i, j]))) for j in some]
        fitted = Nested.fit(figures, LOG, constants=plain(), depths=2, prior=prior)
        for i in range(5, len(paths), 2):
            low, high = fitted.ask(paths[i], [2025]).quantiles([0.1, 0.9])[:, 0]
            held += low <= np.exp(z[i, 15]) <= high
            asked += 1
    assert 0.72 < held / asked < 0.93  # a t with 8 degrees is wider than the simulated normal


def test_a_level_step_is_recovered_and_growth_is_kept() -> None:
    rng = np.random.default_rng(1)
    years = np.arange(2010, 2024)
    level = np.log(2.0) + 0.05 * (years - 2010) + 0.004 * rng.standard_normal(len(years)) + 0.2 * (years >= 2020)
    figures = [Measurement((), int(y), float(np.exp(z))) for y, z in zip(years, level, strict=True)]
    stepped = Nested.fit(figures, LOG, constants=plain(), steps=[Step(2020)])
    plainly = Nested.fit(figures, LOG, constants=plain())
    growth = np.log(np.divide(*stepped.ask((), [2024, 2023]).quantiles([0.5])[0]))
    assert growth == pytest.approx(0.05, abs=0.015)
    part = stepped.parts[0]
    rows = part.rows
    on = part.parts.steps[0].on(rows.ids, rows.year, part.parts.step_ids[0])
    size = part.parts.steps[0].sd ** 2 * on @ part.alpha
    assert size == pytest.approx(0.2, abs=0.05)
    wide = [np.log(np.divide(*m.ask((), [2026]).quantiles([0.9, 0.1])[:, 0])) for m in (stepped, plainly)]
    assert wide[0] < wide[1]


def test_preposterior_is_between_nought_and_one_and_less_where_more_is_known(model: Nested) -> None:
    path = ("c", "c9")
    blank = model.preposterior(path, 2025, 4.0, unit=0.1)
    own = [Measurement(path, 2023, 3.9, 0.1), Measurement(path, 2022, 3.7, 0.1)]
    assert 0 < model.preposterior(path, 2025, 4.0, unit=0.1, own=own, known=2024) < blank < 1


def test_quantiles_and_cdf_are_inverse(model: Nested) -> None:
    said = model.ask(("a", "a1"), [2025])
    levels = np.array([0.05, 0.3, 0.5, 0.9])
    assert np.allclose(said.cdf(said.quantiles(levels)[:, 0], 2025), levels, atol=1e-6)


def test_a_path_deeper_than_the_tree_is_refused(model: Nested) -> None:
    with pytest.raises(ValueError, match="depths"):
        model.ask(("a", "a1", "x"), [2025])


def test_years_out_of_range_are_refused(model: Nested) -> None:
    with pytest.raises(ValueError, match="can be asked for"):
        model.ask(("a",), [2099])


def test_a_printed_target_pulls_an_unseen_level_towards_itself(model: Nested) -> None:
    path = ("d", "d9")
    (promise,) = target_measurements([Promise(path, 2025, 9.0, 2021)], LOG)
    before = model.ask(path, [2023]).quantiles([0.1, 0.5, 0.9])[:, 0]
    after = model.ask(path, [2023], [promise]).quantiles([0.1, 0.5, 0.9])[:, 0]
    assert before[1] < after[1] < 9.0
    assert np.log(after[2] / after[0]) < np.log(before[2] / before[0]) * 1.2


def test_a_base_that_is_printed_beside_a_target_is_the_figure() -> None:
    (m,) = target_measurements([Promise(("a",), 2025, 5.0, 2021, base_value=3.9, base_year=2020)], LOG)
    assert (m.year, m.value, m.noise) == (2020, 3.9, 0.0)


def test_targets_with_bases_teach_the_distance() -> None:
    promises = [Promise((f"{i}",), 2025, 3.0 * 1.5, 2020, base_value=3.0, base_year=2020) for i in range(200)]
    learned = learned_distance(promises, LOG)
    assert learned.at(5)[0] == pytest.approx(np.log(1.5), rel=0.05)
    assert learned.bases == (0, 200)


def test_few_events_weigh_less_and_none_is_no_rate_of_nought() -> None:
    none, many = counted(("a",), 2020, 0.0, 2_000, 1e5), counted(("a",), 2020, 10.0, 2_000_000, 1e5)
    assert none.value > 0
    assert none.noise == pytest.approx(np.sqrt(2))
    assert many.noise == pytest.approx(1 / np.sqrt(200.5))


def test_counting_keeps_the_mean_and_adds_poisson_noise() -> None:
    rates = np.full((40_000, 1), 10.0)
    drawn = counted_draws(rates, np.array([200_000.0]), 1e5, np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(10.0, rel=0.01)
    assert drawn.var() == pytest.approx(10.0 * 1e5 / 200_000, rel=0.03)


def test_a_share_measures_its_product_with_another_rate() -> None:
    physicians = Nested.fit(
        [Measurement((), 2020, 2.9), Measurement(("a",), 2020, 3.3), Measurement(("a",), 2022, 3.6)], LOG, indicator="p"
    )
    exact, inferred = product_measurements(
        [Measurement(("a",), 2020, 12.0), Measurement(("b",), 2020, 12.0)], physicians, 0.1
    )
    assert exact.value == pytest.approx(0.1 * 12.0 * 3.3)
    assert inferred.noise > 2 * exact.noise


def test_areas_half_as_unlike_are_told_half_as_widely():
    rng = np.random.default_rng(3)
    away = rng.normal(0, 0.1, 30)
    moves = rng.normal(0, 0.01, (30, 4))

    def width(times: float) -> float:
        figures = [Measurement((), 2020 + y, float(np.exp(4 + times * 0.02 * y)), 0.0) for y in range(4)]
        figures += [
            Measurement((f"p{i}",), 2020 + y, float(np.exp(4 + times * (0.02 * y + away[i] + moves[i, y]))), 0.0)
            for i in range(30)
            for y in range(4)
        ]
        model = Nested.fit(figures, TreeScale("log"), family="china", depths=3)
        low, high = np.log(model.ask(("p0",), [2025]).quantiles([0.1, 0.9])[:, 0])
        return float(high - low)

    assert width(0.5) == pytest.approx(width(1.0) / 2, rel=0.05)
