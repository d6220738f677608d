"""The sync executor on PostgreSQL: a connection of the pool for each unit."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from mustela.store.postgres.driving import drive
from mustela.store.postgres.errors import Lost, Retry
from mustela.store.postgres.link import Waits
from mustela.store.postgres.pool import Pool
from mustela.store.postgres.session import Session, conflict, read_alone, tidy_up, transact
from mustela.store.postgres.steps import BEGIN, FOLD_EVERY, begin_limited
from mustela.store.store import TRANSACTION_LIMIT, Store, TransactionMark, refuse_inside

T = TypeVar("T")


class PostgresStore(Store):
    """A PostgreSQL database for many threads.

    ``pool_size`` connections at most, for one of which a call waits ``pool_timeout`` seconds;
    ``statement_limit`` (seconds) is the time limit of each statement.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 10.0,
        statement_limit: float | None = 60.0,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.kept = KeptRecords(kept_bytes)
        self._pool = Pool(
            url, size=pool_size, timeout=pool_timeout, statement_limit=statement_limit
        )
        self._pool.release(self._pool.acquire())  # who cannot reach it is told at once
        self._closed = False
        self._commits = random.randrange(FOLD_EVERY)  # short-lived processes fold, too

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        return self._run(lambda session: read_alone(session, call))

    def run_write(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        result = self._run(lambda session: transact(session, call, BEGIN))
        self._tidy()
        return result

    def _run(self, make: Callable[[Session], Waits[T]]) -> T:
        """Run a unit until it has an answer, on another connection where one was lost."""
        attempts = Attempts()
        while True:
            try:
                link = self._pool.acquire()
                try:
                    return drive(link, make(Session(link, self.kept)))
                finally:
                    self._pool.release(link)
            except Retry as reason:
                self._look_at_others(reason)
                time.sleep(attempts.failed(reason))

    def _look_at_others(self, reason: Retry) -> None:
        if isinstance(reason, Lost):
            self._pool.forget_dead()

    def _tidy(self) -> None:
        """After a commit: now and then fold the topics and trim the events."""
        self._commits += 1
        if self._commits % FOLD_EVERY:
            return
        try:
            link = self._pool.acquire()
            try:
                drive(link, tidy_up(link))
            finally:
                self._pool.release(link)
        except (Retry, StoreError):  # somebody else folds, or the server is gone: not this time
            pass

    def _begun(self, limit: float) -> Session:
        """A session whose transaction the server has begun."""
        attempts = Attempts()
        while True:
            link = self._pool.acquire()
            session = Session(link, self.kept)
            try:
                drive(link, session.begin_now(*begin_limited(limit)))
            except BaseException as error:
                link.close()
                self._pool.release(link)
                if not isinstance(error, Retry):
                    raise
                self._look_at_others(error)
                time.sleep(attempts.failed(error))
            else:
                return session

    @contextmanager
    def transaction(self, *, limit: float = TRANSACTION_LIMIT) -> Iterator[PostgresTransaction]:
        refuse_inside(self)
        self._check_open()
        mark = TransactionMark(self)
        session = self._begun(limit)
        transaction = PostgresTransaction(session, limit)
        try:
            mark.set()
            yield transaction
            transaction.end(commit=True)
        except BaseException as error:
            try:
                transaction.end(commit=False)
            except BaseException:  # interrupted: another thread may still be at work in it
                session.link.close()
                raise
            if isinstance(error, Retry):
                raise conflict(error) from error
            raise
        finally:
            mark.clear()
            self._pool.release(session.link)
        self._tidy()

    def close(self) -> None:
        refuse_inside(self)
        self._closed = True
        self._pool.close()


class PostgresTransaction:
    """Executor of the calls inside ``with store.transaction() as tx``."""

    def __init__(self, session: Session, limit: float) -> None:
        self._session = session
        self._context = SharedContext()
        self._limit = limit
        self._deadline = time.monotonic() + limit
        self._turn = threading.Lock()
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

    def run_write(self, call: Call) -> Any:
        with self._turn:
            self._check()
            call.context = self._context
            session = self._session
            try:
                return drive(session.link, session.run_inside(call))
            except (StatementTimeout, Retry) as error:
                if self._late():
                    raise self._too_late() from error
                if isinstance(error, Retry):
                    raise conflict(error) from error
                raise

    run_read = run_write

    def end(self, *, commit: bool) -> None:
        """Commit or roll back, once the unit that another thread still runs has ended."""
        with self._turn:
            if commit:
                self._check()
            self._closed = True
            session = self._session
            drive(session.link, session.commit() if commit else session.rollback())
