"""A small made-up county, brought by workbook alone: 样例县, Sample County. Every figure of it is fictional."""

import shutil
from datetime import date

import pytest
from planner_server import HOSTILE_EN, HOSTILE_ZH, Server

from planning.loading.folder import load_catalogue

SAMPLE_CODE = "339999"
TODAY = date(2026, 8, 11)  # of the tests: they need no clock
SAMPLE_SOURCE = {"来源编号": "fiction", "标题": "样例县统计公报（虚构）", "发布机构": "无", "发布日期": "2024-03-01",
                 "日期确知": "是", "等级": "B 转载报道", "虚构": "是"}  # fmt: skip
AGES = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
# Men of each age group in 2020; as many women. 60,000 people, and 66,000 in 2010.
SAMPLE_MEN = (
    250,
    1150,
    1600,
    1600,
    1550,
    1600,
    1900,
    2300,
    2200,
    2150,
    2350,
    2600,
    2450,
    1900,
    1700,
    1200,
    800,
    450,
    250,
)


def sheet_rows(book, sheet):
    """The first empty row below the heading of a sheet, and the column of every heading."""
    page = book[sheet]
    columns = {page.cell(1, c).value: c for c in range(1, page.max_column + 1) if page.cell(1, c).value}
    last = max(
        r for r in range(1, page.max_row + 1) if any(page.cell(r, c).value not in (None, "") for c in columns.values())
    )
    return last + 1, columns


def add_rows(book, sheet, rows):
    """Fill rows into a sheet by heading, below what stands there; gives the number of the first."""
    first, columns = sheet_rows(book, sheet)
    for number, row in enumerate(rows, start=first):
        for heading, value in row.items():
            cell = book[sheet].cell(number, columns[heading])
            cell.value = value
            if heading == "备注":
                cell.data_type = "s"  # typed as text, whatever it begins with
    return first


def figure(indicator, year, value, period="年末", basis="常住", **more):
    """A row of a sheet of observations for the sample county."""
    row = {"地区代码": SAMPLE_CODE, "指标": indicator, "年份": year, "数值": value, "时点": period, "口径": basis,
           "状态": "公布值", "等级": "B 转载报道", "来源编号": "fiction"}  # fmt: skip
    return {**row, **more}


@pytest.fixture(scope="session")
def shipped():
    return load_catalogue()


@pytest.fixture(scope="session")
def sample_workbook(shipped, tmp_path_factory):
    """A workbook filled in as a planner would, for a county that is not in the shipped data."""
    import openpyxl

    from reports.workbooks.template import new_region, template, with_region

    path = tmp_path_factory.mktemp("sample") / "sample.xlsx"
    region = new_region(shipped, "样例县", SAMPLE_CODE, "浙江省", "district", fictional=True)
    template(with_region(shipped, region), region, path, TODAY)
    book = openpyxl.load_workbook(path)
    book["说明"]["B5"] = "样例"
    book["地区"]["D2"] = "Sample County"
    add_rows(book, "来源", [SAMPLE_SOURCE])
    page = book["普查年龄性别"]
    for number in range(2, page.max_row + 1):
        age = page.cell(number, 4).value
        if age in AGES:
            men = SAMPLE_MEN[AGES.index(age)] * (1.1 if page.cell(number, 3).value == 2010 else 1)
            page.cell(number, 5).value = page.cell(number, 6).value = round(men)
            page.cell(number, 7).value = "fiction"
    people = [figure("常住人口", y, v) for y, v in ((2020, 60000), (2021, 59800), (2022, 59500), (2023, 59100))]
    births = [figure("出生人数", y, v, period="全年") for y, v in ((2020, 420), (2021, 390), (2022, 360), (2023, 330))]
    add_rows(book, "人口与出生死亡", [*people, *births])
    places = [figure("每千人口3岁以下婴幼儿托位数", y, v) for y, v in ((2021, 2.1), (2022, 2.6), (2023, 3.2))]
    add_rows(book, "床位托位与机构", places)
    add_rows(book, "卫生人员", [figure("每万人全科医生数", 2023, 3.1, 备注="=2+2 不是公式")])
    plan = {"文件编号": "sample_plan", "标题": "样例县卫生健康规划（虚构）", "发布机构": "无", "发布日期": "2024-06-30",
            "地区代码": SAMPLE_CODE, "规划期末年": 2027, "虚构": "是"}  # fmt: skip
    add_rows(book, "规划文件", [plan])
    target = {"文件编号": "sample_plan", "地区代码": SAMPLE_CODE, "级别": "区县级", "比较": "不低于", "目标年": 2027,
              "类型": "率", "性质": "预期性"}  # fmt: skip
    add_rows(book, "目标", [
        {**target, "指标": "每千人口3岁以下婴幼儿托位数", "目标值": 4.5, "单位": "‰（每千人）"},
        {**target, "指标": "每万人全科医生数", "目标值": 3.5},
    ])  # fmt: skip
    book.save(path)
    return path


@pytest.fixture(scope="session")
def sample_overlay(sample_workbook, tmp_path_factory):
    """The overlay folder that the sample workbook makes."""
    from reports.workbooks.importer import import_workbook

    folder = tmp_path_factory.mktemp("overlay") / "own"
    import_workbook(sample_workbook, folder)
    return folder


@pytest.fixture(scope="module")
def hostile_overlay(sample_overlay, tmp_path_factory):
    """The made-up county under a name that would run a script, were it let."""
    folder = tmp_path_factory.mktemp("hostile") / "own"
    shutil.copytree(sample_overlay, folder)
    path = folder / "regions.csv"
    rows = path.read_text(encoding="utf-8")
    quoted = '"' + HOSTILE_ZH.replace('"', '""') + '"'
    path.write_text(rows.replace("样例县", quoted, 1).replace("Sample County", HOSTILE_EN, 1), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(hostile_overlay):
    made = Server(hostile_overlay)
    yield made
    made.close()
