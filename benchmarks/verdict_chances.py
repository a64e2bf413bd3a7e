"""Chances for pseudo-targets: our methods in every situation, and the peers' methods, on the same cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from benchmarks.peer_engine.peer_field import PeerField, field_of, standing_in
from benchmarks.peer_engine.peer_methods import PEER_METHODS, peer_evidence
from benchmarks.peer_engine.single_series import USUAL, own_chances
from benchmarks.pseudo_targets import HORIZONS, KINDS, Origin, PanelIndicator, origins, set_targets
from benchmarks.verdict_ets import ets_chance

POINTS = (1, 2, 3, 5, 8)
# Peers a region may be compared with: all of them with their whole past, or so many with five years each.
SITUATIONS = {"rich": None, "30": 30, "10": 10, "none": 0}
PEER_YEARS = 5
DRAWS_OF_PEERS = 4
ETS_FEWEST = 5
MIDTERM_YEARS = (2, 3)
MIDTERM_HORIZON = 5
MIDTERM_POINTS = 3


@dataclass(frozen=True)
class Chances:
    """What our methods say of each case.

    parts: (case, method), chances by METHODS, NaN where a method has nothing to say. after_turning: (case,), the chance
    if the peers' common trend turns, and turning: (case,), the chance that it does; both 0 without peers. windows:
    (case,), how many comparable windows there were, 0 without peers.
    """

    parts: np.ndarray
    after_turning: np.ndarray
    turning: np.ndarray
    windows: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """The cases of which the peers say something."""
        return np.isfinite(self.parts).all(axis=1)


CHANCE_ARRAYS = ("parts", "after_turning", "turning", "windows")


@dataclass(frozen=True)
class Judged:
    """cases: one row per pseudo-target (indicator, source, family, horizon, kind, origin, deadline, region, hit).

    ours: by (situation, points). theirs: (case,) chances by (peer method, points).
    """

    cases: pd.DataFrame
    ours: dict[tuple[str, int], Chances]
    theirs: dict[tuple[str, int], np.ndarray]

    def where(self, kept: np.ndarray) -> Judged:
        """The same for some of the cases: boolean (case,)."""
        ours = {
            key: Chances(*(getattr(chances, name)[kept] for name in CHANCE_ARRAYS))
            for key, chances in self.ours.items()
        }
        return Judged(
            self.cases[kept].reset_index(drop=True), ours, {key: chance[kept] for key, chance in self.theirs.items()}
        )


def judge_panel(indicators: tuple[PanelIndicator, ...], regions: int, seed: int, progress=None) -> Judged:
    """All cases of a panel with the chances of every method: the same cases for every situation and number of points.

    progress: called with the indicators done, their number and the name of the last. Raises ValueError for a panel on
    which no pseudo-target can be set.
    """
    cases, ours, theirs = [], {}, {}
    for number, indicator in enumerate(indicators):
        for horizon in HORIZONS:
            rng = np.random.default_rng([seed, number, horizon])
            for origin in origins(indicator, horizon, rng, regions):
                cases.append(_cases(origin, number))
                for key, chances in _ours(origin, rng).items():
                    ours.setdefault(key, []).append(chances)
                for key, chance in _theirs(origin).items():
                    theirs.setdefault(key, []).append(chance)
        if progress:
            progress(number + 1, len(indicators), indicator.name)
    if not cases:
        raise ValueError(
            "No pseudo-target can be set: no indicator has five regions with eight consecutive years and a later value."
        )
    return Judged(
        pd.concat(cases, ignore_index=True),
        {key: _together(chances) for key, chances in ours.items()},
        {key: np.concatenate(chance) for key, chance in theirs.items()},
    )


def judge_midterm(indicators: tuple[PanelIndicator, ...], regions: int, seed: int) -> dict[int, Judged]:
    """Five-year targets judged again after two and after three years, from data up to then: by years gone.

    The cases also tell where the region stood: `above` (it already met the target) and `on_time` (the share of the way
    gone was at least the share of time gone, as planners measure progress).
    """
    judged = {}
    for gone in MIDTERM_YEARS:
        cases, chances = [], []
        for number, indicator in enumerate(indicators):
            rng = np.random.default_rng([seed, number, MIDTERM_HORIZON])
            for origin in origins(indicator, MIDTERM_HORIZON, rng, regions):
                midway, kept = _midway(origin, gone)
                if midway is None:
                    continue
                cases.append(_cases(midway, number).assign(**_progress(origin, midway, kept, gone)))
                field = field_of(_scaled(midway))
                parts = _with_peers(midway, field, np.arange(kept.size), MIDTERM_POINTS, midway.rows)
                chances.append(_only_applying(midway, parts, _alone(midway, MIDTERM_POINTS)))
        if cases:
            together = pd.concat(cases, ignore_index=True)
            judged[gone] = Judged(together, {("rich", MIDTERM_POINTS): _together(chances)}, {})
    return judged


def _cases(origin: Origin, number: int) -> pd.DataFrame:
    region, kind = np.nonzero(origin.applies)
    return pd.DataFrame(
        {
            "indicator": number,
            "name": origin.indicator.name,
            "source": origin.indicator.source,
            "family": origin.indicator.family,
            "horizon": origin.horizon,
            "kind": kind,
            "origin": origin.year,
            "deadline": origin.year + origin.horizon,
            "region": origin.rows[region],
            "hit": origin.hit[origin.applies].astype(float),
        }
    ).astype({"name": "category", "source": "category", "family": "category"})


def _ours(origin: Origin, rng: np.random.Generator) -> dict[tuple[str, int], Chances]:
    alone = {points: _alone(origin, points) for points in POINTS}
    everyone = field_of(_scaled(origin))
    chances = {}
    for situation, count in SITUATIONS.items():
        groups = _groups(origin, everyone, count, rng)
        for points in POINTS:
            parts = _nothing(origin.needed.shape)
            for rows, field, own in groups:
                there = _with_peers(origin, field, rows, points, own)
                for name in CHANCE_ARRAYS:
                    getattr(parts, name)[rows] = getattr(there, name)
            chances[situation, points] = _only_applying(origin, parts, alone[points])
    return chances


def _groups(origin: Origin, everyone: PeerField, count: int | None, rng: np.random.Generator):
    """Regions with the peers they are compared with: (rows of the origin, field, own rows in that field or None)."""
    rows = np.arange(origin.rows.size)
    if count is None:
        return [(rows, everyone, origin.rows)]
    if count == 0:
        return []
    groups = []
    for part in np.array_split(rng.permutation(rows), DRAWS_OF_PEERS):
        others = np.setdiff1d(np.flatnonzero(everyone.observed[:, -1]), origin.rows[part])
        if part.size and others.size >= 3:
            drawn = np.where(everyone.observed, everyone.values, np.nan)[rng.permutation(others)[:count], -PEER_YEARS:]
            groups.append((part, field_of(drawn), None))
    return groups


def _with_peers(origin: Origin, field: PeerField, rows: np.ndarray, points: int, own: np.ndarray | None) -> Chances:
    """Chances by the peer methods: parts (region, kind, peer method), the rest (region, kind)."""
    values = _scaled(origin)[origin.rows[rows]][:, -points:]
    evidence = peer_evidence(field, standing_in(field, values, points), origin.horizon, points, own)
    needed = origin.needed[rows]
    if evidence is None:
        return _nothing(needed.shape)
    return Chances(
        parts=evidence.chances(needed),
        after_turning=evidence.after_turning(needed),
        turning=np.full(needed.shape, evidence.turning),
        windows=np.full(needed.shape, len(evidence.windows)),
    )


def _alone(origin: Origin, points: int) -> np.ndarray:
    own = _scaled(origin)[origin.rows][:, -points:]
    return own_chances(own, origin.needed, origin.horizon, USUAL[origin.scale.name])


def _scaled(origin: Origin) -> np.ndarray:
    return origin.scale.forward(origin.indicator.values[:, : origin.column + 1])


def _nothing(shape: tuple[int, int]) -> Chances:
    parts = np.full((*shape, len(PEER_METHODS)), np.nan)
    return Chances(parts, np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=int))


def _only_applying(origin: Origin, chances: Chances, alone: np.ndarray) -> Chances:
    """One row per case: the peer methods' chances with the own points' beside them."""
    parts = np.concatenate([chances.parts, alone], axis=-1).astype(np.float32)
    rest = (getattr(chances, name)[origin.applies] for name in CHANCE_ARRAYS[1:])
    return Chances(parts[origin.applies], *rest)


def _together(chances: list[Chances]) -> Chances:
    return Chances(*(np.concatenate([getattr(c, name) for c in chances]) for name in CHANCE_ARRAYS))


def _midway(origin: Origin, gone: int) -> tuple[Origin | None, np.ndarray]:
    """The same targets seen `gone` years later, for the regions with a full record up to then."""
    indicator, column = origin.indicator, origin.column + gone
    recent = indicator.values[origin.rows, column - MIDTERM_POINTS + 1 : column + 1]
    kept = np.flatnonzero(np.isfinite(recent).all(axis=1))
    if not kept.size:
        return None, kept
    later = set_targets(indicator, origin.horizon - gone, column, origin.rows[kept])
    return later.with_targets(origin.targets[kept]), kept


def _progress(origin: Origin, midway: Origin, kept: np.ndarray, gone: int) -> dict[str, np.ndarray]:
    better = origin.indicator.direction
    base = origin.indicator.values[origin.rows[kept], origin.column][:, None]
    now = origin.indicator.values[midway.rows, midway.column][:, None]
    way = better * (midway.targets - base)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = better * (now - base) / way
        above = better * (now - midway.targets) >= -1e-9
        on_time = np.where(way > 1e-9, share >= gone / origin.horizon, above)
    return {"above": above[midway.applies], "on_time": on_time[midway.applies]}


def _theirs(origin: Origin) -> dict[tuple[str, int], np.ndarray]:
    """What is usually done with a region's own points: (peer method, points) -> (case,)."""
    natural = origin.indicator.values[origin.rows, : origin.column + 1]
    scaled = _scaled(origin)[origin.rows]
    chances = {}
    for points in POINTS:
        if points >= 2:
            chances["CAGR", points] = _on_track(origin, _compounded(natural[:, -points:], origin.horizon))
            chances["linear pace", points] = _on_track(origin, _straight(natural[:, -points:], origin.horizon))
        if points >= 3:
            chances["random walk with drift, t", points] = _walk(origin, scaled[:, -points:])[origin.applies]
        if points >= ETS_FEWEST:
            chances["ETS", points] = _ets(origin, scaled[:, -points:])[origin.applies]
    return chances


def _ets(origin: Origin, scaled: np.ndarray) -> np.ndarray:
    """Only for the first region of every origin, because each fit takes a while; NaN for the others."""
    chance = np.full(origin.needed.shape, np.nan)
    chance[0] = ets_chance(scaled[0], origin.needed[0], origin.horizon)
    return chance


def _on_track(origin: Origin, reached: np.ndarray) -> np.ndarray:
    """1 where the extrapolated value meets the target, else 0."""
    with np.errstate(invalid="ignore"):
        met = origin.indicator.direction * (reached[:, None] - origin.targets) >= -1e-9
    return met[origin.applies].astype(float)


def _compounded(values: np.ndarray, horizon: int) -> np.ndarray:
    first, last = values[:, 0], values[:, -1]
    able = (first > 0) & (last > 0)
    growth = np.where(able, last / np.where(able, first, 1.0), 1.0) ** (1 / (values.shape[1] - 1))
    return last * growth**horizon


def _straight(values: np.ndarray, horizon: int) -> np.ndarray:
    return values[:, -1] + horizon * (values[:, -1] - values[:, 0]) / (values.shape[1] - 1)


def _walk(origin: Origin, scaled: np.ndarray) -> np.ndarray:
    """Random walk with drift, Student t, the drift's own uncertainty included (Hyndman and Athanasopoulos 2021, 5.5)."""
    changes = np.diff(scaled, axis=1)
    count, horizon = changes.shape[1], origin.horizon
    spread = changes.std(axis=1, ddof=1) * np.sqrt(horizon * (1 + horizon / count))
    apart = origin.needed - horizon * changes.mean(axis=1)[:, None]
    return student.sf(apart / np.maximum(spread, 1e-9)[:, None], count - 1)


def kind_names(cases: pd.DataFrame) -> pd.Series:
    """The kind of each case by name."""
    return cases["kind"].map(dict(enumerate(KINDS)))
