"""Run by Alembic for each command. Never imported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, create_engine

from mustela.store.migrations import connections, history


def on_version_apply(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
) -> None:
    """Each step keeps the history, in the step's own transaction."""
    if ctx.connection is not None and not ctx.as_sql:
        history.record(ctx.connection, context.script, heads)


def run_online(connection: Connection) -> None:
    """One transaction for all steps: a migration that fails takes the ones before it back."""
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadatas"),
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
