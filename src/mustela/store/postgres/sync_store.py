"""The sync executor on PostgreSQL: a pooled connection for each unit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

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
from mustela.store.postgres.session import Retry, Session
from mustela.store.postgres.steps import ATTEMPTS, FOLD_EVERY, FOLD_TOPICS, new_shard, pause
from mustela.store.store import TRANSACTION_LIMIT, Store, TransactionMark, refuse_inside


class PostgresStore(Store):
    """A PostgreSQL database for many threads."""

    def __init__(self, url: str, *, pool_size: int = 10, pool_timeout: float = 30.0) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=pool_timeout,
            kwargs={"autocommit": True},
            open=True,
        )
        self._closed = False
        self._commits = 0

    @contextmanager
    def _session(self) -> Iterator[Session]:
        if self._closed:
            raise StoreClosed
        try:
            with self._pool.connection() as connection:
                yield Session(connection)
        except psycopg.Error as error:
            raise translate(error) from error

    def run_read(self, call: Call) -> Any:
        refuse_inside(self)
        return self._run(call, writes=False)

    def run_write(self, call: Call) -> Any:
        refuse_inside(self)
        result = self._run(call, writes=True)
        self._commits += 1
        if self._commits % FOLD_EVERY == 0:
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
        try:
            with self._session() as session:
                session.execute(FOLD_TOPICS, {"shard": new_shard()})
        except (Retry, StoreError):  # somebody else folds, or the server is gone: not this time
            pass

    @contextmanager
    def transaction(self, *, limit: float = TRANSACTION_LIMIT) -> Iterator[PostgresTransaction]:
        refuse_inside(self)
        mark = TransactionMark(self)
        with self._session() as session:
            transaction = PostgresTransaction(session, limit)
            mark.set()
            try:
                session.begin()
                yield transaction
                transaction.commit()
            except BaseException as error:
                session.rollback()
                if isinstance(error, Retry):
                    raise Conflict from error
                raise
            finally:
                transaction.closed = True
                mark.clear()

    def close(self) -> None:
        self._closed = True
        self._pool.close()


class PostgresTransaction:
    """Executor of the calls inside ``with store.transaction() as tx``."""

    def __init__(self, session: Session, limit: float) -> None:
        self._session = session
        self._context = SharedContext()
        self._limit = limit
        self._deadline = time.monotonic() + limit
        self.closed = False

    def _check(self) -> None:
        if self.closed:
            raise TransactionClosed
        if time.monotonic() > self._deadline:
            raise TransactionExpired(
                f"the transaction lasted for over {self._limit:g} s and was rolled back"
            )

    def run_write(self, call: Call) -> Any:
        self._check()
        call.context = self._context
        session = self._session
        mark = len(session.changes)
        try:
            session.execute("SAVEPOINT unit")
            result = session.run(call)
            session.execute("RELEASE SAVEPOINT unit")
        except Retry as error:
            raise Conflict from error
        except BaseException:
            del session.changes[mark:]
            session.execute("ROLLBACK TO SAVEPOINT unit")
            raise
        return result

    run_read = run_write

    def commit(self) -> None:
        self._check()
        self._session.commit()
