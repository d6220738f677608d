"""Opening an image, whatever it is stored as."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mustela.radio.imaging.fits_image import open_fits
from mustela.radio.imaging.opened import OpenImage

PathLike = bytes | str | os.PathLike[str]


@contextmanager
def open_image(path: PathLike, hdu: int | None = None) -> Iterator[OpenImage]:
    """A FITS file's image (in its part ``hdu``), or the CASA image that is this directory.

    ``NoImage`` where it holds none, ``Unreadable`` where it cannot be read.
    """
    name = os.fsdecode(path)
    if Path(name).is_dir():
        # The one place that needs python-casacore, which not every platform has.
        from mustela.radio.imaging.casa import open_casa  # noqa: PLC0415

        with open_casa(name) as image:
            yield image
    else:
        with open_fits(name, hdu) as image:
            yield image
