"""Keep the database of a release: ``python -m tests.releases.make`` when it is made.

Writes ``tests/releases/VERSION``: a database of each engine as this version makes and fills it,
as the statements that make it again, and what the repositories answer of it. From then on the
tests open it with every later version. PostgreSQL is started as for the tests.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import psycopg
from psycopg.sql import Literal
from sqlalchemy import event

import mustela
from mustela.store import migrate
from mustela.store.migrations import connections
from mustela.store.migrations.history import ALEMBIC_TABLE, HISTORY_TABLE
from mustela.store.testing.postgres import PostgresServer
from tests.filled_catalog import answers, fill, shipped, tables
from tests.releases.kept import HERE

_DEFINES = ("CREATE", "ALTER", "DROP", "DO")


def main() -> None:
    """Write the directory of this version, or of the one that is named."""
    directory = HERE / (sys.argv[1] if len(sys.argv) > 1 else mustela.__version__)
    directory.mkdir()
    with tempfile.TemporaryDirectory() as scratch, PostgresServer() as server:
        file = Path(scratch) / "release.db"
        migrate.upgrade(file, shipped())
        fill(f"sqlite:///{file}")
        _write(directory / "sqlite.sql", sqlite_statements(file))
        _say(directory / "sqlite.json", f"sqlite:///{file}")
        url = server.create_database()
        defined = list(upgraded(url))
        fill(url)
        _write(directory / "postgresql.sql", [*defined, *postgres_rows(url)])
        _say(directory / "postgresql.json", url)


def _say(path: Path, url: str) -> None:
    text = json.dumps(answers(url), ensure_ascii=False, indent=0, sort_keys=True)
    path.write_text(text + "\n")


def _write(path: Path, statements: Iterator[str] | list[str]) -> None:
    path.write_text("".join(f"{statement};\n" for statement in statements))


def sqlite_statements(path: Path) -> Iterator[str]:
    """The schema in SQLite's own words, and the rows, those of the search index among them."""
    connection = apsw.Connection(str(path))
    yield f"PRAGMA application_id = {connection.pragma('application_id')}"
    yield "BEGIN"
    kinds = {row[1]: row[2] for row in connection.execute("PRAGMA main.table_list")}
    schema = list(connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY rowid"))
    made = [(name, sql) for kind, name, sql in schema if kind == "table"]
    for name, sql in made:
        if kinds[name] in {"table", "virtual"} and not name.startswith("sqlite_"):
            yield sql
    for name, _ in made:
        if kinds[name] == "shadow":
            yield f'DELETE FROM "{name}"'
        if kinds[name] in {"table", "shadow"} and not name.startswith("sqlite_"):
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield f'INSERT INTO "{name}" VALUES ({_values(row)})'
    yield from (sql for kind, _, sql in schema if kind in {"index", "trigger", "view"} and sql)
    yield "COMMIT"
    connection.close()


def _values(row: tuple[Any, ...]) -> str:
    return ", ".join(map(apsw.format_sql_value, row))


def upgraded(url: str) -> Iterator[str]:
    """Upgrade a PostgreSQL database; the statements that its migrations ran to define things."""
    engine = connections.migration_engine(url)
    scripts = migrate.script_directory(shipped())
    ran: list[str] = []

    def note(*arguments: Any) -> None:
        ran.append(arguments[2].strip().replace("%%", "%"))

    event.listen(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        migrate.run_steps(connection, scripts, lambda at, _: scripts._upgrade_revs("heads", at))
    engine.dispose()
    yield from (one for one in ran if one.startswith(_DEFINES))


def postgres_rows(url: str) -> Iterator[str]:
    """The rows, past the triggers that would double what they keep; then the sequences."""
    names = [ALEMBIC_TABLE, HISTORY_TABLE, *(table.name for table in tables(shipped()))]
    with psycopg.connect(url) as connection:
        for name in names:
            yield f'ALTER TABLE "{name}" DISABLE TRIGGER USER'
        for name in names:
            found = connection.execute(f'SELECT * FROM "{name}"'.encode())
            for row in found:
                values = ", ".join(Literal(v).as_string(connection) for v in row)
                yield f'INSERT INTO "{name}" VALUES ({values})'
        for name in names:
            yield f'ALTER TABLE "{name}" ENABLE TRIGGER USER'
        for sequence, last in connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences"
            " WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1"
        ):
            yield f"SELECT setval('{sequence}', {last})"


if __name__ == "__main__":
    main()
