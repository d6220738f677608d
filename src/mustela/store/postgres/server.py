"""Connections past the pool: one for a thread, and one whose life is a lock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mustela.store.errors import StoreError, StoreUnavailable
from mustela.store.operation import Call
from mustela.store.postgres.errors import translate
from mustela.store.postgres.sync_store import PostgresStore

#: A copy or restore of the database has another id, and so a lock of its own.
_TAKE = (
    b"SELECT pg_try_advisory_lock(hashtextextended(%(purpose)s || ' ' || "
    b"coalesce((SELECT value FROM meta WHERE key = 'database_id'), ''), 0))"
)
#: The server, too, is to notice soon when the other end has gone without a word.
_KEPT_ALIVE = (
    b"SELECT set_config('tcp_keepalives_idle', %(seconds)s, false),"
    b" set_config('tcp_keepalives_interval', %(seconds)s, false),"
    b" set_config('tcp_keepalives_count', '3', false)"
)


class SharedServer:
    """See :class:`~mustela.store.server.DatabaseServer`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self, *, patience: float) -> PostgresConnection:
        return PostgresConnection(impatient(self._url, patience), patience)

    def lock(self, purpose: str, *, patience: float) -> PostgresLock:
        return PostgresLock(impatient(self._url, patience), purpose, patience)


def impatient(url: str, patience: float) -> str:
    """How to connect, where silence is an error after so many seconds; what ``url`` says holds."""
    try:
        said = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise translate(error) from error
    third = max(1, round(patience / 3))
    limits = {
        "connect_timeout": max(2, round(patience)),
        "keepalives_idle": third,
        "keepalives_interval": third,
        "keepalives_count": 2,
        "tcp_user_timeout": max(1, round(patience * 1000)),
    }
    return make_conninfo(url, **{name: limits[name] for name in limits.keys() - said.keys()})


class PostgresConnection:
    """See :class:`~mustela.store.server.ServerConnection`: a store of one connection.

    Whatever goes wrong, the next call begins with another one.
    """

    def __init__(self, conninfo: str, patience: float) -> None:
        self._conninfo = conninfo
        self._patience = patience
        self._store: PostgresStore | None = None

    def run_read(self, call: Call) -> Any:
        with self._opened() as store:
            return store.run_read(call)

    def run_write(self, call: Call) -> Any:
        with self._opened() as store:
            return store.run_write(call)

    @contextmanager
    def _opened(self) -> Iterator[PostgresStore]:
        if self._store is None:
            self._store = PostgresStore(
                self._conninfo, pool_size=1, pool_timeout=self._patience, kept_bytes=0
            )
        try:
            yield self._store
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()


class PostgresLock:
    """See :class:`~mustela.store.server.ServerLock`: an advisory lock of a session."""

    def __init__(self, conninfo: str, purpose: str, patience: float) -> None:
        self._conninfo = conninfo
        self._purpose = purpose
        self._patience = patience
        self._turn = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._held = False

    async def held(self) -> bool:
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    return await self._ask()
            except TimeoutError as error:
                await self._drop()
                raise StoreUnavailable(
                    f"the database did not answer within {self._patience:g} s"
                ) from error
            except psycopg.Error as error:
                await self._drop()
                raise translate(error) from error
            except BaseException:  # nobody knows how far it came
                await self._drop()
                raise

    async def release(self) -> None:
        async with self._turn:
            await self._drop()

    async def _ask(self) -> bool:
        connection = self._connection
        if connection is None:
            connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
            self._connection = connection
            seconds = str(max(1, round(self._patience)))
            await connection.execute(_KEPT_ALIVE, {"seconds": seconds})
        if self._held:
            await connection.execute(b"SELECT 1")
            return True
        found = await connection.execute(_TAKE, {"purpose": self._purpose})
        row = await found.fetchone()
        self._held = row is not None and bool(row[0])
        return self._held

    async def _drop(self) -> None:
        """The server gives the lock back when its connection ends."""
        self._held = False
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
