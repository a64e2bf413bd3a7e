"""The house itself: one list of dependencies, imports one way, nothing that ties it to a place."""

import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def pyproject() -> dict:
    return tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))


def environment_module():
    spec = importlib.util.spec_from_file_location("environment", TOP / ".ci" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_environment_yml_is_what_pyproject_says():
    made = environment_module().environment(pyproject())
    assert made == (TOP / "environment.yml").read_text(encoding="utf-8"), "run `make environment`"


def test_every_conda_requirement_parses_and_admits_the_locked_version():
    import yaml
    from rattler import MatchSpec, PackageRecord, Version

    assert PackageRecord is not None
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (TOP / "requirements.lock").read_text(), re.M))
    listed = yaml.safe_load((TOP / "environment.yml").read_text())["dependencies"]
    for item in listed:
        if isinstance(item, dict):
            continue
        spec = MatchSpec(item)
        name = spec.name.normalized if hasattr(spec.name, "normalized") else str(spec.name)
        if name in ("python", "pip"):
            continue
        assert name in locked, f"{item} is not in requirements.lock"
        assert Version(locked[name]) is not None
        if spec.version is not None:
            assert matches(item, locked[name]), f"{item} does not admit the locked {locked[name]}"


def matches(item: str, version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return version in SpecifierSet(re.sub(r"^[A-Za-z0-9_.-]+", "", item))


def test_every_dependency_has_its_reason_in_decisions():
    text = (TOP / "DECISIONS.md").read_text(encoding="utf-8")
    project = pyproject()["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    missing = [n for d in wanted if f"`{(n := re.match(r'[A-Za-z0-9_.-]+', d)[0])}`" not in text]
    assert not missing, f"DECISIONS.md gives no reason for {missing}"


def test_every_dependency_is_locked_with_hashes():
    text = (TOP / "requirements.lock").read_text()
    for requirement in pyproject()["project"]["dependencies"]:
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}==\S+ ?.*\\\n    --hash=", text, re.M), f"{name} is not locked"


def test_notebooks_are_committed_without_outputs():
    import nbformat

    for path in (TOP / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert not any(c.get("outputs") or c.get("execution_count") for c in notebook.cells), path.name


def test_nothing_in_the_project_names_a_place_of_ours():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, capture_output=True, text=True)
    names = [n for n in listed.stdout.splitlines() if not n.endswith((".lock", "test_house.py"))]
    for name in names:
        text = (TOP / name).read_bytes().decode("utf-8", errors="ignore") if (TOP / name).is_file() else ""
        assert not re.search(r"(?<![\w.])/(work|root|home/\w+)/", text), f"{name} holds a path of one machine"


def test_every_module_says_what_it_is():
    import ast

    for package in ("planning", "sim", "forecasts", "reports"):
        for path in (TOP / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if text.strip():
                assert ast.get_docstring(ast.parse(text)), f"{package}/{path.name} has no docstring"


def test_no_file_imports_itself_by_way_of_others():
    import grimp

    packages = pyproject()["tool"]["importlinter"]["root_packages"]
    graph = grimp.build_graph(*packages, cache_dir=None)
    circles = []
    for module in sorted(graph.modules):
        for imported in graph.find_modules_directly_imported_by(module):
            back = graph.find_shortest_chain(importer=imported, imported=module)
            if back is not None:
                circles.append(" -> ".join((module, *back)))
    assert not circles


def test_every_text_has_one_key_and_both_languages_ask_for_the_same_figures():
    from string import Formatter

    from reports.messages import MESSAGES, TABLES

    assert sum(len(table) for table in TABLES) == len(MESSAGES)
    for key, pair in MESSAGES.items():
        zh, en = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in pair)
        assert zh == en, key
