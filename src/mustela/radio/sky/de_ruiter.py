"""The de Ruiter radius: how far apart two positions are, in units of their errors.

De Ruiter, Willis and Arp 1977 (A&AS 28, 211), as the LOFAR transients pipeline uses it: Swinbank et
al. 2015 (A&C 11, 25)

    r = sqrt( (Δα cos δ)² / (σα₁² + σα₂²) + Δδ² / (σδ₁² + σδ₂²) )          [no unit]

Here Δα cos δ and Δδ are the components, to the east and to the north, of the difference of the two
unit vectors in the plane that touches the sphere halfway between them. For small separations they
are those of the formula, and they need no care at RA 0 or at the poles. (Beside a pole the errors
to the east and the north of the two positions point differently; where the two errors of each
position are equal, as near a pole they should be, that makes no difference.)
"""

from __future__ import annotations

import numpy as np

from mustela.radio.sky.arrays import Floats

MATCH_BELOW = 5.68
"""Two positions of one source are less than this apart in 99.99999 % of cases [no unit]: the
usual limit, of Scheers 2011 and Swinbank et al. 2015."""

ARCSEC = np.pi / (180.0 * 3600.0)
"""One arcsecond in radians."""


def tangent_offsets(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """How far east and north the first unit vectors are of the second ones [arcsec], by rows."""
    half_way = first + second
    x, y, z = half_way[..., 0], half_way[..., 1], half_way[..., 2]
    across = np.hypot(x, y)
    at_pole = across == 0.0
    safe = np.where(at_pole, 1.0, across)
    cos_ra, sin_ra = np.where(at_pole, 1.0, x / safe), np.where(at_pole, 0.0, y / safe)
    size = np.hypot(across, z)
    size = np.where(size == 0.0, 1.0, size)  # opposite each other: no middle, and no match
    sin_dec, cos_dec = z / size, across / size
    dx, dy, dz = np.moveaxis(first - second, -1, 0)
    east = dy * cos_ra - dx * sin_ra
    north = dz * cos_dec - sin_dec * (dx * cos_ra + dy * sin_ra)
    return east / ARCSEC, north / ARCSEC


def de_ruiter_radii(
    first: Floats,
    second: Floats,
    ra_variance: Floats,
    dec_variance: Floats,
) -> Floats:
    """Of pairs of unit vectors; the variances are the sums of the two positions' squared errors,
    to the east (σα on the sky, not of the coordinate) and to the north [arcsec²]."""
    east, north = tangent_offsets(first, second)
    radii: Floats = np.sqrt(east**2 / ra_variance + north**2 / dec_variance)
    return radii
