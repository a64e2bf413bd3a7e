"""Runs of the agent model: replicates and draws of one region under one setting of the levers, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np

from planning.bilingual import Bilingual
from planning.methods import Method
from planning.outlooks import Outlook
from sim.agents.doctors import DoctorPlan
from sim.agents.model import LEVERS, AgentModel, Situation
from sim.agents.nurseries import NurseryPlan
from sim.agents.rates import Rates
from sim.services.workforce import AGES as DOCTOR_AGES

UNITS = {
    "household_size": "persons",
    "nursery_places": "places",
    "nursery_filled": "places",
    "nursery_empty": "places",
    "gp_vacancies": "posts",
    "elderly_alone_share": "percent",
}
"""Units of what is not counted in persons."""

ASSUMPTIONS = (
    Bilingual(
        "母亲生育子女数、生育间隔、户的构成、入托意愿与价格承受力、医生年龄结构为假设，见 ODD 页",
        "Women's children at the "
        "start, spacing, households, what parents want and pay, and doctors' ages are assumptions; the ODD page lists them.",
    ),
)


@dataclass(frozen=True)
class Simulated:
    """What the runs of one region gave.

    years: calendar years of the runs, the base year not among them. people: (replicate, year + 1, sex, age), persons at
    year ends, the base first. series: by name, (replicate, year), counts of the year or of its end. gps_by_age:
    (replicate, year, age group) in the groups of `sim.services.workforce.AGES`; None without doctors. lowered: births per woman
    and year that had to come an order lower because no mother stood on the rung. agent_years: lived in all runs.
    """

    region: str
    year: int
    years: tuple[int, ...]
    seed: int
    levers: dict[str, object]
    people: np.ndarray
    series: dict[str, np.ndarray]
    gps_by_age: np.ndarray | None = None
    lowered: float = 0.0
    assumptions: tuple[str, ...] = ASSUMPTIONS
    sources: tuple[str, ...] = ()

    @property
    def replicates(self) -> int:
        return self.people.shape[0]

    @property
    def agent_years(self) -> int:
        """Person-years lived through, by the people at the start of each year."""
        return int(self.people[:, :-1].sum())

    def outlook(self, name: str, grade: str = "D", observed: Sequence[tuple[int, float]] = ()) -> Outlook:
        """One series as an Outlook, a path for each replicate. KeyError with the names there are."""
        if name not in self.series:
            raise KeyError(f"{self.region} was not simulated for {name!r}; there are {', '.join(self.series)}.")
        return Outlook(
            region=self.region,
            indicator=name,
            unit=UNITS.get(name, "persons"),
            years=self.years,
            paths=self.series[name],
            method=Method.AGENTS.named(),
            grade=grade,
            observed=tuple(observed),
            sources=self.sources,
            assumptions=self.assumptions,
        )

    def outlooks(self, grade: str = "D") -> dict[str, Outlook]:
        """Every series as an Outlook, by name."""
        return {name: self.outlook(name, grade) for name in self.series}

    def as_dict(self) -> dict:
        """Everything in plain lists and numbers, for JSON; people by sex and age for the first replicate."""
        return {
            "region": self.region,
            "base_year": self.year,
            "years": list(self.years),
            "seed": self.seed,
            "replicates": self.replicates,
            "levers": {name: np.asarray(value).tolist() for name, value in self.levers.items()},
            "agent_years": self.agent_years,
            "births_an_order_lower_per_woman": self.lowered,
            "series": {
                name: {
                    "unit": UNITS.get(name, "persons"),
                    "low": np.quantile(paths, 0.1, axis=0).tolist(),
                    "median": np.median(paths, axis=0).tolist(),
                    "high": np.quantile(paths, 0.9, axis=0).tolist(),
                    "paths": paths.tolist(),
                }
                for name, paths in self.series.items()
            },
            "gps_by_age": None if self.gps_by_age is None else {
                "from_age": list(DOCTOR_AGES), "median": np.median(self.gps_by_age, axis=0).tolist()
            },
            "people": self.people[0].tolist(),
            "assumptions": list(self.assumptions),
            "sources": list(self.sources),
        }  # fmt: skip


@dataclass(frozen=True)
class _Task:
    """One replicate, small enough to send to another process."""

    situation: Situation
    seed: int
    replicate: int
    options: dict = field(default_factory=dict)


def simulate(
    region: str,
    year: int,
    people: np.ndarray,
    rates: Rates,
    *,
    replicates: int = 1,
    seed: int = 1,
    levers: Mapping[str, object] | None = None,
    since: int | None = None,
    rungs: np.ndarray | None = None,
    households: bool = False,
    nurseries: NurseryPlan | None = None,
    doctors: DoctorPlan | None = None,
    steps_per_year: int = 1,
    engine: str = "numba",
    processes: int = 1,
    sources: tuple[str, ...] = (),
) -> Simulated:
    """A region simulated person by person from 31 December of `year` over the years of `rates`.

    people: (sex, age) or (draw, sex, age), persons. rates: with or without draws; replicate r takes draw r of both,
    counted round. levers: settings by name (`sim.agents.model.LEVERS`), numbers or (year,), from `since` or the first year.
    Runs with the same seed share their luck replicate by replicate, whatever the levers and the number of processes.
    ValueError for an unknown lever, and whatever `Situation` and `AgentModel` refuse.
    """
    levers = dict(levers or {})
    unknown = [name for name in levers if name not in LEVERS]
    if unknown or replicates < 1:
        raise ValueError(f"Levers of the agents are {', '.join(LEVERS)}, found {unknown}; replicates: {replicates}.")
    people = np.asarray(people, dtype=float)
    starts = people[None] if people.ndim == 2 else people
    options = {**levers, "since": since, "steps_per_year": steps_per_year, "engine": engine}
    drawn = {}
    tasks = []
    for number in range(replicates):
        pair = (number % len(starts), number % rates.draws)
        if pair not in drawn:
            drawn[pair] = Situation(
                region, year, starts[pair[0]], rates.draw(pair[1]), rungs, households, nurseries, doctors
            )
        tasks.append(_Task(drawn[pair], seed, number, options))
    if processes == 1:
        runs = [_run(task) for task in tasks]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            runs = list(pool.map(_run, tasks))
    return Simulated(
        region=region,
        year=year,
        years=tuple(rates.years),
        seed=seed,
        levers=levers | ({} if since is None else {"since": since}),
        people=np.stack([run["people"] for run in runs]),
        series={name: np.stack([run["series"][name] for run in runs]) for name in runs[0]["series"]},
        gps_by_age=np.stack([run["gps_by_age"] for run in runs]) if doctors else None,
        lowered=float(np.mean([task.situation.births.lowered.mean() for task in tasks])),
        sources=tuple(sources),
    )


def _run(task: _Task) -> dict:
    model = AgentModel(task.situation, seed=task.seed, replicate=task.replicate, **task.options)
    people, rows, doctors = [model.people.by_age(model.year)], [], []
    while model.running:
        for _ in range(model.steps_per_year):
            model.step()
        people.append(model.people.by_age(model.year))
        rows.append(dict(model.now))
        if model.doctors:
            doctors.append(model.doctors.by_age(model.year))
        if model.households:
            elderly = people[-1][:, 65:].sum()
            rows[-1]["elderly_alone_share"] = 100 * rows[-1]["elderly_alone"] / max(elderly, 1)
    model.let_go()
    return {
        "people": np.stack(people),
        "series": {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]},
        "gps_by_age": np.stack(doctors) if doctors else None,
    }
