"""Ranges of cells for cones and other shapes, covers of footprints, and which of them meet."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.radio.sky.arrays import cells_of, separations
from mustela.radio.sky.box import Box
from mustela.radio.sky.cells import (
    Range,
    ancestors,
    cone_ranges,
    cover,
    lookup,
    lookup_of_position,
    polygon_ranges,
    range_of,
    ranges_of,
)
from mustela.radio.sky.circle import Circle, NotACircle
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.positions import offset_by
from mustela.radio.sky.region import Region, intersects
from tests.radio.sky.fix_sky import many, positions, radii, some

Position = tuple[float, float]
ALL_CELLS = 12 * 4**29

_rng = np.random.default_rng(4)
SKY_RA = np.concatenate([_rng.uniform(0, 360, 20_000), np.repeat([0.0, 359.999], 50)])
SKY_DEC = np.concatenate(
    [np.degrees(np.arcsin(_rng.uniform(-1, 1, 20_000))), np.linspace(-90, 90, 100)]
)
SKY_CELLS = cells_of(SKY_RA, SKY_DEC)


def hold(ranges: list[Range], cell: int) -> bool:
    return any(low <= cell < high for low, high in ranges)


def in_ranges(ranges: list[Range]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = np.zeros(len(SKY_CELLS), dtype=np.bool_)
    for low, high in ranges:
        found |= (low <= SKY_CELLS) & (high > SKY_CELLS)
    return found


@many
@given(positions, radii, st.floats(0, 360), st.floats(0, 1))
def test_every_position_inside_a_cone_is_in_its_ranges(
    centre: Position, radius: float, direction: float, share: float
) -> None:
    ranges = cone_ranges(*centre, radius)
    for distance in (radius * share, radius, 0.0):
        assert hold(ranges, cell_of(*offset_by(*centre, direction, distance)))


@many
@given(positions, radii)
def test_a_cone_by_ranges_and_the_exact_test_equals_brute_force(
    centre: Position, radius: float
) -> None:
    inside = separations(*centre, SKY_RA, SKY_DEC) <= radius
    assert not (inside & ~in_ranges(cone_ranges(*centre, radius))).any()


@some
@given(positions, radii, st.integers(1, 40))
def test_ranges_are_few_sorted_apart_and_on_the_sky(
    centre: Position, radius: float, most: int
) -> None:
    ranges = cone_ranges(*centre, radius, max_ranges=most)
    assert 1 <= len(ranges) <= most
    edges = [edge for low_high in ranges for edge in low_high]
    assert edges == sorted(set(edges))
    assert 0 <= edges[0] < edges[-1] <= ALL_CELLS


@some
@given(positions, st.floats(-4, 1.9).map(lambda power: 10.0**power))
def test_the_ranges_of_a_cone_hold_little_beside_it(centre: Position, radius: float) -> None:
    cells = sum(high - low for low, high in cone_ranges(*centre, radius))
    area = (1 - math.cos(math.radians(radius))) / 2
    assert cells / ALL_CELLS < 1.6 * area


def test_a_cone_of_half_a_turn_is_all_of_the_sky_in_one_range() -> None:
    assert cone_ranges(12, 34, 180) == [(0, ALL_CELLS)]


@pytest.mark.parametrize("radius", [-1.0, 180.1, math.nan, math.inf])
def test_a_radius_that_no_cone_has_is_refused(radius: float) -> None:
    with pytest.raises(NotACircle, match="0 to 180"):
        cone_ranges(0, 0, radius)


def test_limits_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        cone_ranges(0, 0, 1, max_ranges=0)
    with pytest.raises(ValueError, match="12"):
        cover(Circle(0, 0, 1), max_cells=11)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """Corners at rising position angles around a position, at distances that vary."""
    centre = draw(positions)
    size = draw(st.sampled_from([1e-3, 0.1, 1.0, 10.0, 50.0]))
    count = draw(st.integers(3, 8))
    shares = draw(st.lists(st.floats(0.3, 1.0), min_size=count, max_size=count))
    return Polygon(
        tuple(
            offset_by(*centre, 360.0 * at / count, size * share) for at, share in enumerate(shares)
        )
    )


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    ra, dec = draw(positions)
    width = draw(st.sampled_from([0.0, 1e-3, 1.0, 90.0, 350.0, 360.0]))
    height = draw(st.sampled_from([0.0, 1e-3, 1.0, 60.0, 180.0]))
    top = min(90.0, dec + height)
    return Box(ra, ra + width if width == 360.0 else (ra + width) % 360.0, dec, top)


circles = st.builds(lambda at, r: Circle(at[0], at[1], r), positions, radii)
regions = st.one_of(circles, polygons(), boxes())
footprints = st.one_of(polygons(), circles)


@some
@given(regions)
def test_every_position_inside_a_region_is_in_its_ranges(region: Region) -> None:
    beside = ~in_ranges(ranges_of(region))
    sample = np.flatnonzero(beside)[:: max(1, int(beside.sum()) // 60)]
    assert not any(region.contains(float(SKY_RA[at]), float(SKY_DEC[at])) for at in sample)


@some
@given(regions, positions)
def test_a_position_inside_a_region_finds_it_by_its_cover(
    region: Region, position: Position
) -> None:
    near = position
    if isinstance(region, Polygon):
        near = region.corners[0]
    elif isinstance(region, Box):
        near = (region.ra_min_deg, region.dec_max_deg)
    cells = cover(region)
    for ra, dec in (position, near):
        if region.contains(ra, dec):
            holders = lookup_of_position(ra, dec).ancestors
            assert set(holders) & set(cells)


@some
@given(regions, footprints)
def test_a_region_finds_every_footprint_that_it_meets(
    region: Region, footprint: Circle | Polygon
) -> None:
    if intersects(region, footprint):
        asked = lookup(region)
        assert any(asked.may_meet(uniq) for uniq in cover(footprint))


@some
@given(regions, st.sampled_from([12, 64, 200]))
def test_a_cover_is_of_few_cells_that_do_not_overlap(region: Region, most: int) -> None:
    cells = cover(region, most)
    assert 1 <= len(cells) <= most
    spans = sorted(range_of(uniq) for uniq in cells)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_the_cells_that_hold_a_cell_are_one_of_each_order() -> None:
    cell = cell_of(83.6, 22.0)
    holders = ancestors(cell)
    assert len(holders) == 30
    assert holders[0] in range(4, 16)
    assert holders[-1] == 4**30 + cell
    assert all(low <= cell < high for low, high in map(range_of, holders))
    assert [high - low for low, high in map(range_of, holders)] == [
        4 ** (29 - order) for order in range(30)
    ]


def test_a_small_footprint_far_away_is_no_candidate() -> None:
    cells = cover(Polygon(((10, 10), (12, 10), (12, 12), (10, 12))))
    assert not any(lookup(Circle(10, 14, 1)).may_meet(uniq) for uniq in cells)
    assert any(lookup(Circle(11, 12.5, 1)).may_meet(uniq) for uniq in cells)


def test_the_ranges_of_a_polygon_are_those_of_its_shape() -> None:
    corners = [(359.0, -1.0), (1.0, -1.0), (1.0, 1.0), (359.0, 1.0)]
    ranges = polygon_ranges(corners)
    assert hold(ranges, cell_of(0.0, 0.0))
    assert not hold(ranges, cell_of(180.0, 0.0))
