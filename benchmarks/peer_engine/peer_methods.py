"""The methods side by side: each gives the chance that a region changes by at least what is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.peer_engine.analogs import likeness
from benchmarks.peer_engine.drift import (
    CommonChange,
    Drift,
    chance_by_drift,
    chance_of_turning,
    common_change,
    fit_drift,
    turned,
)
from benchmarks.peer_engine.peer_field import PeerField, Standing, Windows, windows_in
from benchmarks.peer_engine.reference_class import share_reaching, share_reaching_with_shock

PEER_METHODS = ("reference_class", "drift", "analogs", "analogs_around_drift")
OWN_METHODS = ("own_points", "own_recent")
METHODS = (*PEER_METHODS, *OWN_METHODS)
LEAST_EVIDENCE = 10  # windows below which peers say nothing. A judgement


@dataclass(frozen=True)
class PeerEvidence:
    """All that peers say about regions at one origin and horizon, on the peers' scale.

    windows: the comparable windows. everyone, alike: (region, window), their weights in the reference class and as
    analogs. as_was: (window,), changes as they happened, stretched to the horizon. drift, common: what is expected of
    the regions among their peers and of all peers together. turning: the chance that the common trend turns.
    """

    windows: Windows
    everyone: np.ndarray
    alike: np.ndarray
    as_was: np.ndarray
    drift: Drift
    common: CommonChange
    turning: float

    def after_turning(self, needed: np.ndarray) -> np.ndarray:
        """Chance of at least the needed change if the peers' common trend turns: needed (region, target)."""
        return chance_by_drift(self.drift, turned(self.common), needed)

    def chances(self, needed: np.ndarray) -> np.ndarray:
        """Chance of at least the needed change by each of PEER_METHODS: needed (region, target); last axis method."""
        around = needed - self.common.centre - self.drift.centre[:, None]
        return np.stack(
            [
                share_reaching(self.as_was, self.everyone, needed),
                chance_by_drift(self.drift, self.common, needed),
                share_reaching(self.as_was, self.alike, needed),
                share_reaching_with_shock(self.drift.residuals, self.alike, around, self.common.spread),
            ],
            axis=-1,
        )


def peer_evidence(
    field: PeerField, standing: Standing, horizon: int, points: int, own: np.ndarray | None = None
) -> PeerEvidence | None:
    """The evidence of the field for regions standing as given, `horizon` years ahead; None if it holds too little.

    own: (region,), rows of the field that are the regions themselves; their windows are left out of what is compared.
    """
    windows = windows_in(field, horizon, points)
    if windows is None or len(windows) < LEAST_EVIDENCE or not np.isfinite(field.yearly_spread):
        return None
    everyone = np.ones((standing.level.size, len(windows)))
    if own is not None:
        everyone[windows.peer[None, :] == own[:, None]] = 0.0
    return PeerEvidence(
        windows=windows,
        everyone=everyone,
        alike=likeness(windows, standing, own),
        as_was=windows.change * horizon / windows.length,
        drift=fit_drift(windows, standing, horizon),
        common=common_change(field, horizon),
        turning=chance_of_turning(field, horizon),
    )
