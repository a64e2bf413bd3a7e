"""Scenarios: the baseline plus lever settings by year. A lever bends one driver and says on what evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import yaml
from pydantic import AfterValidator, BeforeValidator

from planning.errors import DataError, InvalidData, not_known
from planning.levers import Lever
from planning.regions import Region
from planning.schemas import CLOSED, checked_format, expected

FORMAT = 2  # of scenario files: 1 holds lever settings, 2 own figures too
EARLIEST = 1949  # a setting without a year holds from the first year that lies open (`Scenario.since`)
Steps = tuple[tuple[int, float], ...]


def _steps(settings: dict[str, float | dict[int, float]]) -> tuple[tuple[str, Steps], ...]:
    """The settings of a file: a plain number holds from the first year on, and years stand in order."""
    return tuple(
        (lever, tuple(sorted(value.items())) if isinstance(value, dict) else ((EARLIEST, value),))
        for lever, value in settings.items()
    )


def _format(value: Any) -> int:
    """The format of a file that is read; it is written in ours again."""
    checked_format(value, FORMAT, "scenario")
    return FORMAT


if TYPE_CHECKING:
    Settings = tuple[tuple[str, Steps], ...]
else:
    Settings = Annotated[dict[str, float | dict[int, float]], AfterValidator(_steps)]


class Contradiction(ValueError):
    """Raised for settings that cannot hold together, or that ask for what is over."""


class ElsewhereOnly(ValueError):
    """Raised for a scenario that was made for other regions than the one asked for."""


@dataclass(frozen=True)
class Scenario:
    """Lever settings: for each lever, (year, value) steps, each holding until the next. regions: codes, empty for all.

    own: figures of its region that were typed in, as INDICATOR=VALUE@YEAR. base: the name of the scenario it was made from;
    as_of, seed, draws: of the run it was saved from. format: of the file.
    """

    __pydantic_config__ = CLOSED

    name: str
    zh: str = ""
    en: str = ""
    reason: str = ""
    settings: Settings = ()
    regions: tuple[Annotated[str, BeforeValidator(str)], ...] = ()
    evidence: str = ""
    base: str = ""
    as_of: Annotated[str, BeforeValidator(str)] = ""
    seed: int | None = None
    draws: int | None = None
    own: tuple[str, ...] = ()
    format: Annotated[int, BeforeValidator(_format)] = FORMAT

    def __post_init__(self) -> None:
        if self.own and len(self.regions) != 1:
            raise expected("one region under `regions`; own figures are of one region")

    def by_year(self, lever: Lever, years: Iterable[int]) -> np.ndarray:
        """The setting of a lever in each year, neutral before its first step: (year,)."""
        steps = self.steps(lever.id)
        values = []
        for year in years:
            value = lever.neutral
            for since, to in steps:
                if year >= since:
                    value = to
            values.append(value)
        return np.array(values, dtype=float)

    def steps(self, lever: str) -> Steps:
        """The (year, value) steps of a lever; empty where it is not pulled."""
        return dict(self.settings).get(lever, ())

    def pulled(self) -> tuple[str, ...]:
        """The levers it sets, in order."""
        return tuple(lever for lever, _ in self.settings)

    def with_steps(self, lever: str, steps: Steps) -> Scenario:
        """The same with one lever set so; without steps the lever is left alone."""
        others = {id: s for id, s in self.settings if id != lever}
        if steps:
            others = {id: steps if id == lever else s for id, s in self.settings}
            others.setdefault(lever, steps)
        return replace(self, settings=tuple(others.items()))

    def since(self, year: int) -> Scenario:
        """The same, for what can still be bent: a setting that held before `year` holds from then on."""
        settings = []
        for lever, steps in self.settings:
            before = [s for s in steps if s[0] <= year][-1:]
            settings.append((lever, tuple((max(y, year), v) for y, v in (*before, *(s for s in steps if s[0] > year)))))
        return replace(self, settings=tuple(settings))

    def within(self, region: Region) -> Scenario:
        """The same where it speaks of the region; where it does not, no lever is pulled."""
        return self if self.speaks_of(region) else replace(self, settings=())

    def speaks_of(self, region: Region) -> bool:
        return not self.regions or region.code in self.regions or region.key in self.regions

    def title(self, lang: str) -> str:
        return (self.zh if lang == "zh" else self.en) or self.name

    @property
    def fingerprint(self) -> str:
        """Twelve letters that change with any setting, own figure or region, to cite a scenario by; names and reasons do not count."""
        said: list[Any] = [sorted((k, [list(s) for s in v]) for k, v in self.settings), sorted(self.regions)]
        plain = yaml.safe_dump([*said, sorted(self.own)] if self.own else said)
        return hashlib.sha256(plain.encode()).hexdigest()[:12]


BASELINE = Scenario("baseline", "基准", "baseline")


def with_settings(scenario: Scenario, asked: Iterable[str], levers: dict[str, Lever], first_year: int) -> Scenario:
    """A scenario with further settings, each written `lever=value` or `lever=value@year`, in the order they are given.

    A setting without a year holds from `first_year`, the first that lies open. Raises NotKnown for an unknown lever,
    InvalidData for one out of its range, Contradiction for one set twice in a year, before `first_year`, or against another.
    """
    found: dict[str, dict[int, float]] = {}
    for text in asked:
        lever, year, value = _setting(text, levers, first_year)
        if year in found.setdefault(lever, {}) and found[lever][year] != value:
            raise Contradiction(f"{lever} is set to {found[lever][year]:g} and to {value:g} in {year}; one of the two.")
        found[lever][year] = value
    for lever, steps in found.items():
        scenario = scenario.with_steps(lever, tuple(sorted(steps.items())))
    check_settings(dict(scenario.settings), levers, "command line")
    return scenario


def check_settings(settings: Mapping[str, Any], levers: dict[str, Lever], where: str) -> None:
    """Raise InvalidData for unknown levers and settings out of their range, Contradiction for levers that exclude each other.

    Nothing is ever clipped.
    """
    faults = []
    for id, steps in settings.items():
        if id not in levers:
            error = not_known("lever", id, levers, "")
            faults.append(
                DataError(where, None, id, id, "a lever of data/levers.yaml", str(error).split("Nearest: ")[-1])
            )
            continue
        lever = levers[id]
        for year, value in steps:
            if not lever.low <= value <= lever.high:
                expected = f"{lever.en} between {lever.low:g} and {lever.high:g} ({lever.unit})"
                faults.append(DataError(where, None, f"{id}.{year}", f"{value:g}", expected))
    if faults:
        raise InvalidData(faults)
    pulled = {id for id, steps in settings.items() if any(v != levers[id].neutral for _, v in steps)}
    for id in settings:
        against = sorted(pulled & set(levers[id].excludes)) if id in pulled else []
        if against:
            raise Contradiction(
                f"{where}: {id} cannot be set together with {', '.join(against)}: they bend the same thing. Keep one of them."
            )


def check_region(scenario: Scenario, region: Region) -> None:
    """Raise ElsewhereOnly where a scenario was made for other regions."""
    if not scenario.speaks_of(region):
        raise ElsewhereOnly(
            f"The scenario {scenario.name} is for {', '.join(scenario.regions)}, not for {region.name_zh} "
            f"({region.code}). Take another, or change `regions` in its file."
        )


def differing(one: Scenario, other: Scenario) -> tuple[str, ...]:
    """The levers whose settings differ, in the order of the second scenario, then of the first."""
    order = dict.fromkeys((*other.pulled(), *one.pulled()))
    return tuple(lever for lever in order if one.steps(lever) != other.steps(lever))


def _setting(text: str, levers: dict[str, Lever], first_year: int) -> tuple[str, int, float]:
    lever, equals, rest = text.partition("=")
    number, at, when = rest.partition("@")
    lever = lever.strip()
    try:
        value = float(number)
        year = int(when) if at else first_year
    except ValueError:
        equals = ""
    if not equals or not np.isfinite(value):
        raise ValueError(
            f"--set {text!r}: expected lever=value or lever=value@year, such as nursery_openings=1.5@2026."
        )
    if lever not in levers:
        raise not_known("lever", lever, levers, "Levers are listed in data/levers.yaml.")
    if year < first_year:
        raise Contradiction(f"--set {text}: {year} is over; a lever can be pulled from {first_year} on.")
    return lever, year, value
