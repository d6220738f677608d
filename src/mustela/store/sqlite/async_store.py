"""The async executor on SQLite: whole units travel to threads, one hop each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from mustela.store.errors import StoreClosed
from mustela.store.kept_records import KEPT_BYTES, KeptRecords
from mustela.store.operation import Call
from mustela.store.sqlite.connection import MEMORY, Synchronous, connect, write_lock
from mustela.store.sqlite.readers import HeavyReaders, Readers
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.transaction import AsyncSQLiteTransaction
from mustela.store.sqlite.watch import MemoryWatch, Watch
from mustela.store.sqlite.work import Mailbox, Work
from mustela.store.sqlite.writer import Writer
from mustela.store.store import TRANSACTION_LIMIT, AsyncStore, StoreFigures, refuse_inside


class AsyncSQLiteStore(AsyncStore):
    """One writer thread, ``readers`` threads for short reads, ``heavy_readers`` for long ones.

    ``statement_timeout`` (seconds) limits heavy reads, ``kept_bytes`` encoded records in memory.
    """

    def __init__(
        self,
        path: str,
        *,
        prepare: Callable[[Session], None],
        synchronous: Synchronous = "FULL",
        readers: int = 2,
        heavy_readers: int = 2,
        statement_timeout: float = 10.0,
        kept_bytes: int = KEPT_BYTES,
        vfs: str | None = None,
    ) -> None:
        self.path = path
        self.kept = KeptRecords(kept_bytes)
        self._prepare = prepare
        self._synchronous: Synchronous = synchronous
        self._vfs = vfs
        self._threads = (readers, heavy_readers)
        self._statement_timeout = statement_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._accepting = False
        self._closed = False
        self._stopping: asyncio.Future[None] | None = None
        self._reads: list[Work] = []
        self._writes: list[Work] = []
        self._writer: Writer
        self._readers: Readers | None = None
        self._heavy: Readers | None = None
        self._watch: Watch | MemoryWatch | None = None
        self._state: object | None = None
        self._looked = False
        self._parts: list[Writer | Readers | Watch] = []

    async def start(self) -> None:
        if self._loop is not None or self._closed:
            raise StoreClosed("this store was opened before; open a new one")
        loop = self._loop = asyncio.get_running_loop()
        self._mailbox = Mailbox(loop)
        opening = loop.run_in_executor(None, self._open)
        try:
            await asyncio.shield(opening)
            if self._closed:
                raise StoreClosed("this store was closed while it was opened")
        except BaseException:
            self._closed = True
            await asyncio.wait([opening])  # a cancelled opening must not leave threads behind
            await loop.run_in_executor(None, self._stop)
            raise
        self._accepting = True

    def _open(self) -> None:
        self._writer = Writer(self._first_session, self._mailbox, write_lock(self.path))
        self._parts.append(self._writer)
        if self.path != MEMORY:
            few, heavy = self._threads
            self._readers = Readers(self._read_session, self._mailbox, few)
            self._parts.append(self._readers)
            self._heavy = HeavyReaders(
                self._heavy_session, self._mailbox, heavy, self._statement_timeout
            )
            self._parts.append(self._heavy)
            self._watch = Watch(self.path, self._vfs)
            self._parts.append(self._watch)

    @property
    def is_open(self) -> bool:
        return self._accepting

    def state(self) -> object | None:
        """Looked at once in a turn of the loop: an answer to a write comes in a later turn."""
        if self._watch is None or self._loop is None:
            return None
        if not self._looked:
            self._looked = True
            self._state = self._watch.state()
            self._loop.call_soon(self._look_again)
        return self._state

    def figures(self) -> StoreFigures | None:
        return self._writer.figures if self._accepting else None

    def _look_again(self) -> None:
        self._looked = False

    def _first_session(self) -> Session:
        session = Session(
            connect(
                self.path,
                synchronous=self._synchronous,
                vfs=self._vfs,
                one_thread=True,
                mapped=False,
            ),
            self.kept,
        )
        if self.path == MEMORY:
            self._watch = MemoryWatch(session.connection)
        self._prepare(session)
        return session

    def _read_session(self) -> Session:
        return Session(
            connect(self.path, read_only=True, vfs=self._vfs, one_thread=True), self.kept
        )

    def _heavy_session(self) -> Session:
        """Reads a whole table now and then: not mapped."""
        return Session(
            connect(self.path, read_only=True, vfs=self._vfs, one_thread=True, mapped=False),
            self.kept,
        )

    def _work(self, call: Call) -> Work:
        loop = self._loop
        if loop is None or not self._accepting:
            raise StoreClosed
        refuse_inside(self)
        return Work(call, loop.create_future())

    async def run_read(self, call: Call) -> Any:
        work = self._work(call)
        if call.heavy:
            if self._heavy is None:
                self._writer.put_reads([work], self._statement_timeout)
            else:
                self._heavy.put([work])
        else:
            if not self._reads:
                work.future.get_loop().call_soon(self._send_reads)
            self._reads.append(work)
        return await work.future

    def _send_reads(self) -> None:
        batch, self._reads = self._reads, []
        if self._readers is None:
            self._writer.put_reads(batch)
        else:
            self._readers.put(batch)

    async def run_write(self, call: Call) -> Any:
        work = self._work(call)
        if not self._writes:
            work.future.get_loop().call_soon(self._send_writes)
        self._writes.append(work)
        answer = await work.future
        self._committed()
        return answer

    def _send_writes(self) -> None:
        units, self._writes = self._writes, []
        self._writer.put(units)

    def transaction(self, *, limit: float = TRANSACTION_LIMIT) -> AsyncSQLiteTransaction:
        if not self._accepting:
            raise StoreClosed
        refuse_inside(self)
        return AsyncSQLiteTransaction(
            self._writer, self, self._mailbox, limit, ended=self._committed
        )

    async def close(self) -> None:
        refuse_inside(self)
        self._closed = True
        if self._accepting and self._loop is not None:
            self._accepting = False
            if self._reads:
                self._send_reads()
            if self._writes:
                self._send_writes()
            self._writer.refuse()
            self._stopping = self._loop.run_in_executor(None, self._stop)
        if self._stopping is not None:
            await asyncio.shield(self._stopping)

    def _stop(self) -> None:
        while self._parts:
            self._parts.pop().stop()
