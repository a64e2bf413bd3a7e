"""The notebooks: thin, in two languages, and each runs from top to bottom without a front end."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from planner.pages import PAGES

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
EXPLORING = sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb") if p.stem != "region_report")
WORKED = ("start_here", "scenario_notebook", "own_figures", "forecast_by_hand", "population_by_cohort", "scenario_agents",
          "targets_2030", "compare_districts", "how_far_to_trust", "bring_your_own_region")  # fmt: skip
FRESH = "%reset -f\n%matplotlib inline\nfrom reports.charts import style as look\nlook.DPI = 30  # small pictures, quickly drawn"
WIDGET = "application/vnd.jupyter.widget-view+json"


def read(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def tagged(notebook, tag):
    return [c for c in notebook.cells if tag in c.metadata.get("tags", ())]


def test_every_notebook_is_there():
    assert set(EXPLORING) == {*WORKED, *PAGES} and (NOTEBOOKS / "region_report.ipynb").exists()


@pytest.mark.parametrize("name", WORKED)
def test_an_analysts_notebook_imports_the_public_functions_alone_and_says_what_to_try_next(name):
    sources = "\n".join(c.source for c in code(read(name)))
    imported = set(re.findall(r"^(?:import|from) (\w+)", sources, re.M))
    assert "dabiao" in imported <= {"dabiao", "pandas", "matplotlib", "pathlib"} and "from dabiao" not in sources
    assert len(sources.splitlines()) <= 120
    last = tagged(read(name), "lang-zh")[-1].source + tagged(read(name), "lang-en")[-1].source
    assert "还可以试" in last or "接下来" in last
    assert "try" in last.lower()


@pytest.mark.parametrize("name", EXPLORING)
def test_a_notebook_holds_calls_and_no_sums(name):
    for cell in code(read(name)):
        tree = ast.parse(cell.source)
        kinds = (ast.FunctionDef, ast.For, ast.While, ast.If, ast.ListComp, ast.Lambda, ast.BinOp)
        assert not any(isinstance(node, kinds) for node in ast.walk(tree)), cell.source
        assert len(cell.source.splitlines()) <= 9, cell.source


@pytest.mark.parametrize("name", EXPLORING)
def test_its_one_parameters_cell_holds_plain_values_with_a_remark_on_each(name):
    cells = tagged(read(name), "parameters")
    assert len(cells) == 1
    for line in cells[0].source.splitlines():
        assert re.fullmatch(r"""[a-z_]+ = ("[^"]*"|\d+|None)  # .+·.+""", line), line


@pytest.mark.parametrize("name", EXPLORING)
def test_every_text_stands_in_both_languages(name):
    notebook = read(name)
    texts = [c for c in notebook.cells if c.cell_type == "markdown"]
    chinese, english = tagged(notebook, "lang-zh"), tagged(notebook, "lang-en")
    assert len(chinese) == len(english) and len(texts) == len(chinese) + len(english)
    assert all(re.search(r"[\u4e00-\u9fff]", c.source) for c in chinese)


@pytest.fixture(scope="module", params=["fictional", "ouhai"])
def pages(request, sample_overlay, tmp_path_factory):
    """Every exploring notebook, run in one kernel without a front end, for a small made-up county and for a real district."""
    from jupyter_client.manager import start_new_kernel
    from nbclient import NotebookClient
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    folder = tmp_path_factory.mktemp("own")
    values = {"draws": 20, "region": "瓯海区", "language": "en"}
    more = {"bring_your_own_region": {"folder": str(folder)}}
    if request.param == "fictional":
        more["forecast_by_hand"] = {
            "indicator": "gps_per_10000"
        }  # the county has no figure of nurses, nor peers with one
        values |= {"region": "样例县", "language": "zh", "data": str(sample_overlay)}
    manager, client = start_new_kernel(cwd=str(folder))
    client.stop_channels()
    done = {}
    try:
        for name in EXPLORING:
            notebook = load_notebook_node(str(NOTEBOOKS / f"{name}.ipynb"))
            notebook = parameterize_notebook(notebook, values | more.get(name, {}))
            notebook.cells.insert(0, nbformat.v4.new_code_cell(FRESH))
            NotebookClient(notebook, km=manager, timeout=120).execute()
            done[name] = notebook
    finally:
        manager.shutdown_kernel(now=True)
    return request.param, done, {p.name for p in folder.iterdir()}


def test_what_a_notebook_writes_lands_in_its_working_folder(pages):
    assert {"my_scenario.yaml", "targets_2030.csv"} <= pages[2]


def test_each_runs_from_top_to_bottom_and_every_cell_shows_something(pages):
    _, done, _ = pages
    assert set(done) == set(EXPLORING)
    for name, notebook in done.items():
        for cell in code(notebook)[1:]:
            if (
                not {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", ()))
                and " = " not in cell.source
            ):
                assert cell.outputs, (name, cell.source)
        assert not any(o.output_type in ("error", "stream") for c in code(notebook) for o in c.outputs), name


def test_a_chart_of_an_analysts_notebook_is_seen(pages):
    _, done, _ = pages
    for name in WORKED:
        for cell in code(done[name]):
            if re.search(r"\.plot(\.\w+)?\(", cell.source):
                assert any("image/png" in o.get("data", {}) for o in cell.outputs), (name, cell.source)


def test_what_has_sliders_shows_its_answer_without_a_front_end_too(pages):
    _, done, _ = pages
    for name in ("scenario_lab", "explore_nursery", "explore_workforce", "explore_population"):
        bundles = [o.data for c in code(done[name]) for o in c.outputs if WIDGET in o.get("data", {})]
        assert bundles and all('class="db-answer"' in b["text/html"] for b in bundles), name
        assert all("<svg" in b["text/html"] for b in bundles), name


def test_a_page_asks_for_nothing_outside_and_runs_nothing(pages):
    _, done, _ = pages
    for name, notebook in done.items():
        for cell in code(notebook):
            for output in cell.outputs:
                html = output.get("data", {}).get("text/html", "")
                found = re.findall(r"""(?:src|href)=["'](?!data:|\?|#)[^"']+""", html)
                assert not found and "<script" not in html, (name, found)


def test_a_made_up_region_is_called_so_on_every_page(pages):
    which, done, _ = pages
    if which == "fictional":
        for name in set(done) - {"forecast_evidence"}:
            said = "".join(o.get("data", {}).get("text/html", "") for c in code(done[name]) for o in c.outputs)
            assert "虚构" in said, name


def test_the_workbook_is_written_once_and_never_over(tmp_path):
    from planner import explore, explore_own

    view = explore.opened("瓯海区", draws=40)
    explore_own.workbook_out(view, str(tmp_path))
    path = tmp_path / "330304.xlsx"
    path.write_bytes(b"mine")
    explore_own.workbook_out(view, str(tmp_path))
    assert path.read_bytes() == b"mine"


def test_a_filled_in_workbook_changes_the_verdict_and_not_the_shipped_data(tmp_path):
    import openpyxl
    from conftest import add_rows

    from planner import explore, explore_own

    view = explore.opened("瓯海区", draws=40)
    explore_own.workbook_out(view, str(tmp_path))
    path = tmp_path / "330304.xlsx"
    book = openpyxl.load_workbook(path)
    source = {
        "来源编号": "mine",
        "标题": "瓯海区统计",
        "发布机构": "某局",
        "发布日期": "2025-03-01",
        "日期确知": "是",
        "等级": "B 转载报道",
    }
    add_rows(book, "来源", [source])
    add_rows(book, "床位托位与机构", [
        {"地区代码": "330304", "指标": "每千人口3岁以下婴幼儿托位数", "年份": 2024, "数值": 5.4, "时点": "年末", "口径": "常住",
         "状态": "公布值", "等级": "B 转载报道", "来源编号": "mine"}
    ])  # fmt: skip
    book.save(path)
    own = explore_own.brought(view, str(path), str(tmp_path))
    id = "nursery_places_per_1000"
    assert dict(own.view.bench.outlook(id).observed)[2024] == 5.4
    assert 2024 not in dict(view.bench.outlook(id).observed)
    assert own.done.changed
    assert explore.first_verdict(own.view)._repr_html_() != explore.first_verdict(view)._repr_html_()


def test_methods_and_formulas_are_named_in_chinese_where_the_page_is(sample_overlay):
    from dabiao.trace import FORMULAS as TRACED
    from planner import explore
    from reports.messages.methods import FORMULAS, method_in_words

    assert {formula for formula, _ in TRACED.values()} <= set(FORMULAS)
    for region, data in (("瓯海区", None), ("样例县", str(sample_overlay))):
        a = explore.opened(region, draws=20, data=data).assessment
        for method in {o.method for o in a.outlooks.values()}:
            assert not re.search("[A-Za-z]{2}", method_in_words(method, "zh", a.catalogue)), method
            assert method_in_words(method, "en", a.catalogue) == method


def test_a_printed_figure_that_was_over_before_the_chart_begins_is_not_drawn_as_a_goal_of_now():
    from planner import explore
    from reports.charts.fans import drawn_targets

    bench = explore.opened("杭州市", draws=20).bench
    outlook = bench.outlook("gps_per_10000")
    asked = [t for t in bench.catalogue.in_force(bench.region) if t.indicator == "gps_per_10000" and t.numeric]
    first = min([y for y, _ in outlook.observed] + [outlook.years[0]])
    assert any(t.year < first for t in asked) and all(t.year >= first for t in drawn_targets(outlook, asked))
