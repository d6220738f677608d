"""The one place where psycopg's errors become the store's."""

from __future__ import annotations

import re

import psycopg
import psycopg_pool
from psycopg import errors as pg

from mustela.store.errors import (
    AlreadyExists,
    Conflict,
    ConstraintViolated,
    DiskFull,
    ReadOnly,
    StatementTimeout,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreUnavailable,
    TransactionClosed,
)

_KEY = re.compile(r"Key \((.*?)\)=")

#: The transaction may succeed when it is run again.
RETRY = (pg.SerializationFailure, pg.DeadlockDetected)

_KINDS: tuple[tuple[type[Exception], type[StoreError]], ...] = (
    (pg.SerializationFailure, Conflict),
    (pg.DeadlockDetected, Conflict),
    (pg.QueryCanceled, StatementTimeout),
    (pg.DiskFull, DiskFull),
    (pg.ReadOnlySqlTransaction, ReadOnly),
    (pg.InFailedSqlTransaction, TransactionClosed),
    (pg.IntegrityError, ConstraintViolated),
    (pg.DataError, ConstraintViolated),
    (psycopg_pool.PoolClosed, StoreClosed),
    (psycopg.OperationalError, StoreUnavailable),
    (psycopg.InterfaceError, StoreUnavailable),
)


def translate(error: psycopg.Error) -> StoreError:
    """The store's error for a driver error; the server's words stay in the message."""
    if isinstance(error, pg.UniqueViolation):
        found = _KEY.match(error.diag.message_detail or "")
        return AlreadyExists(f"a record with this {found[1] if found else 'value'} already exists")
    if isinstance(error, psycopg_pool.PoolTimeout):
        return StoreBusy("every connection to the database is in use; try again, or allow more")
    for driver, ours in _KINDS:
        if isinstance(error, driver):
            words = str(error).strip() or type(error).__name__
            return ours(f"{ours().message} (PostgreSQL: {words})")
    return StoreError(f"PostgreSQL: {type(error).__name__}: {error}")
