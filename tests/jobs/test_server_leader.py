"""Of all processes that use a database server one leads, on whichever machine it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mustela.jobs import AsyncioJobQueue, LeaderLock, Retention, ServerLeader, leader_of
from mustela.jobs.schema import jobs_metadata
from mustela.store import AsyncStore
from mustela.store.errors import StoreError
from tests.jobs.cut import way_to
from tests.jobs.rig import Gate, until


@pytest.fixture
async def store(jobs_url: str) -> AsyncIterator[AsyncStore]:
    async with AsyncStore.open(jobs_url) as store:
        yield store


def leader(store: AsyncStore) -> ServerLeader:
    found = leader_of(store, None)
    assert isinstance(found, ServerLeader)
    return found


async def test_one_of_several_leads_until_it_lets_go(store: AsyncStore) -> None:
    async with leader(store) as first, leader(store) as second:
        assert await first.leads()
        assert await first.leads(), "still"
        assert not await second.leads()
        await first.release()
        await until(second.leads)  # the server may see the end of a connection a little later
        assert not await first.leads()


async def test_several_who_ask_at_once_in_one_process_are_one(store: AsyncStore) -> None:
    async with leader(store) as ours:
        assert await asyncio.gather(*(ours.leads() for _ in range(5))) == [True] * 5


async def test_who_loses_the_connection_leads_no_more(store: AsyncStore, jobs_url: str) -> None:
    async with (
        way_to(jobs_url) as way,
        leader(AsyncStore.open(way.url)) as cut_off,
        leader(store) as other,
    ):
        assert await cut_off.leads()
        assert not await other.leads()
        await way.cut()
        with pytest.raises(StoreError):
            await cut_off.leads()
        await until(other.leads)
        await way.mend()
        assert not await cut_off.leads()
        await other.release()
        await until(cut_off.leads)


async def test_a_file_has_its_leader_on_its_machine() -> None:
    async with AsyncStore.memory(jobs_metadata) as memory:
        found = leader_of(memory, None)
        assert isinstance(found, LeaderLock)
        assert await found.leads()


async def test_old_jobs_are_forgotten_by_the_one_that_leads(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.ROUND_SECONDS", 0.01)
    async with leader(store) as ours, leader(store) as other:
        assert await other.leads()
        queue = AsyncioJobQueue(store, retention=Retention(newest=1), leader=ours)
        Gate(queue).open.set()
        async with queue.running():
            for _ in range(3):
                await queue.wait(await queue.submit("gate"), 20.0)
            assert await queue._retainer.round(0, asyncio.sleep) == 0
            await other.release()

            async def forgotten() -> bool:
                return await queue.jobs.total_jobs() == 1

            await until(forgotten)
