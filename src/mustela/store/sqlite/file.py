"""Looking at a database file: is it one, is it whole, whose is it. By apsw only.

Not even the header is read with ``open()``: closing that descriptor would drop the POSIX locks that
SQLite holds on the file in this process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from mustela.store.errors import NotADatabase
from mustela.store.maintenance_errors import DatabaseNotFound
from mustela.store.sqlite.errors import translate

#: "Must" in ASCII, in the header of each database of a store (``PRAGMA application_id``).
APPLICATION_ID = 0x4D757374

#: At most so many findings of one kind are listed.
LISTED = 100


@dataclass(frozen=True)
class DatabaseCheck:
    """What ``check`` found; no ``problems`` means that the file is whole."""

    path: Path
    application_id: int
    revisions: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


@contextmanager
def opened(path: str | Path, *, read_only: bool = False) -> Iterator[apsw.Connection]:
    """A bare connection to an existing file, closed afterwards.

    Raises ``DatabaseNotFound``, ``NotADatabase`` and what the driver's errors translate to.
    """
    path = Path(path)
    if not path.is_file():
        raise DatabaseNotFound(f"There is no database file at {path}.")
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
    connection = None
    try:
        connection = apsw.Connection(str(path), flags=flags)
        connection.set_busy_timeout(10_000)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        yield connection
    except apsw.NotADBError as error:
        raise NotADatabase(f"{path} is not a database.") from error
    except apsw.Error as error:
        raise translate(error) from error
    finally:
        if connection is not None:
            connection.close(force=True)


def check(path: str | Path) -> DatabaseCheck:
    """Read every page of a database file, and say what is wrong with it."""
    with opened(path) as connection:
        application_id = connection.pragma("application_id")
        return DatabaseCheck(
            Path(path),
            application_id,
            tuple(revisions(connection)),
            tuple(_problems(connection, application_id)),
        )


def _problems(connection: apsw.Connection, application_id: int) -> Iterator[str]:
    if application_id != APPLICATION_ID:
        yield f"It is no database of Mustela: its application id is {application_id:#x}."
    yield from damage(connection)


def damage(connection: apsw.Connection) -> Iterator[str]:
    """What SQLite finds wrong with the pages, indexes and references of a database."""
    try:
        for (line,) in connection.execute(f"PRAGMA integrity_check({LISTED})"):
            if line != "ok":
                yield str(line)
        for table, rowid, parent, _ in connection.execute(
            f"SELECT * FROM pragma_foreign_key_check LIMIT {LISTED}"
        ):
            yield f"The row {rowid} of {table} refers to a row of {parent} that is not there."
    except apsw.CorruptError as error:
        yield str(error)


def history(connection: apsw.Connection) -> list[dict[str, Any]]:
    """The rows of ``schema_revisions`` (see ``migrations/history.py``), where there are any."""
    if not connection.table_exists(None, "schema_revisions"):
        return []
    rows = connection.execute(
        "SELECT revision, branch, down_revisions, product_version FROM schema_revisions"
        " ORDER BY applied_at, revision"
    )
    return [
        {"revision": r, "branch": b, "down_revisions": json.loads(d), "product_version": v}
        for r, b, d, v in rows
    ]


def revisions(connection: apsw.Connection) -> list[tuple[str, str]]:
    """The newest revision of each branch, by name of the branch."""
    rows = history(connection)
    followed = {down for row in rows for down in row["down_revisions"]}
    return sorted((r["branch"], r["revision"]) for r in rows if r["revision"] not in followed)
