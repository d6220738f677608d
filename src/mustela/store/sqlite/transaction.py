"""``async with store.transaction()`` on SQLite: a conversation with the writer thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

from mustela.store.context import SharedContext
from mustela.store.errors import Interrupted, StoreError, TransactionClosed, TransactionExpired
from mustela.store.operation import Call
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.work import Mailbox, Work
from mustela.store.store import TransactionMark, refuse_inside


class End:
    """The last word of the conversation."""

    __slots__ = ("commit", "work")

    def __init__(self, work: Work, *, commit: bool) -> None:
        self.work = work
        self.commit = commit


class AsyncSQLiteTransaction:
    """Executor of the calls inside the block. The writer serves nobody else meanwhile."""

    def __init__(
        self,
        writer: Any,
        store: object,
        mailbox: Mailbox,
        limit: float,
        *,
        ended: Callable[[], None],
    ) -> None:
        self._ended = ended
        self._writer = writer
        self._mailbox = mailbox
        self._limit = limit
        self._store = store
        self._mark = TransactionMark(store)
        self._inbox: SimpleQueue[Work | End] = SimpleQueue()
        self._context = SharedContext()
        self._deadline = 0.0
        self._gone: StoreError | None = TransactionClosed("the transaction has not been entered")
        self._guard = threading.Lock()
        self._opened: Work | None = None

    # On the loop.

    async def __aenter__(self) -> AsyncSQLiteTransaction:
        if self._opened is not None:
            raise TransactionClosed("a transaction can be entered once; open another")
        refuse_inside(self._store)
        opened = self._opened = self._work()
        # Before the writer has it: it may serve at once, and would find nobody there.
        before, self._gone = self._gone, None
        try:
            self._writer.put_transaction(self)
        except StoreError:
            self._gone = before
            raise
        try:
            await opened.future
        except BaseException:
            self._put(End(self._work(), commit=False))
            raise
        self._mark.set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mark.clear()
        end = End(self._work(), commit=error is None)
        if self._put(end):
            await asyncio.shield(end.work.future)
            self._ended()
        elif error is None and self._gone is not None:
            raise self._gone

    def run_write(self, call: Call) -> Coroutine[Any, Any, Any]:
        return self._run(call)

    run_read = run_write

    async def _run(self, call: Call) -> Any:
        call.context = self._context
        work = Work(call, asyncio.get_running_loop().create_future())
        if not self._put(work) and self._gone is not None:
            raise self._gone
        return await work.future

    def _put(self, word: Work | End) -> bool:
        """Say something to the writer; False when it no longer listens."""
        with self._guard:
            if self._gone is None:
                self._inbox.put(word)
            return self._gone is None

    def _work(self) -> Work:
        future = asyncio.get_running_loop().create_future()
        no_unit: Any = None  # opening and ending run none
        return Work(no_unit, future)

    # On the writer thread.

    def serve(self, session: Session) -> None:
        """Open, answer the calls in turn, end by the caller's word or by the limit."""
        opened = self._opened
        if opened is None or not opened.take():
            self._leave(TransactionClosed())
            return
        try:
            session.begin()
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits the transaction
            opened.error = error
            self._leave(TransactionClosed())
            self._mailbox.deliver([opened])
            return
        self._mailbox.deliver([opened])
        self._deadline = time.monotonic() + self._limit
        session.interrupt_when(self._late)
        while self._gone is None:
            word = self._hear()
            if word is None:
                self._expire(session)
            elif isinstance(word, End):
                self._end(session, word)
            else:
                self._answer(session, word)

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def _hear(self) -> Work | End | None:
        """The next word; None when the limit has passed, however much is still being said."""
        try:
            left = self._deadline - time.monotonic()
            return self._inbox.get(timeout=left) if left > 0 else None
        except Empty:
            return None

    def _answer(self, session: Session, work: Work) -> None:
        if not work.take():
            return
        try:
            session.savepoint()
            work.value = session.run(work.call)
            session.release()
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits this unit
            work.error = error
            if isinstance(error, Interrupted) and self._late():
                work.error = self._expire(session)
            elif not session.undo_savepoint():
                session.interrupt_when(None)
                self._leave(TransactionClosed(f"the transaction was rolled back: {error}"))
        self._mailbox.deliver([work])

    def _expire(self, session: Session) -> StoreError:
        session.interrupt_when(None)
        session.rollback()
        reason = TransactionExpired(
            f"the transaction held the writer for over {self._limit:g} s and was rolled back"
        )
        self._leave(reason)
        return reason

    def _end(self, session: Session, end: End) -> None:
        session.interrupt_when(None)
        try:
            if end.commit:
                session.commit()
            else:
                session.rollback()
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits the end
            end.work.error = error if end.commit else None
        self._leave(TransactionClosed())
        self._mailbox.deliver([end.work])

    def _leave(self, reason: StoreError) -> None:
        """Listen no more; who has spoken meanwhile learns why."""
        with self._guard:
            self._gone = reason
            while not self._inbox.empty():
                word = self._inbox.get()
                work = word.work if isinstance(word, End) else word
                if not isinstance(word, End) or word.commit:
                    work.error = reason
                self._mailbox.deliver([work])
