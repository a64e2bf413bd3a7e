"""What each lever did: a value after each in turn, on top of those before it and on the same draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Contribution(Generic[Value]):
    """One lever on top of those before it: the value without it and with it."""

    lever: str
    before: Value
    after: Value


def decompose(levers: Sequence[str], value: Callable[[tuple[str, ...]], Value]) -> tuple[Contribution[Value], ...]:
    """The contribution of each lever in the order given, adding up to the whole. value: with the levers named and no others.

    >>> [(c.lever, c.after - c.before) for c in decompose(("places", "staff"), lambda pulled: 3 * len(pulled))]
    [('places', 3), ('staff', 3)]
    """
    values = [value(tuple(levers[:n])) for n in range(len(levers) + 1)]
    return tuple(Contribution(*row) for row in zip(levers, values, values[1:], strict=False))
