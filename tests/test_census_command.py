"""The command `census` on workbooks of the two layouts, made up: 样例省 and its areas do not exist."""

import functools
import hashlib
import http.server
import threading
from types import SimpleNamespace

import openpyxl
import pytest
from typer.testing import CliRunner

from planning.errors import InvalidData
from planning.loading.census_folder import census_folder, folder_for
from planning.loading.folder import load_catalogue
from reports.cli.main import app
from reports.sections.profile import census_profile
from reports.workbooks.census_download import bring
from reports.workbooks.census_import import import_books
from reports.workbooks.census_sheets import AGES, read_sheet

OF_2020 = [
    ("990000", "样例省", "样例省", "样例省", 90_000),
    ("990100", "样例省", "样例市", "样例市", 30_000),
    ("990102", "样例省", "样例市", "甲　区", 4_000),
    ("990122", "样例省", "样例市", "丙县", 5_000),
    ("NA", "样例省", "样例市", "样例开发区", 800),
    ("999001", "样例省", "直管市", "直管市", 600),
]
OF_2010 = [
    ("样例省", "990000", 90_100),
    ("样例市", "990100", 30_100),
    ("  甲县", "990121", 4_100),
    ("  丙县", "990122", 5_200),
]


def people(count):
    return [round(count if n < 14 else count * 0.7 ** (n - 13)) for n in range(len(AGES)) for _ in range(2)]


def workbook(path, headings, rows):
    book = openpyxl.Workbook()
    for row in [headings, *rows]:
        book.active.append(row)
    book.save(path)
    return path


def book_of_2020(path, blank=(), **change):
    words = ["0岁", *(f"{a.replace('-', '到')}岁" for a in AGES[1:-1]), "85岁以上"]
    headings = [
        "区划代码",
        "省",
        "市",
        "区县",
        "人口数_合计",
        "城镇人口",
        "家庭户数",
        "户规模",
        "一人户数",
        "三代户数",
        "四代以上户数",
    ]
    headings += [f"{sex}_{w}" for w in words for sex in ("男", "女")]
    rows = []
    for code, province, city, name, count in OF_2020:
        counted = people(count)
        for column in blank if name == "丙县" else ():
            counted[column] = None
        code = int(code) if code.isdecimal() else code
        rows.append([code, province, city, name, 1000, 650, 400, 2.5, 100, 60, 4, *counted])
    for column, value in change.items():
        rows[2][headings.index(column)] = value
    return workbook(path, headings, rows)


def book_of_2010(path):
    words = [f"{a}岁" for a in AGES[:-1]] + ["85岁及以上"]
    headings = [
        "地区",
        "区划代码",
        "合计",
        "男",
        "女",
        "城镇人口",
        *(f"{w}（{sex}）" for w in words for sex in ("男", "女")),
    ]
    rows = [[name, int(code), 1000, 500, 500, 300, *people(count)] for name, code, count in OF_2010]
    return workbook(path, headings, [*rows, [None]])


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    return book_of_2010(folder / "census_2010.xlsx"), book_of_2020(folder / "census_2020.xlsx")


@pytest.fixture(scope="module")
def hashes(books):
    return {b.name: hashlib.sha256(b.read_bytes()).hexdigest() for b in books}


@pytest.fixture(scope="module")
def server(books):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def copyfile(self, source, outputfile):
            content = source.read()
            outputfile.write(content[: len(content) // 2] if "/cut/" in self.path else content)

        def translate_path(self, path):
            return super().translate_path(path.replace("/cut/", "/"))

    handler = functools.partial(Quiet, directory=str(books[0].parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_both_books_give_the_same_folder_at_once_and_one_after_the_other_in_either_order(books, tmp_path):
    old, new = books
    import_books([old, new], tmp_path / "once")
    for name, order in (("forward", books), ("backward", books[::-1])):
        for book in order:
            import_books([book], tmp_path / name)
        assert files_of(tmp_path / name) == files_of(tmp_path / "once")
    catalogue = load_catalogue(tmp_path / "once")
    district = catalogue.find("甲区")
    assert district.code == "990102" and catalogue.census(district, 2010).people[0, 0] == 4_100
    assert catalogue.find("直管市").parent == "990000" and "甲县" not in [r.name_zh for r in catalogue.regions]
    figures = {o.indicator: o.value for o in catalogue.observations if o.region == "990102" and o.year == 2020}
    assert figures == {
        "urbanisation_rate": 65.0, "mean_household_size": 2.5, "one_person_household_share": 25.0,
        "three_generation_household_share": 16.0,
    }  # fmt: skip


def test_a_blank_cell_of_ages_is_nobody_and_a_footnote_mark_is_no_digit(tmp_path):
    blank = read_sheet(book_of_2020(tmp_path / "blank.xlsx", blank=(0, 37)))
    county = next(a for a in blank.areas if a.name == "丙县")
    assert county.people[0, 0] == 0 and county.people[-1, 1] == 0 and county.people[0, 1] == 5_000
    with pytest.raises(InvalidData, match="footnote mark"):
        read_sheet(book_of_2020(tmp_path / "mark.xlsx", **{"男_0岁": "4000①"}))


def test_a_download_is_kept_whole_and_asked_for_once(server, hashes, tmp_path):
    paths = bring(server, tmp_path, hashes)
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths} == hashes
    assert bring("http://127.0.0.1:9/", tmp_path, hashes) == paths, "what is there is not asked for again"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:9/", "cannot be reached"),
        ("{server}/cut/", "broke off|SHA-256 differs|cannot be reached"),
        ("{server}/nowhere/", "answers 404"),
        ("nowhere", "neither a folder nor an address"),
    ],
)
def test_a_failed_download_is_told_and_leaves_nothing(server, hashes, tmp_path, address, sentence):
    with pytest.raises(ValueError, match=sentence):
        bring(address.format(server=server), tmp_path, hashes)
    assert not list(tmp_path.iterdir())


def test_a_file_with_another_hash_is_not_kept(server, hashes, tmp_path):
    with pytest.raises(ValueError, match="SHA-256 differs"):
        bring(server, tmp_path, dict.fromkeys(hashes, "0" * 64))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_and_leaves_nothing(server, hashes, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    with pytest.raises(ValueError, match="has no room"):
        bring(server, tmp_path, hashes)
    assert not list(tmp_path.iterdir())


def test_after_the_command_a_county_is_known_without_naming_a_folder(books, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["census", *map(str, books)])
    assert done.exit_code == 0, done.output
    assert "2020 district: 3 of 4 are kept" in done.output and "Written:" in done.output
    assert folder_for("丙县", None) == str(census_folder()) and folder_for("瓯海区", None) is None
    assert folder_for("无此县", None) is None and folder_for("丙县", "mine") == "mine"


def test_the_profile_of_a_place_shows_what_its_censuses_say_beside_its_ages(books, tmp_path):
    import_books(books, tmp_path / "own")
    catalogue = load_catalogue(tmp_path / "own")
    for lang, title in (("zh", "一人户占比"), ("en", "One-person households")):
        place = SimpleNamespace(catalogue=catalogue, region=catalogue.find("甲区"))
        (part,) = census_profile(place, lang)
        assert [title, "—", "25.0%"] in [list(r) for r in part.rows] and len(part.headings) == 3
    shipped = SimpleNamespace(catalogue=load_catalogue(), region=load_catalogue().find("瓯海区"))
    assert census_profile(shipped, "zh") == []


def test_a_shipped_region_without_a_base_population_gets_the_one_of_the_census(tmp_path, monkeypatch):
    shipped = load_catalogue()
    bare = shipped.find("慈溪市")
    assert not any(table.region == bare.code for table in shipped.censuses)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(f"{__name__}.OF_2020", [*OF_2020, (bare.code, "浙江省", "宁波市", "慈溪市", 6_000)])
    import_books([book_of_2020(tmp_path / "book.xlsx")], census_folder())
    assert folder_for("慈溪市", None) == str(census_folder())
    assert load_catalogue(census_folder()).census(bare, 2020).people[0, 0] == 6_000
