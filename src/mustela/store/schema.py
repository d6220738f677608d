"""Column types, how a column is audited, and the tables that every store has."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    FromClause,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

Role: TypeAlias = Literal["edited", "observed", "derived"]

#: Names for constraints and indexes, so that migrations can speak of them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: 64-bit integer; also truth values (0, 1) and times (microseconds since 1970, UTC).
INTEGER: TypeEngine[int] = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
#: Text compared by code point on every engine.
TEXT: TypeEngine[str] = Text(collation="C").with_variant(sqlite.TEXT(), "sqlite")
#: 64-bit floating point.
REAL: TypeEngine[float] = Double().with_variant(sqlite.REAL(), "sqlite")
#: Bytes.
BLOB: TypeEngine[bytes] = LargeBinary().with_variant(sqlite.BLOB(), "sqlite")


def edited(name: str, type_: TypeEngine[Any], *args: Any, **options: Any) -> Column[Any]:
    """A column for what people say: audited, revertible, kept."""
    return Column(name, type_, *args, info={"role": "edited"}, **options)


def observed(name: str, type_: TypeEngine[Any], *args: Any, **options: Any) -> Column[Any]:
    """A column for what programs read: audited on update, not revertible, under retention."""
    return Column(name, type_, *args, info={"role": "observed"}, **options)


def derived(name: str, type_: TypeEngine[Any], *args: Any, **options: Any) -> Column[Any]:
    """A column computed from others: not audited."""
    return Column(name, type_, *args, info={"role": "derived"}, **options)


def revision() -> Column[int]:
    """A column ``revision``: each write of a row through ``Records`` gives it a new one.

    With it the encoded record is kept in memory (see ``mustela.store.kept_records``), so nothing
    else may write such a table while a store is open: no trigger, and no statement of one's own
    that does not set it to :func:`~mustela.store.kept_records.new_revision`. A row of revision 0 is
    never kept.
    """
    info = {"role": "derived", "revision": True}
    return Column("revision", INTEGER, nullable=False, server_default="0", info=info)


def revision_of(table: FromClause) -> Column[int] | None:
    """The table's column that :func:`revision` made, if it has one."""
    found = table.columns.get("revision")
    return found if isinstance(found, Column) and found.info.get("revision") else None


def role(column: Column[Any]) -> Role:
    """How a column is audited; *derived* where nothing is declared."""
    found: Role = column.info.get("role", "derived")
    return found


store_metadata = MetaData(naming_convention=NAMING)

#: Facts about the database itself: ``database_id`` and the like.
meta = Table(
    "meta",
    store_metadata,
    Column("key", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
    sqlite_strict=True,
)

#: The state of each topic. Its revision and total are the sums over its shards: SQLite, with one
#: writer, keeps one row; PostgreSQL adds a row per transaction (no hot row) and folds them later.
topics = Table(
    "topics",
    store_metadata,
    Column("name", TEXT, primary_key=True),
    Column("shard", INTEGER, primary_key=True, autoincrement=False),
    Column("revision", INTEGER, nullable=False),
    Column("total", INTEGER, nullable=False),
    info={"sums_over": "shard"},
    sqlite_strict=True,
)

#: What changed, for those who follow: a bounded window, trimmed as it grows.
events = Table(
    "events",
    store_metadata,
    Column("id", INTEGER, primary_key=True),
    Column("at", INTEGER, nullable=False),
    Column("topic", TEXT, nullable=False),
    Column("key", TEXT),
    Column("change_id", TEXT, nullable=False),
    sqlite_strict=True,
)

#: Who changed what. ``before`` and ``after`` are JSON objects of fields.
audit = Table(
    "audit",
    store_metadata,
    Column("id", INTEGER, primary_key=True),
    Column("at", INTEGER, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("request_id", TEXT),
    Column("change_id", TEXT, nullable=False),
    Column("topic", TEXT, nullable=False),
    Column("record_id", TEXT),
    Column("action", TEXT, nullable=False),
    Column("before", TEXT),
    Column("after", TEXT),
    Index("ix_audit_record_id_topic_id", "record_id", "topic", "id"),
    Index("ix_audit_change_id_id", "change_id", "id"),
    Index("ix_audit_at_id", "at", "id"),
    Index("ix_audit_actor_at_id", "actor", "at", "id"),
    Index("ix_audit_topic_at_id", "topic", "at", "id"),
    sqlite_strict=True,
)
