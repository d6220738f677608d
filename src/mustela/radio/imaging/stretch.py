"""Pixel values to brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
from astropy.visualization import ZScaleInterval
from numpy.typing import NDArray

from mustela.radio.imaging.errors import PictureRefused
from mustela.radio.imaging.noise import robust_rms

STRETCHES = ("zscale", "asinh", "linear")


def brightness(pixels: NDArray[np.floating[Any]], stretch: str) -> NDArray[np.float64]:
    """From 0 to 1, NaN where blank; ``PictureRefused`` for a stretch that does not exist.

    ``zscale`` is linear between IRAF's limits about the median; ``linear`` between the half and
    the 99.5th percentile; ``asinh`` (Lupton et al. 2004) from two standard deviations of the
    noise below the median to the peak, linear up to about the noise.
    """
    if stretch not in STRETCHES:
        raise PictureRefused(f"there is no stretch {stretch!r}, only {', '.join(STRETCHES)}")
    values = np.asarray(pixels, float)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.full(values.shape, np.nan)
    if stretch == "asinh":
        middle, peak = float(np.median(finite)), float(finite.max())
        noise = robust_rms(finite) or (peak - middle) / 100 or 1.0
        low = middle - 2 * noise
        scaled = np.arcsinh(np.maximum(values - low, 0) / (2 * noise))
        return np.asarray(np.clip(scaled / np.arcsinh(max(peak - low, noise) / (2 * noise)), 0, 1))
    if stretch == "zscale":
        low, high = (float(limit) for limit in ZScaleInterval().get_limits(finite))
    else:
        low, high = (float(limit) for limit in np.percentile(finite, (0.5, 99.5)))
    if not high > low:
        low, high = low - 0.5, low + 0.5
    return np.clip((values - low) / (high - low), 0, 1)
