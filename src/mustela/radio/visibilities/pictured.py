"""What a raster can show, and the picture of one. Free of casacore and numpy."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

RasterAxis: TypeAlias = Literal["time", "channel", "baseline", "uvdist"]
#: ``amplitude`` is the mean of the amplitudes, ``phase`` that of the mean visibility (degrees),
#: ``flag`` the flagged fraction, ``weight`` the mean of WEIGHT_SPECTRUM or WEIGHT.
Quantity: TypeAlias = Literal["amplitude", "phase", "flag", "weight"]


class RasterFrame(msgspec.Struct, frozen=True, kw_only=True):
    """What the edges and colours of a raster's picture stand for; units as in ``Raster``.

    The first channel, or the first time, is at the bottom. Blank pixels are transparent. Colours
    run from ``value_min`` to ``value_max``: phases from -180 to 180 degrees round a ring of hues,
    flagged fractions from 0 to 1, others between the 1st and the 99th percentile.
    """

    width: int
    height: int
    x_min: float | None
    x_max: float | None
    y_min: float | None
    y_max: float | None
    value_min: float | None
    value_max: float | None
    correlation: str | None
    spectral_window: int
    is_exact: bool


class RasterPicture(RasterFrame, frozen=True, kw_only=True):
    """A PNG with its frame."""

    png: bytes

    @property
    def frame(self) -> RasterFrame:
        """The same without the picture."""
        names = RasterFrame.__struct_fields__
        return RasterFrame(**{name: getattr(self, name) for name in names})
