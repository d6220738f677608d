"""Arcs of great circles: how near a direction comes to one, and whether two cross."""

from __future__ import annotations

import math
from typing import TypeAlias

from mustela.radio.sky.positions import Vector, angle, cross, dot, length

Arc: TypeAlias = tuple[Vector, Vector]
"""The shorter way between two directions that are not opposite."""


def normal_of(arc: Arc) -> Vector:
    """Towards the pole of its great circle; of no particular length, zero for a point.

    The cross product with the difference keeps its precision where the ends are close.
    """
    start, end = arc
    return cross(start, (end[0] - start[0], end[1] - start[1], end[2] - start[2]))


def distance_to_arc(point: Vector, arc: Arc) -> float:
    """The angle between a direction and the nearest point of the arc [radians]."""
    start, end = arc
    normal = normal_of(arc)
    size = length(normal)
    if size > 0.0 and dot(cross(normal, start), point) > 0 > dot(cross(normal, end), point):
        return abs(math.asin(max(-1.0, min(1.0, dot(normal, point) / size))))
    return min(angle(point, start), angle(point, end))


def cross_each_other(first: Arc, second: Arc) -> bool:
    """Whether the two arcs share a point."""
    n1, n2 = normal_of(first), normal_of(second)
    sides = (dot(n1, second[0]), dot(n1, second[1]), dot(n2, first[0]), dot(n2, first[1]))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        # Each great circle parts the ends of the other arc; so the circles meet on both arcs, or
        # on one arc and the far side of the sky.
        meeting = cross(n1, n2)
        return (dot(meeting, _half_way(first)) > 0) == (dot(meeting, _half_way(second)) > 0)
    touching = 1e-15
    return any(distance_to_arc(point, first) <= touching for point in second) or any(
        distance_to_arc(point, second) <= touching for point in first
    )


def _half_way(arc: Arc) -> Vector:
    a, b = arc
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])
