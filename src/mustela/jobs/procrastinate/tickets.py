"""Procrastinate's side: listening for tickets, taking one, giving one back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

import psycopg
from procrastinate.jobs import Job as Ticket
from procrastinate.jobs import Notification, Status
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from mustela.jobs.procrastinate.ticket_sql import QUEUE_NAME, SCHEMA, TABLE, schema_of
from mustela.store.postgres.pool import waits

#: So many tickets are made at once for a type that has lost its own.
MENDED = 100
#: Seconds after which whoever took a ticket, and said nothing since, is thought to be gone.
GONE_SECONDS = 30.0
#: Seconds that the first connection may take, and that one of few is waited for.
OPEN_SECONDS, CONNECT_SECONDS = 3.0, 10.0

_Pool: TypeAlias = AsyncConnectionPool[psycopg.AsyncConnection[Any]]
_SEARCH_PATH = sql.SQL("SET search_path = {}")


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """Look for Procrastinate's tables where those of this catalog are."""
    table = await (await connection.execute(TABLE)).fetchone()
    schema = SCHEMA if table is None else schema_of(table[0])
    await connection.execute(_SEARCH_PATH.format(sql.Identifier(schema)))
    await connection.commit()


class Tickets:
    """The tickets of one database; opened at the first use, and anew after :meth:`close`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: _Pool | None = None
        self._manager: JobManager | None = None
        self._worker: int | None = None
        self._opening = asyncio.Lock()

    async def _opened(self) -> JobManager:
        async with self._opening:
            return self._manager or await self._open()

    async def _open(self) -> JobManager:
        pool: _Pool = AsyncConnectionPool(
            self._url,
            kwargs=waits(self._url),
            configure=_configure,
            min_size=1,
            max_size=2,
            timeout=CONNECT_SECONDS,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
        try:
            # Not for longer: a pool waits longer and longer between its tries.
            await pool.open(wait=True, timeout=OPEN_SECONDS)
            connector = PsycopgConnector(configure=_configure)
            await connector.open_async(pool)
        except BaseException:
            await pool.close()
            raise
        self._pool, self._manager = pool, JobManager(connector)
        return self._manager

    async def close(self) -> None:
        """Let go of every connection; what is used next connects at once."""
        pool, self._pool, self._manager, self._worker = self._pool, None, None, None
        if pool is not None:
            await pool.close()

    async def leave(self) -> None:
        """Take no more tickets."""
        manager, worker = self._manager, self._worker
        if manager is not None and worker is not None:
            await manager.unregister_worker(worker)
            self._worker = None

    async def take(self, types: Collection[str]) -> Ticket | None:
        """The best ticket of these types, which is this process's now; ``None``: there is none."""
        manager = await self._opened()
        if self._worker is None:
            self._worker = await manager.register_worker()
        queues = [queue_of(type) for type in types]
        return await manager.fetch_job(queues=queues, worker_id=self._worker)

    async def used(self, ticket: Ticket) -> None:
        """A ticket has done its service."""
        manager = await self._opened()
        await manager.finish_job(ticket, Status.SUCCEEDED, delete_job=True)

    async def invite(self, id: str) -> None:
        """Make a ticket for a job that is ready and has none."""
        await self._call("SELECT mustela_invite_v1(%(job)s) AS made", job=id)

    async def mend(self) -> int:
        """Make up for tickets that were lost, and forget those of processes that are gone.

        How many were made.
        """
        manager = await self._opened()
        if self._worker is not None:
            await manager.update_heartbeat(self._worker)
        for ticket in await manager.get_stalled_jobs(seconds_since_heartbeat=GONE_SECONDS):
            await manager.finish_job(ticket, Status.SUCCEEDED, delete_job=True)
        await manager.prune_stalled_workers(GONE_SECONDS)
        made: int = (await self._call("SELECT mustela_mend_v1(%(most)s) AS made", most=MENDED))[
            "made"
        ]
        return made

    async def listen(self, told: Callable[[], None]) -> None:
        """Call ``told`` for each new ticket, until cancelled."""

        async def heard(*, channel: str, notification: Notification) -> None:
            del channel, notification
            told()

        manager = await self._opened()
        await manager.listen_for_jobs(on_notification=heard)

    async def _call(self, statement: Any, **values: Any) -> dict[str, Any]:
        manager = await self._opened()
        found: dict[str, Any] = await manager.connector.execute_query_one_async(statement, **values)
        return found


def queue_of(type: str) -> str:
    """The name of the queue of a type, as the trigger makes it."""
    if len(type) <= QUEUE_NAME:
        return type
    return hashlib.md5(type.encode(), usedforsecurity=False).hexdigest()
