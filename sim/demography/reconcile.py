"""Reconciliation: districts made to add up to their city, provinces to the nation, in people and in every flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planning.bilingual import Bilingual
from planning.populations import FEMALE, Projection


@dataclass(frozen=True)
class Correction:
    """How far children were from adding up to their parent, and how much each was moved.

    added: by account (people, births, deaths, migrants), the parent less the children's sum before the correction,
    persons, mean of draws: (year,), the base year included for people. gap: the same as a share of the parent, of the
    movements of people for migrants. moved: by child, the sum over ages and sexes of absolute changes of its people in
    the last year, as a share of them, mean of draws.
    """

    parent: str
    years: tuple[int, ...]
    added: dict[str, np.ndarray]
    gap: dict[str, np.ndarray]
    moved: dict[str, float]

    def sentence(self) -> Bilingual:
        """The correction in one line, for a list of assumptions."""
        worst = {name: share[np.argmax(np.abs(share))] for name, share in self.gap.items()}
        moves = np.abs(self.added["migrants"]).max()
        return Bilingual(
            f"各地之和与 {self.parent} 对齐：人口至多调整 {worst['people']:+.2%}，出生 {worst['births']:+.2%}，死亡 "
            f"{worst['deaths']:+.2%}，净迁移 {moves:,.0f} 人",
            f"Made to add up to {self.parent}: people {worst['people']:+.2%}, "
            f"births {worst['births']:+.2%}, deaths {worst['deaths']:+.2%} at most, net moves by up to {moves:,.0f} persons.",
        )


def reconcile(children: Sequence[Projection], parent: Projection) -> tuple[tuple[Projection, ...], Correction]:
    """The children changed so that, cell by cell, they add up to the parent, and what that took.

    Year by year: people of the base, births, and deaths are scaled by one factor per sex and age (deaths start from
    each child's own death rates on its corrected people), then moves take what is left, in proportion to the people
    present, so that nobody is counted below zero. Each child keeps its accounts: people = people + births - deaths +
    migrants by cell. A cell that is empty in all children is shared out by their people.

    ValueError when years or draws differ, or there are no children.
    """
    _check_family(children, parent)
    old = {name: np.stack([getattr(c, name) for c in children]) for name in ("people", "births", "deaths", "migrants")}
    size = old["people"][:, :, 0].sum(axis=(-2, -1))
    new = {name: np.empty_like(values) for name, values in old.items()}
    new["people"][:, :, 0] = _shared(old["people"][:, :, 0], parent.people[:, 0], size)
    for t in range(len(parent.flow_years)):
        before = new["people"][:, :, t]
        women = _ratio(_young_women(before), _young_women(old["people"][:, :, t]))
        born = _shared(old["births"][:, :, t] * women[..., None], parent.births[:, t], size)
        entering = _entering(born, before)
        rates = _ratio(old["deaths"][:, :, t], _entering(old["births"][:, :, t], old["people"][:, :, t]))
        died = _within(_shared(entering * rates, parent.deaths[:, t], size), entering)
        wished = np.maximum(entering - died + old["migrants"][:, :, t], 0)
        after = _shared(wished, parent.people[:, t + 1], size)
        new["births"][:, :, t], new["deaths"][:, :, t] = born, died
        new["people"][:, :, t + 1], new["migrants"][:, :, t] = after, after - entering + died
    correction = _correction(children, parent, old, new)
    sentence = correction.sentence()
    corrected = tuple(
        replace(
            child,
            **{name: new[name][i] for name in new},
            assumptions=(*child.assumptions, sentence),
        )
        for i, child in enumerate(children)
    )
    return corrected, correction


def _shared(values: np.ndarray, wanted: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Values (child, draw, ...) scaled to add up to wanted (draw, ...); by `size` (child, draw) where all are zero."""
    held = values.sum(axis=0)
    empty = (held == 0) & (wanted != 0)
    if empty.any():
        by_size = size.reshape(size.shape + (1,) * (values.ndim - 2))
        values = np.where(empty, by_size, values)
        held = values.sum(axis=0)
    return values * _ratio(wanted, held)


def _within(deaths: np.ndarray, entering: np.ndarray) -> np.ndarray:
    """Deaths held to those there to die, the same number in all: what is cut off falls on the others who are left."""
    held = np.minimum(deaths, entering)
    left = entering - held
    return held + left * _ratio((deaths - held).sum(axis=0), left.sum(axis=0))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, and nought where there is nothing below."""
    return np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0)


def _young_women(people: np.ndarray) -> np.ndarray:
    return people[..., FEMALE, 20:40].sum(axis=-1)


def _entering(births: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Who enters each age in a year, before deaths and moves: (..., sex, age)."""
    entering = np.concatenate([births[..., None], before[..., :-1]], axis=-1)
    entering[..., -1] += before[..., -1]
    return entering


def _correction(children: Sequence[Projection], parent: Projection, old: Any, new: Any) -> Correction:
    over = {"people": (-2, -1), "births": -1, "deaths": (-2, -1), "migrants": (-2, -1)}
    added, gap = {}, {}
    for name, axes in over.items():
        wanted = getattr(parent, name).sum(axis=axes)
        added[name] = (wanted - old[name].sum(axis=0).sum(axis=axes)).mean(axis=0)
        scale = np.abs(parent.migrants).sum(axis=axes) if name == "migrants" else wanted
        gap[name] = _ratio(added[name], scale.mean(axis=0))
    last = np.abs(new["people"][:, :, -1] - old["people"][:, :, -1]).sum(axis=(-2, -1)).mean(axis=-1)
    held = old["people"][:, :, -1].sum(axis=(-2, -1)).mean(axis=-1)
    moved = {child.region: float(last[i] / held[i]) for i, child in enumerate(children)}
    return Correction(parent.region, parent.years, added, gap, moved)


def _check_family(children: Sequence[Projection], parent: Projection) -> None:
    if not children:
        raise ValueError(f"{parent.region} has no children to reconcile.")
    for child in children:
        if child.years != parent.years or child.draws != parent.draws:
            raise ValueError(
                f"{child.region} covers {child.years[0]}-{child.years[-1]} in {child.draws} draws, its parent "
                f"{parent.region} {parent.years[0]}-{parent.years[-1]} in {parent.draws}; they must be the same."
            )
