"""The contract every forecast model keeps: listing one in MODELS puts it here."""

import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from forecasts.models import MODELS
from forecasts.series_forecast import forecast_series
from planning.indicators import Indicator
from planning.methods import Method, kind
from planning.series import Series

BEDS = Indicator("beds", "床位", "Beds", "per_1000", "rate", "log", "up", "resident", (0, 40), 2, "capacity")
SHARE = Indicator("share", "占比", "Share", "percent", "coverage", "logit", "up", "resident", (0, 100), 2, "programme")
WALK = tuple(float(v) for v in 20 + np.cumsum(np.random.default_rng(5).normal(0.2, 1.0, 25)))
LONG = tuple(float(v) for v in 30 + 1.5 * np.arange(20) + 2 * np.cos(np.arange(20)))


def series(values, years=None, **more) -> Series:
    years = years or tuple(range(2021 - len(values) + 1, 2022))
    return Series("fictional", "beds", "per_1000", tuple(years), tuple(map(float, values)), precision=0.01, **more)


def peers(count: int = 6) -> list[Series]:
    rng = np.random.default_rng(3)
    walks = 5 + np.cumsum(rng.normal(0.15, 0.1, size=(count, 10)), axis=1)
    return [Series(f"peer {i}", "beds", "per_1000", tuple(range(2012, 2022)), tuple(w)) for i, w in enumerate(walks)]


SERIES = {
    "one point": series([6.0]),
    "two points": series([5.8, 6.0]),
    "five points": series([5.0, 5.3, 5.2, 5.6, 6.0]),
    "missing years": series([5.0, 5.3, 5.2, 5.9, 6.0, 6.1, 6.3], (2010, 2011, 2013, 2016, 2017, 2020, 2021)),
    "a break": series([3.0, 3.1, 3.2, 5.2, 5.4, 5.3, 5.6, 5.8], breaks=(2017,)),
    "shocks": series([5.0, 5.1, 5.2, 5.3, 9.0, 9.5], shocks=(2020, 2021)),
    "constant": series([6.0] * 9),
    "zeros": series([0.0] * 6),
    "a walk": series([v / 4 for v in WALK]),
    "long": series([v / 10 for v in LONG]),
}


def ask(model, case="five points", to=2026, with_peers=True, **more):
    settings = {"peers": peers() if with_peers else (), "expected_events": 400.0, "draws": 200, "seed": 1} | more
    return forecast_series(SERIES[case], BEDS, to, model=model, **settings)


@pytest.mark.parametrize("case", SERIES)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_answers_every_series_inside_the_natural_range_for_the_right_years(model, case):
    outlook = ask(model, case)
    low, high = BEDS.range
    assert outlook.years == (2022, 2023, 2024, 2025, 2026)
    assert outlook.paths.shape == (200, 5)
    assert np.isfinite(outlook.paths).all()
    assert outlook.paths.min() >= low and outlook.paths.max() <= high
    assert outlook.observed == tuple(zip(SERIES[case].years, SERIES[case].values, strict=True))


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_gives_the_same_paths_and_another_seed_others(model):
    assert np.array_equal(ask(model).paths, ask(model).paths)
    assert not np.array_equal(ask(model).paths, ask(model, seed=2).paths)


@pytest.mark.parametrize("case", ["one point", "five points", "missing years", "a break", "constant", "long"])
@pytest.mark.parametrize("model", MODELS)
def test_intervals_widen_with_the_horizon(model, case):
    low, high = ask(model, case, to=2031, draws=2000, expected_events=1e6).quantiles([0.1, 0.9])
    assert high[-1] - low[-1] > high[0] - low[0] > 0


@pytest.mark.parametrize("model", MODELS)
def test_every_model_answers_without_peers(model):
    assert np.isfinite(ask(model, with_peers=False).paths).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_path_is_one_coherent_future_whose_years_hang_together(model):
    paths = ask(model, "a walk", to=2031, draws=2000, expected_events=1e6).paths
    assert np.corrcoef(paths[:, -2], paths[:, -1])[0, 1] > 0.5


@pytest.mark.parametrize("model", MODELS)
def test_the_explanation_speaks_chinese_and_english(model):
    drivers = ask(model).drivers
    assert "2026" in drivers.zh and "2026" in drivers.en


def test_a_model_that_is_too_short_of_points_says_who_answered():
    outlook = ask("ets", "two points")
    assert "too short for ETS" in outlook.method
    assert any("ETS" in note for note in outlook.assumptions)


def test_the_kind_of_a_method_survives_pickling_and_copying():
    name = Method.POOLED.named("pooled local trend (too short for ETS)")
    for again in (pickle.loads(pickle.dumps(name)), copy.deepcopy(name)):
        assert again == name and kind(again) is Method.POOLED
    assert json.dumps(name) == json.dumps(str(name))


def test_every_model_says_of_what_kind_it_is():
    assert all(kind(ask(model).method) is not Method.OTHER for model in MODELS)


def test_a_percentage_near_its_bound_stays_below_it():
    near = Series("fictional", "share", "percent", (2018, 2019, 2020, 2021), (98.0, 99.0, 99.2, 99.5))
    outlook = forecast_series(near, SHARE, 2030)
    assert outlook.paths.max() <= 100 and outlook.at(2030).std() > 0


def test_an_assessment_imports_neither_the_training_nor_statsmodels():
    asked = "import sys, dabiao.assessment; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    found = [name for name in done.stdout.split() if name.startswith(("forecasts.training", "statsmodels"))]
    assert not found
