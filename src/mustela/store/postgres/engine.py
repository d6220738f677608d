"""How a ``postgresql://`` URL is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import MetaData

from mustela.store.context import new_id
from mustela.store.ddl import ddl_statements
from mustela.store.identity import SET_DATABASE_ID
from mustela.store.postgres.async_store import AsyncPostgresStore
from mustela.store.postgres.errors import translate
from mustela.store.postgres.steps import DIALECT
from mustela.store.postgres.sync_store import PostgresStore
from mustela.store.schema import store_metadata

#: Who comes second waits, and finds the tables there; given back with the transaction.
_EXCLUDE_OTHERS = "SELECT pg_advisory_xact_lock(hashtext('mustela create'))"
_IS_EMPTY = "SELECT to_regclass('meta') IS NULL"


def _driver_url(url: str) -> str:
    return "postgresql://" + url.partition("://")[2]


def _create(url: str, create: Sequence[MetaData]) -> None:
    if not create:
        return
    try:
        with psycopg.connect(url) as connection:
            connection.execute(_EXCLUDE_OTHERS)
            row = connection.execute(_IS_EMPTY).fetchone()
            if row and row[0]:
                for sql in ddl_statements((store_metadata, *create), "postgresql"):
                    connection.execute(sql.encode())
                sql, literals = SET_DATABASE_ID.compiled(DIALECT)
                connection.execute(sql.encode(), {**literals, "value": new_id()})
    except psycopg.Error as error:
        raise translate(error) from error


def open_store(url: str, *, create: Sequence[MetaData] = (), **options: Any) -> PostgresStore:
    """See :meth:`mustela.store.Store.open`."""
    _create(_driver_url(url), create)
    return PostgresStore(_driver_url(url), **options)


def open_async_store(
    url: str, *, create: Sequence[MetaData] = (), **options: Any
) -> AsyncPostgresStore:
    """See :meth:`mustela.store.AsyncStore.open`."""
    _create(_driver_url(url), create)
    return AsyncPostgresStore(_driver_url(url), **options)
