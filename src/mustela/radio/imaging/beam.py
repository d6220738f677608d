"""The restoring beam of an image."""

from __future__ import annotations

import math
import re
import statistics
from typing import Any

import msgspec

from mustela.radio.imaging.header import cut, number
from mustela.radio.imaging.opened import OpenImage

_NUMBER = r"=\s*([-+.\dEeDd]+)"
_AIPS = re.compile(rf"\bCLEAN\s+BMAJ\s*{_NUMBER}\s+BMIN\s*{_NUMBER}(?:\s+BPA\s*{_NUMBER})?")


class Beam(msgspec.Struct, frozen=True):
    """Full widths at half maximum in arcsec; north through east in degrees."""

    major_arcsec: float | None = None
    minor_arcsec: float | None = None
    pa_deg: float | None = None
    flags: tuple[str, ...] = ()


def beam_of(image: OpenImage) -> Beam:
    """BMAJ, BMIN, BPA; else the median of the planes' beams; else what AIPS or Obit noted."""
    header = image.header
    major, minor, angle = (number(header, name) for name in ("BMAJ", "BMIN", "BPA"))
    if major is None and image.beams:
        return _median(image.beams)
    if major is None:
        major, minor, angle = (number(header, f"CLEANB{end}") for end in ("MJ", "MN", "PA"))
    if major is None:
        major, minor, angle = _noted(image.history)
    return _beam(_arcsec(major), _arcsec(minor), angle)


def _beam(major: float | None, minor: float | None, angle: float | None) -> Beam:
    if any(axis is not None and axis <= 0 for axis in (major, minor)):
        return Beam(flags=("beam_zero",))
    flags: tuple[str, ...] = ()
    if major is not None and minor is not None and minor > major * 1.000001:
        flags = ("beam_suspicious",)
    return Beam(cut(major), cut(minor), angle, flags)


def _arcsec(degrees: float | None) -> float | None:
    return None if degrees is None else degrees * 3600


def _median(beams: list[tuple[float, float, float]]) -> Beam:
    """Planes without data have beams of zero, which say nothing."""
    good = [beam for beam in beams if all(map(math.isfinite, beam)) and min(beam[:2]) > 0]
    if not good:
        return Beam(flags=("beam_zero",))
    majors, minors, angles = zip(*good, strict=True)
    # Angles are the same after half a turn: those next to the first one are compared.
    near = [angles[0] + (angle - angles[0] + 90) % 180 - 90 for angle in angles]
    return _beam(statistics.median(majors), statistics.median(minors), cut(statistics.median(near)))


def _noted(history: list[str]) -> tuple[float | None, float | None, float | None]:
    """AIPS's last note in the history, in degrees."""
    for line in reversed(history):
        if (found := _AIPS.search(line)) is not None:
            major, minor, angle = (_float(group) for group in found.groups())
            return major, minor, angle
    return None, None, None


def _float(word: Any) -> float | None:
    try:
        return float(word.upper().replace("D", "E"))
    except (AttributeError, ValueError):
        return None
