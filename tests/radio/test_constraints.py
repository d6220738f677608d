"""What image search asks of the database, on every engine, equals looking at each image."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mustela.files.root import AsyncRootRepository, RootRepository
from mustela.files.root_directory import inspect
from mustela.radio.images.constraints import FITS, GZIP, LINKS, media_type_of
from mustela.radio.images.record import Image
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.positions import offset_by
from mustela.radio.sky.region import Region, intersects, parse_region
from mustela.radio.vo.obscore import resolving_power, states_of
from mustela.store.testing.harness import Harness
from tests.radio.test_images import square

SEED = 20_150


def _named(image: Image) -> Image:
    """With the name that the database gives it."""
    return image.replace(filename=image.path.rpartition("/")[2])


def _perhaps(chance: random.Random, value: Any) -> Any:
    return value if chance.random() < 0.85 else None


def _image(chance: random.Random, n: int) -> Image:
    if n % 20 == 0:
        image = Image(id=f"r{n}", path=f"/r{n}")
    else:
        dec = math.degrees(math.asin(chance.uniform(-1, 1)))
        image = square(f"r{n}", chance.uniform(0, 360), dec, 10 ** chance.uniform(-1, 1))
    start = chance.uniform(59000, 59100)
    return image.replace(
        path=f"/r{n}{chance.choice(('.fits', '.FITS.fz', '.imfits', '.Fits.gz', '.image', '.gz'))}",
        frequency_hz=_perhaps(chance, chance.uniform(0.1e9, 3e9)),
        bandwidth_hz=_perhaps(chance, chance.choice((0.0, 1e6, 0.3e9))),
        n_channels=_perhaps(chance, chance.choice((1, 8))),
        n_planes=_perhaps(chance, chance.choice((1, 4))),
        start_mjd=_perhaps(chance, start),
        mid_mjd=_perhaps(chance, start + 5),
        end_mjd=_perhaps(chance, start + 10),
        integration_seconds=_perhaps(chance, chance.uniform(10, 1000)),
        beam_major_arcsec=_perhaps(chance, chance.uniform(1, 30)),
        stokes=_perhaps(chance, chance.choice(("I", "IQUV", "XXYY", "XXXYYXYY", "RRLL", "V"))),
        kind=_perhaps(chance, chance.choice(("restored", "mosaic", "psf", "model"))),
        field=_perhaps(chance, chance.choice(("A", "B", "C"))),
        telescope=_perhaps(chance, chance.choice(("VLA", "ASKAP"))),
        instrument=_perhaps(chance, chance.choice(("X", "x"))),
    )


@pytest.fixture
async def made(images: Any, radio_harness: Harness, tmp_path: Path) -> dict[str, Image]:
    """Every other one lies below a root, as those of a scan do."""
    chance = random.Random(SEED)
    all_of_them = [_image(chance, n) for n in range(240)]
    roots: Any = radio_harness.bind(RootRepository, AsyncRootRepository)
    root = await roots.add(inspect(str(tmp_path)), collections=["images"])
    all_of_them[::2] = [
        image.replace(path=root.path + image.path, root_id=root.id) for image in all_of_them[::2]
    ]
    await images.add_many(all_of_them)
    return {image.id: image for image in all_of_them}


async def found(images: Any, **filters: Any) -> set[str]:
    return {image.id async for image in images.everything(size=70, **filters)}


async def _same(
    images: Any, made: dict[str, Image], satisfies: Callable[[Image], bool], **filters: Any
) -> None:
    wanted = {image.id for image in made.values() if satisfies(image)}
    assert await found(images, **filters) == wanted
    assert 0 < len(wanted) < len(made), filters


def _meets(low: float | None, high: float | None, ranges: Any) -> bool:
    if low is None or high is None:
        return False
    return any(low <= end and high >= start for start, end in ranges)


def _either(first: float | None, second: float | None) -> float | None:
    return second if first is None else first


def _point(value: float | None) -> tuple[float | None, float | None]:
    return value, value


Ends = Callable[[Image], tuple[float | None, float | None]]

RANGES: dict[str, tuple[list[tuple[float, float]], Ends]] = {
    "frequency_ranges": (
        [(0.2e9, 0.5e9), (2.5e9, math.inf)],
        lambda i: (
            None if i.frequency_hz is None else i.frequency_hz - (i.bandwidth_hz or 0) / 2,
            None if i.frequency_hz is None else i.frequency_hz + (i.bandwidth_hz or 0) / 2,
        ),
    ),
    "time_ranges": (
        [(59020.0, 59020.0), (59080.0, 59081.0)],
        lambda i: (
            _either(i.start_mjd, _either(i.mid_mjd, i.end_mjd)),
            _either(i.end_mjd, _either(i.mid_mjd, i.start_mjd)),
        ),
    ),
    "size_ranges": (
        [(-math.inf, 1.0), (5.0, 6.0)],
        lambda i: _point(None if i.radius_deg is None else i.radius_deg * 2),
    ),
    "resolution_ranges": ([(5.0, 10.0)], lambda i: _point(i.beam_major_arcsec)),
    "exposure_ranges": ([(0.0, 100.0), (900.0, math.inf)], lambda i: _point(i.integration_seconds)),
    "resolving_power_ranges": ([(0.0, 10.0)], lambda i: _point(resolving_power(i))),
}


async def test_intervals_are_alternatives_and_null_satisfies_none(
    images: Any, made: dict[str, Image]
) -> None:
    for name, (ranges, ends) in RANGES.items():
        wanted = {i.id for i in made.values() if _meets(*ends(i), ranges)}
        assert 0 < len(wanted) < len(made), name
        assert await found(images, **{name: ranges}) == wanted, name
        known = {image.id for image in made.values() if None not in ends(image)}
        assert await found(images, **{name: [(-math.inf, math.inf)]}) == known, name
        assert await found(images, **{name: []}) == set()


async def test_words_are_alternatives(images: Any, made: dict[str, Image]) -> None:
    for states in (["I"], ["YY", "LL"], ["XY"], ["V", "RR"], ["YX"]):
        shown = {i.id for i in made.values() if set(states) & set(states_of(i.stokes))}
        assert await found(images, states=states) == shown
        assert shown
    await _same(images, made, lambda i: i.kind in ("psf", "model"), kinds=["psf", "model"])
    await _same(images, made, lambda i: i.field == "B", fields=["B", "D"])
    await _same(images, made, lambda i: i.telescope == "VLA", telescopes=["VLA"])
    await _same(images, made, lambda i: i.instrument == "x", instruments=["x"])
    await _same(images, made, lambda i: (i.n_planes or 1) > 1, is_cube=True)
    await _same(images, made, lambda i: (i.n_planes or 1) <= 1, is_cube=False)
    await _same(images, made, lambda i: i.kind in ("mosaic", "model"), is_derived=True)
    await _same(images, made, lambda i: i.kind not in ("mosaic", "model"), is_derived=False)
    for media_type in (FITS, GZIP, LINKS):
        named = {i.id for i in made.values() if media_type_of(_named(i)) == media_type}
        assert await found(images, media_types=[media_type, "image/png"]) == named
        assert named
    rootless = {i.id for i in made.values() if i.root_id is None}
    assert await found(images, root_ids=[""]) == rootless
    assert 0 < len(rootless) < len(made)


REGIONS = (
    ["CIRCLE 150 -30 20"],
    ["CIRCLE 0 89 3", "CIRCLE 359.9 0 15", "CIRCLE 200 -80 0"],
    ["RANGE 350 10 -20 20", "RANGE 100 160 60 90"],
    ["POLYGON 100 -10 140 -10 120 30"],
    ["POLYGON 350 -20 10 -20 10 20 350 20", "RANGE -Inf +Inf 85 +Inf"],
)


def _in_one(image: Image, regions: list[Region]) -> bool:
    if image.footprint is None:
        return False
    numbers = image.footprint
    corners = Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    return any(intersects(region, corners) for region in regions)


@pytest.mark.unmeasured
async def test_an_image_meets_one_of_the_regions(images: Any, made: dict[str, Image]) -> None:
    within = Circle(150.0, -30.0, 40.0)
    for texts in REGIONS:
        regions = [parse_region(text) for text in texts]
        met = {image.id for image in made.values() if _in_one(image, regions)}
        assert 0 < len(met) < len(made), texts
        assert await found(images, regions=regions) == met, texts
        vla = {id for id in met if made[id].telescope == "VLA"}
        assert await found(images, regions=regions, telescopes=["VLA"]) == vla, texts
        both = {id for id in met if _in_one(made[id], [within])}
        assert await found(images, regions=regions, region=within) == both, texts


async def test_a_place_on_an_edge_is_inside(images: Any) -> None:
    await images.add(square("one", 10.0, 0.0, 1.0).replace(start_mjd=1.0, end_mjd=2.0))
    beyond = offset_by(10.0, 0.0, 90.0, 1.5)
    assert await found(images, regions=[Circle(*beyond, 0.5)]) == {"one"}
    assert await found(images, regions=[Circle(*beyond, 0.4997)]) == set()
    for ends, met in (((2.0, 3.0), True), ((0.0, 1.0), True), ((2.0001, 3.0), False)):
        assert (await found(images, time_ranges=[ends]) == {"one"}) is met


def test_whatever_file_a_scan_takes_for_an_image_is_fits() -> None:
    for ending in ("fits", "fit", "fts", "imfits", "fits.fz", "imfits.fz", "fz"):
        assert media_type_of(_below_a_root(f"W51.{ending}")) == FITS
        if not ending.endswith("fz"):
            assert media_type_of(_below_a_root(f"W51.{ending}.gz")) == GZIP
    assert media_type_of(_below_a_root("W51.image")) == LINKS


def test_a_file_below_no_root_is_not_served_whatever_it_is() -> None:
    assert media_type_of(Image(path="/a", filename="W51.fits")) == LINKS


def _below_a_root(filename: str) -> Image:
    return Image(path="/a", filename=filename, root_id="root")
