"""A wheel holds everything: installed outside the checkout it assesses, reports and serves, and never writes into itself."""

import os
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
OUHAI = "瓯海区"
WRITTEN_BY_PYTHON = {".pyc", ".nbi", ".nbc"}  # byte code, and what numba has compiled


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The command of a fresh environment that holds our wheel, and this environment's packages but not our checkout."""
    place = tmp_path_factory.mktemp("wheel")
    source, environment = place / "source", place / "environment"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy(TOP / name, source)
    ours = ("planning", "sim", "forecasts", "dabiao", "reports", "planner", "data", "notebooks", "papermill_runs")
    for name in ours:
        shutil.copytree(TOP / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run([*pip, "wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", place], source)
    run([sys.executable, "-m", "venv", "--without-pip", environment], place)
    (wheel,) = place.glob("*.whl")
    python = environment / "bin" / "python"
    run([*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], place)
    (site,) = environment.glob("lib/python*/site-packages")
    # Packages only: files of the name .pth that lie there, such as that of our editable install, are not read.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "dabiao", site


def surroundings():
    """The variables of a process that knows nothing of the checkout. Voila's templates lie beside this environment's packages."""
    return {
        **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        "JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter"),
    }


def run(words, folder):
    done = subprocess.run([str(w) for w in words], cwd=folder, env=surroundings(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_of(site):
    return {p for p in site.rglob("*") if p.is_file() and p.suffix not in WRITTEN_BY_PYTHON}


def test_the_packages_are_those_of_the_wheel(installed, tmp_path):
    command, site = installed
    words = "import dabiao, planning.catalogue as c; print(dabiao.__file__, c.SHIPPED)"
    said = run([command.parent / "python", "-c", words], tmp_path)
    assert said.split() == [str(site / "dabiao" / "__init__.py"), str(site / "dabiao_files" / "data")]


def test_the_installed_command_assesses_to_the_same_bytes_as_the_checkout(installed, tmp_path):
    command, _ = installed
    words = ["assess", OUHAI, "--draws", "50", "--json"]
    ours = subprocess.run(
        [sys.executable, "-m", "reports", *words], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout
    assert run([command, *words], tmp_path) == ours


def test_a_report_and_a_shipped_batch_land_in_the_working_folder_and_nothing_in_the_package(installed, tmp_path):
    command, site = installed
    before = files_of(site)
    run([command, "report", OUHAI, "--draws", "50"], tmp_path)
    folder = tmp_path / "papermill_runs" / "reports" / "330304"
    assert {"report.zh.html", "report.zh.ipynb", "assess.json", "manifest.json"} <= {p.name for p in folder.iterdir()}
    said = run([command, "batch", "papermill_runs/five_regions.yaml", "--dry-run"], tmp_path)
    assert "Nothing was written" in said
    assert files_of(site) == before


def test_the_laboratory_opens_copies_of_the_notebooks_that_are_never_written_over(installed, tmp_path):
    command, site = installed
    (tmp_path / "notebooks").mkdir()
    mine = tmp_path / "notebooks" / "start_here.ipynb"
    mine.write_text("{}")
    before = files_of(site)
    assert run([command, "lab", "--version"], tmp_path).strip()
    assert {p.name for p in (tmp_path / "notebooks").iterdir()} == {p.name for p in (TOP / "notebooks").glob("*.ipynb")}
    assert mine.read_text() == "{}"
    assert files_of(site) == before


def test_the_installed_planners_page_is_served(installed, tmp_path):
    command, site = installed
    before = files_of(site)
    words = [command, "planner", OUHAI, "--no-browser", "--draws", "50", "--lang", "en"]
    process = subprocess.Popen(
        words, cwd=tmp_path, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor()
        )  # the address's token becomes a cookie
        with browser.open(address, timeout=60) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        process.wait(30)
    assert files_of(site) == before
