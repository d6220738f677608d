"""The async executor on PostgreSQL: awaits per step on a pooled connection."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from mustela.store.context import SharedContext
from mustela.store.errors import (
    Conflict,
    StatementTimeout,
    StoreClosed,
    StoreError,
    TransactionClosed,
    TransactionExpired,
)
from mustela.store.kept_records import KEPT_BYTES, KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.errors import translate
from mustela.store.postgres.server import SharedServer
from mustela.store.postgres.session import AsyncSession, Retry
from mustela.store.postgres.steps import (
    ATTEMPTS,
    FOLD_EVERY,
    FOLD_TOPICS,
    SET_IDLE_LIMIT,
    new_shard,
    pause,
    prepared,
)
from mustela.store.store import TRANSACTION_LIMIT, AsyncStore, TransactionMark, refuse_inside
from mustela.store.topics import EVENT_WINDOW, TRIM_EVENTS


class AsyncPostgresStore(AsyncStore):
    """A PostgreSQL database for one event loop."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 30.0,
        statement_timeout: float = 10.0,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.kept = KeptRecords(kept_bytes)
        self._server = SharedServer(url)
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=pool_timeout,
            kwargs={"autocommit": True},
            configure=_limit_idleness,
            open=False,
        )
        self._statement_timeout = statement_timeout
        self._started = False
        self._closed = False
        self._commits = random.randrange(FOLD_EVERY)  # short-lived processes fold, too
        self._writing: set[asyncio.Task[Any]] = set()
        self._reading: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        await self._pool.open()
        self._started = True

    @property
    def is_open(self) -> bool:
        return self._started and not self._closed

    @property
    def server(self) -> SharedServer:
        return self._server

    def _check_open(self) -> None:
        if not self.is_open:
            raise StoreClosed

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._pool.connection() as connection:
                yield AsyncSession(connection, self.kept)
        except psycopg.Error as error:
            raise translate(error) from error

    async def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        done = asyncio.get_running_loop().create_future()
        self._reading.add(done)
        try:
            return await self._run(call, writes=False)
        finally:
            done.set_result(None)
            self._reading.discard(done)

    async def run_write(self, call: Call) -> Any:
        """Once begun it runs to its end, whatever happens to the caller."""
        refuse_inside(self)
        self._check_open()
        task = asyncio.create_task(self._run(call, writes=True))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not call.begun:
                task.cancel()
            raise

    async def _run(self, call: Call, *, writes: bool) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                async with self._session() as session:
                    call.begun = True
                    try:
                        await session.begin(writes=writes)
                        if call.heavy:
                            milliseconds = int(self._statement_timeout * 1000)
                            await session.execute(f"SET LOCAL statement_timeout = {milliseconds}")
                        result = await session.run(call)
                        await session.commit()
                    except BaseException:
                        await session.rollback()
                        raise
            except Retry:
                await asyncio.sleep(pause(attempt))
            else:
                if writes:
                    self._committed()
                    await self._fold()
                return result
        raise Conflict(f"gave up after {ATTEMPTS} attempts: others keep changing the same records")

    async def _fold(self) -> None:
        """After a commit: now and then fold the topics and trim the events."""
        self._commits += 1
        if self._commits % FOLD_EVERY:
            return
        with suppress(Retry, StoreError):  # somebody else folds, or the server is gone
            async with self._session() as session:
                await session.execute(FOLD_TOPICS, {"shard": new_shard()})
                await session.execute(*prepared(TRIM_EVENTS, {"window": EVENT_WINDOW}))

    @asynccontextmanager
    async def transaction(
        self, *, limit: float = TRANSACTION_LIMIT
    ) -> AsyncIterator[AsyncPostgresTransaction]:
        refuse_inside(self)
        self._check_open()
        mark = TransactionMark(self)
        async with self._session() as session:
            transaction = AsyncPostgresTransaction(session, limit)
            mark.set()
            try:
                await session.begin_limited(limit)
                yield transaction
                await transaction.end(commit=True)
            except BaseException as error:
                await transaction.end(commit=False)
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            finally:
                mark.clear()
        self._committed()
        await self._fold()

    async def close(self) -> None:
        refuse_inside(self)
        self._closed = True
        if running := self._writing | self._reading:
            await asyncio.wait(running)
        if self._started:
            await self._pool.close()


class AsyncPostgresTransaction:
    """Executor of the calls inside ``async with store.transaction() as tx``."""

    def __init__(self, session: AsyncSession, limit: float) -> None:
        self._session = session
        self._context = SharedContext()
        self._limit = limit
        self._deadline = time.monotonic() + limit
        self._turn = asyncio.Lock()
        self._closed = False

    def _check(self) -> None:
        if self._closed:
            raise TransactionClosed
        if self._late():
            raise self._too_late()

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def _too_late(self) -> TransactionExpired:
        return TransactionExpired(
            f"the transaction lasted for over {self._limit:g} s and was rolled back"
        )

    async def run_write(self, call: Call) -> Any:
        async with self._turn:
            self._check()
            call.context = self._context
            session = self._session
            mark = len(session.changes)
            await session.savepoint()
            try:
                result = await session.run(call)
                await session.release()
            except BaseException as error:
                del session.changes[mark:]
                await session.undo_savepoint()
                if isinstance(error, StatementTimeout) and self._late():
                    raise self._too_late() from error
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            return result

    run_read = run_write

    async def end(self, *, commit: bool) -> None:
        """Commit or roll back, once the unit that another task still runs has ended."""
        async with self._turn:
            if commit:
                self._check()
            self._closed = True
            if commit:
                await self._session.commit()
            else:
                await self._session.rollback()


async def _limit_idleness(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(SET_IDLE_LIMIT.encode())
