"""Reading tables of priors: one row each, with its range and its source."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from planning.errors import DataError, InvalidData, nearest
from planning.loading.text_files import table_of, yaml_of
from planning.paths import SHIPPED
from planning.priors import Prior
from planning.schemas import headings, read_entry

TABLE = "schedule_structure_assumptions"


def read_priors(folders: Iterable[Path] = (SHIPPED,), table: str = TABLE) -> dict[str, Prior]:
    """The priors of one table of the data folders, later folders replacing what they repeat.

    Raises InvalidData with all faults.
    """
    priors: dict[str, Prior] = {}
    for folder in folders:
        path = Path(folder) / "tables" / f"{table}.csv"
        state = path.stat() if path.exists() else None
        priors.update(_read(path, state and (state.st_size, state.st_mtime_ns)))
    return priors


@lru_cache(maxsize=8)
def _read(path: Path, state: tuple[int, int] | None) -> dict[str, Prior]:
    """The priors of a file in the state, its size and time, that it is in; none where there is no file."""
    if state is None:
        return {}
    twin = path.with_suffix(".yaml")
    priors: dict[str, Prior] = {}
    faults: list[DataError] = []
    about = yaml_of(twin, faults) if twin.exists() else {}
    sources = about.get("sources", {}) if isinstance(about, dict) else {}
    names = headings(Prior)
    rows = table_of(path, names, names, faults)
    for number, row in rows.rows() if rows else ():
        evidence = row["evidence"]
        if evidence != "assumption" and evidence not in sources:
            what = f"a source of {twin.name}, or 'assumption'"
            faults.append(
                DataError(str(path), number, "evidence", evidence, what, ", ".join(nearest(evidence, sources)))
            )
        prior, found = read_entry(Prior, {**row, "evidence": _cited(sources.get(evidence))}, str(path), number)
        faults += [fault for fault, _ in found]
        if prior is not None:
            priors[prior.id] = prior
    if faults:
        raise InvalidData(faults)
    return priors


def _cited(source: dict | None) -> str:
    return f"{source['publisher']}, {source['title']}, {source['published']}" if source else ""
