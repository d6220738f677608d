"""The sync executor on PostgreSQL: a pooled connection for each unit."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

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
from mustela.store.postgres.session import Retry, Session
from mustela.store.postgres.steps import (
    ATTEMPTS,
    FOLD_EVERY,
    FOLD_TOPICS,
    SET_IDLE_LIMIT,
    new_shard,
    pause,
    prepared,
)
from mustela.store.store import TRANSACTION_LIMIT, Store, TransactionMark, refuse_inside
from mustela.store.topics import EVENT_WINDOW, TRIM_EVENTS


class PostgresStore(Store):
    """A PostgreSQL database for many threads."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = 30.0,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.kept = KeptRecords(kept_bytes)
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=pool_timeout,
            kwargs={"autocommit": True},
            configure=_limit_idleness,
            open=True,
        )
        self._closed = False
        self._commits = random.randrange(FOLD_EVERY)  # short-lived processes fold, too

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with self._pool.connection() as connection:
                yield Session(connection, self.kept)
        except psycopg.Error as error:
            raise translate(error) from error

    def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        return self._run(call, writes=False)

    def run_write(self, call: Call) -> Any:
        refuse_inside(self)
        self._check_open()
        result = self._run(call, writes=True)
        self._fold()
        return result

    def _run(self, call: Call, *, writes: bool) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                with self._session() as session:
                    try:
                        session.begin(writes=writes)
                        result = session.run(call)
                        session.commit()
                        return result
                    except BaseException:
                        session.rollback()
                        raise
            except Retry:
                time.sleep(pause(attempt))
        raise Conflict(f"gave up after {ATTEMPTS} attempts: others keep changing the same records")

    def _fold(self) -> None:
        """After a commit: now and then fold the topics and trim the events."""
        self._commits += 1
        if self._commits % FOLD_EVERY:
            return
        try:
            with self._session() as session:
                session.execute(FOLD_TOPICS, {"shard": new_shard()})
                session.execute(*prepared(TRIM_EVENTS, {"window": EVENT_WINDOW}))
        except (Retry, StoreError):  # somebody else folds, or the server is gone: not this time
            pass

    @contextmanager
    def transaction(self, *, limit: float = TRANSACTION_LIMIT) -> Iterator[PostgresTransaction]:
        refuse_inside(self)
        self._check_open()
        mark = TransactionMark(self)
        with self._session() as session:
            transaction = PostgresTransaction(session, limit)
            mark.set()
            try:
                session.begin_limited(limit)
                yield transaction
                transaction.end(commit=True)
            except BaseException as error:
                transaction.end(commit=False)
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            finally:
                mark.clear()
        self._fold()

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
            mark = len(session.changes)
            session.savepoint()
            try:
                result = session.run(call)
                session.release()
            except BaseException as error:
                del session.changes[mark:]
                session.undo_savepoint()
                if isinstance(error, StatementTimeout) and self._late():
                    raise self._too_late() from error
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            return result

    run_read = run_write

    def end(self, *, commit: bool) -> None:
        """Commit or roll back, once the unit that another thread still runs has ended."""
        with self._turn:
            if commit:
                self._check()
            self._closed = True
            if commit:
                self._session.commit()
            else:
                self._session.rollback()


def _limit_idleness(connection: psycopg.Connection[Any]) -> None:
    connection.execute(SET_IDLE_LIMIT.encode())
