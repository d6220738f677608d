"""Polygons whose edges are great circles, as the footprints of images are.

Exact in double precision: through the gnomonic projection about a direction in the middle, great
circles become straight lines, so the planar test for a point in a polygon holds, also across RA 0
and around a pole.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise

import msgspec

from mustela.errors import MustelaError
from mustela.radio.sky.arcs import Arc, cross_each_other, distance_to_arc
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.positions import Vector, angle, cross, dot, length, unit_vector
from mustela.radio.sky.shape import Meets

_WIDEST = math.radians(89.9)


class NotAPolygon(MustelaError, ValueError):
    """A polygon needs three different corners or more, all within one hemisphere."""

    code = "not_a_polygon"


class Polygon(msgspec.Struct, frozen=True, tag="polygon", dict=True):
    """Corners (RA, Dec) in degrees, ICRS, in order around the edge, the first not repeated.

    Either direction around will do: of the two parts that the edge cuts the sky into, the inside
    is the one within a hemisphere. A part of the sky that fits into none is refused
    (`NotAPolygon`): say it as a circle. Where edges cross, inside is what a line from outside
    reaches after an odd number of them.
    """

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        vectors = self.vectors
        if len({(round(x, 15), round(y, 15), round(z, 15)) for x, y, z in vectors}) < 3:
            raise NotAPolygon(f"{len(vectors)} corners, of which fewer than three differ.")
        if self.extent > _WIDEST:
            raise NotAPolygon(
                "The corners do not fit into one hemisphere; say such a region as a circle."
            )

    @cached_property
    def vectors(self) -> tuple[Vector, ...]:
        return tuple(unit_vector(ra, dec) for ra, dec in self.corners)

    @cached_property
    def edges(self) -> tuple[Arc, ...]:
        return tuple(pairwise((*self.vectors, self.vectors[0])))

    @cached_property
    def middle(self) -> Vector:
        """A direction that has all corners within its hemisphere, if any has."""
        return _middle_of(self.vectors)

    @property
    def extent(self) -> float:
        """All of it is within this angle of `middle` [radians]."""
        return self._extent

    @cached_property
    def _extent(self) -> float:
        return max(angle(self.middle, corner) for corner in self.vectors)

    def contains(self, ra_deg: float, dec_deg: float) -> bool:
        """Whether the position is inside (on the edge: either, by rounding)."""
        return self.holds(unit_vector(ra_deg, dec_deg))

    def holds(self, point: Vector) -> bool:
        """`contains`, of a direction."""
        if dot(self.middle, point) <= 0.0:
            return False
        x, y = self._projected(point)
        inside = False
        for (x1, y1), (x2, y2) in self._planar_edges:
            if (y1 > y) != (y2 > y) and (x - x1) < (x2 - x1) * ((y - y1) / (y2 - y1)):
                inside = not inside
        return inside

    def distance_to_edge(self, point: Vector) -> float:
        """The angle to the nearest point of the edge, from inside or outside [radians]."""
        return min(distance_to_arc(point, edge) for edge in self.edges)

    def meets_cap(self, middle: Vector, radius: float) -> Meets:
        if angle(self.middle, middle) > self.extent + radius:
            return Meets.NOWHERE
        if self.distance_to_edge(middle) <= radius:
            return Meets.PERHAPS
        return Meets.WHOLLY if self.holds(middle) else Meets.NOWHERE

    def intersects_circle(self, circle: Circle) -> bool:
        """Whether the two share a point."""
        return self.holds(circle.centre) or self.distance_to_edge(circle.centre) <= circle.radius

    def intersects_polygon(self, other: Polygon) -> bool:
        """Whether the two share a point."""
        if angle(self.middle, other.middle) > self.extent + other.extent + 1e-12:
            return False
        return (
            any(self.holds(corner) for corner in other.vectors)
            or any(other.holds(corner) for corner in self.vectors)
            or any(cross_each_other(mine, its) for mine in self.edges for its in other.edges)
        )

    @cached_property
    def _axes(self) -> tuple[Vector, Vector]:
        middle = self.middle
        aside: Vector = (0.0, 0.0, 1.0) if abs(middle[2]) < 0.7 else (1.0, 0.0, 0.0)
        right = _normalised(cross(aside, middle))
        return right, cross(middle, right)

    @cached_property
    def _planar_edges(self) -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
        plane = [self._projected(corner) for corner in self.vectors]
        return tuple(pairwise((*plane, plane[0])))

    def _projected(self, point: Vector) -> tuple[float, float]:
        depth = dot(self.middle, point)
        right, up = self._axes
        return dot(right, point) / depth, dot(up, point) / depth


def _normalised(vector: Vector) -> Vector:
    size = length(vector)
    return (vector[0] / size, vector[1] / size, vector[2] / size)


def _middle_of(corners: tuple[Vector, ...]) -> Vector:
    """About the centre of the smallest cap around the corners (Bădoiu and Clarkson 2003)."""
    if not corners:
        raise NotAPolygon("No corners: give three or more.")
    count = len(corners)
    x, y, z = (sum(corner[axis] for corner in corners) / count for axis in range(3))
    for step in range(2, 130):
        far = min(corners, key=lambda corner: corner[0] * x + corner[1] * y + corner[2] * z)
        x, y, z = x + (far[0] - x) / step, y + (far[1] - y) / step, z + (far[2] - z) / step
        if step > 8 and min(dot((x, y, z), corner) for corner in corners) > 0.2:
            break
    size = math.hypot(x, y, z)
    return (x / size, y / size, z / size) if size > 1e-12 else (0.0, 0.0, 1.0)
