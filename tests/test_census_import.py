"""Regions from the county books. The book of these tests is made up: 样例省 and its areas do not exist."""

import csv
import gzip

import numpy as np
import pytest

from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from reports.workbooks.census_book import Area, read_book
from reports.workbooks.census_import import import_census, summary
from reports.workbooks.census_matching import matches

AGES = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
HEADING = "year,code,province,city,region,level,age,male,female"


def area(year, code, name, level, people, city="样例市", province="样例省"):
    """The rows of one area: `people` men and as many women in each age group, the older thinning out."""
    thin = [people if n < 14 else people * 0.7 ** (n - 13) for n in range(len(AGES))]
    city = "" if level in ("nation", "province", "city") else city
    return [
        (year, code, province, city, name, level, age, round(m), round(m)) for age, m in zip(AGES, thin, strict=True)
    ]


def book(tmp_path, *areas, name="book.csv", heading=HEADING):
    path = tmp_path / name
    write = gzip.open if name.endswith(".gz") else open
    with write(path, "wt", encoding="utf-8", newline="") as file:
        file.write(heading + "\n")
        csv.writer(file).writerows(row for rows in areas for row in rows)
    return path


def whole_book(tmp_path, **more):
    return book(
        tmp_path,
        area(2020, "990000", "样例省", "province", 90_000),
        area(2020, "990100", "样例市", "city", 30_000),
        area(2020, "990102", "甲区", "county", 4_000),
        area(2020, "990103", "乙区", "county", 9_000),
        area(2020, "990122", "丙县", "county", 5_000),
        area(2020, "990171", "样例新区", "county", 700),
        area(2020, "", "样例开发区", "county", 800),
        area(2020, "999001", "直管市", "county", 600, city="样例省"),
        area(2010, "990000", "样例省", "province", 90_100),
        area(2010, "990100", "样例市", "city", 30_100),
        area(2010, "990121", "甲县", "county", 4_100),
        area(2010, "990103", "乙区", "county", 3_000),
        area(2010, "990104", "丁区", "county", 2_000),
        area(2010, "990122", "丙县", "county", 5_200),
        **more,
    )


@pytest.fixture
def imported(tmp_path):
    done = import_census(whole_book(tmp_path), tmp_path / "own")
    return done, load_catalogue(tmp_path / "own")


def test_every_area_with_a_code_gets_its_row_its_parent_and_its_table(imported):
    _, catalogue = imported
    county = catalogue.find("丙县")
    assert (county.code, county.level, county.parent) == ("990122", "district", "990100")
    assert [r.name_zh for r in catalogue.ancestors(county)] == ["样例市", "样例省", "中国"]
    assert catalogue.census(county, 2020).people[:, 0].tolist() == catalogue.census(county, 2020).people[:, 1].tolist()
    assert catalogue.census(county, 2020).people[0, 0] == 5_000 and catalogue.census(county, 2010).people[0, 0] == 5_200
    assert "分县资料" in catalogue.census(county, 2020).source
    assert catalogue.find("直管市").parent == "990000", "a county directly under its province"
    assert catalogue.find("样例新区").level == "area", "codes from 71 on are the statisticians'"


def test_an_area_without_a_code_is_left_out_and_told_with_its_people(imported):
    done, catalogue = imported
    assert [p.area.name for p in done.left_out()] == ["样例开发区"]
    assert all(r.name_zh != "样例开发区" for r in catalogue.regions)
    told = [r for r in csv.DictReader(done.notes.open(encoding="utf-8")) if r["outcome"] == "left_out"]
    assert [(r["name"], int(r["people"])) for r in told] == [("样例开发区", done.left_out()[0].area.total)]
    assert "no official code" in told[0]["reason"]
    assert any("Left out: 1 areas" in line for line in summary(done))


def test_a_county_that_became_a_district_under_a_new_code_keeps_its_older_table(imported):
    _, catalogue = imported
    district = catalogue.find("甲区")
    assert district.code == "990102" and "990121" in district.note
    assert catalogue.census(district, 2010).people[0, 0] == 4_100


def test_an_area_whose_settled_people_no_longer_fit_keeps_the_older_table_on_an_older_boundary(imported):
    _, catalogue = imported
    today, before = catalogue.find("乙区"), catalogue.find("990103@pre2020")
    assert not today.boundary.end and before.boundary.end == "2020-11-01"
    assert catalogue.census(today, 2010) is None and catalogue.census(before, 2010).people[0, 0] == 3_000
    assert "settled people do not fit" in before.note


def test_an_area_that_is_gone_keeps_its_table_and_is_no_region_of_today(imported):
    _, catalogue = imported
    gone = catalogue.find("丁区")
    assert gone.boundary.end == "2020-11-01" and catalogue.census(gone, 2010) is not None
    assert gone not in catalogue.children(catalogue.find("样例市"))


def test_figures_that_are_shipped_already_are_not_repeated(tmp_path):
    shipped = load_catalogue()
    table = shipped.census(shipped.find("瓯海区"), 2020)
    rows = [
        (2020, "330304", "浙江省", "温州市", "瓯海区", "county", age, int(m), int(f))
        for age, (m, f) in zip(AGES, table.people, strict=True)
    ]
    done = import_census(book(tmp_path, rows), tmp_path / "own")
    assert [p.outcome for p in done.placings] == ["already_shipped"] and not (tmp_path / "own").exists()


def test_one_region_may_be_asked_for_with_all_above_it(tmp_path):
    done = import_census(whole_book(tmp_path), tmp_path / "own", ["990122"])
    assert set(done.regions) == {"990000", "990100", "990122"}
    import_census(whole_book(tmp_path), tmp_path / "own", ["甲区"])
    catalogue = load_catalogue(tmp_path / "own")
    assert catalogue.find("丙县") and catalogue.find("甲区"), "the second import adds to the first"
    with pytest.raises(NotKnown, match="丙县"):
        import_census(whole_book(tmp_path), tmp_path / "own", ["丙区"])


def test_importing_twice_gives_the_same_folder(tmp_path):
    files = []
    for _ in range(2):
        import_census(whole_book(tmp_path, name="book.csv.gz"), tmp_path / "own")
        files.append({p.name: p.read_bytes() for p in (tmp_path / "own").rglob("*") if p.is_file()})
    assert files[0] == files[1]


def test_a_county_of_the_book_gets_its_people_projected(imported):
    from dabiao.people import people_ahead
    from planning.loading.levers import read_levers
    from planning.loading.scenarios import read_scenario

    _, catalogue = imported
    levers = read_levers(catalogue.folders)
    scenario = read_scenario("baseline", catalogue.folders, levers)
    seen = catalogue.known_by(catalogue.newest_publication)
    people = people_ahead(seen, seen.find("丙县"), 2030, 20, 0, scenario, levers)
    assert people.base.central.sum() == pytest.approx(
        catalogue.census(catalogue.find("丙县"), 2020).people.sum(), rel=0.02
    )


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda rows: rows[:3] + rows[4:], ("row 5", "column age", "from 10 on")),
        (lambda rows: [(*rows[0][:7], -1, 5), *rows[1:]], ("row 2", "column male", "-1")),
        (lambda rows: [(*rows[0][:7], 1.5, 5), *rows[1:]], ("row 2", "1.5", "whole persons")),
        (lambda rows: [(2000, *r[1:]) for r in rows], ("row 2", "column year", "2010, 2020")),
        (lambda rows: [(*r[:5], "district", *r[6:]) for r in rows], ("column level", "'county'")),
        (lambda rows: [(*r[:1], "99012", *r[2:]) for r in rows], ("column code", "six digits")),
        (lambda rows: [(*r[:7], 0, 0) for r in rows], ("row 2", "people")),
    ],
)
def test_nothing_is_taken_from_a_faulty_book(tmp_path, spoil, words):
    rows = spoil(area(2020, "990122", "丙县", "county", 5_000))
    with pytest.raises(InvalidData) as error:
        import_census(book(tmp_path, rows), tmp_path / "own")
    assert all(w in str(error.value) for w in words), str(error.value)
    assert not (tmp_path / "own").exists()


def test_a_book_of_another_layout_is_told_which_columns_are_wanted(tmp_path):
    rows = area(2020, "990122", "丙县", "county", 5_000)
    path = book(tmp_path, rows, heading=HEADING.replace("region", "name"))
    with pytest.raises(InvalidData, match="column region"):
        read_book(path)
    with pytest.raises(FileNotFoundError, match="province"):
        read_book(tmp_path / "none.csv")
    (tmp_path / "torn.csv.gz").write_bytes(b"\x1f\x8b" + bytes(20))
    with pytest.raises(InvalidData, match="gzip"):
        read_book(tmp_path / "torn.csv.gz")


def named(year, code, name, level="district", city="样例市", people=1000.0):
    return Area(year, level, code, "样例省", city, name, AGES, np.full((len(AGES), 2), people))


@pytest.mark.parametrize(
    "before, after, same",
    [
        (("990121", "甲县"), ("990102", "甲区"), True),
        (("990121", "蓟县"), ("990119", "蓟州区"), True),
        (("990121", "赣县"), ("990104", "赣县区"), True),
        (("990121", "苍山县"), ("990121", "兰陵县"), True),
        (("990102", "庐山区"), ("990183", "庐山市"), False),
        (("990121", "甲县"), ("990122", "乙县"), False),
    ],
)
def test_names_and_codes_say_which_area_became_which(before, after, same):
    found = matches([named(2010, *before)], [named(2020, *after)])
    assert [(m.earlier.code, m.later.code) for m in found] == ([(before[0], after[0])] if same else [])


def test_codes_that_were_swapped_go_with_their_names():
    """As 丰润区 and 丰南区, which exchanged 130207 and 130208 between the censuses."""
    old = [named(2010, "990107", "丰润区"), named(2010, "990108", "丰南区")]
    new = [named(2020, "990108", "丰润区"), named(2020, "990107", "丰南区")]
    assert {(m.earlier.code, m.later.code) for m in matches(old, new)} == {("990107", "990108"), ("990108", "990107")}
