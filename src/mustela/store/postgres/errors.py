"""The one place where psycopg's errors become the store's."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors as pg

from mustela.store.errors import (
    AlreadyExists,
    Conflict,
    ConstraintViolated,
    DiskFull,
    NoFreeConnection,
    ReadOnly,
    StatementTimeout,
    StoreError,
    StoreUnavailable,
    TransactionClosed,
    not_text,
)
from mustela.store.postgres.link import Link, NotUnicode

_KEY = re.compile(r"Key \((.*?)\)=")

#: The transaction may succeed when it is run again.
RETRY = (pg.SerializationFailure, pg.DeadlockDetected)

_KINDS: tuple[tuple[type[Exception], type[StoreError]], ...] = (
    (pg.SerializationFailure, Conflict),
    (pg.DeadlockDetected, Conflict),
    (pg.QueryCanceled, StatementTimeout),
    (pg.DiskFull, DiskFull),
    (pg.TooManyConnections, NoFreeConnection),
    (pg.ReadOnlySqlTransaction, ReadOnly),
    (pg.InFailedSqlTransaction, TransactionClosed),
    (pg.IntegrityError, ConstraintViolated),
    (pg.DataError, ConstraintViolated),
    (psycopg.OperationalError, StoreUnavailable),
    (psycopg.InterfaceError, StoreUnavailable),
)


#: The connection's prepared statements are not those that are believed in: somebody else uses it,
#: too (a pooler), or a table has other columns now.
_UNPREPARED = (pg.InvalidSqlStatementName, pg.DuplicatePreparedStatement)
_OTHER_COLUMNS = "cached plan must not change result type"


class Retry(Exception):
    """The transaction may succeed when it is run again."""


class Lost(Retry):
    """The connection is gone, and with it what the transaction had done."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.error = translate(error)


def is_loss(error: psycopg.Error, link: Link) -> bool:
    """Whether the connection went with this error: the server's last words, or none at all."""
    if link.lost or error.diag.severity_nonlocalized in {"FATAL", "PANIC"}:
        return True
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def raised(error: psycopg.Error, link: Link) -> Exception:
    """What a driver error inside a transaction means for whoever drives it."""
    if is_loss(error, link):
        link.close()
        return Lost(error)
    if isinstance(error, _UNPREPARED) or (
        isinstance(error, pg.FeatureNotSupported) and _OTHER_COLUMNS in str(error)
    ):
        link.outdated = True
        link.close()
        return Retry()
    if isinstance(error, pg.ReadOnlySqlTransaction):
        link.close()  # it may be that of a server which others have replaced: the next one is new
    return Retry() if isinstance(error, RETRY) else translate(error)


def translate(error: psycopg.Error) -> StoreError:
    """The store's error for a driver error; the server's words stay in the message."""
    if isinstance(error, pg.UniqueViolation):
        found = _KEY.match(error.diag.message_detail or "")
        return AlreadyExists(f"a record with this {found[1] if found else 'value'} already exists")
    if isinstance(error, NotUnicode):
        return not_text(error.error)
    for driver, ours in _KINDS:
        if isinstance(error, driver):
            words = str(error).strip() or type(error).__name__
            return ours(f"{ours().message} (PostgreSQL: {words})")
    return StoreError(f"PostgreSQL: {type(error).__name__}: {error}")
