"""Region files as DS9 reads them (format version 4.1), in ICRS."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mustela.http.exporting import Writing

#: One record as a region without its label; ``None`` for what has no place on the sky.
Drawn = Callable[[Any], str | None]

_HEADER = b"# Region file format: DS9 version 4.1\nglobal color=green width=1\nicrs\n"
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BRACES = str.maketrans("{}", "()")


def ds9(drawn: Drawn, label: Callable[[Any], str]) -> Writing[Any]:
    """The format: a line for each record that has a place on the sky."""

    def line(item: Any) -> bytes:
        region = drawn(item)
        if region is None:
            return b""
        return f"{region} text={{{spoken(label(item))}}}\n".encode(errors="replace")

    return Writing("text/plain; charset=utf-8", _HEADER, line, b"", b"")


def spoken(text: str) -> str:
    """Text between braces: there is no escape, so braces become parentheses, line ends spaces."""
    return _BREAKING.sub(" ", text).translate(_BRACES)


def point(ra_deg: float, dec_deg: float) -> str:
    return f"point({_angle(ra_deg)},{_angle(dec_deg)}) # point=cross"


def circle(ra_deg: float, dec_deg: float, radius_deg: float) -> str:
    return f"circle({_angle(ra_deg)},{_angle(dec_deg)},{_arcsec(radius_deg * 3600)}) #"


def ellipse(
    ra_deg: float, dec_deg: float, major_arcsec: float, minor_arcsec: float, pa_deg: float
) -> str:
    """An ellipse of these full axes. DS9 takes half of them, and turns from west through north."""
    half = f"{_arcsec(major_arcsec / 2)},{_arcsec(minor_arcsec / 2)}"
    return f"ellipse({_angle(ra_deg)},{_angle(dec_deg)},{half},{_angle((pa_deg + 90) % 360)}) #"


def polygon(points: tuple[float, ...]) -> str:
    """A polygon of right ascension and declination of each corner in turn, in degrees."""
    return f"polygon({','.join(map(_angle, points))}) #"


def image_region(image: Any) -> str | None:
    """An image's footprint; the circle about its centre where it has none."""
    if image.footprint:
        return polygon(image.footprint)
    if image.ra_deg is None or image.dec_deg is None:
        return None
    if image.radius_deg:
        return circle(image.ra_deg, image.dec_deg, image.radius_deg)
    return point(image.ra_deg, image.dec_deg)


def source_region(source: Any) -> str:
    """A source's position."""
    return point(source.ra_deg, source.dec_deg)


def measurement_region(measured: Any) -> str:
    """The Gaussian that was fitted, at half of its maximum; else its position."""
    size = (measured.major_arcsec, measured.minor_arcsec, measured.pa_deg)
    if None in size:
        return point(measured.ra_deg, measured.dec_deg)
    return ellipse(measured.ra_deg, measured.dec_deg, *size)


def _angle(degrees: float) -> str:
    return f"{degrees:.8f}"


def _arcsec(value: float) -> str:
    return f'{value:.4f}"'
