"""Where images lie on the sky, on every engine."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from mustela.radio.images.reach import CLASSES, distance_of, reach_of
from mustela.radio.images.record import Image
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.positions import offset_by, separation
from mustela.radio.sky.region import parse_region
from mustela.store.errors import InvalidValue


def square(id: str, ra: float, dec: float, half: float) -> Image:
    """An image of so many degrees from its centre to each side, north up."""
    corners: list[float] = []
    for angle in (45.0, 135.0, 225.0, 315.0):
        corners += offset_by(ra, dec, angle, half * math.sqrt(2))
    return Image(
        id=id,
        path=f"/{id}",
        ra_deg=ra,
        dec_deg=dec,
        radius_deg=half * math.sqrt(2) * 1.0001,
        footprint=tuple(corners),
    )


def ids(found: Any) -> set[str]:
    return {image.id for image in found}


@pytest.mark.parametrize("radius", [0.0, 1e-6, 1 / 60, 0.1, 1.0, 1.0000001, 30.0, 180.0])
def test_a_class_reaches_at_least_as_far_as_its_images(radius: float) -> None:
    reach = reach_of(radius)
    assert reach is not None
    assert reach in CLASSES
    assert distance_of(reach) >= radius


@pytest.mark.unmeasured
async def test_images_that_cover_a_position_are_found_by_their_footprints(images: Any) -> None:
    random.seed(4)
    made = [
        square("pole", 10.0, 89.9, 0.5),
        square("zero", 359.99, 0.0, 0.2),
        square("south", 150.0, -30.0, 2.0),
        *(
            square(
                f"r{n}",
                random.uniform(0, 360),
                math.degrees(math.asin(random.uniform(-1, 1))),
                10 ** random.uniform(-2, 1),
            )
            for n in range(25)
        ),
    ]
    await images.add_many(made)
    await images.add(Image(id="nowhere", path="/nowhere"))
    await images.add(Image(id="round", path="/round", ra_deg=150, dec_deg=-30, radius_deg=1.0))
    assert ids(await images.list_images(covers=(190.0, 89.8))) == {"pole"}
    assert "zero" in ids(await images.list_images(covers=(0.1, 0.1)))
    # In the corner of the square, outside of the circle.
    assert ids(await images.list_images(covers=(150.0, -30.5))) >= {"south", "round"}
    corner = ids(await images.list_images(covers=(151.5, -31.5)))
    assert "south" in corner
    assert "round" not in corner
    for image in made:
        inside = ids(await images.list_images(covers=(image.ra_deg, image.dec_deg)))
        assert image.id in inside
    assert await images.count(covers=(150.0, -30.0), kind="psf") == 0
    page = await images.page(1, covers=(150.0, -30.0))
    assert page.total == len(await images.list_images(covers=(150.0, -30.0)))
    with pytest.raises(InvalidValue, match="declination"):
        await images.list_images(covers=(10.0, 91.0))


async def test_images_near_a_position_are_those_whose_centre_is(images: Any) -> None:
    random.seed(5)
    made = [
        square(f"r{n}", random.uniform(0, 360), random.uniform(-90, 90), 0.1) for n in range(150)
    ]
    await images.add_many(made)
    for ra, dec, radius in ((0.0, 0.0, 40.0), (123.0, 88.0, 15.0), (300.0, -89.9, 60.0)):
        wanted = {
            i.id for i in made if separation(ra, dec, i.ra_deg or 0, i.dec_deg or 0) <= radius
        }
        assert ids(await images.list_images(1000, near=(ra, dec, radius))) == wanted
    assert len(await images.list_images(1000, near=(0.0, 0.0, 180.0))) == 150
    assert ids(await images.list_images(near=(made[3].ra_deg, made[3].dec_deg, 0.0))) == {"r3"}


@pytest.mark.parametrize(
    "region",
    ["CIRCLE 150 -30 1.0", "RANGE 148 152 -31 -29", "POLYGON 149 -31 151 -31 150 -29"],
)
async def test_images_that_meet_a_region(images: Any, region: str) -> None:
    await images.add_many(
        [
            square("inside", 150.0, -30.0, 0.05),
            square("around", 150.0, -30.0, 8.0),
            square("beside", 170.0, -30.0, 1.0),
        ]
    )
    assert ids(await images.list_images(region=parse_region(region))) == {"inside", "around"}


async def test_an_image_that_is_observed_elsewhere_is_found_there(images: Any) -> None:
    await images.add(square("moved", 10.0, 10.0, 0.1))
    there = square("moved", 200.0, -45.0, 0.3)
    await images.observe(
        "moved",
        ra_deg=there.ra_deg,
        dec_deg=there.dec_deg,
        radius_deg=there.radius_deg,
        footprint=there.footprint,
    )
    assert ids(await images.list_images(covers=(10.0, 10.0))) == set()
    assert ids(await images.list_images(region=Circle(200.0, -45.0, 0.0))) == {"moved"}


async def test_the_time_of_an_observation_is_what_is_known_of_it(images: Any) -> None:
    await images.add_many(
        [
            Image(id="start", path="/start", start_mjd=59000.5),
            Image(id="whole", path="/whole", start_mjd=59000.0, mid_mjd=59000.5, end_mjd=59001.0),
            Image(id="never", path="/never"),
        ]
    )
    assert ids(await images.list_images(observed_after=59000.75)) == {"whole"}
    assert ids(await images.list_images(observed_before=59000.25)) == {"whole"}
    assert ids(await images.list_images(observed_after=59000.5)) == {"start", "whole"}
    assert ids(await images.list_images(observed_before=59002, observed_after=59000)) == {
        "start",
        "whole",
    }
