"""Regions of the sky as people and clients write them: the POS of SIA 2.

`CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2`, `POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ...`, numbers
in degrees, ICRS, parted by whitespace; see the POS parameter of SIA 2.0, and DALI 1.1
for how the numbers are written (`-Inf` and `+Inf` leave an end of a range open).
"""

from __future__ import annotations

import math
from typing import TypeAlias

from mustela.errors import MustelaError
from mustela.radio.sky.box import Box
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.positions import angle

Region: TypeAlias = Circle | Box | Polygon
Footprint: TypeAlias = Circle | Polygon

_FORMS = "CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2, or POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ..."


class NotARegion(MustelaError, ValueError):
    """A region of the sky is a CIRCLE, a RANGE or a POLYGON with its numbers in degrees."""

    code = "not_a_region"


def parse_region(text: str) -> Region:
    """The region that a POS value says; raises `NotARegion` that says what is wrong with it."""
    shape, *words = text.split() or [""]
    try:
        return _region(shape, words)
    except NotARegion:
        raise
    except MustelaError as error:
        raise NotARegion(f"{text!r}: {error.message}") from error


def _region(shape: str, words: list[str]) -> Region:
    match shape.upper():
        case "CIRCLE":
            ra, dec, radius = _numbers(words, shape, 3)
            return Circle(_longitude(ra), dec, radius)
        case "RANGE":
            return _box(*_numbers(words, shape, 4))
        case "POLYGON":
            return _polygon(_numbers(words, shape))
        case _:
            raise NotARegion(f"{shape!r} is no shape of a region. Write {_FORMS}, in degrees.")


def intersects(region: Region, footprint: Footprint) -> bool:
    """Whether a region and a footprint share a point, exactly."""
    if isinstance(footprint, Polygon):
        if isinstance(region, Circle):
            return footprint.intersects_circle(region)
        return region.intersects_polygon(footprint)
    if isinstance(region, Circle):
        return angle(region.centre, footprint.centre) <= region.radius + footprint.radius
    return region.intersects_circle(footprint)


def _numbers(words: list[str], shape: str, count: int | None = None) -> list[float]:
    if count is not None and len(words) != count:
        raise NotARegion(f"{shape} has {len(words)} numbers, not {count}. Write {_FORMS}.")
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise NotARegion(f"{shape} {' '.join(words)}: these are not all numbers.") from error
    if any(map(math.isnan, numbers)):
        raise NotARegion(f"{shape} {' '.join(words)}: NaN is no coordinate.")
    return numbers


def _longitude(ra: float) -> float:
    if not 0.0 <= ra <= 360.0:
        raise NotARegion(f"A right ascension of {ra}: write 0 to 360 degrees.")
    return ra


def _box(ra_min: float, ra_max: float, dec_min: float, dec_max: float) -> Box:
    if ra_min == -math.inf or ra_max == math.inf:
        # One open end reaches to RA 0, as the values of right ascension are from 0 to 360.
        ra_min, ra_max = max(ra_min, 0.0), min(ra_max, 360.0)
    if dec_min == -math.inf:
        dec_min = -90.0
    if dec_max == math.inf:
        dec_max = 90.0
    return Box(_longitude(ra_min), _longitude(ra_max), dec_min, dec_max)


def _polygon(numbers: list[float]) -> Polygon:
    if len(numbers) < 6 or len(numbers) % 2:
        raise NotARegion(
            f"POLYGON has {len(numbers)} numbers: write a right ascension and a declination for "
            "each of three corners or more."
        )
    corners = [(_longitude(ra), dec) for ra, dec in zip(numbers[::2], numbers[1::2], strict=True)]
    return Polygon(tuple(corners))
