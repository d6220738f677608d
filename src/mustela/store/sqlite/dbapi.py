"""PEP 249 over apsw: as much of it as SQLAlchemy's SQLite dialect and Alembic ask for.

Used by migrations and checks, never by the executors. Unlike the standard library's module it
opens a real transaction before the first statement of any kind, so that a failed migration takes
its ``CREATE TABLE`` back too. Rows are fetched at once, so that no open cursor stands in the way
of a commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, TypeAlias

import apsw

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))

Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]
Begin: TypeAlias = Literal["DEFERRED", "IMMEDIATE", "EXCLUSIVE"]

Binary = bytes


class Warning(Exception):
    """Never raised; PEP 249 asks for it."""


class Error(Exception):
    """Any error of the database."""


class InterfaceError(Error):
    """The layer was used wrongly."""


class DatabaseError(Error):
    """The database answered with an error."""


class DataError(DatabaseError):
    """A value is too large."""


class OperationalError(DatabaseError):
    """Locked, full, read-only, no such table: what is not the statement's values' fault."""


class IntegrityError(DatabaseError):
    """A constraint was violated."""


class InternalError(DatabaseError):
    """SQLite found itself in a state that it cannot explain."""


class ProgrammingError(DatabaseError):
    """A closed connection, a wrong number of parameters, a value of no storable type."""


class NotSupportedError(DatabaseError):
    """SQLite cannot do this."""


_TRANSLATION: tuple[tuple[tuple[type[Exception], ...], type[Error]], ...] = (
    ((apsw.ConstraintError, apsw.MismatchError), IntegrityError),
    ((apsw.TooBigError,), DataError),
    ((apsw.CorruptError, apsw.NotADBError, apsw.FormatError), DatabaseError),
    ((apsw.InternalError,), InternalError),
    (
        (
            apsw.BindingsError,
            apsw.ConnectionClosedError,
            apsw.CursorClosedError,
            apsw.MisuseError,
            apsw.RangeError,
            apsw.ThreadingViolationError,
            TypeError,
        ),
        ProgrammingError,
    ),
    ((apsw.Error,), OperationalError),
)


def _translated(error: Exception) -> Error:
    for sources, target in _TRANSLATION:
        if isinstance(error, sources):
            return target(str(error))
    return InterfaceError(str(error))


class Cursor:
    """Runs statements; a statement opens a transaction unless the connection autocommits."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement, or several that are separated by semicolons."""
        self._run(sql, parameters)
        return self

    def executemany(self, sql: str, parameter_sets: Iterable[Parameters]) -> Cursor:
        """Run a statement once for each set; ``rowcount`` counts all the rows they changed."""
        changed = 0
        for parameters in parameter_sets:
            self._run(sql, parameters)
            changed += max(self.rowcount, 0)
        self.rowcount = changed
        return self

    def _run(self, sql: str, parameters: Parameters) -> None:
        raw = self.connection.begun()
        self.description, self.rowcount, self._rows = None, -1, iter(())
        cursor = raw.cursor()
        cursor.exec_trace = self._describe
        try:
            rows = cursor.execute(sql, parameters or ()).fetchall()
        except (apsw.Error, TypeError) as error:
            raise _translated(error) from error
        self._rows = iter(rows)
        if _changes_rows(sql):
            self.rowcount = raw.changes()
            self.lastrowid = raw.last_insert_rowid()

    def _describe(self, cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        described = cursor.get_description()
        self.description = (
            tuple((column[0], column[1], None, None, None, None, None) for column in described)
            or None
        )
        return True

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next ``size`` rows (``arraysize`` where nothing is said)."""
        return [
            row
            for _, row in zip(range(self.arraysize if size is None else size), self._rows)  # noqa: B905 - ends with the shorter, on purpose
        ]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def close(self) -> None:
        """Forget the rows."""
        self._rows = iter(())

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Does nothing, as PEP 249 allows."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing, as PEP 249 allows."""


def _changes_rows(sql: str) -> bool:
    word = sql.lstrip().partition(" ")[0].partition("\n")[0].upper()
    return word in {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}


class Connection:
    """One apsw connection with PEP 249's implicit transactions.

    ``autocommit = True`` lets statements run outside of a transaction: PRAGMAs, VACUUM.
    """

    def __init__(self, raw: apsw.Connection, begin: Begin) -> None:
        self.raw = raw
        self.autocommit = False
        self._begin = begin

    def begun(self) -> apsw.Connection:
        """apsw's connection, inside a transaction unless this one autocommits."""
        try:
            if not self.autocommit and not self.raw.in_transaction:
                self.raw.execute(f"BEGIN {self._begin}")
        except apsw.Error as error:
            raise _translated(error) from error
        return self.raw

    def cursor(self) -> Cursor:
        """A new cursor."""
        return Cursor(self)

    def _end(self, statement: str) -> None:
        try:
            if self.raw.in_transaction:
                self.raw.execute(statement)
        except apsw.Error as error:
            raise _translated(error) from error

    def commit(self) -> None:
        """Commit, where a transaction is open."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Roll back, where a transaction is open."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Roll back and close."""
        self.raw.close(force=True)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()


def connect(
    database: str,
    *,
    begin: Begin = "DEFERRED",
    timeout: float = 10.0,
    foreign_keys: bool = True,
    create: bool = True,
) -> Connection:
    """Open a database file, or ``:memory:``.

    ``timeout`` is how many seconds to wait for another process's lock. Foreign keys must be off
    while tables are rebuilt: dropping the old one would delete the rows that refer to it.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        raw = apsw.Connection(database, flags=flags)
        raw.set_busy_timeout(round(timeout * 1000))
        raw.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    except apsw.Error as error:
        raise _translated(error) from error
    return Connection(raw, begin)
