"""All people of mainland China, one by one, for ten years, province by province.

    python benchmarks/all_china.py [--years 10] [--processes 2] [--share 1.0] [--chunk 1000000] [--census FILE]
        [--clock wall|cpu] [--json]

Everyone counted in the census of 2020 in the 31 provinces is an agent of the closed spec (agent_spec.py). A province is
run in parts, which give the same people as the whole: each part goes through all years while it is small enough to stay
near the processor. Printed are the time, the peak of memory of all processes, and births, deaths and people at the end
beside what the cohort component expects. With --clock cpu the goal of time is judged by the processor seconds of the busiest
process, which say more on a machine that others use; the table shows both. --share runs a part of every province's people,
to try it out. Exit status 2 for unusable input.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from agent_spec import CENSUS, YEAR, expected, machine, people_by_region, rates, unusable

from sim.agents.model import AgentModel, Situation

SECONDS, GIGABYTES = 120, 2.0
SEED = 1


def run_province(task: tuple[str, np.ndarray, int, int]) -> dict:
    """One province part by part: births and deaths by year, people at the start and the end, agent-years."""
    code, start, years, chunk = task
    begun = time.process_time()
    situation = Situation(code, YEAR, start, rates(years))
    parts = max(1, -(-int(start.sum()) // chunk))
    found = {
        "code": code,
        "births": np.zeros(years),
        "deaths": np.zeros(years),
        "people": 0,
        "left": 0,
        "agent_years": 0,
    }
    for part in range(parts):
        model = AgentModel(situation, seed=SEED, part=(part, parts))
        found["people"] += model.population
        for t in range(years):
            found["agent_years"] += model.population
            model.step()
            found["births"][t] += model.births
            found["deaths"][t] += model.deaths
        found["left"] += model.population
        model.let_go()
    found["megabytes"], found["cpu_seconds"] = _peak_megabytes(), time.process_time() - begun
    found["process"] = os.getpid()
    return found


def measure(census: Path, years: int, processes: int, share: float, chunk: int) -> dict:
    """All provinces, with what the cohorts expect of them."""
    regions = people_by_region(census)
    provinces = {code: np.round(people * share) for code, people in regions.items() if _is_province(code)}
    if len(provinces) != 31:
        unusable(f"{census} holds {len(provinces)} of the 31 provinces of the mainland.")
    spec = rates(years)
    births, deaths, people = (
        sum(parts) for parts in zip(*(expected(p, spec) for p in provinces.values()), strict=True)
    )
    # The largest first, so that no process is left with a large one at the end.
    tasks = sorted(((c, p, years, chunk) for c, p in provinces.items()), key=lambda task: -task[1].sum())
    begun = time.perf_counter()
    if processes == 1:
        found = [run_province(task) for task in tasks]
        memory = _peak_megabytes()
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(run_province, tasks))
        # Provinces come back from any of the processes; the largest peak stands for each of them.
        memory = _peak_megabytes() + processes * max(one["megabytes"] for one in found)
    seconds = time.perf_counter() - begun
    simulated = {name: np.sum([one[name] for one in found], axis=0) for name in ("births", "deaths")}
    busy: dict[int, float] = {}
    for one in found:
        busy[one["process"]] = busy.get(one["process"], 0.0) + one["cpu_seconds"]
    totals = {name: int(sum(one[name] for one in found)) for name in ("people", "left", "agent_years")}
    return {
        "people": totals["people"],
        "years": years,
        "processes": processes,
        "agent_years": totals["agent_years"],
        "seconds": seconds,
        "cpu_seconds": sum(busy.values()),
        "cpu_seconds_of_the_busiest_process": max(busy.values()),
        "agent_years_per_second": totals["agent_years"] / seconds,
        "peak_gigabytes": memory / 1000,
        "births": simulated["births"].tolist(),
        "births_expected": births.tolist(),
        "births_z": ((simulated["births"] - births) / np.sqrt(births)).tolist(),
        "deaths": simulated["deaths"].tolist(),
        "deaths_expected": deaths.tolist(),
        "deaths_z": ((simulated["deaths"] - deaths) / np.sqrt(deaths)).tolist(),
        "people_at_the_end": totals["left"],
        "people_at_the_end_expected": float(people),
    }


def goals(details: dict, clock: str = "wall") -> list[dict]:
    """Time and memory. No peer stands beside them: no other tool is known to run it."""
    took = {
        "wall": ("seconds for all of mainland China", details["seconds"]),
        "cpu": (
            "processor seconds of the busiest process, all of mainland China",
            details["cpu_seconds_of_the_busiest_process"],
        ),
    }
    return [
        _goal(*took[clock], SECONDS),
        _goal("peak memory, gigabytes", details["peak_gigabytes"], GIGABYTES),
        _goal(
            "largest z of births and deaths, without its sign",
            max(np.abs(details["births_z"] + details["deaths_z"])),
            4.0,
        ),
    ]


def show(found: dict) -> None:
    """The table for people."""
    details = found["details"]
    print(
        f"{details['people']:,} people, {details['years']} years, {details['processes']} processes; {found['machine']}"
    )
    print(f"{'year':6}{'births':>14}{'expected':>16}{'z':>7}{'deaths':>14}{'expected':>16}{'z':>7}")
    columns = ("births", "births_expected", "births_z", "deaths", "deaths_expected", "deaths_z")
    for t, row in enumerate(zip(*(details[name] for name in columns), strict=True)):
        b, b_mean, b_z, d, d_mean, d_z = row
        print(f"{YEAR + 1 + t:<6}{b:14,.0f}{b_mean:16,.0f}{b_z:7.2f}{d:14,.0f}{d_mean:16,.0f}{d_z:7.2f}")
    print(f"people at the end {details['people_at_the_end']:,}, expected {details['people_at_the_end_expected']:,.0f}")
    rate, cpu = details["agent_years_per_second"] / 1e6, details["cpu_seconds"]
    print(
        f"{rate:.0f} million agent-years per second; {details['seconds']:.1f} s, {cpu:.1f} s of processor time in all, "
        f"{details['cpu_seconds_of_the_busiest_process']:.1f} s of the busiest process"
    )
    for goal in found["goals"]:
        print(
            f"{goal['name']}: {goal['measured']:,.2f}, goal {goal['goal']:,.0f}, {'met' if goal['ok'] else 'not met'}"
        )


def _goal(name: str, measured: float, goal: float) -> dict:
    return {"name": name, "measured": float(measured), "goal": goal, "better": "lower", "ok": bool(measured <= goal)}


def _is_province(code: str) -> bool:
    return code.endswith("0000") and code != "000000"


def _peak_megabytes() -> float:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--chunk", type=int, default=1_000_000)
    parser.add_argument("--census", type=Path, default=CENSUS)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not 0 < asked.share <= 1 or asked.years < 1 or asked.processes < 1 or asked.chunk < 1000:
        unusable("A share above 0 and up to 1, one year, one process and parts of at least 1,000 people are needed.")
    details = measure(asked.census, asked.years, asked.processes, asked.share, asked.chunk)
    found = {"benchmark": "all_china", "machine": machine(), "goals": goals(details, asked.clock), "details": details}
    print(json.dumps(found, indent=1, ensure_ascii=False)) if asked.json else show(found)


if __name__ == "__main__":
    main()
