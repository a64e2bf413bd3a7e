"""Scenarios: the baseline plus lever settings by year. A lever bends one driver and says on what evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from planning.faults import DataFault, Fault, not_known
from planning.forms import faults_of


@dataclass(frozen=True)
class Lever:
    """Something a plan can pull. neutral: the setting that changes nothing; low, high: the range that may be asked for."""

    id: str
    zh: str
    en: str
    bends: str
    unit: str
    low: float
    high: float
    neutral: float
    evidence: str
    note: str = ""

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Scenario:
    """Lever settings: for each lever, (year, value) steps, each holding until the next. regions: codes, empty for all."""

    name: str
    zh: str = ""
    en: str = ""
    reason: str = ""
    settings: tuple[tuple[str, tuple[tuple[int, float], ...]], ...] = ()
    regions: tuple[str, ...] = ()

    def by_year(self, lever: Lever, years: Iterable[int]) -> np.ndarray:
        """The setting of a lever in each year, neutral before its first step: (year,)."""
        steps = dict(self.settings).get(lever.id, ())
        values = []
        for year in years:
            value = lever.neutral
            for since, to in steps:
                if year >= since:
                    value = to
            values.append(value)
        return np.array(values, dtype=float)

    def title(self, lang: str) -> str:
        return (self.zh if lang == "zh" else self.en) or self.name


class _LeverEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    zh: str
    en: str
    bends: str
    unit: str
    low: float
    high: float
    neutral: float
    evidence: str
    note: str = ""


class _ScenarioFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    zh: str = ""
    en: str = ""
    reason: str = ""
    settings: dict[str, float | dict[int, float]] = {}
    regions: list[str] = []


def read_levers(folders: Iterable[Path]) -> dict[str, Lever]:
    """The levers of the data folders, later folders replacing what they repeat. Raises DataFault."""
    levers: dict[str, Lever] = {}
    for folder in folders:
        path = Path(folder) / "levers.yaml"
        for id, entry in (_safe(path) if path.exists() else {}).items():
            try:
                levers[id] = Lever(id=id, **_LeverEntry.model_validate(entry).model_dump())
            except ValidationError as error:
                raise DataFault(faults_of(error, str(path), None, entry)) from None
    return levers


def read_scenario(name: str, folders: Iterable[Path], levers: dict[str, Lever], earliest: int = 1949) -> Scenario:
    """The scenario called `name`: a file of data/scenarios/ or a path. A plain number holds from the first year on.

    Raises NotKnown for an unknown scenario, DataFault for a faulty file, an unknown lever or a setting out of range.
    """
    known: dict[str, Path] = {}
    for folder in folders:
        known.update({p.stem: p for p in sorted((Path(folder) / "scenarios").glob("*.yaml"))})
    path = known.get(name)
    if path is None and Path(name).suffix in (".yaml", ".yml") and Path(name).exists():
        path = Path(name)
    if path is None:
        raise not_known("scenario", name, known, "Scenarios are the files of data/scenarios/.")
    entry = _safe(path)
    try:
        form = _ScenarioFile.model_validate(entry)
    except ValidationError as error:
        raise DataFault(faults_of(error, str(path), None, entry)) from None
    settings = {
        lever: tuple(sorted(value.items())) if isinstance(value, dict) else ((earliest, value),)
        for lever, value in form.settings.items()
    }
    check_settings(settings, levers, str(path))
    return Scenario(form.name, form.zh, form.en, form.reason, tuple(settings.items()), tuple(form.regions))


def check_settings(settings: dict[str, Any], levers: dict[str, Lever], where: str) -> None:
    """Raise DataFault for unknown levers and settings out of their range; nothing is ever clipped."""
    faults = []
    for id, steps in settings.items():
        if id not in levers:
            error = not_known("lever", id, levers, "")
            faults.append(Fault(where, None, id, id, "a lever of data/levers.yaml", str(error).split("Nearest: ")[-1]))
            continue
        lever = levers[id]
        for year, value in steps:
            if not lever.low <= value <= lever.high:
                expected = f"{lever.en} between {lever.low:g} and {lever.high:g} ({lever.unit})"
                faults.append(Fault(where, None, f"{id}.{year}", f"{value:g}", expected))
    if faults:
        raise DataFault(faults)


def _safe(path: Path) -> Any:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded if loaded is not None else {}
