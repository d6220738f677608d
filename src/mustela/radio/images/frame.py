"""The coordinates of a picture's pixels."""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, frozen=True):
    """Size of a picture in pixels, and the header cards of its own world coordinates.

    FITS pixels count from one, and the picture's first row is at the top: its upper left pixel is
    1, 1. ``wcs`` is null where the image says nothing of the sky.
    """

    width: int
    height: int
    wcs: dict[str, str | float | int] | None
