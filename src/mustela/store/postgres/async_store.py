"""The async executor on PostgreSQL: short reads travel together, everything else by itself."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from mustela.store.context import SharedContext
from mustela.store.errors import (
    StatementTimeout,
    StoreClosed,
    StoreError,
    TransactionClosed,
    TransactionExpired,
)
from mustela.store.kept_records import KEPT_BYTES, KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.attempts import Attempts
from mustela.store.postgres.driving import drive_async
from mustela.store.postgres.errors import Lost, Retry
from mustela.store.postgres.link import Link, Waits
from mustela.store.postgres.pool import AsyncPool
from mustela.store.postgres.readers import BATCH_UNITS, Work, read_together
from mustela.store.postgres.server import SharedServer
from mustela.store.postgres.session import Session, conflict, read_alone, tidy_up, transact
from mustela.store.postgres.steps import BEGIN, FOLD_EVERY, begin_limited, statement_limit
from mustela.store.store import TRANSACTION_LIMIT, AsyncStore, TransactionMark, refuse_inside

T = TypeVar("T")


class AsyncPostgresStore(AsyncStore):
    """A PostgreSQL database for one event loop.

    ``pool_size`` connections at most, for one of which a call waits ``pool_timeout`` seconds;
    ``statement_timeout`` (seconds) limits each statement of heavy reads, ``statement_limit`` all.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 10.0,
        statement_timeout: float = 10.0,
        statement_limit: float | None = 60.0,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.kept = KeptRecords(kept_bytes)
        self._server = SharedServer(url)
        self._pool = AsyncPool(
            url, size=pool_size, timeout=pool_timeout, statement_limit=statement_limit
        )
        self._statement_timeout = statement_timeout
        #: Long reads leave connections to short ones, and to those who write.
        self._heavy = asyncio.Semaphore(max(1, pool_size // 2))
        self._started = False
        self._closed = False
        self._commits = random.randrange(FOLD_EVERY)  # short-lived processes fold, too
        self._reads: list[Work] = []
        self._running: set[asyncio.Future[Any]] = set()

    async def start(self) -> None:
        if self._closed:
            raise StoreClosed
        self._pool.release(await self._pool.acquire())  # who cannot reach it is told at once
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

    async def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        loop = asyncio.get_running_loop()
        if call.heavy:
            done = loop.create_future()
            self._running.add(done)
            try:
                async with self._heavy:
                    return await self._read_alone(call)
            finally:
                done.set_result(None)
                self._running.discard(done)
        work = Work(call, loop.create_future())
        if not self._reads:
            loop.call_soon(self._send_reads)
        self._reads.append(work)
        return await work.future

    def _send_reads(self) -> None:
        reads, self._reads = self._reads, []
        for at in range(0, len(reads), BATCH_UNITS):
            self._begin(self._read_batch(reads[at : at + BATCH_UNITS]))

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _read_batch(self, works: list[Work]) -> None:
        try:
            link = await self._pool.acquire()
            try:
                again = await drive_async(link, read_together(link, self.kept, works))
                if link.lost:
                    self._pool.forget_dead()
            finally:
                self._pool.release(link)
        except Retry as reason:
            self._look_at_others(reason)
            again = works
        except BaseException as error:
            for work in works:
                work.fail(error)
            if not isinstance(error, Exception):
                raise
            return
        for work in again:
            if not work.future.done():
                self._begin(self._read_again(work))

    async def _read_again(self, work: Work) -> None:
        try:
            work.succeed(await self._read_alone(work.call))
        except BaseException as error:
            work.fail(error)
            if not isinstance(error, Exception):
                raise

    async def _read_alone(self, call: Call) -> Any:
        limit = [statement_limit(self._statement_timeout)] if call.heavy else []
        return await self._run(lambda session: read_alone(session, call, *limit))

    async def run_write(self, call: Call) -> Any:
        """Once begun it runs to its end, whatever happens to the caller."""
        refuse_inside(self)
        self._check_open()
        task = self._begin(self._write(call))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not call.begun:
                task.cancel()
            task.add_done_callback(_unheard)
            raise

    async def _write(self, call: Call) -> Any:
        def unit(session: Session) -> Waits[Any]:
            call.begun = True
            return transact(session, call, BEGIN)

        result = await self._run(unit)
        self._committed()
        self._tidy()
        return result

    async def _run(self, make: Callable[[Session], Waits[T]]) -> T:
        """Run a unit until it has an answer, on another connection where one was lost."""
        attempts = Attempts()
        while True:
            try:
                link = await self._pool.acquire()
                try:
                    return await drive_async(link, make(Session(link, self.kept)))
                finally:
                    self._pool.release(link)
            except Retry as reason:
                self._look_at_others(reason)
                await asyncio.sleep(attempts.failed(reason))

    def _look_at_others(self, reason: Retry) -> None:
        if isinstance(reason, Lost):
            self._pool.forget_dead()

    def _tidy(self) -> None:
        """After a commit: now and then fold the topics and trim the events; nobody waits for it."""
        self._commits += 1
        if self._commits % FOLD_EVERY == 0:
            self._begin(self._fold())

    async def _fold(self) -> None:
        try:
            link = await self._pool.acquire()
            try:
                await drive_async(link, tidy_up(link))
            finally:
                self._pool.release(link)
        except (Retry, StoreError):  # somebody else folds, or the server is gone: not this time
            pass

    async def _begun(self, limit: float) -> Session:
        """A session whose transaction the server has begun."""
        attempts = Attempts()
        while True:
            link = await self._pool.acquire()
            session = Session(link, self.kept)
            try:
                await drive_async(link, session.begin_now(*begin_limited(limit)))
            except BaseException as error:
                link.close()
                self._pool.release(link)
                if not isinstance(error, Retry):
                    raise
                self._look_at_others(error)
                await asyncio.sleep(attempts.failed(error))
            else:
                return session

    @asynccontextmanager
    async def transaction(
        self, *, limit: float = TRANSACTION_LIMIT
    ) -> AsyncIterator[AsyncPostgresTransaction]:
        refuse_inside(self)
        self._check_open()
        mark = TransactionMark(self)
        session = await self._begun(limit)
        transaction = AsyncPostgresTransaction(session, limit)
        try:
            mark.set()
            yield transaction
            await transaction.end(commit=True)
        except BaseException as error:
            # However often the caller is cancelled: nobody else gets the connection before.
            await asyncio.shield(self._begin(self._undo(transaction, session.link)))
            if isinstance(error, Retry):
                raise conflict(error) from error
            raise
        else:
            self._pool.release(session.link)
        finally:
            mark.clear()
        self._committed()
        self._tidy()

    async def _undo(self, transaction: AsyncPostgresTransaction, link: Link) -> None:
        try:
            await transaction.end(commit=False)
        finally:
            self._pool.release(link)

    async def close(self) -> None:
        refuse_inside(self)
        self._closed = True
        if self._reads:
            self._send_reads()
        while self._running:
            await asyncio.wait(self._running)
        await self._pool.close()


def _unheard(task: asyncio.Task[Any]) -> None:
    """However it ended, whoever had asked is gone: an error is nothing to complain about."""
    if not task.cancelled():
        task.exception()


class AsyncPostgresTransaction:
    """Executor of the calls inside ``async with store.transaction() as tx``."""

    def __init__(self, session: Session, limit: float) -> None:
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
            try:
                return await drive_async(session.link, session.run_inside(call))
            except (StatementTimeout, Retry) as error:
                if self._late():
                    raise self._too_late() from error
                if isinstance(error, Retry):
                    raise conflict(error) from error
                raise

    run_read = run_write

    async def end(self, *, commit: bool) -> None:
        """Commit or roll back, once the unit that another task still runs has ended."""
        async with self._turn:
            if commit:
                self._check()
            self._closed = True
            session = self._session
            await drive_async(session.link, session.commit() if commit else session.rollback())
