"""The agent model's own parameters, each with its value, meaning and origin: what the ODD page prints."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Parameter:
    """One constant of the model. name: module and constant. origin: a publication, or the word assumption."""

    name: str
    meaning: str
    origin: str

    @property
    def value(self) -> Any:
        """What the code holds now."""
        module, constant = self.name.rsplit(".", 1)
        return getattr(import_module(f"sim.{module}"), constant)

    @property
    def printed(self) -> str:
        """The value as the page shows it."""
        value = self.value
        if isinstance(value, dict):
            return "; ".join(f"{key}: {_plain(part)}" for key, part in value.items())
        return _plain(value)


PARAMETERS = (
    Parameter("agents.people.DAYS", "days in a year; leap days are left out", "convention"),
    Parameter("agents.people.SHORTEST_INTERVAL", "days between two births of a mother", "assumption"),
    Parameter("agents.people.DURATIONS", "years since the last birth that are told apart", "convention"),
    Parameter("agents.rates.INFANT_SHAPE", "power of time by which deaths of infants fall", "assumption near Coale and Demeny 1983"),
    Parameter("agents.births.SPACING", "readiness for the next child by years since the last", "peak: Zhang, Liu and Wang 2019; rest assumption"),
    Parameter("agents.births.CHILDLESS", "women without a child, by age", "census 2020, China Population and Development Research Center 2023"),
    Parameter("agents.births.TWO_OR_MORE", "women of 49 with at least two children", "assumption"),
    Parameter("agents.births.THREE_OR_MORE", "women of 49 with at least three children", "assumption"),
    Parameter("agents.births.HIGHEST", "largest chance of a birth in a year", "assumption"),
    Parameter("services.health_needs.ALONE_AT_60", "living alone at 60, both sexes", "survey of the elderly 2021; Tao, Jin and Guo 2023"),
    Parameter("services.health_needs.ALONE_BY_YEAR", "more of them for each year of age", "same"),
    Parameter("services.health_needs.ALONE_UNTIL", "age from which it stays level", "assumption"),
    Parameter("services.health_needs.ALONE_BY_SEX", "factors for men and women", "assumption"),
    Parameter("agents.households.COUPLES_ONLY", "couples of 60 and over without others at home", "survey of the elderly 2021"),
    Parameter("agents.households.PARTNERED", "men and women with a partner, from an age on", "assumption"),
    Parameter("agents.households.GENERATION", "years between parents and children", "assumption"),
    Parameter("agents.households.WITH_PARENTS", "adults without a partner who live with parents, from an age on", "assumption"),
    Parameter("agents.households.LEAVING_HOME", "chance a year to leave the parents' home", "assumption"),
    Parameter("agents.households.LEAVING_AGES", "ages of leaving home", "assumption"),
    Parameter("agents.households.IN_PAIRS", "of those, the share who set up house as couples", "assumption"),
    Parameter("agents.households.MOVING_IN", "chance a year to move in with a younger household", "assumption"),
    Parameter("agents.households.MOVING_FROM", "age from which that happens", "assumption"),
    Parameter("agents.nurseries.LEAVING_AGE", "age in months at which a place is given up", "kindergartens take children from three"),
    Parameter("agents.nurseries.YOUNGEST", "age in months from which the first parents want a place", "assumption, the cohorts'"),
    Parameter("agents.nurseries.FULLY_WANTED", "age in months from which as many want one as ever will", "assumption, the cohorts'"),
    Parameter("agents.nurseries.WILLING_AT_MOST", "most parents who ever want one", "assumption, the cohorts'"),
    Parameter("agents.nurseries.CEILINGS", "most that parents pay, yuan a month, with shares", "survey of Huzhou 2025; rest assumption"),
    Parameter("agents.nurseries.REACH", "own neighbourhood, the next ones, anywhere", "assumption"),
    Parameter("agents.nurseries.PRICES", "prices of places, yuan a month, with shares", "assumption"),
    Parameter("agents.nurseries.SIZE", "places in a new nursery", "a nursery in Shangtang, Hangzhou, 2022"),
    Parameter("agents.nurseries.NEIGHBOURHOOD", "residents of a neighbourhood", "assumption"),
    Parameter("services.workforce.AGES", "age groups of doctors, lowest ages", "convention"),
    Parameter("services.workforce.SHAPE", "general practitioners by age at the start", "assumption"),
    Parameter("services.workforce.LEAVING", "chance a year to leave the job, by age", "assumption"),
    Parameter("services.workforce.LEAVING_AFTER", "chance a year to stop, past the retirement age", "assumption"),
    Parameter("services.workforce.ENTRY", "new general practitioners by age", "assumption"),
    Parameter("services.workforce.RETIREMENT", "retirement ages of men and of women in professional posts until 2024", "State Council 1978"),
    Parameter("services.workforce.RAISED_FROM", "year from which they rise", "Standing Committee of the National People's Congress, 13 September 2024"),
    Parameter("agents.doctors.MONTHS_A_STEP", "months of retirement date for one month more", "same"),
    Parameter("agents.doctors.MOST_MONTHS", "most months more", "same"),
    Parameter("agents.doctors.POSTS_IN_CENTRE", "posts in a health centre", "assumption"),
)  # fmt: skip
"""Every constant that shapes a run; rates, the people at the start and plans are a run's own."""


def table() -> str:
    """The parameters as the rows of a Markdown table."""
    head = "| parameter | value | meaning | origin |\n|---|---|---|---|\n"
    return head + "\n".join(f"| `{p.name}` | {p.printed} | {p.meaning} | {p.origin} |" for p in PARAMETERS)


def _plain(value: Any) -> str:
    if isinstance(value, (tuple, list, np.ndarray)):
        return ", ".join(f"({_plain(part)})" if isinstance(part, (tuple, list)) else _plain(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
