"""Many positions at once, with numpy: unit vectors, separations, cells."""

from __future__ import annotations

from typing import TypeAlias

import astropy.units as u
import cdshealpix
import numpy as np
import numpy.typing as npt
from astropy.coordinates import Latitude, Longitude

from mustela.radio.sky.healpix import DEEPEST

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


def unit_vectors(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike) -> Floats:
    """Directions of positions in degrees, shape (n, 3); as `positions.unit_vector`, one by one."""
    ra = np.radians(np.asarray(ra_deg, dtype=np.float64) % 360.0)
    dec = np.asarray(dec_deg, dtype=np.float64)
    equatorial = np.sin(np.radians(90.0 - np.abs(dec)))
    return np.stack(
        (equatorial * np.cos(ra), equatorial * np.sin(ra), np.sin(np.radians(dec))), axis=-1
    )


def angles(a: Floats, b: Floats) -> Floats:
    """Angles between unit vectors, row by row, in radians; exact at every distance."""
    apart = np.linalg.norm(a - b, axis=-1)
    together = np.linalg.norm(a + b, axis=-1)
    found: Floats = 2.0 * np.arctan2(apart, together)
    return found


def separations(
    ra1_deg: npt.ArrayLike,
    dec1_deg: npt.ArrayLike,
    ra2_deg: npt.ArrayLike,
    dec2_deg: npt.ArrayLike,
) -> Floats:
    """Distances on the sphere in degrees; the arrays broadcast."""
    return np.degrees(angles(unit_vectors(ra1_deg, dec1_deg), unit_vectors(ra2_deg, dec2_deg)))


def cells_of(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike) -> Integers:
    """The order-29 nested cells of many positions; as `healpix.cell_of`, one by one.

    A position within rounding (1e-16) of the edge between two cells may get the other one here;
    the ranges of a cone are wide enough for either.
    """
    ra = np.asarray(ra_deg, dtype=np.float64) % 360.0
    dec = np.asarray(dec_deg, dtype=np.float64)
    cells = cdshealpix.lonlat_to_healpix(
        Longitude(np.atleast_1d(ra), u.deg), Latitude(np.atleast_1d(dec), u.deg), DEEPEST
    )
    return np.asarray(cells, dtype=np.int64)
