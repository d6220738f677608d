"""Run by Alembic for each command. Never imported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pkgutil import resolve_name
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, MetaData, create_engine

from mustela.store.ddl import extras
from mustela.store.migrations import connections, history


def on_version_apply(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
) -> None:
    """Each step keeps the history, in the step's own transaction."""
    if ctx.connection is not None and not ctx.as_sql:
        history.record(ctx.connection, context.script, heads)


def metadatas() -> list[MetaData]:
    """What ``alembic check`` compares with: the option ``metadata`` names it, package:name."""
    named = (context.config.get_main_option("metadata") or "").split()
    return [resolve_name(name) for name in named]


#: Tables of branches that are not compared are nobody's business here, and neither is what only
#: SQL can declare: ``mustela db verify`` compares that.
compared = metadatas()
_tables = {name for one in compared for name in one.tables}
_extras = {extra.name for one in compared for extra in extras(one)}


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether something that the database has is compared."""
    return name in _tables if kind == "table" else name not in _extras


def run_online(connection: Connection) -> None:
    """One transaction for all steps: a migration that fails takes the ones before it back."""
    context.configure(
        connection=connection,
        target_metadata=compared or None,
        include_name=include_name,
        transactional_ddl=True,
        on_version_apply=on_version_apply,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        connections.exclude_others(connection)
        history.add_stubs(context.script, connection)
        history.history.create(connection, checkfirst=True)
        context.run_migrations()
        connections.sign(connection)
        connections.check_references(connection)


def run_offline(url: str) -> None:
    """``alembic upgrade --sql``: print the statements."""
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
url = context.config.get_main_option("sqlalchemy.url") or ""
if context.is_offline_mode():
    run_offline(connections.driver_url(url).render_as_string(hide_password=False))
elif given is not None:
    run_online(given)
else:
    engine = create_engine(connections.driver_url(url), **connections.options(url))
    with engine.connect() as opened:
        run_online(opened)
