"""Rasters as PNG pictures, for a browser; called in a child process."""

from __future__ import annotations

import colorsys
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mustela.radio.visibilities.pictured import Quantity, RasterAxis, RasterPicture
from mustela.radio.visibilities.raster import Selection, rasterise


def raster(
    path: bytes | str,
    x: RasterAxis = "time",
    quantity: Quantity = "amplitude",
    correlation: str | None = None,
    spectral_window: int | None = None,
    field: int | None = None,
    column: str = "DATA",
    width: int = 800,
    height: int = 400,
) -> RasterPicture:
    """A picture of what :func:`~mustela.radio.visibilities.raster.rasterise` answers or raises."""
    selection = Selection(x, quantity, correlation, spectral_window, field, column, width, height)
    found = rasterise(path, selection)
    low, high = _range(found.values, quantity)
    return RasterPicture(
        png=_png(found.values[::-1], low, high, quantity),
        width=found.values.shape[1],
        height=found.values.shape[0],
        x_min=_known(found.x_range[0]),
        x_max=_known(found.x_range[1]),
        y_min=_known(found.y_range[0]),
        y_max=_known(found.y_range[1]),
        value_min=low,
        value_max=high,
        correlation=found.correlation,
        spectral_window=found.spectral_window,
        is_exact=found.is_exact,
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _range(values: NDArray[np.float64], quantity: Quantity) -> tuple[float | None, float | None]:
    if quantity == "phase":
        return -180.0, 180.0
    if quantity == "flag":
        return 0.0, 1.0
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None, None
    low, high = np.percentile(known, (1, 99))
    return float(low), float(high)


def _png(
    values: NDArray[np.float64], low: float | None, high: float | None, quantity: Quantity
) -> bytes:
    """Indexed colours, of which the first is transparent."""
    index = np.zeros(values.shape, dtype=np.uint8)
    if low is not None and high is not None:
        level = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
        known = np.isfinite(level)
        index[known] = 1 + np.round(level[known] * 254).astype(np.uint8)
    picture = Image.fromarray(index)
    picture.putpalette(_ring() if quantity == "phase" else _helix())
    target = io.BytesIO()
    picture.save(target, "PNG", transparency=0)
    return target.getvalue()


def _ring() -> list[int]:
    found = [0, 0, 0]
    for number in range(255):
        found += [round(255 * part) for part in colorsys.hsv_to_rgb(number / 255, 0.8, 0.9)]
    return found


def _helix() -> list[int]:
    """Cubehelix (Green 2011, BASI 39, 289) with its usual parameters: brighter is more."""
    level = np.linspace(0.0, 1.0, 255)
    angle = 2 * np.pi * (0.5 / 3 + 1 - 1.5 * level)
    reach = level * (1 - level) / 2
    turn = np.array([[-0.14861, 1.78277], [-0.29227, -0.90649], [1.97294, 0.0]])
    colours = level + reach * (turn @ np.array([np.cos(angle), np.sin(angle)]))
    return [0, 0, 0, *np.round(255 * np.clip(colours, 0, 1)).astype(int).T.ravel().tolist()]
