"""Brightness as a picture of indexed colours: a tenth of the work of full ones to write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mustela.radio.imaging.colours import Table


def indexed(level: NDArray[np.float64], table: Table) -> Image.Image:
    """From 0 to 1 in the colours of a table; what is not finite is transparent."""
    index = np.zeros(level.shape, np.uint8)
    known = np.isfinite(level)
    index[known] = 1 + np.round(level[known] * 254).astype(np.uint8)
    picture = Image.fromarray(index)
    shown = table[np.round(np.linspace(0, len(table) - 1, 255)).astype(int)]
    picture.putpalette(np.vstack([table[:1], shown]).ravel().tolist())
    picture.info["transparency"] = 0
    return picture
