"""Procrastinate's tables, in a schema of their own, and our trigger that makes tickets in them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

from mustela.jobs.errors import JobError
from mustela.jobs.procrastinate.ticket_sql import FUNCTIONS, SCHEMA, TRIGGERS, VERSION
from mustela.store.postgres.errors import translate
from mustela.store.postgres.pool import waits

#: Who comes second waits, and finds it done; given back with the transaction.
_EXCLUDE_OTHERS = b"SELECT pg_advisory_xact_lock(hashtext('mustela procrastinate'))"
_NOTED = b"SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')"
_TABLE = b"""
SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass('jobs')
"""
_THERE = b"SELECT 1 WHERE to_regclass(%s) IS NOT NULL"
_TRIGGERS = b"SELECT tgname FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal"


class ProcrastinateTooNew(JobError):
    """The database was used with a newer Procrastinate than this one."""

    code = "procrastinate_too_new"


class ProcrastinateRefused(JobError):
    """The database's user may not make what jobs on many machines need."""

    code = "procrastinate_refused"


class ProcrastinateUnknown(JobError):
    """There are tables of Procrastinate's, and nothing says of which version."""

    code = "procrastinate_unknown"


class NoJobsTable(JobError):
    """The database has no table of jobs yet."""

    code = "no_jobs_table"


def install(url: str) -> None:
    """Make what is missing, in one transaction; nothing where all is there.

    Tables of an older Procrastinate are brought up to date by its own migrations. Raises
    ``ProcrastinateTooNew``, ``ProcrastinateUnknown``, ``ProcrastinateRefused``, ``NoJobsTable``,
    and the store's errors.
    """
    try:
        with psycopg.connect(url, **waits(url)) as connection:
            table = _row(connection, _TABLE)
            if table is None:
                raise NoJobsTable(
                    "the database has no table of jobs; make it first (`mustela db upgrade`, or "
                    "the migrations of your service with JOBS_BRANCH among them)"
                )
            if not _is_installed(connection, table[2]):
                connection.execute(_EXCLUDE_OTHERS)
                if not _is_installed(connection, table[2]):
                    _install(connection, *table)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ProcrastinateRefused(
            f"the database's user may not make the schema {SCHEMA} and a trigger on the table of "
            f"jobs ({str(error).strip()}); `mustela db upgrade` makes them as the owner of that "
            "table, who needs GRANT CREATE ON DATABASE"
        ) from error
    except psycopg.Error as error:
        raise translate(error) from error


def newest_migration() -> str:
    """The name of the last of the migrations that the installed Procrastinate has."""
    return _migrations()[-1]


def _migrations() -> list[str]:
    found = files("procrastinate.sql") / "migrations"
    return sorted(one.name.removesuffix(".sql") for one in found.iterdir() if _is_sql(one.name))


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")


def _note() -> str:
    """What the schema's comment says where all is there."""
    return f"{newest_migration()} {VERSION}"


def _row(
    connection: psycopg.Connection, statement: bytes, *values: object
) -> tuple[Any, ...] | None:
    return connection.execute(statement, values or None).fetchone()


def _noted(connection: psycopg.Connection) -> str | None:
    row = _row(connection, _NOTED, SCHEMA)
    return row[0] if row else None


def _is_installed(connection: psycopg.Connection, table: int) -> bool:
    if _noted(connection) != _note():
        return False
    there = {name for (name,) in connection.execute(_TRIGGERS, (table,))}
    return there >= TRIGGERS.keys()


def _install(connection: psycopg.Connection, schema: str, name: str, oid: int) -> None:
    own = sql.Identifier(SCHEMA)
    path = sql.SQL(", ").join(map(sql.Identifier, (SCHEMA, schema, "pg_temp")))
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(own))
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(own))
    for text in _missing(connection):
        connection.execute(text.encode())
    connection.execute(FUNCTIONS.replace("{path}", path.as_string(connection)).encode())
    there = {one for (one,) in connection.execute(_TRIGGERS, (oid,))}
    table = sql.Identifier(schema, name).as_string(connection)
    for trigger, text in TRIGGERS.items():
        if trigger not in there:
            connection.execute(text.replace("{jobs}", table).encode())
    note = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(own, sql.Literal(_note()))
    connection.execute(note)


def _missing(connection: psycopg.Connection) -> list[str]:
    """SQL of Procrastinate's that was not applied: all of it, or migrations."""
    source = files("procrastinate.sql")
    noted = (_noted(connection) or "").partition(" ")[0]
    if not noted:
        if _row(connection, _THERE, f"{SCHEMA}.procrastinate_jobs"):
            raise ProcrastinateUnknown(
                f"the schema {SCHEMA} has tables, and no comment that says of which version they "
                f"are (a dump keeps it, unless made with --no-comments); DROP SCHEMA {SCHEMA} "
                "CASCADE loses nothing, and the next start makes it anew"
            )
        return [(source / "schema.sql").read_text(encoding="utf-8")]
    if noted > newest_migration():
        raise ProcrastinateTooNew(
            f"the database's schema {SCHEMA} was made by a newer Procrastinate ({noted}) than the "
            f"installed one ({newest_migration()}); upgrade Mustela and Procrastinate here"
        )
    return [
        (source / "migrations" / f"{name}.sql").read_text(encoding="utf-8")
        for name in _migrations()
        if name > noted
    ]
