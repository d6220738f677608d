"""Opening the image in a FITS file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from astropy.io import fits

from mustela.files.failure import Unreadable
from mustela.radio.imaging.axes import Axes, axes_of
from mustela.radio.imaging.errors import NoImage
from mustela.radio.imaging.header import history, number, quiet, sound
from mustela.radio.imaging.opened import DAMAGE, OpenImage, Section
from mustela.radio.imaging.torn_gzip import torn_gzip

_HDF5 = b"\x89HDF\r\n\x1a\n"
_USER_BLOCK = 1 << 20
_CARD = 80
_BLOCK = 36 * _CARD
_MOST_AXES = 999


@contextmanager
def open_fits(path: str, hdu: int | None = None) -> Iterator[OpenImage]:
    """The first image of the sky with more than one pixel, or the one in that part of the file.

    A two-dimensional image without any coordinates is taken where there is none of the sky.
    ``NoImage`` says what the file is instead, ``Unreadable`` that it is no sound FITS file.
    Pixels are read in sections (nothing is mapped into memory).
    """
    with quiet(), ExitStack() as stack:
        try:
            # Opened here, because astropy leaves a damaged file open.
            file = stack.enter_context(open(path, "rb"))  # noqa: PTH123 - may not be UTF-8
            _check_axes(file.read(_BLOCK))
            file.seek(0)
            parts = fits.open(file, memmap=False, do_not_scale_image_data=True)
        except DAMAGE as error:
            if (torn := _torn(path)) is None:
                raise _unreadable(path, error) from error
            yield torn
            return
        with parts:
            try:
                number, axes = _find(parts, hdu)
                part: Any = parts[number]
                header = sound(part.header)
                image = OpenImage(
                    header,
                    axes,
                    _section(part, header),
                    hdu=number,
                    history=history(header),
                    beams=_beams(parts) if header.get("CASAMBM") else None,
                    truncated=_truncated(path, part),
                )
            except NoImage:
                raise
            except DAMAGE as error:
                raise Unreadable("header", f"the header cannot be read: {error}") from error
            yield image


def _check_axes(block: bytes) -> None:
    """A header that claims more axes than the standard's 999 would be read for hours."""
    for place in range(0, len(block), _CARD):
        card = block[place : place + _CARD]
        if card.startswith(b"NAXIS   ="):
            claimed = card[10:].partition(b"/")[0].strip()
            if claimed.isdigit() and int(claimed) > _MOST_AXES:
                raise Unreadable("header", f"the header claims {int(claimed)} axes, of 999 at most")


def _torn(path: str) -> OpenImage | None:
    try:
        return torn_gzip(path)
    except OSError:
        return None


def _unreadable(path: str, error: BaseException) -> Exception:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the name may not be UTF-8
            start = file.read(_USER_BLOCK + len(_HDF5))
    except OSError:
        return Unreadable("open", f"the file cannot be read: {error}")
    if _is_hdf5(start):
        return NoImage("an HDF5 file, no FITS image")
    if not start:
        return Unreadable("open", "the file is empty")
    if start.startswith((b"SIMPLE", b"\x1f\x8b", b"BZh", b"PK")):
        return Unreadable("open", f"the file is damaged: {error}")
    return Unreadable("open", "this is not a FITS file")


def _is_hdf5(start: bytes) -> bool:
    """Its signature stands at 0, 512, 1024, 2048 ... (a block of the user's may come before)."""
    places = [0, *(512 << power for power in range(12))]
    return any(start.startswith(_HDF5, place) for place in places)


def _find(parts: Any, wanted: int | None) -> tuple[int, Axes]:
    """Parts are looked at one by one: a damaged part behind the image harms nobody."""
    without_sky: tuple[int, Axes] | None = None
    met: list[str] = []
    number = 0
    while True:
        try:
            part = parts[number]
        except IndexError:
            break
        if wanted is None or wanted == number:
            what, axes = _look(part)
            if axes is not None and axes.celestial:
                return number, axes
            if axes is not None and without_sky is None:
                without_sky = number, axes
            met += [what] if what else []
        number += 1
    if without_sky is not None:
        return without_sky
    raise NoImage(met[0] if met else "a FITS file without data")


def _look(part: Any) -> tuple[str | None, Axes | None]:
    """What else a part is, or the axes of its image."""
    if isinstance(part, fits.GroupsHDU):
        return "visibilities in random groups (UVFITS), no image", None
    if not part.is_image:
        return "a table, no image", None
    shape = part.shape
    if not shape or 0 in shape:
        return None, None
    if len(shape) < 2:
        return "a one-dimensional array, no image", None
    axes = axes_of(part.header, shape)
    if axes is None:
        return "an array whose axes are not on the sky", None
    if axes.width * axes.height <= 1:
        return "an array with one pixel on the sky", None
    if not axes.celestial and min(axes.width, axes.height) < 2:
        return "a one-dimensional array, no image", None
    return None, axes


def _section(part: Any, header: Any) -> Section:
    """Reads pixels and scales them here: astropy takes a BLANK of zero for none."""
    factor, offset = number(header, "BSCALE"), number(header, "BZERO")
    factor, offset = 1.0 if factor is None else factor, offset or 0.0
    blank = header.get("BLANK") if header["BITPIX"] > 0 else None

    def read(index: tuple[int | slice, ...]) -> Any:
        try:
            stored = np.asarray(part.section[index])
        except EOFError as error:
            if isinstance(part, fits.CompImageHDU):  # the tile's end, not the file's
                raise OSError("a compressed tile is damaged") from error
            raise
        pixels = stored
        if stored.dtype.kind in "iu":
            pixels = stored.astype(np.float64 if stored.dtype.itemsize > 2 else np.float32)
        if (factor, offset) != (1.0, 0.0):
            pixels = pixels * factor + offset
        if isinstance(blank, int) and stored.dtype.kind in "iu":
            pixels[stored == blank] = np.nan
        return pixels

    return read


def _truncated(path: str, part: Any) -> bool:
    """Whether the file ends within the pixels (a compressed one shows it when it is read)."""
    info = part.fileinfo()
    if info is None or isinstance(part, fits.CompImageHDU) or _compressed(path):
        return False
    size = abs(int(part.header["BITPIX"])) // 8
    for length in part.shape:
        size *= int(length)
    return os.path.getsize(path) < int(info["datLoc"]) + size  # noqa: PTH202 - may not be UTF-8


def _compressed(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123 - the name may not be UTF-8
        return not file.read(6).startswith(b"SIMPLE")


def _beams(parts: Any) -> list[tuple[float, float, float]]:
    """CASA's table of beams (arcsec, arcsec, degrees); none where it is missing or damaged."""
    try:
        table = parts["BEAMS"]
        scales = [
            3600.0 if str(table.columns[name].unit or "arcsec").startswith("deg") else 1.0
            for name in ("BMAJ", "BMIN")
        ]
        columns = [np.asarray(table.data[name], float) for name in ("BMAJ", "BMIN", "BPA")]
    except DAMAGE:
        return []
    return [
        (float(major) * scales[0], float(minor) * scales[1], float(angle))
        for major, minor, angle in zip(*columns, strict=True)
    ]
