"""Procrastinate's tables, in a schema of their own, and our trigger that makes tickets in them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

from mustela.jobs.errors import JobError
from mustela.jobs.procrastinate.ticket_sql import (
    FUNCTIONS,
    SCHEMA,
    TABLE,
    TRIGGERS,
    VERSION,
    schema_of,
)
from mustela.store.postgres.errors import translate
from mustela.store.postgres.pool import waits

#: Who comes second waits, and finds it done; given back with the transaction.
_EXCLUDE_OTHERS = b"SELECT pg_advisory_xact_lock(hashtext('mustela procrastinate'))"
_NOTED = b"SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')"
_THERE = b"SELECT 1 WHERE to_regclass(%s) IS NOT NULL"
#: Triggers of a table, and the schemas of what they call.
_TRIGGERS = b"""
SELECT t.tgname, n.nspname FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE t.tgrelid = %s AND NOT t.tgisinternal
"""


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
    own = SCHEMA
    try:
        with psycopg.connect(url, **waits(url)) as connection:
            table = _row(connection, TABLE)
            if table is None:
                raise NoJobsTable(
                    "the database has no table of jobs; make it first (`mustela db upgrade`, or "
                    "the migrations of your service with JOBS_BRANCH among them)"
                )
            own = schema_of(table[0])
            if not _is_installed(connection, own, table[2]):
                connection.execute(_EXCLUDE_OTHERS)
                if not _is_installed(connection, own, table[2]):
                    _install(connection, own, *table)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ProcrastinateRefused(
            f"the database's user may not make the schema {own} and a trigger on the table of "
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


def _noted(connection: psycopg.Connection, own: str) -> str | None:
    row = _row(connection, _NOTED, _quoted(own))
    return row[0] if row else None


def _quoted(own: str) -> str:
    """A name as functions of PostgreSQL take it."""
    return sql.Identifier(own).as_string()


def _is_installed(connection: psycopg.Connection, own: str, table: int) -> bool:
    if _noted(connection, own) != _note():
        return False
    return _triggers(connection, table).items() >= dict.fromkeys(TRIGGERS, own).items()


def _triggers(connection: psycopg.Connection, table: int) -> dict[str, str]:
    found: dict[str, str] = dict(connection.execute(_TRIGGERS, (table,)))
    return found


def _install(connection: psycopg.Connection, own: str, schema: str, name: str, oid: int) -> None:
    path = sql.SQL(", ").join(map(sql.Identifier, (own, schema, "pg_temp")))
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(own)))
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(own)))
    for text in _missing(connection, own):
        connection.execute(text.encode())
    connection.execute(FUNCTIONS.replace("{path}", path.as_string(connection)).encode())
    there = _triggers(connection, oid)
    table = sql.Identifier(schema, name)
    for trigger, text in TRIGGERS.items():
        if there.get(trigger) == own:
            continue
        if trigger in there:  # of a time when all catalogs of a database shared one schema
            drop = sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(trigger), table)
            connection.execute(drop)
        connection.execute(text.replace("{jobs}", table.as_string(connection)).encode())
    note = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(own), sql.Literal(_note()))
    connection.execute(note)


def _missing(connection: psycopg.Connection, own: str) -> list[str]:
    """SQL of Procrastinate's that was not applied: all of it, or migrations."""
    source = files("procrastinate.sql")
    noted = (_noted(connection, own) or "").partition(" ")[0]
    if not noted:
        if _row(connection, _THERE, f"{_quoted(own)}.procrastinate_jobs"):
            raise ProcrastinateUnknown(
                f"the schema {own} has tables, and no comment that says of which version they "
                "are (a dump keeps it, unless made with --no-comments); "
                f"DROP SCHEMA {own} CASCADE loses nothing, and the next start makes it anew"
            )
        return [(source / "schema.sql").read_text(encoding="utf-8")]
    if noted > newest_migration():
        raise ProcrastinateTooNew(
            f"the database's schema {own} was made by a newer Procrastinate ({noted}) than the "
            f"installed one ({newest_migration()}); upgrade Mustela and Procrastinate here"
        )
    return [
        (source / "migrations" / f"{name}.sql").read_text(encoding="utf-8")
        for name in _migrations()
        if name > noted
    ]
