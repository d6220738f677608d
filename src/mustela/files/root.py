"""Roots: the directories that collections watch. Roots do not nest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select

from mustela.files import path_text
from mustela.files.errors import RootsNest
from mustela.files.exclude import Exclusion
from mustela.files.root_directory import RootDirectory
from mustela.files.schema import file_failures, roots, scan_entries, scan_portions, tombstones
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    count,
    current,
    from_microseconds,
    one,
    read,
    write,
)
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.records import Records


class Root(msgspec.Struct, frozen=True):
    """A directory, and the collections that watch it.

    ``path`` is absolute path text. ``exclude`` holds patterns (:mod:`mustela.files.exclude`).
    ``last_scan`` has the last result of each collection, and when its scan ended (``finished_at``,
    microseconds since 1970, UTC); ``problem`` says why the last scan did
    not take the directory at its word. ``watched``: the server hears of changes below it as they
    happen; ``watch_note`` says why not.
    """

    id: str
    path: str
    name: str
    collections: tuple[str, ...]
    exclude: tuple[str, ...]
    recursive: bool
    identity: str | None
    created_at: datetime
    updated_at: datetime
    last_scan_at: datetime | None
    last_scan: dict[str, Any] | None
    problem: str | None
    watched: bool = False
    watch_note: str | None = None


root_records = Records(roots, "roots")

_columns = select(*(roots.c[name] for name in Root.__struct_fields__))
_BY_ID = Statement(_columns.where(roots.c.id == bindparam("id")))
_BY_PATH = Statement(_columns.where(roots.c.path == bindparam("path")))
_ALL = Statement(_columns.order_by(roots.c.path))
_FORGET = [
    Statement(delete(table).where(table.c.root_id == bindparam("root_id")))
    for table in (tombstones, file_failures, scan_entries, scan_portions)
]
_texts = msgspec.json.Decoder(tuple[str, ...])


def _root(*row: Any) -> Root:
    values = dict(zip(Root.__struct_fields__, row, strict=True))
    for name in ("created_at", "updated_at", "last_scan_at"):
        if values[name] is not None:
            values[name] = from_microseconds(values[name])
    values["collections"] = _texts.decode(values["collections"])
    values["exclude"] = _texts.decode(values["exclude"])
    values["recursive"] = bool(values["recursive"])
    values["watched"] = bool(values["watched"])
    if values["last_scan"] is not None:
        values["last_scan"] = msgspec.json.decode(values["last_scan"])
    return Root(**values)


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(list(texts)).decode()


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """What people say of a root, as its columns hold it."""
    changes = dict(values)
    unknown = changes.keys() - {"name", "collections", "exclude", "recursive"}
    if unknown:
        raise TypeError(f"a root has no field {', '.join(sorted(unknown))} that can be edited")
    if "exclude" in changes:
        Exclusion(changes["exclude"])  # refuses what it does not understand
        changes["exclude"] = _json(changes["exclude"])
    if "collections" in changes:
        changes["collections"] = _json(sorted(set(changes["collections"])))
    if "recursive" in changes:
        changes["recursive"] = int(changes["recursive"])
    return changes


def has_room(path: str, moving: str | None) -> Unit[None]:
    """Refuse a path for a root, or for the root that is moved there, where another is in its way.

    ``AlreadyExists`` at the same path, ``RootsNest`` inside of one or around one.
    """
    for other in (yield from all(_ALL, _root)):
        if other.id == moving:
            continue
        if other.path == path:
            raise AlreadyExists(f"the directory {path} is already a root ({other.name})")
        if path_text.below(other.path, path) is not None:
            raise RootsNest(f"{path} lies inside the root {other.path}, which covers it")
        if path_text.below(path, other.path) is not None:
            raise RootsNest(
                f"{path} lies around the root {other.path}; remove that one first, "
                "or add directories beside it"
            )


class RootOperations:
    """Roots in the database. What is on the disk is found by ``root_directory.inspect``."""

    @write
    def add(
        self,
        directory: RootDirectory,
        *,
        collections: Sequence[str],
        name: str | None = None,
        exclude: Sequence[str] = (),
        recursive: bool = True,
    ) -> Unit[Root]:
        """Watch a directory.

        ``AlreadyExists`` where it is a root already, ``RootsNest`` where it lies inside of one or
        around one, ``InvalidPattern``.
        """
        fields = _fields(
            {"collections": collections, "exclude": exclude, "recursive": recursive}
            | {"name": name or directory.path.rpartition("/")[2] or directory.path}
        )
        yield from has_room(directory.path, None)
        id_ = (yield from current()).new_id()
        yield from root_records.insert({"id": id_, **directory._asdict(), **fields})
        return (yield from self._present(id_))

    @read
    def get(self, id: str) -> Unit[Root | None]:
        """The root with this id."""
        return (yield from one(_BY_ID, _root, id=id))

    @read
    def get_by_path(self, path: str) -> Unit[Root | None]:
        """The root at exactly this path."""
        return (yield from one(_BY_PATH, _root, path=path))

    @read
    def list_roots(self) -> Unit[list[Root]]:
        """Every root, by path."""
        return (yield from all(_ALL, _root))

    @read
    def root_of(self, path: str) -> Unit[tuple[Root, str] | None]:
        """The root that an absolute path lies in, and the path below it."""
        found = yield from all(_ALL, _root)
        for root in found:
            rest = path_text.below(root.path, path)
            if rest is not None:
                return root, rest
        return None

    @write
    def update(self, id: str, /, **fields: Any) -> Unit[Root]:
        """Edit ``name``, ``collections``, ``exclude``, ``recursive``; ``NotFound``."""
        yield from root_records.update(id, _fields(fields))
        return (yield from self._present(id))

    @write
    def relocate(self, id: str, directory: RootDirectory) -> Unit[Root]:
        """Say that the root's files are now below another directory; no item changes."""
        yield from has_room(directory.path, id)
        yield from root_records.update(id, directory._asdict())
        return (yield from self._present(id))

    @write
    def remember_identity(self, id: str, identity: str) -> Unit[None]:
        """The directory that is there now is the one that is meant."""
        yield from root_records.update(id, {"identity": identity})

    @write
    def note_scan(
        self, id: str, collection: str, result: dict[str, Any], problem: str | None
    ) -> Unit[None]:
        """Keep a collection's last result. A root that is gone by now is left alone."""
        root = yield from one(_BY_ID, _root, id=id)
        if root is not None:
            context = yield from current()
            last_scan = {**(root.last_scan or {}), collection: result}
            yield from root_records.update(
                id,
                {
                    "last_scan_at": context.now,
                    "last_scan": msgspec.json.encode(last_scan).decode(),
                    "problem": problem,
                },
            )

    @write
    def note_watch(self, id: str, watched: bool, note: str | None) -> Unit[None]:
        """Keep whether changes are heard of. A root that is gone by now is left alone."""
        root = yield from one(_BY_ID, _root, id=id)
        if root is not None and (root.watched, root.watch_note) != (watched, note):
            yield from root_records.update(id, {"watched": int(watched), "watch_note": note})

    @write
    def remove(self, id: str) -> Unit[bool]:
        """Stop watching. The collections' records below it must have gone before.

        What was remembered about single files (taken out, unreadable) is forgotten.
        """
        gone = yield from root_records.delete(id)
        for statement in _FORGET:
            yield from count(statement, root_id=id)
        return gone is not None

    def _present(self, id: str) -> Unit[Root]:
        root = yield from one(_BY_ID, _root, id=id)
        if root is None:
            raise NotFound(f"there is no root {id}")
        return root


class RootRepository(RootOperations, SyncRepository):
    """Roots, for code that waits."""


class AsyncRootRepository(RootOperations, AsyncRepository):
    """Roots, for an event loop."""
