"""Region files for DS9, read back by a small parser of the format."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from mustela.radio.exports.regions import (
    ds9,
    image_region,
    measurement_region,
    source_region,
    spoken,
)
from mustela.radio.images.record import Image
from mustela.radio.sources.record import Measurement, Source
from tests.radio.exports.test_votable import stream, written


class Shape(NamedTuple):
    kind: str
    numbers: list[float]
    label: str


def read(content: bytes) -> list[Shape]:
    """The shapes of a file: a name, numbers in parentheses, a label in braces after a hash."""
    head, *lines = content.decode().splitlines()
    assert head == "# Region file format: DS9 version 4.1"
    assert lines[0].startswith("global ")
    assert lines[1] == "icrs"
    shapes = []
    for line in lines[2:]:
        match = re.fullmatch(r"(\w+)\(([^()]*)\) #(?: point=cross)? text=\{([^{}]*)\}", line)
        assert match, line
        numbers = [float(part.removesuffix('"')) for part in match[2].split(",")]
        shapes.append(Shape(match[1], numbers, match[3]))
    return shapes


async def shapes(drawn: Any, items: list[Any], label: Any = lambda item: item.id) -> list[Shape]:
    return read(await written(ds9(drawn, label).written(stream(items))))


async def test_images_are_their_footprints() -> None:
    square = (1.0, 2.0, 359.5, 2.0, 359.5, -3.25, 1.0, -3.25)
    images = [
        Image(id="square", path="/a", footprint=square, ra_deg=0.0, dec_deg=0.0),
        Image(id="round", path="/b", ra_deg=10.5, dec_deg=-20.25, radius_deg=0.5),
        Image(id="small", path="/c", ra_deg=10.5, dec_deg=-20.25),
        Image(id="nowhere", path="/d"),
    ]
    assert await shapes(image_region, images) == [
        Shape("polygon", list(square), "square"),
        Shape("circle", [10.5, -20.25, 1800.0], "round"),
        Shape("point", [10.5, -20.25], "small"),
    ]


async def test_sources_are_points_and_fits_are_ellipses() -> None:
    source = Source(id="s", name="J0030-1515", ra_deg=7.5, dec_deg=-15.25)
    found = await shapes(source_region, [source], lambda item: item.name)
    assert found == [Shape("point", [7.5, -15.25], "J0030-1515")]
    fitted = Measurement(
        id="m", ra_deg=7.5, dec_deg=-15.25, major_arcsec=12.0, minor_arcsec=8.0, pa_deg=30.0
    )
    bare = Measurement(id="n", ra_deg=7.5, dec_deg=-15.25)
    # Half axes; 30 degrees east of north are 120 from west through north.
    assert await shapes(measurement_region, [fitted, bare]) == [
        Shape("ellipse", [7.5, -15.25, 6.0, 4.0, 120.0], "m"),
        Shape("point", [7.5, -15.25], "n"),
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a {b} c", "a (b) c"),
        ("one\ntwo\r\n}\x00three", "one two ) three"),
        ("# ; circle(1,2,3)", "# ; circle(1,2,3)"),
        ("Größe\u2028x", "Größe x"),
    ],
)
def test_a_name_stays_inside_of_its_label(name: str, shown: str) -> None:
    assert spoken(name) == shown
