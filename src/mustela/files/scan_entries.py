"""What a running scan has still to do, kept in the database so that memory stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, exists, insert, select, update

from mustela.files.holder import HeldOperations
from mustela.files.schema import scan_entries
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    count,
    many,
    read,
    write,
)


class NewEntry(NamedTuple):
    """What the walk found to differ from the records. Columns as in the table."""

    path: str
    kind: str
    waiting: int
    size: int
    mtime_ns: int
    item_id: str | None = None
    item_size: int | None = None
    item_fingerprint: str | None = None


class Entry(NamedTuple):
    """A file that is there. ``displaced``: a record that has lost its file had this size."""

    seq: int
    path: str
    size: int
    mtime_ns: int
    item_id: str | None
    fingerprint: str | None = None
    displaced: bool = False


class Vanished(NamedTuple):
    """A record whose file is not there."""

    seq: int
    path: str
    item_id: str


c = scan_entries.c
of_scan = (c.root_id == bindparam("root_id"), c.collection == bindparam("collection"))
_other = scan_entries.alias("other")
_displaced = exists(
    select(_other.c.seq).where(
        _other.c.root_id == bindparam("root_id"),
        _other.c.collection == bindparam("collection"),
        _other.c.item_size.is_not(None),
        _other.c.item_size == c.size,
    )
)
_to_read = (c.kind != "vanished", c.match_id.is_(None))
#: A file to examine, which nobody writes to.
settled = (*_to_read, c.waiting == 0)
_page = (
    select(c.seq, c.path, c.size, c.mtime_ns, c.item_id, c.fingerprint)
    .where(*of_scan, c.seq > bindparam("after"), *_to_read)
    .order_by(c.seq)
    .limit(bindparam("limit"))
)
_SETTLED = Statement(_page.where(c.waiting == 0))
_SETTLED_UPTO = Statement(_page.where(c.waiting == 0, c.seq <= bindparam("upto")))
_WAITING = Statement(_page.where(c.waiting == 1))
_MOVABLE = Statement(_page.where(c.waiting == 0, c.size > 0).add_columns(_displaced))
_VANISHED = Statement(
    select(c.seq, c.path, c.item_id)
    .where(*of_scan, c.seq > bindparam("after"), c.kind == "vanished", c.leaving == 0)
    .order_by(c.seq)
    .limit(bindparam("limit"))
)
_CLEAR = Statement(
    delete(scan_entries).where(
        c.seq.in_(select(c.seq).where(*of_scan).order_by(c.seq).limit(bindparam("limit")))
    )
)
_ADD = Statement(
    insert(scan_entries).values(
        {
            "root_id": bindparam("root_id"),
            "collection": bindparam("collection"),
            "leaving": 0,
            **{name: bindparam(name) for name in NewEntry._fields},
        }
    )
)
_REMOVE = Statement(delete(scan_entries).where(c.seq == bindparam("entry")))
_RESTAMP = Statement(
    update(scan_entries)
    .where(c.seq == bindparam("entry"))
    .values(
        size=bindparam("new_size"),
        mtime_ns=bindparam("new_mtime_ns"),
        waiting=bindparam("is_waiting"),
        fingerprint=None,
    )
)
# A file whose content is still its record's was only touched: it takes part in no move.
_same = c.item_fingerprint == bindparam("found")
_FINGERPRINT = Statement(
    update(scan_entries)
    .where(c.seq == bindparam("entry"))
    .values(
        fingerprint=case((_same, None), else_=bindparam("found")),
        item_fingerprint=case((_same, None), else_=c.item_fingerprint),
    )
)


class ScanEntryOperations(HeldOperations):
    """The entries of one scan are those of its root and collection."""

    @write
    def clear(self, root_id: str, collection: str, limit: int) -> Unit[int]:
        """Remove at most ``limit`` entries; how many it were."""
        yield from self._held()
        return (yield from count(_CLEAR, root_id=root_id, collection=collection, limit=limit))

    @write
    def add(self, root_id: str, collection: str, entries: Sequence[NewEntry]) -> Unit[None]:
        """Add entries, in the order of their paths."""
        yield from self._held()
        yield from many(
            _ADD,
            [
                {"root_id": root_id, "collection": collection, **entry._asdict()}
                for entry in entries
            ],
        )

    @read
    def settled(self, root_id: str, collection: str, after: int, limit: int) -> Unit[list[Entry]]:
        """Files to examine, after an entry's ``seq``."""
        return (yield from all(_SETTLED, Entry, **_scan(root_id, collection, after, limit)))

    @read
    def settled_upto(
        self, root_id: str, collection: str, after: int, upto: int, limit: int
    ) -> Unit[list[Entry]]:
        """The same, up to another entry's ``seq``."""
        scan = _scan(root_id, collection, after, limit)
        return (yield from all(_SETTLED_UPTO, Entry, **scan, upto=upto))

    @read
    def waiting(self, root_id: str, collection: str, after: int, limit: int) -> Unit[list[Entry]]:
        """Files that may still be growing."""
        return (yield from all(_WAITING, Entry, **_scan(root_id, collection, after, limit)))

    @read
    def movable(self, root_id: str, collection: str, after: int, limit: int) -> Unit[list[Entry]]:
        """Files that may have been somewhere else before."""
        return (yield from all(_MOVABLE, Entry, **_scan(root_id, collection, after, limit)))

    @read
    def vanished(
        self, root_id: str, collection: str, after: int, limit: int
    ) -> Unit[list[Vanished]]:
        """Records whose files were found nowhere."""
        return (yield from all(_VANISHED, Vanished, **_scan(root_id, collection, after, limit)))

    @write
    def remove(self, entries: Sequence[int]) -> Unit[None]:
        """These (by ``seq``) are done."""
        yield from self._held()
        yield from many(_REMOVE, [{"entry": seq} for seq in entries])

    @write
    def restamp(self, entries: Sequence[Entry], waiting: bool) -> Unit[None]:
        """Files have these sizes and times by now."""
        yield from self._held()
        yield from many(
            _RESTAMP,
            [
                {
                    "entry": entry.seq,
                    "new_size": entry.size,
                    "new_mtime_ns": entry.mtime_ns,
                    "is_waiting": int(waiting),
                }
                for entry in entries
            ],
        )

    @write
    def fingerprint(self, fingerprints: Sequence[tuple[int, str]]) -> Unit[None]:
        """What files' contents are now, by ``seq``."""
        yield from self._held()
        yield from many(_FINGERPRINT, [{"entry": s, "found": f} for s, f in fingerprints])


def _scan(root_id: str, collection: str, after: int, limit: int) -> dict[str, Any]:
    return {"root_id": root_id, "collection": collection, "after": after, "limit": limit}


class ScanEntryRepository(ScanEntryOperations, SyncRepository):
    """Entries of scans, for code that waits."""


class AsyncScanEntryRepository(ScanEntryOperations, AsyncRepository):
    """Entries of scans, for an event loop."""
