"""A small fictional country, as a folder of data to lay over ours: for tests, tutorials and batches of any size.

Every region, table, source and plan of it is marked fictional, and says so in its very name. Districts add up exactly to
cities, cities to provinces, provinces to the nation.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from planning.loading.text_files import yaml_of
from planning.paths import SHIPPED
from reports.workbooks.synth_lives import FIRST, LAST, YEARS, Lives, live, together

STEMS, NUMBERS = "甲乙丙丁戊己庚辛壬", "一二三四五六七八九"
PUBLISHED = "2024-03-01"
GROUPS = ("0", "1-4", *(f"{low}-{low + 4}" for low in range(5, 85, 5)), "85+")
CENSUSES = (2010, 2020)
NOTICE = "虚构，只供演练 / fictional, for practice only"
# What staff and places come to: start per head in 2016, yearly growth, and the population they are counted by.
RATES = {
    "gps_per_10000": (2.2, 0.07),
    "physicians_per_1000": (2.4, 0.04),
    "nurses_per_1000": (2.7, 0.05),
    "beds_per_1000": (5.2, 0.03),
    "nursery_places_per_1000": (1.3, 0.12),
    "infant_mortality": (4.6, -0.06),
}
RATES_FROM = 2016
ORDERS = {"first_births_share": 48.0, "second_births_share": 39.0}  # per cent; the rest are third and later
PLANNED = ("gps_per_10000", "physicians_per_1000", "nurses_per_1000", "nursery_places_per_1000", "infant_mortality")
DEADLINES = (2027, 2030)


@dataclass(frozen=True)
class Place:
    """A region of the country with the lives in it and the regions below."""

    code: str
    zh: str
    en: str
    level: str
    parent: str
    lives: Lives
    below: tuple[Place, ...] = field(default_factory=tuple)

    def all(self) -> Iterator[Place]:
        yield self
        for place in self.below:
            yield from place.all()


def country(provinces: int, cities: int, districts: int, seed: int) -> Place:
    """The country: so many provinces, cities in each, districts in each of those. The same seed gives the same country."""
    rng = np.random.default_rng(seed)
    return _place("980000", "样例国", "Sample Country", "nation", "", (provinces, cities, districts), rng)


def write(nation: Place, folder: Path, seed: int) -> None:
    """Write the country as a data folder. Raises FileExistsError where something lies there already."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name a new folder.")
    rng = np.random.default_rng([seed, 1])
    places = list(nation.all())
    rows = [[p.code, p.zh, p.en, p.level, p.parent, NOTICE, "yes"] for p in places]
    _csv(folder / "regions.csv", "code name_zh name_en level parent note fictional".split(), rows)
    _table(folder, "census_age_sex_sample", "region year age male female source".split(), _census_rows(places))
    columns = "region indicator year period basis status value precision grade source note".split()
    _table(folder, "sample_people", columns, _people_rows(places))
    rates = {p.code: _rates(rng) for p in places}
    _table(folder, "sample_services", columns, _service_rows(places, rates))
    for place in places:
        _plan(folder / "targets" / f"sample_{place.code}.yaml", place, rates[place.code], rng)


def _place(code: str, zh: str, en: str, level: str, parent: str, sizes: Any, rng: np.random.Generator) -> Place:
    if not sizes:
        return Place(code, zh, en, level, parent, live(rng))
    below = tuple(_place(*_named(code, zh, en, level, i), code, sizes[1:], rng) for i in range(sizes[0]))
    return Place(code, zh, en, level, parent, together([p.lives for p in below]), below)


def _named(code: str, zh: str, en: str, level: str, i: int) -> tuple[str, str, str, str]:
    """Code, names and level of the region number i below another."""
    if level == "nation":
        letter = chr(ord("A") + i)
        return f"98{i + 1}000", f"样例{STEMS[i]}省", f"Sample Province {letter}", "province"
    if level == "province":
        return f"{code[:3]}{i + 1}00", f"样例{zh[2]}{NUMBERS[i]}市", f"Sample City {en[-1]}{i + 1}", "city"
    return f"{code[:4]}0{i + 1}", f"{zh[:-1]}{STEMS[i]}区", f"Sample District {en.split()[-1]}-{i + 1}", "district"


def _census_rows(places: list[Place]) -> Iterator[list]:
    for place in places:
        for year in CENSUSES:
            people = place.lives.people[YEARS.index(year)]
            for group in GROUPS:
                low, high = _bounds(group)
                yield [place.code, year, group, *people[:, low:high].sum(1), "sample"]


def _bounds(group: str) -> tuple[int, int | None]:
    if group.endswith("+"):
        return int(group[:-1]), None
    low, _, high = group.partition("-")
    return int(low), int(high or low) + 1


def _people_rows(places: list[Place]) -> Iterator[list]:
    for place in places:
        lives = place.lives
        for i, year in enumerate(YEARS):
            yield _row(place, "population", year, "year_end", int(lives.people[i].sum()))
            if year == FIRST:
                continue
            yield _row(place, "births", year, "year", int(lives.births[i]))
            yield _row(place, "deaths", year, "year", int(lives.deaths[i]))
            yield _row(place, "life_expectancy", year, "year", float(lives.life_expectancy[i]))
            if place.level in ("nation", "province"):
                for id, share in ORDERS.items():
                    yield _row(place, id, year, "year", share)


def _rates(rng: np.random.Generator) -> dict[str, dict[int, float]]:
    """Staff, places and deaths of infants per head, by year: a trend of its own with small steps aside."""
    years = range(RATES_FROM, LAST + 1)
    found = {}
    for id, (start, growth) in RATES.items():
        level = np.log(start) + rng.normal(0, 0.2)
        steps = np.cumsum(rng.normal(growth, abs(growth) / 3 + 0.01, len(years)))
        found[id] = {y: round(float(np.exp(level + s)), 2) for y, s in zip(years, steps, strict=True)}
    return found


def _service_rows(places: list[Place], rates: dict[str, dict]) -> Iterator[list]:
    for place in places:
        for id, values in rates[place.code].items():
            period = "year" if id == "infant_mortality" else "year_end"
            for year, value in values.items():
                yield _row(place, id, year, period, value)


def _row(place: Place, indicator: str, year: int, period: str, value: float) -> list:
    return [place.code, indicator, year, period, "resident", "observed", value, "", "B", "sample", ""]


def _plan(path: Path, place: Place, rates: dict[str, dict[int, float]], rng: np.random.Generator) -> None:
    """A plan of the place: some targets within easy reach, some hardly."""
    indicators = yaml_of(SHIPPED / "indicators.yaml", [])
    document = {
        "id": f"sample_{place.code}",
        "title": f"{place.zh}卫生健康规划（虚构）",
        "publisher": f"{place.zh}（虚构）",
        "published": "2022-06-30",
        "region": place.code,
        "horizon": DEADLINES[-1],
        "fictional": True,
        "note": NOTICE,
    }
    targets = []
    for id in PLANNED:
        about, (_, growth) = indicators[id], RATES[id]
        for year in DEADLINES:
            pace = growth * rng.uniform(0.4, 1.6)
            asked = rates[id][2021] * float(np.exp(pace * (year - 2021)))
            targets.append(
                {
                    "id": f"{document['id']}.{id}.{year}",
                    "region": place.code,
                    "level": place.level,
                    "indicator": id,
                    "comparison": "at_least" if about["better"] == "up" else "at_most",
                    "value": round(min(asked, about["range"][1]), 1),
                    "unit": about["unit"],
                    "year": year,
                    "kind": about["kind"],
                    "nature": "expected",
                    "section": "表1（虚构）",
                }
            )
    _yaml(path, {"document": document, "targets": targets})


def _table(folder: Path, name: str, columns: list[str], rows: Iterator[list]) -> None:
    _csv(folder / "tables" / f"{name}.csv", columns, rows)
    source = {
        "title": "样例国统计年鉴（虚构）",
        "publisher": "样例国统计局（虚构）",
        "published": PUBLISHED,
        "note": NOTICE,
    }
    twin = {
        "title": f"{name} ({NOTICE})",
        "kind": "fictional",
        "typed_by": "dabiao synth",
        "sources": {"sample": source},
    }
    _yaml(folder / "tables" / f"{name}.yaml", twin)


def _csv(path: Path, columns: list[str], rows: Iterable[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def _yaml(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
