"""The public functions: they say what the toolkit says, in frames and charts that name their units, and cost nothing to import."""

import inspect
import os
import subprocess
import sys
from functools import cache

import matplotlib
import matplotlib.pyplot
import numpy as np
import pandas as pd
import pytest

import dabiao as db
from dabiao import results
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from sim.agents.model import AgentModel

matplotlib.use("Agg")
OUHAI, GPS = "瓯海区", "gps_per_10000"
FEW = {"draws": 50}


@cache
def made(name: str):
    """One result of each function."""
    asked = {
        "forecast": lambda: db.forecast(OUHAI, GPS, to=2030, **FEW),
        "project": lambda: db.project(OUHAI, to=2026, draws=20),
        "assess": lambda: db.assess(OUHAI, **FEW),
        "bring": lambda: db.bring(OUHAI, **FEW),
        "propose": lambda: db.propose(OUHAI, **FEW),
        "reach": lambda: db.reach(OUHAI, "nursery_places_per_1000", 0.8, ["nursery_public", "nursery_closings"], **FEW),
        "scenario": lambda: db.scenario(OUHAI, {"nursery_public": 0.5}, **FEW),
        "compare": lambda: db.compare(pd.Series([OUHAI, "上城区"]), GPS, to=2028, **FEW),
        "simulate": lambda: db.simulate("麻山区", years=2, replicates=2),
    }
    return asked[name]()


RESULTS = ("forecast", "project", "assess", "bring", "propose", "reach", "scenario", "compare", "simulate")


def test_every_public_function_has_an_example_and_takes_the_shared_arguments_by_the_same_names():
    for name in db.__all__:
        function = getattr(db, name)
        assert ">>> " in function.__doc__, name
        assert "data" in inspect.signature(function).parameters, name


def test_no_public_function_shares_its_name_with_a_module():
    import pkgutil

    assert not set(db.__all__) & {m.name for m in pkgutil.iter_modules(db.__path__)}


def test_importing_brings_nothing_with_it():
    heavy = "numpy pandas matplotlib scipy statsmodels numba mesa papermill openpyxl typst SALib dask".split()
    words = (
        f"import sys, dabiao; print([m for m in {heavy} if m in sys.modules], sorted(dabiao.__all__) == dir(dabiao))"
    )
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["[]", "True"]


def test_the_command_starts_and_assesses_without_what_only_other_commands_need():
    heavy = "statsmodels papermill numba matplotlib pandas openpyxl typst mesa SALib dask jupyter_client".split()
    words = (
        "import sys, reports.cli.main, dabiao.assessment, reports.cli.terminal, dabiao.export;"
        f"dabiao.assessment.assess('{OUHAI}', draws=20); print([m for m in {heavy} if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_the_help_page_brings_no_engine_with_it():
    words = "import sys, reports.cli.main; print([m for m in ('scipy', 'rich.progress', 'dabiao.assessment') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


WITHOUT_INTERVAL = ("bring", "propose")  # they show moves and chances, which have none


@pytest.mark.parametrize("name", RESULTS)
def test_a_chart_names_unit_source_and_interval_and_is_drawn_in_the_chinese_font(name):
    axes = made(name).plot()
    words = [t.get_text() for t in axes.findobj(matplotlib.text.Text)]
    assert any("来源 Source" in w for w in words)
    assert any("80 % 区间 interval" in w for w in words) == (name not in WITHOUT_INTERVAL)
    assert axes.get_ylabel() or axes.get_xlabel()
    assert axes.title.get_fontfamily()[0] == "Noto Sans SC"
    matplotlib.pyplot.close(axes.figure)


@pytest.mark.parametrize("name", RESULTS)
def test_a_chart_is_drawn_on_the_axes_handed_in_and_leaves_the_settings_alone(name):
    before = dict(matplotlib.rcParams)
    figure, axes = matplotlib.pyplot.subplots()
    assert made(name).plot(ax=axes) is axes and axes.has_data()
    texts = axes.findobj(matplotlib.text.Text)
    assert all(t.get_fontfamily()[0] == "Noto Sans SC" for t in texts if not t.get_text().isascii())
    assert dict(matplotlib.rcParams) == before
    matplotlib.pyplot.close(figure)


def test_the_first_chart_leaves_a_notebook_showing_the_next():
    words = f"""from IPython.core.interactiveshell import InteractiveShell
import dabiao, matplotlib
InteractiveShell.instance()
dabiao.forecast('{OUHAI}', '{GPS}', draws=20).plot()
print(matplotlib.is_interactive())"""
    notebook = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, env=notebook)
    assert said.stdout.strip().endswith("True")


@pytest.mark.parametrize("name", RESULTS)
def test_a_frame_is_tidy_and_its_page_form_holds_it(name):
    frame = made(name).to_frame()
    assert len(frame) and frame.index.is_unique and all(frame.index.names)
    assert "<table" in made(name)._repr_html_()


def test_a_balance_accounts_for_everybody():
    people, balance = made("project"), made("project").balance()
    totals = people.to_frame()["people"].groupby(["year", "draw"]).sum()
    before = totals.groupby("draw").shift().dropna()
    moved = balance["births"] - balance["deaths"] + balance["net_migrants"]
    np.testing.assert_allclose(balance["people"], totals.loc[balance.index])
    np.testing.assert_allclose(before + moved, balance["people"])


def test_a_saved_scenario_changes_what_its_levers_change(tmp_path):
    levers = {"nursery_public": 0.5}
    path = db.scenario(OUHAI, levers, **FEW).save(tmp_path / "more_places.yaml")
    pd.testing.assert_frame_equal(db.scenario(OUHAI, str(path), **FEW).to_frame(), made("scenario").to_frame())
    with pytest.raises(FileExistsError, match=r"more_places\.yaml"):
        made("scenario").save(path)


def test_people_are_projected_with_levers_as_with_the_scenario_that_holds_them(tmp_path):
    levers = {"fertility": 1.2}
    path = db.scenario(OUHAI, levers, to=2027, draws=20).save(tmp_path / "births.yaml")
    ours = db.project(OUHAI, 2027, levers, draws=20).balance()
    pd.testing.assert_frame_equal(ours, db.project(OUHAI, 2027, str(path), draws=20).balance())
    assert ours["births"].sum() > made("project").balance()["births"].sum()


def test_observations_are_of_one_type_a_column_where_there_are_none_too():
    some, none = db.observations("浙江省", "population"), db.observations("浙江省", "population", as_of="1990-01-01")
    assert len(none) == 0 and some.dtypes.drop(["unit", "period", "basis", "status", "source"]).equals(
        none.dtypes.drop(["unit", "period", "basis", "status", "source"])
    )


def test_a_page_form_escapes_what_a_name_holds():
    from dataclasses import replace

    result = made("forecast")
    wild = replace(result, region=replace(result.region, name_zh="<script>x</script>"))
    assert "<script>" not in wild._repr_html_() and "&lt;script&gt;" in wild._repr_html_()


def test_an_assessment_in_a_frame_is_the_one_of_the_json():
    from dabiao.assessment import assess
    from dabiao.export import as_plain

    frame, plain = made("assess").to_frame(), as_plain(assess(OUHAI, **FEW))
    assert frame["chance"].dropna().to_dict() == {
        v["target"]: v["chance"] for v in plain["verdicts"] if v["chance"] is not None
    }


def test_a_forecast_is_the_outlook_of_the_assessment():
    outlook = db.assess(OUHAI, **FEW).assessment.outlooks[GPS]
    ours = db.forecast(OUHAI, GPS, **FEW)
    np.testing.assert_array_equal(ours.draws().to_numpy(), outlook.paths)
    assert ours.published().to_dict() == dict(outlook.observed)


def test_people_add_up_to_the_population_outlook():
    people = made("project").to_frame()["people"]
    total = people.groupby(["year", "draw"]).sum().unstack("draw")
    expected = db.forecast(OUHAI, "population", to=2026, draws=20).draws().T
    shared = total.index.intersection(expected.index)
    np.testing.assert_allclose(total.loc[shared], expected.loc[shared], rtol=1e-9)


def test_intervals_hold_one_another():
    frame = made("forecast").to_frame()
    for inner, outer in (("median", "high80"), ("high80", "high95"), ("low95", "low80"), ("low80", "median")):
        assert (frame[inner] <= frame[outer]).all()


def test_what_levers_add_sums_to_the_whole():
    reached = made("reach")
    frame = reached.to_frame()
    assert frame["adds"].sum() == pytest.approx(frame["chance"].iloc[-1] - reached.reach.chance)
    effects = made("scenario").to_frame()
    assert (effects["nursery_public"] - (effects["after"] - effects["before"])).abs().max() < 1e-9


def test_levers_as_a_mapping_by_year_a_series_and_a_frame_are_the_same_scenario():
    year = db.scenario(OUHAI, {"nursery_public": 0.5}, **FEW).comparison.model.first_year
    frame = pd.DataFrame({"lever": ["nursery_public"], "year": [year], "value": [0.5]})
    for levers in (pd.Series({"nursery_public": 0.5}), {"nursery_public": {year: 0.5}}, frame):
        pd.testing.assert_frame_equal(db.scenario(OUHAI, levers, **FEW).to_frame(), made("scenario").to_frame())


def test_a_scenario_of_a_file_is_read_by_its_name():
    assert "nursery_public" in db.scenario(OUHAI, "nursery_push", **FEW).levers


def test_a_comparison_holds_each_regions_own_forecast():
    frame = made("compare").to_frame()
    alone = db.forecast("上城区", GPS, to=2028, **FEW)
    columns = list(alone.to_frame())
    pd.testing.assert_frame_equal(frame.loc[alone.region.key, columns], alone.to_frame())


def test_the_simulation_gives_what_mesas_data_collector_gathers(monkeypatch):
    kept = []
    step = AgentModel.step

    def stepped(model):
        step(model)
        kept.append(model)

    monkeypatch.setattr(AgentModel, "step", stepped)
    frame = db.simulate("麻山区", years=2).to_frame()
    gathered = kept[-1].datacollector.get_model_vars_dataframe()
    np.testing.assert_array_equal(frame[list(gathered)].to_numpy(), gathered.to_numpy())


@pytest.mark.parametrize("model", ["pooled", "ets", "arima", "components", "theta"])
def test_every_model_of_a_series_answers_by_its_name(model):
    made = db.forecast("浙江省", "population", to=2028, model=model, draws=50)
    frame = made.to_frame()
    assert frame.index[-1] == 2028 and np.isfinite(frame).all().all()


def test_observations_seen_at_a_day_had_been_published_by_then():
    everything, then = db.observations(OUHAI), db.observations(OUHAI, as_of="2022-07-31")
    assert 0 < len(then) < len(everything)
    assert (then["published"] <= "2022-07-31").all()
    used = everything[everything["used"]]
    assert used.index.is_unique


def test_tables_of_regions_and_targets_count_the_same():
    catalogue = load_catalogue()
    assert db.regions()["targets"].sum() == len(catalogue.targets) == len(db.targets())
    assert db.targets("衢州市").empty or db.targets("衢州市").index.is_unique


def test_what_is_not_known_is_answered_with_what_is_near():
    for asked in (
        lambda: db.forecast("瓯海市", "births"),
        lambda: db.observations(OUHAI, "birth"),
        lambda: db.scenario(OUHAI, {"nursery_publik": 1}),
        lambda: db.scenario(OUHAI, "nursery_pusch"),
        lambda: db.targets(document="ouhai"),
    ):
        with pytest.raises(NotKnown, match="Nearest"):
            asked()
    with pytest.raises(AttributeError, match="forecast"):
        db.prediction  # noqa: B018
    with pytest.raises(ValueError, match="model"):
        db.forecast("浙江省", "population", model="prophet", draws=50)


def test_a_result_is_of_one_family():
    assert all(issubclass(c, results.Result) for c in map(type, map(made, RESULTS)))
