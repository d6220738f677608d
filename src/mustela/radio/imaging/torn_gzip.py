"""The header of a FITS file whose compressed stream ends too early."""

from __future__ import annotations

import io
import zlib
from typing import Any

from astropy.io import fits

from mustela.radio.imaging.axes import axes_of
from mustela.radio.imaging.header import history, quiet
from mustela.radio.imaging.opened import OpenImage

_COMPRESSED = 1 << 20
_LARGEST_HEADER = 1 << 22
_GZIP = 16 + zlib.MAX_WBITS


def torn_gzip(path: str) -> OpenImage | None:
    """Its first image, truncated; ``None`` where the file is no gzip or not even a header."""
    with open(path, "rb") as file:  # noqa: PTH123 - the name may not be UTF-8
        compressed = file.read(_COMPRESSED)
    try:
        start = zlib.decompressobj(_GZIP).decompress(compressed, _LARGEST_HEADER)
        with quiet():
            header: Any = fits.Header.fromfile(io.BytesIO(start))
            shape = [int(header[f"NAXIS{axis}"]) for axis in range(header["NAXIS"], 0, -1)]
    except (zlib.error, OSError, EOFError, ValueError, KeyError, TypeError):
        return None
    axes = axes_of(header, shape) if len(shape) >= 2 and all(shape) else None
    if axes is None:
        return None
    return OpenImage(header, axes, _no_pixels, hdu=0, history=history(header), truncated=True)


def _no_pixels(_: tuple[int | slice, ...]) -> Any:
    raise EOFError("the compressed file ends before its pixels do")
