"""Pages of one table's records: which rows, in which order, how many there are in all.

The units that a repository's list methods consist of; they differ by their filters' types only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from mustela.store.context import to_microseconds
from mustela.store.document import SEPARATOR
from mustela.store.errors import InvalidValue
from mustela.store.kept_records import KeptRecords, Name
from mustela.store.listing import COUNT_LIMIT, Cursor, Listing, Search, Sort, bound
from mustela.store.operation import Page
from mustela.store.record import Record
from mustela.store.statement import Statement
from mustela.store.unit import Unit, kept, one, rows, total

R = TypeVar("R", bound=Record)

#: The clause for the words of a query with its parameters; ``None`` for no words.
Searching: TypeAlias = Callable[[str], tuple[Search | None, dict[str, Any]]]
#: Filter name → what its value becomes before it is bound.
Conversions: TypeAlias = Mapping[str, Callable[[Any], Any]]

#: The beginning of a list is asked for again and again. Where it is as short as this (200, and one
#: that tells whether there are more) it is put together from records that are kept.
SHORT = 201

_encode_json = msgspec.json.Encoder().encode
_Value: TypeAlias = str | int | float | None
_decode_column = msgspec.json.Decoder(list[_Value]).decode


def heavy_unless_along(*indexed: str) -> Callable[..., bool]:
    """For ``@heavy_read_when`` of a list: a short page along one of these sorts is light.

    Their order stands in an index, so that it travels with the point reads. Every filter, and
    ``query``, makes a page heavy.
    """
    light = frozenset(indexed)

    def is_heavy(
        limit: int = 100, offset: int = 0, *, sort: str = "-created_at", **others: Any
    ) -> bool:
        return (
            limit > 200
            or offset > 1000
            or sort.removeprefix("-") not in light
            or any(
                not (value is None or value == "")
                for name, value in others.items()
                if name != "after"
            )
        )

    return is_heavy


class RecordPage(msgspec.Struct, Generic[R]):
    """A page of a list: how many there are in all, and where the next page starts."""

    items: list[R]
    total: int
    total_is_exact: bool
    next: Cursor | None


class EncodedPage(msgspec.Struct):
    """The same, the records encoded: joined by commas they are the inside of a JSON array.

    A document may be several records already.
    """

    documents: list[bytes]
    total: int
    total_is_exact: bool
    next: Cursor | None

    @property
    def items(self) -> bytes:
        """The records as one JSON array."""
        return b"[%b]" % b",".join(self.documents)


class Pages(Generic[R]):
    """The lists of one table.

    ``topic`` counts its records. ``sort_fields`` names the column of a record behind a sort that
    has another name. ``conversions`` are for filters whose values are not bound as they come:
    times become microseconds and truth values 0 or 1 in any case.
    """

    def __init__(
        self,
        topic: str,
        record: type[R],
        listing: Listing,
        *,
        search: Searching | None = None,
        sort_fields: Mapping[str, str] | None = None,
        conversions: Conversions | None = None,
    ) -> None:
        self._topic = topic
        self._record = record
        self.listing = listing
        self._search = search
        self._sort_fields = sort_fields or {}
        self._conversions = conversions or {}

    def values(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        """Filters as their parameters, without those that are ``None``.

        ``InvalidValue`` for a filter that there is not.
        """
        values: dict[str, Any] = {}
        for name, value in filters.items():
            if value is None:
                continue
            if name not in self.listing.filters:
                known = ", ".join(sorted(self.listing.filters))
                raise InvalidValue(f"there is no filter {name!r}; use {known}")
            convert = self._conversions.get(name)
            if convert is not None:
                value = convert(value)
            elif isinstance(value, datetime):
                value = to_microseconds(value)
            elif isinstance(value, bool):
                value = int(value)
            values[name] = value
        return values

    def search(self, query: str) -> tuple[Search | None, dict[str, Any]]:
        """The clause for the words of ``query``, and its parameters."""
        if self._search is None:
            return None, {}
        return self._search(query)

    # Units.

    def listed(
        self, limit: int, offset: int, sort: str, query: str, filters: Mapping[str, Any]
    ) -> Unit[list[R]]:
        """Records that satisfy all filters and have every word."""
        order = Sort.parse(sort, self.listing.sorts)
        return (yield from self._select(limit, offset, None, order, query, filters))

    def page(
        self,
        limit: int,
        offset: int,
        after: Cursor | None,
        sort: str,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[RecordPage[R]]:
        """A page, the total, and the cursor of the next page."""
        items, next_ = yield from self._after(limit, offset, after, sort, query, filters)
        size, exact = yield from self.total(query, filters)
        return RecordPage(items, size, exact, next_)

    def encoded_page(
        self,
        limit: int,
        offset: int,
        after: Cursor | None,
        sort: str,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, encoded by the engine."""
        order = Sort.parse(sort, self.listing.sorts)
        found = yield from self._rows(
            self.listing.keys, limit + 1, offset, after, order, query, filters
        )
        *named, values, ids = found[0]
        names = _names(named)
        next_ = None
        if len(names) > limit > 0:  # only then what the page ended with is wanted
            last = limit - 1
            next_ = Cursor(_decode_column(values)[last], str(_decode_column(ids)[last]))
        documents = yield from self._encoded(names[:limit])
        size, exact = yield from self.total(query, filters)
        return EncodedPage(documents, size, exact, next_)

    def everything(
        self, size: int, after: Cursor | None, sort: str, query: str, filters: Mapping[str, Any]
    ) -> Unit[Page[R]]:
        """One page of a stream."""
        items, next_ = yield from self._after(size, 0, after, sort, query, filters)
        return Page(items, next_)

    def count(self, query: str, filters: Mapping[str, Any], most: int = 2**62) -> Unit[int]:
        """How many there are, counted to ``most``; in constant time without filters."""
        counted = yield from self._counted(query, filters, most)
        return (yield from total(self._topic)) if counted is None else counted

    def total(self, query: str, filters: Mapping[str, Any]) -> Unit[tuple[int, bool]]:
        """How many there are, and whether that is exact: filtered, only so many are counted."""
        counted = yield from self._counted(query, filters, COUNT_LIMIT + 1)
        if counted is None:
            return (yield from total(self._topic)), True
        return min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT

    # Parts of them.

    def _encoded(self, names: Sequence[Name]) -> Unit[list[bytes]]:
        """The encoded records of these names: those kept, and what the engine makes."""
        memory = yield from kept()
        if not (memory.limit and self.listing.revised):
            text = yield from self._documents(names)
            return [text.replace(SEPARATOR, b",")] if text else []
        found = memory.find(self.listing, names)
        lacking = [place for place, document in enumerate(found) if document is None]
        if lacking:
            wanted = [names[place] for place in lacking]
            made = (yield from self._documents(wanted)).split(SEPARATOR)
            for place, document in zip(lacking, made, strict=True):
                found[place] = document
            memory.keep(self.listing, list(zip(wanted, made, strict=True)))
        return found

    def _documents(self, names: Sequence[Name]) -> Unit[bytes]:
        """The encoded records of these names, as the engine makes them, with separators between."""
        if not names:
            return b""
        keys = _encode_json([name[0] for name in names]).decode()
        return (yield from one(self.listing.documents, bytes, keys=keys)) or b""

    def _counted(self, query: str, filters: Mapping[str, Any], most: int) -> Unit[int | None]:
        """How many match, counted to ``most``; ``None`` where nothing is filtered."""
        values = self.values(filters)
        wanted, found = self.search(query)
        if wanted is None and not values:
            return None
        statement = self.listing.count(tuple(sorted(values)), wanted)
        return (yield from one(statement, int, most=most, **bound(values), **found)) or 0

    def _rows(
        self,
        shape: Callable[[tuple[str, ...], Search | None, Sort, str | None], Statement],
        limit: int,
        offset: int,
        after: Cursor | None,
        sort: Sort,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[list[tuple[Any, ...]]]:
        """The rows of a page, by ``listing.page`` or ``listing.keys``."""
        if limit < 0 or offset < 0:
            raise InvalidValue("limit and offset cannot be negative")
        values = self.values(filters)
        wanted, found = self.search(query)
        start = None if after is None else "null" if after.value is None else "value"
        statement = shape(tuple(sorted(values)), wanted, sort, start)
        parameters = {**bound(values), **found, "limit": limit}
        if after is None:
            parameters["offset"] = offset
        else:
            parameters["after_id"] = after.id
            if after.value is not None:
                parameters["after_value"] = after.value
        return (yield from rows(statement, **parameters))

    def _select(
        self,
        limit: int,
        offset: int,
        after: Cursor | None,
        sort: Sort,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[list[R]]:
        if self.listing.revised and after is None and not offset and 0 < limit <= SHORT:
            memory = yield from kept()
            if memory.limit:
                return (yield from self._beginning(memory, limit, sort, query, filters))
        found = yield from self._rows(self.listing.page, limit, offset, after, sort, query, filters)
        return self._record.from_rows(found)

    def _beginning(
        self,
        memory: KeptRecords,
        limit: int,
        sort: Sort,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[list[R]]:
        """The first records of a list: those kept, and what the engine has of the others."""
        page = yield from self._rows(self.listing.keys, limit, 0, None, sort, query, filters)
        names = _names(page[0][:-2])
        found = memory.find(self, names)
        lacking = [place for place, record in enumerate(found) if record is None]
        if lacking:
            keys = _encode_json([names[place][0] for place in lacking]).decode()
            read = yield from rows(self.listing.rows, keys=keys)
            by_key = {row[0]: self._record.from_row(*row[1:]) for row in read}
            for place in lacking:
                found[place] = by_key[names[place][0]]
            memory.keep(self, [(names[place], found[place]) for place in lacking])
        return found

    def _after(
        self,
        limit: int,
        offset: int,
        after: Cursor | None,
        sort: str,
        query: str,
        filters: Mapping[str, Any],
    ) -> Unit[tuple[list[R], Cursor | None]]:
        order = Sort.parse(sort, self.listing.sorts)
        items = yield from self._select(limit + 1, offset, after, order, query, filters)
        if len(items) <= limit or not limit:
            return items[:limit], None
        return items[:limit], self._cursor(items[limit - 1], order)

    def _cursor(self, last: R, sort: Sort) -> Cursor:
        row = last.row()
        return Cursor(row[self._sort_fields.get(sort.field, sort.field)], row["id"])


def _names(columns: Sequence[str]) -> list[Name]:
    """The names of rows, whose parts stand in a JSON array each."""
    return list(zip(*map(_decode_column, columns), strict=True))
