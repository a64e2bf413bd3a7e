"""Reading plans and bulletins. The texts are made up in the language of such documents: no office has published them."""

import json
import zipfile

import openpyxl
import pytest
from typer.testing import CliRunner

from planning.loading.folder import load_catalogue
from planning.reading.bulletins import read_bulletin
from planning.reading.documents import text_of
from planning.reading.plans import read_plan
from planning.reading.quantities import plain, quantities
from planning.reading.structure import looks_back, period_of
from reports.cli.main import app
from reports.workbooks.importer import import_workbook

PLAN = """佳木斯市“十五五”卫生健康发展规划
2026年6月18日
一、规划基础
“十四五”时期，人均预期寿命由77.3岁提高到78.9岁，建成三级医院5家。
二、主要目标
到2028年，每千人口托位数不少于4.8个；到2030年，人均预期寿命提高到80岁左右，孕产妇死亡率下降到12/10万以下，婴儿死亡率、5岁以下儿童死亡率分别控制在4.5‰、6.0‰以下，居民健康素养水平达到百分之三十五。
——高血压、糖尿病患者基层规范管理服务率均不低于65%。
三、重点任务
（一）完善服务体系。65岁以上老年人健康管理率稳定在70%以上，新增托位5000个，培育2—3家示范性托育机构，新建急救站三所。乡镇卫生院中医馆实现全覆盖，打造“15分钟健康服务圈”。
（二）《公共卫生服务规范（第三版）》。联系电话：0451-88886666。
"""
CELLS = "序号,指标,单位,2025年,基期值,2030年,目标值,性质,1,人均预期寿命,岁,78.9,80,预期性,2,婴儿死亡率,‰,4.9,＜4.5,约束性".split(
    ","
)
BULLETIN = """佳木斯市2023年国民经济和社会发展统计公报
2024年4月2日
年末全市户籍人口47.12万人。年末常住人口98.6万人，比上年减少1.2万人；城镇化率为82.5%。全年出生人口4213人，出生率4.31‰。
65岁及以上人口8.9万人，占常住人口的9.03%。医疗卫生机构床位4,356张，执业（助理）医师3412人。孕产妇死亡率0/10万。
"""


@pytest.fixture(scope="module")
def indicators():
    return load_catalogue().indicators


@pytest.fixture(scope="module")
def read(indicators):
    return read_plan(PLAN, indicators.values())


def said(read):
    return {(t.indicator, t.comparison, t.value, t.year) for t in read.targets}


def test_the_targets_of_a_plan_are_found_with_their_indicator_comparison_value_and_year(read):
    assert said(read) >= {
        ("nursery_places_per_1000", "at_least", 4.8, 2028),
        ("life_expectancy", "at_least", 80.0, 2030),
        ("maternal_mortality", "at_most", 12.0, 2030),
        ("infant_mortality", "at_most", 4.5, 2030),
        ("under5_mortality", "at_most", 6.0, 2030),
        ("health_literacy", "at_least", 35.0, 2030),
        ("hypertension_management_rate", "at_least", 65.0, 2030),
        ("diabetes_management_rate", "at_least", 65.0, 2030),
        ("elderly_health_management_rate", "at_least", 70.0, 2030),
        ("new_nursery_places", "at_least", 5000.0, 2030),
        ("township_hospital_tcm_hall_coverage", "at_least", 100.0, 2030),
    }
    ranged = next(t for t in read.targets if t.comparison == "between")
    assert (ranged.low, ranged.high) == (2, 3)
    assert any(t.unit == "minutes" and t.comparison == "at_most" and t.value == 15 for t in read.targets)
    assert any(t.value == 3 and "三所" in PLAN[t.start : t.end] for t in read.targets)


def test_every_number_of_a_plan_is_a_target_or_is_left_with_a_reason(read):
    spans = [(t.start, t.end) for t in read.targets] + [(n.start, n.end) for n in read.left]
    for number in quantities(plain(PLAN)):
        if not number.chinese:
            assert any(a < number.end and number.start < b for a, b in spans), number
    assert all(n.reason for n in read.left)
    assert not any(t.value in (77.3, 78.9, 5.0) for t in read.targets), "what has been is no target"


def test_a_place_in_the_text_is_the_number_itself(read):
    assert {PLAN[t.start : t.end].strip() for t in read.targets} >= {"4.8个", "80岁", "12/10万", "35", "5000个"} - {
        "35"
    }


@pytest.mark.parametrize("written", ["\n\n".join(CELLS), "\t".join(CELLS[:3] + ["2025年基期值", "2030年目标值", "性质"]) + "\n"
                                     + "\t".join(CELLS[8:14]) + "\n" + "\t".join(CELLS[14:]) + "\n"])  # fmt: skip
def test_a_table_gives_its_targets_with_base_and_nature_whole_or_flattened(indicators, written):
    read = read_plan(f"样例市“十五五”卫生规划\n主要指标\n{written}\n", indicators.values())
    table = {t.indicator: t for t in read.targets}
    assert (
        table["life_expectancy"].value,
        table["life_expectancy"].base_value,
        table["life_expectancy"].base_year,
    ) == (80, 78.9, 2025)
    assert (table["infant_mortality"].comparison, table["infant_mortality"].nature) == ("at_most", "binding")
    assert {t.year for t in read.targets} == {2030}


def test_the_horizon_is_read_from_the_title_or_from_the_years_most_named():
    assert period_of("样例市“十四五”卫生健康发展规划").horizon == 2025
    assert period_of("样例县托育服务发展行动方案(2024—2027年)").horizon == 2027
    assert period_of("样例市卫生健康委员会2023年工作要点").horizon == 2023
    assert period_of("关于推进卫生健康现代化建设的意见\n到2027年甲。到2027年乙。到2035年丙。").horizon == 2027
    assert looks_back("一、发展基础") and not looks_back("(三)主要目标") and not looks_back("第五章 积极应对人口问题")


@pytest.mark.parametrize("kind", ["md", "html", "docx", "gb18030"])
def test_a_text_is_the_same_from_every_kind_of_file(tmp_path, kind):
    sentence = "到2027年,每千人口托位数达到5.55个。"
    path = tmp_path / f"plan.{'txt' if kind == 'gb18030' else kind}"
    if kind == "html":
        cells = "".join(f"<td>{c}</td>" for c in ("人均预期寿命", "80"))
        path.write_text(f"<html><style>p{{}}</style><p>{sentence}</p><table><tr>{cells}</tr></table>", encoding="utf-8")
        assert text_of(path).split("\n") == [sentence, "人均预期寿命\t80"]
        return
    if kind == "docx":
        body = f"<w:p><w:r><w:t>{sentence}</w:t></w:r></w:p>"
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(
                "[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
            )
            packed.writestr(
                "_rels/.rels",
                "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='r1' "
                "Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' "
                "Target='word/document.xml'/></Relationships>",
            )
            packed.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
    else:
        path.write_text(sentence, encoding="gb18030" if kind == "gb18030" else "utf-8")
    assert text_of(path).strip() == sentence


def test_what_cannot_be_read_is_told(tmp_path):
    (tmp_path / "plan.doc").write_bytes(b"x")
    (tmp_path / "plan.pdf").write_bytes(b"no pdf")
    (tmp_path / "empty.txt").write_bytes(b" ")
    with pytest.raises(ValueError, match=r"known are \.txt"):
        text_of(tmp_path / "plan.doc")
    with pytest.raises(ValueError, match="cannot be read as pdf"):
        text_of(tmp_path / "plan.pdf")
    with pytest.raises(ValueError, match="OCR"):
        text_of(tmp_path / "empty.txt")
    with pytest.raises(FileNotFoundError):
        text_of(tmp_path / "nowhere.txt")


def test_the_figures_of_a_bulletin_are_found_with_year_basis_unit_and_step(indicators):
    read = read_bulletin(BULLETIN, indicators.values())
    found = {f.indicator: f for f in read.figures}
    assert (found["population"].value, found["population"].basis, found["population"].precision) == (
        986_000,
        "resident",
        1000,
    )
    assert (found["registered_population"].value, found["registered_population"].basis) == (471_200, "registered")
    assert (found["births"].value, found["births"].period) == (4213, "year")
    assert (
        found["aged_65_share"].value == 9.03 and found["beds"].value == 4356 and found["maternal_mortality"].value == 0
    )
    assert {f.year for f in read.figures} == {2023}
    assert not any(f.value == 12_000 for f in read.figures), "a change since last year is no level"


def test_a_plan_goes_by_way_of_the_workbook_into_a_data_folder(tmp_path):
    path = tmp_path / "plan.txt"
    path.write_text(PLAN, encoding="utf-8")
    shown = CliRunner().invoke(app, ["read-plan", str(path), "--json"])
    targets = json.loads(shown.output)["targets"]
    assert {"indicator", "match", "comparison", "value", "year", "unit", "level", "text"} <= set(targets[0])
    done = CliRunner().invoke(app, ["read-plan", str(path)])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "plan.targets.html").read_text(encoding="utf-8")
    assert 'class="matched"' in page and 'class="left"' in page and "http" not in page.replace("http-equiv", "")
    book = openpyxl.load_workbook(tmp_path / "plan.targets.xlsx")
    sheet = book["目标"]
    column = {c.value: c.column for c in sheet[1]}
    rows = {sheet.cell(r, column["指标"]).value: r for r in range(2, sheet.max_row + 1)}
    sheet.cell(rows["居民健康素养水平"], column["目标值"]).value = 36
    sheet.cell(rows["居民健康素养水平"], column["处理"]).value = "修改"
    sheet.cell(rows["婴儿死亡率"], column["处理"]).value = "舍弃"
    book.save(tmp_path / "plan.targets.xlsx")
    import_workbook(tmp_path / "plan.targets.xlsx", tmp_path / "mine")
    kept = {
        t.indicator: t.value for t in load_catalogue(tmp_path / "mine").targets if t.document.id == "plan_230800_2030"
    }
    assert kept["health_literacy"] == 36 and kept["life_expectancy"] == 80 and "infant_mortality" not in kept


def test_a_bulletin_goes_by_way_of_the_workbook_into_a_data_folder_with_its_source(tmp_path):
    path = tmp_path / "bulletin.txt"
    path.write_text(BULLETIN, encoding="utf-8")
    done = CliRunner().invoke(app, ["read-bulletin", str(path)])
    assert done.exit_code == 0, done.output
    import_workbook(tmp_path / "bulletin.figures.xlsx", tmp_path / "mine")
    own = [
        o
        for o in load_catalogue(tmp_path / "mine").observations
        if "统计公报" in o.source.title and o.region == "230800"
    ]
    mine = {o.indicator: o.value for o in own if o.year == 2023 and o.source.published.isoformat() == "2024-04-02"}
    assert mine["population"] == 986_000 and mine["births"] == 4213
