"""Pictures and cutouts of images, written to files; called in child processes.

What is wrong with a request or an image is an ``Unreadable`` whose stage is the error's code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mustela.files.failure import Unreadable
from mustela.files.whole_file import write_whole
from mustela.radio.images.frame import Frame
from mustela.radio.imaging.cutout import cutout, cutout_picture
from mustela.radio.imaging.errors import ImagingError
from mustela.radio.imaging.opening import open_image
from mustela.radio.imaging.orientation import UPRIGHT, layout, turn_to_north
from mustela.radio.imaging.picture import render, thumbnail
from mustela.radio.imaging.sky_axes import sky_axes


def make_thumbnail(path: bytes, hdu: int | None, target: bytes) -> None:
    """A small grey picture in WebP."""
    with _answering_errors():
        _write(target, thumbnail(path, hdu).data)


def make_picture(
    path: bytes, hdu: int | None, stretch: str, colour_map: str, size: int, target: bytes
) -> None:
    """A picture in PNG, north up."""
    with _answering_errors():
        made = render(path, hdu, stretch=stretch, colour_map=colour_map, size=size)
        _write(target, made.data)


def frame_of(path: bytes, hdu: int | None, size: int) -> Frame:
    """Size and coordinates of the picture that ``make_picture`` makes, without its pixels."""
    with _answering_errors(), open_image(path, hdu) as image:
        width, height = image.axes.width, image.axes.height
        sky = sky_axes(image.header, image.axes)
        turn = UPRIGHT if sky is None else turn_to_north(sky, width, height)
        how = layout(turn, width, height, size)
        cards = None if sky is None else sky.seen_from(how.matrix, how.shift).cards()
        return Frame(how.width, how.height, cards)


def make_cutout(path: bytes, hdu: int | None, window: dict[str, Any], target: bytes) -> None:
    """A FITS file; ``window`` are the arguments of ``cutout``."""
    with _answering_errors():
        _write(target, cutout(path, hdu, **window))


def make_cutout_picture(
    path: bytes,
    hdu: int | None,
    window: dict[str, Any],
    stretch: str,
    colour_map: str,
    target: bytes,
) -> None:
    """The same in PNG, north up."""
    with _answering_errors():
        made = cutout_picture(path, hdu, **window, stretch=stretch, colour_map=colour_map)
        _write(target, made.data)


@contextmanager
def _answering_errors() -> Iterator[None]:
    try:
        yield
    except ImagingError as error:
        raise Unreadable(error.code, error.message) from error


def _write(target: bytes, data: bytes) -> None:
    write_whole(Path(os.fsdecode(target)), data)
