"""What ``MetaData`` cannot say by itself: virtual tables, triggers; and the whole schema as SQL.

Partial indexes need nothing from here: ``Index(..., sqlite_where=..., postgresql_where=...)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import DDL, MetaData, create_mock_engine, event
from sqlalchemy.engine.url import URL

DialectName: TypeAlias = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class ExtraDDL:
    """One object of the schema that only SQL can declare.

    ``fill`` puts into it what follows from the rows that are there already, where something does.
    """

    kind: str
    name: str
    dialect: DialectName
    create: str
    drop: str
    fill: str = ""


def extra_ddl(
    metadata: MetaData,
    kind: str,
    name: str,
    create: str,
    drop: str,
    dialect: DialectName,
    fill: str = "",
) -> ExtraDDL:
    """Declare an object of the schema by its SQL, for one dialect.

    It is created after the tables of ``metadata``, in the order of declaration, and dropped before
    them, in the reverse order. Percent signs stand for themselves.
    """
    extra = ExtraDDL(kind, name, dialect, create, drop, fill)
    declared = _declared(metadata)
    if not declared:
        event.listen(metadata, "after_create", _create_all)
        event.listen(metadata, "before_drop", _drop_all)
    declared.append(extra)
    ddl_statements.cache_clear()
    return extra


def virtual_table(metadata: MetaData, name: str, create: str, fill: str = "") -> ExtraDDL:
    """Declare a virtual table of SQLite: ``create`` is its whole ``CREATE VIRTUAL TABLE``.

    ``fill`` is the ``INSERT`` that makes it anew from other tables; a copy of the database to
    another engine and back needs it.
    """
    drop = f'DROP TABLE "{name}"'
    return extra_ddl(metadata, "virtual table", name, create, drop, "sqlite", fill)


def trigger(
    metadata: MetaData,
    name: str,
    create: str,
    *,
    table: str | None = None,
    dialect: DialectName = "sqlite",
) -> ExtraDDL:
    """Declare a trigger: ``create`` is its whole ``CREATE TRIGGER``.

    PostgreSQL needs the ``table`` that it stands on to drop it.
    """
    on = f' ON "{table}"' if dialect == "postgresql" else ""
    return extra_ddl(metadata, "trigger", name, create, f'DROP TRIGGER "{name}"{on}', dialect)


def extras(metadata: MetaData, dialect: DialectName | None = None) -> tuple[ExtraDDL, ...]:
    """What has been declared here, of one dialect or of all."""
    return tuple(e for e in _declared(metadata) if dialect is None or e.dialect == dialect)


@lru_cache(maxsize=64)
def ddl_statements(metadatas: tuple[MetaData, ...], dialect: DialectName) -> tuple[str, ...]:
    """Everything that creates the schema, as SQL, in an order that works.

    Rendered once and kept, so that a database in memory opens in milliseconds, without Alembic.
    They are run without parameters: a percent sign stands for itself. The cache goes by the
    identity of the ``MetaData``: declare all tables before the first call.
    """
    statements: list[str] = []

    def collect(element: Any, *_args: object, **_kwargs: object) -> None:
        text = str(element.compile(dialect=engine.dialect)).strip()
        doubled = engine.dialect.paramstyle in {"format", "pyformat"}  # for a driver that halves
        statements.append(text.replace("%%", "%") if doubled else text)

    engine = create_mock_engine(URL.create(dialect), collect)  # its compiler: loads no driver
    for metadata in metadatas:
        metadata.create_all(engine, checkfirst=False)
    return tuple(statements)


def _declared(metadata: MetaData) -> list[ExtraDDL]:
    declared: list[ExtraDDL] = metadata.info.setdefault("extra_ddl", [])
    return declared


def _run(extras: Iterable[str], connection: Any) -> None:
    for sql in extras:
        statement: Any = DDL  # SQLAlchemy gives it no types
        connection.execute(statement(sql.replace("%", "%%")))


def _create_all(target: MetaData, connection: Any, **_options: object) -> None:
    _run((e.create for e in extras(target, connection.dialect.name)), connection)


def _drop_all(target: MetaData, connection: Any, **_options: object) -> None:
    _run((e.drop for e in reversed(extras(target, connection.dialect.name))), connection)
