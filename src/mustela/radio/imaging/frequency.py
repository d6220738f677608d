"""The band of an image. Spectral axes: Greisen et al. 2006 (A&A 446, 747), and AIPS memo 27."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from mustela.radio.imaging.axes import Axes
from mustela.radio.imaging.header import cut, number, text

_LIGHT = 299792458.0
_UNITS = {
    "hz": 1.0,
    "khz": 1e3,
    "mhz": 1e6,
    "ghz": 1e9,
    "m": 1.0,
    "cm": 1e-2,
    "mm": 1e-3,
    "um": 1e-6,
    "nm": 1e-9,
    "m/s": 1.0,
    "km/s": 1e3,
}
#: Keywords for the frequency of the observation, in Hz.
_OBSERVED = ("OBSFREQ", "FREQ", "FREQUENC")


class Band(msgspec.Struct, frozen=True):
    """In Hz. ``flags`` are words of ``facts.FLAGS``."""

    frequency_hz: float | None = None
    bandwidth_hz: float | None = None
    n_channels: int | None = None
    flags: tuple[str, ...] = ()


def band_of(header: Any, axes: Axes) -> Band:
    """Centre and width of the band.

    A velocity axis is turned into frequencies with the rest frequency, as its name says: VRAD
    (radio), VOPT and FELO (optical), VELO (relativistic; AIPS's VELO-xxx by VELREF). The rest
    frequency alone is taken only where there is no spectral axis, with a flag.
    """
    if not axes.spectral:
        return _without_axis(header)
    count = axes.length(axes.spectral)
    flags: tuple[str, ...] = ()
    centre = width = None
    try:
        edges = [_frequency(header, axes.spectral, pixel) for pixel in (0.5, (count or 1) + 0.5)]
        middle = _frequency(header, axes.spectral, ((count or 1) + 1) / 2)
    except (ValueError, ZeroDivisionError, OverflowError):
        flags = ("frequency_impossible",)
    else:
        if middle is not None and edges[0] is not None and edges[1] is not None:
            centre, width = middle, abs(edges[1] - edges[0])
    return Band(cut(centre), cut(width) or None, count, flags)


def _without_axis(header: Any) -> Band:
    observed = number(header, *_OBSERVED)
    if observed is not None and observed > 1e6:
        return Band(observed)
    rest = number(header, "RESTFRQ", "RESTFREQ")
    if rest is not None and rest > 0:
        return Band(rest, flags=("frequency_from_rest",))
    return Band()


def _frequency(header: Any, axis: int, pixel: float) -> float | None:
    """At a pixel (from one); ``None`` if not said, ``ValueError`` where it is not positive."""
    kind = (text(header, f"CTYPE{axis}") or "").upper()
    value = number(header, f"CRVAL{axis}")
    if value is None:
        return None
    step = number(header, f"CDELT{axis}", f"CD{axis}_{axis}") or 0.0
    reference = number(header, f"CRPIX{axis}")
    default = "m/s" if kind[:4] in {"VRAD", "VOPT", "VELO", "FELO"} else ""
    unit = (text(header, f"CUNIT{axis}") or default).lower()
    scale = _UNITS.get(unit, 1.0 if not unit else math.nan)
    if math.isnan(scale):
        return None
    world = (value + (pixel - (0.0 if reference is None else reference)) * step) * scale
    frequency = _turned(header, kind, world)
    if frequency is not None and not 0 < frequency < math.inf:
        raise ValueError("no positive frequency")
    return frequency


def _turned(header: Any, kind: str, world: float) -> float | None:
    name = kind[:4]
    if name == "FREQ":
        return world
    if name in {"WAVE", "AWAV"}:
        return _LIGHT / world
    rest = number(header, "RESTFRQ", "RESTFREQ")
    if rest is None or rest <= 0:
        return None
    if name == "ZOPT":
        return rest / (1 + world)
    ratio = world / _LIGHT if name != "BETA" else world
    if name == "VELO" and "-" in kind:
        name = "VRAD" if (number(header, "VELREF") or 0) > 256 else "VOPT"
    if name == "VRAD":
        return rest * (1 - ratio)
    if name in {"VOPT", "FELO"}:
        return rest / (1 + ratio)
    if name in {"VELO", "BETA"} and abs(ratio) < 1:
        return rest * math.sqrt((1 - ratio) / (1 + ratio))
    return None
