"""Families of indicators: those that move together in the same regions, so that one must not teach about the other."""

from __future__ import annotations

import numpy as np

from forecasts.training.panels import Table

RELATED = 0.3  # correlation of yearly changes from which two indicators count as one family
SHARED = 30  # region-years that must be shared before a correlation is believed


def standard_changes(table: Table) -> dict[tuple[str, int], float]:
    """Yearly changes by (region, year), in units of the region's own typical change, at most three."""
    changes = np.diff(table.values, axis=1)
    found: dict[tuple[str, int], float] = {}
    for region, row in zip(table.regions, changes, strict=True):
        known = np.isfinite(row)
        usual = np.abs(row[known]).mean() if known.any() else 0.0
        if usual > 0:
            found |= {
                (region, table.years[i + 1]): float(np.clip(row[i] / usual, -3, 3)) for i in np.flatnonzero(known)
            }
    return found


def families(tables: list[Table]) -> dict[str, int]:
    """A family number for each indicator: joined when their yearly changes correlate in the regions they share."""
    changes = [standard_changes(table) for table in tables]
    family = list(range(len(tables)))
    for i in range(len(tables)):
        for j in range(i):
            shared = sorted(changes[i].keys() & changes[j].keys())
            if len(shared) < SHARED:
                continue
            a, b = (np.array([changes[k][key] for key in shared]) for k in (i, j))
            if a.std() > 0 and b.std() > 0 and abs(np.corrcoef(a, b)[0, 1]) >= RELATED:
                old, new = family[i], family[j]
                family = [new if member == old else member for member in family]
    return {table.indicator: number for table, number in zip(tables, family, strict=True)}
