"""Finding radio sources in an image: islands above the noise, Gaussians fitted to them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mustela.radio.finding.aegean import fit, islands_of
from mustela.radio.finding.aegean_flags import words_of
from mustela.radio.finding.detection import Detection
from mustela.radio.finding.ellipse import deconvolved, half_turn
from mustela.radio.finding.frames import north_in_icrs, to_icrs, turned_errors
from mustela.radio.finding.maps import Maps, make_maps, read_maps
from mustela.radio.finding.plane import (
    FWHM_PER_SIGMA,
    MAX_PIXELS,
    Beam,
    Image,
    Plane,
    open_plane,
)

#: Fitting an island costs memory with the square, time with the cube of its pixels.
ISLAND_PIXELS = 1500

#: Gaussians fitted to one island; further peaks are reported unfitted.
ISLAND_COMPONENTS = 20


def find(
    image: str | bytes,
    *,
    hdu: int | None = None,
    index: tuple[int, ...] = (),
    beam: Beam | None = None,
    seed_sigma: float = 5.0,
    flood_sigma: float = 4.0,
    rms: str | bytes | None = None,
    background: str | bytes | None = None,
    negative: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> tuple[Detection, ...]:
    """The components of the radio sources in an image, in this process, on one core.

    An island is made of touching pixels brighter than ``flood_sigma`` times the local noise, with
    one above ``seed_sigma``. Noise and background are measured unless the maps of both are given
    (see ``maps_beside``). See ``open_plane`` for ``hdu``, ``index`` and ``beam``.

    An island of more than ``ISLAND_PIXELS`` pixels is not fitted; it comes as one detection with
    ``not_fitted`` and ``too_large_to_fit``, at its brightest pixel, with the sum of its pixels.

    Raises ``UnusableImage`` (``NoBeam``, ``BlankImage``, ``ImageTooLarge``), ``UnusableMaps``.
    """
    plane = open_plane(image, hdu=hdu, index=index, beam=beam, max_pixels=max_pixels)
    if rms is not None and background is not None:
        maps = read_maps(rms, background, plane)
    else:
        maps = make_maps(plane)
    return find_in(plane, maps, seed_sigma=seed_sigma, flood_sigma=flood_sigma, negative=negative)


def find_in(
    plane: Plane,
    maps: Maps,
    *,
    seed_sigma: float = 5.0,
    flood_sigma: float = 4.0,
    negative: bool = False,
) -> tuple[Detection, ...]:
    """``find`` on what is already read; the maps can serve forced fits too."""
    if not 0 < flood_sigma <= seed_sigma:
        raise ValueError("flood_sigma must be above zero and at most seed_sigma")
    brightness = plane.data - maps.background
    large = [
        (box, own)
        for box, own in islands_of(brightness, maps, seed_sigma, flood_sigma)
        if np.count_nonzero(own) > ISLAND_PIXELS
    ]
    summed: list[Detection] = []
    for box, own in large:
        summed.append(_sum(plane, brightness, maps, box, own, f"L{len(summed) + 1}"))
        brightness[box][own] = np.nan
    found = fit(
        plane,
        brightness,
        maps,
        seed_sigma=seed_sigma,
        flood_sigma=flood_sigma,
        components=ISLAND_COMPONENTS,
        negative=negative,
    )
    detections = [one for one in (_detection(plane, source) for source in found) if one]
    kept = [one for one in summed if negative or (one.peak_jy or 0) > 0]
    return tuple(detections + kept)


def _detection(plane: Plane, source: Any) -> Detection | None:
    """One of Aegean's components; ``None`` where even its position is no number."""
    lon, lat = float(source.ra), float(source.dec)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return None
    ra, dec = to_icrs(plane.frame, np.array([lon]), np.array([lat]))
    turn = north_in_icrs(plane.frame, lon, lat)
    flags = words_of(int(source.flags)) + plane.flags
    ra_error, dec_error = _error(source.err_ra), _error(source.err_dec)
    if ra_error is not None and dec_error is not None:
        ra_error, dec_error = turned_errors(ra_error * 3600, dec_error * 3600, turn)
    major, minor, pa = _known(source.a), _known(source.b), _known(source.pa)
    size: tuple[float | None, float | None, float | None] = (None, None, None)
    local = plane.beam.major_arcsec, plane.beam.minor_arcsec, plane.beam.pa_deg
    if major and minor and pa is not None and "not_fitted" not in flags:
        small, great, angle = deconvolved((major, minor, pa), local)
        size = small, great, None if angle is None else half_turn(angle + turn)
    return Detection(
        kind="detected",
        name=f"{source.island}/{source.source}",
        ra_deg=float(ra[0]),
        dec_deg=float(dec[0]),
        ra_error_arcsec=ra_error,
        dec_error_arcsec=dec_error,
        peak_jy=_known(source.peak_flux),
        peak_error_jy=_error(source.err_peak_flux),
        integrated_jy=_known(source.int_flux),
        integrated_error_jy=_error(source.err_int_flux),
        local_rms_jy=_error(source.local_rms),
        background_jy=_known(source.background),
        major_arcsec=major,
        minor_arcsec=minor,
        pa_deg=None if pa is None else half_turn(pa + turn),
        major_error_arcsec=_error(source.err_a),
        minor_error_arcsec=_error(source.err_b),
        pa_error_deg=_error(source.err_pa),
        deconvolved_major_arcsec=size[0],
        deconvolved_minor_arcsec=size[1],
        deconvolved_pa_deg=size[2],
        island=str(source.island),
        component=str(source.source),
        flags=flags,
    )


def _sum(
    plane: Plane,
    brightness: Image,
    maps: Maps,
    box: tuple[slice, slice],
    own: NDArray[np.bool_],
    name: str,
) -> Detection:
    """An island by its brightest pixel and the sum of its pixels, without any fit."""
    values = np.where(own, brightness[box], np.nan)
    y, x = np.unravel_index(int(np.nanargmax(np.abs(values))), values.shape)
    row, column = int(y) + box[0].start, int(x) + box[1].start
    lon, lat = plane.wcs.all_pix2world([float(column)], [float(row)], 0)
    ra, dec = to_icrs(plane.frame, np.asarray(lon), np.asarray(lat))
    rms = float(maps.rms[row, column])
    area = 2 * math.pi * (plane.beam_pixels / FWHM_PER_SIGMA) ** 2
    beams = max(1.0, np.count_nonzero(own) / area)
    return Detection(
        kind="detected",
        name=name,
        ra_deg=float(ra[0]),
        dec_deg=float(dec[0]),
        peak_jy=float(brightness[row, column]),
        peak_error_jy=rms,
        integrated_jy=float(np.nansum(values, dtype=np.float64)) / area,
        integrated_error_jy=rms * math.sqrt(beams),
        local_rms_jy=rms,
        background_jy=float(maps.background[row, column]),
        island=name,
        flags=("not_fitted", "too_large_to_fit", *plane.flags),
    )


def _known(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _error(value: Any) -> float | None:
    """An error, unless it is Aegean's -1 or zero for one that is not known."""
    known = _known(value)
    return known if known is not None and known > 0 else None
