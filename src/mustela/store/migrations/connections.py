"""How migrations connect: the driver, what is switched off meanwhile, and who has to wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, pool, select
from sqlalchemy.engine.url import URL, make_url

from mustela.store.context import new_id
from mustela.store.maintenance_errors import MigrationFailed
from mustela.store.postgres.patience import patience_beside
from mustela.store.schema import meta
from mustela.store.sqlite.alchemy import register
from mustela.store.sqlite.connection import path_of
from mustela.store.sqlite.file import APPLICATION_ID
from mustela.store.store import EngineMissing

register()

DRIVERS = {"sqlite": "sqlite+apsw", "postgresql": "postgresql+psycopg"}

#: One number for all stores: two servers that start on one PostgreSQL database migrate in turn.
ADVISORY_LOCK = 0x6D757374656C61


def driver_url(target: str | Path | URL) -> URL:
    """The URL with the one driver that Mustela uses; a path is a SQLite file."""
    if isinstance(target, Path) or (isinstance(target, str) and "://" not in target):
        return URL.create(DRIVERS["sqlite"], database=str(target))
    if isinstance(target, str) and target.startswith("sqlite"):
        return URL.create(DRIVERS["sqlite"], database=path_of(target))
    url = make_url(target)
    return url.set(drivername=DRIVERS.get(url.get_backend_name(), url.drivername))


def options(target: str | Path | URL) -> dict[str, Any]:
    """Arguments of ``create_engine`` for migrations.

    SQLite takes the write lock at once, and does not follow foreign keys: Alembic rebuilds a table
    by dropping the old one, which would delete the rows that refer to it.
    """
    if driver_url(target).get_backend_name() == "sqlite":
        return {"connect_args": {"begin": "IMMEDIATE", "foreign_keys": False}}
    return _server_options(driver_url(target))


def _server_options(url: URL) -> dict[str, Any]:
    return {"poolclass": pool.NullPool, "connect_args": patience_beside(url.query)}


def migration_engine(target: str | Path | URL) -> Engine:
    """An engine to migrate with."""
    return create_engine(driver_url(target), **options(target))


def plain_engine(target: str | Path | URL) -> Engine:
    """An engine to look with: it creates no file, and takes no lock before a statement does."""
    url = driver_url(target)
    if url.get_backend_name() == "sqlite":
        return create_engine(url, connect_args={"create": False})
    try:
        return create_engine(url, **_server_options(url))
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"the driver for {url.get_backend_name()} is not installed ({error.name}); "
            "pip install 'mustela[postgres]'"
        ) from error


def exclude_others(connection: Connection) -> None:
    """Wait until no other process migrates this database; held to the transaction's end."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")


def sign(connection: Connection) -> None:
    """Give a new database its id and, in SQLite's header, its owner's mark."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    key = meta.c.key == "database_id"
    if inspect(connection).has_table("meta") and not connection.scalar(
        select(meta.c.key).where(key)
    ):
        connection.execute(meta.insert().values(key="database_id", value=new_id()))


def check_references(connection: Connection) -> None:
    """Foreign keys were not followed, so they are checked before the commit."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        table, rowid, parent, _ = broken[0]
        raise MigrationFailed(
            f"After the migration {len(broken)} rows refer to rows that are not there, the first in"
            f" {table} (row {rowid}, of {parent}); nothing was changed."
        )
