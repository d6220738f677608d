"""A collection of two tables, books and maps: which of them a sheet is, its first word says."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, Index, MetaData, Table, select

from mustela.files.composed_target import ComposedTarget, Part
from mustela.files.directory_product import fingerprint_at
from mustela.files.examination import NotAnItem
from mustela.files.scanned import FileRecords, ScannedOperations
from mustela.files.scanned_target import AsyncScannedRepository
from mustela.store import (
    INTEGER,
    TEXT,
    AsyncStore,
    Statement,
    Unit,
    edited,
    observed,
    read,
    rows,
    write,
)
from mustela.store.schema import NAMING

shelf_metadata = MetaData(naming_convention=NAMING)


def _table(name: str) -> Table:
    return Table(
        name,
        shelf_metadata,
        Column("seq", INTEGER, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        observed("root_id", TEXT, nullable=False),
        observed("path", TEXT, nullable=False),
        observed("file_size", INTEGER),
        observed("mtime_ns", INTEGER),
        observed("fingerprint", TEXT),
        observed("line", TEXT),
        observed("missing_since", INTEGER),
        edited("note", TEXT),
        Index(f"uq_{name}_place", "root_id", "path", unique=True),
        sqlite_strict=True,
    )


books, maps = _table("books"), _table("maps")


class Book(msgspec.Struct, frozen=True, tag=True):
    line: str
    fingerprint: str


class Map(msgspec.Struct, frozen=True, tag=True):
    line: str
    fingerprint: str


def examine(path: bytes) -> Book | Map | NotAnItem:
    """In the child."""
    with open(path, "rb") as file:  # noqa: PTH123  # bytes
        line = file.readline().decode().strip()
    found = fingerprint_at(path, None)
    if line.startswith("book"):
        return Book(line, found)
    if line.startswith("map"):
        return Map(line, found)
    return NotAnItem(f"{line} is neither book nor map")


def _of_sheet(details: Book | Map) -> dict[str, Any]:
    return {"line": details.line, "fingerprint": details.fingerprint}


class SheetOperations(ScannedOperations):
    """What both tables have."""

    def columns_of(self, details: Any) -> dict[str, Any]:
        return _of_sheet(details)

    @read
    def everything(self) -> Unit[list[tuple[str, str, str, bool]]]:
        """``(path, id, line, missing)``, by path."""
        c = self.records.table.c
        found = yield from rows(
            Statement(select(c.path, c.id, c.line, c.missing_since.is_not(None)).order_by(c.path))
        )
        return [(path, id_, line, bool(missing)) for path, id_, line, missing in found]

    @write
    def put(self, values: dict[str, Any]) -> Unit[None]:
        yield from self.records.insert({**dict.fromkeys(self.records.names), **values})

    @write
    def delete(self, id: str) -> Unit[None]:
        yield from self.records.delete(id)


class BookOperations(SheetOperations):
    records = FileRecords(books, "books")


class MapOperations(SheetOperations):
    records = FileRecords(maps, "maps")


class AsyncBooks(BookOperations, AsyncScannedRepository): ...


class AsyncMaps(MapOperations, AsyncScannedRepository): ...


class Shelf:
    """Both, and the target that they make."""

    def __init__(self, store: AsyncStore) -> None:
        self.books = AsyncBooks(store)
        self.maps = AsyncMaps(store)
        self.target = ComposedTarget(
            "shelf",
            [Part(self.books, Book), Part(self.maps, Map)],
            extensions={"sheet": "candidate"},
            examine="tests.files.shelf:examine",
            details=Book | Map,
        )
