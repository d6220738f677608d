"""What is copied of each table, in which order, and how its rows are read and written.

Every table that the branches declare is copied as it is, those that triggers keep among them: the
triggers rest meanwhile. A table or a column whose ``info`` says ``{"copied": False}`` is not: it
speaks of the database or its processes, not of what is kept. A table whose ``info`` names a column
in ``sums_over`` is read as sums over it: how many rows they are spread over is the engine's own
affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    Numeric,
    String,
    Table,
    cast,
    collate,
    func,
    literal_column,
    select,
)
from sqlalchemy.types import TypeEngine

from mustela.store.branch import Branch
from mustela.store.copy.refusals import CopyRefused
from mustela.store.schema import meta

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class CopiedTable:
    """A table and what of it is copied."""

    table: Table

    @property
    def name(self) -> str:
        """The table's."""
        return self.table.name

    @cached_property
    def columns(self) -> tuple[Column[Any], ...]:
        """Those that hold something of their own."""
        return tuple(
            column
            for column in self.table.columns
            if column.computed is None and column.info.get("copied", True)
        )

    @cached_property
    def key(self) -> tuple[int, ...]:
        """Where in a row the primary key is."""
        return tuple(n for n, column in enumerate(self.columns) if column.primary_key)

    @cached_property
    def reals(self) -> tuple[int, ...]:
        """Where in a row there may be a floating-point number."""
        return tuple(
            n for n, column in enumerate(self.columns) if isinstance(column.type, Float | Numeric)
        )

    @property
    def number(self) -> Column[Any] | None:
        """The column that the database itself counts up."""
        return self.table.autoincrement_column

    def key_of(self, row: Row) -> Row:
        """The primary key of a row."""
        return tuple(row[n] for n in self.key)

    def named_key(self, row: Row) -> str:
        """The primary key of a row in words: ``seq=7``."""
        return ", ".join(f"{self.columns[n].name}={row[n]!r}" for n in self.key)

    def statement(self, dialect: Dialect) -> str:
        """The SQL that reads every row in the order of the key; it has no parameters."""
        order = (_by_code_point(column, dialect) for column in self._ordering)
        found = self._rows().order_by(*order)
        return str(found.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

    def is_filled(self) -> Any:
        """A query for one row that would be copied."""
        return self._rows().limit(1)

    @property
    def _spread(self) -> str | None:
        found: str | None = self.table.info.get("sums_over")
        return found

    @property
    def _ordering(self) -> list[Column[Any]]:
        return [self.columns[n] for n in self.key if self.columns[n].name != self._spread]

    def _rows(self) -> Any:
        if self._spread is not None:
            return select(*map(_summed(self._spread), self.columns)).group_by(*self._ordering)
        found = select(*self.columns)
        return found.where(meta.c.key != "database_id") if self.table is meta else found

    def reader(self, dialect: Dialect, kinds: Sequence[Any]) -> Callable[[Row], Row]:
        """What makes Python's values of a driver's; ``kinds`` are its codes of the columns."""
        return _converter(
            _in_utc(column.type, column.type.dialect_impl(dialect).result_processor(dialect, kind))
            for column, kind in zip(self.columns, kinds, strict=True)
        )

    def writer(self, dialect: Dialect) -> Callable[[Row], Row]:
        """The way back."""
        return _converter(
            column.type.dialect_impl(dialect).bind_processor(dialect) for column in self.columns
        )


def plan(branches: Sequence[Branch]) -> list[CopiedTable]:
    """The tables of these branches that are copied, none before one that it refers to.

    ``CopyRefused`` where the rows of one could not be told apart.
    """
    found = [
        CopiedTable(table)
        for branch in branches
        for table in branch.metadata.sorted_tables
        if table.info.get("copied", True)
    ]
    for one in found:
        if not one.key:
            raise CopyRefused(
                f"The table {one.name} has no primary key, so that its rows cannot be compared one"
                " by one; give it one."
            )
    return found


def _summed(spread: str) -> Callable[[Column[Any]], Any]:
    def of(column: Column[Any]) -> Any:
        if column.name == spread:
            return literal_column("0").label(column.name)
        return column if column.primary_key else cast(func.sum(column), BigInteger)

    return of


def _by_code_point(column: Column[Any], dialect: Dialect) -> Any:
    """Text in the same order on every engine, whatever the column's collation is."""
    if dialect.name == "postgresql" and isinstance(column.type, String):
        return column if column.type.collation == "C" else collate(column, "C")
    return column


def _in_utc(
    kind: TypeEngine[Any], read: Callable[[Any], Any] | None
) -> Callable[[Any], Any] | None:
    """SQLite forgets a time's zone: what it has of a type with zones is taken as UTC."""
    if not (isinstance(kind, DateTime) and kind.timezone):
        return read

    def convert(value: Any) -> Any:
        found = value if read is None else read(value)
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

    return convert


def _converter(parts: Iterator[Callable[[Any], Any] | None]) -> Callable[[Row], Row]:
    wanted = [(n, part) for n, part in enumerate(parts) if part is not None]
    if not wanted:
        return _as_it_is

    def convert(row: Row) -> Row:
        values = list(row)
        for n, part in wanted:
            values[n] = part(values[n])
        return tuple(values)

    return convert


def _as_it_is(row: Row) -> Row:
    return row
