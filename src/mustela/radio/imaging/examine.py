"""Reading what an image says, and measuring it. Runs in child processes only."""

from __future__ import annotations

import os
from typing import Any

from mustela.files.directory_product import fingerprint_at, stamp_at
from mustela.files.failure import Unreadable
from mustela.radio.imaging.axes import projection_of, stokes_of
from mustela.radio.imaging.beam import Beam, beam_of
from mustela.radio.imaging.errors import NoImage
from mustela.radio.imaging.facts import ImageFacts, NotAnImage
from mustela.radio.imaging.footprint import footprint
from mustela.radio.imaging.frequency import band_of
from mustela.radio.imaging.header import cut, text
from mustela.radio.imaging.kind import kind_of, pbcor_of
from mustela.radio.imaging.measure import measure
from mustela.radio.imaging.opened import OpenImage
from mustela.radio.imaging.opening import PathLike, open_image
from mustela.radio.imaging.parameters import parameters_of
from mustela.radio.imaging.sky_axes import sky_axes
from mustela.radio.imaging.times import times_of
from mustela.radio.imaging.units import janskys, normalised
from mustela.radio.visibilities.products import CASACORE_TABLE


def examine(path: PathLike) -> ImageFacts | NotAnImage:
    """What the image in this FITS file, or the CASA image that is this directory, says.

    A FITS file may be compressed by gzip or in tiles and hold several images: the first of the
    sky with more than one pixel is meant. ``NotAnImage`` where a sound file holds none.
    ``Unreadable`` at the stage ``open`` (no such file, damaged at once) or ``header``; damage
    behind the header is a flag. Give names that are not UTF-8 as bytes.
    """
    try:
        with open_image(path) as image:
            return _facts(path, image)
    except NoImage as error:
        return NotAnImage(error.message)
    except OSError as error:
        raise Unreadable("open", f"the file cannot be read: {error.strerror or error}") from error


def _facts(path: PathLike, image: OpenImage) -> ImageFacts:
    header, axes = image.header, image.axes
    name = os.path.basename(os.fsdecode(path).rstrip("/"))  # noqa: PTH119 - not UTF-8, perhaps
    units = normalised(text(header, "BUNIT"))
    beam, band, times = beam_of(image), band_of(header, axes), times_of(header)
    flags = {*beam.flags, *band.flags, *times.flags}
    sky = _sky(image, beam, flags)
    if beam.major_arcsec is None and "beam_zero" not in flags and _per_beam(units):
        flags.add("beam_missing")
    measured = _measured(image, units, flags)
    stokes = stokes_of(header, axes)
    return ImageFacts(
        **_identity(path),
        hdu=image.hdu,
        telescope=text(header, "TELESCOP"),
        instrument=text(header, "INSTRUME"),
        observer=text(header, "OBSERVER"),
        field=text(header, "OBJECT"),
        projection=projection_of(header, axes),
        width_px=axes.width,
        height_px=axes.height,
        frequency_hz=band.frequency_hz,
        bandwidth_hz=band.bandwidth_hz,
        n_channels=band.n_channels,
        stokes=None if stokes is None else "".join(stokes),
        beam_major_arcsec=beam.major_arcsec,
        beam_minor_arcsec=beam.minor_arcsec,
        beam_pa_deg=beam.pa_deg,
        units=units,
        start_mjd=times.start_mjd,
        mid_mjd=times.mid_mjd,
        end_mjd=times.end_mjd,
        integration_seconds=times.integration_seconds,
        kind=kind_of(name, units, has_beam=beam.major_arcsec is not None),
        pbcor=pbcor_of(name, image.history),
        imaging=parameters_of(header, image.history),
        n_planes=axes.n_planes,
        **sky,
        **measured,
        flags=tuple(sorted(flags)),
    )


def _identity(path: PathLike) -> dict[str, Any]:
    """As a scan has them, which compares them."""
    name = os.fsencode(path)
    return {
        "fingerprint": fingerprint_at(name, CASACORE_TABLE),
        "file_size": stamp_at(name, CASACORE_TABLE).size,
    }


def _per_beam(units: str | None) -> bool:
    return units is not None and units.endswith("Jy/beam")


def _sky(image: OpenImage, beam: Beam, flags: set[str]) -> dict[str, Any]:
    """Everything that follows from the sky coordinates."""
    axes = image.axes
    sky = sky_axes(image.header, axes)
    place = None if sky is None else footprint(sky, axes.width, axes.height)
    if sky is None or place is None:
        flags.add("wcs_unsolvable" if axes.celestial else "wcs_missing")
        return {}
    sides = sorted(sky.sides_deg)
    if sides[1] > 10 or sides[1] > 10 * sides[0]:
        flags.add("scale_wrong")
    elif beam.major_arcsec is not None:
        major = beam.major_arcsec / 3600
        if major < sides[0] or major > max(2 * place.radius_deg, sides[1]):
            flags.add("beam_suspicious")
    return {
        "ra_deg": place.ra_deg,
        "dec_deg": place.dec_deg,
        "radius_deg": place.radius_deg,
        "footprint": place.polygon,
        "pixel_scale_arcsec": cut(sky.scale_deg * 3600),
        "wcs": sky.cards(),
    }


def _measured(image: OpenImage, units: str | None, flags: set[str]) -> dict[str, Any]:
    """Figures in Jy, of whatever part of it the pixels are in."""
    if image.truncated:
        flags.add("truncated")
        return {}
    try:
        found = measure(image)
    except Unreadable as error:
        flags.add("truncated" if error.stage == "truncated" else "data_unreadable")
        return {}
    if found.peak is None:
        flags.add("all_blank")
    scale = janskys(units)
    if units is None:
        flags.add("units_missing")
        scale = 1.0
    elif scale is None:
        flags.add("units_not_jy")
    figures: dict[str, Any] = {"blank_fraction": found.blank_fraction}
    if found.peak is not None and found.noise is not None:
        figures["dynamic_range"] = cut(found.peak / found.noise, 9)
    if scale is not None:
        for name, value in (
            ("noise_jy", found.noise),
            ("peak_jy", found.peak),
            ("min_jy", found.minimum),
        ):
            figures[name] = None if value is None else cut(value * scale, 9)
    return figures
