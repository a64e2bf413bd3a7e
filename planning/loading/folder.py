"""Reading data folders into a Catalogue: every file is checked, and all faults are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from planning.catalogue import Break, Catalogue
from planning.errors import DataError, InvalidData
from planning.indicators import Indicator
from planning.loading.cache import remembered
from planning.loading.load_state import Gathered
from planning.loading.tables import read_tables
from planning.loading.targets import read_targets
from planning.loading.text_files import line_of, table_of
from planning.paths import SHIPPED
from planning.regions import LEVELS, Region, entry_of_row
from planning.schemas import headings, needed

MOST_FAULTS = 200  # that an error prints; `dabiao check` prints more
PARTS = ("regions.csv", "indicators.yaml", "breaks.yaml", "levers.yaml", "tables", "targets", "scenarios")


def load_catalogue(overlay: Path | str | None = None, shipped: Path | None = None) -> Catalogue:
    """The catalogue of the shipped data with `overlay`, a folder of the same shape, laid over it.

    shipped: another folder in place of the shipped data. Raises InvalidData with all faults of all files.

    >>> load_catalogue().find("瓯海区").key
    '330304'
    """
    catalogue, faults = read_with_faults([p for p in (shipped or SHIPPED, overlay) if p is not None])
    if faults:
        raise InvalidData(first(faults, MOST_FAULTS))
    return catalogue


def first(faults: list[DataError], most: int) -> list[DataError]:
    """The first faults, and a last line that counts the others."""
    if len(faults) <= most:
        return faults
    rest = DataError("data", None, None, f"{len(faults) - most:,} further faults", "none; `dabiao check` lists them")
    return [*faults[:most], rest]


def read_with_faults(folders: Iterable[Path | str]) -> tuple[Catalogue, list[DataError]]:
    """The catalogue of what could be read, and every fault met on the way."""
    paths = tuple(Path(f) for f in folders)
    catalogue, faults = _read(paths, tuple(state_of(p) for p in paths))
    return catalogue, list(faults)


# Reading the shipped data takes half a second, and a batch or an import asks for it again and again; what is fitted to a
# catalogue is kept with it, so the same files give the same one.
@lru_cache(maxsize=3)
def _read(paths: tuple[Path, ...], states: tuple) -> tuple[Catalogue, tuple[DataError, ...]]:
    gathered = _gathered(paths, states)
    there = tuple(p for p in paths if p.is_dir())
    return gathered.catalogue(there, tuple(tuple(files_of(p)) for p in there)), tuple(gathered.faults)


@lru_cache(maxsize=3)
def _gathered(paths: tuple[Path, ...], states: tuple) -> Gathered:
    """What the folders hold, as long as their files stay as they are. Not to be changed: copy it."""
    if not paths:
        return Gathered([])
    gathered = _gathered(paths[:-1], states[:-1]).copy()
    path = paths[-1]
    if not path.is_dir() or not any((path / part).exists() for part in PARTS):
        what = "a folder of the shape of data/ (see data/README.md), with some of " + ", ".join(PARTS)
        gathered.fault(path, None, None, path, what)
    elif paths == (SHIPPED,):
        return remembered(files_of(path), lambda: read_folder(path, gathered))
    else:
        read_folder(path, gathered)
    return gathered


def state_of(folder: Path) -> tuple:
    """Every file of data in a folder with its size and time: another state means another reading."""
    return tuple((str(p), s.st_size, s.st_mtime_ns) for p in files_of(folder) if (s := p.stat()))


def files_of(folder: Path) -> list[Path]:
    """The files of a data folder, in its places; whatever else lies there is not looked at."""
    places = [folder / part for part in PARTS]
    inside = [p for place in places if place.is_dir() for p in sorted(place.iterdir())]
    return [p for p in (*places, *inside) if p.is_file()]


def read_folder(path: Path, gathered: Gathered) -> Gathered:
    """Lay one folder over what has been gathered; gives what was handed in."""
    if (path / "regions.csv").exists():
        read_regions(path / "regions.csv", gathered)
    if (path / "indicators.yaml").exists():
        read_indicators(path / "indicators.yaml", gathered)
    if (path / "breaks.yaml").exists():
        read_breaks(path / "breaks.yaml", gathered)
    read_tables(path / "tables", gathered)
    read_targets(path / "targets", gathered)
    return gathered


def read_regions(path: Path, gathered: Gathered) -> None:
    """Read the regions of one folder."""
    placed: dict[str, int] = {}
    table = table_of(path, headings(Region), needed(Region), gathered.faults)
    for number, row in table.rows() if table else ():
        region = gathered.value(Region, entry_of_row(row), path, number)
        if region is None:
            gathered.faulty_codes.add(row["code"])
            continue
        if region.key in placed:
            gathered.fault(
                path, number, "code", region.key, f"each region once; it stands in row {placed[region.key]} too"
            )
            continue
        placed[region.key] = number
        gathered.regions[region.key] = region
    gathered.codes = {r.code for r in gathered.regions.values()}
    newest: dict[str, Region | None] = dict.fromkeys(gathered.faulty_codes)
    newest |= {r.code: r for r in gathered.regions.values() if not r.boundary.end}
    named: dict[tuple, set[str]] = {}
    for region in gathered.regions.values():
        if not region.boundary.end and region.level != "area":
            named.setdefault((region.parent, region.level, region.name_zh), set()).add(region.code)
    for key, line in placed.items():
        region = gathered.regions[key]
        _check_place(region, path, line, newest, gathered)
        others = named.get((region.parent, region.level, region.name_zh), set()) - {region.code}
        if others and not region.boundary.end:
            expected = f"a name of its own; {', '.join(sorted(others))} under the same parent has it too"
            gathered.fault(path, line, "name_zh", region.name_zh, expected)


def _check_place(region: Region, path: Path, row: int, newest: dict[str, Region | None], gathered: Gathered) -> None:
    """A parent that exists and is of a higher level, predecessors that exist, and dates in order."""
    above = newest.get(region.parent)
    if region.level != "nation" and region.parent not in newest:
        near = gathered.near(region.parent, "region", newest) if region.parent else ""
        expected = "the code of the region above; add a row for it where there is none"
        gathered.fault(path, row, "parent", region.parent, expected, near)
    elif region.level != "nation" and above is not None and LEVELS.index(above.level) >= LEVELS.index(region.level):
        expected = f"a region above a {region.level}; {above.name_zh} is a {above.level}"
        gathered.fault(path, row, "parent", region.parent, expected)
    for before in region.boundary.predecessors:
        if before not in gathered.regions:
            near = gathered.near(before, "region", gathered.regions)
            gathered.fault(path, row, "predecessors", before, "codes with editions of regions.csv, parted by |", near)
    if region.level == "nation" and region.parent:
        gathered.fault(path, row, "parent", region.parent, "nothing: no region is above a nation")
    if _precedes_itself(region, gathered.regions):
        expected = "regions that were there before; this one comes before one of them"
        gathered.fault(path, row, "predecessors", "|".join(region.boundary.predecessors), expected)
    start, end = region.boundary.start, region.boundary.end
    if start and end and start >= end:
        gathered.fault(path, row, "to", end, f"a date after {start}")


def _precedes_itself(region: Region, regions: Mapping[str, Region]) -> bool:
    """Whether a region is among its predecessors, or theirs."""
    seen: set[str] = set()
    ahead = list(region.boundary.predecessors)
    while ahead:
        key = ahead.pop()
        if key == region.key:
            return True
        if key not in seen and key in regions:
            seen.add(key)
            ahead += regions[key].boundary.predecessors
    return False


def read_indicators(path: Path, gathered: Gathered) -> None:
    """Read the indicators of one folder."""
    found = {}
    for id, entry in gathered.mapping(path).items():
        about = gathered.value(Indicator, entry, path, None, (id,), id=str(id))
        if about is not None:
            found[str(id)] = about
    gathered.indicators.update(found)
    for about in found.values():
        for part in (about.numerator, about.denominator):
            if part and part not in gathered.indicators:
                near = gathered.near(part, "indicator", gathered.indicators)
                line = line_of(path, (about.id,))
                gathered.fault(path, line, about.id, part, "an indicator of indicators.yaml", near)


def read_breaks(path: Path, gathered: Gathered) -> None:
    """Read the declared breaks and shocks of one folder."""
    for position, entry in enumerate(gathered.entries(path)):
        declared = gathered.value(Break, entry, path, None, (position,))
        if declared is None:
            continue
        codes = (*(declared.regions or ()), *([declared.within] if declared.within else []))
        for kind, words, choices in (
            ("indicator", declared.indicators, gathered.indicators),
            ("region", codes, gathered.codes),
        ):
            for word in words:
                if word.split("@")[0] not in choices:
                    line = line_of(path, (position,))
                    gathered.fault(path, line, kind, word, f"a known {kind}", gathered.near(word, kind, choices))
        gathered.breaks.append(declared)
