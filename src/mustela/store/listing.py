"""Lists: filters, sorts and keyset pages over one table, each shape compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.visitors import iterate

from mustela.store.dialect_sql import by_engine, in_json_numbers, json_rows
from mustela.store.document import Documents
from mustela.store.errors import InvalidValue
from mustela.store.page_order import PageOrder
from mustela.store.record import Record
from mustela.store.schema import revision_of
from mustela.store.statement import Statement

#: Filter name → the condition for a value bound under a name.
Filters = Mapping[str, Callable[[ColumnElement[Any]], ColumnElement[bool]]]
Words = Callable[[int, bool], ColumnElement[bool]]

#: With filters, a total is counted to at most this many.
COUNT_LIMIT = 10_000


class Sort(NamedTuple):
    """A column to sort by, and the direction."""

    field: str
    descending: bool

    @staticmethod
    def parse(text: str, allowed: Mapping[str, Column[Any]]) -> Sort:
        """``name`` ascends, ``-name`` descends; ``InvalidValue`` names what can be sorted by."""
        field = text.removeprefix("-")
        if field not in allowed:
            raise InvalidValue(f"cannot sort by {field!r}; use one of {', '.join(sorted(allowed))}")
        return Sort(field, text.startswith("-"))


class Cursor(NamedTuple):
    """Where a page ended: the sort value and the id of its last row."""

    value: Any
    id: str


class Listing:
    """Statements for the lists of one table.

    ``base`` selects the columns of a record; ``sorts`` maps names to columns; ``filters`` maps
    names to conditions. With a ``record`` (and a column ``seq``), a page can be answered in two
    statements: ``keys`` says which rows, ``documents`` are their encoded records, and ``rows`` are
    they themselves, each after its key. ``key`` is the integer column that names a row, if it is
    not that ``seq``: ``base`` must then join from its table.
    """

    def __init__(
        self,
        base: Select[Any],
        id_column: Column[Any],
        sorts: Mapping[str, Column[Any]],
        filters: Filters,
        record: type[Record] | None = None,
        *,
        key: Column[Any] | None = None,
    ) -> None:
        self.base = base
        self._id = id_column
        self.sorts = sorts
        self.filters = filters
        self.page = lru_cache(maxsize=1024)(self._page)
        self.count = lru_cache(maxsize=256)(self._count)
        #: Whether rows have revisions, so that their records can be kept.
        self.revised = False
        if record is not None:
            self._seq = id_column.table.c.seq if key is None else key
            self._named = _named(base, self._seq)
            self.revised = len(self._named) > 1
            self.rows = Statement(
                base.with_only_columns(
                    self._seq, *base.selected_columns, maintain_column_froms=True
                ).where(in_json_numbers(self._seq, bindparam("keys", type_=Text())))
            )
            self.keys = lru_cache(maxsize=1024)(self._keys)
            self.documents = Statement(
                Documents(record, base, self._seq, bindparam("keys", type_=Text()))
            )

    def condition(
        self, names: tuple[str, ...], search: Search | None
    ) -> ColumnElement[bool] | None:
        """The filters named, and the words searched for."""
        unknown = [name for name in names if name not in self.filters]
        if unknown:
            raise InvalidValue(
                f"there is no filter {unknown[0]!r}; use {', '.join(sorted(self.filters))}"
            )
        parts = [self.filters[name](bindparam(f"filter_{name}")) for name in names]
        if search is not None:
            parts.append(search.clause)
        return and_(*parts) if parts else None

    def _page(
        self, names: tuple[str, ...], search: Search | None, sort: Sort, after: str | None
    ) -> Statement:
        """A page; ``after`` says how it starts: ``None``, "value" or "null" (see Cursor)."""
        return self._paged(self.base, names, search, sort, after, lambda page: page)

    def _keys(
        self, names: tuple[str, ...], search: Search | None, sort: Sort, after: str | None
    ) -> Statement:
        """The same page as JSON arrays, one for each column: the names, values of the sort, ids.

        Of a name there is the key; and where the table has revisions, the row's revision and what
        else of other tables the record shows. An array of arrays would take the engine a quarter
        longer to write, and twice as long to read.
        """
        shown: list[Any] = [
            self.sorts[sort.field].label("value"),
            self._id.label("id"),
            *(column.label(f"name_{place}") for place, column in enumerate(self._named)),
        ]
        columns: Any = self.base.with_only_columns(*shown, maintain_column_froms=True)
        return self._paged(columns, names, search, sort, after, _in_json)

    def _paged(
        self,
        statement: Select[Any],
        names: tuple[str, ...],
        search: Search | None,
        sort: Sort,
        after: str | None,
        shaped: Callable[[Select[Any]], Select[Any]],
    ) -> Statement:
        where = self.condition(names, search)
        if where is not None:
            statement = statement.where(where)
        order = PageOrder(self.sorts[sort.field], self._id, descending=sort.descending)
        page = shaped(order.page(statement, after))
        if not order.begins_natively(after):
            return Statement(page)
        native = shaped(order.whole_page(statement, after))
        return Statement(by_engine(sqlite=native, postgresql=page))

    def _count(self, names: tuple[str, ...], search: Search | None) -> Statement:
        """At most ``most`` of those that match."""
        inner = self.base.with_only_columns(self._id)
        where = self.condition(names, search)
        if where is not None:
            inner = inner.where(where)
        return Statement(
            select(func.count()).select_from(inner.limit(bindparam("most")).subquery())
        )


def _in_json(page: Select[Any]) -> Select[Any]:
    """A page, whose rows begin with their value and id, as one JSON array for each column."""
    value, id_, *name = page.subquery("page").c
    arrays: Any = select(*(json_rows(column) for column in (*name, value, id_)))
    shaped: Select[Any] = arrays
    return shaped


def _named(base: Select[Any], key: Column[Any]) -> list[ColumnElement[Any]]:
    """The key of a row; with its revision, all that its encoded record follows from."""
    table = key.table
    revision = revision_of(table)
    if revision is None:
        return [key]
    parts = [part for column in base.selected_columns for part in iterate(column)]
    for part in parts:
        if isinstance(part, (ScalarSelect, TextClause)) or (
            isinstance(part, ColumnClause) and not isinstance(part, Column)
        ):
            raise TypeError(f"{table} has revisions; nobody could tell when {part} becomes another")
    columns = [part for part in parts if isinstance(part, Column)]
    others = dict.fromkeys(column for column in columns if column.table is not table)
    return [key, revision, *others]


class Search:
    """The clause for a number of words; equal for equal shapes, so that statements are shared."""

    __slots__ = ("clause", "shape")

    def __init__(self, shape: tuple[int, bool], clause: ColumnElement[bool]) -> None:
        self.shape = shape
        self.clause = clause

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Search) and self.shape == other.shape

    def __hash__(self) -> int:
        return hash(self.shape)


def bound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Filter values under the names of their parameters."""
    return {f"filter_{name}": value for name, value in values.items()}
