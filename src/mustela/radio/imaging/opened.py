"""An image that is open for reading: its header, its axes, and its pixels in rows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mustela.files.failure import Unreadable
from mustela.radio.imaging.axes import Axes, stokes_of

Pixels = NDArray[np.floating[Any]]
#: Reads ``[start, stop)`` of an axis's pixels, the others in full or at one index.
Section = Callable[[tuple[int | slice, ...]], Any]

#: What reading a damaged file may raise, from astropy, gzip, the tiles' decompressors, casacore.
DAMAGE = (
    fits.VerifyError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    RuntimeError,
    zlib.error,
)

_CHUNK_PIXELS = 1 << 22
_ENDS = "the file ends before its pixels do"


class OpenImage:
    """One image. ``header`` is an astropy Header, also of a CASA image.

    ``beams`` are the beams of the planes (arcsec, arcsec, degrees) where each has its own.
    ``truncated`` says that the file is shorter than its header promises.
    """

    def __init__(
        self,
        header: Any,
        axes: Axes,
        section: Section,
        *,
        hdu: int,
        history: list[str],
        beams: list[tuple[float, float, float]] | None = None,
        truncated: bool = False,
    ) -> None:
        self.header = header
        self.axes = axes
        self.hdu = hdu
        self.history = history
        self.beams = beams or []
        self.truncated = truncated
        self._section = section

    def plane(self, channel: int) -> tuple[int, ...]:
        """The indices (numpy's order, zero along the sky) of the plane that is shown.

        Stokes I where there is one, else the first, and the channel that is asked for.
        """
        index = [0] * len(self.axes.shape)
        stokes = stokes_of(self.header, self.axes) or []
        if self.axes.length(self.axes.stokes) and "I" in stokes:
            index[-self.axes.stokes] = stokes.index("I")
        if self.axes.length(self.axes.spectral):
            index[-self.axes.spectral] = channel
        return tuple(index)

    def channels(self) -> Iterator[int]:
        """All channels, the middle one first, then by their distance to it."""
        count = self.axes.length(self.axes.spectral) or 1
        middle = count // 2
        yield middle
        for distance in range(1, middle + 1):
            yield middle - distance
            if middle + distance < count:
                yield middle + distance

    def expect_pixels(self) -> None:
        """``Unreadable`` where the file ends within the pixels: nobody is shown half an image."""
        if self.truncated:
            raise Unreadable("truncated", _ENDS)

    def rows(self, plane: tuple[int, ...], start: int, stop: int) -> Pixels:
        """Rows of a plane, as floats of the machine's byte order; blank pixels are NaN.

        ``Unreadable`` at the stage ``truncated`` where the file ends before them, or ``data``.
        """
        index: list[int | slice] = list(plane)
        index[-self.axes.longitude] = slice(None)
        index[-self.axes.latitude] = slice(start, stop)
        try:
            data = np.asarray(self._section(tuple(index)))
        except EOFError as error:
            raise Unreadable("truncated", _ENDS) from error
        except DAMAGE as error:
            raise Unreadable("data", f"the pixels cannot be read: {error}") from error
        if self.axes.longitude > self.axes.latitude:
            data = data.T
        return data.astype(np.float64 if data.dtype.itemsize > 4 else np.float32, copy=False)

    def chunks(
        self, plane: tuple[int, ...], multiple: int = 1, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, Pixels]]:
        """The plane (or its rows from start to stop) in pieces of some million pixels.

        Each with its first row. Pieces are a multiple of so many rows, but for the last.
        """
        end = self.axes.height if stop is None else stop
        step = max(1, _CHUNK_PIXELS // max(1, self.axes.width * multiple)) * multiple
        for first in range(start, end, step):
            yield first, self.rows(plane, first, min(end, first + step))
