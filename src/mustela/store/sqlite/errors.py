"""The one place where apsw's errors become the store's."""

from __future__ import annotations

import apsw

from mustela.store.errors import (
    AlreadyExists,
    ConstraintViolated,
    DatabaseCorrupt,
    DiskFault,
    DiskFull,
    Interrupted,
    NotADatabase,
    ReadOnly,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)

_UNIQUE = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)

_KINDS: tuple[tuple[type[apsw.Error], type[StoreError]], ...] = (
    (apsw.FullError, DiskFull),
    (apsw.InterruptError, Interrupted),
    (apsw.BusyError, StoreBusy),
    (apsw.LockedError, StoreBusy),
    (apsw.IOError, DiskFault),
    (apsw.ReadOnlyError, ReadOnly),
    (apsw.NotADBError, NotADatabase),
    (apsw.CorruptError, DatabaseCorrupt),
    (apsw.CantOpenError, StoreUnavailable),
    (apsw.TooBigError, ConstraintViolated),
    (apsw.MismatchError, ConstraintViolated),
)


def translate(error: apsw.Error) -> StoreError:
    """The store's error for a driver error; the driver's words stay in the message."""
    if isinstance(error, apsw.ConstraintError):
        if getattr(error, "extendedresult", None) in _UNIQUE:
            columns = str(error).rpartition(": ")[2].split(", ")
            names = ", ".join(column.rpartition(".")[2] for column in columns)
            return AlreadyExists(f"a record with this {names} already exists")
        return ConstraintViolated(str(error))
    for driver, ours in _KINDS:
        if isinstance(error, driver):
            return ours(f"{ours().message} (SQLite: {error})")
    return StoreError(f"SQLite: {type(error).__name__}: {error}")
