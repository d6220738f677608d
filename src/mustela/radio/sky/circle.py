"""All positions within a distance of one: a cone, in the words of cone search."""

from __future__ import annotations

import math
from functools import cached_property

import msgspec

from mustela.errors import MustelaError
from mustela.radio.sky.positions import Vector, angle, unit_vector
from mustela.radio.sky.shape import Meets


class NotACircle(MustelaError, ValueError):
    """A circle needs a radius from 0 to 180 degrees."""

    code = "not_a_circle"


class Circle(msgspec.Struct, frozen=True, tag="circle", dict=True):
    """Positions at most `radius_deg` from the centre, edge included; degrees, ICRS."""

    ra_deg: float
    dec_deg: float
    radius_deg: float

    def __post_init__(self) -> None:
        unit_vector(self.ra_deg, self.dec_deg)
        if not 0.0 <= self.radius_deg <= 180.0:
            raise NotACircle(f"A radius of {self.radius_deg}: give 0 to 180 degrees.")

    @cached_property
    def centre(self) -> Vector:
        return unit_vector(self.ra_deg, self.dec_deg)

    @property
    def radius(self) -> float:
        """In radians."""
        return math.radians(self.radius_deg)

    @property
    def extent(self) -> float:
        return self.radius

    def contains(self, ra_deg: float, dec_deg: float) -> bool:
        """Whether the position is in the circle, in double precision."""
        return angle(self.centre, unit_vector(ra_deg, dec_deg)) <= self.radius

    def meets_cap(self, middle: Vector, radius: float) -> Meets:
        apart = angle(self.centre, middle)
        if apart > self.radius + radius:
            return Meets.NOWHERE
        return Meets.WHOLLY if apart + radius <= self.radius else Meets.PERHAPS
