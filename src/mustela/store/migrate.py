"""Bring a database's schema up, down, and say where it is. SQLite through apsw, PostgreSQL.

Imports Alembic, so it is itself imported only where a migration may be due.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import apsw
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from mustela.store.backup import newest_backup
from mustela.store.branch import Branch
from mustela.store.ddl import extras
from mustela.store.errors import NotADatabase, StoreUnavailable
from mustela.store.maintenance_errors import (
    BranchNotInstalled,
    DatabaseNotFound,
    DatabaseTooNew,
    MigrationFailed,
)
from mustela.store.migrations import connections, history
from mustela.store.sqlite.errors import translate

Target: TypeAlias = str | Path | URL

__all__ = [
    "Branch",
    "current",
    "downgrade",
    "heads",
    "is_newer",
    "needs_upgrade",
    "refuse_newer",
    "upgrade",
]


def upgrade(target: Target, branches: Sequence[Branch], revision: str = "heads") -> None:
    """Apply what is missing, in one transaction; a failure leaves the database as it was.

    Branches in the database that are not among ``branches`` are left alone. Raises
    ``DatabaseTooNew``, ``MigrationFailed``.
    """
    refuse_newer(target, branches)
    scripts = script_directory(branches)
    _run(target, scripts, lambda at, _context: scripts._upgrade_revs(revision, at))


def downgrade(target: Target, branches: Sequence[Branch], revision: str) -> None:
    """Take revisions back, in one transaction: ``"base"``, ``"video@base"``, ``"store_0001"``.

    Raises ``BranchNotInstalled`` where a branch that is not installed builds on them.
    """
    refuse_newer(target, branches)
    scripts = script_directory(branches)
    _run(target, scripts, lambda at, _context: scripts._downgrade_revs(revision, at))


def current(target: Target) -> list[tuple[str, str]]:
    """The newest applied revision of each branch, installed or not, by name of the branch."""
    with _reading(target) as connection:
        rows = history.applied(connection)
    return newest(rows)


def newest(rows: Sequence[Row[Any]]) -> list[tuple[str, str]]:
    """The rows that no other row of the history follows."""
    followed = {down for row in rows for down in json.loads(row.down_revisions)}
    return sorted((row.branch, row.revision) for row in rows if row.revision not in followed)


def heads(branches: Sequence[Branch]) -> list[tuple[str, str]]:
    """The newest revision of each branch that this installation has."""
    scripts = script_directory(branches)
    found = (scripts.get_revision(head) for head in scripts.get_heads())
    return sorted((history.branch_of(script), script.revision) for script in found)


def needs_upgrade(target: Target, branches: Sequence[Branch]) -> bool:
    """Whether some installed revision has not been applied."""
    with _reading(target) as connection:
        present = {row.revision for row in history.applied(connection)}
    return not history.known(script_directory(branches)) <= present


def add_indexes(target: Target, branches: Sequence[Branch]) -> None:
    """Make the indexes that could not be made before: PostgreSQL's, of an extension.

    Their SQL does nothing where the extension still cannot be had.
    """
    if connections.driver_url(target).get_backend_name() != "postgresql":
        return
    declared = [
        extra
        for branch in branches
        for extra in extras(branch.metadata, "postgresql")
        if extra.kind == "index"
    ]
    with _reading(target) as connection:
        for extra in declared:
            if connection.scalar(text("SELECT to_regclass(:name)"), {"name": extra.name}) is None:
                connection.exec_driver_sql(extra.create)
                connection.commit()


def is_newer(target: Target, branches: Sequence[Branch]) -> bool:
    """Whether the database has revisions of these branches that are not installed."""
    return bool(_newer_rows(target, branches))


def refuse_newer(target: Target, branches: Sequence[Branch], backups: Path | None = None) -> None:
    """Raise ``DatabaseTooNew`` for a newer database.

    It says what to do: which version wrote it and, with the directory of the ``backups``, the
    newest of them that this version can read and the command that restores it.
    """
    rows = _newer_rows(target, branches)
    if not rows:
        return
    names = ", ".join(sorted(row.revision for row in rows))
    written_by = rows[-1].product_version
    readable = history.known(script_directory(branches))
    backup = newest_backup(backups, {b.name for b in branches}, readable) if backups else None
    way_out = f"Install Mustela {written_by} or newer"
    if backup:
        way_out += f", or go back to the newest backup: mustela db restore {backup}"
    raise DatabaseTooNew(
        f"The database was written by Mustela {written_by} and is newer than this version"
        f" ({names}); nothing was changed. {way_out}"
    )


def script_directory(branches: Sequence[Branch]) -> ScriptDirectory:
    """Alembic's view of the revisions of these branches."""
    scripts = ScriptDirectory(
        str(files("mustela.store.migrations")),
        version_locations=[str(branch.versions) for branch in branches],
    )
    try:
        scripts.get_heads()
    except KeyError as error:
        raise BranchNotInstalled(
            f"A migration depends on {error.args[0]}, which is not among the branches"
            f" {', '.join(branch.name for branch in branches)}."
        ) from error
    return scripts


Steps: TypeAlias = Callable[[Any, Any], Any]


def _run(target: Target, scripts: ScriptDirectory, steps: Steps) -> None:
    engine = connections.migration_engine(target)
    try:
        with engine.connect() as connection:
            run_steps(connection, scripts, steps)
    except DBAPIError as error:
        raise _translated(target, error) or MigrationFailed(
            f"A migration failed; nothing was changed: {error.orig}"
        ) from error
    except (CommandError, SQLAlchemyError) as error:
        raise MigrationFailed(f"A migration failed; nothing was changed: {error}") from error
    finally:
        engine.dispose()


def run_steps(connection: Connection, scripts: ScriptDirectory, steps: Steps) -> None:
    """Run Alembic's environment over a connection that has no transaction yet."""
    config = Config()
    config.attributes["connection"] = connection
    with EnvironmentContext(config, scripts, fn=steps):
        scripts.run_env()


def _newer_rows(target: Target, branches: Sequence[Branch]) -> list[Row[Any]]:
    url = connections.driver_url(target)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return []
    installed = history.known(script_directory(branches))
    names = {branch.name for branch in branches}
    with _reading(target) as connection:
        rows = history.applied(connection)
    return [row for row in rows if row.branch in names and row.revision not in installed]


@contextmanager
def _reading(target: Target) -> Iterator[Connection]:
    engine: Engine = connections.plain_engine(target)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        translated = _translated(target, error)
        if translated is None and isinstance(cause, apsw.Error):
            translated = translate(cause)
        if translated is None:
            raise
        raise translated from error
    finally:
        engine.dispose()


def _is_out_of_reach(error: DBAPIError) -> bool:
    """Errors of the server carry a code; those of reaching it do not."""
    return isinstance(error, OperationalError) and not getattr(error.orig, "sqlstate", None)


def _translated(target: Target, error: DBAPIError) -> Exception | None:
    url = connections.driver_url(target)
    cause = error.orig.__cause__ if error.orig else None
    if isinstance(cause, apsw.NotADBError):
        return NotADatabase(f"{url.database} is not a database.")
    if isinstance(cause, apsw.CantOpenError):
        return DatabaseNotFound(f"There is no database at {url.database} that can be opened.")
    if url.get_backend_name() == "postgresql" and _is_out_of_reach(error):
        return StoreUnavailable(f"The database {url.database} cannot be reached: {error.orig}")
    return None
