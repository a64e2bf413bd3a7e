"""Own figures: values typed in beside what is published."""

from dataclasses import replace
from datetime import date

import pytest
import yaml

from dabiao.assessment import assess
from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from planning.loading.levers import read_levers
from planning.loading.scenarios import read_scenario, save_scenario
from planning.own_figures import OwnFigure, entered, given, is_own, parsed, with_own
from planning.scenarios import BASELINE
from reports.batch import runs
from reports.parameters import read_run


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def test_an_own_figure_stands_in_the_series_and_says_that_it_was_entered(catalogue):
    ouhai = catalogue.find("瓯海区")
    more = with_own(catalogue, ouhai, parsed(["gps_per_10000=4.8@2024"], catalogue))
    series = more.series(ouhai, "gps_per_10000")
    assert dict(zip(series.years, series.values, strict=True))[2024] == 4.8
    assert "no source" in " ".join(series.sources)
    assert [o.year for o in more.rows(ouhai, "gps_per_10000") if is_own(o)] == [2024]
    assert (
        catalogue.series(ouhai, "gps_per_10000") is None or 2024 not in catalogue.series(ouhai, "gps_per_10000").years
    )


def test_an_own_figure_is_not_seen_before_its_year_is_over(catalogue):
    ouhai = catalogue.find("瓯海区")
    more = with_own(catalogue, ouhai, [OwnFigure("gps_per_10000", 2022, 4.6)])
    assert not [o for o in more.known_by(date(2022, 12, 30)).rows(ouhai, "gps_per_10000") if is_own(o)]
    assert [o for o in more.known_by(date(2023, 1, 1)).rows(ouhai, "gps_per_10000") if is_own(o)]


def test_an_own_figure_takes_the_place_of_a_published_one(catalogue):
    hangzhou = catalogue.find("杭州市")
    year = catalogue.series(hangzhou, "population").years[-1]
    more = with_own(catalogue, hangzhou, [OwnFigure("population", year, 12_000_000.0)])
    assert more.series(hangzhou, "population").values[-1] == 12_000_000.0


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gps_per_10000", "form INDICATOR=VALUE@YEAR"),
        ("gps_per_10000=many@2024", "is no number"),
        ("gps_per_10000=4.8@2124", "of a year from"),
        ("gps_per_10000=-4@2024", "lies between"),
        ("gps_per_10000=inf@2024", "lies between"),
    ],
)
def test_what_is_no_figure_is_said_in_a_sentence(catalogue, word, said):
    with pytest.raises(ValueError, match=said):
        parsed([word], catalogue)


def test_an_unknown_indicator_is_told_with_what_is_near(catalogue):
    with pytest.raises(NotKnown, match="gps_per_10000"):
        parsed(["gp_per_10000=4.8@2024"], catalogue)


def test_mappings_words_and_figures_are_the_same(catalogue):
    as_words = given(["gps_per_10000=4.8@2024"], catalogue)
    assert as_words == given({"gps_per_10000": {2024: 4.8}}, catalogue) == given(as_words, catalogue)


def test_the_figures_that_were_entered_are_told_by_region(catalogue):
    ouhai = catalogue.find("瓯海区")
    more = with_own(catalogue, ouhai, parsed(["gps_per_10000=4.8@2024", "gps_per_10000=4.6@2023"], catalogue))
    assert [str(f) for f in entered(more, ouhai)] == ["gps_per_10000=4.6@2023", "gps_per_10000=4.8@2024"]
    assert entered(more, catalogue.find("鹿城区")) == () == entered(catalogue, ouhai)


def run_of(tmp_path, **asked):
    path = tmp_path / "mine.yaml"
    entry = {"regions": ["瓯海区", "上城区"], "formats": ["json"], **asked}
    path.write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    return path


def jobs_of(path, tmp_path):
    return {j.region: j.parameters.get("own") for j in runs.plan(read_run(path), tmp_path / "out").jobs}


def test_a_run_file_carries_own_figures_for_each_region(tmp_path):
    own = {"瓯海区": {"gps_per_10000": {2024: 4.8}}, "330102": ["gps_per_10000=6.1@2023"]}
    assert jobs_of(run_of(tmp_path, own=own), tmp_path) == {
        "330304": ["gps_per_10000=4.8@2024"],
        "330102@2021": ["gps_per_10000=6.1@2023"],
    }
    assert jobs_of(run_of(tmp_path), tmp_path) == {"330304": None, "330102@2021": None}


def test_a_run_file_takes_own_figures_from_a_table_beside_it(tmp_path):
    rows = "region,indicator,year,value\n瓯海区,每万人全科医生数,2024,4.8\n330304,nursery_places_per_1000,2024,4.9\n上城区,gps_per_10000,2024,\n"
    (tmp_path / "own.csv").write_text(rows, encoding="utf-8")
    found = jobs_of(run_of(tmp_path, own="own.csv"), tmp_path)
    assert found == {"330304": ["gps_per_10000=4.8@2024", "nursery_places_per_1000=4.9@2024"], "330102@2021": None}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"奥海区": ["gps_per_10000=4.8@2024"]}, "Nearest"),
        ({"瓯海区": ["gps_per_10000=-4@2024"]}, "lies between"),
        ({"瓯海区": ["gps=four"]}, "form INDICATOR=VALUE@YEAR"),
    ],
)
def test_what_a_run_file_holds_that_is_no_figure_is_told_before_anything_runs(own, said, tmp_path):
    with pytest.raises(InvalidData, match=said):
        jobs_of(run_of(tmp_path, own=own), tmp_path)


def test_a_file_of_a_newer_format_is_refused_and_an_older_one_read(tmp_path, catalogue):
    levers = read_levers(catalogue.folders)
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nsettings: {nursery_public: 0.5}\n", encoding="utf-8")
    old = read_scenario(str(path), (), levers)
    again = read_scenario(str(save_scenario(old, tmp_path / "again.yaml")), (), levers)
    assert again == old and "format: 2" in (tmp_path / "again.yaml").read_text(encoding="utf-8")
    path.write_text("format: 99\nname: mine\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="written by a newer version"):
        read_scenario(str(path), (), levers)
    with pytest.raises(InvalidData, match="written by a newer version"):
        read_run(run_of(tmp_path, format=99))
    assert read_run(run_of(tmp_path, format=1)).format == 1


def test_a_scenario_keeps_own_figures_and_they_move_the_answer(tmp_path, catalogue):
    levers = read_levers(catalogue.folders)
    held = replace(BASELINE, name="mine", regions=("330304",), own=("gps_per_10000=8.2@2024",))
    path = save_scenario(held, tmp_path / "mine.yaml")
    assert read_scenario(str(path), (), levers).own == held.own and held.fingerprint != BASELINE.fingerprint

    def chance(*asked):
        verdicts = assess("瓯海区", *asked, draws=60).verdicts
        return next(v.chance for v in verdicts if v.target.indicator == "gps_per_10000")

    assert chance(str(path)) > chance()
    path.write_text("name: mine\nown: [gps_per_10000=8.2@2024]\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="one region"):
        read_scenario(str(path), (), levers)
