"""How far the positions in an image are from those of a reference catalogue."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import median
from typing import TypeAlias

import msgspec

from mustela.radio.sky.positions import separation

#: Right ascension and declination, degrees, ICRS.
Position: TypeAlias = tuple[float, float]


class Astrometry(msgspec.Struct, frozen=True):
    """``n_matched`` detections have a reference source within a beam; the median of how far."""

    n_matched: int
    median_offset_beams: float | None = None


def astrometry(
    detections: Sequence[Position], references: Sequence[Position], beam_arcsec: float
) -> Astrometry:
    """The median distance of detections from the nearest reference source, in beams.

    Only what lies within one beam (the major axis, full width at half maximum) of a reference
    source is taken for it.
    """
    reach = beam_arcsec / 3600
    ordered = sorted(references, key=lambda position: position[1])
    decs = [position[1] for position in ordered]
    offsets: list[float] = []
    for ra, dec in detections:
        near = ordered[bisect_left(decs, dec - reach) : bisect_right(decs, dec + reach)]
        distances = [separation(ra, dec, *one) for one in near if _may_be_near(ra, dec, one, reach)]
        if distances and (nearest := min(distances)) <= reach:
            offsets.append(nearest / reach)
    return Astrometry(len(offsets), median(offsets) if offsets else None)


def _may_be_near(ra: float, dec: float, one: Position, reach: float) -> bool:
    """Cheap, and never wrong where it says no: a bound on the difference in right ascension."""
    across = math.cos(math.radians(min(max(abs(dec), abs(one[1])) + reach, 90.0)))
    apart = abs((ra - one[0] + 180.0) % 360.0 - 180.0)
    return apart * across <= 2 * reach
