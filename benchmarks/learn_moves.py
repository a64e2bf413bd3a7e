"""What two censuses teach about moves: the constants of `forecasts.vital.migration` and of `sim.demography.intercensal.OWN_AGES`.

    python benchmarks/learn_moves.py (--census FILE [FILE ...] | --data FOLDER) [--provinces all|even|odd] [--json]

FILE: as `census_backtest.py` takes. FOLDER: made of such files by `dabiao import-census --all`. --provinces: learn from those whose
code is even or odd only, to be held against the others (`census_backtest.py` does). Every spread is that of the middle 80 %
of places, as the standard deviation of a normal distribution that has the same. Exit status 2 where fewer than sixty
counties, eight cities or five provinces have both censuses.

How: for each place the people of 2010 are brought to 2020 as if nobody moved. What is found over what is expected of those
aged 15 to 74 then, over the ages of growing places, is its mean yearly net migration; less its parent's, its gap. A rate that
fades by `PULL` a year was higher at the start than its mean over ten years, and a part of the gap arises on the way: both are
taken off. What a cohort changed otherwise is the place's own ages, less what its life table is in doubt.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import census_areas  # noqa: E402
from dabiao.people import RegionPopulation, people_ahead  # noqa: E402
from dabiao.region_data import expectancy_of, single_years, young_share  # noqa: E402
from forecasts.vital import migration  # noqa: E402
from planning.catalogue import Catalogue, CensusTable  # noqa: E402
from planning.levers import Lever  # noqa: E402
from planning.loading.folder import load_catalogue  # noqa: E402
from planning.loading.levers import read_levers  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.scenarios import BASELINE  # noqa: E402
from reports.workbooks.census_import import import_census  # noqa: E402
from sim.demography import intercensal  # noqa: E402
from sim.demography.mortality import GAP, e0_by_sex, survival_for  # noqa: E402

BELOW = ("province", "city", "district")
MOVERS = slice(15, 75)  # ages reached; censuses miss small children and misstate high ages
AGES = intercensal.OWN_AGES_FROM
YEARS = 10
FEWEST = {"province": 5, "city": 8, "district": 60}  # places with both censuses, from which anything is learned
KNOWN_BY = date(2013, 12, 31)
DRAWS = 200


@dataclass(frozen=True)
class Decade:
    """One place from 2010 to 2020. rate: mean yearly net migration, per mille. ages: log of people found over expected by
    group of AGES, less what the rate explains. doubt: the same that a year more of life expectancy makes. young: log share
    aged 20-34 in 2010. growth: log of all people."""

    region: Region
    rate: float
    ages: np.ndarray
    doubt: np.ndarray
    young: float
    growth: float


@dataclass(frozen=True)
class Learned:
    """The constants, each by level, in the form of the modules that hold them; counts: of places learned from."""

    moves: dict[str, migration.MigrationModel]
    expected: dict[str, migration.GapRule]
    own_ages: dict[str, tuple[float, ...]]
    counts: dict[str, int]


def spread(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Standard deviation of the normal distribution whose middle 80 % is as wide as what holds a further place 80 times in 100
    (between the order statistics of n places at p lies a further one with the chance p, Weibull 1939)."""
    return np.diff(np.quantile(values, [0.1, 0.9], axis=axis, method="weibull"), axis=0)[0] / 2.563


def left(total: np.ndarray | float, *known: np.ndarray | float) -> np.ndarray:
    """What remains of a spread when independent known ones are taken off."""
    return np.sqrt(np.maximum(np.square(total) - sum(np.square(k) for k in known), 0.0))


def held_regions(catalogue: Catalogue) -> list[Region]:
    """The regions with tables of both censuses whose boundary is taken to have held, as by `census_areas`."""
    found = []
    for region in catalogue.regions:
        if region.boundary.end or region.level not in ("nation", *BELOW):
            continue
        start, end = (catalogue.census(region, year) for year in (2010, 2020))
        if start is None or end is None:
            continue
        total, settled = end.people.sum() / start.people.sum(), _between(end, 55, 75) / _between(start, 45, 65)
        (least, most), (fewest, mostly) = census_areas.TOTAL_BOUNDS, census_areas.COHORT_BOUNDS
        if least < total < most and fewest < settled < mostly:
            found.append(region)
    return found


def _between(table: CensusTable, low: int, high: int) -> float:
    return float(table.people[(table.low >= low) & (table.low < high)].sum())


def decades(catalogue: Catalogue) -> dict[str, Decade]:
    """Every place whose boundary held, by code."""
    profile = intercensal.growth_profile()
    passed = np.array([profile[max(a - YEARS + 1, 0) : a + 1].mean() for a in range(len(profile))])
    found = {}
    for region in held_regions(catalogue):
        tables = {y: catalogue.census(region, y) for y in (2010, 2020)}
        start, end = (single_years(catalogue, region, y, t) for y, t in tables.items())
        expectancy = np.linspace(*(expectancy_of(catalogue, region, y) for y in (2010, 2020)), YEARS + 1)[1:]
        stayed = intercensal.closed(start, survival_for(e0_by_sex(expectancy, GAP))).sum(0)
        longer = intercensal.closed(start, survival_for(e0_by_sex(expectancy + 1, GAP))).sum(0)
        there, share = end.sum(0), stayed[MOVERS] / stayed[MOVERS].sum()
        decade = np.log(there[MOVERS].sum() / stayed[MOVERS].sum()) / (share @ passed[MOVERS])
        ages = np.log(_grouped(there) / _grouped(stayed)) - decade * _grouped(stayed * passed) / _grouped(stayed)
        doubt = np.log(_grouped(longer) / _grouped(stayed))
        growth = float(np.log(end.sum() / start.sum()))
        young = np.log(young_share(tables[2010]))
        found[region.code] = Decade(region, 1000 * decade / YEARS, ages, doubt, young, growth)
    return found


def _grouped(people: np.ndarray) -> np.ndarray:
    """By group of AGES, at least one person each; those born since the start, of whom nothing is expected, are left out."""
    return np.maximum(np.add.reduceat(np.r_[np.zeros(YEARS), people[YEARS:]], AGES), 1.0)


def learn(catalogue: Catalogue, codes: set[str]) -> Learned:
    """The constants from places in the provinces `codes` (two digits). Raises ValueError where there are too few."""
    every = decades(catalogue)
    moves, expected, own, counts = dict(migration.LEVELS), dict(migration.EXPECTED), dict(intercensal.OWN_AGES), {}
    known = catalogue.known_by(KNOWN_BY)
    for level in BELOW:
        here = [
            d
            for d in every.values()
            if d.region.level == level and d.region.code[:2] in codes and d.region.parent in every
        ]
        counts[level] = len(here)
        if len(here) < FEWEST[level]:
            raise ValueError(
                f"{len(here)} places of level {level} have both censuses and a boundary that held; at least {FEWEST[level]} are "
                f"needed to learn from. Bring more provinces, or take the constants that ship."
            )
        gaps = np.array([d.rate - every[d.region.parent].rate for d in here])
        if level in expected:
            expected[level], gaps = fitted(here, gaps, every)
        moves[level] = replace(moves[level], unknown=round(float(at_start(spread(gaps), moves[level])), 1))
        doubt = np.mean([d.doubt for d in here], axis=0) * doubt_of_life(known, [d.region for d in here])
        # Around nought, not around their mean: what all places of the decade had in common was not foreseen either.
        sds = left(spread(np.stack([s * d.ages for d in here for s in (-1, 1)]), axis=0), doubt)
        own[level] = tuple(round(float(sd), 3) for sd in sds)
        if level == "province":
            moves[level] = replace(moves[level], correction=round(corrected(known, here), 1))
    return Learned(moves, expected, own, counts)


def fitted(here: list[Decade], gaps: np.ndarray, every: dict[str, Decade]) -> tuple[migration.GapRule, np.ndarray]:
    """The rule of expected gaps by least squares, at the start of the decade, and what it leaves of the gaps."""
    young = np.array([d.young - every[d.region.parent].young for d in here])
    kinds = np.array([d.region.name_zh[-1:] for d in here])
    district = here[0].region.level == "district"
    columns = [np.ones(len(here)), young] + ([kinds == "区", kinds == "市"] if district else [])
    design = np.column_stack(columns).astype(float)
    by = np.linalg.lstsq(design, gaps, rcond=None)[0]
    first = by / faded()
    # Cities are all of one kind: their intercept is the median gap of cities of a province, which need not be zero.
    other, slope, urban, town = (*first, 0.0, 0.0)[:4]
    rule = migration.GapRule(*(round(float(v), 1) for v in (other, other + urban, other + town, slope)))
    if not district:
        rule = replace(rule, urban=rule.other, town=rule.other)
    return rule, gaps - design @ by


def faded() -> float:
    """Mean of a fading rate over the decade, its start being one."""
    return float((migration.PULL ** np.arange(1, YEARS + 1)).mean())


def at_start(mean: float, moves: migration.MigrationModel) -> np.ndarray:
    """The spread of rates at the start from that of means over the decade: what arises on the way is taken off."""
    kept = (1 - migration.PULL ** np.arange(1, YEARS + 1)) / (1 - migration.PULL)
    lasting = moves.step * np.sqrt(np.square(kept).sum()) / YEARS
    return left(mean, lasting, moves.passing / YEARS**0.5) / faded()


def doubt_of_life(known: Catalogue, regions: list[Region]) -> float:
    """How unsure a report is of life expectancy in the middle of the decade, years: the mean over some of the regions."""
    some = regions[:: max(len(regions) // 30, 1)]
    return float(np.mean([ahead(known, r).drivers.life_expectancy.at(2015).std() for r in some]))


def corrected(known: Catalogue, provinces: list[Decade]) -> float:
    """What the census changed of provinces' published totals, per mille of each year since the one before."""
    missed, unsure = [], []
    for decade in provinces:
        expected = ahead(known, decade.region)
        totals = np.log(expected.projection.people.sum((2, 3)))
        start = np.log(float(known.census(decade.region, 2010).people.sum()))
        missed.append(decade.growth - (np.median(totals[:, expected.projection.years.index(2020)]) - start))
        unsure.append(totals[:, expected.projection.years.index(2019)].std())
    return float(1000 / YEARS * left(spread(np.array(missed)), np.mean(unsure)))


def ahead(known: Catalogue, region: Region, to: int = 2020, draws: int = DRAWS) -> RegionPopulation:
    """The people of a region as its report projects them."""
    return people_ahead(known, region, to, draws, 0, BASELINE, _levers(known.folders))


@lru_cache(maxsize=2)
def _levers(folders: tuple[Path, ...]) -> dict[str, Lever]:
    return read_levers(folders)


@contextmanager
def in_use(learned: Learned | None) -> Iterator[None]:
    """The constants in place of those shipped; None for those."""
    if learned is None:
        yield
        return
    tables = (migration.LEVELS, migration.EXPECTED, intercensal.OWN_AGES)
    before = [dict(t) for t in tables]
    try:
        for table, new in zip(tables, (learned.moves, learned.expected, learned.own_ages), strict=True):
            table.update(new)  # type: ignore[attr-defined]
        yield
    finally:
        for table, old in zip(tables, before, strict=True):
            table.update(old)  # type: ignore[attr-defined]


def provinces_of(catalogue: Catalogue, which: str) -> set[str]:
    """Two digits of the provinces with an even or odd code, or of all."""
    every = {r.code[:2] for r in catalogue.regions if r.level == "province"}
    return {c for c in every if which == "all" or int(c) % 2 == (which == "odd")}


def measured(data: Path, which: str) -> dict:
    """The object that --json prints: the constants learned beside those shipped."""
    catalogue = load_catalogue(data)
    learned = learn(catalogue, provinces_of(catalogue, which))
    shipped = Learned(migration.LEVELS, migration.EXPECTED, intercensal.OWN_AGES, learned.counts)
    goals, details = [], {"provinces": which}
    for level in BELOW:
        now, before = _told(learned, level), _told(shipped, level)
        details[level] = {"places": learned.counts[level], "ages": list(AGES), "learned": now, "shipped": before}
        for name in ("unknown gap", "correction"):
            goals.append(
                {
                    "name": f"{name}, {level}, per mille",
                    "measured": now[name],
                    "goal": None,
                    "better": "equal",
                    "ok": None,
                    "peer": "shipped",
                    "peer_measured": before[name],
                }
            )
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    return {"benchmark": "learn_moves", "machine": machine, "goals": goals, "details": details}


def _told(learned: Learned, level: str) -> dict:
    rule = learned.expected.get(level)
    return {
        "unknown gap": learned.moves[level].unknown,
        "correction": learned.moves[level].correction,
        "expected gap": None if rule is None else vars(rule),
        "own ages": list(learned.own_ages[level]),
    }


def census_words(words: argparse.ArgumentParser) -> None:
    """The two ways to name the censuses."""
    ways = words.add_mutually_exclusive_group(required=True)
    ways.add_argument("--census", nargs="+", type=Path, metavar="FILE", help="census tables of 2010 and 2020")
    ways.add_argument("--data", type=Path, metavar="FOLDER", help="a folder of `dabiao import-census --all`")


@contextmanager
def folder_of(asked: argparse.Namespace) -> Iterator[Path]:
    """The folder asked for, or one made of the files asked for. Raises ValueError where neither can be used."""
    if asked.data is not None:
        if not asked.data.is_dir():
            raise ValueError(f"{asked.data} is not a folder; `dabiao import-census` makes one.")
        yield asked.data
        return
    with tempfile.TemporaryDirectory() as scratch:
        book = Path(scratch) / "book.csv"
        census_areas.read(asked.census).to_csv(book, index=False)
        import_census(book, Path(scratch) / "data")
        yield Path(scratch) / "data"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    census_words(words)
    words.add_argument("--provinces", choices=("all", "even", "odd"), default="all")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    try:
        with folder_of(asked) as data:
            result = measured(data, asked.provinces)
    except ValueError as why:
        print(why, file=sys.stderr)
        raise SystemExit(2) from None
    if asked.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for level in BELOW:
        for name in ("learned", "shipped"):
            print(level, name, result["details"][level][name])


if __name__ == "__main__":
    main()
