"""The position that a row of a catalogue gives, in degrees, ICRS."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from astropy.coordinates import Galactic

from mustela.radio.finding.errors import NotACatalogue
from mustela.radio.finding.frames import north_in_icrs, to_icrs
from mustela.radio.finding.table import Cell, Table

#: Columns with numbers or sexagesimal text, best first. J2000 is taken as ICRS: they differ by
#: less than 0.03 arcsec.
_EQUATORIAL = (
    ("ra_deg_cont", "dec_deg_cont"),
    ("ra", "dec"),
    ("ra_deg", "dec_deg"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("ra_hms_cont", "dec_dms_cont"),
    ("ra_str", "dec_str"),
)
_GALACTIC = (("glon", "glat"), ("gal_lon", "gal_lat"), ("l", "b"))

_SEXAGESIMAL = re.compile(
    r"([+-]?)\s*(\d{1,3})[\s:hd°]+(\d{1,2})[\s:m']+(\d{1,2}(?:\.\d*)?)\s*[s\"]?$", re.IGNORECASE
)
_DEGREES = {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "rad": 180 / math.pi}
_HOURS = ("h", "hr", "hour", "hours", "hourangle", "hms")


class BadPosition(ValueError):
    """A row gives no position on the sky."""


@dataclass(frozen=True)
class SkyColumns:
    """``read(row)`` is (ra, dec, north): north is the ICRS position angle of the row's own."""

    read: Callable[[dict[str, Cell]], tuple[float, float, float]]


def sky_columns(table: Table) -> SkyColumns:
    """How the rows of a table say where they are.

    Raises ``NotACatalogue`` where no columns for that are known, or the equinox is not 2000.
    """
    if table.equinox is not None and table.equinox != 2000.0:
        raise NotACatalogue(
            f"its positions are of equinox {table.equinox:g}; give it in J2000 or ICRS"
        )
    for lon, lat in _EQUATORIAL:
        if lon in table.columns and lat in table.columns:
            return SkyColumns(_equatorial(table, lon, lat))
    for lon, lat in _GALACTIC:
        if lon in table.columns and lat in table.columns:
            return SkyColumns(_galactic(table, lon, lat))
    raise NotACatalogue(
        "it has no columns with positions (such as ra and dec, RAJ2000 and DEJ2000, glon and"
        f" glat); it has: {', '.join(table.columns[:20])}"
    )


def _equatorial(
    table: Table, lon: str, lat: str
) -> Callable[[dict[str, Cell]], tuple[float, float, float]]:
    lon_unit, lat_unit = table.units.get(lon, ""), table.units.get(lat, "")

    def read(row: dict[str, Cell]) -> tuple[float, float, float]:
        ra = _angle(row.get(lon), lon_unit, hours=True)
        return *_checked(ra, _angle(row.get(lat), lat_unit, hours=False)), 0.0

    return read


def _galactic(
    table: Table, lon: str, lat: str
) -> Callable[[dict[str, Cell]], tuple[float, float, float]]:
    frame = Galactic()
    lon_unit, lat_unit = table.units.get(lon, ""), table.units.get(lat, "")

    def read(row: dict[str, Cell]) -> tuple[float, float, float]:
        at = _checked(
            _angle(row.get(lon), lon_unit, hours=False), _angle(row.get(lat), lat_unit, hours=False)
        )
        ra, dec = to_icrs(frame, np.array([at[0]]), np.array([at[1]]))
        return float(ra[0]), float(dec[0]), north_in_icrs(frame, *at)

    return read


def _checked(lon: float, lat: float) -> tuple[float, float]:
    if not -360.0 <= lon <= 360.0 or not -90.0 <= lat <= 90.0:
        raise BadPosition(f"({lon:g}, {lat:g}) is no place on the sky")
    return lon % 360.0, lat


def _angle(value: Cell, unit: str, *, hours: bool) -> float:
    """Degrees. Sexagesimal text is in hours for a right ascension, unless its unit is degrees."""
    if value is None:
        raise BadPosition("it has no position")
    spelled = unit.strip().lower()
    if not isinstance(value, str):
        if spelled in _HOURS:
            return value * 15.0
        if spelled not in _DEGREES:
            raise BadPosition(f"its position is in {unit!r}, which is no unit of angle known here")
        return value * _DEGREES[spelled]
    match = _SEXAGESIMAL.match(value.strip())
    if match is None:
        raise BadPosition(f"its position is {value!r}")
    sign, whole, minutes, seconds = match.groups()
    if float(minutes) >= 60 or float(seconds) > 60:
        raise BadPosition(f"its position is {value!r}")
    degrees = float(whole) + float(minutes) / 60 + float(seconds) / 3600
    if hours and not spelled.startswith("deg"):
        degrees *= 15.0
    return -degrees if sign == "-" else degrees
