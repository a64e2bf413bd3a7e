"""The shipped data, and how it is asked."""

from dataclasses import replace
from datetime import date

import pytest

from planning.catalogue import Break
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.observations import Observation, pick
from planning.schemas import last_day
from planning.sources import Source


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def test_the_shipped_data_has_no_fault(catalogue):
    assert len(catalogue.regions) > 200 and len(catalogue.targets) > 250


@pytest.mark.parametrize("asked", ["瓯海区", "瓯海", "ouhai", "Ouhai District", "330304", " OUHAI "])
def test_a_region_is_found_by_any_of_its_names(catalogue, asked):
    assert catalogue.find(asked).code == "330304"


def test_a_code_alone_means_the_newest_boundary(catalogue):
    assert catalogue.find("330105").key == "330105@2021"
    assert catalogue.find("330105@pre2021").boundary.end.startswith("2021")


def test_an_unknown_region_is_told_with_what_is_near_and_where_to_mend_it(catalogue):
    with pytest.raises(NotKnown) as error:
        catalogue.find("瓯海县")
    assert "瓯海县" in str(error.value) and "瓯海" in str(error.value) and "regions.csv" in str(error.value)


def test_the_five_regions_their_parents_and_predecessors_are_there(catalogue):
    for code in (
        "330102",
        "330105",
        "330304",
        "230800",
        "330100",
        "330000",
        "330300",
        "230000",
        "000000",
        "330104",
        "330103",
    ):
        assert catalogue.find(code).code == code
    assert [r.name_zh for r in catalogue.ancestors(catalogue.find("瓯海区"))] == ["温州市", "浙江省", "中国"]


def test_ouhai_counted_963238_people_in_2020(catalogue):
    """中国2020年人口普查分县资料."""
    assert catalogue.census(catalogue.find("瓯海区"), 2020).people.sum() == 963_238


def test_new_gongshu_is_old_gongshu_and_xiacheng(catalogue):
    """635,136 + 485,849 = 1,120,985 (中国2020年人口普查分县资料)."""
    new = catalogue.census(catalogue.find("330105"), 2020)
    parts = [catalogue.census(catalogue.region(k), 2020).people for k in ("330105@pre2021", "330103")]
    assert [p.sum() for p in parts] == [635_136, 485_849]
    assert (new.people == parts[0] + parts[1]).all()


def test_predecessors_that_do_not_add_up_are_not_added_up(catalogue):
    assert catalogue.census(catalogue.find("上城区"), 2020) is None


def test_nothing_published_later_is_seen(catalogue):
    before = catalogue.known_by(date(2022, 7, 8))
    assert all(o.source.published <= date(2022, 7, 8) for o in before.observations)
    nation = catalogue.find("中国")
    assert before.series(nation, "gps_per_10000").years[-1] < catalogue.series(nation, "gps_per_10000").years[-1]


def test_a_year_and_a_month_mean_their_last_day():
    assert last_day("2022") == date(2022, 12, 31)
    assert last_day("2024-02") == date(2024, 2, 29)
    assert last_day("2022-07-08") == date(2022, 7, 8)


def row(value, published, precision=0.1, status="observed", grade="B", period="year_end", basis="resident", year=2022):
    source = Source(f"s{published}{value}", "t", last_day(published), publisher="p")
    return Observation("000000", "x", year, period, basis, status, value, grade, source, precision=precision)


def test_of_contradicting_values_the_later_publication_is_used_and_the_other_shown():
    chosen, conflicts = pick([row(3.0, "2023"), row(4.0, "2024")], "resident")
    assert [o.value for o in chosen] == [4.0]
    assert [(c.used.value, c.aside.value) for c in conflicts] == [(4.0, 3.0)]


def test_a_revised_value_beats_a_later_reprint_of_the_first():
    chosen, _ = pick([row(3.0, "2021", status="revised"), row(4.0, "2024", status="preliminary")], "resident")
    assert chosen[0].value == 3.0


def test_a_value_printed_to_more_places_beats_its_rounding():
    chosen, conflicts = pick([row(2.57, "2023", precision=0.01), row(2.5, "2025", precision=0.1)], "resident")
    assert chosen[0].value == 2.57 and not conflicts


def test_population_bases_are_never_mixed():
    rows = [row(3.0, "2023"), row(9.0, "2024", basis="registered", year=2023)]
    assert [o.value for o in pick(rows, "resident")[0]] == [3.0]
    assert [o.value for o in pick(rows, "registered")[0]] == [9.0]


def test_every_number_leads_to_its_source(catalogue):
    for o in catalogue.observations:
        assert o.source.title and o.source.published.year >= 1949


def test_a_break_that_was_not_known_yet_changes_no_earlier_answer(catalogue):
    nation = catalogue.region("000000")
    known = date(2023, 6, 1)
    late = replace(catalogue, breaks=(Break(("births",), 2018, "definition", known, "x"),))
    without = replace(catalogue, breaks=())
    before, after = date(2023, 5, 31), date(2023, 6, 1)
    assert late.known_by(before).series(nation, "births") == without.known_by(before).series(nation, "births")
    assert 2018 in late.known_by(after).series(nation, "births").breaks
    assert 2018 in late.series(nation, "births").breaks
