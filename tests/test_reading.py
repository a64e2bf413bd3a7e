"""Reading data folders: every fault is told at once, with its place, what was expected and what is near.

tests/bad_input/ holds one file a mistake, as people make them; each is laid over the shipped data alone.
"""

import csv
import io
import random
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.errors import InvalidData
from planning.loading.checks import fits_after
from planning.loading.consistency import powers_off
from planning.loading.folder import load_catalogue
from planning.loading.folder_check import check
from planning.loading.text_files import escape_formula, unescape_formula
from planning.observations import Observation
from planning.paths import SHIPPED
from planning.sources import Source

CORPUS = Path(__file__).parent / "bad_input"
TWIN = "title: t\nsources:\n  s: {title: 统计公报, publisher: 某局, published: 2023-03-01}\n"
HEADING = "region,edition,indicator,year,period,basis,status,value,precision,grade,source,note\n"


def overlay(folder, name):
    """A file of the corpus in the place its kind has in a data folder."""
    path = CORPUS / name
    if name.startswith("regions"):
        place = folder / "regions.csv"
    elif name.startswith("targets"):
        place = folder / "targets" / name
    else:
        place = folder / "tables" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if name.startswith("twin"):
        good = HEADING + "330304,,crude_birth_rate,2022,year,resident,observed,7.5,0.1,B,s,\n"
        place.with_suffix(".csv").write_text(good, encoding="utf-8")
    elif place.suffix == ".csv" and place.parent.name == "tables" and name != "no_twin.csv":
        place.with_suffix(".yaml").write_text(TWIN, encoding="utf-8")
    shutil.copyfile(path, place)
    return folder


def faults_of(folder):
    return check([SHIPPED, folder])[1]


# name of the file: for each fault its row, its column and words of its message
MISTAKES = {
    "percent_above_100.csv": [(2, "value", ("643", "between 0 and 100", "divided by 10"))],
    "per_10000_for_per_1000.csv": [(2, "value", ("75", "per_1000", "as 7.5", "per_10000"))],
    "share_for_percent.csv": [(2, "value", ("0.12", "percent", "multiplied by 10"))],
    "ten_thousand_persons.csv": [(2, "value", ("0.82", "whole number", "8,200"))],
    "typed_units.csv": [(2, "value", ("7.5‰",)), (3, "value", ("without a sign", "7.5")), (4, "value", ("12000",))],
    "decimal_comma.csv": [(2, "value", ("decimal point", "Nearest: 7.5"))],
    "no_number.csv": [(2, "value", ("no row",)), (3, "value", ("a number",)), (4, "value", ("a number",))],
    "duplicate_rows.csv": [(4, None, ("repeats row 2",))],
    "before_its_time.csv": [
        (2, "year", ("2024", "a year up to 2023", "no observation")),
        (3, "year", ("2023", "a year up to 2022", "note")),
    ],
    "nobody.csv": [(2, "value", ("0", "people"))],
    "hundreds_of_births.csv": [(4, "value", ("61", "for each resident", "鹿城区 4200", "multiplied by 100", "note"))],
    "changed_basis.csv": [(4, "basis", ("resident", "registered, as in the years to 2021", "break"))],
    "mixed_bases.csv": [(3, "value", ("478000", "resident and registered", "note"))],
    "census_of_other_basis.csv": [(2, "value", ("460000", "963,238", "basis"))],
    "unknown_codes.csv": [
        (2, "region", ("330340", "Nearest: 3303")),
        (3, "indicator", ("Nearest: crude_birth_rate",)),
        (4, "source", ("source of unknown_codes.yaml",)),
        (5, "region", ("330304@pre1999", "330304")),
    ],
    "codes_as_numbers.csv": [(2, "region", ("Nearest: '330304'",)), (3, "region", ("six digits",))],
    "unknown_words.csv": [
        (2, "basis", ("Nearest: resident",)),
        (3, "period", ("Nearest: year", "year_end")),
        (4, "status", ("Nearest: observed",)),
        (5, "grade", ("'A', 'B', 'C' or 'D'",)),
    ],
    "dates_as_numbers.csv": [
        (2, "year", ("2022-01-01 by 44562", "Nearest: 2022")),
        (3, "year", ("Nearest: 2022",)),
        (4, "year", ("a year",)),
    ],
    "short_row.csv": [(2, None, ("11 cells", "12 cells"))],
    "wrong_heading.csv": [(1, "indicater", ("Nearest: indicator",)), (1, "indicator", ("the column indicator",))],
    "missing_column.csv": [(1, "value", ("the column value",))],
    "repeated_heading.csv": [(1, "value", ("each heading once",))],
    "semicolons.csv": [(1, None, ("between commas",))],
    "heading_alone.csv": [(None, None, ("a heading alone",))],
    "empty.csv": [(None, None, ("the file is empty",))],
    "decimal_jump.csv": [(3, "value", ("36", "6.1", "divided by 10", "note"))],
    "no_twin.csv": [(None, None, ("a twin no_twin.yaml",))],
    "utf16.csv": [(None, None, ("UTF-16", "CSV UTF-8"))],
    "damaged_utf8.csv": [(3, None, ("no text",))],
    "binary.csv": [(None, None, ("workbook or other binary",))],
    "census_age_sex_gap.csv": [(4, "age", ("10-14", "from 5 on", "330304 2020"))],
    "census_age_sex_twice.csv": [(5, "age", ("each age group once",))],
    "census_age_sex_no_infants.csv": [(2, "age", ("from 0",))],
    "census_age_sex_not_open.csv": [(7, "age", ("open group",))],
    "census_age_sex_made_dates.csv": [(3, "age", ("Nearest: 1-4", "date")), (4, "age", ("Nearest: 5-9",))],
    "census_age_sex_words.csv": [(3, "age", ("Nearest: 1-4",)), (8, "age", ("Nearest: 85+",))],
    "census_age_sex_negative.csv": [(row, "male", ("-5", "greater than or equal to 0")) for row in range(2, 9)],
    "census_age_sex_half_persons.csv": [(row, "male, female", ("10.5", "whole")) for row in range(2, 9)],
    "census_age_sex_open_at_50.csv": [(4, "age", ("from 60 on",))],
    "census_age_sex_unknown_region.csv": [(2, "region", ("339998", "so in 7 rows"))],
    "twin_published_number.yaml": [(3, "sources.s.published", ("44754", "Nearest: 2022-07-12"))],
    "twin_key_twice.yaml": [(4, "s", ("each key once",))],
    "twin_misspelt.yaml": [(3, "sources.s.title", ("a value for title",)), (3, "sources.s.titel", ("no such field",))],
    "twin_broken.yaml": [(4, None, ("valid YAML",))],
    "twin_empty.yaml": [(None, None, ("the file is empty",))],
    "targets_wrong.yaml": [
        (3, "targets.0.region", ("quotation marks", "'330304'")),
        (4, "d.b.value", ("75", "7.5", "per_10000")),
        (4, "d.b.unit", ("Nearest: per_1000",)),
        (5, "targets.2.comparison", ("more_than",)),
        (6, "targets.3.colour", ("no such field",)),
        (7, "d.d.relative_to", ("330399", "one that exists")),
        (7, "d.d.duplicate_of", ("d.x",)),
    ],
    "regions_orphan.csv": [(2, "parent", ("339900", "region above"))],
    "regions_upside_down.csv": [(2, "parent", ("above a city", "瓯海区 is a district"))],
    "regions_twice.csv": [(3, "code", ("339901", "row 2"))],
    "regions_same_name.csv": [
        (2, "name_zh", ("瓯海区", "330304")),
        (3, "name_zh", ("甲县", "339903")),
        (4, "name_zh", ("甲县", "339902")),
    ],
    "regions_dates.csv": [(2, "from", ("Nearest: 2021-04-09",)), (2, "to", ("Nearest: 2021-04-09",))],
    "regions_wrong_level.csv": [(2, "level", ("county", "'district'"))],
}
MEANT_WELL = ("gb18030.csv", "byte_order_mark.csv", "full_width.csv", "formula_notes.csv")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_is_and_nothing_else_is(name, tmp_path):
    faults = faults_of(overlay(tmp_path, name))
    for row, column, words in MISTAKES[name]:
        here = [f for f in faults if f.row == row and f.column == column]
        assert any(all(w in str(f) for w in words) for f in here), (row, column, words, [str(f) for f in faults])
    assert len(faults) == len(MISTAKES[name]), [str(f) for f in faults]


def test_every_file_of_the_corpus_is_tried():
    assert {p.name for p in CORPUS.iterdir()} == {*MISTAKES, *MEANT_WELL, "quoted_newline.csv"}


@pytest.mark.parametrize("name", MEANT_WELL)
def test_encodings_and_widths_of_characters_are_read_as_meant(name, tmp_path):
    before, after = load_catalogue(), load_catalogue(overlay(tmp_path, name))
    new = [o for o in after.observations if o.source.title == "统计公报"]
    assert new and len(after.observations) >= len(before.observations)
    if name == "full_width.csv":
        assert [(o.region, o.year, o.value) for o in new] == [("330304", 2022, 1234)]
    elif name == "formula_notes.csv":
        assert [o.note for o in new] == ["=1+1", "'+86", "'t is so"]
    else:
        assert [o.note for o in new] == ["瓯海区统计公报"]


def test_a_line_break_within_a_cell_is_kept_and_does_not_shift_the_rows(tmp_path):
    folder = overlay(tmp_path, "quoted_newline.csv")
    assert [(f.row, f.value) for f in faults_of(folder)] == [(3, "99")]
    text = (CORPUS / "quoted_newline.csv").read_text("utf-8").replace(",99,", ",7,")
    (folder / "tables" / "quoted_newline.csv").write_text(text, encoding="utf-8")
    notes = [o.note for o in load_catalogue(folder).observations]
    assert "first line\nsecond line, with a comma" in notes


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    for name in ("percent_above_100.csv", "unknown_codes.csv", "census_age_sex_gap.csv"):
        overlay(tmp_path / name, name)
        shutil.copytree(tmp_path / name, tmp_path / "all", dirs_exist_ok=True)
    shutil.copyfile(CORPUS / "regions_orphan.csv", tmp_path / "all" / "regions.csv")
    with pytest.raises(InvalidData) as error:
        load_catalogue(tmp_path / "all")
    assert len(error.value.faults) == 1 + 4 + 1 + 1
    assert {Path(f.file).name for f in error.value.faults} == {
        "percent_above_100.csv", "unknown_codes.csv", "census_age_sex_gap.csv", "regions.csv",
    }  # fmt: skip


def test_the_shipped_data_passes_its_own_check():
    assert check([SHIPPED])[1] == []


def test_a_note_explains_what_looks_odd(tmp_path):
    folder = overlay(tmp_path, "mixed_bases.csv")
    path = folder / "tables" / "mixed_bases.csv"
    path.write_text(
        path.read_text("utf-8").replace("478000,0.1,B,s,", "478000,0.1,B,s,boundary changed"), encoding="utf-8"
    )
    assert faults_of(folder) == []


def test_a_declared_break_explains_a_change_of_basis(tmp_path):
    folder = overlay(tmp_path, "changed_basis.csv")
    entry = (
        "- {indicators: [crude_birth_rate], within: '330300', year: 2022, why: definition, known: 2023-03-01, "
        "reason: residents from 2022}\n"
    )
    (folder / "breaks.yaml").write_text(entry, encoding="utf-8")
    assert faults_of(folder) == []


def test_two_bases_published_side_by_side_are_no_change(tmp_path):
    folder = overlay(tmp_path, "changed_basis.csv")
    path = folder / "tables" / "changed_basis.csv"
    beside = "330304,,crude_birth_rate,2021,year,resident,observed,7.7,0.1,B,s,\n"
    path.write_text(path.read_text("utf-8") + beside, encoding="utf-8")
    assert faults_of(folder) == []


def test_a_publication_is_in_the_future_from_the_day_before_it_to_no_later(tmp_path):
    folder = overlay(tmp_path, "gb18030.csv")
    plan = (SHIPPED / "targets" / "ouhai_2023_2027.yaml").read_text("utf-8").replace("2023-07-17", "2099-01-01", 1)
    (folder / "targets").mkdir()
    (folder / "targets" / "plan.yaml").write_text(plan, encoding="utf-8")
    found = {(Path(f.file).name, f.column): f for f in check([SHIPPED, folder], date(2023, 2, 28))[1]}
    assert found["gb18030.yaml", "sources.s.published"].value == "2023-03-01"
    assert "a day up to today (2023-02-28)" in found["gb18030.yaml", "sources.s.published"].expected
    assert found["gb18030.yaml", "sources.s.published"].row == 3
    later = {(Path(f.file).name, f.column) for f in check([SHIPPED, folder], date(2098, 12, 31))[1]}
    assert later == {("plan.yaml", "document.published")}
    assert check([SHIPPED, folder], date(2099, 1, 1))[1] == []


@given(st.sampled_from([10, 100, 1000, 10_000]), st.booleans(), st.floats(1.0, 20.0))
def test_a_figure_a_power_of_ten_off_those_near_is_told_and_one_among_them_is_not(power, too_large, rate):
    about = {"beds_per_1000": load_catalogue().indicator("beds_per_1000")}
    codes = ("330300", "330302", "330303", "330304")
    newest = {r.code: r for r in load_catalogue().regions if r.code in codes}
    source = Source(id="s", title="t", publisher="p", published=date(2023, 3, 1))

    def beds(code, value):
        return Observation(region=code, indicator="beds_per_1000", year=2022, period="year_end", basis="resident",
                           status="observed", value=value, precision=0.1, grade="B", source=source)  # fmt: skip

    near = [beds(code, rate * n) for code, n in zip(codes[:3], (0.8, 1.0, 1.25), strict=True)]
    own = beds("330304", rate)
    off = beds("330304", rate * power if too_large else rate / power)
    for o, told in ((own, False), (off, True)):
        assert bool(list(powers_off([*near, o], newest, about, {id(o)}))) is told


def test_made_up_figures_never_stand_for_a_real_region(tmp_path):
    folder = overlay(tmp_path, "gb18030.csv")
    (folder / "tables" / "gb18030.yaml").write_text(TWIN + "kind: fictional\n", encoding="utf-8")
    assert ["瓯海区 is a real region" in f.expected for f in faults_of(folder)] == [True]


def test_files_that_nothing_reads_are_told(tmp_path):
    overlay(tmp_path, "gb18030.csv")
    for name in ("region.csv", "indicators.yml", "tables/lost.yaml", "tables/figures.xlsx", "targets/plan.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    told = {Path(f.file).name: f.nearest for f in faults_of(tmp_path)}
    assert set(told) == {"region.csv", "indicators.yml", "lost.yaml", "figures.xlsx", "plan.yml"}
    assert told["region.csv"] == "regions.csv" and told["indicators.yml"] == "indicators.yaml"


def test_a_folder_that_holds_no_data_is_told_and_not_passed_over(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidData, match="shape of data/"):
            load_catalogue(folder)


def test_plain_scalars_of_yaml_stay_what_was_typed(tmp_path):
    """YAML 1.1 makes 4161 of 010101, 90 of 1:30 and true of yes."""
    from planning.loading.text_files import yaml_of

    (tmp_path / "a.yaml").write_text(
        "a: 010101\nb: 1:30\nc: yes\nd: 1.5\ne: 2022-07-12\nf: null\ng: 12\n", encoding="utf-8"
    )
    found = yaml_of(tmp_path / "a.yaml", [])
    assert found["a"] == "010101" and found["b"] == "1:30" and found["c"] == "yes"
    assert found["d"] == 1.5 and found["e"].year == 2022 and found["f"] is None and found["g"] == 12


def test_a_hundred_thousand_rows_are_read_and_their_faults_counted(tmp_path):
    rng = random.Random(0)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADING.strip().split(","))
    codes = [r.code for r in load_catalogue().regions if r.level == "district" and not r.boundary.edition]
    wrong = 0
    for n in range(100_000):
        bad = n % 1000 == 999
        wrong += bad
        value = 640 if bad else round(rng.uniform(40, 60), 2)
        rows.writerow([codes[n % len(codes)], "", "urbanisation_rate", 1950 + n // len(codes) % 74, "year_end", "resident", "observed", value, "", "B", f"s{n // len(codes) // 74}", ""])  # fmt: skip
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "big.csv").write_text(text.getvalue(), encoding="utf-8")
    sources = "".join(f"  s{n}: {{title: t{n}, published: 2024}}\n" for n in range(20))
    (tmp_path / "tables" / "big.yaml").write_text("title: t\nsources:\n" + sources, encoding="utf-8")
    catalogue, faults = check([SHIPPED, tmp_path])
    assert wrong == len(faults) == 100
    assert (
        sum(o.source.title.startswith("t") and o.source.id.startswith("big.") for o in catalogue.observations) == 99_900
    )


def test_an_error_counts_the_faults_it_does_not_print(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = "".join(
        f"330304,,crude_birth_rate,{1950 + n % 100},year,resident,observed,{700 + n},,B,s{n},\n" for n in range(300)
    )
    (tmp_path / "tables" / "t.csv").write_text(HEADING + rows, encoding="utf-8")
    (tmp_path / "tables" / "t.yaml").write_text(TWIN, encoding="utf-8")
    with pytest.raises(InvalidData) as error:
        load_catalogue(tmp_path)
    assert len(error.value.faults) == 201 and "400 further faults" in str(error.value)


@given(st.text())
def test_a_text_kept_from_running_as_a_formula_comes_back_as_it_was(text):
    kept = escape_formula(text)
    assert not kept.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescape_formula(kept) == text


@pytest.mark.parametrize(
    "value, low, high, unit, words",
    [
        (52.3, 1, 10, "per_1000", ("divided by 10", "5.23", "per_10000")),
        (0.65, 1, 100, "percent", ("multiplied by 10", "6.5")),
        (1237.6, 1e6, 1e8, "persons", ("multiplied by 1,000", "1237600")),
        (5, 1, 10, "percent", ("divided by 10",)),
        (0, 1, 10, "percent", ()),
        (3, 1000, 1001, "percent", ()),
    ],
)
def test_a_value_out_of_range_is_told_by_which_power_of_ten_it_would_fit(value, low, high, unit, words):
    said = fits_after(value, low, high, unit) if not low <= value <= high else "divided by 10"
    assert all(w in said for w in words) and bool(said) == bool(words)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_no_region_comes_before_itself_and_none_is_above_a_nation(tmp_path):
    write(
        tmp_path / "regions.csv",
        "code,edition,name_zh,name_en,level,parent,from,to,predecessors,whole\n"
        "999999,,某国,A,nation,999999,,,,\n339901,,某县,B,district,330300,,,339902,yes\n339902,,另县,C,district,330300,,,339901,yes\n",
    )
    told = [(f.row, f.column) for f in faults_of(tmp_path)]
    assert told == [(2, "parent"), (3, "predecessors"), (4, "predecessors")]


def test_what_is_no_plain_file_is_told_and_never_read(tmp_path):
    import os

    write(tmp_path / "pipe" / "tables" / "m.yaml", "title: t\nsources:\n  s: {title: t, published: 2023-01-01}\n")
    os.mkfifo(tmp_path / "pipe" / "tables" / "m.csv")
    (tmp_path / "folder" / "regions.csv").mkdir(parents=True)
    for name in ("pipe", "folder"):
        assert [f.value for f in faults_of(tmp_path / name)] == ["no plain file"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cost: {yuan: .nan, of: x, evidence: e}", "yuan"),
        ("cost: {yuan: -1, of: x, evidence: e}", "yuan"),
        ("step: .nan", "step"),
        ("step: 0", "step"),
        ("high: .inf", "finite"),
        ("acts: [no.such]", "no.such is none"),
        ("excludes: [nursery_opening]", "nursery_openings"),
    ],
)
def test_a_lever_is_finite_in_range_and_bends_what_engines_know(tmp_path, words, told):
    usual = "acts: [nursery.opened], unit: x, unit_zh: 倍, low: 0, neutral: 1, evidence: e, group: g, bends: b, zh: 甲, en: a"
    high = "" if words.startswith("high") else ", high: 2"
    usual = usual.replace("acts: [nursery.opened], ", "") if words.startswith("acts") else usual
    write(tmp_path / "levers.yaml", f"mine: {{{usual}{high}, {words}}}\n")
    assert any(told in str(f) for f in faults_of(tmp_path))


def test_what_was_published_in_the_future_moves_no_information_day(tmp_path):
    write(
        tmp_path / "tables" / "m.yaml",
        "title: t\nkind: published\nsources:\n  s: {title: s, publisher: p, published: 2099-03-01}\n",
    )
    write(
        tmp_path / "tables" / "m.csv",
        "region,edition,indicator,year,period,basis,status,value,precision,grade,source,note\n"
        "330304,,gps_per_10000,2023,year_end,resident,observed,5,0.1,A,s,\n",
    )
    assert load_catalogue(tmp_path).newest_publication == load_catalogue().newest_publication
