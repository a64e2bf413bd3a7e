"""Reading and writing scenario files: the levers of a plan, with the years from which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from planning.errors import InvalidData, not_known
from planning.levers import Lever
from planning.loading.levers import entries_of
from planning.scenarios import EARLIEST, FORMAT, Scenario, check_settings
from planning.schemas import read_entry


def scenario_files(folders: Iterable[Path]) -> dict[str, Path]:
    """The scenario files of the data folders by name, later folders replacing what they repeat."""
    known: dict[str, Path] = {}
    for folder in folders:
        known.update({p.stem: p for p in sorted((Path(folder) / "scenarios").glob("*.yaml"))})
    return known


def read_scenario(name: str, folders: Iterable[Path], levers: dict[str, Lever]) -> Scenario:
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
    scenario, faults = read_entry(Scenario, entry, str(path))
    if scenario is None:
        raise InvalidData(fault for fault, _ in faults)
    check_settings(dict(scenario.settings), levers, str(path))
    return scenario


def save_scenario(scenario: Scenario, path: Path) -> Path:
    """Write a scenario as a file that `read_scenario` reads to the same scenario. Raises FileExistsError, never overwrites."""
    if path.suffix not in (".yaml", ".yml"):
        raise ValueError(f"{path}: a scenario is saved as a .yaml file.")
    if path.exists():
        raise FileExistsError(f"{path} is there already. Choose another name, or delete it first.")
    plain: dict[str, Any] = {"format": FORMAT}
    plain |= {k: v for k, v in vars(scenario).items() if v not in ("", None, ()) and k != "format"}
    if scenario.own:
        plain["own"] = list(scenario.own)
    plain["settings"] = {
        lever: steps[0][1] if steps[0][0] == EARLIEST and len(steps) == 1 else dict(steps)
        for lever, steps in scenario.settings
    }
    if scenario.regions:
        plain["regions"] = list(scenario.regions)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
