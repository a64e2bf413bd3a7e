"""Reading and writing scenario files: the levers of a plan, with the years from which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from planning.errors import InvalidData, not_known
from planning.levers import Lever
from planning.loading.levers import entries_of
from planning.scenarios import EARLIEST, Scenario, check_settings
from planning.schemas import faults_of


class _ScenarioFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    zh: str = ""
    en: str = ""
    reason: str = ""
    evidence: str = ""
    settings: dict[str, float | dict[int, float]] = {}
    regions: list[Annotated[str, BeforeValidator(str)]] = []
    base: str = ""
    as_of: Annotated[str, BeforeValidator(str)] = ""
    seed: int | None = None
    draws: int | None = None


def scenario_files(folders: Iterable[Path]) -> dict[str, Path]:
    """The scenario files of the data folders by name, later folders replacing what they repeat."""
    known: dict[str, Path] = {}
    for folder in folders:
        known.update({p.stem: p for p in sorted((Path(folder) / "scenarios").glob("*.yaml"))})
    return known


def read_scenario(name: str, folders: Iterable[Path], levers: dict[str, Lever], earliest: int = EARLIEST) -> Scenario:
    """The scenario called `name`: a file of data/scenarios/ or a path. A plain number holds from the first year on.

    Raises NotKnown for an unknown scenario, InvalidData for a faulty file, an unknown lever or a setting out of range,
    Contradiction for settings that exclude each other.
    """
    known = scenario_files(folders)
    path = known.get(name)
    if path is None and Path(name).suffix in (".yaml", ".yml") and Path(name).exists():
        path = Path(name)
    if path is None:
        raise not_known("scenario", name, known, "Scenarios are the files of data/scenarios/.")
    entry = entries_of(path)
    try:
        form = _ScenarioFile.model_validate(entry)
    except ValidationError as error:
        raise InvalidData(faults_of(error, str(path), None, entry)) from None
    settings = {
        lever: tuple(sorted(value.items())) if isinstance(value, dict) else ((earliest, value),)
        for lever, value in form.settings.items()
    }
    check_settings(settings, levers, str(path))
    plain = form.model_dump(exclude={"settings", "regions"})
    return Scenario(settings=tuple(settings.items()), regions=tuple(form.regions), **plain)


def save_scenario(scenario: Scenario, path: Path) -> Path:
    """Write a scenario as a file that `read_scenario` reads to the same scenario. Raises FileExistsError, never overwrites."""
    if path.suffix not in (".yaml", ".yml"):
        raise ValueError(f"{path}: a scenario is saved as a .yaml file.")
    if path.exists():
        raise FileExistsError(f"{path} is there already. Choose another name, or delete it first.")
    plain = {k: v for k, v in vars(scenario).items() if v not in ("", None, ())}
    plain["settings"] = {
        lever: steps[0][1] if steps[0][0] == EARLIEST and len(steps) == 1 else dict(steps)
        for lever, steps in scenario.settings
    }
    if scenario.regions:
        plain["regions"] = list(scenario.regions)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
