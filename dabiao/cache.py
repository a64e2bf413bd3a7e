"""What is kept so that it is made once: values by kind and key, of each kind a few.

A key that begins with a catalogue's fingerprint and information date can never give an answer on figures that have changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any


class Cache:
    """Values by kind and key. most: how many of each kind are kept; the one longest unasked gives way.

    >>> cache = Cache({"square": 1})
    >>> cache.keep("square", 3, lambda: 9), cache.keep("square", 3, lambda: 0)
    (9, 9)
    """

    def __init__(self, most: Mapping[str, int]) -> None:
        self.most = most
        self.kept: dict[str, OrderedDict[Hashable, Any]] = {kind: OrderedDict() for kind in most}

    def keep(self, kind: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value kept for a key, or made now. KeyError for a kind without a limit."""
        of_kind = self.kept[kind]
        if key not in of_kind:
            of_kind[key] = make()
        of_kind.move_to_end(key)
        while len(of_kind) > self.most[kind]:
            of_kind.popitem(last=False)
        return of_kind[key]


# Region models of some 40 MB at 500 draws, assessments that share them, charts of 100 kB.
READY = Cache({"model": 2, "assessment": 8, "chart": 16})
