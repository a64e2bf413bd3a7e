"""A report's own projection of people from the census of 2010, beside the census of 2020: every county, city and province.

    python benchmarks/census_backtest.py (--census FILE [FILE ...] | --data FOLDER) [--shipped] [--regions N] [--json]
                                         [--draws 200] [--seed 1]

FILE: `year,code,province,city,region,level,age,male,female`, CSV or gzipped, people of both censuses by age group. FOLDER: made
of such files by `dabiao import-census --all`. --regions: of each level, at most so many, picked by chance.

What is projected is exactly what a report projects, drivers and spreads included, from what was published by 2013, for every
county, city (prefecture) and province whose boundary held. The constants of migration that ship were learned from this very
decade (`learn_moves.py`), so each half of the provinces is projected with those learned from the other half; --shipped takes
the ones that ship instead. Beside it stand plain ageing (nobody moves, fertility stays, life expectancy gains as in the 2000s)
and growth at the 2000s' pace of the province. Exit status 2 where the files cannot be used, or teach too little.

One decade has one surprise of the nation's, and all places share it: of children under five the same is therefore also asked
beside the nation, as a place's children over the nation's.

The second part asks what a report of today does: of the places with a total published after the census of 2020, all that is
dated later than 2020, 2021 or 2022 is hidden, and the totals up to three years ahead are told. The steps of migration were set
by these totals (2020-23, with the epidemic in them), so there the cover is a fit and no test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import learn_moves  # noqa: E402
from dabiao.region_data import lived, single_years  # noqa: E402
from planning.catalogue import Catalogue  # noqa: E402
from planning.loading.folder import load_catalogue  # noqa: E402
from planning.regions import Region  # noqa: E402
from planning.series import values  # noqa: E402
from sim.demography import cohort, fertility, migration  # noqa: E402
from sim.demography.mortality import e0_by_sex, survival_for  # noqa: E402

YEARS = 10
AGES = {"total": (0, 200), "0-4": (0, 5), "60+": (60, 200), "65+": (65, 200)}
BESIDE = "0-4 over the nation's"
LEVELS = {"district": "county", "city": "prefecture", "province": "province"}
HELD = [75, 85]
FEWEST = 20  # published totals since 2020, from which a share is told
HIDDEN_AFTER, FARTHEST = (2020, 2021, 2022), 3
APART = 0.2  # of the log of a total within three years: the boundary did not hold
# Of plain ageing. Life expectancy: 74.83 years in 2010, 3.43 more than in 2000 (National Bureau of Statistics, 9 August 2012).
# Boys per girl: census of 2010, births of the year before.
E0_2010, E0_GAIN, BOYS_PER_GIRL = 74.83, 0.343, 1.18

# Residents in the censuses of 2000 and 2010, units of 10,000: 2000年第五次全国人口普查主要数据公报（第二号）, 2 April 2001, and
# 2010年第六次全国人口普查主要数据公报（第2号）, 29 April 2011, National Bureau of Statistics.
CENSUS_2000 = {
    "11": 1382, "12": 1001, "13": 6744, "14": 3297, "15": 2376, "21": 4238, "22": 2728, "23": 3689,
    "31": 1674, "32": 7438, "33": 4677, "34": 5986, "35": 3471, "36": 4140, "37": 9079, "41": 9256,
    "42": 6028, "43": 6440, "44": 8642, "45": 4489, "46": 787, "50": 3090, "51": 8329, "52": 3525,
    "53": 4288, "54": 262, "61": 3605, "62": 2562, "63": 518, "64": 562, "65": 1925,
}  # fmt: skip
CENSUS_2010 = {
    "11": 1961, "12": 1294, "13": 7185, "14": 3571, "15": 2471, "21": 4375, "22": 2746, "23": 3831,
    "31": 2302, "32": 7866, "33": 5443, "34": 5950, "35": 3689, "36": 4457, "37": 9579, "41": 9402,
    "42": 5724, "43": 6568, "44": 10430, "45": 4603, "46": 867, "50": 2885, "51": 8042, "52": 3475,
    "53": 4597, "54": 300, "61": 3733, "62": 2558, "63": 563, "64": 630, "65": 2181,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A region that has a table of both censuses and whose boundary held. drawn: projected people of 2020, (draw, measure)."""

    region: Region
    whole: Catalogue
    known: Catalogue

    @cached_property
    def start(self) -> np.ndarray:
        """People of 2010 by single age: (sex, age)."""
        return single_years(self.whole, self.region, 2010, self.known.census(self.region, 2010))

    @cached_property
    def counted(self) -> np.ndarray:
        """People of 2020 by measure."""
        table = self.whole.census(self.region, 2020)
        people = table.people.sum(1)
        return np.array([people[(table.low >= low) & (table.low < high)].sum() for low, high in AGES.values()])

    def drawn(self, draws: int) -> np.ndarray:
        """People of 2020 as a report projects them: (draw, measure)."""
        ahead = learn_moves.ahead(self.known, self.region, 2020, draws).projection
        return measured(ahead.people[:, ahead.years.index(2020)])

    def aged(self) -> np.ndarray:
        """People of 2020 by measure if nobody moved and women bore as many children as in 2005-2010."""
        person_years = lived(self.known, self.region, 2010)
        survival = survival_for(e0_by_sex(E0_2010 + E0_GAIN * (np.arange(YEARS) + 0.5)))[:, None, None]
        tfr = np.full((YEARS, 1, 1, 1), recent_fertility(self.start, person_years))
        rates = tfr * fertility.schedule()
        start = self.start[None, None]
        return measured(cohort.project(start, survival, rates, BOYS_PER_GIRL, migration.nobody).people[-1])[0, 0]

    def grown(self) -> np.ndarray:
        """People of 2010 by measure, grown as the province had in the ten years before."""
        province = self.region.code[:2]
        return measured(self.start) * CENSUS_2010[province] / CENSUS_2000[province]


def measured(people: np.ndarray) -> np.ndarray:
    """Sums over AGES: (..., sex, age) -> (..., measure)."""
    both = people.sum(axis=-2)
    return np.stack([both[..., low:high].sum(-1) for low, high in AGES.values()], axis=-1)


def recent_fertility(people: np.ndarray, person_years: np.ndarray) -> float:
    """Total fertility of the five years before a census, from children under five and women: people (sex, age)."""
    women = people[1]
    then = np.concatenate([(women[2:-1] + women[3:]) / 2, women[-3:]])
    return float(people[:, :5].sum() / (5 * person_years[:, :5].mean() * (then @ fertility.schedule())))


def places(whole: Catalogue, known: Catalogue, most: int | None, seed: int) -> dict[str, list[Place]]:
    """The places of each level, or some of them by chance."""
    found = {}
    for level, called in LEVELS.items():
        here = [Place(r, whole, known) for r in learn_moves.held_regions(whole) if r.level == level]
        here = [p for p in here if known.census(p.region, 2010) is not None and p.region.code[:2] in CENSUS_2000]
        order = np.random.default_rng(seed).permutation(len(here))
        found[called] = [here[i] for i in order[:most]]
    return found


@dataclass(frozen=True)
class Found:
    """Of one place, by measure. told: quantiles .1, .5, .9; truth; aged and grown: what stands beside. beside: the same
    quantiles and truth of children under five over the nation's."""

    told: np.ndarray
    truth: np.ndarray
    aged: np.ndarray
    grown: np.ndarray
    beside: np.ndarray


def found_of(place: Place, nation: tuple[np.ndarray, np.ndarray], draws: int) -> Found:
    """One place compared. nation: people drawn (draw, measure) and counted (measure,)."""
    children = list(AGES).index("0-4")
    drawn, truth = place.drawn(draws), place.counted
    told = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)
    share = np.quantile(drawn[:, children] / nation[0][:, children], [0.1, 0.5, 0.9])
    return Found(told, truth, place.aged(), place.grown(), np.array([*share, truth[children] / nation[1][children]]))


def compared(whole: Catalogue, chosen: dict[str, list[Place]], shipped: bool, draws: int) -> dict[str, list[Found]]:
    """Every place compared, with the constants that ship or those that the other half of the provinces taught."""
    found: dict[str, list[Found]] = {level: [] for level in chosen}
    known = next(p.known for level in chosen.values() for p in level)
    halves = [("all", None)] if shipped else [("odd", "even"), ("even", "odd")]
    for tested, taught in halves:
        here = learn_moves.provinces_of(whole, tested)
        learned = None if taught is None else learn_moves.learn(whole, learn_moves.provinces_of(whole, taught))
        with learn_moves.in_use(learned):
            country = Place(known.region("000000"), whole, known)
            nation = (country.drawn(draws), country.counted)
            for level, of_level in chosen.items():
                found[level] += [found_of(p, nation, draws) for p in of_level if p.region.code[:2] in here]
    return found


def score(rows: list[Found], measure: int) -> dict:
    """Errors and cover of one measure, and the errors of what stands beside."""
    told, truth = np.stack([r.told[:, measure] for r in rows]), np.array([r.truth[measure] for r in rows])
    low, middle, high = told.T
    floors = {"plain ageing": [r.aged[measure] for r in rows], "pace of the 2000s": [r.grown[measure] for r in rows]}
    return {
        "mean_absolute_error_percent": 100 * float(np.abs(middle / truth - 1).mean()),
        "bias_percent": 100 * float(np.median(middle / truth - 1)),
        "weighted_error_percent": 100 * float(np.abs(middle - truth).sum() / truth.sum()),
        "cover_80_percent": 100 * float(((low <= truth) & (truth <= high)).mean()),
        "width_80_percent": 100 * float(np.median((high - low) / middle)),
        **{name: 100 * float(np.abs(np.array(v) / truth - 1).mean()) for name, v in floors.items()},
    }


def since(whole: Catalogue, draws: int) -> dict[str, list[tuple[int, bool, float]]]:
    """Of each level and published total since 2020: years ahead, whether the 80 % interval held, and the log error."""
    found: dict[str, list[tuple[int, bool, float]]] = {called: [] for called in LEVELS.values()}
    for last in HIDDEN_AFTER:
        then = tuple(o for o in whole.observations if o.year <= last)
        known = replace(whole, observations=then, published=(), counted=())
        for region in whole.regions:
            totals = values(whole.series(region, "population"))
            later = {y: v for y, v in totals.items() if last < y <= last + FARTHEST}
            started = last == 2020 or last in totals
            if region.level not in LEVELS or region.boundary.end or not (later and started):
                continue
            if whole.census(region, 2020) is None:
                continue
            ahead = learn_moves.ahead(known, region, max(later), draws).projection
            for year, total in later.items():
                drawn = ahead.people[:, ahead.years.index(year)].sum((1, 2))
                low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9])
                if abs(np.log(middle / total)) < APART:
                    found[LEVELS[region.level]].append((year - last, low <= total <= high, np.log(middle / total)))
    return found


def benchmark(data: Path, shipped: bool, regions: int | None, draws: int, seed: int) -> dict:
    """The whole comparison as one object (ARCHITECTURE, section 8). Raises ValueError for unusable input."""
    whole = load_catalogue(data)
    chosen = places(whole, whole.known_by(learn_moves.KNOWN_BY), regions, seed)
    if not any(chosen.values()):
        raise ValueError(f"No region of {data} has tables of both 2010 and 2020 and a boundary that held.")
    goals, levels = [], {}
    for level, rows in compared(whole, chosen, shipped, draws).items():
        if not rows:
            continue
        levels[level] = {"areas": len(rows)}
        for i, measure in enumerate(AGES):
            entry = levels[level][measure] = score(rows, i)
            goals.append(held_goal(f"{level}, {measure}", entry["cover_80_percent"]))
            floor = round(min(entry["plain ageing"], entry["pace of the 2000s"]), 2)
            error = round(entry["mean_absolute_error_percent"], 2)
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
        low, _, high, truth = np.stack([r.beside for r in rows]).T
        goals.append(held_goal(f"{level}, {BESIDE}", 100 * float(((low <= truth) & (truth <= high)).mean())))
    later = {}
    for level, totals in since(whole, draws).items():
        if len(totals) >= FEWEST:
            ahead = sorted({years for years, _, _ in totals})
            held = {n: 100 * float(np.mean([ok for years, ok, _ in totals if years == n])) for n in ahead}
            error = float(np.mean([abs(e) for _, _, e in totals]))
            later[level] = {"totals": len(totals), "held by years ahead": held, "mean absolute log error": error}
            goals.append(
                held_goal(
                    f"{level}, totals since 2020 one to three years ahead",
                    100 * float(np.mean([ok for _, ok, _ in totals])),
                )
            )
    return {
        "benchmark": "census_backtest",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {
            "draws": draws,
            "known by": learn_moves.KNOWN_BY.isoformat(),
            "constants of migration": "as shipped" if shipped else "learned from the other half of the provinces",
            "levels": levels,
            "totals since 2020": later,
        },
    }


def held_goal(name: str, held: float) -> dict:
    held = round(held, 1)
    return {
        "name": f"80 % interval held, {name}",
        "measured": held,
        "goal": HELD,
        "better": "inside",
        "ok": bool(HELD[0] <= held <= HELD[1]),
    }


def show(result: dict) -> None:
    about = result["details"]
    print(
        f"Census 2010 to 2020 as reports project it, {about['draws']} draws; migration {about['constants of migration']}."
    )
    head = f"{'level':11}{'measure':9}{'areas':>6}{'error %':>9}{'bias %':>8}{'80 % held':>11}{'width %':>9}"
    print(head + f"{'ageing %':>10}{'2000s %':>9}")
    for level, table in about["levels"].items():
        for measure in AGES:
            e = table[measure]
            print(
                f"{level:11}{measure:9}{table['areas']:6d}{e['mean_absolute_error_percent']:9.2f}{e['bias_percent']:8.2f}"
                f"{e['cover_80_percent']:11.1f}{e['width_80_percent']:9.1f}{e['plain ageing']:10.2f}"
                f"{e['pace of the 2000s']:9.2f}"
            )
    for goal in result["goals"]:
        if BESIDE in goal["name"] or "since 2020" in goal["name"]:
            print(f"{goal['name']}: {goal['measured']}")


def main(arguments=None) -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    learn_moves.census_words(words)
    words.add_argument("--shipped", action="store_true", help="project with the constants that ship")
    words.add_argument("--regions", type=int, help="of each level, at most; all unless told")
    words.add_argument("--draws", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--json", action="store_true", help="print one JSON object")
    asked = words.parse_args(arguments)
    if asked.draws < 2:
        words.error(f"--draws {asked.draws}: at least two are needed")
    try:
        with learn_moves.folder_of(asked) as data:
            result = benchmark(data, asked.shipped, asked.regions, asked.draws, asked.seed)
    except ValueError as why:
        print(why, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=1)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
