"""Additive figures: children that add up to their parent, and series chained over a boundary change by adding parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planning.bilingual import Bilingual
from planning.outlooks import Outlook
from planning.series import Series


def scaled_to_parent(children: Sequence[Outlook], parent: Outlook) -> list[Outlook]:
    """The children with every draw and year scaled so that they add up to the parent: for counts that cover it wholly.

    Raises ValueError where indicator, unit, years or draws differ, or where all children are zero in a draw.
    """
    if not children:
        raise ValueError(f"{parent.indicator} for {parent.region}: there are no children to scale.")
    for child in children:
        if (child.indicator, child.unit, child.years, child.draws) != (
            parent.indicator, parent.unit, parent.years, parent.draws,
        ):  # fmt: skip
            raise ValueError(
                f"{child.indicator} for {child.region} ({child.unit}, {child.years[0]}-{child.years[-1]}, {child.draws} "
                f"draws) cannot be scaled to {parent.indicator} for {parent.region} ({parent.unit}, "
                f"{parent.years[0]}-{parent.years[-1]}, {parent.draws} draws)."
            )
    total = np.sum([child.paths for child in children], axis=0)
    if (total <= 0).any():
        raise ValueError(f"{parent.indicator}: the parts of {parent.region} add up to zero in some draws.")
    factor = parent.paths / total
    note = Bilingual(
        f"各部分之和按{parent.region}的结果等比例调整", f"Scaled in every draw to add up to {parent.region}."
    )
    return [replace(c, paths=c.paths * factor, assumptions=(*c.assumptions, note)) for c in children]


def added_up(region: str, parts: Sequence[Series]) -> Series:
    """The series of a whole from its parts (old Gongshu and Xiacheng for new Gongshu), in the years all of them have.

    For additive counts only. Raises ValueError where indicator, unit or basis differ or no year is shared.
    """
    kinds = {(part.indicator, part.unit, part.basis) for part in parts}
    if len(kinds) != 1:
        raise ValueError(f"Parts of {region} differ in indicator, unit or basis: {sorted(kinds)}.")
    shared = sorted(set.intersection(*(set(part.years) for part in parts)))
    if not shared:
        spans = ", ".join(f"{p.region} {p.years[0]}-{p.years[-1]}" if len(p) else f"{p.region} none" for p in parts)
        raise ValueError(f"Parts of {region} share no year: {spans}.")
    values = tuple(float(sum(part.values[part.years.index(year)] for part in parts)) for year in shared)
    first = parts[0]
    return Series(
        region,
        first.indicator,
        first.unit,
        tuple(shared),
        values,
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        basis=first.basis,
        grade=max(part.grade for part in parts),
        breaks=tuple(sorted({b for part in parts for b in part.breaks})),
        shocks=tuple(sorted({s for part in parts for s in part.shocks})),
        precision=max(part.precision for part in parts),
    )
