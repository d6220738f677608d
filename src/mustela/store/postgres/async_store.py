"""The async executor on PostgreSQL: awaits per step on a pooled connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from mustela.store.context import SharedContext
from mustela.store.errors import (
    Conflict,
    StoreClosed,
    StoreError,
    TransactionClosed,
    TransactionExpired,
)
from mustela.store.operation import Call
from mustela.store.postgres.errors import translate
from mustela.store.postgres.session import AsyncSession, Retry
from mustela.store.postgres.steps import ATTEMPTS, FOLD_EVERY, FOLD_TOPICS, new_shard, pause
from mustela.store.store import TRANSACTION_LIMIT, AsyncStore, TransactionMark, refuse_inside


class AsyncPostgresStore(AsyncStore):
    """A PostgreSQL database for one event loop."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 30.0,
        statement_timeout: float = 10.0,
    ) -> None:
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=pool_timeout,
            kwargs={"autocommit": True},
            open=False,
        )
        self._statement_timeout = statement_timeout
        self._started = False
        self._closed = False
        self._commits = 0
        self._writing: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        await self._pool.open()
        self._started = True

    @property
    def is_open(self) -> bool:
        return self._started and not self._closed

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        if self._closed or not self._started:
            raise StoreClosed
        try:
            async with self._pool.connection() as connection:
                yield AsyncSession(connection)
        except psycopg.Error as error:
            raise translate(error) from error

    async def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        return await self._run(call, writes=False)

    async def run_write(self, call: Call) -> Any:
        """Once begun it runs to its end, whatever happens to the caller."""
        refuse_inside(self)
        if self._closed or not self._started:
            raise StoreClosed
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
                    await self._fold()
                return result
        raise Conflict(f"gave up after {ATTEMPTS} attempts: others keep changing the same records")

    async def _fold(self) -> None:
        self._commits += 1
        if self._commits % FOLD_EVERY == 0:
            try:
                async with self._session() as session:
                    await session.execute(FOLD_TOPICS, {"shard": new_shard()})
            except (Retry, StoreError):  # somebody else folds, or the server is gone
                pass

    @asynccontextmanager
    async def transaction(
        self, *, limit: float = TRANSACTION_LIMIT
    ) -> AsyncIterator[AsyncPostgresTransaction]:
        refuse_inside(self)
        mark = TransactionMark(self)
        async with self._session() as session:
            transaction = AsyncPostgresTransaction(session, limit)
            mark.set()
            try:
                await session.begin()
                yield transaction
                await transaction.commit()
            except BaseException as error:
                await session.rollback()
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            finally:
                transaction.closed = True
                mark.clear()

    async def close(self) -> None:
        self._closed = True
        if self._writing:
            await asyncio.wait(self._writing)
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
        self.closed = False

    def _check(self) -> None:
        if self.closed:
            raise TransactionClosed
        if time.monotonic() > self._deadline:
            raise TransactionExpired(
                f"the transaction lasted for over {self._limit:g} s and was rolled back"
            )

    async def run_write(self, call: Call) -> Any:
        async with self._turn:
            self._check()
            call.context = self._context
            session = self._session
            mark = len(session.changes)
            try:
                await session.execute("SAVEPOINT unit")
                result = await session.run(call)
                await session.execute("RELEASE SAVEPOINT unit")
            except Retry as error:
                raise Conflict from error
            except BaseException:
                del session.changes[mark:]
                await session.execute("ROLLBACK TO SAVEPOINT unit")
                raise
            return result

    run_read = run_write

    async def commit(self) -> None:
        self._check()
        await self._session.commit()
