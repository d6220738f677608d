"""The two sides of a copy on SQLite.

A new database is made in a directory of its own beside the target, and is given the target's name
when it is whole: at no moment is there half a database under that name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError

from mustela.store.copy.plan import CopiedTable, Row
from mustela.store.copy.refusals import CopyRefused, RowRefused
from mustela.store.errors import DiskFull, StoreUnavailable
from mustela.store.file_system import refuse_network
from mustela.store.maintenance_errors import DatabaseNotFound
from mustela.store.migrations import connections
from mustela.store.sqlite.errors import translate


@contextmanager
def reading(url: URL) -> Iterator[SQLiteSide]:
    """See ``mustela.store.copy.sides.reading``."""
    engine = connections.plain_engine(url)
    try:
        with _in_words(url), engine.connect() as connection, connection.begin():
            side = SQLiteSide(connection)
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()
            yield side
    finally:
        engine.dispose()


@contextmanager
def writing(url: URL) -> Iterator[SQLiteTarget]:
    """See ``mustela.store.copy.sides.writing``."""
    target = Path(url.database or "").absolute()
    refuse_network(target)
    _refuse_taken(target)
    with _own_directory(target) as directory:
        made = directory / "copy.db"
        engine = create_engine(url.set(database=str(made)), **connections.options(url))
        try:
            with _in_words(url), engine.connect() as connection:
                raw = _raw(connection)
                raw.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY").fetchall()
                with connection.begin():
                    yield SQLiteTarget(connection)
        finally:
            engine.dispose()
        _publish(made, target)


class SQLiteSide:
    """A database file in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sqlite = _raw(connection)
        self._quote = connection.dialect.identifier_preparer.quote

    def rows(self, table: CopiedTable) -> Generator[Row, None, None]:
        """See ``Side``."""
        dialect = self.connection.dialect
        convert = table.reader(dialect, [None] * len(table.columns))
        cursor = self._sqlite.execute(table.statement(dialect))
        try:
            yield from map(convert, cursor)
        finally:
            cursor.close(force=True)

    def last_number(self, table: CopiedTable) -> int:
        """See ``Side``. Only tables with AUTOINCREMENT remember numbers of rows that are gone."""
        if table.number is None:
            return 0
        column = self._quote(table.number.name)
        highest = self._sqlite.execute(f"SELECT max({column}) FROM {self._quote(table.name)}").get
        return max(highest or 0, self._remembered(table) or 0)

    def _remembered(self, table: CopiedTable) -> int | None:
        if not self._sqlite.table_exists(None, "sqlite_sequence"):
            return None
        found: int | None = self._sqlite.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)
        ).get
        return found


class SQLiteTarget(SQLiteSide):
    """A new file that nobody else sees yet."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._aside: list[str] = []

    def put_aside(self, names: Sequence[str]) -> None:
        """See ``Target``. References are not followed in the first place."""
        self.connection.exec_driver_sql("SELECT 1").scalar()  # the transaction has begun
        found: list[tuple[Any, ...]] = self._sqlite.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger')"
            " AND sql IS NOT NULL ORDER BY type, rowid"
        ).fetchall()
        for kind, name, sql in found:
            self._sqlite.execute(f"DROP {kind} {self._quote(name)}")
            self._aside.append(sql)

    def load(self, table: CopiedTable, rows: Iterator[Row]) -> None:
        """See ``Target``."""
        names = ", ".join(self._quote(column.name) for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        convert = table.writer(self.connection.dialect)
        at: Row = ()

        def watched() -> Iterator[Row]:
            nonlocal at
            for at in rows:
                _refuse_no_number(table, at)
                yield convert(at)

        try:
            self._sqlite.executemany(
                f"INSERT INTO {self._quote(table.name)} ({names}) VALUES ({marks})", watched()
            )
        except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError) as error:
            raise RowRefused(
                f"SQLite refuses the row {table.named_key(at)} of {table.name}: {error}"
            ) from error

    def put_back(self) -> None:
        """See ``Target``."""
        for sql in self._aside:
            self._sqlite.execute(sql)

    def continue_after(self, table: CopiedTable, number: int) -> None:
        """See ``Target``. A table without AUTOINCREMENT goes on after its highest row."""
        if number > 0 and table.table.dialect_options["sqlite"]["autoincrement"]:
            self._sqlite.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            self._sqlite.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table.name, number))


def _raw(connection: Connection) -> apsw.Connection:
    driver: Any = connection.connection.driver_connection
    raw: apsw.Connection = driver.raw
    return raw


def _refuse_no_number(table: CopiedTable, row: Row) -> None:
    for n in table.reals:
        if row[n] != row[n]:  # what is not itself is NaN
            raise RowRefused(
                f"{table.columns[n].name} of the row {table.named_key(row)} of {table.name} is NaN,"
                " which SQLite cannot keep; give it another value and copy again."
            )


@contextmanager
def _in_words(url: URL) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        if isinstance(cause, apsw.CantOpenError):
            raise DatabaseNotFound(f"There is no database at {url.database}.") from error
        if isinstance(cause, apsw.Error):
            raise translate(cause) from error
        raise
    except apsw.Error as error:
        raise translate(error) from error


def _refuse_taken(target: Path) -> None:
    if not target.parent.is_dir():
        raise StoreUnavailable(f"{target}: its directory does not exist; create it first")
    if target.exists() and target.stat().st_size:
        raise CopyRefused(f"There is something at {target} already; name a file that is not there.")


@contextmanager
def _own_directory(target: Path) -> Iterator[Path]:
    """A directory beside the target, for this process alone; gone afterwards.

    What a killed copy left in it is thrown away. (``flock`` goes with its holder.)
    """
    directory = target.with_name(f".{target.name}.copying")
    directory.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CopyRefused(f"Another process is copying to {target}; wait for it.") from None
        _empty(directory)
        try:
            yield directory
        finally:
            _empty(directory)
            with suppress(OSError):
                directory.rmdir()
    finally:
        os.close(descriptor)


def _empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


def _publish(made: Path, target: Path) -> None:
    """Give the finished file its name, unless something has appeared there meanwhile."""
    _sync(made)
    try:
        if target.exists() and not target.stat().st_size:
            target.unlink()
        os.link(made, target)
    except FileExistsError:
        raise CopyRefused(f"Something has appeared at {target} meanwhile; it was kept.") from None
    except OSError:  # a file system without hard links
        _refuse_taken(target)
        made.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise DiskFull(f"{path} could not be written to the disk: {error.strerror}") from error
    finally:
        os.close(descriptor)
