"""Randomness enters as a seed; each question has its own stream, the same whatever else is asked."""

from __future__ import annotations

import zlib

import numpy as np

from planning.regions import Region


def generator(seed: int, region: Region, what: str) -> np.random.Generator:
    """Randomness of one question alone: the same whatever else was asked."""
    return np.random.default_rng([seed, zlib.crc32(f"{region.key}|{what}".encode())])
