"""How old the figures are, when the next are due, and what a template therefore asks for."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import openpyxl
import pytest
from conftest import TODAY
from typer.testing import CliRunner

from dabiao.export import schema
from dabiao.freshness import freshness, freshness_of, information
from planning.loading.folder import load_catalogue
from planning.observations import Observation
from planning.sources import Source
from reports.cli.main import app
from reports.sections.freshness import sentence
from reports.workbooks.needs import CORE, needs, years_of
from reports.workbooks.template import template

SHIPPED = load_catalogue()
KNOWN = SHIPPED.known_by(SHIPPED.newest_publication)
PLANNED = [KNOWN.find(name) for name in ("瓯海区", "上城区", "佳木斯市", "杭州市")]
ID = "life_expectancy"  # that a plan of Shangcheng has a target for
SHANGCHENG = KNOWN.find("上城区")


def bulletin(region, year, published, known):
    return Source(id=f"t.{region}{year}{published}", title="公报", publisher=f"{region}统计局",
                  published=date.fromisoformat(published), date_known=known)  # fmt: skip


def with_figures(*figures, as_of=TODAY):
    """A catalogue of these figures alone. figures: (region, year, published, date_known)."""
    rows = tuple(
        Observation(region=region, edition="", indicator=ID, year=year, period="year", basis="resident", status="observed",
                    value=80.0, precision=0.1, grade="A", source=bulletin(region, year, published, known))
        for region, year, published, known in figures
    )  # fmt: skip
    return replace(SHIPPED, observations=rows, published=rows, as_of=as_of)


def of(catalogue, region=SHANGCHENG):
    return next(f for f in freshness_of(catalogue, region) if f.indicator == ID)


@pytest.mark.parametrize("region", PLANNED, ids=lambda r: r.key)
def test_every_indicator_with_a_number_to_reach_is_listed_once_with_its_newest_own_figure(region):
    found = freshness_of(KNOWN, region)
    asked = {t.indicator for t in KNOWN.in_force(region) if t.numeric and t.region == region.code}
    asked -= {id for id in asked if KNOWN.indicator(id).family == "not_quantitative"}
    assert {f.indicator for f in found} == asked and len(found) == len(asked)
    for f in found:
        years = years_of(KNOWN, region, f.indicator)
        assert f.year == max(years, default=None)
        assert f.published is None or f.published <= KNOWN.as_of
        assert f.next_year > (f.year or 0) and f.due.startswith(str(f.next_year + 1))
    assert [f.due for f in found] == sorted(f.due for f in found)


def test_age_counts_from_the_end_of_the_figures_year_and_more_than_two_years_is_old():
    for day, old in ((date(2025, 12, 30), False), (date(2026, 1, 2), True)):
        found = of(with_figures(("330102", 2023, "2024-05-01", True), as_of=day))
        assert found.old is old and found.age == pytest.approx((day - date(2023, 12, 31)).days / 365.25)


def test_the_month_due_is_the_median_of_the_same_level_else_the_nations():
    own = ("330102", 2023, "2024-05-01", True)
    nation = [("000000", y, f"{y + 1}-10-01", True) for y in (2019, 2020, 2021)]
    beside = [("330105", y, f"{y + 1}-0{m}-01", True) for y, m in ((2019, 2), (2020, 4), (2021, 3))]
    assert (of(with_figures(own, *nation)).due, of(with_figures(own, *nation)).due_from) == ("2025-10", "nation")
    level = of(with_figures(own, *nation, *beside))
    assert (level.due, level.due_from) == ("2025-03", "level") and level.next_year == 2024


def test_days_that_are_estimates_and_late_reprints_teach_no_month():
    nation = [("000000", y, f"{y + 1}-10-01", True) for y in (2019, 2020, 2021)]
    noise = [("330105", 2019, "2020-12-31", False), ("330105", 2020, "2023-01-05", True)] * 3
    assert of(with_figures(*nation, *noise)).due_from == "nation"


def test_a_figure_is_overdue_once_its_month_is_past():
    figures = [
        ("330102", 2024, "2025-10-01", True),
        *(("000000", y, f"{y + 1}-08-01", True) for y in (2019, 2020, 2021)),
    ]
    for day, overdue in ((date(2026, 8, 31), False), (date(2026, 9, 1), True)):
        found = of(with_figures(*figures, as_of=day))
        assert found.due == "2026-08" and found.overdue is overdue


def test_without_an_own_figure_the_nearest_region_with_one_names_the_publisher():
    assert (of(with_figures()).publisher, of(with_figures()).year) == ("", None)
    found = of(with_figures(("000000", 2023, "2024-05-01", True), ("330100", 2022, "2023-05-01", True)))
    assert (found.publisher, found.publisher_of, found.age, found.old) == ("330100统计局", "330100", None, False)


def test_the_frame_says_the_same():
    frame = freshness(KNOWN, SHANGCHENG)
    assert list(frame.index) == [f.indicator for f in freshness_of(KNOWN, SHANGCHENG)]
    assert frame.loc[ID, "year"] == of(KNOWN).year and frame["old"].dtype == bool


@pytest.mark.parametrize("region", PLANNED, ids=lambda r: r.key)
def test_the_information_of_a_region_fits_the_contract_and_names_every_region_above(region):
    found = information(KNOWN, region)
    contract = schema()
    jsonschema.validate(found, {**contract["properties"]["information"], "$defs": contract["$defs"]})
    assert [place["region"] for place in found["leans_on"]] == [r.key for r in KNOWN.ancestors(region)]
    newest = max(o.year for id in KNOWN.indicators if not id.endswith("_target") for o in KNOWN.rows(region, id))
    assert found["newest_local"]["year"] == newest
    assert len(found["old"]) + len(found["missing"]) <= found["targeted"]
    for lang in ("zh", "en"):
        assert str(newest) in sentence(KNOWN, region, lang)


def test_nothing_published_later_makes_the_information_fresher():
    early = SHIPPED.known_by(date(2022, 7, 31))
    found = information(early, SHANGCHENG)
    dates = [place["newest"]["published"] for place in found["leans_on"]] + [found["newest_local"]["published"]]
    assert max(dates) <= "2022-07-31"


def test_the_command_lists_one_region_or_all_that_have_a_plan():
    run = CliRunner().invoke(app, ["freshness", "上城区", "--json", "--as-of", "2026-08-11"])
    rows = json.loads(run.output)
    assert [r["indicator"] for r in rows] == [f.indicator for f in freshness_of(SHIPPED.known_by(TODAY), SHANGCHENG)]
    assert {(r["name_zh"], r["as_of"]) for r in rows} == {("上城区", "2026-08-11")}
    everywhere = json.loads(CliRunner().invoke(app, ["freshness", "--json", "--as-of", "2026-08-11"]).output)
    of_documents = {(d.region) for d in SHIPPED.documents.values()}
    assert {r["region"].split("@")[0] for r in everywhere} <= of_documents and len(everywhere) > len(rows)
    for lang, word in (("zh", "下次应公布"), ("en", "Next due")):
        assert word in CliRunner().invoke(app, ["freshness", "上城区", "--lang", lang]).output


def counted_up(region, indicator):
    return all(t.kind in ("count_in_year", "cumulative") for t in KNOWN.in_force(region) if t.indicator == indicator)


@pytest.mark.parametrize("region", PLANNED, ids=lambda r: r.key)
def test_of_what_a_plan_counts_up_nothing_is_asked_for_after_its_deadline(region):
    found = 0
    for need in needs(SHIPPED, region, TODAY):
        deadlines = [t.year for t in KNOWN.in_force(region) if t.indicator == need.indicator]
        if deadlines and counted_up(region, need.indicator) and need.indicator not in {id for id, *_ in CORE}:
            found += 1
            assert max(need.years) <= max(deadlines)
    assert found > 0


@pytest.mark.parametrize("region", PLANNED, ids=lambda r: r.key)
def test_a_template_asks_for_all_years_since_the_newest_known_figure_up_to_last_year(region):
    asked = {need.indicator: need for need in needs(SHIPPED, region, TODAY)}
    core = {id for id, *_ in CORE}
    for f in freshness_of(SHIPPED.known_by(TODAY), region):
        there = years_of(SHIPPED, region, f.indicator)
        if there and max(there) < TODAY.year - 1 and not counted_up(region, f.indicator):
            assert set(range(max(there) + 1, TODAY.year)) <= set(asked[f.indicator].years)
    for id, need in asked.items():
        assert not set(need.years) & set(need.there) and max(need.years) <= TODAY.year - 1, id
        assert list(need.years) == sorted(need.years)
    assert core & set(asked)


def test_nothing_is_asked_for_once_last_years_figures_are_there_and_enough():
    assert [n for n in needs(with_figures(*((("330102"), y, f"{y + 1}-05-01", True) for y in (2024, 2025))), SHANGCHENG, TODAY)
            if n.indicator == ID] == []  # fmt: skip


def test_a_workbook_says_the_day_it_was_made_for(tmp_path):
    template(SHIPPED, SHANGCHENG, tmp_path / "out.xlsx", TODAY)
    page = openpyxl.load_workbook(tmp_path / "out.xlsx")["说明"]
    assert ("制表日期", "2026-08-11") in [(row[0].value, row[1].value) for row in page.iter_rows()]
