"""Luck by counting: a random number is a hash of (seed, person, year, event), so it needs no state and no order.

The same person meets the same luck in every scenario, in any order of rows, in any process and in any split of the
people. Numbers are the finalizer of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, "Fast splittable pseudorandom
number generators"; constants of D. Stafford's variant 13), once over the person and the stream.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numba import njit

EVENTS = {
    name: code
    for code, name in enumerate(
        (
            "death",
            "leaving",
            "birth",
            "arrival",
            "child",
            "sex",
            "birthday",
            "family",
            "willing",
            "ceiling",
            "reach",
            "start",
            "home",
            "closing",
            "opening",
            "price",
            "vocation",
            "quitting",
            "partner",
            "alone",
            "takeup",
            "leaving_home",
            "moving_in",
            "fraction",
        )
    )
}
"""Everything that luck decides. The order is part of the stream: new events go at the end."""

WORD = (1 << 64) - 1
FIRST, SECOND, GOLDEN = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(FIRST), np.uint64(SECOND)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
UNIT = 2.0**-53


def seed_for(seed: int, *names: str | int) -> int:
    """A seed of 64 bits for one region and replicate, apart from those of all others.

    >>> seed_for(1, "330304") == seed_for(1, "330304"), seed_for(1, "330304") == seed_for(1, "330102")
    (True, False)
    """
    text = "|".join(str(part) for part in (int(seed), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def stream(seed: int, year: int, event: str) -> np.uint64:
    """What is common to everyone's luck in one event of one year; `year` is 0 for what is drawn once in a life.

    KeyError with the known events for any other.

    >>> bool(stream(1, 2024, "death") == stream(1, 2024, "birth"))
    False
    """
    if event not in EVENTS:
        raise KeyError(f"No event is called {event!r}; luck decides {', '.join(EVENTS)}.")
    word = _mixed_word((seed + GOLDEN) & WORD)
    word = _mixed_word((word + year * GOLDEN) & WORD)
    return np.uint64(_mixed_word((word + (EVENTS[event] + 1) * FIRST) & WORD))


def hashed(uids: np.ndarray | list[int], key: np.uint64) -> np.ndarray:
    """64 random bits for each person in a stream: (person,).

    >>> key = stream(1, 2024, "death")
    >>> bool(hashed([7, 8], key)[0] == hashed([8, 7], key)[1])
    True
    """
    words = np.asarray(uids, dtype=np.uint64) ^ key
    words ^= words >> _30
    words *= _FIRST
    words ^= words >> _27
    words *= _SECOND
    words ^= words >> _31
    return words


def uniform(uids: np.ndarray | list[int], key: np.uint64) -> np.ndarray:
    """A number in [0, 1) for each person in a stream, 53 bits of it: (person,).

    >>> drawn = uniform(np.arange(100_000, dtype=np.uint64), stream(1, 2024, "death"))
    >>> round(float(drawn.mean()), 2), round(float(drawn.var()), 3)
    (0.5, 0.083)
    """
    return (hashed(uids, key) >> _11).astype(np.float64) * UNIT


@njit(inline="always")
def hash_of(uid: np.uint64, key: np.uint64) -> np.uint64:
    """`hashed` for one person, inside compiled code; the same bits."""
    word = uid ^ key
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@njit(inline="always")
def uniform_of(uid: np.uint64, key: np.uint64) -> float:
    """`uniform` for one person, inside compiled code; the same bits."""
    return np.float64(hash_of(uid, key) >> _11) * UNIT


def _mixed_word(word: int) -> int:
    word = ((word ^ (word >> 30)) * FIRST) & WORD
    word = ((word ^ (word >> 27)) * SECOND) & WORD
    return word ^ (word >> 31)
