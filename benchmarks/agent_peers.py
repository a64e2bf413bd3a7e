"""The closed spec in other people's tools: plain Mesa objects, neworder, Starsim.

Each function runs `years` steps on `people` (sex, age) and gives agent-years, births, deaths and seconds of the steps
alone. The libraries are imported inside, so that a missing one is a line in the table and not an error.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measured:
    """agent_years: people at the start of each step, summed. seconds, cpu_seconds: of the steps."""

    agent_years: int
    births: int
    deaths: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Agent-years a second."""
        return self.agent_years / self.seconds


def chances(rates) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Of one year: death (sex, age at the start), birth to survivors and to the dying (age), death of newborn, boys."""
    survival, fertility = rates.survival[0], rates.fertility[0]
    ahead = [*range(1, 101), 100]
    living = (fertility + fertility[ahead]) / 2
    boys = rates.boys_per_girl[0] / (1 + rates.boys_per_girl[0])
    return 1 - survival[:, ahead], living, fertility / 2, 1 - survival[:, 0], boys


def columns_of(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """female and age of each person."""
    cells = np.repeat(np.arange(people.size), np.round(people).astype(int).ravel())
    return cells // people.shape[1] == 1, cells % people.shape[1]


def mesa_objects(people, rates, years: int, seed: int) -> Measured:
    """Every person a mesa.Agent in model.agents, moved by `do`."""
    import mesa

    death, bears_living, bears_dying, infant_death, boys = chances(rates)
    death, infant_death = death.tolist(), infant_death.tolist()
    bears_living, bears_dying = bears_living.tolist(), bears_dying.tolist()

    class Person(mesa.Agent):
        def __init__(self, model, female, age):
            super().__init__(model)
            self.female, self.age = female, age

        def step(self):
            luck, age = self.model.random.random, self.age
            dies = luck() < death[self.female][age]
            if self.female and luck() < (bears_dying if dies else bears_living)[age]:
                self.model.births += 1
            if dies:
                self.model.deaths += 1
                self.remove()
            else:
                self.age = min(age + 1, 100)

    class Region(mesa.Model):
        def __init__(self):
            super().__init__(seed=seed)
            self.births = self.deaths = 0
            for female, age in zip(*(column.tolist() for column in columns_of(people)), strict=True):
                Person(self, int(female), age)

        def step(self):
            before = self.births
            self.agents.do("step")
            for _ in range(self.births - before):
                female = int(self.random.random() >= boys)
                if self.random.random() < infant_death[female]:
                    self.deaths += 1
                else:
                    Person(self, female, 0)

    model = Region()
    return _timed(model.step, lambda: len(model.agents), lambda: (model.births, model.deaths), years)


def neworder_columns(people, rates, years: int, seed: int) -> Measured:
    """neworder: a pandas frame moved by its Monte-Carlo engine."""
    import neworder
    import pandas as pd

    death, bears_living, bears_dying, infant_death, boys = chances(rates)

    class Region(neworder.Model):
        def __init__(self):
            super().__init__(neworder.NoTimeline(), lambda: seed)
            female, age = columns_of(people)
            self.people = pd.DataFrame({"female": female.astype(np.int8), "age": age.astype(np.int16)})
            self.births = self.deaths = 0

        def step(self):
            female, age = self.people["female"].to_numpy(), self.people["age"].to_numpy()
            dies = self.mc.hazard(death[female, age]).astype(bool)
            mothers = np.flatnonzero((female == 1) & (bears_living[age] > 0))
            chance = np.where(dies[mothers], bears_dying[age[mothers]], bears_living[age[mothers]])
            births = int(self.mc.hazard(chance).sum())
            girls = (self.mc.ustream(births) >= boys).astype(np.int8)
            lost = self.mc.hazard(infant_death[girls]).astype(bool)
            self.births += births
            self.deaths += int(dies.sum() + lost.sum())
            self.people["age"] = np.minimum(age + 1, 100).astype(np.int16)
            newborn = pd.DataFrame({"female": girls[~lost], "age": np.zeros(int((~lost).sum()), np.int16)})
            self.people = pd.concat([self.people[~dies], newborn], ignore_index=True)

    model = Region()
    return _timed(model.step, lambda: len(model.people), lambda: (model.births, model.deaths), years)


def starsim_module(people, rates, years: int, seed: int) -> Measured:
    """Starsim: a demographic module of our own on its People, one step a year."""
    import starsim as ss

    death, bears_living, bears_dying, infant_death, boys = chances(rates)
    female, age = columns_of(people)

    class Vital(ss.Demographics):
        def __init__(self):
            super().__init__(name="vital")
            self.births = self.deaths = 0
            self.dying, self.bearing = ss.bernoulli(p=0.0), ss.bernoulli(p=0.0)

        def init_post(self):
            super().init_post()
            whole = self.sim.people
            whole.age[whole.auids] = age.astype(float)
            whole.female[whole.auids] = female

        def step(self):
            whole = self.sim.people
            uids = whole.auids
            years_old = np.minimum(whole.age[uids].astype(int), 100)
            sexes = whole.female[uids].astype(int)
            self.dying.set(p=death[sexes, years_old])
            dies = self.dying.rvs(uids)
            women = np.flatnonzero((sexes == 1) & (bears_living[years_old] > 0))
            ages = years_old[women]
            self.bearing.set(p=np.where(dies[women], bears_dying[ages], bears_living[ages]))
            births = int(self.bearing.rvs(uids[women]).sum())
            rng = np.random.default_rng([seed, self.sim.ti])
            girls = rng.random(births) >= boys
            alive = rng.random(births) >= infant_death[girls.astype(int)]
            self.births += births
            self.deaths += int(dies.sum() + (~alive).sum())
            whole.request_death(uids[dies])
            if alive.any():
                new = whole.grow(int(alive.sum()))
                # Starsim adds a year to everyone at the end of the step, the newborn among them.
                whole.age[new] = -1.0
                whole.female[new] = girls[alive]

    vital = Vital()
    sim = ss.Sim(
        n_agents=len(age),
        demographics=vital,
        start=2020,
        stop=2020 + years,
        dt=1,
        rand_seed=seed,
        verbose=0,
        copy_inputs=False,
    )
    sim.init()
    return _timed(sim.run_one_step, lambda: len(sim.agents.people), lambda: (vital.births, vital.deaths), years)


PEERS = {"mesa objects": mesa_objects, "neworder": neworder_columns, "starsim": starsim_module}


def _timed(step, size, counts, years: int) -> Measured:
    lived = 0
    begun, begun_cpu = time.perf_counter(), time.process_time()
    for _ in range(years):
        lived += size()
        step()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    return Measured(lived, *counts(), seconds, cpu)
