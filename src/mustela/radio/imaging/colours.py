"""Colour maps, each computed from its definition."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mustela.radio.imaging.errors import PictureRefused

Table = NDArray[np.uint8]

COLOUR_MAPS = ("grey", "grey_inverted", "cubehelix", "heat")


@cache
def colour_table(name: str) -> Table:
    """256 colours (red, green, blue) from dark to bright; ``PictureRefused`` for other names.

    ``cubehelix`` winds about the grey diagonal, so that its brightness rises evenly also in
    print (Green 2011, BASI 39, 289; start 0.5, 1.5 rotations backwards, hue 1). ``heat`` goes
    from black over red and yellow to white.
    """
    level = np.linspace(0.0, 1.0, 256)
    if name == "grey":
        colours = np.stack([level] * 3, axis=1)
    elif name == "grey_inverted":
        colours = np.stack([1 - level] * 3, axis=1)
    elif name == "heat":
        colours = np.stack([3 * level, 3 * level - 1, 3 * level - 2], axis=1)
    elif name == "cubehelix":
        colours = _cubehelix(level)
    else:
        raise PictureRefused(f"there is no colour map {name!r}, only {', '.join(COLOUR_MAPS)}")
    table: Table = np.round(np.clip(colours, 0.0, 1.0) * 255).astype(np.uint8)
    table.setflags(write=False)
    return table


def _cubehelix(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equation 2 of Green's: deviations from grey, weighted for the eye's brightness."""
    angle = 2 * math.pi * (0.5 / 3 + 1 - 1.5 * level)
    amplitude = level * (1 - level) / 2
    weights = np.array([[-0.14861, 1.78277], [-0.29227, -0.90649], [1.97294, 0.0]])
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray(level[:, None] + (amplitude * (weights @ circle)).T)
