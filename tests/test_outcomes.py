"""A target whose deadline is past is settled by the published figure, beside what was said beforehand."""

from dataclasses import replace
from datetime import date

import pytest

from dabiao.outcomes import on_other_bases, outcome_of, settled
from planning.loading.folder import load_catalogue
from planning.observations import Observation
from planning.sources import Source
from planning.verdicts import Outcome, Verdict, judge, met, settle

CATALOGUE = load_catalogue()
TODAY = CATALOGUE.known_by(CATALOGUE.newest_publication)
NURSES = next(t for t in CATALOGUE.targets if t.indicator == "nurses_per_1000" and t.numeric)
BULLETIN = Source(id="t.s", title="统计公报", publisher="某局", published=date(2041, 3, 1))


def with_figures(*figures, as_of=date(2042, 1, 1)):
    """A catalogue that holds only these figures of nurses. figures: (region, year, value, basis)."""
    rows = tuple(
        Observation(
            region=region,
            edition="",
            indicator="nurses_per_1000",
            year=year,
            period="year_end",
            basis=basis,
            status="observed",
            value=value,
            precision=0.01,
            grade="A",
            source=BULLETIN,
        )
        for region, year, value, basis in figures
    )
    return replace(CATALOGUE, observations=rows, published=rows, as_of=as_of)


def asked(**more):
    return replace(NURSES, **{"region": "330304", "edition": "", "year": 2040, "comparison": "at_least", "value": 5.0,
                              "low": None, "high": None, "strict": False, **more})  # fmt: skip


def said(target, word="likely", chance=0.8, **more):
    return Verdict(target, word, chance, "B", "", **more)


def test_every_past_target_with_a_published_figure_is_attained_or_missed_with_its_source():
    found = 0
    for target in TODAY.targets:
        series = TODAY.series(TODAY.region(target.key), target.indicator)
        known = {} if series is None else dict(zip(series.years, series.values, strict=True))
        outcome = outcome_of(target, TODAY)
        past = target.past(TODAY.as_of)
        if target.comparison != "relative":
            assert (outcome is not None) == (past and target.year in known), target.id
        if outcome is None or not target.numeric:
            continue
        found += 1
        verdict = settled(said(target), TODAY)
        hit = bool(met(target, known[target.year], TODAY.indicator(target.indicator).decimals))
        assert verdict.word == ("attained" if hit else "missed") and verdict.chance == 0.8
        assert verdict.outcome == known[target.year] and verdict.outcome_source
        assert verdict.outcome_published <= TODAY.as_of.isoformat()
    assert found > 0


def test_the_figure_used_is_that_of_the_deadline_on_the_day_of_information():
    figures = [("330304", 2039, 6.0, "resident"), ("330304", 2040, 4.9, "resident"), ("330304", 2041, 6.0, "resident")]
    target = asked()
    assert settled(said(target), with_figures(*figures)).word == "missed"
    assert settled(said(target), with_figures(figures[0], figures[2])).word == "likely"
    assert settled(said(target), with_figures(*figures, as_of=date(2040, 12, 31))).word == "likely"


def test_figures_on_another_basis_do_not_settle_a_target_and_are_told():
    target = asked()
    other = with_figures(("330304", 2040, 6.0, "registered"))
    verdict = settled(said(target), other)
    assert (
        verdict.word == "likely"
        and verdict.outcome is None
        and [o.value for o in on_other_bases(target, other)] == [6.0]
    )
    assert "户籍口径 6（某局, 统计公报" in verdict.reason and "another population basis" in verdict.reason
    both = with_figures(("330304", 2040, 6.0, "registered"), ("330304", 2040, 4.0, "resident"))
    assert settled(said(target), both).word == "missed" and on_other_bases(target, both) == []


@pytest.mark.parametrize(
    ("own", "other", "word"), [(5.1, 5.0, "attained"), (5.0, 5.0, "attained"), (4.9, 5.0, "missed")]
)
def test_a_relative_target_is_settled_by_both_regions_figures(own, other, word):
    target = asked(comparison="relative", relative_to="330300", value=None, direction="up")
    figures = [("330304", 2040, own, "resident"), ("330300", 2040, other, "resident")]
    assert settled(said(target), with_figures(*figures)).word == word
    assert settled(said(target), with_figures(figures[0])).outcome is None


def test_a_target_that_needed_a_figure_is_settled_as_well():
    target = asked(value=99.0)
    verdict = settled(judge(target, None, 2, reason="none"), with_figures(("330304", 2040, 6.0, "resident")))
    assert verdict.word == "missed" and verdict.chance is None and verdict.outcome == 6.0


def test_what_asks_for_an_improvement_is_settled_against_the_last_value_known_beforehand():
    target, outcome = asked(comparison="improve", value=None, direction="up"), Outcome(5.0, "s", date(2041, 1, 1))
    assert settle(said(target, last=(2030, 4.9)), outcome, 2).word == "attained"
    assert settle(said(target, last=(2030, 5.0)), outcome, 2).word == "missed"
    unknown = settle(said(target, "not quantitative", None), outcome, 2)
    assert unknown.word == "not quantitative" and unknown.outcome == 5.0
