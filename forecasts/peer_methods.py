"""The peer-informed methods side by side: each gives the chance that a region changes by at least what is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.analogs import likeness
from forecasts.drift import chance_by_drift, common_change, fit_drift, relative_changes
from forecasts.peer_field import PeerField, Standing, Windows, windows_in
from forecasts.reference_class import share_reaching, share_reaching_with_shock

METHODS = ("reference_class", "reference_as_was", "drift", "analogs", "analogs_as_were", "analogs_around_drift")
UNTRAINED = ("reference_class", "drift", "analogs")


@dataclass(frozen=True)
class PeerEvidence:
    """All that peers say about regions at one origin and horizon.

    windows: the comparable windows. alike: (region, window) weights of the analogs. as_was: (window,) changes as they
    happened, stretched to the horizon. The rest is what the methods need, on the oriented scale.
    """

    windows: Windows
    alike: np.ndarray
    everyone: np.ndarray
    as_was: np.ndarray
    relative: np.ndarray
    drift: object
    common: object

    def chances(self, needed) -> dict[str, np.ndarray]:
        """Chance of at least the needed change by each of METHODS: needed (region, target), result of that shape."""
        spread, ahead = self.common.spread, needed - self.common.centre
        around = ahead - self.drift.centre[:, None]
        return {
            "reference_class": share_reaching_with_shock(self.relative, self.everyone, ahead, spread),
            "reference_as_was": share_reaching(self.as_was, self.everyone, needed),
            "drift": chance_by_drift(self.drift, self.common, needed),
            "analogs": share_reaching_with_shock(self.relative, self.alike, ahead, spread),
            "analogs_as_were": share_reaching(self.as_was, self.alike, needed),
            "analogs_around_drift": share_reaching_with_shock(self.drift.residuals, self.alike, around, spread),
        }


def peer_evidence(
    field: PeerField, standing: Standing, horizon: int, points: int, own: np.ndarray | None = None
) -> PeerEvidence | None:
    """The evidence of the field for regions standing as given, `horizon` years ahead; None if it holds too little.

    own: (region,), rows of the field that are the regions themselves; their windows are left out of what is compared.
    """
    windows = windows_in(field, horizon, points)
    if windows is None or len(windows) < 10 or not np.isfinite(field.yearly_spread):
        return None
    everyone = np.ones((standing.level.size, len(windows)))
    if own is not None:
        everyone[windows.peer[None, :] == own[:, None]] = 0.0
    return PeerEvidence(
        windows=windows,
        alike=likeness(windows, standing, own),
        everyone=everyone,
        as_was=windows.change * horizon / windows.length,
        relative=relative_changes(windows, horizon),
        drift=fit_drift(windows, standing, horizon),
        common=common_change(field, horizon),
    )
