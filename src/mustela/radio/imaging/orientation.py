"""How a picture lies over its image: shrunk by blocks, north up and east left."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mustela.radio.imaging.directions import east_and_north, position, vector
from mustela.radio.imaging.opened import Pixels
from mustela.radio.imaging.sky_axes import SkyAxes

Matrix = NDArray[np.float64]

#: Rows of an image rise, rows of a picture fall.
UPRIGHT: Matrix = np.array([[1.0, 0.0], [0.0, -1.0]])
#: Less than this is not worth losing sharpness.
_SNAP_DEG = 0.5
#: Pixels of a picture that are turned at once.
_BAND_PIXELS = 1 << 18


class Layout(msgspec.Struct, frozen=True):
    """Picture pixel p shows block ``turn @ (p - middle) + block_middle``; all count from zero.

    ``factor`` is a block's side in pixels of the image.
    """

    factor: int
    width: int
    height: int
    turn: Any
    middle: Any
    block_middle: Any

    @property
    def matrix(self) -> Matrix:
        """Picture pixels to image pixels, but for ``shift``."""
        return np.asarray(self.factor * self.turn)

    @property
    def shift(self) -> Matrix:
        blocks = self.block_middle - self.turn @ self.middle
        return np.asarray(self.factor * blocks + (self.factor - 1) / 2)


def layout(turn: Matrix, width: int, height: int, size: int) -> Layout:
    """For an image of so many pixels, turned: no side of the picture above ``size``."""
    extent = np.abs(turn.T) @ np.array([width, height], float)
    factor = max(1, math.ceil(round(float(extent.max()) / size, 9)))
    blocks = np.array([-(-width // factor), -(-height // factor)], float)
    shown = np.maximum(1, np.floor(np.abs(turn.T) @ blocks + 1e-6)).astype(int)
    return Layout(
        factor=factor,
        width=min(size, int(shown[0])),
        height=min(size, int(shown[1])),
        turn=turn,
        middle=(np.minimum(shown, size) - 1) / 2,
        block_middle=(blocks - 1) / 2,
    )


def turn_to_north(sky: SkyAxes, width: int, height: int) -> Matrix:
    """The turn with north up and east left at the image's centre.

    Its columns are where the image's pixels go by one step right and one down in the picture.
    Turns within half a degree of a right angle are right angles. ``UPRIGHT`` where the centre
    is off the sky.
    """
    x, y = (width - 1) / 2, (height - 1) / 2
    ra, dec = (float(value) for value in sky.to_sky(x, y))
    if not math.isfinite(ra + dec):
        return UPRIGHT
    step = math.radians(sky.scale_deg * min(max(1.0, min(width, height) / 4), 10.0))
    east_of, north_of = east_and_north(ra, dec)
    around = [
        position(vector(ra, dec) + math.tan(step) * towards) for towards in (north_of, east_of)
    ]
    columns, rows = sky.to_pixels(*zip(*around, strict=True))
    north, east = np.stack([columns - x, rows - y], axis=1)
    if not np.isfinite([north, east]).all() or not np.any(north):
        return UPRIGHT
    angle = math.atan2(north[1], north[0])
    quarter = round(angle / (math.pi / 2)) * (math.pi / 2)
    if abs(angle - quarter) <= math.radians(_SNAP_DEG):
        up = np.round([math.cos(quarter), math.sin(quarter)])
    else:
        up = np.array([math.cos(angle), math.sin(angle)])
    right = np.array([up[1], -up[0]])
    if right @ east > 0:  # mirrored, seen from outside the sphere
        right = -right
    return np.stack([right, -up], axis=1)


def turned(blocks: Pixels, how: Layout) -> NDArray[np.float64]:
    """The blocks as the picture shows them; NaN where it shows none.

    Right angles move blocks only; other turns interpolate between four, blank ones left out.
    """
    shown = np.empty((how.height, how.width))
    step = max(1, _BAND_PIXELS // how.width)
    for top in range(0, how.height, step):
        bottom = min(how.height, top + step)
        shown[top:bottom] = _band(blocks, how, top, bottom)
    return shown


def _band(blocks: Pixels, how: Layout, top: int, bottom: int) -> NDArray[np.float64]:
    """These rows of it: a dozen arrays as large as the picture would fill the memory."""
    columns, rows = np.meshgrid(np.arange(how.width), np.arange(top, bottom))
    places = np.stack([columns - how.middle[0], rows - how.middle[1]])
    x, y = np.tensordot(how.turn, places, axes=1) + np.asarray(how.block_middle)[:, None, None]
    x, y = np.round(x, 6), np.round(y, 6)
    total = np.zeros(x.shape)
    weight = np.zeros(x.shape)
    left, below = np.floor(x).astype(int), np.floor(y).astype(int)
    for right in (0, 1):
        for above in (0, 1):
            share = np.abs(1 - right - (x - left)) * np.abs(1 - above - (y - below))
            column, row = left + right, below + above
            inside = (column >= 0) & (row >= 0) & (share > 0)
            inside &= (column < blocks.shape[1]) & (row < blocks.shape[0])
            value = np.full(total.shape, np.nan)
            value[inside] = blocks[row[inside], column[inside]]
            good = np.isfinite(value)
            total[good] += share[good] * value[good]
            weight[good] += share[good]
    shown = weight >= 0.5 - 1e-9
    return np.where(shown, total / np.where(shown, weight, 1.0), np.nan)
