"""SQLAlchemy and Alembic reach SQLite through a thin layer over apsw."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, inspect, text

from mustela.store.sqlite import alchemy, dbapi

alchemy.register()


@pytest.fixture
def connection() -> Iterator[dbapi.Connection]:
    opened = dbapi.connect(":memory:")
    opened.cursor().execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c INTEGER REFERENCES t) STRICT"
    )
    opened.commit()
    yield opened
    opened.close()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return create_engine(f"sqlite+apsw:///{tmp_path}/a.db")


def test_a_rollback_takes_tables_back_too(connection: dbapi.Connection) -> None:
    connection.cursor().execute("CREATE TABLE gone (x INTEGER)")
    connection.rollback()
    with pytest.raises(dbapi.OperationalError, match="no such table"):
        connection.cursor().execute("SELECT * FROM gone")


def test_with_autocommit_statements_run_outside_of_a_transaction(tmp_path: Path) -> None:
    connection = dbapi.connect(str(tmp_path / "a.db"))
    connection.autocommit = True
    connection.cursor().execute("VACUUM")
    assert not connection.raw.in_transaction
    connection.close()


def test_a_query_without_rows_still_names_its_columns(connection: dbapi.Connection) -> None:
    cursor = connection.cursor().execute("SELECT a, b AS other FROM t")
    assert cursor.description is not None
    assert [column[0] for column in cursor.description] == ["a", "other"]
    assert cursor.fetchone() is None


def test_rows_are_fetched_one_some_or_all(connection: dbapi.Connection) -> None:
    cursor = connection.cursor().execute("VALUES (1), (2), (3), (4), (5)")
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany() == [(2,)]
    assert cursor.fetchmany(2) == [(3,), (4,)]
    assert list(cursor) == [(5,)]
    cursor.execute("SELECT 1")
    cursor.close()
    assert cursor.fetchall() == []


def test_the_number_of_changed_rows_is_known(connection: dbapi.Connection) -> None:
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t (b) VALUES (?)", [("x",), ("y",), ("z",)])
    assert (cursor.rowcount, cursor.lastrowid) == (3, 3)
    assert cursor.execute("UPDATE t SET b = b || '!' WHERE a > ?", (1,)).rowcount == 2
    assert cursor.execute("DELETE FROM t RETURNING a").fetchall() == [(1,), (2,), (3,)]
    assert cursor.execute("SELECT 1").rowcount == -1


def test_parameters_may_be_named(connection: dbapi.Connection) -> None:
    assert connection.cursor().execute("SELECT :x + 1", {"x": 1}).fetchone() == (2,)


@pytest.mark.parametrize(
    ("sql", "parameters", "error"),
    [
        ("INSERT INTO t (a) VALUES (1), (1)", (), dbapi.IntegrityError),
        ("INSERT INTO t (a) VALUES ('text')", (), dbapi.IntegrityError),
        ("INSERT INTO t (c) VALUES (99)", (), dbapi.IntegrityError),
        ("SELEKT", (), dbapi.OperationalError),
        ("SELECT ?", (), dbapi.ProgrammingError),
        ("SELECT ?", (object(),), dbapi.ProgrammingError),
        ("SELECT zeroblob(2000000000)", (), dbapi.DataError),
    ],
)
def test_errors_of_apsw_become_those_of_pep_249(
    connection: dbapi.Connection, sql: str, parameters: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        connection.cursor().execute(sql, parameters)


def test_foreign_keys_can_be_left_unwatched() -> None:
    connection = dbapi.connect(":memory:", foreign_keys=False)
    connection.cursor().execute("CREATE TABLE t (a INTEGER PRIMARY KEY, c INTEGER REFERENCES t)")
    connection.cursor().execute("INSERT INTO t (c) VALUES (99)")
    connection.close()


def test_a_block_commits_and_a_failing_one_rolls_back(connection: dbapi.Connection) -> None:
    with connection:
        connection.cursor().execute("INSERT INTO t (a) VALUES (1)")
    with pytest.raises(dbapi.IntegrityError), connection:
        connection.cursor().executemany("INSERT INTO t (a) VALUES (?)", [(2,), (2,)])
    assert connection.cursor().execute("SELECT a FROM t").fetchall() == [(1,)]


def test_no_file_appears_where_none_should_be_made(tmp_path: Path) -> None:
    with pytest.raises(dbapi.OperationalError):
        dbapi.connect(str(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_sqlalchemy_reads_a_schema_back(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE t (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
            " CONSTRAINT ck_t_id CHECK (id <> '')) STRICT"
        )
        connection.exec_driver_sql("CREATE INDEX ix ON t (id) WHERE seq > 1")
    inspector = inspect(engine)
    assert [column["name"] for column in inspector.get_columns("t")] == ["seq", "id"]
    assert inspector.get_table_options("t") == {"sqlite_strict": True}
    assert inspector.get_check_constraints("t")[0]["name"] == "ck_t_id"
    metadata = MetaData()
    metadata.reflect(engine)
    (index,) = metadata.tables["t"].indexes
    assert str(index.dialect_options["sqlite"]["where"]) == "seq > 1"


def test_an_engine_can_step_out_of_transactions(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        assert connection.scalar(text("PRAGMA foreign_keys")) == 0
        raw: Any = connection.connection.dbapi_connection
        assert not raw.raw.in_transaction
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "SERIALIZABLE"


def test_a_database_in_memory_lives_as_long_as_its_engine() -> None:
    engine = create_engine("sqlite+apsw://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
    assert inspect(engine).get_table_names() == ["t"]
    engine.dispose()


def test_neither_migrations_nor_backups_load_the_standard_library_s_sqlite(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from mustela.store.backup import backup, check
from mustela.store.branch import STORE_BRANCH
assert "alembic" not in sys.modules
from mustela.store.migrations.verify import verify
from mustela.store.upgrade import prepare
data = Path(sys.argv[1])
prepare(f"sqlite:///{data}/a.db", [STORE_BRANCH], data)
backup(data / "a.db", data / "backups")
assert not check(data / "a.db").problems
verify("sqlite://", [STORE_BRANCH])
assert not {"sqlite3", "_sqlite3", "aiosqlite"} & set(sys.modules)
"""
    # Coverage keeps its figures in SQLite, through the standard library.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=environment)
