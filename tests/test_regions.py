"""Regions are found by any name people write."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.regions import Region, ancestors, find, index, nearest_regions, newest_by_code, path_name, without_level

CATALOGUE = load_catalogue()
NEWEST = newest_by_code(CATALOGUE.regions)
INDEX = index(CATALOGUE.regions)
TODAY = list(NEWEST.values())

anyone = st.sampled_from(TODAY)


def wide(text):
    """The text with full-width letters and digits."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def found_or_named(asked, region):
    """Whether `asked` finds the region, or is refused as shared with others, this one named among them."""
    try:
        return find(asked, INDEX) == region
    except NotKnown as error:
        return "Several share the name" in str(error) and region.code in str(error)


@pytest.mark.parametrize(
    "asked",
    ["浙江省温州市瓯海区", "温州瓯海区", "瓯海 区", " 瓯 海 ", "温州市瓯海", "浙江瓯海区", "中国浙江省温州市瓯海区", "330304000000",
     "３３０３０４", "Ｏｕｈａｉ", "ou hai", "Ouhai, Wenzhou, Zhejiang", "Zhejiang Wenzhou Ouhai", "浙江省·温州市·瓯海区",
     "浙江省/温州市/瓯海区"],
)  # fmt: skip
def test_ouhai_is_found_by_any_name_people_write(asked):
    assert find(asked, INDEX).code == "330304"


@pytest.mark.parametrize("region", TODAY, ids=lambda r: r.key)
def test_every_region_is_found_by_its_full_path_its_code_and_its_statistical_code(region):
    assert find(path_name(region, NEWEST), INDEX) == region
    assert find(region.code, INDEX) == region
    assert find(f"{region.code}000000", INDEX) == region


def short_path(region):
    above = [r for r in ancestors(region, NEWEST) if r.level != "nation"]
    return "".join(without_level(r.name_zh) for r in (*reversed(above), region))


SHORT_PATHS = Counter(short_path(r) for r in TODAY)


@pytest.mark.parametrize("region", TODAY, ids=lambda r: r.key)
def test_every_region_is_found_by_its_path_without_level_words_or_named_where_two_share_it(region):
    path = short_path(region)
    if SHORT_PATHS[path] == 1 and region.level not in ("nation", "province"):
        assert find(path, INDEX) == region
    assert found_or_named(path, region)


def test_few_regions_share_their_path_without_level_words():
    assert sum(n for n in SHORT_PATHS.values() if n > 1) <= 0.01 * len(TODAY)


@given(anyone, st.randoms())
@settings(max_examples=100, deadline=None)
def test_every_region_is_found_by_its_path_with_blanks_and_in_full_width(region, random):
    path = "".join(c + random.choice(["", " ", "　", "\t"]) for c in path_name(region, NEWEST))
    assert find(path, INDEX) == region
    assert found_or_named(wide(region.name_en.upper()), region)
    assert found_or_named(" ".join(region.name_zh), region)


@given(anyone)
@settings(max_examples=100, deadline=None)
def test_a_path_may_leave_out_levels_and_then_finds_the_region_or_names_all_that_share_it(region):
    for above in ancestors(region, NEWEST):
        assert found_or_named(without_level(above.name_zh) + region.name_zh, region)


def test_the_names_our_pages_print_find_the_region_on_its_boundary():
    for region in CATALOGUE.regions:
        assert found_or_named(region.name("zh"), region) and found_or_named(region.name("en"), region)


SHARED = [
    Region("000000", "中国", "China", "nation"),
    Region("320000", "江苏省", "Jiangsu", "province", "000000"),
    Region("320100", "南京市", "Nanjing", "city", "320000"),
    Region("320300", "徐州市", "Xuzhou", "city", "320000"),
    Region("320106", "鼓楼区", "Gulou District", "district", "320100"),
    Region("320302", "鼓楼区", "Gulou District", "district", "320300"),
]


def test_a_shared_name_is_refused_with_all_who_have_it_and_a_path_tells_them_apart():
    for asked in ("鼓楼区", "鼓楼", "江苏鼓楼区", "gulou district"):
        with pytest.raises(
            NotKnown, match="Several share the name: 320106 江苏省南京市鼓楼区, 320302 江苏省徐州市鼓楼区"
        ):
            find(asked, index(SHARED))
    assert find("南京鼓楼", index(SHARED)).code == "320106"
    assert find("Gulou District, Xuzhou", index(SHARED)).code == "320302"


def test_a_path_that_leads_through_the_wrong_region_finds_nothing():
    with pytest.raises(NotKnown, match="Nearest: 瓯海区"):
        find("杭州市瓯海区", INDEX)


@pytest.mark.parametrize(
    ("asked", "first"),
    [("瓯海县", "330304"), ("温州市欧海区", "330304"), ("ohai", "330304"), ("wenzou", "330300"), ("330304001000", "330304"),
     ("黑龙江省佳木市", "230800")],
)  # fmt: skip
def test_of_an_unknown_name_the_nearest_region_comes_first(asked, first):
    with pytest.raises(NotKnown) as error:
        find(asked, INDEX)
    assert nearest_regions(asked, INDEX)[0].code == first
    assert str(error.value).partition("Nearest: ")[2].startswith(INDEX.newest[first].name_zh)


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_a_region_or_an_error_that_repeats_it_is_the_answer(asked):
    try:
        assert find(asked, INDEX) in CATALOGUE.regions
    except NotKnown as error:
        assert asked.strip() in str(error)


def test_names_without_level_words_are_what_people_say():
    """GB/T 2260 names."""
    for name, short in {"内蒙古自治区": "内蒙古", "新疆维吾尔自治区": "新疆", "恩施土家族苗族自治州": "恩施", "伊犁哈萨克自治州": "伊犁",
                        "龙胜各族自治县": "龙胜", "神农架林区": "神农架", "香港特别行政区": "香港", "城区": "城区",
                        "锡林郭勒盟": "锡林郭勒", "积石山保安族东乡族撒拉族自治县": "积石山"}.items():  # fmt: skip
        assert without_level(name) == short
