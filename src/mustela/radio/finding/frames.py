"""From an image's own celestial frame to ICRS and back, position angles and errors included."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from astropy.coordinates import BaseCoordinateFrame, SkyCoord
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame
from numpy.typing import NDArray

from mustela.radio.finding.errors import UnusableImage

Floats = NDArray[np.float64]


def frame_of(wcs: WCS) -> BaseCoordinateFrame:
    """The frame of a celestial WCS.

    Raises ``UnusableImage`` where it is tied to no sky that has ICRS coordinates.
    """
    try:
        frame: Any = wcs_to_celestial_frame(wcs)
        SkyCoord(0.0, 0.0, unit="deg", frame=frame).icrs  # noqa: B018 - asks whether it can
    except Exception as error:  # astropy names no common class for frames that it cannot turn
        raise UnusableImage(f"its coordinates cannot be turned into ICRS: {error}") from error
    return frame


def to_icrs(frame: BaseCoordinateFrame, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees in ``frame`` to degrees in ICRS."""
    if frame.name == "icrs":
        return lon % 360.0, lat
    sky: Any = SkyCoord(lon, lat, unit="deg", frame=frame).icrs
    return np.asarray(sky.ra.deg), np.asarray(sky.dec.deg)


def from_icrs(frame: BaseCoordinateFrame, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Degrees in ICRS to degrees in ``frame``."""
    if frame.name == "icrs":
        return ra, dec
    sky: Any = SkyCoord(ra, dec, unit="deg", frame="icrs").transform_to(frame)
    return np.asarray(sky.spherical.lon.deg), np.asarray(sky.spherical.lat.deg)


def north_in_icrs(frame: BaseCoordinateFrame, lon: float, lat: float) -> float:
    """The ICRS position angle, in degrees, of the direction in which ``frame``'s latitude grows."""
    if frame.name == "icrs":
        return 0.0
    step = 1e-4 if lat < 89.0 else -1e-4
    here: Any = SkyCoord(lon, lat, unit="deg", frame=frame).icrs
    there: Any = SkyCoord(lon, lat + step, unit="deg", frame=frame).icrs
    return float(here.position_angle(there).deg) + (180.0 if step < 0 else 0.0)


def turned_errors(lon_error: float, lat_error: float, turn_deg: float) -> tuple[float, float]:
    """Uncorrelated errors along a frame's axes, along axes turned by ``turn_deg`` to it."""
    sine, cosine = math.sin(math.radians(turn_deg)), math.cos(math.radians(turn_deg))
    return (
        math.hypot(lon_error * cosine, lat_error * sine),
        math.hypot(lon_error * sine, lat_error * cosine),
    )
