"""What people have deleted: scans leave such files out until somebody adds them again."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert

from mustela.files.schema import tombstones
from mustela.store import Statement, Unit, count, current

_CLEAR = Statement(
    delete(tombstones).where(
        tombstones.c.root_id == bindparam("root_id"),
        tombstones.c.collection == bindparam("collection"),
        tombstones.c.path == bindparam("path"),
    )
)
_WRITE = Statement(
    insert(tombstones).values(
        {column.name: bindparam(column.name) for column in tombstones.c if column.name != "seq"}
    )
)


def clear_tombstone(collection: str, root_id: str, path: str) -> Unit[None]:
    """The file is wanted again."""
    if root_id:
        yield from count(_CLEAR, collection=collection, root_id=root_id, path=path)


def write_tombstone(
    collection: str,
    root_id: str,
    path: str,
    item_id: str,
    *,
    size: int | None,
    mtime_ns: int | None,
    fingerprint: str | None,
) -> Unit[None]:
    """Remember a deleted item. Files outside of all roots are never scanned."""
    if not root_id:
        return
    yield from clear_tombstone(collection, root_id, path)
    context = yield from current()
    yield from count(
        _WRITE,
        collection=collection,
        root_id=root_id,
        path=path,
        item_id=item_id,
        size=size,
        mtime_ns=mtime_ns,
        fingerprint=fingerprint,
        at=context.now,
    )
