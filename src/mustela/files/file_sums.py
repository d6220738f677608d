"""How many files a collection has, and how many bytes, present and missing: kept, not counted.

Triggers keep a small table in step with the rows of files, so that the sums cost the same for ten
files and for ten million. SQLite, with one writer, has one row for each status. On PostgreSQL
every statement that changes a sum adds a row of its own, so that writers do not wait for each
other, and now and then the rows are folded into one.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column, Table, func, select

from mustela.store import INTEGER, Statement
from mustela.store.ddl import extra_ddl, trigger

#: On PostgreSQL rows are folded at about every so many changes.
FOLD_EVERY = 256

_MISSING = "{row}.missing_since IS NOT NULL"
_SIZE = "coalesce({row}.file_size, 0)"


class FileSum(NamedTuple):
    """Files of one status: how many, and how many bytes."""

    missing: bool
    files: int
    bytes: int


class FileSums:
    """The sums over a table of files, which has the columns ``file_size`` and ``missing_since``.

    Declares the table ``name`` and its triggers beside it. ``missing`` is 0 or 1, ``shard`` tells
    rows of the same status apart; what counts is the sum over them.
    """

    def __init__(self, table: Table, name: str) -> None:
        self.table = Table(
            name,
            table.metadata,
            Column("missing", INTEGER, primary_key=True, autoincrement=False),
            Column("shard", INTEGER, primary_key=True, autoincrement=False),
            Column("files", INTEGER, nullable=False),
            Column("bytes", INTEGER, nullable=False),
            info={"sums_over": "shard"},
            sqlite_strict=True,
            sqlite_with_rowid=False,
        )
        self._declare_sqlite(table)
        self._declare_postgresql(table)
        c = self.table.c
        #: Rows of ``FileSum``; a status that no file ever had has none.
        self.read = Statement(
            select(c.missing, func.sum(c.files), func.sum(c.bytes))
            .group_by(c.missing)
            .order_by(c.missing)
        )

    def _declare_sqlite(self, table: Table) -> None:
        name, metadata = self.table.name, table.metadata
        add, remove = self._add_one("new", 1), self._add_one("old", -1)
        trigger(
            metadata,
            f"{name}_insert",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table.name} BEGIN {add} END",
        )
        trigger(
            metadata,
            f"{name}_delete",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table.name} BEGIN {remove} END",
        )
        trigger(
            metadata,
            f"{name}_update",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF file_size, missing_since "
            f"ON {table.name} WHEN old.file_size IS NOT new.file_size "
            "OR (old.missing_since IS NULL) <> (new.missing_since IS NULL) "
            f"BEGIN {remove} {add} END",
        )

    def _add_one(self, row: str, sign: int) -> str:
        missing, size = _MISSING.format(row=row), _SIZE.format(row=row)
        return (
            f"INSERT INTO {self.table.name} (missing, shard, files, bytes) "
            f"VALUES ({missing}, 0, {sign}, {sign} * {size}) ON CONFLICT (missing, shard) "
            "DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes;"
        )

    def _declare_postgresql(self, table: Table) -> None:
        name, metadata = self.table.name, table.metadata
        for event, parts, tables in (
            ("insert", (("added", 1),), "NEW TABLE AS added"),
            ("delete", (("gone", -1),), "OLD TABLE AS gone"),
            (
                "update",
                (("added", 1), ("gone", -1)),
                "OLD TABLE AS gone NEW TABLE AS added",
            ),
        ):
            function = f"{name}_{event}"
            extra_ddl(
                metadata,
                "function",
                function,
                self._function(function, parts),
                f"DROP FUNCTION {function}()",
                "postgresql",
            )
            trigger(
                metadata,
                function,
                f"CREATE TRIGGER {function} AFTER {event.upper()} ON {table.name} "
                f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
                table=table.name,
                dialect="postgresql",
            )

    def _function(self, function: str, parts: tuple[tuple[str, int], ...]) -> str:
        """Add what a statement changed to the sums; fold them now and then."""
        name = self.table.name
        changed = " UNION ALL ".join(
            f"SELECT CAST({_MISSING.format(row=part)} AS integer) AS missing, "
            f"{sign} AS files, {sign} * {_SIZE.format(row=part)} AS bytes FROM {part}"
            for part, sign in parts
        )
        columns = f"INSERT INTO {name} (missing, shard, files, bytes)"
        shard = "CAST(floor(random() * 4611686018427387904) AS bigint)"
        # Two folds at once: one of them is run again, as its whole transaction is.
        return (
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{columns} SELECT missing, {shard}, sum(files), sum(bytes) FROM ({changed}) AS one "
            "GROUP BY missing HAVING sum(files) <> 0 OR sum(bytes) <> 0; "
            f"IF random() * {FOLD_EVERY} < 1 THEN "
            f"WITH gone AS (DELETE FROM {name} RETURNING missing, files, bytes) "
            f"{columns} SELECT missing, {shard}, sum(files), sum(bytes) FROM gone "
            "GROUP BY missing; END IF; "
            "RETURN NULL; END $$"
        )
