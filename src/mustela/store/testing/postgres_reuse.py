"""Databases of PostgreSQL that tests use in turn: what a test wrote is taken out of them again.

To make one copies three hundred files and to drop it deletes them, which takes ten times as long
as to empty the few tables that a test wrote to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import psycopg
from psycopg import sql
from sqlalchemy import MetaData

from mustela.store.testing.postgres import PostgresServer

#: Makes the tables in the empty database at this URL, and leaves it.
Create: TypeAlias = Callable[[str], None]

_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid"""
_SEQUENCES = "SELECT seqrelid::regclass::text FROM pg_sequence ORDER BY seqrelid"
#: Each statement that changes the schema or a setting writes rows of these, with a new `xmin`.
_SCHEMA = " UNION ALL ".join(
    f"SELECT '{catalog}', count(*), coalesce(sum(xmin::text::bigint), 0) FROM {catalog}"
    for catalog in (
        *("pg_attribute", "pg_attrdef", "pg_class", "pg_constraint", "pg_db_role_setting"),
        *("pg_depend", "pg_extension", "pg_index", "pg_namespace", "pg_proc", "pg_trigger"),
        *("pg_type", "pg_largeobject_metadata"),
    )
)
#: Rows go back in without triggers and checks, which only a superuser may switch off.
_NO_TRIGGERS = "SET session_replication_role = replica"
_SEND_AWAY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass
class _Pattern:
    """A database as it is made: what is copied, and how its tables and sequences began."""

    url: str
    tables: list[str]
    rows: dict[str, bytes]
    sequences: list[tuple[str, int, bool]]


class ReusedDatabases:
    """Databases with the tables that tests ask for; each is one test's at a time."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._patterns: dict[tuple[MetaData, ...], _Pattern] = {}
        self._free: dict[tuple[MetaData, ...], list[_Database]] = {}
        self._taken: dict[str, tuple[tuple[MetaData, ...], _Database]] = {}

    def take(self, metadatas: Sequence[MetaData], create: Create) -> str:
        """The URL of a database as ``create`` makes it, with nobody else in it."""
        key = tuple(metadatas)
        if key not in self._patterns:
            url = self._server.create_database()
            create(url)
            self._patterns[key] = _pattern(url)
        free = self._free.setdefault(key, [])
        database = free.pop() if free else _Database(self._server, self._patterns[key])
        self._taken[database.url] = key, database
        return database.url

    def give_back(self, url: str) -> None:
        """Empty a database for the next test, or drop it where its schema has changed."""
        key, database = self._taken.pop(url)
        if database.emptied():
            self._free[key].append(database)
        else:
            database.drop()

    def close(self) -> None:
        """Let go of those that are free."""
        for databases in self._free.values():
            for database in databases:
                database.drop()
        self._free.clear()
        for pattern in self._patterns.values():
            self._server.drop_database(pattern.url)
        self._patterns.clear()


class _Database:
    """A copy of a pattern, and a connection that empties it."""

    def __init__(self, server: PostgresServer, pattern: _Pattern) -> None:
        self.url = server.create_database(template=pattern.url)
        self._server = server
        self._pattern = pattern
        self._connection = psycopg.connect(self.url, autocommit=True)
        self._schema: list[Any] | None = None
        with suppress(psycopg.errors.InsufficientPrivilege):
            self._connection.execute("SET lock_timeout = '10s'")
            self._connection.execute(_NO_TRIGGERS)
            self._schema = self._read(_SCHEMA)

    def _read(self, statement: str) -> list[Any]:
        return self._connection.execute(cast(Any, statement), prepare=True).fetchall()

    def emptied(self) -> bool:
        """Whether it is again as it was made."""
        try:
            if self._schema is None:
                return False
            self._connection.execute(_SEND_AWAY)
            if self._read(_SCHEMA) != self._schema:
                return False
            with self._connection.transaction():
                self._empty()
            self._schema = self._read(_SCHEMA)
        except psycopg.Error:  # the test sent us away, or stopped the server
            return False
        return True

    def _empty(self) -> None:
        pattern = self._pattern
        any_rows = ", ".join(f"EXISTS (SELECT FROM {table})" for table in pattern.tables)
        (found,) = self._read(f"SELECT {any_rows}")
        written = [table for table, some in zip(pattern.tables, found, strict=True) if some]
        if written:
            self._connection.execute(cast(Any, f"TRUNCATE {', '.join(written)} CASCADE"))
        for table, rows in pattern.rows.items():
            with self._connection.cursor().copy(cast(Any, f"COPY {table} FROM STDIN BINARY")) as to:
                to.write(rows)
        began = [
            sql.SQL("setval({}, {}, {})").format(sql.Literal(name), last, called)
            for name, last, called in pattern.sequences
        ]
        if began:
            self._connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(began))

    def drop(self) -> None:
        self._connection.close()
        self._server.drop_database(self.url)


def _pattern(url: str) -> _Pattern:
    with psycopg.connect(url, autocommit=True) as connection:

        def names(statement: str) -> list[str]:
            return [name for (name,) in connection.execute(cast(Any, statement))]

        tables = names(_TABLES)
        rows: dict[str, bytes] = {}
        for table in tables:
            (any_rows,) = connection.execute(cast(Any, f"SELECT EXISTS (SELECT FROM {table})"))
            if any_rows[0]:
                with connection.cursor().copy(cast(Any, f"COPY {table} TO STDOUT BINARY")) as rest:
                    rows[table] = b"".join(rest)
        sequences = []
        for name in names(_SEQUENCES):
            (state,) = connection.execute(cast(Any, f"SELECT last_value, is_called FROM {name}"))
            sequences.append((name, *state))
    return _Pattern(url, tables, rows, sequences)
