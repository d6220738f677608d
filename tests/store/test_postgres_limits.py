"""What one call on PostgreSQL may take from the others: connections, time, their snapshot."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg

from mustela.store import AsyncStore, Store
from mustela.store.errors import NoFreeConnection, StatementTimeout, StoreClosed, StoreError
from mustela.store.testing import FACES, Face, open_harness
from tests.store.accidents import Accidents, AsyncAccidents
from tests.store.toys import AsyncToys, Toy, Toys, toy_metadata

pytestmark = pytest.mark.postgres
SOON, NEVER = 0.05, 3600.0
TOY = Toy("t1", "/1")


def test_who_waits_in_vain_for_a_connection_is_told_that_all_are_in_use(postgres_url: str) -> None:
    with (
        Store.open(postgres_url, create=[toy_metadata], pool_size=1, pool_timeout=SOON) as store,
        ThreadPoolExecutor(1) as thread,
    ):
        with store.transaction() as tx:
            Toys(tx).add(TOY)
            with pytest.raises(NoFreeConnection, match="database_pool_size") as refusal:
                thread.submit(Toys(store).get, "t1").result()
            assert "locked" not in refusal.value.message
        assert Toys(store).get("t1") == TOY


async def test_so_it_is_on_an_event_loop(postgres_url: str) -> None:
    async with AsyncStore.open(
        postgres_url, create=[toy_metadata], pool_size=1, pool_timeout=SOON
    ) as store:
        toys = AsyncToys(store)
        begun, release = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with store.transaction() as tx:
                await AsyncToys(tx).add(TOY)
                begun.set()
                await release.wait()

        holding = asyncio.create_task(hold())
        await begun.wait()
        for call in (toys.get("t1"), toys.add(Toy("t2", "/2")), toys.both("t1", "t1")):
            with pytest.raises(NoFreeConnection, match="database_pool_size"):
                await call
        release.set()
        await holding
        assert await toys.get("t1") == TOY


async def test_who_waits_is_served_when_a_connection_is_free(postgres_url: str) -> None:
    async with AsyncStore.open(
        postgres_url, create=[toy_metadata], pool_size=2, pool_timeout=NEVER
    ) as store:
        toys = AsyncToys(store)
        added = [Toy(f"t{n}", f"/{n}") for n in range(40)]
        assert await asyncio.gather(*map(toys.add, added)) == added
        assert await asyncio.gather(*(toys.get(one.id) for one in added)) == added
        waiting = [asyncio.create_task(toys.add(Toy(f"u{n}", f"/u{n}"))) for n in range(40)]
        await asyncio.sleep(0)
        for task in waiting[10:30]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await asyncio.gather(*(toys.get(one.id) for one in added)) == added


@pytest.mark.parametrize("face", FACES)
async def test_every_statement_has_a_time_limit(postgres_url: str, face: Face) -> None:
    async with open_harness(
        "postgresql", face, postgres_url, [toy_metadata], statement_limit=SOON
    ) as harness:
        toys = harness.bind(Accidents, AsyncAccidents)
        with pytest.raises(StatementTimeout):
            await toys.sleep()
        with pytest.raises(StatementTimeout):
            await toys.add_and_sleep(TOY)
        assert await toys.get("t1") is None


async def test_heavy_reads_have_one_of_their_own(postgres_url: str) -> None:
    async with AsyncStore.open(
        postgres_url, create=[toy_metadata], statement_timeout=SOON, statement_limit=NEVER
    ) as store:
        with pytest.raises(StatementTimeout):
            await AsyncAccidents(store).sleep_heavily()


async def test_the_error_of_one_read_harms_none_of_those_that_travel_with_it(
    postgres_url: str,
) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata], statement_limit=SOON) as store:
        toys = AsyncAccidents(store)
        await toys.add(TOY)
        answers = await asyncio.gather(
            toys.get("t1"),
            toys.divide(),
            toys.get("t1"),
            toys.get("a\0b"),
            toys.sleep(),
            toys.get("nobody"),
            toys.get("t1"),
            return_exceptions=True,
        )
        assert [answers[n] for n in (0, 2, 5, 6)] == [TOY, TOY, None, TOY]
        assert all(isinstance(answers[n], StoreError) for n in (1, 3, 4))


async def test_reads_of_one_turn_share_a_connection_and_later_ones_see_what_was_written(
    postgres_url: str,
) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata]) as store:
        toys = AsyncAccidents(store)
        assert len(set(await asyncio.gather(*(toys.backend() for _ in range(8))))) == 1
        for number in range(20):
            new = Toy(f"t{number}", f"/{number}")
            await toys.add(new)
            assert await asyncio.gather(*(toys.get(new.id) for _ in range(3))) == [new] * 3


async def test_a_read_that_is_cancelled_is_stopped_at_the_server(postgres_url: str) -> None:
    asleep = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sleep(%'"
    )
    async with AsyncStore.open(
        postgres_url, create=[toy_metadata], statement_timeout=NEVER
    ) as store:
        toys = AsyncAccidents(store)
        reading = asyncio.create_task(toys.sleep_heavily())
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as looking:

            async def sleepers() -> int:
                row = await (
                    await looking.execute(f"{asleep} AND pid <> pg_backend_pid()")
                ).fetchone()
                assert row is not None
                return int(row[0])

            while not await sleepers():
                await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            while await sleepers():
                await asyncio.sleep(0)
        assert await toys.get("t1") is None


async def test_a_closed_store_serves_who_came_before_and_nobody_after(postgres_url: str) -> None:
    store = await AsyncStore.open(postgres_url, create=[toy_metadata])
    toys = AsyncToys(store)
    await toys.add(TOY)
    early = [asyncio.create_task(toys.get("t1")) for _ in range(40)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*early) == [TOY] * 40
    with pytest.raises(StoreClosed):
        await toys.get("t1")


async def test_a_write_that_fails_when_its_caller_is_gone_troubles_nobody(
    postgres_url: str,
) -> None:
    said: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: said.append(about))
    async with AsyncStore.open(postgres_url, create=[toy_metadata], statement_limit=SOON) as store:
        sleeping = asyncio.create_task(AsyncAccidents(store).add_and_sleep(TOY))
        with psycopg.connect(postgres_url, autocommit=True) as looking:
            while looking.execute(_OPEN).fetchone() == (0,):
                await asyncio.sleep(0)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
    gc.collect()
    assert said == []


_OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("face", FACES)
async def test_a_stream_that_is_read_slowly_keeps_no_transaction_open(
    postgres_url: str, face: Face
) -> None:
    async with open_harness("postgresql", face, postgres_url, [toy_metadata]) as harness:
        toys = harness.bind(Toys, AsyncToys)
        await toys.add_many([Toy(f"t{number}", f"/{number}") for number in range(7)])
        stream = toys.everything(size=3)
        with psycopg.connect(postgres_url, autocommit=True) as looking:
            seen = []
            async for toy in stream:
                seen.append(toy.id)
                while looking.execute(_OPEN).fetchone() != (0,):
                    await asyncio.sleep(0)  # the end of a page's snapshot is on its way
        assert seen == [f"t{number}" for number in range(7)]
