"""Several programs on the same sources at once."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.sources.record import Measurement
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.store import AsyncStore, Store
from mustela.store.errors import StoreError
from mustela.store.testing import Engine, harness_url
from tests.radio.fix_radio import METADATA
from tests.radio.sources.made import image, measurement

pytest.importorskip("scipy", reason="associations need the extra `radio`")

IMAGES, SOURCES = 6, 40


def field(epoch: int) -> list[Measurement]:
    """The same sources, each time a little elsewhere, in another order."""
    rng = random.Random(epoch)
    found = [
        measurement(
            0.01 + rng.gauss(0, 0.001),
            ra_deg=150.0 + n / 100 + rng.gauss(0, 0.3) / 3600,
            dec_deg=-30.0 + rng.gauss(0, 0.3) / 3600,
        )
        for n in range(SOURCES)
    ]
    rng.shuffle(found)
    return found


async def test_images_associated_side_by_side_make_no_source_twice() -> None:
    async with AsyncStore.memory(*METADATA) as store:
        images, sources = AsyncImageRepository(store), AsyncSourceRepository(store)
        for n in range(IMAGES):
            await images.add(image(f"i{n}", 59000.0 + n))
            await sources.add_measurements(f"i{n}", field(n))
        await asyncio.gather(*(sources.associate(f"i{n}") for n in range(IMAGES)))
        assert await sources.count() == SOURCES
        assert await sources.count(min_n_epochs=IMAGES, max_n_epochs=IMAGES) == SOURCES


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_threads_that_associate_in_one_database_make_no_source_twice(
    engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    with Store.open(harness_url(engine, tmp_path, server_url), create=METADATA) as store:
        images, sources = ImageRepository(store), SourceRepository(store)
        for n in range(IMAGES):
            images.add(image(f"i{n}", 59000.0 + n))
            sources.add_measurements(f"i{n}", field(n))
        with ThreadPoolExecutor(IMAGES) as threads:
            done = list(threads.map(lambda n: sources.associate(f"i{n}"), range(IMAGES)))
        assert sum(one.matched + one.new for one in done) == IMAGES * SOURCES
        assert sources.count() == SOURCES
        assert sources.count(min_n_epochs=IMAGES) == SOURCES


def test_a_mosaic_that_fails_meanwhile_is_seen_by_who_says_what_is_in_it(postgres_url: str) -> None:
    with Store.open(postgres_url, create=METADATA) as store, Store.open(postgres_url) as other:
        images = ImageRepository(store)
        images.add_many([image("mosaic"), image("one")])

        def say_what_is_in_it() -> None:
            with store.transaction() as transaction:
                within = ImageRepository(transaction)
                assert within.count() == 2  # from here on it sees nothing of what others do
                ImageRepository(other).update("mosaic", grade_given="fail")
                within.set_inputs("mosaic", ["one"])

        with pytest.raises(StoreError):
            say_what_is_in_it()
        images.set_inputs("mosaic", ["one"])
        found = images.get("one")
        assert found is not None
        assert found.counts
