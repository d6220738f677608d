"""Which axis of an image is which. Axes are counted as in FITS, from one; 0 is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from mustela.radio.imaging.header import number, text

_SPECTRAL = ("FREQ", "WAVE", "AWAV", "VRAD", "VOPT", "ZOPT", "VELO", "FELO", "BETA", "ENER")
_LONGITUDES = ("RA", "GLON", "ELON", "SLON", "HLON")
_LATITUDES = ("DEC", "GLAT", "ELAT", "SLAT", "HLAT")
_STOKES = {
    1: "I",
    2: "Q",
    3: "U",
    4: "V",
    -1: "RR",
    -2: "LL",
    -3: "RL",
    -4: "LR",
    -5: "XX",
    -6: "YY",
    -7: "XY",
    -8: "YX",
}


class Axes(msgspec.Struct, frozen=True):
    """``shape`` is in numpy's order, slowest first; an axis may be named and not be in it."""

    shape: tuple[int, ...]
    longitude: int
    latitude: int
    spectral: int
    stokes: int
    celestial: bool

    def length(self, axis: int) -> int | None:
        """The pixels along an axis; ``None`` where the data have no such axis."""
        return self.shape[-axis] if 0 < axis <= len(self.shape) else None

    @property
    def width(self) -> int:
        return self.shape[-self.longitude]

    @property
    def height(self) -> int:
        return self.shape[-self.latitude]

    @property
    def n_planes(self) -> int:
        count = 1
        for axis in range(1, len(self.shape) + 1):
            if axis not in {self.longitude, self.latitude}:
                count *= self.shape[-axis]
        return count


def axes_of(header: Any, shape: Sequence[int]) -> Axes | None:
    """The axes of an image; ``None`` where the header describes something that is no image.

    Without any CTYPE on its first two axes it may be an image whose sky coordinates were lost.
    """
    count = max(len(shape), int(number(header, "WCSAXES") or 0), 4)
    types = [(text(header, f"CTYPE{axis}") or "").upper() for axis in range(1, count + 1)]
    longitude = _axis(types, _LONGITUDES)
    latitude = _axis(types, _LATITUDES)
    celestial = bool(longitude and latitude)
    if not celestial:
        if any(types[:2]):
            return None
        longitude, latitude = 1, 2
    if max(longitude, latitude) > len(shape):
        return None
    return Axes(
        shape=tuple(int(length) for length in shape),
        longitude=longitude,
        latitude=latitude,
        spectral=_axis(types, _SPECTRAL),
        stokes=_axis(types, ("STOKES",)),
        celestial=celestial,
    )


def _axis(types: list[str], names: tuple[str, ...]) -> int:
    """RA---SIN and RA are right ascensions, RADIUS is none; FREQ-LSR is a frequency."""
    for axis, name in enumerate(types, 1):
        if name.split("-")[0] in names:
            return axis
    return 0


def projection_of(header: Any, axes: Axes) -> str | None:
    """The header's three letters (NCP stays NCP)."""
    name = (text(header, f"CTYPE{axes.longitude}") or "").upper()
    return name[5:8].strip("- ") or None if len(name) > 5 else None


def stokes_of(header: Any, axes: Axes) -> list[str] | None:
    """What each plane along the Stokes axis is; ``None`` where the header does not say."""
    if not axes.stokes:
        return None
    step = number(header, f"CDELT{axes.stokes}", f"CD{axes.stokes}_{axes.stokes}")
    value = number(header, f"CRVAL{axes.stokes}")
    pixel = number(header, f"CRPIX{axes.stokes}")
    count = axes.length(axes.stokes) or 1
    if value is None or count > len(_STOKES):
        return None
    found = []
    for index in range(count):
        code = value + (index + 1 - (1.0 if pixel is None else pixel)) * (step or 1.0)
        name = _STOKES.get(round(code)) if math.isfinite(code) else None
        if name is None:
            return None
        found.append(name)
    return found
