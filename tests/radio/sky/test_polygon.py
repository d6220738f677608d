"""Points in polygons, and what meets what."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mustela.radio.sky.box import Box, NotABox
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import NotAPolygon, Polygon
from mustela.radio.sky.positions import offset_by, position_angle, position_of, separation
from mustela.radio.sky.region import Footprint, Region, intersects
from mustela.radio.sky.shape import Meets
from tests.radio.sky.fix_sky import many, positions, radii, some
from tests.radio.sky.test_cells import boxes, polygons

Position = tuple[float, float]


def winds_around(polygon: Polygon, ra: float, dec: float) -> bool:
    """Whether the corners, seen from the position, go once around it."""
    seen = [position_angle(ra, dec, *corner) for corner in polygon.corners]
    turned = sum(
        math.remainder(after - before, 360.0)
        for before, after in zip(seen, seen[1:] + seen[:1], strict=True)
    )
    return abs(turned) > 180.0


@many
@given(polygons(), st.floats(0, 360), st.floats(0, 1.5))
def test_a_position_is_inside_where_the_corners_go_around_it(
    polygon: Polygon, direction: float, share: float
) -> None:
    middle = position_of(polygon.middle)
    ra, dec = offset_by(*middle, direction, math.degrees(polygon.extent) * share)
    assume(polygon.distance_to_edge(Circle(ra, dec, 0).centre) > 1e-11)
    assume(separation(*middle, ra, dec) < 89)
    assert polygon.contains(ra, dec) == winds_around(polygon, ra, dec)
    back = Polygon(tuple(reversed(polygon.corners)))
    assert back.contains(ra, dec) == polygon.contains(ra, dec)


def test_an_edge_is_a_great_circle_not_a_parallel() -> None:
    square = Polygon(((0, 40), (60, 40), (60, 60), (0, 60)))
    assert not square.contains(30, 41)  # the arc from (0, 40) to (60, 40) rises to 44 degrees
    assert square.contains(30, 45)
    assert square.contains(30, 61)


def test_a_polygon_holds_the_pole_and_crosses_ra_0() -> None:
    around = Polygon(((0, 80), (90, 80), (180, 80), (270, 80)))
    assert around.contains(0, 90)
    assert around.contains(123, 89)
    assert not around.contains(45, 81)
    assert not around.contains(0, -90)
    across = Polygon(((359, -1), (1, -1), (1, 1), (359, 1)))
    assert [across.contains(ra, 0.5) for ra in (359.5, 0.0, 0.5, 2.0, 180.0)] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "corners",
    [
        (),
        ((1, 1), (2, 2)),
        ((1, 1), (2, 2), (361, 1)),
        ((0, 0), (120, 0), (240, 0)),
        ((0, 0), (90, 0), (180, 0), (270, 0), (0, 80)),
    ],
)
def test_corners_that_enclose_nothing_certain_are_refused(corners: tuple[Position, ...]) -> None:
    with pytest.raises(NotAPolygon):
        Polygon(corners)


def test_a_repeated_corner_changes_nothing() -> None:
    closed = Polygon(((10, 10), (11, 10), (11, 10), (11, 11), (10, 10)))
    assert closed.contains(10.8, 10.3)
    assert not closed.contains(10.2, 10.8)


@many
@given(polygons(), positions, radii)
def test_a_polygon_meets_a_circle_where_it_comes_near_enough(
    polygon: Polygon, centre: Position, radius: float
) -> None:
    circle = Circle(*centre, radius)
    nearest = min(
        separation(*centre, *offset_by(*one, position_angle(*one, *other), far * step / 50))
        for one, other in zip(
            polygon.corners, polygon.corners[1:] + polygon.corners[:1], strict=True
        )
        for far in [separation(*one, *other)]
        for step in range(51)
    )
    if polygon.contains(*centre) or nearest <= radius:
        assert intersects(circle, polygon)
    elif nearest > radius + 2.5:  # the samples of the edge are at most 2 degrees apart
        assert not intersects(circle, polygon)


@st.composite
def pairs_of_shapes(draw: st.DrawFn) -> tuple[Region, Footprint]:
    footprint = draw(polygons())
    region: Region = draw(st.one_of(polygons(), boxes()))
    if isinstance(region, Polygon) and draw(st.booleans()):  # brought near to one another
        start, end = region.corners[0], footprint.corners[0]
        try:
            region = Polygon(
                tuple(
                    offset_by(*end, position_angle(*start, *at), separation(*start, *at))
                    for at in region.corners
                )
            )
        except NotAPolygon:
            assume(False)
    return region, footprint


@many
@given(pairs_of_shapes())
def test_shapes_that_share_a_position_meet(pair: tuple[Region, Footprint]) -> None:
    region, footprint = pair
    assert isinstance(footprint, Polygon)
    middle, extent = position_of(footprint.middle), math.degrees(footprint.extent)
    shared = any(
        footprint.contains(*at) and region.contains(*at)
        for ring in range(8)
        for turn in range(12)
        for at in [offset_by(*middle, 30.0 * turn, extent * ring / 8)]
    )
    if shared:
        assert intersects(region, footprint)
    if isinstance(region, Polygon):
        assert intersects(region, footprint) == intersects(footprint, region)


@some
@given(polygons(), positions)
def test_shapes_that_lie_in_caps_apart_do_not_meet(polygon: Polygon, other: Position) -> None:
    middle, extent = position_of(polygon.middle), math.degrees(polygon.extent)
    apart = separation(*middle, *other)
    assume(apart > extent + 0.002)
    size = min((apart - extent) * 0.9, 80.0)
    triangle = Polygon(tuple(offset_by(*other, turn, size) for turn in (10.0, 130.0, 250.0)))
    assert not intersects(triangle, polygon)
    assert not intersects(Circle(*other, size), polygon)


def test_edges_may_cross_with_no_corner_inside_the_other() -> None:
    wide = Polygon(((350, -1), (10, -1), (10, 1), (350, 1)))
    tall = Polygon(((359, -10), (1, -10), (1, 10), (359, 10)))
    assert intersects(wide, tall)
    assert intersects(Box(350, 10, -1, 1), tall)
    assert intersects(Box(359, 1, -10, 10), wide)
    assert not intersects(Box(359, 1, 2, 10), wide)


def test_a_parallel_may_cut_an_edge_with_no_corner_on_either_side() -> None:
    high = Polygon(((0, 40), (60, 40), (30, 30)))  # its edge rises to 44 degrees between
    assert intersects(Box(20, 40, 43, 80), high)
    assert not intersects(Box(20, 40, 45, 80), high)


def test_a_range_meets_circles_beyond_its_edges_by_their_true_distance() -> None:
    cap = Box(0, 360, 89, 90)
    assert intersects(cap, Circle(77, 87.5, 1.6))
    assert not intersects(cap, Circle(77, 87.5, 1.4))
    strip = Box(350, 10, -80, 80)
    assert intersects(strip, Circle(0, 0, 0))
    assert intersects(strip, Circle(90, 90, 11))
    assert not intersects(strip, Circle(90, 90, 9))
    assert not intersects(strip, Circle(15, 0, 4.9))
    assert intersects(strip, Circle(15, 0, 5.1))


@many
@given(boxes(), positions, radii)
def test_a_cap_wholly_within_a_range_or_clear_of_it_is_said_to_be_so_only_where_it_is(
    box: Box, centre: Position, radius: float
) -> None:
    cap = Circle(*centre, radius)
    meets = box.meets_cap(cap.centre, cap.radius)
    rim = [offset_by(*centre, 15.0 * turn, radius) for turn in range(24)]
    if meets is Meets.WHOLLY:
        assert all(box.contains(*at) for at in rim)
    elif meets is Meets.NOWHERE:
        assert not box.contains(*centre)
        assert not any(box.contains(*at) for at in rim)


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(NotABox, match="lower comes first"):
        Box(0, 1, 5, 4)
