"""The noise of an image, as if its sources were not there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A normal distribution's standard deviation over its median absolute deviation.
_SIGMA_PER_MAD = 1.482602218505602
_CLIP_SIGMA = 3.0
#: Of a normal distribution without what lies beyond three standard deviations:
#: sqrt(1 - 2 k phi(k) / (2 Phi(k) - 1)) with k = 3.
_CLIPPED_OVER_SIGMA = 0.9865783925581086
_ROUNDS = 50
_SETTLED = 1e-4


def robust_rms(pixels: NDArray[np.floating[Any]]) -> float | None:
    """The standard deviation of the noise, in the pixels' unit; ``None`` where it is unknown.

    Begins with the median absolute deviation about the median, which sources hardly touch, then
    takes the standard deviation of what lies within three of it (corrected for the cut), again
    and again until it settles: so a noise that varies over the image counts as it does in maps
    of local noise. Blank pixels do not count, nor does a padding of exact zeros. Emission that
    covers most of the image counts as noise, at least in part.
    """
    values = np.asarray(pixels, float).ravel()
    values = _without_padding(values[np.isfinite(values)])
    if len(values) < 2:
        return None
    centre = float(np.median(values))
    sigma = float(np.median(np.abs(values - centre))) * _SIGMA_PER_MAD
    for _ in range(_ROUNDS):
        kept = values[np.abs(values - centre) <= _CLIP_SIGMA * sigma]
        if len(kept) < 2:
            break
        centre, before = float(np.median(kept)), sigma
        sigma = float(kept.std()) / _CLIPPED_OVER_SIGMA
        if abs(sigma - before) <= _SETTLED * before:
            break
    return sigma if sigma > 0 else None


def _without_padding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without the zeros that fill an image up, which no measurement gives so often.

    An image of few steps (integers) has zeros as well, and about as many of its smallest step.
    """
    zero = values == 0
    count = int(np.count_nonzero(zero))
    if count in {0, len(values)}:
        return values
    others = np.abs(values[~zero])
    step = int(np.count_nonzero(others == others.min()))
    return values[~zero] if count > 10 * step else values
