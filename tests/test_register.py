"""The register of targets says what the five plans print. Sections of the plans are cited beside each figure."""

from collections import Counter, defaultdict
from datetime import date

import pytest
import yaml

from planning.loading.folder import load_catalogue
from planning.paths import SHIPPED

STRIVING = {  # 力争, 争取, 争创 stand in these sentences
    "gongshu_13fyp.private_class_3a_hospital.2020",  # 五(二)1
    "hangzhou_2023.future_hospitals.2023",  # 三12
    "jiamusi_14fyp.noise_night_compliance_rate.2025",  # 三(五)
    "ouhai_2023_2027.gps_per_10000.2027",  # 二(三)10
    "ouhai_2023_2027.health_centres_at_second_class_hospital_level.2027",  # 二(二)5
    "ouhai_2023_2027.integrated_hospital_class_2a.2027",  # 二(二)4
    "ouhai_2023_2027.public_hospital_medical_service_income_share.2027",  # 二(四)12
    "ouhai_2023_2027.smart_elderly_care_township_coverage.2027",  # 二(十)35
    "shangcheng_14fyp.health_noticeboard_coverage.2025",  # 三(二)二
    "shangcheng_14fyp.national_hygienic_city_status.2025",  # 三(二)三
}

# The plans that were read line by line; of the others only the headline goals are known.
READ_WHOLE = {"gongshu_13fyp", "hangzhou_2023", "jiamusi_14fyp", "ouhai_2023_2027", "shangcheng_14fyp"}


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="module")
def targets(catalogue):
    return {t.id: t for t in catalogue.targets}


def of(targets, document):
    return [t for t in targets.values() if t.document.id == document]


@pytest.mark.parametrize(
    ("document", "numeric", "without", "repeats"),
    [
        ("shangcheng_14fyp", 101, 27, 10),
        ("ouhai_2023_2027", 74, 12, 0),
        ("jiamusi_14fyp", 77, 31, 3),
        ("hangzhou_2023", 31, 11, 0),
        ("gongshu_13fyp", 23, 15, 1),
    ],
)
def test_each_plan_has_its_promises_with_a_number_without_one_and_repeated(
    targets, document, numeric, without, repeats
):
    """Distinct promises, counted line by line over the tables and the running text of each plan."""
    first = [t for t in of(targets, document) if not t.duplicate_of]
    assert sum(t.numeric for t in first) == numeric
    assert sum(not t.numeric for t in first) == without
    assert len(of(targets, document)) - len(first) == repeats


# Target, how it compares, number, unit, base; in the comment the chapter or table row of the document that prints it.
PRINTED = [
    ("shangcheng_14fyp.life_expectancy.2025", "at_least", 86.55, "years", 86),  # “十四五”主要目标表 1
    ("shangcheng_14fyp.life_expectancy.2025.city", "at_least", 83.88, "years", None),  # row 1, second column
    ("shangcheng_14fyp.life_expectancy.2020.city", "at_least", 82.3, "years", None),  # “十三五”完成情况 1
    ("shangcheng_14fyp.sex_ratio_at_birth.2025.city", "at_most", 107.5, "ratio", None),  # row 13
    ("shangcheng_14fyp.nursery_places_per_1000.2025", "at_least", 4.6, "per_1000", None),  # row 10
    ("shangcheng_14fyp.nursery_places_per_1000.2025.province", "at_least", 4.5, "per_1000", None),  # row 10
    ("shangcheng_14fyp.beds_per_1000.2025", "at_least", 14.98, "per_1000", 14.81),  # row 8
    ("shangcheng_14fyp.premature_ncd_mortality.2025", "at_most", 8.5, "percent", None),  # row 14
    ("shangcheng_14fyp.severe_mental_disorder_reported_rate.2025", "at_least", 4.5, "per_1000", 4.5),  # 三(一)四
    ("shangcheng_14fyp.growth_stations_per_1000_under3.2025", "at_least", 2, "per_1000_under3", None),  # 三(五)二
    ("shangcheng_14fyp.age_friendly_communities.2025", "at_least", 56, "items", None),  # 三(五)四
    ("shangcheng_14fyp.scarce_professionals_added.2025", "at_least", 100, "persons", None),  # 四4
    ("ouhai_2023_2027.nursery_places_per_1000.2027", "at_least", 5.55, "per_1000", None),  # 二(九)31
    ("ouhai_2023_2027.new_community_nursery_places_per_1000.2027", "at_least", 10, "per_1000", None),  # 二(九)31
    ("ouhai_2023_2027.gps_per_10000.2027", "at_least", 7.5, "per_10000", None),  # 二(三)10
    ("ouhai_2023_2027.paediatricians_per_1000_children.2027", "at_least", 1.6, "per_1000_children", None),  # 二(九)30
    ("ouhai_2023_2027.severe_birth_defect_rate.2027", "at_most", 1, "per_1000_births", None),  # 二(九)30
    ("ouhai_2023_2027.annual_facility_renovation_funding.2025", "at_least", 10_000_000, "yuan", None),  # 二(一)1
    ("ouhai_2023_2027.healthy_households.2027", "at_least", 20_000, "households", None),  # 二(六)19
    ("ouhai_2023_2027.resident_health_checkups.2027", "at_least", 85_000, "persons", None),  # 二(六)20
    ("jiamusi_14fyp.life_expectancy.2025", "at_least", 80, "years", 77.6),  # 主要发展指标 1
    ("jiamusi_14fyp.maternal_mortality.2025", "at_most", 14.47, "per_100000_births", 14.47),  # row 3
    ("jiamusi_14fyp.infant_mortality.2025", "at_most", 3.6, "per_1000_births", 3.69),  # row 4
    ("jiamusi_14fyp.premature_ncd_mortality.2025", "at_most", 15, "percent", 17.15),  # row 6
    ("jiamusi_14fyp.smoking_15plus.2025", "at_most", 23, "percent", 24.32),  # row 9
    ("jiamusi_14fyp.severe_mental_disorder_management_rate.2025", "at_least", 90, "percent", 85.68),  # row 12
    ("jiamusi_14fyp.residents_per_ambulance.2025", "at_most", 30_000, "persons", None),  # 二(三)
    ("jiamusi_14fyp.severe_mental_disorder_reported_rate.2025", "at_least", 4.4, "per_1000", None),  # 三(四)
    ("hangzhou_2023.nursery_places_per_1000.2023", "at_least", 4, "per_1000", 3.7),  # 二7
    ("hangzhou_2023.resident_health_checkups.2023", "at_least", 1_300_000, "persons", 1_669_392),  # 二9
    ("hangzhou_2023.new_nursery_places.2023", "at_least", 5000, "places", None),  # 二10
    ("hangzhou_2023.new_inclusive_nursery_places.2023", "at_least", 3000, "places", 8358),  # 二10
    ("hangzhou_2023.standard_village_clinic_share.2023", "at_least", 100, "percent", 96.1),  # 二10
    ("gongshu_13fyp.life_expectancy.2020", "at_least", 85.2, "years", 85),  # 四2
    ("gongshu_13fyp.maternal_mortality.2020", "at_most", 7, "per_100000_births", 0),  # 四2
    ("gongshu_13fyp.infant_mortality.2020", "at_most", 3, "per_1000_births", 1.63),  # 四2; base printed as 1.63 %
    ("gongshu_13fyp.women_reproductive_checks.2020", "at_least", 20_000, "persons", None),  # 五(二)4
    ("gongshu_13fyp.tcm_special_funding_added.2020", "at_least", 2_000_000, "yuan", None),  # 五(三)
    ("gongshu_13fyp.talent_support_fund.2020", "at_least", 1_000_000, "yuan", None),  # 五(三)
    ("gongshu_13fyp.talent_training_fund.2020", "at_least", 1_000_000, "yuan", None),  # 五(三)
    ("gongshu_13fyp.tcm_technique_training_fund.2020", "at_least", 1_000_000, "yuan", None),  # 五(三)
    ("gongshu_13fyp.family_welfare_actions.2020", "at_least", 5, "items", None),  # 五(二)2
    ("gongshu_13fyp.townships_with_health_feature_share.2020", "at_least", 100, "percent", None),  # 五(二)4
    ("ouhai_2023_2027.annual_medical_equipment_funding.2025", "at_least", 20_000_000, "yuan", None),  # 二(一)2
    ("ouhai_2023_2027.annual_inpatient_support_funding.2027", "at_least", 2_000_000, "yuan", None),  # 二(二)5
    ("ouhai_2023_2027.health_station_tcm_doctor_share.2027", "at_least", 100, "percent", None),  # 二(五)17
    ("ouhai_2023_2027.mental_rehabilitation_institutions.2027", "at_least", 1, "institutions", None),  # 二(六)21
    ("ouhai_2023_2027.nursery_service_centres.2023", "at_least", 1, "institutions", None),  # 二(九)31
    ("ouhai_2023_2027.inpatient_primary_hospice_bed_coverage.2025", "at_least", 100, "percent", None),  # 二(十)33
    ("shangcheng_14fyp.inclusive_nurseries_per_subdistrict.2025", "at_least", 1, "institutions", None),  # 三(五)二
    ("shangcheng_14fyp.model_growth_stations_per_subdistrict.2025", "at_least", 1, "institutions", None),  # 三(五)二
    ("shangcheng_14fyp.hospitals_with_hospice_care.2025", "at_least", 1, "institutions", None),  # 三(五)五
    ("jiamusi_14fyp.level2_hospitals_per_poverty_lifted_county.2025", "at_least", 1, "institutions", None),  # 四(三)
    ("jiamusi_14fyp.public_nurseries_per_county.2025", "at_least", 1, "institutions", None),  # 五(三)
    ("jiamusi_14fyp.aids_control_programmes.2025", "at_least", 6, "items", None),  # 三(二)
    ("hangzhou_2023.county_hospice_ward_coverage.2023", "at_least", 100, "percent", 100),  # 二8
    ("hangzhou_2023.county_emergency_station_coverage.2023", "at_least", 100, "percent", None),  # 二10
    ("hangzhou_2023.mountain_counties_with_health_programme.2023", "at_least", 4, "items", None),  # 二6
    ("hangzhou_2023.elderly_health_campaigns.2023", "at_least", 5, "items", None),  # 二8
    ("hangzhou_2023.townships_with_health_feature_share.2023", "at_least", 100, "percent", None),  # 四16
    ("hangzhou_2023.health_actions_with_model_share.2023", "at_least", 100, "percent", None),  # 四16
    ("hangzhou_2023.public_hospitals_with_own_plan_share.2023", "at_least", 100, "percent", None),  # 五23
]


@pytest.mark.parametrize(("id", "comparison", "value", "unit", "base"), PRINTED, ids=lambda x: str(x))
def test_the_register_holds_what_is_printed(targets, id, comparison, value, unit, base):
    t = targets[id]
    assert (t.comparison, t.value, t.unit, t.base_value) == (comparison, value, unit, base)


def test_ranges_keep_both_ends(targets):
    """Jiamusi 六(一): 4-7 national and 19-25 provincial specialties; 六(三): 30,000-100,000 residents to a centre.
    Hangzhou 三12 and 五18: two or three hospitals of the future, three or four rounds."""
    found = {t.id.split(".")[1]: (t.low, t.high) for t in targets.values() if t.comparison == "between"}
    assert found == {
        "national_key_specialties": (4, 7),
        "provincial_key_specialties": (19, 25),
        "chest_pain_and_stroke_centres": (2, 3),
        "residents_per_community_health_centre": (30_000, 100_000),
        "future_hospitals": (2, 3),
        "industry_call_rounds": (3, 4),
    }


def test_shangchengs_table_speaks_of_three_regions(catalogue, targets):
    """“十四五”主要目标表: sixteen rows, a column each for the province, the city and the district."""
    rows = defaultdict(dict)
    for t in of(targets, "shangcheng_14fyp"):
        if t.section.startswith("“十四五”主要目标表"):
            rows[t.section][t.level] = t.key
    regions = {"province": "330000", "city": "330100", "district": "330102@2021"}
    assert len(rows) == 16 and all(row == regions for row in rows.values())


def test_a_target_belongs_to_a_region_of_its_own_level(catalogue, targets):
    assert all(catalogue.region(t.key).level == t.level for t in targets.values())


def test_gongshus_plan_speaks_of_the_district_before_2021(targets):
    assert {t.key for t in of(targets, "gongshu_13fyp")} == {"330105@pre2021"}


def test_gongshus_infant_mortality_is_1_63_per_mille(catalogue):
    """一: printed as 1.63 %, ten times what any district of the province could have."""
    (fact,) = catalogue.rows(catalogue.region("330105@pre2021"), "infant_mortality")
    assert fact.value == 1.63 and catalogue.indicator("infant_mortality").unit == "per_1000_births"


def test_hangzhous_registrations_by_order_add_up_to_60747(catalogue):
    """2022年工作总结 五(四): 39,009 first, 20,253 second and 1,485 third."""
    city = catalogue.find("杭州市")
    names = ("birth_registrations", *(f"birth_registrations_{order}" for order in ("first", "second", "third")))
    total, *orders = (catalogue.rows(city, name)[0].value for name in names)
    assert total == sum(orders) == 60_747


@pytest.mark.parametrize(
    ("indicator", "unit"),
    [
        ("life_expectancy", "years"),  # 岁
        ("infant_mortality", "per_1000_births"),  # ‰
        ("under5_mortality", "per_1000_births"),  # ‰
        ("birth_defect_rate", "per_1000_births"),  # ‰
        ("maternal_mortality", "per_100000_births"),  # 1/10万, in one table cut to 1/10
        ("beds_per_1000", "per_1000"),  # 张
        ("physicians_per_1000", "per_1000"),  # 人
        ("gps_per_10000", "per_10000"),  # 人
        ("basic_public_health_funding_per_capita", "yuan"),  # 元
    ],
)
def test_units_that_the_tables_lost_are_regained(targets, indicator, unit):
    assert {t.unit for t in targets.values() if t.indicator == indicator} == {unit}


def test_a_repeat_points_to_a_first_statement_of_the_same_promise(targets):
    for t in targets.values():
        if t.duplicate_of:
            first = targets[t.duplicate_of]
            assert not first.duplicate_of and first.document == t.document
            assert (first.indicator, first.key, first.year) == (t.indicator, t.key, t.year)
            assert t.value in (first.value, None), f"{t.id} repeats another number than {first.id}"


def test_an_id_says_document_indicator_and_year(targets):
    for t in targets.values():
        document, indicator, year, *_ = t.id.split(".")
        assert (document, indicator) == (t.document.id, t.indicator)
        assert int(year.split("_")[0]) == t.year <= t.document.horizon


def test_a_relative_target_names_a_region_or_says_why_not(catalogue, targets):
    relative = [t for t in targets.values() if t.comparison == "relative"]
    assert {t.id: t.relative_to for t in relative if t.relative_to} == {
        "shangcheng_14fyp.nursery_places_per_1000.2025.city": "330000"  # “十四五”主要目标表 10: 不低于省平均
    }
    assert all(t.relative_to or "region" in t.notes for t in relative)


def test_a_target_that_moves_or_keeps_a_level_says_which_way(targets):
    for t in targets.values():
        if t.comparison in ("improve", "maintain", "relative"):
            assert t.direction in ("up", "down"), t.id


def test_the_direction_of_a_target_is_the_better_one(catalogue, targets):
    for t in targets.values():
        better = catalogue.indicator(t.indicator).better
        aim = {"at_least": "up", "at_most": "down"}.get(t.comparison, t.direction)
        assert not aim or better in (aim, "none"), t.id


def test_a_title_to_be_won_or_a_deed_to_be_done_is_one_if_kept(targets):
    """Only Gongchen's base (Gongshu 五(二)2) is to be pushed on, which promises no end."""
    promised = [t for t in targets.values() if t.unit == "flag" and t.comparison not in ("maintain", "improve")]
    assert {
        (t.comparison, t.value) for t in promised if t.id != "gongshu_13fyp.provincial_tcm_technique_base.2020"
    } == {("at_least", 1)}


def test_only_words_like_more_than_make_a_target_strict(targets):
    """少于 11 and 15 minutes, 超 40 % and 8 % (Ouhai 二(七)25); 高于 the growth of all spending (Gongshu 保障措施1).
    超 60 % (Zhejiang's plan of nurseries). 以上, 以下, 以内 and 不低于 include the number itself."""
    assert {t.id for t in targets.values() if t.strict} == {
        "ouhai_2023_2027.emergency_response_minutes_urban.2027",
        "ouhai_2023_2027.emergency_response_minutes_rural.2027",
        "ouhai_2023_2027.first_aid_knowledge_share_registered.2027",
        "ouhai_2023_2027.first_aiders_share_registered.2027",
        "gongshu_13fyp.health_spending_growth.2020",
        "zhejiang_nursery_14fyp.inclusive_nursery_places_share.2025",
    }


def test_only_what_the_text_strives_for_is_aspirational(targets):
    assert {t.id for t in targets.values() if t.aspirational} == STRIVING


def test_only_round_about_numbers_are_approximate(targets):
    """左右: 15 senior staff, 300 graduates, 50 trainees (Ouhai 二(三)8 and 9)."""
    assert sorted(t.value for t in targets.values() if t.approximate) == [15, 50, 300]


def test_only_jiamusi_prints_what_is_binding(targets):
    """主要发展指标, column 性质: rows 11, 12, 13, 15 and 16 are 约束性, the other fifteen 预期性."""
    nature = Counter((t.document.id, t.nature) for t in targets.values() if t.nature != "unstated")
    assert nature == {("jiamusi_14fyp", "binding"): 5, ("jiamusi_14fyp", "expected"): 15}


def test_a_base_is_a_figure_of_the_same_indicator_in_the_observations(catalogue, targets):
    """But for Shangcheng's sex ratio at birth: the base is of the registered population and the target names none."""
    for t in targets.values():
        if t.base_value is None or t.id == "shangcheng_14fyp.sex_ratio_at_birth.2025":
            continue
        rows = catalogue.rows(catalogue.region(t.key), t.indicator)
        assert any(o.year == t.base_year and o.value == t.base_value for o in rows), t.id


def test_targets_looser_than_their_base_say_so(targets):
    for t in targets.values():
        if t.duplicate_of or None in (t.value, t.base_value):
            continue
        looser = t.base_value > t.value if t.comparison == "at_least" else t.base_value < t.value
        if looser and t.comparison in ("at_least", "at_most"):
            assert "ooser" in t.notes, t.id


def test_a_flow_of_one_year_and_a_total_never_share_an_indicator(targets):
    kinds = defaultdict(set)
    for t in targets.values():
        kinds[t.indicator].add(t.kind == "count_in_year")
    assert all(len(k) == 1 for k in kinds.values())


def test_no_two_indicators_share_a_name_and_each_is_defined(catalogue):
    for names in ([i.zh for i in catalogue.indicators.values()], [i.en for i in catalogue.indicators.values()]):
        assert len(names) == len(set(names))
    assert all(i.definition for i in catalogue.indicators.values())


def test_no_figure_of_a_years_end_was_published_before_it(catalogue):
    for o in catalogue.observations:
        if o.period in ("year_end", "year") and not o.indicator.endswith("_target"):
            part_of_it = o.status == "estimated" and "first three quarters" in o.note  # told before the year is over
            earliest = date(o.year, 10, 1) if part_of_it else date(o.year, 12, 31)
            assert o.source.published >= earliest, f"{o.indicator} {o.region} {o.year} in {o.source.id}"


def test_what_was_left_out_has_a_reason_and_a_plan(catalogue):
    entries = yaml.safe_load((SHIPPED / "targets" / "left_out.yaml").read_text(encoding="utf-8"))
    assert {e["document"] for e in entries} == READ_WHOLE < set(catalogue.documents)
    assert all(e["section"] and e["statement"] and e["reason"] for e in entries)
    assert len({(e["document"], e["section"], e["statement"]) for e in entries}) == len(entries)
