"""Forced fits: how bright an image is, as a point source, at positions known from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mustela.radio.finding.detection import Detection, Forced, Position
from mustela.radio.finding.footprint import beams_in_pixels, nearest, on_image, pixels_of
from mustela.radio.finding.joint_fit import Fit, Place, fit_alone, fit_together, groups_of
from mustela.radio.finding.maps import Maps, make_maps, read_maps
from mustela.radio.finding.noise_correlation import correlation_width
from mustela.radio.finding.plane import MAX_PIXELS, Beam, Plane, open_plane

Floats = NDArray[np.float64]


def force(
    image: str | bytes,
    positions: Sequence[Position],
    *,
    hdu: int | None = None,
    index: tuple[int, ...] = (),
    beam: Beam | None = None,
    rms: str | bytes | None = None,
    background: str | bytes | None = None,
    neighbours: Sequence[Position] = (),
    max_pixels: int = MAX_PIXELS,
) -> tuple[Forced, ...]:
    """Flux densities at known positions of a FITS image, one answer for each, in their order.

    A Gaussian of the beam's shape at the position is fitted to the pixels above half of its
    maximum, by linear least squares weighted with the local noise, after the background is taken
    away: for each image that covers a source without a detection (Swinbank et al. 2015, A&C 11,
    25). Positions closer than two beams are fitted together; ``neighbours`` (sources detected in
    the image) are fitted along, and not answered. The flux density may be negative.

    The error is the local noise times a factor, from the weights of the fit and the correlation
    of the noise between pixels as measured in the image (see ``noise_correlation``): about 1.1
    where noise is correlated as the beam.

    Raises ``UnusableImage``, ``NoBeam``, ``UnusableMaps``, as ``find`` does.
    """
    plane = open_plane(image, hdu=hdu, index=index, beam=beam, max_pixels=max_pixels)
    if rms is not None and background is not None:
        maps = read_maps(rms, background, plane)
    else:
        maps = make_maps(plane)
    return force_in(plane, maps, positions, neighbours=neighbours)


def force_in(
    plane: Plane,
    maps: Maps,
    positions: Sequence[Position],
    *,
    neighbours: Sequence[Position] = (),
) -> tuple[Forced, ...]:
    """``force`` on what is already read, with the maps that finding used."""
    everything = [*positions, *neighbours]
    ra = np.array([one.ra_deg for one in everything], dtype=np.float64)
    dec = np.array([one.dec_deg for one in everything], dtype=np.float64)
    x, y = pixels_of(plane, ra, dec)
    reasons = _unusable(plane, maps, x, y)
    usable = np.flatnonzero([reason is None for reason in reasons])
    beams = beams_in_pixels(plane, ra[usable], dec[usable])
    shaped = np.isfinite(beams).all(axis=(1, 2))
    for number in usable[~shaped]:
        reasons[number] = "outside"  # at the very edge of the projection
    usable, beams = usable[shaped], beams[shaped]
    brightness = plane.data - maps.background
    place = Place(
        brightness=brightness,
        rms=maps.rms,
        x=x[usable],
        y=y[usable],
        beams=beams,
        noise_width=correlation_width(brightness, maps.rms, plane.beam_pixels),
    )
    fits: dict[int, Fit] = {}
    alone, together = groups_of(place)
    fits.update(zip(alone, fit_alone(place, np.array(alone, dtype=np.intp)), strict=True))
    for group in together:
        fits.update(fit_together(place, group))
    found = {int(usable[at]): fit for at, fit in fits.items()}
    return tuple(
        _answer(plane, maps, one, found.get(number), reasons[number], (x[number], y[number]))
        for number, one in enumerate(positions)
    )


def _unusable(plane: Plane, maps: Maps, x: Floats, y: Floats) -> list[str | None]:
    """Why a position cannot be fitted, one of ``REASONS``, or ``None``."""
    on = on_image(plane, x, y)
    reasons: list[str | None] = []
    for inside, column, row in zip(on, x, y, strict=True):
        if not inside:
            reasons.append("outside")
            continue
        at = int(row + 0.5), int(column + 0.5)
        if not np.isfinite(plane.data[at]):
            reasons.append("blank")
        elif not (np.isfinite(maps.background[at]) and maps.rms[at] > 0):
            reasons.append("no_noise")
        else:
            reasons.append(None)
    return reasons


def _answer(
    plane: Plane,
    maps: Maps,
    position: Position,
    fit: Fit | None,
    reason: str | None,
    pixel: tuple[float, float],
) -> Forced:
    if fit is None or fit.reason is not None:
        return Forced(position.id, None, reason or (fit.reason if fit else None))
    column, row = nearest(np.array(pixel))
    flags = ("blended",) if fit.blended else ()
    detection = Detection(
        kind="forced",
        name=position.id,
        ra_deg=position.ra_deg,
        dec_deg=position.dec_deg,
        peak_jy=fit.peak,
        peak_error_jy=fit.error,
        integrated_jy=fit.peak,
        integrated_error_jy=fit.error,
        local_rms_jy=float(maps.rms[row, column]),
        background_jy=float(maps.background[row, column]),
        flags=flags + plane.flags,
    )
    return Forced(position.id, detection)
