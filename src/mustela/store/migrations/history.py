"""The database's own memory of its migrations: table ``schema_revisions``.

Alembic keeps only the newest revisions, and names among them none that another one depends on. So
with a collection uninstalled, nothing in Alembic's table would say where the other branches are.
This table keeps the whole graph of what has been applied: a revision whose package is not
installed becomes a *stub* in Alembic's graph, which holds its place and refuses to be undone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable
from types import ModuleType
from typing import Any

from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Row, Table, inspect, select

import mustela
from mustela.store.maintenance_errors import BranchNotInstalled, ForeignDatabase
from mustela.store.schema import INTEGER, TEXT

ALEMBIC_TABLE = "alembic_version"
HISTORY_TABLE = "schema_revisions"

history = Table(
    HISTORY_TABLE,
    MetaData(),
    Column("revision", TEXT, primary_key=True),
    Column("branch", TEXT, nullable=False),
    Column("down_revisions", TEXT, nullable=False),  # a JSON array
    Column("depends_on", TEXT, nullable=False),  # a JSON array
    Column("product_version", TEXT, nullable=False),  # the one that applied it
    Column("applied_at", INTEGER, nullable=False),  # microseconds since 1970, UTC
    sqlite_strict=True,
)


def applied(connection: Connection) -> list[Row[Any]]:
    """The rows of the history, oldest first; none where there is no such table yet."""
    if not inspect(connection).has_table(HISTORY_TABLE):
        return []
    return list(connection.execute(select(history).order_by(history.c.applied_at)))


def alembic_heads(connection: Connection) -> set[str]:
    """The rows of Alembic's own table."""
    if not inspect(connection).has_table(ALEMBIC_TABLE):
        return set()
    rows = connection.exec_driver_sql(f"SELECT version_num FROM {ALEMBIC_TABLE}")
    return {row[0] for row in rows}


def branch_of(script: Script) -> str:
    """The branch that a revision belongs to, by the label of the branch's first revision."""
    return min(script.branch_labels, default=script.revision)


def known(scripts: ScriptDirectory) -> set[str]:
    """The ids of the revisions that are installed, and of the stubs added to them."""
    return {script.revision for script in scripts.walk_revisions()}


def add_stubs(scripts: ScriptDirectory, connection: Connection) -> None:
    """Put what the database has, and this installation has not, into Alembic's graph.

    Raises ``ForeignDatabase`` where the database is at a revision that its history does not know.
    """
    installed = known(scripts)
    missing = {row.revision: row for row in applied(connection) if row.revision not in installed}
    unexplained = alembic_heads(connection) - installed - set(missing)
    if unexplained:
        names = ", ".join(sorted(unexplained))
        raise ForeignDatabase(
            f"The database is at the revision {names}, which Mustela did not write there."
            " Choose another database."
        )
    while missing:
        ready = [row for row in missing.values() if not _parents(row) & set(missing)]
        for row in ready:
            scripts.revision_map.add_revision(_stub(row))
            del missing[row.revision]


def record(connection: Connection, scripts: ScriptDirectory, heads: Collection[str]) -> None:
    """Make the history say exactly what lies below ``heads``."""
    present = {row.revision for row in applied(connection)}
    wanted = {script.revision: script for script in ancestry(scripts, heads)}
    gone = present - set(wanted)
    if gone:
        connection.execute(history.delete().where(history.c.revision.in_(gone)))
    for revision, script in wanted.items():
        if revision not in present:
            connection.execute(history.insert().values(**_row(script)))


def ancestry(scripts: ScriptDirectory, heads: Iterable[str]) -> list[Script]:
    """The revisions at and below ``heads``, following ``depends_on`` too."""
    found: dict[str, Script] = {}
    waiting = list(heads)
    while waiting:
        revision = waiting.pop()
        if revision not in found:
            script = scripts.get_revision(revision)
            found[revision] = script
            waiting += [*_names(script.down_revision), *_names(script.dependencies)]
    return list(found.values())


def _names(value: str | Collection[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _row(script: Script) -> dict[str, Any]:
    return {
        "revision": script.revision,
        "branch": branch_of(script),
        "down_revisions": json.dumps(_names(script.down_revision)),
        "depends_on": json.dumps(_names(script.dependencies)),
        "product_version": mustela.__version__,
        "applied_at": time.time_ns() // 1000,
    }


def _parents(row: Row[Any]) -> set[str]:
    return {*json.loads(row.down_revisions), *json.loads(row.depends_on)}


def _stub(row: Row[Any]) -> Script:
    def refuse() -> None:
        raise BranchNotInstalled(
            f"The revision {row.revision} cannot be undone here: the package that brings the"
            f" branch {row.branch} is not installed (or is older than the database)."
        )

    module = ModuleType(f"stub_{row.revision}", "A revision that is not installed.")
    down = json.loads(row.down_revisions)
    vars(module).update(
        down_revision=tuple(down) or None,
        depends_on=tuple(json.loads(row.depends_on)),
        branch_labels=None if down else (row.branch,),
        upgrade=refuse,
        downgrade=refuse,
    )
    return Script(module, row.revision, f"{row.revision}.py")
