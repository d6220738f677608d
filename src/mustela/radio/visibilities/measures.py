"""Times and directions of casacore's measures, as MJD (UTC) and as ICRS degrees."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import erfa
import numpy as np
from astropy import units
from astropy.coordinates import FK4, FK5, ICRS, Galactic, SkyCoord

SECONDS_OF_DAY = 86400.0
_MJD_EPOCH = 2400000.5
#: Times that observations can have: 1920 to 2150. Elsewhere a time stands for nothing.
_FIRST_MJD, _LAST_MJD = 22324.0, 106331.0
_FRAMES = {
    "J2000": FK5(equinox="J2000"),
    "ICRS": ICRS(),
    "B1950": FK4(equinox="B1950"),
    "B1950_VLA": FK4(equinox="B1950"),
    "GALACTIC": Galactic(),
}


def reference_of(keywords: Mapping[str, Any]) -> str | None:
    """The frame or scale that a column's ``MEASINFO`` names; ``None`` where it varies by row."""
    info = keywords.get("MEASINFO")
    if not isinstance(info, Mapping) or "VarRefCol" in info:
        return None
    found = info.get("Ref")
    return found if isinstance(found, str) else None


def utc_mjd(seconds: float, scale: str | None) -> float | None:
    """MJD (UTC, days) of a time in MJD seconds; ``None`` for another scale, or an absurd time.

    UTC, TAI and TT (also called ET and TDT) are known; a column that names none is in UTC.
    """
    mjd = float(seconds) / SECONDS_OF_DAY
    if not math.isfinite(mjd) or not _FIRST_MJD < mjd < _LAST_MJD:
        return None
    if scale in {None, "UTC"}:
        return mjd
    if scale not in {"TAI", "IAT", "TT", "TDT", "ET"}:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", erfa.ErfaWarning)  # of leap seconds yet unknown
        day, part = _MJD_EPOCH, mjd
        if scale in {"TT", "TDT", "ET"}:
            day, part = erfa.tttai(day, part)
        day, part = erfa.taiutc(day, part)
    return float((day - _MJD_EPOCH) + part)


def icrs_degrees(
    longitude: float, latitude: float, frame: str | None
) -> tuple[float, float] | None:
    """ICRS right ascension (0 to 360) and declination of a direction in radians.

    J2000 is FK5. ``None`` in frames that need a time and a place (``AZEL``, ``APP``).
    """
    known = _FRAMES.get(frame or "")
    if known is None or not (math.isfinite(longitude) and math.isfinite(latitude)):
        return None
    if abs(latitude) > math.pi / 2 + 1e-9:
        return None
    latitude = max(-math.pi / 2, min(latitude, math.pi / 2))
    there: Any = SkyCoord(longitude * units.rad, latitude * units.rad, frame=known).icrs
    return float(there.ra.deg) % 360.0, float(there.dec.deg)


def east_north_up(positions: Any) -> Any:
    """ITRF positions (n × 3, m) as east, north and up (m) about their mean."""
    xyz = np.asarray(positions, dtype=float)
    centre = xyz.mean(axis=0)
    longitude, latitude, _ = erfa.gc2gd(1, centre)  # the ellipsoid WGS84
    sl, cl, sp, cp = (
        math.sin(longitude),
        math.cos(longitude),
        math.sin(latitude),
        math.cos(latitude),
    )
    turn = np.array([[-sl, cl, 0.0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])
    return (xyz - centre) @ turn.T
