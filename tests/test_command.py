"""The command `dabiao`, as a person at a terminal uses it."""

import json
import subprocess
import sys

import pytest


def dabiao(*words, cwd=None):
    command = [sys.executable, "-m", "reports", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300)


def test_regions_lists_the_five():
    said = dabiao("regions", "--json")
    codes = {r["code"] for r in json.loads(said.stdout)}
    assert {"330102@2021", "330105@2021", "330304", "230800", "330100"} <= codes


def test_assess_prints_one_json_object():
    said = dabiao("assess", "瓯海区", "--json", "--draws", "40")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["region"]["name_en"] == "Ouhai District"


@pytest.mark.parametrize(
    "words, named",
    [
        (("assess", "瓯海县"), "瓯海"),
        (("assess", "瓯海区", "--scenario", "nurserypush"), "nursery_push"),
        (("assess", "瓯海区", "--draws", "3"), "draws"),
        (("assess", "瓯海区", "--to", "3000"), "to"),
        (("assess", "瓯海区", "--to", "2018"), "2021 or later"),
        (("assess", "瓯海区", "--as-of", "yesterday"), "as_of"),
        (("assess", "瓯海区", "--data", "nowhere"), "nowhere"),
        (("batch", "papermill_runs/none.yaml"), "none.yaml"),
        (("report", "瓯海县"), "瓯海"),
    ],
)
def test_a_mistake_is_told_in_words_with_exit_status_2(words, named, tmp_path):
    said = dabiao(*words, cwd=tmp_path)
    assert said.returncode == 2, (said.returncode, said.stderr)
    assert "Traceback" not in said.stderr and named in said.stderr
    assert not list(tmp_path.rglob("*.html")), "nothing half-written"


def test_a_malformed_table_is_told_with_file_row_and_column(tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    heading = "region,edition,indicator,year,period,basis,status,value,precision,grade,source,note\n"
    bad = [
        "330304,,gps_per_10k,2022,year_end,resident,observed,4.1,0.1,B,s,\n",
        "330304,,gps_per_10000,2022,year_end,resident,observed,410,0.1,B,s,\n",
        "330304,,gps_per_10000,2o22,year_end,resident,observed,4.1,0.1,B,s,\n",
    ]
    (tables / "mine.csv").write_text(heading + "".join(bad), encoding="utf-8")
    (tables / "mine.yaml").write_text(
        "title: t\nsources:\n  s: {title: t, publisher: p, published: 2023}\n", encoding="utf-8"
    )
    said = dabiao("assess", "瓯海区", "--data", str(tmp_path))
    assert said.returncode == 2
    for part in ("mine.csv, row 2, column indicator", "gps_per_10000", "row 3, column value", "row 4, column year"):
        assert part in said.stderr, said.stderr
