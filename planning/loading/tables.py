"""Reading tables/: observations and census tables, each beside the twin that names their sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from planning import schemas
from planning.catalogue import CensusTable
from planning.loading import checks, consistency
from planning.loading.census import census_tables
from planning.loading.columns import Columns, columns_of
from planning.loading.load_state import Gathered
from planning.loading.text_files import table_of
from planning.observations import Observation
from planning.sources import Source

NO_SOURCE = Source("", "", date.max)


class Placed(NamedTuple):
    """An observation and where it stands."""

    observation: Observation
    path: Path
    row: int


class TwinRead(NamedTuple):
    """What a twin says of its table. faulty: the keys of sources whose entries are told already."""

    kind: str
    licence: str
    sources: dict[str, Source]
    faulty: tuple[str, ...]


def read_tables(folder: Path, gathered: Gathered) -> None:
    """Lay the tables of one folder over what has been gathered; rows and census tables of the same key are replaced."""
    fresh: dict[tuple, list[Placed]] = {}
    unsourced: list[Placed] = []
    counted: dict[tuple, CensusTable] = {}
    for path in sorted(folder.glob("*.csv")):
        if path.name.startswith("schedule_"):
            continue
        twin = twin_of(path, gathered)
        if twin is None:
            continue
        sources: dict[str, Source | None] = {**dict.fromkeys(twin.faulty), **sources_of(path, twin)}
        if path.name.startswith("census_age_sex"):
            read_census(path, sources, twin.kind == "fictional", counted, gathered)
        else:
            read_observations(path, sources, fresh, unsourced, gathered)
    check_doubts([*unsourced, *(p for found in fresh.values() for p in found)], counted, gathered)
    for key, table in counted.items():
        gathered.censuses[key] = [*superseded(gathered.censuses.get(key, ()), table.published), table]
    for key, found in fresh.items():
        rows = [p.observation for p in found]
        day = min(o.source.published for o in rows)
        gathered.observations[key] = [*superseded(gathered.observations.get(key, ()), day), *rows]


def superseded(before: Iterable, day: date) -> list:
    """What stood there and had been published before a day, to be seen until then: who asks as of an earlier day shall get
    the answer that was true then."""
    kept = []
    for one in before:
        published = one.source.published if isinstance(one, Observation) else one.published
        ends = min(day, one.replaced or day)
        if published < ends:
            kept.append(replace(one, replaced=ends))
    return kept


def twin_of(path: Path, gathered: Gathered) -> TwinRead | None:
    """The twin of a table, or None and a fault."""
    twin_path = path.with_suffix(".yaml")
    if not twin_path.exists():
        gathered.fault(path, None, None, path.name, f"a twin {twin_path.name} that names its sources")
        return None
    content = gathered.mapping(twin_path)
    if not content:
        return None
    sources, faulty = {}, []
    for id, entry in content["sources"].items() if isinstance(content.get("sources"), dict) else ():
        source = gathered.value(
            Source, entry, twin_path, None, ("sources", id), id=f"{path.stem}.{id}", fictional=False
        )
        if source is None:
            faulty.append(str(id))
        else:
            sources[str(id)] = source
    whole = content if not isinstance(content.get("sources"), dict) else {**content, "sources": {}}
    twin = gathered.value(schemas.TableMetadata, whole, twin_path, None)
    return TwinRead(twin.kind, twin.licence, sources, tuple(faulty)) if twin else None


def sources_of(path: Path, twin: TwinRead) -> dict[str, Source]:
    """The sources that a twin names, by their key in it."""
    made_up = twin.kind == "fictional"
    return {
        id: replace(source, fictional=made_up, licence=source.licence or twin.licence)
        for id, source in twin.sources.items()
    }


def read_observations(
    path: Path, sources: dict[str, Source | None], fresh: dict, unsourced: list[Placed], gathered: Gathered
) -> None:
    """Read one table of observations into `fresh`, by all that a later folder's rows must share to replace them.

    Rows whose source is a faulty entry go into `unsourced`, to be looked at for other faults but not to be used.
    """
    table = table_of(path, schemas.headings(Observation), schemas.needed(Observation), gathered.faults)
    if table is None:
        return
    columns = columns_of(path, table, Observation, gathered.faults, source=schemas.Words)
    seen: dict[tuple, int] = {}
    for number, good, label, row in _rows(columns, sources):
        sound = _sound(row, label, sources, path, number, gathered)
        identity = (*_identity(row), label)
        if good and identity in seen and row.status != "suspect":
            expected = f"one row; it repeats row {seen[identity]}"
            gathered.fault(path, number, None, " ".join(map(str, identity)), expected)
            continue
        if sound and good:
            seen[identity] = number
            placed = Placed(row, path, number)
            if sources[label] is None:
                unsourced.append(placed)
            else:
                fresh.setdefault(identity[:6], []).append(placed)


def _rows(columns: Columns, sources: dict[str, Source | None]) -> Iterator[tuple[int, bool, str, Observation]]:
    """Each row with its number, whether it is good, and the key of its source. A field that was refused is None."""
    labels = columns.values["source"]
    found = [sources.get(label) or NO_SOURCE for label in labels]
    cells = zip(*{**columns.values, "source": found}.values(), strict=True)
    for number, good, label, row in zip(columns.numbers.tolist(), columns.good.tolist(), labels, cells, strict=True):
        yield number, good, label, Observation(**dict(zip(columns.values, row, strict=True)))


def _sound(
    row: Observation, label: str, sources: dict[str, Source | None], path: Path, number: int, gathered: Gathered
) -> bool:
    """Whether a row's region, indicator and source are known and its value is plausible; what is not is told."""
    before = len(gathered.faults)
    if row.region is not None and row.edition is not None:
        expected, near = gathered.unknown_region(row.region, row.edition)
        if expected:
            asked = f"{row.region}@{row.edition}" if row.edition else row.region
            gathered.fault(path, number, "region", asked, expected, near)
        elif (source := sources.get(label)) is not None:
            mixed = gathered.made_up_mixed(row.region, row.edition, source.fictional)
            if mixed:
                gathered.fault(path, number, "source", label, mixed)
    if label is not None and label not in sources:
        near = gathered.near(label, path.stem, sources)
        gathered.fault(path, number, "source", label, f"a source of {path.stem}.yaml", near)
    about = gathered.indicators.get(row.indicator)
    if about is None and row.indicator is not None:
        near = gathered.near(row.indicator, "indicator", gathered.indicators)
        gathered.fault(path, number, "indicator", row.indicator, "an indicator of indicators.yaml", near)
    elif about is not None and row.value is not None:
        expected = checks.out_of_range(about, row.value) or checks.not_whole(about, row.value)
        if expected:
            gathered.fault(path, number, "value", f"{row.value:.10g}", expected)
    return len(gathered.faults) == before


def read_census(
    path: Path,
    sources: dict[str, Source | None],
    fictional: bool,
    counted: dict[tuple, CensusTable],
    gathered: Gathered,
) -> None:
    """Read one file of census tables into `counted`, by region, edition and year."""
    table = table_of(path, schemas.headings(schemas.CensusRow), schemas.needed(schemas.CensusRow), gathered.faults)
    if table is None:
        return

    def unknown(code: str, edition: str) -> tuple[str, str]:
        expected, near = gathered.unknown_region(code, edition)
        return expected or gathered.made_up_mixed(code, edition, fictional), near

    for key, found in census_tables(path, table, sources, unknown, gathered.faults).items():
        if key in counted:
            expected = "one table; another file of this folder holds it too"
            gathered.fault(path, None, "region", f"{key[0]} {key[2]}", expected)
        counted[key] = found


def check_doubts(placed: list[Placed], counted: dict[tuple, CensusTable], gathered: Gathered) -> None:
    """Tell the values of one folder that sit oddly among their neighbours and carry no note."""
    fresh = [p.observation for p in placed]
    replaced = {_identity(o) for o in fresh}
    kept = (found for key, found in gathered.observations.items() if key not in replaced)
    below = [o for found in kept for o in found if o.replaced is None]
    keys = {(o.region, o.edition) for o in fresh}
    residents = {
        key: float(table.people.sum())
        for key, table in {**{k: found[-1] for k, found in gathered.censuses.items()}, **counted}.items()
        if key[:2] in keys
    }
    doubted = checks.doubts(fresh, below, residents, gathered.indicators)
    for index, expected in doubted:
        odd = placed[index]
        gathered.fault(odd.path, odd.row, "value", f"{odd.observation.value:.10g}", expected)
    found = consistency.inconsistencies(fresh, below, gathered.regions, gathered.indicators, gathered.breaks)
    for index, column, expected in found:
        if column == "value" and index in dict(doubted):  # told already
            continue
        odd, value = placed[index], getattr(placed[index].observation, column)
        gathered.fault(odd.path, odd.row, column, f"{value:.10g}" if column == "value" else value, expected)


def _identity(o: Observation) -> tuple:
    return o.region, o.edition, o.indicator, o.year, o.period, o.basis
