"""What a store can answer besides a value. Driver errors become these in one place per engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mustela.errors import MustelaError


class StoreError(MustelaError):
    """The database could not do what was asked."""

    code = "store_error"


class AlreadyExists(StoreError, ValueError):
    """A record with this id or unique value already exists."""

    code = "already_exists"


class NotFound(StoreError, ValueError):
    """There is no such record."""

    code = "not_found"


class ConstraintViolated(StoreError, ValueError):
    """A value is not allowed by the schema."""

    code = "constraint_violated"


class InvalidValue(StoreError, ValueError):
    """A value cannot be kept in this field."""

    code = "invalid_value"


def not_text(error: UnicodeEncodeError) -> InvalidValue:
    """The error of a value that UTF-8 has no bytes for: a surrogate without its other half."""
    return InvalidValue(f"a value is not Unicode text (position {error.start})")


class Conflict(StoreError):
    """Somebody else changed the same records at the same time; read again and retry."""

    code = "conflict"


class FieldConflict(msgspec.Struct, frozen=True):
    """A field that stands in the way of an undo.

    ``expected`` is the value that the change left, ``found`` the value now. Where the record
    itself is gone, or there again, ``field`` is ``id``; where another one has a unique value of
    it by now, such as its path, ``expected`` is ``None``.
    """

    record: str
    field: str
    expected: Any
    found: Any


class RevertConflict(Conflict):
    """The records have changed since; nothing was reverted.

    ``conflicts`` lists the fields that stand in the way; of very many, the first hundred records.
    """

    code = "revert_conflict"

    def __init__(self, message: str | None = None, conflicts: Sequence[FieldConflict] = ()) -> None:
        super().__init__(message)
        self.conflicts = tuple(conflicts)


class NotRevertible(StoreError, ValueError):
    """This change cannot be reverted."""

    code = "not_revertible"


class BulkTooLarge(StoreError, ValueError):
    """The change would touch more records than one change may."""

    code = "bulk_too_large"


class StatementTimeout(StoreError):
    """The query took longer than its time limit; narrow it and try again."""

    code = "statement_timeout"


class Interrupted(StoreError):
    """The statement was interrupted; nothing of it was kept."""

    code = "interrupted"


class StoreBusy(StoreError):
    """Another process kept the database locked for too long; nothing was written."""

    code = "store_busy"


class NoFreeConnection(StoreBusy):
    """Every connection to the database was in use for too long; nothing was written."""

    code = "no_free_connection"


class StoreUnavailable(StoreError):
    """The database cannot be reached; nothing was written."""

    code = "store_unavailable"


class StoreClosed(StoreError):
    """The store is closed."""

    code = "store_closed"


class DiskFull(StoreError):
    """The disk is full; nothing was written. Free some space and try again."""

    code = "disk_full"


class DiskFault(StoreError):
    """The disk reported an error; nothing was written."""

    code = "disk_fault"


class ReadOnly(StoreError):
    """The database is read-only; check the permissions of the file and its directory."""

    code = "read_only"


class NotADatabase(StoreError):
    """The file is not a database."""

    code = "not_a_database"


class DatabaseCorrupt(StoreError):
    """The database file is damaged; restore a backup."""

    code = "database_corrupt"


class InsideTransaction(StoreError):
    """A call on the store inside its own transaction; bind the repository to the transaction."""

    code = "inside_transaction"


class TransactionExpired(StoreError):
    """The transaction held the writer longer than its limit and was rolled back."""

    code = "transaction_expired"


class TransactionClosed(StoreError):
    """The transaction has ended; open another."""

    code = "transaction_closed"
