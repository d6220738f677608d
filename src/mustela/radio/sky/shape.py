"""What every shape on the sky can say of a cap: disjoint, overlapping, within."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from mustela.radio.sky.positions import Vector


class Meets(Enum):
    """How a cap (all within some distance of a direction) lies to a shape."""

    NOWHERE = 0
    PERHAPS = 1
    WHOLLY = 2


class Shape(Protocol):
    """A part of the sky that cells can be found for."""

    def meets_cap(self, middle: Vector, radius: float) -> Meets:
        """`NOWHERE` and `WHOLLY` are certain; `radius` in radians."""
        ...

    def contains(self, ra_deg: float, dec_deg: float) -> bool: ...

    @property
    def extent(self) -> float:
        """About how far across half of it is [radians]: cells much smaller are of no use."""
        ...
