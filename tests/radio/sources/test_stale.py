"""Sums that take long follow in bounded units, and say so until then; on every engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mustela.files.schema import files_metadata
from mustela.jobs.leader import LeaderLock
from mustela.radio import refreshing
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.refreshing import Refreshing
from mustela.radio.schema import radio_metadata
from mustela.radio.sources import stale
from mustela.radio.sources.band_statistics import (
    AsyncBandStatisticsRepository,
    BandStatisticsRepository,
)
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.store import AsyncStore
from mustela.store.errors import Conflict, StoreError
from mustela.store.testing import Harness
from tests.radio.sources.made import image, measurement, source


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three measurements are the most that one unit sums."""
    monkeypatch.setattr(stale, "SUMMED_AT_ONCE", 3)


async def two_sources(images: Any, sources: Any, nights: int = 3) -> None:
    await sources.add_many([source("one"), source("two")])
    for n in range(nights):
        await images.add(image(f"i{n}", 59000.0 + n))
        new = [measurement(0.01 * (n + 1)), measurement(0.1)]
        await sources.add_measurements(f"i{n}", new, source_ids=["one", "two"])


async def test_sources_of_a_failed_image_say_that_they_are_stale_until_they_are_summed(
    images: Any, sources: Any, radio_harness: Harness, little: None
) -> None:
    bands = radio_harness.bind(BandStatisticsRepository, AsyncBandStatisticsRepository)
    await two_sources(images, sources)
    assert not (await sources.get("one")).stale
    await images.update("i2", grade_given="fail")
    found = await sources.get("one")
    assert (found.stale, found.n_epochs) == (True, 3)
    assert [one.stale for one in await sources.list_sources()] == [True, True]
    assert [one.stale for one in await sources.list_sources(band="UHF")] == [True, True]
    assert [one.stale for one in await bands.variability("one")] == [True]
    # A unit for each: together they have more than three.
    assert await sources.refresh_some() == 1
    assert [one.stale for one in await sources.list_sources(sort="id")] == [False, True]
    assert await sources.refresh_some() == 1
    assert await sources.refresh_some() == 0
    found = await sources.get("one")
    assert (found.stale, found.n_epochs) == (False, 2)
    assert found.peak_mean_jy == pytest.approx(0.015)
    assert [one.stale for one in await bands.variability("one")] == [False]


async def test_what_arrives_meanwhile_is_in_the_sums(
    images: Any, sources: Any, little: None
) -> None:
    await two_sources(images, sources)
    await images.update("i2", grade_given="fail")
    await images.add(image("i3", 59003.0))
    await sources.add_measurements("i3", [measurement(0.06)], source_ids=["one"])
    await images.update("i2", grade_given=None)
    await images.delete("i1")
    assert await sources.refresh() == 2
    found = await sources.get("one")
    assert (found.n_epochs, found.n_measurements) == (3, 3)
    assert found.peak_mean_jy == pytest.approx((0.01 + 0.03 + 0.06) / 3)
    assert await sources.refresh() == 0


async def test_a_source_that_waits_may_be_deleted_and_come_back(
    images: Any, sources: Any, little: None
) -> None:
    await two_sources(images, sources)
    await images.retire("i0", "stripes")
    await sources.delete("one")
    assert await sources.refresh() == 1
    await sources.revert((await sources.history("one"))[0].id)
    await sources.refresh()
    found = await sources.get("one")
    assert (found.stale, found.n_epochs, found.n_measurements) == (False, 2, 3)


async def test_an_association_looks_at_places_that_are_summed(
    images: Any, sources: Any, little: None
) -> None:
    pytest.importorskip("scipy", reason="associations need the extra `radio`")
    await two_sources(images, sources)
    await images.update("i2", grade_given="fail")
    await images.add(image("i3", 59003.0))
    await sources.add_measurements("i3", [measurement()])
    await sources.associate("i3")
    assert not any(one.stale for one in await sources.list_sources())


async def test_an_association_waits_for_no_sums_elsewhere_on_the_sky(
    images: Any, sources: Any, little: None
) -> None:
    pytest.importorskip("scipy", reason="associations need the extra `radio`")
    await two_sources(images, sources)
    await sources.add(source("far", ra_deg=10.0))
    await sources.add_measurements("i2", [measurement(ra_deg=10.0)], source_ids=["far"])
    await images.update("i2", grade_given="fail")
    await images.add(image("i3", 59003.0))
    await sources.add_measurements("i3", [measurement()])
    await sources.associate("i3")
    waiting = {one.id for one in await sources.list_sources() if one.stale}
    assert waiting == {"far"}
    assert await sources.refresh() == 1


async def test_a_server_sums_what_waits_by_itself(little: None) -> None:
    async with AsyncStore.memory(files_metadata, radio_metadata) as store:
        images, sources = AsyncImageRepository(store), AsyncSourceRepository(store)
        await two_sources(images, sources)
        async with Refreshing(sources, LeaderLock(), look_seconds=0.0).running():
            await images.update("i2", grade_given="fail")
            while await sources.any_stale():
                await asyncio.sleep(0)
        found = await sources.get("one")
        assert found is not None
        assert (found.stale, found.n_epochs) == (False, 2)


@pytest.mark.parametrize("fault", [Conflict("others"), StoreError("full"), RuntimeError("a fault")])
async def test_a_server_goes_on_summing_after_a_fault(
    little: None, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(refreshing, "LATER_SECONDS", 0.0)
    async with AsyncStore.memory(files_metadata, radio_metadata) as store:
        images, sources = AsyncImageRepository(store), AsyncSourceRepository(store)
        await two_sources(images, sources)
        faults = [fault]

        class Failing(LeaderLock):
            async def leads(self) -> bool:
                if faults:
                    raise faults.pop()
                return await super().leads()

        async with Refreshing(sources, Failing(), look_seconds=0.0).running():
            await images.update("i2", grade_given="fail")
            async with asyncio.timeout(60):
                while await sources.any_stale():
                    await asyncio.sleep(0)
        assert not faults
