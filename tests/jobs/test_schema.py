"""The tables of jobs: migrations build what the metadata declares, and claims use their index."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from mustela.jobs import JOBS_BRANCH, jobs_metadata, retention
from mustela.jobs import statements as sql
from mustela.jobs.external_statements import PULSES
from mustela.jobs.provenance import CHILDREN
from mustela.store import Statement, migrate
from mustela.store.branch import STORE_BRANCH
from mustela.store.ddl import ddl_statements
from mustela.store.schema import store_metadata
from mustela.store.sqlite.dialect import DIALECT

BRANCHES = (STORE_BRANCH, JOBS_BRANCH)


def schema(connection: apsw.Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name LIKE '%job%'"
    )
    return {name: " ".join(text.split()) for name, text in rows}


def test_migrations_build_what_is_declared(tmp_path: Path) -> None:
    migrate.upgrade(tmp_path / "a.db", BRANCHES)
    made = apsw.Connection(":memory:")
    for statement in ddl_statements((store_metadata, jobs_metadata), "sqlite"):
        made.execute(statement)
    connection = apsw.Connection(str(tmp_path / "a.db"))
    assert schema(connection) == schema(made)
    connection.close()
    migrate.downgrade(tmp_path / "a.db", BRANCHES, "jobs@base")
    connection = apsw.Connection(str(tmp_path / "a.db"))
    assert schema(connection) == {}
    connection.close()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (sql.claim(2), "ix_jobs_ready"),
        (sql.PROMOTE, "ix_jobs_later"),
        (sql.NEXT_RUN_AT, "ix_jobs_later"),
        (sql.ANY_READY, "ix_jobs_ready"),
        (sql.BY_KEY, "uq_jobs_unfinished"),
        (sql.OWNERS, "ix_jobs_status (status=?"),
        (sql.RECOVER, "ix_jobs_status (status=?"),
        (sql.CANCELLED_OF, "ix_jobs_status (status=?"),
        (sql.LAST_LINES, "ix_job_logs_job_id"),
        (PULSES, "ix_jobs_status (status=?"),
        (CHILDREN, "ix_jobs_parent"),
        (sql.CLAIM_ONE, "autoindex"),
        (sql.CHILDREN, "ix_jobs_parent"),
        (sql.BELOW, "ix_jobs_parent"),
        (retention.old(()), "ix_jobs_finished (finished_at>?"),
        (retention.old(()), "ix_jobs_parent"),
        (retention.NEWEST_BUT, "ix_jobs_finished"),
        (retention.DROP, "INTEGER PRIMARY KEY"),
        (retention.DROP_LINES, "ix_job_logs_job_id"),
    ],
)
def test_what_a_dispatcher_asks_often_is_a_seek_in_an_index(
    statement: Statement, index: str
) -> None:
    connection = apsw.Connection(":memory:")
    for create in ddl_statements((store_metadata, jobs_metadata), "sqlite"):
        connection.execute(create)
    text, values = statement.compiled(DIALECT)
    found = connection.execute(f"EXPLAIN QUERY PLAN {text}", apsw_bindings(text, values))
    plan = [row[3] for row in found]
    assert any(index in line for line in plan), plan
    assert not any(line in {"SCAN jobs", "SCAN job_logs"} for line in plan), plan


class apsw_bindings(dict[str, object]):  # noqa: N801  # used like a function
    """Every parameter has a value."""

    def __init__(self, text: str, values: dict[str, object]) -> None:
        super().__init__(values)

    def __missing__(self, name: str) -> object:
        return "[]" if name in {"types", "owners", "ids"} else 1
