"""A connection that goes back to PostgreSQL's pool is nobody's: no transaction, nothing to come."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg
from psycopg.conninfo import conninfo_to_dict

from mustela.store import AsyncStore
from mustela.store.errors import InvalidValue, ReadOnly, TransactionExpired
from mustela.store.testing import FACES, Face, open_harness
from tests.store.accidents import Accidents, AsyncAccidents
from tests.store.toys import AsyncToys, Toy, toy_metadata

pytestmark = pytest.mark.postgres
TOY = Toy("t1", "/1")
#: No text of PostgreSQL: half of a character.
HALF = "\udc80"


async def test_a_text_that_is_not_unicode_harms_no_read_that_travels_with_it(
    postgres_url: str,
) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata], pool_size=1) as store:
        toys = AsyncAccidents(store)
        await toys.add(TOY)
        answers = await asyncio.gather(
            toys.get("t1"),
            toys.get(HALF),
            toys.get("t1"),
            toys.get_twice("t1", HALF),  # known only when the snapshot has begun
            toys.get_twice("t1", "t1"),
            return_exceptions=True,
        )
        assert [answers[n] for n in (0, 2, 4)] == [TOY, TOY, TOY]
        assert all(isinstance(answers[n], InvalidValue) for n in (1, 3))
        added = await toys.add(Toy("t2", "/2"))  # by the same connection: it is in no snapshot
        assert await toys.get("t2") == added


async def test_after_a_table_has_changed_no_call_fails_however_many_connections_there_are(
    postgres_url: str,
) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata], pool_size=30) as store:
        toys = AsyncAccidents(store)
        await toys.add(TOY)
        for _ in range(3):  # every connection has the statement prepared
            await asyncio.gather(*(toys.get_alone("t1") for _ in range(30)))
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("ALTER TABLE toys ALTER COLUMN path TYPE varchar(1000)")
        assert await toys.get_alone("t1") == TOY


async def test_a_transaction_cancelled_twice_keeps_its_connection_until_its_unit_has_ended(
    postgres_url: str,
) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata], pool_size=1) as store:
        units: list[asyncio.Task[None]] = []
        waiting, never = asyncio.Event(), asyncio.Event()

        async def several() -> None:
            async with store.transaction(limit=1.0) as tx:
                toys = AsyncAccidents(tx)
                await toys.add(TOY)
                units.append(asyncio.create_task(toys.add_and_sleep(Toy("t2", "/2"))))
                waiting.set()
                await never.wait()

        task = asyncio.create_task(several())
        await waiting.wait()
        await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        assert task.cancelled()
        assert not units[0].done()
        assert await AsyncToys(store).get("t1") is None  # once the connection is free
        with pytest.raises(TransactionExpired):
            await units[0]


@pytest.mark.parametrize("face", FACES)
async def test_a_snapshot_whose_end_failed_is_given_up_with_its_connection(
    postgres_url: str, face: Face
) -> None:
    """Where something between has forgotten what was prepared."""
    async with open_harness(
        "postgresql", face, postgres_url, [toy_metadata], pool_size=1
    ) as harness:
        toys = harness.bind(Accidents, AsyncAccidents)
        await toys.add(TOY)
        for _ in range(3):
            await toys.get("t1")
        await toys.forget_commit()
        for _ in range(4):
            assert await toys.get("t1") == TOY
        assert await toys.add(Toy("t2", "/2")) == Toy("t2", "/2")


@pytest.mark.parametrize("face", FACES)
async def test_a_connection_that_may_not_write_is_not_used_for_ever(
    postgres_url: str, face: Face
) -> None:
    """As after a failover: it leads to a server that does not take writes."""
    name = conninfo_to_dict(postgres_url)["dbname"]

    def take_writes(word: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(
                f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}'.encode()
            )

    async with open_harness("postgresql", face, postgres_url, [toy_metadata]):
        pass
    take_writes("on")
    try:
        async with open_harness("postgresql", face, postgres_url, [], pool_size=1) as harness:
            toys = harness.bind(Accidents, AsyncAccidents)
            with pytest.raises(ReadOnly):
                await toys.add(TOY)
            assert await toys.get("t1") is None
            take_writes("off")
            with pytest.raises(ReadOnly):
                await toys.add(TOY)
            assert await toys.add(TOY) == TOY
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode()
            )
