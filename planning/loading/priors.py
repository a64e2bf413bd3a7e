"""Reading tables of priors: one row each, with its range and its source."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from planning.errors import DataError, InvalidData
from planning.loading import SHIPPED
from planning.loading.text_files import yaml_of
from planning.priors import Prior

TABLE = "schedule_structure_assumptions"
COLUMNS = ("prior", "low", "high", "unit", "zh", "en", "evidence", "note")


def read_priors(folders: Iterable[Path] = (SHIPPED,), table: str = TABLE) -> dict[str, Prior]:
    """The priors of one table of the data folders, later folders replacing what they repeat.

    Raises InvalidData with all faults.
    """
    priors: dict[str, Prior] = {}
    for folder in folders:
        priors.update(_read(Path(folder), table))
    return priors


@lru_cache(maxsize=8)
def _read(folder: Path, table: str) -> dict[str, Prior]:
    path = folder / "tables" / f"{table}.csv"
    if not path.exists():
        return {}
    twin = path.with_suffix(".yaml")
    found: dict[str, Prior] = {}
    faults: list[DataError] = []
    about = yaml_of(twin, faults) if twin.exists() else {}
    sources = about.get("sources", {}) if isinstance(about, dict) else {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise InvalidData(
                [DataError(str(path), 1, None, ",".join(rows.fieldnames or ()), f"the heading {','.join(COLUMNS)}")]
            )
        for number, row in enumerate(rows, 2):
            prior = _prior(row, sources)
            if prior is None:
                expected = (
                    "numbers low and high, low not above high, and as evidence a source of the twin or 'assumption'"
                )
                faults.append(
                    DataError(
                        str(path), number, row["prior"], f"{row['low']}, {row['high']}, {row['evidence']}", expected
                    )
                )
            else:
                found[prior.id] = prior
    if faults:
        raise InvalidData(faults)
    return found


def _prior(row: dict[str, str], sources: dict) -> Prior | None:
    try:
        low, high = float(row["low"]), float(row["high"])
    except (TypeError, ValueError):
        return None
    evidence = row["evidence"]
    if not low <= high or not (evidence == "assumption" or evidence in sources):
        return None
    about = sources.get(evidence)
    source = f"{about['publisher']}, {about['title']}, {about['published']}" if about else ""
    return Prior(row["prior"], low, high, row["unit"], row["zh"], row["en"], source, row["note"])
