"""How far the noise of an image is correlated between pixels."""

from __future__ import annotations

import math

import numpy as np

from mustela.radio.finding.plane import Image

#: Relative to the beam's width: uncorrelated at the least, smoothed with the beam (the square
#: root of two) and then some at the most.
_NARROWEST, _WIDEST = 0.15, 1.6
_FEWEST = 200
_SOURCE = 4.0


def correlation_width(brightness: Image, rms: Image, beam_pixels: float) -> float:
    """The full width of the noise's autocorrelation, in widths of the beam, taken as Gaussian.

    Thermal noise of a naturally weighted image is correlated as its (dirty) beam: 1. Noise
    smoothed with the beam has the square root of two. From the correlation of pixels half a beam
    apart that do not belong to sources; 1 where there are too few of those.
    """
    lag = max(1, round(beam_pixels / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = brightness / rms
        noise = np.where(np.abs(noise) < _SOURCE, noise, np.float32(np.nan))
    products = [noise[:, lag:] * noise[:, :-lag], noise[lag:] * noise[:-lag]]
    counted = sum(int(np.isfinite(one).sum()) for one in products)
    if counted < _FEWEST:
        return 1.0
    correlation = sum(float(np.nansum(one, dtype=np.float64)) for one in products) / counted
    correlation /= float(np.nanmean(np.square(noise), dtype=np.float64)) or 1.0
    if not 0 < correlation < 1:
        return _NARROWEST if correlation <= 0 else _WIDEST
    width = lag * math.sqrt(4 * math.log(2) / -math.log(correlation)) / beam_pixels
    return min(max(width, _NARROWEST), _WIDEST)
