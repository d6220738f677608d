"""The files that people took out of a collection, as a scan reads them."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from mustela.files.schema import tombstones
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, one, read, rows

_c = tombstones.c
_of_scan = (_c.root_id == bindparam("root_id"), _c.collection == bindparam("collection"))
_page = (
    select(_c.path, _c.size)
    .where(*_of_scan, _c.path > bindparam("after"))
    .order_by(_c.path)
    .limit(bindparam("limit"))
)
_AFTER = Statement(_page)
_BETWEEN = Statement(_page.where(_c.path <= bindparam("upto")))
_ANY = Statement(select(_c.seq).where(*_of_scan).limit(1))


class BuriedFileOperations:
    """Tombstones of a collection below a root."""

    @read
    def has_any(self, root_id: str, collection: str) -> Unit[bool]:
        """Whether there are any."""
        found = yield from one(_ANY, int, root_id=root_id, collection=collection)
        return found is not None

    @read
    def between(
        self, root_id: str, collection: str, after: str, upto: str | None, limit: int
    ) -> Unit[list[tuple[str, int | None]]]:
        """``(path, size)`` of the first ``limit`` with ``after < path <= upto``, by path."""
        scan = {"root_id": root_id, "collection": collection, "after": after, "limit": limit}
        if upto is None:
            return (yield from rows(_AFTER, **scan))
        return (yield from rows(_BETWEEN, **scan, upto=upto))


class BuriedFileRepository(BuriedFileOperations, SyncRepository):
    """Tombstones, for code that waits."""


class AsyncBuriedFileRepository(BuriedFileOperations, AsyncRepository):
    """Tombstones, for an event loop."""
