"""The order of a list, and where a page of it starts, said so that an index serves both.

The order is total and the same on every engine: the sort column with NULLs last in either
direction, ties by ``id`` in the same direction, text by code point. An engine keeps the NULLs of
an index at one end only (SQLite before every value, PostgreSQL after), so that no index has the
whole of the order in both directions. A list along an index is therefore read in two parts, the
rows that have a value and then those that have none: each of them any index has. (Where the first
page of all is concerned, one engine or both need no such help.)
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from mustela.store.dialect_sql import still_wanted

#: What may be added to without leaving the integers.
_MOST: ColumnElement[int] = literal_column(str(2**62))


class PageOrder:
    """One order of a list: by ``column``, then by ``id_column``."""

    def __init__(self, column: Column[Any], id_column: Column[Any], *, descending: bool) -> None:
        self._column = column
        self._id = id_column
        self._descending = descending
        #: Whether there are NULLs to put last, and an index to read them by.
        self._in_parts = bool(column.nullable) and has_index(column, id_column)

    def begins_natively(self, after: str | None) -> bool:
        """Whether SQLite's order is an index's where PostgreSQL's is not: from the NULLs' end."""
        return self._in_parts and after is None and self._descending

    def page(self, statement: Select[Any], after: str | None) -> Select[Any]:
        """The rows of a page of ``statement``, in order.

        ``after`` says how it starts: ``None`` (at ``offset``), after a "value" or after a "null",
        which are the sort value of the last row before.
        """
        if self.begins_natively(after) or (self._in_parts and after == "value"):
            return self._two_parts(statement, after)
        return self.whole_page(statement, after)

    def whole_page(self, statement: Select[Any], after: str | None) -> Select[Any]:
        """The same, of all rows at once."""
        if after is not None:
            statement = statement.where(self._after(null=after == "null"))
        order = self._order() if after != "null" else self._bare_order()
        statement = statement.order_by(*order).limit(bindparam("limit"))
        return statement.offset(bindparam("offset")) if after is None else statement

    def _two_parts(self, statement: Select[Any], after: str | None) -> Select[Any]:
        """First what has a value; then, unless those fill the page, what has none."""
        column, id_ = self._column, self._id
        shown = [*statement.selected_columns]
        read = statement.add_columns(column.label("sort_value"), id_.label("sort_id"))
        most: ColumnElement[int] = bindparam("limit", type_=BigInteger())
        if after is None:
            limit, offset = (cast(bindparam(name), BigInteger) for name in ("limit", "offset"))
            most = func.least(limit, _MOST) + offset
        start = self._from_value() if after is not None else column.is_not(None)
        valued = read.where(start).order_by(*self._bare_order()).limit(most).cte("valued")
        found = select(func.count()).select_from(valued).scalar_subquery()
        void = read.where(column.is_(None), found < most).order_by(*self._bare_order())
        void = void.limit(still_wanted(most, found))
        parts = union_all(
            select(literal_column("0").label("part"), *valued.c),
            select(literal_column("1").label("part"), *void.subquery("void").c),
        ).subquery("parts")
        order = [
            parts.c.part,
            *(self._directed(parts.c[name]) for name in ("sort_value", "sort_id")),
        ]
        chosen: Any = select(*(parts.c[column.name] for column in shown))
        page: Select[Any] = chosen.order_by(*order).limit(bindparam("limit"))
        return page.offset(bindparam("offset")) if after is None else page

    def _directed(self, column: ColumnElement[Any]) -> Any:
        return column.desc() if self._descending else column.asc()

    def _bare_order(self) -> list[Any]:
        """The order where NULLs are all or none of the rows."""
        return [self._directed(self._column), self._directed(self._id)]

    def _order(self) -> list[Any]:
        if self._column is self._id:
            return [self._directed(self._id)]
        first, second = self._bare_order()
        return [first.nulls_last() if self._column.nullable else first, second]

    def _beyond(self) -> ColumnElement[bool]:
        last_id = bindparam("after_id", type_=self._id.type)
        return self._id < last_id if self._descending else self._id > last_id

    def _after(self, *, null: bool) -> ColumnElement[bool]:
        column = self._column
        if column is self._id:
            return self._beyond()
        if null:
            return and_(column.is_(None), self._beyond())
        return or_(self._from_value(), column.is_(None)) if column.nullable else self._from_value()

    def _from_value(self) -> ColumnElement[bool]:
        """What follows a value; said so that an index is entered where the page starts."""
        column = self._column
        value = bindparam("after_value", type_=column.type)
        further = column < value if self._descending else column > value
        start = column <= value if self._descending else column >= value
        return and_(start, or_(further, self._beyond()))


def has_index(column: Column[Any], id_column: Column[Any]) -> bool:
    """Whether an index has the rows by ``column`` and then ``id_column``."""
    return any(
        [*index.columns] == [column, id_column] and not _is_partial(index)
        for index in column.table.indexes
    )


def _is_partial(index: Index) -> bool:
    return any(
        index.dialect_options[name].get("where") is not None for name in ("sqlite", "postgresql")
    )
