"""Single positions on the sphere: unit vectors, separations, position angles, offsets.

All of it holds at every distance, across RA 0 and at the poles. Degrees, ICRS.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from mustela.errors import MustelaError

Vector: TypeAlias = tuple[float, float, float]
"""A direction: x towards RA 0 Dec 0, y towards RA 90 Dec 0, z towards the north pole."""


class NotAPosition(MustelaError, ValueError):
    """A position needs a finite right ascension and a declination from -90 to 90 degrees."""

    code = "not_a_position"


def wrapped(ra_deg: float) -> float:
    """That right ascension from 0 to below 360 degrees."""
    turned = ra_deg % 360.0
    return 0.0 if turned == 360.0 else turned  # -1e-20 % 360 rounds to 360


def unit_vector(ra_deg: float, dec_deg: float) -> Vector:
    """The direction of a position; raises `NotAPosition` where it is none."""
    if not (math.isfinite(ra_deg) and -90.0 <= dec_deg <= 90.0):
        raise NotAPosition(
            f"RA {ra_deg}, Dec {dec_deg}: give a finite right ascension and a declination "
            "from -90 to 90, both in degrees."
        )
    ra, dec = math.radians(wrapped(ra_deg)), math.radians(dec_deg)
    # cos(dec) by its complement: at the pole exactly 0, and full precision beside it.
    equatorial = math.sin(math.radians(90.0 - abs(dec_deg)))
    return (equatorial * math.cos(ra), equatorial * math.sin(ra), math.sin(dec))


def position_of(vector: Vector) -> tuple[float, float]:
    """RA and Dec of a direction of any length but zero."""
    x, y, z = vector
    return wrapped(math.degrees(math.atan2(y, x))), math.degrees(math.atan2(z, math.hypot(x, y)))


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a: Vector) -> float:
    return math.sqrt(dot(a, a))


def angle(a: Vector, b: Vector) -> float:
    """The angle between two unit vectors in radians, as exact at 0 as at 180 degrees.

    Kahan's formula: 2 atan2(|a - b|, |a + b|).
    """
    apart = math.dist(a, b)
    together = math.hypot(a[0] + b[0], a[1] + b[1], a[2] + b[2])
    return 2.0 * math.atan2(apart, together)


def separation(ra1_deg: float, dec1_deg: float, ra2_deg: float, dec2_deg: float) -> float:
    """The distance between two positions on the sphere, in degrees."""
    return math.degrees(angle(unit_vector(ra1_deg, dec1_deg), unit_vector(ra2_deg, dec2_deg)))


def position_angle(ra1_deg: float, dec1_deg: float, ra2_deg: float, dec2_deg: float) -> float:
    """The direction from the first position to the second: degrees from north through east,
    from 0 to below 360; 0 where the two are one."""
    east, north = _towards(ra1_deg, dec1_deg, unit_vector(ra2_deg, dec2_deg))
    return wrapped(math.degrees(math.atan2(east, north)))


def offsets(ra1_deg: float, dec1_deg: float, ra2_deg: float, dec2_deg: float) -> Vector2:
    """How far east and north of the first position the second lies, in arcseconds along the
    great circle between them (zenithal equidistant: the two in quadrature are the separation)."""
    apart = separation(ra1_deg, dec1_deg, ra2_deg, dec2_deg) * 3600.0
    direction = math.radians(position_angle(ra1_deg, dec1_deg, ra2_deg, dec2_deg))
    return apart * math.sin(direction), apart * math.cos(direction)


def offset_by(
    ra_deg: float, dec_deg: float, position_angle_deg: float, distance_deg: float
) -> tuple[float, float]:
    """The position at that distance in that direction (from north through east)."""
    start = unit_vector(ra_deg, dec_deg)
    east, north = _east(ra_deg), _north(ra_deg, dec_deg)
    turn, far = math.radians(position_angle_deg), math.radians(distance_deg)
    sin_far, cos_far = math.sin(far), math.cos(far)
    to_east, to_north = sin_far * math.sin(turn), sin_far * math.cos(turn)
    x, y, z = (
        cos_far * s + to_east * e + to_north * n for s, e, n in zip(start, east, north, strict=True)
    )
    return position_of((x, y, z))


Vector2: TypeAlias = tuple[float, float]


def _towards(ra_deg: float, dec_deg: float, other: Vector) -> Vector2:
    start = unit_vector(ra_deg, dec_deg)
    difference = (other[0] - start[0], other[1] - start[1], other[2] - start[2])
    return dot(difference, _east(ra_deg)), dot(difference, _north(ra_deg, dec_deg))


def _east(ra_deg: float) -> Vector:
    ra = math.radians(wrapped(ra_deg))
    return (-math.sin(ra), math.cos(ra), 0.0)


def _north(ra_deg: float, dec_deg: float) -> Vector:
    x, y, _ = unit_vector(ra_deg, 0.0)
    dec = math.radians(dec_deg)
    return (-math.sin(dec) * x, -math.sin(dec) * y, math.sin(math.radians(90.0 - abs(dec_deg))))
