"""Randomness enters as a seed; each question has its own stream, the same whatever else is asked."""

from __future__ import annotations

import zlib

import numpy as np

from planning.regions import Region


def generator(seed: int, region: Region | str, what: str) -> np.random.Generator:
    """Randomness of one question alone: the same whatever else was asked. region: itself or its key."""
    key = region if isinstance(region, str) else region.key
    return np.random.default_rng([seed, zlib.crc32(f"{key}|{what}".encode())])
