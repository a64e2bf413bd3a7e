"""The same seed gives the same bytes, whatever the process; and a report can be made again from its manifest."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_reports import dabiao, plain, run_file

from dabiao import export, trace
from dabiao.assessment import assess
from dabiao.model_card import EMPTY, gather
from planning.errors import InvalidData
from reports.batch.reproduce import lines, reproduce
from reports.messages import trace as trace_messages

ASKED = ("assess", "瓯海区", "--json", "--draws", "30", "--to", "2030")
FIVE = ("330102", "330105", "330304", "230800", "330100")


# ---------------------------------------------------------------- bytes


def bytes_of(setting: dict[str, str]) -> str:
    """The checksum of an answer of a process of its own. setting: of its environment."""
    environment = {**os.environ, **setting}
    command = [sys.executable, "-m", "reports", *ASKED]
    said = subprocess.run(command, capture_output=True, timeout=300, env=environment, check=True)
    return hashlib.sha256(said.stdout).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_every_process_and_whatever_blas_is_set_to():
    with ThreadPoolExecutor(2) as threads:
        # What orders sets; how many threads BLAS may take; the kernel that it has for older processors.
        other = {"PYTHONHASHSEED": "4711", "OPENBLAS_NUM_THREADS": "4", "OPENBLAS_CORETYPE": "Nehalem"}
        found = set(threads.map(bytes_of, ({"PYTHONHASHSEED": "0"}, other)))
    here = export.as_json(assess("瓯海区", to=2030, draws=30)).encode("utf-8")
    assert found == {hashlib.sha256(here).hexdigest()}


def test_an_answer_does_not_depend_on_what_was_asked_before():
    first = export.as_json(assess("瓯海区", to=2030, draws=30))
    assess("杭州市", to=2028, draws=20, seed=5)
    assess("瓯海区", "nursery_push", to=2030, draws=30)
    assert export.as_json(assess("瓯海区", to=2030, draws=30)) == first


# ---------------------------------------------------------------- made again


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small run of one region in two languages, as `dabiao batch` leaves it."""
    folder = tmp_path_factory.mktemp("made")
    said = dabiao("batch", run_file(folder, regions=["330304"], languages=["zh", "en"]))
    assert said.returncode == 0, said.stderr
    return folder


@pytest.fixture
def run(made, tmp_path):
    """A copy of it to spoil."""
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run"


def respelt(path, change):
    """A JSON file with something in it changed."""
    content = plain(path)
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_report_made_again_from_its_manifest_is_identical_and_nothing_is_touched(run):
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in run.rglob("*") if p.is_file()}
    said = dabiao("reproduce", run / "small" / "330304")
    assert (said.returncode, said.stdout.splitlines()) == (0, ["330304 zh: identical", "330304 en: identical"]), said
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in run.rglob("*") if p.is_file()} == before


def test_whatever_changed_is_named(run):
    notebook, page = run / "small.ipynb", run / "small" / "330304" / "report.en.html"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("0.8,", "0.4,"), encoding="utf-8")
    page.write_bytes(page.read_bytes() + b" ")

    def other(about):
        about["versions"]["numpy"] = "1.0"
        about["machine"]["processor"] = "abacus"
        about["data_sha256"]["data"]["regions.csv"] = "0" * 64
        about["commit"] = {"id": "0" * 40, "changed": False}

    respelt(run / "small" / "manifest.json", other)
    spoilt = {"packages": "x", "data": "x", "code": "x"}
    respelt(
        run / "small" / "330304" / "status.json", lambda s: [r["parts"].update(spoilt) for r in s["reports"].values()]
    )
    zh, en = reproduce(run / "small" / "330304")
    assert not zh.identical and not zh.altered and en.altered == ("330304/report.en.html",)
    assert zh.moved == ("t: likely 0.800 -> likely 0.400",)
    said = "\n".join(lines(zh))
    for part in (
        "notebook",
        "numpy 1.0 -> ",
        "processor abacus -> ",
        "data/regions.csv",
        "code: commit 0000000000 -> ",
        "moved: t",
    ):
        assert part in said, said


def test_a_report_without_a_manifest_is_made_again_from_its_executed_notebook(run):
    (run / "small" / "manifest.json").unlink()
    notebook = run / "small" / "330304" / "report.zh.ipynb"
    asked = plain(notebook)["metadata"]["papermill"]["parameters"]
    again = reproduce(run / "small" / "330304", run / "small.ipynb")
    assert [r.report for r in again] == ["330304 zh", "330304 en"] and all(r.identical for r in again), asked


def test_what_cannot_be_made_again_is_told_and_why(run):
    folder = run / "small" / "330304"
    with pytest.raises(FileNotFoundError, match="Nearest: 330304"):
        reproduce(run / "small" / "330303")
    for text, error in (("{", ValueError), ("[]", ValueError), ('{"run": {"draws": "many"}}', InvalidData)):
        (run / "small" / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(error, match="manifest"):
            reproduce(folder)
    respelt(folder / "status.json", lambda s: [r.update(state="failed") for r in s["reports"].values()])
    with pytest.raises(FileNotFoundError, match="no complete report"):
        reproduce(folder)


# ---------------------------------------------------------------- audit


@pytest.fixture(scope="module", params=FIVE)
def region(request):
    return assess(request.param, draws=20)


def test_every_outlook_of_the_five_regions_can_be_traced_to_its_sources(region):
    a = region
    for id, outlook in a.outlooks.items():
        for year in (None, outlook.years[-1]):
            found = trace.trace(a, id, year)
            assert found.formula and (found.figures or found.inputs or found.peers or found.assumptions), id
            json.dumps(trace.as_plain(found), ensure_ascii=False)
        for lang in ("zh", "en"):
            assert all(
                line.strip() for line in trace_messages.lines(trace.trace(a, id, outlook.years[-1], lang), a, lang)
            ), id
    for verdict in a.verdicts:
        if verdict.chance is not None and verdict.target.key == a.region.key:
            assert verdict.method and verdict.evidence, verdict.target.id


def test_the_card_answers_all_18_items_of_gather_or_says_which_are_empty(region):
    items = gather(region)
    assert [i.number for i in items] == list(range(1, 19))
    assert [i.number for i in items if not i.filled] == [2, 17], "funding and interpretation are a person's to fill"
    for item in items:
        assert all(item.asks) and all(item.says) and (item.filled or item.says == EMPTY)


def test_every_report_shows_the_whole_card_in_both_languages(region):
    from reports.sections import summary

    a = region
    for which, lang in enumerate(("zh", "en")):
        shown = "".join(
            s._repr_html_()
            for name in ("assumed", "model_card")
            if (f := getattr(summary, name, None)) and (s := f(a, lang))
        )
        for item in gather(a):
            assert item.asks[which] in shown, (lang, item.number)
