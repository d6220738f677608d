"""Regions as SIA 2 writes them."""

from __future__ import annotations

import pytest

from mustela.radio.sky.box import Box
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.region import NotARegion, Region, parse_region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("CIRCLE 12.0 34.0 0.5", Circle(12.0, 34.0, 0.5)),
        ("  circle 360 -90   1e-3 ", Circle(360.0, -90.0, 0.001)),
        ("RANGE 12.0 12.5 34.0 36.0", Box(12.0, 12.5, 34.0, 36.0)),
        ("RANGE 0 360.0 -2.0 2.0", Box(0.0, 360.0, -2.0, 2.0)),
        ("RANGE 0 360 89.0 +Inf", Box(0.0, 360.0, 89.0, 90.0)),
        ("RANGE -Inf +Inf -Inf +Inf", Box(0.0, 360.0, -90.0, 90.0)),
        ("RANGE 350 10 0 1", Box(350.0, 10.0, 0.0, 1.0)),
        (
            "POLYGON 12.0 34.0 14.0 35.0 14.0 36.0 12.0 35.0",
            Polygon(((12.0, 34.0), (14.0, 35.0), (14.0, 36.0), (12.0, 35.0))),
        ),
    ],
)
def test_a_region_is_read_as_it_is_written(text: str, region: Region) -> None:
    assert parse_region(text) == region


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "CIRCLE ra dec radius"),
        ("BOX 1 2 3 4", "'BOX' is no shape"),
        ("CIRCLE 1 2", "2 numbers, not 3"),
        ("CIRCLE 1 2 three", "not all numbers"),
        ("CIRCLE 1 2 NaN", "NaN"),
        ("CIRCLE 1 2 -1", "0 to 180"),
        ("CIRCLE 1 2 +Inf", "0 to 180"),
        ("CIRCLE 361 2 1", "0 to 360"),
        ("CIRCLE -1 2 1", "0 to 360"),
        ("CIRCLE 1 91 1", "-90 to 90"),
        ("RANGE 1 2 3", "3 numbers, not 4"),
        ("RANGE 1 2 4 3", "lower comes first"),
        ("RANGE 1 2 3 91", "-90 to 90"),
        ("POLYGON 1 2 3 4", "three corners"),
        ("POLYGON 1 2 3 4 5 6 7", "three corners"),
        ("POLYGON 1 2 1 2 1 2", "fewer than three differ"),
        ("POLYGON 0 0 120 0 240 0", "one hemisphere"),
    ],
)
def test_what_is_no_region_is_refused_with_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(NotARegion, match=says):
        parse_region(text)


def test_a_range_contains_its_edges_across_ra_0_and_its_pole() -> None:
    across = parse_region("RANGE 350 10 -1 1")
    assert [across.contains(ra, 1.0) for ra in (350.0, 0.0, 360.0, 10.0, 10.1, 349.9)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert parse_region("RANGE 10 20 80 +Inf").contains(200.0, 90.0)
    assert not parse_region("RANGE 10 20 80 +Inf").contains(200.0, 89.9)
