"""How a ``sqlite:///`` URL is opened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import apsw
from sqlalchemy import MetaData

from mustela.store.context import new_id
from mustela.store.ddl import ddl_statements
from mustela.store.identity import SET_DATABASE_ID
from mustela.store.schema import store_metadata
from mustela.store.sqlite.async_store import AsyncSQLiteStore
from mustela.store.sqlite.connection import MEMORY, connect, path_of
from mustela.store.sqlite.errors import translate
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.sync_store import SQLiteStore


def prepare(session: Session, create: Sequence[MetaData]) -> None:
    """Make the store's tables and these where the database is empty."""
    connection = session.connection
    session.begin()
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_schema").get:
            for sql in ddl_statements((store_metadata, *create), "sqlite"):
                connection.execute(sql)
            session.fetch(SET_DATABASE_ID, {"value": new_id()})
    except apsw.Error as error:
        session.rollback()
        raise translate(error) from error
    session.commit()


def open_store(url: str, *, create: Sequence[MetaData] = (), **options: Any) -> SQLiteStore:
    """See :meth:`mustela.store.Store.open`."""
    path = path_of(url)
    if path != MEMORY and create:
        with closing(Session(connect(path, vfs=options.get("vfs")))) as first:
            prepare(first, create)
    store = SQLiteStore(path, **options)
    if path == MEMORY:
        prepare(store.memory_session, create)
    return store


def open_async_store(
    url: str, *, create: Sequence[MetaData] = (), **options: Any
) -> AsyncSQLiteStore:
    """See :meth:`mustela.store.AsyncStore.open`."""
    path = path_of(url)

    def first(session: Session) -> None:
        if path == MEMORY or create:
            prepare(session, create)

    return AsyncSQLiteStore(path, prepare=first, **options)
