"""The documentation: links lead somewhere, commands exist, both languages say the same, and what is public is described."""

import ast
import re
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
import typer
import yaml
from click.testing import CliRunner

from planning.indicators import FAMILIES
from reports import messages
from reports.cli.main import app
from reports.messages import wording
from reports.workbooks import form

TOP = Path(__file__).resolve().parent.parent
PAPERS = [*sorted(TOP.glob("*.md")), TOP / "data" / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PUBLIC = ("planning", "sim", "forecasts", "reports")


@lru_cache(maxsize=1)
def command():
    return typer.main.get_command(app)


def shown(path: Path) -> list[str]:
    """The blocks of code of a paper: indented or fenced."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S)
    indented = re.findall(r"(?:^    .*\n)+", rest, re.M)
    return [*(re.sub(r"^    ", "", b, flags=re.M) for b in indented), *fenced]


def commands_of(path: Path) -> list[list[str]]:
    """Every `dabiao ...` that a paper shows in a block, or between backticks, as words."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in shown(path) for line in block.splitlines()]
    lines += re.findall(r"`(dabiao [^`\n]+)`", text)
    found = [shlex.split(line, comments=True) for line in lines if line.startswith("dabiao ")]
    return [words[1:] for words in found if len(words) > 1]


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.relative_to(TOP).as_posix())
def test_every_link_inside_the_project_leads_to_a_file_and_a_heading(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), f"{path.name}: {link}"
        if heading:
            text = there.read_text(encoding="utf-8")
            slugs = [
                re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-")
                for h in re.findall(r"^#+ (.*)$", text, re.M)
            ]
            assert heading in slugs, f"{path.name}: {link}"


@pytest.mark.parametrize("name", sorted(command().commands))
def test_every_command_is_named_in_the_documentation(name):
    told = "".join(p.read_text(encoding="utf-8") for p in PAPERS)
    assert re.search(rf"`?dabiao {re.escape(name)}\b|`{re.escape(name)}`", told), (
        f"nothing says what `dabiao {name}` is for"
    )


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.relative_to(TOP).as_posix())
def test_every_command_that_is_shown_exists_with_its_options(path):
    for words in commands_of(path):
        known = command().commands.get(words[0])
        assert known is not None, f"{path.name}: dabiao {' '.join(words)}"
        options = {o for p in known.params for o in (*p.opts, *p.secondary_opts)}
        for word in words[1:]:
            if word.startswith("--"):
                assert word.split("=")[0] in options, f"{path.name}: dabiao {' '.join(words)}"


def test_every_command_says_what_it_does():
    for name in command().commands:
        said = CliRunner().invoke(command(), [name, "--help"])
        assert said.exit_code == 0 and len(command().commands[name].help or "") > 20, name


def test_both_readmes_show_the_same_commands():
    def code(path):
        return [re.sub(r"\s*#.*", "", line).strip() for block in shown(path) for line in block.splitlines()]

    assert code(TOP / "README.md") == code(TOP / "README.zh.md")


def test_the_documentation_shows_every_page_that_it_has():
    pages = {p.relative_to(TOP / "docs").as_posix() for p in (TOP / "docs").rglob("*.md")}
    assert pages == set(leaves(yaml.safe_load((TOP / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))


def leaves(tree):
    if isinstance(tree, str):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from leaves(part)


def test_the_api_pages_name_modules_that_are_there():
    for name in re.findall(r"^::: (\S+)$", (TOP / "docs" / "api.md").read_text(encoding="utf-8"), re.M):
        assert (TOP / f"{name.replace('.', '/')}.py").is_file(), name


@pytest.mark.parametrize("package", PUBLIC)
def test_public_functions_and_classes_have_docstrings(package):
    bare = []
    for path in sorted((TOP / package).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and (isinstance(node, ast.ClassDef) or len(node.body) > 1):
                bare.append(f"{path.name}:{node.lineno} {node.name}")
    assert not bare, bare


def test_papers_comments_and_names_are_spelt_right():
    typos = Path(sys.executable).with_name("typos")
    said = subprocess.run([typos, "--format", "brief"], capture_output=True, text=True, cwd=TOP)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_glossary_holds_every_word_that_a_report_says_of_a_target():
    told = (TOP / "docs" / "glossary.md").read_text(encoding="utf-8")
    tables = (messages.words.VERDICT_WORDS, messages.words.COMPARISONS, messages.words.LEVELS, messages.words.NATURES)
    words = [pair for table in tables for pair in table.values()]
    families = form.FAMILIES
    words += [(zh, id.replace("_", " ")) for id, zh in families.items()]
    assert set(FAMILIES) == set(families)
    missing = [pair for pair in words if pair[0] not in told or pair[1] not in told]
    assert not missing, missing


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        ("## 结论 · The answer", "## 结论", "## The answer"),
        ("# 甲 · A\n\n一段。\n\nA paragraph.", "# 甲\n\n一段。", "# A\n\nA paragraph."),
        ("# Title\n\nWords · more words.", "# Title\n\nWords · more words.", "# Title\n\nWords · more words."),
        ("只有中文 · 两个词", "只有中文 · 两个词", "只有中文 · 两个词"),
    ],
)
def test_a_text_in_both_languages_is_halved_and_one_in_a_single_language_stays(words, zh, en):
    assert (wording.in_one_language(words, "zh"), wording.in_one_language(words, "en")) == (zh, en)
