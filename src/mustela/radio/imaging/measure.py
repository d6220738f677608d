"""Measuring one plane of an image, in pieces: memory does not grow with the image."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from mustela.radio.imaging.noise import robust_rms
from mustela.radio.imaging.opened import OpenImage, Pixels

#: Of larger planes, the noise is of a regular grid of so many pixels.
_SAMPLE_PIXELS = 1 << 22


class Measured(msgspec.Struct, frozen=True):
    """In the pixels' own unit. ``plane`` indexes the axes in numpy's order, zero along the sky."""

    plane: tuple[int, ...]
    noise: float | None
    peak: float | None
    minimum: float | None
    blank_fraction: float


def measure(image: OpenImage) -> Measured:
    """Peak, minimum and blanks of every pixel, noise of a sample.

    Of the middle channel of a spectral cube, or the nearest to it with finite values.
    """
    first: Measured | None = None
    for channel in image.channels():
        found = _measure(image, image.plane(channel))
        if found.peak is not None:
            return found
        first = first or found
    assert first is not None  # there is always one channel
    return first


def _measure(image: OpenImage, plane: tuple[int, ...]) -> Measured:
    width, height = image.axes.width, image.axes.height
    stride = max(1, math.ceil(math.sqrt(width * height / _SAMPLE_PIXELS)))
    peak, minimum, finite = -math.inf, math.inf, 0
    sample: list[Pixels] = []
    for start, rows in image.chunks(plane):
        good = np.isfinite(rows)
        finite += int(np.count_nonzero(good))
        sample.append(rows[-start % stride :: stride, ::stride].copy())
        if not good.all():
            rows = rows[good]
        if rows.size:
            peak, minimum = max(peak, float(rows.max())), min(minimum, float(rows.min()))
    return Measured(
        plane=plane,
        noise=robust_rms(np.concatenate(sample)) if finite else None,
        peak=peak if finite else None,
        minimum=minimum if finite else None,
        blank_fraction=1 - finite / (width * height),
    )
