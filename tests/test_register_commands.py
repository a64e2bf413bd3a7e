"""The register, the verdicts and the walk back to the sources, as a terminal shows them."""

import json
import re

import pytest
import typer
from click.testing import CliRunner

from dabiao.register import BASES
from planning.loading.folder import load_catalogue
from reports.cli.main import app
from reports.messages import message, wording

COMMAND = typer.main.get_command(app)


def said(*words) -> str:
    result = CliRunner().invoke(COMMAND, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_register_counts_every_entry_once():
    listed = json.loads(said("targets", "--json"))
    assert len(listed) == len(load_catalogue(None).targets)
    last = said("targets").strip().splitlines()[-1]
    entries, numeric, silent, repeats = map(int, re.findall(r"\d+", last))
    assert entries == len(listed) == numeric + silent + repeats


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_register_of_one_document_names_no_other(lang):
    shown = said("targets", "--document", "ouhai_2023_2027", "--lang", lang)
    lines = [line for line in shown.splitlines() if line.strip()]
    headings = [line for line in lines if not line.startswith(" ")]
    assert len(headings) == 2 and "ouhai_2023_2027" in headings[0], "one document, and the sum"
    assert len(lines) - 2 == int(re.findall(r"\d+", lines[-1])[0]), "a line for each, between the heading and the sum"


def test_the_coverage_counts_every_target_once_by_what_its_answer_rests_on():
    rows = json.loads(said("coverage", "--region", "330304", "--draws", "40", "--json"))
    assert all(row["needs"] and row["word"] and row["basis"] in BASES for row in rows)
    judged = ("settled", "own figure", "tree")
    assert all((row["basis"] in judged) == (row["chance"] is not None or row["outcome"] is not None) for row in rows)
    assert any(row["basis"] == "tree" for row in rows) and any(row["basis"] == "needs a figure" for row in rows)
    counts = [sum(row["basis"] == basis for row in rows) for basis in BASES]
    assert sum(counts) == len(rows)
    shown = said("coverage", "--region", "330304", "--draws", "40", "--lang", "en")
    totals = [
        list(map(int, re.findall(r"\d+", line))) for line in shown.splitlines() if line.strip().startswith("All ")
    ]
    assert totals == [counts, counts], "by document, and by family"
    assert f"{sum(row['numeric'] and row['basis'] in judged for row in rows)} are judged on substance" in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_terminal_shows_the_verdicts_that_the_json_holds(lang):
    made = json.loads(said("assess", "330304", "--draws", "40", "--json"))
    shown = said("assess", "330304", "--draws", "40", "--lang", lang)
    chances = sorted(wording.percent(v["chance"], lang) for v in made["verdicts"] if v["chance"] is not None)
    in_rows = [m[1] for m in re.finditer(r" ([<>]?\d+%) +[A-D] ", shown)]
    assert sorted(in_rows) == chances
    for word in ("needs a figure", "not quantitative"):
        said_so = sum(v["word"] == word for v in made["verdicts"])
        assert sum(line.startswith(message(f"verdict_{word}", lang) + ":") for line in shown.splitlines()) == said_so


def test_a_walk_back_from_a_number_ends_at_sources():
    words = ("trace", "330304", "nursery_places_per_1000", "--year", "2027", "--draws", "40")
    told, found = said(*words, "--lang", "en"), json.loads(said(*words, "--json"))
    assert "1000 x places / residents" in told and found["inputs"], "a quotient has its two parts below it"

    def figures(part):
        yield from part["figures"]
        for below in part["inputs"]:
            yield from figures(below)

    assert any(f.get("source") for f in figures(found)), "published values, each with its source"
