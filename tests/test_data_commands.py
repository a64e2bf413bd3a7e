"""The commands for a user's own data: check, template, import, import-census."""

import shutil
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from reports.cli.data import commands

CORPUS = Path(__file__).parent / "bad_input"


def dabiao(*words):
    return CliRunner().invoke(commands, [str(w) for w in words])


def test_check_passes_the_shipped_data():
    said = dabiao("check")
    assert said.exit_code == 0 and "no fault" in said.stdout


def test_check_tells_every_fault_with_exit_status_2(tmp_path):
    (tmp_path / "tables").mkdir()
    shutil.copyfile(CORPUS / "unknown_codes.csv", tmp_path / "tables" / "mine.csv")
    (tmp_path / "tables" / "mine.yaml").write_text(
        "title: t\nsources:\n  s: {title: t, published: 2023}\n", encoding="utf-8"
    )
    said = dabiao("check", "--data", tmp_path)
    assert said.exit_code == 2 and "4 faults" in said.stdout
    for words in (
        "row 2, column region",
        "330340",
        "row 3, column indicator",
        "crude_birth_rate",
        "source of mine.yaml",
    ):
        assert words in said.stderr


def test_a_template_goes_out_and_comes_back(tmp_path):
    out, own = tmp_path / "out.xlsx", tmp_path / "own"
    said = dabiao("template", "339998", out, "--new", "样例县", "--parent", "330300", "--fictional")
    assert said.exit_code == 0 and "样例县（虚构）" in said.stdout
    with pytest.raises(ValueError, match="already"):
        raise dabiao("template", "瓯海区", out).exception
    assert openpyxl.load_workbook(out)["说明"]["A8"].value.endswith("made up.")
    said = dabiao("import", out, "--data", own)
    assert said.exit_code == 0 and "地区 1" in said.stdout
    assert load_catalogue(own).find("样例县").fictional
    assert "Nothing was written" in dabiao("import", out, "--data", own).stdout


@pytest.mark.parametrize(
    "words, error, match",
    [
        (("template", "样例县", "x.xlsx"), NotKnown, "--new NAME"),
        (("template", "瓯海区", "x.csv"), ValueError, "ends in .xlsx"),
        (("template", "339998", "x.xlsx", "--new", "样例县"), ValueError, "--parent"),
        (("import", "none.xlsx", "--data", "own"), FileNotFoundError, "none.xlsx"),
        (("import-census", "none.csv", "--data", "own"), ValueError, "--all"),
        (("import-census", "none.csv", "--all", "--data", "own"), FileNotFoundError, "none.csv"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(words, error, match, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=match):
        raise dabiao(*words).exception
    assert not list(tmp_path.iterdir())


def test_a_broken_workbook_ends_in_a_list_of_its_faults(sample_workbook, tmp_path):
    book = openpyxl.load_workbook(sample_workbook)
    book["来源"]["D2"] = "昨天"
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(InvalidData, match="sheet 来源, row 2, column 发布日期"):
        raise dabiao("import", tmp_path / "bad.xlsx", "--data", tmp_path / "own").exception
    assert [p.name for p in tmp_path.iterdir()] == ["bad.xlsx"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,x,r,percent,u,2010,1", "'percent' is no kind; one of pct"),
        ("a,x,r,pct,u,2010.5,1", "2010.5 is no year"),
        ("a,x,r,pct,u,2010,inf", "inf is not finite"),
        ("a,x,r,pct,u,2010,1\nb,x,r,rate,u,2010,1", "indicator x: more than one kind"),
    ],
)
def test_a_panel_has_known_kinds_whole_years_and_finite_values(tmp_path, rows, told):
    from forecasts.training.panels import read_panel

    path = tmp_path / "panel.csv"
    path.write_text(f"unique_id,indicator,region,kind,unit,ds,y\n{rows}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has faults") as error:
        read_panel(path)
    assert told in str(error.value)


def test_what_the_system_refuses_is_one_sentence_with_status_2(tmp_path, monkeypatch, capsys):
    from reports.cli import main

    monkeypatch.setattr(main.sys, "argv", ["dabiao", "batch", str(tmp_path / ("x" * 300 + ".yaml"))])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.startswith("dabiao: ") and "Traceback" not in said
