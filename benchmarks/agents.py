"""How fast the agent model is on the closed spec, beside plain Mesa objects, neworder and Starsim in the same run.

    python benchmarks/agents.py --people N [--years 10] [--repeat 3] [--mesa-people M] [--census FILE] [--clock wall|cpu]
        [--json]

The spec stands in agent_spec.py. Ours is `sim.agents.model.AgentModel`, a Mesa model stepped by its `step` with its data
collector, on one core; making the people is timed apart. Rates are agent-years a second of the steps, the best of the
repeats by the clock on the wall, or with --clock cpu by the time of the one core, which says more on a machine that others
use; the table shows both. Plain Mesa
objects are run with at most M people (a million), since each takes some 440 bytes and microseconds. A tool that cannot
be imported is named as missing. Exit status 2 for unusable input.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from agent_peers import PEERS, Measured
from agent_spec import CENSUS, YEAR, expected, machine, people_by_region, rates, scaled, unusable

from sim.agents.model import AgentModel, Situation

NATION = "000000"
GOALS = {1_000_000: 60e6, 10_000_000: 90e6}
TIMES_MESA = 40
SEED = 1


def ours(situation: Situation, engine: str) -> tuple[Measured, float]:
    """Our model through all years of the situation, and the seconds it took to make its people."""
    begun = time.perf_counter()
    model = AgentModel(situation, seed=SEED, engine=engine)
    made = time.perf_counter() - begun
    lived = births = deaths = 0
    begun, begun_cpu = time.perf_counter(), time.process_time()
    while model.running:
        lived += model.population
        model.step()
        births, deaths = births + model.births, deaths + model.deaths
    seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    model.let_go()
    return Measured(lived, births, deaths, seconds, cpu), made


def best(runs: list[Measured]) -> Measured:
    """The quickest of some runs, with the smallest CPU time of any."""
    quickest = max(runs, key=lambda run: run.rate)
    cpu = min(run.cpu_seconds for run in runs)
    return Measured(quickest.agent_years, quickest.births, quickest.deaths, quickest.seconds, cpu)


def scores(run: Measured, births: float, deaths: float) -> dict:
    """What a run gave beside what the cohort component expects."""
    return {
        "agent_years": run.agent_years,
        "seconds": run.seconds,
        "agent_years_per_second": run.rate,
        "agent_years_per_cpu_second": run.agent_years / run.cpu_seconds,
        "births": run.births,
        "births_z": (run.births - births) / np.sqrt(births),
        "deaths": run.deaths,
        "deaths_z": (run.deaths - deaths) / np.sqrt(deaths),
    }


def measure(census: Path, persons: int, years: int, repeat: int, mesa_persons: int) -> dict:
    """All rows of the table by tool, and the tools that are missing."""
    nation = people_by_region(census).get(NATION)
    if nation is None:
        unusable(f"{census} has no rows of the nation ({NATION}).")
    spec = rates(years)
    start = np.round(scaled(nation, persons))
    births, deaths, _ = (np.sum(part) for part in expected(start, spec))
    situation = Situation("closed spec", YEAR, start, spec)
    ours(Situation("warm-up", YEAR, np.round(scaled(nation, 1000)), spec), "numba")

    rows, missing, creation = {}, {}, []
    runs = []
    for _ in range(repeat):
        run, made = ours(situation, "numba")
        runs.append(run)
        creation.append(made)
    rows["dabiao"] = scores(best(runs), births, deaths)
    rows["dabiao, plain numpy"] = scores(ours(situation, "numpy")[0], births, deaths)
    for name, run_peer in PEERS.items():
        people = start if name != "mesa objects" else np.round(scaled(nation, min(persons, mesa_persons)))
        peer_births, peer_deaths, _ = (np.sum(part) for part in expected(people, spec))
        try:
            peer_runs = [
                run_peer(people, spec, years, SEED + i) for i in range(1 if name == "mesa objects" else repeat)
            ]
        except ImportError as error:
            missing[name] = str(error)
            continue
        rows[name] = scores(best(peer_runs), peer_births, peer_deaths) | {"people": int(people.sum())}
    return {
        "people": int(start.sum()),
        "years": years,
        "seconds_to_make_people": min(creation),
        "tools": rows,
        "missing": missing,
    }


def goals(details: dict, persons: int, clock: str) -> list[dict]:
    """Each goal with what was measured and the best peer in the same run."""
    rows, size = details["tools"], max((n for n in GOALS if n <= persons), default=min(GOALS))
    rate = "agent_years_per_second" if clock == "wall" else "agent_years_per_cpu_second"
    peers = {name: row[rate] for name, row in rows.items() if name in PEERS}
    fastest = max(peers, key=peers.get)
    measured = rows["dabiao"][rate]
    times = measured / peers["mesa objects"]
    return [
        {
            "name": f"agent-years per second at {details['people']:,}, by the clock of the {clock}",
            "measured": measured,
            "goal": GOALS[size],
            "better": "higher",
            "ok": measured >= GOALS[size],
            "peer": fastest,
            "peer_measured": peers[fastest],
        },
        {
            "name": "times plain Mesa objects",
            "measured": times,
            "goal": TIMES_MESA,
            "better": "higher",
            "ok": times >= TIMES_MESA,
            "peer": "mesa objects",
            "peer_measured": 1.0,
        },
    ]


def show(found: dict) -> None:
    """The table for people."""
    details = found["details"]
    print(f"{details['people']:,} people, {details['years']} years; {found['machine']}")
    print(f"{'':22}{'million agent-years per second':>32}{'of CPU':>10}{'births z':>10}{'deaths z':>10}")
    for name, row in details["tools"].items():
        wall, cpu = row["agent_years_per_second"] / 1e6, row["agent_years_per_cpu_second"] / 1e6
        print(f"{name:22}{wall:32.1f}{cpu:10.1f}{row['births_z']:10.2f}{row['deaths_z']:10.2f}")
    for name, reason in details["missing"].items():
        print(f"{name:22}missing: {reason}")
    print(f"people made in {details['seconds_to_make_people']:.2f} s")
    for goal in found["goals"]:
        print(
            f"{goal['name']}: {goal['measured']:,.1f}, goal {goal['goal']:,.0f}, {'met' if goal['ok'] else 'not met'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--mesa-people", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--census", type=Path, default=CENSUS)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.people < 1000 or asked.years < 1 or asked.repeat < 1:
        unusable("At least 1,000 people, one year and one repeat are needed.")
    details = measure(asked.census, asked.people, asked.years, asked.repeat, asked.mesa_people)
    found = {
        "benchmark": "agents",
        "machine": machine(),
        "goals": goals(details, asked.people, asked.clock),
        "details": details,
    }
    print(json.dumps(found, indent=1, ensure_ascii=False, default=float)) if asked.json else show(found)


if __name__ == "__main__":
    main()
