"""From the census of 2010 to that of 2020: every county whose boundary held, projected and compared by age.

    python benchmarks/census_backtest.py --census FILE [FILE ...] [--json] [--draws N] [--seed N]

FILE: `year,code,province,city,region,level,age,male,female`, CSV or gzipped, people of both censuses by age group.

What a county's people will do is learned from the counties of *other provinces only*: nothing of 2020 in a county's own
province is seen when it is projected. So this measures how well a place is known from its census and its peers. What
the decade as a whole brought (the two-child policy, fewer children at its end) is learned with it; a forecaster of 2010
did not know that, and the rows "plain ageing" and "pace of the 2000s" show what could be said then.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass

import census_areas
import numpy as np

from planning.catalogue import Catalogue
from sim import base, cohort, fertility, intercensal
from sim.lifetables import life_table
from sim.mortality import e0_by_sex, mx_for, survival_for

YEARS = 10
# Stated beforehand: 74.83 years in 2010 (census), rising as it had since 2000 (71.40).
E0_2010, E0_GAIN = 74.83, 0.34
BOYS_PER_GIRL = 1.18  # census 2010, births of the year before
RIDGE = 7.0  # over the number of provinces learned from: the fewer, the less is believed of their differences
CHUNK = 12
MEASURES = ("total", "0-4", "60+", "65+")
LEVELS = ("county", "prefecture", "province")

# Residents in the census of 2000 in units of 10,000: 2000年第五次全国人口普查主要数据公报（第二号）, National Bureau of
# Statistics, 2 April 2001. For the pace of the 2000s.
CENSUS_2000 = {
    "11": 1382, "12": 1001, "13": 6744, "14": 3297, "15": 2376, "21": 4238, "22": 2728, "23": 3689,
    "31": 1674, "32": 7438, "33": 4677, "34": 5986, "35": 3471, "36": 4140, "37": 9079, "41": 9256,
    "42": 6028, "43": 6440, "44": 8642, "45": 4489, "46": 787, "50": 3090, "51": 8329, "52": 3525,
    "53": 4288, "54": 262, "61": 3605, "62": 2562, "63": 518, "64": 562, "65": 1925,
}  # fmt: skip


@dataclass(frozen=True)
class Decade:
    """What the engine needs for 2010-2020 and what it found with nobody moving.

    people: (county, sex, age) at the start. survival: (step, 1, 1, sex, age). tfr: (county,), of 2005-2010.
    change: (county, sex, group of 2010), log of people found over people expected. children: (county, 2), the same for
    ages 5-9 and 0-4 of 2020, given the moves.
    """

    people: np.ndarray
    survival: np.ndarray
    tfr: np.ndarray
    change: np.ndarray
    children: np.ndarray


GROUP_STARTS = (*range(0, 75, 5), 75)  # cohorts by age in 2010; those of 75 and over are the 85+ of 2020
GROUP_OF_AGE = np.searchsorted(GROUP_STARTS, np.arange(101), side="right") - 1


def prepare(counties: census_areas.Counties, national_births: dict[int, float]) -> Decade:
    """The start in single years, survival, fertility of 2005-2010, and what 2020 then showed."""
    e0 = e0_by_sex(E0_2010 + E0_GAIN * (np.arange(YEARS) + 0.5))
    survival = survival_for(e0)[:, None, None]
    person_years = life_table(mx_for(e0_by_sex(E0_2010))).person_years
    pattern = base.cohort_pattern(person_years, national_births, census_areas.START)
    people = base.graduate(counties.start, pattern, person_years)
    tfr = recent_fertility(people, person_years)
    unmoved = intercensal.closed(people, survival[:, 0])
    expected = by_group(shifted_back(unmoved))
    found = grown_groups(counties.end)
    change = np.log(np.maximum(found, 1) / np.maximum(expected, 1))
    ones = np.ones((1, len(counties), 2))
    moved = project(people, survival, tfr, change[None], np.log(ones))
    born = in_fives(moved)[0]
    children = np.log(np.maximum(counties.end[:, :, :3].sum(axis=1), 1))
    found_children = np.stack([np.exp(children[:, 2]), np.exp(children[:, :2]).sum(axis=1)], axis=1)
    return Decade(people, survival, tfr, change, np.log(found_children / born))


def recent_fertility(people: np.ndarray, person_years: np.ndarray) -> np.ndarray:
    """Total fertility of the five years before a census, from children under five and women: (county,)."""
    shape = fertility.schedule()
    women = people[:, 1]
    then = np.concatenate([(women[:, 2:-1] + women[:, 3:]) / 2, women[:, -3:]], axis=1)
    lived = person_years[:, :5].mean()
    return people[:, :, :5].sum(axis=(1, 2)) / (5 * lived * (then @ shape))


def shifted_back(people: np.ndarray) -> np.ndarray:
    """People of 2020 at their age of 2010 (ages under ten fall away): (..., age)."""
    back = np.zeros_like(people)
    back[..., :-YEARS] = people[..., YEARS:]
    return back


def by_group(people: np.ndarray) -> np.ndarray:
    """Single ages added up to the cohorts of GROUP_STARTS."""
    return np.add.reduceat(people, GROUP_STARTS, axis=-1)


def grown_groups(groups: np.ndarray) -> np.ndarray:
    """Census groups 10-14 ... 85+ of 2020, the cohorts of GROUP_STARTS ten years on."""
    return groups[..., 3:]


def in_fives(people: np.ndarray) -> np.ndarray:
    """Children 5-9 and 0-4 at the end, both sexes: (draw, county, 2)."""
    return np.stack([people[..., 5:10].sum(axis=(-2, -1)), people[..., :5].sum(axis=(-2, -1))], axis=-1)


def project(people, survival, tfr, change, children) -> np.ndarray:
    """People of 2020: (draw, county, sex, age), by the cohort engine.

    people: (county, sex, age). tfr: (county,). change: (draw, county, sex, group), spread evenly over the ten years of
    each cohort. children: (draw, county, 2), log factors on the births of 2010-15 and 2015-20, child moves included.
    """
    draws, places = change.shape[:2]
    yearly = np.expm1(change / YEARS)
    by_age = yearly[..., GROUP_OF_AGE]

    def move(step, expected):
        rates = np.zeros((draws, places, 2, 101))
        rates[..., step + 1 :] = by_age[..., : 101 - step - 1]
        # The open group holds several cohorts; the oldest rate stands for all of them.
        rates[..., -1] = by_age[..., -1]
        return rates * expected

    halves = np.repeat([0, 1], YEARS // 2)
    level = tfr[None, None] * np.exp(np.moveaxis(children, -1, 0))[halves]
    rates = level[..., None] * fertility.schedule()
    start = np.broadcast_to(people, (draws, *people.shape))
    return cohort.project(start, survival, rates, BOYS_PER_GIRL, move).people[-1]


def features(counties: census_areas.Counties, everyone: census_areas.Counties) -> np.ndarray:
    """What a census says of a county beside its city and the nation, standardised: (county, feature). 2010 only.

    Log age structure and sex ratio by age, against the nation's; size, share of the city, the city's size; age structure
    against the city's; district, county, county-level city or banner; the leading components of the province's age
    structure, one for every six provinces, at most three.
    """
    fives = np.concatenate([counties.start[:, :, :2].sum(axis=2, keepdims=True), counties.start[:, :, 2:]], axis=2)
    all_fives = np.concatenate([everyone.start[:, :, :2].sum(axis=2, keepdims=True), everyone.start[:, :, 2:]], axis=2)
    nation = all_fives.sum(axis=0)
    ages = np.log((fives.sum(axis=1) + 5) / fives.sum(axis=(1, 2))[:, None]) - np.log(nation.sum(axis=0) / nation.sum())
    sexes = np.log((fives[:, 0] + 5) / (fives[:, 1] + 5)) - np.log(nation[0] / nation[1])
    size = np.log(fives.sum(axis=(1, 2)))
    city = np.stack([all_fives[everyone.city == c].sum(axis=(0, 1)) for c in counties.city])
    city_ages = np.log(city / city.sum(axis=1, keepdims=True)) - np.log(nation.sum(axis=0) / nation.sum())
    city_size = np.log(city.sum(axis=1))
    kind = np.array([[n.endswith(s) for s in "区县市旗"] for n in counties.name], dtype=float)
    columns = [ages, sexes, size, kind, ages - city_ages, size - city_size, city_size]
    table = np.column_stack([*columns, province_components(counties, everyone, all_fives)])
    return np.clip((table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-6), -4, 4)


def province_components(counties, everyone, all_fives: np.ndarray) -> np.ndarray:
    """Leading components of the age structures of the provinces in 2010, for each county its province's."""
    names = np.unique(everyone.province)
    people = np.stack([all_fives[everyone.province == p].sum(axis=(0, 1)) for p in names])
    ages = np.log(people / people.sum(axis=1, keepdims=True))
    ages = (ages - ages.mean(axis=0)) / np.maximum(ages.std(axis=0), 1e-6)
    directions = np.linalg.svd(ages, full_matrices=False)[2][: min(3, len(names) // 6)]
    return (ages @ directions.T)[np.searchsorted(names, counties.province)]


@dataclass(frozen=True)
class Lesson:
    """A linear rule from features to outcomes that can leave provinces out: its sums, province by province."""

    provinces: np.ndarray
    squares: np.ndarray
    products: np.ndarray
    counts: np.ndarray

    def without(self, *left_out) -> np.ndarray:
        """Coefficients (feature + 1, outcome) learned from all other provinces, by ridge regression."""
        kept = ~np.isin(self.provinces, left_out)
        if not kept.any():
            raise ValueError("No province is left to learn from; the file must hold at least three.")
        penalty = RIDGE / kept.sum() * self.counts[kept].sum() * np.eye(self.squares.shape[1])
        penalty[0, 0] = 0
        return np.linalg.solve(self.squares[kept].sum(axis=0) + penalty, self.products[kept].sum(axis=0))


def learn(design: np.ndarray, outcomes: np.ndarray, weights: np.ndarray, province: np.ndarray) -> Lesson:
    """Sums for ridge regressions of outcomes (county, outcome) on a design (county, 1 + feature), by province."""
    names = np.unique(province)
    weighted = design * weights[:, None]
    squares = np.stack([weighted[province == p].T @ design[province == p] for p in names])
    products = np.stack([weighted[province == p].T @ outcomes[province == p] for p in names])
    return Lesson(names, squares, products, np.array([weights[province == p].sum() for p in names]))


def surprises(residuals, counties: census_areas.Counties) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Residuals taken apart into those of provinces, cities and counties; and which counties are districts."""
    provinces = np.unique(counties.province)
    of_province = np.stack([residuals[counties.province == p].mean(axis=0) for p in provinces])
    rest = residuals - of_province[np.searchsorted(provinces, counties.province)]
    cities, position, size = np.unique(counties.city, return_inverse=True, return_counts=True)
    of_city = np.stack([rest[position == i].mean(axis=0) for i in range(len(cities))])
    own = rest - of_city[position]
    several = size[position] > 1
    own = own[several] * np.sqrt(size[position] / np.maximum(size[position] - 1, 1))[several, None]
    # A city's mean holds a part of its counties' own surprises; only what exceeds that is the city's.
    expected = (own**2).mean() * np.mean(1 / size)
    shrink = np.sqrt(max(1 - expected / (of_city**2).mean(), 0.0))
    district = np.array([n.endswith("区") for n in counties.name])[several]
    return of_province, shrink * of_city, own, district


def mixed(rows: np.ndarray, size, rng: np.random.Generator) -> np.ndarray:
    """Draws from a few vectors: two of them at a random angle, so the variance is kept and values in between occur."""
    angle = rng.uniform(0, 2 * np.pi, size)[..., None]
    one, other = rows[rng.integers(len(rows), size=size)], rows[rng.integers(len(rows), size=size)]
    return np.cos(angle) * one + np.sin(angle) * other


def outcome_draws(counties, decade: Decade, everyone, draws: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draws of change (draw, county, sex, group) and children (draw, county, 2), each province from the others."""
    outcomes = np.concatenate([decade.change.reshape(len(counties), -1), decade.children], axis=1)
    design = np.column_stack([np.ones(len(counties)), features(counties, everyone)])
    weights = np.sqrt(counties.start.sum(axis=(1, 2)))
    lesson = learn(design, outcomes, weights / weights.mean(), counties.province)
    drawn = np.empty((draws, *outcomes.shape), dtype=np.float32)
    for province in lesson.provinces:
        here = counties.province == province
        residuals = np.empty_like(outcomes)
        for other in lesson.provinces:
            there = counties.province == other
            residuals[there] = outcomes[there] - design[there] @ lesson.without(province, other)
        of_province, of_city, own, district = surprises(residuals[~here], counties.take(~here))
        expected = design[here] @ lesson.without(province)
        cities, position = np.unique(counties.city[here], return_inverse=True)
        n = len(of_province)
        # What is drawn is a new province around a mean that is itself known from n provinces only.
        of_province = (of_province - of_province.mean(axis=0)) * np.sqrt((n + 1) / (n - 1))
        common = mixed(of_province, (draws,), rng)[:, None]
        shared = mixed(of_city, (draws, len(cities)), rng)[:, position]
        is_district = np.array([n.endswith("区") for n in counties.name[here]])
        single = np.empty((draws, here.sum(), outcomes.shape[1]))
        for kind in (True, False):
            pool = own[district == kind] if (district == kind).sum() > 30 else own
            chosen = is_district == kind
            single[:, chosen] = pool[rng.integers(len(pool), size=(draws, chosen.sum()))]
        drawn[:, here] = expected + common + shared + single
    groups = decade.change[0].size
    return drawn[..., :groups].reshape(draws, len(counties), 2, -1), drawn[..., groups:]


def measured(people: np.ndarray) -> np.ndarray:
    """Total, 0-4, 60+, 65+ of single ages: (..., sex, age) -> (measure, ...)."""
    both = people.sum(axis=-2)
    return np.stack([both.sum(-1), both[..., :5].sum(-1), both[..., 60:].sum(-1), both[..., 65:].sum(-1)])


def measured_groups(groups: np.ndarray) -> np.ndarray:
    """The same of census groups."""
    both = groups.sum(axis=-2)
    old = census_areas.LABELS.index("60-64")
    return np.stack([both.sum(-1), both[..., :2].sum(-1), both[..., old:].sum(-1), both[..., old + 1 :].sum(-1)])


def run(counties, decade, everyone, draws: int, seed: int) -> np.ndarray:
    """Projected measures: (measure, draw, county)."""
    rng = np.random.default_rng(seed)
    change, children = outcome_draws(counties, decade, everyone, draws, rng)
    found = np.empty((len(MEASURES), draws, len(counties)))
    for first in range(0, len(counties), CHUNK):
        part = slice(first, first + CHUNK)
        people = project(decade.people[part], decade.survival, decade.tfr[part], change[:, part], children[:, part])
        found[:, :, part] = measured(people)
    return found


def floors(counties, decade: Decade) -> dict[str, np.ndarray]:
    """What could be said in 2010 without learning: (measure, county) each."""
    still = np.zeros((1, len(counties), 2, len(GROUP_STARTS)))
    aged = project(decade.people, decade.survival, decade.tfr, still, np.zeros((1, len(counties), 2)))[0]
    start = measured_groups(counties.start)
    totals_2010 = {}
    for code, people in zip(counties.code, start[0], strict=True):
        totals_2010[code[:2]] = totals_2010.get(code[:2], 0.0) + people
    return {"plain ageing": measured(aged), "pace of the 2000s": start * pace_of_the_2000s(counties)}


def pace_of_the_2000s(counties) -> np.ndarray:
    """Growth of each county's province from 2000 to 2010: (county,). The file holds no county figures for 2000."""
    return np.array([PROVINCES_2010[c[:2]] / CENSUS_2000[c[:2]] for c in counties.code])


# Residents in the census of 2010, units of 10,000: 2010年第六次全国人口普查主要数据公报（第2号）, 29 April 2011.
PROVINCES_2010 = {
    "11": 1961, "12": 1294, "13": 7185, "14": 3571, "15": 2471, "21": 4375, "22": 2746, "23": 3831,
    "31": 2302, "32": 7866, "33": 5443, "34": 5950, "35": 3689, "36": 4457, "37": 9579, "41": 9402,
    "42": 5724, "43": 6568, "44": 10430, "45": 4603, "46": 867, "50": 2885, "51": 8042, "52": 3475,
    "53": 4597, "54": 300, "61": 3733, "62": 2558, "63": 563, "64": 630, "65": 2181,
}  # fmt: skip


def added_up(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Counties added up to cities or provinces on the last axis."""
    names, position = np.unique(keys, return_inverse=True)
    sums = np.zeros((*values.shape[:-1], len(names)))
    np.add.at(np.moveaxis(sums, -1, 0), position, np.moveaxis(values, -1, 0))
    return sums


def score(found: np.ndarray, truth: np.ndarray, lower: dict[str, np.ndarray]) -> dict:
    """Errors and cover of the projection, and the errors of the floors, by measure. Areas on the last axis."""
    low, middle, high = np.quantile(found, [0.1, 0.5, 0.9], axis=1)
    table = {}
    for i, measure in enumerate(MEASURES):
        error = middle[i] / truth[i] - 1
        entry = {
            "areas": int(truth.shape[1]),
            "mean_absolute_error_percent": 100 * float(np.abs(error).mean()),
            "bias_percent": 100 * float(np.median(error)),
            "weighted_error_percent": 100 * float(np.abs(middle[i] - truth[i]).sum() / truth[i].sum()),
            "cover_80_percent": 100 * float(((truth[i] >= low[i]) & (truth[i] <= high[i])).mean()),
            "width_80_percent": 100 * float(np.median((high[i] - low[i]) / middle[i])),
        }
        for name, values in lower.items():
            entry[name] = 100 * float(np.abs(values[i] / truth[i] - 1).mean())
        table[measure] = entry
    return table


def benchmark(paths, draws: int, seed: int) -> dict:
    """The whole comparison as one object (ARCHITECTURE, section 8). Raises ValueError for unusable input."""
    rows = census_areas.read(paths)
    both = census_areas.in_both(rows)
    everyone = census_areas.all_in(rows, census_areas.START)
    counties = both.take(census_areas.held(both))
    if len(np.unique(counties.province)) < 3 or len(counties) < 60:
        raise ValueError(
            f"{len(counties)} counties in {len(np.unique(counties.province))} provinces have held boundaries and both "
            "censuses; at least 60 in three provinces are needed to learn from others."
        )
    catalogue = Catalogue.load()
    births = catalogue.series(catalogue.region("000000"), "births_historical")
    decade = prepare(counties, dict(zip(births.years, births.values, strict=True)))
    found = run(counties, decade, everyone, draws, seed)
    truth = measured_groups(counties.end)
    lower = floors(counties, decade)
    keys = {"county": None, "prefecture": counties.city, "province": counties.province}
    details = {}
    for level, key in keys.items():
        if key is None:
            details[level] = score(found, truth, lower)
        else:
            details[level] = score(
                added_up(found, key), added_up(truth, key), {n: added_up(v, key) for n, v in lower.items()}
            )
    goals = []
    for level in LEVELS:
        for measure in MEASURES:
            entry = details[level][measure]
            cover = round(entry["cover_80_percent"], 1)
            error = round(entry["mean_absolute_error_percent"], 2)
            floor = round(min(entry["plain ageing"], entry["pace of the 2000s"]), 2)
            goals.append(
                {
                    "name": f"80 % interval held, {level}, {measure}",
                    "measured": cover,
                    "goal": [75, 85],
                    "better": "inside",
                    "ok": bool(75 <= cover <= 85),
                }
            )
            goals.append(
                {
                    "name": f"mean absolute error, {level}, {measure}, percent",
                    "measured": error,
                    "goal": floor,
                    "better": "lower",
                    "ok": bool(error <= floor),
                    "peer": "plain ageing",
                    "peer_measured": round(entry["plain ageing"], 2),
                }
            )
    return {
        "benchmark": "census_backtest",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {
            "counties_in_both": len(both),
            "boundary_held": len(counties),
            "provinces": len(np.unique(counties.province)),
            "draws": draws,
            "seed": seed,
            "learning": "every province projected from the other provinces only",
            "levels": details,
            "remarks": [
                "Prefectures and provinces are sums of their counties whose boundary held.",
                "No county figures for 2000 are in the file: the pace of the 2000s is that of the county's province.",
                "The decade's own turns (two-child policy, mortality) are learned from other provinces, not foreseen.",
            ],
        },
    }


def show(result: dict) -> None:
    about = result["details"]
    print(
        f"Census 2010 to 2020: {about['boundary_held']} of {about['counties_in_both']} counties held their boundary, "
        f"{about['provinces']} provinces, {about['draws']} draws. {about['learning'].capitalize()}."
    )
    head = f"{'level':11}{'measure':9}{'areas':>6}{'error %':>9}{'bias %':>8}{'80 % held':>11}{'width %':>9}"
    print(head + f"{'ageing %':>10}{'2000s %':>9}")
    for level in LEVELS:
        for measure in MEASURES:
            e = about["levels"][level][measure]
            print(
                f"{level:11}{measure:9}{e['areas']:6d}{e['mean_absolute_error_percent']:9.2f}{e['bias_percent']:8.2f}"
                f"{e['cover_80_percent']:11.1f}{e['width_80_percent']:9.1f}{e['plain ageing']:10.2f}"
                f"{e['pace of the 2000s']:9.2f}"
            )
    for remark in about["remarks"]:
        print("-", remark)


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--census", nargs="+", required=True, help="one or more files of census tables")
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20201101)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    if asked.draws < 2:
        parser.error(f"--draws {asked.draws}: at least two are needed")
    try:
        result = benchmark(asked.census, asked.draws, asked.seed)
    except ValueError as why:
        print(why, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=1)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
