"""Pictures of images for people, with the coordinates of their pixels.

Memory is bounded: images are read in pieces and shrunk by the means of blocks on the way.
"""

from __future__ import annotations

import io
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mustela.radio.imaging.colours import Table, colour_table
from mustela.radio.imaging.errors import PictureRefused
from mustela.radio.imaging.indexed import indexed
from mustela.radio.imaging.opened import OpenImage, Pixels
from mustela.radio.imaging.opening import PathLike, open_image
from mustela.radio.imaging.orientation import UPRIGHT, layout, turn_to_north, turned
from mustela.radio.imaging.sky_axes import sky_axes
from mustela.radio.imaging.stretch import brightness

THUMBNAIL_SIZE = 256
LARGEST_SIZE = 4096
MEDIA_TYPES = {"image/png": "PNG", "image/webp": "WEBP"}


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A picture. ``wcs`` are header cards of its own pixels, the first row at the top (FITS
    pixels count from one: the picture's upper left pixel is 1, 1); ``None`` without a WCS."""

    data: bytes
    media_type: str
    width: int
    height: int
    wcs: dict[str, str | float | int] | None


def thumbnail(
    path: PathLike, hdu: int | None = None, *, size: int = THUMBNAIL_SIZE, stretch: str = "zscale"
) -> Rendered:
    """A small grey picture, north up, in WebP."""
    return render(path, hdu, stretch=stretch, colour_map="grey", size=size, media_type="image/webp")


def render(
    path: PathLike,
    hdu: int | None = None,
    *,
    stretch: str = "zscale",
    colour_map: str = "cubehelix",
    size: int = 1024,
    north_up: bool = True,
    media_type: str = "image/png",
) -> Rendered:
    """The plane that ``examine`` measures, no side above ``size`` pixels (never enlarged).

    ``north_up`` turns north up and east left; else rows stay rows, the first at the bottom.
    Blank pixels are transparent. ``PictureRefused`` names what there is to choose from;
    ``NoImage`` and ``Unreadable`` as ``examine`` has them.
    """
    with open_image(path, hdu) as image:
        return render_image(
            image,
            stretch=stretch,
            colour_map=colour_map,
            size=size,
            north_up=north_up,
            media_type=media_type,
        )


def render_image(
    image: OpenImage,
    *,
    stretch: str,
    colour_map: str,
    size: int,
    north_up: bool,
    media_type: str,
) -> Rendered:
    """As ``render``, of an image that is open."""
    if not 1 <= size <= LARGEST_SIZE:
        raise PictureRefused(f"a picture is 1 to {LARGEST_SIZE} pixels large, not {size}")
    if media_type not in MEDIA_TYPES:
        raise PictureRefused(f"pictures are {' or '.join(MEDIA_TYPES)}, not {media_type}")
    image.expect_pixels()
    table = colour_table(colour_map)
    width, height = image.axes.width, image.axes.height
    sky = sky_axes(image.header, image.axes)
    turn = turn_to_north(sky, width, height) if north_up and sky is not None else UPRIGHT
    how = layout(turn, width, height, size)
    level = brightness(turned(_blocks(image, how.factor), how), stretch)
    return Rendered(
        data=_encoded(level, table, media_type),
        media_type=media_type,
        width=how.width,
        height=how.height,
        wcs=None if sky is None else sky.seen_from(how.matrix, how.shift).cards(),
    )


def _encoded(level: NDArray[np.float64], table: Table, media_type: str) -> bytes:
    picture, kind = indexed(level, table), MEDIA_TYPES[media_type]
    out = io.BytesIO()
    (picture if kind == "PNG" else picture.convert("RGBA")).save(out, kind)
    return out.getvalue()


def _blocks(image: OpenImage, factor: int) -> Pixels:
    """The means of the finite pixels of each block, of the first channel that has any."""
    blocks: Pixels = np.full((1, 1), np.nan)
    for channel in image.channels():
        blocks = np.vstack(
            [_means(rows, factor) for _, rows in image.chunks(image.plane(channel), factor)]
        )
        if np.isfinite(blocks).any():
            break
    return blocks


def _means(rows: Pixels, factor: int) -> Pixels:
    """Blocks at the right and upper edge are of what is there."""
    good = np.isfinite(rows)
    if factor == 1:
        return np.where(good, rows, np.nan)
    if good.all():
        down, across = (
            np.diff([*range(0, length, factor), length]).astype(float) for length in rows.shape
        )
        return _sums(rows, factor) / np.outer(down, across)
    sums, counts = _sums(np.where(good, rows, 0.0), factor), _sums(good, factor)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _sums(rows: NDArray[Any], factor: int) -> NDArray[np.float64]:
    down, across = (np.arange(0, length, factor) for length in rows.shape)
    columns = np.add.reduceat(rows, down, axis=0, dtype=np.float32)
    return np.add.reduceat(columns, across, axis=1, dtype=np.float64)
