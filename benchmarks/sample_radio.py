"""Images that no telescope took, sources that nobody found, and databases full of them."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert

from benchmarks.sample_videos import METADATA
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.schema import sources
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sky.names import iau_name
from mustela.radio.sky.positions import angle, unit_vector
from mustela.radio.sources.record import Measurement
from mustela.radio.sources.statistics import TOPIC
from mustela.radio.sources.tally import Place, SourceTally
from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    Unit,
    changed,
    current,
    many,
    write,
)

#: Where the image lies whose detections are associated: degrees, ICRS.
FIELD = (150.0, -30.0)
#: Half the side of that image, and what is kept free around it of sources that differ.
FIELD_RADIUS_DEG = 2.0
_CLEAR_DEG = 4.0
#: Sources in the image, the same in every catalog.
FIELD_SOURCES = 5000
_UNIT = 500
_BULK = 20_000
_FOOTPRINT = (-0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.5)
# fmt: off
_WCS = {
    "NAXIS": 2, "CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN", "CRPIX1": 2049.0, "CRPIX2": 2049.0,
    "CDELT1": -0.000694, "CDELT2": 0.000694, "CUNIT1": "deg", "CUNIT2": "deg", "RADESYS": "ICRS",
}
# fmt: on


def sample_image(number: int, folder: str = "/images") -> Image:
    """The same image for the same number: as full as one that a pipeline made."""
    ra, dec = _position(random.Random(number))
    start = 59000.0 + number * 0.01
    return Image(
        path=f"{folder}/field{number % 500:03d}/epoch {number:07d}-I-image.fits",
        hdu=0,
        telescope=("MeerKAT", "VLA", "ASKAP")[number % 3],
        observer="survey",
        field=f"field{number % 500:03d}",
        ra_deg=ra,
        dec_deg=dec,
        radius_deg=0.7,
        footprint=tuple(
            value + (ra if place % 2 == 0 else dec) for place, value in enumerate(_FOOTPRINT)
        ),
        projection="SIN",
        wcs={**_WCS, "CRVAL1": ra, "CRVAL2": dec},
        width_px=4096,
        height_px=4096,
        n_planes=1,
        pixel_scale_arcsec=2.5,
        frequency_hz=1.284e9 + number % 8 * 1e8,
        bandwidth_hz=8.56e8,
        n_channels=1,
        stokes="I",
        beam_major_arcsec=12.0 + number % 10,
        beam_minor_arcsec=10.0,
        beam_pa_deg=float(number % 180),
        units="Jy/beam",
        start_mjd=start,
        mid_mjd=start + 0.003,
        end_mjd=start + 0.006,
        integration_seconds=518.4,
        kind="restored",
        pbcor=number % 2 == 0,
        noise_jy=2e-5 + number % 100 * 1e-6,
        peak_jy=0.1 + number % 1000 * 1e-3,
        min_jy=-1e-4,
        dynamic_range=5000.0,
        blank_fraction=0.0,
        file_size=67_112_640,
        mtime_ns=1_700_000_000_000_000_000 + number * 1_000_000_000,
        fingerprint=f"{number:016x}",
    )


def images_database(directory: Path, size: int) -> Path:
    """Filled through our repository; kept for the next run."""
    made = directory / f"images-{size}.db"
    if not made.exists():
        part = _fresh(made)
        asyncio.run(_fill_images(part, size))
        part.rename(made)
    return made


async def _fill_images(path: Path, size: int) -> None:
    async with AsyncStore.open(path, create=METADATA) as store:
        images = AsyncImageRepository(store)
        for start in range(0, size, _UNIT):
            numbers = range(start, min(start + _UNIT, size))
            await images.add_many([sample_image(number) for number in numbers])


class _Sources(AsyncRepository):
    """Rows in bulk, without the audit's: nobody asks about their history here."""

    @write
    def put(self, positions: Sequence[tuple[float, float]]) -> Unit[None]:
        context = yield from current()
        yield from many(
            _PUT, [_source(context.new_id(), context.now, ra, dec) for ra, dec in positions]
        )
        yield from changed(TOPIC, delta=len(positions))


_PUT = Statement(
    insert(sources).values({c.name: bindparam(c.name) for c in sources.c if c.name != "seq"})
)
#: As the repository makes it of a source with errors of half an arcsecond.
_MODEL: dict[str, Any] = {
    **dict.fromkeys(c.name for c in sources.c if c.name != "seq"),
    **SourceTally.new_row(Place(0.0, 0.0, 0.5, 0.5)),
    "made_by": "caller",
    "grade_reasons": "[]",
    "tags": "[]",
}


def _source(id: str, now: int, ra: float, dec: float) -> dict[str, Any]:
    name = iau_name(ra, dec)
    return {
        **_MODEL,
        "ra_deg": ra,
        "dec_deg": dec,
        "said_ra_deg": ra,
        "said_dec_deg": dec,
        "cell": cell_of(ra, dec),
        "id": id,
        "name": name,
        "search_text": name.lower(),
        "created_at": now,
        "updated_at": now,
    }


def sources_database(directory: Path, size: int) -> Path:
    """A catalog of the whole sky; around the image it is the same whatever its size."""
    made = directory / f"sources-{size}.db"
    if not made.exists():
        part = _fresh(made)
        asyncio.run(_fill_sources(part, size))
        part.rename(made)
    return made


async def _fill_sources(path: Path, size: int) -> None:
    async with AsyncStore.open(path, create=METADATA) as store:
        catalog = _Sources(store)
        positions = list(_catalog(size))
        for start in range(0, size, _BULK):
            await catalog.put(positions[start : start + _BULK])


def _fresh(made: Path) -> Path:
    part = made.with_suffix(".part")
    for stale in part.parent.glob(part.name + "*"):
        stale.unlink()
    return part


def _catalog(size: int) -> Iterator[tuple[float, float]]:
    """Positions in no order; those in the image are strewn among the others."""
    rng = random.Random(size)
    inside = field_positions()
    every = size // len(inside)
    centre = unit_vector(*FIELD)
    for number in range(size):
        place, rest = divmod(number, every)
        if not rest and place < len(inside):
            yield inside[place]
            continue
        while True:
            ra, dec = _position(rng)
            if angle(centre, unit_vector(ra, dec)) > math.radians(_CLEAR_DEG):
                yield ra, dec
                break


def field_positions() -> list[tuple[float, float]]:
    """The sources in the image."""
    rng = random.Random(1)
    return [_in_field(rng) for _ in range(FIELD_SOURCES)]


class Detections(NamedTuple):
    """An image and what was found in it."""

    image: Image
    measurements: list[Measurement]


def detections(number: int) -> Detections:
    """5,000 detections: nineteen of twenty of known sources, the others of none."""
    rng = random.Random(number)
    found = []
    for ra, dec in field_positions():
        if rng.random() < 0.05:
            ra, dec = _in_field(rng)
        across = rng.gauss(0, 0.5) / 3600 / math.cos(math.radians(dec))
        found.append(
            Measurement(
                ra_deg=ra + across,
                dec_deg=dec + rng.gauss(0, 0.5) / 3600,
                ra_error_arcsec=0.5,
                dec_error_arcsec=0.5,
                peak_jy=0.01,
                peak_error_jy=0.001,
                integrated_jy=0.012,
                integrated_error_jy=0.0015,
            )
        )
    image = Image(
        id=f"image-{number}",
        path=f"/images/{number}.fits",
        kind="restored",
        ra_deg=FIELD[0],
        dec_deg=FIELD[1],
        radius_deg=FIELD_RADIUS_DEG * math.sqrt(2),
        frequency_hz=1.284e9,
        stokes="I",
        beam_major_arcsec=12.0,
        mid_mjd=60000.0 + number,
    )
    return Detections(image, found)


def _position(rng: random.Random) -> tuple[float, float]:
    """Even over the sphere."""
    return rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1)))


def _in_field(rng: random.Random) -> tuple[float, float]:
    dec = FIELD[1] + rng.uniform(-FIELD_RADIUS_DEG, FIELD_RADIUS_DEG)
    across = rng.uniform(-FIELD_RADIUS_DEG, FIELD_RADIUS_DEG) / math.cos(math.radians(dec))
    return FIELD[0] + across, dec
