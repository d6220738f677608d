"""The two sides of a copy on PostgreSQL.

All of a copy is one transaction of the target: others see nothing of it, or the whole.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, func, select
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError

from mustela.store.copy.plan import CopiedTable, Row
from mustela.store.copy.refusals import CopyRefused, RowRefused
from mustela.store.migrations import connections
from mustela.store.postgres.errors import translate

#: Rows that a cursor fetches at once.
_FETCHED = 2_000

#: A copy takes as long as it takes; not every server knows each of these.
_NO_LIMITS = (
    "SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN ('statement_timeout',"
    " 'idle_in_transaction_session_timeout', 'transaction_timeout', 'lock_timeout')"
)
_INDEXES = """
    SELECT format('DROP INDEX %%I', i.relname), pg_get_indexdef(i.oid)
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = ANY(%(names)s)
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid)
    ORDER BY i.oid
"""
_REFERENCES = """
    SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', c.relname, k.conname),
           format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', c.relname, k.conname,
                  pg_get_constraintdef(k.oid))
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = ANY(%(names)s) AND k.contype = 'f'
    ORDER BY k.oid
"""

_LINE = re.compile(r"COPY .*?, line (\d+)")


@contextmanager
def reading(url: URL) -> Iterator[PostgresSide]:
    """See ``mustela.store.copy.sides.reading``."""
    engine = connections.plain_engine(url).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    try:
        with _in_words(), engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(_NO_LIMITS)
            yield PostgresSide(connection)
    finally:
        engine.dispose()


@contextmanager
def writing(url: URL) -> Iterator[PostgresTarget]:
    """See ``mustela.store.copy.sides.writing``."""
    engine = connections.migration_engine(url)
    try:
        with _in_words(), engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(_NO_LIMITS)
            mine = func.pg_try_advisory_xact_lock(connections.ADVISORY_LOCK)
            if not connection.scalar(select(mine)):
                raise CopyRefused(
                    "Another process is migrating the target or copying into it; wait for it."
                )
            yield PostgresTarget(connection)
    finally:
        engine.dispose()


class PostgresSide:
    """A database in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        driver: Any = connection.connection.driver_connection
        self._server: psycopg.Connection[Any] = driver
        self._cursors = count(1)

    def rows(self, table: CopiedTable) -> Generator[Row, None, None]:
        """See ``Side``."""
        dialect = self.connection.dialect
        with self._server.cursor(name=f"mustela_copy_{next(self._cursors)}") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(table.statement(dialect).encode())
            kinds = [column.type_code for column in cursor.description or ()]
            yield from map(table.reader(dialect, kinds), cursor)

    def last_number(self, table: CopiedTable) -> int:
        """See ``Side``."""
        if table.number is None:
            return 0
        column, name = sql.Identifier(table.number.name), sql.Identifier(table.name)
        highest = self._one(sql.SQL("SELECT max({}) FROM {}").format(column, name))
        given = 0
        if (sequence := self._sequence(table)) is not None:
            # Not yet called, it stands at the number that comes next.
            given = self._scalar(
                f"SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM {sequence}"
            )
        return max(highest or 0, given)

    def _sequence(self, table: CopiedTable) -> str | None:
        if table.number is None:
            return None
        found: str | None = self._one(
            sql.SQL("SELECT pg_get_serial_sequence(quote_ident({}), {})").format(
                sql.Literal(table.name), sql.Literal(table.number.name)
            )
        )
        return found

    def _one(self, query: sql.Composable) -> Any:
        return self._scalar(query.as_string(self._server))

    def _scalar(self, query: str) -> Any:
        row = self._server.execute(query.encode()).fetchone()
        return row[0] if row else None


class PostgresTarget(PostgresSide):
    """The database that is written."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._aside: list[str] = []
        self._tables: list[sql.Identifier] = []

    def put_aside(self, names: Sequence[str]) -> None:
        """See ``Target``. Constraints that keep rows apart stay."""
        self._tables = [sql.Identifier(name) for name in names]
        references, indexes = (
            self._server.execute(query.encode(), {"names": list(names)}).fetchall()
            for query in (_REFERENCES, _INDEXES)
        )
        for drop, _ in (*references, *indexes):
            self._server.execute(drop.encode())
        for table in self._tables:
            self._run(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        self._aside = [create for _, create in (*indexes, *references)]

    def load(self, table: CopiedTable, rows: Iterator[Row]) -> None:
        """See ``Target``."""
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        convert = table.writer(self.connection.dialect)
        at: Row = ()
        try:
            with self._server.cursor() as cursor, cursor.copy(into.as_bytes(self._server)) as copy:
                for at in rows:
                    copy.write_row(convert(at))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise RowRefused(_refusal(table, at, error)) from error

    def put_back(self) -> None:
        """See ``Target``. What the planner knows of the tables is brought up to date."""
        for create in self._aside:
            self._server.execute(create.encode())
        for table in self._tables:
            self._run(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
            self._run(sql.SQL("ANALYZE {}").format(table))

    def continue_after(self, table: CopiedTable, number: int) -> None:
        """See ``Target``."""
        if number > 0 and (sequence := self._sequence(table)) is not None:
            self._one(sql.SQL("SELECT setval({}, {})").format(sequence, number))

    def _run(self, query: sql.Composable) -> None:
        self._server.execute(query.as_bytes(self._server))


def _refusal(table: CopiedTable, at: Row, error: psycopg.Error) -> str:
    """Which row it is: the last one that was sent, unless the server speaks of an earlier one."""
    for column, value in zip(table.columns, at, strict=False):
        if isinstance(value, str) and "\0" in value:
            return (
                f"{column.name} of the row {table.named_key(at)} of {table.name} holds the letter"
                " NUL, which PostgreSQL cannot keep; change it and copy again."
            )
    words = str(error).strip().partition("\n")[0]
    found = _LINE.search(error.diag.context or "")
    where = f"number {found[1]} in the order of its key" if found else table.named_key(at)
    return f"PostgreSQL refuses a row of {table.name} ({where}): {words}"


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise translate(error.orig) from error
        raise
    except psycopg.Error as error:
        raise translate(error) from error
