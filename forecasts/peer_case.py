"""One region at its origin, its peers beside it, and the distribution of its change ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasts.peer_field import PeerField, field_of, published_changes, standing_in
from forecasts.peer_methods import METHODS, OWN_METHODS, PeerEvidence, peer_evidence
from forecasts.scales import Scale, peer_scale
from forecasts.single_series import AMONG_PEERS, USUAL, USUAL_YEARS, ChangePrior, lent_by_peers, own_chances
from forecasts.stacking import pooled, shipped_stacking
from planning.indicators import Indicator
from planning.series import Series

FEWEST_PEERS = 3
OWN_POINTS = 8


@dataclass(frozen=True)
class PeerCase:
    """A region at its origin, the year of its last value.

    series: since its last break. field: peers up to the origin, None if fewer than three. own: (1, year), its last values
    on the scale, gaps bridged, at most eight. unit: what its values are rounded to. lent: the changes that peers have
    published, and over how many years each. broken: an older stretch was cut
    off. bases: the population bases of region and peers, more than one if they differ.
    """

    series: Series
    indicator: Indicator
    scale: Scale
    field: PeerField | None
    own: np.ndarray
    unit: float
    lent: tuple[np.ndarray, np.ndarray]
    broken: bool
    bases: tuple[str, ...]

    @property
    def last(self) -> float:
        return self.series.values[-1]

    @property
    def origin(self) -> int:
        return self.series.years[-1]

    @property
    def points(self) -> int:
        return self.own.shape[1]

    @property
    def lenders(self) -> int:
        """How many changes of peers say how far the indicator moves."""
        return self.lent[0].size

    @property
    def better_up(self) -> bool:
        return self.scale.sign > 0

    def horizon(self, year: int) -> int:
        """Years from the last value to `year`. Raises ValueError if it is not ahead."""
        if year <= self.origin:
            raise ValueError(
                f"{self.indicator.id} for {self.series.region} is already known for {self.origin}; a chance is for a "
                f"later year, but {year} was asked."
            )
        return year - self.origin


@dataclass(frozen=True)
class PeerPrediction:
    """The distribution of a case's change over `horizon` years. evidence: what the peers say, None without peers."""

    case: PeerCase
    horizon: int
    evidence: PeerEvidence | None

    @property
    def without_peers(self) -> bool:
        return self.evidence is None

    @property
    def windows(self) -> int:
        return 0 if self.evidence is None else len(self.evidence.windows)

    @property
    def peers(self) -> int:
        return 0 if self.evidence is None else int(np.unique(self.evidence.windows.peer).size)

    @property
    def methods(self) -> tuple[str, ...]:
        return OWN_METHODS if self.without_peers else METHODS

    def parts(self, needed: np.ndarray) -> np.ndarray:
        """Chance of at least the needed change by each method: (target,) -> (target, method). Infinities allowed."""
        finite = np.where(np.isfinite(needed), needed, 0.0)[None, :]
        usual = _usual(self.case) if self.without_peers else _known(self.case)
        own = own_chances(self.case.own, finite, self.horizon, usual)
        parts = own if self.evidence is None else np.concatenate([self.evidence.chances(finite), own], axis=-1)
        sure = np.where(needed == np.inf, 0.0, 1.0)[:, None]
        return np.where(np.isfinite(needed)[:, None], parts[0], sure)

    def reach(self, needed: np.ndarray) -> np.ndarray:
        """The stacked chance of at least the needed change, a turn of the common trend included: (target,)."""
        stacking = shipped_stacking()
        points = self.case.points
        if self.evidence is None:
            return pooled(self.parts(needed), stacking.without_peers(points))
        stacked = pooled(self.parts(needed), stacking.with_peers(self.windows, points))
        turning = self.evidence.turning
        return (1 - turning) * stacked + turning * _after_turning(self.evidence, needed)


def _after_turning(evidence: PeerEvidence, needed: np.ndarray) -> np.ndarray:
    finite = np.where(np.isfinite(needed), needed, 0.0)[None, :]
    sure = np.where(needed == np.inf, 0.0, 1.0)
    return np.where(np.isfinite(needed), evidence.after_turning(finite)[0], sure)


def case_of(series: Series, indicator: Indicator, peers: Iterable[Series]) -> PeerCase:
    """The case of a region and its peers' Series, of which only values up to the region's last year are read.

    Raises ValueError for an empty series.
    """
    if not len(series):
        raise ValueError(f"{indicator.id} for {series.region} has no value: a chance needs at least one.")
    stretch = series.last_stretch()
    origin = stretch.years[-1]
    others = [peer.until(origin).last_stretch() for peer in peers if peer.region != series.region]
    others = [peer for peer in others if len(peer)]
    first = min([stretch.years[0], *(peer.years[0] for peer in others)])
    own = _row(stretch, first, origin)
    values = np.array([_row(peer, first, origin) for peer in others]).reshape(len(others), own.size)
    name = _scale_name(indicator, np.append(values, own))
    scale = peer_scale(name, indicator.better != "down", np.append(values, own), *indicator.range)
    seen = field_of(scale.forward(values)) if others else None
    return PeerCase(
        series=stretch,
        indicator=indicator,
        scale=scale,
        field=_standing_now(seen) if seen is not None and len(others) >= FEWEST_PEERS else None,
        own=_own(scale.forward(own)),
        unit=stretch.precision or 10.0**-indicator.decimals,
        lent=published_changes(seen) if seen is not None else (np.empty(0), np.empty(0)),
        broken=len(stretch) < len(series),
        bases=tuple(sorted({stretch.basis, *(peer.basis for peer in others)})),
    )


def ahead(case: PeerCase, horizon: int) -> PeerPrediction:
    """What lies `horizon` years ahead of a case. Raises ValueError where neither peers nor scale say how far it moves."""
    evidence = None
    if case.field is not None:
        standing = standing_in(case.field, case.own, case.points)
        evidence = peer_evidence(case.field, standing, horizon, case.points)
    if evidence is None:
        _usual(case)
    return PeerPrediction(case, horizon, evidence)


def _scale_name(indicator: Indicator, values: np.ndarray) -> str:
    if indicator.scale == "plain" or np.nanmin(values) < 0:
        return "plain"
    return "logit" if indicator.scale == "logit" and indicator.unit == "percent" else "log"


def _row(series: Series, first: int, last: int) -> np.ndarray:
    row = np.full(last - first + 1, np.nan)
    row[np.array(series.years) - first] = series.values
    return row


def _own(scaled: np.ndarray) -> np.ndarray:
    """The unbroken run of own values up to the origin, gaps of up to five years bridged: (1, year)."""
    filled = field_of(scaled).values[:, -OWN_POINTS:]
    gaps = np.flatnonzero(np.isnan(filled[0]))
    return filled[:, gaps[-1] + 1 :] if gaps.size else filled


def _standing_now(field: PeerField) -> PeerField:
    """Where fewer than half of the peers have a value for the origin, the others stand where they last stood.

    That places the region among its peers; no window opens or closes on a carried value.
    """
    if np.isfinite(field.values[:, -1]).mean() >= 0.5:
        return field
    carried = field.values.copy()
    for row in carried:
        known = np.flatnonzero(np.isfinite(row))
        row[known[-1] + 1 :] = row[known[-1]]
    return PeerField(np.where(np.isfinite(field.values), field.values, _last_only(carried)), field.observed)


def _last_only(values: np.ndarray) -> np.ndarray:
    last = np.full(values.shape, np.nan)
    last[:, -1] = values[:, -1]
    return last


def _known(case: PeerCase) -> ChangePrior:
    """How indicators usually move, as when the weights of the methods were learned; peers speak by other methods."""
    return USUAL.get(case.scale.name) or _usual(case)


def _usual(case: PeerCase) -> ChangePrior:
    """How the indicator usually moves: known for shares and logs, sharpened by what changes its peers have published."""
    usual = USUAL_YEARS if case.indicator.unit == "years" else USUAL.get(case.scale.name)
    if case.lenders:
        return lent_by_peers(usual, *case.lent)
    if usual is not None:
        return usual
    changes = np.diff(case.own[0])
    if changes.size >= 2 and changes.any():
        return ChangePrior(float(np.log(np.sqrt(np.mean(changes**2)))), AMONG_PEERS)
    raise ValueError(
        f"{case.indicator.id} is on a plain scale, and {case.series.region} has neither peers nor three values that differ, "
        "so nothing says how far it moves in a year. Give peers, or set its scale to log or logit in data/indicators.yaml."
    )
