"""What a revision does around the rebuilding of a table on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import Operations


@contextmanager
def triggers_set_aside(op: Operations) -> Iterator[None]:
    """Drop all triggers for the block and create them again; nothing happens on PostgreSQL.

    Alembic's batch mode rebuilds a table: the triggers on it would be lost, and one on another
    table that speaks of it would stop the rename.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        yield
        return
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
    ).fetchall()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in found:
        connection.exec_driver_sql(sql)
