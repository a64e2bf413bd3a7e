"""Own figures: values typed in beside what is published."""

from datetime import date

import pytest

from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.own_figures import OwnFigure, given, is_own, parsed, with_own


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def test_an_own_figure_stands_in_the_series_and_says_that_it_was_entered(catalogue):
    ouhai = catalogue.find("瓯海区")
    more = with_own(catalogue, ouhai, parsed(["gps_per_10000=4.8@2024"], catalogue))
    series = more.series(ouhai, "gps_per_10000")
    assert dict(zip(series.years, series.values, strict=True))[2024] == 4.8
    assert "no source" in " ".join(series.sources)
    assert [o.year for o in more.rows(ouhai, "gps_per_10000") if is_own(o)] == [2024]
    assert (
        catalogue.series(ouhai, "gps_per_10000") is None or 2024 not in catalogue.series(ouhai, "gps_per_10000").years
    )


def test_an_own_figure_is_not_seen_before_its_year_is_over(catalogue):
    ouhai = catalogue.find("瓯海区")
    more = with_own(catalogue, ouhai, [OwnFigure("gps_per_10000", 2022, 4.6)])
    assert not [o for o in more.known_by(date(2022, 12, 30)).rows(ouhai, "gps_per_10000") if is_own(o)]
    assert [o for o in more.known_by(date(2023, 1, 1)).rows(ouhai, "gps_per_10000") if is_own(o)]


def test_an_own_figure_takes_the_place_of_a_published_one(catalogue):
    hangzhou = catalogue.find("杭州市")
    year = catalogue.series(hangzhou, "population").years[-1]
    more = with_own(catalogue, hangzhou, [OwnFigure("population", year, 12_000_000.0)])
    assert more.series(hangzhou, "population").values[-1] == 12_000_000.0


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gps_per_10000", "form INDICATOR=VALUE@YEAR"),
        ("gps_per_10000=many@2024", "is no number"),
        ("gps_per_10000=4.8@2124", "of a year from"),
        ("gps_per_10000=-4@2024", "lies between"),
        ("gps_per_10000=inf@2024", "lies between"),
    ],
)
def test_what_is_no_figure_is_said_in_a_sentence(catalogue, word, said):
    with pytest.raises(ValueError, match=said):
        parsed([word], catalogue)


def test_an_unknown_indicator_is_told_with_what_is_near(catalogue):
    with pytest.raises(NotKnown, match="gps_per_10000"):
        parsed(["gp_per_10000=4.8@2024"], catalogue)


def test_mappings_words_and_figures_are_the_same(catalogue):
    as_words = given(["gps_per_10000=4.8@2024"], catalogue)
    assert as_words == given({"gps_per_10000": {2024: 4.8}}, catalogue) == given(as_words, catalogue)
