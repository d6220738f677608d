"""One plane of an image as the finder needs it: 2-D, in Jy/beam, with its WCS and its beam."""

from __future__ import annotations

import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.coordinates import BaseCoordinateFrame
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from mustela.files.failure import Unreadable
from mustela.radio.finding.chosen_plane import ChosenPlane, chosen_plane
from mustela.radio.finding.errors import BlankImage, ImageTooLarge, NoBeam, UnusableImage
from mustela.radio.finding.frames import frame_of
from mustela.radio.imaging.errors import ImagingError
from mustela.radio.imaging.opening import open_image

#: About 15 bytes a pixel are held while sources are found.
MAX_PIXELS = 250_000_000

#: Jy/beam in one unit, by how FITS writers spell it: lower case, without spaces.
_SURFACE_BRIGHTNESS = {"jy": 1.0, "mjy": 1e-3, "ujy": 1e-6, "µjy": 1e-6, "njy": 1e-9, "kjy": 1e3}
_PER_BEAM = ("/beam", "beam-1", "beam^-1", "beam**-1", "/bm")

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Beam:
    """The restoring beam: full widths at half maximum in arcsec, position angle in degrees."""

    major_arcsec: float
    minor_arcsec: float
    pa_deg: float


@dataclass(frozen=True)
class Plane:
    """``data[y, x]`` in Jy/beam, NaN where blank; ``wcs`` is two-dimensional and celestial.

    ``flags`` are words for everything that is measured on it. ``said`` names it where the image has
    others.
    """

    data: Image
    wcs: WCS
    frame: BaseCoordinateFrame
    beam: Beam
    flags: tuple[str, ...] = ()
    said: str | None = None

    @property
    def pixel_arcsec(self) -> tuple[float, float]:
        """The sides of a pixel at the reference position."""
        matrix = self.wcs.pixel_scale_matrix
        return float(np.hypot(*matrix[:, 0]) * 3600), float(np.hypot(*matrix[:, 1]) * 3600)

    @property
    def beam_pixels(self) -> float:
        """The beam's geometric mean width, in pixels."""
        x, y = self.pixel_arcsec
        return math.sqrt(self.beam.major_arcsec * self.beam.minor_arcsec / (x * y))


def open_plane(
    image: str | bytes,
    *,
    hdu: int | None = None,
    index: tuple[int, ...] = (),
    beam: Beam | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Plane:
    """A plane of an image of any axes: FITS, also compressed (tiles or the whole file), or CASA.

    Without ``hdu`` it is the first with an image of the sky. ``index`` chooses along the other
    axes, slowest first (a missing one is the first plane); without it, it is the plane of Stokes I
    in the first channel. ``beam`` replaces the header's.

    Raises ``UnusableImage`` and its kinds, with what to do.
    """
    if Path(os.fsdecode(image)).is_dir():
        return _casa_plane(image, index, beam, max_pixels)
    with warnings.catch_warnings():
        # Radio headers are full of what astropy corrects and tells of.
        warnings.simplefilter("ignore")
        try:
            with fits.open(os.fsdecode(image), memmap=False) as hdus:
                return _plane(_image_hdu(hdus, hdu), index, beam, max_pixels)
        except UnusableImage:
            raise
        except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
            raise UnusableImage(f"the image cannot be read: {error}") from error


def plane_of(
    data: NDArray[np.floating],
    wcs: WCS,
    beam: Beam,
    *,
    flags: tuple[str, ...] = (),
    said: str | None = None,
) -> Plane:
    """A plane from what the caller has read: ``data[y, x]`` in Jy/beam, a celestial WCS."""
    values = np.array(data, dtype=np.float32)
    values[~np.isfinite(values)] = np.nan
    if values.size == 0 or not np.isfinite(values).any():
        if said is None:
            raise BlankImage()
        raise BlankImage(f"every pixel of the plane that is searched ({said}) is blank")
    return Plane(values, wcs, frame_of(wcs), beam, flags, said)


def _image_hdu(hdus: fits.HDUList, wanted: int | None) -> fits.ImageHDU:
    for number, hdu in enumerate(hdus):
        if wanted is not None and number != wanted:
            continue
        if isinstance(hdu, fits.GroupsHDU):
            continue
        if getattr(hdu, "is_image", False) and hdu.header.get("NAXIS", 0) >= 2 and hdu.shape:
            return hdu
    where = "it" if wanted is None else f"its HDU {wanted}"
    raise UnusableImage(f"{where} holds no image of two or more axes")


def _plane(hdu: fits.ImageHDU, index: tuple[int, ...], beam: Beam | None, max_pixels: int) -> Plane:
    header = hdu.header
    wcs = WCS(header)
    if not wcs.has_celestial:
        raise UnusableImage("its axes are not two celestial coordinates")
    shape: tuple[int, ...] = hdu.shape
    x, y = len(shape) - 1 - wcs.wcs.lng, len(shape) - 1 - wcs.wcs.lat
    if max(wcs.wcs.lng, wcs.wcs.lat) >= len(shape):
        raise UnusableImage("its celestial axes have no pixels")
    if shape[x] * shape[y] > max_pixels:
        raise _too_large(shape[x], shape[y], max_pixels)
    chosen = chosen_plane(header, shape)
    section = hdu.section[_slices(shape, x, y, index or chosen.at)]
    data = section if y < x else section.T
    return _made(data, header, wcs, beam, None if index else chosen)


def _casa_plane(
    path: str | bytes, index: tuple[int, ...], beam: Beam | None, max_pixels: int
) -> Plane:
    """The same of a CASA image, through its table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with open_image(path) as image:
                axes, header = image.axes, image.header
                wcs = WCS(header)
                if not axes.celestial or not wcs.has_celestial:
                    raise UnusableImage("its axes are not two celestial coordinates")
                if axes.width * axes.height > max_pixels:
                    raise _too_large(axes.width, axes.height, max_pixels)
                x, y = len(axes.shape) - axes.longitude, len(axes.shape) - axes.latitude
                chosen = chosen_plane(header, axes.shape)
                part = _slices(axes.shape, x, y, index or chosen.at)
                at = tuple(one if isinstance(one, int) else 0 for one in part)
                data = image.rows(at, 0, axes.height)
                if beam is None and image.beams and "BMAJ" not in header:
                    beam = Beam(*image.beams[0])
                return _made(data, header, wcs, beam, None if index else chosen)
        except UnusableImage:
            raise
        except (Unreadable, ImagingError) as error:
            raise UnusableImage(f"the image cannot be read: {error}") from error


def _made(
    data: NDArray[np.floating],
    header: fits.Header,
    wcs: WCS,
    beam: Beam | None,
    chosen: ChosenPlane | None,
) -> Plane:
    factor, assumed = _unit(header)
    flags: tuple[str, ...] = ("unit_assumed",) if assumed else ()
    if chosen is not None and chosen.of_channels:
        flags += ("first_channel",)
    return plane_of(
        np.asarray(data, dtype=np.float32) * np.float32(factor),
        wcs.celestial,
        beam or _header_beam(header),
        flags=flags,
        said=None if chosen is None else chosen.said,
    )


def _too_large(width: int, height: int, max_pixels: int) -> ImageTooLarge:
    return ImageTooLarge(
        f"the image has {width} x {height} pixels, the limit is {max_pixels:,} in all;"
        " raise the limit, or cut the image"
    )


def _slices(
    shape: tuple[int, ...], x: int, y: int, index: tuple[int, ...]
) -> tuple[int | slice, ...]:
    """Everything along the celestial axes, one plane along the others."""
    others = iter(index)
    chosen: list[int | slice] = []
    for axis, length in enumerate(shape):
        if axis in (x, y):
            chosen.append(slice(None))
            continue
        at = next(others, 0)
        if not 0 <= at < length:
            raise UnusableImage(f"it has no plane {at}: that axis has {length}")
        chosen.append(at)
    return tuple(chosen)


def _unit(header: fits.Header) -> tuple[float, bool]:
    """Jy/beam in one unit of the image, and whether that had to be assumed."""
    said = str(header.get("BUNIT", "")).strip()
    if not said:
        return 1.0, True
    spelled = said.replace(" ", "").replace("(", "").replace(")", "").lower()
    for ending in _PER_BEAM:
        if spelled.endswith(ending):
            scale = _SURFACE_BRIGHTNESS.get(spelled.removesuffix(ending).rstrip("."))
            if scale is not None:
                return scale, False
    raise UnusableImage(f"its unit is {said!r}; sources are found in images in Jy/beam")


def _header_beam(header: fits.Header) -> Beam:
    major, minor, pa = (_number(header.get(key)) for key in ("BMAJ", "BMIN", "BPA"))
    if major is None or minor is None:
        raise NoBeam()
    if not major > 0 or not minor > 0:
        raise NoBeam(
            f"the image says a beam of {major:g} x {minor:g} degrees, which is none; give it one,"
            " or correct BMAJ and BMIN in its header"
        )
    if pa is None:
        if not math.isclose(major, minor, rel_tol=1e-3):
            raise NoBeam("the image does not say its beam's position angle; add BPA to its header")
        pa = 0.0
    return Beam(max(major, minor) * 3600, min(major, minor) * 3600, pa)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
