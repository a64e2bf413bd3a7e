"""Run files, what they select, and what comes of them: pages, PDF, tables, index. Strict going in, harmless coming out."""

import csv
import html as html_entities
import io
import json
import os
import re
from pathlib import Path

import pytest
import yaml
from chromium import CHROMIUM, FLAGS, needs_chromium
from small_reports import FIVE, dabiao, make, plain, run_file

from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from reports import html, pdf, tables
from reports.batch import index, runs, status
from reports.batch.fork_server import Preload
from reports.batch.selection import select
from reports.batch.store import Folder, store
from reports.blocks import Heading, Part, Section
from reports.parameters import TOP, read_run

# What a name or note may hold, by accident or design.
HOSTILE = (
    "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">",
    '=HYPERLINK("http://example.org","x")',
    '$\\input{/etc/passwd}$ #panic("typst") *bold* _x_ <label> @cite `raw`',
    "```mermaid\ngraph TD; A-->B\n```",
    "a\nb\tc \u202ereversed\u202c \u2066x\u2069",
    "+cmd|' /C calc'!A0",
)


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="module")
def server():
    return Preload()


def run_of(tmp_path: Path, text: str):
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return read_run(path)


@pytest.mark.parametrize(
    "text, named",
    [
        ("regions: [330304]", "quotation marks"),
        ("regions: []", "at least 1"),
        ("regions: ['330304']\nregion: x", "no such field"),
        ("regions: ['330304']\nregoins: ['330102']", "regions"),
        ("regions: ['330304']\nto: 2030", "under parameters"),
        ("regions: ['330304']\nparameters: {too: 2030}", "parameter of"),
        ("regions: ['330304']\nparameters: {seed: 3}", "under seed"),
        ("regions: ['330304']\nparameters: {to: 1066}", "2011"),
        ("regions: ['330304']\nparameters: {as_of: '2023-02-30'}", "as_of"),
        ("regions: ['330304']\nparameters: {'x = 1; import os': 1}", "parameter of"),
        ("regions: ['330304']\ndraws: yes", "draws"),
        ("regions: ['330304']\ndraws: 1:30", "draws"),
        ("regions: ['330304']\ndraws: 12.5", "draws"),
        ("regions: ['330304']\nlanguages: [no]", "languages"),
        ("regions: ['330304']\nformats: [docx]", "formats"),
        ("regions: ['330304']\nengine: fsat", "fast"),
        ("regions: ['330304']\nnotebook: ../x.ipynb", "inside the project"),
        ("regions: ['330304']\nnotebook: /etc/x.ipynb", "inside the project"),
        ("regions: ['330304']\nnotebook: notebooks/region_reprot.ipynb", "region_report.ipynb"),
        ("regions: ['330304']\nscenarios: ['../../x']", "scenarios"),
        ("regions: ['330304']\nscenarios: ['a/b']", "scenarios"),
        ("regions: ['330304']\nlimits: {report_seconds: 0}", "report_seconds"),
        ("regions: ['330304']\nregions: ['330102']", "stands here again"),
        ("", "empty"),
        ("regions: ['330304'", "valid YAML"),
    ],
)
def test_a_faulty_run_file_is_told_with_what_was_expected(text, named, tmp_path):
    with pytest.raises(InvalidData) as told:
        run_of(tmp_path, text)
    assert named in str(told.value)


def test_a_code_stays_a_code_and_a_word_a_word(tmp_path):
    run = run_of(tmp_path, "regions: ['010101', \"330304\"]\ndraws: 60")
    assert run.regions == ["010101", "330304"]
    with pytest.raises(InvalidData, match="010101"):
        runs.plan(run, tmp_path / "out")


def test_all_unknown_regions_and_scenarios_are_told_at_once_with_what_is_near(tmp_path):
    run = run_of(tmp_path, "regions: [瓯海县, '999999', level distrct]\nscenarios: [basline]")
    with pytest.raises(InvalidData) as told:
        runs.plan(run, tmp_path / "out")
    said = str(told.value)
    assert len(told.value.faults) == 4
    assert "瓯海区" in said and "999999" in said and "district" in said and "baseline" in said
    assert not (tmp_path / "out").exists()


def test_regions_are_selected_by_name_code_level_and_parent(catalogue):
    assert [r.key for r in select("瓯海区", catalogue)] == ["330304"]
    children = {r.code for r in select("children of 330000", catalogue)}
    assert children == {r.code for r in catalogue.children(catalogue.find("330000"))} and "330100" in children
    districts = select("level district in 浙江省", catalogue)
    assert {"330304", "330102@2021"} <= {r.key for r in districts}
    assert all(r.level == "district" and r.code.startswith("33") and not r.boundary.end for r in districts)
    assert {"330000", "230000"} <= {r.code for r in select("level province", catalogue)}
    with pytest.raises(ValueError, match="at least one"):
        select("children of 330304", catalogue)


def test_a_run_covers_each_region_scenario_and_language_once(tmp_path):
    text = "regions: ['330304', 瓯海区, ouhai]\nlanguages: [zh, en]\nscenarios: [baseline, nursery_push]"
    made = runs.plan(run_of(tmp_path, text), tmp_path / "out")
    assert [j.key for j in made.jobs] == [
        ("330304", "zh"), ("330304", "en"), ("330304/nursery_push", "zh"), ("330304/nursery_push", "en"),
    ]  # fmt: skip
    assert len({j.fingerprint for j in made.jobs}) == 4


def test_a_dry_run_says_what_would_be_made_and_why_and_writes_nothing(tmp_path):
    path = run_file(tmp_path, regions=FIVE[:2])
    said = dabiao("batch", path, "--dry-run", "--only", "上城区")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[0] == "make     330102@2021 zh (missing)"
    assert not (tmp_path / "small").exists()
    other = dabiao("batch", path, "--only", "瓯海区")
    assert other.returncode == 2 and "region of this run" in other.stderr


def test_parameters_of_a_notebooks_own_reach_it_and_are_checked(tmp_path):
    path = run_file(tmp_path, regions=["330304"], parameters={"note": "mine"})
    assert runs.plan(read_run(path), tmp_path / "out").jobs[0].parameters["note"] == "mine"
    run_file(tmp_path, regions=["330304"], parameters={"note": 7})
    with pytest.raises(InvalidData, match=r"parameters\.note"):
        read_run(path)


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", "a\\..\\x", "a\x00"])
def test_no_name_leads_out_of_a_store(name, tmp_path):
    with pytest.raises(ValueError, match="file inside"):
        Folder(tmp_path / "in").put(name, b"x")
    (tmp_path / "in").mkdir()
    os.symlink(tmp_path, tmp_path / "in" / "out")
    with pytest.raises(ValueError, match="leads out"):
        Folder(tmp_path / "in").put("out/x", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    place = store(tmp_path)
    place.put("a/b.txt", b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        place.put("a/b.txt", b"after")
    assert place.get("a/b.txt") == b"before"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_damaged_status_vouches_for_nothing(tmp_path):
    path = run_file(tmp_path, regions=["330304"])
    folder = tmp_path / "out" / "330304"
    for damage in (b"", b"{", b"[]", b'{"reports": 3}', b'{"reports": {"zh": {"state": "complete"}}}'):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "status.json").write_bytes(damage)
        made = runs.plan(read_run(path), tmp_path / "out")
        assert len(made.to_make) == 1, damage


def test_those_who_write_into_other_parts_hold_a_folder_together(tmp_path):
    with status.shared(tmp_path), status.shared(tmp_path), pytest.raises(status.InUse):
        status.exclusive(tmp_path).__enter__()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A real report over data whose region, sources and notes are hostile, in every format."""
    top = tmp_path_factory.mktemp("hostile")
    folder = overlay(top / "data")
    path = top / "run.yaml"
    asked = {"regions": ["990101"], "draws": 20, "parameters": {"to": 2030, "data": str(folder)}, "languages": ["en"]}
    asked["formats"] = ["ipynb", "html", "pdf", "xlsx", "csv", "parquet", "json"]
    path.write_text(yaml.safe_dump(asked, allow_unicode=True), encoding="utf-8")
    said = dabiao("batch", path)
    assert said.returncode == 0, said.stdout + said.stderr
    return top / "run"


def overlay(folder: Path) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "targets").mkdir()
    name = " ".join(HOSTILE)
    heading = "code name_zh name_en level parent fictional".split()
    row = {
        "code": "990101",
        "name_zh": "样例" + name,
        "name_en": "Sample " + name,
        "level": "district",
        "parent": "330300",
        "fictional": "yes",
    }
    write_csv(folder / "regions.csv", heading, [[row.get(h, "") for h in heading]])
    columns = "region edition indicator year period basis status value precision grade source note".split()
    rows = [
        ["990101", "", "gps_per_10000", y, "year_end", "resident", "observed", v, "", "B", "s", name]
        for y, v in ((2020, 3.1), (2021, 3.3), (2022, 3.6))
    ]
    write_csv(folder / "tables" / "hostile.csv", columns, rows)
    source = {"title": name, "publisher": name, "published": "2023-03-01", "note": name}
    twin = {"title": "t", "kind": "fictional", "sources": {"s": source}}
    (folder / "tables" / "hostile.yaml").write_text(yaml.safe_dump(twin, allow_unicode=True), encoding="utf-8")
    document = {
        "id": "hostile",
        "title": name,
        "publisher": name,
        "published": "2022-01-01",
        "region": "990101",
        "horizon": 2027,
        "fictional": True,
    }
    target = {
        "id": "hostile-1",
        "region": "990101",
        "level": "district",
        "indicator": "gps_per_10000",
        "comparison": "at_least",
        "value": 5,
        "unit": "per_10000",
        "year": 2027,
        "kind": "rate",
        "nature": "expected",
        "section": name,
        "notes": name,
    }
    (folder / "targets" / "hostile.yaml").write_text(
        yaml.safe_dump({"document": document, "targets": [target]}, allow_unicode=True), encoding="utf-8"
    )
    return folder


def write_csv(path: Path, heading, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])


@needs_chromium
def test_hostile_names_run_nothing_in_a_browser_and_ask_nothing_outside(hostile):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in ("990101/report.en.html", "index.html"):
            page = browser.new_page()
            asked, said = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto((hostile / name).as_uri())
            page.wait_for_timeout(200)
            assert page.title().startswith("Sample <script>") or name == "index.html"
            assert page.title() != "run" and not said, said
            assert all(url.startswith(("file:", "data:")) for url in asked), asked
            assert "<script>document.title" in page.inner_text("main"), "the name is shown as it is"
            if name == "index.html":
                assert page.locator("#regions tbody tr:visible").count() == 1
                page.fill("#find", "nothing of that name")
                assert page.locator("#regions tbody tr:visible").count() == 0
                page.fill("#find", "SAMPLE")
                assert page.locator("#regions tbody tr:visible").count() == 1
        browser.close()


def test_no_page_names_an_address_outside(hostile):
    for page in hostile.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", text), page
        assert not re.findall(r"url\((?!['\"]?data:)|@import", text), page
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        assert "default-src 'none'" in policy and "unsafe-inline'; script" not in policy and "http" not in policy


def test_hostile_names_are_text_in_the_workbook_and_in_tables(hostile):
    import openpyxl
    import pandas

    book = openpyxl.load_workbook(hostile / "990101" / "report.en.xlsx")
    assert book.sheetnames == ["Verdicts", "Outlooks", "Published values", "Sources and assumptions", "About",
                               "Figures to bring", "Targets to propose"]  # fmt: skip
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert "f" not in {c.data_type for c in cells} and not any(c.hyperlink for c in cells)
    assert any("<script>" in str(c.value) for c in cells)
    with (hostile / "990101" / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        assert not [c for row in csv.reader(file) for c in row if re.match(r"[=+@\t\r]|-[^0-9.]", c)]
    frame = pandas.read_parquet(hostile / "verdicts.parquet")
    mine = frame[frame.assessed == "990101"].iloc[0]
    assert mine.target == "hostile-1" and "=HYPERLINK" in mine.name_en


def test_hostile_names_are_text_in_the_pdf(hostile):
    name = '#panic("typst") *bold* _x_ <label> @cite `raw`'
    assert name in html_text((hostile / "990101" / "report.en.html").read_text(encoding="utf-8"))
    blocks, _ = pdf.laid_out([Heading("title", name).plain()])
    assert blocks == [{"kind": "title", "text": name}], "markup of a name stays text"
    content = (hostile / "990101" / "report.en.pdf").read_bytes()
    assert content.startswith(b"%PDF") and 1 <= sheets(content) <= pdf.MOST_PAGES


def html_text(page: str) -> str:
    """A page's characters, as a reader sees them."""
    return html_entities.unescape(page)


def sheets(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


def test_a_fictional_region_says_so_everywhere(hostile):
    assert "fictional" in (hostile / "990101" / "report.en.html").read_text(encoding="utf-8")
    assert "(fictional)" in (hostile / "index.html").read_text(encoding="utf-8")


def test_a_report_however_long_fits_on_twelve_pages():
    table = Part(headings=["标题"] * 4, rows=[["很长的一句话，" * 6] * 4] * 300, caption="表")
    picture = Part(figure=tiny_picture(), alt="图", caption="来源")
    parts = [picture, picture, picture, table]
    body = [Heading("title", "长").plain()]
    body += [Section(f"s{i}", f"第{i}节", ["句子。"], parts).plain() for i in range(6)]
    content = pdf.made(body, "zh", "长", "2024-01-01")
    assert sheets(content) == pdf.MOST_PAGES or sheets(content) < pdf.MOST_PAGES
    assert content == pdf.made(body, "zh", "长", "2024-01-01"), "the same bytes each time"


def tiny_picture() -> str:
    from reports.charts.style import figure, inline

    return inline(figure(7, 3)[0])


def test_figures_and_tables_are_numbered_and_pages_too():
    template = (html.TEMPLATES / "report.typ").read_text(encoding="utf-8")
    assert "counter(page)" in template and 'counter("figures")' in template and 'counter("tables")' in template


def test_every_region_and_indicator_name_has_its_letters_in_the_font(catalogue):
    import matplotlib.ft2font
    import pylopdf_fonts_zh_cn

    font = next(Path(pylopdf_fonts_zh_cn.__file__).parent.glob("NotoSansSC*"))
    there = set(matplotlib.ft2font.FT2Font(str(font)).get_charmap())
    names = [r.name_zh + r.name_en for r in catalogue.regions] + [i.zh + i.en for i in catalogue.indicators.values()]
    missing = {letter for name in names for letter in name if ord(letter) not in there}
    assert not missing


def test_a_workbook_is_the_same_bytes_each_time_and_reckons_nothing():
    rows = [{h: "=1+1" for h in tables.verdict_schema().names} | {"year": 2027, "chance": 0.5}]
    plain_assessment = {"region": {"code": "1", "name_zh": "=1", "name_en": "\x07b"}, "outlooks": {}}
    one, two = (tables.as_workbook(plain_assessment, rows, {}, "zh", True) for _ in range(2))
    assert one == two
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(one))
    assert book["判断"]["A2"].value == "=1+1" and book["判断"]["A2"].data_type == "s"


def test_the_status_comes_last_and_the_manifest_says_what_all_was_made_with(server, tmp_path):
    path = run_file(tmp_path, regions=["330304"])
    done, failed = make(path, runs.Processes(1, server))
    assert not failed and set(done) == {"330304"}
    folder = tmp_path / "out" / "330304"
    newest = max(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns)
    assert newest.name == "status.json"
    made_with = plain(folder / "manifest.json")
    assert {"commit", "versions", "lock_sha256", "data_sha256", "notebook", "reports"} <= set(made_with)
    assert "regions.csv" in made_with["data_sha256"]["data"]
    assert made_with["reports"]["zh"]["parameters"]["seed"] == 0


def test_the_index_keeps_those_that_were_not_asked_for_this_time(server, tmp_path):
    path, out = run_file(tmp_path, regions=FIVE[:3]), tmp_path / "out"
    for only in (None, "瓯海区"):
        made = runs.plan(read_run(path), out, resume=False, only=only)
        index.write(made, *runs.batch(made, runs.Processes(2, server), lambda outcome: None))
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("<tr data-find") == 3
    assert "瓯海区" in page and "上城区" in page


def test_one_report_by_itself_is_a_batch_of_one(tmp_path):
    from reports.parameters import Parameters

    notebook = TOP / "papermill_runs" / "county_report.ipynb"
    asked = Parameters(region="瓯海区", draws=20, to=2027)
    first = runs.report(asked, tmp_path, notebook)
    second = runs.report(asked, tmp_path, notebook)
    assert Path(first.page).exists() and not first.kept and second.kept
    assert json.loads((tmp_path / "330304" / "assess.json").read_text())["draws"] == 20
    with status.exclusive(tmp_path), pytest.raises(runs.ReportFailed, match="being written to"):
        runs.report(asked, tmp_path, notebook)


def test_a_date_may_stand_without_quotation_marks(tmp_path):
    run = run_of(tmp_path, "regions: ['330304']\nparameters: {as_of: 2022-07-31}")
    assert run.of("330304", "baseline", "zh")["as_of"] == "2022-07-31"


def test_an_unknown_region_of_a_run_is_no_key_error(catalogue):
    with pytest.raises(NotKnown, match="瓯海"):
        select("瓯海县", catalogue)
