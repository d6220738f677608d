"""A connection whose prepared statements are not those that the driver believes in."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    SyncRepository,
    Unit,
    count,
    one,
    read,
)
from mustela.store.schema import meta
from mustela.store.store import Store
from tests.store.toys import toy_metadata

_READ = Statement(select(meta.c.value).where(meta.c.key == "database_id"))
# Behind the driver's back: it would notice a DEALLOCATE of its own.
_FORGET = Statement(text("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"))


class Reading:
    @read
    def identity(self) -> Unit[str | None]:
        return (yield from one(_READ, str))

    @read
    def forget(self) -> Unit[None]:
        yield from count(_FORGET)


class SyncReading(Reading, SyncRepository): ...


class AsyncReading(Reading, AsyncRepository): ...


def test_a_unit_is_run_again_on_another_connection(postgres_url: str) -> None:
    with Store.open(postgres_url, create=[toy_metadata]) as store:
        reading = SyncReading(store)
        expected = reading.identity()
        for _ in range(20):
            reading.identity()
        for _ in range(8):
            reading.forget()
        assert [reading.identity() for _ in range(20)] == [expected] * 20


async def test_so_it_is_on_an_event_loop(postgres_url: str) -> None:
    async with AsyncStore.open(postgres_url, create=[toy_metadata]) as store:
        reading = AsyncReading(store)
        expected = await reading.identity()
        for _ in range(20):
            await reading.identity()
        for _ in range(8):
            await reading.forget()
        assert [await reading.identity() for _ in range(20)] == [expected] * 20
