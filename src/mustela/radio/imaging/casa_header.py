"""A CASA image's coordinates and image information as a FITS header."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from astropy.io import fits

from mustela.radio.imaging.times import iso_of

_FRAMES = {
    "J2000": ("RA", "DEC", "FK5", 2000.0),
    "ICRS": ("RA", "DEC", "ICRS", None),
    "B1950": ("RA", "DEC", "FK4", 1950.0),
    "B1950_VLA": ("RA", "DEC", "FK4", 1950.0),
    "GALACTIC": ("GLON", "GLAT", None, None),
    "ECLIPTIC": ("ELON", "ELAT", None, 2000.0),
}
_DEGREES = {"rad": 180 / math.pi, "deg": 1.0, "'": 1 / 60, '"': 1 / 3600, "arcmin": 1 / 60}
_ARCSEC = {"rad": 648000 / math.pi, "deg": 3600.0, "arcmin": 60.0, "arcsec": 1.0, "'": 60.0}
_STOKES = {"I": 1, "Q": 2, "U": 3, "V": 4, "RR": -1, "LL": -2, "RL": -3, "LR": -4}
_STOKES |= {"XX": -5, "YY": -6, "XY": -7, "YX": -8}
_SYSTEMS = {"TOPO": "TOPOCENT", "LSRK": "LSRK", "LSRD": "LSRD", "BARY": "BARYCENT"}
_SYSTEMS |= {"GEO": "GEOCENTR", "GALACTO": "GALACTOC", "LGROUP": "LOCALGRP", "CMB": "CMBDIPOL"}


def header_of(keywords: Mapping[str, Any], shape: Sequence[int]) -> Any:
    """``keywords`` are the image table's, ``shape`` is in numpy's order.

    A coordinate that is not understood leaves its axes without a CTYPE.
    """
    header = fits.Header()
    header["NAXIS"] = len(shape)
    for axis, length in enumerate(reversed(shape), 1):
        header[f"NAXIS{axis}"] = int(length)
    coordinates = keywords.get("coords", {})
    for name, record in coordinates.items():
        kind = name.rstrip("0123456789")
        axes = [int(axis) + 1 for axis in coordinates.get(f"pixelmap{name[len(kind) :]}", [])]
        if not isinstance(record, Mapping) or not axes or min(axes) < 1:
            continue
        if kind == "direction" and len(axes) == 2:
            _direction(header, record, axes)
        elif kind == "stokes":
            _stokes(header, record, axes[0])
        elif kind == "spectral":
            _spectral(header, record, axes[0])
    _observation(header, coordinates)
    _information(header, keywords)
    return header


def _direction(header: Any, record: Mapping[str, Any], axes: list[int]) -> None:
    frame = _FRAMES.get(str(record["system"]))
    if frame is None:
        return
    code = str(record["projection"])
    scales = [_DEGREES[str(unit)] for unit in record["units"]]
    for index, axis in enumerate(axes):
        header[f"CTYPE{axis}"] = f"{frame[index]:-<5}{code:->3}"
        header[f"CUNIT{axis}"] = "deg"
        header[f"CRVAL{axis}"] = float(record["crval"][index]) * scales[index]
        header[f"CDELT{axis}"] = float(record["cdelt"][index]) * scales[index]
        header[f"CRPIX{axis}"] = float(record["crpix"][index]) + 1
        for other, column in enumerate(axes):
            header[f"PC{axis}_{column}"] = float(record["pc"][index][other])
    for index, value in enumerate(record.get("projection_parameters", ())):
        if float(value):
            header[f"PV{axes[1]}_{index + 1}"] = float(value)
    for keyword, name in (("LONPOLE", "longpole"), ("LATPOLE", "latpole")):
        if name in record and abs(float(record[name])) <= 360:
            header[keyword] = float(record[name])
    if frame[2] is not None:
        header["RADESYS"] = frame[2]
    if frame[3] is not None:
        header["EQUINOX"] = frame[3]


def _stokes(header: Any, record: Mapping[str, Any], axis: int) -> None:
    codes = [_STOKES.get(str(name), 0) for name in record["stokes"]]
    steps = {after - before for before, after in itertools.pairwise(codes)}
    if not codes or 0 in codes or len(steps) > 1:
        return
    header[f"CTYPE{axis}"] = "STOKES"
    header[f"CRVAL{axis}"] = float(codes[0])
    header[f"CRPIX{axis}"] = 1.0
    header[f"CDELT{axis}"] = float(steps.pop() if steps else 1)


def _spectral(header: Any, record: Mapping[str, Any], axis: int) -> None:
    linear = record.get("wcs")
    if isinstance(linear, Mapping):
        value, step = float(linear["crval"]), float(linear["cdelt"]) * float(linear["pc"])
        pixel = float(linear["crpix"]) + 1
    else:
        table = record.get("tabular", {})
        worlds = [float(world) for world in table.get("worldvalues", ())]
        pixels = [float(pixel) for pixel in table.get("pixelvalues", ())]
        if len(worlds) < 2 or len(pixels) != len(worlds) or pixels[0] == pixels[-1]:
            return
        value, pixel = worlds[0], pixels[0] + 1
        step = (worlds[-1] - worlds[0]) / (pixels[-1] - pixels[0])
    header[f"CTYPE{axis}"] = "FREQ"
    header[f"CUNIT{axis}"] = str(record.get("unit", "Hz"))
    header[f"CRVAL{axis}"], header[f"CRPIX{axis}"], header[f"CDELT{axis}"] = value, pixel, step
    if float(record.get("restfreq", 0)) > 0:
        header["RESTFRQ"] = float(record["restfreq"])
    if (system := _SYSTEMS.get(str(record.get("system")))) is not None:
        header["SPECSYS"] = system


def _observation(header: Any, coordinates: Mapping[str, Any]) -> None:
    for keyword, name in (("TELESCOP", "telescope"), ("OBSERVER", "observer")):
        if str(coordinates.get(name, "")).strip():
            header[keyword] = str(coordinates[name])
    date = coordinates.get("obsdate", {})
    moment = date.get("m0", {}) if isinstance(date, Mapping) else {}
    # An image that says nothing has the day zero.
    if moment.get("unit") == "d" and float(moment.get("value", 0)) > 0:
        header["DATE-OBS"] = iso_of(float(moment["value"]))
        header["TIMESYS"] = str(date.get("refer", "UTC"))


def _information(header: Any, keywords: Mapping[str, Any]) -> None:
    if str(keywords.get("units", "")).strip():
        header["BUNIT"] = str(keywords["units"])
    information = keywords.get("imageinfo", {})
    if str(information.get("objectname", "")).strip():
        header["OBJECT"] = str(information["objectname"])
    beam = information.get("restoringbeam")
    if isinstance(beam, Mapping) and beam:
        major, minor, angle = _beam(beam)
        header["BMAJ"], header["BMIN"], header["BPA"] = major / 3600, minor / 3600, angle


def planes_beams(keywords: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """The beams of the planes, where each has its own (arcsec, arcsec, degrees)."""
    beams = keywords.get("imageinfo", {}).get("perplanebeams", {})
    return [
        _beam(beam)
        for name, beam in beams.items()
        if str(name).startswith("*") and isinstance(beam, Mapping) and "major" in beam
    ]


def _beam(beam: Mapping[str, Any]) -> tuple[float, float, float]:
    major, minor = (
        float(beam[name]["value"]) * _ARCSEC[str(beam[name]["unit"])] for name in ("major", "minor")
    )
    angle = beam["positionangle"]
    return major, minor, float(angle["value"]) * _DEGREES[str(angle["unit"])]
