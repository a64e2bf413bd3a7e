"""Needs: people turned into people to care for, by shares of their age."""

import numpy as np
import pytest

from dabiao.assessment import assess
from dabiao.needs import COUNTED_AMONG, disabled_elderly
from dabiao.people import base_of
from planning.loading.folder import load_catalogue
from planning.loading.priors import read_priors
from planning.outlooks import Outlook
from planning.populations import Projection
from reports.sections.needs import needs
from sim.agents.households import living_alone
from sim.services import health_needs


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="module")
def priors():
    return read_priors(table=health_needs.TABLE)


@pytest.fixture(scope="module")
def ouhai():
    return assess("瓯海区", to=2027, draws=40)


def still(people):
    """A fictional town of three draws in which nothing happens for two years."""
    people = np.broadcast_to(people, (3, 3, 2, 101))
    nobody = np.zeros((3, 2, 2, 101))
    return Projection("made-up town", (2024, 2025, 2026), people, np.zeros((3, 2, 2)), nobody, nobody)


def outlook(id, values, years=(2025, 2026)):
    return Outlook("made-up town", id, "persons", years, np.tile(values, (3, 1)), "fictional", "C")


def middle(need, priors):
    shares = health_needs.shares_of(need, priors)
    return (shares.low + shares.high) / 2


def overall(people, shares):
    """The share among adults, people by (sex, age), per cent."""
    adults = people.sum(0)[18:]
    return 100 * float(adults @ shares[18:] / adults.sum())


def test_hypertension_by_age_over_the_census_of_2010_comes_to_the_survey_s_own_share_of_adults(catalogue, priors):
    """23.2 % of adults, weighted to the census of 2010: Wang Z. et al., Circulation 2018;137:2344-2356."""
    people = base_of(catalogue, catalogue.region("000000"), 2010, 1, 0).central
    assert overall(people, middle("hypertension", priors)) == pytest.approx(23.2, abs=0.6)


def test_diabetes_by_age_comes_near_the_survey_of_2018(catalogue, priors):
    """12.4 % of adults in 2018, which lies between two censuses: Wang L. et al., JAMA 2021;326:2498-2506."""
    china = catalogue.region("000000")
    then = [overall(base_of(catalogue, china, y, 1, 0).central, middle("diabetes", priors)) for y in (2010, 2020)]
    assert then[0] < 12.4 < then[1] and then[1] - then[0] < 2.5


def test_living_alone_over_the_census_of_2020_comes_near_the_survey_of_the_elderly(catalogue):
    """14.9 % of those of sixty and over: fifth Sample Survey of the Living Conditions of the Elderly, 2021."""
    people = base_of(catalogue, catalogue.region("000000"), 2020, 1, 0).central[:, 60:]
    assert (people * living_alone()[:, 60:]).sum() / people.sum() == pytest.approx(0.149, abs=0.01)


def test_nobody_below_eighteen_is_counted_and_shares_stay_within_their_ranges(priors):
    for need in ("hypertension", "diabetes"):
        shares = health_needs.shares_of(need, priors)
        drawn = shares.draws(200, seed=3)
        assert (drawn[:, :18] == 0).all() and (drawn >= shares.low).all() and (drawn <= shares.high).all()
        assert (np.diff(drawn[:, 18:], axis=1) >= 0).all(), "in no draw are the older healthier"
        assert (drawn == shares.draws(200, seed=3)).all()


def test_people_with_a_need_are_people_times_their_share():
    people = np.zeros((2, 101))
    people[0, 50], people[1, 80] = 1000, 400
    town, shares = still(people), np.zeros((3, 101))
    shares[:, 50], shares[:, 80] = [0.1, 0.2, 0.3], 0.5
    assert health_needs.people_with(town, shares)[:, 0] == pytest.approx([300, 400, 500])


def test_a_published_share_of_disabled_elderly_is_met_over_the_people_it_was_counted_among(priors):
    people = np.tile(np.linspace(900, 10, 101), (2, 1))
    start = health_needs.at_sixty(np.full(3, 0.0745), people, priors)
    found = health_needs.disabled(still(people), start, priors, "note")
    assert found.paths / people[:, 60:].sum() == pytest.approx(np.full((3, 2), 0.0745))


def test_disabled_elderly_follow_the_share_published_nearest(ouhai, catalogue, priors):
    found = ouhai.outlooks["disabled_elderly"]
    assert any("浙江省" in note and "7.45%" in note for note in found.assumptions)
    jiamusi = catalogue.find("佳木斯市")
    elsewhere = disabled_elderly(catalogue, jiamusi, ouhai.model.expected, priors)
    assert any("11.6%" in note for note in elsewhere.assumptions), "the nation's range where nothing is published"


def test_mothers_are_no_more_than_births(priors):
    births = outlook("births", [5000.0, 4000.0])
    found = health_needs.mothers(births, priors, seed=1)
    assert (found.paths < births.paths).all() and (found.paths > 0.96 * births.paths).all()


def test_residents_per_doctor_is_the_rate_turned_over():
    people = outlook("population", [50_000.0, 60_000.0])
    found = health_needs.residents_per("residents_per_gp", people, outlook("gps_per_10000", [4.0, 5.0]), 10_000)
    assert found.paths == pytest.approx(np.tile([2500.0, 2000.0], (3, 1)))
    vehicles = outlook("ambulances", [2.0, 0.0], (2025, 2026))
    found = health_needs.residents_per_each("residents_per_ambulance", people, vehicles)
    assert found.paths[0] == pytest.approx([25_000, 60_000]), "where there is none, all residents share one"


def test_posts_known_for_fewer_years_than_people_give_only_those_years():
    people = outlook("population", [50_000.0, 60_000.0])
    rate = outlook("gps_per_10000", [5.0, 5.0], (2026, 2027))
    assert health_needs.residents_per("residents_per_gp", people, rate, 10_000).years == (2026,)


def test_a_need_without_shares_names_the_table_to_mend():
    with pytest.raises(KeyError, match=r"schedule_health_needs_prevalence\.csv"):
        health_needs.shares_of("gout", {})


def test_every_need_of_an_assessment_names_what_it_is_counted_among_and_what_is_assumed(ouhai):
    out = ouhai.outlooks
    for id in ("mothers", "children_under_7", "aged_65", "disabled_elderly", "elderly_living_alone",
               "adults_with_hypertension", "adults_with_diabetes", "residents_per_gp"):  # fmt: skip
        assert COUNTED_AMONG[id] in ouhai.catalogue.indicators and out[id].assumptions, id
    for id, among in COUNTED_AMONG.items():
        if id in out and not id.startswith("residents_per") and among in out and id not in ("mothers",):
            assert (out[id].paths <= out[among].paths).all(), id
    ages = sum(out[f"children_aged_{age}"].paths for age in range(3))
    assert ages == pytest.approx(out["children_under_3"].paths)
    parts = out["child_dependency_ratio"].paths + out["old_age_dependency_ratio"].paths
    assert parts == pytest.approx(out["dependency_ratio"].paths)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_section_shows_every_need_now_and_at_the_target_year(ouhai, lang):
    section = needs(ouhai, lang)
    table, chart = section.parts
    assert len(table.rows) == sum(id in ouhai.outlooks for id in COUNTED_AMONG)
    assert any("2027" in h for h in table.headings) and chart.figure.startswith("data:image/png")
    assert all("–" in row[2] and "–" in row[3] for row in table.rows)
