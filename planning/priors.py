"""Priors: ranges of what nobody publishes, each with a source or marked as an assumption, drawn once for each draw."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from planning.loading.errors import DataError, InvalidData
from planning.loading.text_files import yaml_of

TABLE = "schedule_structure_assumptions"
SHIPPED = Path(__file__).resolve().parent.parent / "data"
COLUMNS = ("prior", "low", "high", "unit", "zh", "en", "evidence", "note")


@dataclass(frozen=True)
class Prior:
    """What is taken for granted: anything between low and high, all alike. source: the publication, or "" for an assumption."""

    id: str
    low: float
    high: float
    unit: str
    zh: str
    en: str
    source: str = ""
    note: str = ""

    def draws(self, count: int, seed: int) -> np.ndarray:
        """`count` draws; the same seed gives the same, whatever else is drawn: (draw,)."""
        rng = np.random.default_rng([seed, zlib.crc32(self.id.encode())])
        return rng.uniform(self.low, self.high, size=count)

    @property
    def middle(self) -> float:
        """The mean and median of the range."""
        return (self.low + self.high) / 2

    def sentence(self) -> str:
        """What is assumed, as `中文 / English`."""
        share = self.unit.startswith("share")
        low, high = (
            f"{x:.3g}%" if share else f"{x:g}" for x in ((100 if share else 1) * v for v in (self.low, self.high))
        )
        zh, en = "假设", "assumption"
        if self.source:
            zh, en = f"依据 {self.source}，区间为假设", f"after {self.source}; the range is an assumption"
        return f"{self.zh}：{low}–{high}（{zh}） / {self.en}: {low}-{high} ({en})"


def read_priors(folders: Iterable[Path] = (SHIPPED,), table: str = TABLE) -> dict[str, Prior]:
    """The priors of one table of the data folders, later folders replacing what they repeat.

    Raises DataFault with all faults.
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
