"""The sync executor on SQLite: units run in the calling thread, a connection per thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import apsw

from mustela.store.context import SharedContext
from mustela.store.errors import (
    InsideTransaction,
    Interrupted,
    StoreClosed,
    TransactionClosed,
    TransactionExpired,
)
from mustela.store.kept_records import KEPT_BYTES, KeptRecords
from mustela.store.operation import Call
from mustela.store.sqlite.connection import MEMORY, Synchronous, WriteLock, connect, write_lock
from mustela.store.sqlite.session import INSIDE_A_UNIT, Session
from mustela.store.store import TRANSACTION_LIMIT, Store, TransactionMark, refuse_inside


class SQLiteStore(Store):
    """A SQLite file for many threads, or one connection in memory behind one lock.

    ``kept_bytes`` limits the encoded records in memory.
    """

    def __init__(
        self,
        path: str,
        *,
        synchronous: Synchronous = "FULL",
        kept_bytes: int = KEPT_BYTES,
        vfs: str | None = None,
    ) -> None:
        self.path = path
        self.kept = KeptRecords(kept_bytes)
        self._synchronous: Synchronous = synchronous
        self._vfs = vfs
        self._lock = _MemoryLock() if path == MEMORY else write_lock(path)
        self._local = threading.local()
        self._sessions: WeakSet[_OwnSession] = WeakSet()
        self._registry = threading.Lock()
        self._closed = False
        self._memory = self._open() if path == MEMORY else None
        self._session()

    @property
    def memory_session(self) -> Session:
        """The one connection of a database in memory."""
        if self._memory is None:
            raise TypeError("this store is a file")
        return self._memory

    def _open(self) -> _OwnSession:
        session = _OwnSession(
            connect(self.path, synchronous=self._synchronous, vfs=self._vfs), self.kept
        )
        with self._registry:
            self._sessions.add(session)
        return session

    def _session(self) -> _OwnSession:
        if self._memory is not None:
            return self._memory
        session: _OwnSession | None = getattr(self._local, "session", None)
        if session is None:
            self._check_open()
            session = self._local.session = self._open()
        return session

    def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        session: _OwnSession = getattr(self._local, "session", None) or self._session()
        with session.busy if self._memory is None else self._lock:
            if self._closed:
                raise StoreClosed
            session.begin_read()
            try:
                return session.run(call)
            finally:
                session.end_read()

    def run_write(self, call: Call) -> Any:
        refuse_inside(self)
        session = self._session()
        self._refuse_nested(session)
        with self._lock:
            self._check_open()
            session.begin()
            try:
                result = session.run(call)
            except BaseException:
                session.rollback()
                raise
            session.commit()
        return result

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    def _refuse_nested(self, session: _OwnSession) -> None:
        """A unit that calls the store instead of yielding another unit would wait for itself."""
        try:
            nested = self._memory is None and session.connection.in_transaction
        except apsw.ConnectionClosedError:
            raise StoreClosed from None
        if nested:
            raise InsideTransaction(INSIDE_A_UNIT)

    @contextmanager
    def transaction(self, *, limit: float = TRANSACTION_LIMIT) -> Iterator[SQLiteTransaction]:
        refuse_inside(self)
        session = self._session()
        self._refuse_nested(session)
        mark = TransactionMark(self)
        self._lock.acquire()
        try:
            self._check_open()
            session.begin()
            transaction = SQLiteTransaction(session, self._lock, limit)
        except BaseException:
            session.rollback()
            self._lock.release()
            raise
        mark.set()
        try:
            yield transaction
        except BaseException:
            transaction.end(commit=False)
            raise
        else:
            transaction.end(commit=True)
        finally:
            mark.clear()

    def close(self) -> None:
        refuse_inside(self)
        self._closed = True
        with self._lock, self._registry:
            for session in list(self._sessions):
                with session.busy:
                    session.close()


class _MemoryLock(WriteLock):
    """Refuses a thread that holds it: a unit that calls its store would wait for itself."""

    def __init__(self) -> None:
        super().__init__()
        self._owner: int | None = None

    def acquire(self) -> None:
        if self._owner == threading.get_ident():
            raise InsideTransaction(INSIDE_A_UNIT)
        super().acquire()
        self._owner = threading.get_ident()

    def release(self) -> None:
        self._owner = None
        super().release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _OwnSession(Session):
    """A thread's session; ``busy`` while it reads, so that closing waits."""

    def __init__(self, connection: apsw.Connection, kept: KeptRecords) -> None:
        super().__init__(connection, kept)
        self.busy = threading.RLock()


class SQLiteTransaction:
    """Executor of the calls inside ``with store.transaction() as tx``.

    When the limit passes, a timer rolls back, so that a stuck program cannot keep the database's
    write lock; the program learns of it at its next call or at the end of the block.
    """

    def __init__(self, session: Session, lock: WriteLock, limit: float) -> None:
        self._session = session
        self._lock = lock
        self._context = SharedContext()
        self._limit = limit
        self._guard = threading.Lock()
        self._ended = False
        self._expired = False
        self._deadline = time.monotonic() + limit
        session.interrupt_when(self._late)
        self._timer = threading.Timer(limit, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def _expire(self) -> None:
        with self._guard:
            if not self._ended:
                self._expired = True
                self._finish()

    def _check(self) -> None:
        if self._expired:
            raise self._too_late()
        if self._ended:
            raise TransactionClosed

    def _too_late(self) -> TransactionExpired:
        return TransactionExpired(
            f"the transaction held the writer for over {self._limit:g} s and was rolled back"
        )

    def run_write(self, call: Call) -> Any:
        with self._guard:
            self._check()
            call.context = self._context
            session = self._session
            session.savepoint()
            try:
                result = session.run(call)
            except BaseException as error:
                if isinstance(error, Interrupted) and self._late():
                    self._expired = True
                    self._finish()
                    raise self._too_late() from error
                if not session.undo_savepoint():
                    self._finish()
                raise
            session.release()
            return result

    run_read = run_write

    def end(self, *, commit: bool) -> None:
        """Commit or roll back; a transaction already gone raises when a commit was wanted."""
        self._timer.cancel()
        with self._guard:
            if commit:
                self._check()
            if self._ended:
                return
            try:
                if commit:
                    self._session.interrupt_when(None)
                    self._session.commit()
            finally:
                self._finish()

    def _finish(self) -> None:
        """Let go of the writer; what is not committed is undone."""
        self._ended = True
        try:
            self._session.interrupt_when(None)
            self._session.rollback()
        finally:
            self._lock.release()
