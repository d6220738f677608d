"""Positions on the sky as unit vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]


def vector(ra_deg: Any, dec_deg: Any) -> Vectors:
    """One vector per position, along the last axis."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def position(vector: Vectors) -> tuple[float, float]:
    """Degrees, to a third of a microarcsecond."""
    x, y, z = (float(part) for part in vector)
    ra = math.degrees(math.atan2(y, x)) % 360.0
    return round(ra, 10) % 360.0, round(math.degrees(math.atan2(z, math.hypot(x, y))), 10)


def east_and_north(ra_deg: float, dec_deg: float) -> tuple[Vectors, Vectors]:
    """The directions at a position (at a pole, those of its right ascension)."""
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    east = np.array([-math.sin(ra), math.cos(ra), 0.0])
    north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
    return east, north
