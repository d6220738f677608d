"""A range of right ascension and declination: RANGE, in the words of SIA 2."""

from __future__ import annotations

import math
from functools import cached_property

import msgspec

from mustela.errors import MustelaError
from mustela.radio.sky.arcs import Arc, cross_each_other, distance_to_arc, normal_of
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.positions import (
    Vector,
    cross,
    dot,
    length,
    position_of,
    unit_vector,
    wrapped,
)
from mustela.radio.sky.shape import Meets


class NotABox(MustelaError, ValueError):
    """A range of the sky needs a lower declination that is not above the upper one."""

    code = "not_a_box"


class Box(msgspec.Struct, frozen=True, tag="box", dict=True):
    """From one meridian eastward to another, and from one parallel up to another, edges included.

    Degrees, ICRS. `ra_max_deg` below `ra_min_deg` means a range across RA 0; 360 or more between
    them means every right ascension. Its northern and southern edges are parallels, no great
    circles.
    """

    ra_min_deg: float
    ra_max_deg: float
    dec_min_deg: float
    dec_max_deg: float

    def __post_init__(self) -> None:
        unit_vector(self.ra_min_deg, self.dec_min_deg)
        unit_vector(self.ra_max_deg, self.dec_max_deg)
        if self.dec_min_deg > self.dec_max_deg:
            raise NotABox(
                f"Declinations {self.dec_min_deg} to {self.dec_max_deg}: the lower comes first."
            )

    @property
    def width_deg(self) -> float:
        """Degrees of right ascension, 0 to 360."""
        span = self.ra_max_deg - self.ra_min_deg
        return 360.0 if span >= 360.0 else wrapped(span)

    @property
    def extent(self) -> float:
        widest = 0.0 if self.dec_min_deg <= 0 <= self.dec_max_deg else self.dec_min_deg
        if self.dec_max_deg < 0:
            widest = self.dec_max_deg
        return math.radians(
            max(
                self.width_deg * math.cos(math.radians(widest)), self.dec_max_deg - self.dec_min_deg
            )
            / 2.0
        )

    def contains(self, ra_deg: float, dec_deg: float) -> bool:
        """Whether the position is in the range; a pole is where its declination is."""
        unit_vector(ra_deg, dec_deg)
        if not self.dec_min_deg <= dec_deg <= self.dec_max_deg:
            return False
        return abs(dec_deg) == 90.0 or self._holds_ra(ra_deg)

    def _holds_ra(self, ra_deg: float) -> bool:
        if self.width_deg >= 360.0 or wrapped(ra_deg) == wrapped(self.ra_max_deg):
            return True
        return wrapped(ra_deg - self.ra_min_deg) <= self.width_deg

    def meets_cap(self, middle: Vector, radius: float) -> Meets:
        ra, dec = position_of(middle)
        reach = math.degrees(radius) + 1e-12
        south, north = dec - reach, dec + reach
        if north < self.dec_min_deg or south > self.dec_max_deg:
            return Meets.NOWHERE
        within = self.dec_min_deg <= south and north <= self.dec_max_deg
        if self.width_deg >= 360.0:
            return Meets.WHOLLY if within else Meets.PERHAPS
        if south <= -90.0 or north >= 90.0:
            return Meets.PERHAPS
        sides = math.sin(math.radians(reach)) / math.cos(math.radians(dec))
        aside = math.degrees(math.asin(min(1.0, sides))) + 1e-9
        from_start = wrapped(ra - self.ra_min_deg)
        if from_start > self.width_deg:
            outside = min(from_start - self.width_deg, 360.0 - from_start)
            return Meets.NOWHERE if outside > aside else Meets.PERHAPS
        inside = min(from_start, self.width_deg - from_start)
        return Meets.WHOLLY if within and inside >= aside else Meets.PERHAPS

    def intersects_circle(self, circle: Circle) -> bool:
        """Whether the two share a point."""
        if self.contains(circle.ra_deg, circle.dec_deg):
            return True
        nearest = [distance_to_arc(circle.centre, arc) for arc in self._meridians]
        if self._holds_ra(circle.ra_deg):
            nearest += [
                math.radians(abs(circle.dec_deg - dec))
                for dec in (self.dec_min_deg, self.dec_max_deg)
            ]
        return min(nearest) <= circle.radius

    def intersects_polygon(self, polygon: Polygon) -> bool:
        """Whether the two share a point."""
        if any(self.contains(ra, dec) for ra, dec in polygon.corners):
            return True
        corners = (end for arc in self._meridians for end in arc)
        if any(polygon.holds(corner) for corner in corners):
            return True
        if any(cross_each_other(m, edge) for m in self._meridians for edge in polygon.edges):
            return True
        return any(
            self._holds_ra(position_of(point)[0])
            for edge in polygon.edges
            for dec in (self.dec_min_deg, self.dec_max_deg)
            for point in _meetings_with_parallel(edge, dec)
        )

    @cached_property
    def _meridians(self) -> tuple[Arc, ...]:
        """Its western and eastern edges, in halves: an arc cannot reach from pole to pole."""
        low, high = self.dec_min_deg, self.dec_max_deg
        half_way = (low + high) / 2.0
        return tuple(
            (unit_vector(ra, start), unit_vector(ra, end))
            for ra in (self.ra_min_deg, self.ra_max_deg)
            for start, end in ((low, half_way), (half_way, high))
        )


def _meetings_with_parallel(arc: Arc, dec_deg: float) -> list[Vector]:
    """Where an arc of a great circle has that declination."""
    start, end = arc
    normal = normal_of(arc)
    size = length(normal)
    if size == 0.0:
        return []
    ahead = cross((normal[0] / size, normal[1] / size, normal[2] / size), start)
    highest = math.hypot(start[2], ahead[2])
    height = math.sin(math.radians(dec_deg))
    if highest == 0.0 or abs(height) > highest:
        return []
    long = math.atan2(dot(ahead, end), dot(start, end))
    top, aside = math.atan2(ahead[2], start[2]), math.acos(height / highest)
    found: list[Vector] = []
    for turn in (top - aside, top + aside):
        turn = math.remainder(turn, math.tau)
        if 0.0 <= turn <= long:
            c, s = math.cos(turn), math.sin(turn)
            x, y, z = (c * a + s * b for a, b in zip(start, ahead, strict=True))
            found.append((x, y, z))
    return found
