"""Noise and background of an image, pixel by pixel: made once, used by finding and forced fits."""

from __future__ import annotations

import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mustela.radio.finding.beside import lies_beside
from mustela.radio.finding.errors import UnusableImage, UnusableMaps
from mustela.radio.finding.plane import Image, Plane, open_plane

#: The grid's step and the box around each of its points, in widths of the beam.
_STEP_BEAMS, _BOX_BEAMS = 4.0, 20.0

#: Between these parts of a Gaussian lie two of its sigmas.
_BELOW, _ABOVE = 0.158655, 0.841345

#: A box with fewer pixels says nothing.
_FEWEST = 10

#: Endings of an image's name, in place of its suffix, for noise and background maps beside it:
#: Aegean's, Selavy's, PyBDSF's.
_BESIDE = (
    ("_rms.fits", "_bkg.fits"),
    (".noiseMap.fits", ".meanMap.fits"),
    (".rms.fits", ".mean.fits"),
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Maps:
    """``rms[y, x]`` and ``background[y, x]`` in Jy/beam, NaN where the image is blank.

    ``rms`` is NaN also where there is no noise to be measured; nothing is found there.
    """

    rms: Image
    background: Image


def make_maps(plane: Plane) -> Maps:
    """Noise and background by robust statistics in boxes on a grid, linear in between.

    The grid of BANE (Hancock, Trott & Hurley-Walker 2018, PASA 35, e011), on which Aegean stands:
    the background is the median in boxes of 20 beams at steps of four; the noise is half of what
    lies between the percentiles 15.9 and 84.1 of what is left. BANE clips at 3 sigma instead,
    which calls less of a crowded field noise; the percentiles agree better with published local
    noise. Neighbouring pixels say the same: in a box about four of a beam's pixels are looked at.
    One process, no shared memory.
    """
    data = plane.data
    step = max(4, math.ceil(_STEP_BEAMS * plane.beam_pixels))
    half = max(8, math.ceil(_BOX_BEAMS / 2 * plane.beam_pixels))
    stride = max(1, int(plane.beam_pixels / 2))
    rows, columns = _grid(data.shape[0], step), _grid(data.shape[1], step)
    centres = _in_boxes(data, rows, columns, half, stride, centre=True)
    background = _between(centres, rows, columns, data)
    widths = _in_boxes(data - background, rows, columns, half, stride, centre=False)
    rms = _between(widths, rows, columns, data)
    rms[rms <= 0] = np.nan  # most of a box is one value: a model, or padding; that is no noise
    return Maps(rms, background)


def maps_beside(image: str | bytes) -> tuple[str, str] | None:
    """The noise map and the background map that lie beside an image, named as finders do.

    For ``field.fits``: ``field_rms.fits`` and ``field_bkg.fits`` (Aegean), ``field.noiseMap.fits``
    and ``field.meanMap.fits`` (Selavy), ``field.rms.fits`` and ``field.mean.fits`` (PyBDSF).
    """
    path = Path(os.fsdecode(image))
    for noise, background in _BESIDE:
        pair = path.with_name(path.stem + noise), path.with_name(path.stem + background)
        if all(lies_beside(path, map) for map in pair):
            return str(pair[0]), str(pair[1])
    return None


def read_maps(rms: str | bytes, background: str | bytes, plane: Plane) -> Maps:
    """Given maps of an image, in their own units of brightness.

    Raises ``UnusableMaps`` where they are not of the image's size or cannot be read.
    """
    return Maps(_read(rms, plane, noise=True), _read(background, plane, noise=False))


def _read(path: str | bytes, plane: Plane, *, noise: bool) -> Image:
    try:
        values = open_plane(path, beam=plane.beam).data
    except UnusableImage as error:
        raise UnusableMaps(f"the map {os.fsdecode(path)} cannot be used: {error}") from error
    if values.shape != plane.data.shape:
        raise UnusableMaps(
            f"the map {os.fsdecode(path)} has {values.shape[1]} x {values.shape[0]} pixels,"
            f" its image {plane.data.shape[1]} x {plane.data.shape[0]}"
        )
    if noise:
        # Selavy writes zero where it has no box around a pixel.
        values[values <= 0] = np.nan
    return values


def _grid(length: int, step: int) -> Floats:
    """Places along an axis from its first pixel to its last, at most ``step`` apart."""
    return np.linspace(0, max(length - 1, 1), max(2, math.ceil((length - 1) / step) + 1))


def _in_boxes(
    data: Image, rows: Floats, columns: Floats, half: int, stride: int, *, centre: bool
) -> Floats:
    """The median, or the width of the noise, around each point of the grid."""
    found = np.full((len(rows), len(columns)), np.nan)
    for i, row in enumerate(np.rint(rows).astype(int)):
        band = data[max(0, row - half) : row + half + 1 : stride]
        for j, column in enumerate(np.rint(columns).astype(int)):
            box = band[:, max(0, column - half) : column + half + 1 : stride]
            values = box[np.isfinite(box)]
            if values.size >= _FEWEST:
                found[i, j] = _quantile(values, 0.5) if centre else _width(values)
    return _filled(found)


def _width(values: Image) -> float:
    return (_quantile(values, _ABOVE) - _quantile(values, _BELOW)) / 2


def _quantile(values: Image, part: float) -> float:
    at = part * (values.size - 1)
    low = int(at)
    lower, upper = np.partition(values, (low, min(low + 1, values.size - 1)))[
        [low, min(low + 1, values.size - 1)]
    ]
    return float(lower + (at - low) * (upper - lower))


def _filled(grid: Floats) -> Floats:
    """Points of the grid without a pixel take the mean of their neighbours that have some."""
    while np.isnan(grid).any() and not np.isnan(grid).all():
        padded = np.pad(grid, 1, constant_values=np.nan)
        around = np.stack(
            [
                padded[dy : dy + grid.shape[0], dx : dx + grid.shape[1]]
                for dy in range(3)
                for dx in range(3)
            ]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # the mean of no neighbour is NaN
            means = np.nanmean(around, axis=0)
        grid = np.where(np.isnan(grid), means, grid)
    return grid


def _between(grid: Floats, rows: Floats, columns: Floats, data: Image) -> Image:
    """The grid's values at every pixel, bilinear, NaN where blank."""
    height, width = data.shape
    across = np.stack([np.interp(np.arange(width), columns, line) for line in grid])
    result = np.empty(data.shape, dtype=np.float32)
    below = np.clip(np.searchsorted(rows, np.arange(height), side="right") - 1, 0, len(rows) - 2)
    part = (np.arange(height) - rows[below]) / (rows[below + 1] - rows[below])
    for row, (low, share) in enumerate(zip(below, part, strict=True)):
        result[row] = across[low] + share * (across[low + 1] - across[low])
    result[np.isnan(data)] = np.nan
    return result
