"""The workbook: out with what is known, back with what a planner filled in, and nothing lost on the way."""

import shutil
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from conftest import SAMPLE_CODE, SAMPLE_SOURCE, add_rows, figure, sheet_rows

from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from reports.workbooks.content import censuses, content
from reports.workbooks.findings import signature
from reports.workbooks.importer import import_workbook
from reports.workbooks.template import new_region, template, with_region


def told(path, folder):
    """The faults of an import, and proof that nothing was written."""
    before = folder.exists()
    with pytest.raises(InvalidData) as error:
        import_workbook(path, folder)
    assert folder.exists() == before, "nothing half-written"
    assert not list(folder.parent.glob(f".{folder.name}.*")), "nothing left lying about"
    return error.value.faults


def one_fault(path, folder, *words):
    faults = [str(f) for f in told(path, folder)]
    assert any(all(w in f for w in words) for f in faults), faults
    return faults


def test_a_county_brought_by_workbook_alone_is_in_the_catalogue_and_labelled_fictional(sample_overlay):
    catalogue = load_catalogue(sample_overlay)
    region = catalogue.find("样例县")
    assert region.code == SAMPLE_CODE and region.fictional
    assert "虚构" in region.name("zh") and "fictional" in region.name("en")
    assert [r.name_zh for r in catalogue.ancestors(region)] == ["浙江省", "中国"]
    assert catalogue.census(region, 2020).people.sum() == 60_000
    series = catalogue.series(region, "births")
    assert series.years == (2020, 2021, 2022, 2023) and series.values == (420, 390, 360, 330)
    assert all(o.source.fictional for o in catalogue.observations if o.region == SAMPLE_CODE)
    assert {t.id for t in catalogue.in_force(region)} == {
        "sample_plan.nursery_places_per_1000.2027",
        "sample_plan.gps_per_10000.2027",
    }
    assert all(t.document.fictional for t in catalogue.in_force(region))


def test_a_county_brought_by_workbook_alone_gets_its_verdicts(sample_overlay):
    from dabiao.assessment import assess

    verdicts = assess("样例县", draws=40, data=str(sample_overlay)).verdicts
    assert len(verdicts) == 2 and all(v.chance is not None for v in verdicts)


def test_importing_the_same_workbook_again_changes_nothing(sample_workbook, sample_overlay):
    files = {p: p.read_bytes() for p in sample_overlay.rglob("*") if p.is_file()}
    done = import_workbook(sample_workbook, sample_overlay)
    assert not done.changed and done.unchanged > 50
    assert files == {p: p.read_bytes() for p in sample_overlay.rglob("*") if p.is_file()}


def test_a_round_trip_through_the_workbook_loses_nothing(sample_overlay, tmp_path):
    first = load_catalogue(sample_overlay)
    region = first.find("样例县")
    template(first, region, tmp_path / "again.xlsx")
    import_workbook(tmp_path / "again.xlsx", tmp_path / "again")
    second = load_catalogue(tmp_path / "again")
    assert content(first, region) == content(second, second.find("样例县"))
    assert set(first.regions) == set(second.regions)
    assert {signature(o) for o in first.observations} == {signature(o) for o in second.observations}
    assert set(first.targets) == set(second.targets)
    tables = [{(t.region, t.year, t.rows) for t in censuses(c.folders, {region.code})} for c in (first, second)]
    assert len(tables[0]) == 2
    assert tables[0] == tables[1]


@pytest.mark.parametrize("name", ["瓯海区", "上城区", "佳木斯市"])
def test_all_that_is_shipped_of_a_region_comes_back_as_it_went_out(shipped, name, tmp_path):
    region = shipped.find(name)
    counts = template(shipped, region, tmp_path / "out.xlsx")
    done = import_workbook(tmp_path / "out.xlsx", tmp_path / "own")
    assert not done.changed and not (tmp_path / "own").exists()
    assert done.unchanged == sum(counts.values()) - counts["缺少的数据"] - counts["来源"]


def test_a_corrected_value_replaces_the_old_one_and_other_sources_of_the_figure_stay(shipped, tmp_path):
    region = shipped.find("瓯海区")
    template(shipped, region, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    page = book["人口与出生死亡"]
    _, columns = sheet_rows(book, page.title)
    row = next(r for r in range(2, page.max_row) if page.cell(r, columns["指标"]).value == "常住人口")
    value, year = page.cell(row, columns["数值"]).value, page.cell(row, columns["年份"]).value
    page.cell(row, columns["数值"]).value = value + 1
    book.save(tmp_path / "out.xlsx")
    done = import_workbook(tmp_path / "out.xlsx", tmp_path / "own")
    assert done.changed == {"人口与出生死亡": 1}
    after = load_catalogue(tmp_path / "own")

    def of(catalogue):
        return [o for o in catalogue.observations if (o.region, o.indicator, o.year) == ("330304", "population", year)]

    assert len(of(after)) == len(of(shipped))
    assert sorted(o.value for o in of(after)) == sorted(
        v + 1 if v == value else v for v in (o.value for o in of(shipped))
    )
    assert len(after.observations) == len(shipped.observations)


def test_a_second_workbook_adds_to_an_overlay_and_a_correction_replaces_only_itself(sample_overlay, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(sample_overlay, folder)
    catalogue = load_catalogue(folder)
    template(catalogue, catalogue.find("样例县"), tmp_path / "more.xlsx")
    book = openpyxl.load_workbook(tmp_path / "more.xlsx")
    add_rows(book, "人口与出生死亡", [figure("死亡人数", 2023, 480, period="全年")])
    page = book["目标"]
    _, columns = sheet_rows(book, "目标")
    page.cell(2, columns["目标值"]).value = 4.8
    book.save(tmp_path / "more.xlsx")
    done = import_workbook(tmp_path / "more.xlsx", folder)
    assert done.changed == {"人口与出生死亡": 1, "目标": 1}
    after = load_catalogue(folder)
    assert len(after.observations) == len(catalogue.observations) + 1
    assert after.target("sample_plan.nursery_places_per_1000.2027").value == 4.8
    assert after.target("sample_plan.gps_per_10000.2027") == catalogue.target("sample_plan.gps_per_10000.2027")


def test_tables_that_a_person_wrote_keep_what_the_workbook_does_not_replace(sample_overlay, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(sample_overlay, folder)
    (folder / "tables" / "mine.csv").write_text(
        "region,indicator,year,period,basis,status,value,precision,grade,source,note\n"
        f"{SAMPLE_CODE},deaths,2022,year,resident,observed,470,1,B,s,\n"
        f"{SAMPLE_CODE},deaths,2023,year,resident,observed,480,1,B,s,\n",
        encoding="gb18030",
    )
    (folder / "tables" / "mine.yaml").write_text(
        "title: t\nkind: fictional\nsources:\n  s: {title: 手册, publisher: p, published: 2024}\n", encoding="utf-8"
    )
    catalogue = load_catalogue(folder)
    template(catalogue, catalogue.find("样例县"), tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    page = book["人口与出生死亡"]
    _, columns = sheet_rows(book, page.title)
    row = next(r for r in range(2, page.max_row) if page.cell(r, columns["数值"]).value == 480)
    page.cell(row, columns["数值"]).value = 481
    book.save(tmp_path / "out.xlsx")
    import_workbook(tmp_path / "out.xlsx", folder)
    after = load_catalogue(folder)
    assert after.series(after.find("样例县"), "deaths").values == (470, 481)
    assert "2022" in (folder / "tables" / "mine.csv").read_text("utf-8")
    assert "2023" not in (folder / "tables" / "mine.csv").read_text("utf-8")


def test_texts_that_look_like_formulas_stay_texts(sample_overlay, tmp_path):
    note = "=2+2 不是公式"
    catalogue = load_catalogue(sample_overlay)
    assert [o.note for o in catalogue.observations if o.region == SAMPLE_CODE and o.note] == [note]
    for path in sample_overlay.rglob("*.csv"):
        for line in path.read_text("utf-8").splitlines():
            assert not any(c.startswith(("=", "+", "@")) for c in line.split(",")), line
    template(catalogue, catalogue.find("样例县"), tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cells = [c for page in book for row in page.iter_rows() for c in row]
    assert not [c.value for c in cells if c.data_type == "f"]
    assert [c.value for c in cells if c.value == note]


NASTY = ["=cmd|'/C calc'!A0", "+86 571", "-", "@SUM(A1)", "'=1", "''", "two\nlines", 'say "x", y', "\u202eabc", "1e5",
         "<script>alert(1)</script>", "${x}", "#DIV", "yes", "010101", "1:30", "95%", "，。！"]  # fmt: skip


def test_no_text_is_changed_on_its_way_through_workbook_and_folder(sample_workbook, tmp_path):
    book = openpyxl.load_workbook(sample_workbook)
    figures = [figure("死亡人数", 2023 - n, 480, period="全年", 备注=text) for n, text in enumerate(NASTY)]
    add_rows(book, "人口与出生死亡", figures)
    add_rows(book, "来源", [{**SAMPLE_SOURCE, "来源编号": "pages", "备注": "1e5"}])
    book["人口与出生死亡"].cell(sheet_rows(book, "人口与出生死亡")[0] - 1, 12).value = "pages"
    book.save(tmp_path / "nasty.xlsx")
    import_workbook(tmp_path / "nasty.xlsx", tmp_path / "own")
    catalogue = load_catalogue(tmp_path / "own")
    notes = {o.year: o.note for o in catalogue.observations if (o.region, o.indicator) == (SAMPLE_CODE, "deaths")}
    assert [notes[2023 - n] for n in range(len(NASTY))] == NASTY
    template(catalogue, catalogue.find("样例县"), tmp_path / "out.xlsx")
    again = import_workbook(tmp_path / "out.xlsx", tmp_path / "own")
    assert not again.changed


def test_the_template_offers_units_and_codes_and_marks_what_is_missing(shipped, tmp_path):
    template(shipped, shipped.find("瓯海区"), tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for sheet in ("地区", "来源", "人口与出生死亡", "床位托位与机构", "卫生人员", "服务项目", "普查年龄性别", "目标"):
        assert book[sheet].data_validations.dataValidation, sheet
    wanted = {row[1].value for row in book["缺少的数据"].iter_rows(min_row=2)}
    assert {"births", "gps_per_10000", "nursery_places_per_1000"} <= wanted
    page = book["人口与出生死亡"]
    _, columns = sheet_rows(book, page.title)
    waiting = [r for r in range(2, page.max_row) if page.cell(r, columns["数值"]).fill.fgColor.rgb == "00FFF2CC"]
    assert waiting and all(page.cell(r, columns["数值"]).value is None for r in waiting)
    assert all(page.cell(r, columns["指标"]).value for r in waiting)


def test_a_new_region_needs_a_free_code_and_a_parent_that_is_there(shipped):
    with pytest.raises(ValueError, match="瓯海区"):
        new_region(shipped, "样例县", "330304", "浙江省", None, False)
    with pytest.raises(ValueError, match="six digits"):
        new_region(shipped, "样例县", "33999", "浙江省", None, False)
    with pytest.raises(NotKnown, match="import-census"):
        new_region(shipped, "样例县", "629999", "兰州市", None, False)
    region = new_region(shipped, "样例市", "629900", "甘肃省", None, False)
    assert region.level == "city" and with_region(shipped, region).find("样例市") == region


# ---------------------------------------------------------------- a deliberately broken workbook

MERGED, HIDDEN = "A60:A61", "旧表"


@pytest.fixture(scope="module")
def broken(sample_workbook, tmp_path_factory):
    """The sample workbook with one of every fault; gives the faults it is told to have."""
    path = tmp_path_factory.mktemp("broken") / "broken.xlsx"
    book = openpyxl.load_workbook(sample_workbook)
    rows = {
        "percent": figure("城镇化率", 2023, 643.0, basis="常住"),
        "per_mille": figure("出生率", 2023, 78.5, period="全年"),
        "ten_thousand": figure("死亡人数", 2021, 0.048, period="全年"),
        "unit": figure("死亡率", 2023, 80.1, period="全年", 单位="每万人"),
        "percent_cell": figure("60岁及以上人口占比", 2023, 0.31),
        "typed_percent": figure("65岁及以上人口占比", 2023, "21.5%"),
        "wan": figure("户籍人口", 2023, "6.1万", basis="户籍"),
        "comma": figure("人均期望寿命", 2022, "79,5", period="全年"),
        "duplicate": figure("常住人口", 2023, 59100),
        "mixed": figure("常住人口", 2019, 91000),
        "code": figure("死亡人数", 2020, 470, period="全年", 地区代码="339998"),
        "indicator": figure("出生人口", 2019, 430, period="全年"),
        "year": figure("死亡人数", 43831, 470, period="全年"),
        "dated": figure("死亡人数", datetime(2019, 1, 1), 470, period="全年"),
        "basis": figure("死亡人数", 2018, 470, period="全年", basis="居住"),
        "no_basis": figure("死亡人数", 2017, 470, period="全年", basis=None),
        "source": figure("死亡人数", 2016, 470, period="全年", 来源编号="fictoin"),
        "formula": figure("死亡人数", 2015, "=400+70", period="全年"),
        "error": figure("死亡人数", 2014, "#N/A", period="全年"),
    }
    numbers = {}
    for name, row in rows.items():
        numbers[name] = add_rows(book, "人口与出生死亡", [row])
    page = book["人口与出生死亡"]
    _, columns = sheet_rows(book, page.title)
    page.cell(numbers["percent_cell"], columns["数值"]).number_format = "0%"
    page.cell(numbers["error"], columns["数值"]).data_type = "e"
    page.merge_cells("A60:A61")
    hidden = book.create_sheet(HIDDEN)
    hidden["A1"], hidden.sheet_state = 1, "hidden"
    census = book["普查年龄性别"]
    census["D3"], census["D4"] = datetime(2024, 1, 4), "4-Jan"
    census["E5"] = None
    book["来源"]["D2"] = 44754
    book["地区"]["G2"] = "339998"
    book["目标"]["I2"] = 45
    add_rows(book, "目标", [{"文件编号": "sample_plna", "指标": "出生率", "地区代码": SAMPLE_CODE}])
    book["卫生人员"]["P1"] = "说明文字"
    book.save(path)
    return path, numbers


BROKEN = [
    ("percent", "人口与出生死亡", "数值", ("643", "percent", "divided by 10")),
    ("per_mille", "人口与出生死亡", "数值", ("78.5", "per_1000", "divided by 10", "7.85", "per_10000")),
    ("ten_thousand", "人口与出生死亡", "数值", ("0.048", "whole number", "480")),
    ("unit", "人口与出生死亡", "单位", ("每万人", "80.1 would be 8.01")),
    ("percent_cell", "人口与出生死亡", "数值", ("31%", "0.31", "Nearest: 31")),
    ("typed_percent", "人口与出生死亡", "数值", ("21.5%", "Nearest: 21.5")),
    ("wan", "人口与出生死亡", "数值", ("6.1万", "Nearest: 61000")),
    ("comma", "人口与出生死亡", "数值", ("79,5", "Nearest: 79.5")),
    ("duplicate", "人口与出生死亡", "指标", ("once",)),
    ("mixed", "人口与出生死亡", "数值", ("91000", "registered", "note")),
    ("code", "人口与出生死亡", "地区代码", ("339998", f"Nearest: {SAMPLE_CODE}")),
    ("indicator", "人口与出生死亡", "指标", ("出生人口", "出生人数")),
    ("year", "人口与出生死亡", "年份", ("43831", "2020-01-01")),
    ("dated", "人口与出生死亡", "年份", ("2019-01-01", "Nearest: 2019")),
    ("basis", "人口与出生死亡", "口径", ("居住", "Nearest: 常住")),
    ("no_basis", "人口与出生死亡", "口径", ("a value for 口径",)),
    ("source", "人口与出生死亡", "来源编号", ("fictoin", "Nearest: fiction")),
    ("formula", "人口与出生死亡", "数值", ("=400+70", "paste")),
    ("error", "人口与出生死亡", "数值", ("#N/A", "error of Excel")),
    (None, "人口与出生死亡", "A", ("merged A60:A61",)),
    (None, HIDDEN, None, ("hidden",)),
    (3, "普查年龄性别", "年龄", ("Nearest: 1-4",)),
    (4, "普查年龄性别", "年龄", ("4-Jan", "Nearest: 1-4")),
    (5, "普查年龄性别", "男", ("number of persons",)),
    (2, "来源", "发布日期", ("44754", "Nearest: 2022-07-12")),
    (2, "地区", "上级代码", ("339998",)),
    (2, "目标", "目标值", ("45", "per_1000", "4.5")),
    (4, "目标", "文件编号", ("sample_plna", "Nearest: sample_plan")),
    (4, "目标", "比较", ("a value for 比较",)),
    (1, "卫生人员", "P", ("说明文字",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def broken_faults(broken, tmp_path_factory):
    path, numbers = broken
    return told(path, tmp_path_factory.mktemp("none") / "own"), numbers


@pytest.mark.parametrize(
    "row, sheet, column, words", BROKEN, ids=[f"{row or 'sheet'}-{n}" for n, (row, *_) in enumerate(BROKEN)]
)
def test_a_broken_workbook_is_told_all_its_faults_at_once(broken_faults, row, sheet, column, words):
    faults, numbers = broken_faults
    row = numbers.get(row, row)
    here = [f for f in faults if f.file.endswith(f"sheet {sheet}") and (row is None or f.row == row)]
    here = [f for f in here if column is None or (f.column or "").startswith(column)]
    assert any(all(w in str(f) for w in words) for f in here), [str(f) for f in faults if f.file.endswith(sheet)]


def test_no_fault_is_told_that_is_none(broken_faults):
    """Every fault stands in a row that was broken, or follows from one that was."""
    faults, numbers = broken_faults
    expected = {(sheet, numbers.get(row, row)) for row, sheet, _, _ in BROKEN}
    strangers = [
        f for f in faults if (f.file.rpartition("sheet ")[2], f.row) not in expected and f.row not in (60, None)
    ]
    assert not strangers, [str(f) for f in strangers]


# ---------------------------------------------------------------- files that are no workbooks


def test_what_is_no_workbook_is_told_so(tmp_path):
    own = tmp_path / "own"
    (tmp_path / "empty.xlsx").write_bytes(b"")
    one_fault(tmp_path / "empty.xlsx", own, "empty file")
    (tmp_path / "text.xlsx").write_text("region,year\n330304,2020\n", encoding="utf-8")
    one_fault(tmp_path / "text.xlsx", own, "no workbook", "DIR/tables")
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    one_fault(tmp_path / "old.xlsx", own, "old or encrypted", "save it as .xlsx")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as packed:
        packed.writestr("readme.txt", "hello")
    one_fault(tmp_path / "zip.xlsx", own, "zip file that is no workbook")
    with pytest.raises(FileNotFoundError, match="dabiao template"):
        import_workbook(tmp_path / "none.xlsx", own)


def test_a_damaged_workbook_is_told_so(sample_workbook, tmp_path):
    whole = sample_workbook.read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    one_fault(tmp_path / "cut.xlsx", tmp_path / "own", "damaged workbook")


def test_a_workbook_that_swells_beyond_bounds_is_refused_before_it_is_read(tmp_path, monkeypatch):
    import reports.workbooks.reading as reading

    monkeypatch.setattr(reading, "LARGEST_UNPACKED", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", b" " * 2_000_000)
    one_fault(tmp_path / "bomb.xlsx", tmp_path / "own", "unpacked", "split it")


def test_a_workbook_that_defines_entities_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "entities.xlsx", "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>')
    one_fault(tmp_path / "entities.xlsx", tmp_path / "own", "document type")


def test_a_workbook_of_other_sheets_is_told_which_sheets_are_wanted(tmp_path):
    book = openpyxl.Workbook()
    book.active.title, book.active["A1"] = "人口与出生死亡数", "x"
    book.save(tmp_path / "other.xlsx")
    one_fault(tmp_path / "other.xlsx", tmp_path / "own", "人口与出生死亡数", "Nearest: 人口与出生死亡")


def test_more_rows_than_the_bound_are_told_and_not_dropped(sample_workbook, tmp_path, monkeypatch):
    import reports.workbooks.reading as reading

    monkeypatch.setattr(reading, "MOST_ROWS", 300)
    one_fault(sample_workbook, tmp_path / "own", "指标", "at most 300 rows")


def test_the_shipped_data_and_other_folders_are_never_written_over(sample_workbook, tmp_path):
    from planning.paths import SHIPPED

    with pytest.raises(ValueError, match="shipped data"):
        import_workbook(sample_workbook, SHIPPED)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(ValueError):
        import_workbook(sample_workbook, tmp_path / "photos")
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_an_import_that_stops_half_way_leaves_the_folder_as_it_was(sample_overlay, tmp_path):
    from reports.workbooks import overlays

    folder = tmp_path / "own"
    shutil.copytree(sample_overlay, folder)
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(KeyboardInterrupt), overlays.rewriting(folder) as staging:
        (staging / "regions.csv").write_text("torn", encoding="utf-8")
        raise KeyboardInterrupt
    assert before == {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    folder.rename(tmp_path / ".own.before")  # as if stopped between the two renames
    with overlays.rewriting(folder):
        pass
    assert before == {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_disk_that_fails_at_the_last_step_leaves_the_folder_as_it_was(sample_overlay, tmp_path, monkeypatch):
    import os

    from reports.workbooks import overlays

    folder = tmp_path / "own"
    shutil.copytree(sample_overlay, folder)
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    rename = os.rename

    def failing(source, target):
        if ".new." in str(source):
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(overlays.os, "rename", failing)
    with pytest.raises(OSError, match="No space"), overlays.rewriting(folder) as staging:
        (staging / "regions.csv").unlink()
    assert before == {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_imports_never_write_to_one_folder_at_once(sample_overlay, tmp_path):
    from reports.workbooks import overlays

    folder = tmp_path / "own"
    shutil.copytree(sample_overlay, folder)
    with overlays.rewriting(folder), pytest.raises(ValueError, match="Another import"), overlays.rewriting(folder):
        pass


def test_excel_dates_full_width_digits_and_plain_codes_are_read_as_meant(sample_workbook, tmp_path):
    book = openpyxl.load_workbook(sample_workbook)
    add_rows(book, "来源", [{**SAMPLE_SOURCE, "来源编号": "dated", "发布日期": date(2024, 3, 15)}])
    row = figure("死亡人数", "２０２３", "１，４８０", period="全年", 地区代码=int(SAMPLE_CODE), 来源编号="dated")
    add_rows(book, "人口与出生死亡", [row])
    book.save(tmp_path / "wide.xlsx")
    import_workbook(tmp_path / "wide.xlsx", tmp_path / "own")
    catalogue = load_catalogue(tmp_path / "own")
    found = next(o for o in catalogue.observations if o.region == SAMPLE_CODE and o.indicator == "deaths")
    assert (found.year, found.value, found.source.published) == (2023, 1480, date(2024, 3, 15))
