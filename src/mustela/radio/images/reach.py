"""Which images may cover a position: an index on the centre's cell, for each class of radius.

An image of class ``n`` reaches no further from its centre than ``2**n`` arcminutes. Whoever looks
for images that cover a position looks, for each class, for centres within that distance.
"""

from __future__ import annotations

import math

#: 2^14 arcminutes are more than the whole sky.
CLASSES = range(-6, 15)
#: A margin for rounding, as a factor.
_MARGIN = 1 + 1e-9


def reach_of(radius_deg: float | None) -> int | None:
    """The class of a footprint's radius; ``None`` for an image without a place on the sky."""
    if radius_deg is None:
        return None
    arcminutes = max(radius_deg * 60, 2.0 ** CLASSES[0])
    return min(math.ceil(math.log2(arcminutes) - 1e-12), CLASSES[-1])


def distance_of(reach: int) -> float:
    """How far images of a class reach from their centres, in degrees."""
    return min(2.0**reach / 60 * _MARGIN, 180.0)
