"""HEALPix, nested, down to order 29: from a position to its cell, and to the middle of a cell.

Górski et al. 2005 (ApJ 622, 759) define the tessellation. The indices are theirs (so are those of
cdshealpix and healpy), which the tests hold this to. Plain Python: one position costs microseconds
here, and more in a vectorised library by the price of its call.
"""

from __future__ import annotations

import math
from typing import Final

from mustela.radio.sky.positions import Vector, unit_vector, wrapped

DEEPEST: Final = 29
"""The order whose indices fill 62 bits: cells of 0.4 milliarcseconds."""

_SIDE: Final = 1 << DEEPEST
_RING_OF_FACE: Final = (2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4)
_PHI_OF_FACE: Final = (1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7)


def cell_of(ra_deg: float, dec_deg: float) -> int:
    """The order-29 nested cell that holds a position: a 62-bit integer to sort and index by."""
    z = unit_vector(ra_deg, dec_deg)[2]
    turns = wrapped(ra_deg) / 90.0  # 0 to 4
    if abs(z) <= 2.0 / 3.0:
        face, x, y = _equatorial(turns, z)
    else:
        face, x, y = _polar(turns, dec_deg)
    return (face << 2 * DEEPEST) | _spread(x) | _spread(y) << 1


def _equatorial(turns: float, z: float) -> tuple[int, int, int]:
    middle, slope = _SIDE * (0.5 + turns), _SIDE * z * 0.75
    ascending, descending = int(middle - slope), int(middle + slope)
    to, of = ascending >> DEEPEST, descending >> DEEPEST
    if to == of:
        face = (to & 3) | 4
    elif to < of:
        face = to & 3
    else:
        face = (of & 3) + 8
    return face, descending & (_SIDE - 1), _SIDE - (ascending & (_SIDE - 1)) - 1


def _polar(turns: float, dec_deg: float) -> tuple[int, int, int]:
    quarter = min(int(turns), 3)
    along = turns - quarter
    # sqrt(3 (1 - |sin dec|)) without its cancellation at the pole.
    from_pole = math.sqrt(6.0) * math.sin(math.radians(90.0 - abs(dec_deg)) / 2.0)
    right = min(int(along * _SIDE * from_pole), _SIDE - 1)
    left = min(int((1.0 - along) * _SIDE * from_pole), _SIDE - 1)
    if dec_deg >= 0:
        return quarter, _SIDE - left - 1, _SIDE - right - 1
    return quarter + 8, right, left


def _spread(bits: int) -> int:
    """The bits of a 29-bit number, moved to the even places."""
    bits = (bits | bits << 16) & 0x0000FFFF0000FFFF
    bits = (bits | bits << 8) & 0x00FF00FF00FF00FF
    bits = (bits | bits << 4) & 0x0F0F0F0F0F0F0F0F
    bits = (bits | bits << 2) & 0x3333333333333333
    return (bits | bits << 1) & 0x5555555555555555


def middle_of(order: int, face: int, x: int, y: int) -> Vector:
    """The direction of a cell's middle; `x` and `y` count along its face, south corner first."""
    side = 1 << order
    ring = (_RING_OF_FACE[face] << order) - x - y - 1
    if ring < side:
        across, height = ring, ring * ring / (3.0 * side * side)
        z = 1.0 - height
    elif ring > 3 * side:
        across = 4 * side - ring
        height = across * across / (3.0 * side * side)
        z = height - 1.0
    else:
        across, z = side, (2 * side - ring) * 2.0 / (3.0 * side)
        height = 1.0 - abs(z)
    # In units of 45 degrees over `across`; from 1 - |z|, because 1 - z * z cancels at the pole.
    phi = (_PHI_OF_FACE[face] * across + x - y) * math.pi / (4.0 * across)
    equatorial = math.sqrt(height * (2.0 - height))
    return (equatorial * math.cos(phi), equatorial * math.sin(phi), z)


def reach_of(order: int) -> float:
    """No point of a cell of that order is further from its middle than this [radians].

    The widest cells are those beside the corner where the equatorial and the polar faces meet; the
    bound is their distance from middle to corner, with a margin for rounding.
    """
    side = 1 << order
    rise = 1.0 - 1.0 / side
    height = rise * rise / 3.0
    first = _direction(2.0 / 3.0, math.pi / (4.0 * side))
    second = _direction(1.0 - height, 0.0)
    return 2.0 * math.asin(math.dist(first, second) / 2.0) * 1.0001 + 1e-9


def _direction(z: float, phi: float) -> Vector:
    equatorial = math.sqrt((1.0 - z) * (1.0 + z))
    return (equatorial * math.cos(phi), equatorial * math.sin(phi), z)


REACH: Final = tuple(reach_of(order) for order in range(DEEPEST + 1))
"""`reach_of` each order."""
