"""Connections that are lost, a server that is away, and one that is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg

from mustela.store import AsyncStore, Store
from mustela.store.errors import Conflict, StoreUnavailable
from mustela.store.testing import FACES, Face, Harness, open_harness
from mustela.store.testing.postgres import URL_VARIABLE, PostgresServer, PostgresUnavailable
from tests.store.accidents import Accidents, AsyncAccidents
from tests.store.toys import Toy, toy_metadata

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that may be taken away: nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(URL_VARIABLE, raising=False)
        try:
            started = PostgresServer().start()
        except PostgresUnavailable as error:
            pytest.skip(str(error))
    with started:
        yield started


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = request.param
    return found


@asynccontextmanager
async def opened(server: PostgresServer, face: Face) -> AsyncIterator[Harness]:
    url = server.create_database()
    async with open_harness("postgresql", face, url, [toy_metadata], pool_size=4) as harness:
        yield harness
    server.drop_database(url)


def accidents(harness: Harness, executor: object = None) -> Any:
    """Awaited, whichever face it has."""
    return harness.bind(Accidents, AsyncAccidents, executor)


def toy(number: int) -> Toy:
    return Toy(f"t{number}", f"/{number}")


async def fill_the_pool(harness: Harness) -> None:
    """Have several connections open."""
    if isinstance(harness.store, AsyncStore):
        many = AsyncAccidents(harness.store)
        await asyncio.gather(*(many.add(toy(-n)) for n in range(1, 9)))
    else:
        toys = Accidents(harness.store)
        await asyncio.gather(*(asyncio.to_thread(toys.add, toy(-n)) for n in range(1, 9)))


async def all_at_once(harness: Harness) -> list[object]:
    """Reads and writes together, on as many connections as there are."""
    if isinstance(harness.store, AsyncStore):
        many = AsyncAccidents(harness.store)
        calls = [many.get(f"t-{n}") for n in range(1, 9)]
        calls += [many.add(toy(n)) for n in range(1, 9)]
        return await asyncio.gather(*calls)
    few = Accidents(harness.store)
    return await asyncio.gather(
        *(asyncio.to_thread(few.get, f"t-{n}") for n in range(1, 9)),
        *(asyncio.to_thread(few.add, toy(n)) for n in range(1, 9)),
    )


async def test_after_a_restart_no_call_fails(server: PostgresServer, face: Face) -> None:
    async with opened(server, face) as harness:
        await fill_the_pool(harness)
        server.take_away()
        server.bring_back()
        found = await all_at_once(harness)
        assert found == [*map(toy, range(-1, -9, -1)), *map(toy, range(1, 9))]
        assert await accidents(harness).count() == 16


async def test_while_the_server_is_away_calls_say_so_and_when_it_is_back_they_succeed(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:
        toys = accidents(harness)
        await fill_the_pool(harness)
        server.take_away()
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await toys.get("t-1")
            with pytest.raises(StoreUnavailable):
                await toys.add(toy(1))
            with pytest.raises(StoreUnavailable):
                async with harness.transaction():
                    raise AssertionError("the transaction cannot have begun")
        server.bring_back()
        assert await toys.get("t-1") == toy(-1)
        assert await toys.add(toy(1)) == toy(1)


async def test_a_transaction_begins_after_a_restart(server: PostgresServer, face: Face) -> None:
    async with opened(server, face) as harness:
        await fill_the_pool(harness)
        server.take_away()
        server.bring_back()
        async with harness.transaction() as tx:
            await accidents(harness, tx).add(toy(1))
        assert await accidents(harness).get("t1") == toy(1)


async def test_a_transaction_that_the_server_leaves_is_not_run_again(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:

        async def interrupted() -> None:
            async with harness.transaction() as tx:
                await accidents(harness, tx).add(toy(1))
                server.take_away()
                server.bring_back()
                await accidents(harness, tx).add(toy(2))

        with pytest.raises(StoreUnavailable):
            await interrupted()
        assert await accidents(harness).newest() == []


async def test_a_unit_whose_connection_is_lost_before_the_commit_is_run_again(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:
        await fill_the_pool(harness)
        toys = accidents(harness)
        before = len(await toys.events())
        assert await toys.add_though_lost(toy(1), 1) == toy(1)
        assert await accidents(harness).get_though_lost("t1", 1) == toy(1)
        assert len(await toys.events()) == before + 1
        assert len(await toys.history("t1")) == 1


async def test_a_unit_that_loses_every_connection_is_given_up(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:
        with pytest.raises(StoreUnavailable):
            await accidents(harness).add_though_lost(toy(1), 100)
        with pytest.raises(StoreUnavailable):
            await accidents(harness).get_though_lost("t1", 100)
        assert await accidents(harness).newest() == []


async def test_reads_that_travel_with_one_that_loses_its_connection_are_answered(
    server: PostgresServer,
) -> None:
    async with opened(server, "async") as harness:
        assert isinstance(harness.store, AsyncStore)
        await fill_the_pool(harness)
        toys = AsyncAccidents(harness.store)
        killer, *others = await asyncio.gather(
            AsyncAccidents(harness.store).get_though_lost("t-1", 100),
            *(toys.get(f"t-{n}") for n in range(1, 9)),
            return_exceptions=True,
        )
        assert isinstance(killer, StoreUnavailable)
        assert others == [toy(-n) for n in range(1, 9)]


_AT_COMMIT = """
CREATE SEQUENCE commits;
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('commits') <= {times} THEN {act}; END IF; RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON toys DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION at_commit();
"""
KILL = "PERFORM pg_terminate_backend(pg_backend_pid())"
FAIL = "RAISE serialization_failure"


def at_commit(harness: Harness, act: str, times: int) -> None:
    """Something happens at the first commits that add a toy."""
    with psycopg.connect(harness.url) as connection:
        connection.execute(_AT_COMMIT.format(act=act, times=times).encode())


async def test_what_is_lost_during_the_commit_is_said_to_be_uncertain(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:
        at_commit(harness, KILL, 1)
        with pytest.raises(StoreUnavailable, match="during the commit"):
            await accidents(harness).add(toy(1))
        assert await accidents(harness).add(toy(1)) == toy(1)


async def test_a_conflict_at_the_commit_runs_a_unit_again_and_ends_a_transaction(
    server: PostgresServer, face: Face
) -> None:
    async with opened(server, face) as harness:
        at_commit(harness, FAIL, 2)
        with pytest.raises(Conflict):
            async with harness.transaction() as tx:
                await accidents(harness, tx).add(toy(1))
        assert await accidents(harness).newest() == []
        assert await accidents(harness).add(toy(1)) == toy(1)
        assert len(await accidents(harness).events()) == 1


def test_a_store_is_not_opened_where_there_is_no_server(server: PostgresServer) -> None:
    url = server.create_database()
    server.take_away()
    with pytest.raises(StoreUnavailable):
        Store.open(url)
    server.bring_back()
    Store.open(url).close()
    server.drop_database(url)
