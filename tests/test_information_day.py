"""The information date: nothing that has not been published can be known."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

import dabiao as db
from dabiao.assessment import assess
from dabiao.reachability import reach
from dabiao.region_model import region_model
from planning.sources import FIRST_DAY, information_day, last_day
from reports.cli.main import app
from reports.parameters import Parameters

TODAY = date(2026, 8, 11)
FUTURE = "2999-12-31"

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(days, days)
def test_a_day_is_taken_exactly_if_it_has_come(day, today):
    if FIRST_DAY <= day <= today:
        assert information_day(day.isoformat(), today) == day
    else:
        with pytest.raises(ValueError, match="expected a day that has come"):
            information_day(day.isoformat(), today)


@pytest.mark.parametrize("asked", ["2026", "2026-08", "2026-08-12", "2027"])
def test_a_month_or_year_that_is_not_over_lies_in_the_future(asked):
    with pytest.raises(ValueError, match=str(last_day(asked))):
        information_day(asked, TODAY)


@pytest.mark.parametrize("asked", ["yesterday", "2022-13", "2022-02-30", "99999", "", "2022-", "1948"])
def test_what_is_no_day_of_the_data_is_refused_in_one_sentence_that_repeats_it(asked):
    with pytest.raises(ValueError) as error:
        information_day(asked, TODAY)
    assert str(error.value).startswith(f"As of {asked}") and str(error.value).count(". ") == 0


@pytest.mark.parametrize("ask", [
    lambda: assess("瓯海区", as_of=FUTURE),
    lambda: region_model("瓯海区", as_of=FUTURE),
    lambda: reach("瓯海区", "nursery_places_per_1000", 0.8, as_of=FUTURE),
    lambda: db.observations("瓯海区", as_of=FUTURE),
    lambda: db.forecast("瓯海区", "population", as_of=FUTURE),
], ids=["assess", "region_model", "reach", "db.observations", "db.forecast"])  # fmt: skip
def test_the_future_is_refused_wherever_an_information_date_is_taken(ask):
    with pytest.raises(ValueError, match="As of 2999-12-31: expected a day that has come"):
        ask()


def test_a_report_and_a_batch_refuse_the_future_before_they_begin():
    with pytest.raises(ValidationError, match="a day that has come"):
        Parameters(region="330304", as_of=FUTURE)


@pytest.mark.parametrize(
    "command", [["assess", "瓯海区"], ["report", "瓯海区"], ["districts", "杭州市"]], ids=lambda c: c[0]
)
def test_every_command_with_an_information_date_refuses_the_future(command):
    run = CliRunner().invoke(app, [*command, "--as-of", FUTURE])
    assert run.exit_code != 0 and "a day that has come" in str(run.exception)


def test_a_last_year_out_of_reach_is_refused_in_a_sentence():
    for command, to in itertools.product((["assess", "瓯海区"], ["districts", "杭州市"]), ("1900", "99999")):
        run = CliRunner().invoke(app, [*command, "--to", to])
        assert run.exit_code != 0 and to in str(run.exception) and "Traceback" not in run.output
