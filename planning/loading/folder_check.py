"""Checking data folders: all that reading checks, and the files that only some commands read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from planning import schemas
from planning.catalogue import Catalogue
from planning.errors import DataError, InvalidData, NotKnown, nearest
from planning.levers import Lever
from planning.loading.folder import PARTS, read_with_faults, state_of
from planning.loading.levers import read_levers
from planning.loading.load_state import Gathered
from planning.loading.scenarios import read_scenario
from planning.loading.text_files import line_of, yaml_of
from planning.paths import SHIPPED
from planning.schemas import last_day

READ_AS_DATA = (".csv", ".yaml", ".yml", ".xlsx", ".xls")


def check(folders: Iterable[Path | str], today: date | None = None) -> tuple[Catalogue, list[DataError]]:
    """The catalogue of the folders, and every fault of every file: levers, scenarios, left-out and stray files too.

    today: the day after which nothing can have been published, the calendar's by default.
    """
    catalogue, faults = read_with_faults(folders)
    gathered = Gathered(faults)
    levers: dict[str, Lever] = {}
    levers_stand = True
    for folder in catalogue.folders:
        found, told = _levers(folder, state_of(folder))
        levers.update(found)
        faults += told
        levers_stand &= not told
    for number, folder in enumerate(catalogue.folders, start=1):
        for path in sorted((folder / "scenarios").glob("*.yaml")):
            if gathered.mapping(path) and levers_stand:
                try:
                    read_scenario(path.stem, catalogue.folders[:number], levers)
                except InvalidData as error:
                    faults += error.faults
                except (NotKnown, ValueError) as error:
                    gathered.fault(path, None, None, path.stem, f"a scenario that can be read ({error})")
        for path in sorted((folder / "targets").glob("left_out*.yaml")):
            _check_left_out(path, catalogue, gathered)
        faults += strays(folder)
        _check_days(folder, catalogue, today or date.today(), gathered)
    return catalogue, faults


def _check_days(folder: Path, catalogue: Catalogue, today: date, gathered: Gathered) -> None:
    """Tell the publications of a folder that are dated after today, where the catalogue has any."""
    ahead = {o.source.id for o in catalogue.published if o.source.published > today}
    places: list[tuple[str, str, tuple[str, ...]]] = []
    places += [("tables", table, ("sources", id)) for table, _, id in (word.partition(".") for word in sorted(ahead))]
    if any(d.published > today for d in catalogue.documents.values()):
        places += [("targets", path.stem, ("document",)) for path in sorted((folder / "targets").glob("*.yaml"))]
    for kind, name, place in places:
        path = folder / kind / f"{name}.yaml"
        said = _within(yaml_of(path, []) if path.exists() else None, (*place, "published"))
        if said is None:
            continue
        try:
            day = last_day(said)
        except ValueError:  # told where it is read
            continue
        if day > today:
            line, column = line_of(path, (*place, "published")), ".".join((*place, "published"))
            gathered.fault(path, line, column, said, f"a day up to today ({today}), when it was published")


def _within(content: Any, place: tuple[str, ...]) -> Any:
    """What stands at a place of nested mappings, or None."""
    for key in place:
        content = content.get(key) if isinstance(content, dict) else None
    return content


@lru_cache(maxsize=4)
def _levers(folder: Path, _state: tuple) -> tuple[dict[str, Lever], tuple[DataError, ...]]:
    """The levers of one folder, and the faults of its file."""
    path, gathered = folder / "levers.yaml", Gathered([])
    if not path.exists() or not gathered.mapping(path):
        return {}, tuple(gathered.faults)
    try:
        below = read_levers([SHIPPED]) if folder != SHIPPED else None
        return read_levers([folder], below), tuple(gathered.faults)
    except InvalidData as error:
        return {}, (*gathered.faults, *error.faults)


def _check_left_out(path: Path, catalogue: Catalogue, gathered: Gathered) -> None:
    for position, entry in enumerate(gathered.entries(path)):
        left = gathered.value(schemas.LeftOutEntry, entry, path, None, (position,))
        if left is not None and left.document not in catalogue.documents:
            near = gathered.near(left.document, "document", catalogue.documents)
            line = line_of(path, (position, "document"))
            gathered.fault(path, line, "document", left.document, "a document of targets/", near)


def strays(folder: Path) -> list[DataError]:
    """Files that look like data and that nothing reads: misspelt names, twins without a table, workbooks."""
    wanted = sorted(p for p in PARTS if "." in p)
    found = []
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix in READ_AS_DATA):
        if path.name not in wanted:
            near = ", ".join(nearest(path.name, wanted, 1))
            found.append(
                DataError(str(path), None, None, path.name, f"one of {', '.join(wanted)}; it is not read", near)
            )
    for name, ending in (("tables", ".csv"), ("targets", ".yaml"), ("scenarios", ".yaml")):
        for path in sorted(p for p in (folder / name).glob("*") if p.is_file() and not p.name.startswith(".")):
            if name == "tables" and path.suffix == ".yaml":
                if not path.with_suffix(".csv").exists():
                    found.append(DataError(str(path), None, None, path.name, f"a table {path.stem}.csv beside it"))
            elif path.suffix != ending:
                found.append(DataError(str(path), None, None, path.name, f"a file NAME{ending}; it is not read"))
    return found
