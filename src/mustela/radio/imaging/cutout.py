"""A small image cut out of a large one, as FITS or as a picture."""

from __future__ import annotations

import io
import math
import os
import re
from typing import Any

import msgspec
import numpy as np
from astropy.io import fits

from mustela.radio.imaging.axes import Axes
from mustela.radio.imaging.beam import beam_of
from mustela.radio.imaging.errors import CutoutTooLarge, ImagingError, OutsideImage
from mustela.radio.imaging.header import number, quiet
from mustela.radio.imaging.opened import OpenImage, Pixels
from mustela.radio.imaging.opening import PathLike, open_image
from mustela.radio.imaging.picture import Rendered, render_image
from mustela.radio.imaging.sky_axes import sky_axes

#: 64 MiB of single precision.
LARGEST_PIXELS = 1 << 24

#: Cards that are true of the parent's file or pixels only.
_PARENTS = re.compile(
    r"(?:SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BSCALE|BZERO|BLANK|DATAMAX|"
    r"DATAMIN|CHECKSUM|DATASUM|EXTNAME|EXTVER|EXTLEVEL|INHERIT|CASAMBM|BLOCKED)$"
)

#: What the text of a FITS card cannot hold.
_UNPRINTABLE = re.compile("[^ -~]")


class Window(msgspec.Struct, frozen=True):
    """A part of an image's pixels, counted from zero; it may reach beyond them."""

    left: int
    bottom: int
    width: int
    height: int


def cutout(
    path: PathLike,
    hdu: int | None = None,
    *,
    ra_deg: float,
    dec_deg: float,
    size_deg: float | None = None,
    width_px: int | None = None,
    height_px: int | None = None,
) -> bytes:
    """A FITS file with the pixels about a position (ICRS), as square as ``size_deg`` or so large.

    Of the plane that ``examine`` measures. The pixels are the parent's, moved by a whole number
    of them: the WCS is the parent's to the last bit but for CRPIX. Beam, unit, dates and the
    frequency and Stokes axes (one plane long) stay; where planes have beams of their own the
    median is written. What lies outside the parent is NaN, and a HISTORY card says so.

    ``OutsideImage`` where nothing of it lies inside or the image has no WCS, ``CutoutTooLarge``
    above ``LARGEST_PIXELS``; ``NoImage`` and ``Unreadable`` as ``examine`` has them.
    """
    with open_image(path, hdu) as image:
        window = window_about(image, ra_deg, dec_deg, size_deg, width_px, height_px)
        header, data = _cut(image, window, os.path.basename(os.fsdecode(path).rstrip("/")))  # noqa: PTH119 - not UTF-8, perhaps
        out = io.BytesIO()
        with quiet():
            part = fits.PrimaryHDU(data, header)
            part.writeto(out, output_verify="silentfix+ignore")
        return out.getvalue()


def cutout_picture(
    path: PathLike,
    hdu: int | None = None,
    *,
    ra_deg: float,
    dec_deg: float,
    size_deg: float | None = None,
    width_px: int | None = None,
    height_px: int | None = None,
    stretch: str = "zscale",
    colour_map: str = "cubehelix",
    size: int = 1024,
    north_up: bool = True,
    media_type: str = "image/png",
) -> Rendered:
    """The same cutout as a picture (see ``picture.render``)."""
    with open_image(path, hdu) as image:
        window = window_about(image, ra_deg, dec_deg, size_deg, width_px, height_px)
        header, data = _cut(image, window, "")
        part = OpenImage(
            header,
            msgspec.structs.replace(image.axes, shape=tuple(data.shape)),
            lambda index: data[index],
            hdu=0,
            history=[],
        )
        return render_image(
            part,
            stretch=stretch,
            colour_map=colour_map,
            size=size,
            north_up=north_up,
            media_type=media_type,
        )


def window_about(
    image: OpenImage,
    ra_deg: float,
    dec_deg: float,
    size_deg: float | None,
    width_px: int | None,
    height_px: int | None,
) -> Window:
    """The pixels of a cutout; raises what ``cutout`` does."""
    sky = sky_axes(image.header, image.axes)
    if sky is None:
        raise OutsideImage(
            "the image has no sky coordinates, so nothing can be cut out by position"
        )
    if size_deg is not None and size_deg > 0 and math.isfinite(size_deg):
        across, up = (max(1, round(size_deg / side)) for side in sky.sides_deg)
    elif width_px is not None and width_px > 0 and (height_px is None or height_px > 0):
        across, up = width_px, height_px or width_px
    else:
        raise ImagingError("say how large the cutout shall be: size_deg, or width_px and height_px")
    if across * up > LARGEST_PIXELS:
        raise CutoutTooLarge(
            f"a cutout has {LARGEST_PIXELS:,} pixels at most, not {across:,} × {up:,}"
        )
    x, y = (float(value) for value in sky.to_pixels(ra_deg, dec_deg))
    if not math.isfinite(x + y):
        raise OutsideImage("the position is not on the part of the sky that the image shows")
    left, bottom = round(x - (across - 1) / 2), round(y - (up - 1) / 2)
    axes = image.axes
    if left >= axes.width or bottom >= axes.height or left + across <= 0 or bottom + up <= 0:
        raise OutsideImage(
            f"the position lies outside the image: at pixel {x:.1f}, {y:.1f} "
            f"of {axes.width} × {axes.height}"
        )
    return Window(left, bottom, across, up)


def _cut(image: OpenImage, window: Window, name: str) -> tuple[Any, Pixels]:
    image.expect_pixels()
    plane, pixels = _pixels(image, window)
    axes = image.axes
    header = _header(image, window, plane)
    if name:
        said = _UNPRINTABLE.sub("?", name)
        header["HISTORY"] = f"Cutout by Mustela of {said}"
        header["HISTORY"] = (
            f"pixels {window.left + 1} to {window.left + window.width} on axis {axes.longitude}, "
            f"{window.bottom + 1} to {window.bottom + window.height} on axis {axes.latitude}"
        )
        if not _inside(window, axes):
            header["HISTORY"] = "pixels outside the original image are NaN"
    if axes.longitude > axes.latitude:
        pixels = pixels.T
    shape = [1] * len(axes.shape)
    shape[-axes.longitude], shape[-axes.latitude] = window.width, window.height
    return header, pixels.reshape(shape)


def _inside(window: Window, axes: Axes) -> bool:
    return (
        window.left >= 0
        and window.bottom >= 0
        and window.left + window.width <= axes.width
        and window.bottom + window.height <= axes.height
    )


def _pixels(image: OpenImage, window: Window) -> tuple[tuple[int, ...], Pixels]:
    """Of the first channel (from the middle) that has a finite pixel in the window."""
    first: tuple[tuple[int, ...], Pixels] | None = None
    for channel in image.channels():
        plane = image.plane(channel)
        pixels = _window(image, plane, window)
        if np.isfinite(pixels).any():
            return plane, pixels
        first = first or (plane, pixels)
    assert first is not None  # there is always one channel
    return first


def _window(image: OpenImage, plane: tuple[int, ...], window: Window) -> Pixels:
    left, right = max(0, window.left), min(image.axes.width, window.left + window.width)
    bottom = max(0, window.bottom)
    top = min(image.axes.height, window.bottom + window.height)
    out: Pixels | None = None
    for start, rows in image.chunks(plane, start=bottom, stop=top):
        if out is None:
            out = np.full((window.height, window.width), np.nan, rows.dtype)
        out[
            start - window.bottom : start - window.bottom + len(rows),
            left - window.left : right - window.left,
        ] = rows[:, left:right]
    assert out is not None  # the window overlaps the image
    return out


def _header(image: OpenImage, window: Window, plane: tuple[int, ...]) -> Any:
    """The parent's, for these pixels. The beam is in degrees, as BMAJ is by convention."""
    axes = image.axes
    header = fits.Header()
    with quiet():
        for card in image.header.cards:
            if not _PARENTS.match(card.keyword) and card.keyword != "CONTINUE":
                header.append(card, end=True)
    moved = {axes.longitude: window.left, axes.latitude: window.bottom}
    for axis in range(1, len(plane) + 1):
        shift = moved.get(axis, plane[-axis])
        if not shift:
            continue
        for letter in ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
            keyword = f"CRPIX{axis}{letter}"
            if not letter or keyword in header:
                header[keyword] = (number(header, keyword) or 0.0) - shift
    beam = beam_of(image)
    if beam.major_arcsec is not None and number(header, "BMAJ") is None:
        header["BMAJ"] = beam.major_arcsec / 3600
        if beam.minor_arcsec is not None:
            header["BMIN"] = beam.minor_arcsec / 3600
        if beam.pa_deg is not None:
            header["BPA"] = beam.pa_deg
    return header
