"""What a database holds, as values that can be compared: its schema and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, literal_column, select, table

from mustela.store.migrations import snapshot_postgres, snapshot_sqlite
from mustela.store.migrations.history import ALEMBIC_TABLE, HISTORY_TABLE

#: A line for each column, constraint, index, trigger ...; the order of columns does not count.
Schema: TypeAlias = frozenset[str]
#: The rows of each ordinary table.
Rows: TypeAlias = dict[str, list[dict[str, Any]]]

#: The bookkeeping of migrations is no part of what they are compared by.
BOOKKEEPING = frozenset({ALEMBIC_TABLE, HISTORY_TABLE})


def schema(connection: Connection) -> Schema:
    """Everything that is declared in the database."""
    if connection.dialect.name == "sqlite":
        return snapshot_sqlite.schema(connection, BOOKKEEPING)
    return snapshot_postgres.schema(connection, BOOKKEEPING)


def tables(connection: Connection) -> list[str]:
    """The ordinary tables: neither virtual ones nor those that serve them."""
    module = snapshot_sqlite if connection.dialect.name == "sqlite" else snapshot_postgres
    return [name for name in module.tables(connection) if name not in BOOKKEEPING]


def rows(connection: Connection, declared: Mapping[str, Table] = MappingProxyType({})) -> Rows:
    """The contents of the ordinary tables, in an order that depends on nothing else.

    The database's id is left out: it is new in each. Of a ``declared`` table of sums over shards
    the sums are answered: the engine may fold its rows whenever it likes.
    """
    found: Rows = {}
    for name in tables(connection):
        everything: Any = select(literal_column("*")).select_from(table(name))
        result = connection.execute(everything)
        contents = [dict(row) for row in result.mappings()]
        if name in declared:
            contents = _summed(contents, declared[name])
        found[name] = sorted(
            (row for row in contents if name != "meta" or row["key"] != "database_id"), key=repr
        )
    return found


def _summed(contents: list[dict[str, Any]], declared: Table) -> list[dict[str, Any]]:
    shard = declared.info.get("sums_over")
    keys = [column.name for column in declared.primary_key if column.name != shard]
    if shard is None or not contents or not contents[0].keys() >= {shard, *keys}:
        return contents  # no such table, at this revision
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in contents:
        key = tuple(row.pop(name) for name in keys)
        row.pop(shard)
        total = sums.setdefault(key, dict.fromkeys(row, 0))
        for name, value in row.items():
            total[name] += value
    return [
        {**dict(zip(keys, key, strict=True)), **total}
        for key, total in sums.items()
        if any(total.values())
    ]


def difference(first: Schema, second: Schema, names: tuple[str, str]) -> list[str]:
    """Each line that only one of two schemas has, with the name of that one."""
    return [f"only in {names[0]}: {line}" for line in sorted(first - second)] + [
        f"only in {names[1]}: {line}" for line in sorted(second - first)
    ]


def row_difference(before: Rows, after: Rows, limit: int = 5) -> list[str]:
    """Rows that were lost or that have appeared, at most ``limit`` of each table."""
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, []), after.get(name, [])
        lost = [row for row in old if row not in new]
        grown = [row for row in new if row not in old]
        lines += [f"lost from {name}: {row}" for row in lost[:limit]]
        lines += [f"new in {name}: {row}" for row in grown[:limit]]
        if not lost and not grown and len(old) != len(new):
            lines.append(f"{name} had {len(old)} rows and has {len(new)}")
    return lines


def common(part: Rows, *others: Rows) -> Rows:
    """``part`` cut down to the tables and columns that all the others have too."""
    kept: Rows = {}
    for name, contents in part.items():
        if contents and all(other.get(name) for other in others):
            columns = set(contents[0]).intersection(*(other[name][0] for other in others))
            cut = ({c: v for c, v in row.items() if c in columns} for row in contents)
            kept[name] = sorted(cut, key=repr)
    return kept
