"""General practitioners as residents with a career, the posts they fill and the health centres that hold the posts.

A doctor is one of the residents: who dies or moves away leaves the practice by that. Others leave before their time by
chance, go on for some years past the retirement age of their birth date, or are still there. New doctors are residents
of the ages at which training ends. Chances and shares by age are those of `sim.services.workforce`, assumptions that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import mesa
import numpy as np

from planning.loading.priors import read_priors
from planning.populations import FEMALE, MALE
from sim.agents.people import DAYS, People
from sim.agents.random import stream, uniform
from sim.services.workforce import AGES, ENTRY, LEAVING, LEAVING_AFTER, RAISED_FROM, RETIREMENT, SHAPE

MONTHS_A_STEP, MOST_MONTHS = 4, 36
"""From January 2025 a month more for every four months, up to three years (Standing Committee of the National People's
Congress, decision of 13 September 2024)."""

POSTS_IN_CENTRE = 12
"""Posts for general practitioners in a health centre. Assumption."""

NOBODY = np.uint64(0)


@dataclass(frozen=True)
class DoctorPlan:
    """gps, posts: at the start. entering: (year,), doctors a year. new_posts: (year,), posts a year; none if left out.
    closing: share of health centres closing in a year. women: their share at the start; stay_on: share who go on past the
    retirement age, as cohorts of staff do (planning.priors)."""

    gps: int
    posts: int
    entering: tuple[float, ...]
    new_posts: tuple[float, ...] = ()
    closing: float = 0.0
    women: float = field(default_factory=lambda: read_priors()["gps_women"].middle)
    stay_on: float = field(default_factory=lambda: read_priors()["staff_stay_on"].middle)


class HealthCentre(mesa.Agent):
    """A health centre with its posts; it opens in a year and may close."""

    def __init__(self, model: mesa.Model, number: int, opened: int) -> None:
        super().__init__(model)
        self.number, self.opened = number, opened
        self.posts: list[Post] = []

    def close(self) -> None:
        """End all posts and the centre."""
        for post in self.posts:
            post.remove()
        self.remove()


class Post(mesa.Agent):
    """A post for one general practitioner in a health centre. doctor: uid, 0 while vacant."""

    def __init__(self, model: mesa.Model, centre: HealthCentre) -> None:
        super().__init__(model)
        self.centre, self.doctor = centre, NOBODY
        centre.posts.append(self)


class Doctors:
    """The general practitioners of a region: columns uid, birth_year, birthday, female, entered."""

    def __init__(self, model: mesa.Model, plan: DoctorPlan) -> None:
        self.model, self.plan, self.seed = model, plan, model.stream_seed
        self.centres: list[HealthCentre] = []
        self.owed_posts, self.owed_doctors = 0.0, 0.0
        self.entered = self.left = 0
        self.columns = _nobody()
        self._open_posts(plan.posts, model.year)
        people = model.people
        # One list over both sexes, so that its whole numbers add up to the doctors there are.
        counts = _whole(plan.gps * np.outer((1 - plan.women, plan.women), SHAPE).ravel())
        for number, count in enumerate(counts):
            low = AGES[number % len(AGES)]
            self._choose(people, model.year, low, low + 5, int(count), (MALE, FEMALE)[number // len(AGES)])
        self._fill()

    def by_age(self, year: int) -> np.ndarray:
        """Doctors by the age groups of `sim.services.workforce.AGES`: (age group,)."""
        ages = year - self.columns["birth_year"]
        groups = np.clip(np.searchsorted(AGES, ages, side="right") - 1, 0, len(AGES) - 1)
        return np.bincount(groups, minlength=len(AGES))

    def by_decade(self, year: int) -> dict[str, int]:
        """Doctors under 35, of 35 to 44, of 45 to 54, of 55 and over, by name."""
        cuts = np.add.reduceat(self.by_age(year), [0, 2, 4, 6]).tolist()
        return dict(zip(("under_35", "35_44", "45_54", "55_plus"), cuts, strict=True))

    @property
    def count(self) -> int:
        """Doctors in practice, with or without a post."""
        return len(self.columns["uid"])

    @property
    def vacancies(self) -> int:
        """Posts without a doctor."""
        return sum(post.doctor == NOBODY for post in self._posts())

    def lose(self, uids: np.ndarray) -> None:
        """Doctors among residents who died or moved away stop."""
        mine = np.sort(self.columns["uid"])
        at = np.minimum(np.searchsorted(mine, uids), max(len(mine) - 1, 0))
        gone = uids[mine[at] == uids] if len(mine) else uids[:0]
        self._stop(np.isin(self.columns["uid"], gone))

    def year_end(self, people: People, year: int) -> None:
        """Some stop, new ones begin, posts open or close, and vacant posts are filled."""
        before = self.count
        self._stop(uniform(self.columns["uid"], stream(self.seed, year, "quitting")) < self._stopping(year))
        stayed = self.count
        t = year - self.model.situation.rates.years[0]
        wanted = self.plan.entering[t] * self.model.levers["gps"][t] + self.owed_doctors
        # Shares by age are rounded so that the year's doctors add up; a part of a doctor waits for the next year.
        for count, low in zip(_whole(int(wanted) * ENTRY), AGES, strict=True):
            self._choose(people, year, low, low + 5, int(count), None)
        self.owed_doctors = wanted - int(wanted)
        self.entered, self.left = self.count - stayed, before - stayed
        self._close_centres(year)
        if self.plan.new_posts:
            self._open_posts(self.plan.new_posts[t], year)
        self._fill()

    def _stopping(self, year: int) -> np.ndarray:
        """Chance to stop in a year, as `sim.services.workforce.staying` has it for cohorts: (doctor,)."""
        ages = year - self.columns["birth_year"]
        groups = np.clip(np.searchsorted(AGES, ages, side="right") - 1, 0, len(AGES) - 1)
        months = retirement_months(self.columns["birth_year"], self.columns["birthday"], self.columns["female"])
        passing, past = months < (year + 1) * 12, months < year * 12
        retiring = np.where(past, LEAVING_AFTER, np.where(passing, 1 - self.plan.stay_on, 0.0))
        return 1 - (1 - LEAVING[groups]) * (1 - retiring)

    def _choose(self, people: People, year: int, low: int, high: int, count: int, sex: int | None) -> None:
        """Take `count` residents of an age, those with the strongest vocation who are not doctors yet."""
        if count <= 0:
            return
        born = people["birth_year"]
        fits = (born > year - high) & (born <= year - low)
        if sex is not None:
            fits &= people["female"] == sex
        rows = np.flatnonzero(fits)
        called = uniform(people["uid"][rows], stream(self.seed, 0, "vocation"))
        # Doctors already there may come first, so as many more are needed; three times that is enough but for chance.
        enough = count + self.count
        first = np.flatnonzero(called < 3 * enough / max(len(rows), 1))
        first = first if len(first) >= enough else np.arange(len(rows))
        rows = rows[first[np.argsort(called[first], kind="stable")]]
        rows = rows[~np.isin(people["uid"][rows], self.columns["uid"])][:count]
        new = {name: people[name][rows] for name in ("uid", "birth_year", "birthday", "female")}
        new["entered"] = np.full(len(rows), year, np.int16)
        self.columns = {name: np.concatenate([column, new[name]]) for name, column in self.columns.items()}

    def _stop(self, stopping: np.ndarray) -> None:
        gone = set(self.columns["uid"][stopping].tolist())
        self.columns = {name: column[~stopping] for name, column in self.columns.items()}
        if gone:
            for post in self._posts():
                if int(post.doctor) in gone:
                    post.doctor = NOBODY

    def _fill(self) -> None:
        vacant = [post for post in self._posts() if post.doctor == NOBODY]
        placed = [post.doctor for post in self._posts() if post.doctor != NOBODY]
        free = self.columns["uid"][~np.isin(self.columns["uid"], np.array(placed, dtype=np.uint64))]
        for post, uid in zip(vacant, free, strict=False):
            post.doctor = uid

    def _open_posts(self, wanted: float, year: int) -> None:
        wanted += self.owed_posts
        count = int(wanted)
        self.owed_posts = wanted - count
        for first in range(0, count, POSTS_IN_CENTRE):
            centre = HealthCentre(self.model, year * 100_000 + first, year)
            self.centres.append(centre)
            for _ in range(min(count - first, POSTS_IN_CENTRE)):
                Post(self.model, centre)

    def _close_centres(self, year: int) -> None:
        numbers = np.array([centre.number for centre in self.centres], dtype=np.uint64)
        closing = uniform(numbers, stream(self.seed, year, "closing")) < self.plan.closing
        for centre in [c for c, ends in zip(self.centres, closing, strict=True) if ends]:
            centre.close()
        self.centres = [c for c, ends in zip(self.centres, closing, strict=True) if not ends]

    def _posts(self) -> Iterator[Post]:
        return (post for centre in self.centres for post in centre.posts)


def retirement_months(birth_year: np.ndarray, birthday: np.ndarray, female: np.ndarray) -> np.ndarray:
    """The month, 12 x year + month, in which doctors reach the retirement age of their birth date: (doctor,).

    >>> months = retirement_months(np.array([1964, 1975]), np.array([0, 0]), np.array([0, 0]))
    >>> months // 12, months % 12
    (array([2024., 2037.]), array([0., 7.]))
    """
    month = np.asarray(birth_year, dtype=np.int64) * 12 + np.asarray(birthday, dtype=np.int64) * 12 // DAYS
    old_age = month + 12 * np.where(np.asarray(female) == FEMALE, RETIREMENT[FEMALE], RETIREMENT[MALE])
    since = old_age - RAISED_FROM * 12
    later = np.minimum(since // MONTHS_A_STEP + 1, MOST_MONTHS)
    return np.where(since >= 0, old_age + later, old_age)


def _whole(parts: np.ndarray) -> np.ndarray:
    """Whole numbers with the rounded sum of `parts`."""
    cumulated = np.round(np.cumsum(np.asarray(parts, dtype=float)))
    return np.diff(cumulated, prepend=0).astype(np.int64)


def _nobody() -> dict[str, np.ndarray]:
    return {
        "uid": np.empty(0, np.uint64),
        "birth_year": np.empty(0, np.int16),
        "birthday": np.empty(0, np.int16),
        "female": np.empty(0, np.uint8),
        "entered": np.empty(0, np.int16),
    }
