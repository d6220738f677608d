"""Books on shelves: audited records with revisions, whose lists are put together from kept ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, MetaData, Table, bindparam, func, select, update

from mustela.store import (
    INTEGER,
    TEXT,
    AsyncRepository,
    Records,
    Statement,
    SyncRepository,
    Unit,
    count,
    edited,
    observed,
    read,
    rows,
    write,
)
from mustela.store.listing import Listing
from mustela.store.pages import Pages
from mustela.store.record import Record
from mustela.store.revert import AuditOperations
from mustela.store.schema import NAMING, revision

metadata = MetaData(naming_convention=NAMING)
shelves = Table(
    "shelves",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("label", TEXT),
    sqlite_strict=True,
)
books = Table(
    "books",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("shelf_id", TEXT),
    edited("title", TEXT),
    observed("pages", INTEGER),
    revision(),
    sqlite_strict=True,
)
shelf_records, records = Records(shelves, "shelves"), Records(books, "books")


class Book(Record):
    """A book, and the label of the shelf that it stands on."""

    id: str = ""
    title: str | None = None
    pages: int | None = None
    shelf: str | None = None


BASE: Any = select(
    books.c.id, books.c.title, books.c.pages, func.upper(shelves.c.label).label("shelf")
).select_from(books.outerjoin(shelves, shelves.c.id == books.c.shelf_id))
PAGES = Pages("books", Book, Listing(BASE, books.c.id, {"id": books.c.id}, {}, Book))


class Shelf(Record):
    """A shelf: a record of a table without revisions."""

    id: str = ""
    label: str | None = None


SHELVES: Any = select(shelves.c.id, shelves.c.label)
SHELF_PAGES = Pages(
    "shelves", Shelf, Listing(SHELVES, shelves.c.id, {"id": shelves.c.id}, {}, Shelf)
)
REVISIONS = Statement(select(books.c.id, books.c.revision))
SMUGGLED = Statement(update(books).where(books.c.id == "a").values(title=bindparam("new")))
Titles = Callable[[], str]


class BookOperations(AuditOperations):
    def __init__(self, executor: Any) -> None:
        super().__init__(executor, records=[records, shelf_records])

    @read
    def listed(self) -> Unit[tuple[list[Any], list[Any], list[Any]]]:
        """The books put together from encoded records, from records, and as their rows are."""
        encoded = yield from PAGES.encoded_page(100, 0, None, "id", "", {})
        found = yield from PAGES.listed(100, 0, "id", "", {})
        true = yield from PAGES.listed(1000, 0, "id", "", {})  # too many to be kept
        return msgspec.json.decode(encoded.items), _said(found), _said(true)

    @read
    def listed_shelves(self) -> Unit[tuple[list[Any], list[Any]]]:
        encoded = yield from SHELF_PAGES.encoded_page(100, 0, None, "id", "", {})
        found = yield from SHELF_PAGES.listed(100, 0, "id", "", {})
        return msgspec.json.decode(encoded.items), _said(found)

    @read
    def revisions(self) -> Unit[dict[str, int]]:
        return dict((yield from rows(REVISIONS)))

    @write
    def add(self, /, *ids: str, **fields: Any) -> Unit[None]:
        if len(ids) == 1:
            yield from records.insert({"id": ids[0], **fields})
        else:
            yield from records.insert_many([{"id": id, **fields} for id in ids])

    @write
    def edit(self, /, id: str, **fields: Any) -> Unit[None]:
        yield from records.update(id, fields)

    @write
    def write_many(self, /, ids: Sequence[str], **fields: Any) -> Unit[None]:
        yield from records.write_many(dict.fromkeys(ids, fields))

    @write
    def edit_all(self, /, **fields: Any) -> Unit[int]:
        return (yield from records.update_where(books.c.id != "", {}, fields))

    @write
    def compute_all(self) -> Unit[int]:
        longer = {"title": func.coalesce(books.c.title, "") + "!"}
        return (yield from records.update_where(books.c.id != "", {}, {}, computed=longer))

    @write
    def delete(self, id: str) -> Unit[None]:
        yield from records.delete(id)

    @write
    def delete_all(self) -> Unit[int]:
        return (yield from records.delete_where(books.c.id != "", {}))

    @write
    def shelve(self, id: str, label: str | None) -> Unit[None]:
        yield from shelf_records.insert({"id": id, "label": label})

    @write
    def relabel(self, id: str, label: str | None) -> Unit[None]:
        yield from shelf_records.update(id, {"label": label})

    @write
    def remove_shelf(self, id: str) -> Unit[None]:
        yield from shelf_records.delete(id)

    @write
    def smuggle(self, title: str) -> Unit[int]:
        """What nobody may do: write a row and leave its revision as it was."""
        return (yield from count(SMUGGLED, new=title))

    @write
    def edit_and_look(self, id: str, titles: Titles) -> Unit[tuple[list[Any], ...]]:
        """Write what ``titles`` says at this attempt, and list what was written."""
        yield from records.update(id, {"title": titles()})
        return (yield from self.listed.unit())

    @write
    def edit_look_and_fail(self, id: str, title: str) -> Unit[None]:
        yield from records.update(id, {"title": title})
        yield from self.listed.unit()
        raise ZeroDivisionError


def _said(found: Sequence[Record]) -> list[Any]:
    said: list[Any] = msgspec.json.decode(msgspec.json.encode([one.to_public() for one in found]))
    return said


class BookRepository(BookOperations, SyncRepository):
    pass


class AsyncBookRepository(BookOperations, AsyncRepository):
    pass
