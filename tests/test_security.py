"""What SECURITY.md promises: data is never code, pages run nothing of it, no name leads out of a folder, and nothing that we
depend on is older than the mending of a hole that is known.

Hostile names in a real browser, in PDF and workbooks stand in test_runs.py and test_planner_page.py.
"""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from packaging.version import Version

from planning.errors import InvalidData, NotKnown
from reports.batch.store import store
from reports.html import TEMPLATES, render
from reports.parameters import Parameters, read_run

TOP = Path(__file__).resolve().parent.parent
OURS = sorted(
    p for name in ("planning", "sim", "forecasts", "reports", "benchmarks", ".ci") for p in (TOP / name).rglob("*.py")
)
HOSTILE = "</td></title><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"

# The first version that is free of a hole in what we depend on, and the hole.
FLOORS = {
    "aiohttp": ("3.10.11", "CVE-2024-52304"),
    "bleach": ("3.3.0", "CVE-2021-23980"),
    "certifi": ("2024.7.4", "CVE-2024-39689"),
    "distributed": ("2021.10.0", "CVE-2021-42343"),
    "fonttools": ("4.60.2", "CVE-2025-66034"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "idna": ("3.7", "CVE-2024-3651"),
    "ipython": ("8.10.0", "CVE-2023-24816"),
    "jinja2": ("3.1.6", "CVE-2025-27516"),
    "jupyter-core": ("5.8.1", "CVE-2025-30167"),
    "jupyter-server": ("2.14.1", "CVE-2024-35178"),
    "jupyterlab": ("4.4.8", "CVE-2025-59842"),
    "mistune": ("2.0.3", "CVE-2022-34749"),
    "nbconvert": ("7.17.0", "CVE-2025-53000"),
    "pillow": ("11.3.0", "CVE-2025-48379"),
    "pyarrow": ("14.0.1", "CVE-2023-47248"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "pygments": ("2.15.0", "CVE-2022-40896"),
    "pymdown-extensions": ("10.0", "CVE-2023-32309"),
    "pyyaml": ("5.4", "CVE-2020-14343"),
    "requests": ("2.32.4", "CVE-2024-47081"),
    "setuptools": ("78.1.1", "CVE-2024-6345, CVE-2025-47273"),
    "tornado": ("6.5", "CVE-2025-47287"),
    "tqdm": ("4.66.3", "CVE-2024-34062"),
    "urllib3": ("2.6.0", "CVE-2025-66418, CVE-2025-66471"),
    "uv": ("0.8.6", "CVE-2025-54368"),
    "voila": ("0.5.6", "CVE-2024-30265"),
    "zipp": ("3.19.1", "CVE-2024-5569"),
}

# Calls that would make code or commands of data, by the last parts of their names.
NEVER = {"eval", "exec", "compile", "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open",
         "pandas.read_pickle", "pd.read_pickle", "yaml.unsafe_load", "yaml.full_load", "joblib.load", "tempfile.mktemp"}  # fmt: skip

# The one place that runs code it has read: the batch benchmark times the cells of our own committed notebook, no user's.
RUNS_OUR_NOTEBOOK = "benchmarks/batch.py"


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: k.value for k in node.keywords}, node


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.relative_to(TOP).as_posix())
def test_no_module_makes_code_or_commands_of_data(path):
    for name, named, node in calls(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.name}:{node.lineno} {name}"
        if path.relative_to(TOP).as_posix() == RUNS_OUR_NOTEBOOK and name in ("eval", "exec", "compile"):
            continue
        assert name not in NEVER, where
        assert not (name.startswith("yaml.") and name.endswith("load") and name != "yaml.safe_load"), where
        if name in ("yaml.load", "yaml.compose", "yaml.load_all"):
            assert "Safe" in ast.unparse(named["Loader"]) or ast.unparse(named["Loader"]) == "_Loader", where
        for word in ("shell", "allow_pickle"):
            assert word not in named or ast.unparse(named[word]) == "False", where


def test_the_loader_of_yaml_is_a_safe_one():
    import yaml

    from planning.loading.text_files import _Loader

    assert issubclass(_Loader, (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    assert not [t for t in _Loader.yaml_constructors if t and "python" in t]


# ---------------------------------------------------------------- pages


def template_names():
    return sorted(p.name for p in TEMPLATES.iterdir() if p.suffix == ".html")


@pytest.mark.parametrize("name", template_names())
def test_a_template_marks_nothing_safe_but_what_templates_of_ours_made(name):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert set(re.findall(r"{{\s*([\w.]+)\s*\|\s*safe", text)) <= {"script", "block", "svg"}, name
    assert "autoescape false" not in text and not re.search(r"\son\w+\s*=", text), "no handlers in attributes"


def test_every_whole_page_forbids_scripts_that_are_not_ours_and_everything_from_outside():
    loader = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    # A page that the planner serves has its policy in the header of the answer.
    names = [n for n in template_names() if not n.startswith("planner")]
    whole = [n for n in names if "<!DOCTYPE" in (TEMPLATES / n).read_text(encoding="utf-8")]
    assert "page.html" in whole
    for name in whole:
        text = loader.loader.get_source(loader, name)[0]
        policy = re.search(r'Content-Security-Policy" content="(.*)">', text)
        assert policy and "default-src 'none'" in policy[1] and "unsafe-eval" not in policy[1], name
        assert "script-src" not in policy[1] and "base-uri 'none'" in policy[1] and "form-action 'none'" in policy[1], (
            name
        )


def test_a_hostile_title_is_text_on_a_page():
    page = render("page.html", title=HOSTILE, lang="zh-CN", blocks=[], fictional=HOSTILE)
    assert "<script" not in page and "<img src=x" not in page and "{{ 7*7 }}" in page


def test_a_hostile_region_and_indicator_of_an_overlay_are_text_in_every_section(tmp_path):
    from dabiao.assessment import assess
    from reports.sections import summary

    rows = f'339901,"{HOSTILE}","=cmd|x {HOSTILE}",district,330300,yes\n'
    (tmp_path / "regions.csv").write_text("code,name_zh,name_en,level,parent,fictional\n" + rows, encoding="utf-8")
    a = assess("339901", draws=20, data=str(tmp_path))
    shown = 0
    for name in (
        "title",
        "answer",
        "population",
        "births",
        "nursery",
        "gps",
        "others",
        "assumed",
        "gaps",
        "model_card",
    ):
        for lang in ("zh", "en"):
            section = getattr(summary, name)(a, lang)
            html = section._repr_html_() if section is not None else ""
            assert "<script" not in html and "<img src=x" not in html, (name, lang)
            shown += "&lt;script" in html
    assert shown, "the name is shown, as text"


# ---------------------------------------------------------------- names that lead elsewhere

LEADING_OUT = ("../../etc/passwd", "/etc/passwd", "..", "a/../../b", "..\\..\\b", "a\x00b", "")


@pytest.mark.parametrize("name", LEADING_OUT)
def test_no_name_of_a_file_leads_out_of_a_runs_folder(name, tmp_path):
    with pytest.raises(ValueError):
        store(tmp_path / "run").put(name, b"x")
    assert not list(tmp_path.rglob("*b")) and not list(tmp_path.rglob("passwd"))


def test_a_link_out_of_a_runs_folder_is_not_followed(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "330304").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out"):
        store(tmp_path / "run").put("330304/report.zh.html", b"x")


@pytest.mark.parametrize("field", ["notebook", "scenarios"])
@pytest.mark.parametrize("name", ["../../etc/x.ipynb", "/etc/x.ipynb", "a/../../x.ipynb"])
def test_a_run_file_that_names_a_place_outside_is_refused(field, name, tmp_path):
    value = f"'{name}'" if field == "notebook" else f"['{name}']"
    (tmp_path / "run.yaml").write_text(f"regions: ['330304']\n{field}: {value}\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=field):
        read_run(tmp_path / "run.yaml")


def test_a_scenario_that_is_no_yaml_file_is_not_opened(tmp_path):
    from planning.loading.levers import read_levers
    from planning.loading.scenarios import read_scenario
    from planning.paths import SHIPPED

    (tmp_path / "secret.txt").write_text("name: x\nsettings: {}\n", encoding="utf-8")
    with pytest.raises(NotKnown):
        read_scenario(str(tmp_path / "secret.txt"), [SHIPPED], read_levers([SHIPPED]))


def test_a_parameter_that_is_not_known_is_refused_and_never_reaches_a_notebook():
    with pytest.raises(ValueError, match="no_such"):
        Parameters.model_validate({"region": "330304", "no_such; import os": 1})


# ---------------------------------------------------------------- what we depend on


def locked() -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    text = (TOP / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.M):
        found.setdefault(name, []).append(Version(version))
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_locked_is_free_of_the_hole_that_is_known(name):
    least, hole = FLOORS[name]
    for version in locked().get(name, []):
        assert version >= Version(least), f"{name} {version} has {hole}; it was mended in {least}"


def test_the_floors_speak_of_packages_that_are_locked():
    assert not set(FLOORS) - set(locked()), "take out what we no longer depend on"
