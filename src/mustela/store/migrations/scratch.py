"""A database for a moment: a file in a temporary directory, or one more on the same server."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import MetaData, create_engine, pool
from sqlalchemy.engine.url import URL

from mustela.store.ddl import DialectName, ddl_statements
from mustela.store.migrations import connections


@contextmanager
def scratch(target: str | Path | URL) -> Iterator[URL]:
    """The URL of a new, empty database of the same engine; gone afterwards.

    ``target`` itself is not touched. On PostgreSQL its user must be allowed to create databases.
    """
    url = connections.driver_url(target)
    if url.get_backend_name() == "sqlite":
        with tempfile.TemporaryDirectory(prefix="mustela-verify-") as directory:
            yield URL.create(url.drivername, database=str(Path(directory, "scratch.db")))
        return
    name = f"mustela_verify_{secrets.token_hex(6)}"
    _on_server(url, f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name)
    finally:
        _on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def create_all(url: URL, metadatas: Sequence[MetaData]) -> None:
    """Create the schema from the metadata, the way a database in memory gets it."""
    dialect: DialectName = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    engine = connections.migration_engine(url)
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        for statement in ddl_statements(tuple(metadatas), dialect):
            cursor.execute(statement)
        raw.commit()
    finally:
        raw.close()
        engine.dispose()


def _on_server(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
