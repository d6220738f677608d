"""Rasters as PNG pictures, for a browser; called in a child process."""

from __future__ import annotations

import colorsys
import io
import math

import numpy as np
from numpy.typing import NDArray

from mustela.radio.imaging.colours import Table, colour_table
from mustela.radio.imaging.indexed import indexed
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
    level = np.full(values.shape, np.nan)
    if low is not None and high is not None:
        level = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    table = _ring() if quantity == "phase" else colour_table("cubehelix")
    target = io.BytesIO()
    indexed(level, table).save(target, "PNG")
    return target.getvalue()


def _ring() -> Table:
    """Colours of which the last is the first's neighbour."""
    colours = [colorsys.hsv_to_rgb(number / 256, 0.8, 0.9) for number in range(256)]
    return np.round(255 * np.array(colours)).astype(np.uint8)
