"""Connections past the pool: one for a thread, and one whose life is a lock."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mustela.store.errors import Conflict, StoreUnavailable
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.errors import translate
from mustela.store.postgres.session import Retry, Session
from mustela.store.postgres.steps import ATTEMPTS, pause

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
        return PostgresConnection(impatient(self._url, patience))

    def lock(self, purpose: str, *, patience: float) -> PostgresLock:
        return PostgresLock(impatient(self._url, patience), purpose, patience)


def impatient(url: str, patience: float) -> str:
    """How to connect, where silence is an error after so many seconds; what ``url`` says holds."""
    said = conninfo_to_dict(url)
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
    """See :class:`~mustela.store.server.ServerConnection`."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._kept = KeptRecords()
        self._connection: psycopg.Connection[Any] | None = None

    def run_read(self, call: Call) -> Any:
        return self._run(call, writes=False)

    def run_write(self, call: Call) -> Any:
        return self._run(call, writes=True)

    def _run(self, call: Call, *, writes: bool) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                return self._once(call, writes=writes)
            except Retry:
                time.sleep(pause(attempt))
        raise Conflict(f"gave up after {ATTEMPTS} attempts: others keep changing the same records")

    def _once(self, call: Call, *, writes: bool) -> Any:
        connection = self._connected()
        session = Session(connection, self._kept)
        try:
            session.begin(writes=writes)
            result = session.run(call)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        return result

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            try:
                self._connection = psycopg.connect(self._conninfo, autocommit=True)
            except psycopg.Error as error:
                raise translate(error) from error
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


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
