"""Files that could not be read: kept with their size and time, so that they are left in peace.

So are files that were read and are nothing of the collection's; these are no failures, and are
listed nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import bindparam, delete, insert, or_, select

from mustela.files.examination import NOT_AN_ITEM
from mustela.files.schema import file_failures
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    count,
    current,
    from_microseconds,
    many,
    one,
    read,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json

#: Stages at which the disk or its permissions failed, or what would read the file is not installed:
#: the file is not to blame, and is tried again in each scan.
PASSING_STAGES = ("access", "list", "stat", "library")


class FileFailure(msgspec.Struct, frozen=True):
    """One file that a collection could not read, or a directory (its path ends in a slash)."""

    root_id: str
    collection: str
    path: str
    stage: str
    message: str
    size: int | None
    mtime_ns: int | None
    attempts: int
    at: datetime


class NewFailure(NamedTuple):
    """What went wrong just now."""

    path: str
    stage: str
    message: str
    size: int | None
    mtime_ns: int | None


#: ``(path, size, mtime_ns, stage)``
FailedRow: TypeAlias = tuple[str, int | None, int | None, str]

_c = file_failures.c
_of_scan = (_c.root_id == bindparam("root_id"), _c.collection == bindparam("collection"))
_names = FileFailure.__struct_fields__
_all = select(*(_c[name] for name in _names))
_between = (
    select(_c.path, _c.size, _c.mtime_ns, _c.stage)
    .where(*_of_scan, _c.path > bindparam("after"))
    .order_by(_c.path)
    .limit(bindparam("limit"))
)
_AFTER = Statement(_between)
_BETWEEN = Statement(_between.where(_c.path <= bindparam("upto")))
_ANY = Statement(select(_c.seq).where(*_of_scan).limit(1))
_ATTEMPTS = Statement(
    select(_c.path, _c.attempts).where(*_of_scan, in_json(_c.path, bindparam("paths")))
)
_REMOVE = Statement(delete(file_failures).where(*_of_scan, in_json(_c.path, bindparam("paths"))))
_REMOVE_PASSED = Statement(
    delete(file_failures).where(
        *_of_scan, or_(_c.stage == "list", _c.stage == "stat"), _c.at < bindparam("since")
    )
)
_ADD = Statement(insert(file_failures).values({name: bindparam(name) for name in _names}))
_LIST = Statement(
    _all.where(*_of_scan, _c.stage != NOT_AN_ITEM)
    .order_by(_c.path)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def _failure(*row: object) -> FileFailure:
    values: dict[str, Any] = dict(zip(_names, row, strict=True))
    values["at"] = from_microseconds(values["at"])
    return FileFailure(**values)


def _json(paths: Sequence[str]) -> str:
    return msgspec.json.encode(list(paths)).decode()


class FileFailureOperations:
    """What a collection could not read below a root."""

    @read
    def list_failures(
        self, root_id: str, collection: str, limit: int = 100, offset: int = 0
    ) -> Unit[list[FileFailure]]:
        """By path."""
        return (
            yield from all(
                _LIST,
                _failure,
                root_id=root_id,
                collection=collection,
                limit=limit,
                offset=offset,
            )
        )

    @read
    def has_any(self, root_id: str, collection: str) -> Unit[bool]:
        """Whether there are any."""
        found = yield from one(_ANY, int, root_id=root_id, collection=collection)
        return found is not None

    @read
    def between(
        self, root_id: str, collection: str, after: str, upto: str | None, limit: int
    ) -> Unit[list[FailedRow]]:
        """The first ``limit`` with ``after < path <= upto``, by path."""
        values = {
            "root_id": root_id,
            "collection": collection,
            "after": after,
            "limit": limit,
        }
        if upto is None:
            found = yield from rows(_AFTER, **values)
        else:
            found = yield from rows(_BETWEEN, **values, upto=upto)
        return found

    @write
    def note(self, root_id: str, collection: str, failures: Sequence[NewFailure]) -> Unit[None]:
        """Keep failures, each in the place of the path's last one."""
        if not failures:
            return
        context = yield from current()
        scan = {"root_id": root_id, "collection": collection}
        latest = {failure.path: failure for failure in failures}
        paths = _json(list(latest))
        attempts = dict((yield from rows(_ATTEMPTS, **scan, paths=paths)))
        yield from count(_REMOVE, **scan, paths=paths)
        yield from many(
            _ADD,
            [
                {
                    **scan,
                    **failure._asdict(),
                    "attempts": attempts.get(failure.path, 0) + 1,
                    "at": context.now,
                }
                for failure in latest.values()
            ],
        )

    @write
    def forget(self, root_id: str, collection: str, paths: Sequence[str]) -> Unit[int]:
        """These can be read, or are gone."""
        if not paths:
            return 0
        return (
            yield from count(_REMOVE, root_id=root_id, collection=collection, paths=_json(paths))
        )

    @write
    def forget_passed(self, root_id: str, collection: str, since: int) -> Unit[int]:
        """Forget places that could not be looked at until ``since`` (microseconds), and now can."""
        return (
            yield from count(_REMOVE_PASSED, root_id=root_id, collection=collection, since=since)
        )


class FileFailureRepository(FileFailureOperations, SyncRepository):
    """Failures of files, for code that waits."""


class AsyncFileFailureRepository(FileFailureOperations, AsyncRepository):
    """Failures of files, for an event loop."""
