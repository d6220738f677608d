"""A collection of toys, to hold scans to what they promise: a toy is a file's first line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, Index, MetaData, Table, bindparam, select

from mustela.files.directory_product import DirectoryRule, fingerprint_at
from mustela.files.examination import NotAnItem
from mustela.files.failure import Unreadable
from mustela.files.scan_target import (
    ElsewhereRow,
    FileKind,
    Found,
    KnownRow,
    MissingRow,
    Move,
    Observed,
)
from mustela.store import (
    INTEGER,
    TEXT,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    current,
    edited,
    heavy_read,
    observed,
    read,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.records import Records
from mustela.store.schema import NAMING

toy_files_metadata = MetaData(naming_convention=NAMING)
toys = Table(
    "toys",
    toy_files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("root_id", TEXT, nullable=False),
    observed("path", TEXT, nullable=False),
    observed("size", INTEGER, nullable=False),
    observed("mtime_ns", INTEGER, nullable=False),
    observed("fingerprint", TEXT, nullable=False),
    observed("line", TEXT, nullable=False),
    observed("missing_since", INTEGER),
    edited("note", TEXT),
    Index("uq_toys_place", "root_id", "path", unique=True),
    sqlite_strict=True,
)
records = Records(toys, "toys")


#: A set of toys: a directory with a list.
SETS = DirectoryRule(("set.txt",), lock="set.lock")


class ToyDetails(msgspec.Struct):
    line: str
    fingerprint: str


class Toy(NamedTuple):
    id: str
    path: str
    line: str
    note: str | None
    missing: bool
    size: int
    mtime_ns: int


def examine(path: bytes) -> ToyDetails | NotAnItem:
    """In the child. ``broken`` cannot be read, ``crash`` kills the child, ``grow`` grows,
    ``locked`` wants a library that is not there.

    A set of toys is a directory; its line is that of its list. ``foreign`` is no toy.
    """
    place = path + b"/set.txt" if os.path.isdir(path) else path  # noqa: PTH112  # bytes
    with open(place, "rb") as file:  # noqa: PTH123  # bytes
        line = file.readline().decode("utf-8", "replace").strip()
    if line == "broken":
        raise Unreadable("open", "the toy is broken")
    if line == "locked":
        raise Unreadable("library", "nothing here opens it")
    if line == "foreign":
        return NotAnItem("it is no toy")
    if line == "crash":
        os.abort()
    if line == "grow":
        with open(place, "ab") as file:  # noqa: PTH123  # bytes
            file.write(b"x")
    return ToyDetails(line, fingerprint_at(path, SETS))


c = toys.c
_known = (
    select(c.path, c.size, c.mtime_ns, c.id, c.fingerprint, c.missing_since)
    .where(c.root_id == bindparam("root_id"), c.path > bindparam("after"))
    .order_by(c.path)
    .limit(bindparam("limit"))
)
KNOWN = Statement(_known)
KNOWN_UPTO = Statement(_known.where(c.path <= bindparam("upto")))
MISSING = Statement(
    select(c.id, c.path, c.size, c.fingerprint).where(
        c.missing_since.is_not(None), in_json_numbers(c.size, bindparam("sizes"))
    )
)
ELSEWHERE = Statement(
    select(c.id, c.root_id, c.path)
    .where(
        c.root_id != bindparam("root_id"),
        c.missing_since.is_(None),
        in_json_numbers(c.size, bindparam("sizes")),
    )
    .order_by(c.seq.desc())
    .limit(bindparam("limit"))
)
BY_PATH = Statement(
    select(c.path, c.id).where(
        c.root_id == bindparam("root_id"), in_json(c.path, bindparam("paths"))
    )
)
BY_ID = Statement(select(c.id).where(in_json(c.id, bindparam("ids"))))
EVERYTHING = Statement(
    select(c.id, c.path, c.line, c.note, c.missing_since.is_not(None), c.size, c.mtime_ns)
    .where(c.root_id == bindparam("root_id"))
    .order_by(c.path)
)


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


class ToyFileOperations:
    @read
    def everything(self, root_id: str) -> Unit[list[Toy]]:
        return (yield from all(EVERYTHING, _toy, root_id=root_id))

    @write
    def annotate(self, id: str, note: str) -> Unit[None]:
        yield from records.update(id, {"note": note})

    @heavy_read
    def known(self, root_id: str, after: str, upto: str | None, limit: int) -> Unit[list[KnownRow]]:
        values = {"root_id": root_id, "after": after, "limit": limit}
        found: list[Any]
        if upto is None:
            found = yield from rows(KNOWN, **values)
        else:
            found = yield from rows(KNOWN_UPTO, **values, upto=upto)
        return found

    @heavy_read
    def missing(self, sizes: Sequence[int]) -> Unit[list[MissingRow]]:
        found: list[Any] = yield from rows(MISSING, sizes=_json(sizes))
        return found

    @heavy_read
    def elsewhere(self, root_id: str, sizes: Sequence[int], limit: int) -> Unit[list[ElsewhereRow]]:
        found: list[Any] = yield from rows(
            ELSEWHERE, root_id=root_id, sizes=_json(sizes), limit=limit
        )
        return found

    @write
    def store_found(self, root_id: str, found: Sequence[Found], job_id: str | None) -> Unit[None]:
        context = yield from current()
        present = dict(
            (yield from rows(BY_PATH, root_id=root_id, paths=_json([f.path for f in found])))
        )
        yield from records.insert_many(
            [
                {"id": context.new_id(), "root_id": root_id, "path": file.path, **_seen(file)}
                for file in found
                if file.path not in present
            ]
        )
        for file in found:
            if file.path in present:
                yield from records.update(present[file.path], _seen(file))

    @write
    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None
    ) -> Unit[None]:
        for file in (yield from self._present(observed)):
            yield from records.update(file.id, {**_seen(file), "missing_since": None})

    @write
    def relocate(self, moves: Sequence[Move], job_id: str | None) -> Unit[None]:
        present = yield from self._present(moves)
        for move in present:
            yield from records.update(move.id, {"path": f"\\{move.id}"})
        for move in present:
            yield from records.update(
                move.id,
                {
                    "root_id": move.root_id,
                    "path": move.path,
                    "size": move.size,
                    "mtime_ns": move.mtime_ns,
                    "missing_since": None,
                },
            )

    @write
    def mark_missing(self, ids: Sequence[str], at: int) -> Unit[None]:
        for id_ in ids:
            yield from records.update(id_, {"missing_since": at})

    @write
    def mark_returned(self, ids: Sequence[str]) -> Unit[None]:
        for id_ in ids:
            yield from records.update(id_, {"missing_since": None})

    def _present(self, changes: Sequence[Any]) -> Unit[list[Any]]:
        found = yield from rows(BY_ID, ids=_json([change.id for change in changes]))
        ids = {row[0] for row in found}
        return [change for change in changes if change.id in ids]


def _seen(file: Found | Observed) -> dict[str, Any]:
    return {"size": file.size, "mtime_ns": file.mtime_ns, **msgspec.structs.asdict(file.details)}


def _toy(*row: Any) -> Toy:
    id_, path, line, note, missing, size, mtime_ns = row
    return Toy(id_, path, line, note, bool(missing), size, mtime_ns)


class Toys(ToyFileOperations, SyncRepository): ...


class AsyncToys(ToyFileOperations, AsyncRepository):
    collection = "toys"
    topics = ("toys",)
    directories: DirectoryRule | None = SETS
    examine = "tests.files.toys:examine"
    details: Any = ToyDetails
    extensions: Mapping[str, FileKind] = {"toy": "candidate", "doll": "unsupported"}
